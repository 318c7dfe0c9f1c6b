"""The command line of the evaluation suite: `omem eval …`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from memory_chain.errors import ConfigurationError, InvalidInputError
from memory_chain.evaluation import old_report as report
from memory_chain.evaluation.old_locomo import CATEGORIES, read_locomo
from memory_chain.evaluation.old_records import Dataset, Measured, RetrievalRun
from memory_chain.evaluation.retrieval import BUDGETS, DEPTHS, run_retrieval

app = typer.Typer(help="Measure the memory on public benchmarks.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Measure the memory on public benchmarks."""


@app.command()
def locomo(
    data: Annotated[Path, typer.Option(help="Path of locomo10.json.")],
    retrieval_only: Annotated[
        bool, typer.Option("--retrieval-only", help="Measure what is found; no question is answered, no model asked.")
    ] = False,
    samples: Annotated[str | None, typer.Option(help="Places of the samples, from 0: 0,1,2. Default: all.")] = None,
    home: Annotated[Path | None, typer.Option(help="Empty folder in which to keep the memories.")] = None,
    records: Annotated[Path | None, typer.Option(help="File for one JSON line a question.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="Conversations at the same time.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """How much of the evidence of LoCoMo's questions is found."""
    run = run_locomo(data, retrieval_only=retrieval_only, samples=samples, home=home, processes=processes)
    if records is not None:
        report.write_records(run, records)
    if as_json:
        typer.echo(json.dumps(report.summary(run), ensure_ascii=False))
    else:
        Console().print(report.table(run, CATEGORIES))


def run_locomo(
    data: Path,
    *,
    retrieval_only: bool,
    samples: str | None = None,
    home: Path | None = None,
    processes: int | None = None,
    depths: tuple[int, ...] = DEPTHS,
    budgets: tuple[int, ...] = BUDGETS,
) -> RetrievalRun:
    """Read and run LoCoMo, with a progress bar on stderr.

    Raises:
        ConfigurationError: answering was asked for, which is not there yet.
        InvalidInputError: the data or the list of samples is wrong.
    """
    if not retrieval_only:
        raise ConfigurationError(
            "Answering LoCoMo's questions and judging the answers comes with the evaluation suite, which is not "
            "part of this version. Add --retrieval-only to measure what is found; it needs no model."
        )
    dataset = read_locomo(data, samples=sample_places(samples))
    return _with_progress(dataset, home, processes, depths, budgets)


def sample_places(given: str | None) -> list[int] | None:
    """`"0,1,2"` as places; None stays None.

    Raises:
        InvalidInputError: it is no list of numbers.
    """
    if given is None:
        return None
    try:
        return [int(part) for part in given.split(",")]
    except ValueError:
        raise InvalidInputError(
            f"--samples is {given!r}; give places from 0, separated by commas, for example 0,1,2."
        ) from None


def _with_progress(
    dataset: Dataset, home: Path | None, processes: int | None, depths: tuple[int, ...], budgets: tuple[int, ...]
) -> RetrievalRun:
    console = Console(stderr=True)
    if not dataset.known:
        console.print(
            f"Note: {dataset.path} is not the known locomo10.json (sha256 {dataset.sha256[:12]}…); "
            "its figures may not compare with published ones.",
            style="yellow",
        )
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Conversations", total=len(dataset.conversations))

        def told(measured: Measured) -> None:
            progress.update(task, advance=1, description=f"Conversations (done: {measured.conversation})")

        return run_retrieval(dataset, depths=depths, budgets=budgets, home=home, processes=processes, on_measured=told)
