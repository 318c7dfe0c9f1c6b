"""Which parsers are tried where."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from memory_chain.dates.ago import ago, for_units, in_units
from memory_chain.dates.clock import time_first
from memory_chain.dates.days import near_day, read_weekday
from memory_chain.dates.full_dates import day_month, nth, numeric, read_month
from memory_chain.dates.holidays import holiday, holidays
from memory_chain.dates.naming import PARTS
from memory_chain.dates.parts import beside, earlier_this, ordinal_of, portion, unit_of
from memory_chain.dates.periods import bare_year, decade, quarter, read_year, season, this_unit, weekend
from memory_chain.dates.point import read_point
from memory_chain.dates.ranges import between, open_ended, since, with_range
from memory_chain.dates.relative import read_rolling, relative
from memory_chain.dates.resolvers import Found
from memory_chain.dates.schedules import cycle_word, every, plural_days, plural_parts, times_a, weekday_parts
from memory_chain.dates.tokens import Parser, Text, longest
from memory_chain.dates.vocabulary import (
    DAY_PLURALS,
    DECADES,
    FULL_DAYS,
    MONTHS,
    NUMBERS,
    ORDINALS,
    PART_PLURALS,
    QUOTES,
    RECURRING_WORDS,
    SEASONS,
    THIRDS,
    VAGUE_NUMBERS,
    WEEKDAYS,
    WHICH,
)

NUMERALS: tuple[Parser, ...] = (day_month, numeric, read_year, decade, nth, ordinal_of, ago, time_first)


@cache
def point_parsers() -> dict[str, tuple[Parser, ...]]:
    """The parsers of points in time by the word with which they can begin."""
    table: dict[str, tuple[Parser, ...]] = {}

    def register(words: Iterable[str], *parsers: Parser) -> None:
        for word in words:
            table[word] = (*table.get(word, ()), *parsers)

    register(("today", "yesterday", "tomorrow", "tonight", "day", "other", "earlier", "later"), near_day)
    register(WHICH, relative, read_rolling)
    register(WEEKDAYS, read_weekday)
    register((*FULL_DAYS, "weekend", "week", "day", "night", "month", "year", "fortnight"), beside)
    register(("week", "weekend", *PARTS), unit_of)
    register(MONTHS, read_month)
    register(SEASONS, season)
    register(holidays(), holiday)
    register(("weekend",), weekend)
    register(("week", "month", "quarter", "year", "decade"), this_unit)
    register(("q",), quarter)
    register(THIRDS, portion)
    register(("earlier", "later"), earlier_this)
    register(ORDINALS, ordinal_of, day_month)
    register((*DECADES, *QUOTES), decade)
    register(QUOTES, read_year)
    register(("noon", "midday", "midnight"), time_first)
    register((*NUMBERS, *VAGUE_NUMBERS, "half"), ago)
    return table


@cache
def phrase_parsers() -> dict[str, tuple[Parser, ...]]:
    """The parsers of larger expressions, and of schedules, by their first word."""
    table: dict[str, tuple[Parser, ...]] = {
        "since": (since,),
        "between": (between,),
        "from": (between,),
        "in": (in_units,),
        "for": (for_units,),
        **dict.fromkeys(("before", "after", "until", "till"), (open_ended,)),
        **dict.fromkeys(("every", "each"), (every,)),
        **dict.fromkeys(RECURRING_WORDS, (cycle_word,)),
        **dict.fromkeys((*DAY_PLURALS, "weekdays"), (plural_days,)),
        **dict.fromkeys((*PART_PLURALS, "weekends", "days"), (plural_parts,)),
        **dict.fromkeys(FULL_DAYS, (weekday_parts,)),
        **dict.fromkeys((*NUMBERS, "once", "twice"), (times_a,)),
    }
    del table["a"], table["an"]
    return table


def expression(t: Text, i: int, *, asking: bool) -> Found | None:
    """The longest time expression that begins here."""
    larger = (times_a,) if t.is_number(i) else phrase_parsers().get(t.word(i), ())
    best = longest(t, i, 0, larger)
    point = read_point(t, i, 0)
    if point is None and asking and t.is_number(i):
        point = bare_year(t, i)
    if point:
        point = with_range(t, point)
        if best is None or point.stop > best.stop:
            return point
    return best
