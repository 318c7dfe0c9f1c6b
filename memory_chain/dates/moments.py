"""Moments without a zone: the ends of the calendar, units of time, midnights and months."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

FIRST_YEAR, LAST_YEAR = 1900, 2200
FLOOR = datetime(FIRST_YEAR, 1, 1)
CEILING = datetime(LAST_YEAR + 1, 1, 1)
"""Where an interval ends that is open on one side, as in "before June"."""

MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def midnight(moment: datetime) -> datetime:
    """The start of the day that holds a moment."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def naive(moment: datetime, zone: tzinfo) -> datetime:
    """A moment as the clocks of a zone show it, without the zone."""
    try:
        return moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:  # the first or last day of the calendar
        return moment.replace(tzinfo=None)


def month_start(year: int, month: int) -> datetime:
    """The first of a month; month 13 is January of the next year, and so on."""
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def month_count(start: datetime, end: datetime) -> int:
    """How many months lie between two moments, by their names alone."""
    return (end.year - start.year) * 12 + end.month - start.month
