"""Parsers of what counts from now: "last Friday", "this week", "the next three months"."""

from __future__ import annotations

from functools import partial

from memory_chain.dates.amounts import read_counted
from memory_chain.dates.calendar import Amount, days_from, monday, month_in, part_of_day, season_in, shift
from memory_chain.dates.days import weekday_at
from memory_chain.dates.full_dates import month_cued
from memory_chain.dates.holidays import holiday_at, holiday_in
from memory_chain.dates.moments import DAY, midnight
from memory_chain.dates.naming import PARTS
from memory_chain.dates.picking import pick, pick_unit, pick_weekday
from memory_chain.dates.resolvers import Found, Frame, When
from memory_chain.dates.tokens import Text
from memory_chain.dates.vocabulary import CLOCK_UNITS, FULL_DAYS, FULL_MONTHS, MONTHS, SEASONS, UNITS, WHICH
from memory_chain.types import Precision


def relative(t: Text, i: int, depth: int) -> Found | None:
    """last, this, next, past, coming … before a weekday, unit, month, season, holiday or part of the day."""
    which, j = WHICH[t.word(i)], i + 1
    if which == 0 and t.word(j) in ("past", "last", "coming", "next"):
        which, j = (2 if t.word(j) in ("coming", "next") else -1), j + 1
    if which == 3:
        return _following(t, j)
    word = t.word(j)
    weekday = weekday_at(t, j, cued=True)
    if weekday is not None:
        return Found(j + 1, partial(pick_weekday, weekday, which), "day")
    if word in PARTS:
        return _relative_part(t, j, which)
    if UNITS.get(word) == word:
        return _relative_unit(t, j, which)
    return _relative_yearly(t, j, which, depth)


def _relative_yearly(t: Text, j: int, which: int, depth: int) -> Found | None:
    word = t.word(j)
    if word in SEASONS:
        return Found(j + 1, partial(pick, season_in(SEASONS[word]), which), "season")
    if word in FULL_MONTHS and not t.is_number(j + 1) and month_cued(t, j, depth):
        return Found(j + 1, partial(pick, month_in(MONTHS[word]), which), "month")
    named = holiday_at(t, j)
    return Found(named[0], partial(pick, holiday_in(named[1]), which), "day") if named else None


def _relative_part(t: Text, j: int, which: int) -> Found | None:
    part = t.word(j)
    if which == 0:
        return Found(j + 1, lambda frame: part_of_day(frame.today, part), "night")
    if which == -1 and part in ("night", "evening"):
        return Found(j + 1, lambda frame: part_of_day(frame.today - DAY, part), "night")
    return _following(t, j) if which == 1 else None


def _relative_unit(t: Text, j: int, which: int) -> Found | None:
    unit = t.word(j)
    if unit in ("day", "night"):
        return _following(t, j) if which == 1 else None
    lasting = t.word(j - 2) == "the" and t.word(j - 3) in ("over", "in", "within", "during", "for")
    rolling = lasting or (t.word(j - 1) == "past" and t.word(j - 2) != "this")
    if unit in CLOCK_UNITS or (rolling and unit != "weekend"):
        return Found(j + 1, partial(stretch, unit, Amount(j, 1, 1), which), "range") if which else None
    on = j + 2 if t.word(j + 1) == "on" else j + 1
    if unit == "week" and t.word(on) in FULL_DAYS:
        days = 7 * min(which, 1) + FULL_DAYS[t.word(on)]
        return Found(on + 1, lambda frame: days_from(monday(frame.today) + days * DAY), "day")
    return Found(j + 1, partial(pick_unit, unit, which), unit)


def _following(t: Text, j: int) -> Found | None:
    """Counted from the time told before, if there is one: "the next day", "the following week"."""
    word = t.word(j)
    if word not in ("day", "morning", "evening", "night", "week", "weekend", "month", "year"):
        return None

    def resolve(frame: Frame) -> When | None:
        if frame.anchor is None:
            return None
        if word in PARTS:
            return part_of_day(frame.anchor.start + DAY, word)
        if word == "day":
            return days_from(frame.anchor.start + DAY)
        return pick_unit(word, 1, frame.seen_from(frame.anchor.start, 1))

    return Found(j + 1, resolve, "part")


def read_rolling(t: Text, i: int, depth: int) -> Found | None:
    """Until now or from now on: "the last three weeks", "the past few days", "the next two months"."""
    which = WHICH[t.word(i)]
    counted = read_counted(t, i + 1) if which and t.word(i + 1) not in ("a", "an") else None
    if counted is None or which == 3 or t.word(counted.stop) in ("of", "before", "after", "in"):
        return None
    return Found(counted.stop, partial(stretch, counted.unit, counted.amount, which), "range")


def stretch(unit: str, amount: Amount, sign: int, frame: Frame) -> When:
    """From so long ago until now, or from now on for so long; whole days except for hours and less."""
    if sign > 0:
        end = shift(frame.now, unit, amount.high)
        return When(frame.now, end if unit in CLOCK_UNITS else midnight(end) + DAY, Precision.RANGE)
    start = shift(frame.now, unit, -amount.high)
    return When(start if unit in CLOCK_UNITS else midnight(start), frame.now, Precision.RANGE)
