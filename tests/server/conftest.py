"""What the server's tests share: a memory in a folder of its own, and a client on this computer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from memory_chain import MemoryManager
from memory_chain.server import ServerSettings, create_app
from memory_chain.server.keys import KeyStore

LOCAL = "http://127.0.0.1:8321"


def local_client(app, **more) -> TestClient:
    """A client that is on this computer, as the server sees it."""
    return TestClient(app, base_url=LOCAL, client=("127.0.0.1", 50000), raise_server_exceptions=False, **more)


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
