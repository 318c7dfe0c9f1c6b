"""The OpenAI Agents SDK's session, filter and tools, through its `Runner` and its scripted model."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, SECRET, broken
from pages import run_page

pytest.importorskip("agents", reason="needs openai-agents (extra `openai-agents`)")

from agents import Agent, RunConfig, Runner
from agents.memory import Session, SessionSettings, SQLiteSession
from agents.testing import ScriptedModel, assistant_message, function_call

from memory_chain import MemoryManager
from memory_chain.errors import InvalidUserError
from memory_chain.extraction.guards import CONTEXT_OPEN
from memory_chain.integrations.common import OUT_OF_REACH
from memory_chain.integrations.openai_agents import OMemSession, memory_tools, recall_before_model
from memory_chain.types import Role

ALICE = {"user_id": "alice"}


def scripted(*answers: str | tuple[str, dict[str, Any]] | Exception) -> ScriptedModel:
    """Texts, calls of tools (name and arguments), or errors."""
    steps: list[Any] = []
    for place, answer in enumerate(answers):
        if isinstance(answer, Exception):
            steps.append(answer)
        elif isinstance(answer, str):
            steps.append([assistant_message(answer, item_id=f"m{place}")])
        else:
            steps.append([function_call(*answer, call_id=f"c{place}")])
    return ScriptedModel(steps)


def contexts(model: ScriptedModel, call: int) -> list[str]:
    items = model.calls[call].input
    return [item["content"] for item in items if str(item.get("content", "")).startswith(CONTEXT_OPEN)]


def config(manager: MemoryManager) -> RunConfig:
    return RunConfig(call_model_input_filter=recall_before_model(manager), tracing_disabled=True)


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


def test_an_agent_remembers_over_sessions_and_learns_no_context(manager: MemoryManager) -> None:
    model = scripted("Noted.", "Vegetables.", ("recall", {"query": "allergy"}), "With rice.")
    agent = Agent("helper", model=model, tools=memory_tools(manager))

    async def talk() -> None:
        for session_id, text in [
            ("one", "I'm allergic to shellfish."),
            ("two", "What shall I cook?"),
            ("two", "And with it?"),
        ]:
            session = OMemSession(manager, "alice", session_id)
            await Runner.run(agent, text, session=session, context=ALICE, run_config=config(manager))

    asyncio.run(talk())
    assert [len(contexts(model, call)) for call in range(4)] == [0, 1, 1, 1]
    assert "allergic to shellfish" in contexts(model, 3)[0]
    texts = [item["content"] for item in model.calls[1].input]
    assert texts[-1] == "What shall I cook?"
    said = [(message.role.value, message.text, message.session_id) for message in manager.messages("alice")]
    assert said == [
        ("user", "I'm allergic to shellfish.", "one"),
        ("assistant", "Noted.", "one"),
        ("user", "What shall I cook?", "two"),
        ("assistant", "Vegetables.", "two"),
        ("user", "And with it?", "two"),
        ("assistant", "(called recall)", "two"),
        ("tool", "(function_call_output)", "two"),
        ("assistant", "With rice.", "two"),
    ]
    (attribute,) = manager.profile("alice").attributes
    assert len(attribute.sources) == 1


def test_items_come_back_whole(manager: MemoryManager) -> None:
    items: list[Any] = [
        {"role": "user", "content": "Weather in Porto?"},
        {"type": "reasoning", "id": "r", "summary": []},
        {"type": "function_call", "call_id": "c", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "Rain in Porto."},
        {"role": "assistant", "content": [{"type": "output_text", "text": "It rains."}], "type": "message"},
        {"role": "user", "content": [{"type": "input_image", "image_url": "x"}]},
        {"role": "developer", "content": "Be kind."},
    ]
    session = OMemSession(manager, "alice", "s")
    assert isinstance(session, Session)

    async def keep() -> None:
        assert await session.get_items() == []
        assert await session.pop_item() is None
        await session.clear_session()
        await session.add_items([])
        await session.add_items(items[:3])
        await session.add_items(items[3:])
        assert await OMemSession(manager, "alice", "s").get_items() == items
        assert await session.get_items(limit=2) == items[-2:]
        assert await session.get_items(limit=0) == []
        limited = OMemSession(manager, "alice", "s", session_settings=SessionSettings(limit=3))
        assert await limited.get_items() == items[-3:]
        assert await OMemSession(manager, "alice", "other").get_items() == []
        assert await session.pop_item() == items[-1]
        assert await session.get_items() == items[:-1]

    asyncio.run(keep())
    assert [(message.role, message.text) for message in manager.messages("alice")] == [
        (Role.USER, "Weather in Porto?"),
        (Role.ASSISTANT, "(reasoning)"),
        (Role.ASSISTANT, "(called weather)"),
        (Role.TOOL, "Rain in Porto."),
        (Role.ASSISTANT, "It rains."),
        (Role.USER, "(message)"),
    ]
    asyncio.run(session.clear_session())
    assert manager.messages("alice") == []


def test_a_cleared_session_teaches_nothing_any_more(manager: MemoryManager) -> None:
    session = OMemSession(manager, "alice", "s")
    asyncio.run(session.add_items([{"role": "user", "content": "I'm allergic to shellfish."}]))
    assert manager.profile("alice").attributes
    asyncio.run(session.clear_session())
    assert not manager.profile("alice").attributes
    asyncio.run(session.add_items([{"role": "user", "content": "I'm allergic to shellfish."}]))
    assert manager.profile("alice").attributes


def test_messages_of_another_face_are_part_of_a_session(manager: MemoryManager) -> None:
    manager.add(
        [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}],
        user_id="alice",
        session_id="s",
    )
    items = asyncio.run(OMemSession(manager, "alice", "s").get_items())
    assert items == [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}]


def test_what_the_user_said_survives_a_crash_of_the_model(manager: MemoryManager) -> None:
    agent = Agent("helper", model=scripted(RuntimeError("down")))
    session = OMemSession(manager, "alice", "s")
    with pytest.raises(RuntimeError, match="down"):
        asyncio.run(
            Runner.run(agent, "I'm allergic to shellfish.", session=session, context=ALICE, run_config=config(manager))
        )
    assert [message.text for message in manager.messages("alice")] == ["I'm allergic to shellfish."]


def test_a_streamed_run_is_remembered_alike(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice", session_id="one")
    model = scripted("Vegetables.")

    async def talk() -> None:
        session = OMemSession(manager, "alice", "two")
        agent = Agent("helper", model=model)
        run = Runner.run_streamed(
            agent, "What shall I cook?", session=session, context=ALICE, run_config=config(manager)
        )
        async for _ in run.stream_events():
            pass

    asyncio.run(talk())
    assert "allergic to shellfish" in contexts(model, 0)[0]
    said = [message.text for message in manager.messages("alice", session_id="two")]
    assert said == ["What shall I cook?", "Vegetables."]


@pytest.mark.parametrize("settings", [None, SessionSettings(limit=2)])
def test_a_session_answers_as_the_sdks_own(manager: MemoryManager, settings: SessionSettings | None) -> None:
    async def use(session: Session) -> list[Any]:
        told: list[Any] = [await session.pop_item(), await session.clear_session(), await session.get_items()]
        await session.add_items([])
        await session.add_items([{"role": "user", "content": f"Message {n}."} for n in range(5)])
        told += [await session.get_items(limit) for limit in (None, 0, 1, 2, 99)]
        told += [await session.pop_item(), await session.get_items(), await session.clear_session()]
        await session.add_items([{"role": "assistant", "content": "Again."}])
        return [*told, await session.get_items()]

    async def both() -> tuple[list[Any], list[Any]]:
        own = SQLiteSession("s", session_settings=settings)
        try:
            return await use(own), await use(OMemSession(manager, "alice", "s", session_settings=settings))
        finally:
            own.close()

    theirs, ours = asyncio.run(both())
    assert ours == theirs


def test_users_are_kept_apart_and_never_guessed(manager: MemoryManager) -> None:
    @dataclass
    class Context:
        user_id: str

    manager.add("My code is 1234.", user_id="alice", session_id="s")
    model = scripted(("recall", {"query": "code"}), ("about_user", {}), "I do not know.")
    agent = Agent("helper", model=model, tools=memory_tools(manager))
    session = OMemSession(manager, "bob", "s")
    run = Runner.run(agent, "What is my code?", session=session, context=Context("bob"), run_config=config(manager))
    asyncio.run(run)
    assert "1234" not in str([call.input for call in model.calls])
    for context in (None, {"name": "alice"}):
        with pytest.raises(InvalidUserError, match="user_id"):
            asyncio.run(Runner.run(Agent("x", model=scripted("Hi")), "Hi", context=context, run_config=config(manager)))
    assert manager.users() == ["alice", "bob"]


def test_tools_note_correct_and_forget(manager: MemoryManager) -> None:
    manager.add("I'm allergic to peanuts.", user_id="alice")
    (known,) = manager.profile("alice").attributes
    model = scripted(
        ("remember", {"text": "I live in Lisbon."}),
        ("correct", {"item_id": known.id, "value": "walnuts"}),
        ("forget", {"item_id": "nothing"}),
        ("about_user", {}),
        "Done.",
    )
    agent = Agent("helper", model=model, tools=memory_tools(manager, allow_changes=True))
    result = asyncio.run(Runner.run(agent, "Please.", context=ALICE, run_config=RunConfig(tracing_disabled=True)))
    told = [item.output for item in result.new_items if item.type == "tool_call_output_item"]
    assert told[0] == "Remembered."
    assert "walnuts" in told[1]
    assert told[2].startswith("There is nothing with the id 'nothing'")
    assert told[3].startswith(CONTEXT_OPEN)
    assert [(one.role, one.text) for one in manager.messages("alice")][-1] == (Role.TOOL, "I live in Lisbon.")
    assert [tool.name for tool in memory_tools(manager)] == ["recall", "remember", "about_user"]


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_memory_that_fails_does_not_break_the_agent(
    manager: MemoryManager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    agent = Agent("helper", model=scripted(("recall", {"query": "x"}), "Hello."), tools=memory_tools(manager))
    broken(manager, monkeypatch, error)
    result = asyncio.run(Runner.run(agent, "I like tea.", context=ALICE, run_config=config(manager)))
    assert result.final_output == "Hello." and OUT_OF_REACH in str(result.to_input_list())
    ours = [record.levelname for record in caplog.records if record.name.startswith("memory_chain")]
    assert ours == ["WARNING"] * 3 and SECRET not in caplog.text
    session = OMemSession(manager, "alice", "s")
    for act in (session.get_items(), session.add_items([{"role": "user", "content": "x"}]), session.pop_item()):
        with pytest.raises(type(error)):
            asyncio.run(act)


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = scripted("Noted.", "Anything without shellfish.")
    run_page("openai_agents", model=model)
    assert "shellfish" in contexts(model, 1)[0]
