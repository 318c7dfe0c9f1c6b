"""Times on the command line: ISO 8601; without a zone they are UTC, and a date alone is a whole day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import typer

EXAMPLES = "Write for example 2024-05-03, 2024-05-03T18:30 or 2024-05-03T18:30:00+02:00."


def moment(given: str) -> datetime:
    """A point in time; a date alone is its beginning."""
    day = _day(given)
    return _beginning(day) if day else _moment(given)


def end(given: str) -> datetime:
    """The end of a stretch, exclusive; a date alone counts to its end."""
    day = _day(given)
    return _beginning(day) + timedelta(days=1) if day else _moment(given)


def known_at(given: str) -> datetime:
    """A point from which to look back; a date alone is its last instant."""
    day = _day(given)
    return end(given) - timedelta(microseconds=1) if day else _moment(given)


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        return None


def _beginning(day: date) -> datetime:
    if day.year >= 9999:
        raise typer.BadParameter(f"{day} is too far ahead. {EXAMPLES}")
    return datetime.combine(day, time(), UTC)


def _moment(given: str) -> datetime:
    try:
        found = datetime.fromisoformat(given.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{given!r} is no ISO 8601 time. {EXAMPLES}") from None
