"""Pydantic AI's capability and toolset, through its `Agent` and a `FunctionModel`."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, SECRET, broken
from pages import run_page

pytest.importorskip("pydantic_ai", reason="needs pydantic-ai-slim (extra `pydantic-ai`)")

from pydantic_ai import Agent
from pydantic_ai.messages import ImageUrl, ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from memory_chain import MemoryManager
from memory_chain.errors import InvalidUserError
from memory_chain.extraction.guards import CONTEXT_OPEN
from memory_chain.integrations.common import OUT_OF_REACH
from memory_chain.integrations.pydantic_ai import OMemCapability, memory_toolset
from memory_chain.types import Role


@dataclass
class Deps:
    user_id: str


class Script:
    """Gives its answers in turn; `seen` keeps what it was shown."""

    def __init__(self, *answers: str | ToolCallPart | Exception) -> None:
        self.answers = list(answers)
        self.seen: list[list[ModelMessage]] = []
        self.model = FunctionModel(self._answer, stream_function=self._stream)

    def _next(self, messages: list[ModelMessage]) -> Any:
        self.seen.append(list(messages))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _answer(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        answer = self._next(messages)
        return ModelResponse(parts=[TextPart(answer) if isinstance(answer, str) else answer])

    async def _stream(self, messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        for word in str(self._next(messages)).split(" "):
            yield f"{word} "

    def texts(self, call: int) -> list[str]:
        return [str(getattr(part, "content", "")) for message in self.seen[call] for part in message.parts]

    def contexts(self, call: int) -> list[str]:
        return [text for text in self.texts(call) if text.startswith(CONTEXT_OPEN)]


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


def test_an_agent_remembers_over_conversations_and_learns_no_context(manager: MemoryManager) -> None:
    script = Script("Noted.", "Vegetables.", ToolCallPart("recall", {"query": "allergy"}), "With rice.")
    agent = Agent(script.model, deps_type=Deps, capabilities=[OMemCapability(manager, tools=True)])
    alice = Deps("alice")
    agent.run_sync("I'm allergic to shellfish.", deps=alice, conversation_id="one")
    first = agent.run_sync("What shall I cook?", deps=alice, conversation_id="two")
    second = agent.run_sync("And with it?", deps=alice, message_history=first.all_messages())
    assert [len(script.contexts(call)) for call in range(3)] == [0, 1, 1]
    assert "allergic to shellfish" in script.contexts(2)[0]
    assert script.texts(1)[-1] == "What shall I cook?"
    history = [part for message in second.all_messages() for part in message.parts]
    assert CONTEXT_OPEN not in str([part for part in history if not isinstance(part, ToolReturnPart)])
    said = [(message.role.value, message.text, message.session_id) for message in manager.messages("alice")]
    assert said == [
        ("user", "I'm allergic to shellfish.", "one"),
        ("assistant", "Noted.", "one"),
        ("user", "What shall I cook?", "two"),
        ("assistant", "Vegetables.", "two"),
        ("user", "And with it?", "two"),
        ("assistant", "With rice.", "two"),
    ]
    (attribute,) = manager.profile("alice").attributes
    assert len(attribute.sources) == 1


def test_a_streamed_answer_and_parts_beside_text(manager: MemoryManager) -> None:
    script = Script("A lovely picture.")
    agent = Agent(script.model, deps_type=Deps, capabilities=[OMemCapability(manager)])

    async def talk() -> None:
        parts = ["Look at this.", ImageUrl("https://example.org/a.png")]
        async with agent.run_stream(parts, deps=Deps("alice")) as result:
            async for _ in result.stream_text():
                pass

    asyncio.run(talk())
    assert [message.text for message in manager.messages("alice")] == ["Look at this.", "A lovely picture."]


def test_what_the_user_said_survives_a_crash_of_the_model(manager: MemoryManager) -> None:
    agent = Agent(Script(RuntimeError("down")).model, deps_type=Deps, capabilities=[OMemCapability(manager)])
    with pytest.raises(RuntimeError, match="down"):
        agent.run_sync("I'm allergic to shellfish.", deps=Deps("alice"))
    assert [message.text for message in manager.messages("alice")] == ["I'm allergic to shellfish."]


def test_runs_at_the_same_time_are_kept_apart(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice")
    manager.add("I'm allergic to peanuts.", user_id="bob")
    seen: dict[str, list[str]] = {}

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        texts = [str(getattr(part, "content", "")) for message in messages for part in message.parts]
        await asyncio.sleep(0)
        seen.setdefault(texts[-1], []).extend(texts)
        return ModelResponse(parts=[TextPart("Rice.")])

    agent = Agent(FunctionModel(answer), deps_type=Deps, capabilities=[OMemCapability(manager)])

    async def talk() -> None:
        runs = [agent.run(f"I am {name}. Food?", deps=Deps(name)) for name in ("alice", "bob") for _ in range(5)]
        await asyncio.gather(*runs)

    asyncio.run(talk())
    assert "shellfish" in str(seen["I am alice. Food?"])
    assert "peanuts" not in str(seen["I am alice. Food?"])
    assert "shellfish" not in str(seen["I am bob. Food?"])


def test_users_are_kept_apart_and_never_guessed(manager: MemoryManager) -> None:
    manager.add("My code is 1234.", user_id="alice")
    script = Script(ToolCallPart("recall", {"query": "code"}), ToolCallPart("about_user", {}), "I do not know.")
    agent = Agent(script.model, capabilities=[OMemCapability(manager, tools=True)])
    agent.run_sync("What is my code?", deps={"user_id": "bob"})  # type: ignore[arg-type]
    assert "1234" not in str(script.seen)
    with pytest.raises(InvalidUserError, match="user_id"):
        agent.run_sync("Hi")
    named = Agent(
        Script("Hi").model, deps_type=str, capabilities=[OMemCapability(manager, user_of=lambda ctx: ctx.deps)]
    )
    named.run_sync("Hi, I am new.", deps="carol")
    assert manager.users() == ["alice", "bob", "carol"]


def test_learning_may_be_off(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice")
    script = Script("Rice.")
    Agent(script.model, deps_type=Deps, capabilities=[OMemCapability(manager, learn=False)]).run_sync(
        "What food?", deps=Deps("alice")
    )
    assert script.contexts(0)
    assert len(manager.messages("alice")) == 1


def test_tools_note_correct_and_forget(manager: MemoryManager) -> None:
    manager.add("I'm allergic to peanuts.", user_id="alice")
    (known,) = manager.profile("alice").attributes
    script = Script(
        ToolCallPart("remember", {"text": "I live in Lisbon."}),
        ToolCallPart("correct", {"item_id": known.id, "value": "walnuts"}),
        ToolCallPart("forget", {"item_id": "nothing"}),
        ToolCallPart("about_user", {}),
        "Done.",
    )
    agent = Agent(script.model, deps_type=Deps, toolsets=[memory_toolset(manager, allow_changes=True)])
    result = agent.run_sync("Please.", deps=Deps("alice"))
    parts = [part for message in result.all_messages() for part in message.parts]
    told = [str(part.content) for part in parts if isinstance(part, ToolReturnPart)]
    assert told[0] == "Remembered."
    assert "walnuts" in told[1]
    assert told[2].startswith("There is nothing with the id 'nothing'")
    assert told[3].startswith(CONTEXT_OPEN)
    assert [(one.role, one.text) for one in manager.messages("alice")][-1] == (Role.TOOL, "I live in Lisbon.")
    assert set(memory_toolset(manager).tools) == {"recall", "remember", "about_user"}


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_memory_that_fails_does_not_break_the_agent(
    manager: MemoryManager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    script = Script(ToolCallPart("recall", {"query": "allergy"}), "Hello.", "Rice.")
    agent = Agent(script.model, deps_type=Deps, capabilities=[OMemCapability(manager, tools=True)])
    with monkeypatch.context() as failing:
        broken(manager, failing, error)
        result = agent.run_sync("I'm allergic to shellfish.", deps=Deps("alice"))
    assert result.output == "Hello." and OUT_OF_REACH in str(result.all_messages())
    ours = [record.levelname for record in caplog.records if record.name.startswith("memory_chain")]
    assert ours == ["WARNING"] * 4 and SECRET not in caplog.text
    manager.close()
    assert agent.run_sync("What shall I cook?", deps=Deps("alice")).output == "Rice."


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script = Script("Noted.", "Anything without shellfish.")
    run_page("pydantic_ai", model=script.model)
    assert "shellfish" in script.contexts(1)[0]
