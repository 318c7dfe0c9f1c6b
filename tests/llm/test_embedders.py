"""Embedders: one good vector a text, or an error of our tree."""

from __future__ import annotations

import json
import math
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from fault_server import EMBEDDING, TRANSPORT, FaultServer

from memory_chain.embedding.base import Embedder, Kind
from memory_chain.embedding.cached import CachedEmbedder
from memory_chain.embedding.checks import checked_vectors
from memory_chain.embedding.hashing import HashingEmbedder
from memory_chain.embedding.local import FastembedEmbedder, Model2VecEmbedder
from memory_chain.embedding.openai_compatible import OpenAICompatibleEmbedder
from memory_chain.errors import ConfigurationError, ModelError, ProviderDownError, ProviderRefusedError, ReplyError

KEY = "sk-test-0123456789abcdef"
GOOD = {"shuffled", "zero-vector"}
Make = Callable[..., OpenAICompatibleEmbedder]


@pytest.fixture
def make(server: FaultServer) -> Iterator[Make]:
    made: list[OpenAICompatibleEmbedder] = []

    def build(**settings: Any) -> OpenAICompatibleEmbedder:
        defaults: dict[str, Any] = {
            "model": "embedding",
            "api_key": KEY,
            "base_url": server.base_url,
            "timeout_seconds": 2.0,
            "attempts": 1,
            "sleep": lambda seconds: None,
        }
        made.append(OpenAICompatibleEmbedder(**{**defaults, **settings}))
        return made[-1]

    yield build
    for embedder in made:
        embedder.close()


def lengths(vectors: Sequence[Sequence[float]]) -> list[float]:
    return [round(math.sqrt(sum(value * value for value in vector)), 9) for vector in vectors]


# -- what all have to keep ------------------------------------------------------------------------------------


class FakeTable:
    """Stands for a model of model2vec."""

    dim = 8

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        return [[float(len(text) + place) for place in range(8)] for text in texts]

    @classmethod
    def from_pretrained(cls, path: str) -> FakeTable:
        if path == "missing":
            raise FileNotFoundError(path)
        return cls()


class FakeOnnx:
    """Stands for `fastembed.TextEmbedding`."""

    added: list[dict[str, Any]] = []  # noqa: RUF012 - as in the class it stands for

    def __init__(self, model_name: str, specific_model_path: str | None = None) -> None:
        if model_name == "missing":
            raise ValueError("unknown model")
        self.path = specific_model_path

    @classmethod
    def list_supported_models(cls) -> list[dict[str, Any]]:
        return cls.added

    @classmethod
    def add_custom_model(cls, **settings: Any) -> None:
        cls.added.append(settings)

    def embed(self, texts: Sequence[str]) -> Iterator[list[float]]:
        return ([1.0, float(len(text)), 0.0] for text in texts)

    def query_embed(self, texts: Sequence[str]) -> Iterator[list[float]]:
        return ([0.0, 1.0, float(len(text))] for text in texts)


@pytest.fixture
def fake_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    model2vec = ModuleType("model2vec")
    model2vec.StaticModel = FakeTable  # type: ignore[attr-defined]
    fastembed = ModuleType("fastembed")
    fastembed.TextEmbedding = FakeOnnx  # type: ignore[attr-defined]
    common = ModuleType("fastembed.common")
    description = ModuleType("fastembed.common.model_description")
    description.PoolingType = SimpleNamespace(MEAN="mean")  # type: ignore[attr-defined]
    description.ModelSource = lambda hf: hf  # type: ignore[attr-defined]
    for module in (model2vec, fastembed, common, description):
        monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.fixture(params=["hashing", "openai", "cached", "model2vec", "fastembed"])
def embedder(request: pytest.FixtureRequest, make: Make, fake_packages: None) -> Embedder:
    made: dict[str, Callable[[], Embedder]] = {
        "hashing": HashingEmbedder,
        "openai": make,
        "cached": lambda: CachedEmbedder(HashingEmbedder()),
        "model2vec": lambda: Model2VecEmbedder("some/table"),
        "fastembed": lambda: FastembedEmbedder("some/model"),
    }
    return made[request.param]()


@pytest.mark.parametrize("kind", ["query", "document"])
def test_the_contract(embedder: Embedder, kind: Kind) -> None:
    texts = ["I like tea", "Ich mag Tee 😀", "a" * 20_000, "I like tea", "\ud83d\x00x"]
    vectors = embedder.embed(texts, kind=kind)
    assert len(vectors) == len(texts)
    assert {len(vector) for vector in vectors} == {embedder.dim}
    assert lengths(vectors) == [1.0] * len(texts)
    assert vectors[0] == vectors[3]
    assert embedder.embed(texts[:1], kind=kind) == [vectors[0]]
    assert embedder.embed([], kind=kind) == []
    assert str(embedder.dim) in embedder.name
    json.dumps(vectors)


# -- hashing ------------------------------------------------------------------------------------------------------


def test_hashed_texts_that_share_words_are_near() -> None:
    tea, teas, car, nothing = HashingEmbedder().embed(
        ["I like green tea", "green teas", "a fast car", " !?"], kind="query"
    )

    def near(a: list[float], b: list[float]) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True))

    assert near(tea, teas) > 0.4 > 0.2 > near(tea, car)
    assert set(nothing) == {0.0}
    with pytest.raises(ValueError, match="dim"):
        HashingEmbedder(1)


# -- a server ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [*TRANSPORT, *sorted(set(EMBEDDING) - GOOD)])
def test_every_fault_is_an_error_of_our_tree(fault: str, server: FaultServer, make: Make) -> None:
    slow = fault in ("timeout", "slow-body")
    embedder = make(dim=16, timeout_seconds=0.15 if slow else 2.0, most_bytes=1_000_000)
    server.queue(fault)
    texts = ["tea"] if fault == "400-context" else ["tea", "milk"]
    if fault in ("413", "400-context"):
        server.queue(fault, fault)
    with pytest.raises(ModelError) as caught:
        embedder.embed(texts, kind="document")
    if fault in EMBEDDING:
        assert isinstance(caught.value, ReplyError)
    assert KEY not in f"{caught.value} {caught.value.calls} {embedder!r}"
    calls = embedder.take_calls()
    assert calls
    assert all(call.outcome != "ok" and call.purpose == "embed" for call in calls)
    assert embedder.take_calls() == []


def test_rows_come_in_the_order_of_the_texts(server: FaultServer, make: Make) -> None:
    embedder = make()
    straight = embedder.embed(["a", "b", "c"], kind="document")
    server.queue("shuffled")
    assert embedder.embed(["a", "b", "c"], kind="document") == straight
    server.queue("zero-vector")
    assert set(embedder.embed(["a"], kind="document")[0]) == {0.0}


def test_the_dimension_is_asked_for_once_and_kept(server: FaultServer, make: Make) -> None:
    embedder = make()
    assert (embedder.dim, embedder.name) == (16, "openai:embedding-16")
    assert embedder.dim == 16
    assert len(server.requests) == 1
    server.queue("wrong-dim")
    with pytest.raises(ReplyError, match="15 numbers where 16"):
        embedder.embed(["a"], kind="query")
    assert [call.outcome for call in embedder.take_calls()] == ["ok", "invalid"]


def test_blank_texts_cost_nothing(server: FaultServer, make: Make) -> None:
    embedder = make(dim=16)
    assert embedder.embed([" ", "\n"], kind="document") == [[0.0] * 16] * 2
    assert server.requests == []
    vectors = embedder.embed(["", "tea", " "], kind="document")
    assert lengths(vectors) == [0.0, 1.0, 0.0]
    assert server.requests[0].body["input"] == ["tea"]


def test_batches_prefixes_and_lengths(server: FaultServer, make: Make) -> None:
    embedder = make(batch=2, longest_text=10, query_prefix="q: ", document_prefix="d: ")
    embedder.embed(["a", "b", "c" * 50], kind="document")
    embedder.embed(["a"], kind="query")
    assert [request.body["input"] for request in server.requests] == [["d: a", "d: b"], ["d: ccccccc"], ["q: a"]]
    assert all(call.tokens_in == 7 for call in embedder.take_calls())


def test_texts_that_are_too_long_for_the_model_are_shortened(server: FaultServer, make: Make) -> None:
    server.queue("400-context", "good", "400-context", "good")
    vectors = make(dim=16).embed(["tea", "x" * 6000], kind="document")
    assert lengths(vectors) == [1.0, 1.0]
    assert [len(request.body["input"][-1]) for request in server.requests] == [6000, 3, 6000, 3000]


def test_settings_that_cannot_be() -> None:
    with pytest.raises(ConfigurationError, match="no model"):
        OpenAICompatibleEmbedder(" ")
    with pytest.raises(ConfigurationError, match="openai_base_url"):
        OpenAICompatibleEmbedder("m", base_url="nowhere")


def test_a_wrong_key_and_a_closed_client(server: FaultServer, make: Make) -> None:
    embedder = make()
    server.queue("401")
    with pytest.raises(ProviderRefusedError):
        embedder.embed(["a"], kind="query")
    embedder.close()
    with pytest.raises(ProviderDownError, match="closed"):
        embedder.embed(["a"], kind="query")


# -- cache -------------------------------------------------------------------------------------------------------------


class Counting(HashingEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, ...]] = []
        self.fail = False

    def embed(self, texts: Sequence[str], *, kind: Kind) -> list[list[float]]:
        if self.fail:
            raise ProviderDownError("down")
        self.asked.append(tuple(texts))
        return super().embed(texts, kind=kind)


def test_each_text_is_asked_for_once() -> None:
    inner = Counting()
    cached = CachedEmbedder(inner, size=3)
    first = cached.embed(["a", "b", "a"], kind="document")
    assert cached.embed(["b", "a", "c"], kind="document") == [first[1], first[0], *inner.embed(["c"], kind="document")]
    cached.embed(["a"], kind="query")
    assert inner.asked == [("a", "b"), ("c",), ("c",), ("a",)]
    cached.embed(["b"], kind="document")  # the oldest had to go
    assert inner.asked[-1] == ("b",)


def test_what_the_cache_gives_is_the_callers() -> None:
    cached = CachedEmbedder(Counting())
    cached.embed(["a"], kind="query")[0][0] = 99.0
    assert 99.0 not in cached.embed(["a"], kind="query")[0]


def test_a_failure_is_not_remembered() -> None:
    inner = Counting()
    cached = CachedEmbedder(inner)
    inner.fail = True
    with pytest.raises(ProviderDownError):
        cached.embed(["a"], kind="query")
    inner.fail = False
    assert cached.embed(["a"], kind="query") == inner.embed(["a"], kind="query")


def test_the_cache_between_threads() -> None:
    cached = CachedEmbedder(HashingEmbedder(), size=5)
    expected = {str(i): HashingEmbedder().embed([str(i)], kind="query")[0] for i in range(20)}
    wrong: list[str] = []

    def work(offset: int) -> None:
        for i in range(200):
            text = str((i * 7 + offset) % 20)
            if cached.embed([text, "x"], kind="query")[0] != expected[text]:
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# -- local -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make_one", "extra"), [(Model2VecEmbedder, "model2vec"), (FastembedEmbedder, "fastembed")])
def test_a_missing_extra_says_its_name(
    make_one: Callable[[str], Embedder], extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, extra, None)
    with pytest.raises(ConfigurationError, match=rf"o-mem\[{extra}\]"):
        make_one("x")


@pytest.mark.parametrize("make_one", [Model2VecEmbedder, FastembedEmbedder])
def test_a_missing_model_is_told(make_one: Callable[[str], Embedder], fake_packages: None) -> None:
    with pytest.raises(ConfigurationError, match="'missing' cannot be loaded"):
        make_one("missing")


def test_a_folder_for_fastembed(fake_packages: None, tmp_path: Path) -> None:
    folder = tmp_path / "mini"
    folder.mkdir()
    embedder = FastembedEmbedder(folder)
    assert embedder.name == "fastembed:mini-3"
    assert [settings["model"] for settings in FakeOnnx.added] == ["omem/mini"]
    FastembedEmbedder(folder)
    assert len(FakeOnnx.added) == 1
    FakeOnnx.added.clear()


def test_a_query_is_embedded_as_one(fake_packages: None) -> None:
    embedder = FastembedEmbedder("x")
    assert embedder.embed(["tea"], kind="query") != embedder.embed(["tea"], kind="document")


@pytest.mark.parametrize(
    "given",
    [[[1.0] * 7], [], [[1.0] * 8] * 2, [[float("nan")] * 8], [[float("inf")] * 8]],
)
def test_a_local_model_that_misbehaves(
    given: list[list[float]], fake_packages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = Model2VecEmbedder("x")
    monkeypatch.setattr(FakeTable, "encode", lambda self, texts: given)
    with pytest.raises(ReplyError):
        embedder.embed(["tea"], kind="query")


def test_a_local_model_that_raises(fake_packages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Model2VecEmbedder("x")
    monkeypatch.setattr(FakeTable, "encode", lambda self, texts: 1 / 0)
    with pytest.raises(ReplyError, match="ZeroDivisionError"):
        embedder.embed(["tea"], kind="query")


# -- checks ------------------------------------------------------------------------------------------------------------


def test_extreme_numbers_still_give_length_one() -> None:
    rows = checked_vectors([[1e300, 1e300], [1e-300, 0.0], [0.0, 0.0], [3, 4]], texts=4, dim=None, name="x")
    assert lengths(rows) == [1.0, 1.0, 0.0, 1.0]
    assert rows[3] == [0.6, 0.8]


@pytest.mark.parametrize("row", [[True, False], ["1", "2"], [None, 1.0], []])
def test_what_is_no_vector(row: list[Any]) -> None:
    with pytest.raises(ReplyError):
        checked_vectors([row], texts=1, dim=None, name="x")
