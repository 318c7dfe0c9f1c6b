"""Which one is meant: the last, this, the next or the fitting weekday, week, month or season."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from memory_chain.dates.calendar import days_from, monday, months_from, years_from
from memory_chain.dates.moments import DAY, WEEK
from memory_chain.dates.resolvers import Frame, When
from memory_chain.types import Precision


def built(build: Callable[[int], When], numbers: Iterable[int]) -> Iterator[When]:
    """What comes once a year (or month), for those that have it: 29 February, the 31st."""
    for number in numbers:
        try:
            yield build(number)
        except ValueError:
            continue


def pick(build: Callable[[int], When], which: int | None, frame: Frame) -> When | None:
    """The last (-1), this (0), next (1, 2) or fitting (None) one of what comes once a year."""
    now, year = frame.now, frame.now.year
    back, ahead = range(year, year - 9, -1), range(year - 1, year + 9)
    if which == -1:
        return next((when for when in built(build, back) if when.end <= frame.today), None)
    if which:
        return next((when for when in built(build, ahead) if when.start > now), None)
    for when in built(build, (year, year - 1)):
        if when.start <= now < when.end:
            return when
    if frame.way < 0:
        return next((when for when in built(build, back) if when.start <= now), None)
    if frame.way > 0:
        return next((when for when in built(build, ahead) if when.end > now), None)
    if which == 0:
        return next(built(build, (year, *ahead)), None)
    return min(built(build, (year - 1, year, year + 1)), key=lambda when: abs(when.start - now), default=None)


def pick_weekday(weekday: int, which: int | None, frame: Frame) -> When:
    """The last (-1), this (0), next week's (1), coming (2) or fitting (None) one."""
    today = frame.today
    last = today - ((today.weekday() - weekday) % 7 or 7) * DAY
    coming = today + ((weekday - today.weekday()) % 7 or 7) * DAY
    if which == -1:
        return days_from(last)
    if which == 1:
        return days_from(monday(today) + WEEK + weekday * DAY)
    if which == 2:
        return days_from(coming)
    if which == 0 and today.weekday() == weekday:
        return days_from(today)
    if which == 0 and frame.way == 0:
        return days_from(monday(today) + weekday * DAY)
    return days_from(coming if frame.way > 0 else last)


def pick_weekend(which: int | None, frame: Frame) -> When:
    """The last (-1), this (0), next (1), coming (2) or fitting (None) weekend."""
    saturday = monday(frame.today) + 5 * DAY
    on_it = frame.today >= saturday
    if not which:
        which = 0 if on_it else (-1 if frame.way < 0 else 2)
    weeks = int(on_it) if which == 2 else which
    return days_from(saturday + weeks * WEEK, 2)


def pick_unit(unit: str, which: int, frame: Frame) -> When | None:
    """The last (-1), this (0) or next (1, 2) week, weekend, month, quarter, year or decade."""
    step, year, month = min(which, 1), frame.now.year, frame.now.month
    if unit == "weekend":
        return pick_weekend(which, frame)
    if unit == "week":
        return days_from(monday(frame.today) + step * WEEK, 7, Precision.WEEK)
    if unit == "fortnight":
        return days_from(monday(frame.today) + (1 if step > 0 else 2 * step) * WEEK, 14)
    if unit == "month":
        return months_from(year, month + step)
    if unit == "quarter":
        return months_from(year, (month - 1) // 3 * 3 + 1 + 3 * step, 3)
    if unit == "year":
        return years_from(year + step)
    return years_from(year // 10 * 10 + 10 * step, 10) if unit == "decade" else None
