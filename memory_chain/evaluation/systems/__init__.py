"""Memories that are compared, behind one small protocol."""
