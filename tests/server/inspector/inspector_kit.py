"""What the inspector's tests share: a visitor without scripts, a clock that tests turn, and a real server."""

from __future__ import annotations

import html
import re
import socket
import threading

import pytest
from starlette.testclient import TestClient

from memory_chain.server import ServerSettings

BASE = "http://127.0.0.1:8321"
SETTINGS = ServerSettings(mounts=("inspector",), requests_per_second=0)


class Clock:
    """A monotonic clock that tests turn."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Visitor:
    """A browser without scripts: it keeps cookies, reads forms from pages and sends them."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, page: str, status: int = 200) -> str:
        answer = self.client.get(f"/inspector/{page}", follow_redirects=False)
        assert answer.status_code == status, answer.text
        return answer.text

    def token(self, page: str = "profile?user=maya") -> str:
        found = re.search(r'name="token" value="([0-9a-f]{64})"', self.get(page))
        assert found is not None
        return found[1]

    def send(self, action: str, status: int = 303, *, token: str | None = None, **form: str):
        given = {"token": self.token() if token is None else token, **form}
        answer = self.client.post(f"/inspector/{action}", data=given, follow_redirects=False)
        assert answer.status_code == status, answer.text
        return answer

    def items(self, page: str) -> dict[str, str]:
        """Texts of the rows of a page, with their ids."""
        found = re.findall(
            r'<li class="row" data-id="([^"]*)">.*?<span class="text" dir="auto">(.*?)</span>', self.get(page), re.S
        )
        return {html.unescape(text): html.unescape(item_id) for item_id, text in found}


def login(visitor: Visitor, token: str, status: int = 303):
    return visitor.send("login", status, token=visitor.token("login"), key=token, back="/inspector/")


def visitor_of(app) -> TestClient:
    return TestClient(app, base_url=BASE, client=("127.0.0.1", 50000), raise_server_exceptions=False)


class Running:
    """A real server on this computer."""

    def __init__(self, app) -> None:
        uvicorn = pytest.importorskip("uvicorn", reason="the extra `server` is not installed")
        self.app = app
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._socket.getsockname()[1]}/inspector/"
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Running:
        self._thread.start()
        pause = threading.Event()
        while not self._server.started:
            assert self._thread.is_alive()
            pause.wait(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()
