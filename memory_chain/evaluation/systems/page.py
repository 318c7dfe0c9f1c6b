"""A context of the compared systems: entries that fit a budget, laid out as our own contexts are.

Messages stand under the day of their session, each with its speaker. Our own contexts do the same, so that
systems differ in what they choose, not in how they show it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from memory_chain.evaluation.systems.base import Recalled, Shown
from memory_chain.types import Message
from memory_chain.utils import estimate_tokens

SHORTEST_ENDING = 20
"""Tokens. With less room left, not even the ending of a message is shown."""

Place = tuple[int, int, str, int]
"""Where an entry stands: part, day, session, number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line of a context, with the headings under which it stands.

    `sources` are the messages on which it rests; `whole`: it shows the text of the one source word for word.
    """

    line: str
    headings: tuple[str, ...]
    place: Place
    sources: tuple[str, ...]
    shown: Shown
    whole: bool = False


class Page:
    """Takes entries as long as they fit the budget (tokens by `estimate_tokens`; None: all fit).

    `note` is shown first. If it does not fit itself, nothing does.
    """

    def __init__(self, budget_tokens: int | None, *, note: str = "") -> None:
        self._budget = budget_tokens
        self._note = note
        self._used = _cost(note) if note else 0
        self._headings: set[str] = set()
        self._entries: list[Entry] = []

    def room(self, entry: Entry) -> float:
        """How many tokens are left for the entry's line, its headings counted; infinite without a budget."""
        return math.inf if self._budget is None else self._budget - self._used - self._headings_cost(entry)

    def offer(self, entry: Entry) -> bool:
        """Take the entry if it fits; tells whether it did."""
        cost, room = _cost(entry.line), self.room(entry)
        if cost > room:
            return False
        self._used += cost + self._headings_cost(entry)
        self._headings.update(entry.headings)
        self._entries.append(entry)
        return True

    def recalled(self, *, note: str | None = None) -> Recalled:
        """What was taken, in reading order; empty if nothing was. `note` takes the place of a no shorter one."""
        ordered = sorted(self._entries, key=lambda entry: entry.place)
        above = self._note if note is None else note
        lines = [above] if above and ordered else []
        open_headings: set[str] = set()
        for entry in ordered:
            lines += [heading for heading in entry.headings if heading not in open_headings]
            open_headings.update(entry.headings)
            lines.append(entry.line)
        text = "\n".join(lines)
        return Recalled(
            text=text,
            sources=_each_once(entry.sources for entry in ordered if entry.whole),
            cited=_each_once(entry.sources for entry in ordered),
            tokens=estimate_tokens(text) if text else 0,
            pieces=tuple(entry.shown for entry in ordered),
        )

    def _headings_cost(self, entry: Entry) -> int:
        return sum(_cost(heading) for heading in entry.headings if heading not in self._headings)


def message_entry(
    message: Message, *, number: int, title: str | None = None, score: float = 0.0, reasons: Sequence[str] = ()
) -> Entry:
    """A message under the day of its session.

    Args:
        message: what was said.
        number: its number in order of time; tells where it stands.
        title: a heading above all messages.
        score: why it was chosen, for reports; `reasons` in words.
        reasons: see `score`.
    """
    when = message.created_at
    day = f"[{when:%A} {when.day} {when:%B %Y}]"
    return Entry(
        line=f"{message.speaker or message.role}: {one_line(message.text)}",
        headings=(day,) if title is None else (title, day),
        place=(2, when.toordinal(), message.session_id, number),
        sources=(message.id,),
        shown=Shown(kind="message", id=message.id, text=message.text, score=score, reasons=tuple(reasons)),
        whole=True,
    )


def ending(entry: Entry, room: float) -> Entry | None:
    """The entry with only the last words of its message, as many as fit `room` tokens; None if hardly any do."""
    speaker, _, text = entry.line.partition(": ")
    words = text.split(" ")
    start, end = 1, len(words)
    while start < end:
        middle = (start + end) // 2
        if _cost(_cut(speaker, words[middle:])) <= room:
            end = middle
        else:
            start = middle + 1
    line = _cut(speaker, words[start:])
    if start >= len(words) or not SHORTEST_ENDING <= _cost(line) <= room:
        return None
    return replace(entry, line=line, whole=False, shown=replace(entry.shown, text="… " + " ".join(words[start:])))


def one_line(text: str) -> str:
    """The words of a text with single spaces between them."""
    return " ".join(text.split())


def _cut(speaker: str, words: Sequence[str]) -> str:
    return f"{speaker}: … {' '.join(words)}"


def _cost(line: str) -> int:
    return estimate_tokens(line + "\n")


def _each_once(groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))
