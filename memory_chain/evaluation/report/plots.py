"""Draws charts with matplotlib (extra `eval`) as SVG for a page: colours are the page's variables, text stays text.

Nothing global is changed: no pyplot, and settings hold only while a chart is drawn.
"""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from html import escape
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from memory_chain.evaluation.report.document import Chart, Points, Ranges
from memory_chain.evaluation.report.style import SERIES

_WIDTH = 380 / 72
"""Inches; an SVG unit is 1/72."""
_HEIGHT = 260 / 72
_ROW = 24 / 72
_LONGEST_LABEL = 26
_NAMES = ("ink", "soft", "line", "grid", "card", *(f"series-{place}" for place in range(1, SERIES + 1)))
_SENTINELS = {name: f"#fe{place:02x}ef" for place, name in enumerate(_NAMES)}
"""Colours that stand for the page's while matplotlib draws."""
_MARKS = "osD^vPXphd*"
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "omem-report",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "font.family": ["DejaVu Sans"],
    "font.size": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _SENTINELS["line"],
    "axes.labelcolor": _SENTINELS["soft"],
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": _SENTINELS["grid"],
    "grid.linewidth": 1.0,
    "xtick.color": _SENTINELS["line"],
    "ytick.color": _SENTINELS["line"],
    "xtick.labelcolor": _SENTINELS["soft"],
    "ytick.labelcolor": _SENTINELS["soft"],
    "text.color": _SENTINELS["ink"],
    "legend.frameon": False,
    "legend.labelcolor": _SENTINELS["ink"],
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


def draw(chart: Chart, *, prefix: str) -> str:
    """The chart as an SVG element. `prefix` keeps its ids apart from those of other charts of the page."""
    with warnings.catch_warnings(), matplotlib.rc_context(), io.StringIO() as file:
        # Widths are only estimated where the font of the estimate lacks a sign; the page's own fonts have it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        figure = _ranges(chart.drawing) if isinstance(chart.drawing, Ranges) else _points(chart.drawing)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        return _for_page(file.getvalue(), chart.title, prefix)


def _ranges(drawing: Ranges) -> Figure:
    spans = drawing.spans
    figure = Figure(figsize=(_WIDTH, _ROW * max(2, len(spans)) + 0.75), layout="constrained")
    axes = figure.add_subplot()
    for place, span in enumerate(spans):
        color = _SENTINELS["series-1"]
        if drawing.from_zero:
            color = _SENTINELS["series-2" if span.value < 0 else "series-1"]
            axes.barh(place, span.value, height=0.62, color=color)
            color = _SENTINELS["ink"]
        if span.low is not None and span.high is not None:
            axes.plot([span.low, span.high], [place, place], color=color, linewidth=1.6, solid_capstyle="butt")
            axes.plot([span.low, span.high], [place, place], color=color, marker="|", markersize=7, linestyle="none")
        if not drawing.from_zero:
            axes.plot([span.value], [place], color=color, marker="o", markersize=7)
    axes.set_yticks(range(len(spans)), [_label(span.label) for span in spans], color=_SENTINELS["ink"])
    axes.set_ylim(len(spans) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlabel(drawing.unit)
    if drawing.from_zero:
        axes.axvline(0, color=_SENTINELS["soft"], linewidth=1.2)
    return figure


def _points(drawing: Points) -> Figure:
    rows = -(-len(drawing.series) // 2)
    figure = Figure(figsize=(_WIDTH, _HEIGHT + rows * 0.26), layout="constrained")
    axes = figure.add_subplot()
    for series in drawing.series:
        color, mark = _SENTINELS[f"series-{series.place % SERIES + 1}"], _MARKS[series.place % len(_MARKS)]
        x, y = zip(*series.points, strict=True)
        axes.plot(
            x, y, color=color, marker=mark, markersize=7, linewidth=1.8 if len(x) > 1 else 0,
            markeredgecolor=_SENTINELS["card"], markeredgewidth=1.0,
            label="\u200b" + _label(series.name),  # else a name that begins with _ would be left out
            clip_on=False, zorder=3,
        )  # fmt: skip
    _axes(axes, drawing)
    figure.legend(loc="outside lower left", ncols=2, handlelength=1.8, columnspacing=1.2, borderpad=0.4)
    return figure


def _axes(axes: Axes, drawing: Points) -> None:
    axes.set_xlabel(drawing.x_label)
    axes.set_ylabel(textwrap.shorten(drawing.y_label, 40, placeholder="…"))
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.margins(0.06, 0.08)
    if drawing.scale == "log":
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    elif drawing.scale == "near-log":
        axes.set_xscale("symlog", linthresh=100)
        axes.set_xlim(left=-10)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6))
        if min(x for one in drawing.series for x, _ in one.points) >= 0:
            axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(FuncFormatter(_plain_number))


def _plain_number(value: float, place: int | None) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"


def _label(text: str) -> str:
    flat = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return flat if len(flat) <= _LONGEST_LABEL else flat[: _LONGEST_LABEL - 1] + "…"


def _for_page(svg: str, title: str, prefix: str) -> str:
    """The bare element: no header, no name spaces, the page's colours, ids of its own, a name for screen readers."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    for name, color in _SENTINELS.items():
        svg = svg.replace(color, f"var(--{name})")
    svg = svg.replace("xlink:href=", "href=").replace("\u200b", "")
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda match: f' id="{prefix}-{match[1]}"' if match[1] in used else "", svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}-", svg)
    box = re.search(r'viewBox="([^"]+)"', svg)
    opening = f'<svg role="img" aria-label="{escape(title)}" viewBox="{box[1] if box else ""}">'
    return opening + svg[svg.index(">") + 1 :].strip()
