"""The suite of all stores, over each of them."""

import pytest
from store_suite import StoreSuite

from memory_chain.storage.in_memory import InMemoryStore
from memory_chain.storage.sqlite import SQLiteStore


class Stores(StoreSuite):
    """Stores by the name of their user; asked again for a name, the same one."""

    @pytest.fixture
    def make(self, tmp_path):
        opened = {}

        def build(name="alice"):
            if name not in opened:
                opened[name] = self.open(name, tmp_path)
            return opened[name]

        yield build
        for store in opened.values():
            store.close()


class TestSQLite(Stores):
    def open(self, name, folder):
        return SQLiteStore(folder / f"{name}.omem", user_id=name)


class TestInMemory(Stores):
    def open(self, name, folder):
        return InMemoryStore(name)
