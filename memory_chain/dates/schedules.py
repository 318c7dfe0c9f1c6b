"""Parsers of schedules: "every Tuesday", "on Mondays", "twice a week". They have no place on the calendar."""

from __future__ import annotations

from collections.abc import Container

from memory_chain.dates.amounts import read_counted
from memory_chain.dates.clock import with_time
from memory_chain.dates.holidays import holiday_at
from memory_chain.dates.naming import PARTS
from memory_chain.dates.resolvers import Found, Frame, When
from memory_chain.dates.tokens import Text
from memory_chain.dates.vocabulary import DAY_PLURALS, FULL_MONTHS, PART_PLURALS, SEASONS, UNITS, WEEKDAYS


def _never(frame: Frame) -> When | None:
    return None


def every(t: Text, i: int, depth: int) -> Found | None:
    """A cycle: "every Tuesday and Friday", "each morning", "every two weeks", "every Sunday at 7pm"."""
    place = i + 2 if t.word(i + 1) in ("single", "other", "second", "third", "few", "couple") else i + 1
    counted = read_counted(t, place) if t.word(place) not in ("a", "an") else None
    stop = counted.stop if counted else place + 1 if _is_cycle(t, place) else 0
    if not stop:
        return None
    stop = _after_list(t, stop, WEEKDAYS)
    return Found(with_time(t, Found(stop, _never, "day")).stop, _never, "schedule")


def _is_cycle(t: Text, i: int) -> bool:
    word = t.word(i)
    if word in ("second", "minute"):
        return False
    if word in WEEKDAYS or word in PARTS or word in SEASONS or word in FULL_MONTHS:
        return True
    return (
        UNITS.get(word, "") == word != ""
        or word in ("days", "weeks", "months", "years", "weekday")
        or bool(holiday_at(t, i))
    )


def plural_days(t: Text, i: int, depth: int) -> Found | None:
    """A plural: "on Mondays", "Tuesdays and Thursdays", "weekends", "weekdays"."""
    return Found(_after_list(t, i + 1, DAY_PLURALS), _never, "schedule")


def _after_list(t: Text, i: int, words: Container[str]) -> int:
    """The token after up to six more of the words, joined by commas, "and" or "or"."""
    for _ in range(6):
        place = i + 2 if t.word(i) == "," and t.word(i + 1) in ("and", "or") else i + 1
        if t.word(i) not in ("and", ",", "or") or t.word(place) not in words:
            break
        i = place + 1
    return i


def plural_parts(t: Text, i: int, depth: int) -> Found | None:
    """A plural that needs a cue: "in the mornings", "most evenings", "most days", "on weekends"."""
    word, cue = t.word(i), t.cue(i)
    cues = ("most", "some") if word == "days" else ("on", "in", "at", "most", "some", "these")
    return Found(i + 1, _never, "schedule") if cue in cues else None


def weekday_parts(t: Text, i: int, depth: int) -> Found | None:
    """ "Friday nights", "Saturday mornings"."""
    return Found(i + 2, _never, "schedule") if t.word(i + 1) in PART_PLURALS else None


def cycle_word(t: Text, i: int, depth: int) -> Found | None:
    """ "daily", "weekly"."""
    return Found(i + 1, _never, "schedule")


def times_a(t: Text, i: int, depth: int) -> Found | None:
    """So often: "once a week", "three times a month", "twice per year"."""
    j = i + 1 if t.word(i) in ("once", "twice") else i + 2
    if j == i + 2 and t.word(i + 1) not in ("times", "days", "nights", "hours"):
        return None
    unit = UNITS.get(t.word(j + 1))
    if t.word(j) not in ("a", "an", "per", "each", "every") or unit in (None, "second", "minute"):
        return None
    return Found(j + 2, _never, "schedule") if t.word(j + 2) not in ("ago", "from") else None
