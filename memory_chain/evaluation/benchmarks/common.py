"""What several benchmarks score alike. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from memory_chain.evaluation.runs import QuestionRecord
from memory_chain.evaluation.scoring.ranking import share_found, shares_at


def evidence_scores(record: QuestionRecord, evidence: Collection[str], depths: Collection[int]) -> dict[str, float]:
    """How much of the evidence was found: `recall@k` in the ranking, `context@b` word for word in the context of b
    tokens, `cited@b` by anything in it. Nothing where the benchmark tells no evidence, or the memory cannot rank."""
    if not evidence:
        return {}
    scores: dict[str, float] = {}
    if ranks(record):
        scores |= {f"recall@{depth}": share for depth, share in shares_at(evidence, record.ranked, depths).items()}
    for budget, found in record.contexts.items():
        scores[f"context@{budget}"] = share_found(evidence, found.sources)
        scores[f"cited@{budget}"] = share_found(evidence, {*found.sources, *found.cited})
    return scores


def verdict_scores(record: QuestionRecord) -> Mapping[str, float]:
    """1 for an answer that a judge accepts, by the judge's name; a judge that said neither yes nor no counts 0."""
    return {name: float(verdict.right is True) for name, verdict in record.verdicts.items()}


RANK_NOTHING = frozenset({"none", "full"})
"""Systems that rank nothing by their nature."""


def ranks(record: QuestionRecord) -> bool:
    """Whether the record counts where rankings are scored.

    A memory that found nothing, or failed, has an empty ranking that scores 0; one that cannot rank is left out.
    """
    return bool(record.ranked) or record.system not in RANK_NOTHING
