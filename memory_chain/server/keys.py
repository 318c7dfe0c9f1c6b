"""The keys of the server: made at random, shown once, kept as hashes in a small file beside the memories."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import apsw

from memory_chain.errors import ForeignFileError, InvalidInputError, NotFoundError, ReadOnlyError, StorageError
from memory_chain.intake import check_user_id
from memory_chain.utils import from_micros, to_micros, utc_now

FILE_NAME = "server-keys.sqlite"
APPLICATION_ID = 0x4F4D4B59
"""Stands in the head of the file: "OMKY"."""

START = "omem"
PREFIX_BYTES = 6
SECRET_BYTES = 32
LONGEST_TOKEN = 200
USE_NOTED_EVERY = timedelta(seconds=60)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    prefix TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    user_id TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID
"""
_COLUMNS = "prefix, name, scopes, user_id, created_at, expires_at, revoked_at, last_used_at"
_NOBODY = hashlib.sha256(b"nobody has this key").digest()


class Scope(StrEnum):
    """What a key may do. `admin` holds all others."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    METRICS = "metrics"
    """Only the figures of `/metrics`, which tell of no user."""


class UnknownKeyError(NotFoundError):
    """No key has this prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        super().__init__(f"There is no key {prefix!r}. `omem keys list` shows the keys by their prefixes.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """What is known of a key; the key itself is not."""

    prefix: str
    name: str
    scopes: frozenset[Scope]
    user_id: str | None
    """The only user whose memory it opens; None: all."""
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        """Whether it opens anything at this time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """A key that was just made: the only time that its `token` can be read."""

    key: Key
    token: str

    def __repr__(self) -> str:
        return f"NewKey(key={self.key!r}, token=<hidden>)"


class KeyStore:
    """The keys of one home. All methods may be called from several threads.

    Args:
        path: the file; it is made with the first key.
        clock: the wall clock.
    """

    def __init__(self, path: str | Path, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.path = Path(path)
        self._clock = clock
        self._lock = threading.Lock()
        self._database: apsw.Connection | None = None
        self._noted: dict[str, datetime] = {}

    @classmethod
    def in_home(cls, home: str | Path, *, clock: Callable[[], datetime] = utc_now) -> Self:
        """The keys that lie beside the memories of a home."""
        return cls(Path(home) / FILE_NAME, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    # -- making and taking back --

    def create(
        self,
        *,
        scopes: Iterable[Scope | str],
        name: str = "",
        user_id: str | None = None,
        expires_in: timedelta | None = None,
    ) -> NewKey:
        """Make a key.

        Args:
            scopes: what it may do.
            name: what it is for, to tell keys apart.
            user_id: the only user whose memory it opens; None: all users.
            expires_in: how long it is good; None: until it is revoked.

        Raises:
            InvalidInputError: no or an unknown scope, a bad user id, or a time that is over at once.
            StorageError: the file cannot be written.
        """
        now = self._clock()
        if expires_in is not None and expires_in <= timedelta(0):
            raise InvalidInputError("A key has to be good for a while; give a longer time, for example 30d.")
        key = Key(
            prefix=secrets.token_hex(PREFIX_BYTES),
            name=name,
            scopes=_scopes(scopes),
            user_id=None if user_id is None else check_user_id(user_id),
            created_at=now,
            expires_at=None if expires_in is None else now + expires_in,
        )
        token = f"{START}_{key.prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
        self._run(
            f"INSERT INTO keys (digest, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            (
                _digest(token),
                key.prefix,
                key.name,
                " ".join(sorted(key.scopes)),
                key.user_id,
                to_micros(now),
                None if key.expires_at is None else to_micros(key.expires_at),
            ),
            create=True,
        )
        return NewKey(key=key, token=token)

    def revoke(self, prefix: str) -> Key:
        """Take a key back, for good and at once. Revoking twice is fine.

        Args:
            prefix: its prefix, as `keys()` tells it (or the whole key).

        Raises:
            UnknownKeyError: there is none.
        """
        wanted = _prefix_of(prefix) or prefix
        self._run(
            "UPDATE keys SET revoked_at = ? WHERE prefix = ? AND revoked_at IS NULL",
            (to_micros(self._clock()), wanted),
        )
        found = [key for key in self.keys() if key.prefix == wanted]
        if not found:
            raise UnknownKeyError(wanted)
        return found[0]

    # -- looking --

    def keys(self) -> list[Key]:
        """All keys, the oldest first, revoked ones too."""
        rows = self._run(f"SELECT {_COLUMNS} FROM keys ORDER BY created_at, prefix")
        return [_key(row) for row in rows]

    def any(self) -> bool:
        """Whether a key was ever made here, revoked ones included: then nothing is open without one."""
        return bool(self._run("SELECT 1 FROM keys LIMIT 1"))

    def any_usable(self) -> bool:
        """Whether a key would open anything now."""
        now = self._clock()
        return any(key.usable(now) for key in self.keys())

    def find(self, token: str) -> Key | None:
        """The usable key that this is; None if it is unknown, wrong, expired or revoked.

        The time that it takes does not tell how much of the secret was right.
        """
        token = token.strip()
        prefix = _prefix_of(token)
        rows = self._run(f"SELECT digest, {_COLUMNS} FROM keys WHERE prefix = ?", (prefix,)) if prefix else []
        digest = bytes(rows[0][0]) if rows else _NOBODY
        right = hmac.compare_digest(digest, _digest(token[:LONGEST_TOKEN]))
        if not rows or not right or len(token) > LONGEST_TOKEN:
            return None
        key = _key(rows[0][1:])
        return key if key.usable(self._clock()) else None

    def use_is_due(self, key: Key) -> bool:
        """Whether the last use of a key was noted so long ago that it should be noted again."""
        noted = self._noted.get(key.prefix)
        return noted is None or self._clock() - noted >= USE_NOTED_EVERY

    def note_use(self, key: Key) -> None:
        """Note that a key is in use, to the minute. Trouble with it is no trouble for the request."""
        now = self._clock()
        self._noted[key.prefix] = now
        with suppress(StorageError):
            self._run("UPDATE keys SET last_used_at = ? WHERE prefix = ?", (to_micros(now), key.prefix))

    # -- inside --

    def _run(self, sql: str, values: tuple[Any, ...] = (), *, create: bool = False) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                database = self._opened(create=create)
                return [] if database is None else list(database.execute(sql, values))
            except (apsw.NotADBError, apsw.CorruptError):
                raise ForeignFileError(
                    f"{self.path} is no file of keys, or it is damaged. Move it away and make new keys."
                ) from None
            except (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError, PermissionError):
                raise ReadOnlyError(f"{self.path} cannot be written. Check the rights of its folder.") from None
            except (apsw.Error, OSError) as error:
                raise StorageError(f"{self.path} could not be read or written: {error}.") from error

    def _opened(self, *, create: bool) -> apsw.Connection | None:
        if self._database is None:
            if not create and not self.path.is_file():
                return None
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if create:
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            self._database = _connect(self.path)
        return self._database


def _connect(path: Path) -> apsw.Connection:
    database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        database.set_busy_timeout(5000)
        _check_ours(database, path)
        database.execute("PRAGMA secure_delete = ON").fetchall()
        database.execute(_SCHEMA).fetchall()
        database.pragma("application_id", APPLICATION_ID)
    except BaseException:
        database.close()
        raise
    return database


def _check_ours(database: apsw.Connection, path: Path) -> None:
    known = database.pragma("application_id")
    if known not in (0, APPLICATION_ID) or (known == 0 and database.pragma("schema_version")):
        raise ForeignFileError(f"{path} is a database of another program. Move it away and make new keys.")


def _key(row: tuple[Any, ...]) -> Key:
    prefix, name, scopes, user_id, created, expires, revoked, used = row
    return Key(
        prefix=prefix,
        name=name,
        scopes=frozenset(Scope(scope) for scope in scopes.split()),
        user_id=user_id,
        created_at=from_micros(created),
        expires_at=_moment(expires),
        revoked_at=_moment(revoked),
        last_used_at=_moment(used),
    )


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _digest(token: str) -> bytes:
    """SHA-256 is enough: a key has 256 random bits, so that there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _prefix_of(token: str) -> str | None:
    start, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    return prefix if start == START and secret and len(prefix) == 2 * PREFIX_BYTES else None


def _scopes(given: Iterable[Scope | str]) -> frozenset[Scope]:
    names: Collection[str] = [str(name).strip() for name in given]
    known = {scope.value for scope in Scope}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        wrong = f"{unknown[0]!r} is no scope." if unknown else "A key needs at least one scope."
        raise InvalidInputError(f"{wrong} Scopes are: {', '.join(Scope)}.")
    return frozenset(Scope(name) for name in names)
