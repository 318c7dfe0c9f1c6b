"""LangChain's agents and retrievers, through `create_agent` and a scripted chat model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, SECRET, broken
from pages import run_page

pytest.importorskip("langchain.agents", reason="needs langchain (extra `langchain`)")

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware, SummarizationMiddleware
from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import ConfigurableField
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import Field

from memory_chain import MemoryManager
from memory_chain.errors import ClosedError, InvalidUserError
from memory_chain.extraction.guards import CONTEXT_OPEN
from memory_chain.integrations.common import OUT_OF_REACH
from memory_chain.integrations.langchain import OMemMiddleware, OMemRetriever, memory_tools
from memory_chain.types import Role


class Scripted(FakeMessagesListChatModel):
    """Gives its answers in turn; `seen` keeps what it was shown."""

    seen: list[list[Any]] = Field(default_factory=list)

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> Any:
        self.seen.append(list(messages))
        answer = self.responses[self.i]
        if isinstance(answer, AIMessage) and answer.text == "crash":
            raise RuntimeError("the model is down")
        return super()._generate(messages, *args, **kwargs)

    def contexts(self, call: int) -> list[str]:
        return [message.text for message in self.seen[call] if message.text.startswith(CONTEXT_OPEN)]


def scripted(*answers: str | dict[str, Any]) -> Scripted:
    """Texts, or calls of tools: a dict of arguments with `tool`, its name."""
    responses = []
    for place, answer in enumerate(answers):
        if isinstance(answer, str):
            responses.append(AIMessage(answer))
        else:
            name = answer.pop("tool")
            responses.append(AIMessage("", tool_calls=[{"name": name, "args": answer, "id": f"c{place}"}]))
    return Scripted(responses=responses)


def run_of(user: str, thread: str) -> Any:
    return {"configurable": {"user_id": user, "thread_id": thread}}


def ask(text: str) -> Any:
    return {"messages": [("user", text)]}


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "m", consolidate="inline") as opened:
        yield opened


def test_an_agent_remembers_over_threads_and_learns_no_context(manager: MemoryManager) -> None:
    model = scripted("Noted.", "Vegetables.", {"tool": "recall", "query": "allergy"}, "With rice.")
    saver = InMemorySaver()
    middleware = OMemMiddleware(manager, tools=memory_tools(manager))
    agent = create_agent(model, middleware=[middleware], checkpointer=saver)
    agent.invoke(ask("I'm allergic to shellfish."), run_of("alice", "one"))
    agent.invoke(ask("What shall I cook?"), run_of("alice", "two"))
    result = asyncio.run(agent.ainvoke(ask("And with it?"), run_of("alice", "two")))
    assert [len(model.contexts(call)) for call in range(3)] == [0, 1, 1]
    assert "allergic to shellfish" in model.contexts(2)[0]
    assert model.seen[1][-1].text == "What shall I cook?"
    assert result["messages"][-1].text == "With rice."
    assert "omem_context" not in result
    assert "omem_context" not in agent.get_state(run_of("alice", "two")).values
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


def test_what_the_user_said_survives_a_crash_of_the_model(manager: MemoryManager) -> None:
    agent = create_agent(scripted("crash"), middleware=[OMemMiddleware(manager)])
    with pytest.raises(RuntimeError, match="down"):
        agent.invoke(ask("I'm allergic to shellfish."), run_of("alice", "one"))
    assert [message.text for message in manager.messages("alice")] == ["I'm allergic to shellfish."]


def test_a_summary_by_the_framework_is_not_the_users_word(manager: MemoryManager) -> None:
    model = scripted("Noted.", "The user is allergic to shellfish.", "Rice.")
    shorten = SummarizationMiddleware(model, trigger=("messages", 3), keep=("messages", 1))
    agent = create_agent(model, middleware=[OMemMiddleware(manager), shorten], checkpointer=InMemorySaver())
    agent.invoke(ask("I'm allergic to shellfish."), run_of("alice", "one"))
    result = agent.invoke(ask("What shall I cook?"), run_of("alice", "one"))
    assert result["messages"][0].text.startswith("Here is a summary")
    texts = [message.text for message in manager.messages("alice")]
    assert texts == ["I'm allergic to shellfish.", "Noted.", "What shall I cook?", "Rice."]


def test_a_run_that_goes_on_after_an_interrupt_knows_the_user(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice", session_id="one")
    model = scripted({"tool": "about_user"}, "Rice.")
    parts = [OMemMiddleware(manager, tools=memory_tools(manager)), HumanInTheLoopMiddleware({"about_user": True})]
    agent = create_agent(model, middleware=parts, checkpointer=InMemorySaver())
    agent.invoke(ask("What shall I cook?"), run_of("alice", "two"))
    asyncio.run(agent.ainvoke(Command(resume={"decisions": [{"type": "approve"}]}), run_of("alice", "two")))
    assert model.contexts(0) == model.contexts(1)[:1] != []
    assert manager.messages("alice")[-1].text == "Rice."


def test_a_streamed_run_is_remembered_alike(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice", session_id="one")
    model = scripted("Vegetables.", "Rice.")
    agent = create_agent(model, middleware=[OMemMiddleware(manager)], checkpointer=InMemorySaver())

    async def talk() -> None:
        async for _ in agent.astream(ask("And with it?"), run_of("alice", "two"), stream_mode=["messages", "updates"]):
            pass

    shown = list(agent.stream(ask("What shall I cook?"), run_of("alice", "two"), stream_mode="updates"))
    asyncio.run(talk())
    assert [len(model.contexts(call)) for call in range(2)] == [1, 1] and CONTEXT_OPEN not in str(shown[-1])
    said = [message.text for message in manager.messages("alice", session_id="two")]
    assert said == ["What shall I cook?", "Vegetables.", "And with it?", "Rice."]


def test_users_are_kept_apart_and_never_guessed(manager: MemoryManager) -> None:
    manager.add("My code is 1234.", user_id="alice", session_id="t")
    calls = [{"tool": "recall", "query": "code"}, {"tool": "about_user"}, "I do not know."]
    model = scripted(*calls)
    agent = create_agent(model, middleware=[OMemMiddleware(manager, tools=memory_tools(manager))])
    agent.invoke(ask("What is my code?"), run_of("bob", "t"))
    assert "1234" not in str(model.seen)
    with pytest.raises(InvalidUserError, match="user_id"):
        agent.invoke(ask("Hi"), {"configurable": {"thread_id": "t"}})
    assert manager.users() == ["alice", "bob"]


def test_the_user_may_stand_in_the_context_or_elsewhere(manager: MemoryManager) -> None:
    @dataclass
    class Context:
        user_id: str

    model = scripted("Noted.", {"tool": "remember", "text": "I like tea."}, "Noted.", "Noted.")
    agent = create_agent(
        model, middleware=[OMemMiddleware(manager, tools=memory_tools(manager))], context_schema=Context
    )
    agent.invoke(ask("Hi, I am new here."), context=Context("alice"))
    agent.invoke(ask("I like tea, note that."), run_of("not she", "t"), context=Context("alice"))
    other = create_agent(model, middleware=[OMemMiddleware(manager, user_of=lambda config, runtime: "carol")])
    other.invoke(ask("Hi, I am new here, too."))
    assert manager.users() == ["alice", "carol"]


def test_tools_note_correct_and_forget(manager: MemoryManager) -> None:
    manager.add("I'm allergic to peanuts.", user_id="alice")
    (known,) = manager.profile("alice").attributes
    model = scripted(
        {"tool": "remember", "text": "I live in Lisbon."},
        {"tool": "correct", "item_id": known.id, "value": "walnuts"},
        {"tool": "forget", "item_id": "nothing"},
        {"tool": "about_user"},
        "Done.",
    )
    tools = memory_tools(manager, allow_changes=True)
    agent = create_agent(model, tools=tools)
    result = agent.invoke(ask("Please."), run_of("alice", "t"))
    told = [message.text for message in result["messages"] if message.type == "tool"]
    assert told[0] == "Remembered."
    assert "walnuts" in told[1]
    assert told[2].startswith("There is nothing with the id 'nothing'")
    assert told[3].startswith(CONTEXT_OPEN)
    noted = [(one.role, one.text) for one in manager.messages("alice", session_id="t")]
    assert noted == [(Role.TOOL, "I live in Lisbon.")]
    (right,) = [one for one in manager.profile("alice").attributes if "walnuts" in one.value]
    model = scripted({"tool": "forget", "item_id": right.id}, {"tool": "remember", "text": told[3]}, "Done.")
    tools = memory_tools(manager, allow_changes=True, noted_as="user")
    result = create_agent(model, tools=tools).invoke(ask("Please."), run_of("alice", "t"))
    told = [message.text for message in result["messages"] if message.type == "tool"]
    assert told == ["Forgotten for good (2 entries).", "This came from the memory itself. Give only what is new."]
    assert "walnuts" not in str(manager.profile("alice"))
    create_agent(scripted({"tool": "remember", "text": "I live in Lisbon."}, "Done."), tools=tools).invoke(
        ask("Please."), run_of("alice", "t")
    )
    assert "The user lives in Lisbon." in [attribute.text for attribute in manager.profile("alice").attributes]


def test_forgetting_is_not_offered_unless_wished(manager: MemoryManager) -> None:
    assert [tool.name for tool in memory_tools(manager)] == ["recall", "remember", "about_user"]
    shown = {tool.name: set(tool.tool_call_schema.model_fields) for tool in memory_tools(manager, allow_changes=True)}
    assert shown["correct"] == {"item_id", "value"}


def test_the_retriever(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice", session_id="s")
    retriever = OMemRetriever(manager=manager, user_id="alice", k=5)
    first, *others = retriever.invoke("What food is fine?")
    assert first.page_content == "The user is allergic to shellfish."
    assert (first.metadata["kind"], first.metadata["trust"]) == ("attribute", "stated")
    assert len(others) < 5
    (message,) = OMemRetriever(manager=manager, user_id="alice", search_type="search").invoke("shellfish")
    assert (message.page_content, message.metadata["session_id"]) == ("I'm allergic to shellfish.", "s")
    assert asyncio.run(OMemRetriever(manager=manager, user_id="bob").ainvoke("shellfish")) == []


def test_the_user_of_a_retriever_may_come_with_each_call(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice")
    retriever = OMemRetriever(manager=manager).configurable_fields(user_id=ConfigurableField(id="user_id"))
    assert retriever.invoke("food", config={"configurable": {"user_id": "alice"}})
    assert retriever.invoke("food", config={"configurable": {"user_id": "bob"}}) == []
    with pytest.raises(InvalidUserError, match="whose memory"):
        retriever.invoke("food")


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_memory_that_fails_does_not_break_the_agent(
    manager: MemoryManager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    model = scripted({"tool": "recall", "query": "allergy"}, "Hello.", "Vegetables.", "Rice.")
    middleware = OMemMiddleware(manager, tools=memory_tools(manager))
    agent = create_agent(model, middleware=[middleware], checkpointer=InMemorySaver())
    with monkeypatch.context() as failing:
        broken(manager, failing, error)
        result = agent.invoke(ask("I'm allergic to shellfish."), run_of("alice", "t"))
    assert [message.text for message in result["messages"][-2:]] == [OUT_OF_REACH, "Hello."]
    assert {record.levelname for record in caplog.records} == {"WARNING"} and SECRET not in caplog.text
    asyncio.run(agent.ainvoke(ask("What shall I cook?"), run_of("alice", "t")))
    assert [message.text for message in manager.messages("alice")][:2] == ["I'm allergic to shellfish.", "Hello."]
    manager.close()
    assert agent.invoke(ask("And with it?"), run_of("alice", "t"))["messages"][-1].text == "Rice."
    with pytest.raises(ClosedError):
        OMemRetriever(manager=manager, user_id="alice").invoke("food")


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = scripted("Noted.", "Anything without shellfish.")
    run_page("langchain", model=model)
    assert "shellfish" in model.contexts(1)[0]
