"""Stretches of the calendar: days, months and years, moving by amounts, parts and neighbours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from memory_chain.dates.moments import DAY, HOUR, MINUTE, WEEK, midnight, month_count, month_start
from memory_chain.dates.naming import PARTS
from memory_chain.dates.resolvers import When
from memory_chain.dates.vocabulary import CLOCK_UNITS, FULL_DAYS
from memory_chain.types import Precision


def days_from(first: datetime, count: int = 1, precision: Precision | None = None) -> When:
    """A number of whole days, from the one that holds a moment."""
    start = midnight(first)
    return When(start, start + count * DAY, precision or (Precision.DAY if count == 1 else Precision.RANGE))


def monday(day: datetime) -> datetime:
    """The start of the week that holds a day."""
    return midnight(day) - day.weekday() * DAY


def months_from(year: int, month: int, count: int = 1) -> When:
    """A number of whole months."""
    precision = {1: Precision.MONTH, 12: Precision.YEAR}.get(count, Precision.RANGE)
    return When(month_start(year, month), month_start(year, month + count), precision)


def years_from(year: int, count: int = 1) -> When:
    """A number of whole years."""
    return months_from(year, 1, 12 * count)


def part_of_day(day: datetime, part: str) -> When:
    """The morning, afternoon, evening or night of a day."""
    first, last = PARTS[part]
    return When(midnight(day) + first * HOUR, midnight(day) + last * HOUR, Precision.INSTANT)


def shift(moment: datetime, unit: str, amount: float) -> datetime:
    """Move by an amount of units; months keep the day where they can."""
    months = {"month": 1, "quarter": 3, "year": 12, "decade": 120}.get(unit)
    if months is None:
        step = {"second": timedelta(seconds=1), "minute": MINUTE, "hour": HOUR, "fortnight": 2 * WEEK}
        return moment + amount * step.get(unit, DAY if unit in ("day", "night") else WEEK)
    whole, rest = divmod(months * amount, 1)
    first = month_start(moment.year, moment.month + int(whole))
    last_day = (month_start(first.year, first.month + 1) - DAY).day
    return moment.replace(year=first.year, month=first.month, day=min(moment.day, last_day)) + 30 * rest * DAY


def _floor(moment: datetime, unit: str) -> datetime:
    """The start of the day, month or year in which a vague amount of units begins."""
    if unit in CLOCK_UNITS:
        return moment
    if unit in ("year", "decade"):
        return datetime(moment.year, 1, 1)
    return midnight(moment).replace(day=1) if unit in ("month", "quarter") else midnight(moment)


def _unit_around(moment: datetime, unit: str) -> When:
    """The stretch that "three units ago" means, when the exact count leads to this moment."""
    if unit in CLOCK_UNITS:
        start = moment.replace(second=0, microsecond=0)
        return When(start, start + MINUTE, Precision.INSTANT)
    if unit in ("week", "fortnight"):
        return days_from(moment - 3 * DAY, 7, Precision.WEEK)
    if unit in ("month", "quarter"):
        return months_from(moment.year, moment.month)
    if unit == "year":
        return years_from(moment.year)
    return years_from(moment.year - 2, 5) if unit == "decade" else days_from(moment)


class Amount(NamedTuple):
    """How many: from `low` to `high` units ("two", "a few", "2-3")."""

    stop: int
    low: float
    high: float


def moved(base: datetime, unit: str, amount: Amount, sign: int) -> When:
    """The stretch that lies an amount of units before (-1) or after (1) a moment."""
    near, far = (shift(base, unit, sign * count) for count in (amount.low, amount.high))
    if near == far:
        finer = {"year": "month", "month": "day", "week": "day", "day": "hour"}.get(unit, unit)
        return _unit_around(near, finer if amount.low % 1 else unit)
    start, last = _floor(min(near, far), unit), _floor(max(near, far), unit)
    if unit in CLOCK_UNITS:
        return When(start, last, Precision.INSTANT)
    step = {"month": "month", "quarter": "month", "year": "year", "decade": "year"}.get(unit, "day")
    return When(start, shift(last, step, 1), Precision.RANGE)


def month_in(month: int) -> Callable[[int], When]:
    """The month of any year."""
    return lambda year: months_from(year, month)


def season_in(month: int) -> Callable[[int], When]:
    """The season of any year, by the month in which it begins."""
    return lambda year: months_from(year, month, 3)


def quarter_in(number: int) -> Callable[[int], When]:
    """The quarter of any year."""
    return lambda year: months_from(year, 3 * number - 2, 3)


def days_in(month: int, first: int, last: int) -> Callable[[int], When]:
    """From the first to the last day of a month, both included."""

    def build(year: int) -> When:
        start, end = datetime(year, month, first), datetime(year, month, last)
        return days_from(start, (end - start).days + 1)

    return build


def third(when: When, part: int, *, narrow: bool) -> When:
    """The early (0), middle (1) or late (2) part; `narrow`: the very beginning or end of a year."""
    start, end = when.start, when.end
    months = month_count(start, end)
    if months == 1:
        edges = [start, start + 10 * DAY, start + 20 * DAY, end]
    elif months >= 3:
        width = months / 6 if narrow and part != 1 and months >= 12 else months / 3
        cuts = (0, round(width), months - round(width), months)
        edges = [month_start(start.year, start.month + cut) for cut in cuts]
    else:
        edges = [start + round((end - start).days * cut / 3) * DAY for cut in range(4)]
    return When(edges[part], edges[part + 1], Precision.RANGE)


def nth_of(whole: When, what: str, nth: int, amount: int) -> When | None:
    """The nth week, weekend, weekday, day, month, quarter or half of a stretch; -1 is the last."""
    start, end = whole.start, whole.end
    if what in FULL_DAYS or what == "weekend":
        weekday = FULL_DAYS.get(what, 5)
        first = start + ((weekday - start.weekday()) % 7) * DAY
        last = end - ((end.weekday() - weekday - 1) % 7 + 1) * DAY
        day = last if nth < 0 else first + (nth - 1) * WEEK
        return days_from(day, 2 if what == "weekend" else 1) if start <= day < end else None
    if what in ("day", "night", "week"):
        days = amount * (7 if what == "week" else 1)
        first = end - days * DAY if nth < 0 else start + (nth - 1) * days * DAY
        return days_from(first, days, Precision.WEEK if days == 7 else None) if start <= first < end else None
    months = month_count(start, end)
    size = {"month": 1, "quarter": 3, "half": months // 2, "year": 12}[what] * amount
    offset = months - size if nth < 0 else (nth - 1) * size
    if not 0 < size <= months or offset + size > months:
        return None
    return months_from(start.year, start.month + offset, size)


def neighbour(when: When, what: str, sign: int) -> When:
    """The day, week, weekday … that lies directly before (-1) or after (1) a time."""
    edge = midnight(when.start) if sign < 0 else midnight(when.end - timedelta(microseconds=1)) + DAY
    if what in FULL_DAYS or what == "weekend":
        weekday, length = (FULL_DAYS[what], 1) if what in FULL_DAYS else (5, 2)
        if sign > 0:
            return days_from(edge + ((weekday - edge.weekday()) % 7) * DAY, length)
        last = edge - length * DAY
        return days_from(last - ((last.weekday() - weekday) % 7) * DAY, length)
    if what == "night":
        return part_of_day(edge - DAY if sign < 0 else edge, "night")
    if what in ("month", "year"):
        inside = when.start if sign < 0 else when.end - MINUTE
        near = shift(inside.replace(day=1), what, sign)
        return months_from(near.year, near.month) if what == "month" else years_from(near.year)
    days = {"week": 7, "fortnight": 14}.get(what, 1)
    return days_from(edge - days * DAY if sign < 0 else edge, days, Precision.WEEK if days == 7 else None)
