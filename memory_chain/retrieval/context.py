"""The context: pieces fitted to a token budget and laid out for reading. Pure.

Persona comes first, then events, then what was said, by session and in time order, each with its date and
speaker. What did not fit is kept in `left_out`, so that it can be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache

from memory_chain.dates import describe
from memory_chain.extraction.guards import CONTEXT_CLOSE, CONTEXT_OPEN, disarm_context
from memory_chain.retrieval.lexical import analyze
from memory_chain.types import Context, Piece, Trust
from memory_chain.utils import changed

TokenCounter = Callable[[str], int]

PERSONA_SHARE = 0.65
"""The part of a budget of `FULL_BUDGET` tokens that persona pieces may take before messages; of a smaller budget
they take less, down to a third of this. What they leave is free for others."""

FULL_BUDGET = 1500

SMALLEST_PIECE = 5
"""Tokens. With less room left nothing more is tried."""

LONGEST_PIECE = 160
"""Tokens. Longer messages are shown by an excerpt around the words of the query."""

_SECTIONS = (
    ("persona", "Who the user is:"),
    ("event", "What happened:"),
    ("other", "Also remembered:"),
    ("message", "What was said:"),
)
_TITLES = dict(_SECTIONS)
_PLACES = {part: place for place, (part, _) in enumerate(_SECTIONS)}
_NO_TIME = datetime.min.replace(tzinfo=UTC)
_TRUST_MARKS = {Trust.REPORTED: " (told by others)", Trust.TOOL: " (from a tool)", Trust.INFERRED: " (inferred)"}
_SENTENCE = re.compile(r"[^.!?\n。！？]+[.!?\n。！？]*", re.UNICODE)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A piece that fits, with the lines that show it."""

    piece: Piece
    headings: tuple[str, ...]
    line: str


@dataclass(kw_only=True)
class _Page:
    """What was chosen so far and what it costs."""

    budget: int
    count: TokenCounter
    used: int = 0
    chosen: list[_Chosen] = field(default_factory=list)
    headings: set[str] = field(default_factory=set)

    costs: dict[int, tuple[str, int]] = field(default_factory=dict)
    """The line of each piece that was offered and what it costs, by the piece's identity: some are offered twice."""

    def offer(self, piece: Piece, *, limit: int | None = None) -> bool:
        """Take the piece if it fits; `limit` is an own upper bound for `used`."""
        room = (self.budget if limit is None else min(limit, self.budget)) - self.used
        if room < SMALLEST_PIECE:
            return False
        known = self.costs.get(id(piece))
        if known is None:
            line = _line(piece)
            known = self.costs[id(piece)] = line, self.count(line + "\n")
        line, cost = known
        if cost > room:
            return False
        headings = _headings(piece)
        new = [heading for heading in headings if heading not in self.headings]
        cost += sum(self.count(heading + "\n") for heading in new)
        if cost > room:
            return False
        self.used += cost
        self.headings.update(new)
        self.chosen.append(_Chosen(changed(piece, tokens=cost), headings, line))
        return True


def pack(
    query: str,
    *,
    persona: Sequence[Piece],
    others: Sequence[Piece],
    budget_tokens: int,
    count: TokenCounter,
    pending: int = 0,
) -> Context:
    """Fit pieces into a budget.

    Args:
        query: the question; long messages are cut around its words.
        persona: who the user is, the most important first.
        others: events, messages and what other memory types offer, with comparable scores.
        budget_tokens: the most that the context's text may cost by `count`.
        count: tells how many tokens a text costs.
        pending: messages that are not yet understood; passed on.
    """
    words = set(analyze(query))
    frame = count(f"{CONTEXT_OPEN}\n{CONTEXT_CLOSE}\n")
    page = _Page(budget=budget_tokens - frame, count=count)
    limit = _persona_limit(page.budget)
    waiting = [piece for piece in persona if not page.offer(piece, limit=limit)]
    ranked = [(_excerpt(piece, words, count), piece.score) for piece in others]
    ranked.sort(key=lambda pair: -pair[1] / max(1, count(pair[0].text)) ** TOKEN_PENALTY)
    left = [piece for piece, _ in ranked if not page.offer(piece)]
    left = [piece for piece in waiting if not page.offer(piece)] + left
    ordered = sorted(enumerate(page.chosen), key=_reading_order)
    text = _laid_out([chosen for _, chosen in ordered])
    return Context(
        query=query,
        text=text,
        pieces=tuple(chosen.piece for _, chosen in ordered),
        left_out=tuple(left),
        budget_tokens=budget_tokens,
        tokens=count(text) if text else 0,
        pending=pending,
    )


def _persona_limit(budget: int) -> int:
    return int(budget * PERSONA_SHARE * max(1 / 3, min(1.0, budget / FULL_BUDGET)))


TOKEN_PENALTY = 0.3
"""How much a long piece has to be better: value is score / tokens ** penalty (0: never mind, 1: per token)."""


def _laid_out(ordered: Sequence[_Chosen]) -> str:
    """An opening line, the pieces under headings, a closing line; empty without pieces."""
    lines: list[str] = []
    shown: set[str] = set()
    for chosen in ordered:
        lines.extend(heading for heading in chosen.headings if heading not in shown)
        shown.update(chosen.headings)
        lines.append(chosen.line)
    return "\n".join([CONTEXT_OPEN, *lines, CONTEXT_CLOSE]) if lines else ""


def _reading_order(numbered: tuple[int, _Chosen]) -> tuple[int, datetime, str, datetime, int]:
    """Part by part; persona by importance, events by when they happened, messages by day, session and time."""
    number, chosen = numbered
    piece, part = chosen.piece, _part(chosen.piece)
    when = piece.when.start if part == "event" and piece.when else piece.at
    if part == "persona" or when is None:
        return _PLACES[part], _NO_TIME, "", _NO_TIME, number
    day = when.replace(hour=0, minute=0, second=0, microsecond=0) if part == "message" else when
    return _PLACES[part], day, piece.session_id or "", when, number


def _part(piece: Piece) -> str:
    if piece.kind in ("attribute", "preference"):
        return "persona"
    return piece.kind if piece.kind in ("event", "message") else "other"


def _headings(piece: Piece) -> tuple[str, ...]:
    part = _part(piece)
    if part == "message" and piece.at is not None:
        return _TITLES[part], _day_heading(piece.at.date())
    return (_TITLES[part],)


@lru_cache(maxsize=1_024)
def _day_heading(day: date) -> str:
    return f"[{day:%A} {day.day} {day:%B %Y}]"


def _line(piece: Piece) -> str:
    mark = _TRUST_MARKS.get(piece.trust, "")
    part = _part(piece)
    if part == "message":
        when = f" (about {describe(piece.when)})" if piece.when else ""
        return f"{piece.speaker or piece.role or 'user'}: {_one_line(piece.text)}{when}{mark}"
    if part == "event":
        told = f" (told on {piece.at.day} {piece.at:%B %Y})" if piece.at and piece.when is None else ""
        date = f"{describe(piece.when)}: " if piece.when else ""
        return f"- {date}{_one_line(piece.text)}{told}{mark}"
    text = _one_line(piece.text)
    return f"- {text.removeprefix('The user ') if part == 'persona' else text}{mark}"


@lru_cache(maxsize=4_096)
def _one_line(text: str) -> str:
    return " ".join(disarm_context(text).split())


def _excerpt(piece: Piece, words: set[str], count: TokenCounter) -> Piece:
    """A long message is shown by its sentences that share most words with the query, in their order."""
    if piece.kind != "message" or len(piece.text) < LONGEST_PIECE or count(piece.text) <= LONGEST_PIECE:
        return piece
    sentences = _sentences(piece.text)
    ranked = sorted(range(len(sentences)), key=lambda i: (-len(words.intersection(analyze(sentences[i]))), i))
    chosen: list[int] = []
    used = 0
    for i in ranked:
        cost = count(sentences[i]) + 1
        if used + cost <= LONGEST_PIECE:
            chosen.append(i)
            used += cost
    parts: list[str] = []
    for position, i in enumerate(sorted(chosen)):
        gap = i > 0 if position == 0 else i != sorted(chosen)[position - 1] + 1
        parts.append(("… " if gap else "") + sentences[i].strip())
    ending = " …" if chosen and max(chosen) < len(sentences) - 1 else ""
    return changed(piece, text=" ".join(parts) + ending)


def _sentences(text: str) -> list[str]:
    """Sentences; ones too long to show are cut into windows of words or characters."""
    pieces: list[str] = []
    for match in _SENTENCE.finditer(text):
        sentence = match.group()
        pieces.extend(sentence[start : start + 400] for start in range(0, len(sentence), 400))
    return pieces
