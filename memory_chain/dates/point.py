"""The longest point in time at a place, for expressions that hold another one."""

from __future__ import annotations

from memory_chain.dates.clock import with_time
from memory_chain.dates.resolvers import MAX_DEPTH, Found
from memory_chain.dates.tokens import Text, longest


def read_point(t: Text, i: int, depth: int) -> Found | None:
    """The longest point in time that begins here, with its time of the day."""
    if depth > MAX_DEPTH:
        return None
    if t.word(i) == "the":
        i += 1
    found = longest(t, i, depth, t.parsers(i))
    return with_time(t, found) if found and found.family in ("day", "night") else found
