"""How `omem mcp` ends in the middle of calls: with its input, with its output, at a signal. Raw JSON-RPC over pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from memory_chain import MemoryManager

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": "first",
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
LIST = {"jsonrpc": "2.0", "id": "list", "method": "tools/list"}
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")


class Served:
    """A running `omem mcp`, past its greeting."""

    def __init__(self, process: subprocess.Popen[bytes], home: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.home = process, home
        self.input, self.output = process.stdin, process.stdout
        self.send(INITIALIZE)
        assert self.answer()["id"] == "first"
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, *messages: dict[str, Any] | bytes) -> None:
        for one in messages:
            self.input.write((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n")
        self.input.flush()

    def answer(self) -> dict[str, Any]:
        return json.loads(self.output.readline())

    def ended(self) -> list[dict[str, Any]]:
        """The further answers of a process that ends well and in silence."""
        status = self.process.wait(30)
        answers = [] if self.output.closed else [json.loads(line) for line in self.output]
        assert self.process.stderr is not None
        assert (status, self.process.stderr.read()) == (0, b"")
        return answers

    def stored(self) -> list[str]:
        with MemoryManager.open(self.home) as manager:
            return sorted(message.text for message in manager.messages("alice"))


@pytest.fixture
def started(tmp_path) -> Iterator[Served]:
    with running(tmp_path) as found:
        yield found


@contextmanager
def running(home: Path) -> Iterator[Served]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMEM_", "OPENAI_"))}
    with subprocess.Popen(
        [sys.executable, "-m", "memory_chain", "mcp"],
        env={**kept, "OMEM_HOME": str(home), "OMEM_USER": "alice"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield Served(process, home)
        finally:
            process.kill()


def remember(number: int) -> dict[str, Any]:
    given = {"text": f"I like tea number {number}.", "source": "user"}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "remember", "arguments": given}}


def cancel(number: int) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}}


def test_what_was_asked_before_the_input_ended_is_done_and_answered(started):
    started.send(*(remember(number) for number in range(60)))
    started.input.close()
    assert {one["id"] for one in started.ended()} == set(range(60))
    assert len(started.stored()) == 60


def test_a_client_that_does_not_listen_any_more_ends_it_in_silence(started):
    started.send(remember(1))
    assert started.answer()["id"] == 1
    started.output.close()
    started.send(remember(2))
    started.ended()  # although its input is still open
    assert set(started.stored()) == {"I like tea number 1.", "I like tea number 2."}


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_after_the_calls_under_way(started, number):
    started.send(*(remember(place) for place in range(5)))
    first = started.answer()
    started.process.send_signal(number)
    answers = [first, *started.ended()]
    assert len(started.stored()) == len(answers) >= 1


@posix
def test_a_signal_ends_it_while_nothing_is_asked(started):
    started.process.send_signal(signal.SIGINT)
    assert started.ended() == []


def test_cancelled_calls_leave_it_working(started):
    for number in range(10):
        started.send(remember(number), cancel(number))
    started.send(LIST)
    answers = [started.answer()]
    while answers[-1]["id"] != "list":
        answers.append(started.answer())
    assert len(answers[-1]["result"]["tools"]) == 6
    started.input.close()
    started.ended()


def test_what_is_no_message_leaves_it_working(started):
    unknown = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "nope"}}
    started.send(b"no json", b"{}", b"[]", b"\xff\xfe", b"[1" * 5000, unknown, LIST)
    started.input.close()
    assert {"list", 1} <= {one.get("id") for one in started.ended()}
