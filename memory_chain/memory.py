"""One user's memory, from what is said to what is found again.

`MemoryChain` tells the road of the data in order: a message is stored (`add`), understood (`understand`,
`flush`), and found again (`search`, `retrieve`, `profile`, …); it can be corrected, forgotten and moved.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from memory_chain import conversation, forgetting, transfer
from memory_chain.consolidation import Consolidator, Outcome
from memory_chain.embedding.base import Embedder
from memory_chain.episodic_memory import clues, group_topics
from memory_chain.errors import (
    ConflictError,
    InvalidInputError,
    MissingModelError,
    ModelError,
    StoreFullError,
    UnknownItemError,
)
from memory_chain.extraction.base import MemoryType, Writer
from memory_chain.extraction.merging import AspectMerger
from memory_chain.extraction.rules import RuleWriter
from memory_chain.intake import check_user_id, to_messages
from memory_chain.llm.base import LLM
from memory_chain.retrieval.analysis import analyze
from memory_chain.retrieval.context import TokenCounter
from memory_chain.retrieval.retriever import Retriever
from memory_chain.schema import ProfileSchema, default_schema
from memory_chain.storage.base import Correction, Store
from memory_chain.types import (
    USER,
    Attribute,
    Change,
    Context,
    Costs,
    Decision,
    Event,
    ForgetReceipt,
    Message,
    ModelCall,
    Observation,
    ObservedAttribute,
    ObservedEvent,
    Operation,
    Piece,
    Profile,
    Receipt,
    Role,
    Session,
    Status,
    Topic,
    Trust,
)
from memory_chain.utils import estimate_tokens, new_id, stable_id, utc_now
from memory_chain.working_memory import WorkingMemory

Given = str | Message | Mapping[str, Any] | Iterable[str | Message | Mapping[str, Any]]
"""What `add` takes: a text, a message, a dict, or several of them."""

EMBED_BATCH = 64
PROFILE_EVENTS = 10
PROFILE_ATTITUDES = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainOptions:
    """The settings of a chain; the meaning of each is told in `config.yaml.example`."""

    working: WorkingMemory = field(default_factory=WorkingMemory)
    max_characters: int = 1_000_000
    budget_tokens: int = 1500
    settle_messages: int = 50
    """How many unread messages `retrieve` and `profile` let the rules read first."""
    user_name: str | None = None
    """The speaker's name under which the user appears in messages: who says "I" in a query."""
    without: frozenset[str] = frozenset()
    """Parts of the retrieval that are left out, for studies of what each brings (`retrieval.retriever.PARTS`)."""


class MemoryChain:
    """The whole memory of one user.

    It opens nothing: parts are passed in ready, and a part that was passed in stays the caller's to close.
    All methods may be called from several threads.

    Args:
        user_id: whose memory it is.
        store: where it is kept.
        llm: answers questions (`answer`, `chat`); understanding needs `writer`.
        writer: reads batches of messages with a model; None leaves all to the rules. One that is `immediate`
            takes the place of the rules.
        rules: reads each message at once.
        embedder: adds a channel of vectors.
        schema: the sections and aspects of a profile.
        memory_types: further kinds of memory.
        options: sizes and limits.
        count_tokens: tells what a text costs in a prompt.
        clock: the wall clock, for queue and limits; what is known when follows the messages' own times.
        on_added: called after messages were stored, to wake whoever reads them in the background.
        on_call: told of every model call as it is written to the ledger.
    """

    def __init__(
        self,
        user_id: str,
        *,
        store: Store,
        llm: LLM | None = None,
        writer: Writer | None = None,
        rules: Writer | None = None,
        embedder: Embedder | None = None,
        schema: ProfileSchema | None = None,
        memory_types: Sequence[MemoryType] = (),
        options: ChainOptions | None = None,
        count_tokens: TokenCounter = estimate_tokens,
        clock: Callable[[], datetime] = utc_now,
        on_added: Callable[[], None] | None = None,
        on_call: Callable[[ModelCall], None] | None = None,
    ) -> None:
        self.user_id = check_user_id(user_id)
        self.store = store
        self.llm = llm
        self.embedder = embedder
        if writer is not None and writer.immediate:
            rules, writer = writer, None
        self.schema = schema or default_schema()
        self.options = options or ChainOptions()
        self._clock = clock
        self._on_added = on_added
        self._on_call = on_call
        self._last_added_at: datetime | None = None
        self._lock = threading.RLock()
        self._consolidator = Consolidator(
            store,
            schema=self.schema,
            rules=rules or RuleWriter(schema=self.schema),
            model_writer=writer,
            merger=AspectMerger(llm) if llm is not None and writer is not None else None,
            working=self.options.working,
            memory_types=memory_types,
            clock=clock,
            record_call=self._record_call,
        )
        self._retriever = Retriever(
            store,
            schema=self.schema,
            embedder=embedder,
            memory_types=memory_types,
            count_tokens=count_tokens,
            record_call=self._record_call,
            user_name=self.options.user_name,
            without=self.options.without,
        )

    # -- saying --

    def add(
        self,
        given: Given,
        *,
        session_id: str | None = None,
        role: Role | str = Role.USER,
        speaker: str | None = None,
        created_at: datetime | str | None = None,
        metadata: Mapping[str, Any] | None = None,
        message_id: str | None = None,
    ) -> Receipt:
        """Store messages. They are durable and can be found when this returns; all of a call or none is stored.

        Args:
            given: a text, a message, a dict like `{"role": "user", "content": "…"}`, or several of them.
            session_id: the session of messages that name none.
            role: who says it, where the message does not say so.
            speaker: the name of whoever says it, where the message does not say so.
            created_at: when it was said, where the message does not say so (aware, or ISO 8601).
            metadata: plain JSON to keep beside the messages.
            message_id: the id, if one message is given. The same id with the same content is a no-op.

        Raises:
            InvalidMessageError: a message cannot be stored; nothing was written.
            ConflictError: an id is stored already with other content; nothing was written.
        """
        messages = to_messages(
            given,
            user_id=self.user_id,
            session_id=session_id,
            now=self._clock(),
            max_characters=self.options.max_characters,
            defaults=_without_none(role=role, speaker=speaker, created_at=created_at, metadata=metadata, id=message_id),
            stored_at=self._stored_at,
        )
        with self._lock:
            added = self.store.add_messages(messages)
            self._last_added_at = self._clock()
            pending = self.store.pending()
        if added.stored and self._on_added is not None:
            self._on_added()
        return Receipt(
            ids=tuple(message.id for message in messages),
            stored=len(added.stored),
            duplicates=added.duplicates,
            forgotten=added.forgotten,
            pending=pending,
        )

    def _stored_at(self, message_id: str) -> datetime | None:
        stored = self.store.get_messages([message_id])[0]
        return stored.created_at if stored else None

    # -- understanding --

    def read_by_rules(self, *, limit: int | None = None) -> int:
        """Let the rules read messages that still wait; returns how many were read (at most `limit`)."""
        read = 0
        while limit is None or read < limit:
            step = 64 if limit is None else min(64, limit - read)
            with self._lock:
                now_read = self._consolidator.read_by_rules(limit=step)
            read += now_read
            if now_read < step:
                break
        return read

    def read_by_model(self, *, flush: bool = False) -> Outcome:
        """Let the model read one batch, if there is a model and a batch is due."""
        return self._consolidator.read_by_model(flush=flush, last_added_at=self._last_added_at)

    def embed_missing(self, *, limit: int = EMBED_BATCH) -> int:
        """Embed messages that have no vector of the configured embedder yet; returns how many were embedded.

        Raises:
            ModelError: the embedder did not do its work; the messages stay as they are.
        """
        return self._retriever.embed_missing(limit=limit)

    def flush(self) -> Status:
        """Understand all that waits, as far as it goes; what fails stays queued and is told by the status."""
        self.read_by_rules()
        while True:
            outcome = self.read_by_model(flush=True)
            if outcome.read == 0 and (outcome.failed == 0 or outcome.paused):
                break
        self._embed_all()
        return self.status()

    def retry(self) -> Status:
        """Queue again what failed, dead letters too, and try it at once."""
        with self._lock:
            self._consolidator.retry()
        return self.flush()

    def rebuild(self) -> Status:
        """Understand all messages anew, with the writer, schema and embedder of now.

        The memory stays readable meanwhile. The rules' reading is swapped in whole; a model's batch by batch.
        Corrections and what was forgotten are kept; vectors of other embedders are dropped.
        """
        with self._lock:
            self._consolidator.reread()
            self.store.drop_vectors(keep=self.embedder.name if self.embedder else None)
        return self.flush()

    # -- finding again --

    def search(
        self,
        query: str,
        *,
        limit: int = 20,
        as_of: datetime | None = None,
        session_id: str | None = None,
    ) -> list[Piece]:
        """The messages that fit a query best: text, clues and vectors, ranked, not packed.

        Args:
            query: any text; it is never read as a query language.
            limit: the most messages to return.
            as_of: only what had been said by then.
            session_id: only messages of this session.
        """
        _check_as_of(as_of)
        if limit < 1:
            raise InvalidInputError(f"limit is {limit}; ask for at least 1 message.")
        with self._lock:
            return self._retriever.search(
                query, limit=limit, as_of=as_of, session_id=session_id, now=as_of or self._clock()
            )

    def retrieve(
        self,
        query: str,
        *,
        budget_tokens: int | None = None,
        as_of: datetime | None = None,
        session_id: str | None = None,
        min_trust: Trust | str | None = None,
    ) -> Context:
        """What an agent should have in mind to answer: who the user is first, then what was said.

        Args:
            query: the question or message to be answered.
            budget_tokens: the most that the context may cost (default: the setting, 1,500).
            as_of: read the memory as it was known at that time.
            session_id: the running session; its last messages are candidates.
            min_trust: leave out what is less trusted (`stated`, `reported`, `tool`, `inferred`).
        """
        _check_as_of(as_of)
        budget = self.options.budget_tokens if budget_tokens is None else budget_tokens
        if budget < 1:
            raise InvalidInputError(f"budget_tokens is {budget}; a context needs at least 1 token, better 500.")
        pending = self._settle()
        with self._lock:
            return self._retriever.retrieve(
                query,
                persona=self._consolidator.persona,
                episodes=self._consolidator.episodes,
                budget_tokens=budget,
                as_of=as_of,
                now=as_of or self._clock(),
                session_id=session_id,
                min_rank=_trust_rank(min_trust),
                pending=pending,
            )

    def profile(
        self,
        *,
        subject: str | None = None,
        as_of: datetime | None = None,
        min_trust: Trust | str | None = None,
    ) -> Profile:
        """Who somebody is: aspects by section, preferences and the latest events.

        Args:
            subject: whose profile (a speaker's name); by default the chain's user.
            as_of: as it was known at that time.
            min_trust: leave out what is less trusted.
        """
        _check_as_of(as_of)
        pending = self._settle()
        with self._lock:
            who = subject or self._main_subject(as_of)
            rank = _trust_rank(min_trust)
            aspects = [
                aspect for aspect in self._consolidator.aspects(who, as_of=as_of) if aspect.current.trust.rank >= rank
            ]
            attitudes = self.store.attitudes(as_of=as_of, subject=who, limit=PROFILE_ATTITUDES)
            preferences = self._consolidator.persona.preferences(attitudes, as_of=as_of)
            events = self._consolidator.episodes.timeline(subject=who, as_of=as_of)
        return Profile(
            user_id=self.user_id,
            subject=who,
            as_of=as_of,
            aspects=tuple(aspects),
            preferences=tuple(preferences),
            events=tuple(event for event in events if event.trust.rank >= rank)[-PROFILE_EVENTS:],
            titles=self.schema.titles,
            pending=pending,
        )

    def subjects(self, *, as_of: datetime | None = None) -> list[str]:
        """Everybody about whom something is known, or was at that time, the chain's user first."""
        _check_as_of(as_of)
        with self._lock:
            found = self._consolidator.persona.subjects(as_of) | self._consolidator.episodes.subjects(as_of)
        return sorted(found, key=lambda subject: (subject != USER, subject))

    def events(
        self,
        *,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
    ) -> list[Event]:
        """Events by the time they happened, or were told if no time is known."""
        _check_as_of(as_of)
        self._settle()
        with self._lock:
            return self._consolidator.episodes.timeline(subject=subject, since=since, until=until, as_of=as_of)

    def topics(self, *, limit: int | None = None, as_of: datetime | None = None) -> list[Topic]:
        """What is talked about, the most frequent first; similar labels are shown as one."""
        _check_as_of(as_of)
        self._settle()
        with self._lock:
            return group_topics(self.store.topics(as_of=as_of), limit=limit)

    def messages(
        self,
        *,
        session_id: str | None = None,
        speaker: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: Message | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Message]:
        """What was said, by time. `after` is the last message of the page before."""
        return self.store.list_messages(
            session_id=session_id,
            speaker=speaker,
            since=since,
            until=until,
            after=(after.created_at, after.seq) if after else None,
            limit=limit,
            newest_first=newest_first,
        )

    def sessions(self, *, as_of: datetime | None = None) -> list[Session]:
        """The conversations, the one in which something was said last first; with `as_of` as they were then."""
        _check_as_of(as_of)
        return self.store.sessions(as_of=as_of)

    def message(self, message_id: str) -> Message:
        """One message.

        Raises:
            UnknownItemError: there is none with this id.
        """
        (found,) = self.store.get_messages([message_id])
        if found is None:
            raise UnknownItemError("message", message_id, self.user_id)
        return found

    def observations(self, message_ids: Sequence[str]) -> dict[str, Observation]:
        """What was understood of messages, by message id; those that nobody has read yet are missing."""
        return self.store.get_observations(message_ids)

    def clues(self, texts: Sequence[str], *, as_of: datetime | None = None) -> list[list[str]]:
        """The rarest words of each text that occur in this memory, as index terms: by these it would be found.

        With `as_of` only what had been said by then is counted.
        """
        _check_as_of(as_of)
        terms = [analyze(text) for text in texts]
        counts = self.store.document_counts({term for some in terms for term in some}, as_of=as_of)
        messages = sum(count for _, _, count in self.store.speakers(as_of=as_of))
        return [clues({term: counts.get(term, 0) for term in some}, messages) for some in terms]

    def item(self, item_id: str, *, as_of: datetime | None = None) -> Attribute | Event:
        """One attribute or event, current or superseded; with `as_of` what was known of it then.

        Raises:
            UnknownItemError: there is none with this id, or none was known then.
        """
        _check_as_of(as_of)
        with self._lock:
            return forgetting.find_item(self._consolidator, item_id, self.user_id, as_of=as_of)

    def history(
        self, item_id: str | None = None, *, limit: int | None = None, as_of: datetime | None = None
    ) -> list[Change]:
        """Every change of the memory, the oldest first, or those that name one attribute or event."""
        _check_as_of(as_of)
        self._settle()
        return self.store.changes(item_id=item_id, limit=limit, until=as_of)

    # -- setting right, forgetting, moving --

    def correct(
        self,
        item_id: str,
        *,
        value: str | None = None,
        text: str | None = None,
        ended: bool = False,
    ) -> Attribute | Event:
        """Set an attribute or event right. The old one stays in the history; `undo` takes it back.

        Args:
            item_id: which attribute or event.
            value: the right value of an attribute; its sentence is changed accordingly.
            text: the right sentence, where changing the value in it is not enough.
            ended: true if it held once but holds no more.

        Raises:
            UnknownItemError: there is no such attribute or event.
            InvalidInputError: nothing to change was given, or the item is not current.
        """
        if value is None and text is None and not ended:
            raise InvalidInputError("Give the right value=…, the right text=…, or ended=True.")
        with self._lock:
            item = forgetting.find_item(self._consolidator, item_id, self.user_id)
            if item.known_to is not None:
                raise InvalidInputError(
                    f"{item_id!r} was replaced by {item.superseded_by!r} already; correct that one instead."
                )
            now = self._clock()
            correction = Correction(
                id=f"edit-{new_id()}",
                at=max(now, item.known_from),
                item=_corrected(item, value, text, ended),
                corrected_sources=tuple(source.id for source in item.sources),
            )
            with self.store.transaction():
                self.store.put_correction(correction)
                self._consolidator.replay(correction.at)
            change = next(c for c in reversed(self.store.changes()) if c.source_id == correction.id)
            return forgetting.find_item(self._consolidator, change.item_id, self.user_id)

    def undo(self, item_id: str) -> None:
        """Take back the correction that made an attribute or event.

        Raises:
            UnknownItemError: there is no such attribute or event.
            InvalidInputError: it was not made by a correction.
        """
        with self._lock:
            item = forgetting.find_item(self._consolidator, item_id, self.user_id)
            source = item.sources[0]
            with self.store.transaction():
                if not self.store.remove_correction(source.id):
                    raise InvalidInputError(
                        f"{item_id!r} was said in message {source.id!r}, not made by a correction. "
                        "Correct or forget it instead."
                    )
                self._consolidator.replay(source.said_at)

    def forget(
        self,
        item_id: str | None = None,
        *,
        message_ids: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        session_id: str | None = None,
    ) -> ForgetReceipt:
        """Forget for good: one attribute, event or message (`item_id`), messages, a session or a stretch of time.

        What was derived from forgotten messages alone goes with them; what they had replaced opens again. An
        attribute or event that is forgotten by itself is not derived again from its messages, which stay; what it had
        set right (`correct`) goes with it.

        Raises:
            UnknownItemError: nothing has this id.
            InvalidInputError: it was not said what to forget.
        """
        with self._lock:
            if item_id is not None:
                (message,) = self.store.get_messages([item_id])
                if message is None:
                    item = forgetting.find_item(self._consolidator, item_id, self.user_id)
                    return forgetting.forget_item(self._consolidator, item)
                message_ids = [*message_ids, item_id]
            if since is not None or until is not None:
                message_ids = [*message_ids, *forgetting.span_of(self._consolidator, since=since, until=until)]
            if session_id is not None:
                said = self.store.list_messages(session_id=session_id)
                message_ids = [*message_ids, *(message.id for message in said)]
            if not message_ids and since is None and until is None and session_id is None:
                raise InvalidInputError(
                    "Say what to forget: an id, message_ids=…, since=…/until=…, or session_id=…. "
                    "To forget a whole user, use `MemoryManager.forget(user_id, everything=True)`."
                )
            return forgetting.forget_messages(self._consolidator, message_ids)

    def revoke(self, *, source: str | None = None, since: datetime | None = None) -> ForgetReceipt:
        """Take back all that came from one source or since one moment, as if it had never come.

        Args:
            source: a session id, a speaker, a role, or the `source` in the messages' metadata.
            since: from this moment on (by the messages' times).
        """
        if source is None and since is None:
            raise InvalidInputError("Say what to take back: source=… (session, speaker, role), since=…, or both.")
        with self._lock:
            ids = forgetting.span_of(self._consolidator, since=since, until=None, source=source)
            return forgetting.forget_messages(self._consolidator, ids)

    def export(self, path: str | Path) -> int:
        """Write everything to a JSON Lines file; returns the number of records.

        Raises:
            TransferError: the file cannot be written.
        """
        with self._lock:
            return transfer.export_chain(self.store, self.user_id, Path(path))

    # -- talking --

    def answer(
        self,
        question: str,
        *,
        budget_tokens: int | None = None,
        as_of: datetime | None = None,
        session_id: str | None = None,
    ) -> conversation.Answer:
        """Answer a question from the memory, in one call of the model. Nothing is remembered of it.

        Raises:
            MissingModelError: no language model is configured.
            ModelError: the model did not answer.
        """
        llm = self._need_llm("answer")
        context = self.retrieve(question, budget_tokens=budget_tokens, as_of=as_of, session_id=session_id)
        return conversation.answer(llm, question, context, now=as_of or self._clock(), record=self._record_call)

    def chat(
        self,
        text: str,
        *,
        session_id: str | None = None,
        budget_tokens: int | None = None,
        message_id: str | None = None,
    ) -> conversation.Answer:
        """Say something and get a reply that knows the user; both sides are remembered, the context is not.

        Args:
            text: what the user says.
            session_id: the conversation.
            budget_tokens: the most that the context may cost.
            message_id: the id of the user's message. The same call with the same id stores nothing twice; if it was
                answered already, it gets the same reply, without another call of the model (then it counts no tokens).

        Raises:
            ConflictError: the id is stored already with other content; nothing was written.
            MissingModelError: no language model is configured.
            ModelError: the model did not answer; what the user said is stored all the same.
        """
        llm = self._need_llm("chat")
        context = self.retrieve(text, budget_tokens=budget_tokens, session_id=session_id)
        recent = self.store.list_messages(session_id=session_id or "default", limit=10, newest_first=True)
        self.add(text, session_id=session_id, message_id=message_id)
        reply_id = None if message_id is None else stable_id("reply", message_id)
        if (known := self._known_reply(reply_id, context)) is not None:
            return known
        earlier = [message for message in recent[::-1] if message.id != message_id]
        reply = conversation.chat(llm, text, context, recent=earlier, now=self._clock(), record=self._record_call)
        try:
            self.add(reply.text, role=Role.ASSISTANT, session_id=session_id, message_id=reply_id)
        except ConflictError:  # the same call was sent again meanwhile, and was faster
            return self._known_reply(reply_id, context) or reply
        return reply

    def _known_reply(self, reply_id: str | None, context: Context) -> conversation.Answer | None:
        """The reply that is stored already."""
        stored = self.store.get_messages([reply_id])[0] if reply_id is not None else None
        return conversation.Answer(text=stored.text, context=context, tokens_in=0, tokens_out=0) if stored else None

    # -- looking after --

    def status(self) -> Status:
        """How the chain is doing: sizes, queue, dead letters, the last error."""
        with self._lock:
            counts = self.store.counts()
            troubled = self.store.troubled()
            return Status(
                user_id=self.user_id,
                messages=counts.messages,
                sessions=counts.sessions,
                attributes=counts.attributes,
                events=counts.events,
                topics=counts.topics,
                pending=counts.unread,
                waiting_for_model=counts.waiting if self._consolidator.model_writer else 0,
                dead_letters=tuple(item for item in troubled if item.dead),
                failing=tuple(item for item in troubled if not item.dead),
                paused_until=self._consolidator.paused_until(self._clock()),
                last_error=self.store.get_meta("last_error") or "",
                writer=(self._consolidator.model_writer or self._consolidator.rules).name,
                needs_rebuild=tuple(self._needs_rebuild()),
                first_at=counts.first_at,
                last_at=counts.last_at,
            )

    def calls(self, *, limit: int | None = None) -> list[ModelCall]:
        """The ledger of model calls, the oldest first."""
        return self.store.calls(limit=limit)

    def costs(self) -> Costs:
        """What models have cost this chain, failed calls included."""
        return conversation.sum_costs(self.store.calls())

    def check(self, *, repair: bool = False) -> list[str]:
        """What is wrong with the file, schema or index (empty: nothing); `repair` mends the index."""
        with self._lock:
            return self.store.check(repair=repair)

    # -- inside --

    def comes_back_in(self) -> float | None:
        """In how many seconds the model may have something to read again; None: not before a new message."""
        if self._consolidator.model_writer is None:
            return None
        now = self._clock()
        waiting = self.store.waiting(limit=1)
        if not waiting:
            return None
        paused = self._consolidator.paused_until(now)
        moments = [moment for moment in (paused, waiting[0].not_before) if moment is not None and moment > now]
        idle = self.options.working.idle_seconds
        return max([idle, *((moment - now).total_seconds() for moment in moments)])

    def _settle(self) -> int:
        """Let the rules read a bounded number of waiting messages; returns how many still wait."""
        if self.store.pending():
            with suppress(StoreFullError):  # what cannot be written now waits on; what is known can be told
                self.read_by_rules(limit=self.options.settle_messages)
        return self.store.pending()

    def _main_subject(self, as_of: datetime | None = None) -> str:
        """The user; or the only named person who speaks (or did by then), if nobody unnamed does."""
        speaking = {speaker for speaker, role, _ in self.store.speakers(as_of=as_of) if role == Role.USER}
        if len(speaking) == 1 and None not in speaking:
            (only,) = speaking
            return only or USER
        return USER

    def _embed_all(self) -> None:
        try:
            while self.embed_missing():
                pass
        except ModelError as error:
            self.store.set_meta("last_error", str(error))

    def _needs_rebuild(self) -> list[str]:
        wanted = (self._consolidator.model_writer or self._consolidator.rules).name
        other = self.store.counts_by_writer()
        reasons = [
            f"{count:,} messages were read by {writer!r}, not by {wanted!r}"
            for writer, count in sorted(other.items())
            if writer != wanted
        ]
        return [f"{reason}; `rebuild` reads them again" for reason in reasons]

    def _record_call(self, call: ModelCall) -> None:
        self.store.record_call(call)
        if self._on_call is not None:
            self._on_call(call)

    def _need_llm(self, what: str) -> LLM:
        if self.llm is None:
            raise MissingModelError(what)
        return self.llm


def _corrected(
    item: Attribute | Event, value: str | None, text: str | None, ended: bool
) -> ObservedAttribute | ObservedEvent:
    decision = Decision(operation=Operation.UPDATE, target=item.id, reason="corrected")
    if isinstance(item, Event):
        new_text = text or value or item.text
        return ObservedEvent(text=new_text, when=item.when, subject=item.subject, confidence=1.0, decision=decision)
    new_value = value or item.value
    if text is None:
        text = item.text.replace(item.value, new_value) if item.value in item.text else f"{item.aspect}: {new_value}"
        text = f"No longer true: {text}" if ended else text
    return ObservedAttribute(
        section=item.section,
        aspect=item.aspect,
        value=new_value,
        text=text,
        polarity=item.polarity,
        confidence=1.0,
        subject=item.subject,
        ended=ended,
        decision=decision,
    )


def _trust_rank(min_trust: Trust | str | None) -> int:
    if min_trust is None:
        return 0
    try:
        return Trust(min_trust).rank
    except ValueError:
        raise InvalidInputError(f"min_trust is {min_trust!r}; it has to be one of {', '.join(Trust)}.") from None


def _check_as_of(as_of: datetime | None) -> None:
    if as_of is not None and as_of.tzinfo is None:
        raise InvalidInputError(
            f"as_of has no zone ({as_of.isoformat()}). Say which, for example datetime(2024, 5, 3, tzinfo=UTC)."
        )


def _without_none(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
