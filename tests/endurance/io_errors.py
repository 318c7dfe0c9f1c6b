"""Every write, sync and truncate of a scripted run fails once, with an I/O error and with a full disk.

    python tests/endurance/io_errors.py [--limit N]

An apsw VFS counts the calls that change files and lets the n-th fail, for every n and both errors. A write that
fails has written half. After each failure the file is opened again without faults: it has to be whole, hold every
acknowledged message once, and the failing call has to have raised an error of our own tree. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw

from memory_chain.errors import MemoryChainError, StorageError
from memory_chain.storage.base import Derived
from memory_chain.storage.sqlite import SQLiteStore
from memory_chain.types import Attitude, Message, Observation, ObservedAttribute

NAME = "omem-faults"
MAY = datetime(2024, 5, 1, tzinfo=UTC)


class Plan:
    """Which call fails, and how many have been seen."""

    def __init__(self) -> None:
        self.seen = 0
        self.fail_at = 0
        self.error: type[apsw.Error] = apsw.IOError
        self.failed = False

    def arm(self, fail_at: int, error: type[apsw.Error]) -> None:
        self.seen, self.fail_at, self.error, self.failed = 0, fail_at, error, False

    def fails(self) -> bool:
        self.seen += 1
        self.failed |= self.seen == self.fail_at
        return self.seen == self.fail_at

    def step(self) -> None:
        if self.fails():
            raise self.error(f"injected at call {self.seen}")


PLAN = Plan()


class FaultyFile(apsw.VFSFile):
    def __init__(self, name, flags):
        super().__init__("", name, flags)

    def xWrite(self, data, offset):
        if PLAN.fails():
            super().xWrite(bytes(data)[: len(data) // 2], offset)  # as a real disk does: a part gets there
            raise PLAN.error(f"injected at write {PLAN.seen}")
        return super().xWrite(data, offset)

    def xSync(self, flags):
        PLAN.step()
        return super().xSync(flags)

    def xTruncate(self, size):
        PLAN.step()
        return super().xTruncate(size)


class FaultyVFS(apsw.VFS):
    def __init__(self):
        super().__init__(NAME, "")

    def xOpen(self, name, flags):
        return FaultyFile(name, flags)


def message(number: int) -> Message:
    text = f"message {number} with some words to fill a page " * 20
    return Message(id=f"m{number}", text=text, created_at=MAY + timedelta(minutes=number))


def workload(store: SQLiteStore, acknowledged: list[str]) -> None:
    """What a small life of a memory writes."""
    for number in range(6):
        store.add_messages([message(number)])
        acknowledged.append(f"m{number}")
    tea = ObservedAttribute(section="diet", aspect="like", value="tea", text="The user likes tea.")
    store.put_observations(
        [
            Observation(message_id="m0", topics=("green tea",), attitude=Attitude.POSITIVE, attributes=(tea,)),
            Observation(message_id="m1", topics=("chess",)),
        ]
    )
    store.apply(Derived(history_since=MAY))
    store.dequeue(["m0", "m1"])
    store.set_meta("a", "b")
    store.forget_messages(["m5"])
    acknowledged.remove("m5")
    store.erase_traces()
    store.add_messages([message(number) for number in range(10, 14)])
    acknowledged.extend(f"m{number}" for number in range(10, 14))


def one_round(folder: Path, fail_at: int, error: type[apsw.Error]) -> tuple[str, bool]:
    """Run the workload with one fault; returns what happened, and whether the fault was reached."""
    path = folder / f"{fail_at}-{error.__name__}.omem"
    acknowledged: list[str] = []
    told = ""
    PLAN.arm(fail_at, error)
    try:
        store = SQLiteStore(path, user_id="alice", vfs=NAME)
        try:
            workload(store, acknowledged)
        finally:
            store.close()
    except MemoryChainError as failure:
        told = type(failure).__name__
    except apsw.Error as failure:
        return f"raw {type(failure).__name__}: {failure}", PLAN.failed
    reached = PLAN.failed
    PLAN.arm(0, apsw.IOError)
    return _judge(path, acknowledged, told, reached), reached


def _judge(path: Path, acknowledged: list[str], told: str, reached: bool) -> str:
    try:
        store = SQLiteStore(path, user_id="alice")
    except StorageError as failure:
        return f"cannot be opened: {failure}"
    ids = [one.id for one in store.list_messages()]
    faults = store.check()
    store.close()
    if faults:
        return f"damaged: {faults}"
    if lost := set(acknowledged) - set(ids):
        return f"lost: {sorted(lost)}"
    if len(ids) != len(set(ids)):
        return "doubled"
    if reached and not told:
        return "survived"  # a fault that SQLite itself could mend, e.g. of the shared memory
    return f"told {told}" if told else "no fault"


def sweep(limit: int | None = None, stride: int = 1) -> dict[str, object]:
    """All faults of the workload, or every `stride`-th up to `limit`."""
    vfs = FaultyVFS()
    outcomes: Counter[str] = Counter()
    bad: list[str] = []
    started = time.perf_counter()
    rounds = 0
    with tempfile.TemporaryDirectory() as folder:
        for error in (apsw.IOError, apsw.FullError):
            fail_at = 1
            while limit is None or fail_at <= limit:
                outcome, reached = one_round(Path(folder), fail_at, error)
                if not reached:
                    if outcome != "no fault":
                        bad.append(f"without any fault: {outcome}")
                    break
                rounds += 1
                outcomes[outcome.split(":")[0]] += 1
                if not (outcome.startswith("told") or outcome == "survived"):
                    bad.append(f"{error.__name__} at {fail_at}: {outcome}")
                fail_at += stride
    del vfs
    return {
        "injected": rounds,
        "outcomes": dict(outcomes),
        "bad": bad,
        "seconds": round(time.perf_counter() - started, 1),
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--limit", type=int, default=None, help="the last call to let fail (default: all)")
    result = sweep(arguments.parse_args().limit)
    print(json.dumps(result))
    sys.exit(1 if result["bad"] else 0)
