"""Kill -9 during writes: nothing acknowledged is lost, nothing is doubled, nothing is half-written.

    python tests/endurance/kill9.py --rounds 1000

A round: a process adds messages to one user, with background understanding on, and acknowledges each over a pipe
after `add` returned; a second process adds to the same user; at a random moment, 5 to 80 ms after the first
acknowledgement, the first is killed with SIGKILL, and in half of the rounds the second, too (else it goes on a
little and stops by itself, so that a survivor's writes over a dead writer's are tried). Then the memory is opened
and looked through. A memory is used for several rounds, so that crashes upon crashes are tried as well.

Prints one JSON object; the exit code is 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import select
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from memory_chain import MemoryManager
from memory_chain.bench.text import Generator
from memory_chain.consolidation import Consolidator
from memory_chain.extraction.rules import RuleWriter
from memory_chain.schema import default_schema
from memory_chain.storage.sqlite import SQLiteHome, SQLiteStore
from memory_chain.utils import utc_now
from memory_chain.working_memory import WorkingMemory

USER = "user"
ROUNDS_A_HOME = 5
EARLIEST_SECONDS, LATEST_SECONDS = 0.005, 0.080
START_SECONDS = 30.0
"""How long to wait for the first acknowledgement."""

SURVIVES_SECONDS = 0.03
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
SAID_BEFORE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class Tally:
    """What happened over all rounds. `wrong` is empty if all is well."""

    rounds: int = 0
    kills: int = 0
    acknowledged: int = 0
    stored: int = 0
    unacknowledged: int = 0
    """Stored, but killed before it was acknowledged: at most one for each process that was killed."""
    interrupted: int = 0
    """Rounds after which some messages were stored, but not yet understood."""
    attributes: int = 0
    wrong: list[str] = field(default_factory=list)


# -- the processes that add --


def child(home: Path, tag: str, seed: int, acknowledge: int, stop: int) -> None:
    """Add messages until killed, or until the other end of `stop` is closed."""
    texts = _texts(seed)
    with MemoryManager.open(home, consolidate="background") as memory:
        for number in itertools.count():
            message_id = f"{tag}-{number}"
            said_at = BEGINNING + timedelta(seconds=number)
            memory.add(next(texts), user_id=USER, message_id=message_id, created_at=said_at)
            os.write(acknowledge, f"{message_id}\n".encode())
            if select.select([stop], [], [], 0)[0]:
                return


def _texts(seed: int) -> Iterator[str]:
    """Facts and chatter in turns, so that there is always something to understand."""
    generator = Generator(seed)
    while True:
        yield generator.fact()
        yield generator.chatter()


@dataclass(kw_only=True)
class Adder:
    """A running child: its process id, and the pipes to and from it."""

    pid: int
    acknowledged: int
    stop: int

    @classmethod
    def start(cls, home: Path, tag: str, seed: int) -> Adder:
        told, tells = os.pipe()
        stopped, stops = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(told)
                os.close(stops)
                child(home, tag, seed, tells, stopped)
                code = 0
            except BaseException:
                traceback.print_exc()  # os._exit would swallow it
                raise
            finally:
                os._exit(code)
        os.close(tells)
        os.close(stopped)
        return cls(pid=pid, acknowledged=told, stop=stops)

    def wait_for_first(self) -> None:
        """Wait for the first acknowledgement.

        Raises:
            TimeoutError: none came.
        """
        if not select.select([self.acknowledged], [], [], START_SECONDS)[0]:
            raise TimeoutError(f"no message was acknowledged within {START_SECONDS} seconds")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def end(self) -> tuple[list[str], int]:
        """All acknowledged ids and the exit code, once it has ended (asking it to stop does no harm to a dead one)."""
        os.close(self.stop)
        told = b""
        while part := os.read(self.acknowledged, 65536):
            told += part
        os.close(self.acknowledged)
        _, status = os.waitpid(self.pid, 0)
        return told.decode().split(), os.waitstatus_to_exitcode(status)


# -- one round --


def play(home: Path, number: int, lots: random.Random, acknowledged: Counter[str], tally: Tally) -> None:
    """Add from two processes and kill; what was acknowledged is added to `acknowledged`."""
    first = Adder.start(home, f"r{number}a", 2 * number)
    second = Adder.start(home, f"r{number}b", 2 * number + 1)
    first.wait_for_first()
    time.sleep(lots.uniform(EARLIEST_SECONDS, LATEST_SECONDS))
    kills_both = lots.random() < 0.5
    first.kill()
    if kills_both:
        second.kill()
    else:
        time.sleep(SURVIVES_SECONDS)
    tally.kills += 1 + kills_both
    for adder, killed in ((first, True), (second, kills_both)):
        ids, code = adder.end()
        acknowledged.update(ids)
        if code != (-signal.SIGKILL if killed else 0):
            tally.wrong.append(f"round {number}: a process ended with {code}")


def inspect(home: Path, number: int, acknowledged: Counter[str], kills: int, tally: Tally) -> None:
    """Open the memory as any user would after a crash, and look through it."""
    wrong = [*_state(home, tally), *_found(home, acknowledged, kills, tally), *_state(home, None)]
    tally.wrong.extend(f"round {number}: {one}" for one in wrong)


def _state(home: Path, tally: Tally | None) -> Iterator[str]:
    """Each message is either unread or read, whole; the derived state is what the log of observations gives."""
    store = SQLiteHome(home).open(USER, create=False)
    try:
        yield from (f"check: {one}" for one in store.check())
        ids = [message.id for message in store.list_messages()]
        unread = [item.message.id for item in store.waiting(limit=len(ids) + 1)]
        observed = store.get_observations(ids)
        if len(unread) != len(set(unread)):
            yield "a message waits twice"
        if both := set(unread) & set(observed):
            yield f"{len(both)} messages are read, and wait to be read"
        if lost := set(ids) - set(unread) - set(observed):
            yield f"{len(lost)} messages are neither read nor wait to be read"
        if strange := (set(unread) | set(observed)) - set(ids):
            yield f"{len(strange)} messages wait or are read, but are not there"
        if tally is None and unread:
            yield f"{len(unread)} messages still wait after all was read"
        if tally is not None:
            tally.interrupted += bool(unread)
        yield from _replayed(store)
    finally:
        store.close()


def _replayed(store: SQLiteStore) -> Iterator[str]:
    stored = _derived(store)
    consolidator = Consolidator(
        store,
        schema=default_schema(),
        rules=RuleWriter(schema=default_schema()),
        model_writer=None,
        merger=None,
        working=WorkingMemory(),
        memory_types=(),
        clock=utc_now,
    )
    with store.transaction():
        consolidator.replay(SAID_BEFORE)
    for name, before, after in zip(("attributes", "events", "changes"), stored, _derived(store), strict=True):
        if before != after:
            yield f"the stored {name} are not those that the log gives ({len(before)}, {len(after)})"


def _derived(store: SQLiteStore) -> tuple[list[str], list[str], list[str]]:
    return (
        sorted(map(repr, store.attributes())),
        sorted(map(repr, store.events())),
        sorted(map(repr, store.changes())),
    )


def _found(home: Path, acknowledged: Counter[str], kills: int, tally: Tally) -> Iterator[str]:
    """Every acknowledged message is there exactly once, in time order, and can be found."""
    with MemoryManager.open(home, consolidate="manual") as memory:
        status = memory.flush(USER)
        messages = memory.messages(USER)
        tally.attributes += status.attributes
        yield from (f"doctor: {one}" for one in memory.check(USER))
        stored = Counter(message.id for message in messages)
        if doubled := [one for one, count in stored.items() if count > 1] + [
            one for one, count in acknowledged.items() if count > 1
        ]:
            yield f"doubled: {doubled}"
        if lost := set(acknowledged) - set(stored):
            yield f"lost: {sorted(lost)}"
        extra = len(set(stored) - set(acknowledged))
        if extra > kills:
            yield f"{extra} messages are there that nobody acknowledged, after {kills} kills"
        if len({message.seq for message in messages}) != len(messages):
            yield "two messages have the same number"
        if messages != sorted(messages, key=lambda message: (message.created_at, message.seq)):
            yield "messages are not in time order"
        if messages:
            newest = messages[-1]
            hits = memory.search(newest.text, user_id=USER, limit=50)
            if newest.text not in {hit.text for hit in hits}:
                yield f"{newest.id} is there, but cannot be found"


# -- all rounds --


def run(rounds: int, seed: int, folder: Path) -> Tally:
    """Play and inspect so many rounds."""
    lots = random.Random(seed)
    tally = Tally()
    _warm_up(folder / "warm")
    for start in range(0, rounds, ROUNDS_A_HOME):
        home = folder / f"home-{start}"
        acknowledged: Counter[str] = Counter()
        kills_before = tally.kills
        for number in range(start, min(rounds, start + ROUNDS_A_HOME)):
            play(home, number, lots, acknowledged, tally)
            inspect(home, number, acknowledged, tally.kills - kills_before, tally)
            tally.rounds += 1
        tally.acknowledged += acknowledged.total()
        with MemoryManager.open(home, consolidate="manual") as memory:
            tally.stored += memory.status(USER).messages
    tally.unacknowledged = tally.stored - tally.acknowledged
    return tally


def _warm_up(home: Path) -> None:
    """Import and compile all that a child needs, so that forking it is cheap."""
    with MemoryManager.open(home, consolidate="inline") as memory:
        memory.add("I love chess and I live in Lisbon.", user_id=USER)
        memory.retrieve("Where do I live?", user_id=USER)


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill -9 while messages are added.")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="omem-kill9-") as folder:
        tally = run(options.rounds, options.seed, Path(folder))
    seconds = round(time.perf_counter() - start, 1)
    print(json.dumps({**vars(tally), "wrong": tally.wrong[:20], "failures": len(tally.wrong), "seconds": seconds}))
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
