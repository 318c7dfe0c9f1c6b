"""Holidays: when they are, and the parser of their names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache

from memory_chain.dates.amounts import yearly
from memory_chain.dates.calendar import days_from, days_in
from memory_chain.dates.moments import DAY, month_start
from memory_chain.dates.resolvers import Found, When
from memory_chain.dates.tokens import Text
from memory_chain.dates.vocabulary import FULL_DAYS, HOLIDAY_CUES, HOLIDAY_NAMES


def _easter(year: int) -> datetime:
    """Easter Sunday of the Gregorian calendar (the rule of 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (8 * b + 13) // 25 + 15) % 30
    m = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return datetime(year, month, day + 1)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> datetime:
    """The nth Monday (0) … Sunday (6) of a month; -1 is the last."""
    if nth < 0:
        last = month_start(year, month + 1) - DAY
        return last - ((last.weekday() - weekday) % 7) * DAY
    first = datetime(year, month, 1)
    return first + ((weekday - first.weekday()) % 7 + 7 * (nth - 1)) * DAY


@cache
def _moving_holidays() -> dict[str, Callable[[int], datetime]]:
    return {
        "easter": _easter,
        "easter sunday": _easter,
        "easter monday": lambda year: _easter(year) + DAY,
        "good friday": lambda year: _easter(year) - 2 * DAY,
        "thanksgiving": lambda year: _nth_weekday(year, 11, 3, 4),
        "thanksgiving day": lambda year: _nth_weekday(year, 11, 3, 4),
        "black friday": lambda year: _nth_weekday(year, 11, 3, 4) + DAY,
        "labor day": lambda year: _nth_weekday(year, 9, 0, 1),
        "labour day": lambda year: _nth_weekday(year, 9, 0, 1),
        "memorial day": lambda year: _nth_weekday(year, 5, 0, -1),
    }


_FIXED_HOLIDAYS = {
    "christmas": (12, 25),
    "xmas": (12, 25),
    "christmas day": (12, 25),
    "christmas eve": (12, 24),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "new years eve": (12, 31),
    "halloween": (10, 31),
    "valentine's": (2, 14),
    "valentine's day": (2, 14),
    "valentines day": (2, 14),
    "st patrick's day": (3, 17),
    "saint patrick's day": (3, 17),
    "fourth of july": (7, 4),
    "independence day": (7, 4),
    "veterans day": (11, 11),
    "juneteenth": (6, 19),
}


def holiday_in(name: str) -> Callable[[int], When]:
    """The holiday of any year."""
    moving = _moving_holidays().get(name)
    if moving:
        return lambda year: days_from(moving(year))
    month, day = _FIXED_HOLIDAYS.get(name, (1, 1))  # the rest are names of New Year's Day
    return days_in(month, day, day)


@cache
def holidays() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """The names of holidays as tokens, by their first word, longest first."""
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name in sorted(HOLIDAY_NAMES.split(","), key=len, reverse=True):
        tokens = tuple(name.replace("'s", " 's").split())
        table.setdefault(tokens[0], []).append((tokens, name))
    return table


def holiday_at(t: Text, i: int) -> tuple[int, str] | None:
    """The holiday named here, with the token after it."""
    for tokens, name in holidays().get(t.word(i), ()):
        if t.phrase(i, *tokens):
            return i + len(tokens), name
    return None


def holiday(t: Text, i: int, depth: int) -> Found | None:
    """A holiday: "on Christmas Eve", "Easter 2023"; a plain mention ("I love Christmas") is no time."""
    named = holiday_at(t, i)
    if named is None:
        return None
    certain = named[1].endswith((" eve", "day")) and named[1].split()[-1] in ("eve", *FULL_DAYS)
    cued = certain or bool(depth) or t.cue(i) in HOLIDAY_CUES
    return yearly(t, named[0], holiday_in(named[1]), "day", cued=cued)
