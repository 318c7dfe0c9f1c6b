"""Parsers of dates: "May 5", "5 May 2023", "2023-05-05", "on the 3rd"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from memory_chain.dates.amounts import year_tail, yearly
from memory_chain.dates.calendar import days_from, days_in, month_in
from memory_chain.dates.moments import month_start
from memory_chain.dates.picking import built
from memory_chain.dates.resolvers import Found, Frame, When
from memory_chain.dates.tokens import Parser, Text
from memory_chain.dates.vocabulary import (
    CLAUSE_WORDS,
    DATE_CUES,
    FULL_MONTHS,
    MEASURES,
    MODAL_WORDS,
    MONTH_CUES,
    MONTHS,
    ORDINALS,
    SUFFIXES,
    TO,
    VERBS_AFTER,
    WEEKDAYS,
    words,
)


def date_parsers(t: Text, i: int) -> tuple[Parser, ...]:
    """The parsers of a date that may begin here, as after the name of a weekday."""
    if t.is_number(i):
        return (day_month, numeric, nth)
    return (read_month,) if t.word(i) in MONTHS else ()


def read_month(t: Text, i: int, depth: int) -> Found | None:
    """A month first: "May 5", "May 5th, 2023", "June 3 to 9", "May 2023", "in May"."""
    word = t.word(i)
    month, j = MONTHS[word], i + 1
    if word not in FULL_MONTHS and t.word(j) == "." and t.glued(j):
        j += 1
    place = j + 1 if t.word(j) == "the" and t.word(j + 2) in SUFFIXES else j
    days = _month_days(t, place)
    if days:
        sure = t.capital(i) or days.ordinal or depth or t.word(i - 1) in DATE_CUES or year_tail(t, days.stop)
        if word in _UNSURE_MONTHS and not sure:
            return None
        return yearly(t, days.stop, days_in(month, days.first, days.last), days.family, cued=True)
    if t.is_number(j) and len(t.word(j)) <= 2 and word in _UNSURE_MONTHS:
        return None
    return yearly(t, j, month_in(month), "month", cued=month_cued(t, i, depth))


_UNSURE_MONTHS = words("may march mar dec")


class _MonthDays(NamedTuple):
    """Days of a month; `ordinal` if they were told as 5th."""

    first: int
    last: int
    stop: int
    ordinal: bool

    @property
    def family(self) -> str:
        """One day, or a range of them."""
        return "day" if self.first == self.last else "range"


def _month_days(t: Text, i: int) -> _MonthDays | None:
    """The days after a month's name."""
    first = t.number(i, 2)
    if not first or first > 31:
        return None
    ordinal = t.word(i + 1) in SUFFIXES and t.glued(i + 1)
    stop = i + 2 if ordinal else i + 1
    if _is_clock_or_measure(t, stop):
        return None
    last = t.number(stop + 1, 2) if t.word(stop) in TO else None
    after = stop + 3 if t.word(stop + 2) in SUFFIXES else stop + 2
    if last and first < last <= 31 and t.word(after) not in MONTHS and not _is_clock_or_measure(t, after):
        return _MonthDays(first, last, after, ordinal)
    return _MonthDays(first, first, stop, ordinal)


def _is_clock_or_measure(t: Text, i: int) -> bool:
    """Does what stands here make the number before it a time of the day or an amount?"""
    word = t.word(i)
    return word in ("am", "pm") or word in MEASURES or (word == ":" and t.glued(i) and t.is_number(i + 1))


def month_cued(t: Text, i: int, depth: int) -> bool:
    """May a month stand here without a day and a year? "May", "March" and "June" are other words too."""
    word, before = t.word(i), t.word(i - 1)
    after = t.word(i + 1)
    ranged = after in TO and t.word(i + 2) in FULL_MONTHS and t.capital(i) and t.capital(i + 2)
    if not (depth or ranged or before in MONTH_CUES or t.phrase(i - 2, "month", "of")):
        return False
    if word not in ("may", "march") and word in FULL_MONTHS:
        return True
    if t.capital(i):
        return after not in MODAL_WORDS
    return after not in VERBS_AFTER and before not in ("this", "by")


def day_month(t: Text, i: int, depth: int) -> Found | None:
    """A day first: "5 May 2023", "5th of May", "3 to 9 June", "the fifth of May"."""
    first = t.number(i, 2) or (ORDINALS.get(t.word(i)) if t.word(i + 1) == "of" else None)
    if first is None or not 1 <= first <= 31:
        return None
    stop = i + 2 if t.word(i + 1) in SUFFIXES and t.glued(i + 1) else i + 1
    ordinal, last = stop > i + 1, first
    second = t.number(stop + 1, 2) if t.word(stop) in TO or t.word(stop) == "and" else None
    if second and first < second <= 31:
        last, stop = second, stop + (3 if t.word(stop + 2) in SUFFIXES else 2)
    if t.word(stop) == "of" or (t.word(stop) == "-" and t.glued(stop)):
        ordinal, stop = ordinal or t.word(stop) == "of", stop + 1
    word = t.word(stop)
    month = MONTHS.get(word)
    if month is None:
        return None
    if word in ("may", "march") and not (ordinal or t.capital(stop)) and t.word(stop + 1) in VERBS_AFTER:
        return None
    after = stop + 2 if t.word(stop + 1) in (".", "-") and t.glued(stop + 1) else stop + 1
    after = after if year_tail(t, after) else stop + 1
    sure = t.capital(stop) or ordinal or depth or t.cue(i) in DATE_CUES or year_tail(t, after)
    if word in _UNSURE_MONTHS and not sure:
        return None
    return yearly(t, after, days_in(month, first, last), "day" if first == last else "range", cued=True)


def numeric(t: Text, i: int, depth: int) -> Found | None:
    """Digits alone: 2023-05-05, 2023/05/05, 05/06/2023, 5.6.2023; the order only where it is certain."""
    sign = t.word(i + 1)
    if sign not in ("-", "/", ".") or t.word(i + 3) != sign or not all(t.glued(i + n) for n in range(1, 5)):
        return None
    a, b, c = t.number(i), t.number(i + 2, 2), t.number(i + 4)
    if a is None or b is None or c is None or t.word(i - 1) in ("version", "v", "release", "build"):
        return None
    lengths = len(t.word(i)), len(t.word(i + 4))
    if lengths[0] == 4 and lengths[1] <= 2 and sign != ".":
        return _fixed_day(_after_date(t, i + 5), lambda frame: (a, b, c))
    if lengths[0] > 2 or lengths[1] not in ((2, 4) if sign == "/" else (4,)):
        return None
    year = c if lengths[1] == 4 else c + (2000 if c <= 68 else 1900)

    def order(frame: Frame) -> tuple[int, int, int] | None:
        if sign == "." or a > 12 or a == b:
            return year, b, a
        if b > 12:
            return year, a, b
        if frame.day_first is None:
            return None
        return (year, b, a) if frame.day_first else (year, a, b)

    return _fixed_day(i + 5, order)


def _after_date(t: Text, i: int) -> int:
    """Step over the "T" between an ISO date and its time."""
    return i + 1 if t.word(i) == "t" and t.glued(i) and t.is_number(i + 1) and t.glued(i + 1) else i


def _fixed_day(stop: int, order: Callable[[Frame], tuple[int, int, int] | None]) -> Found:
    def resolve(frame: Frame) -> When | None:
        told = order(frame)
        return days_from(datetime(*told)) if told else None

    return Found(stop, resolve, "day", fixed=True)


def nth(t: Text, i: int, depth: int) -> Found | None:
    """A day of the fitting month: "on the 3rd", "Friday the 13th"."""
    day = t.number(i, 2)
    if not day or day > 31 or t.word(i + 1) not in SUFFIXES or not t.glued(i + 1) or t.word(i - 1) != "the":
        return None
    before, after = t.word(i - 2), t.word(i + 2)
    weekday = WEEKDAYS.get(before)
    if (before not in DATE_CUES and weekday is None) or (after[:1].isalnum() and after not in CLAUSE_WORDS):
        return None

    def resolve(frame: Frame) -> When | None:
        def build(month: int) -> When:
            return days_from(month_start(frame.now.year, month).replace(day=day))

        now, month = frame.now, frame.now.month
        found = list(built(build, range(month - 15, month + 16)))
        if weekday is not None:
            found = [when for when in found if when.start.weekday() == weekday]
        if frame.way > 0:
            return next((when for when in found if when.end > now), None)
        if frame.way < 0:
            return next((when for when in reversed(found) if when.start <= now), None)
        return min(found, key=lambda when: abs(when.start - now), default=None)

    return Found(i + 2, resolve, "day")
