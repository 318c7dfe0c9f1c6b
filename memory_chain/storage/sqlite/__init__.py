"""One user in one SQLite file."""

from memory_chain.storage.sqlite.home import SQLiteHome
from memory_chain.storage.sqlite.store import SQLiteStore

__all__ = ["SQLiteHome", "SQLiteStore"]
