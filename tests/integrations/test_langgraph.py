"""LangGraph's store and nodes, through its own graphs and store methods, with a scripted chat model."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, SECRET, broken
from pages import run_page

pytest.importorskip("langgraph", reason="needs langgraph (extra `langgraph`)")

from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.store.base import GetOp, ListNamespacesOp, MatchCondition, PutOp, SearchOp
from langgraph.store.memory import InMemoryStore
from pydantic import Field

from memory_chain import MemoryManager
from memory_chain.errors import InvalidInputError, InvalidUserError, StorageError
from memory_chain.extraction.guards import CONTEXT_OPEN
from memory_chain.integrations.langgraph import EVENTS, MESSAGES, PROFILE, OMemStore, recall_node, remember_node
from memory_chain.types import Role

MEMORIES = ("alice", "memories")


class Scripted(FakeMessagesListChatModel):
    """Gives its answers in turn; `seen` keeps what it was shown."""

    seen: list[list[Any]] = Field(default_factory=list)

    def _generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> Any:
        self.seen.append(messages)
        return super()._generate(messages, *args, **kwargs)


class State(MessagesState):
    memory: str


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "m", consolidate="inline") as opened:
        yield opened


@pytest.fixture
def store(manager: MemoryManager) -> OMemStore:
    return OMemStore(manager)


def agent(manager: MemoryManager, model: Scripted, **parts: Any) -> Any:
    def answer(state: State) -> dict[str, Any]:
        return {"messages": [model.invoke([SystemMessage(state["memory"]), *state["messages"]])]}

    steps = [("recall", recall_node(manager)), ("answer", answer), ("remember", remember_node(manager))]
    graph = StateGraph(State, **parts).add_sequence(steps).add_edge(START, "recall")
    return graph.compile(checkpointer=InMemorySaver())


def run_of(user: str, thread: str) -> Any:
    return {"configurable": {"user_id": user, "thread_id": thread}}


# -- nodes --


def test_a_graph_remembers_over_threads_and_learns_no_context(manager: MemoryManager) -> None:
    model = Scripted(responses=[AIMessage("Noted."), AIMessage("Vegetables."), AIMessage("Rice.")])
    graph = agent(manager, model)
    graph.invoke({"messages": [HumanMessage("I'm allergic to shellfish.")]}, run_of("alice", "one"))
    graph.invoke({"messages": [HumanMessage("What shall I cook?")]}, run_of("alice", "two"))
    asyncio.run(graph.ainvoke({"messages": [HumanMessage("And with it?")]}, run_of("alice", "two")))
    assert [CONTEXT_OPEN in shown[0].text for shown in model.seen] == [False, True, True]
    assert "allergic to shellfish" in model.seen[1][0].text
    said = manager.messages("alice")
    assert [(message.role.value, message.text, message.session_id) for message in said] == [
        ("user", "I'm allergic to shellfish.", "one"),
        ("assistant", "Noted.", "one"),
        ("user", "What shall I cook?", "two"),
        ("assistant", "Vegetables.", "two"),
        ("user", "And with it?", "two"),
        ("assistant", "Rice.", "two"),
    ]
    (attribute,) = manager.profile("alice").attributes
    assert len(attribute.sources) == 1


def test_users_are_kept_apart_and_never_guessed(manager: MemoryManager) -> None:
    manager.add("My code is 1234.", user_id="alice", session_id="t")
    model = Scripted(responses=[AIMessage("I do not know.")])
    graph = agent(manager, model)
    graph.invoke({"messages": [HumanMessage("What is my code?")]}, run_of("bob", "t"))
    assert "1234" not in str(model.seen)
    with pytest.raises(InvalidUserError, match="user_id"):
        graph.invoke({"messages": [HumanMessage("Hi")]}, {"configurable": {"thread_id": "t"}})
    assert manager.users() == ["alice", "bob"]


def test_the_user_may_stand_in_the_context(manager: MemoryManager) -> None:
    @dataclass
    class Context:
        user_id: str

    model = Scripted(responses=[AIMessage("Noted.")])
    graph = agent(manager, model, context_schema=Context)
    graph.invoke({"messages": [HumanMessage("Hi there!")]}, run_of("not she", "t"), context=Context("alice"))
    assert manager.users() == ["alice"]


def test_recalled_text_in_a_message_and_results_of_tools_are_not_stored(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice", session_id="one")
    context = str(manager.retrieve("food", user_id="alice"))
    remember = remember_node(manager)
    messages = [
        HumanMessage(f"{context}\nWhat shall I cook?", id="1"),
        AIMessage("", tool_calls=[{"name": "recall", "args": {}, "id": "c"}], id="2"),
        ToolMessage("secret", tool_call_id="c", id="3"),
        HumanMessage(context, id="4"),
        AIMessage("Rice.", id="5"),
    ]
    for _ in range(2):
        remember({"messages": messages}, run_of("alice", "two"), None)
    assert [message.text for message in manager.messages("alice", session_id="two")] == ["What shall I cook?", "Rice."]
    (attribute,) = manager.profile("alice").attributes
    assert len(attribute.sources) == 1


def test_what_was_forgotten_does_not_come_back_with_the_thread(manager: MemoryManager) -> None:
    remember = remember_node(manager)
    messages: list[Any] = [HumanMessage("My code is 1234.", id="1"), AIMessage("Noted.", id="2")]
    remember({"messages": messages}, run_of("alice", "t"), None)
    manager.forget("alice", manager.messages("alice")[0].id)
    messages.append(HumanMessage("Thanks.", id="3"))
    remember({"messages": messages}, run_of("alice", "t"), None)
    assert [message.text for message in manager.messages("alice")] == ["Noted.", "Thanks."]


# -- the store --


def test_put_get_update_delete(manager: MemoryManager, store: OMemStore) -> None:
    assert store.get(MEMORIES, "home") is None
    store.put(MEMORIES, "home", {"text": "The user lives in Lisbon.", "n": 1})
    first = store.get(MEMORIES, "home")
    assert first is not None
    assert (first.namespace, first.key, first.value) == (
        MEMORIES,
        "home",
        {"text": "The user lives in Lisbon.", "n": 1},
    )
    store.put(MEMORIES, "home", first.value)
    assert store.get(MEMORIES, "home") == first
    store.put(MEMORIES, "home", {"text": "The user lives in Porto.", "n": 2})
    second = store.get(MEMORIES, "home")
    assert second is not None
    assert second.value["n"] == 2
    assert (second.created_at, second.updated_at > first.updated_at) == (first.created_at, True)
    assert "Lisbon" not in str(store.search(("alice",), query="Where do they live? Lisbon?"))
    store.delete(MEMORIES, "home")
    assert store.get(MEMORIES, "home") is None
    assert store.search(MEMORIES) == []
    store.put(MEMORIES, "home", {"text": "The user lives in Lisbon.", "n": 1})
    again = store.get(MEMORIES, "home")
    assert again is not None
    assert again.value == first.value
    assert [message.role for message in manager.messages("alice")] == [Role.TOOL]


def test_a_search_without_a_kind_finds_all_that_is_known(manager: MemoryManager, store: OMemStore) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice")
    store.put(MEMORIES, "fridays", {"content": "No meat on Fridays."})
    found = store.search(("alice",), query="What food is fine?")
    assert {item.namespace[1] for item in found} >= {PROFILE, "memories"}
    assert found[0].value["text"] == "The user is allergic to shellfish."
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
    assert [item.key for item in store.search(MEMORIES, query="meat shellfish")] == ["fridays"]
    assert [item.value["text"] for item in store.search(("alice", MESSAGES))] == ["I'm allergic to shellfish."]
    (fact,) = store.search(("alice", PROFILE))
    assert store.get(("alice", PROFILE), fact.key).value["aspect"] == "allergy"
    assert store.get(("alice", EVENTS), fact.key) is None
    store.delete(("alice", PROFILE), fact.key)
    assert store.search(("alice", PROFILE)) == []
    with pytest.raises(InvalidInputError, match="by itself"):
        store.put(("alice", PROFILE), "x", {"text": "No."})


def test_filters_pages_and_namespaces_are_those_of_langgraphs_own_store(store: OMemStore) -> None:
    own = InMemoryStore()
    for one in (own, store):
        for n in range(7):
            one.put(
                ("alice", "notes", f"part{n % 2}"),
                f"k{n}",
                {
                    "text": f"Note number {n}.",
                    "n": n,
                    "even": n % 2 == 0,
                    "about": {"size": {"cm": n}, "tags": ["a", f"b{n}"]},
                },
            )
        one.put(("alice", "other"), "k", {"a": 1})
    for given in (
        {"n": {"$gte": 3}},
        {"n": {"$gt": 3, "$lte": 5}},
        {"n": {"$eq": 3}},
        {"even": True},
        {"n": {"$lt": 5, "$ne": 2}},
        {"absent": 1},
        {"absent": {"x": 1}},
        {"about": {"size": {"cm": 3}}},
        {"about": {"size": {"cm": {"$lt": 2}}}},
        {"about": {"tags": ["a", "b4"]}},
        {"about": {"tags": ["a"]}},
        {"about": {"tags": ("a", {"$ne": "b4"})}},
        {},
    ):
        wanted = {item.key for item in own.search(("alice", "notes"), filter=given, limit=50)}
        assert {item.key for item in store.search(("alice", "notes"), filter=given, limit=50)} == wanted
    assert store.search(("alice",), filter={"n": {"$gt": "x"}}) == []
    pages = [store.search(("alice", "notes"), limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert len({item.key for page in pages for item in page}) == 7
    searched = [store.search(("alice", "notes"), query="note number", limit=4, offset=offset) for offset in (0, 4)]
    assert len({item.key for page in searched for item in page}) == 7
    for conditions in (
        {"prefix": ("alice",)},
        {"prefix": ("alice", "notes")},
        {"prefix": ("alice",), "suffix": ("part1",)},
        {"prefix": ("alice", "*", "part0")},
        {"prefix": ("alice",), "max_depth": 2},
    ):
        assert store.list_namespaces(**conditions) == own.list_namespaces(**conditions), conditions
    with pytest.raises(InvalidInputError, match="comparisons"):
        store.search(("alice",), filter={"n": {"$like": 1}})


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_batch_is_that_of_langgraphs_own_store(store: OMemStore, asynchronous: bool) -> None:
    ops = [
        PutOp(MEMORIES, "a", {"text": "Tea."}),
        PutOp(MEMORIES, "b", {"text": "Rice."}),
        PutOp(MEMORIES, "a", {"text": "Coffee."}),
        PutOp(MEMORIES, "b", None),
        PutOp(MEMORIES, "none", None),
    ]
    reads = [
        GetOp(MEMORIES, "a"),
        GetOp(MEMORIES, "b"),
        SearchOp(MEMORIES, limit=5),
        ListNamespacesOp(match_conditions=(MatchCondition("prefix", ("alice",)),)),
        ListNamespacesOp(match_conditions=(MatchCondition("prefix", ("alice",)),), max_depth=1, limit=1, offset=0),
    ]

    def run(one: Any, ops: list[Any]) -> list[Any]:
        return asyncio.run(one.abatch(ops)) if asynchronous else one.batch(ops)

    def shown(result: Any) -> Any:
        items = result if isinstance(result, list) else [result]
        return [(item.namespace, item.key, item.value) if hasattr(item, "key") else item for item in items]

    own = InMemoryStore()
    assert run(store, ops) == run(own, ops) == [None] * 5
    assert [shown(result) for result in run(store, reads)] == [shown(result) for result in run(own, reads)]


def test_what_a_store_cannot_keep_is_refused(manager: MemoryManager, store: OMemStore) -> None:
    for act in (
        lambda: store.put(MEMORIES, "k", {"text": "x"}, ttl=5),
        lambda: store.batch([PutOp(MEMORIES, "k", {"text": "x"}, ttl=5)]),
    ):
        with pytest.raises(NotImplementedError, match="TTL"):
            act()
    with pytest.raises(InvalidInputError, match="plain JSON"):
        store.put(MEMORIES, "k", {"at": object()})
    assert manager.users() == []


def test_every_operation_names_one_user(manager: MemoryManager, store: OMemStore) -> None:
    store.put(MEMORIES, "k", {"text": "My code is 1234."})
    assert store.get(("bob", "memories"), "k") is None
    assert store.search(("bob",), query="code 1234") == []
    assert store.search(("bob",)) == []
    assert store.list_namespaces(prefix=("bob",)) == []
    store.delete(("bob", "memories"), "k")
    for refused in (lambda: store.search(()), store.list_namespaces, lambda: store.list_namespaces(prefix=("*",))):
        with pytest.raises(InvalidInputError, match="names no user"):
            refused()
    assert manager.users() == ["alice"]


def test_the_user_may_be_another_label(manager: MemoryManager) -> None:
    store = OMemStore(manager, user_at=1)
    manager.add("I'm allergic to shellfish.", user_id="alice")
    store.put(("memories", "alice"), "k", {"text": "No meat on Fridays."})
    assert store.get(("memories", "alice"), "k").value == {"text": "No meat on Fridays."}
    assert [item.namespace for item in store.search(("memories", "alice"), query="meat")] == [("memories", "alice")]
    assert [item.value["aspect"] for item in store.search((PROFILE, "alice"))] == ["allergy"]
    assert store.list_namespaces(prefix=("memories", "alice")) == [("memories", "alice")]
    with pytest.raises(InvalidInputError, match="names no user"):
        store.search(("memories",), query="meat")


def test_inside_a_graph_also_asynchronously_and_in_threads(manager: MemoryManager, store: OMemStore) -> None:
    async def note(state: MessagesState, *, store: Any) -> dict[str, Any]:
        await store.aput(MEMORIES, "k", {"text": state["messages"][-1].text})
        found = await store.asearch(("alice",), query="tea")
        return {"messages": [AIMessage(found[0].value["text"])]}

    from langgraph.store.base import BaseStore

    note.__annotations__["store"] = BaseStore
    graph = StateGraph(MessagesState).add_node("note", note).add_edge(START, "note").compile(store=store)
    result = asyncio.run(graph.ainvoke({"messages": [HumanMessage("They drink green tea.")]}))
    assert result["messages"][-1].text == "They drink green tea."
    threads = [threading.Thread(target=store.put, args=(MEMORIES, "same", {"text": f"Version {n}."})) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(item.key for item in store.search(MEMORIES, limit=50)) == ["k", "same"]


def test_what_is_put_again_after_recalling_is_not_learned(manager: MemoryManager, store: OMemStore) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice")
    context = str(manager.retrieve("food", user_id="alice"))
    store.put(MEMORIES, "k", {"text": context})
    (attribute,) = manager.profile("alice").attributes
    assert len(attribute.sources) == 1
    assert CONTEXT_OPEN not in str([message.text for message in manager.messages("alice")])


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_memory_that_fails_does_not_break_the_run(
    manager: MemoryManager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    graph = agent(manager, Scripted(responses=[AIMessage("Hello."), AIMessage("Vegetables.")]))
    with monkeypatch.context() as failing:
        broken(manager, failing, error)
        result = graph.invoke({"messages": [HumanMessage("I'm allergic to shellfish.")]}, run_of("alice", "t"))
    assert (result["messages"][-1].text, result["memory"]) == ("Hello.", "")
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2 and SECRET not in caplog.text
    graph.invoke({"messages": [HumanMessage("What shall I cook?")]}, run_of("alice", "t"))
    assert [message.text for message in manager.messages("alice")][:2] == ["I'm allergic to shellfish.", "Hello."]
    manager.close()
    assert graph.invoke({"messages": [HumanMessage("And then?")]}, run_of("alice", "t"))["memory"] == ""


def test_a_store_that_fails_says_so(manager: MemoryManager, store: OMemStore, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(manager, monkeypatch, FAILURES[0])
    for act in (
        lambda: store.get(MEMORIES, "k"),
        lambda: store.put(MEMORIES, "k", {"text": "x"}),
        lambda: store.search(MEMORIES, query="x"),
        lambda: store.list_namespaces(prefix=("alice",)),
    ):
        with pytest.raises(StorageError):
            act()


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = Scripted(responses=[AIMessage("Noted."), AIMessage("Anything without shellfish.")])
    run_page("langgraph", model=model)
    assert "shellfish" in model.seen[1][0].text
