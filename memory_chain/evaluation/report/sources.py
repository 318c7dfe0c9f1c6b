"""The report's parts on where its figures come from: conditions of the runs, prompts, what a benchmark adds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from memory_chain.evaluation.report.document import Block, Cell, Facts, Folded, Paragraph, Quoted, Section, Table
from memory_chain.evaluation.report.gathering import OneRun, Study
from memory_chain.evaluation.report.scores import SYSTEM
from memory_chain.evaluation.report.wording import MINUS, NONE, as_words, listed, seconds, shortened

_LONGEST_VALUE = 500


def overview(studies: list[Study]) -> Table:
    """One row a run."""
    rows = tuple(
        (
            Cell(text=run.label),
            Cell(text=study.benchmark.title),
            Cell(text=listed(name for name, settings in run.record.systems.items() if "without" not in settings)),
            Cell(text=f"{len({(one.question.id, one.known) for one in run.questions}):,}"),
            Cell(text=as_words(run.record.models.get("answer"))),
            Cell(text="finished" if run.record.ended_at else "unfinished", strong=run.record.ended_at is None),
            Cell(text="as published" if run.record.known else "other", strong=not run.record.known),
        )
        for study in studies
        for run in study.runs
    )
    header = ("run", "benchmark", "memories", "questions", "model", "state", "data")
    return Table(caption="The runs of this report", header=header, rows=rows, has_numbers=False)


def warnings(study: Study) -> list[str]:
    """What a reader has to know before trusting the figures."""
    said = []
    for run in study.runs:
        if run.record.ended_at is None:
            said.append(f"Run {run.label} is not finished: its figures are of what is done so far.")
        if not run.record.known:
            said.append(f"Run {run.label} did not use the published data files: its figures may not compare.")
    changed = [run.label for run in study.runs if run.record.conditions.get("clean") is False]
    if changed:
        said.append(
            f"Made with code that was not committed, so that the commit does not tell what ran: {listed(changed)}."
        )
    if len({frozenset(run.record.files.values()) for run in study.runs}) > 1:
        said.append("The runs used different data files, so their figures do not compare.")
    return said


def special(study: Study, key: str) -> Section | None:
    """What the benchmark tells beside the means."""
    blocks: list[Block] = []
    for run in study.runs:
        if run.summary:
            if len(study.runs) > 1:
                blocks.append(Paragraph(text=f"Run {run.label}:"))
            blocks += _values(run.summary)
    return Section(id=f"{key}-more", title="Beside the scores", blocks=tuple(blocks)) if blocks else None


def prompts(study: Study, key: str) -> Section:
    """The texts of the prompts that were used."""
    used: dict[str, set[str]] = {}
    for run in study.runs:
        for name, version in run.record.prompts.items():
            used.setdefault(name, set()).add(version)
    if not used:
        return Section(id=f"{key}-prompts", title="Prompts", blocks=(Paragraph(text="No model was asked."),))
    known = {prompt.name: prompt for prompt in study.benchmark.prompts}
    blocks: list[Block] = []
    for name, versions in used.items():
        said = " and ".join(sorted(versions))
        prompt = known.get(name)
        if prompt is None:
            blocks.append(
                Paragraph(text=f"{name}, version {said}: this package no longer has its text.", tone="warning")
            )
            continue
        parts: list[Block] = []
        if versions != {prompt.version}:
            parts.append(
                Paragraph(
                    text=f"Used was version {said}; this is the text of version {prompt.version}.", tone="warning"
                )
            )
        parts.append(Quoted(text=f"{prompt.system}\n\n{prompt.user}".strip()))
        blocks.append(Folded(summary=f"{name}, version {said}", blocks=tuple(parts)))
    return Section(id=f"{key}-prompts", title="Prompts", blocks=tuple(blocks))


def conditions(study: Study, key: str) -> Section:
    """Under which conditions each run was made."""
    return Section(
        id=f"{key}-conditions",
        title="Conditions",
        blocks=tuple(Folded(summary=f"Run {run.label}", blocks=_conditions(run)) for run in study.runs),
    )


def _conditions(run: OneRun) -> tuple[Block, ...]:
    record = run.record
    facts: list[tuple[str, Any]] = [
        ("begun", record.started_at and record.started_at.isoformat(timespec="seconds")),
        ("ended", record.ended_at.isoformat(timespec="seconds") if record.ended_at else "not finished"),
        ("took", seconds(record.seconds)),
        *record.conditions.items(),
        *((f"model for {use}", model) for use, model in record.models.items()),
        ("seeds", record.seeds),
        ("depths", record.depths),
        ("budgets in tokens", record.budgets),
        *record.settings.items(),
        *(
            (f"data: {name}", value)
            for name, value in record.dataset_notes.items()
            if isinstance(value, str | int | float)
        ),
    ]
    files = Table(
        caption=f"Data files, {'as published' if record.known else 'not the published ones'}",
        header=("file", "sha256"),
        rows=tuple(
            (Cell(text=PurePath(path).name), Cell(text=sha, is_code=True)) for path, sha in record.files.items()
        ),
        has_numbers=False,
    )
    systems = Table(
        caption="Memories and their settings",
        header=(SYSTEM, "settings"),
        rows=tuple(
            (
                Cell(text=name),
                Cell(text=listed(f"{key}: {as_words(value)}" for key, value in settings.items()) or "none"),
            )
            for name, settings in record.systems.items()
        ),
        has_numbers=False,
    )
    pairs = tuple(
        (name, Cell(text=shortened(as_words(value), _LONGEST_VALUE), is_code=name == "commit")) for name, value in facts
    )
    return Facts(pairs=pairs), files, systems


def _values(values: Mapping[str, Any], prefix: str = "") -> list[Block]:
    """Plain values as facts, remarks as text, a mapping of mappings as a table, other mappings below their names."""
    plain: list[tuple[str, Cell]] = []
    blocks: list[Block] = []
    for name, value in values.items():
        title = f"{prefix}{name}".replace("_", " ")
        if _is_estimate(value) or not isinstance(value, Mapping | list | tuple):
            plain.append((title, _value_cell(value)))
        elif not isinstance(value, Mapping):
            if any(" " in str(one) for one in value):
                blocks += [Paragraph(text=str(one), tone="note") for one in value]
            else:
                plain.append((title, _value_cell(value)))
        elif _is_of_mappings(value):
            blocks.append(_grid(title, _flat(value)))
        else:
            blocks += _values(value, f"{prefix}{name}: ")
    return [*([Facts(pairs=tuple(plain))] if plain else []), *blocks]


def _grid(caption: str, rows: Mapping[str, Mapping[str, Any]]) -> Table:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    return Table(
        caption=caption,
        header=(SYSTEM, *(str(column).replace("_", " ") for column in columns)),
        rows=tuple(
            (Cell(text=str(name)), *(_value_cell(row[column]) if column in row else NONE for column in columns))
            for name, row in rows.items()
        ),
    )


def _flat(rows: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """A table of tables as one, its rows named by both."""
    if not all(_is_of_mappings(row) for row in rows.values()):
        return rows
    return {f"{outer}, {inner}": row for outer, found in rows.items() for inner, row in found.items()}


def _is_of_mappings(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(isinstance(row, Mapping) and not _is_estimate(row) for row in value.values())


def _is_estimate(value: Any) -> bool:
    return isinstance(value, Mapping) and {"mean", "low", "high"} <= value.keys()


def _value_cell(value: Any) -> Cell:
    if _is_estimate(value):
        interval = "" if value["low"] is None else f"{value['low']:.4g} to {value['high']:.4g}".replace("-", MINUS)
        return Cell(text=f"{value['mean']:.4g}".replace("-", MINUS), small=interval)
    if isinstance(value, float):
        return Cell(text=f"{value:.4g}".replace("-", MINUS))
    return Cell(text=shortened(as_words(value), _LONGEST_VALUE))
