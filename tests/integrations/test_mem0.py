"""The mem0-shaped face: signatures and shapes of mem0ai 2.2, without mem0."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, broken
from pages import run_page

from memory_chain import MemoryManager
from memory_chain.errors import ConfigurationError, NotFoundError, StorageError
from memory_chain.integrations.mem0 import AsyncMemory, Memory
from memory_chain.testing import ScriptedLLM

SIGNATURES = {
    "add": "messages user_id agent_id run_id metadata timestamp expiration_date infer memory_type prompt",
    "search": "query top_k filters threshold rerank explain reference_date show_expired kwargs",
    "get": "memory_id",
    "get_all": "filters top_k show_expired kwargs",
    "update": "memory_id text metadata expiration_date data",
    "delete": "memory_id",
    "delete_all": "user_id agent_id run_id",
    "history": "memory_id",
    "reset": "",
    "chat": "query",
    "close": "",
}
"""The parameters of mem0ai 2.2.1, in order."""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "m", consolidate="manual") as opened:
        yield opened


@pytest.fixture
def memory(manager: MemoryManager) -> Memory:
    return Memory(manager)


def texts(result: dict[str, Any]) -> list[str]:
    return [one["memory"] for one in result["results"]]


def of(user_id: str, **more: Any) -> dict[str, Any]:
    return {"user_id": user_id, **more}


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_signatures_are_mem0s(name: str) -> None:
    def parameters(method: Any) -> list[str]:
        return [parameter for parameter in inspect.signature(method).parameters if parameter != "self"]

    assert parameters(getattr(Memory, name)) == SIGNATURES[name].split()


def test_add_search_get_update_history_delete(memory: Memory) -> None:
    added = memory.add("I live in Porto.", user_id="alice", metadata={"topic": "home"})
    (one,) = added["results"]
    assert set(one) == {"id", "memory", "event"} and one["event"] == "ADD" and "Porto" in one["memory"]

    moved = memory.add([{"role": "user", "content": "I moved to Lisbon. I live in Lisbon now."}], user_id="alice")
    update = next(result for result in moved["results"] if result["event"] == "UPDATE")
    assert "Porto" in update["previous_memory"] and "Lisbon" in update["memory"]

    got = memory.get(one["id"])
    assert got is not None
    assert got["id"] == one["id"] and "Lisbon" in got["memory"] and got["user_id"] == "alice"
    assert {"hash", "created_at", "updated_at", "metadata"} <= set(got)

    found = memory.search("Where do I live?", filters=of("alice"))
    assert "Lisbon" in found["results"][0]["memory"] and found["results"][0]["score"] == 1.0

    current = update["id"]
    assert memory.update(current, text="The user lives in Faro.") == {"message": "Memory updated successfully!"}
    assert [row["event"] for row in memory.history(current)] == ["ADD", "UPDATE", "UPDATE"]
    assert memory.history(current)[-1]["new_memory"] == "The user lives in Faro."
    assert memory.get(current)["memory"] == "The user lives in Faro."  # type: ignore[index]

    assert memory.delete(current) == {"message": "Memory deleted successfully!"}
    said = memory.search("Porto", filters=of("alice"))["results"][0]
    assert said["memory"] == "I live in Porto." and memory.get(said["id"]) is not None
    left = str(texts(memory.get_all(filters=of("alice"))))
    assert not [city for city in ("Porto", "Lisbon", "Faro") if f"lives in {city}" in left]


def test_raw_memories(memory: Memory, manager: MemoryManager) -> None:
    given = [{"role": "user", "content": "I like tea."}, {"role": "assistant", "content": "Noted.", "tool_calls": []}]
    added = memory.add([*given, {"role": "assistant", "content": None}], user_id="alice", infer=False)
    assert texts(added) == ["I like tea.", "Noted."]
    assert sorted(texts(memory.get_all(filters=of("alice")))) == ["I like tea.", "Noted."]
    others = [{"role": role, "content": f"Said by {role}."} for role in ("system", "developer", "function", "tool")]
    assert [one["role"] for one in memory.add(others, user_id="bob", infer=False)["results"]] == ["tool", "tool"]
    first = added["results"][0]["id"]
    memory.update(first, text="I like coffee.")
    memory.update(first, data="I like cocoa.")
    assert memory.get(first)["memory"] == "I like cocoa."  # type: ignore[index]
    assert not [message for message in manager.messages("alice") if "tea" in message.text]
    assert [row["new_memory"] for row in memory.history(first)] == ["I like cocoa."]
    memory.delete(first)
    assert memory.get(first) is None and memory.history(first) == []
    with pytest.raises(NotFoundError):
        memory.delete(first)


def test_a_failing_model_loses_nothing(tmp_path: Path) -> None:
    with MemoryManager.open(tmp_path, llm=ScriptedLLM([]), consolidate="manual") as manager:
        memory = Memory(manager)
        memory.add("Mi perro se llama Rex.", user_id="alice")
        assert texts(memory.search("Rex", filters=of("alice"))) == ["Mi perro se llama Rex."]


def test_users_agents_and_runs_are_kept_apart(memory: Memory, manager: MemoryManager) -> None:
    memory.add("I live in Porto.", user_id="alice", run_id="r1", agent_id="guide")
    memory.add("I am allergic to nuts.", user_id="alice", run_id="r2")
    memory.add("I live in Rome.", user_id="bob")
    memory.add("I live in a server.", agent_id="guide")
    memory.add("I live in a run.", run_id="r1")

    def known(**filters: Any) -> str:
        everything = memory.get_all(filters=filters)["results"] + memory.search("I live", filters=filters)["results"]
        return str([one["memory"] for one in everything])

    assert "Porto" in known(user_id="alice") and "nuts" in known(user_id="alice")
    assert "Porto" in known(user_id="alice", run_id="r1") and "nuts" not in known(user_id="alice", run_id="r1")
    guided = known(user_id="alice", agent_id="guide")
    assert "Porto" in guided and "nuts" not in guided
    for others in (known(user_id="bob"), known(agent_id="guide"), known(run_id="r1"), known(user_id="nobody")):
        assert "Porto" not in others and "nuts" not in others
    assert "server" in known(agent_id="guide") and "a run" in known(run_id="r1")
    assert manager.users() == ["alice", "bob", "mem0-agent:guide", "mem0-run:r1"]
    for wrong in ("mem0-agent:guide", "", "a b", None):
        with pytest.raises(ValueError):
            memory.get_all(filters=of(wrong))  # type: ignore[arg-type]

    memory.delete_all(user_id="alice", run_id="r1")
    assert "Porto" not in known(user_id="alice") and "nuts" in known(user_id="alice")
    memory.delete_all(user_id="alice", run_id="none")
    memory.delete_all(user_id="alice")
    assert memory.delete_all(user_id="alice") == {"message": "Memories deleted successfully!"}
    assert known(user_id="alice") == "[]" and "Rome" in known(user_id="bob")
    memory.reset()
    assert manager.users() == []


def test_filters_by_metadata(memory: Memory) -> None:
    memory.add("I live in Porto.", user_id="alice", metadata={"topic": "home", "user_id": "bob"})
    memory.add("I am allergic to nuts.", user_id="alice", metadata={"topic": "food"})
    for asked, expected in (
        ("home", True),
        ("food", False),
        ("*", True),
        ({"eq": "home"}, True),
        ({"ne": "home"}, False),
        ({"in": ["home"]}, True),
        ({"nin": ["home"]}, False),
    ):
        found = texts(memory.get_all(filters=of("alice", topic=asked)))
        assert ("Porto" in str(found)) is expected, asked
    (home,) = memory.get_all(filters=of("alice", topic="home"))["results"]
    assert home["metadata"] == {"topic": "home"} and home["role"] == "user"
    corrected = memory.update(home["id"], text="The user lives in Faro.") and memory.get(home["id"])
    assert corrected is not None and corrected["metadata"] == {"topic": "home"}


def test_search_options(memory: Memory) -> None:
    for text in ("I live in Porto.", "I am allergic to nuts.", "Gestern war ich in Wien."):
        memory.add(text, user_id="alice", timestamp="2024-05-03T10:00:00Z")
    assert len(memory.search("nuts", filters=of("alice"), top_k=1)["results"]) == 1
    assert memory.search("nuts", filters=of("alice"), top_k=0)["results"] == []
    explained = memory.search("Wien", filters=of("alice"), explain=True, rerank=True)["results"]
    assert all(one["score_details"]["reasons"] and one["score_details"]["channels"] for one in explained)
    assert "Gestern war ich in Wien." in [one["memory"] for one in explained]
    assert all(one["created_at"].startswith("2024-05-03") for one in explained)


def test_wrong_use_is_a_value_error_as_in_mem0(memory: Memory) -> None:
    for act in (
        lambda: memory.add("x"),
        lambda: memory.add(3, user_id="alice"),  # type: ignore[arg-type]
        lambda: memory.add("x", user_id="alice", expiration_date="2030-01-01"),
        lambda: memory.add("x", user_id="alice", memory_type="procedural_memory"),
        lambda: memory.add("x", user_id="alice", prompt="…"),
        lambda: memory.search("x", user_id="alice"),
        lambda: memory.search(" ", filters=of("alice")),
        lambda: memory.search("x", filters=of("alice"), threshold=2),
        lambda: memory.search("x", filters=of("alice"), top_k=-1),
        lambda: memory.search("x", filters={"AND": []}),
        lambda: memory.search("x", filters=of("alice", OR=["x"])),
        lambda: memory.search("x", filters=of("alice", age={"near": 3})),
        lambda: memory.update("alice:x", text="x"),
        lambda: memory.delete("alice:x"),
        lambda: memory.delete("x"),
        lambda: memory.update("alice:x"),
        lambda: memory.update("alice:x", metadata={}),
        lambda: memory.delete_all(),
    ):
        with pytest.raises(ValueError):
            act()
    with pytest.raises(TypeError):
        memory.search("x", filters=of("alice"), limit=3)
    with pytest.raises(NotImplementedError):
        memory.chat("x")
    assert memory.get("alice:x") is None and memory.get("x") is None and memory.history("x") == []
    assert memory.add([], user_id="alice") == {"results": []}


def test_configurations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMEM_HOME", str(tmp_path / "home"))
    with Memory() as memory:
        memory.add("I live in Porto.", user_id="alice")
    with Memory.from_config({"home": str(tmp_path / "home")}) as memory:
        assert "Porto" in str(memory.get_all(filters=of("alice")))
    llm = {"provider": "ollama", "config": {"model": "llama", "ollama_base_url": "http://localhost:1/"}}
    with Memory.from_config({"llm": llm, "version": "v1.1"}) as memory:
        assert memory.manager._llm is not None and memory.manager._llm.model == "llama"
    for wrong in ({"vector_store": {}}, {"embedder": {"provider": "openai"}}, {"llm": {"provider": "bedrock"}}):
        with pytest.raises(ConfigurationError):
            Memory.from_config(wrong)
    with pytest.raises(ConfigurationError):
        Memory({"llm": {}})  # type: ignore[arg-type]


def test_what_was_recalled_is_not_learned_again(memory: Memory, manager: MemoryManager) -> None:
    memory.add("I'm allergic to shellfish.", user_id="alice")
    context = str(manager.retrieve("food", user_id="alice"))
    assert memory.add([{"role": "user", "content": context}], user_id="alice") == {"results": []}


def test_the_asynchronous_twin(manager: MemoryManager) -> None:
    async def use() -> Any:
        async with AsyncMemory(manager) as memory:
            await memory.add("I live in Porto.", user_id="alice")
            return await memory.search("home", filters=of("alice"))

    assert "Porto" in str(asyncio.run(use()))


def test_mem0_is_not_needed() -> None:
    code = "import sys, memory_chain.integrations.mem0; assert 'mem0' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_memory_that_fails_says_so(memory: Memory, manager: MemoryManager, monkeypatch: pytest.MonkeyPatch) -> None:
    memory_id = memory.add("I live in Porto.", user_id="alice")["results"][0]["id"]
    broken(manager, monkeypatch, FAILURES[0])
    for act in (
        lambda: memory.add("x", user_id="alice"),
        lambda: memory.search("x", filters=of("alice")),
        lambda: memory.get_all(filters=of("alice")),
        lambda: memory.get(memory_id),
        lambda: memory.history(memory_id),
        lambda: memory.update(memory_id, text="x"),
        lambda: memory.delete(memory_id),
        lambda: memory.delete_all(user_id="alice"),
    ):
        with pytest.raises(StorageError):
            act()


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMEM_HOME", str(tmp_path / "home"))
    run_page("mem0")["memory"].close()
