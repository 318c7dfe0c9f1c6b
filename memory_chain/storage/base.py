"""The seam to a database: what one user's memory asks of a store.

A store holds **one user's memory**. It keeps five things: the messages with their index, the queue of what
is still to be understood, what each message revealed (the observations: the log from which all else can be
made again), the state derived from that log (attributes, events, history, topics), and the ledger of model
calls. It decides nothing: routing, merging, ranking and packing are done by those who call it.

Every method that writes is one transaction, or joins the one opened by `transaction()`. With `as_of` only what was
said at or before that time is read, and counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

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
    Session,
    Source,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """What happened to the messages of one `add_messages`, in the order given."""

    stored: tuple[Message, ...]
    """The new ones, with their `seq`."""
    duplicates: int
    forgotten: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A message that the index found; `score`: higher is better."""

    seq: int
    score: float


class Turn(NamedTuple):
    """A stored message as the ranking sees it: a row, so that a store can make it without ceremony."""

    seq: int
    session: str
    speaker: str
    """The speaker's name, or the role if there is none."""
    at: int
    """Microseconds since 1970."""
    tokens: str
    """Index terms joined by spaces."""
    traits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """One logged item: what a source revealed about a subject, with its place in time."""

    source: Source
    seq: int
    """The message's order of arrival (the store's own running number for corrections)."""
    ordinal: int
    """Its place among the items of its source."""
    item: ObservedAttribute | ObservedEvent
    writer: str
    corrected_sources: tuple[str, ...] = ()
    """Of a correction: the sources of the item that was corrected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A statement of the user about an item: `id` starts with `edit-`."""

    id: str
    at: datetime
    item: ObservedAttribute | ObservedEvent
    corrected_sources: tuple[str, ...]
    """The sources of the item that was corrected, so that a rebuild finds it again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """What a replay changed in the derived state. `history_since`: changes at or after it are replaced."""

    attributes: Sequence[Attribute] = ()
    removed_attributes: Sequence[str] = ()
    events: Sequence[Event] = ()
    removed_events: Sequence[str] = ()
    changes: Sequence[Change] = ()
    history_since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicRow:
    """A topic as stored: its key, the wording shown, and counts."""

    id: int
    label: str
    messages: int
    last_at: datetime
    attitudes: Mapping[Attitude, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicAttitude:
    """An attitude shown to a topic."""

    topic_id: int
    label: str
    subject: str
    evidence: Evidence


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How much there is of everything."""

    messages: int
    sessions: int
    attributes: int
    events: int
    topics: int
    unread: int
    """Messages that no writer has read."""
    waiting: int
    """Messages in the queue, read by rules or not, without dead letters."""
    dead: int
    first_at: datetime | None
    last_at: datetime | None


class Store(Protocol):
    """One user's memory in a database."""

    # -- life --

    def close(self) -> None:
        """Release everything. Closing twice is fine."""

    def is_in_place(self) -> bool:
        """Whether the memory is still where it was opened; another process may have removed or replaced it."""

    def transaction(self) -> AbstractContextManager[None]:
        """One write transaction around several calls; rolled back if the block raises. Nested blocks join."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Several reads that see the same state, and cost less together. Write nothing in the block; it may nest."""

    def version(self) -> int:
        """A number that changes with every change of the derived state, also by other processes."""

    def get_meta(self, key: str) -> str | None:
        """A small named value of the chain."""

    def set_meta(self, key: str, value: str | None) -> None:
        """Keep a small named value, or remove it (None)."""

    # -- messages and their index --

    def add_messages(self, messages: Sequence[Message], *, queue: bool = True) -> Added:
        """Store, index and queue messages in one transaction.

        The same id with the same content is a duplicate; a forgotten id is skipped.

        Raises:
            ConflictError: an id is stored with other content; nothing is written.
        """

    def get_messages(self, ids: Sequence[str]) -> list[Message | None]:
        """The messages with these ids, in the order asked; None where there is none."""

    def messages_by_seq(self, seqs: Sequence[int]) -> dict[int, Message]:
        """The messages with these numbers."""

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

    def neighbours(self, seqs: Sequence[int], *, before: int, after: int) -> dict[int, list[int]]:
        """For each message the numbers of its session's turns around it, itself included, in time order."""

    def turns(self, seqs: Sequence[int]) -> dict[int, Turn]:
        """The messages with these numbers, as the ranking sees them."""

    def search(self, terms: Sequence[str], *, limit: int, as_of: datetime | None = None) -> list[Hit]:
        """Messages whose own text has any of the analysed terms, the best (BM25) first."""

    def document_counts(self, terms: Iterable[str], *, as_of: datetime | None = None) -> dict[str, int]:
        """In how many messages each analysed term occurs (its own text only); 0 for unknown terms."""

    def messages_with_term(self, term: str, *, limit: int, as_of: datetime | None = None) -> list[int]:
        """The numbers of the messages whose own text has an analysed term, the newest first."""

    def speakers(self, *, as_of: datetime | None = None) -> list[tuple[str | None, str, int]]:
        """Who speaks: (speaker, role, number of messages), those with the most first."""

    def sessions(self, *, as_of: datetime | None = None) -> list[Session]:
        """Conversations, the one in which something was said last first."""

    # -- the queue of what is still to be understood --

    def waiting(self, *, limit: int, unread_only: bool = False, ready_at: datetime | None = None) -> list[QueueItem]:
        """Queued messages that are not dead, as they came; with `ready_at` only those whose `not_before` is over."""

    def troubled(self) -> list[QueueItem]:
        """Queued messages with an error, dead letters included."""

    def update_queue(self, items: Sequence[QueueItem]) -> None:
        """Write tries, error, raw, not_before, dead and read_by_rules of queued messages."""

    def enqueue(self, message_ids: Sequence[str], *, read_by_rules: bool = False) -> None:
        """Put stored messages (back) into the queue, with no tries."""

    def dequeue(self, message_ids: Sequence[str]) -> None:
        """Take messages out of the queue: they are understood."""

    def pending(self) -> int:
        """How many messages no writer has read; cheap."""

    def lease(self, name: str, owner: str, *, now: datetime, seconds: float) -> bool:
        """Take or renew a named lease for an owner; False while another's has not run out."""

    def release(self, name: str, owner: str) -> None:
        """Give a lease back."""

    # -- the log: what each message revealed --

    def put_observations(self, observations: Sequence[Observation]) -> None:
        """Log what messages revealed, in place of what was logged for the same messages; topics included."""

    def get_observations(self, message_ids: Sequence[str]) -> dict[str, Observation]:
        """What was logged for these messages."""

    def counts_by_writer(self) -> dict[str, int]:
        """How many messages each writer's observations are logged for."""

    def put_correction(self, correction: Correction) -> None:
        """Log a correction."""

    def remove_correction(self, correction_id: str) -> bool:
        """Take a correction back; False if there is none."""

    def corrections(self) -> list[Correction]:
        """All corrections by time."""

    def observed(self, *, since: datetime | None = None) -> list[Observed]:
        """The logged items, corrections included, by (said_at, seq, ordinal); `since` is inclusive."""

    # -- the derived state --

    def attributes(self) -> list[Attribute]:
        """All attributes, superseded ones too, by `known_from`."""

    def events(self) -> list[Event]:
        """All events, superseded ones too, by `known_from`."""

    def apply(self, derived: Derived) -> None:
        """Write what a replay changed, and raise the version."""

    def changes(
        self, *, item_id: str | None = None, limit: int | None = None, until: datetime | None = None
    ) -> list[Change]:
        """The history, the oldest first (with `limit`: the latest ones); of one item: the changes that name it."""

    # -- topics --

    def search_topics(
        self, terms: Sequence[str], *, limit: int, as_of: datetime | None = None
    ) -> list[tuple[int, str]]:
        """(topic id, label) of topics whose label shares analysed terms, the best first."""

    def topics(self, *, limit: int | None = None, as_of: datetime | None = None) -> list[TopicRow]:
        """Topics, those with the most messages first."""

    def topic_messages(
        self, topic_ids: Sequence[int], *, limit: int, as_of: datetime | None = None
    ) -> list[tuple[int, int]]:
        """(topic id, message number) of the topics' messages, the newest first, at most `limit` a topic."""

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

    # -- what registered memory types keep --

    def keep(self, memory_type: str, message_id: str, records: Sequence[JSON]) -> None:
        """Keep a memory type's records of a message, in place of those kept before."""

    def kept(self, memory_type: str, *, as_of: datetime | None = None) -> list[tuple[Message, JSON]]:
        """A memory type's records with their messages, by time."""

    # -- vectors --

    def put_vectors(self, model: str, vectors: Mapping[str, bytes]) -> None:
        """Keep message vectors (message id to float32 bytes, rows of length 1)."""

    def vectors(self, model: str) -> tuple[list[int], bytes]:
        """The numbers of the messages that have a vector of this model, and the vectors end to end."""

    def vector_state(self, model: str) -> tuple[int, int]:
        """(number of vectors, number of writes) of a model: changes whenever its vectors do."""

    def drop_vectors(self, *, keep: str | None) -> None:
        """Remove the vectors of all models but one."""

    def messages_without_vector(self, model: str, *, limit: int) -> list[Message]:
        """Messages that this model has not embedded yet."""

    # -- the ledger --

    def record_call(self, call: ModelCall) -> None:
        """Write a row of the cost ledger."""

    def calls(self, *, limit: int | None = None) -> list[ModelCall]:
        """The ledger, the oldest first (with `limit`: the latest ones)."""

    # -- forgetting, moving, checking --

    def forget_messages(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        """Remove messages with their queue rows, observations, topics, kept records, vectors and ledger texts.

        Leaves a hash of each id, so that importing it again skips it. Derived state is not touched: the
        caller replays it. Returns counts: messages, observations, queued, calls_scrubbed.
        """

    def forget_items(self, source_ids: Sequence[str], texts: Sequence[str]) -> None:
        """Remove from the log the observed items with these texts of these sources, and the attitudes that they show,
        and keep hashes of them, so that `put_observations` drops them if a rebuild finds them again."""

    def erase_traces(self) -> None:
        """Rebuild the index from the messages, give free pages back and truncate the journal."""

    def counts(self) -> Counts:
        """How much there is."""

    def dump(self) -> Iterator[JSON]:
        """Everything as JSON records `{"type": table, …}`, enough to build an equal store."""

    def load(self, records: Iterable[JSON]) -> None:
        """Fill an empty store from `dump`'s records, in one transaction.

        Raises:
            InvalidInputError: the store is not empty.
            ValueError: the records are damaged; nothing was loaded.
        """

    def check(self, *, repair: bool = False) -> list[str]:
        """What is wrong with the file, the schema or the index (empty: nothing); `repair` mends the index.

        With `repair`: what is still wrong afterwards.
        """


class StoreHome(Protocol):
    """Where the stores of many users live."""

    def exists(self, user_id: str) -> bool:
        """Whether anything is stored for a user."""

    def open(self, user_id: str, *, create: bool) -> Store:
        """Open a user's store.

        Raises:
            UnknownUserError: there is none and `create` is false.
        """

    def users(self) -> list[str]:
        """Everybody who has a store, sorted."""

    def remove(self, user_id: str) -> None:
        """Remove a user's closed store with all its files."""
