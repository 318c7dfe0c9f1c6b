"""When did it happen? A small English grammar that reads time expressions as intervals. Pure.

A text is cut into tokens once. At each token that can begin a time expression the small parsers below are
tried, and the longest reading wins. A parser only reads words: it gives back where the expression stops and a
*resolver*, a function that places the expression on the calendar later, when the moment of speaking and the
direction (past or future) are known. So in "from May to July 2023" May can borrow its year from July.

Conventions: weeks run from Monday; "last Friday" is the latest Friday before today, "next Friday" the one of
the next calendar week; seasons are those of the northern hemisphere, and "winter 2022" begins in December
2022; an early, middle or late part is a third; "a few" is two to five, "several" three to eight.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
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


# --- the public face ----------------------------------------------------------------------------------


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
    return [each.span for each in _placed(text, said_at, zone, prefer, day_first, asking=False)]


def query_interval(query: str, now: datetime, *, zone: tzinfo = UTC) -> Interval | None:
    """The time that a question asks about, or None.

    Times with their year told win over relative ones; several give the stretch from the first to the last.
    Expressions look back unless the question clearly looks forward ("what will I do on Friday?").
    "before June" begins in 1900; "after June" ends at `now`, or in 2201 if June is still to come.

    Raises:
        InvalidInputError: `now` has no time zone.
    """
    found = _placed(query, now, zone, "auto", None, asking=True)
    told = [each.span.interval for each in found if each.fixed and each.span.interval]
    told = told or [each.span.interval for each in found if each.span.interval]
    if len(told) < 2:
        return told[0] if told else None
    start, end = min(each.start for each in told), max(each.end for each in told)
    return Interval(start=start, end=end, precision=Precision.RANGE)


def describe(interval: Interval, *, zone: tzinfo = UTC) -> str:
    """A short form for people: "8 March 2024", "summer 2023", "the week of 4 March 2024", "8–10 March 2024".

    Days and hours are those of `zone`; never raises.
    """
    start, end = (_naive(moment, zone) for moment in (interval.start, interval.end))
    if interval.precision is Precision.RANGE and start < _FLOOR + _DAY:
        return f"before {_name_day(end)}"
    if interval.precision is Precision.RANGE and end > _CEILING - _DAY:
        return f"after {_name_day(start - _DAY)}"
    if end - start < _DAY:
        return _name_hours(start, end)
    whole_days = start == _midnight(start) and end == _midnight(end)
    if interval.precision is Precision.WEEK and whole_days:
        return f"the week of {_name_day(start)}"
    if whole_days and start.day == end.day == 1:
        return _name_months(start, end)
    return _name_days(start, end - timedelta(microseconds=1))


# --- names of times -----------------------------------------------------------------------------------

_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
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
    count = _month_count(start, end)
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


# --- vocabulary ---------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FULL_MONTHS = {name.lower(): number for number, name in enumerate(_MONTH_NAMES, 1)}
_MONTHS = _FULL_MONTHS | {name[:3]: number for name, number in _FULL_MONTHS.items()} | {"sept": 9}
_FULL_DAYS = {
    "monday": 0,
    "tuesday": 1,
    "wednesday": 2,
    "thursday": 3,
    "friday": 4,
    "saturday": 5,
    "sunday": 6,
}
_WEEKDAYS = {
    **_FULL_DAYS,
    **{name[:3]: number for name, number in _FULL_DAYS.items()},
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
_DAY_PLURALS = {f"{name}s": number for name, number in _FULL_DAYS.items()}
_PART_PLURALS = _words("mornings afternoons evenings nights")
_SEASONS = {**_SEASON_STARTS, "fall": 9}
_SEASON_PLURALS = {f"{name}s": month for name, month in _SEASON_STARTS.items()}
_UNITS = {
    spelling: spellings.split()[0]
    for spellings in (
        "second seconds sec secs",
        "minute minutes min mins",
        "hour hours hr hrs",
        "day days",
        "night nights",
        "week weeks wk wks",
        "weekend weekends",
        "fortnight fortnights",
        "month months",
        "quarter quarters",
        "year years yr yrs",
        "decade decades",
    )
    for spelling in spellings.split()
}
_CLOCK_UNITS = _words("second minute hour")
_NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
}
_VAGUE_NUMBERS = {"couple": (2, 3), "few": (2, 5), "several": (3, 8), "dozen": (12, 12)}
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "last": -1,
    "final": -1,
}
_SUFFIXES = _words("st nd rd th")
_DECADES = {"fifties": 1950, "sixties": 1960, "seventies": 1970, "eighties": 1980, "nineties": 1990}
_WHICH = {
    "last": -1,
    "past": -1,
    "previous": -1,
    "this": 0,
    "next": 1,
    "coming": 2,
    "upcoming": 2,
    "following": 3,
}
"""-1 the one before, 0 the current, 1 the one after, 2 the nearest ahead, 3 the one after another time."""
_THIRDS = {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2}
_DASHES = frozenset("-–—")
_QUOTES = frozenset("'’‘")
_TO = _words("to through thru until till") | _DASHES
_DIGITS = frozenset("0123456789")

_CLOCK_CUES = _words("at by around about until till from before after since @")
_MONTH_CUES = _words("in during since until till early late mid last next this through throughout by between")
_YEAR_CUES = _MONTH_CUES | _words("of from before after around about for to back circa")
_SEASON_CUES = _words("in during over since until till by for throughout")
_WEEKEND_CUES = _words("over for on at during until till by")
_HOLIDAY_CUES = _MONTH_CUES | _words("on at for over around before after from")
_SHORT_DAY_CUES = _words("on last next this until till by since from coming")
_DATE_CUES = _words("on by until till since before after")

_VERBS_AFTER = _words(
    "be have not well also i we you he she they it never always need as seem or just sound help require even "
    "still up down on toward towards along forward back with by there here"
)
"""Words after which "may", "march", "sun", "sat" and "wed" were no name of a time."""
_MODAL_WORDS = _words("be have not well also never always")
"""The same after "May" and "March" with a capital."""
_NOT_BEFORE_DAYS = _words("a an any every each most some one good black cyber easter ruby fat ash palm shrove")
_SUN_WORDS = _words("screen cream burn light shine exposure damage lotion set rise god salutation salutations")
_MEASURES = _words(
    "steps words people dollars euros pounds bucks miles km kilometers meters metres feet pieces calories "
    "kcal days hours minutes seconds years weeks months times points users customers lines items copies rpm "
    "mah grams g kg lbs ml percent others tokens subscribers followers guests employees participants square "
    "cups units"
)
"""Words that make the number before them an amount, neither a day nor a year."""
_CLAUSE_WORDS = _words(
    "and but at in for with i we he she they you my our the to when so because it or is was are were did do if that"
)
_RECURRING_WORDS = _words("daily weekly biweekly fortnightly monthly quarterly yearly annually nightly")
_HOLIDAY_NAMES = (
    "christmas,christmas eve,christmas day,xmas,boxing day,new year's eve,new years eve,new year's day,"
    "new years day,new year's,halloween,valentine's day,valentines day,valentine's,st patrick's day,"
    "saint patrick's day,thanksgiving,thanksgiving day,black friday,easter,easter sunday,easter monday,"
    "good friday,labor day,labour day,memorial day,independence day,fourth of july,veterans day,juneteenth"
)
_ANCHORS = (
    _words(
        "today yesterday tonight tomorrow noon midday midnight xmas christmas halloween valentine valentines "
        "easter thanksgiving juneteenth weekdays new"
    )
    | _RECURRING_WORDS
    | _PART_PLURALS
    | _DIGITS
    | frozenset((*_MONTHS, *_WEEKDAYS, *_DAY_PLURALS, *_SEASONS, *_SEASON_PLURALS, *_UNITS, *_DECADES, *_PARTS))
)
"""Every time expression has one of these words or a digit."""


# --- tokens -------------------------------------------------------------------------------------------


@cache
def _token_pattern() -> re.Pattern[str]:
    return re.compile(
        r"[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)?"  # a word, with "'re" and "'ll" but without "'s"
        r"|['’]s\b|[0-9]+|\n[ \t\r]*\n|_+|\S"
    )


@cache
def _code_pattern() -> re.Pattern[str]:
    return re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


@cache
def _anchor_pattern() -> re.Pattern[str]:
    return re.compile("[a-z]+|[0-9]")


def _may_tell_time(text: str) -> bool:
    """A quick look that spares most messages the reading."""
    return not _ANCHORS.isdisjoint(_anchor_pattern().findall(text.lower()))


class _Text:
    """The tokens of a text: words in lower case, and where they start and end."""

    __slots__ = ("ends", "source", "starts", "words")

    def __init__(self, source: str) -> None:
        read = source
        if "`" in source:
            read = _code_pattern().sub(lambda code: "_" * len(code[0]), source)
        tokens = list(_token_pattern().finditer(read))
        self.source = source
        self.words = [token[0].lower().replace("’", "'") for token in tokens]
        self.starts = [token.start() for token in tokens]
        self.ends = [token.end() for token in tokens]

    def word(self, i: int) -> str:
        """The word at a place, or "" outside of the text."""
        return self.words[i] if 0 <= i < len(self.words) else ""

    def phrase(self, i: int, *words: str) -> bool:
        """Do just these words stand here?"""
        return self.word(i) == words[0] and tuple(self.words[i : i + len(words)]) == words

    def glued(self, i: int) -> bool:
        """Does the token follow the one before without a space?"""
        return 0 < i < len(self.words) and self.ends[i - 1] == self.starts[i]

    def capital(self, i: int) -> bool:
        """Is the first letter a capital?"""
        return self.source[self.starts[i]].isupper()

    def is_number(self, i: int) -> bool:
        """Does the token consist of plain digits?"""
        return self.word(i)[:1] in _DIGITS and self.word(i) != ""

    def number(self, i: int, most_digits: int = 4) -> int | None:
        """The whole number at a place, if there is a short one."""
        return int(self.word(i)) if self.is_number(i) and len(self.word(i)) <= most_digits else None

    def cue(self, i: int) -> str:
        """The word before, looking past an article."""
        before = self.word(i - 1)
        return self.word(i - 2) if before == "the" else before

    def stands_alone(self, start: int, end: int) -> bool:
        """Is a stretch of the source on its own, and no piece of a name, a price, a path or a version?"""
        before, after = self.source[max(0, start - 2) : start], self.source[end : end + 2]
        if before and not before[-1].isspace():
            piece = before[-1].isalnum() or before[-1] in "_/@#$€£¥=+\\&-~^" or before[-1] == "." != before[0]
            if piece:
                return False
        if not after or after[0].isspace():
            return True
        if after[0].isalnum() or after[0] in "_%@(=°":
            return False
        return not (after[1:].isalnum() and after[0] in (".-:,/\\" if self.source[end - 1].isdigit() else ".-"))


# --- what a parser gives back -------------------------------------------------------------------------


class _When(NamedTuple):
    """A stretch of the speaker's local time, without a zone."""

    start: datetime
    end: datetime
    precision: Precision


class _Frame(NamedTuple):
    """What a resolver needs to know: when it was said, and which way open expressions look."""

    now: datetime
    look: Callable[[], int]
    anchor: _When | None = None
    """The time that was told before in the same text."""
    day_first: bool | None = None

    @property
    def today(self) -> datetime:
        """The midnight at which today began."""
        return _midnight(self.now)

    @property
    def way(self) -> int:
        """-1 back, 1 ahead, 0 unknown."""
        return self.look()

    def seen_from(self, now: datetime, way: int) -> _Frame:
        """The same with another now and a fixed direction."""
        return self._replace(now=now, look=lambda: way)


_Resolver = Callable[[_Frame], "_When | None"]


class _Found(NamedTuple):
    """An expression that was read: the token after it, and how to place it.

    `family` says what may be joined with what: day, night (a part of a day), clock, weekend, week, fortnight,
    month, quarter, season, year, decade, part, range, open (at one end), schedule. `fixed`: its year is told.
    """

    stop: int
    resolve: _Resolver
    family: str
    fixed: bool = False


_Parser = Callable[[_Text, int, int], "_Found | None"]
"""Reads at a token; the last argument is the depth: 0, or more inside another expression."""
_MAX_DEPTH = 3
"""How deep "the week before the end of …" may nest; it keeps the reading linear."""


# --- the calendar -------------------------------------------------------------------------------------


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _naive(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:  # the first or last day of the calendar
        return moment.replace(tzinfo=None)


def _days(first: datetime, count: int = 1, precision: Precision | None = None) -> _When:
    start = _midnight(first)
    return _When(start, start + count * _DAY, precision or (Precision.DAY if count == 1 else Precision.RANGE))


def _monday(day: datetime) -> datetime:
    return _midnight(day) - day.weekday() * _DAY


def _month_start(year: int, month: int) -> datetime:
    """The first of a month; month 13 is January of the next year, and so on."""
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _month_count(start: datetime, end: datetime) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _months(year: int, month: int, count: int = 1) -> _When:
    precision = {1: Precision.MONTH, 12: Precision.YEAR}.get(count, Precision.RANGE)
    return _When(_month_start(year, month), _month_start(year, month + count), precision)


def _years(year: int, count: int = 1) -> _When:
    return _months(year, 1, 12 * count)


def _part_of_day(day: datetime, part: str) -> _When:
    first, last = _PARTS[part]
    return _When(_midnight(day) + first * _HOUR, _midnight(day) + last * _HOUR, Precision.INSTANT)


def _shift(moment: datetime, unit: str, amount: float) -> datetime:
    """Move by an amount of units; months keep the day where they can."""
    months = {"month": 1, "quarter": 3, "year": 12, "decade": 120}.get(unit)
    if months is None:
        step = {"second": timedelta(seconds=1), "minute": _MINUTE, "hour": _HOUR, "fortnight": 2 * _WEEK}
        return moment + amount * step.get(unit, _DAY if unit in ("day", "night") else _WEEK)
    whole, rest = divmod(months * amount, 1)
    first = _month_start(moment.year, moment.month + int(whole))
    last_day = (_month_start(first.year, first.month + 1) - _DAY).day
    return moment.replace(year=first.year, month=first.month, day=min(moment.day, last_day)) + 30 * rest * _DAY


def _floor(moment: datetime, unit: str) -> datetime:
    """The start of the day, month or year in which a vague amount of units begins."""
    if unit in _CLOCK_UNITS:
        return moment
    if unit in ("year", "decade"):
        return datetime(moment.year, 1, 1)
    return _midnight(moment).replace(day=1) if unit in ("month", "quarter") else _midnight(moment)


def _unit_around(moment: datetime, unit: str) -> _When:
    """The stretch that "three units ago" means, when the exact count leads to this moment."""
    if unit in _CLOCK_UNITS:
        start = moment.replace(second=0, microsecond=0)
        return _When(start, start + _MINUTE, Precision.INSTANT)
    if unit in ("week", "fortnight"):
        return _days(moment - 3 * _DAY, 7, Precision.WEEK)
    if unit in ("month", "quarter"):
        return _months(moment.year, moment.month)
    if unit == "year":
        return _years(moment.year)
    return _years(moment.year - 2, 5) if unit == "decade" else _days(moment)


class _Amount(NamedTuple):
    """How many: from `low` to `high` units ("two", "a few", "2-3")."""

    stop: int
    low: float
    high: float


def _moved(base: datetime, unit: str, amount: _Amount, sign: int) -> _When:
    """The stretch that lies an amount of units before (-1) or after (1) a moment."""
    near, far = (_shift(base, unit, sign * count) for count in (amount.low, amount.high))
    if near == far:
        finer = {"year": "month", "month": "day", "week": "day", "day": "hour"}.get(unit, unit)
        return _unit_around(near, finer if amount.low % 1 else unit)
    start, last = _floor(min(near, far), unit), _floor(max(near, far), unit)
    if unit in _CLOCK_UNITS:
        return _When(start, last, Precision.INSTANT)
    step = {"month": "month", "quarter": "month", "year": "year", "decade": "year"}.get(unit, "day")
    return _When(start, _shift(last, step, 1), Precision.RANGE)


def _built(build: Callable[[int], _When], numbers: Iterable[int]) -> Iterator[_When]:
    """What comes once a year (or month), for those that have it: 29 February, the 31st."""
    for number in numbers:
        try:
            yield build(number)
        except ValueError:
            continue


def _pick(build: Callable[[int], _When], which: int | None, frame: _Frame) -> _When | None:
    """The last (-1), this (0), next (1, 2) or fitting (None) one of what comes once a year."""
    now, year = frame.now, frame.now.year
    back, ahead = range(year, year - 9, -1), range(year - 1, year + 9)
    if which == -1:
        return next((when for when in _built(build, back) if when.end <= frame.today), None)
    if which:
        return next((when for when in _built(build, ahead) if when.start > now), None)
    for when in _built(build, (year, year - 1)):
        if when.start <= now < when.end:
            return when
    if frame.way < 0:
        return next((when for when in _built(build, back) if when.start <= now), None)
    if frame.way > 0:
        return next((when for when in _built(build, ahead) if when.end > now), None)
    if which == 0:
        return next(_built(build, (year, *ahead)), None)
    return min(_built(build, (year - 1, year, year + 1)), key=lambda when: abs(when.start - now), default=None)


def _pick_weekday(weekday: int, which: int | None, frame: _Frame) -> _When:
    today = frame.today
    last = today - ((today.weekday() - weekday) % 7 or 7) * _DAY
    coming = today + ((weekday - today.weekday()) % 7 or 7) * _DAY
    if which == -1:
        return _days(last)
    if which == 1:
        return _days(_monday(today) + _WEEK + weekday * _DAY)
    if which == 2:
        return _days(coming)
    if which == 0 and today.weekday() == weekday:
        return _days(today)
    if which == 0 and frame.way == 0:
        return _days(_monday(today) + weekday * _DAY)
    return _days(coming if frame.way > 0 else last)


def _pick_weekend(which: int | None, frame: _Frame) -> _When:
    saturday = _monday(frame.today) + 5 * _DAY
    on_it = frame.today >= saturday
    if not which:
        which = 0 if on_it else (-1 if frame.way < 0 else 2)
    weeks = int(on_it) if which == 2 else which
    return _days(saturday + weeks * _WEEK, 2)


def _pick_unit(unit: str, which: int, frame: _Frame) -> _When | None:
    """The last (-1), this (0) or next (1, 2) week, weekend, month, quarter, year or decade."""
    step, year, month = min(which, 1), frame.now.year, frame.now.month
    if unit == "weekend":
        return _pick_weekend(which, frame)
    if unit == "week":
        return _days(_monday(frame.today) + step * _WEEK, 7, Precision.WEEK)
    if unit == "fortnight":
        return _days(_monday(frame.today) + (1 if step > 0 else 2 * step) * _WEEK, 14)
    if unit == "month":
        return _months(year, month + step)
    if unit == "quarter":
        return _months(year, (month - 1) // 3 * 3 + 1 + 3 * step, 3)
    if unit == "year":
        return _years(year + step)
    return _years(year // 10 * 10 + 10 * step, 10) if unit == "decade" else None


def _month_in(month: int) -> Callable[[int], _When]:
    return lambda year: _months(year, month)


def _season_in(month: int) -> Callable[[int], _When]:
    return lambda year: _months(year, month, 3)


def _quarter_in(number: int) -> Callable[[int], _When]:
    return lambda year: _months(year, 3 * number - 2, 3)


def _days_in(month: int, first: int, last: int) -> Callable[[int], _When]:
    """From the first to the last day of a month, both included."""

    def build(year: int) -> _When:
        start, end = datetime(year, month, first), datetime(year, month, last)
        return _days(start, (end - start).days + 1)

    return build


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
        last = _month_start(year, month + 1) - _DAY
        return last - ((last.weekday() - weekday) % 7) * _DAY
    first = datetime(year, month, 1)
    return first + ((weekday - first.weekday()) % 7 + 7 * (nth - 1)) * _DAY


@cache
def _moving_holidays() -> dict[str, Callable[[int], datetime]]:
    return {
        "easter": _easter,
        "easter sunday": _easter,
        "easter monday": lambda year: _easter(year) + _DAY,
        "good friday": lambda year: _easter(year) - 2 * _DAY,
        "thanksgiving": lambda year: _nth_weekday(year, 11, 3, 4),
        "thanksgiving day": lambda year: _nth_weekday(year, 11, 3, 4),
        "black friday": lambda year: _nth_weekday(year, 11, 3, 4) + _DAY,
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


def _holiday_in(name: str) -> Callable[[int], _When]:
    moving = _moving_holidays().get(name)
    if moving:
        return lambda year: _days(moving(year))
    month, day = _FIXED_HOLIDAYS.get(name, (1, 1))  # the rest are names of New Year's Day
    return _days_in(month, day, day)


def _third(when: _When, part: int, *, narrow: bool) -> _When:
    """The early (0), middle (1) or late (2) part; `narrow`: the very beginning or end of a year."""
    start, end = when.start, when.end
    months = _month_count(start, end)
    if months == 1:
        edges = [start, start + 10 * _DAY, start + 20 * _DAY, end]
    elif months >= 3:
        width = months / 6 if narrow and part != 1 and months >= 12 else months / 3
        cuts = (0, round(width), months - round(width), months)
        edges = [_month_start(start.year, start.month + cut) for cut in cuts]
    else:
        edges = [start + round((end - start).days * cut / 3) * _DAY for cut in range(4)]
    return _When(edges[part], edges[part + 1], Precision.RANGE)


def _nth_of(whole: _When, what: str, nth: int, amount: int) -> _When | None:
    """The nth week, weekend, weekday, day, month, quarter or half of a stretch; -1 is the last."""
    start, end = whole.start, whole.end
    if what in _FULL_DAYS or what == "weekend":
        weekday = _FULL_DAYS.get(what, 5)
        first = start + ((weekday - start.weekday()) % 7) * _DAY
        last = end - ((end.weekday() - weekday - 1) % 7 + 1) * _DAY
        day = last if nth < 0 else first + (nth - 1) * _WEEK
        return _days(day, 2 if what == "weekend" else 1) if start <= day < end else None
    if what in ("day", "night", "week"):
        days = amount * (7 if what == "week" else 1)
        first = end - days * _DAY if nth < 0 else start + (nth - 1) * days * _DAY
        return _days(first, days, Precision.WEEK if days == 7 else None) if start <= first < end else None
    months = _month_count(start, end)
    size = {"month": 1, "quarter": 3, "half": months // 2, "year": 12}[what] * amount
    offset = months - size if nth < 0 else (nth - 1) * size
    if not 0 < size <= months or offset + size > months:
        return None
    return _months(start.year, start.month + offset, size)


def _neighbour(when: _When, what: str, sign: int) -> _When:
    """The day, week, weekday … that lies directly before (-1) or after (1) a time."""
    edge = _midnight(when.start) if sign < 0 else _midnight(when.end - timedelta(microseconds=1)) + _DAY
    if what in _FULL_DAYS or what == "weekend":
        weekday, length = (_FULL_DAYS[what], 1) if what in _FULL_DAYS else (5, 2)
        if sign > 0:
            return _days(edge + ((weekday - edge.weekday()) % 7) * _DAY, length)
        last = edge - length * _DAY
        return _days(last - ((last.weekday() - weekday) % 7) * _DAY, length)
    if what == "night":
        return _part_of_day(edge - _DAY if sign < 0 else edge, "night")
    if what in ("month", "year"):
        inside = when.start if sign < 0 else when.end - _MINUTE
        near = _shift(inside.replace(day=1), what, sign)
        return _months(near.year, near.month) if what == "month" else _years(near.year)
    days = {"week": 7, "fortnight": 14}.get(what, 1)
    return _days(edge - days * _DAY if sign < 0 else edge, days, Precision.WEEK if days == 7 else None)


# --- small words --------------------------------------------------------------------------------------


def _amount(t: _Text, i: int) -> _Amount | None:
    """How many: "3", "three", "a couple of", "a few", "half a", "2-3", "two or three", "one and a half"."""
    word, after = t.word(i), t.word(i + 1)
    if word == "half":
        return _Amount(i + 2, 0.5, 0.5) if after in ("a", "an") else None
    start = i + 1 if word in ("a", "an") else i
    vague = _VAGUE_NUMBERS.get(t.word(start))
    if vague:
        return _Amount(start + 2 if t.word(start + 1) == "of" else start + 1, *vague)
    low = _number(t, i)
    if low is None:
        return None
    if t.phrase(i + 1, "and", "a", "half"):
        return _Amount(i + 4, low + 0.5, low + 0.5)
    if after == "." and t.glued(i + 1) and t.word(i + 2) == "5" and t.glued(i + 2):
        return _Amount(i + 3, low + 0.5, low + 0.5)
    high = _number(t, i + 2) if after in ("or", "to") or after in _DASHES else None
    return _Amount(i + 3, low, high) if high and high > low else _Amount(i + 1, low, low)


def _number(t: _Text, i: int) -> int | None:
    return _NUMBERS.get(t.word(i)) or t.number(i) or None


class _Counted(NamedTuple):
    """An amount with its unit: "three weeks"."""

    stop: int
    unit: str
    amount: _Amount


def _counted(t: _Text, i: int) -> _Counted | None:
    amount = _amount(t, i)
    if amount is None:
        return None
    place = amount.stop + 1 if t.word(amount.stop) in ("whole", "full", "more", "short", "long") else amount.stop
    word = t.word(place)
    unit = _UNITS.get(word)
    if unit is None or (amount.high > 1 and word == unit):
        return None
    stop = place + 1
    if t.word(stop) in ("'s", "'") and t.word(stop + 1) == "time":
        stop += 2
    if t.phrase(stop, "and", "a", "half"):
        stop, amount = stop + 3, _Amount(stop, amount.low + 0.5, amount.high + 0.5)
    return _Counted(stop, unit, amount)


def _year_number(t: _Text, i: int) -> tuple[int, int] | None:
    """A year in four digits, or two after an apostrophe, with the token after it; -1 for one out of range."""
    if t.word(i) in _QUOTES and len(t.word(i + 1)) == 2 and t.glued(i + 1):
        short = t.number(i + 1)
        return None if short is None else (i + 2, short + (1900 if short > 40 else 2000))
    year = t.number(i)
    if year is None or len(t.word(i)) != 4 or t.word(i + 1) in _MEASURES:
        return None
    return i + 1, year if _FIRST_YEAR <= year <= _LAST_YEAR else -1


class _YearTail(NamedTuple):
    """A year after a month, season or holiday: told (-1: out of range), or a step from the current one."""

    stop: int
    year: int | None
    step: int = 0


def _year_tail(t: _Text, i: int) -> _YearTail | None:
    j = i + 1 if t.word(i) == "," else i
    j = j + 1 if t.word(j) in ("of", "in") else j
    if t.word(j) in ("last", "this", "next") and t.word(j + 1) == "year":
        return _YearTail(j + 2, None, _WHICH[t.word(j)])
    told = _year_number(t, j)
    return _YearTail(*told) if told else None


def _yearly(t: _Text, stop: int, build: Callable[[int], _When], family: str, *, cued: bool) -> _Found | None:
    """What comes once a year, with its year if one follows; without one it needs a cue."""
    tail = _year_tail(t, stop)
    if tail is None:
        return _Found(stop, partial(_pick, build, None), family) if cued else None
    year, step = tail.year, tail.step
    if year is None:
        return _Found(tail.stop, lambda frame: build(frame.now.year + step), family)
    return _Found(tail.stop, lambda frame: build(year), family, fixed=True) if year > 0 else None


# --- days ---------------------------------------------------------------------------------------------


def _near_day(t: _Text, i: int, depth: int) -> _Found | None:
    """today, yesterday, tomorrow, tonight, the day before yesterday, the other day, earlier today."""
    word, after = t.word(i), t.word(i + 1)
    if word == "tonight":
        return _Found(i + 1, lambda frame: _part_of_day(frame.today, "night"), "night")
    if word in ("earlier", "later"):
        return _day_from_now(i + 2, 0) if after == "today" else None
    if word == "day":
        offset = {("before", "yesterday"): -2, ("after", "tomorrow"): 2}.get((after, t.word(i + 2)))
        return _day_from_now(i + 3, offset) if offset else None
    if word == "other":
        told = after in ("day", "night", "evening", "morning") and t.word(i - 1) == "the"
        return _Found(i + 2, lambda frame: _days(frame.today - _WEEK, 7), "part") if told else None
    return _day_from_now(i + 1, {"yesterday": -1, "today": 0, "tomorrow": 1}[word])


def _day_from_now(stop: int, offset: int) -> _Found:
    return _Found(stop, lambda frame: _days(frame.today + offset * _DAY), "day")


def _weekday_at(t: _Text, i: int, *, cued: bool) -> int | None:
    """The weekday named here (0 is Monday). A short name needs a sign that it is one."""
    word = t.word(i)
    weekday = _WEEKDAYS.get(word)
    if weekday is None or word in _FULL_DAYS:
        return weekday
    before, after = t.word(i - 1), t.word(i + 1)
    if before == "on" and after not in _SUN_WORDS:
        return weekday
    dated = after in _PARTS or t.is_number(i + 1) or after in _MONTHS
    if after in _VERBS_AFTER or after in _SUN_WORDS or not (dated or cued or before in _SHORT_DAY_CUES):
        return None
    if word in ("sun", "sat", "wed", "mon") and not t.capital(i) and before not in ("last", "next"):
        return None
    return weekday


def _weekday(t: _Text, i: int, depth: int) -> _Found | None:
    """A weekday: "Friday", "Friday week", "Friday of last week", "Friday, 5 May", "Friday the 13th"."""
    weekday = _weekday_at(t, i, cued=False)
    if weekday is None or t.word(i - 1) in _NOT_BEFORE_DAYS:
        return None
    j = i + 1
    if t.word(j) == "week":
        return _Found(j + 1, lambda frame: _days(_pick_weekday(weekday, 2, frame).start + _WEEK), "day")
    week = j + 1 if t.word(j) == "of" else j
    if t.word(week) in ("last", "this", "next") and t.word(week + 1) == "week":
        days = 7 * _WHICH[t.word(week)] + weekday
        return _Found(week + 2, lambda frame: _days(_monday(frame.today) + days * _DAY), "day")
    date = j + 1 if t.word(j) in (",", ".") else j
    date = date + 1 if t.word(date) == "the" else date
    dated = _longest(t, date, depth + 1, _date_parsers(t, date))
    if dated and dated.family == "day":
        return dated
    return _Found(j, partial(_pick_weekday, weekday, None), "day")


def _date_parsers(t: _Text, i: int) -> tuple[_Parser, ...]:
    if t.is_number(i):
        return (_day_month, _numeric, _nth)
    return (_month,) if t.word(i) in _MONTHS else ()


def _month(t: _Text, i: int, depth: int) -> _Found | None:
    """A month first: "May 5", "May 5th, 2023", "June 3 to 9", "May 2023", "in May"."""
    word = t.word(i)
    month, j = _MONTHS[word], i + 1
    if word not in _FULL_MONTHS and t.word(j) == "." and t.glued(j):
        j += 1
    place = j + 1 if t.word(j) == "the" and t.word(j + 2) in _SUFFIXES else j
    days = _month_days(t, place)
    if days:
        sure = t.capital(i) or days.ordinal or depth or t.word(i - 1) in _DATE_CUES or _year_tail(t, days.stop)
        if word in _UNSURE_MONTHS and not sure:
            return None
        return _yearly(t, days.stop, _days_in(month, days.first, days.last), days.family, cued=True)
    if t.is_number(j) and len(t.word(j)) <= 2 and word in _UNSURE_MONTHS:
        return None
    return _yearly(t, j, _month_in(month), "month", cued=_month_cued(t, i, depth))


_UNSURE_MONTHS = _words("may march mar dec")


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


def _month_days(t: _Text, i: int) -> _MonthDays | None:
    """The days after a month's name."""
    first = t.number(i, 2)
    if not first or first > 31:
        return None
    ordinal = t.word(i + 1) in _SUFFIXES and t.glued(i + 1)
    stop = i + 2 if ordinal else i + 1
    if _is_clock_or_measure(t, stop):
        return None
    last = t.number(stop + 1, 2) if t.word(stop) in _TO else None
    after = stop + 3 if t.word(stop + 2) in _SUFFIXES else stop + 2
    if last and first < last <= 31 and t.word(after) not in _MONTHS and not _is_clock_or_measure(t, after):
        return _MonthDays(first, last, after, ordinal)
    return _MonthDays(first, first, stop, ordinal)


def _is_clock_or_measure(t: _Text, i: int) -> bool:
    """Does what stands here make the number before it a time of the day or an amount?"""
    word = t.word(i)
    return word in ("am", "pm") or word in _MEASURES or (word == ":" and t.glued(i) and t.is_number(i + 1))


def _month_cued(t: _Text, i: int, depth: int) -> bool:
    """May a month stand here without a day and a year? "May", "March" and "June" are other words too."""
    word, before = t.word(i), t.word(i - 1)
    after = t.word(i + 1)
    ranged = after in _TO and t.word(i + 2) in _FULL_MONTHS and t.capital(i) and t.capital(i + 2)
    if not (depth or ranged or before in _MONTH_CUES or t.phrase(i - 2, "month", "of")):
        return False
    if word not in ("may", "march") and word in _FULL_MONTHS:
        return True
    if t.capital(i):
        return after not in _MODAL_WORDS
    return after not in _VERBS_AFTER and before not in ("this", "by")


def _day_month(t: _Text, i: int, depth: int) -> _Found | None:
    """A day first: "5 May 2023", "5th of May", "3 to 9 June", "the fifth of May"."""
    first = t.number(i, 2) or (_ORDINALS.get(t.word(i)) if t.word(i + 1) == "of" else None)
    if first is None or not 1 <= first <= 31:
        return None
    stop = i + 2 if t.word(i + 1) in _SUFFIXES and t.glued(i + 1) else i + 1
    ordinal, last = stop > i + 1, first
    second = t.number(stop + 1, 2) if t.word(stop) in _TO or t.word(stop) == "and" else None
    if second and first < second <= 31:
        last, stop = second, stop + (3 if t.word(stop + 2) in _SUFFIXES else 2)
    if t.word(stop) == "of" or (t.word(stop) == "-" and t.glued(stop)):
        ordinal, stop = ordinal or t.word(stop) == "of", stop + 1
    word = t.word(stop)
    month = _MONTHS.get(word)
    if month is None:
        return None
    if word in ("may", "march") and not (ordinal or t.capital(stop)) and t.word(stop + 1) in _VERBS_AFTER:
        return None
    after = stop + 2 if t.word(stop + 1) in (".", "-") and t.glued(stop + 1) else stop + 1
    after = after if _year_tail(t, after) else stop + 1
    sure = t.capital(stop) or ordinal or depth or t.cue(i) in _DATE_CUES or _year_tail(t, after)
    if word in _UNSURE_MONTHS and not sure:
        return None
    return _yearly(t, after, _days_in(month, first, last), "day" if first == last else "range", cued=True)


def _numeric(t: _Text, i: int, depth: int) -> _Found | None:
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

    def order(frame: _Frame) -> tuple[int, int, int] | None:
        if sign == "." or a > 12 or a == b:
            return year, b, a
        if b > 12:
            return year, a, b
        if frame.day_first is None:
            return None
        return (year, b, a) if frame.day_first else (year, a, b)

    return _fixed_day(i + 5, order)


def _after_date(t: _Text, i: int) -> int:
    """Step over the "T" between an ISO date and its time."""
    return i + 1 if t.word(i) == "t" and t.glued(i) and t.is_number(i + 1) and t.glued(i + 1) else i


def _fixed_day(stop: int, order: Callable[[_Frame], tuple[int, int, int] | None]) -> _Found:
    def resolve(frame: _Frame) -> _When | None:
        told = order(frame)
        return _days(datetime(*told)) if told else None

    return _Found(stop, resolve, "day", fixed=True)


def _nth(t: _Text, i: int, depth: int) -> _Found | None:
    """A day of the fitting month: "on the 3rd", "Friday the 13th"."""
    day = t.number(i, 2)
    if not day or day > 31 or t.word(i + 1) not in _SUFFIXES or not t.glued(i + 1) or t.word(i - 1) != "the":
        return None
    before, after = t.word(i - 2), t.word(i + 2)
    weekday = _WEEKDAYS.get(before)
    if (before not in _DATE_CUES and weekday is None) or (after[:1].isalnum() and after not in _CLAUSE_WORDS):
        return None

    def resolve(frame: _Frame) -> _When | None:
        def build(month: int) -> _When:
            return _days(_month_start(frame.now.year, month).replace(day=day))

        now, month = frame.now, frame.now.month
        found = list(_built(build, range(month - 15, month + 16)))
        if weekday is not None:
            found = [when for when in found if when.start.weekday() == weekday]
        if frame.way > 0:
            return next((when for when in found if when.end > now), None)
        if frame.way < 0:
            return next((when for when in reversed(found) if when.start <= now), None)
        return min(found, key=lambda when: abs(when.start - now), default=None)

    return _Found(i + 2, resolve, "day")


@cache
def _holidays() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """The names of holidays as tokens, by their first word, longest first."""
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name in sorted(_HOLIDAY_NAMES.split(","), key=len, reverse=True):
        tokens = tuple(name.replace("'s", " 's").split())
        table.setdefault(tokens[0], []).append((tokens, name))
    return table


def _holiday_at(t: _Text, i: int) -> tuple[int, str] | None:
    """The holiday named here, with the token after it."""
    for tokens, name in _holidays().get(t.word(i), ()):
        if t.phrase(i, *tokens):
            return i + len(tokens), name
    return None


def _holiday(t: _Text, i: int, depth: int) -> _Found | None:
    """A holiday: "on Christmas Eve", "Easter 2023"; a plain mention ("I love Christmas") is no time."""
    named = _holiday_at(t, i)
    if named is None:
        return None
    certain = named[1].endswith((" eve", "day")) and named[1].split()[-1] in ("eve", *_FULL_DAYS)
    cued = certain or bool(depth) or t.cue(i) in _HOLIDAY_CUES
    return _yearly(t, named[0], _holiday_in(named[1]), "day", cued=cued)


# --- weeks, months, seasons, years --------------------------------------------------------------------


def _weekend(t: _Text, i: int, depth: int) -> _Found | None:
    """The weekend without a word for which one: "over the weekend", "for the weekend"."""
    if t.word(i - 1) != "the" or not (depth or t.cue(i) in _WEEKEND_CUES):
        return None
    return _Found(i + 1, partial(_pick_weekend, None), "weekend")


def _this_unit(t: _Text, i: int, depth: int) -> _Found | None:
    """The current month, but only inside "the end of the month"."""
    unit = t.word(i)
    if not depth or t.word(i - 1) != "the" or t.word(i - 2) != "of":
        return None
    return _Found(i + 1, partial(_pick_unit, unit, 0), unit)


def _season(t: _Text, i: int, depth: int) -> _Found | None:
    """A season: "summer 2022", "in the summer", "the summer of last year"."""
    word, after = t.word(i), t.word(i + 1)
    cued = t.cue(i) in _SEASON_CUES or (bool(depth) and word in ("summer", "winter", "autumn"))
    if after in _words("job camp school internship time olympics course jobs camps coat clothes sports"):
        cued = False
    return _yearly(t, i + 1, _season_in(_SEASONS[word]), "season", cued=cued)


def _quarter(t: _Text, i: int, depth: int) -> _Found | None:
    """A quarter: "Q3 2023", "in Q1"."""
    number = t.number(i + 1, 1)
    if not number or number > 4 or not t.glued(i + 1):
        return None
    cued = bool(depth) or t.word(i - 1) in _SEASON_CUES
    return _yearly(t, i + 2, _quarter_in(number), "quarter", cued=cued)


def _year(t: _Text, i: int, depth: int) -> _Found | None:
    """A year after a word that asks for one ("in 2019"), "2023-05", "2019–2021"."""
    told = _year_number(t, i)
    if told is None or told[1] < 0:
        return None
    stop, year = told
    dash = t.word(stop) in _DASHES and t.glued(stop) and t.glued(stop + 1)
    if dash and t.is_number(stop + 1) and len(t.word(stop + 1)) == 2:
        month = int(t.word(stop + 1))
        return _Found(stop + 2, lambda frame: _months(year, month), "month", fixed=True) if month <= 12 else None
    until = _year_number(t, stop + 1) if t.word(stop) in _DASHES else None
    cued = depth or t.cue(i) in _YEAR_CUES or t.phrase(i - 2, "the", "year") or (until and until[1] > year)
    if not cued and not (t.word(i - 1) == "(" and t.word(stop) == ")"):
        return None
    return _Found(stop, lambda frame: _years(year), "year", fixed=True)


def _bare_year(t: _Text, i: int) -> _Found | None:
    """A year without any cue, as people put it into a question."""
    told = _year_number(t, i)
    if told is None or told[1] < 0:
        return None
    stop, year = told
    return _Found(stop, lambda frame: _years(year), "year", fixed=True)


def _decade(t: _Text, i: int, depth: int) -> _Found | None:
    """A decade: "the 90s", "the '90s", "1980s", "the nineties"."""
    introduced = t.word(i - 1) in ("the", "early", "late", "mid") or t.word(i - 1) in _DASHES
    start = _DECADES.get(t.word(i))
    if start:
        return _Found(i + 1, partial(_decade_of, start), "decade", fixed=True) if introduced else None
    j = i + 1 if t.word(i) in _QUOTES else i
    number = t.number(j)
    if number is None or number % 10 or t.word(j + 1) not in ("s", "'s") or not t.glued(j + 1):
        return None
    if len(t.word(j)) == 4 and _FIRST_YEAR <= number < _LAST_YEAR:
        return _Found(j + 2, partial(_decade_of, number), "decade", fixed=True)
    if len(t.word(j)) == 2 and introduced and (number >= 50 or j > i):
        return _Found(j + 2, partial(_decade_of, 1900 + number), "decade", fixed=True)
    return None


def _decade_of(start: int, frame: _Frame) -> _When:
    return _years(start, 10)


# --- last, this, next ---------------------------------------------------------------------------------


def _relative(t: _Text, i: int, depth: int) -> _Found | None:
    """last, this, next, past, coming … before a weekday, unit, month, season, holiday or part of the day."""
    which, j = _WHICH[t.word(i)], i + 1
    if which == 0 and t.word(j) in ("past", "last", "coming", "next"):
        which, j = (2 if t.word(j) in ("coming", "next") else -1), j + 1
    if which == 3:
        return _following(t, j)
    word = t.word(j)
    weekday = _weekday_at(t, j, cued=True)
    if weekday is not None:
        return _Found(j + 1, partial(_pick_weekday, weekday, which), "day")
    if word in _PARTS:
        return _relative_part(t, j, which)
    if _UNITS.get(word) == word:
        return _relative_unit(t, j, which)
    return _relative_yearly(t, j, which, depth)


def _relative_yearly(t: _Text, j: int, which: int, depth: int) -> _Found | None:
    word = t.word(j)
    if word in _SEASONS:
        return _Found(j + 1, partial(_pick, _season_in(_SEASONS[word]), which), "season")
    if word in _FULL_MONTHS and not t.is_number(j + 1) and _month_cued(t, j, depth):
        return _Found(j + 1, partial(_pick, _month_in(_MONTHS[word]), which), "month")
    named = _holiday_at(t, j)
    return _Found(named[0], partial(_pick, _holiday_in(named[1]), which), "day") if named else None


def _relative_part(t: _Text, j: int, which: int) -> _Found | None:
    part = t.word(j)
    if which == 0:
        return _Found(j + 1, lambda frame: _part_of_day(frame.today, part), "night")
    if which == -1 and part in ("night", "evening"):
        return _Found(j + 1, lambda frame: _part_of_day(frame.today - _DAY, part), "night")
    return _following(t, j) if which == 1 else None


def _relative_unit(t: _Text, j: int, which: int) -> _Found | None:
    unit = t.word(j)
    if unit in ("day", "night"):
        return _following(t, j) if which == 1 else None
    lasting = t.word(j - 2) == "the" and t.word(j - 3) in ("over", "in", "within", "during", "for")
    rolling = lasting or (t.word(j - 1) == "past" and t.word(j - 2) != "this")
    if unit in _CLOCK_UNITS or (rolling and unit != "weekend"):
        return _Found(j + 1, partial(_stretch, unit, _Amount(j, 1, 1), which), "range") if which else None
    on = j + 2 if t.word(j + 1) == "on" else j + 1
    if unit == "week" and t.word(on) in _FULL_DAYS:
        days = 7 * min(which, 1) + _FULL_DAYS[t.word(on)]
        return _Found(on + 1, lambda frame: _days(_monday(frame.today) + days * _DAY), "day")
    return _Found(j + 1, partial(_pick_unit, unit, which), unit)


def _following(t: _Text, j: int) -> _Found | None:
    """Counted from the time told before, if there is one: "the next day", "the following week"."""
    word = t.word(j)
    if word not in ("day", "morning", "evening", "night", "week", "weekend", "month", "year"):
        return None

    def resolve(frame: _Frame) -> _When | None:
        if frame.anchor is None:
            return None
        if word in _PARTS:
            return _part_of_day(frame.anchor.start + _DAY, word)
        if word == "day":
            return _days(frame.anchor.start + _DAY)
        return _pick_unit(word, 1, frame.seen_from(frame.anchor.start, 1))

    return _Found(j + 1, resolve, "part")


def _rolling(t: _Text, i: int, depth: int) -> _Found | None:
    """Until now or from now on: "the last three weeks", "the past few days", "the next two months"."""
    which = _WHICH[t.word(i)]
    counted = _counted(t, i + 1) if which and t.word(i + 1) not in ("a", "an") else None
    if counted is None or which == 3 or t.word(counted.stop) in ("of", "before", "after", "in"):
        return None
    return _Found(counted.stop, partial(_stretch, counted.unit, counted.amount, which), "range")


def _stretch(unit: str, amount: _Amount, sign: int, frame: _Frame) -> _When:
    """From so long ago until now, or from now on for so long; whole days except for hours and less."""
    if sign > 0:
        end = _shift(frame.now, unit, amount.high)
        return _When(frame.now, end if unit in _CLOCK_UNITS else _midnight(end) + _DAY, Precision.RANGE)
    start = _shift(frame.now, unit, -amount.high)
    return _When(start if unit in _CLOCK_UNITS else _midnight(start), frame.now, Precision.RANGE)


# --- parts and neighbours of a time -------------------------------------------------------------------

_DIVISIBLE = _words("week month quarter season year decade")


def _portion(t: _Text, i: int, depth: int) -> _Found | None:
    """A part: "early 2021", "mid-March", "late last year", "the end of June", "the start of the year"."""
    word = t.word(i)
    part, j = _THIRDS[word], i + 1
    narrow = word not in ("early", "mid", "late")
    if narrow and t.word(j) != "of":
        return None
    if t.word(j) in ("of", "in") or t.word(j) in _DASHES:
        j += 1
    point = _point(t, j, depth + 1)
    if point is None:
        return None
    if (not narrow and point.family in ("night", "weekend")) or (point.family == "day" and t.word(j) == "yesterday"):
        return point  # "late last night" is last night
    if point.family not in _DIVISIBLE:
        return None

    def resolve(frame: _Frame) -> _When | None:
        when = point.resolve(frame)
        return _third(when, part, narrow=narrow) if when else None

    return _Found(point.stop, resolve, "part", point.fixed)


def _earlier_this(t: _Text, i: int, depth: int) -> _Found | None:
    """The gone or the coming part of the current one: "earlier this month", "later this year"."""
    word = t.word(i + 2)
    unit, season = _UNITS.get(word, ""), _SEASONS.get(word)
    if t.word(i + 1) != "this" or not (unit in ("week", "month", "year", "decade") or season):
        return None
    later = t.word(i) == "later"

    def resolve(frame: _Frame) -> _When | None:
        if season:
            whole = _pick(_season_in(season), 0, frame.seen_from(frame.now, 1 if later else -1))
        else:
            whole = _pick_unit(unit, 0, frame)
        if whole is None or not whole.start <= frame.now < whole.end:
            return whole
        tomorrow = frame.today + _DAY
        if later:
            return _When(min(tomorrow, whole.end - _DAY), whole.end, Precision.RANGE)
        return _When(whole.start, tomorrow, Precision.RANGE)

    return _Found(i + 3, resolve, "part")


def _ordinal_of(t: _Text, i: int, depth: int) -> _Found | None:
    """One of several: "the first week of June", "the last weekend of August", "the first half of 2023"."""
    nth, j = _ORDINALS.get(t.word(i)), i + 1
    if nth is None:
        nth = t.number(i, 1)
        if not nth or t.word(j) not in _SUFFIXES or not t.glued(j):
            return None
        j += 1
    count = _amount(t, j) if nth in (1, -1) else None
    j = count.stop if count else j
    word = t.word(j)
    what = word if word == "half" or word in _FULL_DAYS else _UNITS.get(word, "")
    if t.word(j + 1) not in ("of", "in") or what in ("", "second", "minute", "hour", "fortnight", "decade"):
        return None
    point = _point(t, j + 2, depth + 1)
    if point is None or point.family not in _DIVISIBLE:
        return None
    amount = int(count.high) if count else 1

    def resolve(frame: _Frame) -> _When | None:
        whole = point.resolve(frame)
        return _nth_of(whole, what, nth, amount) if whole else None

    return _Found(point.stop, resolve, what if what in ("week", "weekend", "month") else "part", point.fixed)


def _beside(t: _Text, i: int, depth: int) -> _Found | None:
    """A neighbour: "the Sunday before last", "the week before 9 June", "the weekend after Easter"."""
    what, side = t.word(i), t.word(i + 1)
    if side not in ("before", "after"):
        return None
    sign = -1 if side == "before" else 1
    if (side, t.word(i + 2)) in (("before", "last"), ("after", "next")) and _point(t, i + 2, depth + 1) is None:
        return _Found(i + 3, partial(_next_but_one, what, sign), "day" if what in _FULL_DAYS else what)
    point = _point(t, i + 2, depth + 1)
    if point is None or point.family in ("clock", "night"):
        return None

    def resolve(frame: _Frame) -> _When | None:
        when = point.resolve(frame)
        return _neighbour(when, what, sign) if when else None

    return _Found(point.stop, resolve, "part", point.fixed)


def _unit_of(t: _Text, i: int, depth: int) -> _Found | None:
    """The stretch that holds a day: "the week of 4 March", "the weekend of the 5th", "the night of 5 May"."""
    what = t.word(i)
    point = _point(t, i + 2, depth + 1) if t.word(i + 1) == "of" else None
    if point is None or point.family != "day":
        return None

    def resolve(frame: _Frame) -> _When | None:
        when = point.resolve(frame)
        if when is None:
            return None
        if what == "week":
            return _days(_monday(when.start), 7, Precision.WEEK)
        if what == "weekend":
            return _days(_monday(when.start) + (5 if when.start.weekday() else -2) * _DAY, 2)
        return _part_of_day(when.start, what)

    return _Found(point.stop, resolve, what if what in ("week", "weekend") else "night", point.fixed)


def _next_but_one(what: str, sign: int, frame: _Frame) -> _When | None:
    """The one before the last (-1), or after the next (1)."""
    if what in _FULL_DAYS:
        return _days(_pick_weekday(_FULL_DAYS[what], sign, frame).start + sign * _WEEK)
    if what in ("night", "day"):
        day = frame.today + 2 * sign * _DAY
        return _part_of_day(day, "night") if what == "night" else _days(day)
    near = _pick_unit(what, sign, frame)
    if near and what == "weekend":
        return _days(near.start + sign * _WEEK, 2)
    return _pick_unit(what, sign, frame.seen_from(near.start, 0)) if near else None


# --- times of the day ---------------------------------------------------------------------------------


class _Clock(NamedTuple):
    """A time of the day; `sure` if it cannot be the other half of the day or just a number."""

    stop: int
    hour: int
    minute: int | None
    sure: bool

    def on(self, day: datetime, part: str | None = None) -> _When:
        """This time on a day; a part of the day says which half."""
        afternoon = part in ("afternoon", "evening") or (part == "night" and self.hour > 4)
        hour = self.hour + 12 if not self.sure and self.hour < 12 and afternoon else self.hour
        start = _midnight(day) + hour * _HOUR + (self.minute or 0) * _MINUTE
        return _When(start, start + (_HOUR if self.minute is None else _MINUTE), Precision.INSTANT)


def _clock(t: _Text, i: int) -> _Clock | None:
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


def _after_seconds(t: _Text, i: int) -> int:
    """Step over the ":15" and the "Z" of 10:30:15Z."""
    if t.word(i) == ":" and t.glued(i) and t.glued(i + 1) and len(t.word(i + 1)) == 2 and t.is_number(i + 1):
        i += 2
    return i + 1 if t.word(i) == "z" and t.glued(i) else i


def _half_of_day(t: _Text, i: int) -> tuple[int, int] | None:
    """The token after "am" or "p.m.", and the hours to add."""
    word = t.word(i)
    if word in ("am", "pm"):
        return i + 1, 12 if word == "pm" else 0
    if word in ("a", "p") and t.phrase(i + 1, ".", "m") and t.glued(i + 2):
        return i + (4 if t.word(i + 3) == "." and t.glued(i + 3) else 3), 12 if word == "p" else 0
    return None


def _part_at(t: _Text, i: int) -> tuple[int, str] | None:
    """The part of the day told here, with the token after: "morning", "in the evening", "at night"."""
    j = i + 2 if t.phrase(i, "in", "the") else i + 1 if t.word(i) == "at" else i
    return (j + 1, t.word(j)) if t.word(j) in _PARTS else None


def _time_first(t: _Text, i: int, depth: int) -> _Found | None:
    """A time of the day first: "7:30 on Friday", "at 7 in the evening", "at 7pm"."""
    clock = _clock(t, i)
    if clock is None:
        return None
    cued = t.word(i - 1) in _CLOCK_CUES
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
    return _Found(stop, partial(_clock_nearby, clock, part), "clock")


def _time_then_day(t: _Text, clock: _Clock, stop: int, part: str | None, depth: int) -> _Found | None:
    """The day after a time of the day: "7:30 on Friday", "7pm tomorrow"."""
    j = stop + 1 if t.word(stop) in ("on", ",") else stop
    j = j + 1 if t.word(j) == "the" else j
    parsers = _date_parsers(t, j) if t.is_number(j) else _points().get(t.word(j), ())
    day = _longest(t, j, depth + 1, parsers) if depth < _MAX_DEPTH else None
    if day is None or day.family not in ("day", "night"):
        return None
    vague = not clock.sure and clock.minute is None and part is None

    def resolve(frame: _Frame) -> _When | None:
        when = day.resolve(frame)
        return when if when is None or vague else clock.on(when.start, part or _part_of(when))

    return _Found(day.stop, resolve, "clock", day.fixed)


def _part_of(when: _When) -> str | None:
    """The part of the day that a stretch is, if it is one."""
    return _PART_OF_HOURS.get((when.start.hour, when.end.hour)) if when.precision is Precision.INSTANT else None


def _clock_nearby(clock: _Clock, part: str | None, frame: _Frame) -> _When:
    """The time today, or on the day before or after when today does not fit the direction."""
    when = clock.on(frame.today, part)
    if frame.way < 0 and when.start > frame.now:
        return clock.on(frame.today - _DAY, part)
    if frame.way > 0 and when.end <= frame.now:
        return clock.on(frame.today + _DAY, part)
    return when


def _with_time(t: _Text, day: _Found) -> _Found:
    """A day with the part of the day or the time that follows: "Friday night", "tomorrow at 7pm"."""
    stop, part = (_part_at(t, day.stop) or (day.stop, None)) if day.family == "day" else (day.stop, None)
    clock = _clock_after(t, stop)
    if clock is None and part is None:
        return day
    exact = clock and (clock.sure or clock.minute is not None or part or day.family == "night")
    told = clock if exact else None

    def resolve(frame: _Frame) -> _When | None:
        when = day.resolve(frame)
        if when is None or (told is None and part is None):
            return when
        if told is None:
            return _part_of_day(when.start, part or "night")
        return told.on(when.start, part or _part_of(when))

    return _Found(clock.stop if clock else stop, resolve, "clock" if clock else "night", day.fixed)


def _clock_after(t: _Text, i: int) -> _Clock | None:
    """The time of the day after a day: " at 7", ", 7pm", " 19:30"."""
    j = i + 1 if t.word(i) == "," else i
    at = t.word(j) in ("at", "around", "about", "by", "@")
    clock = _clock(t, j + 1 if at else j)
    if clock is None or t.word(clock.stop) in _MEASURES or t.word(clock.stop) in _UNITS:
        return None
    if not at and not clock.sure and (clock.minute is None or j > i):
        return None
    return clock


# --- amounts of time ----------------------------------------------------------------------------------


def _ago(t: _Text, i: int, depth: int) -> _Found | None:
    """An amount from now or from a time: "two weeks ago", "a year ago today", "two days before Christmas"."""
    counted = _counted(t, i)
    if counted is None:
        return _times_ago(t, i)
    stop, word = counted.stop, t.word(counted.stop)
    if word == "ago" or (word == "back" and t.word(stop + 1) not in ("in", "to", "at", "from", "then", "into")):
        return _ago_on(t, counted) or _Found(stop + 1, partial(_away, counted, -1), "part")
    if counted.unit == "weekend":
        return None
    if word == "from" and t.word(stop + 1) in ("now", "today"):
        return _Found(stop + 2, partial(_away, counted, 1), "part")
    if word in ("later", "earlier"):
        return _Found(stop + 1, partial(_anchored, counted, 1 if word == "later" else -1), "part")
    return _offset(t, counted, depth) if word in ("before", "after", "from", "on") else None


def _away(counted: _Counted, sign: int, frame: _Frame) -> _When | None:
    """So many units before or after now."""
    if counted.unit == "weekend":
        nearest = _pick_weekend(sign, frame).start
        return _days(nearest + sign * (int(counted.amount.low) - 1) * _WEEK, 2)
    return _moved(frame.now, counted.unit, counted.amount, sign)


def _times_ago(t: _Text, i: int) -> _Found | None:
    """Counted weekdays and seasons: "two Fridays ago", "three summers ago"."""
    amount = _amount(t, i)
    if amount is None or t.word(amount.stop + 1) != "ago":
        return None
    weekday, season = _DAY_PLURALS.get(t.word(amount.stop)), _SEASON_PLURALS.get(t.word(amount.stop))
    back = int(amount.low) - 1
    if weekday is not None:
        day = weekday
        return _Found(amount.stop + 2, lambda frame: _days(_pick_weekday(day, -1, frame).start - back * _WEEK), "day")
    if season is None:
        return None
    month = season

    def resolve(frame: _Frame) -> _When | None:
        last = _pick(_season_in(month), -1, frame)
        return _months(last.start.year - back, month, 3) if last else None

    return _Found(amount.stop + 2, resolve, "season")


def _ago_on(t: _Text, counted: _Counted) -> _Found | None:
    """With the day told too: "a week ago Friday", "a year ago today", "two weeks ago on Sunday"."""
    j, unit, low = counted.stop + 1, counted.unit, counted.amount.low
    offset = {"today": 0, "yesterday": -1}.get(t.word(j))
    if offset is not None:
        days = offset
        return _Found(j + 1, lambda frame: _days(_shift(frame.now + days * _DAY, unit, -low)), "day")
    place = j + 1 if t.word(j) in ("on", "this", "last") else j
    weekday = _weekday_at(t, place, cued=place > j)
    if weekday is None or unit not in ("week", "fortnight"):
        return None
    number = weekday
    return _Found(place + 1, lambda frame: _days(_shift(_pick_weekday(number, -1, frame).start, unit, -low)), "day")


def _anchored(counted: _Counted, sign: int, frame: _Frame) -> _When | None:
    """ "two weeks later" counts from the time told before; without one only a plan can be placed."""
    if frame.anchor:
        return _moved(frame.anchor.start, counted.unit, counted.amount, sign)
    return _away(counted, sign, frame) if sign > 0 and frame.way > 0 else None


def _offset(t: _Text, counted: _Counted, depth: int) -> _Found | None:
    """From a time: "two weeks before Christmas", "three days after 5 May", "a week from Friday"."""
    side, unit = t.word(counted.stop), counted.unit
    if side == "on" and unit != "week":
        return None
    point = _point(t, counted.stop + 1, depth + 1)
    if point is None or point.family in ("clock", "part"):
        return None
    ahead, sign = side in ("from", "on"), -1 if side == "before" else 1

    def resolve(frame: _Frame) -> _When | None:
        when = point.resolve(frame.seen_from(frame.now, 1) if ahead else frame)
        if when is None:
            return None
        base = when.start if sign < 0 or when.precision is Precision.DAY else when.end
        if ahead and unit in ("week", "fortnight"):
            return _days(_shift(base, unit, counted.amount.low))
        return _moved(base, unit, counted.amount, sign)

    return _Found(point.stop, resolve, "part", point.fixed)


def _in_units(t: _Text, i: int, depth: int) -> _Found | None:
    """When a plan comes: "in two weeks". "I read it in two days" tells how long, not when."""
    place = i + 2 if t.word(i + 1) in ("about", "around", "like", "just") else i + 1
    counted = _counted(t, place)
    if counted is None or t.word(i - 1) in ("once", "twice", "times") or t.phrase(counted.stop, "in", "a", "row"):
        return None
    if t.word(place) in ("a", "an") and counted.unit in ("second", "minute"):
        return None  # a manner of speaking
    told = counted
    return _Found(told.stop, lambda frame: _away(told, 1, frame) if frame.way >= 0 else None, "part")


def _for_units(t: _Text, i: int, depth: int) -> _Found | None:
    """What still lasts: "I have lived here for three years"."""
    counted = _counted(t, i + 1)
    if counted is None or not _is_perfect(t, i):
        return None
    return _Found(counted.stop, partial(_stretch, counted.unit, counted.amount, -1), "range")


def _is_perfect(t: _Text, i: int) -> bool:
    """Does a present perfect stand before this place in its clause?"""
    for j in range(i - 1, max(-1, i - 12), -1):
        word = t.word(j)
        if word in _STOPS:
            return False
        if word in ("have", "has", "haven't", "hasn't") or word.endswith("'ve") or t.phrase(j, "'s", "been"):
            return True
    return False


# --- from one time to another -------------------------------------------------------------------------


def _since(t: _Text, i: int, depth: int) -> _Found | None:
    """Until now: "since 2020", "since last year"."""
    point = _point(t, i + 1, 1)
    if point is None:
        return None

    def resolve(frame: _Frame) -> _When | None:
        when = point.resolve(frame.seen_from(frame.now, -1))
        return _When(when.start, frame.now, Precision.RANGE) if when and when.start < frame.now else None

    return _Found(point.stop, resolve, "range", point.fixed)


def _open_ended(t: _Text, i: int, depth: int) -> _Found | None:
    """Open on one side: "before June", "after 2019", "until Friday"."""
    side = t.word(i)
    point = _point(t, i + 1, 1)
    if point is None or t.word(i - 1) in _UNITS:
        return None

    def resolve(frame: _Frame) -> _When | None:
        until = side in ("until", "till")
        when = point.resolve(frame.seen_from(frame.now, 1) if until and frame.way == 0 else frame)
        if when is None:
            return None
        if side == "after":
            gone = when.end < frame.now and frame.way <= 0
            return _When(when.end, frame.now if gone else _CEILING, Precision.RANGE)
        if until and when.end > frame.now:
            return _When(frame.now, when.end, Precision.RANGE)
        return _When(_FLOOR, when.start if side == "before" else when.end, Precision.RANGE)

    return _Found(point.stop, resolve, "open", point.fixed)


def _between(t: _Text, i: int, depth: int) -> _Found | None:
    """From one to the other: "between May and July 2023", "from Monday to Wednesday"."""
    joins = frozenset(("and", *_DASHES)) if t.word(i) == "between" else _TO
    first = _point(t, i + 1, 1)
    if first is None:
        return None
    if first.family == "range" and t.word(i + 1) != "the":  # "from 3 to 9 June"
        return first
    second = _point(t, first.stop + 1, 1) if t.word(first.stop) in joins else None
    return _joined(first, second) if second else None


def _joined(first: _Found, second: _Found) -> _Found:
    """From the start of the first to the end of the second; who has no year borrows it from the other."""

    def resolve(frame: _Frame) -> _When | None:
        if first.fixed and not second.fixed:
            start = first.resolve(frame)
            end = second.resolve(frame.seen_from(start.start, 1)) if start else None
        else:
            end = second.resolve(frame)
            start = first.resolve(frame.seen_from(end.end - _MINUTE, -1)) if end else None
        if start is None or end is None or start.start >= end.end:
            return None
        return _When(start.start, end.end, Precision.RANGE)

    return _Found(second.stop, resolve, "range", first.fixed or second.fixed)


def _with_range(t: _Text, first: _Found) -> _Found:
    """A point with "to Wednesday", "–9 June", "through July" after it, where both are of one kind."""
    if t.word(first.stop) not in _TO or first.family not in ("day", "month", "season", "year"):
        return first
    second = _point(t, first.stop + 1, 1)
    return _joined(first, second) if second and second.family == first.family else first


# --- schedules ----------------------------------------------------------------------------------------


def _never(frame: _Frame) -> _When | None:
    return None


def _every(t: _Text, i: int, depth: int) -> _Found | None:
    """A cycle: "every Tuesday and Friday", "each morning", "every two weeks", "every Sunday at 7pm"."""
    place = i + 2 if t.word(i + 1) in ("single", "other", "second", "third", "few", "couple") else i + 1
    counted = _counted(t, place) if t.word(place) not in ("a", "an") else None
    stop = counted.stop if counted else place + 1 if _is_cycle(t, place) else 0
    if not stop:
        return None
    stop = _after_list(t, stop, _WEEKDAYS)
    return _Found(_with_time(t, _Found(stop, _never, "day")).stop, _never, "schedule")


def _is_cycle(t: _Text, i: int) -> bool:
    word = t.word(i)
    if word in ("second", "minute"):
        return False
    if word in _WEEKDAYS or word in _PARTS or word in _SEASONS or word in _FULL_MONTHS:
        return True
    return (
        _UNITS.get(word, "") == word != ""
        or word in ("days", "weeks", "months", "years", "weekday")
        or bool(_holiday_at(t, i))
    )


def _plural_days(t: _Text, i: int, depth: int) -> _Found | None:
    """A plural: "on Mondays", "Tuesdays and Thursdays", "weekends", "weekdays"."""
    return _Found(_after_list(t, i + 1, _DAY_PLURALS), _never, "schedule")


def _after_list(t: _Text, i: int, words: Container[str]) -> int:
    """The token after up to six more of the words, joined by commas, "and" or "or"."""
    for _ in range(6):
        place = i + 2 if t.word(i) == "," and t.word(i + 1) in ("and", "or") else i + 1
        if t.word(i) not in ("and", ",", "or") or t.word(place) not in words:
            break
        i = place + 1
    return i


def _plural_parts(t: _Text, i: int, depth: int) -> _Found | None:
    """A plural that needs a cue: "in the mornings", "most evenings", "most days", "on weekends"."""
    word, cue = t.word(i), t.cue(i)
    cues = ("most", "some") if word == "days" else ("on", "in", "at", "most", "some", "these")
    return _Found(i + 1, _never, "schedule") if cue in cues else None


def _weekday_parts(t: _Text, i: int, depth: int) -> _Found | None:
    """ "Friday nights", "Saturday mornings"."""
    return _Found(i + 2, _never, "schedule") if t.word(i + 1) in _PART_PLURALS else None


def _cycle_word(t: _Text, i: int, depth: int) -> _Found | None:
    """ "daily", "weekly"."""
    return _Found(i + 1, _never, "schedule")


def _times_a(t: _Text, i: int, depth: int) -> _Found | None:
    """So often: "once a week", "three times a month", "twice per year"."""
    j = i + 1 if t.word(i) in ("once", "twice") else i + 2
    if j == i + 2 and t.word(i + 1) not in ("times", "days", "nights", "hours"):
        return None
    unit = _UNITS.get(t.word(j + 1))
    if t.word(j) not in ("a", "an", "per", "each", "every") or unit in (None, "second", "minute"):
        return None
    return _Found(j + 2, _never, "schedule") if t.word(j + 2) not in ("ago", "from") else None


# --- which parsers are tried where --------------------------------------------------------------------

_NUMERALS: tuple[_Parser, ...] = (_day_month, _numeric, _year, _decade, _nth, _ordinal_of, _ago, _time_first)


@cache
def _points() -> dict[str, tuple[_Parser, ...]]:
    """The parsers of points in time by the word with which they can begin."""
    table: dict[str, tuple[_Parser, ...]] = {}

    def register(words: Iterable[str], *parsers: _Parser) -> None:
        for word in words:
            table[word] = (*table.get(word, ()), *parsers)

    register(("today", "yesterday", "tomorrow", "tonight", "day", "other", "earlier", "later"), _near_day)
    register(_WHICH, _relative, _rolling)
    register(_WEEKDAYS, _weekday)
    register((*_FULL_DAYS, "weekend", "week", "day", "night", "month", "year", "fortnight"), _beside)
    register(("week", "weekend", *_PARTS), _unit_of)
    register(_MONTHS, _month)
    register(_SEASONS, _season)
    register(_holidays(), _holiday)
    register(("weekend",), _weekend)
    register(("week", "month", "quarter", "year", "decade"), _this_unit)
    register(("q",), _quarter)
    register(_THIRDS, _portion)
    register(("earlier", "later"), _earlier_this)
    register(_ORDINALS, _ordinal_of, _day_month)
    register((*_DECADES, *_QUOTES), _decade)
    register(_QUOTES, _year)
    register(("noon", "midday", "midnight"), _time_first)
    register((*_NUMBERS, *_VAGUE_NUMBERS, "half"), _ago)
    return table


@cache
def _phrases() -> dict[str, tuple[_Parser, ...]]:
    """The parsers of larger expressions, and of schedules, by their first word."""
    table: dict[str, tuple[_Parser, ...]] = {
        "since": (_since,),
        "between": (_between,),
        "from": (_between,),
        "in": (_in_units,),
        "for": (_for_units,),
        **dict.fromkeys(("before", "after", "until", "till"), (_open_ended,)),
        **dict.fromkeys(("every", "each"), (_every,)),
        **dict.fromkeys(_RECURRING_WORDS, (_cycle_word,)),
        **dict.fromkeys((*_DAY_PLURALS, "weekdays"), (_plural_days,)),
        **dict.fromkeys((*_PART_PLURALS, "weekends", "days"), (_plural_parts,)),
        **dict.fromkeys(_FULL_DAYS, (_weekday_parts,)),
        **dict.fromkeys((*_NUMBERS, "once", "twice"), (_times_a,)),
    }
    del table["a"], table["an"]
    return table


def _longest(t: _Text, i: int, depth: int, parsers: Iterable[_Parser]) -> _Found | None:
    best: _Found | None = None
    for parse in parsers:
        found = parse(t, i, depth)
        if found and (best is None or found.stop > best.stop):
            best = found
    return best


def _point(t: _Text, i: int, depth: int) -> _Found | None:
    """The longest point in time that begins here, with its time of the day."""
    if depth > _MAX_DEPTH:
        return None
    if t.word(i) == "the":
        i += 1
    parsers = _NUMERALS if t.is_number(i) else _points().get(t.word(i), ())
    found = _longest(t, i, depth, parsers)
    return _with_time(t, found) if found and found.family in ("day", "night") else found


def _expression(t: _Text, i: int, *, asking: bool) -> _Found | None:
    """The longest time expression that begins here."""
    larger = (_times_a,) if t.is_number(i) else _phrases().get(t.word(i), ())
    best = _longest(t, i, 0, larger)
    point = _point(t, i, 0)
    if point is None and asking and t.is_number(i):
        point = _bare_year(t, i)
    if point:
        point = _with_range(t, point)
        if best is None or point.stop > best.stop:
            return point
    return best


# --- which way does a clause look? --------------------------------------------------------------------

_STOPS = _words(". ! ? ;") | {"\n\n", ""}
_JOINTS = _words("and but so because then , although while")
_PAST_WORDS = _words(
    "was were had did didn't wasn't weren't hadn't been went got saw met left ran took made bought brought "
    "came told said gave found lost won broke fell felt ate drank drove flew rode swam slept spent sold "
    "taught thought knew grew wrote spoke sang stood sent paid caught built began became chose forgot froze "
    "heard held kept led meant sat shook shot stole stuck threw tore understood woke wore bit blew dug drew "
    "fought hid hung laid lent rang rose sank sought swung wound used couldn't gone done ago yesterday"
)
_NOT_PAST = _words("need feed speed indeed seed weed breed exceed proceed embed hundred sacred naked shed")
_FUTURE_WORDS = _words(
    "will won't shall gonna plan plans planning hope hoping hopefully want wanna wants need needs must "
    "should might can can't let's lets due scheduled upcoming soon tomorrow tonight wait i'll we'll you'll "
    "he'll she'll they'll it'll that'll there'll booked intend aim expecting ready"
)
_PRESENT_BE = _words("am is are i'm we're you're they're he's she's isn't aren't")
_PRESENT_WORDS = _words(
    "have has starts begins ends expires runs closes finishes leaves arrives opens returns comes flies moves "
    "gets turns starting getting leaving meeting visiting flying moving coming arriving returning seeing "
    "celebrating hosting"
)
_ADVERBS = _words("not all both also probably finally really so still just already never always only now")


def _direction(t: _Text, first: int, stop: int, *, asking: bool) -> int:
    """-1 if the verb nearest to an expression is in the past, 1 if it looks ahead, 0 if none tells."""
    left = _nearest_verb(t, range(first - 1, max(-1, first - 26), -1), asking=asking)
    right = _nearest_verb(t, range(stop, min(len(t.words), stop + 25)), asking=asking)
    return left[1] if left[0] <= right[0] else right[1]


def _nearest_verb(t: _Text, places: Iterable[int], *, asking: bool) -> tuple[int, int]:
    """How far the first word is that tells, and which way; a joint between clauses counts as six words."""
    far = 0
    for i in places:
        word = t.word(i)
        if word in _STOPS and not (word == "." and t.glued(i + 1)):
            break
        far += 6 if word in _JOINTS else 1
        way = _verb_way(t, i, asking=asking)
        if way:
            return far, way
    return 99, 0


def _verb_way(t: _Text, i: int, *, asking: bool) -> int:
    word = t.word(i)
    if word in _FUTURE_WORDS or t.phrase(i, "let", "'s") or t.phrase(i - 1, "how", "about"):
        return 1
    if word in _PAST_WORDS or (word.endswith("ed") and len(word) > 3 and word not in _NOT_PAST):
        return -1
    if word in _PRESENT_BE or word == "'s":
        return _be_way(t, i, asking=asking)
    if word in ("have", "has") or word.endswith("'ve"):
        after = t.word(i + 2) if t.word(i + 1) in _ADVERBS else t.word(i + 1)
        if after in _PAST_WORDS or after.endswith(("ed", "en")):
            return -1
        return 0 if asking or word.endswith("'ve") else 1
    return 1 if word in _PRESENT_WORDS and not asking else 0


def _be_way(t: _Text, i: int, *, asking: bool) -> int:
    """ "is", "we're": ahead with a verb in -ing or alone, back before "been" and "got"."""
    after = t.word(i + 2) if t.word(i + 1) in _ADVERBS else t.word(i + 1)
    if after in ("been", "gone", "done", "got", "had", "finished"):
        return -1
    if after.endswith("ing") and len(after) > 4:
        return 0 if asking and after != "going" else 1
    return 0 if asking or t.word(i) == "'s" else 1


# --- from a text to spans -----------------------------------------------------------------------------


class _Placed(NamedTuple):
    """A span, and whether its year is told."""

    span: TimeSpan
    fixed: bool


def _placed(
    text: str, said_at: datetime, zone: tzinfo, prefer: Prefer, day_first: bool | None, *, asking: bool
) -> list[_Placed]:
    if said_at.tzinfo is None:
        raise InvalidInputError("The moment of speaking has no time zone: give an aware datetime, for example UTC.")
    if not _may_tell_time(text):
        return []
    t = _Text(text)
    frame = _Frame(_naive(said_at, zone), lambda: 0, day_first=day_first)
    placed: list[_Placed] = []
    for first, found in _read(t, asking=asking):
        when = _safely(found, frame._replace(look=_looker(t, first, found.stop, prefer, asking=asking)))
        recurring = found.family == "schedule"
        if when is None and not recurring:
            continue
        closed = when is not None and not (found.family == "open" and (when.start == _FLOOR or when.end == _CEILING))
        if closed:
            frame = frame._replace(anchor=when)
        start, end = t.starts[first], t.ends[found.stop - 1]
        interval = _interval(when, zone) if when and (closed or asking) else None
        span = TimeSpan(start_index=start, end_index=end, text=text[start:end], interval=interval, recurring=recurring)
        placed.append(_Placed(span, found.fixed))
    return placed


def _read(t: _Text, *, asking: bool) -> Iterator[tuple[int, _Found]]:
    """The expressions from left to right, each with its first token; the longest at each place."""
    points, phrases, past = _points(), _phrases(), 0
    for i, word in enumerate(t.words):
        if i < past or not (word in points or word in phrases or word == "the" or word[0] in _DIGITS):
            continue
        found = _expression(t, i, asking=asking)
        if found and t.stands_alone(t.starts[i], t.ends[found.stop - 1]):
            past = found.stop
            yield i, found


def _looker(t: _Text, first: int, stop: int, prefer: Prefer, *, asking: bool) -> Callable[[], int]:
    """The direction of one expression, found out at most once, and only when it is asked for."""
    if prefer != "auto":
        return lambda: -1 if prefer == "past" else 1

    @cache
    def look() -> int:
        way = _direction(t, first, stop, asking=asking)
        return -1 if asking and way == 0 else way

    return look


def _safely(found: _Found, frame: _Frame) -> _When | None:
    """Place an expression; what falls off the calendar or out of 1900 to 2200 has no place."""
    try:
        when = found.resolve(frame)
    except (ValueError, OverflowError):
        return None
    return when if when and _FLOOR <= when.start < when.end <= _CEILING else None


def _interval(when: _When, zone: tzinfo) -> Interval:
    start, end = (moment.replace(tzinfo=zone).astimezone(UTC) for moment in (when.start, when.end))
    if end <= start:  # an hour that the clocks skip
        end = start + (when.end - when.start)
    return Interval(start=start, end=end, precision=when.precision)
