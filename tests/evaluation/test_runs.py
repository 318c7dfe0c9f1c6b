"""Runs on disk: what is written comes back, what is torn is dropped, what is damaged or full is told."""

import errno
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from memory_chain.errors import InvalidInputError, StorageError, StoreFullError
from memory_chain.evaluation.judging import Verdict
from memory_chain.evaluation.models import Spent
from memory_chain.evaluation.records import Question
from memory_chain.evaluation.runs import Built, Found, QuestionRecord, RunFolder, RunRecord, as_read
from memory_chain.evaluation.systems.base import Shown

SPENT = Spent(calls=3, failed=1, tokens_in=100, tokens_out=20, ms=12.5, cost=0.25)
RUN = RunRecord(
    benchmark="locomo",
    files={"/data/locomo10.json": "ab12"},
    known=True,
    systems={"omem": {"system": "omem", "batch": "8"}},
    seeds=(0, 1),
    depths=(5, 10),
    budgets=(500, 1500),
    settings={"size": 3, "names": ["a"], "none": None},
    models={"answer": "m"},
    prompts={"locomo-answer": "1"},
    conditions={"commit": "c", "clean": False, "cores": 2},
    started_at=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
    seconds=1.5,
    spent={"answer": SPENT},
    probe={"f1": {"specific": 0.5}},
    dataset_notes={"audited": 2},
)
BUILT = Built(system="omem", seed=1, conversation="c", messages=7, seconds=0.5, measures={"facts": 3})


def question(name="q1", **more):
    return Question(
        **{
            "id": name,
            "text": "Wer? 谁? 🦜\n\u2028\x00",
            "category": "4",
            "evidence": ("D1:1",),
            "gold": ("Ada", "Bea"),
            "after": 5,
            "at": datetime(2024, 1, 2, tzinfo=UTC),
            "options": ("(a) x", "(b) y"),
            "notes": {"step": 0.5, "list": [1, None, {"a": True}]},
        }
        | more
    )


def record(name="q1", **more):
    return QuestionRecord(
        **{
            "system": "omem",
            "seed": 1,
            "conversation": "c",
            "question": question(name),
            "known": 5,
            "ranked": ("D1:1", "D1:2"),
            "rank_ms": 0.125,
            "contexts": {500: Found(tokens=10, ms=1.5, sources=("D1:1",), cited=("D1:2",))},
            "context_budget": 500,
            "pieces": (Shown(kind="message", id="D1:1", text="hi", score=1.5, reasons=("words",)),),
            "answer": "Ada\r\nBea\x85",
            "answered_in": SPENT,
            "verdicts": {"judge-strict": Verdict(right=None, raw="hm", error="neither", spent=SPENT)},
            "measures": {"ratings": [{"a": 1.5}]},
            "error": "",
        }
        | more
    )


@pytest.fixture
def folder(tmp_path):
    kept = RunFolder(tmp_path / "run")
    kept.write_run(RUN)
    return kept


def test_a_run_comes_back_as_it_was(folder):
    assert folder.exists() and not RunFolder(folder.path / "other").exists()
    assert folder.read_run() == RUN == as_read(RUN)
    later = replace(RUN, ended_at=datetime(2024, 5, 7, tzinfo=UTC))
    folder.write_run(later)
    assert folder.read_run() == later
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_lines_come_back_as_they_were(folder):
    folder.add(BUILT)
    folder.add(record())
    folder.add(record("q2", answer=None, verdicts={}, error="down", context_budget=None, contexts={}))
    assert folder.built() == [BUILT]
    first, second = folder.questions()
    assert first == record() and second.error == "down" and second.answer is None
    assert first.key == ("omem", 1, "q1", 5)
    lines = (folder.path / "questions.jsonl").read_bytes()
    assert lines.count(b"\n") == 2 and "谁".encode() in lines
    assert all(json.loads(line) for line in lines.decode().split("\n")[:-1])


def test_of_two_lines_of_one_question_the_last_counts(folder):
    folder.add(record(answer="first"))
    folder.add(record(answer="other", seed=2))
    folder.add(record(answer="second"))
    assert [one.answer for one in folder.questions()] == ["second", "other"]
    folder.add(BUILT)
    folder.add(replace(BUILT, seconds=9.0))
    folder.add(replace(BUILT, messages=9))
    assert [(one.messages, one.seconds) for one in folder.built()] == [(BUILT.messages, 9.0), (9, BUILT.seconds)]


def test_what_json_cannot_hold_breaks_no_record(folder):
    pieces = tuple(
        Shown(kind="k", id="i", text="t", score=score) for score in (float("inf"), float("-inf"), float("nan"), 1e308)
    )
    folder.add(record(answer="half \ud83d", pieces=pieces, measures={"share": float("nan"), "in": ["\udc00"]}))
    (found,) = folder.questions()
    assert found.answer == "half ?"
    assert [one.score for one in found.pieces] == [0.0, 0.0, 0.0, 1e308]
    assert found.measures["share"] in (None, 0.0) and len(found.measures["in"]) == 1


def test_threads_write_whole_lines(folder):
    def write(worker):
        for number in range(20):
            folder.add(record(f"q{worker}-{number}", answer="x" * 5000))

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(folder.questions()) == 80


@pytest.mark.parametrize("cut", [1, 2, 10, 200])
def test_a_torn_last_line_is_no_line_and_is_dropped(folder, cut):
    folder.add(BUILT)
    folder.add(record("q1"))
    folder.add(record("q2"))
    file = folder.path / "questions.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    assert [one.question.id for one in folder.questions()] == ["q1"]
    folder.repair()
    folder.repair()
    folder.add(record("q3"))
    assert [one.question.id for one in folder.questions()] == ["q1", "q3"]
    assert folder.built() == [BUILT]


def test_a_first_line_that_is_torn_leaves_nothing(folder):
    (folder.path / "questions.jsonl").write_bytes(b'{"system": "om')
    assert folder.questions() == []
    folder.repair()
    assert (folder.path / "questions.jsonl").read_bytes() == b""


@pytest.mark.parametrize("damage", [b'{"system": "omem"}', b"\x00" * 50, b"no JSON", b"[]", b"\xff\xfe"])
def test_a_damaged_line_is_told_with_its_number(folder, damage):
    folder.add(record("q1"))
    file = folder.path / "questions.jsonl"
    file.write_bytes(file.read_bytes() + damage + b"\n")
    folder.add(record("q2"))
    with pytest.raises(InvalidInputError, match=r"Line 2 of .*questions\.jsonl is damaged\. Remove the line"):
        folder.questions()


def test_blank_lines_are_passed_over(folder):
    folder.add(record("q1"))
    file = folder.path / "questions.jsonl"
    file.write_bytes(b"\n" + file.read_bytes() + b"\n \n")
    assert len(folder.questions()) == 1


def test_no_run_is_told(tmp_path):
    with pytest.raises(InvalidInputError, match=r"There is no run in .*--output-dir"):
        RunFolder(tmp_path).read_run()
    assert RunFolder(tmp_path).questions() == [] == RunFolder(tmp_path).built()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": 1}', '{"format": 1, "benchmark": 3}'])
def test_a_damaged_run_is_told(folder, content):
    (folder.path / "run.json").write_text(content)
    with pytest.raises(InvalidInputError, match=r"run\.json is damaged .*Run the benchmark again"):
        folder.read_run()


@pytest.mark.parametrize("content", ["{}", '{"format": 2}', '{"format": "1"}'])
def test_a_run_of_another_version_is_told(folder, content):
    (folder.path / "run.json").write_text(content)
    with pytest.raises(InvalidInputError, match="another version"):
        folder.read_run()


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(StorageError, match=r"cannot be written .*Give another --output-dir"):
        RunFolder(tmp_path / "run").write_run(RUN)
    assert (tmp_path / "run").read_text() == "mine"


def test_a_full_disk_leaves_the_run_as_it_was(folder, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    folder.add(record("q1"))
    folder.add(BUILT)
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        for write in (lambda: folder.add(record("q2")), lambda: folder.add(BUILT), lambda: folder.write_run(RUN)):
            with pytest.raises(StoreFullError, match=r"disk of .* is full.*kept.*--output-dir"):
                write()
    after = {path.name: path.read_bytes() for path in folder.path.iterdir() if path.suffix != ".new"}
    assert after == before
    folder.add(record("q2"))
    assert len(folder.questions()) == 2


LIMITED = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_runs
from memory_chain.errors import StorageError
from memory_chain.evaluation.runs import RunFolder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = RunFolder(Path(sys.argv[2]))
folder.add(test_runs.record("q1", answer="x"))
size = (folder.path / "questions.jsonl").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
try:
    folder.add(test_runs.record("q2"))
except StorageError:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
    print((folder.path / "questions.jsonl").stat().st_size - size)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of the size of files")
def test_a_line_of_which_only_a_part_can_be_written_is_taken_back(folder):
    """A real limit of the operating system: the first hundred bytes of the line can be written, the others not."""
    arguments = [sys.executable, "-c", LIMITED, os.path.dirname(__file__), str(folder.path)]  # noqa: PTH120
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "0", done.stderr
    folder.add(record("q3"))
    assert [one.question.id for one in folder.questions()] == ["q1", "q3"]


def test_two_runs_do_not_share_a_folder(folder):
    pytest.importorskip("fcntl")
    other = RunFolder(folder.path)
    with (
        folder.locked(),
        pytest.raises(InvalidInputError, match=r"^Another run is at work in .*run\. Wait"),
        other.locked(),
    ):
        pass
    with other.locked():
        pass


@pytest.mark.parametrize("name", ["memories", "questions.jsonl"])
def test_a_folder_of_something_else_is_left_alone(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(InvalidInputError, match=r"holds files of something else"), RunFolder(tmp_path).locked():
        pass
    assert (tmp_path / name).exists()


def test_where_memories_live(folder):
    assert folder.memories == folder.path / "memories"
