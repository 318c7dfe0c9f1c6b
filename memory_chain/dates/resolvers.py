"""What a parser gives back: an expression that was read, and how to place it on the calendar later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from memory_chain.dates.moments import midnight
from memory_chain.types import Precision


class When(NamedTuple):
    """A stretch of the speaker's local time, without a zone."""

    start: datetime
    end: datetime
    precision: Precision


class Frame(NamedTuple):
    """What a resolver needs to know: when it was said, and which way open expressions look."""

    now: datetime
    look: Callable[[], int]
    anchor: When | None = None
    """The time that was told before in the same text."""
    day_first: bool | None = None

    @property
    def today(self) -> datetime:
        """The midnight at which today began."""
        return midnight(self.now)

    @property
    def way(self) -> int:
        """-1 back, 1 ahead, 0 unknown."""
        return self.look()

    def seen_from(self, now: datetime, way: int) -> Frame:
        """The same with another now and a fixed direction."""
        return self._replace(now=now, look=lambda: way)


_Resolver = Callable[[Frame], "When | None"]


class Found(NamedTuple):
    """An expression that was read: the token after it, and how to place it.

    `family` says what may be joined with what: day, night (a part of a day), clock, weekend, week, fortnight,
    month, quarter, season, year, decade, part, range, open (at one end), schedule. `fixed`: its year is told.
    """

    stop: int
    resolve: _Resolver
    family: str
    fixed: bool = False


MAX_DEPTH = 3
"""How deep "the week before the end of …" may nest; it keeps the reading linear."""
