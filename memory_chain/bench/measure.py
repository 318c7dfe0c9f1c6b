"""Measures speed and size: messages in, understood, and found again, at a hundredth, a tenth and all of them."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory_chain.bench.text import Generator
from memory_chain.memory_manager import MemoryManager

QUERIES = 200
PROFILES = 50
WINDOW = 1000
"""How many of the last adds before a mark are measured at most; at least half of all are."""

SAMPLE = 2000
"""Texts kept to make queries of."""

SETTLE_SECONDS = 3600.0

Told = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchOptions:
    """What to measure. `background`: understand in the worker thread while messages are added."""

    messages: int
    users: int = 1
    seed: int = 7
    background: bool = False

    @property
    def marks(self) -> tuple[int, ...]:
        """The numbers of messages at which is measured."""
        return tuple(sorted({max(1, self.messages // 100), max(1, self.messages // 10), self.messages}))


@dataclass(kw_only=True)
class _Progress:
    """What has been added so far."""

    add_ms: list[float] = field(default_factory=list)
    create_ms: list[float] = field(default_factory=list)
    """First messages of a user: their file is made then, which is told apart."""
    said: list[str] = field(default_factory=list)
    users: dict[str, None] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    text_bytes: int = 0
    count: int = 0
    understood: int = 0


def run_bench(options: BenchOptions, home: Path, on_added: Told = lambda count: None) -> dict[str, Any]:
    """Measure in an empty folder; returns the report as a JSON object."""
    start = time.perf_counter()
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    figures: dict[str, dict[str, Any]] = {
        name: {} for name in ("add_ms", "search_ms", "retrieve_ms", "profile_ms", "understand_ms_per_message")
    }
    generator, asking = Generator(options.seed), Generator(options.seed + 1)
    lots = random.Random(options.seed)
    done = _Progress()
    memory = MemoryManager.open(home, consolidate="background" if options.background else "manual")
    try:
        for message in generator.conversation(options.messages, users=options.users):
            _add(memory, message.user_id, message, done)
            _keep(done, message.text, lots)
            if done.count in options.marks:
                mark = str(done.count)
                window = min(WINDOW, max(1, len(done.add_ms) // 2))
                figures["add_ms"][mark] = percentiles(done.add_ms[-window:])
                figures["understand_ms_per_message"][mark] = _understand(memory, done, options)
                for name, figure in _ask(memory, done, asking, lots).items():
                    figures[name][mark] = figure
            on_added(done.count)
        rss = rss_mb()
        counts = _counts(memory, done.users)
    finally:
        memory.close()
    return {
        "messages": options.messages,
        "users": options.users,
        "seed": options.seed,
        "consolidate": memory.consolidate,
        **figures,
        "add_ratio": _ratio(figures["add_ms"], options.marks),
        "first_add_ms": percentiles(done.create_ms),
        "bytes_per_text_byte": round(folder_bytes(home) / done.text_bytes, 2),
        "text_bytes": done.text_bytes,
        "mean_characters": round(done.text_bytes / options.messages, 1),
        "rss_mb": rss,
        "counts": counts,
        "load": load,
        "seconds": round(time.perf_counter() - start, 1),
    }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The median and the 95th percentile, rounded to 0.001; zeros for nothing."""
    if not values:
        return {"p50": 0.0, "p95": 0.0}
    p95 = statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return {"p50": round(statistics.median(values), 3), "p95": round(p95, 3)}


def folder_bytes(folder: Path) -> int:
    """The size of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def rss_mb() -> float | None:
    """The memory that this process holds now (its highest ever where the system tells no more); None if unknown."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return round(int(line.split()[1]) / 1024, 1)
    except OSError:
        pass
    try:
        import resource  # only here: Windows has none
    except ImportError:
        return None
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 1)  # in bytes on macOS


def _add(memory: MemoryManager, user_id: str, message: Any, done: _Progress) -> None:
    start = time.perf_counter()
    memory.add(message, user_id=user_id)
    took = 1000 * (time.perf_counter() - start)
    if user_id in done.users:
        done.add_ms.append(took)
    else:
        done.create_ms.append(took)
        done.users[user_id] = None
    done.touched.add(user_id)
    done.count += 1


def _keep(done: _Progress, text: str, lots: random.Random) -> None:
    """A fair sample of all texts so far."""
    done.text_bytes += len(text.encode())
    if len(done.said) < SAMPLE:
        done.said.append(text)
    elif (place := lots.randrange(done.count)) < SAMPLE:
        done.said[place] = text


def _understand(memory: MemoryManager, done: _Progress, options: BenchOptions) -> float:
    """Let the rules read all that waits; milliseconds a message (in the background: of what was left over)."""
    start = time.perf_counter()
    if options.background:
        memory.settle(SETTLE_SECONDS)
    else:
        for user_id in sorted(done.touched):
            memory.flush(user_id)
    took = 1000 * (time.perf_counter() - start)
    new, done.understood = done.count - done.understood, done.count
    done.touched.clear()
    return round(took / new, 3)


def _ask(memory: MemoryManager, done: _Progress, asking: Generator, lots: random.Random) -> dict[str, Any]:
    users = list(done.users)
    memory.retrieve("warm up", user_id=users[0])
    asked = [(asking.question(done.said), lots.choice(users)) for _ in range(QUERIES)]
    profiled = [lots.choice(users) for _ in range(PROFILES)]
    return {
        "search_ms": _timed(lambda pair: memory.search(pair[0], user_id=pair[1]), asked),
        "retrieve_ms": _timed(lambda pair: memory.retrieve(pair[0], user_id=pair[1]), asked),
        "profile_ms": _timed(lambda user_id: memory.profile(user_id), profiled),
    }


def _timed(call: Callable[[Any], object], inputs: Iterable[Any]) -> dict[str, float]:
    took = []
    for given in inputs:
        start = time.perf_counter()
        call(given)
        took.append(1000 * (time.perf_counter() - start))
    return percentiles(took)


def _ratio(add_ms: dict[str, dict[str, float]], marks: Sequence[int]) -> dict[str, float]:
    """Adding at all messages against adding at a hundredth of them."""
    first, last = add_ms[str(marks[0])], add_ms[str(marks[-1])]
    return {name: round(last[name] / first[name], 2) for name in last if first[name]}


def _counts(memory: MemoryManager, users: Iterable[str]) -> dict[str, int]:
    names = ("messages", "sessions", "attributes", "events", "topics", "pending")
    counts = dict.fromkeys(names, 0)
    for user_id in users:
        status = memory.status(user_id)
        for name in names:
            counts[name] += getattr(status, name)
    return counts
