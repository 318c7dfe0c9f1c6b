"""Figures from records. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from memory_chain.evaluation.old_records import Answered

OVERALL = "overall"


def share_found(evidence: Collection[str], found: Iterable[str]) -> float:
    """The share (0 to 1) of the evidence that was found.

    Raises:
        ValueError: there is no evidence, so that no share is meaningful.
    """
    wanted = set(evidence)
    if not wanted:
        raise ValueError("a question without evidence has no recall; leave it out")
    return len(wanted.intersection(found)) / len(wanted)


def shares_at(evidence: Collection[str], ranked: Sequence[str], depths: Iterable[int]) -> dict[int, float]:
    """The share of the evidence among the first k of a ranking, for each depth k."""
    return {depth: share_found(evidence, ranked[:depth]) for depth in depths}


def percent_by_category(
    answered: Iterable[Answered], shares: Callable[[Answered], Mapping[int, float]]
) -> dict[str, dict[str, float]]:
    """Mean over questions in percent, overall and by category: `{"overall": {"5": 71.5, …}, "1": …}`."""
    grouped: dict[str, list[Mapping[int, float]]] = {OVERALL: []}
    for one in answered:
        grouped[OVERALL].append(shares(one))
        grouped.setdefault(one.category, []).append(shares(one))
    return {category: _means(grouped[category]) for category in sorted(grouped, key=_overall_first)}


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The median and the 95th percentile (by linear interpolation), rounded to 0.001."""
    if not values:
        return {"p50": 0.0, "p95": 0.0}
    p95 = statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return {"p50": round(statistics.median(values), 3), "p95": round(p95, 3)}


def _means(rows: Sequence[Mapping[int, float]]) -> dict[str, float]:
    if not rows:
        return {}
    return {str(key): round(100 * statistics.fmean(row[key] for row in rows), 2) for key in rows[0]}


def _overall_first(category: str) -> tuple[bool, str]:
    return category != OVERALL, category
