"""The options that all benchmarks share, declared once: `@shares_run_options` puts them on a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.models import Prices


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How to run a benchmark, whichever it is. Its fields are options of the command line."""

    systems: Annotated[str, typer.Option(help="Memories to compare, by commas; see `omem eval systems`.")] = "omem"
    model: Annotated[str | None, typer.Option(help="Model that answers; without one nothing is asked.")] = None
    judge_model: Annotated[str | None, typer.Option(help="Model that judges. Default: the one that answers.")] = None
    retrieval_only: Annotated[bool, typer.Option("--retrieval-only", help="Ask no model.")] = False
    understand: Annotated[
        str, typer.Option(help="Who understands messages: `rules`, or `model` (the one that answers).")
    ] = "rules"
    batch: Annotated[int, typer.Option(min=1, help="With --understand model: messages a call.")] = 10
    output_dir: Annotated[
        Path | None, typer.Option(help="Folder of the run. An unfinished run there is gone on with.")
    ] = None
    runs: Annotated[int, typer.Option(min=1, help="Repetitions, each with its own seed.")] = 1
    seed: Annotated[int, typer.Option(help="The first seed.")] = 0
    budgets: Annotated[str, typer.Option(help="Sizes of contexts in tokens, by commas; a model sees the largest.")] = (
        "500,1000,1500"
    )
    depths: Annotated[str, typer.Option(help="How deep to look into rankings, by commas.")] = "5,10,20"
    scaling: Annotated[bool, typer.Option("--scaling", help="Ask after each tenth of the messages.")] = False
    ablate: Annotated[bool, typer.Option("--ablate", help="Also our memory with one part off at a time.")] = False
    concurrency: Annotated[int, typer.Option(min=1, help="Questions put to a model at the same time.")] = 4
    processes: Annotated[int | None, typer.Option(min=1, help="Without a model: conversations at once.")] = None
    max_cost: Annotated[float | None, typer.Option(min=0, help="Stop when so much is spent; needs prices.")] = None
    price_in: Annotated[float, typer.Option(min=0, help="Price of a million tokens read.")] = 0.0
    price_out: Annotated[float, typer.Option(min=0, help="Price of a million tokens written.")] = 0.0
    config: Annotated[Path | None, typer.Option(help="Settings: server and key of the model, embedder.")] = None
    keep_memories: Annotated[bool, typer.Option("--keep-memories", help="Leave the memories in the folder.")] = False
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Going on with a run, ask what failed once more.")
    ] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only estimate calls, tokens and cost.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False

    @property
    def prices(self) -> Prices:
        """What tokens cost.

        Raises:
            InvalidInputError: a limit is set that could never be reached.
        """
        if self.max_cost is not None and not (self.price_in or self.price_out):
            raise InvalidInputError(
                "--max-cost needs to know prices: add --price-in and --price-out (per million tokens)."
            )
        return Prices(tokens_in=self.price_in, tokens_out=self.price_out)

    @property
    def seeds(self) -> tuple[int, ...]:
        """One seed a repetition."""
        return tuple(range(self.seed, self.seed + self.runs))

    @property
    def names(self) -> list[str]:
        """The systems asked for, each once, in order."""
        return list(dict.fromkeys(name.strip() for name in self.systems.split(",") if name.strip()))

    def beside(self, more: Iterable[str]) -> RunOptions:
        """The same options with further systems."""
        return replace(self, systems=",".join(dict.fromkeys((*self.names, *more))))

    def folder(self, benchmark: str) -> Path:
        """Where the run goes: as asked, else a folder of its own under `runs/`."""
        return self.output_dir or Path("runs") / f"{benchmark}-{datetime.now(UTC):%Y%m%d-%H%M%S}"


def numbers(given: str, option: str) -> tuple[int, ...]:
    """`"500,1000"` as numbers, sorted, each once.

    Raises:
        InvalidInputError: it is no list of positive numbers.
    """
    try:
        found = sorted({int(part) for part in given.split(",") if part.strip()})
    except ValueError:
        found = []
    if not found or found[0] < 1:
        raise InvalidInputError(
            f"{option} is {given!r}; give positive numbers separated by commas, for example 500,1000."
        )
    return tuple(found)


def shares_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command `command(own…, options: RunOptions)` every field of `RunOptions` as an option of its own."""
    hints = get_type_hints(RunOptions, include_extras=True)
    own = [
        parameter.replace(annotation=get_type_hints(command, include_extras=True)[name])
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "options"
    ]
    shared = [
        inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=hints[one.name])
        for one in fields(RunOptions)
    ]

    def with_options(**given: Any) -> None:
        options = RunOptions(**{field.name: given.pop(field.name) for field in fields(RunOptions)})
        command(**given, options=options)

    with_options.__name__, with_options.__doc__ = command.__name__, command.__doc__
    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own] + shared
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_options
