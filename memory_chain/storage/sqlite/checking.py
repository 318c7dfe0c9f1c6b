"""Whether a SQLite store is sound, and mending what can be made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from memory_chain.errors import ForeignFileError
from memory_chain.retrieval.lexical import index_fields
from memory_chain.storage.sqlite.connection import expected_shape
from memory_chain.storage.sqlite.moving import Moving

SAMPLE = 200
"""Of how many messages the terms are analysed again."""

_MISCOUNTED = """
    SELECT 1 FROM chain WHERE
        unread <> (SELECT count(*) FROM queue WHERE dead = 0 AND read_by_rules = 0)
        OR waiting <> (SELECT count(*) FROM queue WHERE dead = 0)
        OR dead <> (SELECT count(*) FROM queue WHERE queue.dead = 1)
    UNION ALL
    SELECT 1 FROM speakers WHERE messages <> (SELECT count(*) FROM messages WHERE speaker = speakers.id)
    UNION ALL
    SELECT 1 FROM vector_models WHERE vectors <> (SELECT count(*) FROM vectors WHERE model = vector_models.id)
"""
_RECOUNT = (
    "UPDATE chain SET unread = (SELECT count(*) FROM queue WHERE dead = 0 AND read_by_rules = 0), "
    "waiting = (SELECT count(*) FROM queue WHERE dead = 0), dead = (SELECT count(*) FROM queue WHERE queue.dead = 1)",
    "UPDATE speakers SET messages = (SELECT count(*) FROM messages WHERE speaker = speakers.id)",
    "DELETE FROM speakers WHERE messages = 0",
    "UPDATE vector_models SET writes = writes + 1, "
    "vectors = (SELECT count(*) FROM vectors WHERE model = vector_models.id)",
)
_SAMPLE = """
    SELECT messages.text, turns.tokens, turns.traits FROM messages CROSS JOIN turns ON turns.seq = messages.seq
    WHERE messages.seq % max(1, (SELECT count(*) FROM messages) / ?1) = 0 LIMIT 2 * ?1
"""


class Checking(Moving):
    """A store's soundness."""

    def check(self, *, repair: bool = False) -> list[str]:
        """What is wrong with the file, the schema or the index (empty: nothing); `repair` mends the index.

        With `repair`: what is still wrong afterwards.
        """
        try:
            with self._db.snapshot():
                found = list(self._problems())
            if repair and found:
                self._mend()
                with self._db.snapshot():
                    found = list(self._problems())
        except ForeignFileError as error:
            return [str(error)]
        return found

    def _problems(self) -> Iterator[str]:
        for (line,) in self._db.rows("PRAGMA integrity_check(20)"):
            if line != "ok":
                yield f"the file is damaged: {line}"
        for table, row, parent, _ in self._db.rows("PRAGMA foreign_key_check"):
            yield f"row {row} of {table} refers to nothing in {parent}"
        for kind, name, *_ in sorted(self._db.shape() ^ expected_shape(), key=str):
            yield f"the schema differs from this version's: {kind} {name}"
        if self._db.rows(_MISCOUNTED):
            yield "the counts kept of messages, queue or vectors are wrong"
        if self._db.value("SELECT count(*) FROM messages") != self._db.value("SELECT count(*) FROM turns"):
            yield "not every message has its terms beside it"
        if not self._index_is_right():
            yield "the index does not hold the terms of the messages"
        if any((index_fields(text).tokens, index_fields(text).traits) != (tokens, traits) for text, tokens, traits in
               self._db.rows(_SAMPLE, (SAMPLE,))):  # fmt: skip
            yield "the messages were indexed by another analysis"
        if self._db.value("SELECT traces FROM chain"):
            yield "something was forgotten, but its bytes are not erased from the file yet"

    def _index_is_right(self) -> bool:
        """Whether the index knows each message and, for every term, in how many messages it occurs."""
        indexed = {seq for (seq,) in self._db.rows("SELECT id FROM turn_index_docsize")}
        expected: Counter[str] = Counter()
        for seq, tokens in self._db.rows("SELECT seq, tokens FROM turns"):
            if seq not in indexed:
                return False
            indexed.remove(seq)
            expected.update(set(tokens.split()))
        return not indexed and dict(self._db.rows("SELECT term, doc FROM turn_terms")) == expected

    def _mend(self) -> None:
        """Analyse all messages again, rebuild the index and count anew."""
        with self._db.transaction():
            last = 0
            while rows := self._db.rows(
                "SELECT seq, text FROM messages WHERE seq > ? ORDER BY seq LIMIT 1000", (last,)
            ):
                for seq, text in rows:
                    fields = index_fields(text)
                    self._db.write(
                        "INSERT INTO turns (seq, session, speaker, at, tokens, traits) "
                        "SELECT seq, session, speaker, at, ?2, ?3 FROM messages WHERE seq = ?1 "
                        "ON CONFLICT DO UPDATE SET session = excluded.session, speaker = excluded.speaker, "
                        "at = excluded.at, tokens = excluded.tokens, traits = excluded.traits",
                        (seq, fields.tokens, fields.traits),
                    )
                last = rows[-1][0]
            self._db.write("DELETE FROM turns WHERE seq NOT IN (SELECT seq FROM messages)")
            self._rebuild_index()
            for statement in _RECOUNT:
                self._db.write(statement)
        self.erase_traces()
