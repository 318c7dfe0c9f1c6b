"""The background worker: lets chains understand what waits, without anybody waiting for it.

Daemon threads take user ids from one queue; a user is in the work of one thread at a time. At the end no new
work is taken, and what is under way gets a short time; the rest stays queued in the store.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

CLOSE_SECONDS = 2.0

Step = Callable[[str], float | None]
"""Does one piece of a user's work; returns in how many seconds to come back (0: at once, None: when woken)."""


class Worker:
    """Runs `step` for users who were woken, on `threads` daemon threads."""

    def __init__(self, step: Step, *, threads: int = 1) -> None:
        self._step = step
        self._due: list[tuple[float, str]] = []
        self._planned: dict[str, float] = {}
        self._busy: set[str] = set()
        self._woken_while_busy: set[str] = set()
        self._condition = threading.Condition()
        self._closing = False
        self._threads = [
            threading.Thread(target=self._run, name=f"omem-worker-{i}", daemon=True) for i in range(threads)
        ]
        self._started = False

    def wake(self, user_id: str, *, in_seconds: float = 0.0) -> None:
        """Let a user's work be done soon. An earlier appointment is kept."""
        at = time.monotonic() + in_seconds
        with self._condition:
            if self._closing:
                return
            if user_id in self._busy and in_seconds == 0.0:
                self._woken_while_busy.add(user_id)
                return
            if self._planned.get(user_id, float("inf")) <= at:
                return
            self._planned[user_id] = at
            heapq.heappush(self._due, (at, user_id))
            self._start()
            self._condition.notify()

    def idle(self) -> bool:
        """Whether nothing is under way or due now."""
        with self._condition:
            now = time.monotonic()
            return not self._busy and all(at > now for at in self._planned.values())

    def close(self, timeout_seconds: float = CLOSE_SECONDS) -> bool:
        """Take no more work and wait for what is under way; True if all of it ended in time."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        end = time.monotonic() + timeout_seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _start(self) -> None:
        if not self._started:
            self._started = True
            for thread in self._threads:
                thread.start()

    def _run(self) -> None:
        while True:
            user_id = self._next()
            if user_id is None:
                return
            again: float | None = None
            try:
                again = self._step(user_id)
            except Exception:  # the thread must live on; the store keeps what was not understood
                log.exception("background work for a user failed; it stays queued")
            finally:
                self._done(user_id, again)

    def _next(self) -> str | None:
        with self._condition:
            while not self._closing:
                now = time.monotonic()
                while self._due and self._due[0][0] <= now:
                    at, user_id = heapq.heappop(self._due)
                    if self._planned.get(user_id) != at:
                        continue  # an older appointment
                    del self._planned[user_id]
                    if user_id in self._busy:
                        self._woken_while_busy.add(user_id)
                        continue
                    self._busy.add(user_id)
                    return user_id
                self._condition.wait(self._due[0][0] - now if self._due else None)
            return None

    def _done(self, user_id: str, again: float | None) -> None:
        with self._condition:
            self._busy.discard(user_id)
            woken = user_id in self._woken_while_busy
            self._woken_while_busy.discard(user_id)
        if woken:
            self.wake(user_id)
        elif again is not None:
            self.wake(user_id, in_seconds=again)
