"""Charts as figures for hand-made SVG: no style and no script, only places and sizes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 720
HEIGHT = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One bar: a part that is good, and on top of it one that is not."""

    label: str
    key: str
    value: int
    bad: int
    x: float
    width: float
    y: float
    height: float
    bad_y: float
    bad_height: float
    labelled: bool
    """Whether there is room for its label."""
    minor: bool
    """Whether its label is left out where there is less room."""


def bars(given: Sequence[tuple[str, str, int, int]], *, most_labels: int = 16, least: int = 1) -> list[Bar]:
    """Bars that fill a chart of 720 by 120.

    Args:
        given: of each bar its label, a key for its address, its value, and how much of it is bad.
        most_labels: more bars than this are labelled only here and there.
        least: the value that the height of the chart stands for at least.
    """
    highest = max([least, *(value for _, _, value, _ in given)])
    step = WIDTH / max(1, len(given))
    every = max(1, -(-len(given) // most_labels))
    made = []
    for place, (label, key, value, bad) in enumerate(given):
        height = round(HEIGHT * value / highest, 1) if value else 0.0
        bad_height = round(HEIGHT * min(bad, value) / highest, 1)
        width = min(step * 0.72, 44.0)
        made.append(
            Bar(
                label=label,
                key=key,
                value=value,
                bad=bad,
                x=round(step * place + (step - width) / 2, 1),
                width=round(width, 1),
                y=round(HEIGHT - height, 1),
                height=height,
                bad_y=round(HEIGHT - height, 1),
                bad_height=bad_height,
                labelled=place % every == 0,
                minor=place % (every * (4 if len(given) > 12 else 2)) != 0,
            )
        )
    return made


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A stretch of a bar that shows a whole: in percent."""

    name: str
    value: int
    x: float
    width: float


def shares(given: Sequence[tuple[str, int]], whole: int) -> list[Share]:
    """The parts of a whole, one after the other; empty ones are left out."""
    made: list[Share] = []
    x = 0.0
    for name, value in given:
        if value <= 0:
            continue
        width = 100 * value / max(1, whole)
        made.append(Share(name=name, value=value, x=round(x, 2), width=round(width, 2)))
        x += width
    return made
