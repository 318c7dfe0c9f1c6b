"""Running an application until it is told to end, and ending it in good order."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from memory_chain.errors import ConfigurationError
from memory_chain.server.ending import UnderWay

GRACE_SECONDS = 10
"""How long ending may take."""
LAST_SECONDS = 8
"""How long requests under way may take when the server ends; then they are broken off."""


FILES_A_MEMORY = 4
SPARE_FILES = 256
MOST_OPEN = 2048


def room_for_memories() -> int:
    """How many memories a server may hold open: opening one takes far longer than using it.

    The soft limit of open files is raised to the hard one, where there are such limits.
    """
    try:
        import resource
    except ImportError:  # not on Windows
        return MOST_OPEN
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(now, MOST_OPEN * FILES_A_MEMORY + SPARE_FILES)
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return max(64, min(MOST_OPEN, (allowed - SPARE_FILES) // FILES_A_MEMORY))


def collect_seldom() -> None:
    """Let the garbage collector of this process stop requests less often.

    A memory is tens of thousands of long-lived objects; to look through all of them again took up to 50 ms of a
    single `retrieve`, and 7 % of all of them (median, 10,000 messages).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


class _Server(uvicorn.Server):
    """Ends on a signal without dying of it, so that the memories are closed and the exit code is 0."""

    def __init__(self, config: uvicorn.Config, under_way: UnderWay) -> None:
        super().__init__(config)
        self._under_way = under_way

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End; what is too slow is broken off by us, with an answer, and not by uvicorn with a traceback."""
        last = asyncio.get_running_loop().call_later(LAST_SECONDS, self._under_way.break_off)
        try:
            await super().shutdown(sockets)
        finally:
            last.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens, so that what is told of the address is true.

    Raises:
        ConfigurationError: the address cannot be used.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        opened = socket.socket(family, kind, protocol)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(address)
            opened.listen(512)
        except BaseException:
            opened.close()
            raise
    except OSError as error:
        raise ConfigurationError(
            f"The server cannot listen on {host} port {port}: {error.strerror}. Another one may be running there; "
            "--port takes another port."
        ) from None
    with opened:
        yield opened


def run_app(app: FastAPI, listener: socket.socket) -> None:
    """Answer requests until SIGINT or SIGTERM. Requests under way have some time to finish, new ones are refused."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # it would write paths, which name users; the application writes its own
        proxy_headers=False,  # a header must not make a request local
        server_header=False,
        ws="none",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _Server(config, app.state.under_way).run(sockets=[listener])
