"""Asks a model whether an answer is right; an unclear verdict is asked once more and then told as none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from memory_chain.errors import ModelError
from memory_chain.evaluation.models import NOTHING, MeteredLLM, Spent
from memory_chain.llm.base import ChatMessage, LLMRequest
from memory_chain.prompts import Prompt, without_thoughts

TRIES = 2
_WORD = r"yes|no|correct|wrong|right|true|false"
_VERDICT = re.compile(rf"\W*({_WORD})\b(?!\s*(?:or|/)\s*(?:{_WORD})\b)", re.IGNORECASE)
_RIGHT = frozenset({"yes", "correct", "right", "true"})
_INSIST = "Reply with one word only: yes or no."


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a judge said: `right` is None if it said neither yes nor no, or failed; then `error` tells."""

    right: bool | None
    raw: str = ""
    error: str = ""
    spent: Spent = NOTHING


def judge(llm: MeteredLLM, prompt: Prompt, *, question: str, gold: Sequence[str], answer: str) -> Verdict:
    """Ask whether `answer` is right.

    Raises:
        CostLimitError: the run's limit is reached.
    """
    rendered = prompt.render(question=question, gold="; ".join(gold), answer=answer)
    messages: list[ChatMessage] = [*rendered]
    spent, raw = Spent(), ""
    for _ in range(TRIES):
        request = LLMRequest(
            messages=messages, purpose="judge", prompt=prompt.name, prompt_version=prompt.version, max_tokens=512
        )
        try:
            reply = llm.complete(request)
        except ModelError as error:
            return Verdict(right=None, raw=raw, error=str(error), spent=spent + llm.meter.spent_on(error.calls))
        spent += llm.meter.spent_on(reply.calls)
        raw = reply.text
        right = read_verdict(raw)
        if right is not None:
            return Verdict(right=right, raw=raw, spent=spent)
        said = without_thoughts(raw)  # servers refuse a message that is empty
        again = [ChatMessage(role="assistant", content=said)] if said else []
        messages = [*rendered, *again, ChatMessage(role="user", content=_INSIST)]
    return Verdict(right=None, raw=raw, error="the judge said neither yes nor no", spent=spent)


def read_verdict(reply: str) -> bool | None:
    """Yes or no at the beginning of a reply (after a model's thoughts); None if it is neither, or "yes or no"."""
    match = _VERDICT.match(without_thoughts(reply))
    return match[1].lower() in _RIGHT if match else None
