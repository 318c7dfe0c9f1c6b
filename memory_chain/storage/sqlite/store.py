"""`SQLiteStore`: one user's memory in one SQLite file. Its parts are the modules beside this one."""

from __future__ import annotations

import logging
import secrets
from contextlib import AbstractContextManager
from pathlib import Path

import apsw

from memory_chain.errors import ForeignFileError, StoreBusyError, UnknownUserError
from memory_chain.storage.base import Counts
from memory_chain.storage.sqlite.checking import Checking
from memory_chain.storage.sqlite.connection import Connection, create_file
from memory_chain.utils import from_micros

log = logging.getLogger(__name__)

_COUNTS = """
    SELECT
        (SELECT coalesce(sum(messages), 0) FROM speakers),
        (SELECT count(*) FROM sessions),
        (SELECT count(*) FROM attributes),
        (SELECT count(*) FROM events),
        (SELECT count(*) FROM topics),
        unread, waiting, dead,
        (SELECT min(at) FROM messages),
        (SELECT max(at) FROM messages)
    FROM chain
"""


class SQLiteStore(Checking):
    """One user's memory in one SQLite file. All methods may be called from several threads and processes.

    Args:
        path: the file; it is made, with its folder, unless `read_only` is set or `create` is not.
        user_id: whose memory it is.
        read_only: open it without the means to write.
        create: make the file if there is none.
        busy_timeout_seconds: how long to wait for other processes.
        vfs: the name of an apsw VFS, for tests.

    Raises:
        UnknownUserError: there is no file, and none is to be made.
        ForeignFileError: the file is no memory, is damaged, or is another user's.
        NewerSchemaError: a newer O-Mem wrote it.
        ReadOnlyError, StoreFullError, StoreBusyError: it cannot be opened or made.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        user_id: str,
        read_only: bool = False,
        create: bool = True,
        busy_timeout_seconds: float = 30.0,
        vfs: str | None = None,
    ) -> None:
        path = Path(path)
        if not path.exists() or path.stat().st_size == 0:
            if read_only or not create:
                raise UnknownUserError(user_id)
            create_file(path, lambda database: _fill(database, user_id), vfs=vfs)
        file = Connection(path, read_only=read_only, busy_timeout_seconds=busy_timeout_seconds, vfs=vfs)
        self._take(file, user_id)
        try:
            self._check_user()
            self._finish_erasing()
        except BaseException:
            file.close()
            raise

    def _check_user(self) -> None:
        owner = self._db.value("SELECT user_id FROM chain")
        if owner != self.user_id:
            raise ForeignFileError(
                f"{self._db.path} is the memory of user {owner!r}, not of {self.user_id!r}. It was left untouched."
            )

    def _finish_erasing(self) -> None:
        """Erase what a process that was killed had forgotten but not erased."""
        if self._db.read_only or not self._db.value("SELECT traces FROM chain"):
            return
        try:
            self.erase_traces()
        except StoreBusyError as error:
            log.warning("%s", error)

    # -- life --

    def close(self) -> None:
        """Release everything. Closing twice is fine."""
        self._db.close()

    def is_in_place(self) -> bool:
        """Whether the memory is still where it was opened; another process may have removed or replaced it."""
        return self._db.is_in_place()

    def transaction(self) -> AbstractContextManager[None]:
        """One write transaction around several calls; rolled back if the block raises. Nested blocks join."""
        return self._db.transaction()

    def snapshot(self) -> AbstractContextManager[None]:
        """Several reads that see the same state, and cost less together. Write nothing in the block; it may nest."""
        return self._db.snapshot()

    def counts(self) -> Counts:
        """How much there is. It costs the same whatever the size."""
        with self._db.snapshot():
            (row,) = self._db.rows(_COUNTS)
        first, last = row[8:]
        return Counts(
            messages=row[0],
            sessions=row[1],
            attributes=row[2],
            events=row[3],
            topics=row[4],
            unread=row[5],
            waiting=row[6],
            dead=row[7],
            first_at=None if first is None else from_micros(first),
            last_at=None if last is None else from_micros(last),
        )


def _fill(database: apsw.Connection, user_id: str) -> None:
    database.execute(
        "INSERT INTO chain (only, user_id, hash_key, version) VALUES (1, ?, ?, ?)",
        (user_id, secrets.token_bytes(32), secrets.randbits(62)),
    ).fetchall()
