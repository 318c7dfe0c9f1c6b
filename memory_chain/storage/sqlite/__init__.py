"""One user in one SQLite file, many users in one folder."""

from memory_chain.storage.sqlite.home import SQLiteHome, path_for, user_of
from memory_chain.storage.sqlite.store import SQLiteStore

__all__ = ["SQLiteHome", "SQLiteStore", "path_for", "user_of"]
