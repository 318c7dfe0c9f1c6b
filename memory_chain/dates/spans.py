"""From a text to spans: reading left to right, and placing what was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Literal, NamedTuple

from memory_chain.dates.clause import direction
from memory_chain.dates.grammar import NUMERALS, expression, phrase_parsers, point_parsers
from memory_chain.dates.moments import CEILING, FLOOR, naive
from memory_chain.dates.resolvers import Found, Frame, When
from memory_chain.dates.tokens import Text, may_tell_time
from memory_chain.dates.vocabulary import DIGITS
from memory_chain.errors import InvalidInputError
from memory_chain.types import Interval

Prefer = Literal["past", "future", "auto"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSpan:
    """A time expression in a text: `text` is exactly `message[start_index:end_index]`.

    A preposition that only introduces it ("on Friday") is left out. `interval` is None for a schedule
    (`recurring`) and for a time that is told but open on one side ("before June").
    """

    start_index: int
    end_index: int
    text: str
    interval: Interval | None
    recurring: bool = False


class _Placed(NamedTuple):
    """A span, and whether its year is told."""

    span: TimeSpan
    fixed: bool


def place_all(
    text: str, said_at: datetime, zone: tzinfo, prefer: Prefer, day_first: bool | None, *, asking: bool
) -> list[_Placed]:
    """Every time expression of a text that has a place on the calendar, or is a schedule, in order."""
    if said_at.tzinfo is None:
        raise InvalidInputError("The moment of speaking has no time zone: give an aware datetime, for example UTC.")
    if not may_tell_time(text):
        return []
    t = Text(text, point_parsers(), NUMERALS)
    frame = Frame(naive(said_at, zone), lambda: 0, day_first=day_first)
    placed: list[_Placed] = []
    for first, found in _read(t, asking=asking):
        when = _safely(found, frame._replace(look=_looker(t, first, found.stop, prefer, asking=asking)))
        recurring = found.family == "schedule"
        if when is None and not recurring:
            continue
        closed = when is not None and not (found.family == "open" and (when.start == FLOOR or when.end == CEILING))
        if closed:
            frame = frame._replace(anchor=when)
        start, end = t.starts[first], t.ends[found.stop - 1]
        interval = _interval(when, zone) if when and (closed or asking) else None
        span = TimeSpan(start_index=start, end_index=end, text=text[start:end], interval=interval, recurring=recurring)
        placed.append(_Placed(span, found.fixed))
    return placed


def _read(t: Text, *, asking: bool) -> Iterator[tuple[int, Found]]:
    """The expressions from left to right, each with its first token; the longest at each place."""
    points, phrases, past = t.points, phrase_parsers(), 0
    for i, word in enumerate(t.words):
        if i < past or not (word in points or word in phrases or word == "the" or word[0] in DIGITS):
            continue
        found = expression(t, i, asking=asking)
        if found and t.stands_alone(t.starts[i], t.ends[found.stop - 1]):
            past = found.stop
            yield i, found


def _looker(t: Text, first: int, stop: int, prefer: Prefer, *, asking: bool) -> Callable[[], int]:
    """The direction of one expression, found out at most once, and only when it is asked for."""
    if prefer != "auto":
        return lambda: -1 if prefer == "past" else 1

    @cache
    def look() -> int:
        way = direction(t, first, stop, asking=asking)
        return -1 if asking and way == 0 else way

    return look


def _safely(found: Found, frame: Frame) -> When | None:
    """Place an expression; what falls off the calendar or out of 1900 to 2200 has no place."""
    try:
        when = found.resolve(frame)
    except (ValueError, OverflowError):
        return None
    return when if when and FLOOR <= when.start < when.end <= CEILING else None


def _interval(when: When, zone: tzinfo) -> Interval:
    start, end = (moment.replace(tzinfo=zone).astimezone(UTC) for moment in (when.start, when.end))
    if end <= start:  # an hour that the clocks skip
        end = start + (when.end - when.start)
    return Interval(start=start, end=end, precision=when.precision)
