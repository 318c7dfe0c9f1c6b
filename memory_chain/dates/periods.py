"""Parsers of weekends, seasons, quarters, years and decades."""

from __future__ import annotations

from functools import partial

from memory_chain.dates.amounts import year_number, yearly
from memory_chain.dates.calendar import months_from, quarter_in, season_in, years_from
from memory_chain.dates.moments import FIRST_YEAR, LAST_YEAR
from memory_chain.dates.picking import pick_unit, pick_weekend
from memory_chain.dates.resolvers import Found, Frame, When
from memory_chain.dates.tokens import Text
from memory_chain.dates.vocabulary import DASHES, DECADES, QUOTES, SEASON_CUES, SEASONS, WEEKEND_CUES, YEAR_CUES, words


def weekend(t: Text, i: int, depth: int) -> Found | None:
    """The weekend without a word for which one: "over the weekend", "for the weekend"."""
    if t.word(i - 1) != "the" or not (depth or t.cue(i) in WEEKEND_CUES):
        return None
    return Found(i + 1, partial(pick_weekend, None), "weekend")


def this_unit(t: Text, i: int, depth: int) -> Found | None:
    """The current month, but only inside "the end of the month"."""
    unit = t.word(i)
    if not depth or t.word(i - 1) != "the" or t.word(i - 2) != "of":
        return None
    return Found(i + 1, partial(pick_unit, unit, 0), unit)


def season(t: Text, i: int, depth: int) -> Found | None:
    """A season: "summer 2022", "in the summer", "the summer of last year"."""
    word, after = t.word(i), t.word(i + 1)
    cued = t.cue(i) in SEASON_CUES or (bool(depth) and word in ("summer", "winter", "autumn"))
    if after in words("job camp school internship time olympics course jobs camps coat clothes sports"):
        cued = False
    return yearly(t, i + 1, season_in(SEASONS[word]), "season", cued=cued)


def quarter(t: Text, i: int, depth: int) -> Found | None:
    """A quarter: "Q3 2023", "in Q1"."""
    number = t.number(i + 1, 1)
    if not number or number > 4 or not t.glued(i + 1):
        return None
    cued = bool(depth) or t.word(i - 1) in SEASON_CUES
    return yearly(t, i + 2, quarter_in(number), "quarter", cued=cued)


def read_year(t: Text, i: int, depth: int) -> Found | None:
    """A year after a word that asks for one ("in 2019"), "2023-05", "2019–2021"."""
    told = year_number(t, i)
    if told is None or told[1] < 0:
        return None
    stop, year = told
    dash = t.word(stop) in DASHES and t.glued(stop) and t.glued(stop + 1)
    if dash and t.is_number(stop + 1) and len(t.word(stop + 1)) == 2:
        month = int(t.word(stop + 1))
        return Found(stop + 2, lambda frame: months_from(year, month), "month", fixed=True) if month <= 12 else None
    until = year_number(t, stop + 1) if t.word(stop) in DASHES else None
    cued = depth or t.cue(i) in YEAR_CUES or t.phrase(i - 2, "the", "year") or (until and until[1] > year)
    if not cued and not (t.word(i - 1) == "(" and t.word(stop) == ")"):
        return None
    return Found(stop, lambda frame: years_from(year), "year", fixed=True)


def bare_year(t: Text, i: int) -> Found | None:
    """A year without any cue, as people put it into a question."""
    told = year_number(t, i)
    if told is None or told[1] < 0:
        return None
    stop, year = told
    return Found(stop, lambda frame: years_from(year), "year", fixed=True)


def decade(t: Text, i: int, depth: int) -> Found | None:
    """A decade: "the 90s", "the '90s", "1980s", "the nineties"."""
    introduced = t.word(i - 1) in ("the", "early", "late", "mid") or t.word(i - 1) in DASHES
    start = DECADES.get(t.word(i))
    if start:
        return Found(i + 1, partial(_decade_of, start), "decade", fixed=True) if introduced else None
    j = i + 1 if t.word(i) in QUOTES else i
    number = t.number(j)
    if number is None or number % 10 or t.word(j + 1) not in ("s", "'s") or not t.glued(j + 1):
        return None
    if len(t.word(j)) == 4 and FIRST_YEAR <= number < LAST_YEAR:
        return Found(j + 2, partial(_decade_of, number), "decade", fixed=True)
    if len(t.word(j)) == 2 and introduced and (number >= 50 or j > i):
        return Found(j + 2, partial(_decade_of, 1900 + number), "decade", fixed=True)
    return None


def _decade_of(start: int, frame: Frame) -> When:
    return years_from(start, 10)
