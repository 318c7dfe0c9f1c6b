"""One suite for every store."""

from datetime import UTC, datetime, timedelta

import pytest

from memory_chain.errors import ConflictError
from memory_chain.storage.base import Correction, Derived
from memory_chain.storage.in_memory import InMemoryStore
from memory_chain.storage.sqlite import SQLiteStore
from memory_chain.types import (
    Attitude,
    Attribute,
    Change,
    Decision,
    Event,
    Interval,
    Message,
    ModelCall,
    Observation,
    ObservedAttribute,
    ObservedEvent,
    Operation,
    Precision,
    QueueItem,
    Role,
    Source,
    Trust,
)

START = datetime(2024, 5, 1, 9, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "in memory"])
def make(request, tmp_path):
    """Makes stores; all are closed at the end."""
    opened = []

    def build(name="alice"):
        if request.param == "sqlite":
            store = SQLiteStore(tmp_path / f"{name}.omem", user_id=name)
        else:
            store = InMemoryStore(user_id=name)
        opened.append(store)
        return store

    yield build
    for store in opened:
        store.close()


@pytest.fixture
def store(make):
    return make()


def message(number, text=None, **more):
    given = {"created_at": START + timedelta(minutes=number), "user_id": "alice", **more}
    return Message(id=f"m{number}", text=text or f"message {number}", **given)


def put(store, *messages):
    return store.add_messages(messages).stored


def attribute(text="The user likes tea.", **more):
    return ObservedAttribute(section="diet", aspect="like", value="tea", text=text, **more)


WHEN = Interval(start=START, end=START + timedelta(days=1), precision=Precision.DAY)


def observation(number, **more):
    given = {
        "topics": ("green tea", "morning routine"),
        "attitude": Attitude.POSITIVE,
        "reason": "it wakes them",
        "summary": "Likes tea.",
        "attributes": (attribute(decision=Decision(operation=Operation.ADD, reason="new", also=("x",))),),
        "events": (ObservedEvent(text="The user bought tea.", when=WHEN),),
        "writer": "rules",
        "refused": ("one item",),
    }
    return Observation(message_id=f"m{number}", **{**given, **more})


def test_messages_come_back_as_they_were_given(store):
    given = message(
        1,
        "Grüße, 漢字 🦵🏽",
        role=Role.TOOL,
        speaker="Ann",
        session_id="s 1",
        metadata={"a": [1, None, {"b": "ü"}]},
    )
    (stored,) = put(store, given)
    assert store.get_messages(["m1", "none", "m1"]) == [stored, None, stored]
    assert store.messages_by_seq([stored.seq]) == {stored.seq: stored}
    assert {**vars_of(stored), "seq": 0} == vars_of(given)


def vars_of(record):
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def test_the_same_again_is_a_duplicate_and_other_content_a_conflict(store):
    put(store, message(1))
    added = store.add_messages([message(1), message(2)])
    assert (len(added.stored), added.duplicates) == (1, 1)
    for changed, name in ((message(1, "other"), "text"), (message(1, speaker="Bob"), "speaker")):
        with pytest.raises(ConflictError, match=name):
            store.add_messages([message(7), changed])
    assert store.get_messages(["m7"]) == [None]


def test_a_transaction_that_raises_leaves_nothing(store):
    with pytest.raises(RuntimeError), store.transaction():
        put(store, message(1))
        with store.transaction():
            store.set_meta("a", "b")
        raise RuntimeError
    assert store.counts().messages == 0 and store.get_meta("a") is None
    put(store, message(1))
    assert store.counts().messages == 1


def test_messages_are_listed_by_time_whatever_the_order_of_arrival(store):
    put(store, *(message(n, session_id=f"s{n % 2}") for n in (3, 1, 4, 2)))
    ids = lambda found: [one.id for one in found]  # noqa: E731
    assert ids(store.list_messages()) == ["m1", "m2", "m3", "m4"]
    assert ids(store.list_messages(newest_first=True, limit=2)) == ["m4", "m3"]
    assert ids(store.list_messages(session_id="s1")) == ["m1", "m3"]
    second = store.list_messages()[1]
    assert ids(store.list_messages(after=(second.created_at, second.seq))) == ["m3", "m4"]
    assert ids(store.list_messages(since=second.created_at, until=START + timedelta(minutes=4))) == ["m2", "m3"]


def test_neighbours_are_those_of_the_session_in_time_order(store):
    stored = {one.id: one.seq for one in put(store, *(message(n) for n in (5, 1, 3)), message(2, session_id="other"))}
    assert store.neighbours([stored["m3"]], before=3, after=3) == {
        stored["m3"]: [stored["m1"], stored["m3"], stored["m5"]]
    }
    turns = store.turns(list(stored.values()))
    assert {turns[seq].session for seq in stored.values()} == {"default", "other"}
    assert turns[stored["m1"]].tokens and turns[stored["m1"]].speaker == "user"


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("I adopted a puppy", ["puppi"]),
        ("私は猫が好きです", ["猫が"]),
        ("ผมชอบกินข้าว", ["ชอ"]),
        ("Ich mag Bäume", ["baum"]),
    ],
)
def test_any_script_is_found(store, text, terms):
    from memory_chain.retrieval.lexical import analyze

    (stored, _) = put(store, message(1, text), message(2, "something else"))
    found = [term for term in analyze(text) if store.document_counts([term])[term] == 1]
    assert found
    assert [hit.seq for hit in store.search(found, limit=5)] == [stored.seq]
    assert store.messages_with_term(found[0], limit=5) == [stored.seq]


@pytest.mark.parametrize("term", ['"', "a OR b", "NEAR(a)", "tokens:x", "*", "^a", "", "' --", "(", "\\"])
def test_hostile_terms_find_nothing_and_break_nothing(store, term):
    put(store, message(1, "plain words"))
    assert store.search([term, term], limit=3) == []
    assert store.document_counts([term]) == {term: 0}
    assert store.messages_with_term(term, limit=3) == []
    assert store.search_topics([term], limit=3) == []


def test_the_rarer_word_ranks_first(store):
    messages = [message(n, f"tea again {n}") for n in range(20)] + [
        message(20, "tea with a walrus"),
        message(21, "walrus"),
    ]
    stored = {one.id: one.seq for one in put(store, *messages)}
    hits = store.search(["tea", "walrus"], limit=5)
    assert {hit.seq for hit in hits[:2]} == {stored["m20"], stored["m21"]}
    assert hits[0].score >= hits[1].score > hits[2].score > 0


def test_search_as_of(store):
    put(store, message(1, "blue whale"), message(9, "blue moon"))
    assert len(store.search(["blue"], limit=9)) == 2
    assert len(store.search(["blue"], limit=9, as_of=START + timedelta(minutes=5))) == 1


def test_speakers_are_counted(store):
    put(store, message(1), message(2), message(3, speaker="Ann"), message(4, role=Role.ASSISTANT))
    assert sorted(store.speakers(), key=str) == [("Ann", "user", 1), (None, "assistant", 1), (None, "user", 2)]
    store.forget_messages(["m3"])
    assert sorted(store.speakers(), key=str) == [(None, "assistant", 1), (None, "user", 2)]


def test_the_queue(store):
    put(store, *(message(n) for n in (1, 2, 3)))
    waiting = store.waiting(limit=10)
    assert [item.message.id for item in waiting] == ["m1", "m2", "m3"]
    later = START + timedelta(hours=1)
    store.update_queue(
        [
            QueueItem(message=waiting[0].message, tries=2, error="bad", raw="{", not_before=later, read_by_rules=True),
            QueueItem(message=waiting[1].message, tries=5, error="worse", dead=True),
        ]
    )
    assert [item.message.id for item in store.waiting(limit=10, ready_at=START)] == ["m3"]
    assert [item.message.id for item in store.waiting(limit=10, ready_at=later)] == ["m1", "m3"]
    assert [item.message.id for item in store.waiting(limit=10, unread_only=True)] == ["m3"]
    failed, dead = store.troubled()
    assert (failed.tries, failed.error, failed.raw, failed.not_before, failed.dead) == (2, "bad", "{", later, False)
    assert dead.dead and store.counts().dead == 1 and store.pending() == 1
    store.dequeue(["m3"])
    assert store.pending() == 0
    store.enqueue(["m3"], read_by_rules=True)
    assert [item.message.id for item in store.waiting(limit=10, ready_at=START)] == ["m3"] and store.pending() == 0


def test_a_lease_is_one_owners_until_it_runs_out(store):
    assert store.lease("model", "a", now=START, seconds=10)
    assert store.lease("model", "a", now=START, seconds=10)
    assert not store.lease("model", "b", now=START + timedelta(seconds=9), seconds=10)
    assert store.lease("model", "b", now=START + timedelta(seconds=11), seconds=10)
    store.release("model", "a")
    assert not store.lease("model", "a", now=START + timedelta(seconds=12), seconds=10)
    store.release("model", "b")
    assert store.lease("model", "a", now=START, seconds=10)


def test_observations_come_back_and_are_replaced(store):
    put(store, message(1), message(2))
    store.put_observations([observation(1), observation(2, topics=("tea green",))])
    assert store.get_observations(["m1", "none"]) == {"m1": observation(1)}
    assert store.counts_by_writer() == {"rules": 2}
    (top, *_) = store.topics()
    assert (top.label, top.messages, top.attitudes) == ("green tea", 2, {Attitude.POSITIVE: 2})
    items = store.observed()
    assert [(one.source.id, one.ordinal) for one in items] == [("m1", 0), ("m1", 1), ("m2", 0), ("m2", 1)]
    assert len(store.observed(since=START + timedelta(minutes=2))) == 2
    store.put_observations([observation(1, topics=(), attributes=(), events=(), writer="model")])
    assert store.counts_by_writer() == {"model": 1, "rules": 1}
    assert store.topics()[0].messages == 1 and len(store.observed()) == 2
    store.put_observations([observation(99)])
    assert store.get_observations(["m99"]) == {}


def test_topics_are_found_and_give_their_messages(store):
    one, two = put(store, message(1), message(2))
    store.put_observations([observation(1), observation(2, topics=("chess",), attitude=Attitude.NEGATIVE)])
    ((topic, label),) = store.search_topics(["chess"], limit=3)
    assert label == "chess" and store.topic_messages([topic], limit=5) == [(topic, two.seq)]
    attitudes = store.attitudes()
    assert [(shown.label, shown.evidence.attitude) for shown in attitudes] == [
        ("chess", Attitude.NEGATIVE),
        ("green tea", Attitude.POSITIVE),
    ]
    assert len(store.attitudes(as_of=one.created_at, subject="user")) == 1
    assert store.attitudes(subject="somebody") == []


def test_corrections_are_part_of_the_log(store):
    put(store, message(1))
    store.put_observations([observation(1)])
    correction = Correction(
        id="edit-1", at=START + timedelta(days=1), item=attribute("The user likes coffee."), corrected_sources=("m1",)
    )
    store.put_correction(correction)
    assert store.corrections() == [correction]
    last = store.observed()[-1]
    assert (last.source.id, last.corrected_sources, last.item) == ("edit-1", ("m1",), correction.item)
    assert store.remove_correction("edit-1") and not store.remove_correction("edit-1")
    assert store.corrections() == [] and len(store.observed()) == 2


def test_derived_state_is_written_replaced_and_raises_the_version(store):
    source = Source(id="m1", said_at=START)
    held = Attribute(
        id="a1",
        subject="user",
        section="diet",
        aspect="like",
        value="tea",
        text="The user likes tea.",
        polarity=Attitude.POSITIVE,
        confidence=0.8,
        trust=Trust.REPORTED,
        ended=False,
        sources=(source,),
        known_from=START,
        valid_from=START - timedelta(days=3),
    )
    happened = Event(
        id="e1",
        subject="user",
        text="It happened.",
        when=WHEN,
        said_at=START,
        confidence=1.0,
        trust=Trust.STATED,
        sources=(source,),
        known_from=START,
    )
    changes = [
        Change(operation=Operation.ADD, kind="attribute", item_id="a1", at=START, source_id="m1", reason="new"),
        Change(
            operation=Operation.UPDATE,
            kind="event",
            item_id="e1",
            at=START + timedelta(days=1),
            source_id="m1",
            reason="x",
            previous_id="e0",
        ),
    ]
    before = store.version()
    store.apply(Derived(attributes=[held], events=[happened], changes=changes))
    assert store.version() != before
    assert store.attributes() == [held] and store.events() == [happened] and store.changes() == changes
    assert store.changes(item_id="e0") == changes[1:] and store.changes(until=START) == changes[:1]
    store.apply(Derived(removed_attributes=["a1"], history_since=START + timedelta(days=1)))
    assert store.attributes() == [] and store.changes() == changes[:1]


def test_kept_records_vectors_and_the_ledger(store):
    (one,) = put(store, message(1))
    store.keep("mood", "m1", [{"mood": "good"}, {"mood": "better"}])
    store.keep("mood", "m1", [{"mood": "ü"}])
    assert store.kept("mood") == [(one, {"mood": "ü"})] and store.kept("mood", as_of=START) == []
    assert store.messages_without_vector("x", limit=5) == [one]
    store.put_vectors("x", {"m1": b"\x00\x00\x80?"})
    assert store.vectors("x") == ([one.seq], b"\x00\x00\x80?") and store.vectors("y") == ([], b"")
    assert store.vector_state("x") == (1, one.seq) and store.messages_without_vector("x", limit=5) == []
    call = ModelCall(
        purpose="extract", model="m", at=START, outcome="ok", tokens_in=3, message_ids=("m1",), detail="tea"
    )
    store.record_call(call)
    assert store.calls() == [call]


def filled(store):
    put(store, message(1, "secretword one"), message(2, "two"))
    store.put_observations([observation(1, topics=("secretword",)), observation(2)])
    store.keep("mood", "m1", [{"a": "secretword"}])
    store.put_vectors("x", {"m1": b"\x00\x00\x80?"})
    store.record_call(
        ModelCall(
            purpose="extract", model="m", at=START, outcome="invalid", detail="secretword", message_ids=("m1", "m2")
        )
    )
    return store


def test_forgetting_a_message_leaves_no_row_of_it(store):
    filled(store)
    store.update_queue([QueueItem(message=message(2), error="near secretword", raw="secretword")])
    counts = store.forget_messages(["m1", "none"])
    assert dict(counts) == {"messages": 1, "observations": 1, "queued": 1, "calls_scrubbed": 1}
    store.erase_traces()
    assert "secretword" not in str(list(store.dump()))
    assert store.search(["secretword"], limit=3) == [] and store.document_counts(["secretword"]) == {"secretword": 0}
    assert store.add_messages([message(1, "secretword one")]).forgotten == 1
    assert store.check() == []


def test_a_forgotten_item_is_not_logged_again(store):
    put(store, message(1))
    store.put_observations([observation(1)])
    store.forget_items(["m1"], ["The user likes tea."])
    assert [type(one.item) for one in store.observed()] == [ObservedEvent]
    store.put_observations([observation(1, attributes=(attribute("tea likes the user"),), events=())])
    assert store.observed() == []


def test_dump_and_load_are_lossless(make):
    first = filled(make("first"))
    first.put_correction(Correction(id="edit-1", at=START, item=attribute(), corrected_sources=("m1",)))
    first.forget_messages(["m2"])
    records = list(first.dump())
    second = make("second")
    second.load(records)
    assert list(second.dump()) == records
    assert second.check() == [] and second.get_messages(["m1"])[0].text == "secretword one"
    assert [hit.score for hit in second.search(["secretword"], limit=3)]


@pytest.mark.parametrize("record", [{"type": "nonsense"}, {"type": "meta", "key": "a"}, {"type": "queue", "x": 1}])
def test_a_wrong_record_is_refused_and_nothing_is_loaded(store, record):
    with pytest.raises(ValueError, match="a record of type"):
        store.load([{"type": "meta", "key": "a", "value": "b"}, record])
    assert store.get_meta("a") is None
