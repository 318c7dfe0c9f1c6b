"""Commands with a language model: a stub server on this computer that speaks OpenAI's protocol."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_helpers import Omem, command, environment

sys.path.insert(0, str(Path(__file__).parents[1]))  # for fault_server, which tests of other folders use, too

from fault_server import FaultServer


@pytest.fixture
def model(tmp_path: Path) -> Iterator[FaultServer]:
    with FaultServer() as server:
        (tmp_path / "config.yaml").write_text(
            f"llm_model: stub\nopenai_api_key: sk-secret\nopenai_base_url: {server.base_url}\nllm_attempts: 1\n"
        )
        yield server


def test_one_reply(model: FaultServer, omem: Omem):
    done = omem("chat", "I", "live", "in", "Rome.")
    assert (done.code, done.err) == (0, "")
    assert done.out.strip()
    said = omem("messages", "--json").lines
    assert [one["role"] for one in said] == ["user", "assistant"]
    assert said[0]["text"] == "I live in Rome."
    assert said[1]["text"] == done.out.strip()


def test_a_conversation_from_a_pipe_is_understood_at_its_end(model: FaultServer, omem: Omem):
    done = omem("chat", "--json", stdin="I live in Rome.\n\nI love pasta.\n")
    assert (done.code, done.err) == (0, "")
    assert len(done.lines) == 2
    assert {"text", "context", "tokens_in", "tokens_out"} <= set(done.lines[0])
    state = omem("status", "--json").json
    assert (state["messages"], state["waiting_for_model"]) == (4, 0)
    assert "extract" in omem("costs", "--json").json["by_purpose"]


def test_ask_remembers_nothing(model: FaultServer, omem: Omem):
    omem("add", "I live in Rome.")
    done = omem("ask", "Where do I live?", "--explain")
    assert done.code == 0
    assert "of 1,500 tokens" in done.out
    assert len(omem("messages", "--json").lines) == 1
    assert omem("ask", "Where?", "--json").json["text"]


def test_the_model_reads_on_flush_and_not_before(model: FaultServer, omem: Omem):
    said = omem("add", "--jsonl", "-", stdin="\n".join(f'{{"text": "I like fruit number {n}."}}' for n in range(30)))
    assert said.out == "Stored 30 messages, 30 wait for the model (`omem flush` sends them).\n"
    assert model.requests == []
    assert omem("status", "--json").json["waiting_for_model"] == 30
    assert "`omem flush` sends them" in omem("status").out
    assert omem("flush", "--json").json["waiting_for_model"] == 0
    assert 3 <= len(model.requests) <= 5
    assert "extract" in omem("costs").out
    assert "extract by stub" in omem("costs", "--ledger").out


def test_what_failed_is_told_and_tried_again(model: FaultServer, omem: Omem):
    omem("add", "I live in Rome.")
    model.queue("500")
    assert omem("flush").code == 0
    status = omem("status")
    assert "last error" in status.out
    assert "paused" in status.out
    assert omem("retry", "--json").json["waiting_for_model"] == 0


def test_a_key_is_never_shown(model: FaultServer, omem: Omem):
    model.queue("401")
    done = omem("chat", "hello", "--json")
    assert done.code == 5
    assert "sk-secret" not in done.out + done.err + omem("status").out + omem("costs", "--ledger").out


def test_a_failure_in_a_conversation_does_not_end_it(model: FaultServer, omem: Omem):
    model.queue("500")
    done = omem("chat", stdin="first\nsecond\n")
    assert done.code == 5
    assert done.err.startswith("omem: ")
    assert [one["text"] for one in omem("messages", "--json").lines][:2] == ["first", "second"]


@pytest.mark.skipif(os.name == "nt", reason="terminals of Unix")
def test_a_conversation_at_a_terminal(model: FaultServer, home: Path):
    import pty

    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        command(home, "chat"), stdin=theirs, stdout=theirs, stderr=theirs, env=environment(TERM="xterm"), close_fds=True
    )
    os.close(theirs)
    seen = b""

    def until(words: bytes) -> None:
        nonlocal seen
        end = time.monotonic() + 20
        while words not in seen and time.monotonic() < end:
            if select.select([ours], [], [], 0.2)[0]:
                try:
                    seen += os.read(ours, 65536)
                except OSError:  # the other side is closed
                    break
        assert words in seen, seen
        seen = seen.split(words, 1)[1]

    until(b"Talking as me")
    until("you › ".encode())
    os.write(ours, b"I live in Rome.\n")
    until("you › ".encode())
    os.write(ours, b"/why\n")
    until(b"tokens")
    os.write(ours, b"/unknown\n")
    until(b"/why shows")
    os.write(ours, b"/quit\n")
    assert running.wait(timeout=20) == 0
    os.close(ours)
