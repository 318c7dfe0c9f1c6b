"""`kill -9` of the server under load, again and again over the same memories; a script.

    python tests/server/kill_server.py [--times 20] [--writers 4]

Writers add messages with known ids and note each that is acknowledged; some send what is already there once more, as a
client does that heard no answer. The server is killed at a random moment, started again, and asked for all messages:
every acknowledged one has to be there once, whole, and each file has to pass its check. It exits with 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from load import served

from memory_chain import MemoryManager

USERS = 8


def text_of(number: int) -> str:
    """What a message says; long enough that half of it would be seen."""
    return f"Message {number}: I love tea number {number}. " + "and so on " * (number % 40) + f"end {number}"


@dataclass
class Ledger:
    """What was sent (and as whom) and what was acknowledged; each writer has numbers of its own."""

    sent: dict[int, str] = field(default_factory=dict)
    acknowledged: set[int] = field(default_factory=set)
    refused: Counter[int] = field(default_factory=Counter)


@dataclass
class Found:
    """What is wrong after a kill."""

    lost: set[int] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    damaged: list[str] = field(default_factory=list)


def write(url: str, ledger: Ledger, start: int, seed: int) -> None:
    """Add messages, one to three a request, until the server is gone."""
    drawn, number = random.Random(seed), start
    with httpx2.Client(base_url=url, timeout=20) as client, suppress(httpx2.TransportError):
        while True:
            some = range(number, number + drawn.randint(1, 3))
            number = some.stop
            user = f"user-{drawn.randrange(USERS)}"
            ledger.sent.update(dict.fromkeys(some, user))
            for _ in range(2 if drawn.random() < 0.1 else 1):  # once more with the same ids: a no-op
                _add(client, ledger, user, some)


def _add(client: httpx2.Client, ledger: Ledger, user: str, some: range) -> None:
    messages = [
        {"id": f"m-{number}", "content": text_of(number), "created_at": "2026-05-03T18:30:00Z"} for number in some
    ]
    answer = client.post(f"/v1/users/{user}/messages", json={"messages": messages})
    if answer.status_code in (200, 201):
        ledger.acknowledged.update(some)
    else:
        ledger.refused[answer.status_code] += 1


def look(url: str, ledger: Ledger) -> Found:
    """Ask a server that was started again for everything."""
    found, seen = Found(), Counter[str]()
    with httpx2.Client(base_url=url, timeout=60) as client:
        for user in sorted(set(ledger.sent.values())):
            for message in _messages(client, user):
                seen[message["id"]] += 1
                number = int(message["id"].removeprefix("m-"))
                if message["text"] != text_of(number) or ledger.sent.get(number) != user:
                    found.damaged.append(message["id"])
    found.lost = {number for number in ledger.acknowledged if not seen[f"m-{number}"]}
    found.doubled = {name for name, times in seen.items() if times > 1}
    return found


def _messages(client: httpx2.Client, user: str) -> Iterator[dict[str, Any]]:
    given: dict[str, Any] = {"limit": 1000}
    while True:
        answer = client.get(f"/v1/users/{user}/messages", params=given)
        if answer.status_code == 404:
            return  # nothing of this user was stored; what was acknowledged is missed by the caller
        page = answer.raise_for_status().json()
        yield from page["items"]
        if page["next_cursor"] is None:
            return
        given["cursor"] = page["next_cursor"]


def kill_once(home: Path, log: Path, ledger: Ledger, *, round_: int, writers: int, drawn: random.Random) -> None:
    """Let writers write and kill the server under them."""
    with served(home, log) as (process, url):
        threads = [
            threading.Thread(
                target=write, args=(url, ledger, (round_ * writers + place) * 100_000, round_ * 100 + place)
            )
            for place in range(writers)
        ]
        before = len(ledger.acknowledged)
        for thread in threads:
            thread.start()
        end = time.monotonic() + 30
        while len(ledger.acknowledged) < before + 50 and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(drawn.uniform(0, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        for thread in threads:
            thread.join(30)


def main() -> int:
    """Kill and look, and check the files at the end."""
    parser = argparse.ArgumentParser(description="kill -9 of the server under load.")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    ledger, drawn, all_found = Ledger(), random.Random(given.seed), Found()
    with tempfile.TemporaryDirectory(prefix="omem-kill-") as folder:
        home, log = Path(folder) / "home", Path(folder) / "log"
        for round_ in range(given.times):
            kill_once(home, log, ledger, round_=round_, writers=given.writers, drawn=drawn)
            with served(home, log) as (_, url):
                found = look(url, ledger)
            all_found.lost |= found.lost
            all_found.doubled |= found.doubled
            all_found.damaged += found.damaged
            print(
                f"kill {round_ + 1}: acknowledged {len(ledger.acknowledged):,}, lost {len(found.lost)}", file=sys.stderr
            )
        with MemoryManager.open(home, consolidate="manual") as manager:
            for user in manager.users():
                all_found.damaged += [f"{user}: {problem}" for problem in manager.check(user)]
    unsure = len(ledger.sent.keys() - ledger.acknowledged)
    print(
        f"{given.times} kills, {len(ledger.acknowledged):,} messages acknowledged, {unsure} sent without an answer, "
        f"refused {dict(ledger.refused)}; lost {len(all_found.lost)}, doubled {len(all_found.doubled)}, "
        f"damaged {len(all_found.damaged)}; load average {os.getloadavg()[0]:.1f}"
    )
    for problem in all_found.damaged[:10]:
        print(f"- {problem}")
    return 1 if all_found.lost or all_found.doubled or all_found.damaged or ledger.refused else 0


if __name__ == "__main__":
    sys.exit(main())
