"""Everything of a SQLite store as JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing

import apsw

from memory_chain.errors import InvalidInputError, StorageError
from memory_chain.retrieval.lexical import index_fields
from memory_chain.storage.base import Correction
from memory_chain.storage.records import (
    NOT_IN_STORE,
    checked,
    decode,
    dumps,
    from_base64,
    loaded_kept,
    loaded_message,
    loaded_queue_item,
    readable,
    to_base64,
    to_json,
)
from memory_chain.storage.sqlite.connection import Row
from memory_chain.storage.sqlite.erasing import Erasing
from memory_chain.storage.sqlite.messages import COLUMNS
from memory_chain.types import JSON, Attribute, Change, Event, Message, ModelCall, Observation
from memory_chain.utils import to_micros


class Moving(Erasing):
    """A store's way out and in."""

    def dump(self) -> Iterator[JSON]:
        """Everything as JSON records `{"type": table, …}`, enough to build an equal store.

        It reads what was committed when it began, and holds nobody up.
        """
        with closing(self._db.reading()) as file, file.snapshot():
            reader = type(self).over(file, self.user_id)
            for kind, records in reader._all_records():
                for record in records:
                    yield {"type": kind, **record}

    def _all_records(self) -> Iterator[tuple[str, Iterable[JSON]]]:
        """Every table as records, in the order in which they can be loaded."""
        stream = self._db.stream
        yield "chain", ({"hash_key": to_base64(key)} for (key,) in stream("SELECT hash_key FROM chain"))
        yield "forgotten", ({"hash": to_base64(one)} for (one,) in stream("SELECT hash FROM forgotten"))
        yield "meta", ({"key": key, "value": value} for key, value in stream("SELECT key, value FROM meta"))
        yield "message", map(self._message_record, stream(f"SELECT {COLUMNS} FROM messages ORDER BY seq"))
        yield "queue", self._queue_records()
        yield "observation", self._observation_records()
        yield (
            "correction",
            ({"number": number, **to_json(correction)} for number, correction in self._numbered_corrections(None)),
        )
        yield "attribute", map(to_json, self.attributes())
        yield "event", map(to_json, self.events())
        yield "change", map(to_json, self.changes())
        yield "kept", self._kept_records()
        yield (
            "vector",
            (
                {"model": model, "message_id": message_id, "vector": to_base64(vector)}
                for model, message_id, vector in stream(
                    "SELECT name, messages.id, vector FROM vectors "
                    "JOIN vector_models ON vector_models.id = model JOIN messages ON messages.seq = vectors.seq "
                    "ORDER BY model, vectors.seq"
                )
            ),
        )
        yield "call", (to_json(decode(ModelCall, body)) for (body,) in stream("SELECT body FROM calls ORDER BY number"))

    def _message_record(self, row: Row) -> JSON:
        message = self._message(row)
        return {"seq": message.seq, **to_json(message, leave_out=NOT_IN_STORE)}

    def _queue_records(self) -> Iterator[JSON]:
        for item in self._items("?1 IS NULL", (None, -1)):
            yield {"message_id": item.message.id, **to_json(item, leave_out=frozenset({"message"}))}

    def _observation_records(self) -> Iterator[JSON]:
        for row in self._db.stream(
            "SELECT id, writer, subject, attitude, body FROM observations "
            "CROSS JOIN messages ON messages.seq = observations.seq ORDER BY observations.seq"
        ):
            yield to_json(self._observation(row))

    def _kept_records(self) -> Iterator[JSON]:
        for memory_type, message_id, ordinal, body in self._db.stream(
            "SELECT memory_type, id, ordinal, body FROM kept CROSS JOIN messages ON messages.seq = kept.seq "
            "ORDER BY memory_type, kept.seq, ordinal"
        ):
            yield {
                "memory_type": memory_type,
                "message_id": message_id,
                "ordinal": ordinal,
                "record": json.loads(body),
            }

    # -- and back --

    def load(self, records: Iterable[JSON]) -> None:
        """Fill an empty store from `dump`'s records, in one transaction.

        Raises:
            InvalidInputError: the store is not empty.
            ValueError: the records are damaged; nothing was loaded.
        """
        loaders: Mapping[str, Callable[[JSON], None]] = {
            "chain": self._load_chain,
            "forgotten": self._load_forgotten,
            "meta": lambda given: self.set_meta(given["key"], given["value"]),
            "message": self._load_message,
            "queue": self._load_queue,
            "observation": self._load_observation,
            "correction": self._load_correction,
            "attribute": lambda given: self._write_items("attributes", [checked(Attribute, given)], ()),
            "event": lambda given: self._write_items("events", [checked(Event, given)], ()),
            "change": lambda given: self._write_change(checked(Change, given)),
            "kept": self._load_kept,
            "vector": lambda given: self.put_vectors(
                given["model"], {given["message_id"]: from_base64(given["vector"])}
            ),
            "call": lambda given: self.record_call(checked(ModelCall, given)),
        }
        try:
            with self._db.transaction():
                if self._db.value("SELECT EXISTS (SELECT 1 FROM messages) OR EXISTS (SELECT 1 FROM forgotten)"):
                    raise InvalidInputError(
                        "Only an empty memory can be filled from an export, and this one holds messages or knows of "
                        "forgotten ones. Forget the user with everything first, or import under another name."
                    )
                for record in records:
                    with readable(record) as (kind, given):
                        loaders[kind](given)
                self._tidy_topics(topic for (topic,) in self._db.rows("SELECT id FROM topics"))
                self._new_version()
        except StorageError as error:
            if isinstance(error.__cause__, apsw.ConstraintError | apsw.MismatchError):
                raise ValueError(f"the records contradict each other ({error.__cause__})") from error  # noqa: TRY004
            raise

    def _load_chain(self, given: JSON) -> None:
        self._db.write("UPDATE chain SET hash_key = ?", (from_base64(given["hash_key"]),))

    def _load_forgotten(self, given: JSON) -> None:
        self._keep_hash(from_base64(given["hash"]))

    def _load_message(self, given: JSON) -> None:
        message = loaded_message(given, self.user_id)
        self._store(message, index_fields(message.text), queue=False, seq=message.seq)

    def _load_queue(self, given: JSON) -> None:
        item = loaded_queue_item(given, self._known_message(given["message_id"]))
        self.enqueue([item.message.id])
        self.update_queue([item])

    def _known_message(self, message_id: str) -> Message:
        (message,) = self.get_messages([message_id])
        if message is None:
            raise ValueError(f"there is no message {message_id!r}")
        return message

    def _load_observation(self, given: JSON) -> None:
        observation = checked(Observation, given)
        message = self._known_message(observation.message_id)
        self._put_observation(observation, message.seq, to_micros(message.created_at))

    def _load_correction(self, given: JSON) -> None:
        given = dict(given)
        number = int(given.pop("number"))
        self._write_correction(checked(Correction, given), number)

    def _load_kept(self, given: JSON) -> None:
        memory_type, message_id, ordinal, record = loaded_kept(given)
        self._db.write(
            "INSERT INTO kept (memory_type, seq, ordinal, body) VALUES (?, ?, ?, ?)",
            (memory_type, self._known_message(message_id).seq, ordinal, dumps(record)),
        )
