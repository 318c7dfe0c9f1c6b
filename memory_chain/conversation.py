"""Talking: one call of the model over a context, and what all calls have cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from memory_chain import prompts
from memory_chain.errors import ModelError, ReplyError
from memory_chain.llm.base import LLM, ChatMessage, LLMRequest
from memory_chain.types import Context, Costs, Message, ModelCall, Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A model's answer, and the context from which it was given."""

    text: str
    context: Context
    tokens_in: int
    tokens_out: int

    def __str__(self) -> str:
        return self.text


def answer(llm: LLM, question: str, context: Context, *, now: datetime, record: Callable[[ModelCall], None]) -> Answer:
    """Answer a question from a context.

    Raises:
        ModelError: the model did not answer; every try is in the ledger.
    """
    prompt = prompts.ANSWER
    messages = prompt.render(context=context.text, question=question, now=f"{now:%Y-%m-%d %H:%M} UTC")
    return _ask(llm, messages, prompt, context, record)


def chat(
    llm: LLM,
    text: str,
    context: Context,
    *,
    recent: Sequence[Message],
    now: datetime,
    record: Callable[[ModelCall], None],
) -> Answer:
    """Reply to a message, with the last messages of the session as the model's own conversation.

    Raises:
        ModelError: the model did not answer; every try is in the ledger.
    """
    prompt = prompts.CHAT
    system, last = prompt.render(context=context.text, message=text, now=f"{now:%Y-%m-%d %H:%M} UTC")
    earlier = [
        ChatMessage(role=str(message.role), content=message.text)
        for message in recent
        if message.role in (Role.USER, Role.ASSISTANT)
    ]
    return _ask(llm, [system, *earlier, last], prompt, context, record)


def sum_costs(calls: Iterable[ModelCall]) -> Costs:
    """Sum up the ledger, in all and by purpose."""
    by_purpose: dict[str, list[ModelCall]] = defaultdict(list)
    for call in calls:
        by_purpose[call.purpose].append(call)
    everything = [call for group in by_purpose.values() for call in group]
    return _total(everything, {purpose: _total(group, {}) for purpose, group in sorted(by_purpose.items())})


def _total(calls: Sequence[ModelCall], by_purpose: dict[str, Costs]) -> Costs:
    return Costs(
        calls=len(calls),
        failed=sum(call.outcome != "ok" for call in calls),
        tokens_in=sum(call.tokens_in for call in calls),
        tokens_out=sum(call.tokens_out for call in calls),
        latency_ms=sum(call.latency_ms for call in calls),
        by_purpose=by_purpose,
    )


def _ask(
    llm: LLM,
    messages: Sequence[ChatMessage],
    prompt: prompts.Prompt,
    context: Context,
    record: Callable[[ModelCall], None],
) -> Answer:
    request = LLMRequest(messages=messages, purpose=prompt.name, prompt=prompt.name, prompt_version=prompt.version)
    try:
        reply = llm.complete(request)
    except ModelError as error:
        for call in error.calls:
            record(call)
        raise
    for call in reply.calls:
        record(call)
    text = prompts.without_thoughts(reply.text)
    if not text:
        raise ReplyError(
            f"The model {llm.model!r} gave an empty answer. Ask again, or try another model.", raw=reply.text
        )
    return Answer(text=text, context=context, tokens_in=reply.tokens_in, tokens_out=reply.tokens_out)
