"""One SQLite file: opened, checked, brought up to date, and its errors told in our own words."""

from __future__ import annotations

import errno
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import apsw

from memory_chain.errors import (
    ClosedError,
    ForeignFileError,
    NewerSchemaError,
    ReadOnlyError,
    StorageError,
    StoreBusyError,
    StoreFullError,
)
from memory_chain.storage.records import clean
from memory_chain.utils import new_id

APPLICATION_ID = 0x4F4D454D
"""Stands in the head of every memory file: "OMEM"."""

_PRAGMAS = (
    "synchronous = FULL",
    "secure_delete = ON",
    "foreign_keys = ON",
    "temp_store = MEMORY",  # nothing of a memory into temporary files
    "trusted_schema = OFF",
    "journal_size_limit = 8000000",
)

Row = tuple[Any, ...]
Values = Sequence[Any]


# -- the schema --


@cache
def migrations() -> tuple[str, ...]:
    """The migrations in order, as SQL."""
    folder = files("memory_chain.storage.sqlite") / "migrations"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda one: one.name)
    return tuple(entry.read_text("utf-8") for entry in entries)


@cache
def schema() -> str:
    """The schema as it is after all migrations, as SQL."""
    return (files("memory_chain.storage.sqlite") / "schema.sql").read_text("utf-8")


def shape(database: apsw.Connection) -> set[Row]:
    """What a database is made of: (type, name, table, SQL) of everything in it."""
    return set(database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))


@cache
def expected_shape() -> frozenset[Row]:
    """What every memory file is made of."""
    database = apsw.Connection(":memory:")
    try:
        database.execute(schema()).fetchall()
        return frozenset(shape(database))
    finally:
        database.close()


# -- the files --


def create_file(path: Path, fill: Callable[[apsw.Connection], None], *, vfs: str | None = None) -> None:
    """Make a new memory file, whole or not at all; one that somebody else was quicker to make stays.

    It is made in memory, written and synced under another name and then linked to its own, so that nobody ever sees
    half of one.
    """
    with told(path):
        image = _filled(fill)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{new_id()[:8]}.tmp")
        try:
            os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            _write_synced(unfinished, image, vfs)
            if path.exists() and path.stat().st_size == 0:
                unfinished.replace(path)
            else:
                _link(unfinished, path)
            _sync_folder(path.parent)
        finally:
            for left in (unfinished, *companions(unfinished)):
                left.unlink(missing_ok=True)


_WRITE_BYTES = 65_536
"""How much is written at a time: a page, of the largest size; SQLite's door takes less than twice that."""


def _write_synced(path: Path, image: bytes, vfs: str | None) -> None:
    """Write a file through SQLite's own door to the disk: it knows what a sync takes on each system."""
    flags = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READWRITE
    file = apsw.VFSFile(vfs or "", str(path), [flags, 0])
    try:
        for offset in range(0, len(image), _WRITE_BYTES):
            file.xWrite(image[offset : offset + _WRITE_BYTES], offset)
        file.xSync(apsw.SQLITE_SYNC_FULL)
    finally:
        file.xClose()


def companions(path: Path) -> tuple[Path, Path, Path]:
    """The files that SQLite keeps beside a database."""
    wal, shm, journal = (path.with_name(f"{path.name}-{kind}") for kind in ("wal", "shm", "journal"))
    return wal, shm, journal


_WRITE_VERSION, _READ_VERSION = 18, 19
"""Where the head of a database says how it is written and read: 1 with a rollback journal, 2 with a WAL."""


@cache
def _template(statements: tuple[str, ...]) -> bytes:
    """A database after these migrations and without a row, as bytes."""
    database = apsw.Connection(":memory:")
    try:
        database.execute("BEGIN").fetchall()
        for migration in statements:
            database.execute(migration).fetchall()
        database.pragma("application_id", APPLICATION_ID)
        database.pragma("user_version", len(statements))
        database.execute("COMMIT").fetchall()
        return database.serialize("main")
    finally:
        database.close()


def _filled(fill: Callable[[apsw.Connection], None]) -> bytes:
    """A new memory file's bytes: the template and what `fill` writes into it, in WAL mode."""
    database = apsw.Connection(":memory:")
    try:
        database.deserialize("main", _template(migrations()))
        fill(database)
        image = bytearray(database.serialize("main"))
    finally:
        database.close()
    image[_WRITE_VERSION] = image[_READ_VERSION] = 2  # what `PRAGMA journal_mode = WAL` writes there
    return bytes(image)


def _link(unfinished: Path, path: Path) -> None:
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not path.exists():
            unfinished.rename(path)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system lets a folder be synced
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _check_marks(path: Path, database: apsw.Connection) -> None:
    """Refuse a foreign or newer file before anything is written to it."""
    if database.pragma("application_id") != APPLICATION_ID:
        raise ForeignFileError(
            f"{path} is a database of another program, not a memory of O-Mem. It was left untouched. "
            "Choose another home, or move the file away."
        )
    version = int(database.pragma("user_version"))
    if version > len(migrations()):
        raise NewerSchemaError(
            f"{path} has schema {version}; this O-Mem knows up to {len(migrations())}. It was left untouched. "
            "Update with: pip install --upgrade o-mem."
        )


# -- errors --


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Tell the errors of the database and the file system in our own words."""
    try:
        yield
    except apsw.Error as error:
        raise _ours(error, path) from error
    except OSError as error:
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            raise ReadOnlyError(_not_writable(path)) from error
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFullError(_full(path)) from error
        if isinstance(error, FileExistsError | NotADirectoryError):
            home = next((above for above in (path, *path.parents) if above.is_file()), path)
            raise StorageError(f"{home} is a file, not a folder. Choose another home for the memories.") from error
        raise StorageError(f"{path} could not be read or written: {error.strerror}.") from error


def _ours(error: apsw.Error, path: Path) -> StorageError:
    match error:
        case apsw.FullError():
            return StoreFullError(_full(path))
        case apsw.ReadOnlyError() | apsw.PermissionsError() | apsw.CantOpenError() | apsw.AuthError():
            return ReadOnlyError(_not_writable(path))
        case apsw.BusyError() | apsw.LockedError():
            return StoreBusyError(
                f"{path} was held by another process for too long. Nothing of this call was written; repeat it, or "
                "raise the busy timeout."
            )
        case apsw.NotADBError() | apsw.CorruptError():
            return ForeignFileError(
                f"{path} is not a memory of O-Mem, or it is damaged ({error}). Check it with "
                "`check(repair=True)`, which mends a damaged index, restore it from an export, or forget the user."
            )
        case apsw.ConnectionClosedError():
            return ClosedError(f"The memory in {path} was closed. Open it again.")
        case apsw.NoMemError():
            return StorageError(f"There is not enough memory to work on {path}. Nothing of this call was written.")
        case _:
            return StorageError(
                f"{path} could not be read or written ({error}). Nothing of this call was written. "
                "Check the disk, then repeat the call."
            )


def _full(path: Path) -> str:
    return f"The disk is full: {path} could not grow. Nothing of this call was written; free some space and repeat it."


def _not_writable(path: Path) -> str:
    return f"{path} cannot be opened or written. Check the owner and the permissions of the file and its folder."


# -- the connection --


class Connection:
    """A connection that one thread uses at a time. Transactions may be nested; the outermost decides.

    Every method raises a `StorageError` of the kind that fits.

    Args:
        path: an existing memory file.
        read_only: open it without the means to write.
        busy_timeout_seconds: how long to wait for other processes.
        vfs: the name of an apsw VFS, for tests.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, busy_timeout_seconds: float = 30.0, vfs: str | None = None
    ) -> None:
        self.path = path
        self.read_only = read_only
        self.on_rollback: Callable[[], None] | None = None
        self._lock = threading.RLock()
        self._depth = 0
        self._broken = False
        self._in_snapshot = False
        self._busy_timeout = busy_timeout_seconds
        self._gives_up_at = 0.0
        with told(path):
            self._inode = path.stat().st_ino
            self._database = self._open(vfs)
            try:
                for pragma in _PRAGMAS:
                    self._database.execute(f"PRAGMA {pragma}").fetchall()
                self._migrate()
            except BaseException:
                self._database.close()
                raise

    def _open(self, vfs: str | None) -> apsw.Connection:
        """Open the file and look whose it is before anything is written to it.

        It is never opened by other means than SQLite's: closing it would take away this process's locks.
        """
        if self.read_only:
            return self._open_to_read(vfs)
        database = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
        try:
            database.set_busy_handler(self._wait)
            database.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # a file that is refused stays as it is
            _check_marks(self.path, database)
            database.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        except BaseException:
            database.close()
            raise
        return database

    def _open_to_read(self, vfs: str | None) -> apsw.Connection:
        database = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
        try:
            database.set_busy_handler(self._wait)
            _check_marks(self.path, database)
        except (apsw.CantOpenError, apsw.ReadOnlyError):
            database.close()
            if companions(self.path)[0].exists():
                raise
            # A folder that cannot be written, and no journal beside the file: nobody can be changing it.
            address = f"{self.path.resolve().as_uri()}?immutable=1"
            database = apsw.Connection(address, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI, vfs=vfs)
            _check_marks(self.path, database)
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        with self._lock, told(self.path):
            self._database.close()

    def reading(self, vfs: str | None = None) -> Connection:
        """Another connection to the same file, to read from while this one works on."""
        self.rows("SELECT 1")  # tells if this one is closed
        return Connection(self.path, read_only=self.read_only, busy_timeout_seconds=self._busy_timeout, vfs=vfs)

    # -- statements --

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """All rows of a statement."""
        with self._lock, told(self.path):
            return self._run(sql, values).fetchall()

    def stream(self, sql: str, values: Values = ()) -> Iterator[Row]:
        """The rows of a statement one by one. Only for a connection that nobody else uses."""
        with told(self.path):
            yield from self._run(sql, values)

    def one(self, sql: str, values: Values = ()) -> Row | None:
        """The first row of a statement, None if it has none."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def value(self, sql: str, values: Values = ()) -> Any:
        """The first value of a statement, None if it has no row."""
        found = self.rows(sql, values)
        return found[0][0] if found else None

    def write(self, sql: str, values: Values = ()) -> int:
        """Run a statement inside `transaction()`; returns how many rows it changed."""
        if self._broken:
            raise StorageError(
                f"A write to {self.path} failed before in this transaction, so all of it is rolled back. Repeat it."
            )
        with told(self.path):
            try:
                self._run(sql, values).fetchall()
                return int(self._database.changes())
            except apsw.Error:
                self._broken = True  # SQLite may have rolled back already; nothing may be written after that
                raise

    def insert(self, sql: str, values: Values = ()) -> int:
        """Like `write`; returns the number of the new row."""
        self.write(sql, values)
        return int(self._database.last_insert_rowid())

    def _run(self, sql: str, values: Values) -> apsw.Cursor:
        return self._database.execute(sql, [clean(value) if isinstance(value, str) else value for value in values])

    # -- transactions --

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction, held against other threads and processes; rolled back if the block raises."""
        with self._lock:
            if self._depth:
                yield
                return
            self._begin()
            try:
                yield
                self._commit()
            except BaseException:
                self._depth = 0
                self._roll_back()
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Several reads that see the same state."""
        with self._lock:
            if self._depth or self._in_snapshot:
                yield
                return
            with told(self.path):
                self._database.execute("BEGIN")
            self._in_snapshot = True
            try:
                yield
            finally:
                self._in_snapshot = False
                with suppress(apsw.Error):
                    self._database.execute("COMMIT")

    def outside_transactions(self, sql: str) -> list[Row]:
        """Run a statement that no transaction can hold."""
        with self._lock, told(self.path):
            if self._depth:
                raise StorageError(f"`{sql}` cannot run inside a transaction; let the transaction end first.")
            return self._database.execute(sql).fetchall()

    def _begin(self) -> None:
        if self.read_only:
            raise ReadOnlyError(f"{self.path} was opened for reading only. Open it for writing to change it.")
        self._broken = False
        with told(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            self._depth = 1
            if not self.is_in_place():
                self._depth = 0
                self._roll_back()
                raise ClosedError(
                    f"{self.path} was removed or replaced by another process. Nothing was written; open it again."
                )

    def is_in_place(self) -> bool:
        """Whether the path still leads to the file that was opened."""
        with told(self.path):
            try:
                return self.path.stat().st_ino == self._inode
            except FileNotFoundError:
                return False

    def _commit(self) -> None:
        if self._broken:
            raise StorageError(
                f"A write to {self.path} failed; all of its transaction was rolled back. Repeat all of it."
            )
        with told(self.path):
            self._database.execute("COMMIT")
        self._depth = 0

    def _roll_back(self) -> None:
        with suppress(apsw.Error):  # SQLite has rolled back by itself, or the file is out of reach or closed
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
        if self.on_rollback is not None:
            self.on_rollback()

    # -- opening --

    def _migrate(self) -> None:
        if self._database.pragma("user_version") == len(migrations()):
            return
        with self.transaction():
            done = int(self._database.pragma("user_version"))  # another process may have been quicker
            for number, statements in enumerate(migrations()[done:], start=done + 1):
                self._database.execute(statements).fetchall()
                self._database.execute(f"PRAGMA user_version = {number}").fetchall()

    def shape(self) -> set[Row]:
        """What the file is made of."""
        with self._lock, told(self.path):
            return shape(self._database)

    def _wait(self, tries: int) -> bool:
        """Wait for another process, a little longer each time and never in step with others."""
        now = time.monotonic()
        if tries == 0:
            self._gives_up_at = now + self._busy_timeout
        if now >= self._gives_up_at:
            return False
        pause = min(0.05, 0.0005 * 2 ** min(tries, 8)) * random.uniform(0.5, 1.0)
        time.sleep(min(pause, self._gives_up_at - now))
        return True
