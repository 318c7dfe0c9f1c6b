"""Tells a run on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from memory_chain.evaluation.benchmarks.base import Benchmark
from memory_chain.evaluation.figures import ALL, OVERALL

FEW_DEPTHS = 3
"""A figure that is told at more depths than this is shown at two of them."""
LONGEST_NAME = 24


def table(benchmark: Benchmark, result: Mapping[str, Any], *, width: int = 80) -> RenderableType:
    """Every system's figures over all questions, and the first system's by category, in as many tables as the width
    needs: a figure is never cut."""
    systems: Mapping[str, Any] = result["systems"]
    names = _headline(list(dict.fromkeys(name for system in systems.values() for name in system["figures"])))
    first, system = next(iter(systems.items()))
    groups = list(dict.fromkeys(group for figure in system["figures"].values() for group in figure))
    titles = {group: _titled(benchmark, group) for group in groups}
    found: list[RenderableType] = [Text(f"{benchmark.title}: percent, with 95 % intervals", style="italic")]
    for part in _parts(names, systems, width):
        whole = _grid("memory", part)
        for name, one in systems.items():
            whole.add_row(name, *(_cell(one["figures"].get(figure, {}).get(OVERALL), interval=True) for figure in part))
        found.append(whole)
    if groups:
        found.append(Text(f"{first} by category", style="italic"))
    for part in _parts(names, titles.values(), width) if groups else ():
        apart = _grid("category", part)
        for group in groups:
            apart.add_row(titles[group], *(_cell(system["figures"].get(figure, {}).get(group)) for figure in part))
        found.append(apart)
    return Group(*found, Text("\n".join(_lines(result))))


def _titled(benchmark: Benchmark, group: str) -> str:
    meaning = benchmark.categories.get(group, "")
    same = meaning.replace(" ", "").replace("-", "") == group.replace("_", "").replace("-", "").replace(" ", "")
    return group if meaning == "" or same or group in (OVERALL, ALL) else f"{group} {meaning}"


def _headline(names: Sequence[str]) -> list[str]:
    """What fits a terminal, answers first: no figures against corrected labels, and of contexts only the largest."""
    contexts = [name for name in names if name.startswith(("context@", "reference@")) and not name.endswith("+")]
    depths: dict[str, list[str]] = {}
    for name in names:
        if not name.endswith("+"):
            depths.setdefault(name.partition("@")[0], []).append(name)
    shown = [
        name
        for name in names
        if not name.endswith("+")
        and not name.startswith(("cited@", "reference-cited@", "reference-share@"))
        and (name not in contexts or name == contexts[-1])
        and (len(alike := depths[name.partition("@")[0]]) <= FEW_DEPTHS or name in contexts or name in alike[2:4])
    ]
    return sorted(shown, key=lambda name: "@" in name)


def _parts(names: Sequence[str], rows: Iterable[str], width: int) -> Iterator[list[str]]:
    """The columns that stand beside each other."""
    first = min(LONGEST_NAME, max(map(len, rows), default=0)) + 4
    part: list[str] = []
    left = width - first
    for name in names:
        needs = max(5, *map(len, _short(name).split("\n"))) + 3
        if part and needs > left:
            yield part
            part, left = [], width - first
        part.append(name)
        left -= needs
    if part or not names:
        yield part


def _grid(first: str, names: list[str]) -> Table:
    grid = Table()
    grid.add_column(first, no_wrap=True, max_width=LONGEST_NAME)
    for name in names:
        grid.add_column(_short(name), justify="right", no_wrap=True)
    return grid


_SHORTER = {
    "reference-recall@": "ref-\nR@", "turn-recall-": "turn\n", "session-recall-": "session\n", "turn-": "turn\n",
    "session-": "session\n", "recall@": "R@", "ndcg@": "N@", "context@": "ctx@\n", "judge-": "",
    "reference@": "ref@\n",
}  # fmt: skip


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
    for name, gain in result.get("gain_over_no_memory", {}).items():
        if OVERALL in gain:
            told = gain[OVERALL]
            within = "" if told["low"] is None else f" ({told['low']:+.1f} to {told['high']:+.1f})"
            lines.append(f"{name} gains {told['mean']:+.1f} points over no memory{within}.")
    if "longest" in result.get("baselines", {}):
        lines.append(f"The longest option is right for {result['baselines']['longest'].get(OVERALL, 0.0):.1f} %.")
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
