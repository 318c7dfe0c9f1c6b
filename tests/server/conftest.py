"""What the server's tests share: a memory in a folder of its own, and a client on this computer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from server_support import local_client
from starlette.testclient import TestClient

from memory_chain import MemoryManager
from memory_chain.server import ServerSettings, create_app
from memory_chain.server.keys import KeyStore


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "home", consolidate="inline") as opened:
        yield opened


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    store = KeyStore.in_home(tmp_path / "home")
    yield store
    store.close()


@pytest.fixture
def rest_settings() -> ServerSettings:
    """Only the REST face."""
    return ServerSettings(mounts=())


@pytest.fixture
def app(manager, keys, rest_settings):
    return create_app(manager, keys=keys, settings=rest_settings)


@pytest.fixture
def client(app) -> Iterator[TestClient]:
    with local_client(app) as opened:
        yield opened
