"""The road to an OpenAI-compatible server: bounded tries, bounded bodies, a ledger row for each.

Language models and embedders share it. The HTTP client is `httpx2`, imported when the first request is made.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import unquote, urlsplit

from memory_chain.errors import ConfigurationError, ModelError, ProviderDownError
from memory_chain.llm import faults
from memory_chain.types import ModelCall
from memory_chain.utils import utc_now

if TYPE_CHECKING:
    import httpx2

OPENAI = "https://api.openai.com/v1"
MOST_BYTES = 4 * 1024 * 1024
_MOST_ERROR_BYTES = 64 * 1024
_FIRST_WAIT_SECONDS = 0.5
_NO_KEY = "no-key-needed"
_ENDPOINTS = ("/chat/completions", "/embeddings", "/completions", "/models")


class Connection(TypedDict, total=False):
    """How to talk to a server: what models and embedders hand on to `Server`, which has the defaults."""

    timeout_seconds: float
    """How long to wait for a connection, for the next bytes, and for a whole body; 30."""
    attempts: int
    """Tries of one request while the provider is down; 3."""
    concurrency: int
    """Requests at once; 4."""
    longest_wait_seconds: float
    """If a server asks to wait longer before the next try, the error says so instead; 20."""
    most_bytes: int
    """Longer bodies are not read on; 4 MiB, for embeddings 64 MiB."""
    sleep: Callable[[float], None]
    """Waits between tries, so many seconds."""
    clock: Callable[[], datetime]
    """The time of the ledger rows."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """A reply. Some servers show the key again, so its `repr` does not."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Server:
    """An OpenAI-compatible server.

    Safe to share between threads; at most `concurrency` requests run at once. The key is sent to this server only:
    redirects are errors.
    """

    def __init__(
        self,
        model: str,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout_seconds: float = 30.0,
        attempts: int = 3,
        concurrency: int = 4,
        longest_wait_seconds: float = 20.0,
        most_bytes: int = MOST_BYTES,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """A server; nothing is imported or opened before the first request.

        Args:
            model: named in error messages and ledger rows.
            api_key: sent as bearer; never shown or logged. Local servers need none.
            base_url: usually ends in /v1; None is OpenAI's own. A user and password in it are sent instead of the key.
            timeout_seconds: see `Connection`, as for all that follow.
            attempts, concurrency, longest_wait_seconds, most_bytes, sleep, clock: see `Connection`.

        Raises:
            ConfigurationError: the address or the key cannot be used.
        """
        self.model = model
        given = _checked_url(base_url or OPENAI)
        self.where = _without_user(given)
        self._base_url, self._user = _user_apart(given)
        self._key = _checked_key(api_key)
        self._timeout = timeout_seconds
        self._attempts = max(1, attempts)
        self._longest_wait = longest_wait_seconds
        self._most_bytes = most_bytes
        self._sleep = sleep
        self._clock = clock
        self._slots = threading.BoundedSemaphore(max(1, concurrency))
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._closed = False

    def post(
        self, path: str, payload: Mapping[str, Any], *, purpose: str, prompt: str = "", prompt_version: str = ""
    ) -> tuple[dict[str, Any], list[ModelCall]]:
        """Send a request, again while the provider is down; the JSON object it answers, and the ledger rows.

        The last row has outcome `ok`; the caller fills in what it makes of the reply.

        Args:
            path: the endpoint, below `base_url`.
            payload: the request's JSON.
            purpose: for the ledger, as the prompt and its version.
            prompt: the prompt's name.
            prompt_version: its version.

        Raises:
            ModelError: all tries failed, or trying again does not help; `calls` has the rows.
        """
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        row = ModelCall(
            purpose=purpose,
            model=self.model,
            at=self._clock(),
            outcome="ok",
            prompt=prompt,
            prompt_version=prompt_version,
        )
        calls: list[ModelCall] = []
        while True:
            content, call, error = self._try(path, body, replace(row, attempt=len(calls) + 1))
            calls.append(call)
            if error is None:
                return content, calls
            wait = self._wait(error, call.attempt)
            if wait is None:
                error.calls = tuple(calls)
                raise error
            self._sleep(wait)

    def _try(self, path: str, body: bytes, row: ModelCall) -> tuple[dict[str, Any], ModelCall, ModelError | None]:
        """One request: what it answers, its ledger row, and the error if it failed."""
        row = replace(row, at=self._clock())
        started = time.monotonic()
        content: dict[str, Any] = {}
        failed = None
        try:
            content = self._content(self._exchange(path, body))
        except ModelError as error:
            outcome = str(getattr(error, "outcome", "failed"))
            row = replace(row, outcome=outcome, detail=str(error)[:300])
            failed = error
        return content, replace(row, latency_ms=(time.monotonic() - started) * 1000), failed

    def close(self) -> None:
        """Close the connections. Later requests fail as if the provider were down."""
        with self._lock:
            self._closed = True
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _wait(self, error: ModelError, attempt: int) -> float | None:
        """How long to wait before the next try; None if there is none."""
        if not isinstance(error, ProviderDownError) or attempt == self._attempts or error.outcome == "closed":
            return None
        if error.retry_after_seconds is not None:
            return error.retry_after_seconds if error.retry_after_seconds <= self._longest_wait else None
        backoff = _FIRST_WAIT_SECONDS * 2.0 ** (attempt - 1) * (0.75 + 0.5 * random.random())
        return min(self._longest_wait, backoff)

    def _content(self, reply: _Reply) -> dict[str, Any]:
        if not 200 <= reply.status < 300:
            raise faults.refusal(
                reply.status,
                reply.headers,
                reply.body.decode("utf-8", "replace"),
                model=self.model,
                where=self.where,
                key=self._key,
            )
        try:
            content = json.loads(reply.body)
        except (ValueError, RecursionError):
            raise faults.unreadable(reply.body, where=self.where) from None
        if not isinstance(content, dict):
            raise faults.unreadable(reply.body, where=self.where)
        error = faults.in_disguise(content, model=self.model, where=self.where, key=self._key)
        if error is not None:
            raise error
        return content

    def _exchange(self, path: str, body: bytes) -> _Reply:
        """One request and its reply; the errors of the HTTP client become ours."""
        import httpx2

        client = self._opened()
        begun = False
        with self._slots:
            try:
                with client.stream("POST", f"{self._base_url}{path}", content=body) as response:
                    begun = True
                    return self._read(response)
            except httpx2.TimeoutException:
                raise ProviderDownError(
                    f"The server {self.where} did not answer within {self._timeout:g} s. It may be busy, or the model "
                    "slow: raise `llm_timeout_seconds` if that is usual.",
                    outcome="timeout",
                ) from None
            except (httpx2.RequestError, httpx2.InvalidURL, OSError, RuntimeError) as error:
                raise self._broken(error, begun=begun) from None

    def _broken(self, error: Exception, *, begun: bool) -> ProviderDownError:
        """The error for a connection that failed, before or after the reply began."""
        what = faults.redacted(f"{type(error).__name__}: {error}", self._key)
        if begun:
            return ProviderDownError(f"The reply of {self.where} broke off ({what}).", outcome="broken-body")
        return ProviderDownError(
            f"No connection to {self.where} ({what}). Is the server running, and `openai_base_url` right?",
            outcome="no-connection",
        )

    def _read(self, response: httpx2.Response) -> _Reply:
        """Read a body, up to a size and for a time that are both bounded."""
        failed = not 200 <= response.status_code < 300
        limit = _MOST_ERROR_BYTES if failed else self._most_bytes
        until = time.monotonic() + self._timeout
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > limit:
                if failed:
                    break
                raise faults.too_large(limit, where=self.where)
            if time.monotonic() > until:
                raise ProviderDownError(
                    f"The server {self.where} did not finish its reply within {self._timeout:g} s.", outcome="timeout"
                )
        headers = {name.lower(): value for name, value in response.headers.items()}
        return _Reply(response.status_code, headers, b"".join(parts))

    def _opened(self) -> httpx2.Client:
        """The HTTP client. It keeps the key in its headers, so that no frame of a traceback holds it."""
        import httpx2

        with self._lock:
            if self._closed:
                raise ProviderDownError(f"The connection to {self.where} was closed.", outcome="closed")
            if self._client is None:
                self._client = httpx2.Client(
                    headers={"Authorization": f"Bearer {self._key or _NO_KEY}", "Content-Type": "application/json"},
                    auth=self._user,
                    timeout=self._timeout,
                    follow_redirects=False,
                    limits=httpx2.Limits(max_connections=None),  # `_slots` bounds them, and waits without a time-out
                )
            return self._client


def _checked_url(given: str) -> str:
    url = given.strip().rstrip("/")
    for endpoint in _ENDPOINTS:
        url = url.removesuffix(endpoint)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in url):
        raise ConfigurationError(
            f"`openai_base_url` is {_without_user(given)!r}; it has to be an http or https address, for example "
            "http://localhost:11434/v1."
        )
    return url


def _checked_key(given: str | None) -> str | None:
    key = (given or "").strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(
            "`openai_api_key` holds characters that no key has (a space, a line break, a letter of another script). "
            "Copy it again."
        )
    return key


def _user_apart(url: str) -> tuple[str, tuple[str, str] | None]:
    """The address without user and password, for the HTTP client logs whole addresses; and the two, if given."""
    parts = urlsplit(url)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    if not parts.username and not parts.password:
        return bare, None
    return bare, (unquote(parts.username or ""), unquote(parts.password or ""))


def _without_user(url: str) -> str:
    """The address without user name and password."""
    head, mark, rest = url.partition("://")
    return f"{head}{mark}{rest.rpartition('@')[2]}" if mark else url.rpartition("@")[2]
