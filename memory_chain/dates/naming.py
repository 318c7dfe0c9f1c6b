"""A short form of an interval for people, and the names of months, seasons and parts of the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from memory_chain.dates.moments import CEILING, DAY, FLOOR, midnight, month_count, naive
from memory_chain.types import Interval, Precision


def describe(interval: Interval, *, zone: tzinfo = UTC) -> str:
    """A short form for people: "8 March 2024", "summer 2023", "the week of 4 March 2024", "8–10 March 2024".

    Days and hours are those of `zone`; never raises.
    """
    start, end = (naive(moment, zone) for moment in (interval.start, interval.end))
    if interval.precision is Precision.RANGE and start < FLOOR + DAY:
        return f"before {_name_day(end)}"
    if interval.precision is Precision.RANGE and end > CEILING - DAY:
        return f"after {_name_day(start - DAY)}"
    if end - start < DAY:
        return _name_hours(start, end)
    whole_days = start == midnight(start) and end == midnight(end)
    if interval.precision is Precision.WEEK and whole_days:
        return f"the week of {_name_day(start)}"
    if whole_days and start.day == end.day == 1:
        return _name_months(start, end)
    return _name_days(start, end - timedelta(microseconds=1))


MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SEASON_STARTS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
_SEASON_OF_MONTH = {month: name for name, month in SEASON_STARTS.items()}
PARTS = {"morning": (5, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 30)}
"""Hours of the day; a night ends at 6 on the next one."""
PART_OF_HOURS = {(first, last % 24): name for name, (first, last) in PARTS.items()}


def _name_day(day: datetime) -> str:
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def _name_hours(start: datetime, end: datetime) -> str:
    part = PART_OF_HOURS.get((start.hour, end.hour))
    if part and start.minute == end.minute == 0:
        return f"the {part} of {_name_day(start)}"
    return f"{_name_day(start)}, {start:%H:%M}"


def _name_months(start: datetime, end: datetime) -> str:
    last = end - DAY
    count = month_count(start, end)
    if count % 12 == 0 and start.month == 1:
        if count == 120 and start.year % 10 == 0:
            return f"the {start.year}s"
        return f"{start.year}" if count == 12 else f"{start.year}–{last.year}"
    if count == 3 and start.month in _SEASON_OF_MONTH:
        return f"{_SEASON_OF_MONTH[start.month]} {start.year}"
    first_name, last_name = MONTH_NAMES[start.month - 1], f"{MONTH_NAMES[last.month - 1]} {last.year}"
    if count == 1:
        return last_name
    return f"{first_name}–{last_name}" if start.year == last.year else f"{first_name} {start.year} – {last_name}"


def _name_days(first: datetime, last: datetime) -> str:
    if first.date() == last.date():
        return _name_day(first)
    if first.year != last.year:
        return f"{_name_day(first)} – {_name_day(last)}"
    if first.month != last.month:
        return f"{first.day} {MONTH_NAMES[first.month - 1]} – {_name_day(last)}"
    return f"{first.day}–{_name_day(last)}"
