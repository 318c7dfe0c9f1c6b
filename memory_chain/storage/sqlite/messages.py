"""Messages and their index in SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from memory_chain.errors import ConflictError
from memory_chain.retrieval.lexical import index_fields
from memory_chain.storage.base import Added, Hit, Turn
from memory_chain.storage.records import clean, cleaned, differing, dumps, forgotten_message
from memory_chain.storage.sqlite.connection import Row
from memory_chain.storage.sqlite.part import LAST, Part, listed
from memory_chain.types import Message, Role, Session
from memory_chain.utils import from_micros, to_micros

MERGED_PAGES = 64
"""How many pages of the index are joined with each batch that was understood."""

COLUMNS = "messages.seq, messages.id, messages.session, messages.speaker, messages.at, messages.text, messages.metadata"
"""What `Messages._message` reads, in its order."""

_INSERT = "INSERT INTO messages (seq, id, session, speaker, at, text, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)"
_INSERT_TURN = "INSERT INTO turns (seq, session, speaker, at, tokens, traits) VALUES (?, ?, ?, ?, ?, ?)"
_INSERT_TOKENS = "INSERT INTO turn_index (rowid, tokens) VALUES (?, ?)"
_BY_ID = f"SELECT {COLUMNS} FROM json_each(?) CROSS JOIN messages ON messages.id = value"
_BY_SEQ = f"SELECT {COLUMNS} FROM json_each(?) CROSS JOIN messages ON messages.seq = value"
_TURNS = "SELECT seq, session, speaker, at, tokens, traits FROM json_each(?) CROSS JOIN turns ON seq = value"
_NEIGHBOURS = """
    SELECT json_group_array(json_array(hit.seq,
        json((SELECT json_group_array(seq) FROM (
            SELECT seq FROM messages AS other
            WHERE other.session = hit.session AND (other.at, other.seq) < (hit.at, hit.seq)
            ORDER BY other.at DESC, other.seq DESC LIMIT ?2))),
        json((SELECT json_group_array(seq) FROM (
            SELECT seq FROM messages AS other
            WHERE other.session = hit.session AND (other.at, other.seq) > (hit.at, hit.seq)
            ORDER BY other.at, other.seq LIMIT ?3)))))
    FROM json_each(?1) CROSS JOIN turns AS hit ON hit.seq = value
"""
_SEARCH = "SELECT rowid, -rank FROM turn_index WHERE turn_index MATCH ? ORDER BY rank, rowid DESC LIMIT ?"
_SEARCH_AS_OF = """
    SELECT turn_index.rowid, -rank FROM turn_index CROSS JOIN turns ON turns.seq = turn_index.rowid
    WHERE turn_index MATCH ? AND turns.at <= ? ORDER BY rank, turn_index.rowid DESC LIMIT ?
"""
_WITH_TERM = """
    SELECT turn_index.rowid FROM turn_index CROSS JOIN turns ON turns.seq = turn_index.rowid
    WHERE turn_index MATCH ? AND turns.at <= ? ORDER BY turns.at DESC, turns.seq DESC LIMIT ?
"""
_COUNTS = "SELECT value, doc FROM json_each(?) CROSS JOIN turn_terms ON term = value"
_COUNT_AS_OF = """
    SELECT count(*) FROM turn_index CROSS JOIN turns ON turns.seq = turn_index.rowid
    WHERE turn_index MATCH ? AND turns.at <= ?
"""
_SPEAKERS = "SELECT name, role, messages FROM speakers ORDER BY messages DESC, name, role"
_SPEAKERS_AS_OF = """
    SELECT name, role, count(*) AS said FROM messages CROSS JOIN speakers ON speakers.id = messages.speaker
    WHERE messages.at <= ? GROUP BY speakers.id ORDER BY said DESC, name, role
"""
_SESSIONS = """
    SELECT name, count(*), min(at), max(at) AS last FROM messages CROSS JOIN sessions ON sessions.id = messages.session
    WHERE at <= ? GROUP BY messages.session ORDER BY last DESC, name
"""


class Messages(Part):
    """What was said, and how it is found."""

    def add_messages(self, messages: Sequence[Message], *, queue: bool = True) -> Added:
        """Store, index and queue messages in one transaction.

        The same id with the same content is a duplicate; a forgotten id is skipped.

        Raises:
            ConflictError: an id is stored with other content; nothing is written.
        """
        given = [cleaned(message, self.user_id) for message in messages]
        fields = [index_fields(message.text) for message in given]
        with self._db.transaction():
            key = self._hash_key()
            seen: dict[str, Message] = {}
            for stored in self._by_id([message.id for message in given]):
                seen[stored.id] = stored
            new: list[int] = []
            duplicates = forgotten = 0
            for place, message in enumerate(given):
                known = seen.get(message.id)
                if known is not None:
                    different = differing(known, message)
                    if different:
                        raise ConflictError(message.id, different)
                    duplicates += 1
                elif self._is_forgotten(forgotten_message(key, message.id)):
                    forgotten += 1
                else:
                    seen[message.id] = message
                    new.append(place)
            stored_now = [self._store(given[place], fields[place], queue=queue) for place in new]
        return Added(stored=tuple(stored_now), duplicates=duplicates, forgotten=forgotten)

    def _store(self, message: Message, fields: Any, *, queue: bool, seq: int | None = None) -> Message:
        """Write a message that is not there yet, with its index entry; call it in a transaction."""
        at = to_micros(message.created_at)
        session = self._session_number(message.session_id)
        speaker = self._speaker_number(message.speaker, message.role)
        metadata = dumps(message.metadata) if message.metadata else None
        seq = self._db.insert(_INSERT, (seq, message.id, session, speaker, at, message.text, metadata))
        self._db.write(_INSERT_TURN, (seq, session, speaker, at, fields.tokens, fields.traits))
        self._db.write(_INSERT_TOKENS, (seq, fields.tokens))
        if queue:
            self._db.write("INSERT INTO queue (seq) VALUES (?)", (seq,))
        return Message(
            id=message.id,
            user_id=self.user_id,
            session_id=message.session_id,
            role=message.role,
            speaker=message.speaker,
            text=message.text,
            created_at=message.created_at,
            metadata=message.metadata,
            seq=seq,
        )

    def _session_number(self, name: str) -> int:
        known = self._db.value("SELECT id FROM sessions WHERE name = ?", (name,))
        return known or self._db.insert("INSERT INTO sessions (name) VALUES (?)", (name,))

    def _speaker_number(self, name: str | None, role: Role) -> int:
        """The number of a speaker, who now has one message more."""
        known = self._db.value("SELECT id FROM speakers WHERE role = ? AND name IS ?", (role.value, name))
        if known is None:
            return self._db.insert("INSERT INTO speakers (role, name, messages) VALUES (?, ?, 1)", (role.value, name))
        self._db.write("UPDATE speakers SET messages = messages + 1 WHERE id = ?", (known,))
        return int(known)

    def _merge_index(self) -> None:
        """Join small segments of the index, a bounded number of pages at a time; call it in a transaction.

        Each `add` leaves a segment of its own, and every lookup has to look into all of them.
        """
        self._db.write("INSERT INTO turn_index (turn_index, rank) VALUES ('merge', ?)", (MERGED_PAGES,))

    # -- reading --

    def get_messages(self, ids: Sequence[str]) -> list[Message | None]:
        """The messages with these ids, in the order asked; None where there is none."""
        found = {message.id: message for message in self._by_id(ids)}
        return [found.get(clean(message_id)) for message_id in ids]

    def _by_id(self, ids: Iterable[str]) -> list[Message]:
        return self._messages(_BY_ID, (listed(ids),))

    def messages_by_seq(self, seqs: Sequence[int]) -> dict[int, Message]:
        """The messages with these numbers."""
        return {message.seq: message for message in self._messages(_BY_SEQ, (listed(seqs),))}

    def _messages(self, sql: str, values: Sequence[Any]) -> list[Message]:
        with self._db.snapshot():
            return [self._message(row) for row in self._db.rows(sql, values)]

    def _message(self, row: Row) -> Message:
        seq, message_id, session, speaker, at, text, metadata = row
        name, role = self._speaker(speaker)
        return Message(
            id=message_id,
            user_id=self.user_id,
            session_id=self._session(session),
            role=Role(role),
            speaker=name,
            text=text,
            created_at=from_micros(at),
            metadata=json.loads(metadata) if metadata else {},
            seq=seq,
        )

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
        """Messages by time (`since` inclusive, `until` exclusive); `after` is the (created_at, seq) to go on from."""
        wanted: list[tuple[str, tuple[Any, ...]]] = []
        if session_id is not None:
            wanted.append(("session = (SELECT id FROM sessions WHERE name = ?)", (session_id,)))
        if speaker is not None:
            wanted.append(("speaker IN (SELECT id FROM speakers WHERE name = ?)", (speaker,)))
        if since is not None:
            wanted.append(("at >= ?", (to_micros(since),)))
        if until is not None:
            wanted.append(("at < ?", (to_micros(until),)))
        if after is not None:
            wanted.append((f"(at, seq) {'<' if newest_first else '>'} (?, ?)", (to_micros(after[0]), after[1])))
        where = " AND ".join(condition for condition, _ in wanted) or "1"
        order = "at DESC, seq DESC" if newest_first else "at, seq"
        return self._messages(
            f"SELECT {COLUMNS} FROM messages WHERE {where} ORDER BY {order} LIMIT ?",
            [*(value for _, values in wanted for value in values), -1 if limit is None else limit],
        )

    def neighbours(self, seqs: Sequence[int], *, before: int, after: int) -> dict[int, list[int]]:
        """For each message the numbers of its session's turns around it, itself included, in time order."""
        found = json.loads(self._db.value(_NEIGHBOURS, (listed(seqs), before, after)))
        return {seq: [*reversed(earlier), seq, *later] for seq, earlier, later in found}

    def turns(self, seqs: Sequence[int]) -> dict[int, Turn]:
        """The messages with these numbers, as the ranking sees them."""
        with self._db.snapshot():
            rows = self._db.rows(_TURNS, (listed(seqs),))
            sessions = {number: self._session(number) for number in {row[1] for row in rows}}
            speakers = {number: self._speaker(number) for number in {row[2] for row in rows}}
            names = {number: name or role for number, (name, role) in speakers.items()}
            return {
                seq: Turn(seq, sessions[session], names[speaker], at, tokens, traits)
                for seq, session, speaker, at, tokens, traits in rows
            }

    def search(self, terms: Sequence[str], *, limit: int, as_of: datetime | None = None) -> list[Hit]:
        """Messages whose own text has any of the analysed terms, the best (BM25) first."""
        asked = any_of(terms)
        if not asked or limit < 1:
            return []
        if as_of is None:
            rows = self._db.rows(_SEARCH, (asked, limit))
        else:
            rows = self._db.rows(_SEARCH_AS_OF, (asked, to_micros(as_of), limit))
        return [Hit(seq=seq, score=score) for seq, score in rows]

    def document_counts(self, terms: Iterable[str], *, as_of: datetime | None = None) -> dict[str, int]:
        """In how many messages each analysed term occurs (its own text only); 0 for unknown terms."""
        asked = list(dict.fromkeys(terms))
        known: dict[str, int] = dict(self._db.rows(_COUNTS, (listed(asked),)))
        if as_of is not None and self._is_past(as_of):
            until = to_micros(as_of)
            known = {term: self._db.value(_COUNT_AS_OF, (any_of([term]), until)) for term in known}
        return {term: known.get(term, 0) for term in asked}

    def _is_past(self, moment: datetime) -> bool:
        """Whether anything was said after a moment."""
        return self._db.one("SELECT 1 FROM messages WHERE at > ? LIMIT 1", (to_micros(moment),)) is not None

    def messages_with_term(self, term: str, *, limit: int, as_of: datetime | None = None) -> list[int]:
        """The numbers of the messages whose own text has an analysed term, the newest first."""
        asked, until = any_of([term]), LAST if as_of is None else to_micros(as_of)
        return [seq for (seq,) in self._db.rows(_WITH_TERM, (asked, until, limit))] if asked else []

    def speakers(self, *, as_of: datetime | None = None) -> list[tuple[str | None, str, int]]:
        """Who speaks: (speaker, role, number of messages), those with the most first."""
        rows = self._db.rows(_SPEAKERS) if as_of is None else self._db.rows(_SPEAKERS_AS_OF, (to_micros(as_of),))
        return [(name, role, count) for name, role, count in rows]

    def sessions(self, *, as_of: datetime | None = None) -> list[Session]:
        """Conversations, the one in which something was said last first."""
        rows = self._db.rows(_SESSIONS, (LAST if as_of is None else to_micros(as_of),))
        return [
            Session(session_id=name, messages=count, first_at=from_micros(first), last_at=from_micros(last))
            for name, count, first, last in rows
        ]


def any_of(terms: Iterable[str]) -> str:
    """A question to FTS5 for any of the terms; each is quoted, so that nothing in it is syntax. May be empty."""
    quoted = (clean(term).replace('"', '""') for term in dict.fromkeys(terms) if term.strip())
    return " OR ".join(f'"{term}"' for term in quoted)
