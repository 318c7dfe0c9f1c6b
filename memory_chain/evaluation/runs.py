"""A run on disk: one record for the run, one line a question. It can be resumed and scored again without a model.

`run.json` holds the conditions, `questions.jsonl` everything that was found and answered, `memories/` what was built.
A line is written when its question is done; a line that a crash has cut is not taken for one.
"""

from __future__ import annotations

import errno
import json
import math
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from memory_chain.errors import InvalidInputError, StorageError, StoreFullError
from memory_chain.evaluation.judging import Verdict
from memory_chain.evaluation.models import NOTHING, Spent
from memory_chain.evaluation.records import Question
from memory_chain.evaluation.systems.base import Shown

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

FORMAT = 1
"""Of the files of a run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A context as one system packed it: what stands in it whole, what it rests on, its cost and its time."""

    tokens: int
    ms: float
    sources: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionRecord:
    """All that happened to one question: raw, so that every figure can be worked out again.

    Attributes:
        system, seed: which memory was asked, in which repetition.
        conversation: whose memory it was.
        known: how many messages the memory knew.
        ranked: message ids, the most relevant first.
        rank_ms: what the ranking took.
        contexts: by budget in tokens.
        context_budget: the budget of the context that the model saw.
        pieces: the parts of that context.
        answer: the model's reply; None if none was asked for, or it failed.
        measures: what a benchmark measured beside it (ratings of a report, …).
        error: why the question failed; empty if it did not. A failed question scores zero.
    """

    system: str
    seed: int
    conversation: str
    question: Question
    known: int
    ranked: tuple[str, ...] = ()
    rank_ms: float = 0.0
    contexts: Mapping[int, Found] = field(default_factory=dict)
    context_budget: int | None = None
    pieces: tuple[Shown, ...] = ()
    answer: str | None = None
    answered_in: Spent = NOTHING
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    measures: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def key(self) -> tuple[str, int, str, int]:
        """What makes it one of its run."""
        return self.system, self.seed, self.question.id, self.known


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """How one memory was built: messages taken in, the seconds that took, and what a profile said at the end."""

    system: str
    seed: int
    conversation: str
    messages: int
    seconds: float
    measures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """The conditions and the cost of a run."""

    benchmark: str
    files: Mapping[str, str]
    known: bool
    systems: Mapping[str, Mapping[str, Any]]
    """Each with its settings."""
    seeds: tuple[int, ...]
    depths: tuple[int, ...]
    budgets: tuple[int, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Names with versions."""
    conditions: Mapping[str, Any] = field(default_factory=dict)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    """None: interrupted, or still running."""
    seconds: float = 0.0
    spent: Mapping[str, Spent] = field(default_factory=dict)
    """By stage."""
    probe: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """How often each scorer accepts answers that are known to be wrong."""
    dataset_notes: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT


_LINES = ("questions.jsonl", "built.jsonl")
_Record = TypeVar("_Record")
_RUN = TypeAdapter(RunRecord)
_QUESTION = TypeAdapter(QuestionRecord)
_BUILT = TypeAdapter(Built)


class RunFolder:
    """Reads and writes one run. Threads may share it.

    Raises:
        StoreFullError: the disk is full; what was written before stays whole.
        StorageError: the folder cannot be written, or holds something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    @property
    def memories(self) -> Path:
        """Where the memories of the run live."""
        return self.path / "memories"

    def exists(self) -> bool:
        """Whether a run has begun here."""
        return (self.path / "run.json").exists()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps every other run out of the folder, where the system can lock folders.

        Raises:
            InvalidInputError: another run is at work here, or the folder holds what is no run of ours.
        """
        if not self.exists() and any((self.path / name).exists() for name in ("memories", *_LINES)):
            raise InvalidInputError(
                f"{self.path} holds files of something else, and no run (no run.json). Give another --output-dir."
            )
        with storage_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        if fcntl is None:
            yield
            return
        with storage_errors(self.path):
            folder = os.open(self.path, os.O_RDONLY)
        try:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InvalidInputError(
                    f"Another run is at work in {self.path}. Wait for its end, or give another --output-dir."
                ) from None
            except OSError:  # some network file systems lock no folders
                pass
            yield
        finally:
            os.close(folder)

    def write_run(self, run: RunRecord) -> None:
        """Put the run's record in place of the one before, all or nothing."""
        with storage_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            fresh = self.path / "run.json.new"
            with fresh.open("wb") as file:
                file.write(_RUN.dump_json(run, indent=2) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path / "run.json")

    def read_run(self) -> RunRecord:
        """The run's record.

        Raises:
            InvalidInputError: there is none, or it is damaged or of another format.
        """
        file = self.path / "run.json"
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            raise InvalidInputError(
                f"There is no run in {self.path} (no run.json). Give the folder that `omem eval … --output-dir` wrote."
            ) from None
        try:
            if json.loads(content).get("format") != FORMAT:
                raise InvalidInputError(f"{file} is of another version of this suite. Run the benchmark again.")
            return _RUN.validate_json(content)
        except (ValidationError, ValueError, AttributeError) as error:
            if isinstance(error, InvalidInputError):
                raise
            what = str(error).splitlines()[0]
            raise InvalidInputError(f"{file} is damaged ({what}). Run the benchmark again.") from error

    def add(self, record: QuestionRecord | Built) -> None:
        """Append one line; it is on disk when this returns."""
        name, line = _line(record)
        with self._lock, storage_errors(self.path), (self.path / name).open("ab", buffering=0) as file:
            start = file.tell()
            try:
                left = memoryview(line)
                while left:
                    left = left[file.write(left) :]
                os.fsync(file.fileno())
            except OSError:
                with suppress(OSError):  # then the line stays torn, and `repair` drops it
                    file.truncate(start)
                raise

    def questions(self) -> list[QuestionRecord]:
        """All questions that are done, the last record of each."""
        found = {record.key: record for record in self._records("questions.jsonl", _QUESTION)}
        return list(found.values())

    def built(self) -> list[Built]:
        """All memories that were built, at each size at which they were asked."""
        lines = self._records("built.jsonl", _BUILT)
        found = {(one.system, one.seed, one.conversation, one.messages): one for one in lines}
        return list(found.values())

    def _records(self, name: str, adapter: TypeAdapter[_Record]) -> Iterator[_Record]:
        try:
            content = (self.path / name).read_bytes()
        except FileNotFoundError:
            return
        whole, _, _ = content.rpartition(b"\n")  # what follows the last line end was cut by a crash
        for number, line in enumerate(whole.split(b"\n"), 1):
            if not line.strip():
                continue
            try:
                yield adapter.validate_json(line)
            except ValidationError as error:
                raise InvalidInputError(
                    f"Line {number} of {self.path / name} is damaged. Remove the line to have its question asked "
                    f"again, or begin in another folder. ({error.error_count()} faults)"
                ) from error

    def repair(self) -> None:
        """Drop a last line that a crash has cut, so that the next one begins at a line's start."""
        for name in _LINES:
            file = self.path / name
            if file.exists() and not (content := file.read_bytes()).endswith(b"\n") and content:
                with storage_errors(self.path):
                    os.truncate(file, content.rfind(b"\n") + 1)


def _line(record: QuestionRecord | Built) -> tuple[str, bytes]:
    if isinstance(record, Built):
        name, content = "built.jsonl", _BUILT.dump_python(record, mode="json")
    else:
        name, content = "questions.jsonl", _QUESTION.dump_python(record, mode="json")
    text = json.dumps(_writable(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return name, text.encode() + b"\n"


def _writable(value: Any) -> Any:
    """The value as JSON can hold it: a number that is none (a system's score may be infinite) is written as 0, half
    of a surrogate pair as a question mark."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else 0.0
    if isinstance(value, dict):
        return {_writable(key): _writable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_writable(inner) for inner in value]
    return value


def as_read(run: RunRecord) -> RunRecord:
    """The record as it is after writing and reading: JSON knows no tuples, and no keys but texts."""
    return _RUN.validate_json(_RUN.dump_json(run))


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turns errors of the file system into ours.

    Raises:
        StoreFullError: the disk is full.
        StorageError: any other of them.
    """
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreFullError(
                f"The disk of {path} is full. What was done is kept: free some space and give the same "
                "--output-dir to go on."
            ) from error
        raise StorageError(f"{path} cannot be written ({error.strerror}). Give another --output-dir.") from error
