"""Reads runs, and puts the systems of all runs of one benchmark side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.benchmarks.base import Benchmark
from memory_chain.evaluation.figures import Figures, figures_of, is_final, scored_records
from memory_chain.evaluation.runs import Built, QuestionRecord, RunFolder, RunRecord

WITHOUT = "without"
"""In a contestant's settings: the part of our memory that is off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """A question with its figures (0 to 1)."""

    record: QuestionRecord
    scores: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class OneRun:
    """A run as it was read. `label` tells it from the others of the report."""

    label: str
    record: RunRecord
    questions: Sequence[QuestionRecord]
    summary: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One system of one run. `label`: its name, with that of the run where two runs have a system of this name."""

    label: str
    name: str
    run: OneRun
    settings: Mapping[str, Any]
    figures: Figures
    scored: Sequence[Scored]
    built: Sequence[Built]

    @property
    def is_variant(self) -> bool:
        """Whether it is our memory with a part off."""
        return WITHOUT in self.settings

    @property
    def is_ours(self) -> bool:
        """Whether it is our memory with all its parts."""
        return self.settings.get("system", self.name) == "omem" and not self.is_variant

    @property
    def final(self) -> list[Scored]:
        """The questions on which the headline figures rest: in a scaling run those of the last step."""
        return [one for one in self.scored if is_final(one.record)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Study:
    """All runs of one benchmark."""

    benchmark: Benchmark
    runs: tuple[OneRun, ...]
    entries: tuple[Entry, ...]

    @property
    def contestants(self) -> list[Entry]:
        """The systems without our own variants."""
        return [entry for entry in self.entries if not entry.is_variant]

    @property
    def figures(self) -> list[str]:
        """The names of all figures."""
        return list(dict.fromkeys(name for entry in self.entries for name in entry.figures))

    def reference(self, entry: Entry) -> Entry | None:
        """Our plain memory to which an entry is compared: of the same run, else of the first that has it."""
        ours = [one for one in self.entries if one.is_ours]
        ours.sort(key=lambda one: (one.run is not entry.run, one.name != "omem"))
        return ours[0] if ours else None


def gather(folders: Sequence[Path], find: Callable[[str], Benchmark]) -> list[Study]:
    """Read the runs; one study a benchmark, in the order given. A folder that is given twice counts once.

    Raises:
        InvalidInputError: no folder is given, one holds no run, or a run is of an unknown benchmark.
    """
    distinct = list({folder.resolve(): folder for folder in folders}.values())
    if not distinct:
        raise InvalidInputError("No run is given. Name at least one folder that `omem eval … --output-dir` wrote.")
    read: dict[str, list[tuple[str, RunFolder]]] = {}
    for label, folder in zip(_labels(distinct), distinct, strict=True):
        runs = RunFolder(folder)
        read.setdefault(runs.read_run().benchmark, []).append((label, runs))
    return [_study(find(name), runs) for name, runs in read.items()]


def _study(benchmark: Benchmark, folders: Sequence[tuple[str, RunFolder]]) -> Study:
    runs: list[OneRun] = []
    entries: list[Entry] = []
    for label, folder in folders:
        record, questions, built = folder.read_run(), folder.questions(), folder.built()
        summary = benchmark.summary(record, questions, built)
        run = OneRun(label=label, record=record, questions=questions, summary=summary)
        runs.append(run)
        entries += _entries(benchmark, run, built)
    names = [entry.name for entry in entries]
    labelled = [
        entry if names.count(entry.name) == 1 else replace(entry, label=f"{entry.name} ({entry.run.label})")
        for entry in entries
    ]
    return Study(benchmark=benchmark, runs=tuple(runs), entries=tuple(labelled))


def _entries(benchmark: Benchmark, run: OneRun, built: Sequence[Built]) -> Iterator[Entry]:
    with_scores = scored_records(benchmark, run.questions)
    figures = figures_of(benchmark, run.record, with_scores)
    scored: dict[str, list[Scored]] = {}
    for record, scores in with_scores:
        scored.setdefault(record.system, []).append(Scored(record=record, scores=scores))
    for name, settings in run.record.systems.items():
        yield Entry(
            label=name,
            name=name,
            run=run,
            settings=settings,
            figures=figures[name],
            scored=scored.get(name, []),
            built=[memory for memory in built if memory.system == name],
        )


def _labels(folders: Sequence[Path]) -> list[str]:
    """The folders' names; numbered where two are the same."""
    names = [folder.resolve().name or "run" for folder in folders]
    return [
        name if names.count(name) == 1 else f"{name} #{names[: place + 1].count(name)}"
        for place, name in enumerate(names)
    ]
