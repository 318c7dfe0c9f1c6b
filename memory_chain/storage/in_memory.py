"""A store that lives in memory: plain dictionaries, simple on purpose, so that it is easy to see that it is right.

For tests and short-lived processes. Records go through the same JSON as in a file, so that nothing that a caller
holds can change what is stored.
"""

from __future__ import annotations

import copy
import math
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from memory_chain.errors import ClosedError, ConflictError, InvalidInputError, UnknownUserError
from memory_chain.retrieval.analysis import analyze
from memory_chain.retrieval.lexical import index_fields
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
from memory_chain.storage.records import (
    LAST_ERROR,
    NOT_IN_STORE,
    REMOVED,
    checked,
    clean,
    cleaned,
    differing,
    forgotten_item,
    forgotten_message,
    from_base64,
    from_json,
    loaded_kept,
    loaded_message,
    loaded_queue_item,
    observed_correction,
    observed_items,
    plain,
    readable,
    said_order,
    to_base64,
    to_json,
    topic_keys,
    topic_scores,
    topic_terms,
    without_forgotten,
)
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
    QueueItem,
    Session,
)
from memory_chain.utils import to_micros

_K1, _B = 1.2, 0.75

_T = TypeVar("_T")


@dataclass(kw_only=True)
class _State:
    """Everything that is stored. Records are frozen, so a shallow copy of each collection is a snapshot."""

    hash_key: bytes
    version: int
    messages: dict[str, Message] = field(default_factory=dict)
    turns: dict[int, Turn] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    last_seq: int = 0
    queue: dict[str, QueueItem] = field(default_factory=dict)
    leases: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)
    topic_ids: dict[str, int] = field(default_factory=dict)
    last_topic: int = 0
    corrections: dict[str, tuple[int, Correction]] = field(default_factory=dict)
    last_correction: int = 0
    attributes: dict[str, Attribute] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    kept: dict[tuple[str, str], tuple[JSON, ...]] = field(default_factory=dict)
    vectors: dict[tuple[str, str], bytes] = field(default_factory=dict)
    vector_writes: Counter[str] = field(default_factory=Counter)
    calls: list[ModelCall] = field(default_factory=list)
    forgotten: set[bytes] = field(default_factory=set)
    meta: dict[str, str] = field(default_factory=dict)

    def copy(self) -> _State:
        return _State(**{name: copy.copy(value) for name, value in vars(self).items()})


class InMemoryStore:
    """One user's memory without a file. It is gone with the object.

    Args:
        user_id: whose memory it is.
    """

    def __init__(self, user_id: str = "me") -> None:
        self.user_id = user_id
        self._open = True
        self._depth = 0
        self._lock = threading.RLock()
        self._state = _State(hash_key=secrets.token_bytes(32), version=_new_version())

    # -- life --

    def close(self) -> None:
        """Nothing can be done with the store afterwards. Closing twice is fine."""
        self._open = False

    def is_in_place(self) -> bool:
        """Whether the memory can still be used: it was neither closed nor removed."""
        return self._open

    @contextmanager
    def _reading(self) -> Iterator[_State]:
        with self._lock:
            if not self._open:
                raise ClosedError(f"The memory of {self.user_id!r} was closed. Open it again.")
            yield self._state

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write transaction around several calls; rolled back if the block raises. Nested blocks join."""
        with self._reading():
            if self._depth:
                yield
                return
            before = self._state.copy()
            self._depth = 1
            try:
                yield
            except BaseException:
                self._state = before
                raise
            finally:
                self._depth = 0

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Several reads that see the same state. Write nothing in the block; it may nest."""
        with self._reading():
            yield

    @contextmanager
    def _writing(self) -> Iterator[_State]:
        """For a method that checks before it writes, and so needs no copy to go back to."""
        with self._reading() as state:
            yield state

    def version(self) -> int:
        """A number that changes with every change of the derived state."""
        with self._reading() as state:
            return state.version

    def get_meta(self, key: str) -> str | None:
        """A small named value of the chain."""
        with self._reading() as state:
            return state.meta.get(clean(key))

    def set_meta(self, key: str, value: str | None) -> None:
        """Keep a small named value, or remove it (None)."""
        with self._writing() as state:
            if value is None:
                state.meta.pop(clean(key), None)
            else:
                state.meta[clean(key)] = clean(value)

    # -- messages and their index --

    def add_messages(self, messages: Sequence[Message], *, queue: bool = True) -> Added:
        """Store, index and queue messages, all or none.

        Raises:
            ConflictError: an id is stored with other content; nothing is written.
        """
        given = [cleaned(message, self.user_id) for message in messages]
        with self._writing() as state:
            new: dict[str, Message] = {}
            duplicates = forgotten = 0
            for message in given:
                known = state.messages.get(message.id) or new.get(message.id)
                if known is not None:
                    different = differing(known, message)
                    if different:
                        raise ConflictError(message.id, different)
                    duplicates += 1
                elif forgotten_message(state.hash_key, message.id) in state.forgotten:
                    forgotten += 1
                else:
                    new[message.id] = message
            stored = [self._store(message, state.last_seq + 1, queue=queue) for message in new.values()]
        return Added(stored=tuple(stored), duplicates=duplicates, forgotten=forgotten)

    def _store(self, message: Message, seq: int, *, queue: bool) -> Message:
        state = self._state
        stored = replace(message, seq=seq)
        fields = index_fields(message.text)
        state.last_seq = max(state.last_seq, seq)
        state.ids[seq] = message.id
        state.messages[message.id] = stored
        state.turns[seq] = Turn(
            seq,
            message.session_id,
            message.speaker or message.role.value,
            to_micros(message.created_at),
            fields.tokens,
            fields.traits,
        )
        if queue:
            state.queue[message.id] = QueueItem(message=stored)
        return stored

    def get_messages(self, ids: Sequence[str]) -> list[Message | None]:
        """The messages with these ids, in the order asked; None where there is none."""
        with self._reading() as state:
            return [state.messages.get(clean(message_id)) for message_id in ids]

    def messages_by_seq(self, seqs: Sequence[int]) -> dict[int, Message]:
        """The messages with these numbers."""
        with self._reading() as state:
            return {seq: state.messages[state.ids[seq]] for seq in seqs if seq in state.ids}

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
        with self._reading() as state:
            found = [
                message
                for message in state.messages.values()
                if (session_id is None or message.session_id == clean(session_id))
                and (speaker is None or message.speaker == clean(speaker))
                and (since is None or message.created_at >= since)
                and (until is None or message.created_at < until)
                and (after is None or (_place(message) < after if newest_first else _place(message) > after))
            ]
        return sorted(found, key=_place, reverse=newest_first)[:limit]

    def neighbours(self, seqs: Sequence[int], *, before: int, after: int) -> dict[int, list[int]]:
        """For each message the numbers of its session's turns around it, itself included, in time order."""
        with self._reading() as state:
            sessions: dict[str, list[int]] = {}
            for turn in sorted(state.turns.values(), key=lambda turn: (turn.at, turn.seq)):
                sessions.setdefault(turn.session, []).append(turn.seq)
            found = {}
            for seq in seqs:
                if seq in state.turns:
                    line = sessions[state.turns[seq].session]
                    place = line.index(seq)
                    found[seq] = line[max(0, place - before) : place + after + 1]
            return found

    def turns(self, seqs: Sequence[int]) -> dict[int, Turn]:
        """The messages with these numbers, as the ranking sees them."""
        with self._reading() as state:
            return {seq: state.turns[seq] for seq in seqs if seq in state.turns}

    def search(self, terms: Sequence[str], *, limit: int, as_of: datetime | None = None) -> list[Hit]:
        """Messages whose own text has any of the analysed terms, the best (BM25) first."""
        with self._reading() as state:
            documents = {seq: turn.tokens.split() for seq, turn in state.turns.items()}
        wanted = set(terms)
        mean = sum(map(len, documents.values())) / max(1, len(documents))
        holding = {term: sum(term in tokens for tokens in documents.values()) for term in wanted}
        rarity = {
            term: max(1e-6, math.log((len(documents) - count + 0.5) / (count + 0.5))) for term, count in holding.items()
        }
        hits = []
        for seq, tokens in documents.items():
            shared = wanted.intersection(tokens)
            if shared and (as_of is None or state.turns[seq].at <= to_micros(as_of)):
                norm = _K1 * (1 - _B + _B * len(tokens) / mean)
                times = {term: tokens.count(term) for term in shared}
                score = sum(rarity[term] * times[term] * (_K1 + 1) / (times[term] + norm) for term in shared)
                hits.append(Hit(seq=seq, score=score))
        return sorted(hits, key=lambda hit: (-hit.score, -hit.seq))[: max(0, limit)]

    def document_counts(self, terms: Iterable[str], *, as_of: datetime | None = None) -> dict[str, int]:
        """In how many messages each analysed term occurs (its own text only); 0 for unknown terms."""
        with self._reading() as state:
            documents = [
                set(turn.tokens.split())
                for turn in state.turns.values()
                if as_of is None or turn.at <= to_micros(as_of)
            ]
        return {term: sum(term in tokens for tokens in documents) for term in terms}

    def messages_with_term(self, term: str, *, limit: int, as_of: datetime | None = None) -> list[int]:
        """The numbers of the messages whose own text has an analysed term, the newest first."""
        with self._reading() as state:
            found = [
                turn
                for turn in state.turns.values()
                if term in turn.tokens.split() and (as_of is None or turn.at <= to_micros(as_of))
            ]
        return [turn.seq for turn in sorted(found, key=lambda turn: (turn.at, turn.seq), reverse=True)][:limit]

    def speakers(self, *, as_of: datetime | None = None) -> list[tuple[str | None, str, int]]:
        """Who speaks: (speaker, role, number of messages), those with the most first."""
        with self._reading() as state:
            counted = Counter(
                (message.speaker, message.role.value)
                for message in state.messages.values()
                if as_of is None or message.created_at <= as_of
            )
        found = [(name, role, count) for (name, role), count in counted.items()]
        return sorted(found, key=lambda one: (-one[2], one[0] is not None, one[0] or "", one[1]))

    def sessions(self, *, as_of: datetime | None = None) -> list[Session]:
        """Conversations, the one in which something was said last first."""
        said: dict[str, list[datetime]] = {}
        with self._reading() as state:
            for message in state.messages.values():
                if as_of is None or message.created_at <= as_of:
                    said.setdefault(message.session_id, []).append(message.created_at)
        found = [
            Session(session_id=name, messages=len(times), first_at=min(times), last_at=max(times))
            for name, times in said.items()
        ]
        by_name = sorted(found, key=lambda one: one.session_id)
        return sorted(by_name, key=lambda one: one.last_at, reverse=True)

    # -- the queue --

    def waiting(self, *, limit: int, unread_only: bool = False, ready_at: datetime | None = None) -> list[QueueItem]:
        """Queued messages that are not dead, as they came; with `ready_at` only those whose `not_before` is over."""
        with self._reading():
            found = [
                item
                for item in self._queued()
                if not item.dead
                and not (unread_only and item.read_by_rules)
                and (ready_at is None or item.not_before is None or item.not_before <= ready_at)
            ]
        return found[:limit]

    def _queued(self) -> list[QueueItem]:
        return sorted(self._state.queue.values(), key=lambda item: item.message.seq)

    def troubled(self) -> list[QueueItem]:
        """Queued messages with an error, dead letters included."""
        with self._reading():
            return [item for item in self._queued() if item.error or item.dead]

    def update_queue(self, items: Sequence[QueueItem]) -> None:
        """Write tries, error, raw, not_before, dead and read_by_rules of queued messages."""
        with self._writing() as state:
            for item in items:
                message_id = clean(item.message.id)
                if message_id in state.queue:
                    state.queue[message_id] = replace(
                        item, message=state.messages[message_id], error=clean(item.error), raw=clean(item.raw)
                    )

    def enqueue(self, message_ids: Sequence[str], *, read_by_rules: bool = False) -> None:
        """Put stored messages (back) into the queue, with no tries."""
        with self._writing() as state:
            for message_id in map(clean, message_ids):
                if message_id in state.messages:
                    state.queue[message_id] = QueueItem(message=state.messages[message_id], read_by_rules=read_by_rules)

    def dequeue(self, message_ids: Sequence[str]) -> None:
        """Take messages out of the queue: they are understood."""
        with self._writing() as state:
            for message_id in message_ids:
                state.queue.pop(clean(message_id), None)

    def pending(self) -> int:
        """How many messages no writer has read."""
        return self.counts().unread

    def lease(self, name: str, owner: str, *, now: datetime, seconds: float) -> bool:
        """Take or renew a named lease for an owner; False while another's has not run out."""
        with self._writing() as state:
            holder, until = state.leases.get(name, (owner, now))
            if holder != owner and until > now:
                return False
            state.leases[name] = (owner, now + timedelta(seconds=seconds))
            return True

    def release(self, name: str, owner: str) -> None:
        """Give a lease back."""
        with self._writing() as state:
            if name in state.leases and state.leases[name][0] == owner:
                del state.leases[name]

    # -- the log --

    def put_observations(self, observations: Sequence[Observation]) -> None:
        """Log what messages revealed, in place of what was logged for the same messages; topics included."""
        with self._writing() as state:
            for given in observations:
                kept = without_forgotten(given, state.hash_key, state.forgotten.__contains__)
                observation = from_json(Observation, to_json(kept))
                if observation.message_id in state.messages:
                    state.observations[observation.message_id] = observation
                    self._number_topics(observation)
            self._tidy_topics()

    def _number_topics(self, observation: Observation) -> None:
        for key in topic_keys(observation):
            if key not in self._state.topic_ids:
                self._state.last_topic += 1
                self._state.topic_ids[key] = self._state.last_topic

    def _tidy_topics(self) -> None:
        named = {key for observation in self._state.observations.values() for key in topic_keys(observation)}
        self._state.topic_ids = {key: number for key, number in self._state.topic_ids.items() if key in named}

    def get_observations(self, message_ids: Sequence[str]) -> dict[str, Observation]:
        """What was logged for these messages."""
        with self._reading() as state:
            asked = map(clean, message_ids)
            return {one: state.observations[one] for one in asked if one in state.observations}

    def counts_by_writer(self) -> dict[str, int]:
        """How many messages each writer's observations are logged for."""
        with self._reading() as state:
            return dict(Counter(observation.writer for observation in state.observations.values()))

    def put_correction(self, correction: Correction) -> None:
        """Log a correction."""
        with self._writing() as state:
            known = state.corrections.get(clean(correction.id))
            if known is None:
                state.last_correction += 1
            number = known[0] if known else state.last_correction
            stored = from_json(Correction, to_json(correction))
            state.corrections[stored.id] = (number, stored)

    def remove_correction(self, correction_id: str) -> bool:
        """Take a correction back; False if there is none."""
        with self._writing() as state:
            return state.corrections.pop(clean(correction_id), None) is not None

    def corrections(self) -> list[Correction]:
        """All corrections by time."""
        with self._reading() as state:
            numbered = sorted(state.corrections.values(), key=lambda one: (one[1].at, one[0]))
        return [correction for _, correction in numbered]

    def observed(self, *, since: datetime | None = None) -> list[Observed]:
        """The logged items, corrections included, by (said_at, seq, ordinal); `since` is inclusive."""
        with self._reading() as state:
            found = [observed_correction(number, correction) for number, correction in state.corrections.values()]
            for message_id, observation in state.observations.items():
                message = state.messages[message_id]
                found += observed_items(observation, message.created_at, message.seq)
        return sorted((one for one in found if since is None or one.source.said_at >= since), key=said_order)

    # -- the derived state --

    def attributes(self) -> list[Attribute]:
        """All attributes, superseded ones too, by `known_from`."""
        with self._reading() as state:
            return sorted(state.attributes.values(), key=lambda item: (item.known_from, item.id))

    def events(self) -> list[Event]:
        """All events, superseded ones too, by `known_from`."""
        with self._reading() as state:
            return sorted(state.events.values(), key=lambda item: (item.known_from, item.id))

    def apply(self, derived: Derived) -> None:
        """Write what a replay changed, and raise the version."""
        with self._writing() as state:
            for item_id in derived.removed_attributes:
                state.attributes.pop(clean(item_id), None)
            for item_id in derived.removed_events:
                state.events.pop(clean(item_id), None)
            for attribute in derived.attributes:
                self._put_attribute(to_json(attribute))
            for event in derived.events:
                self._put_event(to_json(event))
            since = derived.history_since
            earlier = [change for change in state.changes if since is None or change.at < since]
            state.changes = earlier + [from_json(Change, to_json(change)) for change in derived.changes]
            state.version = _new_version()

    def _put_attribute(self, given: JSON) -> None:
        attribute = from_json(Attribute, given)
        self._state.attributes[attribute.id] = attribute

    def _put_event(self, given: JSON) -> None:
        event = from_json(Event, given)
        self._state.events[event.id] = event

    def changes(
        self, *, item_id: str | None = None, limit: int | None = None, until: datetime | None = None
    ) -> list[Change]:
        """The history, the oldest first (with `limit`: the latest ones); of one item: the changes that name it."""
        with self._reading() as state:
            found = [
                change
                for change in state.changes
                if (item_id is None or clean(item_id) in (change.item_id, change.previous_id))
                and (until is None or change.at <= until)
            ]
        return _latest(sorted(found, key=lambda change: change.at), limit)

    # -- topics --

    def search_topics(
        self, terms: Sequence[str], *, limit: int, as_of: datetime | None = None
    ) -> list[tuple[int, str]]:
        """(topic id, label) of topics whose label shares analysed terms, the best first."""
        with self._reading() as state:
            labels = {row.id: row.label for row in self.topics(as_of=as_of)}
            known = {number: topic_terms(key) for key, number in state.topic_ids.items() if number in labels}
        shared = {number: [term for term in has if term in terms] for number, has in known.items()}
        scores = topic_scores(
            {number: has for number, has in shared.items() if has}, {number: len(has) for number, has in known.items()}
        )
        best = sorted(scores, key=lambda number: (-scores[number], labels[number]))
        return [(number, labels[number]) for number in best[: max(0, limit)]]

    def _spoken_of(self, as_of: datetime | None) -> Iterator[tuple[int, str, Message, Observation, bool]]:
        """Every time a topic was spoken of: (topic, wording, message, observation, whether it is the main one)."""
        for message_id, observation in self._state.observations.items():
            message = self._state.messages[message_id]
            if as_of is None or message.created_at <= as_of:
                for place, (key, label) in enumerate(topic_keys(observation).items()):
                    yield self._state.topic_ids[key], label, message, observation, place == 0

    def topics(self, *, limit: int | None = None, as_of: datetime | None = None) -> list[TopicRow]:
        """Topics, those with the most messages first."""
        with self._reading():
            spoken: dict[int, list[tuple[datetime, str]]] = {}
            shown: dict[int, Counter[Attitude]] = {}
            for topic, label, message, observation, is_main in self._spoken_of(as_of):
                spoken.setdefault(topic, []).append((message.created_at, label))
                if is_main and observation.attitude is not Attitude.NEUTRAL:
                    shown.setdefault(topic, Counter())[observation.attitude] += 1
        rows = [
            TopicRow(
                id=topic,
                label=min(said)[1],
                messages=len(said),
                last_at=max(said)[0],
                attitudes=dict(shown.get(topic, {})),
            )
            for topic, said in spoken.items()
        ]
        return sorted(rows, key=lambda row: (-row.messages, row.label))[:limit]

    def topic_messages(
        self, topic_ids: Sequence[int], *, limit: int, as_of: datetime | None = None
    ) -> list[tuple[int, int]]:
        """(topic id, message number) of the topics' messages, the newest first, at most `limit` a topic."""
        with self._reading():
            spoken = [(topic, message) for topic, _, message, _, _ in self._spoken_of(as_of) if topic in topic_ids]
        spoken.sort(key=lambda one: _place(one[1]), reverse=True)
        taken: Counter[int] = Counter()
        found = []
        for topic, message in spoken:
            taken[topic] += 1
            if taken[topic] <= limit:
                found.append((topic, message.seq))
        return found

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
        with self._reading():
            labels = {row.id: row.label for row in self.topics()}
            shown = [
                (topic, message, observation)
                for topic, _, message, observation, is_main in self._spoken_of(as_of)
                if is_main
                and observation.attitude is not Attitude.NEUTRAL
                and (subject is None or observation.subject == clean(subject))
            ]
        shown.sort(key=lambda one: _place(one[1]), reverse=True)
        return [
            TopicAttitude(
                topic_id=topic,
                label=labels[topic],
                subject=observation.subject,
                evidence=Evidence(
                    message_id=message.id,
                    at=message.created_at,
                    attitude=observation.attitude,
                    reason=observation.reason,
                ),
            )
            for topic, message, observation in shown[:limit]
            if terms is None or not set(terms).isdisjoint(analyze(labels[topic]))
        ]

    # -- what registered memory types keep --

    def keep(self, memory_type: str, message_id: str, records: Sequence[JSON]) -> None:
        """Keep a memory type's records of a message, in place of those kept before."""
        bodies = tuple(plain(record) for record in records)
        with self._writing() as state:
            if clean(message_id) in state.messages:
                state.kept[clean(memory_type), clean(message_id)] = bodies

    def kept(self, memory_type: str, *, as_of: datetime | None = None) -> list[tuple[Message, JSON]]:
        """A memory type's records with their messages, by time."""
        with self._reading() as state:
            found = [
                (state.messages[message_id], record)
                for (name, message_id), records in state.kept.items()
                for record in records
                if name == clean(memory_type)
            ]
        return [
            (message, copy.deepcopy(record))
            for message, record in sorted(found, key=lambda one: _place(one[0]))
            if as_of is None or message.created_at <= as_of
        ]

    # -- vectors --

    def put_vectors(self, model: str, vectors: Mapping[str, bytes]) -> None:
        """Keep message vectors (message id to float32 bytes, rows of length 1)."""
        with self._writing() as state:
            for message_id, vector in vectors.items():
                if clean(message_id) in state.messages:
                    state.vectors[clean(model), clean(message_id)] = bytes(vector)
                    state.vector_writes[clean(model)] += 1

    def _vectors_of(self, model: str) -> dict[int, bytes]:
        state = self._state
        found = {
            state.messages[message_id].seq: vector
            for (name, message_id), vector in state.vectors.items()
            if name == clean(model)
        }
        return dict(sorted(found.items()))

    def vectors(self, model: str) -> tuple[list[int], bytes]:
        """The numbers of the messages that have a vector of this model, and the vectors end to end."""
        with self._reading():
            found = self._vectors_of(model)
        return list(found), b"".join(found.values())

    def vector_state(self, model: str) -> tuple[int, int]:
        """(number of vectors, number of writes) of a model: changes whenever its vectors do."""
        with self._reading() as state:
            return len(self._vectors_of(model)), state.vector_writes[clean(model)]

    def drop_vectors(self, *, keep: str | None) -> None:
        """Remove the vectors of all models but one."""
        with self._writing() as state:
            state.vector_writes.update(name for name, _ in state.vectors if name != keep)
            state.vectors = {key: vector for key, vector in state.vectors.items() if key[0] == keep}

    def messages_without_vector(self, model: str, *, limit: int) -> list[Message]:
        """Messages that this model has not embedded yet."""
        with self._reading() as state:
            known = self._vectors_of(model)
            missing = sorted(seq for seq in state.ids if seq not in known)
            return [state.messages[state.ids[seq]] for seq in missing[max(0, len(missing) - limit) :]]

    # -- the ledger --

    def record_call(self, call: ModelCall) -> None:
        """Write a row of the cost ledger."""
        with self._writing() as state:
            state.calls.append(from_json(ModelCall, to_json(call)))

    def calls(self, *, limit: int | None = None) -> list[ModelCall]:
        """The ledger, the oldest first (with `limit`: the latest ones)."""
        with self._reading() as state:
            return _latest(list(state.calls), limit)

    # -- forgetting --

    def forget_messages(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        """Remove messages with their queue rows, observations, topics, kept records, vectors and ledger texts."""
        with self._writing() as state:
            gone = {clean(message_id) for message_id in message_ids} & state.messages.keys()
            counts = {
                "messages": len(gone),
                "observations": len(gone & state.observations.keys()),
                "queued": len(gone & state.queue.keys()),
                "calls_scrubbed": self._scrub(gone),
            }
            for message_id in gone:
                seq = state.messages.pop(message_id).seq
                del state.turns[seq], state.ids[seq]
                state.queue.pop(message_id, None)
                state.observations.pop(message_id, None)
                state.forgotten.add(forgotten_message(state.hash_key, message_id))
            state.vector_writes.update(name for name, message_id in state.vectors if message_id in gone)
            state.vectors = {key: vector for key, vector in state.vectors.items() if key[1] not in gone}
            state.kept = {key: records for key, records in state.kept.items() if key[1] not in gone}
            if gone:
                self._tidy_topics()
            return counts

    def _scrub(self, gone: Collection[str]) -> int:
        """Take forgotten messages out of the ledger, and what was quoted of them out of the queue."""
        state = self._state
        scrubbed = 0
        quoting: set[str] = set()
        for place, call in enumerate(state.calls):
            if not set(gone).isdisjoint(call.message_ids):
                rest = tuple(message_id for message_id in call.message_ids if message_id not in gone)
                state.calls[place] = replace(call, detail="", message_ids=rest)
                quoting.update(rest)
                scrubbed += 1
        removed = [state.queue[message_id] for message_id in gone if message_id in state.queue]
        texts = {text for item in removed for text in (item.raw, item.error) if text}
        for message_id, item in state.queue.items():
            if message_id in quoting or item.raw in texts or item.error in texts:
                state.queue[message_id] = replace(item, raw="", error=REMOVED if item.error else "")
        if gone:
            state.meta.pop(LAST_ERROR, None)
        return scrubbed

    def forget_items(self, source_ids: Sequence[str], texts: Sequence[str]) -> None:
        """Remove from the log the observed items with these texts of these sources, and keep hashes of them,
        so that `put_observations` drops them if a rebuild finds them again."""
        with self._writing() as state:
            for source in source_ids:
                for text in texts:
                    state.forgotten.add(forgotten_item(state.hash_key, clean(source), clean(text)))
            self.put_observations(list(self.get_observations(source_ids).values()))

    def erase_traces(self) -> None:
        """Nothing to do: what was removed is gone."""
        with self._reading():
            return

    def counts(self) -> Counts:
        """How much there is."""
        with self._reading() as state:
            alive = [item for item in state.queue.values() if not item.dead]
            times = [message.created_at for message in state.messages.values()]
            return Counts(
                messages=len(state.messages),
                sessions=len({message.session_id for message in state.messages.values()}),
                attributes=len(state.attributes),
                events=len(state.events),
                topics=len(state.topic_ids),
                unread=sum(not item.read_by_rules for item in alive),
                waiting=len(alive),
                dead=len(state.queue) - len(alive),
                first_at=min(times, default=None),
                last_at=max(times, default=None),
            )

    # -- moving --

    def dump(self) -> Iterator[JSON]:
        """Everything as JSON records `{"type": table, …}`, enough to build an equal store."""
        with self._reading() as state:
            tables = [(kind, list(records)) for kind, records in self._all_records(state)]
        for kind, records in tables:
            for record in records:
                yield {"type": kind, **record}

    def _all_records(self, state: _State) -> Iterator[tuple[str, Iterable[JSON]]]:
        messages = sorted(state.messages.values(), key=lambda message: message.seq)
        yield "chain", [{"hash_key": to_base64(state.hash_key)}]
        yield "forgotten", [{"hash": to_base64(one)} for one in sorted(state.forgotten)]
        yield "meta", [{"key": key, "value": value} for key, value in sorted(state.meta.items())]
        yield "message", [{"seq": one.seq, **to_json(one, leave_out=NOT_IN_STORE)} for one in messages]
        yield (
            "queue",
            [
                {"message_id": item.message.id, **to_json(item, leave_out=frozenset({"message"}))}
                for item in self._queued()
            ],
        )
        logged = [state.observations[one.id] for one in messages if one.id in state.observations]
        yield "observation", map(to_json, logged)
        numbered = sorted(state.corrections.values(), key=lambda one: (one[1].at, one[0]))
        yield "correction", [{"number": number, **to_json(correction)} for number, correction in numbered]
        yield "attribute", map(to_json, self.attributes())
        yield "event", map(to_json, self.events())
        yield "change", map(to_json, self.changes())
        yield (
            "kept",
            [
                {"memory_type": name, "message_id": message_id, "ordinal": ordinal, "record": copy.deepcopy(record)}
                for (name, message_id), records in sorted(
                    state.kept.items(), key=lambda one: (one[0][0], state.messages[one[0][1]].seq)
                )
                for ordinal, record in enumerate(records)
            ],
        )
        yield (
            "vector",
            [
                {"model": model, "message_id": message_id, "vector": to_base64(vector)}
                for (model, message_id), vector in sorted(
                    state.vectors.items(), key=lambda one: (one[0][0], state.messages[one[0][1]].seq)
                )
            ],
        )
        yield "call", map(to_json, state.calls)

    def load(self, records: Iterable[JSON]) -> None:
        """Fill an empty store from `dump`'s records, in one transaction.

        Raises:
            InvalidInputError: the store is not empty.
            ValueError: the records are damaged; nothing was loaded.
        """
        loaders: Mapping[str, Callable[[JSON], None]] = {
            "chain": self._load_chain,
            "forgotten": lambda given: self._state.forgotten.add(from_base64(given["hash"])),
            "meta": lambda given: self.set_meta(given["key"], given["value"]),
            "message": self._load_message,
            "queue": self._load_queue,
            "observation": self._load_observation,
            "correction": self._load_correction,
            "attribute": lambda given: self._put_attribute(to_json(checked(Attribute, given))),
            "event": lambda given: self._put_event(to_json(checked(Event, given))),
            "change": lambda given: self._state.changes.append(checked(Change, given)),
            "kept": self._load_kept,
            "vector": lambda given: self.put_vectors(
                given["model"], {given["message_id"]: from_base64(given["vector"])}
            ),
            "call": lambda given: self.record_call(checked(ModelCall, given)),
        }
        with self.transaction():
            if self._state.messages or self._state.forgotten:
                raise InvalidInputError(
                    "Only an empty memory can be filled from an export, and this one holds messages or knows of "
                    "forgotten ones. Forget the user with everything first, or import under another name."
                )
            for record in records:
                with readable(record) as (kind, given):
                    loaders[kind](given)
            self._state.version = _new_version()

    def _load_chain(self, given: JSON) -> None:
        self._state.hash_key = from_base64(given["hash_key"])

    def _load_message(self, given: JSON) -> None:
        message = loaded_message(given, self.user_id)
        if message.id in self._state.messages or message.seq in self._state.ids:
            raise ValueError(f"message {message.id!r} stands there twice")
        self._store(message, message.seq, queue=False)

    def _load_queue(self, given: JSON) -> None:
        message = self._state.messages[given["message_id"]]
        self._state.queue[message.id] = loaded_queue_item(given, message)

    def _load_observation(self, given: JSON) -> None:
        observation = checked(Observation, given)
        if observation.message_id not in self._state.messages:
            raise ValueError(f"there is no message {observation.message_id!r}")
        self._state.observations[observation.message_id] = observation
        self._number_topics(observation)

    def _load_correction(self, given: JSON) -> None:
        number = int(given["number"])
        correction = checked(Correction, {name: value for name, value in given.items() if name != "number"})
        self._state.corrections[correction.id] = (number, correction)
        self._state.last_correction = max(self._state.last_correction, number)

    def _load_kept(self, given: JSON) -> None:
        memory_type, message_id, _, record = loaded_kept(given)
        if message_id not in self._state.messages:
            raise ValueError(f"there is no message {message_id!r}")
        place = (memory_type, message_id)
        self._state.kept[place] = (*self._state.kept.get(place, ()), record)

    def check(self, *, repair: bool = False) -> list[str]:
        """Nothing can be wrong with it."""
        with self._reading():
            return []


class InMemoryHome:
    """Stores that live as long as this object does, also when a chain closes them."""

    def __init__(self) -> None:
        self._stores: dict[str, InMemoryStore] = {}

    def exists(self, user_id: str) -> bool:
        """Whether anything is stored for a user."""
        return user_id in self._stores

    def open(self, user_id: str, *, create: bool) -> InMemoryStore:
        """Open a user's store.

        Raises:
            UnknownUserError: there is none and `create` is false.
        """
        if user_id not in self._stores:
            if not create:
                raise UnknownUserError(user_id)
            self._stores[user_id] = InMemoryStore(user_id)
        self._stores[user_id]._open = True
        return self._stores[user_id]

    def users(self) -> list[str]:
        """Everybody who has a store, sorted."""
        return sorted(self._stores)

    def remove(self, user_id: str) -> None:
        """Remove a user's store."""
        store = self._stores.pop(user_id, None)
        if store is not None:
            store.close()


def _new_version() -> int:
    return secrets.randbits(62)


def _place(message: Message) -> tuple[datetime, int]:
    return message.created_at, message.seq


def _latest(found: list[_T], limit: int | None) -> list[_T]:
    return found if limit is None else found[max(0, len(found) - limit) :]
