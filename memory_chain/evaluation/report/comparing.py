"""What is worked out for the report from scored questions: paired differences, means by step, the worst. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import sqrt
from statistics import NormalDist, fmean, stdev

from memory_chain.evaluation.figures import STEP
from memory_chain.evaluation.report.gathering import Entry, Scored
from memory_chain.evaluation.scoring.statistics import CONFIDENCE, Estimate

_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
_ANSWERS = ("accuracy", "pqr", "p", "q", "r", "f1", "judge-strict", "judge-lenient", "set-f1", "bleu1")
"""Figures of answers that are looked at first, the most telling first."""
IN_CONTEXT = frozenset({"context", "cited", "reference", "reference-cited"})
"""Kinds of figures whose number after the `@` is a budget in tokens."""
CORRECTED = "+"
"""Ends the names of figures against corrected labels."""
_LOWER = ("outdated",)
"""Begin the names of figures of which less is better."""


def difference(entry: Entry, reference: Entry, figure: str, counted: Collection[str]) -> Estimate | None:
    """How much more an entry has than the reference, over the questions that both were asked: the mean of the
    differences with the normal interval, mean ± 1.96 sd / √n. Repetitions of a question are averaged before.

    None: they have no question in common.
    """
    mine, theirs = (_by_question(one.final, figure, counted) for one in (entry, reference))
    differences = [mine[key] - theirs[key] for key in mine if key in theirs]
    if not differences:
        return None
    middle = fmean(differences)
    if len(differences) == 1:
        return Estimate(mean=middle, n=1)
    spread = stdev(differences)
    half = _Z * spread / sqrt(len(differences))
    return Estimate(mean=middle, n=len(differences), sd=spread, low=middle - half, high=middle + half)


def is_clear(estimate: Estimate) -> bool:
    """Whether the interval of a difference leaves out zero."""
    return estimate.low is not None and estimate.high is not None and (estimate.low > 0 or estimate.high < 0)


def by_step(entry: Entry, figure: str, counted: Collection[str]) -> list[tuple[float, float]]:
    """The mean of a figure (0 to 1) at each share of the conversation (0 to 1) that was known."""
    values: dict[float, list[float]] = {}
    for one in entry.scored:
        step = one.record.question.notes.get(STEP)
        if step is not None and figure in one.scores and one.record.question.category in counted:
            values.setdefault(float(step), []).append(one.scores[figure])
    return [(step, fmean(values[step])) for step in sorted(values)]


def worst(entry: Entry, others: Iterable[Entry], figure: str, counted: Collection[str], *, limit: int) -> list[Scored]:
    """The questions with the lowest figure; among equals those first that another system did best.

    Failed questions are left out: nothing can be learnt from what they retrieved. A question counts once, with the
    worst of its repetitions.
    """
    best: dict[str, float] = {}
    for other in others:
        for key, value in _by_question(other.final, figure, counted).items():
            best[key] = max(value, best.get(key, 0.0))
    asked = [
        one
        for one in entry.final
        if not one.record.error and figure in one.scores and one.record.question.category in counted
    ]
    asked.sort(key=lambda one: (one.scores[figure], -best.get(one.record.question.id, 0.0), one.record.question.id))
    worst_of_each: dict[str, Scored] = {}
    for one in asked:
        worst_of_each.setdefault(one.record.question.id, one)
    return list(worst_of_each.values())[:limit]


def answer_figures(figures: Sequence[str]) -> list[str]:
    """Those of answers, against the original labels, the most telling first."""
    found = [name for name in figures if "@" not in name and not name.endswith(CORRECTED)]
    return sorted(found, key=lambda name: _ANSWERS.index(name) if name in _ANSWERS else len(_ANSWERS))


def evidence_figures(figures: Sequence[str]) -> list[str]:
    """Those of what was found, against the original labels: kind by kind, the shallow before the deep."""
    found = [name for name in figures if "@" in name and not name.endswith(CORRECTED)]
    kinds = list(dict.fromkeys(name.partition("@")[0] for name in found))
    return sorted(found, key=lambda name: (kinds.index(name.partition("@")[0]), depth_of(name)))


def main_evidence(figures: Sequence[str]) -> str | None:
    """The one figure for what was found: that of the largest context, else the ranking's at 10 or nearest to it."""
    found = evidence_figures(figures)
    contexts = [name for name in found if name.startswith(("context@", "reference@"))]
    if contexts:
        return contexts[-1]
    return min(found, key=lambda name: abs(depth_of(name) - 10)) if found else None


def main_figures(figures: Sequence[str]) -> list[str]:
    """The figures for charts: the first of answers and the first of what was found, as far as there are any."""
    evidence = main_evidence(figures)
    return [*answer_figures(figures)[:1], *([evidence] if evidence else [])]


def main_ranking(figures: Sequence[str]) -> list[str]:
    """The one figure of rankings for charts, if there is any."""
    main = main_evidence([name for name in figures if name.partition("@")[0] not in IN_CONTEXT])
    return [main] if main else []


def depth_of(figure: str) -> int:
    """The number after the `@`; 0 without one."""
    number = figure.partition("@")[2].rstrip(CORRECTED)
    return int(number) if number.isdecimal() else 0


def is_lower_better(figure: str) -> bool:
    """Whether less of it is better."""
    return figure.startswith(_LOWER)


def _by_question(scored: Iterable[Scored], figure: str, counted: Collection[str]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for one in scored:
        if figure in one.scores and one.record.question.category in counted:
            values.setdefault(one.record.question.id, []).append(one.scores[figure])
    return {key: fmean(found) for key, found in values.items()}
