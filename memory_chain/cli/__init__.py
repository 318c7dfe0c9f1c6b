"""The command line `omem`: a thin face of `MemoryManager`. No rule of memory lives here."""

from memory_chain.cli.app import app, main

__all__ = ["app", "main"]
