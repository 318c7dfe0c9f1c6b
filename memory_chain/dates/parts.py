"""Parsers of parts and neighbours of a time: "late last year", "the week before 9 June"."""

from __future__ import annotations

from functools import partial

from memory_chain.dates.amounts import read_amount
from memory_chain.dates.calendar import days_from, monday, neighbour, nth_of, part_of_day, season_in, third
from memory_chain.dates.moments import DAY, WEEK
from memory_chain.dates.picking import pick, pick_unit, pick_weekday
from memory_chain.dates.point import read_point
from memory_chain.dates.resolvers import Found, Frame, When
from memory_chain.dates.tokens import Text
from memory_chain.dates.vocabulary import DASHES, FULL_DAYS, ORDINALS, SEASONS, SUFFIXES, THIRDS, UNITS, words
from memory_chain.types import Precision

_DIVISIBLE = words("week month quarter season year decade")


def portion(t: Text, i: int, depth: int) -> Found | None:
    """A part: "early 2021", "mid-March", "late last year", "the end of June", "the start of the year"."""
    word = t.word(i)
    part, j = THIRDS[word], i + 1
    narrow = word not in ("early", "mid", "late")
    if narrow and t.word(j) != "of":
        return None
    if t.word(j) in ("of", "in") or t.word(j) in DASHES:
        j += 1
    point = read_point(t, j, depth + 1)
    if point is None:
        return None
    if (not narrow and point.family in ("night", "weekend")) or (point.family == "day" and t.word(j) == "yesterday"):
        return point  # "late last night" is last night
    if point.family not in _DIVISIBLE:
        return None

    def resolve(frame: Frame) -> When | None:
        when = point.resolve(frame)
        return third(when, part, narrow=narrow) if when else None

    return Found(point.stop, resolve, "part", point.fixed)


def earlier_this(t: Text, i: int, depth: int) -> Found | None:
    """The gone or the coming part of the current one: "earlier this month", "later this year"."""
    word = t.word(i + 2)
    unit, season = UNITS.get(word, ""), SEASONS.get(word)
    if t.word(i + 1) != "this" or not (unit in ("week", "month", "year", "decade") or season):
        return None
    later = t.word(i) == "later"

    def resolve(frame: Frame) -> When | None:
        if season:
            whole = pick(season_in(season), 0, frame.seen_from(frame.now, 1 if later else -1))
        else:
            whole = pick_unit(unit, 0, frame)
        if whole is None or not whole.start <= frame.now < whole.end:
            return whole
        tomorrow = frame.today + DAY
        if later:
            return When(min(tomorrow, whole.end - DAY), whole.end, Precision.RANGE)
        return When(whole.start, tomorrow, Precision.RANGE)

    return Found(i + 3, resolve, "part")


def ordinal_of(t: Text, i: int, depth: int) -> Found | None:
    """One of several: "the first week of June", "the last weekend of August", "the first half of 2023"."""
    nth, j = ORDINALS.get(t.word(i)), i + 1
    if nth is None:
        nth = t.number(i, 1)
        if not nth or t.word(j) not in SUFFIXES or not t.glued(j):
            return None
        j += 1
    count = read_amount(t, j) if nth in (1, -1) else None
    j = count.stop if count else j
    word = t.word(j)
    what = word if word == "half" or word in FULL_DAYS else UNITS.get(word, "")
    if t.word(j + 1) not in ("of", "in") or what in ("", "second", "minute", "hour", "fortnight", "decade"):
        return None
    point = read_point(t, j + 2, depth + 1)
    if point is None or point.family not in _DIVISIBLE:
        return None
    amount = int(count.high) if count else 1

    def resolve(frame: Frame) -> When | None:
        whole = point.resolve(frame)
        return nth_of(whole, what, nth, amount) if whole else None

    return Found(point.stop, resolve, what if what in ("week", "weekend", "month") else "part", point.fixed)


def beside(t: Text, i: int, depth: int) -> Found | None:
    """A neighbour: "the Sunday before last", "the week before 9 June", "the weekend after Easter"."""
    what, side = t.word(i), t.word(i + 1)
    if side not in ("before", "after"):
        return None
    sign = -1 if side == "before" else 1
    if (side, t.word(i + 2)) in (("before", "last"), ("after", "next")) and read_point(t, i + 2, depth + 1) is None:
        return Found(i + 3, partial(_next_but_one, what, sign), "day" if what in FULL_DAYS else what)
    point = read_point(t, i + 2, depth + 1)
    if point is None or point.family in ("clock", "night"):
        return None

    def resolve(frame: Frame) -> When | None:
        when = point.resolve(frame)
        return neighbour(when, what, sign) if when else None

    return Found(point.stop, resolve, "part", point.fixed)


def unit_of(t: Text, i: int, depth: int) -> Found | None:
    """The stretch that holds a day: "the week of 4 March", "the weekend of the 5th", "the night of 5 May"."""
    what = t.word(i)
    point = read_point(t, i + 2, depth + 1) if t.word(i + 1) == "of" else None
    if point is None or point.family != "day":
        return None

    def resolve(frame: Frame) -> When | None:
        when = point.resolve(frame)
        if when is None:
            return None
        if what == "week":
            return days_from(monday(when.start), 7, Precision.WEEK)
        if what == "weekend":
            return days_from(monday(when.start) + (5 if when.start.weekday() else -2) * DAY, 2)
        return part_of_day(when.start, what)

    return Found(point.stop, resolve, what if what in ("week", "weekend") else "night", point.fixed)


def _next_but_one(what: str, sign: int, frame: Frame) -> When | None:
    """The one before the last (-1), or after the next (1)."""
    if what in FULL_DAYS:
        return days_from(pick_weekday(FULL_DAYS[what], sign, frame).start + sign * WEEK)
    if what in ("night", "day"):
        day = frame.today + 2 * sign * DAY
        return part_of_day(day, "night") if what == "night" else days_from(day)
    near = pick_unit(what, sign, frame)
    if near and what == "weekend":
        return days_from(near.start + sign * WEEK, 2)
    return pick_unit(what, sign, frame.seen_from(near.start, 0)) if near else None
