"""Working memory: the newest messages that are not yet understood.

Pure. It holds up to `capacity` messages; when it is full, the oldest `refresh` overflow to the writer. The
messages themselves are in the store from the start, so that a restart loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from memory_chain.types import QueueItem


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingMemory:
    """When do how many messages overflow to the writer?"""

    capacity: int = 20
    """How many messages wait at most before the oldest go on."""
    refresh: int = 10
    """How many go on at once."""
    idle_seconds: float = 60.0
    """After this time without a new message, all that waits goes on."""

    def __post_init__(self) -> None:
        if not 1 <= self.refresh <= self.capacity:
            raise ValueError(f"refresh ({self.refresh}) must lie between 1 and capacity ({self.capacity})")

    def overflow(
        self, waiting: Sequence[QueueItem], *, now: datetime, last_added_at: datetime | None, flush: bool = False
    ) -> list[QueueItem]:
        """The messages that go to the writer now, oldest first; empty if it is not time yet.

        A message that failed before goes on with those of as many tries, so that a batch that was split
        after a failure is not joined again.

        Args:
            waiting: the queue, oldest first.
            now: the wall clock.
            last_added_at: when (wall clock) the last message came in.
            flush: send whatever waits.
        """
        ready = [item for item in waiting if item.not_before is None or item.not_before <= now]
        if not ready:
            return []
        retried = [item for item in ready if item.tries > 0]
        if retried:
            return self._same_tries(retried)
        idle = last_added_at is not None and now - last_added_at >= timedelta(seconds=self.idle_seconds)
        if flush or idle or len(ready) >= self.capacity:
            return ready[: self.refresh]
        return []

    def _same_tries(self, retried: Sequence[QueueItem]) -> list[QueueItem]:
        """The next part of a failed batch: halved with each failure, until the one bad message stands alone."""
        tries = retried[0].tries
        size = max(1, self.refresh >> tries)
        alike: list[QueueItem] = []
        for item in retried:
            if item.tries != tries or len(alike) == size:
                break
            alike.append(item)
        return alike
