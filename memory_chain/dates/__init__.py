"""When did it happen? A small English grammar that reads time expressions as intervals. Pure.

A text is cut into tokens once. At each token that can begin a time expression the small parsers of this package
are tried, and the longest reading wins. A parser only reads words: it gives back where the expression stops and a
*resolver*, a function that places the expression on the calendar later, when the moment of speaking and the
direction (past or future) are known. So in "from May to July 2023" May can borrow its year from July.

Conventions: weeks run from Monday; "last Friday" is the latest Friday before today, "next Friday" the one of
the next calendar week; seasons are those of the northern hemisphere, and "winter 2022" begins in December
2022; an early, middle or late part is a third; "a few" is two to five, "several" three to eight.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from memory_chain.dates.naming import describe
from memory_chain.dates.spans import Prefer, TimeSpan, place_all
from memory_chain.types import Interval, Precision

__all__ = ["Interval", "Precision", "TimeSpan", "describe", "find_times", "query_interval"]


def find_times(
    text: str,
    said_at: datetime,
    *,
    zone: tzinfo = UTC,
    prefer: Prefer = "auto",
    day_first: bool | None = None,
) -> list[TimeSpan]:
    """The time expressions of a text, in order, not overlapping, placed on the calendar. Linear time.

    Args:
        text: any text; code between backticks is not read.
        said_at: when it was said, aware. Relative expressions count from here.
        zone: where the speaker is: "today" is today there. Intervals are in UTC all the same.
        prefer: which way an expression without a year looks ("on Friday", "in March"); `auto` reads it
            from the verbs around it.
        day_first: how to read 05/06/2023. None leaves such a date out unless only one reading is possible.

    Raises:
        InvalidInputError: `said_at` has no time zone.
    """
    return [each.span for each in place_all(text, said_at, zone, prefer, day_first, asking=False)]


def query_interval(query: str, now: datetime, *, zone: tzinfo = UTC) -> Interval | None:
    """The time that a question asks about, or None.

    Times with their year told win over relative ones; several give the stretch from the first to the last.
    Expressions look back unless the question clearly looks forward ("what will I do on Friday?").
    "before June" begins in 1900; "after June" ends at `now`, or in 2201 if June is still to come.

    Raises:
        InvalidInputError: `now` has no time zone.
    """
    found = place_all(query, now, zone, "auto", None, asking=True)
    told = [each.span.interval for each in found if each.fixed and each.span.interval]
    told = told or [each.span.interval for each in found if each.span.interval]
    if len(told) < 2:
        return told[0] if told else None
    start, end = min(each.start for each in told), max(each.end for each in told)
    return Interval(start=start, end=end, precision=Precision.RANGE)
