"""CrewAI's memory, through `Memory`, `Crew` and a scripted model."""

from __future__ import annotations

import asyncio
import json
import os
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, SECRET, broken
from pages import run_page

os.environ.update(CREWAI_DISABLE_TELEMETRY="true", OTEL_SDK_DISABLED="true", CREWAI_TRACING_ENABLED="false")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("crewai", reason="needs crewai (extra `crewai`)")
    from crewai import Agent, BaseLLM, Crew, Task
    from crewai.memory.storage.backend import StorageBackend
    from crewai.memory.types import MemoryRecord
    from pydantic import Field

from memory_chain import MemoryManager
from memory_chain.errors import ConfigurationError
from memory_chain.integrations.common import NOTHING, OUT_OF_REACH
from memory_chain.integrations.crewai import (
    RANKED,
    SESSION,
    OMemStorage,
    TextCarrier,
    crew_memory,
    memory_tools,
)
from memory_chain.types import Role, Trust

pytestmark = pytest.mark.filterwarnings("ignore")  # CrewAI's own


class Scripted(BaseLLM):  # type: ignore[misc, unused-ignore]
    """Answers tasks in turn and analyses what is to be kept; `seen` keeps what it was asked for tasks."""

    answers: list[str]
    kept: list[str] = Field(default_factory=list)
    seen: list[str] = Field(default_factory=list)

    def call(self, messages: Any, *args: Any, **kwargs: Any) -> str:
        asked = messages if isinstance(messages, str) else "\n".join(str(m["content"]) for m in messages)
        if "suggested_scope" in asked or "existing scopes" in asked.lower():
            return json.dumps({"suggested_scope": "/taste", "categories": ["food"], "importance": 0.5})
        if "extract" in asked.lower():
            return json.dumps({"memories": self.kept})
        self.seen.append(asked)
        return f"Thought: I now know the final answer\nFinal Answer: {self.answers.pop(0)}"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "m", consolidate="inline") as opened:
        yield opened


@pytest.fixture
def storage(manager: MemoryManager) -> OMemStorage:
    return OMemStorage(manager, "alice")


def vector(text: str) -> list[float]:
    return TextCarrier()([text])[0]


def contents(found: list[tuple[MemoryRecord, float]]) -> list[str]:
    return [record.content for record, _ in found]


@pytest.mark.parametrize("text", ["Where do I live?", "x", "日本語 😀\n", "\ud83d", "a" * 10_000])
def test_a_vector_carries_its_text(text: str) -> None:
    assert TextCarrier.text_of(vector(text)) == text


def test_a_foreign_vector_is_refused(storage: OMemStorage) -> None:
    for foreign in ([0.1] * 1536, [], [0.0] * 256):
        with pytest.raises(ConfigurationError):
            storage.search(foreign)


def test_different_texts_are_not_taken_for_equal() -> None:
    def cosine(one: str, other: str) -> float:
        a, b = vector(one), vector(other)
        dot = sum(x * y for x, y in zip(a, b, strict=True))
        return dot / (sum(x * x for x in a) * sum(x * x for x in b)) ** 0.5

    assert cosine("The user lives in Porto.", "The user hates nuts now.") < 0.85
    assert cosine("The user lives in Porto.", "The user lives in Porto.") > 0.99


def test_a_crew_recalls_and_keeps(manager: MemoryManager) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice")
    model = Scripted(model="scripted", answers=["Grilled vegetables."], kept=["Dinner was planned without shellfish."])
    agent = Agent(role="Cook", goal="Cook well", backstory="A cook.", llm=model)
    task = Task(description="Plan a dinner for the user.", expected_output="A dish.", agent=agent)
    memory = crew_memory(manager, "alice", llm=model)
    crew = Crew(agents=[agent], tasks=[task], memory=memory)
    assert crew.kickoff().raw == "Grilled vegetables."
    memory.drain_writes()
    assert "allergic to shellfish" in model.seen[0]
    (record,) = OMemStorage(manager, "alice").list_records()
    assert (record.content, record.scope) == ("Dinner was planned without shellfish.", "/taste")
    (message,) = manager.messages("alice", session_id=SESSION)
    assert message.role is Role.TOOL
    (attribute,) = manager.profile("alice", min_trust="stated").attributes
    assert len(attribute.sources) == 1


def test_the_storage_is_a_backend(storage: OMemStorage, manager: MemoryManager) -> None:
    assert isinstance(storage, StorageBackend)
    assert storage.search(vector("tea")) == [] and storage.count() == 0 and storage.list_scopes() == []
    old = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=9)
    tea = MemoryRecord(content="The user drinks tea.", scope="/taste/drinks", categories=["food"], created_at=old)
    rome = MemoryRecord(content="The user plans a trip to Rome.", scope="/plans", metadata={"agent_role": "Guide"})
    storage.save([tea, rome, MemoryRecord(content=" ")])
    assert contents(storage.search(vector("tea"), limit=1)) == ["The user drinks tea."]
    assert contents(storage.search(vector("trip"), scope_prefix="/plans")) == ["The user plans a trip to Rome."]
    assert contents(storage.search(vector("tea"), categories=["none"])) == []
    assert storage.search(vector("The user drinks tea."))[0][1] > 0.99
    assert all(score <= RANKED for _, score in storage.search(vector("beverages and travel")))
    assert contents(storage.search(vector("x"), metadata_filter={"agent_role": "Guide"})) == [rome.content]

    assert storage.list_scopes() == ["/plans", "/taste"] and storage.list_scopes("/taste") == ["/taste/drinks"]
    assert storage.list_categories() == {"food": 1}
    info = storage.get_scope_info("/")
    assert (info.record_count, info.child_scopes) == (2, ["/plans", "/taste"])
    assert [record.id for record in storage.list_records()] == [rome.id, tea.id]
    assert storage.list_records(offset=1)[0].created_at == old

    storage.update(tea.model_copy(update={"content": "The user drinks coffee."}))
    changed = storage.get_record(tea.id)
    assert changed is not None and changed.content == "The user drinks coffee." and storage.count("/taste") == 1
    assert not [message for message in manager.messages("alice") if "tea" in message.text]
    assert storage.delete(older_than=old + timedelta(days=1)) == 1
    assert asyncio.run(storage.adelete(record_ids=[rome.id])) == 1
    asyncio.run(storage.asave([rome]))
    assert asyncio.run(storage.asearch(vector("Rome")))
    storage.reset()
    storage.close()
    assert storage.count() == 0 and storage.get_record(rome.id) is None


def test_a_crew_cannot_change_what_the_user_said(storage: OMemStorage, manager: MemoryManager) -> None:
    manager.add("I live in Porto.", user_id="alice")
    found = [record for record, _ in storage.search(vector("home"))]
    assert {record.content for record in found} >= {"The user lives in Porto.", "I live in Porto."}
    assert storage.delete(record_ids=[record.id for record in found]) == 0
    storage.update(found[0].model_copy(update={"content": "The user lives nowhere."}))
    storage.reset()
    assert "Porto" in str(manager.profile("alice")) and "nowhere" not in str(manager.profile("alice"))
    trusted = OMemStorage(manager, "alice", min_trust="stated")
    storage.save([MemoryRecord(content="The user lives in Rome.")])
    assert "Rome" not in str(contents(trusted.search(vector("home"))))
    assert "Porto" in str(manager.profile("alice"))


def test_what_was_recalled_is_not_learned_again(storage: OMemStorage, manager: MemoryManager) -> None:
    recall, remember = memory_tools(manager, "alice")
    assert recall.run(query="food") == NOTHING
    manager.add("I'm allergic to shellfish.", user_id="alice")
    before = manager.profile("alice").attributes
    shown = recall.run(query="food")
    assert "shellfish" in shown
    remember.run(text=shown)
    storage.save([MemoryRecord(content=shown)])
    assert manager.profile("alice").attributes == before


def test_a_tool_remembers_with_little_trust(manager: MemoryManager) -> None:
    _, remember = memory_tools(manager, "alice")
    assert remember.run(text="The user is allergic to nuts.") == "Remembered."
    assert {piece.trust for piece in manager.retrieve("nuts", user_id="alice")} == {Trust.TOOL}


def test_users_are_kept_apart(storage: OMemStorage, manager: MemoryManager) -> None:
    storage.save([MemoryRecord(content="The user's code is 1234.")])
    bob = OMemStorage(manager, "bob")
    bob.reset()
    manager.add("Hello there.", user_id="bob")
    assert "1234" not in str(contents(bob.search(vector("code"))))
    assert bob.list_records() == [] and storage.count() == 1
    assert "1234" not in memory_tools(manager, "bob")[0].run(query="code")


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_memory_that_fails_does_not_break_the_crew(
    manager: MemoryManager, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    model = Scripted(model="scripted", answers=["Grilled vegetables."], kept=["Dinner was planned."])
    agent = Agent(role="Cook", goal="Cook well", backstory="A cook.", llm=model)
    task = Task(description="Plan a dinner for the user.", expected_output="A dish.", agent=agent)
    memory = crew_memory(manager, "alice", llm=model)
    broken(manager, monkeypatch, error)
    assert Crew(agents=[agent], tasks=[task], memory=memory).kickoff().raw == "Grilled vegetables."
    memory.drain_writes()
    recall, remember = memory_tools(manager, "alice")
    assert recall.run(query="food") == remember.run(text="The user likes tea.") == OUT_OF_REACH
    assert SECRET not in str(model.seen)
    with pytest.raises(type(error)):
        OMemStorage(manager, "alice").count()


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = Scripted(model="scripted", answers=["Grilled vegetables."])
    run_page("crewai", model=model)
    assert "shellfish" in model.seen[0]
