"""What the pages of one application share: sessions, what waits to be forgotten, and the secret of the forms."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import cast

from starlette.requests import HTTPConnection

from memory_chain.server.inspector.sessions import Sessions
from memory_chain.server.inspector.waiting import Waiting
from memory_chain.server.limits import TokenBuckets

LOGINS_PER_SECOND = 0.5
LOGINS_AT_ONCE = 10


class Desk:
    """The state of the inspector, in `app.state.inspector`."""

    def __init__(self) -> None:
        self.sessions = Sessions()
        self.waiting = Waiting()
        self.logins = TokenBuckets(LOGINS_PER_SECOND, LOGINS_AT_ONCE)
        self._secret = secrets.token_bytes(32)

    def token(self, browser: str, principal: str) -> str:
        """What a form has to carry to be taken: it belongs to one browser and whoever is logged in there."""
        told = f"{browser}\n{principal}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, told, hashlib.sha256).hexdigest()

    def is_token(self, given: str, browser: str, principal: str) -> bool:
        """Whether this is that token; compared in constant time."""
        return hmac.compare_digest(self.token(browser, principal).encode(), given.encode("utf-8", "replace"))


def the_desk(request: HTTPConnection) -> Desk:
    """The state of the inspector."""
    return cast(Desk, request.app.state.inspector)
