"""AutoGen's memory, through `AssistantAgent` and its replay client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, SECRET, broken
from pages import run_page

pytest.importorskip("autogen_core", reason="needs autogen-core (extra `autogen`)")
pytest.importorskip("autogen_agentchat", reason="needs autogen-agentchat (extra `autogen`)")
pytest.importorskip("autogen_ext", reason="needs autogen-ext (extra `autogen`)")

from autogen_agentchat.agents import AssistantAgent
from autogen_core.memory import MemoryContent, MemoryMimeType
from autogen_core.model_context import BufferedChatCompletionContext, UnboundedChatCompletionContext
from autogen_core.models import AssistantMessage, SystemMessage, UserMessage
from autogen_ext.models.replay import ReplayChatCompletionClient

from memory_chain import MemoryManager
from memory_chain.errors import ClosedError, InvalidInputError
from memory_chain.extraction.guards import CONTEXT_OPEN
from memory_chain.integrations.autogen import OMemMemory
from memory_chain.types import Role


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "m", consolidate="inline") as opened:
        yield opened


def contexts(call: dict[str, Any]) -> list[str]:
    """The recalled contexts that the model was shown in a call."""
    return [
        message.content
        for message in call["messages"]
        if isinstance(message, SystemMessage) and message.content.startswith(CONTEXT_OPEN)
    ]


def test_an_agent_remembers_over_sessions_and_learns_no_context(manager: MemoryManager) -> None:
    model = ReplayChatCompletionClient(["Noted.", "Hm.", "Grilled vegetables."])

    async def talk() -> None:
        first = AssistantAgent("helper", model, memory=[OMemMemory(manager, "alice", session_id="one")])
        await first.run(task="I'm allergic to shellfish.")
        second = AssistantAgent("helper", model, memory=[OMemMemory(manager, "alice", session_id="two")])
        await second.run(task="Hello.")
        await second.run(task="What shall I cook?")

    asyncio.run(talk())
    calls = model.create_calls
    assert contexts(calls[0]) == []
    assert [len(contexts(call)) for call in calls[1:]] == [1, 1]
    assert "allergic to shellfish" in contexts(calls[2])[0]
    said = [(message.role, message.text) for message in manager.messages("alice")]
    assert said == [
        (Role.USER, "I'm allergic to shellfish."),
        (Role.USER, "Hello."),
        (Role.ASSISTANT, "Hm."),
        (Role.USER, "What shall I cook?"),
    ]
    (attribute,) = manager.profile("alice").attributes
    assert len(attribute.sources) == 1


def test_a_streamed_run_is_remembered_alike(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice", session_id="one")
    model = ReplayChatCompletionClient(["Vegetables.", "Rice."])
    memory = OMemMemory(manager, "alice", session_id="two")
    agent = AssistantAgent("helper", model, memory=[memory], model_client_stream=True)

    async def talk() -> None:
        for text in ("What shall I cook?", "And with it?"):
            async for _ in agent.run_stream(task=text):
                pass

    asyncio.run(talk())
    said = [message.text for message in manager.messages("alice", session_id="two")]
    assert said == ["What shall I cook?", "Vegetables.", "And with it?"]


def test_users_are_kept_apart(manager: MemoryManager) -> None:
    manager.add("My code is 1234 and I'm allergic to nuts.", user_id="alice")
    context = UnboundedChatCompletionContext()

    async def ask() -> Any:
        await context.add_message(UserMessage(content="What is my code?", source="user"))
        await OMemMemory(manager, "bob").update_context(context)
        return await OMemMemory(manager, "bob").query("What is my code?")

    assert [content.content for content in asyncio.run(ask()).results] == ["What is my code?"]
    assert "1234" not in str(asyncio.run(context.save_state()))


def test_other_agents_are_no_user(manager: MemoryManager) -> None:
    context = BufferedChatCompletionContext(buffer_size=10)

    async def update() -> None:
        await context.add_message(UserMessage(content="I live in Porto.", source="user"))
        await context.add_message(UserMessage(content="I am vegan.", source="critic"))
        await context.add_message(UserMessage(content=["What do you see?"], source="user"))
        await OMemMemory(manager, "alice").update_context(context)
        await context.add_message(AssistantMessage(content="Nothing.", source="helper"))
        await context.add_message(UserMessage(content="Well.", source="user"))
        await OMemMemory(manager, "alice").update_context(context)

    asyncio.run(update())
    assert [(message.speaker, str(message.role)) for message in manager.messages("alice")] == [
        (None, "user"),
        ("critic", "assistant"),
        (None, "user"),
        ("helper", "assistant"),
        (None, "user"),
    ]
    assert "vegan" not in str(manager.profile("alice"))


def test_add_query_and_clear(manager: MemoryManager) -> None:
    memory = OMemMemory(manager, "alice", learn=False)
    document = MemoryContent(
        content={"city": "Porto"}, mime_type=MemoryMimeType.JSON, metadata={"role": "tool", "page": 3}
    )

    async def use() -> Any:
        assert (await memory.query("anything")).results == []
        await memory.add(MemoryContent(content="I prefer metric units.", mime_type="text/plain"))
        await memory.add(document)
        found = await memory.query(MemoryContent(content="metric units", mime_type="text/plain"))
        with pytest.raises(InvalidInputError):
            await memory.add(MemoryContent(content=b"\0", mime_type=MemoryMimeType.BINARY))
        context = UnboundedChatCompletionContext([UserMessage(content="I am tall.", source="user")])
        await memory.update_context(context)
        return found

    found = asyncio.run(use())
    assert "metric" in found.results[0].content and found.results[0].metadata["score"] > 0
    kept = manager.messages("alice")
    assert [message.role for message in kept] == [Role.USER, Role.TOOL]
    assert kept[1].metadata == {"page": 3}
    asyncio.run(memory.clear())
    asyncio.run(memory.clear())
    asyncio.run(memory.close())
    assert manager.users() == []


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_memory_that_fails_does_not_break_the_agent(
    manager: MemoryManager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    memory = OMemMemory(manager, "alice")
    agent = AssistantAgent("helper", ReplayChatCompletionClient(["Hello.", "Rice."]), memory=[memory])
    with monkeypatch.context() as failing:
        broken(manager, failing, error)
        result = asyncio.run(agent.run(task="I'm allergic to shellfish."))
    assert result.messages[-1].content == "Hello."  # type: ignore[union-attr]
    ours = [record.levelname for record in caplog.records if record.name.startswith("memory_chain")]
    assert ours == ["WARNING"] * 2 and SECRET not in caplog.text
    manager.close()
    assert asyncio.run(agent.run(task="What shall I cook?")).messages[-1].content == "Rice."  # type: ignore[union-attr]
    for act in (memory.query("food"), memory.add(MemoryContent(content="x", mime_type="text/plain")), memory.clear()):
        with pytest.raises(ClosedError):
            asyncio.run(act)


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = ReplayChatCompletionClient(["Noted.", "Anything without shellfish."])
    run_page("autogen", model=model)
    assert "shellfish" in contexts(model.create_calls[1])[0]
