"""Many users' memories in one folder, one file a user."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from memory_chain.errors import ReadOnlyError, StorageError, UnknownUserError
from memory_chain.storage.sqlite.connection import file_of
from memory_chain.storage.sqlite.store import SQLiteStore

SUFFIX = ".omem"
_PLAIN = re.compile(r"[a-z0-9_-]{1,64}")
_LONGEST = 180


class SQLiteHome:
    """A `StoreHome` in a folder.

    A user's file is named after the user by an encoding that is safe and different for different users on every
    file system: plain lower-case ids as they are, others in base 32, very long ones by a hash.
    """

    def __init__(self, folder: Path, *, busy_timeout_seconds: float = 30.0) -> None:
        self.folder = folder
        self._busy_timeout = busy_timeout_seconds

    def path_of(self, user_id: str) -> Path:
        """The file of a user."""
        return self.folder / f"{encode_name(user_id)}{SUFFIX}"

    def exists(self, user_id: str) -> bool:
        """Whether a user has a file."""
        return self.path_of(user_id).is_file()

    def open(self, user_id: str, *, create: bool) -> SQLiteStore:
        """Open a user's file.

        Raises:
            UnknownUserError: there is none and `create` is false.
            StorageError: it cannot be opened.
        """
        path = self.path_of(user_id)
        if not create and not path.is_file():
            raise UnknownUserError(user_id)
        if create:
            self._make(path)
        return SQLiteStore(path, user_id=user_id, busy_timeout_seconds=self._busy_timeout)

    def users(self) -> list[str]:
        """Everybody who has a file, sorted."""
        if not self.folder.is_dir():
            return []
        found = []
        for path in self.folder.glob(f"*{SUFFIX}"):
            user_id = decode_name(path.name.removesuffix(SUFFIX))
            if user_id is None:  # a hash: the file itself knows
                store = SQLiteStore(path, user_id="")
                user_id = store.get_meta("user_id") or ""
                store.close()
            found.append(user_id)
        return sorted(found)

    def remove(self, user_id: str) -> None:
        """Remove a user's files."""
        try:
            for path in file_of(self.path_of(user_id)):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise ReadOnlyError(
                f"The memory of {user_id!r} cannot be removed: {error.strerror}. Check the permissions of the home."
            ) from error

    def _make(self, path: Path) -> None:
        """The folder and an empty file that only the owner may read."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600, exist_ok=True)
        except OSError as error:
            known = StorageError if isinstance(error, FileExistsError | NotADirectoryError) else ReadOnlyError
            raise known(
                f"The home {self.folder} cannot be written: {error.strerror}. Choose another with `home`, "
                "OMEM_HOME or --home."
            ) from error


def encode_name(user_id: str) -> str:
    """A file name for a user id: injective, also where upper and lower case are one."""
    if _PLAIN.fullmatch(user_id):
        return f"u-{user_id}"
    raw = user_id.encode("utf-8", "surrogatepass")
    encoded = base64.b32encode(raw).decode().rstrip("=").lower()
    if len(encoded) <= _LONGEST:
        return f"b-{encoded}"
    return f"h-{hashlib.blake2b(raw, digest_size=20).hexdigest()}"


def decode_name(name: str) -> str | None:
    """The user id of a file name; None if the name is a hash."""
    kind, _, encoded = name.partition("-")
    if kind == "u":
        return encoded
    if kind == "b":
        padded = encoded.upper() + "=" * (-len(encoded) % 8)
        return base64.b32decode(padded).decode("utf-8", "surrogatepass")
    return None
