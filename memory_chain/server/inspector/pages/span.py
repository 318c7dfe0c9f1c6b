"""What every page of a user shows: how much was said by the moment it shows, and from when to when, for the slider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from memory_chain.memory_manager import MemoryManager
from memory_chain.server.inspector.links import AsOf
from memory_chain.types import Session


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From the first to the last day of a memory."""

    messages: int
    """What had been said by then."""
    sessions: tuple[Session, ...]
    """In which conversations, the latest first."""
    first: date | None
    """The first day of all, whatever moment is shown."""
    last: date | None
    """The last day of all."""

    @property
    def until(self) -> date | None:
        """The last day on which something was said by then."""
        return max(session.last_at for session in self.sessions).date() if self.sessions else None

    @property
    def days(self) -> int:
        """Days between them; the slider has one step more, which is now."""
        return (self.last - self.first).days if self.first and self.last else 0

    def place(self, day: date | None) -> int:
        """Where a day is on the slider."""
        if day is None or self.first is None:
            return self.days + 1
        return max(0, min((day - self.first).days, self.days + 1))


def span_of(manager: MemoryManager, user: str, moment: AsOf | None) -> Span:
    """The span of a user's memory."""
    everything = manager.sessions(user)
    sessions = manager.sessions(user, as_of=moment.moment) if moment else everything
    return Span(
        messages=sum(session.messages for session in sessions),
        sessions=tuple(sessions),
        first=min((session.first_at.date() for session in everything), default=None),
        last=max((session.last_at.date() for session in everything), default=None),
    )
