"""Parsers of amounts of time: "two weeks ago", "in three days", "two days before Christmas"."""

from __future__ import annotations

from functools import partial

from memory_chain.dates.amounts import Counted, read_amount, read_counted
from memory_chain.dates.calendar import days_from, months_from, moved, season_in, shift
from memory_chain.dates.days import weekday_at
from memory_chain.dates.moments import DAY, WEEK
from memory_chain.dates.picking import pick, pick_weekday, pick_weekend
from memory_chain.dates.point import read_point
from memory_chain.dates.relative import stretch
from memory_chain.dates.resolvers import Found, Frame, When
from memory_chain.dates.tokens import Text
from memory_chain.dates.vocabulary import DAY_PLURALS, SEASON_PLURALS, STOPS
from memory_chain.types import Precision


def ago(t: Text, i: int, depth: int) -> Found | None:
    """An amount from now or from a time: "two weeks ago", "a year ago today", "two days before Christmas"."""
    counted = read_counted(t, i)
    if counted is None:
        return _times_ago(t, i)
    stop, word = counted.stop, t.word(counted.stop)
    if word == "ago" or (word == "back" and t.word(stop + 1) not in ("in", "to", "at", "from", "then", "into")):
        return _ago_on(t, counted) or Found(stop + 1, partial(_away, counted, -1), "part")
    if counted.unit == "weekend":
        return None
    if word == "from" and t.word(stop + 1) in ("now", "today"):
        return Found(stop + 2, partial(_away, counted, 1), "part")
    if word in ("later", "earlier"):
        return Found(stop + 1, partial(_anchored, counted, 1 if word == "later" else -1), "part")
    return _offset(t, counted, depth) if word in ("before", "after", "from", "on") else None


def _away(counted: Counted, sign: int, frame: Frame) -> When | None:
    """So many units before or after now."""
    if counted.unit == "weekend":
        nearest = pick_weekend(sign, frame).start
        return days_from(nearest + sign * (int(counted.amount.low) - 1) * WEEK, 2)
    return moved(frame.now, counted.unit, counted.amount, sign)


def _times_ago(t: Text, i: int) -> Found | None:
    """Counted weekdays and seasons: "two Fridays ago", "three summers ago"."""
    amount = read_amount(t, i)
    if amount is None or t.word(amount.stop + 1) != "ago":
        return None
    weekday, season = DAY_PLURALS.get(t.word(amount.stop)), SEASON_PLURALS.get(t.word(amount.stop))
    back = int(amount.low) - 1
    if weekday is not None:
        day = weekday
        return Found(amount.stop + 2, lambda frame: days_from(pick_weekday(day, -1, frame).start - back * WEEK), "day")
    if season is None:
        return None
    month = season

    def resolve(frame: Frame) -> When | None:
        last = pick(season_in(month), -1, frame)
        return months_from(last.start.year - back, month, 3) if last else None

    return Found(amount.stop + 2, resolve, "season")


def _ago_on(t: Text, counted: Counted) -> Found | None:
    """With the day told too: "a week ago Friday", "a year ago today", "two weeks ago on Sunday"."""
    j, unit, low = counted.stop + 1, counted.unit, counted.amount.low
    offset = {"today": 0, "yesterday": -1}.get(t.word(j))
    if offset is not None:
        days = offset
        return Found(j + 1, lambda frame: days_from(shift(frame.now + days * DAY, unit, -low)), "day")
    place = j + 1 if t.word(j) in ("on", "this", "last") else j
    weekday = weekday_at(t, place, cued=place > j)
    if weekday is None or unit not in ("week", "fortnight"):
        return None
    number = weekday
    return Found(place + 1, lambda frame: days_from(shift(pick_weekday(number, -1, frame).start, unit, -low)), "day")


def _anchored(counted: Counted, sign: int, frame: Frame) -> When | None:
    """ "two weeks later" counts from the time told before; without one only a plan can be placed."""
    if frame.anchor:
        return moved(frame.anchor.start, counted.unit, counted.amount, sign)
    return _away(counted, sign, frame) if sign > 0 and frame.way > 0 else None


def _offset(t: Text, counted: Counted, depth: int) -> Found | None:
    """From a time: "two weeks before Christmas", "three days after 5 May", "a week from Friday"."""
    side, unit = t.word(counted.stop), counted.unit
    if side == "on" and unit != "week":
        return None
    point = read_point(t, counted.stop + 1, depth + 1)
    if point is None or point.family in ("clock", "part"):
        return None
    ahead, sign = side in ("from", "on"), -1 if side == "before" else 1

    def resolve(frame: Frame) -> When | None:
        when = point.resolve(frame.seen_from(frame.now, 1) if ahead else frame)
        if when is None:
            return None
        base = when.start if sign < 0 or when.precision is Precision.DAY else when.end
        if ahead and unit in ("week", "fortnight"):
            return days_from(shift(base, unit, counted.amount.low))
        return moved(base, unit, counted.amount, sign)

    return Found(point.stop, resolve, "part", point.fixed)


def in_units(t: Text, i: int, depth: int) -> Found | None:
    """When a plan comes: "in two weeks". "I read it in two days" tells how long, not when."""
    place = i + 2 if t.word(i + 1) in ("about", "around", "like", "just") else i + 1
    counted = read_counted(t, place)
    if counted is None or t.word(i - 1) in ("once", "twice", "times") or t.phrase(counted.stop, "in", "a", "row"):
        return None
    if t.word(place) in ("a", "an") and counted.unit in ("second", "minute"):
        return None  # a manner of speaking
    told = counted
    return Found(told.stop, lambda frame: _away(told, 1, frame) if frame.way >= 0 else None, "part")


def for_units(t: Text, i: int, depth: int) -> Found | None:
    """What still lasts: "I have lived here for three years"."""
    counted = read_counted(t, i + 1)
    if counted is None or not _is_perfect(t, i):
        return None
    return Found(counted.stop, partial(stretch, counted.unit, counted.amount, -1), "range")


def _is_perfect(t: Text, i: int) -> bool:
    """Does a present perfect stand before this place in its clause?"""
    for j in range(i - 1, max(-1, i - 12), -1):
        word = t.word(j)
        if word in STOPS:
            return False
        if word in ("have", "has", "haven't", "hasn't") or word.endswith("'ve") or t.phrase(j, "'s", "been"):
            return True
    return False
