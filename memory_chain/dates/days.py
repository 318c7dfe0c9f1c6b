"""Parsers of days: "yesterday", "the other day", "Friday of last week"."""

from __future__ import annotations

from functools import partial

from memory_chain.dates.calendar import days_from, monday, part_of_day
from memory_chain.dates.full_dates import date_parsers
from memory_chain.dates.moments import DAY, WEEK
from memory_chain.dates.naming import PARTS
from memory_chain.dates.picking import pick_weekday
from memory_chain.dates.resolvers import Found
from memory_chain.dates.tokens import Text, longest
from memory_chain.dates.vocabulary import (
    FULL_DAYS,
    MONTHS,
    NOT_BEFORE_DAYS,
    SHORT_DAY_CUES,
    SUN_WORDS,
    VERBS_AFTER,
    WEEKDAYS,
    WHICH,
)


def near_day(t: Text, i: int, depth: int) -> Found | None:
    """today, yesterday, tomorrow, tonight, the day before yesterday, the other day, earlier today."""
    word, after = t.word(i), t.word(i + 1)
    if word == "tonight":
        return Found(i + 1, lambda frame: part_of_day(frame.today, "night"), "night")
    if word in ("earlier", "later"):
        return _day_from_now(i + 2, 0) if after == "today" else None
    if word == "day":
        offset = {("before", "yesterday"): -2, ("after", "tomorrow"): 2}.get((after, t.word(i + 2)))
        return _day_from_now(i + 3, offset) if offset else None
    if word == "other":
        told = after in ("day", "night", "evening", "morning") and t.word(i - 1) == "the"
        return Found(i + 2, lambda frame: days_from(frame.today - WEEK, 7), "part") if told else None
    return _day_from_now(i + 1, {"yesterday": -1, "today": 0, "tomorrow": 1}[word])


def _day_from_now(stop: int, offset: int) -> Found:
    return Found(stop, lambda frame: days_from(frame.today + offset * DAY), "day")


def weekday_at(t: Text, i: int, *, cued: bool) -> int | None:
    """The weekday named here (0 is Monday). A short name needs a sign that it is one."""
    word = t.word(i)
    weekday = WEEKDAYS.get(word)
    if weekday is None or word in FULL_DAYS:
        return weekday
    before, after = t.word(i - 1), t.word(i + 1)
    if before == "on" and after not in SUN_WORDS:
        return weekday
    dated = after in PARTS or t.is_number(i + 1) or after in MONTHS
    if after in VERBS_AFTER or after in SUN_WORDS or not (dated or cued or before in SHORT_DAY_CUES):
        return None
    if word in ("sun", "sat", "wed", "mon") and not t.capital(i) and before not in ("last", "next"):
        return None
    return weekday


def read_weekday(t: Text, i: int, depth: int) -> Found | None:
    """A weekday: "Friday", "Friday week", "Friday of last week", "Friday, 5 May", "Friday the 13th"."""
    weekday = weekday_at(t, i, cued=False)
    if weekday is None or t.word(i - 1) in NOT_BEFORE_DAYS:
        return None
    j = i + 1
    if t.word(j) == "week":
        return Found(j + 1, lambda frame: days_from(pick_weekday(weekday, 2, frame).start + WEEK), "day")
    week = j + 1 if t.word(j) == "of" else j
    if t.word(week) in ("last", "this", "next") and t.word(week + 1) == "week":
        days = 7 * WHICH[t.word(week)] + weekday
        return Found(week + 2, lambda frame: days_from(monday(frame.today) + days * DAY), "day")
    date = j + 1 if t.word(j) in (",", ".") else j
    date = date + 1 if t.word(date) == "the" else date
    dated = longest(t, date, depth + 1, date_parsers(t, date))
    if dated and dated.family == "day":
        return dated
    return Found(j, partial(pick_weekday, weekday, None), "day")
