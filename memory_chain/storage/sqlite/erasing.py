"""Forgetting in SQLite: rows, index entries and, at last, bytes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from memory_chain.errors import StoreBusyError
from memory_chain.storage.records import LAST_ERROR, REMOVED, clean, decode, encode, forgotten_item, forgotten_message
from memory_chain.storage.sqlite.derived import DerivedState
from memory_chain.storage.sqlite.part import listed
from memory_chain.types import ModelCall

_CALLS = """
    SELECT number, body FROM calls
    WHERE EXISTS (SELECT 1 FROM json_each(body, '$.message_ids') WHERE value IN (SELECT value FROM json_each(?)))
"""
_QUOTED = """
    SELECT DISTINCT other.seq FROM queue AS other CROSS JOIN queue AS gone
    WHERE gone.seq IN (SELECT value FROM json_each(?)) AND (
        (other.raw <> '' AND other.raw = gone.raw) OR (other.error <> '' AND other.error = gone.error))
"""
_SCRUB_QUEUE = """
    UPDATE queue SET raw = '', error = iif(error = '', '', ?2) WHERE seq IN (SELECT value FROM json_each(?1))
"""


class Erasing(DerivedState):
    """What only forgetting may do."""

    def forget_messages(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        """Remove messages with their queue rows, observations, topics, kept records, vectors and ledger texts.

        Leaves a hash of each id, so that importing it again skips it. Derived state is not touched: the
        caller replays it. Returns counts: messages, observations, queued, calls_scrubbed.
        """
        with self._db.transaction():
            gone = self._seqs_of(message_ids)
            seqs = listed(gone.values())
            counts = {
                "messages": len(gone),
                "observations": self._count("observations", seqs),
                "queued": self._count("queue", seqs),
                "calls_scrubbed": self._scrub_calls(gone.keys(), seqs),
            }
            if gone:
                self._remove_messages(gone, seqs)
            return counts

    def _count(self, table: str, seqs: str) -> int:
        counted = self._db.value(f"SELECT count(*) FROM {table} WHERE seq IN (SELECT value FROM json_each(?))", (seqs,))
        return int(counted)

    def _remove_messages(self, gone: Mapping[str, int], seqs: str) -> None:
        key = self._hash_key()
        inside = "IN (SELECT value FROM json_each(?))"
        topics = self._db.rows(f"SELECT DISTINCT topic FROM topic_messages WHERE seq {inside}", (seqs,))
        speakers = self._db.rows(f"SELECT speaker, count(*) FROM messages WHERE seq {inside} GROUP BY speaker", (seqs,))
        sessions = self._db.rows(f"SELECT DISTINCT session FROM messages WHERE seq {inside}", (seqs,))
        for seq in gone.values():
            self._db.write("DELETE FROM turn_index WHERE rowid = ?", (seq,))
        self._db.write(f"DELETE FROM messages WHERE seq {inside}", (seqs,))  # all that refers to them goes along
        for speaker, count in speakers:
            self._db.write("UPDATE speakers SET messages = messages - ? WHERE id = ?", (count, speaker))
        self._db.write("DELETE FROM speakers WHERE messages = 0")
        for (session,) in sessions:
            self._db.write(
                "DELETE FROM sessions WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM messages WHERE session = ?1)",
                (session,),
            )
        self._tidy_topics(topic for (topic,) in topics)
        for message_id in gone:
            self._keep_hash(forgotten_message(key, message_id))
        self._mark_traces()

    def _scrub_calls(self, gone: Collection[str], seqs: str) -> int:
        """Take forgotten messages out of the ledger, and what was quoted of them out of the queue."""
        named: set[str] = set()
        rows = self._db.rows(_CALLS, (listed(gone),))
        for number, body in rows:
            call = decode(ModelCall, body)
            rest = tuple(message_id for message_id in call.message_ids if message_id not in gone)
            named.update(rest)
            scrubbed = encode(replace(call, detail="", message_ids=rest))
            self._db.write("UPDATE calls SET body = ? WHERE number = ?", (scrubbed, number))
        # A reply quotes the whole batch: those that were read in one call, or failed with the same words.
        quoting = {seq for (seq,) in self._db.rows(_QUOTED, (seqs,))} | set(self._seqs_of(named).values())
        self._db.write(_SCRUB_QUEUE, (listed(sorted(quoting)), REMOVED))
        self.set_meta(LAST_ERROR, None)
        return len(rows)

    def _keep_hash(self, hashed: bytes) -> None:
        self._db.write("INSERT INTO forgotten (hash) VALUES (?) ON CONFLICT DO NOTHING", (hashed,))

    def _mark_traces(self) -> None:
        self._db.write("UPDATE chain SET traces = 1")

    def forget_items(self, source_ids: Sequence[str], texts: Sequence[str]) -> None:
        """Remove from the log the observed items with these texts of these sources, and keep hashes of them,
        so that `put_observations` drops them if a rebuild finds them again."""
        with self._db.transaction():
            key = self._hash_key()
            for source in dict.fromkeys(source_ids):
                for text in texts:
                    self._keep_hash(forgotten_item(key, clean(source), clean(text)))
            self.put_observations(list(self.get_observations(source_ids).values()))
            self._mark_traces()

    def erase_traces(self) -> None:
        """Rebuild the index from the messages, give free pages back and truncate the journal.

        Raises:
            StoreBusyError: another process is reading, so that the journal still holds old pages; it is done
                when the file is opened next, or call it again.
        """
        with self._db.transaction():
            self._rebuild_index()
        self._db.outside_transactions("VACUUM")
        self._truncate_journal()
        with self._db.transaction():
            self._db.write("UPDATE chain SET traces = 0")
        self._truncate_journal()

    def _rebuild_index(self) -> None:
        """Make the index anew from the terms of all messages; call it in a transaction."""
        self._db.write("INSERT INTO turn_index (turn_index) VALUES ('delete-all')")
        self._db.write("INSERT INTO turn_index (rowid, tokens) SELECT seq, tokens FROM turns ORDER BY seq")
        self._db.write("INSERT INTO turn_index (turn_index) VALUES ('optimize')")

    def _truncate_journal(self) -> None:
        ((busy, _, _),) = self._db.outside_transactions("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy:
            raise StoreBusyError(
                f"What was forgotten is gone from {self._db.path}, but another process is reading, so that its journal "
                "cannot be emptied yet. Repeat the call when that process has finished."
            )
