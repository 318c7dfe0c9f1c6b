"""Tells a run: as one JSON object, as records, as a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from memory_chain.evaluation.old_records import Answered, Measured, RetrievalRun
from memory_chain.evaluation.old_scoring import OVERALL, percent_by_category, percentiles

_SHARES: Mapping[str, Callable[[Answered], Mapping[int, float]]] = {
    "recall": lambda one: one.recall,
    "context_recall": lambda one: one.context,
    "context_recall_any": lambda one: one.context_any,
}


def summary(run: RetrievalRun) -> dict[str, Any]:
    """The whole run as one JSON object; every figure is made of `records`."""
    answered = run.answered
    ingest_seconds = sum(measured.ingest_seconds for measured in run.measured)
    return {
        "benchmark": run.dataset.name,
        **{name: percent_by_category(answered, shares) for name, shares in _SHARES.items()},
        "questions": len(answered),
        "questions_by_category": _counts(answered),
        "messages": sum(measured.messages for measured in run.measured),
        "ingest_messages_per_s": _rate(run.measured, ingest_seconds),
        "search_ms": percentiles([one.search_ms for one in answered]),
        "retrieve_ms": percentiles([one.retrieve_ms for one in answered]),
        "seconds": round(run.seconds, 1),
        "processes": run.processes,
        "samples": {measured.conversation: _sample(measured) for measured in run.measured},
        "data": {"path": str(run.dataset.path), "sha256": run.dataset.sha256, "known": run.dataset.known},
        "conditions": dict(run.conditions),
    }


def records(run: RetrievalRun) -> Iterator[str]:
    """One JSON line a question."""
    return (json.dumps(asdict(one), ensure_ascii=False) for one in run.answered)


def write_records(run: RetrievalRun, path: Path) -> None:
    """Write `records` to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in records(run)), "utf-8")


def table(run: RetrievalRun, categories: Mapping[str, str]) -> RenderableType:
    """The run for people: recall by category and by sample, and what it took."""
    told = summary(run)
    by_category = _grid("category", run)
    for category in told["recall"]:
        name = category if category == OVERALL else f"{category} {categories.get(category, '')}".strip()
        number = told["questions"] if category == OVERALL else told["questions_by_category"][category]
        by_category.add_row(name, str(number), *_cells(told, category))
    by_sample = _grid("sample", run)
    for name, sample in told["samples"].items():
        by_sample.add_row(name, str(sample["questions"]), *_cells(sample, OVERALL))
    search, retrieve = told["search_ms"], told["retrieve_ms"]
    lines = [
        f"{told['messages']:,} messages added at {told['ingest_messages_per_s']:,.0f} a second; "
        f"search {search['p50']:.1f} ms (p95 {search['p95']:.1f}), "
        f"retrieve {retrieve['p50']:.1f} ms (p95 {retrieve['p95']:.1f}); {told['seconds']:.0f} s in all.",
    ]
    if not run.dataset.known:
        lines.append(f"This is not the known file (sha256 {run.dataset.sha256[:12]}…): figures may not compare.")
    return Group(by_category, by_sample, Text("\n".join(lines)))


def _sample(measured: Measured) -> dict[str, Any]:
    return {
        **{name: percent_by_category(measured.answered, shares) for name, shares in _SHARES.items()},
        "questions": len(measured.answered),
        "messages": measured.messages,
        "ingest_messages_per_s": _rate([measured], measured.ingest_seconds),
    }


def _rate(measured: Sequence[Measured], seconds: float) -> float:
    return round(sum(one.messages for one in measured) / seconds, 1) if seconds else 0.0


def _counts(answered: Sequence[Answered]) -> dict[str, int]:
    categories = [one.category for one in answered]
    return {category: categories.count(category) for category in sorted(set(categories))}


def _grid(first: str, run: RetrievalRun) -> Table:
    grid = Table(title=f"Evidence found, percent, by {first} (R@k: ranking; ≤n tok: context)", title_justify="left")
    grid.add_column(first, no_wrap=True)
    grid.add_column("questions", justify="right")
    for depth in run.depths:
        grid.add_column(f"R@{depth}", justify="right")
    for budget in run.budgets:
        grid.add_column(f"≤{budget} tok", justify="right")
    return grid


def _cells(told: Mapping[str, Any], category: str) -> Iterator[str]:
    for name in ("recall", "context_recall"):
        yield from (f"{value:.1f}" for value in told[name].get(category, {}).values())
