"""Microsoft Agent Framework, through its `Agent` and a scripted chat client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, SECRET, broken
from pages import run_page

pytest.importorskip("agent_framework", reason="needs agent-framework-core (extra `agent-framework`)")

from agent_framework import (
    Agent,
    AgentSession,
    BaseChatClient,
    ChatResponse,
    ChatResponseUpdate,
    Content,
    FunctionInvocationLayer,
    Message,
    tool,
)

from memory_chain import MemoryManager
from memory_chain.errors import ClosedError
from memory_chain.extraction.guards import CONTEXT_OPEN
from memory_chain.integrations.agent_framework import OMemContextProvider, OMemHistoryProvider
from memory_chain.types import Role


class Scripted(FunctionInvocationLayer, BaseChatClient):  # type: ignore[misc,type-arg]
    """Gives its answers in turn; `seen` keeps what it was shown."""

    def __init__(self, *answers: str | Content) -> None:
        super().__init__()
        self.answers = list(answers)
        self.seen: list[list[Message]] = []

    def _inner_get_response(
        self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **kwargs: Any
    ) -> Any:
        async def updates() -> AsyncIterator[ChatResponseUpdate]:
            self.seen.append(list(messages))
            for word in str(self.answers.pop(0)).split(" "):
                yield ChatResponseUpdate(role="assistant", contents=[Content.from_text(f"{word} ")])

        if stream:
            return self._build_response_stream(updates())

        async def answer() -> ChatResponse:
            self.seen.append(list(messages))
            return ChatResponse(messages=[Message("assistant", [self.answers.pop(0)])])

        return answer()

    def contexts(self, call: int) -> list[str]:
        return [message.text for message in self.seen[call] if message.text.startswith(CONTEXT_OPEN)]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "m", consolidate="inline") as opened:
        yield opened


def test_an_agent_remembers_over_sessions_and_learns_no_context(manager: MemoryManager) -> None:
    client = Scripted("Noted.", "Grilled vegetables.", "With rice.")
    agent = Agent(client, context_providers=[OMemContextProvider(manager, "alice")])

    async def talk() -> None:
        await agent.run("I'm allergic to shellfish.", session=AgentSession(session_id="one"))
        session = AgentSession(session_id="two")
        await agent.run("What shall I cook?", session=session)
        await agent.run("And with it?", session=session)

    asyncio.run(talk())
    assert client.contexts(0) == []
    assert [len(client.contexts(call)) for call in (1, 2)] == [1, 1]
    assert "allergic to shellfish" in client.contexts(2)[0]
    said = manager.messages("alice")
    assert [(str(message.role), message.session_id) for message in said] == [
        ("user", "one"),
        ("assistant", "one"),
        ("user", "two"),
        ("assistant", "two"),
        ("user", "two"),
        ("assistant", "two"),
    ]
    assert not [message for message in said if CONTEXT_OPEN in message.text]
    (attribute,) = manager.profile("alice").attributes
    assert len(attribute.sources) == 1


def test_history_comes_back_in_a_new_process(manager: MemoryManager) -> None:
    @tool(approval_mode="never_require")
    def weather(city: str) -> str:
        """The weather."""
        return f"Rain in {city}."

    call = Content.from_function_call("c1", "weather", arguments={"city": "Porto"})
    client = Scripted(call, "It rains.", "Yes.")

    def agent() -> Agent:
        return Agent(client, tools=[weather], context_providers=[OMemHistoryProvider(manager, "alice")])

    async def talk() -> None:
        await agent().run("Weather in Porto?", session=AgentSession(session_id="s"))
        await agent().run("Sure?", session=AgentSession(session_id="s"))

    asyncio.run(talk())
    assert [message.role for message in client.seen[2]] == ["user", "assistant", "tool", "assistant", "user"]
    assert client.seen[2][1].contents[0].call_id == client.seen[2][2].contents[0].call_id == "c1"
    assert [(message.role, message.text) for message in manager.messages("alice")] == [
        (Role.USER, "Weather in Porto?"),
        (Role.ASSISTANT, "(called weather)"),
        (Role.TOOL, "Rain in Porto."),
        (Role.ASSISTANT, "It rains."),
        (Role.USER, "Sure?"),
        (Role.ASSISTANT, "Yes."),
    ]


def test_only_the_last_messages_and_no_torn_call(manager: MemoryManager) -> None:
    history = OMemHistoryProvider(manager, "alice", last=3)
    result = Message("tool", [Content.from_function_result("c1", result="Rain.")])
    call = Message("assistant", [Content.from_function_call("c1", "weather")])

    async def keep() -> list[Message]:
        assert await history.get_messages("s") == []
        await history.save_messages("s", [])
        await history.save_messages("s", [Message("user", ["Weather?"]), call, result])
        await history.save_messages("s", [Message("assistant", ["Rain."]), Message("user", ["Hm."])])
        return await history.get_messages("s")

    assert [message.text for message in asyncio.run(keep())] == ["Rain.", "Hm."]
    assert asyncio.run(history.get_messages("other")) == []


def test_both_providers_together_store_once(manager: MemoryManager) -> None:
    client = Scripted("Noted.", "Vegetables.")
    providers = [OMemHistoryProvider(manager, "alice"), OMemContextProvider(manager, "alice", learn=False)]
    agent = Agent(client, context_providers=providers)

    async def talk() -> None:
        await agent.run("I'm allergic to shellfish.", session=AgentSession(session_id="one"))
        await agent.run("What shall I cook?", session=AgentSession(session_id="two"))

    asyncio.run(talk())
    assert "shellfish" in client.contexts(1)[0]
    assert len(manager.messages("alice")) == 4


def test_a_streamed_run_is_remembered_alike(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice", session_id="one")
    client = Scripted("Grilled vegetables.")
    agent = Agent(client, context_providers=[OMemContextProvider(manager, "alice")])

    async def talk() -> None:
        async for _ in agent.run("What shall I cook?", session=AgentSession(session_id="two"), stream=True):
            pass

    asyncio.run(talk())
    assert "shellfish" in client.contexts(0)[0]
    said = [message.text.strip() for message in manager.messages("alice", session_id="two")]
    assert said == ["What shall I cook?", "Grilled vegetables."]


def test_users_are_kept_apart(manager: MemoryManager) -> None:
    manager.add("My code is 1234.", user_id="alice", session_id="s")
    client = Scripted("I do not know.")
    providers = [OMemHistoryProvider(manager, "bob"), OMemContextProvider(manager, "bob", learn=False)]
    agent = Agent(client, context_providers=providers)
    asyncio.run(agent.run("What is my code?", session=AgentSession(session_id="s")))
    assert "1234" not in str([message.text for message in client.seen[0]])


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_memory_that_fails_does_not_break_the_agent(
    manager: MemoryManager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    agent = Agent(Scripted("Hello.", "Rice."), context_providers=[OMemContextProvider(manager, "alice")])
    with monkeypatch.context() as failing:
        broken(manager, failing, error)
        answer = asyncio.run(agent.run("I'm allergic to shellfish.", session=AgentSession(session_id="s")))
    assert answer.text == "Hello."
    ours = [record.levelname for record in caplog.records if record.name.startswith("memory_chain")]
    assert ours == ["WARNING"] * 3 and SECRET not in caplog.text
    manager.close()
    assert asyncio.run(agent.run("What shall I cook?", session=AgentSession(session_id="s"))).text == "Rice."
    with pytest.raises(ClosedError):
        asyncio.run(OMemHistoryProvider(manager, "alice").get_messages("s"))


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    client = Scripted("Noted.", "Anything without shellfish.")
    run_page("agent_framework", client=client)
    assert "shellfish" in client.contexts(1)[0]
