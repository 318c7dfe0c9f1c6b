"""The seam to memories that are compared: messages in, a context or a ranking out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from memory_chain.evaluation.records import Conversation
from memory_chain.types import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One piece of a context, for reports: what it is, why it is there."""

    kind: str
    id: str
    text: str
    score: float = 0.0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recalled:
    """What a memory gives to a prompt.

    Attributes:
        text: ready for a prompt.
        sources: ids of the messages that stand in the text word for word.
        cited: ids of all messages on which anything in the text rests.
        tokens: what the text costs, by `estimate_tokens`.
        pieces: its parts, where the memory can tell them.
    """

    text: str
    sources: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    tokens: int = 0
    pieces: tuple[Shown, ...] = ()


class System(Protocol):
    """A memory of one conversation, ours or another."""

    @property
    def name(self) -> str:
        """How it is called in reports."""

    def add(self, messages: Sequence[Message]) -> None:
        """Take in messages, in order of time."""

    def retrieve(self, question: str, *, budget_tokens: int | None) -> Recalled:
        """What it would put before a model that is to answer; None: as much as it likes."""

    def rank(self, question: str, *, limit: int) -> list[str]:
        """The ids of messages, the most relevant first; empty if it cannot tell."""

    def close(self) -> None:
        """Release what it holds."""


SystemFactory = Callable[[Conversation, Path], System]
"""Makes the memory of a conversation; the path is an empty folder of its own."""
