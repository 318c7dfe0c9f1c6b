"""A bare import is quick and loads nothing but itself."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import cache

BAR_MS = 150
"""DESIGN section 10. Checked at three times that, because test machines are busy."""

OPTIONAL = (
    "anyio",
    "apsw",
    "click",
    "fastembed",
    "httpcore2",
    "httpx2",
    "model2vec",
    "numpy",
    "openai",
    "platformdirs",
    "pydantic",
    "requests",
    "rich",
    "Stemmer",
    "typer",
    "vaderSentiment",
    "yaml",
)

PROBE = """
import json, sys, time
before = set(sys.modules)
began = time.perf_counter()
import memory_chain
milliseconds = (time.perf_counter() - began) * 1000
print(json.dumps({"milliseconds": milliseconds, "loaded": sorted(set(sys.modules) - before)}))
"""


@cache
def fresh_import(statement: str = "import memory_chain") -> tuple[float, frozenset[str]]:
    """How long an import takes in a fresh interpreter (the median of five), and what it loads."""
    times, loaded = [], set()
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", PROBE.replace("import memory_chain", statement)],
            capture_output=True,
            text=True,
            check=True,
        )
        told = json.loads(done.stdout)
        times.append(told["milliseconds"])
        loaded |= set(told["loaded"])
    return statistics.median(times), frozenset(loaded)


def top_level(loaded: frozenset[str]) -> set[str]:
    return {name.partition(".")[0] for name in loaded}


def test_a_bare_import_loads_no_library() -> None:
    _, loaded = fresh_import()
    assert top_level(loaded).isdisjoint(OPTIONAL)
    foreign = top_level(loaded) - set(sys.stdlib_module_names) - {"memory_chain"}
    assert foreign == set()


def test_a_bare_import_loads_one_module_of_ours() -> None:
    _, loaded = fresh_import()
    assert {name for name in loaded if name.startswith("memory_chain")} == {"memory_chain"}


def test_a_bare_import_is_quick(record_property: Callable[[str, object], None]) -> None:
    milliseconds, _ = fresh_import()
    print(f"import memory_chain: {milliseconds:.1f} ms (the median of 5; the bar is {BAR_MS})")
    record_property("import_ms", milliseconds)
    assert milliseconds < 3 * BAR_MS


def test_the_records_need_no_library() -> None:
    _, loaded = fresh_import("from memory_chain import Message, Piece, Context, MemoryChainError")
    assert top_level(loaded).isdisjoint(OPTIONAL)


def test_the_manager_loads_no_model_and_no_numbers() -> None:
    """What a memory without a language model and an embedder never uses stays unloaded."""
    milliseconds, loaded = fresh_import("from memory_chain import MemoryManager")
    print(f"from memory_chain import MemoryManager: {milliseconds:.0f} ms (the median of 5)")
    assert top_level(loaded).isdisjoint({"httpx2", "numpy", "typer", "rich", "model2vec", "fastembed"})
