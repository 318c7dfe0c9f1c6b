"""Integrations with agent frameworks: one module each, imported by its own name.

Each takes a ready `MemoryManager`, is imported only with its framework installed (an extra of the same name), and holds
no rule of memory.
"""
