"""Makes a report of runs: reads them, sets the parts in order, and writes both files."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from pathlib import Path

from memory_chain.errors import StorageError, StoreFullError
from memory_chain.evaluation.benchmarks import benchmark_of
from memory_chain.evaluation.benchmarks.base import Benchmark
from memory_chain.evaluation.report import costs, questions, scores, sources
from memory_chain.evaluation.report.document import Block, Document, Paragraph, Section
from memory_chain.evaluation.report.gathering import Study, gather
from memory_chain.evaluation.report.html import to_html
from memory_chain.evaluation.report.markdown import to_markdown

NO_PLOTS = (
    "Charts are shown as tables, because matplotlib is not installed. To have them drawn, run: "
    'pip install "o-mem[eval]" and make the report again.'
)


def write_report(
    folders: Sequence[Path], target: Path, *, find: Callable[[str], Benchmark] = benchmark_of
) -> tuple[Path, Path]:
    """Make `report.html` and `report.md` of runs. The same runs always give the same files.

    Args:
        folders: of runs; those of one benchmark are put side by side, other benchmarks become sections of their own.
        target: the folder for both files; it is made if it is not there.
        find: gives the benchmark of a name.

    Returns:
        The paths of the page and of the Markdown file.

    Raises:
        InvalidInputError: there is no run in a folder, it is damaged, or of an unknown benchmark.
        StorageError: the target cannot be written; a report that stood there before stays.
    """
    document = make_document(gather(folders, find))
    drawn = _drawn(document)
    if drawn is None:
        document = Document(
            title=document.title,
            blocks=(*document.blocks, Paragraph(text=NO_PLOTS, tone="note")),
            sections=document.sections,
        )
    page, text = target / "report.html", target / "report.md"
    try:
        target.mkdir(parents=True, exist_ok=True)
        _write(page, to_html(document, drawn or {}))
        _write(text, to_markdown(document))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreFullError(f"The disk of {target} is full. Free some space, or give another --output.") from error
        raise StorageError(f"{target} cannot be written ({error.strerror}). Give another --output.") from error
    return page, text


def make_document(studies: Sequence[Study]) -> Document:
    """The report of some studies."""
    names = ", ".join(study.benchmark.title for study in studies)
    return Document(
        title=f"Memory evaluation: {names}",
        blocks=(sources.overview(list(studies)),),
        sections=tuple(_section(study, f"b{place}") for place, study in enumerate(studies, 1)),
    )


def _section(study: Study, key: str) -> Section:
    told = [*sources.warnings(study), scores.differing_questions(study)]
    warned: list[Block] = [Paragraph(text=text, tone="warning") for text in told if text]
    parts = (
        scores.headline(study, key),
        scores.baselines(study, key),
        scores.categories(study, key),
        scores.evidence(study, key),
        scores.labels(study, key),
        scores.ablation(study, key),
        costs.tokens(study, key),
        costs.latency(study, key),
        costs.scaling(study, key),
        costs.cost(study, key),
        costs.probe(study, key),
        sources.special(study, key),
        questions.failures(study, key),
        questions.worst_questions(study, key),
        sources.prompts(study, key),
        sources.conditions(study, key),
    )
    return Section(
        id=key, title=study.benchmark.title, blocks=tuple(warned), sections=tuple(part for part in parts if part)
    )


def _drawn(document: Document) -> dict[int, str] | None:
    """The charts as SVG by `id()`; None without matplotlib."""
    try:
        from memory_chain.evaluation.report.plots import draw  # only here: an extra, and slow to load
    except ImportError:
        return None
    return {id(chart): draw(chart, prefix=f"c{place}") for place, chart in enumerate(document.charts(), 1)}


def _write(path: Path, text: str) -> None:
    """All or nothing."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, "utf-8", newline="\n")
    fresh.replace(path)
