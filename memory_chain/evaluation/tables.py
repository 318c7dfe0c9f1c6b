"""Tells a run on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from memory_chain.evaluation.benchmarks.base import Benchmark
from memory_chain.evaluation.figures import ALL, OVERALL

MOST_COLUMNS = 9


def table(benchmark: Benchmark, result: Mapping[str, Any]) -> RenderableType:
    """Every system's figures over all questions, and the first system's by category."""
    systems: Mapping[str, Any] = result["systems"]
    names = _headline(list(dict.fromkeys(name for system in systems.values() for name in system["figures"])))
    whole = _grid(f"{benchmark.title}: percent, with 95 % intervals", "memory", names)
    for name, system in systems.items():
        whole.add_row(name, *(_cell(system["figures"].get(figure, {}).get(OVERALL), interval=True) for figure in names))
    first, system = next(iter(systems.items()))
    groups = list(dict.fromkeys(group for figure in system["figures"].values() for group in figure))
    apart = _grid(f"{first} by category", "category", names)
    for group in groups:
        meaning = benchmark.categories.get(group, "")
        title = group if meaning in ("", group) or group in (OVERALL, ALL) else f"{group} {meaning}"
        apart.add_row(title, *(_cell(system["figures"].get(figure, {}).get(group)) for figure in names))
    return Group(whole, apart, Text("\n".join(_lines(result))))


def _headline(names: Sequence[str]) -> list[str]:
    """What fits a terminal: no figures against corrected labels, and of contexts only the largest one."""
    contexts = [name for name in names if name.startswith("context@") and not name.endswith("+")]
    return [
        name
        for name in names
        if not name.endswith("+") and not name.startswith("cited@") and (name not in contexts or name == contexts[-1])
    ][:MOST_COLUMNS]


def _grid(title: str, first: str, names: list[str]) -> Table:
    grid = Table(title=title, title_justify="left")
    grid.add_column(first, no_wrap=True)
    for name in names:
        grid.add_column(_short(name), justify="right", no_wrap=True)
    return grid


_SHORTER = {"recall@": "R@", "ndcg@": "N@", "context@": "ctx@\n", "judge-": "", "reference-": "ref-\n"}


def _short(name: str) -> str:
    """A figure's name in few columns."""
    for long, short in _SHORTER.items():
        name = name.replace(long, short)
    return name


def _cell(estimate: Mapping[str, Any] | None, *, interval: bool = False) -> str:
    if not estimate:
        return "n/a"
    mean = f"{estimate['mean']:.1f}"
    if not interval or estimate["low"] is None:
        return mean
    return f"{mean}\n±{(estimate['high'] - estimate['low']) / 2:.1f}"


def _lines(result: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, system in result["systems"].items():
        lines.append(
            f"{name}: {system['messages']:,} messages added at {system['ingest_messages_per_s']:,.0f} a second; "
            f"retrieve {system['retrieve_ms']['p50']:.1f} ms (p95 {system['retrieve_ms']['p95']:.1f}); "
            f"{system['context_tokens']:.0f} tokens a context; {system['failed']} failed."
        )
    for stage, spent in result["spent"].items():
        lines.append(
            f"{stage}: {spent['calls']} calls ({spent['failed']} failed), {spent['tokens_in']:,} tokens in, "
            f"{spent['tokens_out']:,} out, cost {spent['cost']:.2f}."
        )
    for scorer, rates in result["probe"].items():
        told = ", ".join(f"{100 * rate:.1f} % of the {strategy} ones" for strategy, rate in rates.items())
        lines.append(f"{scorer} accepts of answers known to be wrong: {told}.")
    lines.append(f"{result['questions']} questions, {result['seconds']:.0f} s; kept in {result['run']}.")
    if not result["finished"]:
        lines.append("The run is not finished: give the same --output-dir to go on with it.")
    return lines
