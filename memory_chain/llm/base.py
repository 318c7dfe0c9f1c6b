"""The seam to language models: messages in, text and usage out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from memory_chain.types import ModelCall


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatMessage:
    """One message of a prompt; `role` is `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LLMRequest:
    """What is asked of a model, and in whose name: `purpose`, `prompt` and its version go to the ledger."""

    messages: Sequence[ChatMessage]
    purpose: str
    prompt: str = ""
    prompt_version: str = ""
    json_schema: Mapping[str, Any] | None = None
    """If set, the reply has to be one JSON object of this schema."""
    max_tokens: int | None = None
    temperature: float | None = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LLMReply:
    """A model's answer. `cut` is true if it stopped for length: such a text is never complete."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0
    cut: bool = False
    model: str = ""
    calls: tuple[ModelCall, ...] = field(default_factory=tuple)
    """Every call that was made for this reply, failed tries included, for the ledger."""


class LLM(Protocol):
    """A language model.

    Errors are of our own tree and carry their ledger rows as `calls`: ProviderDownError (try later),
    ProviderRefusedError (trying again does not help), ReplyError (an answer that is no chat completion).
    """

    @property
    def model(self) -> str:
        """The model's name, for the ledger and the history."""

    def complete(self, request: LLMRequest) -> LLMReply:
        """Ask the model once (with the bounded retries of the implementation)."""

    def close(self) -> None:
        """Release connections."""
