"""Sessions of the browser: a key is given once, and a cookie stands for it until it is idle, revoked or ended."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from memory_chain.server.keys import Key, KeyStore
from memory_chain.utils import utc_now

IDLE = timedelta(hours=12)
MOST = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A browser that has shown a key. Neither the key nor the cookie is kept, only the key's prefix."""

    prefix: str
    used_at: datetime


class Sessions:
    """The sessions of this process; a restart ends them all. All methods may be called from several threads."""

    def __init__(self, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def begin(self, key: Key) -> str:
        """A new session; returns the secret for its cookie."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_digest(secret)] = Session(prefix=key.prefix, used_at=self._clock())
            while len(self._sessions) > MOST:
                self._sessions.popitem(last=False)
        return secret

    def key_of(self, secret: str, keys: KeyStore) -> Key | None:
        """The key that a session stands for, if it still opens something."""
        name, now = _digest(secret), self._clock()
        with self._lock:
            session = self._sessions.pop(name, None)
            if session is None or now - session.used_at > IDLE:
                return None
            self._sessions[name] = replace(session, used_at=now)
        key = next((key for key in keys.keys() if key.prefix == session.prefix), None)  # noqa: SIM118
        return key if key is not None and key.usable(now) else None

    def end(self, secret: str) -> None:
        """End a session. Ending twice is fine."""
        with self._lock:
            self._sessions.pop(_digest(secret), None)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
