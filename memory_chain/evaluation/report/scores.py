"""The report's tables and charts of scores: headline, evidence, labels, categories, baselines, ablation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memory_chain.evaluation.figures import ALL, OVERALL
from memory_chain.evaluation.report.comparing import (
    CORRECTED,
    answer_figures,
    difference,
    evidence_figures,
    is_lower_better,
    main_evidence,
    main_figures,
    main_ranking,
)
from memory_chain.evaluation.report.document import (
    Block,
    Cell,
    Chart,
    Charts,
    Facts,
    Folded,
    Paragraph,
    Ranges,
    Section,
    Span,
    Table,
)
from memory_chain.evaluation.report.gathering import WITHOUT, Entry, Study
from memory_chain.evaluation.report.wording import (
    counted,
    difference_cell,
    estimate_cell,
    group_title,
    listed,
    meanings,
)
from memory_chain.evaluation.scoring.statistics import Estimate

SYSTEM = "memory"
"""Heads the first column."""
_MOST_ANSWERS = 5
"""Figures of answers in the headline table."""
_MOST_CHARTS = 2
"""Above the headline table."""
_MOST_NAMES = 6
"""Of memories, in a sentence."""


def headline(study: Study, key: str) -> Section:
    """The figures of every system, with intervals."""
    names = _headline_figures(study)
    if not names:
        return Section(id=f"{key}-results", title="Results", blocks=(Paragraph(text=_NOTHING, tone="note"),))
    drawn = list(dict.fromkeys([*main_figures(study.figures), *main_ranking(study.figures)]))
    blocks: list[Block] = [
        Charts(charts=tuple(_ranges_chart(study, name) for name in drawn[:_MOST_CHARTS])),
        _figures_table("Every memory: percent, with 95 % intervals", study.contestants, names),
        Paragraph(text=_spread(study), tone="note"),
        *_other_answers(study, names),
        Folded(summary="What the figures mean", blocks=(_meanings(study.figures),)),
    ]
    return Section(id=f"{key}-results", title="Results", blocks=tuple(blocks))


def evidence(study: Study, key: str) -> Section | None:
    """What was found, at every depth and budget."""
    names = evidence_figures(study.figures)
    if not names:
        return None
    kinds = list(dict.fromkeys(name.partition("@")[0] for name in names))
    tables = [
        _figures_table(
            f"{kind}: percent, with 95 % intervals",
            study.contestants,
            [name for name in names if name.partition("@")[0] == kind],
        )
        for kind in kinds
    ]
    return Section(id=f"{key}-evidence", title="Evidence found", blocks=tuple(tables))


def labels(study: Study, key: str) -> Section | None:
    """Original and corrected labels side by side."""
    names = [name for name in _headline_figures(study) if name + CORRECTED in study.figures]
    if not names:
        return None
    both = [version for name in names for version in (name, name + CORRECTED)]
    text = "A name that ends in + is scored against the labels as an audit has corrected them."
    table = _figures_table("Original and corrected labels: percent, with 95 % intervals", study.contestants, both)
    return Section(id=f"{key}-labels", title="Original and corrected labels", blocks=(Paragraph(text=text), table))


def categories(study: Study, key: str) -> Section | None:
    """One table a figure: systems by category."""
    shown = main_figures(study.figures)
    rest = [name for name in (*answer_figures(study.figures), *evidence_figures(study.figures)) if name not in shown]
    if not shown:
        return None
    blocks: list[Block] = [_category_table(study, name) for name in shown]
    if rest:
        blocks.append(Folded(summary="All other figures", blocks=tuple(_category_table(study, name) for name in rest)))
    return Section(id=f"{key}-categories", title="By category", blocks=tuple(blocks))


def baselines(study: Study, key: str) -> Section | None:
    """What our memory has over each other system, question by question."""
    rows = []
    pairs = [(entry, ours) for entry in study.contestants if not entry.is_ours and (ours := study.reference(entry))]
    names = [name for name in _headline_figures(study) if any(name in entry.figures for entry, _ in pairs)]
    for entry, ours in pairs:
        cells = [difference_cell(difference(ours, entry, name, study.benchmark.counted)) for name in names]
        rows.append((Cell(text=entry.label), *cells))
    if not rows or not names:
        return None
    text = (
        "How much more our memory (omem) has than each other one, in points of percent over the same questions, with "
        "95 % intervals. Bold: the interval leaves out zero."
    )
    table = Table(caption="omem less each baseline", header=("baseline", *names), rows=tuple(rows))
    return Section(id=f"{key}-baselines", title="Against the baselines", blocks=(Paragraph(text=text), table))


def ablation(study: Study, key: str) -> Section | None:
    """What is lost without each part of our memory."""
    variants = [(entry, ours) for entry in study.entries if entry.is_variant and (ours := study.reference(entry))]
    names = [name for name in _headline_figures(study) if any(name in entry.figures for entry, _ in variants)]
    if not variants or not names:
        return None
    charts, silent = [], []
    for name in dict.fromkeys(
        [*main_figures(names), *(name for name in names if name.startswith(("recall@", "ndcg@")))]
    ):
        found = [(_part(entry), _less(study, entry, ours, name)) for entry, ours in variants]
        telling = [
            (part, estimate) for part, estimate in found if estimate is not None and (estimate.sd or estimate.mean)
        ]
        telling.sort(key=lambda pair: pair[1].mean)
        if telling:
            charts.append(_ablation_chart(name, telling, left_out=len(found) - len(telling)))
        else:
            silent.append(name)
    rows = [
        (Cell(text=_part(entry)), *(difference_cell(_less(study, entry, ours, name)) for name in names))
        for entry, ours in variants
    ]
    text = (
        "Each part of our memory off in turn: the difference to the whole one in points of percent, over the same "
        "questions, with 95 % intervals. To the left of zero the part helps. Bold: the interval leaves out zero."
    )
    blocks: list[Block] = [Paragraph(text=text)]
    if silent:
        blocks.append(Paragraph(text=f"No part makes a difference to {listed(silent)}.", tone="note"))
    blocks.append(Charts(charts=tuple(charts)))
    blocks.append(Table(caption="omem without a part, less omem", header=("without", *names), rows=tuple(rows)))
    return Section(id=f"{key}-ablation", title="Ablation", blocks=tuple(blocks))


def differing_questions(study: Study) -> str:
    """A warning if the systems were not asked the same questions; else empty."""
    groups: dict[frozenset[str], list[str]] = {}
    for entry in study.entries:
        if entry.scored:
            asked = frozenset(one.record.question.id for one in entry.final)
            groups.setdefault(asked, []).append(entry.label)
    if len(groups) < 2:
        return ""
    told = "; ".join(
        f"{counted(len(asked), 'question')}: {listed(labels[:_MOST_NAMES])}"
        + (f" and {len(labels) - _MOST_NAMES} more" if len(labels) > _MOST_NAMES else "")
        for asked, labels in groups.items()
    )
    return (
        f"The memories were not all asked the same questions, so their means do not compare ({told}). Differences are "
        "taken only over questions that both were asked."
    )


_NOTHING = "No question of this benchmark has been scored yet."


def _headline_figures(study: Study) -> list[str]:
    """Answers first; of each kind of what was found one depth. What is only cited stands with the evidence."""
    found = [name for name in evidence_figures(study.figures) if "cited@" not in name]
    kinds = dict.fromkeys(name.partition("@")[0] for name in found)
    chosen = [main_evidence([name for name in found if name.partition("@")[0] == kind]) for kind in kinds]
    return [*answer_figures(study.figures)[:_MOST_ANSWERS], *(name for name in chosen if name)]


def _other_answers(study: Study, shown: Sequence[str]) -> list[Block]:
    rest = [name for name in answer_figures(study.figures) if name not in shown]
    if not rest:
        return []
    table = _figures_table("Further figures: percent, with 95 % intervals", study.contestants, rest)
    return [Folded(summary="Further figures of the answers", blocks=(table,))]


def _figures_table(caption: str, entries: Sequence[Entry], names: Sequence[str]) -> Table:
    best = {name: _best(name, [_overall(entry, name) for entry in entries]) for name in names}
    rows = []
    for entry in entries:
        if not any(name in entry.figures for name in names):
            continue
        cells = []
        for name in names:
            estimate = _overall(entry, name)
            cells.append(estimate_cell(estimate, strong=estimate is not None and estimate.mean == best[name]))
        rows.append((Cell(text=entry.label), _asked(entry), *cells))
    return Table(caption=caption, header=(SYSTEM, "questions", *map(_headed, names)), rows=tuple(rows))


def _category_table(study: Study, name: str) -> Table:
    groups = list(dict.fromkeys(group for entry in study.contestants for group in entry.figures.get(name, {})))
    groups = sorted(groups, key=lambda group: {OVERALL: 0, ALL: 2}.get(group, 1))
    if set(groups) - {OVERALL, ALL} <= study.benchmark.counted:
        groups = [group for group in groups if group != ALL]
    rows = tuple(
        (Cell(text=entry.label), *(estimate_cell(entry.figures.get(name, {}).get(group)) for group in groups))
        for entry in study.contestants
        if name in entry.figures
    )
    titles = [group_title(group, study.benchmark.categories) for group in groups]
    return Table(
        caption=f"{_headed(name)} by category: percent, with 95 % intervals", header=(SYSTEM, *titles), rows=rows
    )


def _ranges_chart(study: Study, name: str) -> Chart:
    found = [(entry, estimate) for entry in study.contestants if (estimate := _overall(entry, name)) is not None]
    found.sort(key=lambda pair: pair[1].mean, reverse=not is_lower_better(name))
    spans = tuple(_span(entry.label, estimate) for entry, estimate in found)
    table = _span_table(_headed(name), SYSTEM, [(entry.label, estimate) for entry, estimate in found])
    return Chart(title=f"{_headed(name)}, best first", drawing=Ranges(spans=spans, unit="percent"), table=table)


def _ablation_chart(name: str, found: Sequence[tuple[str, Estimate]], *, left_out: int) -> Chart:
    spans = tuple(_span(part, estimate) for part, estimate in found)
    rows = tuple((Cell(text=part), difference_cell(estimate)) for part, estimate in found)
    table = Table(caption=f"{name}: difference in points", header=("without", name), rows=rows)
    return Chart(
        title=f"{name} without each part"
        + (f"; {counted(left_out, 'part')} without effect left out" if left_out else ""),
        drawing=Ranges(spans=spans, unit="points of percent", from_zero=True),
        table=table,
    )


def _span_table(name: str, first: str, found: Iterable[tuple[str, Estimate]]) -> Table:
    rows = tuple((Cell(text=label), estimate_cell(estimate)) for label, estimate in found)
    return Table(caption=f"{name}: percent, with 95 % intervals", header=(first, name), rows=rows)


def _span(label: str, estimate: Estimate) -> Span:
    low, high = estimate.low, estimate.high
    return Span(
        label=label,
        value=100 * estimate.mean,
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
    )


def _meanings(names: Sequence[str]) -> Facts:
    pairs = [(name, Cell(text=meaning)) for name, meaning in meanings(names).items()]
    if any(name.endswith(CORRECTED) for name in names):
        pairs.append(("…" + CORRECTED, Cell(text="the same against the corrected labels")))
    return Facts(pairs=tuple(pairs) or (("figures", Cell(text="as the benchmark defines them")),))


def _spread(study: Study) -> str:
    """What the intervals are intervals of, and what `overall` is."""
    kinds = {len(one.record.seeds) > 1 for one in study.runs}
    said = {
        frozenset({False}): "Intervals: had other questions of this kind been asked.",
        frozenset({True}): "Intervals: had the same questions been run again (over the runs' means, Student's t).",
    }.get(frozenset(kinds), "Intervals: of runs with one seed over questions, of repeated runs over the runs' means.")
    apart = sorted(set(study.benchmark.categories) - study.benchmark.counted)
    if not apart:
        return f"{said} Bold: the best of a column."
    names = listed(group_title(name, study.benchmark.categories) for name in apart)
    return f"{said} Bold: the best of a column. Not in these means, but told by category: {names}."


def _asked(entry: Entry) -> Cell:
    asked = len({one.record.question.id for one in entry.final})
    failed = sum(bool(one.record.error) for one in entry.final)
    return Cell(text=f"{asked:,}", small=f"{failed:,} failed" if failed else "")


def _overall(entry: Entry, name: str) -> Estimate | None:
    return entry.figures.get(name, {}).get(OVERALL)


def _best(name: str, estimates: Sequence[Estimate | None]) -> float | None:
    means = [estimate.mean for estimate in estimates if estimate is not None]
    if len(means) < 2:
        return None
    return min(means) if is_lower_better(name) else max(means)


def _headed(name: str) -> str:
    return f"{name} (less is better)" if is_lower_better(name) else name


def _part(entry: Entry) -> str:
    part = str(entry.settings[WITHOUT])
    return part if entry.label == entry.name else f"{part} ({entry.run.label})"


def _less(study: Study, entry: Entry, ours: Entry, name: str) -> Estimate | None:
    return difference(entry, ours, name, study.benchmark.counted)
