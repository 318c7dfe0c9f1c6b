"""How figures, times and texts are put into words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from memory_chain.retrieval.analysis import analyze
from memory_chain.types import Event, Interval, Message, Precision, Role, Trust

LONGEST = 1200
"""Characters of a text on a page with others."""

_WORD = re.compile(r"\w+(?:['’]\w+)?")


def day(moment: datetime | date | None) -> str:
    """`8 May 2023`."""
    return f"{moment.day} {moment:%b %Y}" if moment else ""


def minute(moment: datetime | None) -> str:
    """`8 May 2023, 14:05`."""
    return f"{moment.day} {moment:%b %Y, %H:%M}" if moment else ""


def number(value: float) -> str:
    """`12,345`."""
    return f"{value:,.0f}"


def money(value: float) -> str:
    """`1,234.50`; of less than one, four places."""
    if value >= 1 or not value:
        return f"{value:,.2f}"
    return f"{value:.4f}" if value >= 0.0001 else "under 0.0001"


def percent(share: float) -> str:
    """`80 %`."""
    return f"{share * 100:.0f} %"


def score(value: float) -> str:
    """Three digits."""
    return f"{value:.3g}"


_TRUST = {
    Trust.STATED: "said by them",
    Trust.REPORTED: "said by others",
    Trust.TOOL: "from a tool",
    Trust.INFERRED: "concluded",
}


def trust(value: Trust) -> str:
    """How it came to be known."""
    return _TRUST[value]


def sure(confidence: float) -> str:
    """How sure, in a word."""
    if confidence >= 0.9:
        return "very sure"
    return "sure" if confidence >= 0.7 else "fairly sure" if confidence >= 0.5 else "unsure"


def span(interval: Interval) -> str:
    """An interval as people say it."""
    start, last = interval.start, interval.end - timedelta(microseconds=1)
    match interval.precision:
        case Precision.INSTANT:
            return minute(start)
        case Precision.YEAR:
            return f"{start:%Y}"
        case Precision.MONTH:
            return f"{start:%B %Y}"
        case Precision.WEEK:
            return f"week of {day(start)}"
    return day(start) if start.date() == last.date() else f"{day(start)} – {day(last)}"


def when(event: Event) -> str:
    """When it happened, or that only its telling is known."""
    return span(event.when) if event.when else f"told on {day(event.said_at)}"


def who(subject: str, user: str) -> str:
    """A subject's name."""
    return user if subject == "user" else subject


def speaker(message: Message, user: str) -> str:
    """Who said something: a name, the chain's user, or a role."""
    return message.speaker or (user if message.role is Role.USER else str(message.role))


def short(text: str, most: int = 80) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text[: most * 2].split())
    return line if len(line) <= most and len(text) <= most * 2 else line[: most - 1].rstrip() + "…"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 message`, `2 messages`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def initial(name: str) -> str:
    """The letter that stands for a name."""
    return next((sign.upper() for sign in name if sign.isalnum()), "·")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text; `mark` says as what it is marked: `hit`, `clue`, `topic`, or not at all."""

    text: str
    mark: str = ""


def marked(text: str, *, hits: Iterable[str] = (), clues: Iterable[str] = (), topics: Iterable[str] = ()) -> list[Part]:
    """A text in parts, words marked by the index terms that they hold."""
    ranks = [("hit", frozenset(hits)), ("topic", frozenset(topics)), ("clue", frozenset(clues))]
    parts: list[Part] = []
    done = 0
    for found in _WORD.finditer(text) if any(wanted for _, wanted in ranks) else ():
        start, end = found.span()
        terms = set(analyze(found.group()))
        mark = next((name for name, wanted in ranks if terms & wanted), "")
        if mark:
            if done < start:
                parts.append(Part(text[done:start]))
            parts.append(Part(text[start:end], mark))
            done = end
    if done < len(text):
        parts.append(Part(text[done:]))
    return parts


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "minute": minute,
    "number": number,
    "money": money,
    "percent": percent,
    "score": score,
    "trust": trust,
    "sure": sure,
    "span": span,
    "when": when,
    "who": who,
    "speaker": speaker,
    "short": short,
    "plural": plural,
    "initial": initial,
}
