"""Parsers of times of the day, alone and together with their day."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import NamedTuple

from memory_chain.dates.calendar import part_of_day
from memory_chain.dates.full_dates import date_parsers
from memory_chain.dates.moments import DAY, HOUR, MINUTE, midnight
from memory_chain.dates.naming import PART_OF_HOURS, PARTS
from memory_chain.dates.resolvers import MAX_DEPTH, Found, Frame, When
from memory_chain.dates.tokens import Text, longest
from memory_chain.dates.vocabulary import CLOCK_CUES, MEASURES, UNITS
from memory_chain.types import Precision


class _Clock(NamedTuple):
    """A time of the day; `sure` if it cannot be the other half of the day or just a number."""

    stop: int
    hour: int
    minute: int | None
    sure: bool

    def on(self, day: datetime, part: str | None = None) -> When:
        """This time on a day; a part of the day says which half."""
        afternoon = part in ("afternoon", "evening") or (part == "night" and self.hour > 4)
        hour = self.hour + 12 if not self.sure and self.hour < 12 and afternoon else self.hour
        start = midnight(day) + hour * HOUR + (self.minute or 0) * MINUTE
        return When(start, start + (HOUR if self.minute is None else MINUTE), Precision.INSTANT)


def _clock(t: Text, i: int) -> _Clock | None:
    """A time: "7pm", "7:30", "7.30 pm", "19:00", "7 o'clock", "noon", "midnight"; a bare "7" is unsure."""
    named = {"noon": 12, "midday": 12, "midnight": 24}.get(t.word(i))
    if named:
        return _Clock(i + 1, named, None, sure=True)
    hour = t.number(i, 2)
    if hour is None or hour > 23:
        return None
    minute, j = None, i + 1
    if t.word(j) in (":", ".") and t.glued(j) and t.glued(j + 1) and len(t.word(j + 1)) == 2:
        minute, dotted, j = t.number(j + 1, 2), t.word(j) == ".", j + 2
        if minute is None or minute > 59 or (dotted and not _half_of_day(t, j)):
            return None
        j = _after_seconds(t, j)
    half = _half_of_day(t, j)
    if half:
        return _Clock(half[0], hour % 12 + half[1], minute, sure=True) if 1 <= hour <= 12 else None
    if t.word(j) == "o'clock":
        return _Clock(j + 1, hour, minute, sure=False)
    return _Clock(j, hour, minute, sure=hour > 12 and minute is not None)


def _after_seconds(t: Text, i: int) -> int:
    """Step over the ":15" and the "Z" of 10:30:15Z."""
    if t.word(i) == ":" and t.glued(i) and t.glued(i + 1) and len(t.word(i + 1)) == 2 and t.is_number(i + 1):
        i += 2
    return i + 1 if t.word(i) == "z" and t.glued(i) else i


def _half_of_day(t: Text, i: int) -> tuple[int, int] | None:
    """The token after "am" or "p.m.", and the hours to add."""
    word = t.word(i)
    if word in ("am", "pm"):
        return i + 1, 12 if word == "pm" else 0
    if word in ("a", "p") and t.phrase(i + 1, ".", "m") and t.glued(i + 2):
        return i + (4 if t.word(i + 3) == "." and t.glued(i + 3) else 3), 12 if word == "p" else 0
    return None


def _part_at(t: Text, i: int) -> tuple[int, str] | None:
    """The part of the day told here, with the token after: "morning", "in the evening", "at night"."""
    j = i + 2 if t.phrase(i, "in", "the") else i + 1 if t.word(i) == "at" else i
    return (j + 1, t.word(j)) if t.word(j) in PARTS else None


def time_first(t: Text, i: int, depth: int) -> Found | None:
    """A time of the day first: "7:30 on Friday", "at 7 in the evening", "at 7pm"."""
    clock = _clock(t, i)
    if clock is None:
        return None
    cued = t.word(i - 1) in CLOCK_CUES
    stop, part = _part_at(t, clock.stop) or (clock.stop, None)
    named = not t.is_number(i)
    if not cued and clock.minute is None and (named or not clock.sure):
        return None
    day = _time_then_day(t, clock, stop, part, depth)
    halved = clock.sure and (named or clock.stop > i + 1)
    if day or not (halved or (cued and (clock.minute is not None or part)) or (clock.minute is not None and part)):
        return day
    if not cued and clock.minute is not None and _half_of_day(t, clock.stop - 1) is None and not part:
        return None
    return Found(stop, partial(_clock_nearby, clock, part), "clock")


def _time_then_day(t: Text, clock: _Clock, stop: int, part: str | None, depth: int) -> Found | None:
    """The day after a time of the day: "7:30 on Friday", "7pm tomorrow"."""
    j = stop + 1 if t.word(stop) in ("on", ",") else stop
    j = j + 1 if t.word(j) == "the" else j
    parsers = date_parsers(t, j) if t.is_number(j) else t.parsers(j)
    day = longest(t, j, depth + 1, parsers) if depth < MAX_DEPTH else None
    if day is None or day.family not in ("day", "night"):
        return None
    vague = not clock.sure and clock.minute is None and part is None

    def resolve(frame: Frame) -> When | None:
        when = day.resolve(frame)
        return when if when is None or vague else clock.on(when.start, part or _part_of(when))

    return Found(day.stop, resolve, "clock", day.fixed)


def _part_of(when: When) -> str | None:
    """The part of the day that a stretch is, if it is one."""
    return PART_OF_HOURS.get((when.start.hour, when.end.hour)) if when.precision is Precision.INSTANT else None


def _clock_nearby(clock: _Clock, part: str | None, frame: Frame) -> When:
    """The time today, or on the day before or after when today does not fit the direction."""
    when = clock.on(frame.today, part)
    if frame.way < 0 and when.start > frame.now:
        return clock.on(frame.today - DAY, part)
    if frame.way > 0 and when.end <= frame.now:
        return clock.on(frame.today + DAY, part)
    return when


def with_time(t: Text, day: Found) -> Found:
    """A day with the part of the day or the time that follows: "Friday night", "tomorrow at 7pm"."""
    stop, part = (_part_at(t, day.stop) or (day.stop, None)) if day.family == "day" else (day.stop, None)
    clock = _clock_after(t, stop)
    if clock is None and part is None:
        return day
    exact = clock and (clock.sure or clock.minute is not None or part or day.family == "night")
    told = clock if exact else None

    def resolve(frame: Frame) -> When | None:
        when = day.resolve(frame)
        if when is None or (told is None and part is None):
            return when
        if told is None:
            return part_of_day(when.start, part or "night")
        return told.on(when.start, part or _part_of(when))

    return Found(clock.stop if clock else stop, resolve, "clock" if clock else "night", day.fixed)


def _clock_after(t: Text, i: int) -> _Clock | None:
    """The time of the day after a day: " at 7", ", 7pm", " 19:30"."""
    j = i + 1 if t.word(i) == "," else i
    at = t.word(j) in ("at", "around", "about", "by", "@")
    clock = _clock(t, j + 1 if at else j)
    if clock is None or t.word(clock.stop) in MEASURES or t.word(clock.stop) in UNITS:
        return None
    if not at and not clock.sure and (clock.minute is None or j > i):
        return None
    return clock
