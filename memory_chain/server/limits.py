"""Limits: how long a body may be, how fast a key may ask, how much is done at once and for how long."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory_chain.server.problems import (
    OverloadedError,
    TimedOutError,
    TooLargeError,
    problem_of,
    problem_response,
)

P = ParamSpec("P")
T = TypeVar("T")

MOST_BUCKETS = 10_000


class TokenBuckets:
    """One token bucket a key: `burst` requests at once, `per_second` on average. Not locked: one event loop."""

    def __init__(self, per_second: float, burst: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self.burst = max(1, burst)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take a token; 0 if there was one, else how many seconds it is until there is."""
        if self.per_second <= 0:
            return 0.0
        now = self._clock()
        level, at = self._buckets.pop(name, (float(self.burst), now))
        level = min(float(self.burst), level + (now - at) * self.per_second)
        wait = 0.0 if level >= 1 else (1 - level) / self.per_second
        self._buckets[name] = (level if wait else level - 1, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return wait


class Threads:
    """Runs blocking calls in threads: at most so many at once, and no more than so many waiting."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._free = anyio.Semaphore(threads)
        self._threads = threads
        self._most = threads + waiting
        self.running = 0
        """Calls that run or wait."""

    async def run(self, seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread.

        A call that takes too long is given up, not ended: it keeps its place until it is over.

        Raises:
            OverloadedError: too many wait already.
            TimedOutError: it took longer than `seconds`.
        """
        if self.running >= self._most:
            raise OverloadedError
        self.running += 1
        started = False
        try:
            with anyio.fail_after(seconds):
                await self._free.acquire()
                started = True
                done = self._leaver()
                return await anyio.to_thread.run_sync(
                    _then, done, function, args, kwargs, abandon_on_cancel=True, limiter=_unlimited()
                )
        except TimeoutError:
            raise TimedOutError(seconds) from None
        finally:
            if not started:
                self.running -= 1

    def _leaver(self) -> Callable[[], None]:
        import asyncio

        loop = asyncio.get_running_loop()

        def leave() -> None:
            self.running -= 1
            self._free.release()

        def done() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(leave)

        return done


def _then(
    done: Callable[[], None], function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]
) -> T:
    try:
        return function(*args, **kwargs)
    finally:
        done()


def _unlimited() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(math.inf)


class BodyLimit:
    """Answers 413 to requests whose body is too long, whether they tell its length or not."""

    def __init__(self, app: ASGIApp, *, most: int, most_import: int) -> None:
        self.app = app
        self.most = most
        self.most_import = most_import

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.most_import if is_import(scope) else self.most
        length = _content_length(scope)
        if length is not None and length > most:
            await problem_response(Request(scope), problem_of(TooLargeError(most)))(scope, receive, send)
            return
        await self._counted(scope, receive, send, most)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        seen = 0
        over = answered = False

        async def counting() -> Message:
            nonlocal seen, over
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                over = True
                raise TooLargeError(most)
            return message

        async def sending(message: Message) -> None:
            nonlocal answered
            if over and not answered:
                return  # whatever the route makes of it, the answer is ours
            answered = True
            await send(message)

        try:
            await self.app(scope, counting, sending)
        except TooLargeError:
            if answered:
                raise
        if over and not answered:
            await problem_response(Request(scope), problem_of(TooLargeError(most)))(scope, receive, send)


def is_import(scope: Scope) -> bool:
    """Whether a request is an import, whose body may be long."""
    path = str(scope["path"]).split("/")  # still percent-encoded here, so that no id can pretend to be a route
    return scope["method"] == "POST" and len(path) == 5 and path[1:3] == ["v1", "users"] and path[4] == "import"


def _content_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None
