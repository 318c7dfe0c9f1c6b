"""Detection, streams, idempotency, being killed in the middle, and the command."""

from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from importers_support import Importing, node, tree
from typer.testing import CliRunner

import memory_chain
from memory_chain import MemoryManager
from memory_chain.cli import app
from memory_chain.errors import ConfigurationError, InvalidInputError, StorageError, TransferError
from memory_chain.importers import IMPORTERS, Importer, Source, choose, importer_named, jsonstream

CONVERSATION = tree(node("a", "root", text="I live in Oslo."), node("b", "a", "assistant", "Nice"), current="b")


def rows(count: int) -> str:
    return "\n".join(
        json.dumps({"id": place, "text": f"message {place}", "at": 1_700_000_000 + place}) for place in range(count)
    )


# -- detection --


def test_every_importer_fulfils_the_protocol() -> None:
    assert all(isinstance(one, Importer) for one in IMPORTERS)
    assert len({one.name for one in IMPORTERS}) == len(IMPORTERS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"Dear diary,\ntoday nothing happened.\n", "cannot be told what"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "cannot be told what"),
        (b'{"some": "object"}', "cannot be told what"),
        (b"[]", "cannot be told what"),
    ],
)
def test_what_is_no_export_is_refused(importing: Importing, content: bytes, words: str) -> None:
    with pytest.raises(TransferError, match=words):
        importing.run(importing.file("export.json", content))


def test_a_name_alone_does_not_decide(importing: Importing) -> None:
    path = importing.file("WhatsApp Chat.txt", json.dumps([CONVERSATION]))
    assert choose(Source(path)).name == "chatgpt"
    quoting = tree(node("a", "root", text='{"chat_messages": [], "guild": {}, "channel": {}}'), current="a")
    assert choose(Source(importing.file("x.json", [quoting]))).name == "chatgpt"


def test_forced_formats(importing: Importing) -> None:
    path = importing.file("x.json", [CONVERSATION])
    with pytest.raises(TransferError, match="chat_messages"):
        importing.run(path, name="claude")
    with pytest.raises(InvalidInputError, match=r"no format 'chatgtp'\. Did you mean 'chatgpt'"):
        importer_named("chatgtp")


def test_nothing_there(importing: Importing, tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="cannot be read"):
        Source(tmp_path / "missing.json")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TransferError, match="holds no file"):
        choose(Source(tmp_path / "empty"))


def test_damaged_archives(importing: Importing) -> None:
    importing.folder.mkdir()
    path = importing.folder / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps([CONVERSATION] * 50))
    whole = bytearray(path.read_bytes())
    whole[60:200] = b"\x00" * 140
    path.write_bytes(whole)
    with pytest.raises(TransferError, match="cannot be read"):
        importing.run(path)


# -- streams --


def test_a_truncated_file_is_refused_or_read_as_far_as_it_goes(importing: Importing) -> None:
    second = {**CONVERSATION, "conversation_id": "c2"}
    text = json.dumps([CONVERSATION, second])
    path = importing.file("conversations.json", text[:-40])
    with pytest.raises(TransferError, match="after record 1: the JSON is damaged or cut off"):
        importing.run(path)
    assert importing.run(path, skip_bad=True).stored == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_at_the_beginning(importing: Importing, encoding: str) -> None:
    importing.run(
        importing.file("c.txt", ("25/06/2024, 10:00 - Änn: Hallo 👋\n" * 3000).encode(encoding)), "änn", user="t"
    )
    assert importing.memory.status("t").messages == 3_000
    whole = [tree(node("a", "root", text="Grüße 👋"), current="a")]
    importing.run(importing.file("c.json", json.dumps(whole, ensure_ascii=False).encode(encoding)))
    assert importing.said() == [("user", None, "Grüße 👋")]


def without_ijson(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def imported(name: str, *rest: Any) -> Any:
        if name == "ijson":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", imported)


def test_without_ijson_small_files_are_read_and_large_ones_name_the_extra(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_ijson(monkeypatch)
    path = importing.file("c.json", [CONVERSATION])
    assert importing.run(path).stored == 2
    chat = {
        "name": "n",
        "id": 1,
        "type": "t",
        "messages": [{"type": "message", "id": 1, "date_unixtime": "1700000000", "from": "A", "text": "t"}],
    }
    assert (
        importing.run(
            importing.file("t.json", {"chats": {"list": [chat, {**chat, "id": 2}]}}), "A", name="telegram"
        ).stored
        == 2
    )
    monkeypatch.setattr(jsonstream, "AT_ONCE_BYTES", 10)
    with pytest.raises(ConfigurationError, match=r'pip install "o-mem\[import\]"'):
        importing.run(path)


def test_progress_tells_every_byte(importing: Importing) -> None:
    from memory_chain.importers import survey

    plan = importing.plan(importing.file("x.jsonl", rows(2_000)))
    told: list[int] = []
    survey(importing.memory, plan, progress=told.append)
    assert sum(told) >= plan.source.total_bytes


# -- again and again --


def test_a_second_import_adds_nothing_and_a_longer_export_only_the_rest(importing: Importing) -> None:
    path = importing.file("x.jsonl", rows(1_200))
    assert importing.run(path).stored == 1_200
    again = importing.run(path)
    assert (again.stored, again.known) == (0, 1_200)
    assert importing.run(importing.file("x.jsonl", rows(1_250))).stored == 50


def test_what_was_forgotten_stays_forgotten(importing: Importing) -> None:
    path = importing.file("x.jsonl", rows(3))
    importing.run(path)
    importing.memory.forget("u", importing.messages()[1].id)
    report = importing.run(path)
    assert (report.stored, report.known, report.forgotten) == (0, 2, 1)


def test_killed_in_the_middle_and_run_again(importing: Importing, tmp_path: Path) -> None:
    path = importing.file("x.jsonl", rows(1_700))
    code = """
import os, sys
from memory_chain import MemoryManager
from memory_chain.importers import Plan, Source, choose, run, survey
class Dying(MemoryManager):
    calls = 0
    def add(self, *given, **more):
        Dying.calls += 1
        if Dying.calls == 3:
            os._exit(9)
        return super().add(*given, **more)
source = Source(sys.argv[1])
run(Dying.open(sys.argv[2], consolidate="manual"), Plan(importer=choose(source), source=source, user_id="u"))
"""
    home = tmp_path / "killed"
    environment = {**os.environ, "PYTHONPATH": str(Path(memory_chain.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", code, str(path), str(home)], env=environment, check=False)
    assert done.returncode == 9
    with MemoryManager.open(home, consolidate="manual") as memory:
        assert memory.status("u").messages == 1_000, "two whole batches"
        report = Importing(memory, tmp_path).run(path)
        assert (report.stored, report.known) == (700, 1_000)
        assert [one.text for one in memory.messages("u")] == [f"message {place}" for place in range(1_700)]


def test_a_batch_that_changed_meanwhile_is_refused_or_skipped(importing: Importing) -> None:
    from memory_chain.errors import ConflictError
    from memory_chain.importers import run, survey

    path = importing.file("x.jsonl", rows(3))
    plan = importing.plan(path)
    survey(importing.memory, plan)
    importing.run(importing.file("y.jsonl", rows(1).replace("message 0", "other")))
    with pytest.raises(ConflictError):
        run(importing.memory, plan)
    report = run(importing.memory, importing.plan(path, skip_bad=True))
    assert (report.stored, report.skipped) == (2, 1)


# -- the command --


@pytest.fixture
def omem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in [name for name in os.environ if name.startswith(("OMEM_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["--home", str(tmp_path / "cli"), *args], prog_name="omem")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return run


def test_the_command_looks_adds_and_understands(omem: Any, importing: Importing) -> None:
    path = str(importing.file("conversations.json", [CONVERSATION]))
    code, out, _ = omem("import", path, "--dry-run", "-u", "ann")
    assert code == 0
    assert "Would add 2 messages for ann" in out
    assert "user: I live in Oslo." in out
    assert omem("users")[1].startswith("Nobody yet")
    assert "Imported 2 messages (ChatGPT data export" in omem("import", path, "-u", "ann")[1]
    assert "Oslo" in omem("profile", "-u", "ann")[1]
    _, out, _ = omem("import", path, "-u", "ann", "--json")
    told = json.loads(out)
    assert (told["report"]["stored"], told["report"]["known"], told["pending"]) == (0, 2, 0)
    survey = json.loads(omem("import", path, "-u", "ann", "--dry-run", "--json")[1])
    assert (survey["new"], survey["known"], survey["format"]) == (0, 2, "chatgpt")


def test_the_command_asks_who_the_user_is_and_tells_the_zone(omem: Any, importing: Importing) -> None:
    path = str(importing.file("chat.txt", "25/06/2024, 10:00 - Ann: I sail\n25/06/2024, 10:01 - Bob: and I row\n"))
    code, out, err = omem("import", path)
    assert (code, out) == (2, "")
    assert "--me NAME: 'Ann' (1), 'Bob' (1)" in err
    assert "read as UTC; --timezone" in omem("import", path, "--me", "Ann")[1]
    assert "UTC; --timezone" not in omem("import", path, "--me", "Ann", "--timezone", "Asia/Tokyo", "-u", "x")[1]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, StorageError("the disk is full")])
def test_the_command_that_is_stopped_tells_how_to_go_on(
    omem: Any, importing: Importing, monkeypatch: pytest.MonkeyPatch, stop: Any
) -> None:
    path = str(importing.file("x.jsonl", rows(1_700)))
    whole = MemoryManager.add
    calls = 0

    def add(self: MemoryManager, *given: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise stop
        return whole(self, *given, **more)

    monkeypatch.setattr(MemoryManager, "add", add)
    code, out, err = omem("import", path)
    assert (code in (4, 130), out) == (True, "")
    assert "The import stopped. What was stored stays; the same command goes on from there." in err
    assert "Imported 700 messages" in omem("import", path)[1]


def test_the_dry_run_tells_who_the_user_is(omem: Any, importing: Importing) -> None:
    path = str(importing.file("chat.txt", "25/06/2024, 10:00 - Ann: I sail\n25/06/2024, 10:01 - Bob: and I row\n"))
    _, out, _ = omem("import", path, "--me", "ann", "--dry-run")
    assert "The user is Ann (1)\nOther speakers: Bob (1)\n" in out
    assert "Note: Times without a zone were read as UTC" in out
    zoned = str(importing.file("x.jsonl", rows(1)))
    assert "without a zone" not in omem("import", zoned, "--dry-run")[1]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--date-order", "ydm"], "ydm"),
        (["--timezone", "Mars/Olympus"], "no time zone 'Mars/Olympus'"),
        (["--map", "words=body"], "--map takes NAME=COLUMN"),
        (["--map", "text"], "--map takes NAME=COLUMN"),
        (["--as", "pigeon"], "no format 'pigeon'"),
    ],
)
def test_the_command_with_wrong_options(omem: Any, importing: Importing, args: list[str], words: str) -> None:
    code, _, err = omem("import", str(importing.file("c.json", [CONVERSATION])), *args)
    assert (code, words in err) == (2, True)


def test_our_own_export_is_seen_and_loaded_whole(omem: Any, importing: Importing) -> None:
    omem("import", str(importing.file("conversations.json", [CONVERSATION])), "-u", "ann")
    omem("export", "ann.jsonl", "-u", "ann")
    assert "Would add 2 messages" in omem("import", "ann.jsonl", "--dry-run", "-u", "copy")[1]
    assert omem("import", "ann.jsonl", "-u", "copy")[1] == "Imported 2 messages of copy.\n"
    assert omem("profile", "-u", "copy")[1] == omem("profile", "-u", "ann")[1]
    assert omem("import", "ann.jsonl")[0] == 2, "there is a memory of ann already"
