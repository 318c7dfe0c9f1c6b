"""Parsers from one time to another: "since 2020", "before June", "between May and July"."""

from __future__ import annotations

from memory_chain.dates.moments import CEILING, FLOOR, MINUTE
from memory_chain.dates.point import read_point
from memory_chain.dates.resolvers import Found, Frame, When
from memory_chain.dates.tokens import Text
from memory_chain.dates.vocabulary import DASHES, TO, UNITS
from memory_chain.types import Precision


def since(t: Text, i: int, depth: int) -> Found | None:
    """Until now: "since 2020", "since last year"."""
    point = read_point(t, i + 1, 1)
    if point is None:
        return None

    def resolve(frame: Frame) -> When | None:
        when = point.resolve(frame.seen_from(frame.now, -1))
        return When(when.start, frame.now, Precision.RANGE) if when and when.start < frame.now else None

    return Found(point.stop, resolve, "range", point.fixed)


def open_ended(t: Text, i: int, depth: int) -> Found | None:
    """Open on one side: "before June", "after 2019", "until Friday"."""
    side = t.word(i)
    point = read_point(t, i + 1, 1)
    if point is None or t.word(i - 1) in UNITS:
        return None

    def resolve(frame: Frame) -> When | None:
        until = side in ("until", "till")
        when = point.resolve(frame.seen_from(frame.now, 1) if until and frame.way == 0 else frame)
        if when is None:
            return None
        if side == "after":
            gone = when.end < frame.now and frame.way <= 0
            return When(when.end, frame.now if gone else CEILING, Precision.RANGE)
        if until and when.end > frame.now:
            return When(frame.now, when.end, Precision.RANGE)
        return When(FLOOR, when.start if side == "before" else when.end, Precision.RANGE)

    return Found(point.stop, resolve, "open", point.fixed)


def between(t: Text, i: int, depth: int) -> Found | None:
    """From one to the other: "between May and July 2023", "from Monday to Wednesday"."""
    joins = frozenset(("and", *DASHES)) if t.word(i) == "between" else TO
    first = read_point(t, i + 1, 1)
    if first is None:
        return None
    if first.family == "range" and t.word(i + 1) != "the":  # "from 3 to 9 June"
        return first
    second = read_point(t, first.stop + 1, 1) if t.word(first.stop) in joins else None
    return _joined(first, second) if second else None


def _joined(first: Found, second: Found) -> Found:
    """From the start of the first to the end of the second; who has no year borrows it from the other."""

    def resolve(frame: Frame) -> When | None:
        if first.fixed and not second.fixed:
            start = first.resolve(frame)
            end = second.resolve(frame.seen_from(start.start, 1)) if start else None
        else:
            end = second.resolve(frame)
            start = first.resolve(frame.seen_from(end.end - MINUTE, -1)) if end else None
        if start is None or end is None or start.start >= end.end:
            return None
        return When(start.start, end.end, Precision.RANGE)

    return Found(second.stop, resolve, "range", first.fixed or second.fixed)


def with_range(t: Text, first: Found) -> Found:
    """A point with "to Wednesday", "–9 June", "through July" after it, where both are of one kind."""
    if t.word(first.stop) not in TO or first.family not in ("day", "month", "season", "year"):
        return first
    second = read_point(t, first.stop + 1, 1)
    return _joined(first, second) if second and second.family == first.family else first
