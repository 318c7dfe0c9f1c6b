"""Puts a report into Markdown (GitHub's tables); charts become their tables, and nothing in a text is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memory_chain.evaluation.report.document import (
    Block,
    Cell,
    Charts,
    Document,
    Facts,
    Folded,
    Paragraph,
    Quoted,
    Section,
    Table,
)

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|~$&]|(?<!\w)@)")
_AT_START = re.compile(r"^([-#+=]|\d+(?=[.)](?:\s|$)))")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINK = re.compile(r"(?i)\b(https?|ftp|mailto):|\b(www)\.")


def to_markdown(document: Document) -> str:
    """The report as one Markdown text."""
    lines = [f"# {_text(document.title)}", ""]
    for block in document.blocks:
        lines += _block(block)
    for section in document.sections:
        lines += _section(section, 2)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def _section(section: Section, level: int) -> Iterator[str]:
    yield from (f"{'#' * level} {_text(section.title)}", "")
    for block in section.blocks:
        yield from _block(block)
    for part in section.sections:
        yield from _section(part, level + 1)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text=text, tone=tone):
            yield from (f"> **{_text(text)}**" if tone == "warning" else _line(text), "")
        case Table():
            yield from _table(block)
        case Facts(pairs=pairs):
            yield from (f"- **{_text(name)}**: {_cell(cell)}" for name, cell in pairs)
            yield ""
        case Quoted(text=text):
            yield from ("", *(f"    {line}" for line in _UNPRINTABLE.sub("\ufffd", text).split("\n")), "")
        case Charts(charts=charts):
            for chart in charts:
                yield from _table(chart.table)
        case Folded(summary=summary, blocks=blocks):
            yield from (f"**{_text(summary)}**", "")
            for inner in blocks:
                yield from _block(inner)


def _table(table: Table) -> Iterator[str]:
    rule = "---:" if table.has_numbers else "---"
    yield from (f"**{_text(table.caption)}**", "")
    yield _row([_text(name) for name in table.header])
    yield _row(["---", *(rule for _ in table.header[1:])])
    yield from (_row([_cell(cell) for cell in row]) for row in table.rows)
    yield ""


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    said = _text(cell.text)
    if cell.strong and said:
        said = f"**{said}**"
    return f"{said} ({_text(cell.small)})" if cell.small else said


def _text(text: str) -> str:
    """On one line, with everything escaped that Markdown or HTML in it would take for markup, and links kept from
    becoming ones."""
    flat = " ".join(_UNPRINTABLE.sub("\ufffd", text).split())
    escaped = _MARKUP.sub(r"\\\1", flat)
    return _LINK.sub(lambda match: f"{match[1]}&#58;" if match[1] else f"{match[2]}&#46;", escaped)


def _line(text: str) -> str:
    """The same at the beginning of a line, where more is markup."""
    return _AT_START.sub(lambda match: match[1] + "\\" if match[1].isdecimal() else "\\" + match[1], _text(text))
