"""The road to an OpenAI-compatible server: bounded tries, bounded bodies, a ledger row for each.

The HTTP client is the `openai` package's, imported when the first request is made. Bodies are read here, raw:
no parser of a package ever sees a reply.
"""

from __future__ import annotations

import importlib
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from memory_chain.errors import ConfigurationError, ModelError, ProviderDownError
from memory_chain.llm import faults
from memory_chain.types import ModelCall
from memory_chain.utils import utc_now

OPENAI = "https://api.openai.com/v1"
MOST_BYTES = 4 * 1024 * 1024
_MOST_ERROR_BYTES = 64 * 1024
_FIRST_WAIT_SECONDS = 0.5
_NO_KEY = "no-key-needed"
_ENDPOINTS = ("/chat/completions", "/embeddings", "/completions", "/models")


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Server:
    """An OpenAI-compatible server.

    Safe to share between threads; at most `concurrency` requests run at once.
    """

    def __init__(
        self,
        *,
        model: str,
        api_key: str | None,
        base_url: str | None,
        timeout_seconds: float,
        attempts: int,
        concurrency: int,
        longest_wait_seconds: float = 20.0,
        most_bytes: int = MOST_BYTES,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """A server; nothing is opened before the first request.

        Args:
            model: named in error messages and ledger rows.
            api_key: sent as bearer; local servers need none.
            base_url: usually ends in /v1; None is OpenAI's own.
            timeout_seconds: how long to wait for a connection, for the next bytes, and for a whole body.
            attempts: tries of one request while the provider is down.
            concurrency: requests at once.
            longest_wait_seconds: if a server asks to wait longer, the error says so instead.
            most_bytes: longer bodies are not read on.
            sleep: waits between tries.
            clock: the time of the ledger rows.

        Raises:
            ConfigurationError: the address or the key cannot be used.
        """
        self.model = model
        self.base_url = _checked_url(base_url or OPENAI)
        self.where = _without_user(self.base_url)
        self._key = _checked_key(api_key)
        self._timeout = timeout_seconds
        self._attempts = max(1, attempts)
        self._longest_wait = longest_wait_seconds
        self._most_bytes = most_bytes
        self._sleep = sleep
        self._clock = clock
        self._slots = threading.BoundedSemaphore(max(1, concurrency))
        self._lock = threading.Lock()
        self._client: Any = None
        self._http: Any = None
        self._closed = False

    def post(self, path: str, payload: Mapping[str, Any], row: ModelCall) -> tuple[dict[str, Any], list[ModelCall]]:
        """Send a request, again while the provider is down; the JSON object it answers, and the ledger rows.

        The last row has outcome `ok`; the caller fills in what it makes of the reply.

        Args:
            path: the endpoint, below `base_url`.
            payload: the request's JSON.
            row: the ledger row with purpose, model and prompt; the rest is filled in here.

        Raises:
            ModelError: all tries failed, or trying again does not help; `calls` has the rows.
        """
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        calls: list[ModelCall] = []
        for attempt in range(1, self._attempts + 1):
            started = time.monotonic()
            at = self._clock()
            try:
                content = self._content(self._exchange(path, body))
            except ModelError as error:
                outcome = str(getattr(error, "outcome", "failed"))
                spent = (time.monotonic() - started) * 1000
                calls.append(
                    replace(row, at=at, outcome=outcome, latency_ms=spent, attempt=attempt, detail=str(error)[:300])
                )
                wait = self._wait(error, attempt)
                if wait is None:
                    error.calls = tuple(calls)
                    raise
                self._sleep(wait)
                continue
            spent = (time.monotonic() - started) * 1000
            calls.append(replace(row, at=at, outcome="ok", latency_ms=spent, attempt=attempt))
            return content, calls
        raise AssertionError("unreachable")

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
            text = reply.body.decode("utf-8", "replace")
            raise faults.refusal(
                reply.status, reply.headers, text, model=self.model, where=self.where, key=self._key
            ) from None
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
        client = self._opened()
        headers = {"Authorization": f"Bearer {self._key or _NO_KEY}", "Content-Type": "application/json"}
        begun = False
        with self._slots:
            try:
                request = client.build_request("POST", f"{self.base_url}{path}", content=body, headers=headers)
                response = client.send(request, stream=True)
                begun = True
                try:
                    return self._read(response)
                finally:
                    response.close()
            except self._http.TimeoutException:
                raise ProviderDownError(
                    f"The server {self.where} did not answer within {self._timeout:g} s. It may be busy, or the model "
                    "slow: raise `llm_timeout_seconds` if that is usual.",
                    outcome="timeout",
                ) from None
            except (self._http.RequestError, self._http.InvalidURL, OSError, RuntimeError) as error:
                what = faults.redacted(f"{type(error).__name__}: {error}", self._key)
                if begun:
                    raise ProviderDownError(
                        f"The reply of {self.where} broke off ({what}).", outcome="broken-body"
                    ) from None
                raise ProviderDownError(
                    f"No connection to {self.where} ({what}). Is the server running, and `openai_base_url` right?",
                    outcome="no-connection",
                ) from None

    def _read(self, response: Any) -> _Reply:
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

    def _opened(self) -> Any:
        with self._lock:
            if self._closed:
                raise ProviderDownError(f"The connection to {self.where} was closed.", outcome="closed")
            if self._client is None:
                import openai

                base = next(part for part in openai.DefaultHttpxClient.__mro__ if part.__name__ == "Client")
                self._http = importlib.import_module(base.__module__.partition(".")[0])
                self._client = openai.DefaultHttpxClient(timeout=self._timeout, follow_redirects=False)
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


def _without_user(url: str) -> str:
    """The address without user name and password."""
    head, mark, rest = url.partition("://")
    return f"{head}{mark}{rest.rpartition('@')[2]}" if mark else url.rpartition("@")[2]
