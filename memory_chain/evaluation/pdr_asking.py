"""Asks a model for JSON of a certain form; a reply that cannot be used is shown back once, then given up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from memory_chain.errors import ModelError, ReplyError
from memory_chain.evaluation.models import MeteredLLM, Spent
from memory_chain.extraction.parse import read_reply
from memory_chain.llm.base import ChatMessage, LLMRequest
from memory_chain.prompts import Prompt
from memory_chain.types import ModelCall

TRIES = 2
_SHOWN_BACK = 4_000
"""Characters of a refused reply."""

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard(Generic[Value]):
    """What was read from a reply, the reply, and what it took, refused replies included."""

    value: Value
    raw: str
    spent: Spent


def ask_for(
    llm: MeteredLLM,
    prompt: Prompt,
    take: Callable[[Any, bool], Value],
    *,
    max_tokens: int,
    temperature: float | None = 0.0,
    **slots: Any,
) -> Heard[Value]:
    """Ask, and read the reply strictly.

    Args:
        take: makes the value of a `prompt.answer`, or raises ReplyError; it is told whether this is the last try.
        slots: of the prompt.

    Raises:
        ReplyError: neither reply can be used; `raw` is the last one, `calls` are those of both.
        ModelError: the model did not reply.
        CostLimitError: the run's limit is reached.
    """
    if prompt.answer is None:
        raise ValueError(f"prompt {prompt.name!r} has no type of answer")
    rendered = prompt.render(**slots)
    messages: Sequence[ChatMessage] = rendered
    calls: tuple[ModelCall, ...] = ()
    refused = ReplyError("Nothing was asked.")
    for tried in range(1, TRIES + 1):
        request = LLMRequest(
            messages=messages, purpose="judge", prompt=prompt.name, prompt_version=prompt.version,
            json_schema=prompt.json_schema(), max_tokens=max_tokens, temperature=temperature,
        )  # fmt: skip
        try:
            reply = llm.complete(request)
        except ModelError as error:
            error.calls = calls = (*calls, *error.calls)
            if not isinstance(error, ReplyError):
                raise
            refused = error
            continue
        calls += reply.calls
        try:
            value = take(read_reply(reply.text, prompt.answer, cut=reply.cut), tried == TRIES)
        except ReplyError as error:
            refused = ReplyError(str(error), raw=reply.text, outcome=error.outcome)
            messages = [*rendered, *_complaint(reply.text, str(error))]
            continue
        return Heard(value=value, raw=reply.text, spent=llm.meter.spent_on(calls))
    refused.calls = calls
    raise refused


def _complaint(raw: str, complaint: str) -> tuple[ChatMessage, ChatMessage]:
    return (
        ChatMessage(role="assistant", content=raw[:_SHOWN_BACK] or "(nothing)"),
        ChatMessage(role="user", content=f"This cannot be used: {complaint} Reply again, with the JSON object only."),
    )
