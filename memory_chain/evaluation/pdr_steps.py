"""Steps of a run that are taken once: their outcome is on disk, for whoever needs it next and for a run taken up again.

One JSON line a step: `{"key": [...], "value": {...}}`. A last line that a crash has cut is not taken for one.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.runs import storage_errors

Key = tuple[str, ...]


class Steps:
    """The steps in one file. Threads may share it; two files of the same path may not be open at once.

    Raises:
        StoreFullError, StorageError: a line could not be written; what was written before is kept.
        InvalidInputError: a line of the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._taking: dict[Key, threading.Lock] = {}
        self._known: dict[Key, Mapping[str, Any]] | None = None

    def once(self, key: Key, take: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """What the step gave when it was taken; else it is taken now. What raises was not taken."""
        with self._lock:
            if self._known is None:
                self._known = _read(self.path)
            if self._known and not self.path.exists():  # somebody has begun anew
                self._known.clear()
            known = self._known
            alone = self._taking.setdefault(key, threading.Lock())
        with alone:
            if key not in known:
                value = take()
                with self._lock:
                    append_line(self.path, {"key": key, "value": value})
                    known[key] = value
            return known[key]


def append_line(path: Path, content: Mapping[str, Any]) -> None:
    """Put one JSON line at the end of a file; it is on disk when this returns. A cut last line is dropped.

    Raises:
        StoreFullError: the disk is full; what was in the file stays whole.
        StorageError: the file cannot be written.
    """
    line = json.dumps(content, ensure_ascii=False).encode() + b"\n"
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            start = _end_of_lines(file)
            file.truncate(start)
            try:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(start)
                raise


def _end_of_lines(file: Any) -> int:
    """Where the last whole line ends."""
    size = int(file.seek(0, os.SEEK_END))
    if not size:
        return 0
    file.seek(size - 1)
    if file.read(1) == b"\n":
        return size
    file.seek(0)
    return int(file.read().rfind(b"\n")) + 1


def _read(path: Path) -> dict[Key, Mapping[str, Any]]:
    with storage_errors(path.parent):
        content = path.read_bytes() if path.exists() else b""
    whole, _, _ = content.rpartition(b"\n")
    found: dict[Key, Mapping[str, Any]] = {}
    for number, line in enumerate(whole.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            step = json.loads(line)
            found[tuple(step["key"])] = dict(step["value"])
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInputError(
                f"Line {number} of {path} is damaged. Remove the line to have its step taken again, or begin in "
                "another folder."
            ) from error
    return found
