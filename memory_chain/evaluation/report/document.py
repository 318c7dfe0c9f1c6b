"""A report as a tree of blocks, which `html` and `markdown` put into words. Texts are plain: nobody escapes here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "note", "warning"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A cell of a table: its text, a smaller one below it, and whether it stands out."""

    text: str
    small: str = ""
    strong: bool = False
    is_code: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table; the first cell of a row names the row. `has_numbers`: all other cells are set to the right."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    has_numbers: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """Running text."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Names with what they are."""

    pairs: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Quoted:
    """Text that is shown as it is, line by line."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """One row of a `Ranges` drawing: a value with its interval."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranges:
    """Values side by side, with intervals; `from_zero`: as bars to both sides of a line at zero."""

    spans: tuple[Span, ...]
    unit: str
    from_zero: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Points (x, y) of one name. `place`: its colour and mark, from 0; the same in all charts that belong together."""

    name: str
    place: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Points:
    """One quantity against another; the points of a series are joined by lines.

    `scale` of the x axis: `log` has no zero, `near-log` is linear up to 100 and logarithmic above.
    """

    series: tuple[Series, ...]
    x_label: str
    y_label: str
    scale: Literal["linear", "log", "near-log"] = "linear"


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A drawing, and the same as a table for readers who cannot see it."""

    title: str
    drawing: Ranges | Points
    table: Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Charts:
    """Charts that stand side by side where there is room."""

    charts: tuple[Chart, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """Blocks that the reader unfolds."""

    summary: str
    blocks: tuple[Block, ...]


Block = Table | Paragraph | Facts | Quoted | Charts | Folded


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of the report. `id`: letters, digits and hyphens, unique in the report."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A whole report."""

    title: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]

    def charts(self) -> Iterator[Chart]:
        """All charts, in reading order."""
        yield from _charts_in(self.blocks)
        for section in self.sections:
            yield from _charts_of(section)


def _charts_of(section: Section) -> Iterator[Chart]:
    yield from _charts_in(section.blocks)
    for part in section.sections:
        yield from _charts_of(part)


def _charts_in(blocks: tuple[Block, ...]) -> Iterator[Chart]:
    for block in blocks:
        if isinstance(block, Charts):
            yield from block.charts
        elif isinstance(block, Folded):
            yield from _charts_in(block.blocks)
