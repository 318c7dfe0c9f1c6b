"""Figures of a run: means with intervals by system and category, times, tokens and cost. Pure.

Everything comes from the run's records; nothing is asked and nothing is read from a data set again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from memory_chain.evaluation.benchmarks.base import Benchmark
from memory_chain.evaluation.models import NOTHING, Spent
from memory_chain.evaluation.runs import Built, QuestionRecord, RunRecord
from memory_chain.evaluation.scoring.statistics import Estimate, mean, over_questions, over_runs, percentiles

OVERALL = "overall"
"""The mean over the questions of a benchmark's counted categories."""
ALL = "all"
"""The mean over all questions, where some categories are not counted."""

STEP = "step"
"""In a scaling run: the share of the conversation that is known, in a question's notes."""

Figures = dict[str, dict[str, Estimate]]
"""A figure's name, then a category (or `overall`, `all`), then its estimate; shares are 0 to 1."""

RecordScores = tuple[QuestionRecord, Mapping[str, float]]
"""What became of a question, and its figures."""


def figures_of(benchmark: Benchmark, run: RunRecord, scored: Iterable[RecordScores]) -> dict[str, Figures]:
    """The figures of each system. Over several seeds: the mean of the runs' means, with its interval over runs."""
    final = [one for one in scored if is_final(one[0])]
    found = {}
    for name in run.systems:
        mine = [one for one in final if one[0].system == name]
        by_seed = [_one_seed(benchmark, [one for one in mine if one[0].seed == seed]) for seed in run.seeds]
        found[name] = by_seed[0] if len(by_seed) == 1 else _over_seeds(by_seed)
    return found


def told(
    benchmark: Benchmark, run: RunRecord, records: Sequence[QuestionRecord], built: Sequence[Built]
) -> dict[str, Any]:
    """The whole run as one JSON object: headline figures in percent, times in milliseconds, tokens, cost."""
    scored = scored_records(benchmark, records)
    figures = figures_of(benchmark, run, scored)
    first = next(iter(run.systems))
    return {
        "benchmark": run.benchmark,
        "finished": run.ended_at is not None,
        **_evidence_of(figures[first]),
        "samples": _by_conversation(benchmark, first, scored, built),
        "questions": len({(record.seed, record.question.id, record.known) for record in records}),
        "questions_by_category": _counts(records),
        "systems": {name: _system(name, figures[name], run, records, built) for name in run.systems},
        **benchmark.summary(run, records, built),
        "spent": {stage: asdict(spent) for stage, spent in run.spent.items()},
        "probe": run.probe,
        "models": run.models,
        "prompts": run.prompts,
        "seeds": list(run.seeds),
        "settings": dict(run.settings),
        "data": {"files": dict(run.files), "known": run.known},
        "seconds": round(run.seconds, 1),
        "conditions": dict(run.conditions),
    }


def in_percent(estimate: Estimate) -> dict[str, float | int | None]:
    """An estimate for JSON: mean and interval in percent."""
    return {
        "mean": round(100 * estimate.mean, 2),
        "low": None if estimate.low is None else round(100 * estimate.low, 2),
        "high": None if estimate.high is None else round(100 * estimate.high, 2),
        "n": estimate.n,
    }


def scored_records(benchmark: Benchmark, records: Sequence[QuestionRecord]) -> list[RecordScores]:
    """Each record with its figures.

    Where the memory itself failed there is nothing to score; such a question counts 0 in every figure that its like
    (same category, with evidence or without) has with this system, or if that never works, with any.
    """
    scored: list[RecordScores] = [(record, benchmark.scores(record)) for record in records]
    had: dict[tuple[str, str, bool], dict[str, float]] = {}
    for record, scores in scored:
        if not _memory_failed(record):
            for system in (record.system, _ANY):
                had.setdefault((system, *_like(record)), {}).update(dict.fromkeys(scores, 0.0))

    def zeros(record: QuestionRecord, scores: Mapping[str, float]) -> Mapping[str, float]:
        like = _like(record)
        return had.get((record.system, *like), had.get((_ANY, *like), scores))

    return [(record, zeros(record, scores) if _memory_failed(record) else scores) for record, scores in scored]


_ANY = ""


def _like(record: QuestionRecord) -> tuple[str, bool]:
    return record.question.category, bool(record.question.evidence)


def _memory_failed(record: QuestionRecord) -> bool:
    """It could not be built, or not be asked: then nothing was found, not even an empty context."""
    return bool(record.error) and not record.contexts and not record.ranked


def _one_seed(benchmark: Benchmark, scored: Iterable[RecordScores]) -> Figures:
    values: dict[str, dict[str, list[float]]] = {}
    for record, scores in scored:
        category = record.question.category
        groups = [category, ALL, *([OVERALL] if category in benchmark.counted else [])]
        for name, value in scores.items():
            for group in groups:
                values.setdefault(name, {}).setdefault(group, []).append(value)
    return {
        name: {group: over_questions(found) for group, found in sorted(groups.items(), key=_overall_first)}
        for name, groups in values.items()
    }


def _over_seeds(by_seed: Sequence[Figures]) -> Figures:
    means: dict[str, dict[str, list[float]]] = {}
    for figures in by_seed:
        for name, groups in figures.items():
            for group, estimate in groups.items():
                means.setdefault(name, {}).setdefault(group, []).append(estimate.mean)
    return {
        name: {group: over_runs(found) for group, found in sorted(groups.items(), key=_overall_first)}
        for name, groups in means.items()
    }


def is_final(record: QuestionRecord) -> bool:
    """In a scaling run a question is asked at several sizes of the memory; the headline figures are the last one's."""
    return bool(record.question.notes.get(STEP, 1.0) == 1.0)


_EVIDENCE = {"recall": "recall@", "context_recall": "context@", "context_recall_any": "cited@"}


def _evidence_of(figures: Figures) -> dict[str, dict[str, dict[str, float]]]:
    """The evidence that the first system found, shortly: kind, category, depth or budget, percent."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for kind, prefix in _EVIDENCE.items():
        for name, groups in figures.items():
            size = name.removeprefix(prefix)
            if name.startswith(prefix) and size.isdigit():
                for group, estimate in groups.items():
                    found.setdefault(kind, {}).setdefault(group, {})[size] = round(100 * estimate.mean, 2)
    return found


def _by_conversation(
    benchmark: Benchmark, system: str, scored: Iterable[RecordScores], built: Sequence[Built]
) -> dict[str, dict[str, Any]]:
    """The same for each conversation, with its size."""
    messages = {one.conversation: one.messages for one in built if one.system == system}
    mine: dict[str, list[RecordScores]] = {}
    for record, scores in scored:
        if record.system == system and is_final(record):
            mine.setdefault(record.conversation, []).append((record, scores))
    return {
        name: {
            "questions": len(found),
            "messages": messages.get(name, 0),
            **{kind: groups.get(OVERALL, {}) for kind, groups in _evidence_of(_one_seed(benchmark, found)).items()},
        }
        for name, found in sorted(mine.items())
    }


def _system(
    name: str, figures: Figures, run: RunRecord, records: Sequence[QuestionRecord], built: Sequence[Built]
) -> dict[str, Any]:
    mine = [record for record in records if record.system == name]
    memories = _grown([one for one in built if one.system == name])
    largest = max(run.budgets, default=0)
    contexts = [record.contexts[largest] for record in mine if largest in record.contexts]
    seconds = sum(one.seconds for one in memories)
    return {
        "settings": dict(run.systems[name]),
        "figures": {
            figure: {group: in_percent(estimate) for group, estimate in groups.items()}
            for figure, groups in figures.items()
        },
        "failed": sum(bool(record.error) for record in mine),
        "unjudged": sum(verdict.right is None for record in mine for verdict in record.verdicts.values()),
        "messages": sum(one.messages for one in memories),
        "ingest_messages_per_s": round(sum(one.messages for one in memories) / seconds, 1) if seconds else 0.0,
        "rank_ms": percentiles([record.rank_ms for record in mine if record.ranked]),
        "retrieve_ms": percentiles([context.ms for context in contexts]),
        "context_tokens": round(mean(context.tokens for context in contexts), 1) if contexts else 0.0,
        "answered_in": asdict(sum((record.answered_in for record in mine), NOTHING)),
        "judged_in": asdict(_judged(mine)),
    }


def _grown(built: Iterable[Built]) -> list[Built]:
    """Of each memory the record of when it knew most; a scaling run has one for each step."""
    known = {(one.seed, one.conversation): one for one in sorted(built, key=lambda one: one.messages)}
    return list(known.values())


def _judged(records: Iterable[QuestionRecord]) -> Spent:
    verdicts = (verdict.spent for record in records for verdict in record.verdicts.values())
    in_steps = (Spent(**record.measures["judged_in"]) for record in records if "judged_in" in record.measures)
    return sum((*verdicts, *in_steps), NOTHING)


def _counts(records: Iterable[QuestionRecord]) -> dict[str, int]:
    asked = {(record.question.id, record.question.category) for record in records}
    categories = [category for _, category in asked]
    return {category: categories.count(category) for category in sorted(set(categories))}


def _overall_first(item: tuple[str, object]) -> tuple[int, str]:
    return {OVERALL: 0, ALL: 1}.get(item[0], 2), item[0]
