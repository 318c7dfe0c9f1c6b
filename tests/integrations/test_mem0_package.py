"""The mem0-shaped face beside mem0 itself: the same calls, the same shapes, the same errors."""

from __future__ import annotations

import inspect
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

os.environ |= {"MEM0_TELEMETRY": "False", "MEM0_DIR": str(Path(tempfile.gettempdir()) / "o-mem-tests-mem0")}

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    mem0 = pytest.importorskip("mem0", reason="needs mem0ai; run tests/integrations/run mem0")

from memory_chain import MemoryManager
from memory_chain.embedding.hashing import HashingEmbedder
from memory_chain.integrations.mem0 import AsyncMemory, Memory

pytestmark = pytest.mark.filterwarnings("ignore")  # mem0's own: telemetry, vector store, notices

PUBLIC = ["add", "get", "get_all", "search", "update", "delete", "delete_all", "history", "reset", "chat", "close"]


class Hashed:
    """An embedder of mem0 that needs no model."""

    config = SimpleNamespace(embedding_dims=64)

    def __init__(self) -> None:
        self._hashing = HashingEmbedder(64)

    def embed(self, text: str, action: str | None = None) -> list[float]:
        return [float(number) for number in self._hashing.embed([text], kind="document")[0]]

    def embed_batch(self, texts: list[str], action: str | None = None) -> list[list[float]]:
        return [self.embed(text) for text in texts]


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    main = mem0.memory.main
    monkeypatch.setattr(main, "capture_event", lambda *args, **kwargs: None)
    monkeypatch.setattr(main.EmbedderFactory, "create", lambda *args, **kwargs: Hashed())
    config = {
        "llm": {"provider": "openai", "config": {"api_key": "-"}},
        "vector_store": {
            "provider": "qdrant",
            "config": {"path": str(tmp_path / "qdrant"), "embedding_model_dims": 64, "on_disk": False},
        },
        "history_db_path": str(tmp_path / "history.db"),
    }
    memory = mem0.Memory.from_config(config)
    yield memory
    memory.close()


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Memory]:
    with MemoryManager.open(tmp_path / "m", consolidate="manual") as manager:
        yield Memory(manager)


def shape(value: Any) -> Any:
    """The names and types of what is inside; a list has no order here."""
    if isinstance(value, dict):
        return {key: "value" if key == "score_details" else shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted((shape(one) for one in value), key=str)
    return type(value).__name__


@pytest.mark.parametrize("name", PUBLIC)
def test_the_signatures_are_those_of_the_installed_package(name: str) -> None:
    def parameters(method: Any) -> list[tuple[str, Any, str]]:
        found = list(inspect.signature(method).parameters.values())[1:]
        return [(one.name, one.default is one.empty, str(one.kind)) for one in found]

    assert parameters(getattr(Memory, name)) == parameters(getattr(mem0.Memory, name))
    theirs = getattr(mem0.AsyncMemory, name)
    assert inspect.iscoroutinefunction(getattr(AsyncMemory, name)) == inspect.iscoroutinefunction(theirs)


GIVEN: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "I like green tea.", "name": "alice"},
    {"role": "assistant", "content": "Noted."},
]


def test_every_result_has_the_shape_of_mem0s(theirs: Any, ours: Memory) -> None:
    for metadata in (None, {"topic": "drinks", "size": 3}):
        told = []
        for memory in (theirs, ours):
            added = memory.add(GIVEN, user_id="u", agent_id="a", run_id="r", metadata=metadata, infer=False)
            one = added["results"][0]["id"]
            told.append(
                {
                    "added": added,
                    "texts": [result["memory"] for result in added["results"]],
                    "got": memory.get(one),
                    "all": memory.get_all(filters={"user_id": "u"}),
                    "found": memory.search(
                        "green tea", filters={"user_id": "u"}, threshold=None, top_k=1, explain=True
                    ),
                    "history": memory.history(one),
                    "updated": memory.update(one, text="I like black tea."),
                    "now": memory.get(one)["memory"],
                    "deleted": memory.delete(one),
                    "gone": memory.get(one),
                    "all deleted": memory.delete_all(user_id="u"),
                    "nothing": memory.get_all(filters={"user_id": "u"}),
                    "reset": memory.reset(),
                }
            )
        assert told[1]["texts"] == told[0]["texts"] == ["I like green tea.", "Noted."]
        for step in told[0]:
            assert shape(told[1][step]) == shape(told[0][step]), step
        for step in ("updated", "now", "deleted", "gone", "all deleted", "nothing", "reset"):
            assert told[1][step] == told[0][step]


FILTERS: list[dict[str, Any]] = [
    {},
    {"topic": "a"},
    {"topic": {"eq": "a"}},
    {"topic": {"ne": "a"}},
    {"topic": {"in": ["a", "b"]}},
    {"topic": {"nin": ["a"]}},
    {"size": {"gt": 1}},
    {"size": {"gte": 1, "lt": 3}},
    {"size": {"lte": 2}},
    {"title": {"contains": "green"}},
    {"AND": [{"topic": "a"}, {"size": {"gte": 2}}]},
    {"OR": [{"topic": "b"}, {"size": 0}]},
    {"NOT": [{"topic": "a"}]},
    {"NOT": [{"topic": "a"}, {"size": 3}]},
    {"topic": "a", "OR": [{"size": 0}, {"size": 2}]},
    {"agent_id": "one"},
    {"OR": [{"agent_id": "one"}, {"agent_id": "two"}]},
    {"role": "user"},
    {"absent": "x"},
]


def test_filters_choose_what_mem0_chooses(theirs: Any, ours: Memory) -> None:
    said = [
        ("Memory zero.", {"topic": "a", "size": 0, "title": "a green door"}, "one"),
        ("Memory one.", {"topic": "b", "size": 1, "title": "a red door"}, "two"),
        ("Memory two.", {"topic": "a", "size": 2}, "three"),
        ("Memory three.", {"size": 3}, None),
    ]
    for memory in (theirs, ours):
        for text, metadata, agent in said:
            memory.add(text, user_id="u", agent_id=agent, metadata=metadata, infer=False)
    for given in FILTERS:
        asked = {"user_id": "u", **given}
        found = [memory.search("memory", filters=asked, threshold=0)["results"] for memory in (theirs, ours)]
        both = [{one["memory"] for one in results} for results in found]
        assert both[1] == both[0], given


def test_wrong_use_is_the_same_error(theirs: Any, ours: Memory) -> None:
    def error(act: Any, memory: Any) -> type[Exception]:
        try:
            act(memory)
        except (ValueError, mem0.exceptions.ValidationError):  # the latter is not told without mem0
            return ValueError
        except Exception as raised:
            return type(raised)
        raise AssertionError("nothing was raised")

    absent = "11111111-1111-1111-1111-111111111111"
    for act in (
        lambda memory: memory.add("x"),
        lambda memory: memory.add("x", user_id=" "),
        lambda memory: memory.add("x", user_id="a b"),
        lambda memory: memory.search("x"),
        lambda memory: memory.search("x", user_id="u"),
        lambda memory: memory.search(" ", filters={"user_id": "u"}),
        lambda memory: memory.search("x", filters={"user_id": "u"}, threshold=2),
        lambda memory: memory.search("x", filters={"user_id": "u"}, top_k=-1),
        lambda memory: memory.search("x", filters={"user_id": "u", "OR": []}),
        lambda memory: memory.search("x", filters={"user_id": "u", "AND": "x"}),
        lambda memory: memory.get_all(),
        lambda memory: memory.get_all(user_id="u"),
        lambda memory: memory.update(absent),
        lambda memory: memory.update(absent, text="x"),
        lambda memory: memory.delete(absent),
        lambda memory: memory.delete_all(),
        lambda memory: memory.chat("x"),
    ):
        assert error(act, ours) is error(act, theirs), inspect.getsource(act)
    assert ours.get(absent) is theirs.get(absent) is None
    assert ours.history(absent) == theirs.history(absent) == []
