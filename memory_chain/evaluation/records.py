"""What the evaluation passes on: conversations with questions, as read from a benchmark's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from memory_chain.types import Message

TURN_SECONDS = 5
"""Turns without times of their own: each is so much later than the one before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question about a conversation.

    Attributes:
        id: unique in its data set.
        text: as it is asked.
        category: the group in which it is reported.
        evidence: the ids of the messages that answer it; empty if the benchmark does not say.
        gold: the accepted answer, or the parts of which it consists.
        after: how many of the conversation's messages are known when it is asked; None: all.
        at: when it is asked.
        options: the choices, where the answer is one of them.
        notes: what one benchmark needs beyond this; can be written as JSON.
    """

    id: str
    text: str
    category: str
    evidence: tuple[str, ...] = ()
    gold: tuple[str, ...] = ()
    after: int | None = None
    at: datetime | None = None
    options: tuple[str, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """One user's messages, session by session in time order, and the questions about them.

    `user_name` is the speaker who is the chain's user, where one of the speakers is.
    """

    id: str
    sessions: tuple[tuple[Message, ...], ...]
    questions: tuple[Question, ...]
    user_name: str | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages in order."""
        return tuple(message for session in self.sessions for message in session)

    @property
    def size(self) -> int:
        """How many messages there are in all sessions."""
        return sum(len(session) for session in self.sessions)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """A benchmark as read from its files.

    `files` maps each path to the sha256 of its content; `known`: all of them are the published ones, byte by byte.
    """

    name: str
    files: Mapping[str, str]
    known: bool
    conversations: tuple[Conversation, ...]
    notes: Mapping[str, Any] = field(default_factory=dict)
