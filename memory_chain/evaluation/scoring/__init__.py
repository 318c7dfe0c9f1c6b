"""Scores, worked out from records alone. Pure."""
