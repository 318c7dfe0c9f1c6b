"""The queue of what is still to be understood, and leases, in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from memory_chain.storage.sqlite.messages import COLUMNS, Messages
from memory_chain.storage.sqlite.part import listed, micros
from memory_chain.types import QueueItem
from memory_chain.utils import from_micros, to_micros

_ITEMS = f"""
    SELECT {COLUMNS}, tries, read_by_rules, not_before, error, raw, dead
    FROM queue CROSS JOIN messages ON messages.seq = queue.seq
"""
_LEASE = """
    INSERT INTO leases (name, owner, until) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET owner = ?2, until = ?3 WHERE owner = ?2 OR until <= ?4
"""


class Queue(Messages):
    """What is still to be understood, and who is at it."""

    def waiting(self, *, limit: int, unread_only: bool = False, ready_at: datetime | None = None) -> list[QueueItem]:
        """Queued messages that are not dead, as they came; with `ready_at` only those whose `not_before` is over."""
        unread = "AND read_by_rules = 0" if unread_only else ""
        return self._items(
            f"dead = 0 {unread} AND (?1 IS NULL OR not_before IS NULL OR not_before <= ?1)",
            (micros(ready_at), limit),
        )

    def troubled(self) -> list[QueueItem]:
        """Queued messages with an error, dead letters included."""
        return self._items("(dead = 1 OR error <> '') AND ?1 IS NULL", (None, -1))

    def _items(self, where: str, values: Sequence[Any]) -> list[QueueItem]:
        with self._db.snapshot():
            rows = self._db.rows(f"{_ITEMS} WHERE {where} ORDER BY queue.seq LIMIT ?2", values)
            return [
                QueueItem(
                    message=self._message(row[:7]),
                    tries=row[7],
                    read_by_rules=bool(row[8]),
                    not_before=None if row[9] is None else from_micros(row[9]),
                    error=row[10],
                    raw=row[11],
                    dead=bool(row[12]),
                )
                for row in rows
            ]

    def update_queue(self, items: Sequence[QueueItem]) -> None:
        """Write tries, error, raw, not_before, dead and read_by_rules of queued messages."""
        with self._db.transaction():
            for item in items:
                self._db.write(
                    "UPDATE queue SET tries = ?, read_by_rules = ?, not_before = ?, error = ?, raw = ?, dead = ? "
                    "WHERE seq = (SELECT seq FROM messages WHERE id = ?)",
                    (
                        item.tries,
                        int(item.read_by_rules),
                        micros(item.not_before),
                        item.error,
                        item.raw,
                        int(item.dead),
                        item.message.id,
                    ),
                )

    def enqueue(self, message_ids: Sequence[str], *, read_by_rules: bool = False) -> None:
        """Put stored messages (back) into the queue, with no tries."""
        with self._db.transaction():
            self._db.write(
                "INSERT INTO queue (seq, read_by_rules) "
                "SELECT seq, ?2 FROM json_each(?1) CROSS JOIN messages ON messages.id = value WHERE true "
                "ON CONFLICT DO UPDATE SET tries = 0, read_by_rules = ?2, not_before = NULL, error = '', raw = '', "
                "dead = 0",
                (listed(message_ids), int(read_by_rules)),
            )

    def dequeue(self, message_ids: Sequence[str]) -> None:
        """Take messages out of the queue: they are understood."""
        with self._db.transaction():
            self._db.write(
                "DELETE FROM queue "
                "WHERE seq IN (SELECT seq FROM json_each(?) CROSS JOIN messages ON messages.id = value)",
                (listed(message_ids),),
            )

    def pending(self) -> int:
        """How many messages no writer has read; cheap."""
        return int(self._db.value("SELECT unread FROM chain"))

    def lease(self, name: str, owner: str, *, now: datetime, seconds: float) -> bool:
        """Take or renew a named lease for an owner; False while another's has not run out."""
        until = to_micros(now + timedelta(seconds=seconds))
        with self._db.transaction():
            return self._db.write(_LEASE, (name, owner, until, to_micros(now))) > 0

    def release(self, name: str, owner: str) -> None:
        """Give a lease back."""
        with self._db.transaction():
            self._db.write("DELETE FROM leases WHERE name = ? AND owner = ?", (name, owner))
