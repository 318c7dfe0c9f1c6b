"""The one server to which the proxy sends chats on."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import Request

from memory_chain.errors import ConfigurationError
from memory_chain.llm.http import OPENAI
from memory_chain.server.problems import WebError

if TYPE_CHECKING:
    import httpx2

    from memory_chain.config import Settings

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 600.0
"""Longest silence of the upstream; a model may think for minutes."""

NO_UPSTREAM = (
    "It has no upstream. Set `openai_base_url` to any OpenAI-compatible server, or `llm_model` beside `openai_api_key` "
    "for OpenAI's own; a key alone starts no paid calls."
)
_SENT_ON = ("accept", "content-type", "content-encoding", "idempotency-key", "openai-beta", "traceparent", "tracestate")
_SENT_BACK = ("content-type", "content-encoding", "retry-after", "retry-after-ms", "x-should-retry")
_SENT_BACK_STARTS = ("openai-", "x-ratelimit-")


class UpstreamError(WebError):
    """The upstream cannot be reached, or did not answer."""

    status, title, kind = 502, "The upstream does not answer", "upstream"

    def __init__(self) -> None:
        super().__init__("The model's server could not be reached, or broke off. The server's log tells more.")


class UpstreamTimeoutError(WebError):
    """The upstream was silent for too long."""

    status, title, kind = 504, "The upstream took too long", "upstream-timeout"

    def __init__(self) -> None:
        super().__init__("The model's server did not answer in time. Try again later.")


class Upstream:
    """The one server to which chats go on. The key is sent to it only; redirects are not followed."""

    def __init__(self, base_url: str, key: str | None) -> None:
        self.base_url = checked_url(base_url)
        self._headers = {"accept-encoding": "identity"}  # bytes go back as they come, and are read along
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        self._client: httpx2.AsyncClient | None = None

    def __repr__(self) -> str:
        return f"Upstream({self.base_url!r})"

    @classmethod
    def of(cls, settings: Settings | None) -> Upstream:
        """The upstream that the operator's settings name.

        Raises:
            ConfigurationError: they name none.
        """
        key = settings.openai_api_key.get_secret_value() if settings and settings.openai_api_key else None
        if settings is None or not (settings.openai_base_url or (key and settings.llm_model)):
            raise ConfigurationError(NO_UPSTREAM)
        return cls(settings.openai_base_url or OPENAI, key)

    @asynccontextmanager
    async def life(self) -> AsyncIterator[None]:
        """Holds the connections, as long as the application runs."""
        import httpx2

        timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=100)
        async with httpx2.AsyncClient(timeout=timeout, limits=limits, follow_redirects=False) as self._client:
            yield

    async def send(self, request: Request, path: str, body: bytes | None = None) -> httpx2.Response:
        """Send a request on; the response is open and has to be closed.

        Raises:
            UpstreamError: it cannot be reached, or points elsewhere.
            UpstreamTimeoutError: it is silent.
        """
        if self._client is None:
            raise UpstreamError
        headers = {name: request.headers[name] for name in _SENT_ON if name in request.headers} | self._headers
        sent = self._client.build_request(request.method, f"{self.base_url}{path}", headers=headers, content=body)
        with told_errors():
            response = await self._client.send(sent, stream=True)
        if 300 <= response.status_code < 400:
            await response.aclose()
            log.warning("The upstream %s answers with a redirect, which is not followed.", self.base_url)
            raise UpstreamError
        return response


@contextmanager
def told_errors() -> Iterator[None]:
    """Errors of the HTTP client become ours."""
    import httpx2

    try:
        yield
    except (httpx2.RequestError, httpx2.InvalidURL) as error:
        log.warning("The upstream failed: %s", type(error).__name__)
        late = isinstance(error, httpx2.TimeoutException) and not isinstance(error, httpx2.ConnectTimeout)
        raise (UpstreamTimeoutError if late else UpstreamError) from None


def checked_url(given: str) -> str:
    """An address as it is used, without a slash or an endpoint at its end.

    Raises:
        ConfigurationError: it is no http or https address.
    """
    url = given.strip().rstrip("/").removesuffix("/chat/completions").rstrip("/")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in url):
        raise ConfigurationError("`openai_base_url` is no http or https address, like http://localhost:11434/v1.")
    return url


def returned_headers(response: httpx2.Response) -> dict[str, str]:
    """Those headers of the upstream that concern the client."""
    kept = {
        name: value
        for name, value in response.headers.items()
        if name.lower() in _SENT_BACK or name.lower().startswith(_SENT_BACK_STARTS)
    }
    if "x-request-id" in response.headers:
        kept["x-upstream-request-id"] = response.headers["x-request-id"]
    return kept
