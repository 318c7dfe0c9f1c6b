"""What the evaluation passes on: conversations with questions, and how each question was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from memory_chain.types import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question about a conversation; `evidence` are the ids of the messages that answer it."""

    id: str
    text: str
    category: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """One user's messages, session by session in time order, and the questions about them."""

    id: str
    sessions: tuple[tuple[Message, ...], ...]
    questions: tuple[Question, ...]

    @property
    def messages(self) -> int:
        """How many messages there are in all sessions."""
        return sum(len(session) for session in self.sessions)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """A benchmark as read from a file. `known`: the file is the published one, byte by byte."""

    name: str
    path: Path
    sha256: str
    known: bool
    conversations: tuple[Conversation, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What the memory found for one question: one record a question, from which every figure is made.

    `recall` maps a depth, the others a budget in tokens, to the share (0 to 1) of the evidence that was found.
    """

    conversation: str
    question: str
    category: str
    recall: Mapping[int, float]
    context: Mapping[int, float]
    """Evidence that lies in the context as the message itself, whole."""
    context_any: Mapping[int, float]
    """Evidence that any piece of the context cites: its message, an excerpt, an attribute, an event, …"""
    context_tokens: Mapping[int, int]
    """What each context cost."""
    search_ms: float
    retrieve_ms: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One conversation: what was put in, how long that took, and what was found for each question."""

    conversation: str
    messages: int
    ingest_seconds: float
    answered: tuple[Answered, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalRun:
    """A whole run over a dataset, with the conditions under which it was made."""

    dataset: Dataset
    depths: tuple[int, ...]
    budgets: tuple[int, ...]
    measured: tuple[Measured, ...]
    seconds: float
    processes: int
    conditions: Mapping[str, str | int | bool | None] = field(default_factory=dict)

    @property
    def answered(self) -> tuple[Answered, ...]:
        """The records of all questions, in the order of the dataset."""
        return tuple(one for measured in self.measured for one in measured.answered)
