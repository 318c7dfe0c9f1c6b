"""The seams of understanding: writers, rules and memory types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from memory_chain.types import (
    JSON,
    Attribute,
    Event,
    Message,
    ModelCall,
    Observation,
    ObservedAttribute,
    ObservedEvent,
    Piece,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The known items nearest to a batch: a bounded number, whatever the size of the memory."""

    topics: Sequence[str] = ()
    events: Sequence[Event] = ()
    attributes: Sequence[Attribute] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """A writer's answer: one observation for each message of the batch, and the model calls it took."""

    observations: Sequence[Observation]
    calls: Sequence[ModelCall] = ()


class Writer(Protocol):
    """Reads messages and tells what they reveal."""

    @property
    def name(self) -> str:
        """Kept with everything it writes, e.g. `rules` or the model's name."""

    @property
    def immediate(self) -> bool:
        """True if reading costs nothing, so that each message is read as soon as it is stored."""

    def observe(self, messages: Sequence[Message], known: Known) -> Understood:
        """Read a batch.

        Raises:
            ModelError: the batch could not be read; it stays queued.
        """


class Rule(Protocol):
    """An extraction rule: one message in, what it reveals out. A plain function will do."""

    def __call__(self, message: Message) -> Iterable[ObservedAttribute | ObservedEvent]:
        """What the message reveals, by this rule alone."""


class MemoryType(Protocol):
    """A further kind of memory beside attributes, events and messages."""

    @property
    def name(self) -> str:
        """The kind of the pieces it offers; it is also its place in the store."""

    def observe(self, message: Message, observation: Observation) -> Iterable[JSON]:
        """The JSON records to keep of this message."""

    def offer(self, query: str, records: Sequence[tuple[Message, Mapping[str, object]]]) -> Iterable[Piece]:
        """The pieces that its records have for a query. `tokens` is filled in by the caller."""
