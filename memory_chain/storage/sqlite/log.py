"""The log in SQLite: what each message revealed, corrections, topics, and what memory types keep."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from memory_chain.storage.base import Correction, Observed, TopicAttitude, TopicRow
from memory_chain.storage.records import (
    clean,
    decode,
    dumps,
    encode,
    observed_correction,
    observed_items,
    said_order,
    topic_keys,
    topic_scores,
    topic_terms,
    without_forgotten,
)
from memory_chain.storage.sqlite.connection import Row
from memory_chain.storage.sqlite.messages import COLUMNS
from memory_chain.storage.sqlite.part import LAST, listed, micros
from memory_chain.storage.sqlite.queue import Queue
from memory_chain.types import JSON, Attitude, Evidence, Message, Observation
from memory_chain.utils import from_micros, to_micros

_IN_COLUMNS = frozenset({"message_id", "writer", "subject", "attitude"})

_INSERT = (
    "INSERT INTO observations (seq, at, writer, subject, attitude, topic, items, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_OBSERVATION = "messages.id, observations.writer, observations.subject, observations.attitude, observations.body"
_BY_ID = f"""
    SELECT {_OBSERVATION} FROM json_each(?)
    CROSS JOIN messages ON messages.id = value CROSS JOIN observations ON observations.seq = messages.seq
"""
_WITH_ITEMS = f"""
    SELECT {_OBSERVATION}, messages.at, messages.seq
    FROM observations CROSS JOIN messages ON messages.seq = observations.seq
    WHERE items > 0 AND observations.at >= ? ORDER BY observations.at, observations.seq
"""
_LABELS = """
    UPDATE topics SET label = (
        SELECT label FROM topic_messages WHERE topic = topics.id ORDER BY at, label LIMIT 1)
    WHERE id IN (SELECT value FROM json_each(?))
"""
_ORPHANS = """
    DELETE FROM topics WHERE id IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM topic_messages WHERE topic = topics.id)
"""
_SHARING = """
    SELECT topics.id, topics.label, topics.terms, json_group_array(term)
    FROM json_each(?1) CROSS JOIN topic_terms ON term = value CROSS JOIN topics ON topics.id = topic
    WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM topic_messages WHERE topic_messages.topic = topics.id AND at <= ?2)
    GROUP BY topics.id
"""
_OF_TOPIC = """
    SELECT topic, at, seq FROM topic_messages WHERE topic = ? AND at <= ? ORDER BY at DESC, seq DESC LIMIT ?
"""
_ROWS = """
    SELECT topics.id, topics.label, count(*), max(topic_messages.at)
    FROM topic_messages CROSS JOIN topics ON topics.id = topic_messages.topic
    WHERE ?1 IS NULL OR topic_messages.at <= ?1 GROUP BY topic_messages.topic
"""
_SHOWN = """
    SELECT topic, attitude, count(*) FROM observations
    WHERE topic IS NOT NULL AND attitude <> 'neutral' AND (?1 IS NULL OR at <= ?1)
    GROUP BY topic, attitude
"""
_ATTITUDES = """
    SELECT topics.id, topics.label, shown.subject, messages.id, shown.at, shown.attitude,
        observations.body ->> '$.reason'
    FROM (
        SELECT seq, at, topic, subject, attitude FROM observations
        WHERE attitude <> 'neutral' AND topic IS NOT NULL AND (?1 IS NULL OR at <= ?1) {subject}
        ORDER BY at DESC, seq DESC LIMIT ?2
    ) AS shown
    CROSS JOIN topics ON topics.id = shown.topic CROSS JOIN observations ON observations.seq = shown.seq
    CROSS JOIN messages ON messages.seq = shown.seq
    WHERE {terms}
    ORDER BY shown.at DESC, shown.seq DESC
"""
_KEPT = f"""
    SELECT {COLUMNS}, kept.body FROM kept CROSS JOIN messages ON messages.seq = kept.seq
    WHERE memory_type = ?1 AND (?2 IS NULL OR messages.at <= ?2) ORDER BY messages.at, messages.seq, kept.ordinal
"""


class Log(Queue):
    """What each message revealed: the log from which derived state can be made again."""

    def put_observations(self, observations: Sequence[Observation]) -> None:
        """Log what messages revealed, in place of what was logged for the same messages; topics included."""
        with self._db.transaction():
            key = self._hash_key()
            touched: set[int] = set()
            for given in observations:
                place = self._db.one("SELECT seq, at FROM messages WHERE id = ?", (given.message_id,))
                if place is None:  # forgotten while it was being read
                    continue
                seq, at = place
                touched |= self._remove_observation(seq)
                touched |= self._put_observation(without_forgotten(given, key, self._is_forgotten), seq, at)
            self._tidy_topics(touched)
            self._merge_index()

    def _remove_observation(self, seq: int) -> set[int]:
        """Remove what was logged for a message; returns the topics that it named."""
        topics = {topic for (topic,) in self._db.rows("SELECT topic FROM topic_messages WHERE seq = ?", (seq,))}
        self._db.write("DELETE FROM observations WHERE seq = ?", (seq,))
        return topics

    def _put_observation(self, observation: Observation, seq: int, at: int) -> set[int]:
        """Log an observation of a message that has none; returns the topics that it names."""
        labels = {self._topic_number(key, label): label for key, label in topic_keys(observation).items()}
        self._db.write(
            _INSERT,
            (
                seq,
                at,
                observation.writer,
                observation.subject,
                observation.attitude.value,
                next(iter(labels), None),
                len(observation.attributes) + len(observation.events),
                encode(observation, leave_out=_IN_COLUMNS),
            ),
        )
        for topic, label in labels.items():
            self._db.write(
                "INSERT INTO topic_messages (topic, at, seq, label) VALUES (?, ?, ?, ?)", (topic, at, seq, label)
            )
        return set(labels)

    def _topic_number(self, key: str, label: str) -> int:
        known = self._db.value("SELECT id FROM topics WHERE key = ?", (key,))
        if known is not None:
            return int(known)
        terms = topic_terms(clean(key))
        number = self._db.insert("INSERT INTO topics (key, label, terms) VALUES (?, ?, ?)", (key, label, len(terms)))
        for term in terms:
            self._db.write("INSERT INTO topic_terms (term, topic) VALUES (?, ?)", (term, number))
        return number

    def _tidy_topics(self, touched: Iterable[int]) -> None:
        """Give topics the wording that was said first, and remove those that nobody speaks of any more."""
        numbers = listed(sorted(touched))
        self._db.write(_ORPHANS, (numbers,))
        self._db.write(_LABELS, (numbers,))

    def get_observations(self, message_ids: Sequence[str]) -> dict[str, Observation]:
        """What was logged for these messages."""
        return {row[0]: self._observation(row) for row in self._db.rows(_BY_ID, (listed(message_ids),))}

    @staticmethod
    def _observation(row: Row) -> Observation:
        message_id, writer, subject, attitude, body = row[:5]
        return decode(
            Observation, body, message_id=message_id, writer=writer, subject=subject, attitude=Attitude(attitude)
        )

    def counts_by_writer(self) -> dict[str, int]:
        """How many messages each writer's observations are logged for."""
        return dict(self._db.rows("SELECT writer, count(*) FROM observations GROUP BY writer"))

    # -- corrections --

    def put_correction(self, correction: Correction) -> None:
        """Log a correction."""
        with self._db.transaction():
            self._write_correction(correction, None)

    def _write_correction(self, correction: Correction, number: int | None) -> None:
        body, at = encode(correction, leave_out=frozenset({"id", "at"})), to_micros(correction.at)
        if not self._db.write("UPDATE corrections SET at = ?, body = ? WHERE id = ?", (at, body, correction.id)):
            self._db.write(
                "INSERT INTO corrections (number, id, at, body) VALUES (?, ?, ?, ?)",
                (number, correction.id, at, body),
            )

    def remove_correction(self, correction_id: str) -> bool:
        """Take a correction back; False if there is none."""
        with self._db.transaction():
            return self._db.write("DELETE FROM corrections WHERE id = ?", (correction_id,)) > 0

    def corrections(self) -> list[Correction]:
        """All corrections by time."""
        return [correction for _, correction in self._numbered_corrections(None)]

    def _numbered_corrections(self, since: datetime | None) -> list[tuple[int, Correction]]:
        rows = self._db.rows(
            "SELECT number, id, at, body FROM corrections WHERE ?1 IS NULL OR at >= ?1 ORDER BY at, number",
            (micros(since),),
        )
        return [(number, decode(Correction, body, id=name, at=from_micros(at))) for number, name, at, body in rows]

    def observed(self, *, since: datetime | None = None) -> list[Observed]:
        """The logged items, corrections included, by (said_at, seq, ordinal); `since` is inclusive."""
        found: list[Observed] = []
        with self._db.snapshot():
            rows = self._db.rows(_WITH_ITEMS, (to_micros(since) if since else -(1 << 62),))
            corrections = self._numbered_corrections(since)
        for row in rows:
            found += observed_items(self._observation(row), from_micros(row[5]), row[6])
        found += (observed_correction(number, correction) for number, correction in corrections)
        return sorted(found, key=said_order)

    # -- topics --

    def search_topics(
        self, terms: Sequence[str], *, limit: int, as_of: datetime | None = None
    ) -> list[tuple[int, str]]:
        """(topic id, label) of topics whose label shares analysed terms, the best first."""
        rows = self._db.rows(_SHARING, (listed(dict.fromkeys(terms)), micros(as_of)))
        labels = {topic: label for topic, label, _, _ in rows}
        shared = {topic: json.loads(found) for topic, _, _, found in rows}
        sizes = {topic: size for topic, _, size, _ in rows}
        scores = topic_scores(shared, sizes)
        best = sorted(labels, key=lambda topic: (-scores[topic], labels[topic]))
        return [(topic, labels[topic]) for topic in best[: max(limit, 0)]]

    def topics(self, *, limit: int | None = None, as_of: datetime | None = None) -> list[TopicRow]:
        """Topics, those with the most messages first."""
        with self._db.snapshot():
            rows = self._topic_rows(as_of)
        return sorted(rows, key=lambda row: (-row.messages, row.label))[:limit]

    def _topic_rows(self, as_of: datetime | None) -> list[TopicRow]:
        asked = (micros(as_of),)
        shown: dict[int, dict[Attitude, int]] = {}
        for topic, attitude, count in self._db.rows(_SHOWN, asked):
            shown.setdefault(topic, {})[Attitude(attitude)] = count
        return [
            TopicRow(id=topic, label=label, messages=count, last_at=from_micros(at), attitudes=shown.get(topic, {}))
            for topic, label, count, at in self._db.rows(_ROWS, asked)
        ]

    def topic_messages(
        self, topic_ids: Sequence[int], *, limit: int, as_of: datetime | None = None
    ) -> list[tuple[int, int]]:
        """(topic id, message number) of the topics' messages, the newest first, at most `limit` a topic."""
        found: list[Row] = []
        until = LAST if as_of is None else to_micros(as_of)
        with self._db.snapshot():
            for topic in dict.fromkeys(topic_ids):
                found += self._db.rows(_OF_TOPIC, (topic, until, limit))
        found.sort(key=lambda row: (row[1], row[2]), reverse=True)
        return [(topic, seq) for topic, _, seq in found]

    def attitudes(
        self,
        *,
        as_of: datetime | None = None,
        subject: str | None = None,
        limit: int | None = None,
        terms: Collection[str] | None = None,
    ) -> list[TopicAttitude]:
        """Attitudes other than neutral shown to topics, the newest first.

        Of the newest `limit`, those to topics that have any of the analysed `terms` (None: all).
        """
        values: list[Any] = [micros(as_of), -1 if limit is None else limit]
        about, holding = "", "true"
        if subject is not None:
            values.append(subject)
            about = f"AND subject = ?{len(values)}"
        if terms is not None:
            values.append(listed(terms))
            holding = (
                f"shown.topic IN (SELECT topic FROM json_each(?{len(values)}) CROSS JOIN topic_terms ON term = value)"
            )
        return [
            TopicAttitude(
                topic_id=topic,
                label=label,
                subject=about,
                evidence=Evidence(
                    message_id=message_id, at=from_micros(at), attitude=Attitude(attitude), reason=reason or ""
                ),
            )
            for topic, label, about, message_id, at, attitude, reason in self._db.rows(
                _ATTITUDES.format(subject=about, terms=holding), values
            )
        ]

    # -- what registered memory types keep --

    def keep(self, memory_type: str, message_id: str, records: Sequence[JSON]) -> None:
        """Keep a memory type's records of a message, in place of those kept before."""
        bodies = [dumps(record) for record in records]
        with self._db.transaction():
            seq = self._db.value("SELECT seq FROM messages WHERE id = ?", (message_id,))
            if seq is None:
                return
            self._db.write("DELETE FROM kept WHERE memory_type = ? AND seq = ?", (memory_type, seq))
            for ordinal, body in enumerate(bodies):
                self._db.write(
                    "INSERT INTO kept (memory_type, seq, ordinal, body) VALUES (?, ?, ?, ?)",
                    (memory_type, seq, ordinal, body),
                )

    def kept(self, memory_type: str, *, as_of: datetime | None = None) -> list[tuple[Message, JSON]]:
        """A memory type's records with their messages, by time."""
        with self._db.snapshot():
            rows = self._db.rows(_KEPT, (memory_type, micros(as_of)))
            return [(self._message(row[:7]), json.loads(row[7])) for row in rows]
