"""Puts a report on one page of HTML: no script, no request; everything that is text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

from memory_chain.evaluation.report.document import (
    Block,
    Cell,
    Chart,
    Charts,
    Document,
    Facts,
    Folded,
    Paragraph,
    Quoted,
    Section,
    Table,
)
from memory_chain.evaluation.report.style import sheet

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LONG = 40
"""A cell of so many characters gets room."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def to_html(document: Document, drawn: Mapping[int, str]) -> str:
    """The page.

    Args:
        document: the report.
        drawn: finished SVG elements by the `id()` of their chart; a chart without one is shown as its table.
    """
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{_text(document.title)}</title>",
            f"<style>{sheet()}</style></head>",
            '<body><a class="skip" href="#report">To the report</a><div class="frame">',
            f"<header><h1>{_text(document.title)}</h1></header>",
            f'<nav aria-label="Contents">{_contents(document.sections)}</nav>',
            '<main id="report">',
            *(line for block in document.blocks for line in _block(block, drawn)),
            *(line for section in document.sections for line in _section(section, 2, drawn)),
            "</main></div></body></html>\n",
        ]
    )


def _contents(sections: tuple[Section, ...]) -> str:
    items = (
        f'<li><a href="#{_text(one.id)}">{_text(one.title)}</a>{_contents(one.sections) if one.sections else ""}</li>'
        for one in sections
    )
    return f"<ol>{''.join(items)}</ol>"


def _section(section: Section, level: int, drawn: Mapping[int, str]) -> Iterator[str]:
    yield f'<section id="{_text(section.id)}"><h{level}>{_text(section.title)}</h{level}>'
    for block in section.blocks:
        yield from _block(block, drawn)
    for part in section.sections:
        yield from _section(part, level + 1, drawn)
    yield "</section>"


def _block(block: Block, drawn: Mapping[int, str]) -> Iterator[str]:
    match block:
        case Paragraph(text=text, tone=tone):
            yield f"<p>{_text(text)}</p>" if tone == "plain" else f'<p class="{tone}">{_text(text)}</p>'
        case Table():
            yield from _table(block)
        case Facts(pairs=pairs):
            yield "<dl>"
            yield from (f"<dt>{_text(name)}</dt><dd>{_cell(cell)}</dd>" for name, cell in pairs)
            yield "</dl>"
        case Quoted(text=text):
            yield f'<pre tabindex="0" dir="auto">{_text(text)}</pre>'
        case Charts(charts=charts):
            if charts:
                yield '<div class="charts">'
                for chart in charts:
                    yield from _chart(chart, drawn.get(id(chart)))
                yield "</div>"
        case Folded(summary=summary, blocks=blocks):
            yield f"<details><summary><bdi>{_text(summary)}</bdi></summary>"
            for inner in blocks:
                yield from _block(inner, drawn)
            yield "</details>"


def _chart(chart: Chart, svg: str | None) -> Iterator[str]:
    yield f"<figure><figcaption>{_text(chart.title)}</figcaption>"
    if svg is None:
        yield from _table(chart.table)
    else:
        yield svg
        yield "<details><summary>The numbers</summary>"
        yield from _table(chart.table)
        yield "</details>"
    yield "</figure>"


def _table(table: Table) -> Iterator[str]:
    kind = "numbers" if table.has_numbers else "words"
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="{_text(table.caption)}"><table class="{kind}">'
    yield f"<caption><span>{_text(table.caption)}</span></caption><thead><tr>"
    yield "".join(f'<th scope="col">{_text(name)}</th>' if name else "<td></td>" for name in table.header)
    yield "</tr></thead><tbody>"
    for first, *rest in table.rows:
        cells = "".join(f"<td{_room(cell)}>{_cell(cell)}</td>" for cell in rest)
        yield f'<tr><th scope="row">{_cell(first)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _room(cell: Cell) -> str:
    return ' class="long"' if len(cell.text) >= _LONG else ""


def _cell(cell: Cell) -> str:
    said = _text(cell.text)
    if cell.is_code:
        said = f"<code>{said}</code>"
    elif "\n" in cell.text or len(cell.text) >= _LONG:
        said = f'<span class="said" dir="auto">{said}</span>'
    else:
        said = f"<bdi>{said}</bdi>" if not cell.text.isascii() else said
    if cell.strong:
        said = f"<strong>{said}</strong>"
    return f"{said}<small>{_text(cell.small)}</small>" if cell.small else said


def _text(text: str) -> str:
    return escape(_UNPRINTABLE.sub("\ufffd", text), quote=True)
