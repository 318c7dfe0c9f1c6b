"""LlamaIndex's memory block and retriever, through its own memory, chat engine, agent and query engine."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, SECRET, broken
from pages import run_page

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("llama_index.core", reason="needs llama-index-core (extra `llama-index`)")
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata, MessageRole
    from llama_index.core.chat_engine import SimpleChatEngine
    from llama_index.core.llms import CustomLLM
    from llama_index.core.memory import InsertMethod, Memory
    from llama_index.core.query_engine import RetrieverQueryEngine
    from pydantic import Field

from memory_chain import MemoryManager
from memory_chain.errors import ClosedError
from memory_chain.extraction.guards import CONTEXT_OPEN
from memory_chain.integrations.llama_index import OMemMemoryBlock, OMemRetriever
from memory_chain.types import Role

pytestmark = pytest.mark.filterwarnings("ignore")  # the framework's own: open event loops and databases


class Scripted(CustomLLM):
    """Gives its answers in turn; `seen` keeps what it was shown."""

    answers: list[str]
    seen: list[list[ChatMessage]] = Field(default_factory=list)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(is_chat_model=True)

    def chat(self, messages: Any, **kwargs: Any) -> ChatResponse:
        self.seen.append(list(messages))
        return ChatResponse(message=ChatMessage(role="assistant", content=self.answers.pop(0)))

    async def achat(self, messages: Any, **kwargs: Any) -> ChatResponse:
        return self.chat(messages)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        self.seen.append([ChatMessage(role="user", content=prompt)])
        return CompletionResponse(text=self.answers.pop(0))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        raise NotImplementedError

    def contexts(self, call: int) -> list[str]:
        return [message.content or "" for message in self.seen[call] if CONTEXT_OPEN in (message.content or "")]


@pytest.fixture(autouse=True)
def closed_behind() -> Iterator[None]:
    """What the framework leaves open is closed within its own test."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop(None)
    gc.collect()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "m", consolidate="inline") as opened:
        yield opened


def engine(model: Scripted, block: OMemMemoryBlock, session_id: str, **settings: Any) -> SimpleChatEngine:
    memory = Memory.from_defaults(session_id=session_id, memory_blocks=[block], **settings)
    return SimpleChatEngine.from_defaults(llm=model, memory=memory)


@pytest.mark.parametrize("place", InsertMethod)
def test_a_chat_remembers_over_sessions_and_learns_no_context(manager: MemoryManager, place: InsertMethod) -> None:
    model = Scripted(answers=["Noted.", "Vegetables.", "With rice."])
    block = OMemMemoryBlock(manager=manager, user_id="alice")
    engine(model, block, "one").chat("I'm allergic to shellfish.")
    two = engine(model, block, "two", insert_method=place)
    two.chat("What shall I cook?")
    asyncio.run(two.achat("And with it?"))
    assert [len(model.contexts(call)) for call in range(3)] == [0, 1, 1]
    assert "allergic to shellfish" in model.contexts(2)[0]
    said = [(message.role.value, message.text, message.session_id) for message in manager.messages("alice")]
    assert said == [
        ("user", "I'm allergic to shellfish.", "one"),
        ("user", "What shall I cook?", "two"),
        ("assistant", "Vegetables.", "two"),
        ("user", "And with it?", "two"),
    ]
    asyncio.run(block.aput(two._memory.get_all(), session_id="two"))
    assert manager.messages("alice")[-1].text == "With rice."
    (attribute,) = manager.profile("alice").attributes
    assert len(attribute.sources) == 1


def test_what_the_framework_pushes_out_is_stored_once(manager: MemoryManager) -> None:
    model = Scripted(answers=[f"Answer {n}." for n in range(12)])
    block = OMemMemoryBlock(manager=manager, user_id="alice", priority=1)
    limits = {"token_limit": 120, "chat_history_token_ratio": 0.5, "token_flush_size": 20}
    chat = engine(model, block, "s", **limits)
    for n in range(12):
        chat.chat(f"This is question number {n} of a long conversation.")
    texts = [message.text for message in manager.messages("alice")]
    assert sorted(texts) == sorted(set(texts))
    assert {f"This is question number {n} of a long conversation." for n in range(12)} <= set(texts)
    assert {f"Answer {n}." for n in range(11)} <= set(texts)


def test_only_what_user_and_assistant_said(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice", session_id="one")
    context = str(manager.retrieve("food", user_id="alice"))
    block = OMemMemoryBlock(manager=manager, user_id="alice")
    messages = [
        ChatMessage(role=MessageRole.SYSTEM, content="Be kind."),
        ChatMessage(role=MessageRole.USER, content=f"{context}\nYes."),
        ChatMessage(role=MessageRole.ASSISTANT, content=None),
        ChatMessage(role=MessageRole.TOOL, content="secret"),
        ChatMessage(role=MessageRole.USER, content=context),
        ChatMessage(role=MessageRole.USER, content="Yes."),
    ]
    for _ in range(2):
        asyncio.run(block.aput(messages, session_id="two"))
    said = manager.messages("alice", session_id="two")
    assert [(message.role, message.text) for message in said] == [(Role.USER, "Yes."), (Role.USER, "Yes.")]
    asyncio.run(OMemMemoryBlock(manager=manager, user_id="bob", learn=False).aput(messages, session_id="two"))
    assert manager.users() == ["alice"]
    assert "manager" not in block.model_dump()


def test_users_are_kept_apart(manager: MemoryManager) -> None:
    manager.add("My code is 1234.", user_id="alice", session_id="s")
    model = Scripted(answers=["I do not know."])
    engine(model, OMemMemoryBlock(manager=manager, user_id="bob"), "s").chat("What is my code?")
    assert "1234" not in str(model.seen)
    assert OMemRetriever(manager, "bob").retrieve("code")[0].text == "What is my code?"


def test_the_retriever_in_a_query_engine(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice")
    model = Scripted(answers=["No shellfish."])
    retriever = OMemRetriever(manager, "alice", similarity_top_k=5)
    answer = RetrieverQueryEngine.from_args(retriever, llm=model).query("What may I not eat?")
    assert str(answer) == "No shellfish."
    assert "The user is allergic to shellfish." in str(model.seen[0])
    first = asyncio.run(retriever.aretrieve("What may I not eat?"))[0]
    assert (first.text, first.score) == ("The user is allergic to shellfish.", 1.0)
    assert first.node.metadata["kind"] == "attribute"
    assert OMemRetriever(manager, "nobody").retrieve("x") == []


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_memory_that_fails_does_not_break_the_chat(
    manager: MemoryManager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    chat = engine(Scripted(answers=["Hello.", "Rice.", "Bye."]), OMemMemoryBlock(manager=manager, user_id="alice"), "s")
    with monkeypatch.context() as failing:
        broken(manager, failing, error)
        assert str(chat.chat("I'm allergic to shellfish.")) == "Hello."
    ours = [record.levelname for record in caplog.records if record.name.startswith("memory_chain")]
    assert ours == ["WARNING"] * 2 and SECRET not in caplog.text
    assert str(chat.chat("What shall I cook?")) == "Rice."
    assert [message.text for message in manager.messages("alice")][:2] == ["I'm allergic to shellfish.", "Hello."]
    manager.close()
    assert str(chat.chat("Bye.")) == "Bye."
    with pytest.raises(ClosedError):
        OMemRetriever(manager, "alice").retrieve("food")


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = Scripted(answers=["Noted.", "Anything without shellfish."])
    run_page("llama_index", model=model)
    assert "shellfish" in model.contexts(1)[0]
