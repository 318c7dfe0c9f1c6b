"""Times for messages: published where there are any, made up where there are none; always in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from memory_chain.evaluation.records import TURN_SECONDS

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
"""When the first of several sessions without dates takes place; each of the others is a day later."""

_TURN = timedelta(seconds=TURN_SECONDS)


def session_day(place: int) -> datetime:
    """The day of a session without a date, counted from 0."""
    return FIRST_DAY + timedelta(days=place)


def turn_times(start: datetime, count: int, *, after: datetime | None = None) -> list[datetime]:
    """The times of a session's turns: `TURN_SECONDS` apart from its start on.

    A session that starts before the one before it has ended (dates are told to the minute) begins a turn after it.
    """
    first = start if after is None else max(start, after + _TURN)
    return [first + _TURN * place for place in range(count)]


def in_order(times: list[datetime]) -> list[datetime]:
    """The times, each at least a millisecond later than the one before."""
    ordered: list[datetime] = []
    for moment in times:
        ordered.append(max(moment, ordered[-1] + timedelta(milliseconds=1)) if ordered else moment)
    return ordered
