"""One SQLite file: opened, checked, brought up to date, and its errors told in our own words."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
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

APPLICATION_ID = 0x4F4D454D  # "OMEM"
IN_MEMORY = ":memory:"

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",
    "foreign_keys = ON",
    "temp_store = MEMORY",
)


class Connection:
    """A connection that one thread uses at a time; transactions may be nested, the outermost decides.

    Raises (all methods):
        StorageError: one of its kinds, as the database said.
    """

    def __init__(self, path: str, *, busy_timeout_seconds: float = 30.0, vfs: str | None = None) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._busy_timeout = busy_timeout_seconds
        with self._told():
            self._db = apsw.Connection(path, vfs=vfs) if vfs else apsw.Connection(path)
            try:
                self._db.set_busy_handler(self._wait)
                self._check_file()
                for pragma in _PRAGMAS:
                    self._db.execute(f"PRAGMA {pragma}").fetchall()
                self._migrate()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        with self._lock, self._told():
            self._db.close()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run a statement and return all its rows."""
        with self._lock, self._told():
            return self._db.execute(sql, values).fetchall()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """The rows of a statement one by one; the connection is held until the last."""
        with self._lock, self._told():
            yield from self._db.execute(sql, values)

    def insert(self, sql: str, values: Sequence[Any]) -> int:
        """Run an insert and return the number of the new row."""
        with self._lock, self._told():
            self._db.execute(sql, values)
            return int(self._db.last_insert_rowid())

    def changed(self) -> int:
        """How many rows the last statement changed."""
        return int(self._db.changes())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction; rolled back if the block raises."""
        with self._lock:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            self.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self._depth = 0
                self.execute("COMMIT")
            except BaseException:
                self._depth = 0
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            try:
                self._db.execute("ROLLBACK")
            except apsw.Error:  # SQLite has rolled back by itself, or the file is out of reach
                return

    # -- opening --

    def _check_file(self) -> None:
        """Refuse a foreign or newer file before anything is written to it."""
        version = self._db.pragma("user_version")
        mark = self._db.pragma("application_id")
        tables = self._db.execute("SELECT count(*) FROM sqlite_schema").get
        if tables and mark != APPLICATION_ID:
            raise ForeignFileError(
                f"{self.path} is a database of another program, not a memory of O-Mem. It was left untouched; "
                "choose another home, or move the file away."
            )
        if version > len(migrations()):
            raise NewerSchemaError(
                f"{self.path} has schema {version}; this O-Mem knows {len(migrations())}. It was left untouched. "
                "Update with: pip install --upgrade o-mem."
            )

    def _migrate(self) -> None:
        if self._db.pragma("user_version") == len(migrations()):
            return
        with self.transaction():
            done = self._db.pragma("user_version")  # another process may have been quicker
            for number, statements in enumerate(migrations(), start=1):
                if number > done:
                    self.execute(statements)
                    self.execute(f"PRAGMA user_version = {number}")
            self.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    # -- errors --

    def _wait(self, tries: int) -> bool:
        """Wait for another process, a little longer each time and never in step with it."""
        if tries == 0:
            self._waiting_since = time.monotonic()
        if time.monotonic() - self._waiting_since > self._busy_timeout:
            return False
        time.sleep(min(0.05, 0.001 * 2 ** min(tries, 6)) * random.uniform(0.5, 1.0))
        return True

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell the database's errors in our own words."""
        try:
            yield
        except apsw.FullError as error:
            raise StoreFullError(
                f"The disk is full: {self.path} could not grow. Free some space and repeat."
            ) from error
        except (apsw.ReadOnlyError, apsw.PermissionsError) as error:
            raise ReadOnlyError(
                f"{self.path} cannot be written. Check the owner and permissions of the home."
            ) from error
        except apsw.CantOpenError as error:
            raise ReadOnlyError(
                f"{self.path} cannot be opened. Check that its folder exists and may be written."
            ) from error
        except (apsw.BusyError, apsw.LockedError) as error:
            raise StoreBusyError(
                f"{self.path} was held by another process for {self._busy_timeout:.0f} seconds. Repeat the call."
            ) from error
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise ForeignFileError(
                f"{self.path} is no memory of O-Mem or is damaged ({error}). Restore it from an export, "
                "or see `omem doctor`."
            ) from error
        except apsw.ConnectionClosedError as error:
            raise ClosedError(f"The memory {self.path} is closed. Open it again.") from error
        except apsw.Error as error:
            raise StorageError(f"{self.path} could not be read or written: {error}.") from error


@lru_cache(maxsize=1)
def migrations() -> list[str]:
    """The migrations in order, as SQL texts."""
    folder = files("memory_chain.storage.sqlite") / "migrations"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return [entry.read_text("utf-8") for entry in found]


def schema() -> str:
    """The schema as it is after all migrations."""
    return (files("memory_chain.storage.sqlite") / "schema.sql").read_text("utf-8")


def file_of(path: Path) -> list[Path]:
    """A database's files: itself, its journal and its shared memory."""
    return [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]
