"""The report's parts on what scores cost: tokens, time, scaling with the memory's size, calls; and the judge probe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from statistics import fmean, median
from typing import Any

from memory_chain.evaluation.figures import OVERALL
from memory_chain.evaluation.models import NOTHING, STAGES, Spent
from memory_chain.evaluation.report.comparing import (
    IN_CONTEXT,
    by_step,
    depth_of,
    evidence_figures,
    main_figures,
    main_ranking,
)
from memory_chain.evaluation.report.document import (
    Block,
    Cell,
    Chart,
    Charts,
    Paragraph,
    Points,
    Section,
    Series,
    Table,
)
from memory_chain.evaluation.report.gathering import Entry, Study
from memory_chain.evaluation.report.scores import SYSTEM
from memory_chain.evaluation.report.wording import NONE, milliseconds, number, percent, seconds
from memory_chain.evaluation.runs import Built, QuestionRecord
from memory_chain.evaluation.scoring.statistics import percentiles

_LEAST_MS = 0.01
"""The left end of a logarithmic axis of times."""
_WIDE = 4
"""Sizes are shown on a logarithmic axis if the largest is so many times the median."""
_MOST_MEASURES = 6


def tokens(study: Study, key: str) -> Section | None:
    """Scores against the size of the context."""
    kinds = dict.fromkeys(name.partition("@")[0] for name in evidence_figures(study.figures))
    drawn = [
        *(_against_tokens(study, kind, partial(_by_budget, kind)) for kind in kinds if kind in IN_CONTEXT),
        *(
            _against_tokens(study, name, partial(_at_context, name))
            for name in main_figures(study.figures)
            if "@" not in name
        ),
    ]
    charts = [chart for chart in drawn if chart.table.rows]
    if not charts:
        return None
    text = "Mean tokens of a context against the score; a memory's points are its budgets, from small to large."
    return Section(
        id=f"{key}-tokens", title="Score against tokens", blocks=(Paragraph(text=text), Charts(charts=tuple(charts)))
    )


def latency(study: Study, key: str) -> Section | None:
    """Scores against the time to retrieve, and all times in a table."""
    timed = [(entry, _retrieve_ms(entry)) for entry in study.contestants]
    charts = []
    for name in main_figures(study.figures):
        points = [
            (entry, max(_LEAST_MS, percentiles(times)["p50"]), 100 * entry.figures[name][OVERALL].mean)
            for entry, times in timed
            if times and OVERALL in entry.figures.get(name, {})
        ]
        if points:
            charts.append(_against_time(study, name, points))
    rows = tuple((Cell(text=entry.label), *_times(entry, times)) for entry, times in timed)
    header = (
        SYSTEM,
        "retrieve, median",
        "retrieve, p95",
        "rank, median",
        "rank, p95",
        "messages built",
        "built a second",
    )
    table = Table(caption="Times in milliseconds, largest context", header=header, rows=rows)
    return Section(
        id=f"{key}-latency",
        title="Score against latency",
        blocks=(*([Charts(charts=tuple(charts))] if charts else []), table),
    )


def scaling(study: Study, key: str) -> Section | None:
    """Scores and measures of the memory as it grows."""
    names = list(dict.fromkeys([*main_figures(study.figures), *main_ranking(study.figures)]))
    charts = [chart for name in names if (chart := _by_step_chart(study, name))]
    measured = _measured(study)
    charts += [_measure_chart(study, name, found) for name, found in list(measured.items())[:_MOST_MEASURES]]
    if not charts:
        return None
    text = "The same questions, asked again as the memory grows: how the score follows from how much was seen."
    return Section(
        id=f"{key}-scaling", title="Memory and time", blocks=(Paragraph(text=text), Charts(charts=tuple(charts)))
    )


def cost(study: Study, key: str) -> Section:
    """Calls, tokens, time and money by stage of each run, and of answers by memory."""
    blocks: list[Block] = []
    rows = [
        (
            Cell(text=stage),
            *([Cell(text=run.label)] if len(study.runs) > 1 else []),
            *_spent_cells(run.record.spent[stage]),
        )
        for run in study.runs
        for stage in sorted(run.record.spent, key=_stage_order)
    ]
    first = ("stage", *(["run"] if len(study.runs) > 1 else []))
    if rows:
        blocks.append(Table(caption="All that was spent, by stage", header=(*first, *_SPENT), rows=tuple(rows)))
    else:
        blocks.append(Paragraph(text="No model was asked: nothing was spent but the machine's time.", tone="note"))
    answered = [(entry, _answer_costs(entry)) for entry in study.entries]
    asked = [
        (Cell(text=entry.label), *_per_question(costs, len(entry.scored)))
        for entry, costs in answered
        if any(costs.values())
    ]
    if asked:
        header = (
            SYSTEM,
            *(f"{stage}: {what}" for stage in ("answer", "judge") for what in ("calls", "tokens", "ms", "cost")),
        )
        blocks.append(Table(caption="A question, on average", header=header, rows=tuple(asked)))
    return Section(id=f"{key}-cost", title="Cost by stage", blocks=tuple(blocks))


def probe(study: Study, key: str) -> Section | None:
    """How often each scorer accepts answers that are known to be wrong."""
    probed = [(run.label, run.record.probe) for run in study.runs if run.record.probe]
    if not probed:
        return None
    blocks: list[Block] = [
        Paragraph(
            text="Each scorer was given answers that are wrong on purpose. What it accepts of them is a false "
            "positive: the lower, the more its scores are worth. Graded scorers accept from one half on."
        )
    ]
    for label, rates in probed:
        strategies = list(dict.fromkeys(strategy for found in rates.values() for strategy in found))
        rows = tuple(
            (Cell(text=scorer), *(_rate(found.get(strategy)) for strategy in strategies))
            for scorer, found in rates.items()
        )
        caption = "Wrong answers accepted, percent" + (f" ({label})" if len(study.runs) > 1 else "")
        blocks.append(Table(caption=caption, header=("scorer", *strategies), rows=rows))
    return Section(id=f"{key}-probe", title="Judge probe", blocks=tuple(blocks))


_SPENT = ("calls", "failed", "tokens in", "tokens out", "waited", "cost")


def _against_tokens(study: Study, name: str, points_of: Callable[[Entry], Iterator[tuple[str, float, float]]]) -> Chart:
    found = [(entry, list(points_of(entry))) for entry in study.contestants]
    series = tuple(_series(study, entry, tuple((x, y) for _, x, y in points)) for entry, points in found if points)
    rows = tuple(
        (Cell(text=entry.label), Cell(text=budget), Cell(text=number(x)), Cell(text=f"{y:.1f}"))
        for entry, points in found
        for budget, x, y in points
    )
    sizes = [x for one in series for x, _ in one.points]
    is_wide = bool(sizes) and max(sizes) > _WIDE * median(sizes)
    return Chart(
        title=f"{name} against tokens of context",
        drawing=Points(
            series=series,
            x_label="tokens of context (mean, logarithmic from 100)" if is_wide else "tokens of context (mean)",
            y_label=f"{name}, percent",
            scale="near-log" if is_wide else "linear",
        ),
        table=Table(
            caption=f"{name} against tokens", header=(SYSTEM, "budget", "tokens", f"{name}, percent"), rows=rows
        ),
    )


def _by_budget(kind: str, entry: Entry) -> Iterator[tuple[str, float, float]]:
    for name in evidence_figures(list(entry.figures)):
        if name.partition("@")[0] == kind and OVERALL in entry.figures[name]:
            budget = depth_of(name)
            sizes = [one.record.contexts[budget].tokens for one in entry.final if budget in one.record.contexts]
            if sizes:
                yield number(budget), fmean(sizes), 100 * entry.figures[name][OVERALL].mean


def _at_context(name: str, entry: Entry) -> Iterator[tuple[str, float, float]]:
    budgets = {one.record.context_budget for one in entry.final if one.record.context_budget is not None}
    sizes = [found.tokens for one in entry.final if (found := _context(one.record))]
    if sizes and OVERALL in entry.figures.get(name, {}):
        budget = ", ".join(number(one) for one in sorted(budgets))
        yield budget, fmean(sizes), 100 * entry.figures[name][OVERALL].mean


def _against_time(study: Study, name: str, points: Sequence[tuple[Entry, float, float]]) -> Chart:
    return Chart(
        title=f"{name} against time to retrieve",
        drawing=Points(
            series=tuple(_series(study, entry, ((x, y),)) for entry, x, y in points),
            x_label="milliseconds to retrieve (median, logarithmic)",
            y_label=f"{name}, percent",
            scale="log",
        ),
        table=Table(
            caption=f"{name} against time to retrieve",
            header=(SYSTEM, "ms", f"{name}, percent"),
            rows=tuple(
                (Cell(text=entry.label), Cell(text=milliseconds(x)), Cell(text=f"{y:.1f}")) for entry, x, y in points
            ),
        ),
    )


def _by_step_chart(study: Study, name: str) -> Chart | None:
    curves = [(entry, by_step(entry, name, study.benchmark.counted)) for entry in study.contestants]
    curves = [(entry, curve) for entry, curve in curves if len(curve) > 1]
    if not curves:
        return None
    steps = sorted({step for _, curve in curves for step, _ in curve})
    rows = tuple((Cell(text=entry.label), *(_rate(dict(curve).get(step)) for step in steps)) for entry, curve in curves)
    series = tuple(
        _series(study, entry, tuple((100 * step, 100 * value) for step, value in curve)) for entry, curve in curves
    )
    return Chart(
        title=f"{name} as the memory grows",
        drawing=Points(series=series, x_label="percent of the messages seen", y_label=f"{name}, percent"),
        table=Table(
            caption=f"{name} as the memory grows, percent",
            header=(SYSTEM, *(f"{100 * step:.0f} %" for step in steps)),
            rows=rows,
        ),
    )


def _measured(study: Study) -> dict[str, list[tuple[Entry, list[tuple[float, float]]]]]:
    """What was measured of memories at several sizes: a measure's name, then a curve of messages and value by entry.

    What stays the same is left out.
    """
    found: dict[str, list[tuple[Entry, list[tuple[float, float]]]]] = {}
    for entry in study.contestants:
        for name, points in _curves(entry.built).items():
            if len({y for _, y in points}) > 1:
                found.setdefault(name, []).append((entry, points))
    return found


def _curves(built: Sequence[Built]) -> dict[str, list[tuple[float, float]]]:
    """The means over conversations, size by size: of each the first, the second … that it was measured at."""
    memories: dict[tuple[int, str], list[Built]] = {}
    for one in sorted(built, key=lambda one: one.messages):
        memories.setdefault((one.seed, one.conversation), []).append(one)
    points: dict[str, dict[int, list[tuple[float, float]]]] = {}
    for sizes in memories.values():
        for place, one in enumerate(sizes):
            for name, value in _numbers(one.measures):
                points.setdefault(name, {}).setdefault(place, []).append((one.messages, value))
    return {
        name: [(fmean(x for x, _ in one), fmean(y for _, y in one)) for _, one in sorted(places.items())]
        for name, places in points.items()
    }


def _numbers(measures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in measures.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{name} ")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{name}".replace("_", " "), float(value)


def _measure_chart(study: Study, name: str, found: Sequence[tuple[Entry, list[tuple[float, float]]]]) -> Chart:
    rows = tuple(
        (Cell(text=entry.label), Cell(text=number(x)), Cell(text=number(y, 3)))
        for entry, points in found
        for x, y in points
    )
    return Chart(
        title=f"{name} as the memory grows",
        drawing=Points(
            series=tuple(_series(study, entry, points) for entry, points in found),
            x_label="messages (mean over conversations)",
            y_label=name,
        ),
        table=Table(caption=f"{name} as the memory grows", header=(SYSTEM, "messages", name), rows=rows),
    )


def _times(entry: Entry, retrieve: Sequence[float]) -> list[Cell]:
    rank = [one.record.rank_ms for one in entry.final if one.record.ranked]
    cells = [
        Cell(text=milliseconds(percentiles(times)[which])) if times else NONE
        for times in (retrieve, rank)
        for which in ("p50", "p95")
    ]
    memories: dict[tuple[int, str], Built] = {}
    for one in sorted(entry.built, key=lambda one: one.messages):
        memories[one.seed, one.conversation] = one
    messages, spent = sum(one.messages for one in memories.values()), sum(one.seconds for one in memories.values())
    return [*cells, Cell(text=number(messages)), Cell(text=number(messages / spent)) if spent else NONE]


def _retrieve_ms(entry: Entry) -> list[float]:
    return [found.ms for one in entry.final if (found := _context(one.record))]


def _context(record: QuestionRecord) -> Any:
    """The context that a model sees, or would see."""
    budget = record.context_budget if record.context_budget is not None else max(record.contexts, default=0)
    return record.contexts.get(budget)


def _answer_costs(entry: Entry) -> dict[str, Spent | None]:
    answers = sum((one.record.answered_in for one in entry.scored), NOTHING)
    judged = sum((verdict.spent for one in entry.scored for verdict in one.record.verdicts.values()), NOTHING)
    return {"answer": answers if answers.calls else None, "judge": judged if judged.calls else None}


def _per_question(costs: Mapping[str, Spent | None], asked: int) -> Iterator[Cell]:
    for stage in ("answer", "judge"):
        spent = costs[stage]
        if spent is None or not asked:
            yield from (NONE,) * 4
            continue
        yield Cell(text=number(spent.calls / asked, 2))
        yield Cell(text=number((spent.tokens_in + spent.tokens_out) / asked))
        yield Cell(text=milliseconds(spent.ms / asked))
        yield Cell(text=number(spent.cost / asked, 6))


def _spent_cells(spent: Spent) -> list[Cell]:
    return [
        Cell(text=number(spent.calls)),
        Cell(text=number(spent.failed)),
        Cell(text=number(spent.tokens_in)),
        Cell(text=number(spent.tokens_out)),
        Cell(text=seconds(spent.ms / 1000)),
        Cell(text=number(spent.cost, 4)),
    ]


def _stage_order(stage: str) -> tuple[int, str]:
    return (STAGES.index(stage) if stage in STAGES else len(STAGES)), stage


def _rate(share: float | None) -> Cell:
    return NONE if share is None else Cell(text=percent(share))


def _series(study: Study, entry: Entry, points: Iterable[tuple[float, float]]) -> Series:
    return Series(name=entry.label, place=study.contestants.index(entry), points=tuple(points))
