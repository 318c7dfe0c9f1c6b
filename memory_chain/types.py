"""The records that travel through the memory: what was said, what it revealed, what was found again.

All records are frozen and keyword-only. All times are aware and in UTC. JSON and database rows are
turned into these records at the edges and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from memory_chain.utils import new_id, utc_now

JSON = dict[str, Any]

USER = "user"
"""The subject of everything that is about the chain's own user."""

DEFAULT_SESSION = "default"


class Role(StrEnum):
    """Who speaks in a message."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"


class Attitude(StrEnum):
    """How somebody feels about something; also the polarity of an attribute."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    MIXED = "mixed"
    NEUTRAL = "neutral"

    def opposes(self, other: Attitude) -> bool:
        """Whether one is positive and the other negative."""
        return {self, other} == {Attitude.POSITIVE, Attitude.NEGATIVE}


class Trust(StrEnum):
    """How far a statement can be trusted, relative to the person whom it is about."""

    STATED = "stated"
    """Said by that person."""
    REPORTED = "reported"
    """Said by somebody else."""
    TOOL = "tool"
    """Told by a tool or a document."""
    INFERRED = "inferred"
    """Concluded, not said."""

    @property
    def rank(self) -> int:
        """3 for the most trusted, 0 for the least."""
        return _TRUST_RANK[self]


_TRUST_RANK = {Trust.STATED: 3, Trust.REPORTED: 2, Trust.TOOL: 1, Trust.INFERRED: 0}


class Operation(StrEnum):
    """What a newly observed item does to the memory."""

    ADD = "add"
    UPDATE = "update"
    IGNORE = "ignore"


class Precision(StrEnum):
    """How exactly the time of an event is known."""

    INSTANT = "instant"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"


ItemKind = Literal["attribute", "event"]
PieceKind = str
"""`attribute`, `preference`, `event`, `message`, or the name of a registered memory type."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One thing said. Only `text` is needed; the rest has sensible defaults.

    `speaker` is the name of whoever spoke, if there is one. A message of role `user` whose speaker is
    not the chain's user is about that speaker.
    """

    text: str
    role: Role = Role.USER
    speaker: str | None = None
    session_id: str = DEFAULT_SESSION
    created_at: datetime = field(default_factory=utc_now)
    id: str = field(default_factory=new_id)
    user_id: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    """The order of arrival in its chain, given by the store; 0 before it is stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A stretch of time: `start` inclusive, `end` exclusive."""

    start: datetime
    end: datetime
    precision: Precision


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What to do with an observed item, and with which known item (`target`: its id)."""

    operation: Operation
    target: str | None = None
    reason: str = ""
    also: tuple[str, ...] = ()
    """Further items that an update closes: other values of an aspect that holds one at a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedAttribute:
    """A statement about a person, as one message reveals it.

    `text` stands alone ("The user is allergic to shellfish"), `value` is its heart ("shellfish"),
    `aspect` says which side of the section it fills ("allergy"). `ended` tells that it is over.
    `decision` is set by a writer that routes by itself; otherwise the router decides.
    """

    section: str
    aspect: str
    value: str
    text: str
    polarity: Attitude = Attitude.NEUTRAL
    confidence: float = 0.8
    subject: str = USER
    trust: Trust = Trust.STATED
    ended: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    decision: Decision | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedEvent:
    """Something that happened or is planned, as one message tells it; `text` stands alone."""

    text: str
    when: Interval | None = None
    subject: str = USER
    trust: Trust = Trust.STATED
    confidence: float = 0.8
    decision: Decision | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """What one message reveals (arXiv 2511.13593, eq. 1). The first of `topics` is the main one."""

    message_id: str
    topics: tuple[str, ...] = ()
    attitude: Attitude = Attitude.NEUTRAL
    reason: str = ""
    summary: str = ""
    subject: str = USER
    attributes: tuple[ObservedAttribute, ...] = ()
    events: tuple[ObservedEvent, ...] = ()
    writer: str = ""
    refused: tuple[str, ...] = ()
    """Why parts of a model's reply were not taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where a stored item comes from: a message, or a correction (`id` starts with `edit-`)."""

    id: str
    said_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """A statement about a person that the memory holds.

    `valid_*` say when it holds in the world, `known_*` when it was learned and replaced: an attribute is
    current while `known_to` is None. Known times are those of the messages that caused the change.
    """

    id: str
    subject: str
    section: str
    aspect: str
    value: str
    text: str
    polarity: Attitude
    confidence: float
    trust: Trust
    ended: bool
    sources: tuple[Source, ...]
    known_from: datetime
    known_to: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    superseded_by: str | None = None
    writer: str = ""

    @property
    def last_said(self) -> datetime:
        """When it was last said or confirmed."""
        sources = self.sources
        return sources[0].said_at if len(sources) == 1 else max([source.said_at for source in sources])

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened or is planned. `when` is None if no time was told."""

    id: str
    subject: str
    text: str
    when: Interval | None
    said_at: datetime
    confidence: float
    trust: Trust
    sources: tuple[Source, ...]
    known_from: datetime
    known_to: datetime | None = None
    superseded_by: str | None = None
    writer: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One line of the history: what was added, updated or ignored, when, why and from which source."""

    operation: Operation
    kind: ItemKind
    item_id: str
    at: datetime
    source_id: str
    reason: str
    previous_id: str | None = None
    writer: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A conversation: how much was said in it, and from when to when."""

    session_id: str
    messages: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """A label that groups messages, with the attitudes shown to it: `(attitude, how often)`."""

    label: str
    messages: int
    last_at: datetime
    attitudes: Mapping[Attitude, int] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    """Other wordings that were grouped under this label."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One time that an attitude was shown."""

    message_id: str
    at: datetime
    attitude: Attitude
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preference:
    """A topic with the attitudes shown to it over time. `attitude` sums them up."""

    topic: str
    attitude: Attitude
    subject: str
    evidence: tuple[Evidence, ...]

    @property
    def text(self) -> str:
        """As a sentence: "likes hiking"."""
        verb = {Attitude.POSITIVE: "likes", Attitude.NEGATIVE: "dislikes", Attitude.MIXED: "has mixed feelings about"}
        return f"{verb.get(self.attitude, 'talks about')} {self.topic}"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Aspect:
    """A group of attributes about the same thing: the current value and the evidence for it."""

    section: str
    name: str
    current: Attribute
    attributes: tuple[Attribute, ...]
    summary: str = ""
    """How a model sums the group up, if one was asked."""

    @property
    def values(self) -> tuple[str, ...]:
        """The values of the group, the newest first."""
        return tuple(dict.fromkeys(attribute.value for attribute in self.attributes))

    def __str__(self) -> str:
        return self.summary or self.current.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """Who somebody is, as of a time: aspects by section, preferences and recent events."""

    user_id: str
    subject: str
    as_of: datetime | None
    aspects: tuple[Aspect, ...]
    preferences: tuple[Preference, ...]
    events: tuple[Event, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    """Section key to the title under which it is shown."""
    pending: int = 0
    """Messages that are stored but not yet understood."""

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes of all aspects."""
        return tuple(attribute for aspect in self.aspects for attribute in aspect.attributes)

    def __iter__(self) -> Iterator[Aspect]:
        return iter(self.aspects)

    def __str__(self) -> str:
        lines: list[str] = []
        section = None
        for aspect in self.aspects:
            if aspect.section != section:
                section = aspect.section
                lines.append(f"{self.titles.get(section, section)}:")
            lines.extend(f"  - {attribute.text}" for attribute in aspect.attributes)
        if self.preferences:
            lines.append("Preferences:")
            lines.extend(f"  - {preference.text}" for preference in self.preferences)
        if self.events:
            lines.append("Recent events:")
            lines.extend(f"  - {event.text}" for event in self.events)
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One thing that retrieval found, why it ranks, and from which messages it comes.

    `score`: higher is better, comparable only inside one answer. `tokens` is its cost in a context.
    """

    kind: PieceKind
    text: str
    score: float
    reasons: tuple[str, ...]
    sources: tuple[str, ...]
    id: str = ""
    at: datetime | None = None
    when: Interval | None = None
    speaker: str | None = None
    role: Role | None = None
    subject: str | None = None
    session_id: str | None = None
    trust: Trust = Trust.STATED
    tokens: int = 0
    channels: tuple[str, ...] = ()
    """How it was found, the channel that counts most first: `persona`, `text`, `events`, `topics`, `clues`, `recent`,
    `vector`, or the name of a registered memory type. Retrieval fills it in."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """The pieces that fit a token budget, in reading order. `str(context)` goes into a prompt."""

    query: str
    text: str
    pieces: tuple[Piece, ...]
    left_out: tuple[Piece, ...]
    budget_tokens: int
    tokens: int
    pending: int = 0
    """Messages that are stored but not yet understood; they are found as text all the same."""

    def __str__(self) -> str:
        return self.text

    def __iter__(self) -> Iterator[Piece]:
        return iter(self.pieces)

    def __len__(self) -> int:
        return len(self.pieces)


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What `add` did. `ids` has one id for each message given, in their order."""

    ids: tuple[str, ...]
    stored: int
    duplicates: int
    forgotten: int
    """Messages that were skipped because they had been forgotten before."""
    pending: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ForgetReceipt:
    """What `forget` or `revoke` removed, counted."""

    messages: int = 0
    attributes: int = 0
    events: int = 0
    observations: int = 0
    changes: int = 0
    queued: int = 0
    calls_scrubbed: int = 0
    rebuilt: int = 0
    """Attributes and events that other sources still support; they were rebuilt from those."""
    user_removed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelCall:
    """One row of the cost ledger: a call to a language model or embedder, also a failed one."""

    purpose: str
    model: str
    at: datetime
    outcome: str
    """`ok`, or what went wrong: `invalid`, `cut`, `rate-limited`, `timeout`, …"""
    prompt: str = ""
    prompt_version: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    latency_ms: float = 0.0
    attempt: int = 1
    detail: str = ""
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueItem:
    """A message that a writer has still to understand, or a dead letter (`dead`)."""

    message: Message
    tries: int = 0
    read_by_rules: bool = False
    not_before: datetime | None = None
    error: str = ""
    raw: str = ""
    dead: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    """What models cost a chain: totals, and the same by purpose."""

    calls: int
    failed: int
    tokens_in: int
    tokens_out: int
    latency_ms: float
    by_purpose: Mapping[str, Costs] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """How a chain is doing."""

    user_id: str
    messages: int
    sessions: int
    attributes: int
    events: int
    topics: int
    pending: int
    """Messages that no writer has read yet."""
    waiting_for_model: int
    dead_letters: tuple[QueueItem, ...]
    failing: tuple[QueueItem, ...]
    """Messages whose understanding failed and will be tried again, with the reason."""
    paused_until: datetime | None
    last_error: str
    writer: str
    needs_rebuild: tuple[str, ...]
    """Why `rebuild` would help: messages read by another writer or embedded by another model."""
    first_at: datetime | None
    last_at: datetime | None
