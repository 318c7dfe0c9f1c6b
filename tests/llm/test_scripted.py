"""The public fakes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from memory_chain.errors import ProviderDownError, ProviderRefusedError
from memory_chain.llm.base import ChatMessage, LLMReply, LLMRequest
from memory_chain.testing import HashingEmbedder, ScriptedLLM

REQUEST = LLMRequest(
    messages=[ChatMessage(role="user", content="What now?")], purpose="answer", prompt="answer", prompt_version="3"
)


PINNED = [0.957826, 0.0, 0.0, -0.287348]


def test_replies_in_turn_each_with_a_ledger_row() -> None:
    now = datetime(2024, 5, 1, tzinfo=UTC)
    llm = ScriptedLLM(["one", {"a": "é"}, LLMReply(text="cu", cut=True, tokens_in=3)], model="fake", clock=lambda: now)
    first, second, third = (llm.complete(REQUEST) for _ in range(3))
    assert first.text == "one"
    assert json.loads(second.text) == {"a": "é"}
    assert third.cut
    assert [call.outcome for call in llm.calls] == ["ok", "ok", "cut"]
    row = llm.calls[0]
    assert (row.purpose, row.model, row.prompt, row.prompt_version, row.at) == ("answer", "fake", "answer", "3", now)
    assert row.tokens_in > 0
    assert row.tokens_out > 0
    assert first.calls == (row,)
    assert llm.requests == [REQUEST] * 3


def test_errors_and_the_end_of_the_script() -> None:
    llm = ScriptedLLM([ProviderRefusedError("no", outcome="wrong-key"), ValueError("odd")])
    with pytest.raises(ProviderRefusedError) as caught:
        llm.complete(REQUEST)
    assert [call.outcome for call in caught.value.calls] == ["wrong-key"]
    with pytest.raises(ValueError, match="odd"):
        llm.complete(REQUEST)
    with pytest.raises(ProviderDownError, match="no further reply"):
        llm.complete(REQUEST)
    assert [call.outcome for call in llm.calls] == ["wrong-key", "ValueError", "down"]


def test_a_function_as_script() -> None:
    llm = ScriptedLLM(lambda request: request.messages[-1].content.upper())
    assert llm.complete(REQUEST).text == "WHAT NOW?"
    llm.close()
    assert llm.closed


def test_the_hashing_embedder_is_the_same_everywhere() -> None:
    (vector,) = HashingEmbedder(4).embed(["tea"], kind="query")
    assert [round(value, 6) for value in vector] == PINNED
