"""When did it happen? A small English grammar that reads time expressions as intervals. Pure.

A text is cut into tokens once. At each token that can begin a time expression the small parsers below are
tried, and the longest reading wins. A parser only reads words: it gives back where the expression stops and a
*resolver*, a function that places the expression on the calendar later, when the moment of speaking and the
direction (past or future) are known. So "from May to July 2023" can let May borrow its year from July.

Conventions: weeks run from Monday; "last Friday" is the most recent Friday before today, "next Friday" the one
of the next calendar week; seasons are those of the northern hemisphere, and "winter 2022" begins in December
2022; an early, middle or late part is a third; "a few" is two to five, "several" three to eight.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, partial
from typing import Literal, NamedTuple

from memory_chain.errors import InvalidInputError
from memory_chain.types import Interval, Precision

__all__ = ["Interval", "Precision", "TimeSpan", "describe", "find_times", "query_interval"]

Prefer = Literal["past", "future", "auto"]

_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_FLOOR = datetime(_FIRST_YEAR, 1, 1)
_CEILING = datetime(_LAST_YEAR + 1, 1, 1)
"""Where an interval ends that is open on one side, as in "before June"."""

_MINUTE, _HOUR, _DAY, _WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)


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


# --- the public face ---------------------------------------------------------------------------------


def find_times(
    text: str,
    said_at: datetime,
    *,
    zone: tzinfo = UTC,
    prefer: Prefer = "auto",
    day_first: bool | None = None,
) -> list[TimeSpan]:
    """The time expressions of a text, in order, not overlapping, placed on the calendar. Linear time.

    Args:
        text: any text; code between backticks is not read.
        said_at: when it was said, aware. Relative expressions count from here.
        zone: where the speaker is: "today" is today there. Intervals are in UTC all the same.
        prefer: which way an expression without a year looks ("on Friday", "in March"); `auto` reads it
            from the verbs around it.
        day_first: how to read 05/06/2023. None leaves such a date out unless only one reading is possible.

    Raises:
        InvalidInputError: `said_at` has no time zone.
    """
    return [_public(found) for found in _placed(text, said_at, zone, prefer, day_first, asking=False)]


def query_interval(query: str, now: datetime, *, zone: tzinfo = UTC) -> Interval | None:
    """The time that a question asks about, or None. A time with its year told wins over a relative one.

    Expressions look back unless the question clearly looks forward ("what will I do on Friday?").
    "before June" begins in 1900 and "after June 2023" ends at `now`, or in 2201 if June is still to come.

    Raises:
        InvalidInputError: `now` has no time zone.
    """
    found = [each for each in _placed(query, now, zone, "auto", None, asking=True) if each.span.interval]
    told = [each for each in found if each.fixed] or found
    return told[0].span.interval if told else None


def describe(interval: Interval, *, zone: tzinfo = UTC) -> str:
    """A short form for people: "8 March 2024", "summer 2023", "the week of 4 March 2024", "8–10 March 2024"."""
    start, end = (_naive(moment, zone) for moment in (interval.start, interval.end))
    if start <= _FLOOR:
        return f"before {_name_day(end)}"
    if end >= _CEILING:
        return f"after {_name_day(start - _DAY)}"
    if end - start < _DAY:
        return _name_hours(start, end)
    whole_days = start == _midnight(start) and end == _midnight(end)
    if interval.precision is Precision.WEEK and whole_days:
        return f"the week of {_name_day(start)}"
    if whole_days and start.day == end.day == 1:
        return _name_months(start, end)
    return _name_days(start, end - timedelta(microseconds=1))


# --- names of times ----------------------------------------------------------------------------------

_MONTH_NAMES = "January February March April May June July August September October November December".split()
_SEASON_STARTS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
_SEASON_OF_MONTH = {month: name for name, month in _SEASON_STARTS.items()}
_PARTS = {"morning": (5, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 30)}
"""Hours of the day; a night ends at 6 on the next one."""
_PART_OF_HOURS = {(first, last % 24): name for name, (first, last) in _PARTS.items()}


def _name_day(day: datetime) -> str:
    return f"{day.day} {_MONTH_NAMES[day.month - 1]} {day.year}"


def _name_hours(start: datetime, end: datetime) -> str:
    part = _PART_OF_HOURS.get((start.hour, end.hour))
    if part and start.minute == end.minute == 0:
        return f"the {part} of {_name_day(start)}"
    return f"{_name_day(start)}, {start:%H:%M}"


def _name_months(start: datetime, end: datetime) -> str:
    last = end - _DAY
    count = (end.year - start.year) * 12 + end.month - start.month
    if count % 12 == 0 and start.month == 1:
        if count == 120 and start.year % 10 == 0:
            return f"the {start.year}s"
        return f"{start.year}" if count == 12 else f"{start.year}–{last.year}"
    if count == 3 and start.month in _SEASON_OF_MONTH:
        return f"{_SEASON_OF_MONTH[start.month]} {start.year}"
    first_name, last_name = _MONTH_NAMES[start.month - 1], f"{_MONTH_NAMES[last.month - 1]} {last.year}"
    if count == 1:
        return last_name
    return f"{first_name}–{last_name}" if start.year == last.year else f"{first_name} {start.year} – {last_name}"


def _name_days(first: datetime, last: datetime) -> str:
    if first.date() == last.date():
        return _name_day(first)
    if first.year != last.year:
        return f"{_name_day(first)} – {_name_day(last)}"
    if first.month != last.month:
        return f"{first.day} {_MONTH_NAMES[first.month - 1]} – {_name_day(last)}"
    return f"{first.day}–{_name_day(last)}"


# --- vocabulary --------------------------------------------------------------------------------------


def _spellings(table: dict[str, int | str], more: str) -> dict[str, int]:
    """Add "short=full" pairs to a table whose values are numbers."""
    known = {word: value for word, value in table.items() if isinstance(value, int)}
    for pair in more.split():
        short, full = pair.split("=")
        known[short] = known[full]
    return known


_MONTHS = _spellings(
    {name.lower(): number for number, name in enumerate(_MONTH_NAMES, 1)},
    "jan=january feb=february mar=march apr=april jun=june jul=july aug=august sep=september "
    "sept=september oct=october nov=november dec=december",
)
_WEEKDAYS = _spellings(
    {name: number for number, name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())},
    "mon=monday tue=tuesday tues=tuesday wed=wednesday weds=wednesday thu=thursday thur=thursday "
    "thurs=thursday fri=friday sat=saturday sun=sunday",
)
_DAY_PLURALS = {f"{name}s": number for name, number in _WEEKDAYS.items() if name.endswith("day")}
_SHORT_DAYS = frozenset(name for name in _WEEKDAYS if not name.endswith("day"))
_SEASONS = {**_SEASON_STARTS, "fall": 9}
_SEASON_PLURALS = {"springs": 3, "summers": 6, "autumns": 9, "winters": 12}
_UNITS = {
    spelling: unit
    for unit, spellings in {
        "second": "second seconds sec secs",
        "minute": "minute minutes min mins",
        "hour": "hour hours hr hrs",
        "day": "day days",
        "night": "night nights",
        "week": "week weeks wk wks",
        "weekend": "weekend weekends",
        "fortnight": "fortnight fortnights",
        "month": "month months",
        "quarter": "quarter quarters",
        "year": "year years yr yrs",
        "decade": "decade decades",
    }.items()
    for spelling in spellings.split()
}
_NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split(),
        1,
    )
} | {"a": 1, "an": 1, "dozen": 12, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1, "final": -1}
_SUFFIXES = frozenset(("st", "nd", "rd", "th"))
_DECADES = {"fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90}
_THIRDS = {
    "early": 0,
    "beginning": 0,
    "start": 0,
    "mid": 1,
    "middle": 1,
    "midway": 1,
    "late": 2,
    "end": 2,
}
_HOLIDAYS = (
    "christmas eve,christmas day,christmas,xmas,boxing day,new year's eve,new years eve,new year's day,"
    "new years day,new year's,halloween,valentine's day,valentines day,valentine's,st patrick's day,"
    "saint patrick's day,thanksgiving day,thanksgiving,black friday,easter sunday,easter monday,easter,"
    "good friday,labor day,labour day,memorial day,independence day,fourth of july,veterans day,juneteenth"
).split(",")
_LAST = frozenset(("last", "past", "previous"))
_NEXT = frozenset(("next", "coming", "upcoming", "following"))
_WHICH = {**dict.fromkeys(_LAST, -1), **dict.fromkeys(_NEXT, 1), "this": 0}
_DASHES = frozenset("-–—")
_TO = frozenset(("to", "through", "thru", "until", "till", *_DASHES))
_CUES = frozenset(
    "in during since until till of by from before after for around about over through throughout between "
    "on last next this past coming back early late mid at to -".split()
)
_STRONG_CUES = frozenset("in during since until till of early late mid next last by -".split())
_HOLIDAY_CUES = frozenset(
    "on at for before after over since until till by this last next past during around of around - to".split()
)
_VERBISH = frozenset(
    "be have not well also i we you he she they it never always need as seem or just sound help require even "
    "still up down on toward towards along forward back".split()
)
_MEASURES = frozenset(
    "steps words people dollars euros pounds bucks miles km kilometers meters metres feet pieces calories kcal "
    "days hours minutes seconds years weeks months times points users customers lines items copies rpm mah grams "
    "g kg lbs ml percent others tokens subscribers followers guests employees participants square".split()
)
_MEALS = frozenset("floor street st avenue century grade time place attempt one day round edition chapter".split())
_RECURRING_WORDS = frozenset("daily weekly biweekly fortnightly monthly quarterly yearly annually nightly".split())
_ANCHORS = frozenset(
    {
        "today yesterday tonight tomorrow noon midday midnight o'clock xmas christmas halloween valentine valentines "
        "easter thanksgiving juneteenth friday july labor labour memorial veterans independence saint boxing eve "
        "morning mornings afternoon afternoons evening evenings ago patrick weekdays new",
    }
    and set(
        "today yesterday tonight tomorrow noon midday midnight xmas christmas halloween valentine valentines "
        "easter thanksgiving juneteenth morning mornings afternoon afternoons evening evenings weekdays weekday "
        "everyday patrick".split()
    )
    | set(_MONTHS)
    | set(_WEEKDAYS)
    | set(_DAY_PLURALS)
    | set(_SEASONS)
    | set(_SEASON_PLURALS)
    | set(_UNITS)
    | set(_DECADES)
    | _RECURRING_WORDS
)
