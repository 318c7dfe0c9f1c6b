"""Load on `omem serve` over loopback: so many requests a second, mixed add and retrieve; a script.

    python tests/server/load.py [--rate 100] [--seconds 60] [--users 1000]

The server is a process of its own over an empty folder, the clients are in this one. Requests begin when their time has
come, whether earlier ones were answered or not, and a latency counts from that time: a server that stands still is not
spared. It exits with 1 if a request failed or the 99th percentile is above 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

P99_MS = 100.0
TOPICS = ("tea", "hiking", "the cello", "old maps", "sourdough", "rock climbing", "chess", "gardening")
PLACES = ("Lisbon", "Oslo", "Kyoto", "Graz", "Lima", "Cork", "Turin", "Hanoi")


@contextmanager
def served(home: Path, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A running server and its address."""
    command = [sys.executable, "-m", "memory_chain", "--home", str(home), "--json", "serve"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMEM_")}
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [*command, "--only", "rest", "--port", "0", "--rate", "0"],
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"The server did not start: {log.read_text()}")
        yield process, json.loads(line)["url"]
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@dataclass
class Seen:
    """Latencies in milliseconds by kind of request, and what failed."""

    latencies: dict[str, list[float]] = field(default_factory=lambda: {"add": [], "retrieve": []})
    failed: Counter[str] = field(default_factory=Counter)
    spoke: set[int] = field(default_factory=set)
    """Users of whom something is stored."""
    late_ms: float = 0.0
    """How much later than due the latest request began: the client's own weakness."""


async def load(url: str, *, rate: float, seconds: float, users: int, seed: int) -> Seen:
    """Make requests at their times; of a user of whom something was stored three of ten add, all others retrieve."""
    drawn, seen = random.Random(seed), Seen()
    limits = httpx2.Limits(max_connections=256, max_keepalive_connections=256)
    async with httpx2.AsyncClient(base_url=url, timeout=30, limits=limits) as client:
        began = time.perf_counter()
        tasks = []
        for number in range(round(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            user = drawn.randrange(users)
            adds = drawn.random() < 0.3 or user not in seen.spoke
            seen.late_ms = max(seen.late_ms, (time.perf_counter() - due) * 1000)
            tasks.append(asyncio.create_task(_ask(client, seen, due, user, _request(drawn, user, number, adds=adds))))
        await asyncio.gather(*tasks)
    return seen


Made = tuple[str, str, dict[str, object]]


def _request(drawn: random.Random, user: int, number: int, *, adds: bool) -> Made:
    topic, place = drawn.choice(TOPICS), drawn.choice(PLACES)
    if adds:
        said = f"I moved to {place} in spring and I love {topic}. This is note {number}."
        return "add", f"/v1/users/user-{user}/messages", {"messages": [{"id": f"m-{number}", "content": said}]}
    query = f"Who likes {topic}, and what about {place}?"
    return "retrieve", f"/v1/users/user-{user}/retrieve", {"query": query, "budget_tokens": 800}


async def _ask(client: httpx2.AsyncClient, seen: Seen, due: float, user: int, made: Made) -> None:
    kind, path, body = made
    try:
        answer = await client.post(path, json=body)
    except httpx2.HTTPError as error:
        seen.failed[f"{kind} {type(error).__name__}"] += 1
        return
    if answer.status_code in (200, 201):
        seen.spoke.add(user)
        seen.latencies[kind].append((time.perf_counter() - due) * 1000)
    else:
        seen.failed[f"{kind} {answer.status_code}"] += 1


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def tell(seen: Seen) -> bool:
    """Print the figures; returns whether they are good enough."""
    every = [one for values in seen.latencies.values() for one in values]
    failed = sum(seen.failed.values())
    share = 100 * len(every) / (len(every) + failed)
    print(f"success {share:.3f} % of {len(every) + failed:,}; failed {dict(seen.failed)}")
    for name, values in (("all", every), *seen.latencies.items()):
        told = ", ".join(f"p{int(100 * at)} {percentile(values, at):.1f} ms" for at in (0.5, 0.95, 0.99))
        print(f"{name:9}{len(values):6,}  {told}, most {max(values, default=float('nan')):.1f} ms")
    print(f"the client began at most {seen.late_ms:.1f} ms late; load average {os.getloadavg()[0]:.1f}")
    return not failed and percentile(every, 0.99) <= P99_MS


def main() -> int:
    """Start, load, tell."""
    parser = argparse.ArgumentParser(description="Load on `omem serve` over loopback.")
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(f"load average before {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="omem-load-") as folder:
        log = Path(folder) / "log"
        with served(Path(folder) / "home", log) as (_, url):
            seen = asyncio.run(load(url, rate=given.rate, seconds=given.seconds, users=given.users, seed=given.seed))
    return 0 if tell(seen) else 1


if __name__ == "__main__":
    sys.exit(main())
