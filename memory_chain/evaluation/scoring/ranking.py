"""Scores of a ranking against the evidence: how much of it was found, and how far up.

A ranking is a list of ids, the best first. An id that comes again keeps its place, but counts only where it stands
first. There are two forms of NDCG here, which differ in the discount: `ndcg_at` (log2(rank + 1), as in PersonaBench
and in most of the literature) and that of LongMemEval, which does not discount rank 2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from memory_chain.errors import InvalidInputError


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceScores:
    """LongMemEval's figures at one depth, each 0 to 1.

    `recall_any`: some of the evidence was found; `recall_all`: all of it; `ndcg_any`: how far up, by LongMemEval's
    discount. Blogs often print `recall_any` as "recall".
    """

    recall_any: float
    recall_all: float
    ndcg_any: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CombinationScores:
    """PersonaBench's figures at one depth, each 0 to 1, and each the best over all combinations of evidence."""

    recall: float
    ndcg: float


# Any benchmark


def share_found(evidence: Collection[str], found: Iterable[str]) -> float:
    """The share (0 to 1) of the evidence that was found; evidence named twice counts once.

    Raises:
        InvalidInputError: there is no evidence, so that no share is meaningful.
    """
    wanted = _some(evidence)
    return len(wanted.intersection(found)) / len(wanted)


def recall_at(evidence: Collection[str], ranked: Sequence[str], depth: int) -> float:
    """The share of the evidence among the first `depth` of a ranking.

    Raises:
        InvalidInputError: there is no evidence, or the depth is below 1.
    """
    return share_found(evidence, ranked[: _positive(depth)])


def shares_at(evidence: Collection[str], ranked: Sequence[str], depths: Iterable[int]) -> dict[int, float]:
    """`recall_at` for each depth."""
    return {depth: recall_at(evidence, ranked, depth) for depth in depths}


def ndcg_at(evidence: Collection[str], ranked: Sequence[str], depth: int) -> float:
    """NDCG among the first `depth` (Järvelin and Kekäläinen 2002): gain 1, discount log2(rank + 1).

    Raises:
        InvalidInputError: there is no evidence, or the depth is below 1.
    """
    wanted = _some(evidence)
    ranks = _first_ranks(ranked[: _positive(depth)])
    gained = sum(_discounted(rank) for one, rank in ranks.items() if one in wanted)
    return gained / _ideal(len(wanted), depth)


def session_recall(
    evidence: Collection[str], sessions_found: Collection[str], session_of: Callable[[str], str]
) -> float:
    """LoCoMo's recall of sessions: the share of the evidence whose session was found.

    It is counted over messages: of three in one session and one in another, the first session alone gives 3/4.

    Args:
        evidence: message ids.
        sessions_found: ids of the sessions that were found.
        session_of: the session of a message.

    Raises:
        InvalidInputError: there is no evidence.
    """
    wanted, found = _some(evidence), set(sessions_found)
    return sum(session_of(one) in found for one in wanted) / len(wanted)


def ranked_groups(ranked: Iterable[str], group_of: Callable[[str], str]) -> list[str]:
    """The groups (sessions, segments) of a ranking, each at the place of its best member."""
    return list(dict.fromkeys(group_of(one) for one in ranked))


# LongMemEval


def longmemeval_at(evidence: Collection[str], ranked: Sequence[str], depth: int) -> EvidenceScores:
    """LongMemEval's figures (Wu et al., arXiv 2410.10813; `src/retrieval/eval_utils.py`) for turns or for sessions.

    DCG is rel_1 + sum over i >= 2 of rel_i / log2(i): ranks 1 and 2 count the same.

    Args:
        evidence: ids of the turns or sessions with the answer.
        ranked: ids of the same kind.
        depth: k, at least 1.

    Raises:
        InvalidInputError: there is no evidence (the benchmark leaves such questions out), or the depth is below 1.
    """
    wanted = _some(evidence)
    ranks = _first_ranks(ranked[: _positive(depth)])
    found = [rank for one, rank in ranks.items() if one in wanted]
    ideal = sum(_longmemeval_discounted(rank) for rank in range(1, min(len(wanted), depth) + 1))
    return EvidenceScores(
        recall_any=float(bool(found)),
        recall_all=float(len(found) == len(wanted)),
        ndcg_any=sum(map(_longmemeval_discounted, found)) / ideal,
    )


def longmemeval_sessions_at(
    evidence: Collection[str], ranked: Sequence[str], depth: int, session_of: Callable[[str], str]
) -> EvidenceScores:
    """LongMemEval's figures for sessions from a ranking of turns.

    The ranking is cut where it has shown `depth` different sessions (or at its end). The reference gives a session's
    turns without evidence another session's name than those with evidence: such a turn neither finds the session nor
    is it the same session when sessions are counted; and `ndcg_any` still counts turns.

    Args:
        evidence: ids of the turns with the answer.
        ranked: ids of turns, of the whole haystack for the published figures (there: of user turns only).
        depth: how many sessions, at least 1.
        session_of: the session of a turn.

    Raises:
        InvalidInputError: there is no evidence, or the depth is below 1.
    """
    wanted = _some(evidence)
    cut = _long_enough([(session_of(one), one in wanted) for one in ranked], _positive(depth))
    found = {session_of(one) for one in ranked[:cut] if one in wanted}
    return EvidenceScores(
        recall_any=float(bool(found)),
        recall_all=float(found == {session_of(one) for one in wanted}),
        ndcg_any=longmemeval_at(wanted, ranked, cut).ndcg_any,
    )


def _long_enough(labels: Sequence[Hashable], count: int) -> int:
    """How many labels have to be read until so many different ones were seen; at least `count`, also if too few are."""
    seen: set[Hashable] = set()
    for place, label in enumerate(labels, 1):
        seen.add(label)
        if len(seen) == count:
            return place
    return max(len(labels), count)


# PersonaBench


def combinations_at(segments: Mapping[str, Collection[str]], ranked: Sequence[str], depth: int) -> CombinationScores:
    """PersonaBench's recall and NDCG (Tan et al., arXiv 2502.20616; `scripts/evaluation/eval.py`).

    A combination picks one segment for each value of the answer. Its recall is the share of its segments among the
    first `depth`, its NDCG that of `ndcg_at`; the best recall and, separately, the best NDCG over all combinations
    are told.

    Not every combination is looked at: for one size of a combination, the one with the highest gain is also the best,
    so only the highest gain of each size is kept while going through the values. Two values that share a segment can
    make a combination smaller (it is a set); which of such segments are taken is kept beside the size for as long as
    a value to come has them. Without shared segments this is one step a value.

    Args:
        segments: for each value of the answer the ids of the segments any one of which suffices.
        ranked: ids of segments, the best first.
        depth: k, at least 1. Upstream: as many as were retrieved.

    Raises:
        InvalidInputError: there are no values, a value has no segment, or the depth is below 1.
    """
    choices = [set(ids) for ids in segments.values()]
    if not choices or not all(choices):
        raise InvalidInputError(
            "A question whose answer, or a part of it, has no evidence has no recall. Leave it out."
        )
    ranks = _first_ranks(ranked[: _positive(depth)])
    found = _best_gains(choices, dict.fromkeys(ranks, 1.0))
    gained = _best_gains(choices, {one: _discounted(rank) for one, rank in ranks.items()})
    return CombinationScores(
        recall=max(gain / size for size, gain in found.items()),
        ndcg=max(gain / _ideal(size, depth) for size, gain in gained.items()),
    )


def _best_gains(choices: Sequence[Collection[str]], gains: Mapping[str, float]) -> dict[int, float]:
    """By size, the highest gain of a set that has one member of each choice and no others."""
    ahead = Counter(one for choice in choices for one in choice)
    shared = {one for one, count in ahead.items() if count > 1}
    best: dict[tuple[int, frozenset[str]], float] = {(0, frozenset()): 0.0}
    for choice in choices:
        ahead.subtract(choice)
        over = {one for one in shared if not ahead[one]}
        following: dict[tuple[int, frozenset[str]], float] = {}
        for (size, taken), gain in best.items():
            for one in _worth_taking(choice, shared, gains):
                new = one not in taken
                state = (size + new, ((taken | {one}) & shared) - over)
                reached = gain + new * gains.get(one, 0.0)
                following[state] = max(reached, following.get(state, 0.0))
        best = following
    by_size: dict[int, float] = {}
    for (size, _), gain in best.items():
        by_size[size] = max(gain, by_size.get(size, 0.0))
    return by_size


def _worth_taking(choice: Collection[str], shared: Collection[str], gains: Mapping[str, float]) -> list[str]:
    """Of those that no other choice has, only the best; all that another choice has."""
    own = [one for one in choice if one not in shared]
    best_own = [max(own, key=lambda one: gains.get(one, 0.0))] if own else []
    return best_own + [one for one in choice if one in shared]


# All


def _some(evidence: Collection[str]) -> frozenset[str]:
    if not evidence:
        raise InvalidInputError("A question without evidence has no recall. Leave it out.")
    return frozenset(evidence)


def _positive(depth: int) -> int:
    if depth < 1:
        raise InvalidInputError(f"The depth {depth} is too small. Give at least 1.")
    return depth


def _first_ranks(ranked: Sequence[str]) -> dict[str, int]:
    """Where each id stands first; the best has rank 1."""
    ranks: dict[str, int] = {}
    for rank, one in enumerate(ranked, 1):
        ranks.setdefault(one, rank)
    return ranks


def _discounted(rank: int) -> float:
    return 1 / log2(rank + 1)


def _ideal(count: int, depth: int) -> float:
    return sum(_discounted(rank) for rank in range(1, min(count, depth) + 1))


def _longmemeval_discounted(rank: int) -> float:
    return 1.0 if rank == 1 else 1 / log2(rank)
