"""The state derived from the log, vectors and the ledger, in SQLite."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from memory_chain.storage.base import Derived
from memory_chain.storage.records import clean, decode, encode
from memory_chain.storage.sqlite.log import Log
from memory_chain.storage.sqlite.messages import COLUMNS
from memory_chain.storage.sqlite.part import listed, micros
from memory_chain.types import Attribute, Change, Event, Message, ModelCall, Operation
from memory_chain.utils import from_micros, to_micros

_NOT_IN_BODY = frozenset({"id"})
_INSERT_CHANGE = (
    "INSERT INTO changes (at, operation, kind, item_id, source_id, reason, previous_id, writer) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_CHANGES = """
    SELECT * FROM (
        SELECT number, at, operation, kind, item_id, source_id, reason, previous_id, writer FROM changes
        WHERE {item} AND (?1 IS NULL OR at <= ?1) ORDER BY at DESC, number DESC LIMIT ?2
    ) ORDER BY at, number
"""
_WITHOUT_VECTOR = f"""
    SELECT {COLUMNS} FROM messages
    WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE model = ? AND vectors.seq = messages.seq)
    ORDER BY seq DESC LIMIT ?
"""


class DerivedState(Log):
    """Attributes, events and their history; vectors; the ledger."""

    def version(self) -> int:
        """A number that changes with every change of the derived state, also by other processes."""
        return int(self._db.value("SELECT version FROM chain"))

    def _new_version(self) -> None:
        """Draw a version. Counting would give a number twice when a transaction is rolled back."""
        self._db.write("UPDATE chain SET version = ?", (secrets.randbits(62),))

    def attributes(self) -> list[Attribute]:
        """All attributes, superseded ones too, by `known_from`."""
        rows = self._db.rows("SELECT id, body FROM attributes ORDER BY known_from, id")
        return [decode(Attribute, body, id=item_id) for item_id, body in rows]

    def events(self) -> list[Event]:
        """All events, superseded ones too, by `known_from`."""
        rows = self._db.rows("SELECT id, body FROM events ORDER BY known_from, id")
        return [decode(Event, body, id=item_id) for item_id, body in rows]

    def apply(self, derived: Derived) -> None:
        """Write what a replay changed, and raise the version."""
        with self._db.transaction():
            self._write_items("attributes", derived.attributes, derived.removed_attributes)
            self._write_items("events", derived.events, derived.removed_events)
            if derived.history_since is not None:
                self._db.write("DELETE FROM changes WHERE at >= ?", (to_micros(derived.history_since),))
            for change in derived.changes:
                self._write_change(change)
            self._new_version()

    def _write_items(self, table: str, items: Sequence[Attribute] | Sequence[Event], removed: Sequence[str]) -> None:
        if removed:
            self._db.write(f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))", (listed(removed),))
        for item in items:
            self._db.write(
                f"INSERT INTO {table} (id, known_from, body) VALUES (?1, ?2, ?3) "
                "ON CONFLICT DO UPDATE SET known_from = ?2, body = ?3",
                (item.id, to_micros(item.known_from), encode(item, leave_out=_NOT_IN_BODY)),
            )

    def _write_change(self, change: Change) -> None:
        self._db.write(
            _INSERT_CHANGE,
            (
                to_micros(change.at),
                change.operation.value,
                change.kind,
                change.item_id,
                change.source_id,
                change.reason,
                change.previous_id,
                change.writer,
            ),
        )

    def changes(
        self, *, item_id: str | None = None, limit: int | None = None, until: datetime | None = None
    ) -> list[Change]:
        """The history, the oldest first (with `limit`: the latest ones); of one item: the changes that name it."""
        values: list[Any] = [micros(until), -1 if limit is None else limit]
        about = "true"
        if item_id is not None:
            about = "(item_id = ?3 OR previous_id = ?3)"
            values.append(item_id)
        return [
            Change(
                at=from_micros(at),
                operation=Operation(operation),
                kind=kind,
                item_id=item,
                source_id=source,
                reason=reason,
                previous_id=previous,
                writer=writer,
            )
            for _, at, operation, kind, item, source, reason, previous, writer in self._db.rows(
                _CHANGES.format(item=about), values
            )
        ]

    # -- vectors --

    def put_vectors(self, model: str, vectors: Mapping[str, bytes]) -> None:
        """Keep message vectors (message id to float32 bytes, rows of length 1)."""
        with self._db.transaction():
            self._db.write("INSERT INTO vector_models (name) VALUES (?) ON CONFLICT DO NOTHING", (model,))
            number = self._model_number(model)
            seqs = self._seqs_of(vectors)
            for message_id, vector in vectors.items():
                seq = seqs.get(clean(message_id))
                if seq is not None:  # else forgotten while it was being embedded
                    self._db.write("DELETE FROM vectors WHERE model = ? AND seq = ?", (number, seq))
                    self._db.write("INSERT INTO vectors (model, seq, vector) VALUES (?, ?, ?)", (number, seq, vector))

    def _model_number(self, model: str) -> int | None:
        number: int | None = self._db.value("SELECT id FROM vector_models WHERE name = ?", (model,))
        return number

    def vectors(self, model: str) -> tuple[list[int], bytes]:
        """The numbers of the messages that have a vector of this model, and the vectors end to end."""
        rows = self._db.rows(
            "SELECT seq, vector FROM vectors WHERE model = (SELECT id FROM vector_models WHERE name = ?) ORDER BY seq",
            (model,),
        )
        return [seq for seq, _ in rows], b"".join(vector for _, vector in rows)

    def vector_state(self, model: str) -> tuple[int, int]:
        """(number of vectors, number of writes) of a model: changes whenever its vectors do."""
        row = self._db.one("SELECT vectors, writes FROM vector_models WHERE name = ?", (model,))
        return (row[0], row[1]) if row else (0, 0)

    def drop_vectors(self, *, keep: str | None) -> None:
        """Remove the vectors of all models but one."""
        with self._db.transaction():
            self._db.write(
                "DELETE FROM vectors WHERE model IN (SELECT id FROM vector_models WHERE name IS NOT ?)", (keep,)
            )

    def messages_without_vector(self, model: str, *, limit: int) -> list[Message]:
        """Messages that this model has not embedded yet."""
        with self._db.snapshot():
            missing = (
                int(self._db.value("SELECT coalesce(sum(messages), 0) FROM speakers")) - self.vector_state(model)[0]
            )
            # The search goes from the newest message back and ends when all that lack one are found.
            rows = self._db.rows(_WITHOUT_VECTOR, (self._model_number(model), min(limit, missing)))
            return [self._message(row) for row in reversed(rows)]

    # -- the ledger --

    def record_call(self, call: ModelCall) -> None:
        """Write a row of the cost ledger."""
        with self._db.transaction():
            self._db.write("INSERT INTO calls (body) VALUES (?)", (encode(call),))

    def calls(self, *, limit: int | None = None) -> list[ModelCall]:
        """The ledger, the oldest first (with `limit`: the latest ones)."""
        rows = self._db.rows(
            "SELECT number, body FROM calls ORDER BY number DESC LIMIT ?", (-1 if limit is None else limit,)
        )
        return [decode(ModelCall, body) for _, body in reversed(rows)]
