"""A folder with one memory file a user, and the names of those files.

A name is made from the user id alone: lower-case letters, digits and a few signs stand for themselves, every
other byte is written `%xx`. So no path can be reached through an id, ids that differ only in case have
different files on every system, and the id can be read from the name. Ids whose names would grow too long get
a hash for a name (`~…`); theirs stands in the file.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from urllib.parse import unquote_to_bytes

from memory_chain.errors import ForeignFileError, StorageError
from memory_chain.storage.sqlite.connection import Connection, companions, told
from memory_chain.storage.sqlite.store import SQLiteStore

SUFFIX = ".omem"
LONGEST_NAME = 200
"""Characters of a name before its suffix; SQLite and we append to it, and systems allow 255."""

_PROBE_BYTES = 64 * 1024
"""What is written to see whether there is room: about what a first message takes."""

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.@+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|\Z)")
_NAME = re.compile(r"(?:[a-z0-9\-_.@+]|%[0-9a-f]{2})+")


def name_of(user_id: str) -> str:
    """The name of a user's file, without the suffix."""
    data = user_id.encode("utf-8", "surrogatepass")
    name = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in data)
    if name.startswith(".") or _RESERVED.match(name):  # hidden on Unix, devices on Windows
        name = f"%{ord(name[0]):02x}{name[1:]}"
    if not name or len(name) > LONGEST_NAME:
        return f"~{hashlib.blake2b(data, digest_size=24).hexdigest()}"
    return name


def path_for(home: Path, user_id: str) -> Path:
    """Where a user's memory is kept."""
    return home / f"{name_of(user_id)}{SUFFIX}"


def user_of(path: Path) -> str | None:
    """Whose memory a file is by its name; None if the name does not tell, or is not one of ours."""
    name = path.name.removesuffix(SUFFIX)
    if path.name == name or not _NAME.fullmatch(name):
        return None
    try:
        user_id = unquote_to_bytes(name).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return user_id if name_of(user_id) == name else None


class SQLiteHome:
    """A folder of memory files.

    Args:
        folder: it is made when the first user is.
        busy_timeout_seconds: how long to wait for other processes.
    """

    def __init__(self, folder: str | Path, *, busy_timeout_seconds: float = 30.0) -> None:
        self.folder = Path(folder)
        self._busy_timeout = busy_timeout_seconds

    def path_of(self, user_id: str) -> Path:
        """The file of a user."""
        return path_for(self.folder, user_id)

    def exists(self, user_id: str) -> bool:
        """Whether anything is stored for a user."""
        path = self.path_of(user_id)
        with told(path):
            return path.is_file() and path.stat().st_size > 0

    def open(self, user_id: str, *, create: bool) -> SQLiteStore:
        """Open a user's store.

        Raises:
            UnknownUserError: there is none and `create` is false.
            StorageError: one of its kinds.
        """
        return SQLiteStore(
            self.path_of(user_id),
            user_id=user_id,
            create=create,
            busy_timeout_seconds=self._busy_timeout,
        )

    def users(self) -> list[str]:
        """Everybody who has a store, sorted. Files that are no memories are left out."""
        if not self.folder.is_dir():
            return []
        with told(self.folder):
            paths = [path for path in self.folder.iterdir() if path.suffix == SUFFIX and path.stat().st_size]
        found = (user_of(path) or _hashed_user(path) for path in paths)
        return sorted(user_id for user_id in found if user_id is not None)

    def check_writable(self) -> None:
        """Whether files can be made here.

        Raises:
            StorageError: they cannot, or the disk is full; it says why.
        """
        with told(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder, prefix=".ready.") as probe:
                probe.write(bytes(_PROBE_BYTES))  # an empty file can be made on a full disk, too
                probe.flush()

    def remove(self, user_id: str) -> None:
        """Remove a user's closed store with all its files. Other processes that have it open are told."""
        path = self.path_of(user_id)
        if not self.exists(user_id):
            return
        try:
            file = Connection(path, busy_timeout_seconds=self._busy_timeout)
        except ForeignFileError:  # damaged, but to be removed all the same
            _unlink(path)
            return
        try:
            with file.transaction():  # whoever is writing finishes first; whoever comes after finds the file gone
                if os.name == "posix":  # elsewhere an open file cannot be removed
                    _unlink(path)
        finally:
            file.close()
            _unlink(path)


def _unlink(path: Path) -> None:
    unfinished = path.parent.glob(f".{path.name}.*.tmp*")
    with told(path):
        for file in (path, *companions(path), *unfinished):
            file.unlink(missing_ok=True)


def _hashed_user(path: Path) -> str | None:
    if not path.name.startswith("~"):
        return None
    try:
        file = Connection(path, read_only=True)
        try:
            user_id = str(file.value("SELECT user_id FROM chain"))
        finally:
            file.close()
    except StorageError:
        return None
    return user_id if name_of(user_id) == path.name.removesuffix(SUFFIX) else None
