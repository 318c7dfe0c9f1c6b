"""How long the proxy holds a chat up before its upstream sees it, and until the first byte of the answer comes back.

    python tests/server/proxy_latency.py [--messages 10000] [--chats 400]

One user with so many messages. The proxy is `omem serve`, the upstream a scripted model that answers at once; both are
processes of their own on loopback. The same new messages go through the proxy and straight to the upstream, in turn;
what is told of the proxy is the difference to the median of the straight way. The clock is the computer's monotonic
one, so that other work on the computer counts: `load` tells how much there was before and after (a load above the
number of cores makes the figures useless for the bar). Exit code 1: the 95th percentile is above the bar.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from memory_chain import MemoryManager
from memory_chain.bench.measure import percentiles
from memory_chain.bench.text import Generator

HERE = Path(__file__).parent
BAR_MS = 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the proxy adds.")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--chats", type=int, default=400)
    parser.add_argument("--pause", type=float, default=0.0, help="Seconds between chats, in which messages are read.")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    text, load = Generator(given.seed), [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as folder:
        said = filled(Path(folder), text, given.messages)
        with running(Path(folder)) as (proxy, upstream):
            report = measured(proxy, upstream, questions(text, said, given.chats, given.seed), given.pause)
    load.append(os.getloadavg()[0])
    report |= {"messages": given.messages, "chats": given.chats, "pause": given.pause, "seed": given.seed}
    report |= {"cores": os.cpu_count(), "load": [round(one, 1) for one in load]}
    print(json.dumps(report, indent=2))
    sys.exit(report["added_before_upstream_ms"]["p95"] > BAR_MS)


def filled(home: Path, text: Generator, messages: int) -> list[str]:
    """A home with one user, everything understood; what was said."""
    with MemoryManager.open(home, consolidate="manual") as manager:
        batch = list(text.conversation(messages))
        for start in range(0, len(batch), 500):
            manager.add(batch[start : start + 500], user_id="user-0")
        manager.flush("user-0")
    return [message.text for message in batch]


def questions(text: Generator, said: list[str], chats: int, seed: int) -> list[str]:
    """Questions about what was said, and new things said, half each."""
    lots = random.Random(seed)
    return [text.question(said) if lots.random() < 0.5 else text.fact() for _ in range(chats)]


@contextmanager
def running(home: Path) -> Iterator[tuple[str, str]]:
    """The proxy and its upstream: their addresses."""
    ports = [free_port(), free_port()]
    proxy, upstream = (f"http://127.0.0.1:{port}" for port in ports)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OMEM_", "OPENAI_"))}
    setting = {"OPENAI_BASE_URL": f"{upstream}/v1", "OMEM_HOME": str(home)}
    commands = (
        [sys.executable, str(HERE / "proxy_upstream.py"), str(ports[1])],
        [sys.executable, "-m", "memory_chain", "serve", "--port", str(ports[0]), "--rate", "0", "--log-level", "error"],
    )
    started = [subprocess.Popen(command, env=clean | setting, stdout=subprocess.DEVNULL) for command in commands]
    try:
        wait_for(f"{proxy}/health")
        wait_for(f"{upstream}/v1/models")
        yield proxy, upstream
    finally:
        for process in started:
            process.terminate()
            process.wait(20)


def measured(proxy: str, upstream: str, said: list[str], pause: float) -> dict[str, object]:
    """The times of all chats, in milliseconds."""
    ways: dict[str, tuple[list[float], list[float]]] = {"proxy": ([], []), "straight": ([], [])}
    used = 0
    with httpx2.Client(timeout=30) as client:
        for warm in range(5):
            chat(client, proxy, f"Warming up, number {warm}.")
        for one in said:
            time.sleep(pause)
            for name, url in (("straight", upstream), ("proxy", proxy)):
                arrived, first, told = chat(client, url, one)
                ways[name][0].append(arrived)
                ways[name][1].append(first)
                used += told.startswith("used")
    added = [
        [time_ms - statistics.median(ways["straight"][part]) for time_ms in ways["proxy"][part]] for part in (0, 1)
    ]
    return {
        "added_before_upstream_ms": percentiles(added[0]),
        "added_before_first_byte_ms": percentiles(added[1]),
        "straight_first_byte_ms": percentiles(ways["straight"][1]),
        "with_context": used,
    }


def chat(client: httpx2.Client, url: str, said: str) -> tuple[float, float, str]:
    """One streamed chat: milliseconds until the upstream had it, and until the first byte came; the memory's header."""
    body = {"model": "m", "user": "user-0", "stream": True, "messages": [{"role": "user", "content": said}]}
    sent = time.monotonic()
    with client.stream("POST", f"{url}/v1/chat/completions", json=body) as response:
        chunks = response.iter_raw()
        next(chunks)
        first = time.monotonic()
        for _ in chunks:
            pass
    arrived = float(response.headers["openai-arrived"])
    return (arrived - sent) * 1000, (first - sent) * 1000, response.headers.get("x-omem-memory", "")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for(url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            httpx2.get(url)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"{url} does not answer")


if __name__ == "__main__":
    main()
