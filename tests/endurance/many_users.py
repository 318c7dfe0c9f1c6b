"""Hold a steady rate of mixed adds and retrieves over many new users, and tell how long each took.

    python tests/endurance/many_users.py --users 1000 --rate 100 --seconds 60
    python tests/endurance/many_users.py --served            # the same over HTTP, against `omem serve`

Requests leave at fixed moments, whether or not earlier ones have come back, and a time is counted from the moment
a request was due: waiting for others counts. Every user is new at the start; every `--every`th request adds.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from memory_chain import MemoryManager

SAID = (
    "I moved to Porto in March and work as a baker there.",
    "My sister Ana plays chess on Sundays, and I love it too.",
    "We watched the football match in the rain; it was awful.",
    "I am allergic to peanuts and prefer tea to coffee.",
)
ASKED = ("Where do I live?", "Who plays chess?", "What am I allergic to?", "What did we watch in the rain?")

Request = Callable[[str, int, bool], None]
"""One request: (user id, number, whether it adds)."""


@contextmanager
def in_process(home: Path, open_chains: int):
    """Requests straight to a manager."""
    with MemoryManager.open(home, open_chains=open_chains) as memory:

        def request(user_id: str, number: int, adds: bool) -> None:
            if adds:
                memory.add(SAID[number % len(SAID)], user_id=user_id, session_id="s")
            else:
                memory.retrieve(ASKED[number % len(ASKED)], user_id=user_id)

        yield request


@contextmanager
def served(home: Path, _: int):
    """Requests over HTTP to a server of its own process, which decides itself how many chains it holds open."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "memory_chain", "--home", str(home), "serve", "--port", str(port), "--rate", "0"]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}/v1/users"

    def post(path: str, body: object) -> None:
        asked = urllib.request.Request(
            f"{base}/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            answer.read()

    def request(user_id: str, number: int, adds: bool) -> None:
        if adds:
            message = {"role": "user", "content": SAID[number % len(SAID)]}
            post(f"{user_id}/messages", {"messages": [message], "session_id": "s"})
        else:
            post(f"{user_id}/retrieve", {"query": ASKED[number % len(ASKED)]})

    try:
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > end or server.poll() is not None:
                    raise SystemExit((home / "server.log").read_text()) from None
                time.sleep(0.1)
        yield request
    finally:
        server.terminate()
        server.wait(20)


def run(request: Request, *, users: int, rate: float, seconds: float, every: int, threads: int, seed: int):
    """Send the requests; returns (first contacts, later requests, errors), times in milliseconds."""
    draw = random.Random(seed)
    total = int(rate * seconds)
    # New users are met evenly over the first half, the others come back by chance.
    new_every = max(1, total // 2 // users)
    plan, known = [], 0
    for number in range(total):
        if known < users and number % new_every == 0:
            plan.append((f"user-{known}", True, True))
            known += 1
        else:
            # Not one who was met in this very second: a retrieve must find the memory there.
            settled = max(1, known - int(rate / new_every))
            plan.append((f"user-{draw.randrange(settled)}", False, number % every == 0))
    first, later, errors = [], [], []
    lock = threading.Lock()

    def one(number: int, due: float) -> None:
        user_id, new, adds = plan[number]
        try:
            request(user_id, number, adds)
        except Exception as error:
            with lock:
                errors.append(f"{user_id}: {type(error).__name__}: {error}"[:200])
            return
        took = (time.perf_counter() - due) * 1000
        with lock:
            (first if new else later).append(took)

    start = time.perf_counter() + 0.1
    with ThreadPoolExecutor(threads) as pool:
        for number in range(total):
            due = start + number / rate
            wait = due - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            pool.submit(one, number, due)
    return first, later, errors, time.perf_counter() - start


def told(name: str, times: list[float]) -> str:
    """The percentiles of a list of times."""
    if len(times) < 2:
        return f"{name:<14} {len(times)} requests"
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return (
        f"{name:<14} {len(times):>6} requests  p50 {cuts[49]:8.1f} ms  p95 {cuts[94]:8.1f} ms  "
        f"p99 {cuts[98]:8.1f} ms  max {max(times):8.1f} ms"
    )


def main() -> int:
    """Run it; 1 if a request failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--every", type=int, default=2, help="every so manyth request of a known user adds")
    parser.add_argument("--threads", type=int, default=40)
    parser.add_argument("--open-chains", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--served", action="store_true")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        (served if given.served else in_process)(Path(folder), given.open_chains) as request,
    ):
        first, later, errors, took = run(
            request,
            users=given.users,
            rate=given.rate,
            seconds=given.seconds,
            every=given.every,
            threads=given.threads,
            seed=given.seed,
        )
    done = len(first) + len(later)
    print(f"{done} of {done + len(errors)} requests succeeded in {took:.1f} s ({done / took:.1f} a second)")
    print(told("first contact", first))
    print(told("later", later))
    print(told("all", first + later))
    for error in errors[:5]:
        print("error:", error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
