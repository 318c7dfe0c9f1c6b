"""Export and import: one JSON Lines file a user, with everything, lossless in both directions."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memory_chain.errors import ConflictError, MemoryChainError, TransferError, UserExistsError
from memory_chain.storage.base import Store

FORMAT = "o-mem-export"
FORMAT_VERSION = 1


def export_chain(store: Store, user_id: str, path: Path) -> int:
    """Write all records of a store to a file, whole or not at all; returns how many.

    Raises:
        TransferError: the file cannot be written.
    """
    head = {"type": "export", "format": FORMAT, "version": FORMAT_VERSION, "user_id": user_id}
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(_line(head))
                for record in store.dump():
                    file.write(_line(record))
                    count += 1
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise TransferError(
            f"The export {path} cannot be written: {error.strerror}. Nothing was left behind."
        ) from None
    return count


def exported_user(path: Path) -> str:
    """Whose export a file is.

    Raises:
        TransferError: it is no export of O-Mem, or of a newer version.
    """
    with _opened(path) as file:
        try:
            first = file.readline()
        except UnicodeDecodeError:
            raise TransferError(f"{path} is no export of O-Mem: it is no text.") from None
    head = _parsed(first, path, 1)
    if head.get("format") != FORMAT or not isinstance(head.get("user_id"), str):
        raise TransferError(f"{path} is no export of O-Mem: its first line does not say so.")
    if head.get("version") != FORMAT_VERSION:
        raise TransferError(f"{path} has export version {head.get('version')!r}; this O-Mem reads {FORMAT_VERSION}.")
    return str(head["user_id"])


def import_chain(store: Store, path: Path) -> int:
    """Fill an empty store from an export, in one transaction; returns how many records were read.

    Raises:
        TransferError: the file is damaged; nothing was imported.
        UserExistsError: the store is not empty.
    """
    if store.counts().messages:
        raise UserExistsError
    count = 0

    def records() -> Iterator[dict[str, Any]]:
        nonlocal count
        with _opened(path) as file:
            next(file, None)
            for number, line in enumerate(file, start=2):
                if line.strip():
                    count += 1
                    yield _parsed(line, path, number)

    try:
        store.load(records())
    except (TransferError, ConflictError):
        raise
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, MemoryChainError):
            raise
        raise TransferError(f"{path} is damaged near line {count + 1} ({error!r}); nothing was imported.") from error
    return count


def _opened(path: Path) -> Any:
    try:
        return path.open(encoding="utf-8")
    except OSError as error:
        raise TransferError(f"The export {path} cannot be read: {error.strerror}.") from None


def _parsed(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise TransferError(f"Line {number} of {path} is no JSON; nothing was imported.") from None
    if not isinstance(record, dict):
        raise TransferError(f"Line {number} of {path} is no JSON object; nothing was imported.")
    return record


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
