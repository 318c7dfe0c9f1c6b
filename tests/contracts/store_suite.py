"""One suite for every store. A store's test module derives a class from `StoreSuite` and gives it `make`."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from memory_chain.errors import ConflictError, InvalidInputError
from memory_chain.storage.base import Correction, Derived
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


def vars_of(record):
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


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


class StoreSuite:
    """What every store has to do."""

    @pytest.fixture
    def make(self):
        """Makes stores: `make(user_id)`; all are closed at the end."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, make):
        return make()

    def test_messages_come_back_as_they_were_given(self, store):
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

    def test_the_same_again_is_a_duplicate_and_other_content_a_conflict(self, store):
        put(store, message(1))
        added = store.add_messages([message(1), message(2)])
        assert (len(added.stored), added.duplicates) == (1, 1)
        for changed, name in ((message(1, "other"), "text"), (message(1, speaker="Bob"), "speaker")):
            with pytest.raises(ConflictError, match=name):
                store.add_messages([message(7), changed])
        assert store.get_messages(["m7"]) == [None]

    def test_a_transaction_that_raises_leaves_nothing(self, store):
        with pytest.raises(RuntimeError), store.transaction():
            put(store, message(1))
            with store.transaction():
                store.set_meta("a", "b")
            raise RuntimeError
        assert store.counts().messages == 0 and store.get_meta("a") is None
        put(store, message(1))
        assert store.counts().messages == 1

    def test_messages_are_listed_by_time_whatever_the_order_of_arrival(self, store):
        put(store, *(message(n, session_id=f"s{n % 2}") for n in (3, 1, 4, 2)))
        ids = lambda found: [one.id for one in found]  # noqa: E731
        assert ids(store.list_messages()) == ["m1", "m2", "m3", "m4"]
        assert ids(store.list_messages(newest_first=True, limit=2)) == ["m4", "m3"]
        assert ids(store.list_messages(session_id="s1")) == ["m1", "m3"]
        second = store.list_messages()[1]
        assert ids(store.list_messages(after=(second.created_at, second.seq))) == ["m3", "m4"]
        assert ids(store.list_messages(since=second.created_at, until=START + timedelta(minutes=4))) == ["m2", "m3"]

    def test_neighbours_are_those_of_the_session_in_time_order(self, store):
        stored = {
            one.id: one.seq for one in put(store, *(message(n) for n in (5, 1, 3)), message(2, session_id="other"))
        }
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
    def test_any_script_is_found(self, store, text, terms):
        from memory_chain.retrieval.lexical import analyze

        (stored, _) = put(store, message(1, text), message(2, "something else"))
        found = [term for term in analyze(text) if store.document_counts([term])[term] == 1]
        assert found
        assert [hit.seq for hit in store.search(found, limit=5)] == [stored.seq]
        assert store.messages_with_term(found[0], limit=5) == [stored.seq]

    @pytest.mark.parametrize("term", ['"', "a OR b", "NEAR(a)", "tokens:x", "*", "^a", "", "' --", "(", "\\"])
    def test_hostile_terms_find_nothing_and_break_nothing(self, store, term):
        put(store, message(1, "plain words"))
        assert store.search([term, term], limit=3) == []
        assert store.document_counts([term]) == {term: 0}
        assert store.messages_with_term(term, limit=3) == []
        assert store.search_topics([term], limit=3) == []

    def test_the_rarer_word_ranks_first(self, store):
        messages = [message(n, f"tea again {n}") for n in range(20)] + [
            message(20, "tea with a walrus"),
            message(21, "walrus"),
        ]
        stored = {one.id: one.seq for one in put(store, *messages)}
        hits = store.search(["tea", "walrus"], limit=5)
        assert {hit.seq for hit in hits[:2]} == {stored["m20"], stored["m21"]}
        assert hits[0].score >= hits[1].score > hits[2].score > 0

    def test_search_as_of(self, store):
        put(store, message(1, "blue whale"), message(9, "blue moon"))
        assert len(store.search(["blue"], limit=9)) == 2
        assert len(store.search(["blue"], limit=9, as_of=START + timedelta(minutes=5))) == 1

    def test_speakers_are_counted(self, store):
        put(store, message(1), message(2), message(3, speaker="Ann"), message(4, role=Role.ASSISTANT))
        assert sorted(store.speakers(), key=str) == [("Ann", "user", 1), (None, "assistant", 1), (None, "user", 2)]
        store.forget_messages(["m3"])
        assert sorted(store.speakers(), key=str) == [(None, "assistant", 1), (None, "user", 2)]

    def test_sessions_are_listed(self, store):
        put(store, message(1, session_id="a"), message(2, session_id="b"), message(7, session_id="a"))
        put(store, message(3, session_id="b"))
        listed = [(one.session_id, one.messages) for one in store.sessions()]
        assert listed == [("a", 2), ("b", 2)], "where something was said last comes first"
        first = store.sessions()[0]
        assert (first.first_at, first.last_at) == (START + timedelta(minutes=1), START + timedelta(minutes=7))
        then = store.sessions(as_of=START + timedelta(minutes=2))
        assert [(one.session_id, one.messages) for one in then] == [("b", 1), ("a", 1)]
        store.forget_messages(["m1", "m7"])
        assert [one.session_id for one in store.sessions()] == ["b"]

    def test_the_queue(self, store):
        put(store, *(message(n) for n in (1, 2, 3)))
        waiting = store.waiting(limit=10)
        assert [item.message.id for item in waiting] == ["m1", "m2", "m3"]
        later = START + timedelta(hours=1)
        store.update_queue(
            [
                QueueItem(
                    message=waiting[0].message, tries=2, error="bad", raw="{", not_before=later, read_by_rules=True
                ),
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

    def test_a_lease_is_one_owners_until_it_runs_out(self, store):
        assert store.lease("model", "a", now=START, seconds=10)
        assert store.lease("model", "a", now=START, seconds=10)
        assert not store.lease("model", "b", now=START + timedelta(seconds=9), seconds=10)
        assert store.lease("model", "b", now=START + timedelta(seconds=11), seconds=10)
        store.release("model", "a")
        assert not store.lease("model", "a", now=START + timedelta(seconds=12), seconds=10)
        store.release("model", "b")
        assert store.lease("model", "a", now=START, seconds=10)

    def test_observations_come_back_and_are_replaced(self, store):
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

    def test_topics_are_found_and_give_their_messages(self, store):
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
        assert store.attitudes(terms=["tea", "unknown"]) == attitudes[1:]
        assert store.attitudes(subject="user", limit=1, terms={"tea"}) == [] == store.attitudes(terms=[])

    def test_corrections_are_part_of_the_log(self, store):
        put(store, message(1))
        store.put_observations([observation(1)])
        correction = Correction(
            id="edit-1",
            at=START + timedelta(days=1),
            item=attribute("The user likes coffee."),
            corrected_sources=("m1",),
        )
        store.put_correction(correction)
        assert store.corrections() == [correction]
        last = store.observed()[-1]
        assert (last.source.id, last.corrected_sources, last.item) == ("edit-1", ("m1",), correction.item)
        assert store.remove_correction("edit-1") and not store.remove_correction("edit-1")
        assert store.corrections() == [] and len(store.observed()) == 2

    def test_derived_state_is_written_replaced_and_raises_the_version(self, store):
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

    def test_kept_records_vectors_and_the_ledger(self, store):
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

    def test_forgetting_a_message_leaves_no_row_of_it(self, store):
        filled(store)
        store.update_queue([QueueItem(message=message(2), error="near secretword", raw="secretword")])
        counts = store.forget_messages(["m1", "none"])
        assert dict(counts) == {"messages": 1, "observations": 1, "queued": 1, "calls_scrubbed": 1}
        store.erase_traces()
        assert "secretword" not in str(list(store.dump()))
        assert store.search(["secretword"], limit=3) == [] and store.document_counts(["secretword"]) == {
            "secretword": 0
        }
        assert store.add_messages([message(1, "secretword one")]).forgotten == 1
        assert store.check() == []

    def test_a_forgotten_item_is_not_logged_again(self, store):
        put(store, message(1))
        store.put_observations([observation(1)])
        store.forget_items(["m1"], ["The user likes tea."])
        assert [type(one.item) for one in store.observed()] == [ObservedEvent]
        store.put_observations([observation(1, attributes=(attribute("tea likes the user"),), events=())])
        assert store.observed() == []

    def test_a_forgotten_item_takes_along_the_attitude_that_it_showed(self, store):
        put(store, message(1), message(2))
        spoken = {
            "topics": ("Sundays",),
            "attitude": Attitude.POSITIVE,
            "refused": ("an event “Earl Grey tea”: no date",),
        }
        store.put_observations(
            [observation(number, reason="enjoys a cup of tea", **spoken) for number in (1, 2)]
            + [observation(1, reason="looks forward to the weekend", **spoken)]
        )
        store.forget_items(["m1", "m2"], ["The user likes tea."])
        other, same = (store.get_observations(["m1", "m2"])[name] for name in ("m1", "m2"))
        assert (other.attitude, other.reason) == (Attitude.POSITIVE, "looks forward to the weekend")
        assert (same.attitude, same.reason, same.refused) == (Attitude.NEUTRAL, "", ())
        assert [shown.evidence.message_id for shown in store.attitudes()] == ["m1"]

    def test_dump_and_load_are_lossless(self, make):
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
    def test_a_wrong_record_is_refused_and_nothing_is_loaded(self, store, record):
        with pytest.raises(ValueError, match="a record of type"):
            store.load([{"type": "meta", "key": "a", "value": "b"}, record])
        assert store.get_meta("a") is None

    # -- messages --

    def test_a_conflict_inside_one_call_writes_nothing(self, store):
        with pytest.raises(ConflictError) as told:
            store.add_messages([message(1), message(2), message(1, "other", session_id="else")])
        assert (told.value.message_id, told.value.differing) == ("m1", ("text", "session_id"))
        assert store.counts().messages == 0
        assert store.add_messages([message(1), message(1)]).duplicates == 1

    @pytest.mark.parametrize(
        "changed",
        [
            {"text": "other"},
            {"role": Role.TOOL},
            {"speaker": "Ann"},
            {"session_id": "else"},
            {"created_at": START},
            {"metadata": {"a": 1}},
        ],
    )
    def test_a_conflict_names_what_differs(self, store, changed):
        put(store, message(1))
        with pytest.raises(ConflictError) as told:
            store.add_messages([message(1, **changed)])
        assert told.value.differing == tuple(changed)

    def test_a_conflict_that_a_transaction_survives_leaves_the_rest_of_it(self, store):
        put(store, message(1))
        with store.transaction():
            put(store, message(2))
            with pytest.raises(ConflictError):
                put(store, message(3), message(1, "other"))
        assert [one.id for one in store.list_messages()] == ["m1", "m2"]

    def test_who_owns_a_message_is_the_stores_to_say(self, store):
        (stored,) = put(store, message(1, user_id="mallory"))
        assert stored.user_id == store.get_messages(["m1"])[0].user_id == "alice"
        assert store.add_messages([message(1, user_id="")]).duplicates == 1

    def test_unclean_text_is_stored_clean_everywhere(self, store):
        unclean, shown = "a\x00b\ud83d", "a\ufffdb\ufffd"
        (stored,) = put(store, message(1, unclean, speaker=unclean, session_id=unclean, metadata={unclean: [unclean]}))
        put(store, Message(id=unclean, text="x", created_at=START))
        assert (stored.text, stored.speaker, stored.session_id) == (shown,) * 3
        assert store.get_messages(["m1", unclean, shown]) == [stored, *store.get_messages([shown, shown])]
        assert stored.metadata == {shown: [shown]}
        assert store.list_messages(session_id=unclean) == store.list_messages(speaker=unclean) == [stored]
        store.put_observations([observation(1, reason=unclean, topics=(unclean,), writer=unclean, subject=unclean)])
        assert store.get_observations(["m1"])["m1"].reason == shown
        assert store.attitudes(subject=unclean)[0].label == shown
        store.set_meta(unclean, unclean)
        assert store.get_meta(shown) == store.get_meta(unclean) == shown
        store.update_queue([QueueItem(message=message(1), error=unclean, raw=unclean)])
        assert store.troubled()[0].raw == shown
        store.keep(unclean, "m1", [{"a": unclean}])
        assert store.kept(unclean) == [(stored, {"a": shown})]
        assert store.search([unclean], limit=3) == []
        assert store.document_counts([unclean]) == {unclean: 0}
        assert store.search_topics([unclean], limit=3) == []
        assert store.check() == []
        assert list(store.dump())

    def test_what_a_caller_holds_cannot_change_what_is_stored(self, store):
        inner = {"a": [1]}
        (stored,) = put(store, message(1, metadata=inner))
        inner["a"].append(2)
        assert store.get_messages(["m1"])[0].metadata == {"a": [1]}
        record = {"b": [1]}
        store.keep("mood", "m1", [record])
        record["b"].append(2)
        assert store.kept("mood") == [(stored, {"b": [1]})]

    def test_pages_in_both_directions(self, store):
        put(store, *(message(number // 2).__class__(**{**vars_of(message(number)), "created_at": START})
                     for number in range(7)))  # fmt: skip
        for newest_first in (False, True):
            seen, after = [], None
            while page := store.list_messages(after=after, limit=2, newest_first=newest_first):
                seen += page
                after = (page[-1].created_at, page[-1].seq)
            assert seen == store.list_messages(newest_first=newest_first)
            assert len(seen) == 7
        assert store.list_messages(speaker="nobody") == store.list_messages(session_id="none") == []

    def test_windows_are_cut_at_the_ends_and_at_the_session(self, store):
        stored = put(store, *(message(number, session_id=f"s{number % 2}") for number in range(10)))
        even = [one.seq for one in stored if one.session_id == "s0"]
        windows = store.neighbours([even[0], even[2], even[4], 999], before=1, after=2)
        assert windows == {even[0]: even[:3], even[2]: even[1:], even[4]: even[3:]}

    def test_numbers_are_never_used_again(self, store):
        (first,) = put(store, message(1))
        store.forget_messages(["m1"])
        (second,) = put(store, message(2))
        assert second.seq > first.seq

    def test_the_newest_with_a_term_is_by_time(self, store):
        stored = {
            one.id: one.seq for one in put(store, *(message(n, "blue whale") for n in (3, 1, 2)), message(4, "x"))
        }
        assert store.messages_with_term("whale", limit=2) == [stored["m3"], stored["m2"]]

    def test_a_message_that_says_nothing_is_kept_and_not_found(self, store):
        (stored,) = put(store, message(1, "…  🎉"))
        assert store.turns([stored.seq])[stored.seq].tokens == ""
        assert store.check() == []

    # -- the queue --

    def test_dead_letters_and_errors_are_put_back_clean(self, store):
        (one,) = put(store, message(1))
        store.update_queue([QueueItem(message=one, tries=5, error="bad", raw="{", dead=True, not_before=START)])
        assert (store.counts().dead, store.counts().waiting, store.pending()) == (1, 0, 0)
        store.enqueue(["m1", "none"])
        assert store.waiting(limit=5) == [QueueItem(message=one)]
        assert store.troubled() == []
        store.dequeue(["m1", "none"])
        store.update_queue([QueueItem(message=one, error="x")])
        assert store.troubled() == store.waiting(limit=5) == []

    def test_messages_can_be_stored_without_being_queued(self, store):
        store.add_messages([message(1)], queue=False)
        assert (store.counts().waiting, store.counts().messages) == (0, 1)

    def test_leases_are_apart(self, store):
        assert store.lease("model", "a", now=START, seconds=10)
        assert store.lease("embed", "b", now=START, seconds=10)
        assert not store.lease("embed", "a", now=START, seconds=10)

    # -- the log --

    def test_a_correction_follows_what_was_said_at_the_same_moment(self, store):
        put(store, message(1), message(2))
        for name in ("edit-2", "edit-1"):
            store.put_correction(
                Correction(id=name, at=message(1).created_at, item=attribute(name), corrected_sources=())
            )
        store.put_observations([observation(2), observation(1)])
        assert [one.source.id for one in store.observed()] == ["m1", "m1", "edit-2", "edit-1", "m2", "m2"]

    def test_a_topic_is_its_words_and_is_worded_as_said_first_whatever_came_first(self, store):
        put(store, *(message(number) for number in (3, 1, 2)))
        store.put_observations(
            [observation(3, topics=("hiking trips", "trip hiking")), observation(1, topics=("Trip, hiking",))]
        )
        (row,) = store.topics()
        assert (row.label, row.messages, row.last_at) == ("Trip, hiking", 2, message(3).created_at)
        assert store.topics(as_of=message(2).created_at)[0].messages == 1
        assert store.topics(as_of=START) == []
        store.put_observations([observation(1, topics=("chess",))])
        assert {row.label for row in store.topics()} == {"chess", "hiking trips"}
        store.forget_messages(["m1"])
        assert [row.label for row in store.topics()] == ["hiking trips"]
        assert store.counts().topics == 1

    def test_a_label_without_words_is_a_topic_of_its_own(self, store):
        put(store, message(1), message(2))
        store.put_observations([observation(1, topics=("🎉",)), observation(2, topics=("🦵", " ", ""))])
        assert [row.label for row in store.topics()] == sorted(["🎉", "🦵"])

    def test_only_the_main_topic_gets_the_attitude(self, store):
        put(store, message(1), message(2))
        store.put_observations([observation(1), observation(2, attitude=Attitude.NEUTRAL)])
        rows = {row.label: row for row in store.topics()}
        assert rows["green tea"].attitudes == {Attitude.POSITIVE: 1}
        assert rows["morning routine"].attitudes == {}
        (shown,) = store.attitudes()
        assert (shown.label, shown.evidence.reason, shown.evidence.message_id) == ("green tea", "it wakes them", "m1")

    def test_topics_are_ranked_by_what_they_share(self, store):
        put(store, *(message(number) for number in range(1, 4)))
        labels = ("green tea", "tea", "green tea garden in the old town")
        store.put_observations([observation(n, topics=(label,)) for n, label in enumerate(labels, start=1)])
        found = [label for _, label in store.search_topics(["green", "tea", "chess", "tea"], limit=5)]
        assert (found[0], set(found)) == ("green tea", set(labels))
        assert store.search_topics(["green", "tea"], limit=1)[0][1] == "green tea"
        assert store.search_topics([], limit=5) == []

    def test_the_newest_messages_of_topics(self, store):
        stored = {one.id: one.seq for one in put(store, *(message(number) for number in (4, 1, 3, 2)))}
        store.put_observations([observation(n, topics=("tea",) if n % 2 else ("chess", "tea")) for n in range(1, 5)])
        ids = {row.label: row.id for row in store.topics()}
        assert store.topic_messages([ids["tea"], ids["chess"]], limit=1) == [
            (ids["chess"], stored["m4"]), (ids["tea"], stored["m4"]),
        ] or store.topic_messages([ids["tea"], ids["chess"]], limit=1) == [
            (ids["tea"], stored["m4"]), (ids["chess"], stored["m4"]),
        ]  # fmt: skip
        assert [seq for _, seq in store.topic_messages([ids["tea"]], limit=3)] == [
            stored["m4"], stored["m3"], stored["m2"],
        ]  # fmt: skip

    # -- the derived state --

    def test_changes_at_or_after_a_moment_are_replaced(self, store):
        def change(number, at):
            return Change(
                operation=Operation.ADD,
                kind="event",
                item_id=f"e{number}",
                at=at,
                source_id="m1",
                reason="",
                writer="w",
            )

        times = [START + timedelta(days=day) for day in range(4)]
        store.apply(Derived(changes=[change(n, at) for n, at in enumerate(times)]))
        store.apply(Derived(changes=[change(9, times[2]), change(8, times[0])], history_since=times[2]))
        assert [one.item_id for one in store.changes()] == ["e0", "e8", "e1", "e9"]
        assert [one.item_id for one in store.changes(limit=2)] == ["e1", "e9"]
        assert [one.item_id for one in store.changes(until=times[1], limit=1)] == ["e1"]

    def test_the_version_changes_at_every_write_and_is_not_repeated_after_a_rollback(self, store):
        seen = [store.version()]
        store.apply(Derived())
        seen.append(store.version())
        with pytest.raises(RuntimeError), store.transaction():
            store.apply(Derived())
            seen.append(store.version())
            raise RuntimeError
        assert store.version() == seen[1]
        store.apply(Derived())
        assert store.version() not in seen
        assert len(set(seen)) == 3

    def test_the_latest_calls(self, store):
        calls = [ModelCall(purpose="p", model="m", at=START, outcome="ok", attempt=n) for n in range(5)]
        for call in calls:
            store.record_call(call)
        assert store.calls() == calls
        assert store.calls(limit=2) == calls[-2:]

    def test_the_state_of_vectors_changes_whenever_they_do(self, store):
        put(store, *(message(number) for number in range(1, 5)))
        seen = [store.vector_state("x")]

        def changed():
            seen.append(store.vector_state("x"))
            return seen[-1] not in seen[:-1]

        store.put_vectors("x", {"m1": b"abcd", "m4": b"efgh", "none": b"ijkl"})
        assert changed()
        store.put_vectors("x", {"m4": b"EFGH"})
        assert changed()
        store.forget_messages(["m1"])
        assert changed()
        store.put_vectors("x", {"m2": b"mnop"})
        assert changed()
        assert store.vectors("x")[1] == b"mnopEFGH"
        assert [one.id for one in store.messages_without_vector("x", limit=9)] == ["m3"]
        assert [one.id for one in store.messages_without_vector("y", limit=2)] == ["m3", "m4"]
        store.put_vectors("y", {"m3": b"abcd"})
        store.drop_vectors(keep="y")
        assert changed()
        assert store.vector_state("x")[0] == 0
        assert store.vectors("y")[1] == b"abcd"
        store.drop_vectors(keep=None)
        assert store.vectors("y") == ([], b"")

    # -- forgetting --

    def test_forgetting_leaves_the_neighbours_whole(self, store):
        stored = put(store, *(message(number, f"word{number} tea", speaker=f"S{number}") for number in range(1, 6)))
        store.put_observations([observation(number) for number in range(1, 6)])
        store.forget_messages(["m3", "m3"])
        seqs = [one.seq for one in stored if one.id != "m3"]
        assert store.neighbours([seqs[1]], before=3, after=3) == {seqs[1]: seqs}
        assert sorted(store.turns([one.seq for one in stored])) == seqs
        assert store.document_counts(["word3", "word2", "tea"]) == {"word3": 0, "word2": 1, "tea": 4}
        assert len(store.search(["tea"], limit=9)) == 4
        assert store.topics()[0].messages == 4
        assert "S3" not in [name for name, _, _ in store.speakers()]
        counts = store.counts()
        assert (counts.messages, counts.waiting, counts.unread) == (4, 4, 4)
        store.erase_traces()
        assert store.check() == []
        assert store.document_counts(["word3", "tea"]) == {"word3": 0, "tea": 4}

    def test_only_those_who_may_quote_a_forgotten_message_are_scrubbed(self, store):
        stored = put(store, *(message(number) for number in range(1, 6)))
        store.update_queue(
            [QueueItem(message=one, error=error, raw="same" if n < 2 else f"raw {n}", dead=n == 1)
             for n, (one, error) in enumerate(zip(stored, ["e1", "e2", "e3", "e4", ""], strict=True))]
        )  # fmt: skip
        store.record_call(
            ModelCall(purpose="p", model="m", at=START, outcome="x", detail="d", message_ids=("m1", "m3", "m5"))
        )
        store.record_call(ModelCall(purpose="p", model="m", at=START, outcome="x", detail="d", message_ids=("m4",)))
        store.set_meta("last_error", "quotes m1")
        store.set_meta("other", "stays")
        assert store.forget_messages(["m1"])["calls_scrubbed"] == 1
        assert [(call.detail, call.message_ids) for call in store.calls()] == [("", ("m3", "m5")), ("d", ("m4",))]
        shown = {item.message.id: (item.error, item.raw, item.dead) for item in store.troubled()}
        assert shown["m2"][1:] == ("", True)
        assert shown["m3"][1:] == ("", False)
        assert "forgotten" in shown["m2"][0] == shown["m3"][0]
        assert shown["m4"] == ("e4", "raw 3", False)
        assert store.waiting(limit=9)[-1].raw == ""
        assert store.get_meta("last_error") is None
        assert store.get_meta("other") == "stays"

    def test_forgetting_nothing_changes_nothing(self, store):
        filled(store)
        before = list(store.dump())
        assert set(store.forget_messages(["none"]).values()) == {0}
        assert list(store.dump()) == before
        assert store.check() == []

    def test_an_item_forgotten_of_one_source_stays_of_another(self, store):
        put(store, message(1), message(2))
        store.put_observations([observation(1), observation(2)])
        store.forget_items(["m1"], ["The user likes tea.", "The user bought tea."])
        assert [one.source.id for one in store.observed()] == ["m2", "m2"]
        assert store.get_observations(["m1"])["m1"].topics == observation(1).topics

    # -- moving --

    def test_everything_moves(self, make):
        first = everything(make("first"))
        second = make("second")
        second.load(first.dump())
        for read in (
            lambda store: [one.__class__(**{**vars_of(one), "user_id": ""}) for one in store.list_messages()],
            lambda store: store.observed(),
            lambda store: store.corrections(),
            lambda store: store.attributes(),
            lambda store: store.events(),
            lambda store: store.changes(),
            lambda store: [(row.label, row.messages, row.attitudes) for row in store.topics()],
            lambda store: [
                (item.message.id, item.error, item.raw, item.dead, item.not_before) for item in store.troubled()
            ],
            lambda store: store.calls(),
            lambda store: store.counts(),
            lambda store: store.vectors("x"),
            lambda store: store.get_meta("a"),
            lambda store: store.search(["tea", "word"], limit=9),
            lambda store: store.get_observations(["m1", "m2"]),
            lambda store: store.speakers(),
            lambda store: store.sessions(),
        ):
            assert read(first) == read(second)
        assert second.add_messages([message(3)]).forgotten == 1
        assert {one.user_id for one in second.list_messages()} == {"second"}
        (new,) = put(second, message(50))
        assert new.seq > max(one.seq for one in first.list_messages())
        assert all(json.loads(json.dumps(record)) == record for record in first.dump())
        assert second.check() == []

    def test_a_store_that_is_not_empty_is_not_loaded_into(self, make):
        first = everything(make("first"))
        for second in (put(make("full"), message(1)) and make("full"), make("emptied")):
            if not second.counts().messages:
                put(second, message(1))
                second.forget_messages(["m1"])
            with pytest.raises(InvalidInputError, match="Only an empty memory"):
                second.load(first.dump())

    def test_every_damaged_record_is_refused_whole(self, make):
        records = list(everything(make("first")).dump())
        store = make("second")
        for place, record in enumerate(records):
            for name in record:
                for damaged in ({**record, name: object}, {k: v for k, v in record.items() if k != name}):
                    try:
                        store.load([*records[:place], damaged, *records[place + 1 :]])
                    except ValueError:
                        assert store.counts().messages == 0
                        assert store.get_meta("a") is None
                    else:
                        # What may be empty may also be left out; anything else would be a hole.
                        assert name in damaged or name not in ("id", "text", "type", "key", "hash", "vector")
                        assert damaged.get(name) is not object
                        store = make(f"next{place}{name}")

    def test_a_message_that_stands_twice_is_refused(self, make):
        records = list(everything(make("first")).dump())
        twice = next(record for record in records if record["type"] == "message")
        store = make("second")
        for second in (twice, {**twice, "id": "other"}, {**twice, "seq": 77}):
            with pytest.raises(ValueError, match=r"contradict|twice"):
                store.load([*records, second])
        assert store.counts().messages == 0


def everything(store):
    """A store with something of everything."""
    put(
        store,
        message(1, "word tea", speaker="Ann", metadata={"a": 1}),
        *(message(n, session_id="s") for n in (4, 2, 3, 5)),
    )
    store.put_observations([observation(1), observation(2, topics=("Morning  routine",), attitude=Attitude.NEUTRAL)])
    store.put_correction(Correction(id="edit-1", at=START, item=attribute("coffee"), corrected_sources=("m1",)))
    source = Source(id="m1", said_at=START)
    held = Attribute(
        id="a1", subject="user", section="diet", aspect="like", value="tea", text="tea", polarity=Attitude.POSITIVE,
        confidence=1, trust=Trust.REPORTED, ended=True, sources=(source,), known_from=START, known_to=START,
        valid_from=START, superseded_by="a2", writer="rules",
    )  # fmt: skip
    happened = Event(
        id="e1", subject="user", text="It happened.", when=WHEN, said_at=START, confidence=0.5, trust=Trust.STATED,
        sources=(source,), known_from=START,
    )  # fmt: skip
    change = Change(
        operation=Operation.UPDATE, kind="event", item_id="e1", at=START, source_id="m1", reason="x", previous_id="e0"
    )
    store.apply(Derived(attributes=[held], events=[happened], changes=[change]))
    items = [
        QueueItem(message=message(2), error="bad", raw="{", tries=2, not_before=START),
        QueueItem(message=message(4), dead=True),
    ]
    store.update_queue(items)
    store.dequeue(["m1"])
    store.keep("mood", "m1", [{"mood": "good"}, {"mood": None}])
    store.put_vectors("x", {"m1": b"\x00\x00\x80?", "m2": b"\x00\x00\x80?"})
    store.record_call(
        ModelCall(purpose="p", model="m", at=START, outcome="ok", message_ids=("m1", "none"), latency_ms=1.5)
    )
    store.set_meta("a", "b")
    store.forget_messages(["m3"])
    store.forget_items(["m2"], ["The user bought tea."])
    return store
