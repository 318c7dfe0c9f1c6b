"""Every exit code, and what is said with it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_helpers import Omem, command, environment
from typer.testing import CliRunner

from memory_chain.cli import app
from memory_chain.memory_manager import MemoryManager


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["profil"], "No such command 'profil'. Did you mean 'profile'?"),
        (["search"], "Missing argument 'QUESTION'."),
        (["search", "x", "--limit", "0"], "--limit"),
        (["add"], "Give a text, `-` to read one from standard input, or --jsonl FILE."),
        (["add", "x", "--jsonl", "y"], "Give a text"),
        (["add", "x", "--at", "yesterday"], "'yesterday' is no ISO 8601 time. Write for example 2024-05-03"),
        (["add", "x", "--at", "1850-01-01"], "before 1900"),
        (["add", "x", "--at", "2999-01-01"], "more than a day ahead"),
        (["add", "x", "--role", "king"], "king"),
        (["add", "  "], "has no text"),
        (["add", "--jsonl", "missing.jsonl"], "missing.jsonl cannot be read"),
        (["add", "--jsonl", "-", "--id", "x"], "--id names one message"),
        (["add", "x", "-u", " "], "The user id is empty"),
        (["add", "x", "-u", "u" * 300], "at most 256"),
        (["add", "x", "--id", "edit-1"], "kept for corrections"),
        (["profile", "--as-of", "soon"], "'soon' is no ISO 8601 time"),
        (["retrieve", "x", "--budget", "0"], "budget_tokens is 0"),
        (["retrieve", "x", "--min-trust", "blind"], "blind"),
        (["correct", "x"], "Say what is right: --value VALUE, --text TEXT, or --ended."),
        (["forget"], "Say one thing to forget"),
        (["forget", "m0", "--everything"], "Say one thing to forget"),
        (["forget", "m0"], "Nobody can be asked here: say --yes"),
        (["revoke"], "--source SOURCE, --since TIME, or both"),
        (["revoke", "--source", "tool"], "say --yes"),
        (["import", "missing.jsonl"], "missing.jsonl cannot be read"),
        (["--config", "missing.yaml", "users"], "missing.yaml cannot be read"),
        (["chat", "hi"], "`chat` needs a language model and none is configured. Set `llm_model` in config.yaml"),
        (["ask", "hi"], "`answer` needs a language model and none is configured"),
    ],
)
def test_bad_input_is_2(told: Omem, args: list[str], words: str):
    done = told(*args)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("omem: ")
    assert done.err.count("\n") == 1
    assert words in done.err
    assert "Traceback" not in done.err
    as_json = told(*args, "--json")
    assert as_json.code == 2
    assert as_json.out == ""
    assert set(as_json.error) == {"type", "message"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "Line 1 of - is no JSON"),
        ('{"text": "a"}\n\n[1]', "Line 3 of - is no JSON object"),
        ('{"text": "a"}\n{"txt": "b"}', "unknown key 'txt'. Did you mean 'text'?"),
        ('{"text": "a", "created_at": "2024-05-03T10:00"}', "time without a zone"),
        ("", "no messages"),
        (b"\xff\xfe\x00", "is no JSON"),
    ],
)
def test_a_wrong_file_stores_nothing(omem: Omem, content: str | bytes, words: str):
    done = omem("add", "--jsonl", "-", stdin=content)
    assert done.code == 2
    assert words in done.err
    assert omem("users").out.startswith("Nobody yet")


def test_the_same_id_with_other_words_is_2(told: Omem):
    done = told("add", "Other words", "--id", "m0")
    assert (done.code, "already stored with another text" in done.err) == (2, True)


def test_an_unknown_setting_is_2(omem: Omem, tmp_path: Path):
    (tmp_path / "config.yaml").write_text("llm_modell: x")
    done = omem("users", "--json")
    assert (done.code, done.error["type"]) == (2, "ConfigurationError")
    assert "Did you mean `llm_model`?" in done.error["message"]


def test_an_export_is_not_overwritten(told: Omem, tmp_path: Path):
    (tmp_path / "e.jsonl").write_text("mine")
    done = told("export", "e.jsonl")
    assert (done.code, "--force" in done.err) == (2, True)
    assert (tmp_path / "e.jsonl").read_text() == "mine"


def test_an_import_over_a_memory_is_2(told: Omem):
    told("export", "e.jsonl")
    done = told("import", "e.jsonl")
    assert (done.code, "There is a memory of this user already" in done.err) == (2, True)


@pytest.mark.parametrize(
    "args",
    [
        ["profile"],
        ["messages"],
        ["status"],
        ["search", "x"],
        ["retrieve", "x"],
        ["events"],
        ["topics"],
        ["sessions"],
        ["history"],
        ["flush"],
        ["costs"],
        ["rebuild"],
        ["retry"],
        ["doctor"],
        ["export", "x.jsonl"],
        ["forget", "--everything", "--yes"],
    ],
)
def test_an_unknown_user_is_3(omem: Omem, home: Path, args: list[str]):
    done = omem("-u", "nobody", *args)
    assert (done.code, done.out) == (3, "")
    assert "there is no memory of user 'nobody' yet. Begin with `omem add" in done.err
    assert omem("-u", "nobody", *args, "--json").error["type"] == "UnknownUserError"
    assert omem("users", "--json").out == ""


@pytest.mark.parametrize(
    "args", [["correct", "zzzz", "--ended"], ["undo", "zzzz"], ["forget", "zzzz", "-y"], ["history", "zzzz"]]
)
def test_an_unknown_id_is_3(told: Omem, args: list[str]):
    done = told(*args)
    assert (done.code, done.out) == (3, "")
    assert "with id 'zzzz'" in done.err


def test_the_beginning_of_several_ids_is_2(told: Omem):
    told("add", "one", "--id", "same-1")
    told("add", "two", "--id", "same-2")
    done = told("forget", "same", "-y")
    assert (done.code, "Several ids begin with 'same': same-1, same-2" in done.err) == (2, True)


def test_a_foreign_file_is_4(told: Omem, home: Path):
    (file,) = [
        file for file in home.rglob("*") if file.is_file() and file.stat().st_size > 4096 and "-" not in file.suffix
    ]
    for other in file.parent.glob(f"{file.name}-*"):
        other.unlink()
    file.write_bytes(b"this is no database at all" * 1000)
    done = told("profile")
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("omem: ")
    assert "Traceback" not in done.err


def test_what_doctor_finds_wrong_is_1(told: Omem, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(MemoryManager, "check", lambda *_, **__: ["the index lacks message m1"])
    done = told("doctor")
    assert done.code == 1
    assert "wrong  me  the index lacks message m1" in done.out
    as_json = told("doctor", "--json")
    assert (as_json.code, as_json.json["problems"]) == (1, ["the index lacks message m1"])


def test_what_doctor_repaired_is_0(told: Omem, monkeypatch: pytest.MonkeyPatch):
    wrong = ["the index lacks message m1"]

    def check(*_: object, repair: bool = False) -> list[str]:
        found = list(wrong)
        if repair:
            wrong.clear()
        return found

    monkeypatch.setattr(MemoryManager, "check", check)
    done = told("doctor", "--repair")
    assert done.code == 0
    assert "repaired: the index lacks message m1" in done.out


def test_doctor_goes_on_after_a_damaged_file(told: Omem, home: Path):
    before = {file for file in home.rglob("*") if file.is_file()}
    told("add", "hello", "-u", "bob")
    for file in {file for file in home.rglob("*") if file.is_file()} - before:
        file.write_bytes(b"x" * 5000)
    done = told("doctor", "--json")
    assert done.code == 1
    assert {line["user_id"]: line["ok"] for line in done.lines} == {"bob": False, "me": True}


def test_a_model_that_is_down_is_5_and_nothing_said_is_lost(omem: Omem, tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        (tmp_path / "config.yaml").write_text(
            f"llm_model: m\nopenai_api_key: k\nopenai_base_url: http://127.0.0.1:{port}/v1\nllm_attempts: 1\n"
        )
        done = omem("chat", "I live in Rome.", "--json")
        assert done.code == 5
        assert done.out == ""
        assert omem("messages", "--json").json["text"] == "I live in Rome."
        assert omem("ask", "Where do I live?").code == 5
        talk = omem("chat", stdin="first\nsecond\n")
        assert talk.code == 5
        assert [one["text"] for one in omem("messages", "--json").lines] == ["I live in Rome.", "first", "second"]


def test_a_bug_is_70_and_says_where_to_report(told: Omem, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(MemoryManager, "status", broken)
    done = told("status")
    assert done.code == 70
    assert "omem: unexpected ZeroDivisionError: division by zero. This is a bug in O-Mem; please report it" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in told("status", "--debug").err
    assert told("status", "--json").error["type"] == "ZeroDivisionError"


def test_an_interrupt_is_130_and_quiet(told: Omem, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(MemoryManager, "status", interrupted)
    done = told("status")
    assert (done.code, done.out, done.err) == (130, "", "")


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_control_c_is_quiet(home: Path):
    start = "from memory_chain.cli import main; import sys; print('ready', file=sys.stderr, flush=True); main()"
    running = subprocess.Popen(
        [sys.executable, "-c", start, "--home", str(home), "add", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert running.stderr is not None
    assert running.stderr.readline() == b"ready\n"
    time.sleep(1.0)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err.strip()) == (130, b"", b"")


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_reader_who_goes_away_is_no_error(omem: Omem, home: Path, as_json: list[str]):
    lines = "\n".join(json.dumps({"text": f"number {n} " * 20}) for n in range(600))
    omem("add", "--jsonl", "-", stdin=lines)
    running = subprocess.Popen(
        command(home, "messages", *as_json), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    assert running.stdout is not None
    assert running.stderr is not None
    assert b"number 0" in running.stdout.readline()
    running.stdout.close()
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait(timeout=20) == 141


def test_as_a_module(told: Omem, home: Path):
    done = subprocess.run(
        command(home, "--json", "status"), capture_output=True, text=True, env=environment(), check=True
    )
    assert json.loads(done.stdout)["messages"] == 5


def test_asking_before_forgetting(told: Omem, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("memory_chain.cli.commands.mend._can_ask", lambda session: True)
    no = told("forget", "m0", stdin="n\n")
    assert no.code == 0
    assert no.out.endswith("Nothing was removed.\n")  # the runner echoes the answer before it
    assert "I'm allergic to shellfish." in no.err
    assert "This cannot be undone." in no.err
    assert told("forget", "m0", stdin="").code == 130
    assert len(told("messages", "--json").lines) == 5
    yes = told("forget", "--everything", stdin="y\n")
    assert "5 messages and all that is known of user 'me'" in yes.err
    assert told("users", "--json").out == ""


def test_completion(told: Omem, home: Path):
    def complete(words: str, number: int) -> list[str]:
        env = {"_OMEM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(number)}
        result = CliRunner().invoke(app, [], prog_name="omem", env=env)
        return result.output.split()

    assert complete("omem sea", 1) == ["search"]
    assert "--explain" in complete("omem retrieve --ex", 2)
    assert {"user", "assistant"} <= set(complete("omem add --role ", 3))
    assert complete(f"omem --home {home} --user ", 4) == ["me"]


def test_completion_can_be_shown(omem: Omem):
    done = omem("--show-completion", env={"SHELL": "/bin/bash"})
    assert done.code in (0, 1)  # 1 where no shell can be detected
