"""Write the tables of docs/results.md from the runs of `omem eval offline`.

    omem eval offline --data ../shared/data --output-dir runs/offline
    python scripts/write_results.py runs/offline docs/results.md

What stands between the marks of a table is replaced; the words around it stay.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from memory_chain.evaluation.benchmarks import benchmark_of
from memory_chain.evaluation.figures import STEP, scored_records, told
from memory_chain.evaluation.runs import RunFolder
from memory_chain.evaluation.scoring.statistics import mean

PLAIN = ("omem", "bm25", "last", "none", "published-working", "published-episodic", "published")
FREE = ("working (free)", "working + episodic (free)", "working + episodic + persona (free)")


class Run:
    """A run and its figures."""

    def __init__(self, folder: Path) -> None:
        self.folder = RunFolder(folder)
        self.record = self.folder.read_run()
        self.benchmark = benchmark_of(self.record.benchmark)
        self.questions = self.folder.questions()
        self.built = self.folder.built()
        self.told = told(self.benchmark, self.record, self.questions, self.built)

    def figure(self, system: str, name: str, group: str = "overall") -> str:
        """A mean in percent, or a dash."""
        found = self.told["systems"][system]["figures"].get(name, {}).get(group)
        return f"{found['mean']:.1f}" if found else "-"


def grid(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def systems(run: Run, names: Sequence[str]) -> str:
    """All systems with chosen figures."""
    told_of = [name for name in (*PLAIN, *FREE) if name in run.told["systems"]]
    rows = [[name, *(run.figure(name, figure) for figure in names)] for name in told_of]
    return grid(["memory", *names], rows)


def by_category(run: Run, names: Sequence[str], system: str = "omem") -> str:
    """One system by category."""
    groups = [group for group in run.told["systems"][system]["figures"][names[0]] if group != "all"]
    categories = run.benchmark.categories
    rows = []
    for group in groups:
        title = group if categories.get(group, group) == group else f"{group} {categories[group]}"
        n = run.told["systems"][system]["figures"][names[0]][group]["n"]
        rows.append([title, n, *(run.figure(system, name, group) for name in names)])
    return grid(["category", "n", *names], rows)


def by_sample(run: Run) -> str:
    """The first system by conversation."""
    rows = [
        [name, one["questions"], *one["recall"].values(), *one["context_recall"].values()]
        for name, one in run.told["samples"].items()
    ]
    first = next(iter(run.told["samples"].values()))
    head = [f"R@{depth}" for depth in first["recall"]] + [f"context {size}" for size in first["context_recall"]]
    return grid(["sample", "n", *head], rows)


def ablation(run: Run) -> str:
    """What is lost without each part, in points."""
    names = ("recall@5", "recall@10", "recall@20", "context@1500", "cited@1500")
    whole = run.told["systems"]["omem"]["figures"]
    rows = []
    for one in run.told["systems"].values():
        if "without" in one["settings"]:
            lost = [one["figures"][name]["overall"]["mean"] - whole[name]["overall"]["mean"] for name in names]
            rows.append([one["settings"]["without"], *(f"{value:+.1f}" for value in lost)])
    rows.sort(key=lambda row: float(row[2]) + float(row[4]))
    return grid(["without", *names], rows)


def curve(run: Run, names: Sequence[str]) -> str:
    """Figures by the share of the conversation that is known."""
    steps = sorted({record.question.notes[STEP] for record in run.questions})
    scored = scored_records(run.benchmark, run.questions)
    rows = []
    for system in run.told["systems"]:
        for name in names:
            values = []
            for step in steps:
                found = [
                    scores[name]
                    for record, scores in scored
                    if record.system == system and record.question.notes[STEP] == step and name in scores
                ]
                values.append(f"{100 * mean(found):.1f}" if found else "-")
            rows.append([system, name, *values])
    return grid(["memory", "figure", *(f"{100 * step:.0f} %" for step in steps)], rows)


def times(runs: Mapping[str, Run]) -> str:
    """What each run took."""
    rows = []
    for name, run in runs.items():
        one = run.told["systems"]["omem"]
        rows.append([
            name, f"{one['messages']:,}", f"{one['ingest_messages_per_s']:.0f}",
            f"{one['rank_ms']['p50']:.1f} / {one['rank_ms']['p95']:.1f}",
            f"{one['retrieve_ms']['p50']:.1f} / {one['retrieve_ms']['p95']:.1f}", f"{run.record.seconds:.0f}",
        ])  # fmt: skip
    head = ["run", "messages", "added a second", "rank p50 / p95, ms", "retrieve p50 / p95, ms", "whole run, s"]
    return grid(head, rows)


def main() -> None:
    """Replace the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", type=Path)
    parser.add_argument("page", type=Path)
    options = parser.parse_args()
    runs = {path.parent.name: Run(path.parent) for path in sorted(options.runs.glob("*/run.json"))}
    ours = ("recall@5", "recall@10", "recall@20", "context@500", "context@1000", "context@1500", "cited@1500")
    bench = ("recall@5", "recall@10", "ndcg@5", "ndcg@10", "context@1500", "cited@1500")
    persona = ("reference-recall@5", "reference@500", "reference@1000", "reference@1500", "reference-cited@1500")
    tables: dict[str, Callable[[], str]] = {
        "locomo": lambda: systems(runs["locomo"], ours),
        "locomo-categories": lambda: by_category(runs["locomo"], ours),
        "locomo-samples": lambda: by_sample(runs["locomo"]),
        "locomo-ablation": lambda: ablation(runs["locomo"]),
        "locomo-scaling": lambda: curve(runs["locomo-scaling"], ("recall@10", "context@1500")),
        "personabench-0.0": lambda: systems(runs["personabench-0.0"], bench),
        "personabench-0.5": lambda: systems(runs["personabench-0.5"], bench),
        "personabench-categories": lambda: by_category(runs["personabench-0.5"], bench),
        "personabench-scaling": lambda: curve(runs["personabench-0.5-scaling"], ("recall@10", "cited@1500")),
        "personamem-with": lambda: systems(runs["personamem-with-system-turns"], persona),
        "personamem-without": lambda: systems(runs["personamem-without-system-turns"], persona),
        "times": lambda: times(runs),
    }
    page = options.page.read_text("utf-8")
    for name, table in tables.items():
        mark = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not mark.search(page):
            raise SystemExit(f"{options.page} has no place for the table {name!r}")
        made = table()
        page = mark.sub(lambda found, made=made: f"{found[1]}\n{made}\n\n{found[2]}", page)
    options.page.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
