"""A small English grammar of time expressions that gives intervals. Pure.

"last Friday", "two weeks ago", "in the summer of 2022", "mid-March" are found in a text and resolved against
the time at which it was said. What repeats ("every Tuesday") is told as recurring and has no interval. It
prefers silence to invention: an ambiguous date (05/06/2023) or a word that may be no date ("may", "march",
"sat") is not read.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from memory_chain.types import Interval, Precision

Prefer = Literal["past", "future", "auto"]

FIRST_YEAR, LAST_YEAR = 1900, 2200

_MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NUMBERS = {
    word: number
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
    )
} | {"a": 1, "an": 1, "another": 1, "couple": 2, "a couple": 2, "a couple of": 2, "couple of": 2, "few": 3, "a few": 3,
     "several": 4, "thirty": 30, "forty": 40, "fifty": 50}  # fmt: skip
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_FIXED_DAYS = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25), "boxing day": (12, 26),
    "new year's eve": (12, 31), "new years eve": (12, 31), "new year's day": (1, 1), "new year's": (1, 1),
    "halloween": (10, 31), "valentine's day": (2, 14), "valentines day": (2, 14), "valentine's": (2, 14),
    "st patrick's day": (3, 17), "independence day": (7, 4), "4th of july": (7, 4), "fourth of july": (7, 4),
}  # fmt: skip
_MOVING_DAYS = ("thanksgiving", "easter")

_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|march|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_NUM = (
    r"(?:a couple of|couple of|a couple|a few|few|several|another|an|a|\d{1,4}|one|two|three|four|five|six|seven|eight|nine|"
    r"ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty)"
)
_UNIT = r"(?:minute|hour|day|night|week|weekend|fortnight|month|year|decade)s?"
_YEAR = r"(?:19|20|21)\d\d"
_DAY_NUMBER = r"(?:[12]?\d|3[01])(?:st|nd|rd|th)?"
_PART = r"(?:morning|afternoon|evening|night)"
_HOLIDAY = (
    "(?:" + "|".join(re.escape(name) for name in sorted((*_FIXED_DAYS, *_MOVING_DAYS), key=len, reverse=True)) + ")"
)

_MAYBE = re.compile(
    r"\d|day|week|month|year|ago|night|morning|evening|afternoon|winter|summer|spring|autumn|fall\b|decade|fortnight|quarter"
    r"|jan|feb|march|apr|may|jun|jul|aug|sep|oct|nov|dec|christmas|halloween|easter|thanksgiving|valentine",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|did|didn['’]t|went|got|came|took|saw|made|met|ran|ate|flew|drove|bought|broke|fell|felt|left|lost"
    r"|won|told|said|began|started|became|found|gave|held|kept|spent|tore|wore|wrote|slept|swam|rode|hurt|just|have been"
    r"|['’]ve been|[a-z]{2,}ed)\b",
    re.IGNORECASE,
)
_FUTURE = re.compile(
    r"\b(?:will|won['’]t|shall|going to|gonna|plan(?:ning|s)?|hope|hoping|want to|tomorrow|upcoming|coming|next|have to"
    r"|need to|can't wait|looking forward|due|(?:am|are|is|['’]m|['’]re|['’]s) (?:\w+ing))\b|['’]ll\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?\n]")


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSpan:
    """A time expression in a text: where it stands, and the interval it means (None if it recurs)."""

    start_index: int
    end_index: int
    text: str
    interval: Interval | None
    recurring: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """The moment of speaking, as a local day, and which way an open expression leans."""

    now: datetime
    today: date
    zone: tzinfo
    future: bool
    day_first: bool | None


_Handler = Callable[[re.Match[str], _Said], Interval | None]


def find_times(
    text: str,
    said_at: datetime,
    *,
    zone: tzinfo = UTC,
    prefer: Prefer = "auto",
    day_first: bool | None = None,
) -> list[TimeSpan]:
    """The time expressions of a text, in order, none overlapping.

    Args:
        text: any text.
        said_at: when it was said (aware).
        zone: where "today" is read.
        prefer: which way "on Friday" or "in March" leans; `auto` asks the verbs around it.
        day_first: how 05/06/2023 is read; None: only if it is not ambiguous.
    """
    if not _MAYBE.search(text):
        return []
    local = said_at.astimezone(zone)
    found = []
    for pattern, handler in _patterns():
        for match in pattern.finditer(text):
            future = prefer == "future" or (prefer == "auto" and _leans_to_future(text, match.start(), match.end()))
            said = _Said(now=local, today=local.date(), zone=zone, future=future, day_first=day_first)
            span = _span(match, handler, said)
            if span is not None:
                found.append(span)
    return _longest(found)


def query_interval(query: str, now: datetime, *, zone: tzinfo = UTC) -> Interval | None:
    """The one time that a question names, or None: ("in March", "last summer", "between May and July 2023").

    Several times in one question give the stretch from the first to the last.
    """
    intervals = [span.interval for span in find_times(query, now, zone=zone, prefer="past") if span.interval]
    if not intervals:
        return None
    if len(intervals) == 1:
        return intervals[0]
    return Interval(
        start=min(one.start for one in intervals), end=max(one.end for one in intervals), precision=Precision.RANGE
    )


def describe(interval: Interval) -> str:
    """A short form for people: "8 March 2024", "March 2024", "2019", "the week of 4 March 2024"."""
    start, last = interval.start, interval.end - timedelta(microseconds=1)
    if interval.precision is Precision.INSTANT:
        return f"{_day(start)} {start:%H:%M}"
    if interval.precision is Precision.WEEK:
        return f"the week of {_day(start)}"
    if interval.precision is Precision.MONTH:
        return f"{start:%B} {start.year}"
    if interval.precision is Precision.YEAR:
        return str(start.year)
    if start.date() == last.date():
        return _day(start)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day}–{_day(last)}"
    return f"{_day(start)} – {_day(last)}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B} {moment.year}"


# -- finding --


def _span(match: re.Match[str], handler: _Handler | None, said: _Said) -> TimeSpan | None:
    if handler is None:
        interval, recurring = None, True
    else:
        try:
            interval, recurring = handler(match, said), False
        except (ValueError, OverflowError):
            interval = None
        if interval is None:
            return None
    return TimeSpan(
        start_index=match.start(), end_index=match.end(), text=match.group(), interval=interval, recurring=recurring
    )


def _longest(spans: Iterable[TimeSpan]) -> list[TimeSpan]:
    kept: list[TimeSpan] = []
    taken: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda one: (one.start_index - one.end_index, one.start_index)):
        if all(span.end_index <= start or span.start_index >= end for start, end in taken):
            taken.append((span.start_index, span.end_index))
            kept.append(span)
        if len(taken) >= 200:  # a text with more dates than that is a table
            break
    return sorted(kept, key=lambda one: one.start_index)


def _leans_to_future(text: str, start: int, end: int) -> bool:
    """Whether the clause around a time speaks of what is to come; without a verb of either kind it does."""
    before = _SENTENCE_END.split(text[max(0, start - 80) : start])[-1]
    after = _SENTENCE_END.split(text[end : end + 60])[0]
    clause = f"{before} {after}"
    if _FUTURE.search(clause):
        past = _PAST.search(before)
        return past is None or bool(_FUTURE.search(before))
    return not _PAST.search(clause)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], _Handler | None]]:
    rows: list[tuple[str, _Handler | None]] = [
        # recurring
        (rf"\b(?:every|each) (?:other )?(?:single )?(?:{_DAY}|{_PART}|day|week|weekend|month|year|weekday|summer|winter)s?\b", None),
        (rf"\bon (?:{_DAY}s)(?: and {_DAY}s)?\b|\b{_DAY}s\b", None),
        (r"\b(?:daily|weekly|monthly|yearly|annually|on weekends|on weekdays|on sundays)\b", None),
        # relative days
        (r"\bthe day before yesterday\b", lambda m, s: _days(s, -2)),
        (r"\bthe day after tomorrow\b", lambda m, s: _days(s, 2)),
        (r"\byesterday(?: (?:morning|afternoon|evening|night))?\b", lambda m, s: _days(s, -1)),
        (r"\btomorrow(?: (?:morning|afternoon|evening|night))?\b", lambda m, s: _days(s, 1)),
        (r"\b(?:today|tonight|this (?:morning|afternoon|evening)|earlier today|just now)\b", lambda m, s: _days(s, 0)),
        (r"\blast night\b", lambda m, s: _days(s, -1)),
        (r"\bthe other (?:day|night|week)\b", lambda m, s: _stretch(s.today - timedelta(days=10), s.today, s)),
        # N units ago / in N units
        (rf"\b(?:about |around |almost |nearly |roughly |over |more than )?(?P<n>{_NUM}) (?P<u>{_UNIT}) (?:ago|back|earlier|before now)\b", lambda m, s: _ago(m, s, -1)),
        (rf"\b(?:in|within) (?:about |around )?(?P<n>{_NUM}) (?P<u>{_UNIT})(?:['’]? time)?\b", lambda m, s: _ago(m, s, 1)),
        (rf"\b(?P<n>{_NUM}) (?P<u>{_UNIT}) (?:from now|later from now)\b", lambda m, s: _ago(m, s, 1)),
        (rf"\b(?:over|during|in|for|within) the (?:past|last) (?:(?P<n>{_NUM}) )?(?P<u>{_UNIT})\b", _past_stretch),
        (rf"\b(?:over|during|in|for|within) the next (?:(?P<n>{_NUM}) )?(?P<u>{_UNIT})\b", _next_stretch),
        # last / this / next
        (rf"\b(?P<w>last|this past|past|this coming|coming|this|next) (?P<d>{_DAY})(?: (?:morning|afternoon|evening|night))?\b", _weekday),
        (rf"\b(?:the )?(?P<d>{_DAY}|weekend|week) before last\b", _before_last),
        (rf"\ba week ago (?:on )?(?P<d>{_DAY})\b|\b(?P<d2>{_DAY}) (?:of )?last week\b", _last_week_day),
        (rf"\b(?P<d>{_DAY}) (?:of )?next week\b", lambda m, s: _day_of_week(s, m["d"], 1)),
        (r"\b(?:earlier |later )?(?P<w>last|this past|past|this coming|coming|this|next) (?P<u>week|weekend|month|year|quarter)\b", _unit),
        (r"\b(?:the )?(?P<p>beginning|start|middle|end) of (?P<w>last|this|next|the) (?P<u>week|month|year)\b", _part_of_unit),
        (r"\b(?P<w>last|this past|past|this coming|coming|this|next) (?P<s>spring|summer|autumn|fall|winter)\b", _season),
        (rf"\b(?P<w>last|this past|this coming|coming|this|next) (?P<m>{_MONTH})\b", _named_month),
        (rf"\b(?P<w>last|this|next) (?P<h>{_HOLIDAY})\b", _holiday),
        # plain weekday
        (rf"\b(?:on |this |by )?(?P<d>{_DAY})(?: (?:morning|afternoon|evening|night))?\b(?!s)", lambda m, s: _plain_weekday(m["d"], s)),
        # dates
        (rf"\b(?P<y>{_YEAR})-(?P<m>\d\d)-(?P<d>\d\d)\b", lambda m, s: _date(int(m["y"]), int(m["m"]), int(m["d"]), s)),
        (rf"\b(?P<a>\d{{1,2}})[/.](?P<b>\d{{1,2}})[/.](?P<y>{_YEAR})\b", _numeric),
        (rf"\b(?:the )?(?P<d>{_DAY_NUMBER})(?: of)? (?P<m>{_MONTH})\.?(?:,? (?P<y>{_YEAR}))?\b", _day_month),
        (rf"\b(?P<m>{_MONTH})\.? (?:the )?(?P<d>{_DAY_NUMBER})(?:,? (?P<y>{_YEAR}))?\b(?!\d)", _day_month),
        (rf"\b(?:from )?(?P<d>{_DAY_NUMBER}) ?(?:-|–|to|until) ?(?P<e>{_DAY_NUMBER})(?: of)? (?P<m>{_MONTH})(?:,? (?P<y>{_YEAR}))?\b", _day_range),
        (rf"\b(?P<m>{_MONTH}) (?P<d>{_DAY_NUMBER}) ?(?:-|–|to|until) ?(?P<e>{_DAY_NUMBER})(?:,? (?P<y>{_YEAR}))?\b", _day_range),
        (rf"\b(?:between|from) (?P<m>{_MONTH})(?: (?P<y1>{_YEAR}))? (?:and|to|until) (?P<n>{_MONTH})(?:,? (?P<y>{_YEAR}))?\b", _month_range),
        (rf"\b(?P<m>{_MONTH}),? (?P<y>{_YEAR})\b", lambda m, s: _month(int(m["y"]), _month_number(m["m"]), s)),
        (rf"\b(?:in|since|during|until|by|around|of|for|after|before|throughout) (?:the month of )?(?P<m>{_MONTH})\b(?! \d)", _open_month),
        (rf"\b(?P<p>early|mid|late|(?:the )?(?:beginning|start|middle|end) of)[ -](?P<m>{_MONTH})(?:,? (?P<y>{_YEAR}))?\b", _part_of_month),
        (rf"\b(?:the )?(?P<o>first|second|third|fourth|last) week(?:end)? (?:of|in) (?P<m>{_MONTH})(?:,? (?P<y>{_YEAR}))?\b", _week_of_month),
        (rf"\b(?P<d>{_DAY}|week|weekend) (?P<w>before|after) (?P<n>{_DAY_NUMBER})(?: of)? (?P<m>{_MONTH})(?:,? (?P<y>{_YEAR}))?\b", _beside_date),
        (rf"\b(?:the )?(?P<s>spring|summer|autumn|fall|winter) (?:of )?(?P<y>{_YEAR})\b", lambda m, s: _season_of(m["s"], int(m["y"]), s)),
        (rf"\b(?P<p>early|mid|late)[ -](?P<y>{_YEAR})\b|\b(?:the )?(?P<q>beginning|start|middle|end) of (?P<z>{_YEAR})\b", _part_of_year),
        (r"\b(?:early|mid|late) (?:last|this|next) year\b", _part_of_near_year),
        (rf"\b(?:in|since|during|until|by|around|of|from|back in|after|before) (?P<y>{_YEAR})\b(?!-)", lambda m, s: _year(int(m["y"]), s)),
        (r"\b(?:in |during |since )?the (?P<c>19|20)?['’]?(?P<d>\d0)['’]?s\b", _decade),
        (rf"\b(?P<h>{_HOLIDAY})(?: (?:of )?(?P<y>{_YEAR}))?\b", _holiday),
    ]  # fmt: skip
    return [(re.compile(pattern, re.IGNORECASE), handler) for pattern, handler in rows]


# -- building intervals --


def _make(start: datetime, end: datetime, precision: Precision) -> Interval | None:
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if not (start.year >= FIRST_YEAR and end.year <= LAST_YEAR and start < end):
        return None
    return Interval(start=start, end=end, precision=precision)


def _from_dates(first: date, after: date, precision: Precision, said: _Said) -> Interval | None:
    """From the first day until the day `after` the last one."""
    return _make(
        datetime(first.year, first.month, first.day, tzinfo=said.zone),
        datetime(after.year, after.month, after.day, tzinfo=said.zone),
        precision,
    )


def _date(year: int, month: int, day: int, said: _Said) -> Interval | None:
    first = date(year, month, day)
    return _from_dates(first, first + timedelta(days=1), Precision.DAY, said)


def _days(said: _Said, shift: int) -> Interval | None:
    first = said.today + timedelta(days=shift)
    return _from_dates(first, first + timedelta(days=1), Precision.DAY, said)


def _stretch(first: date, last: date, said: _Said) -> Interval | None:
    return _from_dates(first, last + timedelta(days=1), Precision.RANGE, said)


def _week(monday: date, said: _Said) -> Interval | None:
    return _from_dates(monday, monday + timedelta(days=7), Precision.WEEK, said)


def _weekend(monday: date, said: _Said) -> Interval | None:
    return _from_dates(monday + timedelta(days=5), monday + timedelta(days=7), Precision.RANGE, said)


def _month(year: int, month: int, said: _Said) -> Interval | None:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    after = date(year + month // 12, month % 12 + 1, 1)
    return _from_dates(date(year, month, 1), after, Precision.MONTH, said)


def _year(year: int, said: _Said) -> Interval | None:
    return _from_dates(date(year, 1, 1), date(year + 1, 1, 1), Precision.YEAR, said)


def _season_of(name: str, year: int, said: _Said) -> Interval | None:
    first = _SEASONS[name.lower()]
    after = first + 3
    return _from_dates(
        date(year, first, 1), date(year + (after - 1) // 12, (after - 1) % 12 + 1, 1), Precision.RANGE, said
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month_number(name: str) -> int:
    return next(number for number, full in enumerate(_MONTHS, 1) if full.startswith(name.lower().rstrip(".")[:3]))


def _month_or_verb(match: re.Match[str]) -> bool:
    """Whether a month's name may be a verb or a short word here ("may", "march" in lower case)."""
    name = match["m"]
    return name in ("may", "march") or (len(name) <= 4 and name.islower() and name not in ("june", "july"))


def _number(text: str) -> int:
    text = text.lower()
    return int(text) if text.isdigit() else _NUMBERS[text]


# -- handlers --


def _ago(match: re.Match[str], said: _Said, sign: int) -> Interval | None:
    number, unit = _number(match["n"]) * sign, match["u"].lower().rstrip("s")
    if unit in ("minute", "hour"):
        moment = said.now + timedelta(**{f"{unit}s": number})
        return _make(moment, moment + timedelta(minutes=1), Precision.INSTANT)
    if unit in ("day", "night"):
        return _days(said, number)
    if unit in ("week", "fortnight"):
        weeks = number * (2 if unit == "fortnight" else 1)
        middle = said.today + timedelta(weeks=weeks)
        return _stretch(middle - timedelta(days=3), middle + timedelta(days=3), said)
    if unit == "weekend":
        return _weekend(_monday(said.today) + timedelta(weeks=number), said)
    if unit == "month":
        return _month(said.today.year, said.today.month + number, said)
    return _year(said.today.year + number * (10 if unit == "decade" else 1), said)


def _length(match: re.Match[str]) -> timedelta:
    number = _number(match["n"]) if match["n"] else 1
    days = {"minute": 1, "hour": 1, "day": 1, "night": 1, "week": 7, "weekend": 7, "fortnight": 14, "month": 30,
            "year": 365, "decade": 3650}[match["u"].lower().rstrip("s")]  # fmt: skip
    return timedelta(days=number * days)


def _past_stretch(match: re.Match[str], said: _Said) -> Interval | None:
    return _stretch(said.today - _length(match), said.today, said)


def _next_stretch(match: re.Match[str], said: _Said) -> Interval | None:
    return _stretch(said.today, said.today + _length(match), said)


def _way(match: re.Match[str]) -> int:
    """-1 for last, 0 for this, 1 for next."""
    word = match["w"].lower()
    return -1 if "last" in word or "past" in word else 1 if "next" in word else 0


def _weekday_number(name: str) -> int:
    return _WEEKDAYS.index(name.lower())


def _weekday(match: re.Match[str], said: _Said) -> Interval | None:
    wanted, way = _weekday_number(match["d"]), _way(match)
    if way < 0:
        return _days(said, -((said.today.weekday() - wanted - 1) % 7 + 1))
    ahead = (wanted - said.today.weekday() - 1) % 7 + 1
    if way == 0 and "coming" not in match["w"].lower():
        return _plain_weekday(match["d"], said)
    return _days(said, ahead)


def _plain_weekday(name: str, said: _Said) -> Interval | None:
    wanted = _weekday_number(name)
    if said.future:
        return _days(said, (wanted - said.today.weekday()) % 7)
    return _days(said, -((said.today.weekday() - wanted) % 7))


def _day_of_week(said: _Said, name: str, weeks: int) -> Interval | None:
    day = _monday(said.today) + timedelta(weeks=weeks, days=_weekday_number(name))
    return _from_dates(day, day + timedelta(days=1), Precision.DAY, said)


def _last_week_day(match: re.Match[str], said: _Said) -> Interval | None:
    return _day_of_week(said, match["d"] or match["d2"], -1)


def _before_last(match: re.Match[str], said: _Said) -> Interval | None:
    what = match["d"].lower()
    if what == "week":
        return _week(_monday(said.today) - timedelta(weeks=2), said)
    if what == "weekend":
        return _weekend(_last_weekend(said) - timedelta(weeks=1), said)
    back = (said.today.weekday() - _weekday_number(what) - 1) % 7 + 8
    return _days(said, -back)


def _last_weekend(said: _Said) -> date:
    """The Monday of the week whose weekend was the last one that has begun before today."""
    monday = _monday(said.today)
    return monday if said.today.weekday() == 6 else monday - timedelta(weeks=1)


def _unit(match: re.Match[str], said: _Said) -> Interval | None:
    way, unit = _way(match), match["u"].lower()
    if unit == "week":
        return _week(_monday(said.today) + timedelta(weeks=way), said)
    if unit == "weekend":
        monday = _monday(said.today)
        return _weekend(_last_weekend(said) if way < 0 else monday + timedelta(weeks=way), said)
    if unit == "month":
        return _month(said.today.year, said.today.month + way, said)
    if unit == "quarter":
        first = (said.today.month - 1) // 3 * 3 + 1 + 3 * way
        year, month = said.today.year + (first - 1) // 12, (first - 1) % 12 + 1
        return _from_dates(
            date(year, month, 1), date(year + (month + 2) // 12, (month + 2) % 12 + 1, 1), Precision.RANGE, said
        )
    return _year(said.today.year + way, said)


def _part_of_unit(match: re.Match[str], said: _Said) -> Interval | None:
    whole = _unit(match, said)
    return _third(whole, match["p"], said)


def _third(whole: Interval | None, part: str, said: _Said) -> Interval | None:
    if whole is None:
        return None
    days = (whole.end - whole.start).days
    part = part.lower()
    cut = {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2}
    place = next((number for word, number in cut.items() if word in part), 1)
    start = (whole.start + timedelta(days=days * place // 3)).astimezone(said.zone).date()
    after = (whole.start + timedelta(days=days * (place + 1) // 3)).astimezone(said.zone).date()
    return _from_dates(start, after, Precision.RANGE, said)


def _season(match: re.Match[str], said: _Said) -> Interval | None:
    name, way = match["s"].lower(), _way(match)
    year = said.today.year
    season = _season_of(name, year, said)
    if season is None:
        return None
    if way < 0:
        return season if season.end <= said.now else _season_of(name, year - 1, said)
    if way > 0:
        return season if season.start > said.now else _season_of(name, year + 1, said)
    if name == "winter" and said.today.month <= 2:
        return _season_of(name, year - 1, said)
    return season


def _near_month(month: int, said: _Said) -> Interval | None:
    """The month that an expression without a year means: the next one or the last one."""
    year = said.today.year
    if said.future:
        return _month(year if month >= said.today.month else year + 1, month, said)
    return _month(year if month <= said.today.month else year - 1, month, said)


def _named_month(match: re.Match[str], said: _Said) -> Interval | None:
    if _month_or_verb(match) and match["m"] not in ("may", "march"):
        return None
    month, way, year = _month_number(match["m"]), _way(match), said.today.year
    if way < 0:
        return _month(year if month < said.today.month else year - 1, month, said)
    if way > 0:
        return _month(year if month > said.today.month else year + 1, month, said)
    return _month(year, month, said)


def _open_month(match: re.Match[str], said: _Said) -> Interval | None:
    if _month_or_verb(match):
        return None
    return _near_month(_month_number(match["m"]), said)


def _year_of(match: re.Match[str], month: int, day: int, said: _Said) -> int:
    if match["y"]:
        return int(match["y"])
    year, here = said.today.year, (said.today.month, said.today.day)
    if said.future:
        return year if (month, day) >= here else year + 1
    return year if (month, day) <= here else year - 1


def _day_month(match: re.Match[str], said: _Said) -> Interval | None:
    if match["m"].lower() == "may" and match["m"].islower() and not match["d"].isalnum():
        return None
    month, day = _month_number(match["m"]), int(re.sub(r"\D", "", match["d"]))
    return _date(_year_of(match, month, day, said), month, day, said)


def _day_range(match: re.Match[str], said: _Said) -> Interval | None:
    month = _month_number(match["m"])
    first, last = (int(re.sub(r"\D", "", match[name])) for name in ("d", "e"))
    if last <= first:
        return None
    year = _year_of(match, month, first, said)
    return _stretch(date(year, month, first), date(year, month, last), said)


def _month_range(match: re.Match[str], said: _Said) -> Interval | None:
    first, last = _month_number(match["m"]), _month_number(match["n"])
    end_year = int(match["y"]) if match["y"] else _year_of(match, last, 1, said)
    start_year = int(match["y1"]) if match["y1"] else (end_year if first <= last else end_year - 1)
    return _stretch(date(start_year, first, 1), date(end_year, last, monthrange(end_year, last)[1]), said)


def _numeric(match: re.Match[str], said: _Said) -> Interval | None:
    a, b, year = int(match["a"]), int(match["b"]), int(match["y"])
    if a > 12 >= b or (said.day_first is True) or a == b:
        return _date(year, b, a, said)
    if b > 12 >= a or (said.day_first is False):
        return _date(year, a, b, said)
    return None


def _part_of_month(match: re.Match[str], said: _Said) -> Interval | None:
    month = _month_number(match["m"])
    whole = _month(int(match["y"]), month, said) if match["y"] else _near_month(month, said)
    return _third(whole, match["p"], said)


def _week_of_month(match: re.Match[str], said: _Said) -> Interval | None:
    month = _month_number(match["m"])
    whole = _month(int(match["y"]), month, said) if match["y"] else _near_month(month, said)
    if whole is None:
        return None
    place = _ORDINALS[match["o"].lower()]
    start = (whole.end - timedelta(days=7)) if place < 0 else whole.start + timedelta(days=7 * (place - 1))
    first = start.astimezone(said.zone).date()
    return _from_dates(first, first + timedelta(days=7), Precision.WEEK, said)


def _beside_date(match: re.Match[str], said: _Said) -> Interval | None:
    month, day = _month_number(match["m"]), int(re.sub(r"\D", "", match["n"]))
    anchor = date(_year_of(match, month, day, said), month, day)
    before, what = match["w"].lower() == "before", match["d"].lower()
    if what == "week":
        return (
            _stretch(anchor - timedelta(days=7), anchor - timedelta(days=1), said)
            if before
            else _stretch(anchor + timedelta(days=1), anchor + timedelta(days=7), said)
        )
    if what == "weekend":
        return _weekend(_monday(anchor) + timedelta(weeks=-1 if before else 0), said)
    wanted = _weekday_number(what)
    shift = -((anchor.weekday() - wanted - 1) % 7 + 1) if before else (wanted - anchor.weekday() - 1) % 7 + 1
    found = anchor + timedelta(days=shift)
    return _from_dates(found, found + timedelta(days=1), Precision.DAY, said)


def _part_of_year(match: re.Match[str], said: _Said) -> Interval | None:
    return _third(_year(int(match["y"] or match["z"]), said), match["p"] or match["q"], said)


def _part_of_near_year(match: re.Match[str], said: _Said) -> Interval | None:
    part, way, _ = match.group().lower().split()
    return _third(_year(said.today.year + {"last": -1, "this": 0, "next": 1}[way], said), part, said)


def _decade(match: re.Match[str], said: _Said) -> Interval | None:
    tens = int(match["d"])
    century = int(match["c"]) * 100 if match["c"] else (2000 if tens <= 20 else 1900)
    return _from_dates(date(century + tens, 1, 1), date(century + tens + 10, 1, 1), Precision.RANGE, said)


def _holiday(match: re.Match[str], said: _Said) -> Interval | None:
    named = match.groupdict()
    name, year = named["h"].lower().replace("’", "'"), said.today.year
    if named.get("y"):
        return _holiday_of(name, int(named["y"]), said)
    this = _holiday_of(name, year, said)
    way = (named.get("w") or "").lower()
    if this is None:
        return None
    past = way == "last" or (not way and not said.future)
    if past:
        return this if this.start <= said.now else _holiday_of(name, year - 1, said)
    return this if this.end > said.now or way == "this" else _holiday_of(name, year + 1, said)


def _holiday_of(name: str, year: int, said: _Said) -> Interval | None:
    if name == "easter":
        day = _easter(year)
    elif name == "thanksgiving":  # the fourth Thursday of November
        first = date(year, 11, 1)
        day = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    else:
        day = date(year, *_FIXED_DAYS[name])
    return _from_dates(day, day + timedelta(days=1), Precision.DAY, said)


def _easter(year: int) -> date:
    """Easter Sunday, by the Gregorian computus (the anonymous algorithm of 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
