"""The command line of the evaluation suite: `omem eval …`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from memory_chain.config import Settings
from memory_chain.errors import ConfigurationError, InvalidInputError
from memory_chain.evaluation import ablation, tables
from memory_chain.evaluation.benchmarks import benchmark_of
from memory_chain.evaluation.benchmarks.base import Benchmark
from memory_chain.evaluation.benchmarks.locomo import LoCoMo, answerable
from memory_chain.evaluation.benchmarks.longmemeval import LongMemEval, prepared
from memory_chain.evaluation.benchmarks.pdr import PDR
from memory_chain.evaluation.benchmarks.personabench import PersonaBench
from memory_chain.evaluation.benchmarks.personamem import PersonaMem, with_reference
from memory_chain.evaluation.benchmarks.personamem import default_systems as systems_beside
from memory_chain.evaluation.contestants import contestants
from memory_chain.evaluation.data.locomo import read_locomo, read_probe
from memory_chain.evaluation.data.longmemeval import read_longmemeval
from memory_chain.evaluation.data.pdr import Language, read_pdr
from memory_chain.evaluation.data.personabench import read_personabench
from memory_chain.evaluation.data.personamem import read_personamem
from memory_chain.evaluation.estimating import estimate
from memory_chain.evaluation.figures import told
from memory_chain.evaluation.models import Meter, MeteredLLM
from memory_chain.evaluation.offline import offline_runs
from memory_chain.evaluation.options import RunOptions, numbers, shares_run_options
from memory_chain.evaluation.pdr_memories import settings_of, with_others
from memory_chain.evaluation.probing import probe
from memory_chain.evaluation.records import Dataset
from memory_chain.evaluation.running import Contestant, Plan, run
from memory_chain.evaluation.runs import Built, QuestionRecord, RunFolder, RunRecord
from memory_chain.evaluation.scaling import scaled
from memory_chain.evaluation.systems import SYSTEMS
from memory_chain.llm.base import LLM
from memory_chain.plugins import make_embedder, make_llm

app = typer.Typer(help="Measure the memory on public benchmarks.", no_args_is_help=True)
_stderr = Console(stderr=True)


@app.callback()
def _group() -> None:
    """Measure the memory on public benchmarks."""


@app.command()
@shares_run_options
def locomo(
    options: RunOptions,
    data: Annotated[Path, typer.Option(help="Path of locomo10.json.")],
    samples: Annotated[str | None, typer.Option(help="Places of the samples, from 0: 0,1,2. Default: all.")] = None,
    audit: Annotated[Path | None, typer.Option(help="Corrections of labels. Default: beside the data.")] = None,
    probe_file: Annotated[
        Path | None, typer.Option("--probe", help="Wrong answers for the scorers. Default: beside the data.")
    ] = None,
    probe_answers: Annotated[int, typer.Option(min=0, help="How many of them judges are asked (0: all).")] = 200,
) -> None:
    """Questions about very long conversations: evidence found, answers, judges."""
    dataset = read_locomo(data, samples=sample_places(samples), audit=audit)
    if options.retrieval_only:
        dataset = answerable(dataset)
    wrong = probe_file or data.with_name("wrong_answer_probe.jsonl")
    answers = read_probe(wrong) if probe_file or wrong.exists() else []
    questions = {one.notes["question_id"]: one.text for talk in dataset.conversations for one in talk.questions}

    def probed(llm: MeteredLLM) -> dict[str, dict[str, float]]:
        return probe(answers, questions, llm, limit=probe_answers)

    benchmark = LoCoMo(depths=numbers(options.depths, "--depths"))
    evaluate(benchmark, dataset, options, probed=probed, told_settings={"samples": samples or "all"})


@app.command()
@shares_run_options
def personamem(
    options: RunOptions,
    data: Annotated[Path, typer.Option(help="Folder with questions_32k.csv and shared_contexts_32k.jsonl.")],
    with_system: Annotated[
        bool, typer.Option(help="Put the persona texts of the system turns into the memory, too.")
    ] = True,
    contexts: Annotated[int | None, typer.Option(min=1, help="Only the first so many contexts.")] = None,
) -> None:
    """Choosing the reply that fits an evolving profile; the headline is the gain over no memory."""
    dataset = read_personamem(data, with_system=with_system)
    dataset = replace(dataset, conversations=dataset.conversations[:contexts])
    beside = systems_beside(options.model is not None and not options.retrieval_only)
    benchmark = PersonaMem(depths=numbers(options.depths, "--depths"))
    evaluate(
        benchmark,
        with_reference(dataset),
        options.beside(beside),
        told_settings={"with_system": with_system, "contexts": contexts or "all"},
    )


@app.command()
@shares_run_options
def pdr(
    options: RunOptions,
    data: Annotated[Path, typer.Option(help="Folder with tasks, personas and pairs.")],
    language: Annotated[Language, typer.Option(help="`en` or `zh`.")] = "en",
    users: Annotated[str | None, typer.Option(help="Only these users, by commas: User1,User12.")] = None,
    criteria: Annotated[
        list[Path] | None, typer.Option(help="Official or frozen criteria. Default: made once.")
    ] = None,
    contexts: Annotated[
        Path | None, typer.Option(help="The users' chats. Default: the persona, told in messages.")
    ] = None,
    swapped: Annotated[bool, typer.Option(help="Also with the memory and persona of another user.")] = True,
    passes: Annotated[int, typer.Option(min=1, help="How often each report is rated.")] = 3,
    weight_samples: Annotated[int, typer.Option(min=1, help="How often the weights of dimensions are asked for.")] = 5,
) -> None:
    """Personalized deep research: reports written with and without a memory, rated by criteria."""
    wanted = users.split(",") if users else None
    dataset = read_pdr(data, language=language, criteria=criteria or (), contexts=contexts, users=wanted)
    benchmark = PDR(weight_samples=weight_samples, passes=passes)
    evaluate(
        benchmark,
        with_others(dataset, options.seed) if swapped else dataset,
        replace(options, depths=""),
        compose=lambda asked, llm: settings_of(asked, swapped=swapped),
        told_settings={"language": language, "users": users or "all", **benchmark.settings},
    )


@app.command()
@shares_run_options
def personabench(
    options: RunOptions,
    data: Annotated[Path, typer.Option(help="Folder of the data (personabench, or its community_0).")],
    noise: Annotated[float, typer.Option(help="Share of documents that reveal nothing: 0.0 or 0.5.")] = 0.0,
) -> None:
    """Personal facts in chats, assistant logs and purchases; also how much of them a profile holds."""
    evaluate(PersonaBench(), read_personabench(data, noise=noise), options, told_settings={"noise": noise})


@app.command()
@shares_run_options
def longmemeval(
    options: RunOptions, data: Annotated[Path, typer.Option(help="Path of a longmemeval_*.json file.")]
) -> None:
    """Questions about long histories of chats with an assistant, with abstention."""
    evaluate(LongMemEval(), prepared(read_longmemeval(data)), options)


@app.command()
def systems() -> None:
    """The memories that can be compared."""
    for name, known in SYSTEMS.items():
        typer.echo(f"{name:<20} {known.about}")


@app.command()
def offline(
    data: Annotated[Path, typer.Option(help="Folder with locomo/, personamem/ and personabench/.")],
    output_dir: Annotated[Path, typer.Option(help="Folder for the runs and the report.")] = Path("runs/offline"),
    processes: Annotated[int | None, typer.Option(min=1, help="Conversations at once.")] = None,
) -> None:
    """Everything that needs no model, over all data, with one report of it. Goes on after an interruption."""
    options = RunOptions(retrieval_only=True, processes=processes)
    folders = []
    for one in offline_runs(data):
        _note(f"{one.name} …")
        folders.append(output_dir / one.name)
        evaluate(
            one.benchmark,
            one.read(),
            replace(options, output_dir=folders[-1], systems=one.systems, scaling=one.scaling, ablate=one.ablate),
            compose=_with_free_stages if one.ablate else _as_asked,
            told_settings=one.settings,
        )
    report(folders, output_dir)


@app.command()
def score(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Score a stored run again; no model is asked."""
    runs = RunFolder(folder)
    record = runs.read_run()
    _tell(benchmark_of(record.benchmark), record, runs, as_json)


@app.command()
def report(
    folders: Annotated[list[Path], typer.Argument(help="Folders of runs.")],
    output: Annotated[Path, typer.Option(help="Folder for report.html and report.md.")] = Path("report"),
) -> None:
    """Make one page (HTML and Markdown) of one or more runs."""
    from memory_chain.evaluation.report import write_report  # only here: its plots take a while to load

    for path in write_report(folders, output):
        typer.echo(str(path))


Compose = Callable[[Sequence[Contestant], MeteredLLM | None], Sequence[Contestant]]
"""Makes the contestants of a run from those asked for, and the model, if there is one."""


def _as_asked(asked: Sequence[Contestant], llm: MeteredLLM | None) -> Sequence[Contestant]:
    return asked


def _with_free_stages(asked: Sequence[Contestant], llm: MeteredLLM | None) -> Sequence[Contestant]:
    return (*asked, *ablation.free_stages())


def evaluate(
    benchmark: Benchmark,
    dataset: Dataset,
    options: RunOptions,
    *,
    probed: Callable[[MeteredLLM], dict[str, dict[str, float]]] | None = None,
    compose: Compose = _as_asked,
    told_settings: Mapping[str, Any] = MappingProxyType({}),
) -> Path:
    """Run a benchmark as the options say, with a progress bar on stderr, and tell the figures on stdout.

    Args:
        benchmark: how questions are put and scored.
        dataset: what is asked.
        options: as on the command line.
        probed: tries the judges before anything else.
        compose: makes the contestants from those that the options ask for.
        told_settings: what else the record is to say of the run.

    Returns:
        the folder of the run.

    Raises:
        ConfigurationError: a model is wanted, but none is configured, or a system cannot be made.
        InvalidInputError: an option is wrong, or the folder holds another run.
        CostLimitError: `--max-cost` was reached.
    """
    if options.model is None and not options.retrieval_only and not options.dry_run:
        raise ConfigurationError("Name a model with --model, or add --retrieval-only to measure what is found.")
    meter = Meter(prices=options.prices, max_cost=options.max_cost)
    settings = Settings.load(options.config)
    llm = _metered(settings, options.model, meter) if not options.retrieval_only else None
    judge_llm = _metered(settings, options.judge_model, meter) if llm and options.judge_model else None
    dataset = scaled(dataset) if options.scaling else dataset
    plan = Plan(
        benchmark=benchmark,
        dataset=dataset,
        contestants=compose(contestants(options, llm=llm, embedder=make_embedder(settings), skipped=_note), llm),
        folder=RunFolder(options.folder(benchmark.name)),
        llm=llm,
        judge_llm=judge_llm,
        meter=meter,
        depths=numbers(options.depths, "--depths") if options.depths else (),
        budgets=numbers(options.budgets, "--budgets"),
        seeds=options.seeds,
        concurrency=options.concurrency,
        processes=options.processes,
        keep_memories=options.keep_memories,
        retry_failed=options.retry_failed,
        settings={"scaling": options.scaling, **told_settings},
    )
    if options.dry_run:
        typer.echo(json.dumps(estimate(plan), ensure_ascii=False, indent=2))
        return plan.folder.path
    if not dataset.known:
        _note("These are not the published data files: figures may not compare with published ones.")
    judging = judge_llm or llm
    if probed is not None and judging is not None:
        plan = replace(plan, probe=partial(probed, judging))
    _note(f"The run is kept in {plan.folder.path}; the same --output-dir goes on with it after an interruption.")
    record = _with_progress(plan)
    _tell(benchmark, record, plan.folder, options.as_json)
    return plan.folder.path


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


def _metered(settings: Settings, model: str | None, meter: Meter) -> MeteredLLM | None:
    chosen = settings.model_copy(update={"llm_model": model}) if model else settings
    llm: LLM | None = make_llm(chosen)
    if model and llm is None:
        raise ConfigurationError(f"The model {model!r} cannot be made. Check the settings of the model's server.")
    return MeteredLLM(llm, meter) if llm else None


def _note(text: str) -> None:
    _stderr.print(Text(text), style="yellow", soft_wrap=True)


class _Cost(ProgressColumn):
    """What the run has cost so far."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    def render(self, task: Task) -> Text:
        spent = self._meter.total
        if not spent.calls:
            return Text("")
        return Text(f"{spent.calls} calls, {spent.tokens_in + spent.tokens_out:,} tokens, {spent.cost:.2f}")


def _with_progress(plan: Plan) -> RunRecord:
    total = len(plan.contestants) * len(plan.seeds) * sum(len(one.questions) for one in plan.dataset.conversations)
    done = len(plan.folder.questions()) if plan.folder.exists() else 0
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        _Cost(plan.meter),
    )  # fmt: skip
    with Progress(*columns, console=_stderr, transient=True) as progress:
        task = progress.add_task("Questions", total=total, completed=done)

        def on_done(record: QuestionRecord | Built) -> None:
            progress.update(task, description=f"{record.system}, {record.conversation}")
            if isinstance(record, QuestionRecord):
                progress.advance(task)

        return run(plan, on_done=on_done)


def _tell(benchmark: Benchmark, record: RunRecord, folder: RunFolder, as_json: bool) -> None:
    result: dict[str, Any] = {
        "run": str(folder.path),
        **told(benchmark, record, folder.questions(), folder.built()),
    }
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        console = Console()
        console.print(tables.table(benchmark, result, width=console.width))
