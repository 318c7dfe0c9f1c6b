"""What every page of a user shows: how much there is, and from when to when, for the slider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From the first to the last day of a memory."""

    status: Status
    first: date | None
    last: date | None

    @property
    def days(self) -> int:
        """Days between them; the slider has one step more, which is now."""
        return (self.last - self.first).days if self.first and self.last else 0

    def place(self, day: date | None) -> int:
        """Where a day is on the slider."""
        if day is None or self.first is None:
            return self.days + 1
        return max(0, min((day - self.first).days, self.days + 1))


def span_of(manager: MemoryManager, user: str) -> Span:
    """The span of a user's memory."""
    status = manager.status(user)
    return Span(
        status=status,
        first=status.first_at.date() if status.first_at else None,
        last=status.last_at.date() if status.last_at else None,
    )
