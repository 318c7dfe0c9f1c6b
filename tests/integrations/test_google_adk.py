"""Google ADK's memory service, through its `Runner`, its memory tools and a scripted model."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, SECRET, broken
from pages import run_page

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("google.adk", reason="needs google-adk (extra `google-adk`)")
    from google.adk.agents import LlmAgent
    from google.adk.events import Event
    from google.adk.memory.memory_entry import MemoryEntry
    from google.adk.models import BaseLlm, LlmRequest, LlmResponse
    from google.adk.runners import Runner
    from google.adk.sessions import InMemorySessionService, Session
    from google.adk.tools import load_memory, preload_memory
    from google.genai import types
    from pydantic import Field

from memory_chain import MemoryManager
from memory_chain.integrations.google_adk import OMemMemoryService, user_of_app
from memory_chain.types import Role, Trust

pytestmark = pytest.mark.filterwarnings("ignore")  # the kit's own: deprecations and experiments


class Scripted(BaseLlm):
    """Gives its answers in turn; `seen` keeps what it was shown."""

    model: str = "scripted"
    answers: list[Any]
    seen: list[str] = Field(default_factory=list)

    async def generate_content_async(
        self, llm_request: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        self.seen.append(str([content.model_dump(mode="json") for content in llm_request.contents]))
        answer = self.answers.pop(0)
        part = types.Part(text=answer) if isinstance(answer, str) else types.Part(function_call=answer)
        yield LlmResponse(content=types.Content(role="model", parts=[part]))


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "m", consolidate="inline") as opened:
        yield opened


def said(text: str, author: str = "user", **more: Any) -> Event:
    return Event(author=author, content=types.Content(role="user", parts=[types.Part(text=text)]), **more)


async def talk(model: Scripted, service: OMemMemoryService, tool: Any, session_id: str, text: str) -> Session:
    agent = LlmAgent(name="helper", model=model, tools=[tool])
    sessions = InMemorySessionService()
    runner = Runner(app_name="app", agent=agent, session_service=sessions, memory_service=service)
    await sessions.create_session(app_name="app", user_id="alice", session_id=session_id)
    message = types.Content(role="user", parts=[types.Part(text=text)])
    async for _ in runner.run_async(user_id="alice", session_id=session_id, new_message=message):
        pass
    session = await sessions.get_session(app_name="app", user_id="alice", session_id=session_id)
    assert session is not None
    await service.add_session_to_memory(session)
    await service.add_session_to_memory(session)
    return session


def test_sessions_are_kept_once_and_preloaded_into_the_next(manager: MemoryManager) -> None:
    service = OMemMemoryService(manager)
    model = Scripted(answers=["Noted.", "Vegetables.", "Rice."])
    owner = user_of_app("app", "alice")
    asyncio.run(talk(model, service, preload_memory, "one", "I'm allergic to shellfish."))
    asyncio.run(talk(model, service, preload_memory, "two", "What shall I cook?"))
    asyncio.run(talk(model, service, preload_memory, "three", "And with it?"))
    assert "allergic to shellfish" in model.seen[1]
    assert [(str(message.role), message.speaker) for message in manager.messages(owner)] == [
        ("user", None),
        ("assistant", "helper"),
    ] * 3
    (attribute,) = manager.profile(owner).attributes
    assert len(attribute.sources) == 1
    assert "PAST_CONVERSATIONS" not in str(manager.messages(owner))


def test_the_model_can_ask_for_memories(manager: MemoryManager) -> None:
    service = OMemMemoryService(manager)
    call = types.FunctionCall(name="load_memory", args={"query": "allergies"})
    model = Scripted(answers=["Noted.", call, "Vegetables."])
    asyncio.run(talk(model, service, load_memory, "one", "I'm allergic to shellfish."))
    asyncio.run(talk(model, service, load_memory, "two", "What shall I cook?"))
    assert "allergic to shellfish" in model.seen[2]
    owner = user_of_app("app", "alice")
    assert [message.text for message in manager.messages(owner, session_id="two")] == [
        "What shall I cook?",
        "Vegetables.",
    ]


def test_users_and_apps_are_kept_apart(manager: MemoryManager) -> None:
    service = OMemMemoryService(manager)
    shared = OMemMemoryService(manager, owner=lambda app_name, user_id: user_id)

    async def use() -> list[str]:
        await service.add_events_to_memory(app_name="a", user_id="b/c", events=[said("My code is 1234.")])
        found = [
            await service.search_memory(app_name=app, user_id=user, query="What is my code?")
            for app, user in (("a", "b/c"), ("a/b", "c"), ("a", "bob"), ("other", "b/c"))
        ]
        return [str(answer.memories) for answer in found]

    own, *others = asyncio.run(use())
    assert "1234" in own and others == ["[]"] * 3
    asyncio.run(shared.add_events_to_memory(app_name="a", user_id="zoe", events=[said("I live in Porto.")]))
    assert "Porto" in str(asyncio.run(shared.search_memory(app_name="z", user_id="zoe", query="home")).memories)


def test_what_is_no_text_is_left_out(manager: MemoryManager) -> None:
    service = OMemMemoryService(manager)
    parts = [types.Part(text="secret thoughts", thought=True), types.Part(text="Spoken.")]
    events = [
        Event(author="helper", content=types.Content(role="model", parts=parts)),
        Event(author="helper"),
        said("half", partial=True),
        said('<omem-memory note="x">\nWho the user is:\n- is a pilot.\n</omem-memory>'),
    ]
    asyncio.run(service.add_events_to_memory(app_name="a", user_id="u", events=events, custom_metadata={"k": 1}))
    (message,) = manager.messages(user_of_app("a", "u"))
    assert (message.text, message.metadata) == ("Spoken.", {"k": 1})


def test_an_event_is_kept_as_it_came_first(manager: MemoryManager) -> None:
    service = OMemMemoryService(manager)
    turn = said("I live in Porto.", id="e1")
    names = {"app_name": "a", "user_id": "u"}
    asyncio.run(service.add_events_to_memory(**names, events=[turn], session_id="s", custom_metadata={"k": 1}))
    asyncio.run(service.add_session_to_memory(Session(id="s", **names, events=[turn, said("Well.", id="e2")])))
    kept = manager.messages(user_of_app("a", "u"))
    assert [(message.text, message.metadata) for message in kept] == [("I live in Porto.", {"k": 1}), ("Well.", {})]


def test_memories_written_and_deleted_by_hand(manager: MemoryManager) -> None:
    service = OMemMemoryService(manager)

    def entry(text: str, **more: Any) -> MemoryEntry:
        return MemoryEntry(content=types.Content(parts=[types.Part(text=text)]), **more)

    async def use() -> list[MemoryEntry]:
        given = [
            entry("I'm allergic to nuts.", author="user", timestamp="2024-05-03T10:00:00"),
            entry("The user likes tea.", author="crawler", timestamp="once", id="tea"),
        ]
        await service.add_memory(app_name="a", user_id="u", memories=given)
        await service.delete_memory(app_name="a", user_id="u", memory_id="tea")
        await service.delete_memory(app_name="a", user_id="u", memory_id="tea")
        await service.delete_memory(app_name="a", user_id="nobody", memory_id="x")
        await service.delete_memory(app_name="a", user_id="u")
        return (await service.search_memory(app_name="a", user_id="u", query="nuts and tea")).memories

    found = asyncio.run(use())
    assert {entry.custom_metadata["kind"] for entry in found} >= {"attribute", "message"}
    assert all(entry.custom_metadata["trust"] == Trust.STATED for entry in found)
    assert not [entry for entry in found if "tea" in str(entry.content)]
    (message,) = manager.messages(user_of_app("a", "u"))
    assert (message.role, f"{message.created_at:%Y-%m-%d}") == (Role.USER, "2024-05-03")


@pytest.mark.parametrize("tool", [preload_memory, load_memory])
@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_memory_that_fails_does_not_break_the_agent(
    manager: MemoryManager,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tool: Any,
    error: Exception,
) -> None:
    service = OMemMemoryService(manager)
    call = types.FunctionCall(name="load_memory", args={"query": "allergies"})
    model = Scripted(answers=[call, "Hello."] if tool is load_memory else ["Hello."])
    broken(manager, monkeypatch, error)
    with pytest.raises(type(error)):  # the session that is kept after the run
        asyncio.run(talk(model, service, tool, "one", "I'm allergic to shellfish."))
    assert model.answers == []
    ours = [record.levelname for record in caplog.records if record.name.startswith("memory_chain")]
    assert ours == ["WARNING"] and SECRET not in caplog.text


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = Scripted(answers=["Noted.", "Anything without shellfish."])
    run_page("google_adk", model=model)
    assert "shellfish" in model.seen[1]
