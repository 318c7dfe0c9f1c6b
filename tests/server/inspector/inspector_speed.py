"""How fast the pages are at 10,000 messages: `python tests/server/inspector/inspector_speed.py [MESSAGES]`.

A generated memory is served by `omem serve` on loopback, by ten processes one after the other. *First*: the first
request that a new process gets, its memory not opened yet. *Later*: ten more of the same page.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from memory_chain import MemoryManager
from memory_chain.bench.text import Generator

PROCESSES = 10
LATER = 10
USER = "user-0"
PAGES = {
    "profile": "profile?user=user-0",
    "profile, then": "profile?user=user-0&as_of=2019-04-01",
    "timeline": "timeline?user=user-0",
    "conversation": "talk?user=user-0",
    "search": "talk?user=user-0&q=brother",
    "context": "why?user=user-0&q=What+could+we+do+this+weekend%3F",
    "costs": "costs?user=user-0",
    "health": "health?user=user-0",
}


@contextmanager
def served(home: str):
    """A new process; gives the address of its pages."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "memory_chain",
        "serve",
        "--port",
        str(port),
        "--rate",
        "0",
        "--log-level",
        "error",
    ]
    process = subprocess.Popen(command, env={**os.environ, "OMEM_HOME": home}, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/health").read()
                break
            except OSError:
                assert process.poll() is None, "the server did not start"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/inspector/"
    finally:
        process.terminate()
        process.wait()


def took(address: str) -> float:
    """Milliseconds until the whole page is there."""
    began = time.perf_counter()
    with urlopen(address) as answer:
        answer.read()
    return 1000 * (time.perf_counter() - began)


def main(messages: int) -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as home:
        with MemoryManager.open(Path(home), consolidate="manual") as manager:
            said = list(Generator(7).conversation(messages))
            for place in range(0, messages, 1000):
                manager.add(said[place : place + 1000], user_id=USER)
            manager.flush(USER)
            status = manager.status(USER)
            print(f"{status.messages:,} messages, {status.attributes:,} attributes, {status.events:,} events")
        first: list[float] = []
        later: dict[str, list[float]] = {name: [] for name in PAGES}
        for _ in range(PROCESSES):
            with served(home) as base:
                first.append(took(base + PAGES["profile"]))
                for name, page in PAGES.items():
                    took(base + page)
                    later[name] += [took(base + page) for _ in range(LATER)]
    print(f"first page of a process: median {median(first):.0f} ms, slowest {max(first):.0f} ms, of {PROCESSES}")
    for name, times in later.items():
        p95 = sorted(times)[int(0.95 * len(times))]
        print(f"later, {name:<14} median {median(times):5.0f} ms, p95 {p95:5.0f} ms, of {len(times)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
