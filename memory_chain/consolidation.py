"""Consolidation: from stored messages to what they reveal.

Rules read each message soon after it is stored; a model, if there is one, reads what overflows from working
memory, and its observations replace those of the rules. What fails stays queued: a provider that is down
stops the queue for a while and burns no tries; a batch that fails by its content is split until the one bad
message stands alone, which after `MAX_TRIES` becomes a dead letter. Nothing is dropped, nothing loops.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from memory_chain.episodic_memory import EpisodicMemory, weight_by_rarity
from memory_chain.errors import ModelError, ProviderDownError, ProviderRefusedError
from memory_chain.extraction.base import Known, MemoryType, Writer
from memory_chain.extraction.merging import AspectMerger
from memory_chain.extraction.router import stems
from memory_chain.persona_memory import PersonaMemory
from memory_chain.schema import ProfileSchema
from memory_chain.storage.base import Derived, Store
from memory_chain.types import Aspect, Attribute, Event, Message, ModelCall, Observation, ObservedAttribute, QueueItem
from memory_chain.utils import new_id, stable_id
from memory_chain.working_memory import WorkingMemory

log = logging.getLogger(__name__)

_Item = TypeVar("_Item", Attribute, Event)

MAX_TRIES = 5
MERGE_EVERY = 5
WORDINGS = "wordings"
"""The meta key of a model's wordings of aspects; it is emptied whenever something is forgotten."""

RULES_BATCH = 64
NEAREST = 8
"""How many known topics, events and attributes a writer is shown, each."""

NEAREST_WORDS = 40
"""By so many of a batch's rarest words its topics are looked up."""

LEASE_SECONDS = 300.0
FIRST_DELAY_SECONDS = 30.0
LONGEST_DELAY_SECONDS = 3600.0
DOWN_SECONDS = 60.0
REFUSED_SECONDS = 300.0

_CONTENT_REFUSALS = {"too-long", "content"}
"""Refusals that are about this batch, not about the key, the model or the account."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What one step of reading did: how many messages were read, and why it stopped if it failed."""

    read: int = 0
    failed: int = 0
    paused: bool = False


class Consolidator:
    """Keeps one chain's derived state in step with its messages."""

    def __init__(
        self,
        store: Store,
        *,
        schema: ProfileSchema,
        rules: Writer,
        model_writer: Writer | None,
        merger: AspectMerger | None,
        working: WorkingMemory,
        memory_types: Sequence[MemoryType],
        clock: Callable[[], datetime],
        record_call: Callable[[ModelCall], None] | None = None,
    ) -> None:
        self.store = store
        self._record_call = record_call or store.record_call
        self.schema = schema
        self.rules = rules
        self.model_writer = model_writer
        self._merger = merger
        self.working = working
        self.memory_types = memory_types
        self._clock = clock
        self._owner = new_id()
        self._version: int | None = None
        self._persona = PersonaMemory(schema)
        self._episodes = EpisodicMemory()

    # -- the derived state --

    @property
    def persona(self) -> PersonaMemory:
        """The attributes, as stored now."""
        self._refresh()
        return self._persona

    @property
    def episodes(self) -> EpisodicMemory:
        """The events, as stored now."""
        self._refresh()
        return self._episodes

    def _refresh(self) -> None:
        version = self.store.version()
        if version != self._version:
            self._persona = PersonaMemory(self.schema, self.store.attributes())
            self._episodes = EpisodicMemory(self.store.events())
            self._version = version

    def replay(self, since: datetime) -> None:
        """Make the derived state anew from what was observed at or after a moment; call it in a transaction."""
        self._refresh()
        self._version = None  # if anything below fails, the state in memory is not the stored one
        persona, episodes = self._persona, self._episodes
        persona.rewind(since)
        episodes.rewind(since)
        changes = [
            (persona if isinstance(observed.item, ObservedAttribute) else episodes).fold(observed)
            for observed in self.store.observed(since=since)
        ]
        attributes, removed_attributes = persona.take_changes()
        events, removed_events = episodes.take_changes()
        self.store.apply(
            Derived(
                attributes=attributes,
                removed_attributes=removed_attributes,
                events=events,
                removed_events=removed_events,
                changes=changes,
                history_since=since,
            )
        )
        self._version = self.store.version()

    # -- reading by rules --

    def read_by_rules(self, *, limit: int = RULES_BATCH) -> int:
        """Let the rules read messages that nobody has read yet; returns how many were read."""
        items = self.store.waiting(limit=limit, unread_only=True)
        if not items:
            return 0
        understood = self.rules.observe([item.message for item in items], Known())
        with self.store.transaction():
            still = {item.message.id for item in self.store.waiting(limit=limit, unread_only=True)}
            fresh = [item for item in items if item.message.id in still]
            self._log_observations([item.message for item in fresh], understood.observations)
            if self.model_writer is None:
                self.store.dequeue([item.message.id for item in fresh])
            else:
                self.store.update_queue([replace(item, read_by_rules=True) for item in fresh])
        return len(items)

    def reread(self) -> None:
        """Let all messages be read anew: by the rules at once, and queued for the model if there is one."""
        messages = self.store.list_messages()
        if self.model_writer is not None:
            self.store.enqueue([message.id for message in messages], read_by_rules=True)
            return
        observations: list[Observation] = []
        for start in range(0, len(messages), RULES_BATCH):
            observations += self.rules.observe(messages[start : start + RULES_BATCH], Known()).observations
        with self.store.transaction():
            self._log_observations(messages, observations)
            self.store.dequeue([message.id for message in messages])

    def _log_observations(self, messages: Sequence[Message], observations: Iterable[Observation]) -> None:
        """Log what messages revealed and replay from the first of them; call it in a transaction."""
        by_id = {message.id: message for message in messages}
        kept = [observation for observation in observations if observation.message_id in by_id]
        before = self.store.get_observations([observation.message_id for observation in kept])
        self.store.put_observations(kept)
        self.keep([by_id[observation.message_id] for observation in kept])
        moments = [
            by_id[observation.message_id].created_at
            for observation in kept
            if observation.attributes or observation.events or _reveals(before.get(observation.message_id))
        ]
        if moments:
            self.replay(min(moments))

    def keep(self, messages: Sequence[Message]) -> None:
        """Let the memory types keep what they make of messages, as these are understood now."""
        if not self.memory_types:
            return
        understood = self.store.get_observations([message.id for message in messages])
        for message in messages:
            for memory_type in self.memory_types if message.id in understood else ():
                records = list(memory_type.observe(message, understood[message.id]))
                self.store.keep(memory_type.name, message.id, records)

    # -- reading by a model --

    def read_by_model(self, *, flush: bool = False, last_added_at: datetime | None = None) -> Outcome:
        """Let the model read one batch, if one is due and no other worker is reading."""
        writer = self.model_writer
        now = self._clock()
        if writer is None or self.paused_until(now) is not None:
            return Outcome(paused=writer is not None)
        if not self._due(now, last_added_at, flush=flush):
            return Outcome()
        if not self.store.lease("model", self._owner, now=now, seconds=LEASE_SECONDS):
            return Outcome()
        try:
            batch = self._due(now, last_added_at, flush=flush)
            return self._read_batch(writer, batch) if batch else Outcome()
        finally:
            self.store.release("model", self._owner)

    def _due(self, now: datetime, last_added_at: datetime | None, *, flush: bool) -> list[QueueItem]:
        """The messages that go to the model now; fewer after time-outs, which may come of too large a batch."""
        waiting = self.store.waiting(limit=self.working.capacity, ready_at=now)
        batch = self.working.overflow(waiting, now=now, last_added_at=last_added_at, flush=flush)
        return batch[: max(1, self.working.refresh >> self._timeouts())]

    def _read_batch(self, writer: Writer, batch: Sequence[QueueItem]) -> Outcome:
        messages = [item.message for item in batch]
        try:
            understood = writer.observe(messages, self.nearest(messages))
        except ModelError as error:
            return self._failed(batch, error)
        with self.store.transaction():
            queued = {item.message.id for item in self.store.waiting(limit=len(batch) + self.working.capacity)}
            read = [message for message in messages if message.id in queued]
            self._record(understood.calls, messages)
            self._log_observations(read, understood.observations)
            self.store.dequeue([message.id for message in read])
            self.store.set_meta("last_error", None)
            self.store.set_meta("timeouts", None)
        self.merge_if_due()
        return Outcome(read=len(read))

    def _failed(self, batch: Sequence[QueueItem], error: ModelError) -> Outcome:
        log.warning("reading %d messages failed: %s", len(batch), error)
        now = self._clock()
        messages = [item.message for item in batch]
        with self.store.transaction():
            self._record(error.calls, messages)
            self.store.set_meta("last_error", str(error))
            if _is_about_the_provider(error):
                if getattr(error, "outcome", "") == "timeout":  # it may be the batch that is too large
                    self.store.set_meta("timeouts", str(self._timeouts() + 1))
                seconds = DOWN_SECONDS if isinstance(error, ProviderDownError) else REFUSED_SECONDS
                asked = getattr(error, "retry_after_seconds", None)
                self.pause(now + timedelta(seconds=max(seconds, asked or 0.0)))
                return Outcome(failed=len(batch), paused=True)
            self.store.update_queue([_after_failure(item, error, now) for item in batch])
        return Outcome(failed=len(batch))

    def _timeouts(self) -> int:
        """How many calls in a row have timed out; the batches are halved as often."""
        return int(self.store.get_meta("timeouts") or 0)

    def _record(self, calls: Iterable[ModelCall], messages: Sequence[Message]) -> None:
        ids = tuple(message.id for message in messages)
        for call in calls:
            self._record_call(replace(call, message_ids=call.message_ids or ids))

    def nearest(self, messages: Sequence[Message]) -> Known:
        """The known topics, events and attributes nearest to a batch, at most `NEAREST` each."""
        words = set().union(*(stems(message.text[:4000]) for message in messages))
        counts = self.store.document_counts(words)
        weights = weight_by_rarity(words, counts, max(1, self.store.counts().messages))
        rarest = sorted(weights, key=lambda word: (-weights[word], word))[:NEAREST_WORDS]
        topics = self.store.search_topics(rarest, limit=NEAREST)
        return Known(
            topics=[label for _, label in topics],
            attributes=_nearest(self.persona.known_at(), weights),
            events=_nearest(self.episodes.known_at(), weights),
        )

    # -- aspects in a model's words --

    def aspects(self, subject: str, *, as_of: datetime | None = None) -> list[Aspect]:
        """A subject's aspects; groups that a model has worded, and that are still the same, in its words."""
        aspects = self.persona.aspects(subject, as_of=as_of)
        wordings = self._wordings() if as_of is None else {}
        return [
            replace(aspect, name=wordings[key][0], summary=wordings[key][1])
            if (key := _group_key(aspect)) in wordings
            else aspect
            for aspect in aspects
        ]

    def merge_if_due(self) -> None:
        """Let the model word the changed groups: one call for all, at most once in `MERGE_EVERY` batches."""
        if self._merger is None:
            return
        batches = int(self.store.get_meta("batches") or 0) + 1
        self.store.set_meta("batches", str(batches % MERGE_EVERY))
        if batches < MERGE_EVERY:
            return
        known = self._wordings()
        groups = [
            aspect
            for subject in {attribute.subject for attribute in self.persona}
            for aspect in self.persona.aspects(subject)
            if len(aspect.attributes) > 1
        ]
        changed = [aspect for aspect in groups if _group_key(aspect) not in known]
        if not changed:
            return
        try:
            wordings, calls = self._merger.merge(changed)
        except ModelError as error:
            self._record(error.calls, ())
            return
        self._record(calls, ())
        new = {_group_key(changed[place]): (w.name, w.summary) for place, w in wordings.items()}
        with self.store.transaction():
            still = {_group_key(aspect) for aspect in groups}
            kept = {key: wording for key, wording in {**known, **new}.items() if key in still}
            self.store.set_meta(WORDINGS, json.dumps(kept, ensure_ascii=False))

    def _wordings(self) -> dict[str, tuple[str, str]]:
        stored = self.store.get_meta(WORDINGS)
        return json.loads(stored) if stored else {}

    # -- trouble --

    def paused_until(self, now: datetime) -> datetime | None:
        """Until when the queue is stopped because the provider is down; None if it runs."""
        given = self.store.get_meta("paused_until")
        until = datetime.fromisoformat(given) if given else None
        return until if until is not None and until > now else None

    def pause(self, until: datetime) -> None:
        """Stop the queue until a time."""
        self.store.set_meta("paused_until", until.isoformat())

    def retry(self) -> int:
        """Queue dead letters and failing messages again at once, with no tries; returns how many."""
        with self.store.transaction():
            self.store.set_meta("paused_until", None)
            troubled = self.store.troubled()
            self.store.update_queue(
                [replace(item, tries=0, dead=False, error="", raw="", not_before=None) for item in troubled]
            )
        return len(troubled)


def _group_key(aspect: Aspect) -> str:
    return stable_id(*sorted(attribute.id for attribute in aspect.attributes))


def _reveals(observation: Observation | None) -> bool:
    return observation is not None and bool(observation.attributes or observation.events)


def _is_about_the_provider(error: ModelError) -> bool:
    if isinstance(error, ProviderRefusedError):
        return error.outcome not in _CONTENT_REFUSALS
    return isinstance(error, ProviderDownError)


def _after_failure(item: QueueItem, error: ModelError, now: datetime) -> QueueItem:
    tries = item.tries + 1
    delay = min(FIRST_DELAY_SECONDS * 2 ** (tries - 1), LONGEST_DELAY_SECONDS)
    return replace(
        item,
        tries=tries,
        dead=tries >= MAX_TRIES,
        error=str(error),
        raw=str(getattr(error, "raw", "")),
        not_before=now + timedelta(seconds=delay),
    )


def _nearest(items: Sequence[_Item], weights: dict[str, float]) -> list[_Item]:
    scored = [(sum(weights.get(word, 0.0) for word in stems(item.text)), item) for item in items]
    best = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].id))
    return [item for _, item in best[:NEAREST]]
