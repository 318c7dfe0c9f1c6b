"""Two stores that are told the same say the same, whatever it is and in whatever order."""

import tempfile
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from store_suite import START

from memory_chain.errors import ConflictError
from memory_chain.storage.base import Correction, Derived
from memory_chain.storage.in_memory import InMemoryStore
from memory_chain.storage.sqlite import SQLiteStore
from memory_chain.types import (
    Attitude,
    Change,
    Event,
    Message,
    ModelCall,
    Observation,
    ObservedAttribute,
    ObservedEvent,
    Operation,
    QueueItem,
    Role,
    Source,
    Trust,
)

WORDS = ("tea", "green", "whale", "knee", "猫が好き", "garden", "hiking", "🎉", '"', "OR")
ids = st.integers(0, 9).map(lambda number: f"m{number}")
id_lists = st.lists(ids, max_size=4)
times = st.integers(0, 5).map(lambda number: START + timedelta(hours=number))
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
attitudes = st.sampled_from(Attitude)
attributes = st.builds(
    ObservedAttribute, section=st.just("diet"), aspect=st.just("like"), value=texts, text=texts, polarity=attitudes
)
observed_events = st.builds(ObservedEvent, text=texts)
messages = st.builds(
    Message,
    id=ids,
    text=texts,
    role=st.sampled_from([Role.USER, Role.ASSISTANT]),
    speaker=st.sampled_from([None, "Ann", "Bob"]),
    session_id=st.sampled_from(["s1", "s2"]),
    created_at=times,
)
observations = st.builds(
    Observation,
    message_id=ids,
    topics=st.lists(texts, max_size=3).map(tuple),
    attitude=attitudes,
    reason=texts,
    subject=st.sampled_from(["user", "Ann"]),
    attributes=st.lists(attributes, max_size=2).map(tuple),
    events=st.lists(observed_events, max_size=2).map(tuple),
    writer=st.sampled_from(["rules", "model"]),
)
events = st.builds(
    Event,
    id=st.sampled_from(["e1", "e2", "e3"]),
    subject=st.just("user"),
    text=texts,
    when=st.none(),
    said_at=times,
    confidence=st.just(0.5),
    trust=st.sampled_from(Trust),
    sources=times.map(lambda at: (Source(id="m1", said_at=at),)),
    known_from=times,
)
changes = st.builds(
    Change,
    operation=st.sampled_from(Operation),
    kind=st.just("event"),
    item_id=st.sampled_from(["e1", "e2"]),
    at=times,
    source_id=ids,
    reason=texts,
    previous_id=st.sampled_from([None, "e1", "e3"]),
)


class Twins(RuleBasedStateMachine):
    """Does everything to a store in a file and to one in memory."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.file = SQLiteStore(Path(self.folder.name) / "alice.omem", user_id="alice")
        self.memory = InMemoryStore("alice")
        # One key, so that what is forgotten has the same hashes.
        chain = [record for record in self.file.dump() if record["type"] == "chain"]
        self.memory.load(chain)

    def teardown(self):
        if hasattr(self, "folder"):
            self.file.close()
            self.folder.cleanup()

    def both(self, do, shown=lambda answer: answer):
        answers = []
        for store in (self.file, self.memory):
            try:
                answers.append(shown(do(store)))
            except ConflictError as error:
                answers.append((error.message_id, error.differing))
        assert answers[0] == answers[1]

    @rule(given=st.lists(messages, max_size=4, unique_by=lambda one: one.id), queue=st.booleans())
    def add(self, given, queue):
        self.both(lambda store: store.add_messages(given, queue=queue))

    @rule(given=st.lists(messages, max_size=3))
    def add_with_conflicts(self, given):
        self.both(lambda store: store.add_messages(given))

    @rule(given=st.lists(messages, min_size=1, max_size=3, unique_by=lambda one: one.id), log=observations)
    def roll_back(self, given, log):
        for store in (self.file, self.memory):
            with pytest.raises(RuntimeError), store.transaction():
                with suppress(ConflictError):
                    store.add_messages(given)
                store.put_observations([log])
                store.forget_messages(["m1", "m2"])
                store.apply(Derived(removed_events=["e1"], history_since=START))
                raise RuntimeError

    @rule(given=st.lists(observations, max_size=3))
    def observe(self, given):
        self.both(lambda store: store.put_observations(given))

    @rule(number=st.integers(1, 3), at=times, item=st.one_of(attributes, observed_events))
    def correct(self, number, at, item):
        correction = Correction(id=f"edit-{number}", at=at, item=item, corrected_sources=("m1",))
        self.both(lambda store: store.put_correction(correction))

    @rule(number=st.integers(1, 3))
    def take_back(self, number):
        self.both(lambda store: store.remove_correction(f"edit-{number}"))

    @rule(
        given=st.lists(events, max_size=3),
        removed=st.lists(st.sampled_from(["e1", "e2", "e3"]), max_size=2),
        history=st.lists(changes, max_size=3),
        since=st.none() | times,
    )
    def derive(self, given, removed, history, since):
        self.both(
            lambda store: store.apply(
                Derived(events=given, removed_events=removed, changes=history, history_since=since)
            )
        )

    @rule(given=id_lists, read=st.booleans())
    def enqueue(self, given, read):
        self.both(lambda store: store.enqueue(given, read_by_rules=read))

    @rule(given=id_lists)
    def dequeue(self, given):
        self.both(lambda store: store.dequeue(given))

    @rule(
        name=ids,
        error=st.sampled_from(["", "bad", "worse"]),
        dead=st.booleans(),
        read=st.booleans(),
        at=st.none() | times,
    )
    def fail(self, name, error, dead, read, at):
        item = QueueItem(
            message=Message(id=name, text="x"),
            tries=2,
            error=error,
            raw=error * 2,
            dead=dead,
            read_by_rules=read,
            not_before=at,
        )
        self.both(lambda store: store.update_queue([item]))

    @rule(owner=st.sampled_from(["a", "b"]), at=times)
    def lease(self, owner, at):
        self.both(lambda store: store.lease("model", owner, now=at, seconds=5000))

    @rule(owner=st.sampled_from(["a", "b"]))
    def release(self, owner):
        self.both(lambda store: store.release("model", owner))

    @rule(name=ids, records=st.lists(texts.map(lambda text: {"text": text}), max_size=2))
    def keep(self, name, records):
        self.both(lambda store: store.keep("mood", name, records))

    @rule(given=st.dictionaries(ids, st.binary(min_size=4, max_size=4), max_size=3), model=st.sampled_from(["x", "y"]))
    def embed(self, given, model):
        self.both(lambda store: store.put_vectors(model, given))

    @rule(model=st.sampled_from([None, "x"]))
    def drop_vectors(self, model):
        self.both(lambda store: store.drop_vectors(keep=model))

    @rule(given=id_lists, detail=texts)
    def call(self, given, detail):
        call = ModelCall(purpose="p", model="m", at=START, outcome="ok", detail=detail, message_ids=tuple(given))
        self.both(lambda store: store.record_call(call))

    @rule(given=id_lists)
    def forget(self, given):
        self.both(lambda store: store.forget_messages(given), shown=dict)

    @rule(given=id_lists, words=st.lists(texts, max_size=2))
    def forget_items(self, given, words):
        self.both(lambda store: store.forget_items(given, words))

    @rule()
    def erase(self):
        self.file.erase_traces()
        assert self.file.check() == []

    @rule()
    def reopen(self):
        path = self.file._db.path
        self.file.close()
        self.file = SQLiteStore(path, user_id="alice")

    @rule()
    def move(self):
        """Into a new store of the same kind, which takes the old one's place in the comparison."""
        with closing(SQLiteStore(Path(self.folder.name) / "other.omem", user_id="alice")) as other:
            if not self.file.counts().messages:
                return
            other.load(self.file.dump())
            assert sorted(map(str, other.dump())) == sorted(map(str, self.file.dump()))
            assert other.check() == []
        (Path(self.folder.name) / "other.omem").unlink()

    @rule(
        terms=st.lists(st.sampled_from(["tea", "green", "whale", "knee", "猫が", "好き", '"', ""]), max_size=4),
        at=st.none() | times,
    )
    def search(self, terms, at):
        found = [
            {hit.seq: hit.score for hit in store.search(terms, limit=99, as_of=at)}
            for store in (self.file, self.memory)
        ]
        assert found[0] == pytest.approx(found[1], rel=1e-6, abs=1e-9)
        self.both(lambda store: store.document_counts(terms, as_of=at))
        self.both(lambda store: store.speakers(as_of=at))
        for term in terms:
            self.both(lambda store, term=term: store.messages_with_term(term, limit=3, as_of=at))

    @rule(terms=st.lists(st.sampled_from(["tea", "green", "whale", "hike"]), max_size=3), at=times)
    def topics(self, terms, at):
        self.both(lambda store: store.search_topics(terms, limit=3))
        self.both(lambda store: store.search_topics(terms, limit=3, as_of=at))
        self.both(lambda store: sorted(store.topic_messages(range(9), limit=2, as_of=at)))
        self.both(lambda store: store.topics(as_of=at))
        self.both(lambda store: store.attitudes(as_of=at, subject="Ann", limit=2))
        self.both(lambda store: store.attitudes(as_of=at, limit=3, terms=terms))

    @rule(session=st.sampled_from([None, "s1"]), speaker=st.sampled_from([None, "Ann"]), since=st.none() | times,
          until=st.none() | times, newest=st.booleans(), limit=st.none() | st.integers(0, 4))  # fmt: skip
    def list_messages(self, session, speaker, since, until, newest, limit):
        self.both(
            lambda store: store.list_messages(
                session_id=session, speaker=speaker, since=since, until=until, newest_first=newest, limit=limit
            )
        )

    @rule(at=times, limit=st.integers(0, 3))
    def other_reads(self, at, limit):
        self.both(lambda store: store.waiting(limit=limit, unread_only=True, ready_at=at))
        self.both(lambda store: store.observed(since=at))
        self.both(lambda store: store.changes(item_id="e1", until=at, limit=limit))
        self.both(lambda store: store.calls(limit=limit))
        self.both(lambda store: store.kept("mood", as_of=at))
        self.both(lambda store: store.messages_without_vector("x", limit=limit))

    @invariant()
    def say_the_same(self):
        if not hasattr(self, "file"):
            return
        for read in (
            lambda store: store.counts(),
            lambda store: store.pending(),
            lambda store: store.list_messages(),
            lambda store: store.observed(),
            lambda store: store.topics(),
            lambda store: store.attitudes(),
            lambda store: store.waiting(limit=99),
            lambda store: store.troubled(),
            lambda store: store.events(),
            lambda store: store.changes(),
            lambda store: store.speakers(),
            lambda store: store.sessions(),
            lambda store: store.counts_by_writer(),
            lambda store: store.kept("mood"),
            lambda store: [store.vectors(model) for model in "xy"],
            lambda store: store.vector_state("x")[0],
            lambda store: store.corrections(),
            lambda store: store.calls(),
            lambda store: store.get_meta("last_error"),
            lambda store: sorted(str(record) for record in store.dump()),
        ):
            self.both(read)
        seqs = [message.seq for message in self.memory.list_messages()]
        self.both(lambda store: store.neighbours(seqs, before=2, after=1))
        self.both(lambda store: store.turns(seqs))
        numbers = [row.id for row in self.memory.topics()]
        self.both(lambda store: sorted(store.topic_messages(numbers, limit=2)))

    @rule()
    def sound(self):
        problems = self.file.check()
        assert [problem for problem in problems if "not erased" not in problem] == []


TestTwins = Twins.TestCase
TestTwins.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
