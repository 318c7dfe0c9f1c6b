"""What the tools answer: few words for the model, and the same structured."""

from __future__ import annotations

from collections.abc import Sequence

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from memory_chain.dates import describe
from memory_chain.extraction.guards import CONTEXT_CLOSE, CONTEXT_OPEN, disarm_context
from memory_chain.types import Attribute, Event, Piece, Profile, Trust

MOST_ITEMS = 60
"""Items of a profile that are shown; the most important come first."""

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
    left_out: int = Field(description="Further statements that are not shown; `recall` finds them.")


class Events(BaseModel):
    """What happened, the newest first."""

    items: list[Item]
    left_out: int = Field(description="Older events in this time that are not shown.")


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
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=found.model_dump())


def of_piece(piece: Piece) -> Item:
    """A piece of a context as an item."""
    when = describe(piece.when) if piece.when else (f"{piece.at:%Y-%m-%d}" if piece.at else None)
    text = f"{piece.speaker or piece.role}: {piece.text}" if piece.kind == "message" else piece.text
    return Item(id=piece.id, kind=piece.kind, text=clean(text), when=when, trust=_trust(piece.trust))


def of_attribute(attribute: Attribute) -> Item:
    """A statement about somebody as an item."""
    since = f"{attribute.last_said:%Y-%m-%d}"
    return Item(
        id=attribute.id, kind="attribute", text=clean(attribute.text), when=since, trust=_trust(attribute.trust)
    )


def of_event(event: Event) -> Item:
    """An event as an item."""
    when = describe(event.when) if event.when else f"told on {event.said_at:%Y-%m-%d}"
    return Item(id=event.id, kind="event", text=clean(event.text), when=when, trust=_trust(event.trust))


def clean(text: str) -> str:
    """A remembered text in one line that cannot close its frame."""
    return " ".join(disarm_context(text).split())


def _trust(trust: Trust) -> str | None:
    return None if trust is Trust.STATED else trust.value


def line_of(item: Item) -> str:
    """An item as a line."""
    when = f" ({item.when})" if item.when else ""
    trust = f" [{item.trust}]" if item.trust else ""
    name = f"[{item.id}] " if item.id else ""
    return f"- {name}{item.text}{when}{trust}"


def known(profile: Profile) -> Known:
    """A profile, bounded."""
    sections: dict[str, list[Item]] = {}
    for aspect in profile.aspects:
        title = profile.titles.get(aspect.section, aspect.section)
        sections.setdefault(title, []).extend(of_attribute(one) for one in aspect.attributes)
    likes = [Item(id="", kind="preference", text=clean(one.text)) for one in profile.preferences]
    happened = [of_event(event) for event in profile.events]
    sections |= {title: items for title, items in (("Preferences", likes), ("Recent events", happened)) if items}
    room = MOST_ITEMS
    shown: dict[str, list[Item]] = {}
    for title, items in sections.items():
        if items[:room]:
            shown[title] = items[:room]
        room -= len(items[:room])
    return Known(
        sections=shown, left_out=sum(map(len, sections.values())) - sum(len(items) for items in shown.values())
    )


def lines_of(found: Known) -> list[str]:
    """A profile as lines."""
    lines = []
    for title, items in found.sections.items():
        lines += [f"{title}:", *(line_of(item) for item in items)]
    return [*lines, f"({found.left_out} more; `recall` finds them)"] if found.left_out else lines
