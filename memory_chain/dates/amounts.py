"""Small words inside of expressions: amounts, amounts with their unit, and the year that follows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from memory_chain.dates.calendar import Amount
from memory_chain.dates.moments import FIRST_YEAR, LAST_YEAR
from memory_chain.dates.picking import pick
from memory_chain.dates.resolvers import Found, When
from memory_chain.dates.tokens import Text
from memory_chain.dates.vocabulary import DASHES, MEASURES, NUMBERS, QUOTES, UNITS, VAGUE_NUMBERS, WHICH


def read_amount(t: Text, i: int) -> Amount | None:
    """How many: "3", "three", "a couple of", "a few", "half a", "2-3", "two or three", "one and a half"."""
    word, after = t.word(i), t.word(i + 1)
    if word == "half":
        return Amount(i + 2, 0.5, 0.5) if after in ("a", "an") else None
    start = i + 1 if word in ("a", "an") else i
    vague = VAGUE_NUMBERS.get(t.word(start))
    if vague:
        return Amount(start + 2 if t.word(start + 1) == "of" else start + 1, *vague)
    low = _number(t, i)
    if low is None:
        return None
    if t.phrase(i + 1, "and", "a", "half"):
        return Amount(i + 4, low + 0.5, low + 0.5)
    if after == "." and t.glued(i + 1) and t.word(i + 2) == "5" and t.glued(i + 2):
        return Amount(i + 3, low + 0.5, low + 0.5)
    high = _number(t, i + 2) if after in ("or", "to") or after in DASHES else None
    return Amount(i + 3, low, high) if high and high > low else Amount(i + 1, low, low)


def _number(t: Text, i: int) -> int | None:
    return NUMBERS.get(t.word(i)) or t.number(i) or None


class Counted(NamedTuple):
    """An amount with its unit: "three weeks"."""

    stop: int
    unit: str
    amount: Amount


def read_counted(t: Text, i: int) -> Counted | None:
    """An amount with the unit after it: "three weeks", "two and a half years"."""
    amount = read_amount(t, i)
    if amount is None:
        return None
    place = amount.stop + 1 if t.word(amount.stop) in ("whole", "full", "more", "short", "long") else amount.stop
    word = t.word(place)
    unit = UNITS.get(word)
    if unit is None or (amount.high > 1 and word == unit):
        return None
    stop = place + 1
    if t.word(stop) in ("'s", "'") and t.word(stop + 1) == "time":
        stop += 2
    if t.phrase(stop, "and", "a", "half"):
        stop, amount = stop + 3, Amount(stop, amount.low + 0.5, amount.high + 0.5)
    return Counted(stop, unit, amount)


def year_number(t: Text, i: int) -> tuple[int, int] | None:
    """A year in four digits, or two after an apostrophe, with the token after it; -1 for one out of range."""
    if t.word(i) in QUOTES and len(t.word(i + 1)) == 2 and t.glued(i + 1):
        short = t.number(i + 1)
        return None if short is None else (i + 2, short + (1900 if short > 40 else 2000))
    year = t.number(i)
    if year is None or len(t.word(i)) != 4 or t.word(i + 1) in MEASURES:
        return None
    return i + 1, year if FIRST_YEAR <= year <= LAST_YEAR else -1


class _YearTail(NamedTuple):
    """A year after a month, season or holiday: told (-1: out of range), or a step from the current one."""

    stop: int
    year: int | None
    step: int = 0


def year_tail(t: Text, i: int) -> _YearTail | None:
    """The year that follows: "2023", ", 2023", "of last year"."""
    j = i + 1 if t.word(i) == "," else i
    j = j + 1 if t.word(j) in ("of", "in") else j
    if t.word(j) in ("last", "this", "next") and t.word(j + 1) == "year":
        return _YearTail(j + 2, None, WHICH[t.word(j)])
    told = year_number(t, j)
    return _YearTail(*told) if told else None


def yearly(t: Text, stop: int, build: Callable[[int], When], family: str, *, cued: bool) -> Found | None:
    """What comes once a year, with its year if one follows; without one it needs a cue."""
    tail = year_tail(t, stop)
    if tail is None:
        return Found(stop, partial(pick, build, None), family) if cued else None
    year, step = tail.year, tail.step
    if year is None:
        return Found(tail.stop, lambda frame: build(frame.now.year + step), family)
    return Found(tail.stop, lambda frame: build(year), family, fixed=True) if year > 0 else None
