"""A client on this computer, for the tests of the server."""

from __future__ import annotations

from starlette.testclient import TestClient

LOCAL = "http://127.0.0.1:8321"


def local_client(app, **more) -> TestClient:
    """A client that is on this computer, as the server sees it."""
    return TestClient(app, base_url=LOCAL, client=("127.0.0.1", 50000), raise_server_exceptions=False, **more)
