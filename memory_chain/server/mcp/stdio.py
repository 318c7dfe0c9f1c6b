"""Serving one client over standard input and output, until either is closed or the process is told to end."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, cast

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCError, JSONRPCResponse

ENDING = (signal.SIGINT, signal.SIGTERM)
ANSWER_SECONDS = 5.0
"""So long calls under way may take when the client has ended."""


def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve until the input ends, or SIGINT or SIGTERM comes; what was asked before that is answered.

    It also ends when nobody reads its answers any more; then calls that have begun are finished, no others.
    The SDK's own `run("stdio")` waits for the next line in a thread that nothing wakes, so that it hears no signal and
    does not see that nobody reads its answers any more; and it drops calls under way when the input ends.
    """
    anyio.run(_serve, server)


async def _serve(server: MCPServer[Any]) -> None:
    unanswered = Unanswered()
    lines = cast("anyio.AsyncFile[str]", InputLines(unanswered))
    lowlevel = server._lowlevel_server  # the SDK has no public way to run over streams of one's own
    try:
        async with stdio_server(stdin=lines) as (incoming, outgoing):
            await lowlevel.run(incoming, Answers(outgoing, unanswered), lowlevel.create_initialization_options())
    except* BrokenPipeError:
        pass  # the client is gone, and so is everything that it could be told


class Unanswered:
    """The requests that have come and have no answer yet."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._none = anyio.Event()

    def asked(self, line: str) -> None:
        """A line has come."""
        try:
            message = json.loads(line)
            method, request_id, given = (message.get(name) for name in ("method", "id", "params"))
            if method == "notifications/cancelled":
                self.answered(given["requestId"])
            elif method is not None and request_id is not None:
                self._ids.add(str(request_id))
        except (ValueError, RecursionError, AttributeError, LookupError, TypeError):
            pass  # no message; the SDK says what it thinks of it

    def answered(self, request_id: object) -> None:
        """A request needs no answer any more."""
        self._ids.discard(str(request_id))
        if not self._ids:
            self._none.set()

    async def none(self) -> None:
        """Wait until there are none."""
        while self._ids:
            self._none = anyio.Event()
            await self._none.wait()


class InputLines:
    """The lines of standard input; they end with it, or at a signal, when what was asked is answered."""

    def __init__(self, unanswered: Unanswered) -> None:
        self._unanswered = unanswered
        self._loop = asyncio.get_running_loop()
        self._put, self._taken = anyio.create_memory_object_stream[str](0)
        for number in ENDING:
            with suppress(NotImplementedError):  # on Windows signals end the process at once
                self._loop.add_signal_handler(number, self._put.close)
        # Not waited for: it may be blocked for ever in a read.
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def _read(self) -> None:
        # Nobody listens any more: the loop is closed (RuntimeError), or is about to be.
        with suppress(RuntimeError, CancelledError, anyio.ClosedResourceError, anyio.BrokenResourceError):
            # Not `sys.stdin`, whose lock the interpreter takes when it ends.
            for line in open(0, "rb", closefd=False):  # noqa: SIM115
                given = line.decode("utf-8", "replace")
                asyncio.run_coroutine_threadsafe(self._put.send(given), self._loop).result()
            self._loop.call_soon_threadsafe(self._put.close)

    async def __aiter__(self) -> AsyncIterator[str]:
        async with self._taken:
            async for line in self._taken:
                self._unanswered.asked(line)
                yield line
        with anyio.move_on_after(ANSWER_SECONDS):
            await self._unanswered.none()


class Answers:
    """Where messages to the client go; takes note of the answers among them."""

    def __init__(self, outgoing: Any, unanswered: Unanswered) -> None:
        self._outgoing = outgoing
        self._unanswered = unanswered

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message."""
        await self._outgoing.send(item)
        if isinstance(item.message, JSONRPCResponse | JSONRPCError):
            self._unanswered.answered(item.message.id)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._outgoing.aclose()

    async def __aenter__(self) -> Self:
        await self._outgoing.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return cast("bool | None", await self._outgoing.__aexit__(kind, error, trace))
