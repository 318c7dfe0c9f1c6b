"""One user's memory in one SQLite file: the messages, the queue, the log, what is derived from it, the ledger."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from memory_chain.errors import ConflictError, StorageError
from memory_chain.retrieval.lexical import analyze, index_fields
from memory_chain.storage.base import (
    Added,
    Correction,
    Counts,
    Derived,
    Hit,
    Observed,
    TopicAttitude,
    TopicRow,
    Turn,
)
from memory_chain.storage.records import decode, encode
from memory_chain.storage.sqlite.connection import Connection
from memory_chain.types import (
    JSON,
    Attitude,
    Attribute,
    Change,
    Event,
    Evidence,
    Message,
    ModelCall,
    Observation,
    ObservedAttribute,
    ObservedEvent,
    QueueItem,
    Role,
    Source,
)
from memory_chain.utils import clean_text, from_micros, to_micros

_MESSAGE = "m.seq, m.id, m.session, m.role, m.speaker, m.text, m.at, m.metadata"
_QUEUED = (
    f"SELECT {_MESSAGE}, q.tries, q.read_by_rules, q.not_before, q.error, q.raw, q.dead "
    "FROM queue q JOIN message m USING (seq)"
)
_COMPARED = (
    ("text", "text"),
    ("role", "role"),
    ("speaker", "speaker"),
    ("session", "session_id"),
    ("time", "created_at"),
    ("metadata", "metadata"),
)
_ITEMS = frozenset({"attributes", "events"})
_CORRECTIONS = 1 << 40
"""Corrections stand behind all messages of the same moment."""

_FOREVER = 1 << 60
_TABLES = (
    "meta", "message", "turn", "queue", "observation", "observed", "correction", "attribute", "event", "change",
    "topic", "topic_message", "kept", "vector", "call", "forgotten",
)  # fmt: skip
_TIME_COLUMNS = {"at", "known_from", "not_before"}


class SQLiteStore:
    """A `Store` in one file, created if it is not there.

    Args:
        path: the file.
        user_id: whose memory it is.
        busy_timeout_seconds: how long to wait for another process.
        vfs: the SQLite file system to use, for tests.
    """

    def __init__(
        self, path: str | Path, *, user_id: str, busy_timeout_seconds: float = 30.0, vfs: str | None = None
    ) -> None:
        self.user_id = user_id
        self._db = Connection(str(path), busy_timeout_seconds=busy_timeout_seconds, vfs=vfs)
        if self.get_meta("user_id") is None:
            self.set_meta("user_id", user_id)

    # -- life --

    def close(self) -> None:
        """Release the file. Closing twice is fine."""
        self._db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """One write transaction around several calls; nested blocks join."""
        return self._db.transaction()

    def version(self) -> int:
        """A number that grows with every change of the derived state."""
        return int(self.get_meta("version") or 0)

    def get_meta(self, key: str) -> str | None:
        """A small named value."""
        rows = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str | None) -> None:
        """Keep a small named value, or remove it."""
        if value is None:
            self._db.execute("DELETE FROM meta WHERE key = ?", (key,))
        else:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, clean_text(value)))

    # -- messages and their index --

    def add_messages(self, messages: Sequence[Message], *, queue: bool = True) -> Added:
        """Store, index and queue messages, all or none."""
        stored: list[Message] = []
        duplicates = forgotten = 0
        with self.transaction():
            for message in messages:
                if self._is_forgotten(_hash("message", message.id)):
                    forgotten += 1
                elif self._is_duplicate(message):
                    duplicates += 1
                else:
                    stored.append(self._insert(message, queue=queue))
        return Added(stored=tuple(stored), duplicates=duplicates, forgotten=forgotten)

    def _is_duplicate(self, message: Message) -> bool:
        (known,) = self.get_messages([message.id])
        if known is None:
            return False
        differing = [name for name, field in _COMPARED if getattr(known, field) != getattr(message, field)]
        if differing:
            raise ConflictError(message.id, differing)
        return True

    def _insert(self, message: Message, *, queue: bool) -> Message:
        text, at = clean_text(message.text), to_micros(message.created_at)
        metadata = json.dumps(dict(message.metadata), ensure_ascii=False)
        seq = self._db.insert(
            "INSERT INTO message (id, session, role, speaker, text, at, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (message.id, message.session_id, str(message.role), message.speaker, text, at, metadata),
        )
        fields = index_fields(text)
        who = message.speaker or str(message.role)
        self._db.execute(
            "INSERT INTO turn VALUES (?, ?, ?, ?, ?, ?)",
            (seq, message.session_id, who, at, fields.tokens, fields.traits),
        )
        self._db.execute("INSERT INTO turn_index (rowid, tokens) VALUES (?, ?)", (seq, fields.tokens))
        if queue:
            self._db.execute("INSERT INTO queue (seq) VALUES (?)", (seq,))
        return replace(message, text=text, seq=seq)

    def get_messages(self, ids: Sequence[str]) -> list[Message | None]:
        """The messages with these ids, in the order asked."""
        rows = self._db.execute(
            f"SELECT {_MESSAGE} FROM json_each(?) j CROSS JOIN message m ON m.id = j.value", (json.dumps(list(ids)),)
        )
        found = {row[1]: self._message(row) for row in rows}
        return [found.get(message_id) for message_id in ids]

    def messages_by_seq(self, seqs: Sequence[int]) -> dict[int, Message]:
        """The messages with these numbers."""
        rows = self._db.execute(
            f"SELECT {_MESSAGE} FROM json_each(?) j CROSS JOIN message m ON m.seq = j.value", (json.dumps(list(seqs)),)
        )
        return {row[0]: self._message(row) for row in rows}

    def list_messages(
        self,
        *,
        session_id: str | None = None,
        speaker: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: tuple[datetime, int] | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Message]:
        """Messages by time."""
        where = _Where()
        where.add("m.session = ?", session_id)
        where.add("m.speaker = ?", speaker)
        where.add("m.at >= ?", _micros(since))
        where.add("m.at < ?", _micros(until))
        if after is not None:
            where.add(f"(m.at, m.seq) {'<' if newest_first else '>'} (?, ?)", to_micros(after[0]), after[1])
        way = "DESC" if newest_first else "ASC"
        sql = f"SELECT {_MESSAGE} FROM message m {where} ORDER BY m.at {way}, m.seq {way} LIMIT ?"
        return [self._message(row) for row in self._db.execute(sql, (*where.values, _limit(limit)))]

    def _message(self, row: Sequence[Any]) -> Message:
        return Message(
            seq=row[0],
            id=row[1],
            session_id=row[2],
            role=Role(row[3]),
            speaker=row[4],
            text=row[5],
            created_at=from_micros(row[6]),
            metadata=json.loads(row[7]),
            user_id=self.user_id,
        )

    def neighbours(self, seqs: Sequence[int], *, before: int, after: int) -> dict[int, list[int]]:
        """The turns around each message in its session, itself included, in time order."""
        rows = self._db.execute(
            """
            SELECT hit.seq,
                (SELECT group_concat(seq) FROM (
                    SELECT b.seq FROM turn b WHERE b.session = hit.session AND (b.at, b.seq) < (hit.at, hit.seq)
                    ORDER BY b.at DESC, b.seq DESC LIMIT ?2)),
                (SELECT group_concat(seq) FROM (
                    SELECT a.seq FROM turn a WHERE a.session = hit.session AND (a.at, a.seq) > (hit.at, hit.seq)
                    ORDER BY a.at, a.seq LIMIT ?3))
            FROM json_each(?1) j CROSS JOIN turn hit ON hit.seq = j.value
            """,
            (json.dumps(list(seqs)), before, after),
        )
        return {seq: [*_numbers(earlier)[::-1], seq, *_numbers(later)] for seq, earlier, later in rows}

    def turns(self, seqs: Sequence[int]) -> dict[int, Turn]:
        """The messages with these numbers, as the ranking sees them."""
        rows = self._db.execute(
            "SELECT t.* FROM json_each(?) j CROSS JOIN turn t ON t.seq = j.value", (json.dumps(list(seqs)),)
        )
        return {row[0]: Turn._make(row) for row in rows}

    def search(self, terms: Sequence[str], *, limit: int, as_of: datetime | None = None) -> list[Hit]:
        """Messages with any of the analysed terms, the best first."""
        if not terms:
            return []
        until = _micros(as_of)
        join = "" if until is None else "JOIN turn t ON t.seq = turn_index.rowid AND t.at <= ?3"
        values = (_match(terms), limit) if until is None else (_match(terms), limit, until)
        rows = self._db.execute(
            f"SELECT turn_index.rowid, rank FROM turn_index {join} WHERE turn_index MATCH ?1 ORDER BY rank LIMIT ?2",
            values,
        )
        return [Hit(seq=seq, score=-rank) for seq, rank in rows]

    def document_counts(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many messages each analysed term occurs."""
        counts = {}
        for term in terms:
            rows = self._db.execute("SELECT doc FROM turn_terms WHERE term = ?", (term,))
            counts[term] = rows[0][0] if rows else 0
        return counts

    def messages_with_term(self, term: str, *, limit: int) -> list[int]:
        """The messages that have an analysed term, the newest first."""
        sql = "SELECT rowid FROM turn_index WHERE turn_index MATCH ? ORDER BY rowid DESC LIMIT ?"
        return [row[0] for row in self._db.execute(sql, (_match([term]), limit))]

    def speakers(self) -> list[tuple[str | None, str, int]]:
        """Who speaks: (speaker, role, number of messages)."""
        return [(name or None, role, count) for name, role, count in self._db.execute("SELECT * FROM speaker")]

    # -- the queue --

    def waiting(self, *, limit: int, unread_only: bool = False, ready_at: datetime | None = None) -> list[QueueItem]:
        """The queued messages that came first and are not dead."""
        where = _Where("q.dead = 0")
        if unread_only:
            where.add("q.read_by_rules = 0")
        where.add("(q.not_before IS NULL OR q.not_before <= ?)", _micros(ready_at))
        rows = self._db.execute(f"{_QUEUED} {where} ORDER BY q.seq LIMIT ?", (*where.values, limit))
        return [self._queue_item(row) for row in rows]

    def troubled(self) -> list[QueueItem]:
        """Queued messages with an error, dead letters included."""
        rows = self._db.execute(f"{_QUEUED} WHERE q.error <> '' OR q.dead = 1 ORDER BY m.at, m.seq")
        return [self._queue_item(row) for row in rows]

    def _queue_item(self, row: Sequence[Any]) -> QueueItem:
        tries, read_by_rules, not_before, error, raw, dead = row[8:]
        return QueueItem(
            message=self._message(row),
            tries=tries,
            read_by_rules=bool(read_by_rules),
            not_before=None if not_before is None else from_micros(not_before),
            error=error,
            raw=raw,
            dead=bool(dead),
        )

    def update_queue(self, items: Sequence[QueueItem]) -> None:
        """Write the state of queued messages."""
        with self.transaction():
            for item in items:
                state = (item.tries, item.read_by_rules, _micros(item.not_before), clean_text(item.error))
                self._db.execute(
                    "UPDATE queue SET tries = ?, read_by_rules = ?, not_before = ?, error = ?, raw = ?, dead = ? "
                    "WHERE seq = (SELECT seq FROM message WHERE id = ?)",
                    (*state, clean_text(item.raw), item.dead, item.message.id),
                )

    def enqueue(self, message_ids: Sequence[str], *, read_by_rules: bool = False) -> None:
        """Put stored messages into the queue, with no tries."""
        with self.transaction():
            for message_id in message_ids:
                self._db.execute(
                    "INSERT OR REPLACE INTO queue (seq, read_by_rules) SELECT seq, ? FROM message WHERE id = ?",
                    (read_by_rules, message_id),
                )

    def dequeue(self, message_ids: Sequence[str]) -> None:
        """Take messages out of the queue."""
        with self.transaction():
            for message_id in message_ids:
                self._db.execute("DELETE FROM queue WHERE seq = (SELECT seq FROM message WHERE id = ?)", (message_id,))

    def pending(self) -> int:
        """How many messages no writer has read."""
        return int(self._db.execute("SELECT count(*) FROM queue WHERE read_by_rules = 0 AND dead = 0")[0][0])

    def lease(self, name: str, owner: str, *, now: datetime, seconds: float) -> bool:
        """Take or renew a named lease."""
        with self.transaction():
            held = self._db.execute("SELECT owner, until FROM lease WHERE name = ?", (name,))
            if held and held[0][0] != owner and held[0][1] > to_micros(now):
                return False
            until = to_micros(now) + int(seconds * 1_000_000)
            self._db.execute("INSERT OR REPLACE INTO lease VALUES (?, ?, ?)", (name, owner, until))
            return True

    def release(self, name: str, owner: str) -> None:
        """Give a lease back."""
        self._db.execute("DELETE FROM lease WHERE name = ? AND owner = ?", (name, owner))

    # -- the log --

    def put_observations(self, observations: Sequence[Observation]) -> None:
        """Log what messages revealed, in place of what was logged before."""
        with self.transaction():
            for observation in observations:
                (message,) = self.get_messages([observation.message_id])
                if message is not None:
                    self._drop_observation(message.id)
                    self._log(message, self._without_forgotten(observation))

    def _log(self, message: Message, observation: Observation) -> None:
        at = to_micros(message.created_at)
        payload = encode(observation, leave_out=_ITEMS | {"message_id", "writer"})
        self._db.execute(
            "INSERT INTO observation VALUES (?, ?, ?)", (message.id, observation.writer, clean_text(payload))
        )
        items: list[ObservedAttribute | ObservedEvent] = [*observation.attributes, *observation.events]
        for ordinal, item in enumerate(items):
            self._log_item(at, message.seq, ordinal, message.id, item, observation.writer)
        for place, label in enumerate(observation.topics):
            attitude = observation.attitude if place == 0 else Attitude.NEUTRAL
            self._log_topic(message, label, attitude, observation)

    def _log_item(
        self, at: int, seq: int, ordinal: int, source: str, item: ObservedAttribute | ObservedEvent, writer: str
    ) -> None:
        kind = "attribute" if isinstance(item, ObservedAttribute) else "event"
        self._db.execute(
            "INSERT INTO observed VALUES (?, ?, ?, ?, ?, ?, ?)",
            (at, seq, ordinal, source, kind, writer, clean_text(encode(item))),
        )

    def _log_topic(self, message: Message, label: str, attitude: Attitude, observation: Observation) -> None:
        key = " ".join(sorted(set(analyze(label))))
        if not key:
            return
        known = self._db.execute("SELECT id FROM topic WHERE key = ?", (key,))
        topic = known[0][0] if known else self._db.insert("INSERT INTO topic (key) VALUES (?)", (key,))
        if not known:
            self._db.execute("INSERT INTO topic_index (rowid, tokens) VALUES (?, ?)", (topic, key))
        reason = observation.reason if attitude is not Attitude.NEUTRAL else ""
        self._db.execute(
            "INSERT OR IGNORE INTO topic_message VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (topic, to_micros(message.created_at), message.seq, message.id, clean_text(label), str(attitude),
             clean_text(reason), clean_text(observation.subject)),
        )  # fmt: skip

    def _without_forgotten(self, observation: Observation) -> Observation:
        if not self._db.execute("SELECT 1 FROM forgotten LIMIT 1"):
            return observation
        source = observation.message_id
        return replace(
            observation,
            attributes=tuple(
                one for one in observation.attributes if not self._is_forgotten(_item_hash(source, one.text))
            ),
            events=tuple(one for one in observation.events if not self._is_forgotten(_item_hash(source, one.text))),
        )

    def _drop_observation(self, message_id: str) -> int:
        self._db.execute("DELETE FROM observation WHERE message_id = ?", (message_id,))
        dropped = self._db.changed()
        if dropped:
            self._db.execute("DELETE FROM observed WHERE source = ?", (message_id,))
            topics = self._db.execute("SELECT topic FROM topic_message WHERE message_id = ?", (message_id,))
            self._db.execute("DELETE FROM topic_message WHERE message_id = ?", (message_id,))
            for (topic,) in topics:
                if not self._db.execute("SELECT 1 FROM topic_message WHERE topic = ? LIMIT 1", (topic,)):
                    self._db.execute("DELETE FROM topic WHERE id = ?", (topic,))
                    self._db.execute("DELETE FROM topic_index WHERE rowid = ?", (topic,))
        return dropped

    def get_observations(self, message_ids: Sequence[str]) -> dict[str, Observation]:
        """What was logged for these messages."""
        asked = json.dumps(list(message_ids))
        heads = self._db.execute(
            "SELECT o.message_id, o.writer, o.payload FROM json_each(?) j "
            "CROSS JOIN observation o ON o.message_id = j.value",
            (asked,),
        )
        items: dict[str, list[ObservedAttribute | ObservedEvent]] = {message_id: [] for message_id, _, _ in heads}
        for source, kind, payload in self._db.execute(
            "SELECT o.source, o.kind, o.payload FROM json_each(?) j CROSS JOIN observed o ON o.source = j.value "
            "ORDER BY o.source, o.ordinal",
            (asked,),
        ):
            items[source].append(_item(kind, payload))
        return {
            message_id: decode(
                Observation,
                payload,
                message_id=message_id,
                writer=writer,
                attributes=tuple(one for one in items[message_id] if isinstance(one, ObservedAttribute)),
                events=tuple(one for one in items[message_id] if isinstance(one, ObservedEvent)),
            )
            for message_id, writer, payload in heads
        }

    def counts_by_writer(self) -> dict[str, int]:
        """How many messages each writer's observations are logged for."""
        return dict(self._db.execute("SELECT writer, count(*) FROM observation GROUP BY writer"))

    def put_correction(self, correction: Correction) -> None:
        """Log a correction."""
        with self.transaction():
            number = self._db.execute("SELECT count(*) FROM observed WHERE seq >= ?", (_CORRECTIONS,))[0][0]
            self._db.execute(
                "INSERT INTO correction VALUES (?, ?)", (correction.id, json.dumps(correction.corrected_sources))
            )
            at = to_micros(correction.at)
            self._log_item(at, _CORRECTIONS + number, 0, correction.id, correction.item, "user")

    def remove_correction(self, correction_id: str) -> bool:
        """Take a correction back."""
        with self.transaction():
            self._db.execute("DELETE FROM correction WHERE id = ?", (correction_id,))
            found = self._db.changed() > 0
            if found:
                self._db.execute("DELETE FROM observed WHERE source = ?", (correction_id,))
            return found

    def corrections(self) -> list[Correction]:
        """All corrections by time."""
        rows = self._db.execute(
            "SELECT c.id, c.corrected, o.at, o.kind, o.payload FROM correction c JOIN observed o ON o.source = c.id "
            "ORDER BY o.at, o.seq"
        )
        return [
            Correction(
                id=correction_id,
                at=from_micros(at),
                item=_item(kind, payload),
                corrected_sources=tuple(json.loads(corrected)),
            )
            for correction_id, corrected, at, kind, payload in rows
        ]

    def observed(self, *, since: datetime | None = None) -> list[Observed]:
        """The logged items, corrections included, in the order in which they were said."""
        rows = self._db.execute(
            "SELECT o.at, o.seq, o.ordinal, o.source, o.kind, o.writer, o.payload, c.corrected FROM observed o "
            "LEFT JOIN correction c ON c.id = o.source WHERE o.at >= ? ORDER BY o.at, o.seq, o.ordinal",
            (-_FOREVER if since is None else to_micros(since),),
        )
        return [
            Observed(
                source=Source(id=source, said_at=from_micros(at)),
                seq=seq,
                ordinal=ordinal,
                item=_item(kind, payload),
                writer=writer,
                corrected_sources=tuple(json.loads(corrected)) if corrected else (),
            )
            for at, seq, ordinal, source, kind, writer, payload, corrected in rows
        ]

    # -- the derived state --

    def attributes(self) -> list[Attribute]:
        """All attributes, superseded ones too, by the time they were learned."""
        rows = self._db.execute("SELECT payload FROM attribute ORDER BY known_from, id")
        return [decode(Attribute, payload) for (payload,) in rows]

    def events(self) -> list[Event]:
        """All events, superseded ones too, by the time they were learned."""
        rows = self._db.execute("SELECT payload FROM event ORDER BY known_from, id")
        return [decode(Event, payload) for (payload,) in rows]

    def apply(self, derived: Derived) -> None:
        """Write what a replay changed, and raise the version."""
        kinds: tuple[tuple[str, Sequence[Attribute] | Sequence[Event], Sequence[str]], ...] = (
            ("attribute", derived.attributes, derived.removed_attributes),
            ("event", derived.events, derived.removed_events),
        )
        with self.transaction():
            for table, written, removed in kinds:
                for item_id in removed:
                    self._db.execute(f"DELETE FROM {table} WHERE id = ?", (item_id,))
                for item in written:
                    row = (item.id, to_micros(item.known_from), encode(item))
                    self._db.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", row)
            if derived.history_since is not None:
                self._db.execute("DELETE FROM change WHERE at >= ?", (to_micros(derived.history_since),))
            for change in derived.changes:
                self._db.execute(
                    "INSERT INTO change (at, item_id, previous_id, payload) VALUES (?, ?, ?, ?)",
                    (to_micros(change.at), change.item_id, change.previous_id, encode(change)),
                )
            self.set_meta("version", str(self.version() + 1))

    def changes(
        self, *, item_id: str | None = None, limit: int | None = None, until: datetime | None = None
    ) -> list[Change]:
        """The history, the oldest first."""
        where = _Where()
        if item_id is not None:
            where.add("(item_id = ?1 OR previous_id = ?1)", item_id)
        where.add("at <= ?", _micros(until))
        rows = self._db.execute(
            f"SELECT payload FROM change {where} ORDER BY at, number LIMIT ?", (*where.values, _limit(limit))
        )
        return [decode(Change, payload) for (payload,) in rows]

    # -- topics --

    def search_topics(self, terms: Sequence[str], *, limit: int) -> list[tuple[int, str]]:
        """Topics whose label shares analysed terms, the best first."""
        if not terms:
            return []
        rows = self._db.execute(
            "SELECT rowid, (SELECT label FROM topic_message WHERE topic = topic_index.rowid ORDER BY at, seq LIMIT 1) "
            "FROM topic_index WHERE topic_index MATCH ? ORDER BY rank LIMIT ?",
            (_match(terms), limit),
        )
        return [(topic, label) for topic, label in rows]

    def topics(self, *, limit: int | None = None, as_of: datetime | None = None) -> list[TopicRow]:
        """Topics, those with the most messages first."""
        rows = self._topic_rows(as_of)
        return sorted(rows, key=lambda row: (-row.messages, row.label, row.id))[:limit]

    def _topic_rows(self, as_of: datetime | None) -> list[TopicRow]:
        """Topics with their counts; the wording that was said first is the label."""
        rows = self._db.execute(
            "SELECT topic, attitude, count(*), min(at), max(at), label FROM topic_message WHERE at <= ? "
            "GROUP BY 1, 2 ORDER BY 1, 4",
            (_FOREVER if as_of is None else to_micros(as_of),),
        )
        found: dict[int, TopicRow] = {}
        for topic, attitude, count, _, last, label in rows:
            row = found.get(topic) or TopicRow(id=topic, label=label, messages=0, last_at=from_micros(last))
            found[topic] = replace(
                row,
                messages=row.messages + count,
                last_at=max(row.last_at, from_micros(last)),
                attitudes={**row.attitudes, Attitude(attitude): count},
            )
        return [replace(row, label=self._first_label(row.id)) for row in found.values()]

    def _first_label(self, topic: int) -> str:
        sql = "SELECT label FROM topic_message WHERE topic = ? ORDER BY at, seq LIMIT 1"
        return str(self._db.execute(sql, (topic,))[0][0])

    def topic_messages(self, topic_ids: Sequence[int], *, limit: int) -> list[tuple[int, int]]:
        """(topic id, message number) of the topics' messages, the newest first, at most `limit` a topic."""
        sql = "SELECT seq FROM topic_message WHERE topic = ? ORDER BY at DESC, seq DESC LIMIT ?"
        return [(topic, seq) for topic in topic_ids for (seq,) in self._db.execute(sql, (topic, limit))]

    def attitudes(
        self, *, as_of: datetime | None = None, subject: str | None = None, limit: int | None = None
    ) -> list[TopicAttitude]:
        """Attitudes other than neutral shown to topics, the newest first."""
        where = _Where("attitude <> 'neutral'")
        where.add("subject = ?", subject)
        where.add("at <= ?", _micros(as_of))
        rows = self._db.execute(
            f"SELECT topic, label, subject, message_id, at, attitude, reason FROM topic_message {where} "
            "ORDER BY at DESC, seq DESC LIMIT ?",
            (*where.values, _limit(limit)),
        )
        return [
            TopicAttitude(
                topic_id=topic,
                label=label,
                subject=who,
                evidence=Evidence(
                    message_id=message_id, at=from_micros(at), attitude=Attitude(attitude), reason=reason
                ),
            )
            for topic, label, who, message_id, at, attitude, reason in rows
        ]

    # -- what memory types keep --

    def keep(self, memory_type: str, message_id: str, records: Sequence[JSON]) -> None:
        """Keep a memory type's records of a message, in place of those kept before."""
        with self.transaction():
            self._db.execute("DELETE FROM kept WHERE memory_type = ? AND message_id = ?", (memory_type, message_id))
            for ordinal, record in enumerate(records):
                payload = clean_text(json.dumps(record, ensure_ascii=False))
                self._db.execute("INSERT INTO kept VALUES (?, ?, ?, ?)", (memory_type, message_id, ordinal, payload))

    def kept(self, memory_type: str, *, as_of: datetime | None = None) -> list[tuple[Message, JSON]]:
        """A memory type's records with their messages, by time."""
        rows = self._db.execute(
            f"SELECT {_MESSAGE}, k.payload FROM kept k JOIN message m ON m.id = k.message_id "
            "WHERE k.memory_type = ? AND m.at <= ? ORDER BY m.at, m.seq, k.ordinal",
            (memory_type, _FOREVER if as_of is None else to_micros(as_of)),
        )
        return [(self._message(row), json.loads(row[8])) for row in rows]

    # -- vectors --

    def put_vectors(self, model: str, vectors: Mapping[str, bytes]) -> None:
        """Keep message vectors."""
        with self.transaction():
            for message_id, data in vectors.items():
                self._db.execute(
                    "INSERT OR REPLACE INTO vector SELECT ?, seq, ? FROM message WHERE id = ?",
                    (model, data, message_id),
                )

    def vectors(self, model: str) -> tuple[list[int], bytes]:
        """The numbers of the messages with a vector of this model, and the vectors end to end."""
        rows = self._db.execute("SELECT seq, data FROM vector WHERE model = ? ORDER BY seq", (model,))
        return [seq for seq, _ in rows], b"".join(data for _, data in rows)

    def vector_state(self, model: str) -> tuple[int, int]:
        """(number of vectors, highest message number) of a model."""
        count, last = self._db.execute("SELECT count(*), coalesce(max(seq), 0) FROM vector WHERE model = ?", (model,))[
            0
        ]
        return count, last

    def drop_vectors(self, *, keep: str | None) -> None:
        """Remove the vectors of all models but one."""
        self._db.execute("DELETE FROM vector WHERE model IS NOT ?", (keep,))

    def messages_without_vector(self, model: str, *, limit: int) -> list[Message]:
        """Messages that this model has not embedded yet."""
        rows = self._db.execute(
            f"SELECT {_MESSAGE} FROM message m WHERE NOT EXISTS "
            "(SELECT 1 FROM vector v WHERE v.model = ? AND v.seq = m.seq) ORDER BY m.seq LIMIT ?",
            (model, limit),
        )
        return [self._message(row) for row in rows]

    # -- the ledger --

    def record_call(self, call: ModelCall) -> None:
        """Write a row of the cost ledger."""
        self._db.execute("INSERT INTO call (payload) VALUES (?)", (clean_text(encode(call)),))

    def calls(self, *, limit: int | None = None) -> list[ModelCall]:
        """The ledger, the oldest first."""
        rows = self._db.execute("SELECT payload FROM call ORDER BY number LIMIT ?", (_limit(limit),))
        return [decode(ModelCall, payload) for (payload,) in rows]

    # -- forgetting, moving, checking --

    def forget_messages(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        """Remove messages with all their rows; leaves a hash of each id."""
        counts = dict.fromkeys(("messages", "observations", "queued", "calls_scrubbed"), 0)
        with self.transaction():
            for message in self.get_messages(message_ids):
                if message is not None:
                    counts["observations"] += self._drop_observation(message.id)
                    counts["queued"] += self._drop_message(message)
                    counts["messages"] += 1
                    self._forget(_hash("message", message.id))
            counts["calls_scrubbed"] = self._scrub_calls(set(message_ids))
        return counts

    def _drop_message(self, message: Message) -> int:
        """Remove a message's own rows; returns how many stood in the queue."""
        self._db.execute("DELETE FROM kept WHERE message_id = ?", (message.id,))
        for table, key in (("turn", "seq"), ("turn_index", "rowid"), ("vector", "seq"), ("message", "seq")):
            self._db.execute(f"DELETE FROM {table} WHERE {key} = ?", (message.seq,))
        self._db.execute("DELETE FROM queue WHERE seq = ?", (message.seq,))
        return self._db.changed()

    def _scrub_calls(self, gone: set[str]) -> int:
        """Remove texts and ids from ledger rows that name forgotten messages."""
        scrubbed = 0
        for number, payload in self._db.execute("SELECT number, payload FROM call"):
            call = decode(ModelCall, payload)
            if gone.intersection(call.message_ids):
                left = tuple(message_id for message_id in call.message_ids if message_id not in gone)
                row = (encode(replace(call, detail="", message_ids=left)), number)
                self._db.execute("UPDATE call SET payload = ? WHERE number = ?", row)
                scrubbed += 1
        # What failed together with a forgotten message may quote it.
        self._db.execute("UPDATE queue SET error = 'scrubbed', raw = '' WHERE error <> ''")
        self.set_meta("last_error", None)
        return scrubbed

    def forget_items(self, source_ids: Sequence[str], texts: Sequence[str]) -> None:
        """Remove items with these texts of these sources from the log, and keep them from coming back."""
        with self.transaction():
            for source in source_ids:
                for text in texts:
                    self._forget(_item_hash(source, text))
            self.put_observations(list(self.get_observations(source_ids).values()))

    def _forget(self, hashed: bytes) -> None:
        self._db.execute("INSERT OR IGNORE INTO forgotten VALUES (?)", (hashed,))

    def _is_forgotten(self, hashed: bytes) -> bool:
        return bool(self._db.execute("SELECT 1 FROM forgotten WHERE hash = ?", (hashed,)))

    def erase_traces(self) -> None:
        """Rebuild the indexes, give free pages back and truncate the journal."""
        self._rebuild_indexes()
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _rebuild_indexes(self) -> None:
        with self.transaction():
            for index, source in (
                ("turn_index", "SELECT seq, tokens FROM turn"),
                ("topic_index", "SELECT id, key FROM topic"),
            ):
                self._db.execute(f"INSERT INTO {index} ({index}) VALUES ('delete-all')")
                self._db.execute(f"INSERT INTO {index} (rowid, tokens) {source}")

    def counts(self) -> Counts:
        """How much there is."""
        one = self._db.execute(
            """
            SELECT (SELECT count(*) FROM message), (SELECT count(DISTINCT session) FROM turn),
                (SELECT count(*) FROM attribute), (SELECT count(*) FROM event), (SELECT count(*) FROM topic),
                (SELECT count(*) FROM queue WHERE read_by_rules = 0 AND dead = 0),
                (SELECT count(*) FROM queue WHERE dead = 0), (SELECT count(*) FROM queue WHERE dead = 1),
                (SELECT min(at) FROM message), (SELECT max(at) FROM message)
            """
        )[0]
        messages, sessions, attributes, events, topics, unread, waiting, dead, first, last = one
        return Counts(
            messages=messages,
            sessions=sessions,
            attributes=attributes,
            events=events,
            topics=topics,
            unread=unread,
            waiting=waiting,
            dead=dead,
            first_at=None if first is None else from_micros(first),
            last_at=None if last is None else from_micros(last),
        )

    def dump(self) -> Iterator[JSON]:
        """Everything as JSON records, enough to build an equal store."""
        with self.transaction():  # one moment of the whole
            for table in _TABLES:
                columns = self._columns(table)
                for row in self._db.execute(
                    f"SELECT * FROM {table} ORDER BY 1, 2" if len(columns) > 1 else f"SELECT * FROM {table}"
                ):
                    if table != "meta" or row[0] != "user_id":
                        yield {
                            "type": table,
                            **{name: _shown(name, value) for name, value in zip(columns, row, strict=True)},
                        }

    def load(self, records: Iterable[JSON]) -> None:
        """Fill an empty store from `dump`'s records."""
        columns = {table: self._columns(table) for table in _TABLES}
        with self.transaction():
            for record in records:
                table = record["type"]
                if table not in columns or set(record) != {"type", *columns[table]}:
                    raise ValueError(f"a record of type {table!r} with the fields {', '.join(sorted(record))}")
                values = [_stored(name, record[name]) for name in columns[table]]
                marks = ", ".join("?" * len(values))
                self._db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", values)
        self._rebuild_indexes()

    def _columns(self, table: str) -> list[str]:
        return [row[1] for row in self._db.execute(f"PRAGMA table_info({table})")]

    def check(self, *, repair: bool = False) -> list[str]:
        """What is wrong with the file or the index; `repair` builds the index anew."""
        wrong = [row[0] for row in self._db.execute("PRAGMA integrity_check") if row[0] != "ok"]
        index = self._index_faults()
        if index and repair:
            self._rebuild_turns()
            index = self._index_faults()
        return wrong + index

    def _index_faults(self) -> list[str]:
        """Where the index and what it was made from differ."""
        faults = []
        for index in ("turn_index", "topic_index"):
            try:
                self._db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 0)")
            except StorageError as error:  # told, not raised: the caller asked what is wrong
                faults.append(f"the index {index} is damaged: {error}")
        lost = self._db.execute(
            "SELECT count(*) FROM message m WHERE NOT EXISTS (SELECT 1 FROM turn t WHERE t.seq = m.seq)"
        )[0][0]
        if lost:
            faults.append(f"{lost} messages are missing from the index; `omem doctor --repair` mends it")
        said, indexed = self._words_said(), self._words_indexed()
        if said != indexed:
            faults.append(f"the index holds {indexed} words, the messages {said}; `omem doctor --repair` mends it")
        return faults

    def _words_said(self) -> int:
        return sum(len(set(row[0].split())) for row in self._db.execute("SELECT tokens FROM turn"))

    def _words_indexed(self) -> int:
        return int(self._db.execute("SELECT coalesce(sum(doc), 0) FROM turn_terms")[0][0])

    def _rebuild_turns(self) -> None:
        """Make what the ranking reads anew from the messages."""
        with self.transaction():
            self._db.execute("DELETE FROM turn")
            for seq, session, who, at, text in self._db.execute(
                "SELECT seq, session, coalesce(speaker, role), at, text FROM message"
            ):
                fields = index_fields(text)
                self._db.execute(
                    "INSERT INTO turn VALUES (?, ?, ?, ?, ?, ?)", (seq, session, who, at, fields.tokens, fields.traits)
                )
        self._rebuild_indexes()


class _Where:
    """A WHERE clause that is put together."""

    def __init__(self, *conditions: str) -> None:
        self.conditions = list(conditions)
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        """A further condition; left out if its value is None."""
        if values == (None,):
            return
        self.conditions.append(condition)
        self.values.extend(values)

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _limit(limit: int | None) -> int:
    return -1 if limit is None else limit


def _numbers(joined: str | None) -> list[int]:
    return [int(part) for part in joined.split(",")] if joined else []


def _match(terms: Sequence[str]) -> str:
    """A full-text query for any of the terms; each is quoted, so that nothing in it is syntax."""
    return " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)


def _item(kind: str, payload: str) -> ObservedAttribute | ObservedEvent:
    return decode(ObservedAttribute, payload) if kind == "attribute" else decode(ObservedEvent, payload)


def _hash(*parts: str) -> bytes:
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=16).digest()


def _item_hash(source: str, text: str) -> bytes:
    """A forgotten item is known again by its words, in whatever order they come."""
    return _hash("item", source, *sorted(set(analyze(text))))


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if name in _TIME_COLUMNS and value is not None:
        return from_micros(value).isoformat()
    return json.loads(value) if name in ("payload", "metadata") else value


def _stored(name: str, value: Any) -> Any:
    if name in ("data", "hash"):
        return base64.b64decode(value, validate=True)
    if name in _TIME_COLUMNS and value is not None:
        return to_micros(datetime.fromisoformat(value))
    if name in ("payload", "metadata"):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":") if name == "payload" else None)
    return value
