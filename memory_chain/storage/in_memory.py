"""A store that lives in memory: the same database, the same ranking, no file."""

from __future__ import annotations

from memory_chain.errors import UnknownUserError
from memory_chain.storage.sqlite.connection import IN_MEMORY
from memory_chain.storage.sqlite.store import SQLiteStore


class InMemoryStore(SQLiteStore):
    """A `Store` for tests and short-lived processes; it is gone when it is closed."""

    def __init__(self, *, user_id: str = "me") -> None:
        super().__init__(IN_MEMORY, user_id=user_id)


class _KeptOpenStore(InMemoryStore):
    """A store whose home outlives the closing of a chain."""

    def close(self) -> None:
        """Keep it: its home may open it again."""


class InMemoryHome:
    """A `StoreHome` whose stores live as long as it does."""

    def __init__(self) -> None:
        self._stores: dict[str, _KeptOpenStore] = {}

    def exists(self, user_id: str) -> bool:
        """Whether a user has a store."""
        return user_id in self._stores

    def open(self, user_id: str, *, create: bool) -> InMemoryStore:
        """A user's store.

        Raises:
            UnknownUserError: there is none and `create` is false.
        """
        if user_id not in self._stores:
            if not create:
                raise UnknownUserError(user_id)
            self._stores[user_id] = _KeptOpenStore(user_id=user_id)
        return self._stores[user_id]

    def users(self) -> list[str]:
        """Everybody who has a store, sorted."""
        return sorted(self._stores)

    def remove(self, user_id: str) -> None:
        """Remove a user's store."""
        store = self._stores.pop(user_id, None)
        if store is not None:
            InMemoryStore.close(store)
