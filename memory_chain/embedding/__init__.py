"""Embedders: one optional retrieval channel."""
