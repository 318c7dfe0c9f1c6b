"""What a question asks for: its terms, whom and when it names, and what kind of answer it wants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Flag, auto

from memory_chain.retrieval.analysis import analyze, stem, words
from memory_chain.retrieval.wordtable import WordTable, word_table
from memory_chain.types import Interval

MAX_TERMS = 32
"""A longer query keeps its first terms (a pasted page is not a question)."""
EXPANSIONS = 12
"""How many near words of a term are looked at; those that the chain does not know are dropped later."""

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_NUMBER = {name: number for number, name in enumerate(MONTHS, 1)}
_MONTH = re.compile(r"\b(" + "|".join(MONTHS) + r")\b", re.IGNORECASE)
_DAY_MONTH = re.compile(
    r"\b(?P<d1>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<m1>" + "|".join(MONTHS) + r")\b"
    r"|\b(?P<m2>" + "|".join(MONTHS) + r") (?P<d2>\d{1,2})(?:st|nd|rd|th)?\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_IN_MAY = re.compile(r"\b(?:in|on|of|by|since|during|early|late|mid) may\b|\bmay,? (?:\d)|\d(?:st|nd|rd|th)? may\b")
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|myself)\b", re.IGNORECASE)


_SCAFFOLD_WEIGHT = 0.35
_SCAFFOLD_WORDS = """
    activity call certain current currently describe different done event example experience general
    give happen involve item kind many mention much often part particular purpose reason receive
    recent recently say several sort specific suggest tell thing time type use various way
"""
_SCAFFOLD = frozenset(stem(word) for word in _SCAFFOLD_WORDS.split())
"""Words that build a question and seldom stand in its answer."""


class Kind(Flag):
    """What an answer must hold. A question may be of several kinds."""

    NONE = 0
    WHEN = auto()
    WHERE = auto()
    WHO = auto()
    COUNT = auto()
    LIST = auto()


_KINDS = (
    (Kind.WHEN, re.compile(r"\bwhen\b|\bhow long\b|\b(?:what|which) (?:date|day|month|year|time|week)\b")),
    (
        Kind.WHERE,
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:city|country|place|state|area|town)\b|\b(?:places|cities|countries)\b"
        ),
    ),
    (Kind.WHO, re.compile(r"\bwho\b|\bwhose\b|\bwhom\b|\bnames?d?\b")),
    (Kind.COUNT, re.compile(r"\bhow (?:many|much|often|long|old)\b|\bnumber of\b")),
    (
        Kind.LIST,
        re.compile(
            r"^(?:what|which) \w+s\b|^(?:what|which) (?:kinds?|types?|are|are some)\b|\bboth\b"
            r"|\b(?:ways|things|items|activities|hobbies)\b|\b(?:has|have) \w+ \w+ed\b"
        ),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeHint:
    """A time that the query names without a relative word: any part may be missing."""

    months: frozenset[int] = frozenset()
    years: frozenset[int] = frozenset()
    days: frozenset[tuple[int, int]] = frozenset()
    """(month, day) pairs."""

    def __bool__(self) -> bool:
        return bool(self.months or self.years or self.days)


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A parsed query. It knows nothing of the chain yet: rarity comes with `Stats` when it is scored."""

    text: str
    terms: tuple[str, ...] = ()
    """Index terms, each once, in order; names of speakers and parts of dates left out."""
    weights: tuple[float, ...] = ()
    """How much each term tells, beside its rarity: 1, or less for a word that only builds the question."""
    expansions: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)
    """For a term, near terms with a similarity (0 to 1), the nearest first."""
    speakers: frozenset[str] = frozenset()
    """The speakers whom the query names; with "I" or "my" the asker."""
    kind: Kind = Kind.NONE
    date_terms: frozenset[str] = frozenset()
    """Terms that are only a part of a date ("march", "2023")."""
    time: TimeHint = TimeHint()
    interval: Interval | None = None
    """A time that the query names relative to now, resolved by the caller."""

    @property
    def counted(self) -> tuple[str, ...]:
        """The terms of which the ranking wants to know in how many messages they occur."""
        return (*self.terms, *sorted(self.date_terms.difference(self.terms)))


def parse_query(
    text: str,
    *,
    speakers: Iterable[str] = (),
    asker: str | None = None,
    interval: Interval | None = None,
    table: WordTable | None = None,
) -> Query:
    """Parse any text; an empty or unreadable one gives a query without terms.

    `speakers` are the names of the chain, `asker` the one who says "I". `table` replaces the shipped words.
    """
    named = _named(text, speakers)
    unsaid = named  # names that are no evidence: who is asked about speaks of "I"
    if asker is not None and _FIRST_PERSON.search(text):
        unsaid = {asker}  # but the asker calls others by their names ("how is Ana related to me?")
        named = named | unsaid
    time = _time_hint(text)
    date_terms = _date_terms(text, time)
    terms = _content(text, leave_out=_name_terms(unsaid) | date_terms)
    nearest = (table or word_table()).nearest
    lowered = text.lower()
    return Query(
        text=text,
        terms=terms,
        weights=tuple(_SCAFFOLD_WEIGHT if term in _SCAFFOLD else 1.0 for term in terms),
        expansions={term: near for term in terms if (near := nearest(term, EXPANSIONS))},
        speakers=frozenset(named),
        kind=_kind(lowered),
        date_terms=frozenset(date_terms),
        time=time,
        interval=interval,
    )


def _named(text: str, speakers: Iterable[str]) -> set[str]:
    """The speakers of whom a whole name, or the first name, stands in the text as words."""
    said = words(text)
    found = set()
    for speaker in speakers:
        name = words(speaker)
        if name and (_contains(said, name) or (len(name[0]) > 2 and name[0] in said)):
            found.add(speaker)
    return found


def _contains(said: Sequence[str], name: Sequence[str]) -> bool:
    return any(said[at : at + len(name)] == name for at in range(len(said) - len(name) + 1))


def _name_terms(named: Iterable[str]) -> set[str]:
    return {term for name in named for term in analyze(name)}


def _kind(lowered: str) -> Kind:
    kind = Kind.NONE
    for one, pattern in _KINDS:
        if pattern.search(lowered):
            kind |= one
    return kind


def _time_hint(text: str) -> TimeHint:
    months = {
        _MONTH_NUMBER[m.lower()]
        for m in _MONTH.findall(text)
        if m.lower() != "may" or m == "May" or _IN_MAY.search(text)
    }
    days = set()
    for match in _DAY_MONTH.finditer(text):
        month = _MONTH_NUMBER[(match["m1"] or match["m2"]).lower()]
        if month in months:
            days.add((month, int(match["d1"] or match["d2"])))
    years = frozenset(int(year) for year in _YEAR.findall(text))
    return TimeHint(months=frozenset(months), years=years, days=frozenset(days))


def _date_terms(text: str, time: TimeHint) -> set[str]:
    """Terms that are only a part of a date: the ranking compares dates, not their words."""
    parts = [str(year) for year in time.years]
    for match in _DAY_MONTH.finditer(text):
        parts += [match["d1"] or match["d2"]]
    parts += [MONTHS[month - 1] for month in time.months]
    return set(analyze(" ".join(parts))) if parts else set()


def _content(text: str, *, leave_out: set[str]) -> tuple[str, ...]:
    """The terms without `leave_out`, unless nothing would be left."""
    terms = dict.fromkeys(analyze(text))
    kept = [term for term in terms if term not in leave_out]
    return tuple(kept or terms)[:MAX_TERMS]
