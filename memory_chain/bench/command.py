"""The command `omem bench`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from memory_chain.bench.measure import BenchOptions, run_bench

_ROWS = {
    "add_ms": "add, durable (ms)",
    "search_ms": "search (ms)",
    "retrieve_ms": "retrieve (ms)",
    "profile_ms": "profile (ms)",
}


def bench_command(
    messages: Annotated[int, typer.Option(min=100, help="How many messages in all.")] = 10_000,
    users: Annotated[int, typer.Option(min=1, help="Over how many users they are spread.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same text.")] = 7,
    background: Annotated[
        bool, typer.Option("--background", help="Understand in the background while messages are added.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure speed and size on generated conversations, in a temporary folder."""
    options = BenchOptions(messages=messages, users=users, seed=seed, background=background)
    with (
        tempfile.TemporaryDirectory(prefix="omem-bench-") as folder,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("Messages", total=messages)

        def told(count: int) -> None:
            if count % 100 == 0 or count == messages:
                progress.update(task, completed=count)

        report = run_bench(options, Path(folder), told)
    if as_json:
        typer.echo(json.dumps(report))
    else:
        _show(report, Console())


def _show(report: dict[str, Any], console: Console) -> None:
    marks = list(report["add_ms"])
    table = Table(title=f"{report['messages']:,} messages, {report['users']:,} users: p50 / p95", title_justify="left")
    table.add_column("at messages")
    for mark in marks:
        table.add_column(f"{int(mark):,}", justify="right")
    for name, title in _ROWS.items():
        table.add_row(title, *(f"{report[name][mark]['p50']:.2f} / {report[name][mark]['p95']:.2f}" for mark in marks))
    table.add_row("understand (ms a message)", *(f"{report['understand_ms_per_message'][mark]:.2f}" for mark in marks))
    console.print(table)
    ratio, counts = report["add_ratio"], report["counts"]
    if ratio:
        console.print(f"add at the end against the first mark: {ratio['p50']:.2f} (p95 {ratio['p95']:.2f})")
    console.print(
        f"files ÷ text: {report['bytes_per_text_byte']:.1f}; memory of the process: {report['rss_mb'] or 0:.0f} MB; "
        f"{counts['attributes']:,} attributes, {counts['events']:,} events, {counts['topics']:,} topics; "
        f"{report['seconds']:.0f} s"
    )
