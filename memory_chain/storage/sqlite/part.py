"""What the parts of the SQLite store have in common: the connection, and numbers for names."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from memory_chain.storage.records import clean
from memory_chain.storage.sqlite.connection import Connection
from memory_chain.utils import to_micros

Named = tuple[str | None, str]
"""A speaker: (name, role)."""


class Part:
    """A group of the store's methods, over one connection."""

    _db: Connection
    user_id: str
    _sessions: dict[int, str]
    _speakers: dict[int, Named]
    """Names that were read before. Numbers are never used again, so they stay right until a rollback."""

    @classmethod
    def over(cls, file: Connection, user_id: str) -> Self:
        """A store over a connection that is open already and stays the caller's to close."""
        store = cls.__new__(cls)
        store._take(file, user_id)
        return store

    def _take(self, file: Connection, user_id: str) -> None:
        self._db = file
        self.user_id = user_id
        self._sessions = {}
        self._speakers = {}
        file.on_rollback = self._forget_names

    def get_meta(self, key: str) -> str | None:
        """A small named value of the chain."""
        value: str | None = self._db.value("SELECT value FROM meta WHERE key = ?", (key,))
        return value

    def set_meta(self, key: str, value: str | None) -> None:
        """Keep a small named value, or remove it (None)."""
        with self._db.transaction():
            if value is None:
                self._db.write("DELETE FROM meta WHERE key = ?", (key,))
            else:
                self._db.write(
                    "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2", (key, value)
                )

    def _session(self, number: int) -> str:
        if number not in self._sessions:
            self._sessions[number] = self._db.value("SELECT name FROM sessions WHERE id = ?", (number,))
        return self._sessions[number]

    def _speaker(self, number: int) -> Named:
        if number not in self._speakers:
            for name, role in self._db.rows("SELECT name, role FROM speakers WHERE id = ?", (number,)):
                self._speakers[number] = (name, role)
        return self._speakers[number]

    def _forget_names(self) -> None:
        self._sessions.clear()
        self._speakers.clear()

    def _seqs_of(self, message_ids: Iterable[str]) -> dict[str, int]:
        """The numbers of the messages that there are."""
        found = self._db.rows(
            "SELECT messages.id, seq FROM json_each(?) CROSS JOIN messages ON messages.id = value",
            (listed(message_ids),),
        )
        return dict(found)

    def _hash_key(self) -> bytes:
        return bytes(self._db.value("SELECT hash_key FROM chain"))

    def _is_forgotten(self, hashed: bytes) -> bool:
        return self._db.one("SELECT 1 FROM forgotten WHERE hash = ?", (hashed,)) is not None


LAST = 1 << 62
"""Later than any time, in microseconds."""


def listed(values: Iterable[Any]) -> str:
    """Values as one parameter, to be read with `json_each`."""
    return json.dumps([clean(value) if isinstance(value, str) else value for value in values], ensure_ascii=False)


def micros(moment: datetime | None) -> int | None:
    """A time as it is stored, None for none."""
    return None if moment is None else to_micros(moment)
