"""The default ranking: words, and the structure of a dialogue around them. No model.

A turn is found by its own words, by the words of the turns around it (an answer rarely repeats its question),
by its session, by who said it and when, and by whether it looks like an answer of the wanted kind.

The road: `parse_query` → the store looks up document counts → `lookups` → the store's index gives hits and
the turns around them → `rescore`. Everything here is pure; what the store has to supply is `Turn`s and windows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntFlag
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise
from operator import mul
from typing import NamedTuple

from memory_chain.retrieval.analysis import analyze
from memory_chain.retrieval.query import Kind, Query
from memory_chain.utils import to_micros

__all__ = [
    "AFTER",
    "BEFORE",
    "FEATURES",
    "HITS",
    "Fields",
    "Ranked",
    "Stats",
    "Trait",
    "Turn",
    "analyze",
    "feature_rows",
    "index_fields",
    "lookups",
    "rescore",
    "traits",
]

BEFORE, AFTER = 3, 3
"""How many turns of the session before and after a hit `rescore` wants to see."""
HITS = 200
"""How many hits of the query's own terms are worth rescoring."""
NEAR_HITS = 40
"""And how many of their near words."""
KEEP = 120
"""How many turns go on from the cheap first score to the full one."""
NEAR_TERMS = 6
"""Near words used per term, of those the chain knows."""
NEAR_FLOOR = 0.42
POSTINGS = 6_000
"""The index reads at most about this many postings a query: beyond it the commonest terms are left out."""

_PREVIOUS = (0.7, 0.5, 0.3)
_NEXT = (0.35, 0.2)
_NEAR_WEIGHT = 0.35


class Trait(IntFlag):
    """What a text looks like, decided once when it is stored."""

    ENDS_ASKING = 1
    ASKS = 2
    ONLY_ASKS = 4
    TIME = 8
    NUMBER = 16
    NAME = 32
    FIRST_PERSON = 64
    GREETING = 128
    QUOTE = 256


_ASKS = Trait.ASKS.value

_TRAITS = (
    (Trait.ENDS_ASKING, re.compile(r"\?\s*\Z")),
    (Trait.ASKS, re.compile(r"[?？؟]")),
    (Trait.ONLY_ASKS, re.compile(r"\A[^.!?]*\?\s*\Z")),
    (
        Trait.TIME,
        re.compile(
            r"\b(?:yesterday|today|tonight|tomorrow|last|next|ago|weeks?|weekend|months?|years?"
            r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august"
            r"|september|october|november|december|since|recently|just|\d{4}|summer|winter|spring|fall"
            r"|birthday|christmas|this morning|the other day|few days)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Trait.NUMBER,
        re.compile(
            r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|dozen|couple|several|once|twice|first"
            r"|second|third|another|many|few)\b",
            re.IGNORECASE,
        ),
    ),
    (Trait.NAME, re.compile(r"(?<=[a-z] )[\"“']?[A-Z][a-z]+")),
    (Trait.FIRST_PERSON, re.compile(r"\b(?:i|i['’](?:m|ve|d|ll)|me|my|we|we['’](?:re|ve)|our|us)\b", re.IGNORECASE)),
    (
        Trait.GREETING,
        re.compile(
            r"\A\W*(?:hey|hi|hello|wow|thanks|thank you|yeah|yep|bye|congrats|cool|awesome|great|nice|sounds)\b",
            re.IGNORECASE,
        ),
    ),
    (Trait.QUOTE, re.compile(r"[\"“«「]")),
)


def traits(text: str) -> int:
    """The traits of a text as one number, to be stored beside its terms. Only the first 4,000 characters count."""
    head = text[:4_000]
    found = 0
    for trait, pattern in _TRAITS:
        if pattern.search(head):
            found |= trait
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields:
    """What the store keeps of a message for the ranking, beside its session, speaker and time."""

    tokens: str
    """Index terms joined by spaces: the text of the index, and of `Turn.tokens`."""
    traits: int


def index_fields(text: str) -> Fields:
    """What to index of a message's text. It depends on no other message."""
    return Fields(tokens=" ".join(analyze(text)), traits=traits(text))


class Turn(NamedTuple):
    """A stored message as the ranking sees it: a row, so that a store can make it without ceremony."""

    seq: int
    session: str
    speaker: str
    """The speaker's name, or the role if there is none."""
    at: int
    """Microseconds since 1970."""
    tokens: str
    traits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stats:
    """What is known of the whole chain: `counts` for every word of `Query.counted` (0 may be left out)."""

    messages: int
    counts: Mapping[str, int] = field(default_factory=dict)

    def rarity(self, term: str) -> float:
        """The inverse document frequency of BM25, never negative."""
        count = self.counts.get(term, 0)
        return math.log(1 + max(0.0, self.messages - count + 0.5) / (count + 0.5))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """A turn with its score (higher is better; comparable within one query) and why it is there."""

    seq: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookup:
    """One question to the index: any of the terms, the best `limit` turns by BM25."""

    terms: tuple[str, ...]
    limit: int


def lookups(query: Query, stats: Stats, *, postings: int = POSTINGS) -> list[Lookup]:
    """What to ask the index: the query's own terms, and when these are rare here, their near words too.

    Known terms only, within a reading budget: the commonest are left out first, the rarest never. A term that
    is left out still counts in `rescore`. Near words may be unknown to the chain; the index then finds nothing.
    """
    direct = (*query.terms, *query.date_terms)
    asked = [Lookup(terms=_within(direct, stats, postings), limit=HITS)]
    if sum(stats.counts.get(term, 0) for term in direct) < HITS:
        near = (word for pairs in query.expansions.values() for word, like in pairs if like >= NEAR_FLOOR)
        asked.append(Lookup(terms=tuple(dict.fromkeys(near)), limit=NEAR_HITS))
    return [one for one in asked if one.terms]


def _within(terms: Iterable[str], stats: Stats, postings: int) -> tuple[str, ...]:
    """The known terms, rarest first, as far as the budget goes; at least one."""
    known = sorted({term for term in terms if stats.counts.get(term)}, key=lambda term: (stats.counts[term], term))
    chosen: list[str] = []
    for term in known:
        postings -= stats.counts[term]
        if chosen and postings < 0:
            break
        chosen.append(term)
    return tuple(chosen)


def rescore(
    query: Query,
    *,
    turns: Mapping[int, Turn],
    windows: Iterable[Sequence[int]],
    stats: Stats,
    boosts: Mapping[int, float] | None = None,
    limit: int = 50,
) -> list[Ranked]:
    """Rank the given turns for a query, best first; turns without any evidence are left out.

    `windows` holds, for each hit, the numbers of its session's turns in time order from `BEFORE` before it to
    `AFTER` after it; windows may overlap. `turns` holds every turn that a window names. `boosts` adds to the
    score of single turns (1 is about the distance between a good and a fair hit).
    """
    scored = []
    for seq, row in feature_rows(query, turns=turns, windows=windows, stats=stats):
        score = sum(map(mul, WEIGHTS, row)) + (boosts.get(seq, 0.0) if boosts else 0.0)
        scored.append((score, seq, row))
    scored.sort(key=lambda one: (-one[0], -one[1]))
    return [Ranked(seq=seq, score=score, reasons=_reasons(row)) for score, seq, row in scored[:limit]]


# -- evidence: which terms stand where -------------------------------------------------------------------------


class _Evidence:
    """The terms that each turn holds, and the order of the turns."""

    def __init__(
        self, query: Query, turns: Mapping[int, Turn], windows: Iterable[Sequence[int]], stats: Stats
    ) -> None:
        self.turns = turns
        self.rarity = [
            weight * stats.rarity(term) for term, weight in zip(query.terms, query.weights, strict=True)
        ]
        self.total = sum(
            rarity for term, rarity in zip(query.terms, self.rarity, strict=True) if stats.counts.get(term)
        ) or 1.0
        self.before: dict[int, int] = {}
        self.after: dict[int, int] = {}
        for window in windows:
            for earlier, later in pairwise(window):
                self.after[earlier] = later
                self.before[later] = earlier
        self.direct: dict[int, dict[int, float]] = {}
        self.near: dict[int, dict[int, float]] = {}
        self.length: dict[int, int] = {}
        self.own: dict[int, float] = {}
        self.sessions: dict[str, dict[int, int]] = {}
        self.tops: dict[str, tuple[float, float, int]] = {}
        """For each session its two best own scores, and whose the best is."""
        self._read(query, stats)
        self.mean = max(1.0, sum(self.length.values()) / max(1, len(self.length)))

    def _read(self, query: Query, stats: Stats) -> None:
        """Note which of the query's words each turn holds."""
        numbers = {term: number for number, term in enumerate(query.terms)}
        near = {word for pairs in query.expansions.values() for word, like in pairs if like >= NEAR_FLOOR}
        keys = numbers.keys() | near
        found: list[tuple[int, set[str], list[str]]] = []
        counts: dict[str, int] = {}
        for seq, turn in self.turns.items():
            tokens = turn.tokens.split(" ")
            self.length[seq] = len(tokens)
            if not keys.isdisjoint(tokens):
                common = keys.intersection(tokens)
                found.append((seq, common, tokens))
                for word in common:
                    counts[word] = counts.get(word, 0) + 1
        likeness = self._likeness(query, stats, counts)
        for seq, common, tokens in found:
            self._note(seq, common, tokens, numbers, likeness)

    def _likeness(
        self, query: Query, stats: Stats, counts: Mapping[str, int]
    ) -> dict[str, list[tuple[int, float]]]:
        """For each near word that occurs: the terms it stands for, with a weight.

        A commoner word than the term says less; how common it is, is judged from the turns at hand.
        """
        scale = stats.messages / max(1, len(self.turns))
        weights: dict[str, list[tuple[int, float]]] = {}
        for number, term in enumerate(query.terms):
            known = [pair for pair in query.expansions.get(term, ()) if pair[1] >= NEAR_FLOOR and counts.get(pair[0])]
            for word, like in known[:NEAR_TERMS]:
                count = counts[word] * max(1.0, scale)
                rarity = math.log(1 + max(0.0, stats.messages - count + 0.5) / (count + 0.5))
                weight = like * like * min(1.0, rarity / (self.rarity[number] or 1.0))
                weights.setdefault(word, []).append((number, weight))
        return weights

    def _note(
        self,
        seq: int,
        common: Iterable[str],
        tokens: list[str],
        numbers: Mapping[str, int],
        likeness: Mapping[str, list[tuple[int, float]]],
    ) -> None:
        direct: dict[int, float] = {}
        near: dict[int, float] = {}
        score = 0.0
        for word in common:
            times = tokens.count(word)
            if word in numbers:
                number = numbers[word]
                direct[number] = times
                score += self.rarity[number] * times / (times + 1.0)
            for number, weight in likeness.get(word, ()):
                near[number] = near.get(number, 0.0) + weight * times
        if direct:
            self.direct[seq] = direct
            session = self.sessions.setdefault(self.turns[seq].session, {})
            for number in direct:
                session[number] = session.get(number, 0) + 1
        if near:
            self.near[seq] = near
            for number, value in near.items():
                if number not in direct:
                    value *= _NEAR_WEIGHT
                    score += self.rarity[number] * value / (value + 1.0)
        if direct or near:
            self.own[seq] = score
            first, second, best = self.tops.get(self.turns[seq].session, (0.0, 0.0, -1))
            if score > first:
                self.tops[self.turns[seq].session] = (score, first, seq)
            elif score > second:
                self.tops[self.turns[seq].session] = (first, score, best)

    def best(self, session: str, without: int) -> float:
        """The best own score in a session among its other turns."""
        first, second, seq = self.tops.get(session, (0.0, 0.0, -1))
        return second if seq == without else first

    def around(self, seq: int) -> tuple[list[int], list[int]]:
        """Up to three turns before (nearest first) and two after."""
        before, after = [], []
        at: int | None = seq
        while len(before) < len(_PREVIOUS) and (at := self.before.get(at)) is not None:  # type: ignore[arg-type]
            before.append(at)
        at = seq
        while len(after) < len(_NEXT) and (at := self.after.get(at)) is not None:  # type: ignore[arg-type]
            after.append(at)
        return before, after

    def shortlist(self, query: Query, sessions: Mapping[str, float], when: _When) -> list[int]:
        """The `KEEP` turns with the best cheap score: evidence here and around, session, speaker and time."""
        spread = self._spread()
        named = query.speakers if len(query.speakers) == 1 else frozenset()
        turns, own, total = self.turns, self.own, self.total
        scores: dict[int, float] = {}
        for seq, value in spread.items():
            turn = turns[seq]
            value /= total
            score = value + 1.4 * own.get(seq, 0.0) / total + 1.8 * sessions.get(turn.session, 0.0)
            if turn.speaker in named:
                score += 0.55 * (1.0 + value)
            if when.wanted:
                score += 1.3 * when.closeness(turn)
            scores[seq] = score
        if len(scores) <= KEEP:
            return list(scores)
        return nlargest(KEEP, scores, key=lambda seq: (scores[seq], seq))

    def _spread(self) -> dict[int, float]:
        """Each turn's own evidence, given on to the turns around it."""
        sums: dict[int, float] = {}
        for seq, score in self.own.items():
            before, after = self.around(seq)
            sums[seq] = sums.get(seq, 0.0) + score
            # A turn gives to the turns after it what they take from the turns before them.
            for weight, other in zip(_PREVIOUS, self._following(seq, after), strict=False):
                sums[other] = sums.get(other, 0.0) + weight * score
            for weight, other in zip(_NEXT, before, strict=False):
                sums[other] = sums.get(other, 0.0) + weight * score
        return sums

    def _following(self, seq: int, after: list[int]) -> list[int]:
        if len(after) == len(_NEXT) and (third := self.after.get(after[-1])) is not None:
            return [*after, third]
        return after


# -- features ----------------------------------------------------------------------------------------------------

FEATURES = (
    "window", "own", "near", "near_own", "session", "cover", "cover_window", "rarest", "pair",
    "previous", "next", "answers", "follows",
    "back_1", "back_2", "back_3", "ahead_1", "ahead_2", "session_best", "named_own", "named_window",
    "speaker", "speaker_window", "speaker_own",
    "month", "day", "year", "next_month", "interval", "date_words",
    "when_time", "time", "when_first", "first", "count_number", "number", "where_name", "who_name", "name",
    "first_person", "ends_asking", "asks", "only_asks", "greeting", "quote", "length", "short",
    "previous_asks", "list_session", "list_own", "when_own",
)  # fmt: skip
"""What a turn is judged by; `WEIGHTS` has the learned weight of each (scripts/tune_ranking.py --fit)."""

WEIGHTS: tuple[float, ...] = (1.0,) * len(FEATURES)


def feature_rows(
    query: Query, *, turns: Mapping[int, Turn], windows: Iterable[Sequence[int]], stats: Stats
) -> list[tuple[int, list[float]]]:
    """The features of each shortlisted turn, in the order of `FEATURES`."""
    evidence = _Evidence(query, turns, windows, stats)
    sessions = _session_scores(evidence)
    when = _When(query)
    shortlist = evidence.shortlist(query, sessions, when)
    return [(seq, _features(query, evidence, sessions, when, seq)) for seq in shortlist]


def _session_scores(evidence: _Evidence) -> dict[str, float]:
    scores = {}
    for session, counts in evidence.sessions.items():
        gained = sum(evidence.rarity[number] * count / (count + 2.0) for number, count in counts.items())
        scores[session] = gained / evidence.total
    return scores


def _features(
    query: Query, evidence: _Evidence, sessions: Mapping[str, float], when: _When, seq: int
) -> list[float]:
    turn = evidence.turns[seq]
    before, after = evidence.around(seq)
    words = _word_features(query, evidence, seq, before, after)
    window, own = words[0], words[1]
    session = sessions.get(turn.session, 0.0)
    named = len(query.speakers) == 1
    speaker = (1.0 if turn.speaker in query.speakers else 0.0) if named else 0.5
    asked = bool(before) and bool(evidence.turns[before[0]].traits & _ASKS)
    listing = Kind.LIST in query.kind
    return [
        *words[:4], session, *words[4:8], *words[8:10],
        words[10] if asked else 0.0, 0.0 if asked else words[10],
        *_offsets(evidence, before, 3), *_offsets(evidence, after, 2),
        evidence.best(turn.session, seq) / evidence.total,
        *_named_words(query, evidence, seq, before, after),
        speaker, speaker * window, speaker * own,
        *when.features(turn),
        *_look(query.kind, turn.traits, len(before) < 2),
        math.log1p(evidence.length[seq]), 1.0 if evidence.length[seq] < 5 else 0.0,
        1.0 if asked else 0.0,
        session if listing else 0.0, own if listing else 0.0, own if Kind.WHEN in query.kind else 0.0,
    ]  # fmt: skip


def _word_features(
    query: Query, evidence: _Evidence, seq: int, before: list[int], after: list[int]
) -> tuple[float, ...]:
    """window, own, near, near_own, cover, cover_window, rarest, pair, previous, next, in the turn before."""
    rarity, total, mean = evidence.rarity, evidence.total, evidence.mean
    direct = evidence.direct.get(seq, {})
    length = float(evidence.length[seq])
    own_norm = 1.2 * (0.4 + 0.6 * length / mean)
    earlier: dict[int, float] = {}
    later: dict[int, float] = {}
    soft: dict[int, float] = dict(evidence.near.get(seq, {}))
    for weight, other in zip(_PREVIOUS, before, strict=False):
        length += weight * evidence.length[other]
        _add(earlier, evidence.direct.get(other), weight)
        _add(soft, evidence.near.get(other), weight)
    for weight, other in zip(_NEXT, after, strict=False):
        length += weight * evidence.length[other]
        _add(later, evidence.direct.get(other), weight)
        _add(soft, evidence.near.get(other), weight)
    norm = 1.5 * (0.4 + 0.6 * length / (2.8 * mean))
    window = own = cover = cover_window = rarest = previous = following = near = near_own = 0.0
    for number in direct.keys() | earlier.keys() | later.keys() | soft.keys():
        weight = rarity[number]
        here, past, coming = direct.get(number, 0.0), earlier.get(number, 0.0), later.get(number, 0.0)
        all_in = here + past + coming
        if all_in:
            window += weight * all_in / (all_in + norm)
            cover_window += weight
            previous += weight * past / (past + 1.0)
            following += weight * coming / (coming + 1.0)
        if here:
            own += weight * here / (here + own_norm)
            cover += weight
            rarest = max(rarest, weight)
        if number in soft:
            wide = all_in + _NEAR_WEIGHT * soft[number]
            near += weight * (wide / (wide + norm) - all_in / (all_in + norm))
    for number, value in evidence.near.get(seq, {}).items():
        here = direct.get(number, 0.0)
        wide = here + _NEAR_WEIGHT * value
        near_own += rarity[number] * (wide / (wide + own_norm) - here / (here + own_norm))
    told = sum(rarity[number] for number in evidence.direct.get(before[0], ())) if before else 0.0
    pair = _pairs(query, evidence, seq, direct) if len(direct) > 1 else 0.0
    sums = (2.5 * window, 2.2 * own, 2.5 * near, 2.2 * near_own, cover, cover_window, rarest, pair)
    return tuple(value / total for value in (*sums, previous, following, told))


def _offsets(evidence: _Evidence, others: list[int], places: int) -> list[float]:
    """The evidence of each turn around, by its distance."""
    values = [evidence.own.get(other, 0.0) / evidence.total for other in others[:places]]
    return values + [0.0] * (places - len(values))


def _named_words(
    query: Query, evidence: _Evidence, seq: int, before: list[int], after: list[int]
) -> tuple[float, float]:
    """The rarity of the names in the query that stand in the turn, and in it or around it."""
    if not query.names:
        return (0.0, 0.0)
    here = query.names.intersection(evidence.direct.get(seq, ()))
    wide = here.union(*(query.names.intersection(evidence.direct.get(other, ())) for other in (*before, *after)))
    rarity = evidence.rarity
    return (sum(rarity[n] for n in here) / evidence.total, sum(rarity[n] for n in wide) / evidence.total)


def _add(sums: dict[int, float], values: Mapping[int, float] | None, weight: float) -> None:
    if values:
        for number, value in values.items():
            sums[number] = sums.get(number, 0.0) + weight * value


def _pairs(query: Query, evidence: _Evidence, seq: int, direct: Mapping[int, float]) -> float:
    """The rarity of neighbouring query terms that stand together in the turn, at most one word between."""
    tokens = evidence.turns[seq].tokens.split(" ")
    found = 0.0
    for number in direct:
        if number + 1 not in direct:
            continue
        first, second = query.terms[number], query.terms[number + 1]
        at = tokens.index(first)
        if second in tokens[at + 1 : at + 3]:
            found += evidence.rarity[number] + evidence.rarity[number + 1]
    return found


class _When:
    """Compares the time of a turn with the times that a query names."""

    def __init__(self, query: Query) -> None:
        self.hint = query.time
        self.terms = query.date_terms
        self.start = to_micros(query.interval.start) if query.interval else 0
        self.end = to_micros(query.interval.end) if query.interval else 0

        self.wanted = bool(query.time) or query.interval is not None

    def closeness(self, turn: Turn) -> float:
        """How near the turn is to the time named; 1 for the month or the stretch, more for the day."""
        month, day, year, _, inside, _ = self.features(turn)
        return max(month, day, year / 2, inside)

    def features(self, turn: Turn) -> tuple[float, ...]:
        """month, day, year, next_month, interval, date_words."""
        inside = 1.0 if self.start <= turn.at < self.end else 0.0
        hint = self.hint
        if not (hint.months or hint.years):
            return (0.0, 0.0, 0.0, 0.0, inside, 0.0)
        said = datetime.fromtimestamp(turn.at / 1_000_000, UTC)
        right_year = not hint.years or said.year in hint.years
        month = year = 0.0
        if hint.months:
            month = 1.0 if right_year and said.month in hint.months else 0.0
        elif right_year:
            year = 1.0
        later = 1.0 if (said.month - 2) % 12 + 1 in hint.months else 0.0
        tokens = turn.tokens.split(" ")
        spoken = sum(1.0 for term in self.terms if term in tokens) / (len(self.terms) or 1)
        return (month, self._day(said), year, later, inside, spoken)

    def _day(self, said: datetime) -> float:
        """2 for the day named, 1 up to eight days after it (things are told afterwards)."""
        best = 0.0
        for month, day in self.hint.days:
            gap = said.month * 30.5 + said.day - month * 30.5 - day
            best = max(best, (1.0 if 0 <= gap <= 8 else 0.0) + (1.0 if -1 <= gap <= 1 else 0.0))
        return best


@lru_cache(maxsize=4_096)
def _look(kind: Kind, bits: int, first: bool) -> tuple[float, ...]:
    """Whether the turn looks like an answer of the wanted kind, from `when_time` to `quote`."""
    has = {trait: 1.0 if bits & trait.value else 0.0 for trait in Trait}
    when = 1.0 if Kind.WHEN in kind else 0.0
    opening = 1.0 if first else 0.0
    return (
        when * has[Trait.TIME],
        has[Trait.TIME],
        when * opening,
        opening,
        has[Trait.NUMBER] if Kind.COUNT in kind else 0.0,
        has[Trait.NUMBER],
        has[Trait.NAME] if Kind.WHERE in kind else 0.0,
        has[Trait.NAME] if Kind.WHO in kind else 0.0,
        has[Trait.NAME],
        has[Trait.FIRST_PERSON],
        has[Trait.ENDS_ASKING],
        has[Trait.ASKS],
        has[Trait.ONLY_ASKS],
        has[Trait.GREETING],
        has[Trait.QUOTE],
    )


_TOLD = (
    ("own", "its words"),
    ("previous", "answers what was said before"),
    ("near", "words of like meaning"),
    ("speaker_own", "said by whom the query names"),
    ("month", "the time that the query names"),
    ("interval", "the time that the query names"),
)


def _reasons(row: Sequence[float]) -> tuple[str, ...]:
    """The plain reasons that hold for a turn, the same words each time."""
    told = [reason for name, reason in _TOLD if row[FEATURES.index(name)] > 0]
    return tuple(dict.fromkeys(told)) or ("near a hit",)
