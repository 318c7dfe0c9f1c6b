"""What the tools answer: few words for the model, and the same structured."""

from __future__ import annotations

from collections.abc import Sequence

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from memory_chain.dates import describe
from memory_chain.errors import InvalidInputError
from memory_chain.extraction.guards import CONTEXT_CLOSE, CONTEXT_OPEN, disarm_context
from memory_chain.types import Attribute, Event, Piece, Profile, Trust
from memory_chain.utils import estimate_tokens

MOST_ITEMS = 60
"""Items of a profile that are shown; the most important of a section come first."""

MOST_EVENTS = 100
"""Events that the timeline shows, the newest."""

LONGEST_TEXT = 500
"""Characters of a statement or event; a longer one is cut."""

NOTHING = "Nothing is remembered about this yet."


class Item(BaseModel):
    """One remembered thing."""

    id: str = Field(description="For `correct` and `forget`.")
    kind: str = Field(description="attribute, preference, event or message")
    text: str
    when: str | None = Field(default=None, description="When it happened or was said.")
    trust: str | None = Field(default=None, description="How it is known, if the user did not state it.")


class Recalled(BaseModel):
    """What is remembered about a question, in reading order."""

    items: list[Item]
    left_out: int = Field(description="Further findings that did not fit.")


class Known(BaseModel):
    """Who the user is."""

    sections: dict[str, list[Item]]
    left_out: dict[str, int] = Field(description="How many further statements of a section are not shown.")


class Events(BaseModel):
    """What happened, the newest first."""

    items: list[Item]
    left_out: int = Field(description="Older events in this time that are not shown; `skip` goes on to them.")


class Remembered(BaseModel):
    """What was stored."""

    id: str = Field(description="The id of the stored message, for `forget`.")
    stored: bool = Field(description="False: these words were stored already, a few minutes ago.")


class Corrected(BaseModel):
    """What is held for right now."""

    id: str
    text: str
    replaced: str = Field(description="The id of what is no longer held for right; it stays in the history.")


class Forgotten(BaseModel):
    """How much is gone for good."""

    messages: int
    attributes: int
    events: int


def framed(lines: Sequence[str]) -> str:
    """Lines between the marks of a context."""
    return "\n".join([CONTEXT_OPEN, *lines, CONTEXT_CLOSE]) if lines else NOTHING


def result(found: BaseModel, text: str) -> CallToolResult:
    """A result: few words for the model, and the same structured."""
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=found.model_dump(exclude_none=True)
    )


def of_piece(piece: Piece) -> Item:
    """A piece of a context as an item."""
    when = describe(piece.when) if piece.when else (f"{piece.at:%Y-%m-%d}" if piece.at else None)
    text = f"{piece.speaker or piece.role}: {piece.text}" if piece.kind == "message" else piece.text
    return Item(id=piece.id, kind=piece.kind, text=clean(text), when=when, trust=_trust(piece.trust))


def fitting(pieces: Sequence[Piece], budget_tokens: int) -> list[Item]:
    """Those of a context's pieces that fit with their ids and dates, in reading order; the best are taken first.

    A context is packed for a prompt, which shows no ids. Persona and messages are scored apart, so that each piece
    counts by its share of the best score of its kind.
    """
    best: dict[bool, float] = {}
    for piece in pieces:
        best[piece.kind == "message"] = max(best.get(piece.kind == "message", 0.0), piece.score)
    shares = [piece.score / (best[piece.kind == "message"] or 1.0) for piece in pieces]
    items = [of_piece(piece) for piece in pieces]
    room = budget_tokens - estimate_tokens(framed([""]))
    taken: set[int] = set()
    for place in sorted(range(len(items)), key=lambda place: -shares[place]):
        cost = estimate_tokens(f"{line_of(items[place])}\n")
        if cost <= room:
            taken.add(place)
            room -= cost
    return [item for place, item in enumerate(items) if place in taken]


def of_attribute(attribute: Attribute) -> Item:
    """A statement about somebody as an item."""
    since = f"{attribute.last_said:%Y-%m-%d}"
    return Item(
        id=attribute.id, kind="attribute", text=short(attribute.text), when=since, trust=_trust(attribute.trust)
    )


def of_event(event: Event) -> Item:
    """An event as an item."""
    when = describe(event.when) if event.when else f"told on {event.said_at:%Y-%m-%d}"
    return Item(id=event.id, kind="event", text=short(event.text), when=when, trust=_trust(event.trust))


def clean(text: str) -> str:
    """A remembered text in one line that cannot close its frame."""
    return " ".join(disarm_context(text).split())


def short(text: str) -> str:
    """The same, cut if it is long."""
    cleaned = clean(text)
    return cleaned if len(cleaned) <= LONGEST_TEXT else f"{cleaned[: LONGEST_TEXT - 1]}…"


def _trust(trust: Trust) -> str | None:
    return None if trust is Trust.STATED else trust.value


def line_of(item: Item) -> str:
    """An item as a line."""
    when = f" ({item.when})" if item.when else ""
    trust = f" [{item.trust}]" if item.trust else ""
    name = f"[{item.id}] " if item.id else ""
    return f"- {name}{item.text}{when}{trust}"


def known(profile: Profile, section: str | None = None) -> Known:
    """A profile, bounded: of each section the most important, or of one section alone.

    Raises:
        InvalidInputError: there is no such section.
    """
    sections: dict[str, list[Item]] = {}
    for aspect in profile.aspects:
        title = profile.titles.get(aspect.section, aspect.section)
        sections.setdefault(title, []).extend(of_attribute(one) for one in aspect.attributes)
    likes = [Item(id="", kind="preference", text=short(one.text)) for one in profile.preferences]
    happened = [of_event(event) for event in profile.events]
    sections |= {title: items for title, items in (("Preferences", likes), ("Recent events", happened)) if items}
    if section is not None:
        named = {title: items for title, items in sections.items() if title.casefold() == section.strip().casefold()}
        if not named:
            raise InvalidInputError(f"There is no section {section!r} yet. There are: {', '.join(sections) or 'none'}.")
        sections = named
    room = shared(MOST_ITEMS, [len(items) for items in sections.values()])
    shown = {title: items[:most] for (title, items), most in zip(sections.items(), room, strict=True)}
    left_out = {title: len(items) - len(shown[title]) for title, items in sections.items()}
    return Known(sections=shown, left_out={title: count for title, count in left_out.items() if count})


def shared(room: int, wanted: Sequence[int]) -> list[int]:
    """How much of a room each gets: all it wants, or as much as any other that does not get all."""
    given = [0] * len(wanted)
    for done, place in enumerate(sorted(range(len(wanted)), key=lambda place: wanted[place])):
        given[place] = min(wanted[place], room // (len(wanted) - done))
        room -= given[place]
    return given


def lines_of(found: Known) -> list[str]:
    """A profile as lines."""
    lines = []
    for title, items in found.sections.items():
        lines += [f"{title}:", *(line_of(item) for item in items)]
    if not found.left_out:
        return lines
    more = ", ".join(f"{title} {count}" for title, count in found.left_out.items())
    return [*lines, f"(more: {more}; `profile` with one `section` shows more of it, and `recall` finds them)"]


def events_of(found: Sequence[Event], skip: int, limit: int) -> Events:
    """A page of events, the newest first."""
    items = [of_event(event) for event in found[::-1][skip : skip + limit]]
    return Events(items=items, left_out=max(0, len(found) - skip - len(items)))
