"""The asynchronous face: the same methods as `MemoryManager`, each run in a thread.

Retrieval takes milliseconds and a model's wait happens off the event loop, so that one plain manager serves
both faces; `tests/test_aio.py` keeps the two equal.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from memory_chain.memory_manager import MemoryManager

P = ParamSpec("P")
R = TypeVar("R")


def _threaded(
    method: Callable[Concatenate[MemoryManager, P], R],
) -> Callable[Concatenate[AsyncMemoryManager, P], Coroutine[Any, Any, R]]:
    """The asynchronous twin of a manager's method."""

    async def twin(self: AsyncMemoryManager, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.to_thread(method, self.manager, *args, **kwargs)

    functools.update_wrapper(twin, method)
    return twin


class AsyncMemoryManager:
    """`MemoryManager` for asyncio.

    Args:
        manager: the manager whose methods are run; it is closed with this one.
    """

    def __init__(self, manager: MemoryManager) -> None:
        self.manager = manager

    @classmethod
    def open(cls, home: str | Path | None = None, **parts: Any) -> Self:
        """Open the memories in a folder; see `MemoryManager.open`."""
        return cls(MemoryManager.open(home, **parts))

    @classmethod
    def from_config(cls, path: str | Path | None = None, **settings: Any) -> Self:
        """Open the memories as a configuration says; see `MemoryManager.from_config`."""
        return cls(MemoryManager.from_config(path, **settings))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    add = _threaded(MemoryManager.add)
    search = _threaded(MemoryManager.search)
    retrieve = _threaded(MemoryManager.retrieve)
    profile = _threaded(MemoryManager.profile)
    subjects = _threaded(MemoryManager.subjects)
    events = _threaded(MemoryManager.events)
    topics = _threaded(MemoryManager.topics)
    messages = _threaded(MemoryManager.messages)
    sessions = _threaded(MemoryManager.sessions)
    message = _threaded(MemoryManager.message)
    observations = _threaded(MemoryManager.observations)
    clues = _threaded(MemoryManager.clues)
    item = _threaded(MemoryManager.item)
    history = _threaded(MemoryManager.history)
    correct = _threaded(MemoryManager.correct)
    undo = _threaded(MemoryManager.undo)
    forget = _threaded(MemoryManager.forget)
    revoke = _threaded(MemoryManager.revoke)
    export = _threaded(MemoryManager.export)
    import_ = _threaded(MemoryManager.import_)
    answer = _threaded(MemoryManager.answer)
    chat = _threaded(MemoryManager.chat)
    flush = _threaded(MemoryManager.flush)
    settle = _threaded(MemoryManager.settle)
    status = _threaded(MemoryManager.status)
    retry = _threaded(MemoryManager.retry)
    rebuild = _threaded(MemoryManager.rebuild)
    costs = _threaded(MemoryManager.costs)
    calls = _threaded(MemoryManager.calls)
    check = _threaded(MemoryManager.check)
    queued = _threaded(MemoryManager.queued)
    check_ready = _threaded(MemoryManager.check_ready)
    listen_to_calls = _threaded(MemoryManager.listen_to_calls)
    users = _threaded(MemoryManager.users)
    close = _threaded(MemoryManager.close)
