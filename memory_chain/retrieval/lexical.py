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
from datetime import datetime
from enum import IntFlag
from functools import lru_cache
from itertools import pairwise
from operator import mul

from memory_chain.retrieval.analysis import analyze
from memory_chain.retrieval.query import Kind, Query
from memory_chain.storage.base import Turn
from memory_chain.utils import from_micros, to_micros

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
HITS = 140
"""How many hits of the query's own terms are rescored in a long chain; a short one needs fewer."""
NEAR_HITS = 40
"""And how many of their near words."""
KEEP = 40
"""How many turns go on from the cheap first score to the full one."""
NEAR_LOOKUPS = 24
"""How many near words the index is asked for; unknown ones cost time too."""
NEAR_TERMS = 6
"""Near words used per term, of those the chain knows."""
NEAR_FLOOR = 0.42
POSTINGS = 6_000
"""The index reads at most about this many postings a query: beyond it the commonest terms are left out."""

_PREVIOUS = (0.7, 0.5, 0.3)
_NEXT = (0.35, 0.2)
_DAY = 86_400_000_000
_BREADTH = 2.8
"""How many turns' worth of words a window holds, by weight."""
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
_LIST, _WHEN = Kind.LIST.value, Kind.WHEN.value

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
    (
        Trait.FIRST_PERSON,
        re.compile(r"\b(?:i|i['’](?:m|ve|d|ll)|me|my|we|we['’](?:re|ve)|our|us)\b", re.IGNORECASE),
    ),
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
    direct = _telling(query, stats)
    asked = [Lookup(terms=_within(direct, stats, postings), limit=_hits(stats.messages))]
    if sum(stats.counts.get(term, 0) for term in direct) < NEAR_HITS:
        asked.append(Lookup(terms=_nearest(query), limit=NEAR_HITS))
    return [one for one in asked if one.terms]


def _hits(messages: int) -> int:
    """Measured on LoCoMo: 60 are nearly as good as all among 600 messages; more costs time (docs/ranking.md)."""
    return min(HITS, 45 + messages // 40)


def _telling(query: Query, stats: Stats) -> tuple[str, ...]:
    """The known terms that can find an answer: words that only build a question, and dates, if there is no other."""
    pairs = zip(query.terms, query.weights, strict=True)
    telling = tuple(term for term, weight in pairs if weight == 1.0 and stats.counts.get(term))
    return telling or (*query.terms, *query.date_terms)


def _nearest(query: Query) -> tuple[str, ...]:
    """The `NEAR_LOOKUPS` near words with the highest similarity to any term."""
    pairs = sorted({(-like, word) for found in query.expansions.values() for word, like in found})
    return tuple(dict.fromkeys(word for like, word in pairs if -like >= NEAR_FLOOR))[:NEAR_LOOKUPS]


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
    weights: Sequence[float] | None = None,
) -> list[Ranked]:
    """Rank the given turns for a query, best first; turns without any evidence are left out.

    `windows` holds, for each hit, the numbers of its session's turns in time order from `BEFORE` before it to
    `AFTER` after it; windows may overlap. `turns` holds every turn that a window names. `boosts` adds to the
    score of single turns (1 is about the distance between a good and a fair hit). `weights` stand for `WEIGHTS`.
    """
    judged, rest = _judge(query, turns, windows, stats, max(KEEP, limit))
    scored = []
    for seq, row in judged:
        score = sum(map(mul, weights or WEIGHTS, row)) + (boosts.get(seq, 0.0) if boosts else 0.0)
        scored.append((score, seq, row))
    scored.sort(key=lambda one: (-one[0], -one[1]))
    ranked = [Ranked(seq=seq, score=score, reasons=_reasons(row)) for score, seq, row in scored[:limit]]
    floor = scored[-1][0] if scored else 0.0
    tail = enumerate(rest[: limit - len(ranked)], 1)
    return ranked + [Ranked(seq=seq, score=floor - place / 100, reasons=(_NEAR_A_HIT,)) for place, seq in tail]


# -- evidence: which terms stand where -------------------------------------------------------------------------


class _Evidence:
    """The terms that each turn holds, and the order of the turns."""

    def __init__(self, query: Query, turns: Mapping[int, Turn], windows: Iterable[Sequence[int]], stats: Stats) -> None:
        self.turns = turns
        self.kind: int = query.kind.value
        self.named = query.speakers if len(query.speakers) == 1 else frozenset()
        """Whom the query is about, if it names one speaker only."""
        self.rarity = [weight * stats.rarity(term) for term, weight in zip(query.terms, query.weights, strict=True)]
        self.total = (
            sum(rarity for term, rarity in zip(query.terms, self.rarity, strict=True) if stats.counts.get(term)) or 1.0
        )
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

    def _likeness(self, query: Query, stats: Stats, counts: Mapping[str, int]) -> dict[str, list[tuple[int, float]]]:
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

    def around(self, seq: int) -> tuple[list[int], list[int]]:
        """Up to three turns before (nearest first) and two after."""
        before, after = [], []
        links = self.before
        if (at := links.get(seq)) is not None:  # unrolled: this is the innermost loop of a query
            before.append(at)
            if (at := links.get(at)) is not None:
                before.append(at)
                if (at := links.get(at)) is not None:
                    before.append(at)
        links = self.after
        if (at := links.get(seq)) is not None:
            after.append(at)
            if (at := links.get(at)) is not None:
                after.append(at)
        return before, after

    def shortlist(self, sessions: Mapping[str, float], when: _When, limit: int) -> list[int]:
        """The turns with the best cheap score: evidence here and around, session, speaker and time."""
        spread = self._spread()
        turns, own, total, named = self.turns, self.own, self.total, self.named
        scored: list[tuple[float, int]] = []
        for seq, value in spread.items():
            turn = turns[seq]
            value /= total
            score = value + 1.4 * own.get(seq, 0.0) / total + 1.8 * sessions.get(turn.session, 0.0)
            if turn.speaker in named:
                score += 0.55 * (1.0 + value)
            if when.wanted:
                score += 1.3 * when.closeness(turn)
            scored.append((score, seq))
        scored.sort(reverse=True)
        return [seq for _, seq in scored[:limit]]

    def _spread(self) -> dict[int, float]:
        """Each turn's own evidence, given on to the turns around it."""
        sums: dict[int, float] = {}
        # A turn gives to the turns after it what they take from the turns before them, and the other way round.
        given = ((_PREVIOUS, self.after), (_NEXT, self.before))
        for seq, score in self.own.items():
            sums[seq] = sums.get(seq, 0.0) + score
            for weights, links in given:
                other = seq
                for weight in weights:
                    if other not in links:
                        break
                    other = links[other]
                    sums[other] = sums.get(other, 0.0) + weight * score
        return sums


# -- features ----------------------------------------------------------------------------------------------------

FEATURES = (
    "window", "own", "near", "session", "previous", "next", "answers", "follows",
    "speaker", "speaker_window",
    "month", "day", "year",
    "when_time", "time", "when_first", "count_number", "number", "where_name", "who_name", "name",
    "first_person", "ends_asking", "only_asks", "quote",
    "length", "previous_asks", "list_session", "when_own",
)  # fmt: skip
"""What a turn is judged by; `WEIGHTS` has the learned weight of each (scripts/tune_ranking.py --fit --dev)."""

WEIGHTS: tuple[float, ...] = (
    3.485,  # window
    0.262,  # own
    3.332,  # near
    2.977,  # session
    -0.583,  # previous
    -0.387,  # next
    0.842,  # answers
    -1.075,  # follows
    0.588,  # speaker
    2.118,  # speaker_window
    2.445,  # month
    1.556,  # day
    2.438,  # year
    1.608,  # when_time
    0.148,  # time
    0.292,  # when_first
    1.471,  # count_number
    -0.011,  # number
    1.349,  # where_name
    0.654,  # who_name
    0.220,  # name
    0.164,  # first_person
    -0.397,  # ends_asking
    -1.438,  # only_asks
    0.699,  # quote
    0.406,  # length
    0.234,  # previous_asks
    -1.214,  # list_session
    1.901,  # when_own
)


def feature_rows(
    query: Query, *, turns: Mapping[int, Turn], windows: Iterable[Sequence[int]], stats: Stats
) -> list[tuple[int, list[float]]]:
    """The features of each turn that passes the cheap score, in the order of `FEATURES`."""
    return _judge(query, turns, windows, stats, KEEP)[0]


def _judge(
    query: Query, turns: Mapping[int, Turn], windows: Iterable[Sequence[int]], stats: Stats, limit: int
) -> tuple[list[tuple[int, list[float]]], list[int]]:
    """The features of the best `KEEP` turns by the cheap score, and the numbers of the next best."""
    evidence = _Evidence(query, turns, windows, stats)
    sessions = _session_scores(evidence)
    when = _When(query)
    shortlist = evidence.shortlist(sessions, when, limit)
    judged = [(seq, _features(evidence, sessions, when, seq)) for seq in shortlist[:KEEP]]
    return judged, shortlist[KEEP:]


def _session_scores(evidence: _Evidence) -> dict[str, float]:
    scores = {}
    for session, counts in evidence.sessions.items():
        gained = sum(evidence.rarity[number] * count / (count + 2.0) for number, count in counts.items())
        scores[session] = gained / evidence.total
    return scores


def _features(evidence: _Evidence, sessions: Mapping[str, float], when: _When, seq: int) -> list[float]:
    turn = evidence.turns[seq]
    before, after = evidence.around(seq)
    window, own, near, previous, following, told = _word_features(evidence, seq, before, after)
    session = sessions.get(turn.session, 0.0)
    speaker = 0.5
    if evidence.named:
        speaker = 1.0 if turn.speaker in evidence.named else 0.0
    asked = bool(before) and bool(evidence.turns[before[0]].traits & _ASKS)
    return [
        window, own, near, session, previous, following,
        told if asked else 0.0, 0.0 if asked else told,
        speaker, speaker * window,
        *when.features(turn),
        *_look(evidence.kind, turn.traits, len(before) < 2),
        math.log1p(evidence.length[seq]),
        1.0 if asked else 0.0,
        session if evidence.kind & _LIST else 0.0,
        own if evidence.kind & _WHEN else 0.0,
    ]  # fmt: skip


def _word_features(
    evidence: _Evidence, seq: int, before: list[int], after: list[int]
) -> tuple[float, float, float, float, float, float]:
    """window, own, near, previous, next, and what the turn before holds; each as a share of the query's rarity."""
    rarity, mean, lengths = evidence.rarity, evidence.mean, evidence.length
    directs, nears = evidence.direct, evidence.near
    direct = directs.get(seq, {})
    length = float(lengths[seq])
    own_norm = 1.2 * (0.4 + 0.6 * length / mean)
    earlier: dict[int, float] = {}
    later: dict[int, float] = {}
    soft: dict[int, float] = dict(nears.get(seq, ()))
    for sums, weights, others in ((earlier, _PREVIOUS, before), (later, _NEXT, after)):
        for weight, other in zip(weights, others, strict=False):
            length += weight * lengths[other]
            if held := directs.get(other):
                _add(sums, held, weight)
            if held := nears.get(other):
                _add(soft, held, weight)
    norm = 1.5 * (0.4 + 0.6 * length / (_BREADTH * mean))
    window = own = previous = following = near = 0.0
    for number in {*direct, *earlier, *later, *soft}:
        weight = rarity[number]
        here, past, coming = direct.get(number, 0.0), earlier.get(number, 0.0), later.get(number, 0.0)
        sharp = here + past + coming
        window += weight * sharp / (sharp + norm)
        previous += weight * past / (past + 1.0)
        following += weight * coming / (coming + 1.0)
        own += weight * here / (here + own_norm)
        if number in soft:
            wide = sharp + _NEAR_WEIGHT * soft[number]
            near += weight * (wide / (wide + norm) - sharp / (sharp + norm))
    told = sum([rarity[number] for number in directs.get(before[0], ())]) if before else 0.0
    total = evidence.total
    return (
        2.5 * window / total, 2.2 * own / total, 2.5 * near / total,
        previous / total, following / total, told / total,
    )  # fmt: skip


def _add(sums: dict[int, float], values: Mapping[int, float], weight: float) -> None:
    for number, value in values.items():
        sums[number] = sums.get(number, 0.0) + weight * value


class _When:
    """Compares the time of a turn with the times that a query names."""

    def __init__(self, query: Query) -> None:
        self.hint = query.time
        self.start = to_micros(query.interval.start) if query.interval else 0
        self.end = to_micros(query.interval.end) if query.interval else 0
        self.wanted = bool(query.time) or query.interval is not None
        self.known: dict[int, tuple[float, float, float]] = {}

    def closeness(self, turn: Turn) -> float:
        """How near the turn is to the time named; 1 for the month or the stretch, more for the day."""
        month, day, year = self.features(turn)
        return max(month, day, year / 2)

    def features(self, turn: Turn) -> tuple[float, float, float]:
        """month (or stretch), day, year."""
        if not self.wanted:
            return (0.0, 0.0, 0.0)
        date = turn.at // _DAY
        if date not in self.known:
            self.known[date] = self._compare(from_micros(turn.at))
        month, day, year = self.known[date]
        return (1.0, day, year) if self.start <= turn.at < self.end else (month, day, year)

    def _compare(self, said: datetime) -> tuple[float, float, float]:
        hint = self.hint
        right_year = not hint.years or said.year in hint.years
        month = 1.0 if right_year and said.month in hint.months else 0.0
        year = 1.0 if hint.years and not hint.months and right_year else 0.0
        return (month, self._day(said), year)

    def _day(self, said: datetime) -> float:
        """2 for the day named, 1 up to eight days after it (things are told afterwards)."""
        best = 0.0
        for month, day in self.hint.days:
            gap = said.month * 30.5 + said.day - month * 30.5 - day
            best = max(best, (1.0 if 0 <= gap <= 8 else 0.0) + (1.0 if -1 <= gap <= 1 else 0.0))
        return best


@lru_cache(maxsize=4_096)
def _look(wanted: int, bits: int, first: bool) -> tuple[float, ...]:
    """Whether the turn looks like an answer of the wanted kind, from `when_time` to `quote`."""
    kind = Kind(wanted)
    has = {trait: 1.0 if bits & trait.value else 0.0 for trait in Trait}
    when = 1.0 if Kind.WHEN in kind else 0.0
    opening = 1.0 if first else 0.0
    return (
        when * has[Trait.TIME],
        has[Trait.TIME],
        when * opening,
        has[Trait.NUMBER] if Kind.COUNT in kind else 0.0,
        has[Trait.NUMBER],
        has[Trait.NAME] if Kind.WHERE in kind else 0.0,
        has[Trait.NAME] if Kind.WHO in kind else 0.0,
        has[Trait.NAME],
        has[Trait.FIRST_PERSON],
        has[Trait.ENDS_ASKING],
        has[Trait.ONLY_ASKS],
        has[Trait.QUOTE],
    )


_NEAR_A_HIT = "near a hit"
_TOLD = (
    ("own", "its words"),
    ("previous", "answers what was said before"),
    ("near", "words of like meaning"),
    ("speaker_window", "said by whom the query is about"),
    ("month", "the time that the query names"),
)


_TOLD_AT = tuple((FEATURES.index(name), reason) for name, reason in _TOLD)


def _reasons(row: Sequence[float]) -> tuple[str, ...]:
    """The plain reasons that hold for a turn, the same words each time."""
    return tuple(reason for at, reason in _TOLD_AT if row[at] > 0) or (_NEAR_A_HIT,)
