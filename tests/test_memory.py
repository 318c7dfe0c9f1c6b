"""One user's memory, end to end: said, understood, found, corrected, forgotten, moved."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory_chain import MemoryChain, MemoryManager
from memory_chain.errors import (
    ClosedError,
    ConfigurationError,
    ConflictError,
    InvalidInputError,
    MemoryChainError,
    StoreFullError,
    TransferError,
    UnknownItemError,
    UnknownUserError,
)
from memory_chain.storage.sqlite import SQLiteHome
from memory_chain.types import Operation, Role, Trust

MAY = datetime(2024, 5, 1, 9, tzinfo=UTC)


def day(number):
    return MAY + timedelta(days=number)


@pytest.fixture
def memory(tmp_path):
    with MemoryManager.open(tmp_path / "home", consolidate="inline") as manager:
        yield manager


def values(profile):
    return {attribute.value for attribute in profile.attributes}


def test_a_knee_reaches_the_plans_for_the_weekend(memory):
    memory.add("I tore my knee ligament last Friday.", user_id="alice", created_at=MAY)
    for i in range(30):
        memory.add(f"Lovely weather again, number {i}.", user_id="alice", created_at=day(1) + timedelta(minutes=i))
    context = memory.retrieve("What could we do on Saturday?", user_id="alice", budget_tokens=300)
    knee = [piece for piece in context.pieces if piece.kind == "attribute" and "knee" in piece.text]
    assert knee
    assert knee[0].sources == (memory.messages("alice")[0].id,)
    assert any("standing" in reason for reason in knee[0].reasons)
    assert "knee" in str(context)


def test_every_piece_says_which_channels_found_it(memory):
    memory.add("I love hiking and I am allergic to nuts.", user_id="alice", created_at=MAY, message_id="first")
    memory.add("We met the surveyor at noon.", user_id="alice", created_at=day(1), message_id="second")
    for i in range(20):
        memory.add(f"Number {i} was dull.", user_id="alice", created_at=day(2) + timedelta(minutes=i))
    context = memory.retrieve("Did the surveyor enjoy hiking?", user_id="alice")
    found = {piece.id: piece.channels for piece in (*context.pieces, *context.left_out)}
    assert all(found.values())
    assert {"text", "clues"} <= set(found["second"])
    assert {piece.channels for piece in context if piece.kind in ("attribute", "preference")} == {("persona",)}
    assert ("recent",) in found.values()
    searched = {piece.id: piece.channels for piece in memory.search("the surveyor", user_id="alice")}
    assert searched["second"] == ("text", "clues")


def test_an_event_has_its_time(memory):
    memory.add("I tore my knee ligament last Friday.", user_id="alice", created_at=MAY)
    (event,) = memory.events("alice")
    assert event.when.start == datetime(2024, 4, 26, tzinfo=UTC)
    assert event.when.end == datetime(2024, 4, 27, tzinfo=UTC)


def test_a_reversal_changes_the_profile_and_keeps_the_past(memory):
    memory.add("I live in Lisbon.", user_id="alice", created_at=day(0))
    memory.add("I moved to Porto, I live in Porto now.", user_id="alice", created_at=day(10))
    assert "Lisbon" not in str(memory.profile("alice"))
    assert "Porto" in str(memory.profile("alice"))
    then = str(memory.profile("alice", as_of=day(5)))
    assert "Lisbon" in then and "Porto" not in then
    update = [change for change in memory.history("alice") if change.operation is Operation.UPDATE]
    assert len(update) == 1 and update[0].previous_id


def test_as_of_before_everything_is_empty(memory):
    memory.add("I live in Lisbon and I love chess.", user_id="alice", created_at=day(0))
    assert memory.profile("alice", as_of=day(-1)).attributes == ()
    assert len(memory.retrieve("chess", user_id="alice", as_of=day(-1))) == 0
    assert memory.search("chess", user_id="alice", as_of=day(-1)) == []


TOLD = [
    "I live in Lisbon.",
    "I love chess.",
    "I'm allergic to peanuts.",
    "I live in Porto now.",
    "I stopped playing chess.",
    "My name is Ana.",
]


def everything(manager, user):
    profile = manager.profile(user)
    return (
        sorted((a.id, a.text, a.known_from, a.known_to) for a in manager._chains[user].chain._consolidator.persona),
        str(profile),
        [(c.operation, c.item_id, c.at) for c in manager.history(user)],
        manager.events(user),
        [(t.label, t.messages) for t in manager.topics(user)],
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(TOLD))))
def test_messages_that_arrive_out_of_order_give_the_same_memory(tmp_path_factory, order):
    with MemoryManager.open(tmp_path_factory.mktemp("order"), consolidate="inline") as manager:
        for user, places in (("in order", range(len(TOLD))), ("shuffled", order)):
            for place in places:
                manager.add(TOLD[place], user_id=user, created_at=day(place), message_id=f"m{place}")
        assert everything(manager, "in order") == everything(manager, "shuffled")


def test_a_duplicate_is_told_and_a_conflict_is_refused(memory):
    memory.add("I love chess.", user_id="alice", message_id="1", created_at=MAY)
    receipt = memory.add("I love chess.", user_id="alice", message_id="1", created_at=MAY)
    assert (receipt.stored, receipt.duplicates, receipt.ids) == (0, 1, ("1",))
    with pytest.raises(ConflictError, match=r"already stored with another text.*forget the stored message"):
        memory.add(["Something new", {"text": "I hate chess.", "id": "1", "created_at": MAY}], user_id="alice")
    assert [message.text for message in memory.messages("alice")] == ["I love chess."]


def test_the_same_text_twice_is_two_messages(memory):
    memory.add("ok", user_id="alice")
    memory.add("ok", user_id="alice")
    assert len(memory.messages("alice")) == 2


def test_speakers_are_subjects(memory):
    memory.add("I'm allergic to peanuts.", user_id="talk", speaker="Ann", created_at=day(0))
    memory.add("I live in Oslo.", user_id="talk", speaker="Bob", created_at=day(1))
    assert "peanuts" in str(memory.profile("talk", subject="Ann"))
    assert "peanuts" not in str(memory.profile("talk", subject="Bob"))
    assert set(memory.subjects("talk")) == {"Ann", "Bob"}
    assert memory.subjects("talk", as_of=MAY - timedelta(days=1)) == []


def test_the_past_of_items_sessions_and_clues(memory):
    memory.add("I live in Lisbon.", user_id="alice", created_at=day(0), session_id="first")
    memory.add("I moved to Porto.", user_id="alice", created_at=day(2), session_id="second")
    (old,) = [one for one in memory.profile("alice", as_of=day(1)).attributes if "Lisbon" in one.value]
    (new,) = [one for one in memory.profile("alice").attributes if "Porto" in one.text]
    assert memory.item("alice", old.id).known_to is not None
    assert memory.item("alice", old.id, as_of=day(1)) == old
    assert (old.known_to, old.valid_to, old.superseded_by) == (None, None, None)
    with pytest.raises(UnknownItemError):
        memory.item("alice", new.id, as_of=day(1))
    assert [one.session_id for one in memory.sessions("alice")] == ["second", "first"]
    assert [one.session_id for one in memory.sessions("alice", as_of=day(1))] == ["first"]
    assert memory.clues("alice", ["Porto"], as_of=day(1)) == [[]]
    with pytest.raises(InvalidInputError):
        memory.sessions("alice", as_of=day(1).replace(tzinfo=None))


def test_a_correction_can_be_undone(memory):
    memory.add("I live in Lisbon.", user_id="alice", created_at=day(0))
    (home,) = [a for a in memory.profile("alice").attributes if "Lisbon" in a.value]
    right = memory.correct("alice", home.id, value="Porto")
    assert "Porto" in right.text and "Lisbon" not in right.text
    assert "Lisbon" not in str(memory.profile("alice"))
    with pytest.raises(InvalidInputError, match="was replaced by"):
        memory.correct("alice", home.id, value="Madrid")
    memory.undo("alice", right.id)
    assert "Lisbon" in str(memory.profile("alice"))
    with pytest.raises(InvalidInputError, match="not made by a correction"):
        memory.undo("alice", home.id)


def test_what_is_over_says_so_whatever_else_is_set_right(memory: MemoryManager) -> None:
    memory.add("I live in Lisbon.", user_id="alice")
    (home,) = memory.profile("alice").attributes
    given: tuple[tuple[dict[str, str], str], ...] = (
        ({}, "No longer true: The user lives in Lisbon."),
        ({"value": "Lisbon"}, "No longer true: The user lives in Lisbon."),
        ({"value": "Porto"}, "No longer true: The user lives in Porto."),
        ({"text": "The user has left Lisbon."}, "The user has left Lisbon."),
    )
    for right, text in given:
        over = memory.correct("alice", home.id, ended=True, **right)
        assert (over.text, getattr(over, "ended", None)) == (text, True)
        memory.undo("alice", over.id)


def test_a_like_that_is_over_is_no_preference_any_more(memory):
    memory.add("I love grilled steak.", user_id="alice", created_at=day(0))
    memory.add("I love chess.", user_id="alice", created_at=day(1))
    assert [one.topic for one in memory.profile("alice").preferences] == ["chess", "grilled steak"]
    memory.add("I stopped eating meat.", user_id="alice", created_at=day(2))
    assert [one.topic for one in memory.profile("alice").preferences] == ["chess"]
    assert [one.topic for one in memory.profile("alice", as_of=day(1)).preferences] == ["chess", "grilled steak"]
    context = memory.retrieve("Shall we have a steak?", user_id="alice")
    assert not [piece for piece in context.pieces if piece.kind == "preference"]


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_wrong_does_not_come_back_when_its_correction_is_forgotten(memory, times):
    memory.add("I'm allergic to shellfish.", user_id="alice", created_at=day(0))
    (allergy,) = memory.profile("alice").attributes
    for value in ("peanuts", "walnuts")[:times]:
        allergy = memory.correct("alice", allergy.id, value=value)
    assert memory.forget("alice", allergy.id).attributes == times + 1
    for _ in range(2):
        assert memory.profile("alice").attributes == ()
        assert memory.history("alice") == []
        memory.rebuild("alice")
    assert [message.text for message in memory.messages("alice")] == ["I'm allergic to shellfish."]


def test_corrections_and_what_was_forgotten_outlive_a_rebuild(memory):
    memory.add("I live in Lisbon.", user_id="alice", created_at=day(0))
    memory.add("I'm allergic to peanuts.", user_id="alice", created_at=day(1))
    by_value = {a.value: a for a in memory.profile("alice").attributes}
    lisbon = next(a for value, a in by_value.items() if "Lisbon" in value)
    peanuts = next(a for value, a in by_value.items() if "peanut" in value)
    memory.correct("alice", lisbon.id, value="Porto")
    memory.forget("alice", peanuts.id)
    before = str(memory.profile("alice"))
    memory.rebuild("alice")
    assert str(memory.profile("alice")) == before
    assert "Porto" in before and "peanut" not in before
    assert len(memory.messages("alice")) == 2


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_forgotten_message_leaves_no_byte_and_the_memory_is_as_if_it_had_never_been(memory, tmp_path):
    memory.add("I live in Lisbon.", user_id="alice", created_at=day(0), message_id="keep")
    memory.add(
        "I live in Zanzibar, I love quixotism and yesterday I bought a xylophone.",
        user_id="alice",
        created_at=day(1),
        message_id="gone",
    )
    memory.add("I love chess.", user_id="alice", created_at=day(2), message_id="after")
    planted = [b"anzibar", b"quixot", b"xyloph"]
    assert any(word in bytes_of(tmp_path / "home") for word in planted)
    receipt = memory.forget("alice", "gone")
    assert receipt.messages == 1 and receipt.attributes >= 1
    memory.export("alice", tmp_path / "alice.jsonl")
    for word in planted:
        assert word not in bytes_of(tmp_path)
    assert "Lisbon" in str(memory.profile("alice")), "what it had superseded opens again"
    assert memory.search("xylophone", user_id="alice") == [] and memory.check("alice") == []
    receipt = memory.add("I live in Zanzibar", user_id="alice", message_id="gone", created_at=day(1))
    assert (receipt.stored, receipt.forgotten) == (0, 1)


def test_an_item_with_another_source_is_rebuilt_from_it(memory):
    memory.add("I'm allergic to peanuts.", user_id="alice", created_at=day(0), message_id="a")
    memory.add("I am allergic to peanuts!", user_id="alice", created_at=day(1), message_id="b")
    receipt = memory.forget("alice", "a")
    (allergy,) = [a for a in memory.profile("alice").attributes if "peanut" in a.text]
    assert [source.id for source in allergy.sources] == ["b"]
    assert receipt.rebuilt >= 1


def test_forgetting_an_attribute_takes_its_like_along_and_leaves_the_message(memory, tmp_path):
    said = "I really love hiking. The museum was so dull."
    memory.add(said, user_id="alice", created_at=MAY, message_id="m1")
    memory.add("I hate olives.", user_id="alice", created_at=day(1), message_id="m2")
    hiking = next(a for a in memory.profile("alice").attributes if "hiking" in a.text)
    assert {preference.topic for preference in memory.profile("alice").preferences} == {"hiking", "olives"}
    memory.forget("alice", hiking.id)
    for again in (False, True):
        if again:
            memory.rebuild("alice")
        profile = memory.profile("alice")
        assert "hiking" not in str(profile) and "olives" in str(profile)
        assert {preference.topic for preference in profile.preferences} == {"olives"}
        assert all(not topic.attitudes for topic in memory.topics("alice") if topic.label == "hiking")
        found = memory.retrieve("Do I love hiking?", user_id="alice")
        assert not any("hiking" in piece.text for piece in (*found.pieces, *found.left_out) if piece.kind != "message")
        assert memory.message("alice", "m1").text == said
        memory.export("alice", tmp_path / f"{again}.jsonl")
        exported = (tmp_path / f"{again}.jsonl").read_text()
        assert "loves hiking" not in exported and exported.count("love hiking") == 1
        assert not any(change.item_id == hiking.id for change in memory.history("alice"))


def test_forgetting_an_attribute_leaves_a_like_of_something_else(memory):
    memory.add("I really love hiking. I work as a nurse.", user_id="alice", created_at=MAY)
    work = next(a for a in memory.profile("alice").attributes if "nurse" in a.text)
    memory.forget("alice", work.id)
    profile = memory.profile("alice")
    assert "nurse" not in str(profile)
    assert [preference.text for preference in profile.preferences] == ["likes hiking"]


def test_forgetting_a_stretch_of_time_a_session_and_a_user(memory, tmp_path):
    for number in range(4):
        memory.add(f"I love game{number}.", user_id="alice", created_at=day(number), session_id=f"s{number}")
    assert memory.forget("alice", since=day(1), until=day(2)).messages == 1
    assert memory.forget("alice", session_id="s2").messages == 1
    assert [m.text for m in memory.messages("alice")] == ["I love game0.", "I love game3."]
    with pytest.raises(InvalidInputError, match="Say what to forget"):
        memory.forget("alice")
    assert memory.forget("alice", everything=True).user_removed
    assert memory.users() == []
    with pytest.raises(UnknownUserError, match="no memory of user 'alice'"):
        memory.profile("alice")
    assert b"game" not in bytes_of(tmp_path / "home")


def test_what_one_source_said_can_be_revoked(memory):
    memory.add("I live in Lisbon.", user_id="alice", created_at=day(0))
    before = str(memory.profile("alice"))
    memory.add("I live in Paris.", user_id="alice", created_at=day(1), metadata={"source": "evil.pdf"})
    assert memory.revoke("alice", source="evil.pdf").messages == 1
    assert str(memory.profile("alice")) == before


def test_assistants_tools_and_system_do_not_make_attributes_of_the_user(memory):
    memory.add("I live in Lisbon.", user_id="alice", created_at=day(0))
    for role in (Role.ASSISTANT, Role.SYSTEM, Role.TOOL):
        memory.add("You live in Rome and I am allergic to nuts.", user_id="alice", role=role, created_at=day(1))
    stated = memory.profile("alice", min_trust=Trust.STATED)
    assert "Rome" not in str(stated) and "nuts" not in str(stated)


def test_a_context_that_comes_back_is_not_learned_again(memory):
    memory.add("I'm allergic to peanuts and I live in Lisbon.", user_id="alice", created_at=day(0))
    context = memory.retrieve("dinner?", user_id="alice")
    before = [(c.operation, c.item_id) for c in memory.history("alice")]
    memory.add(f"{context}\n\nWhat should I cook?", user_id="alice", created_at=day(1))
    assert [(c.operation, c.item_id) for c in memory.history("alice")] == before


@pytest.mark.parametrize("budget", [1, 5, 20, 60, 200, 1500])
def test_no_context_exceeds_its_budget(memory, budget):
    for number, text in enumerate(TOLD * 3):
        memory.add(f"{text} And a word more, {number}.", user_id="alice", created_at=day(number))
    memory.add("word " * 10_000, user_id="alice", created_at=day(90))
    context = memory.retrieve("Where do I live, and a word about chess?", user_id="alice", budget_tokens=budget)
    from memory_chain.utils import estimate_tokens

    assert estimate_tokens(str(context)) <= budget
    assert context.tokens == estimate_tokens(str(context))


def test_export_and_import_are_lossless(memory, tmp_path):
    for number, text in enumerate(TOLD):
        memory.add(text, user_id="alice", created_at=day(number))
    first = tmp_path / "first.jsonl"
    memory.export("alice", first)
    assert memory.import_(first, user_id="bob") == "bob"
    second = tmp_path / "second.jsonl"
    memory.export("bob", second)
    assert first.read_text().splitlines()[1:] == second.read_text().splitlines()[1:]
    assert str(memory.profile("bob")) == str(memory.profile("alice"))
    with pytest.raises(TransferError, match="a memory of this user already"):
        memory.import_(first)


@pytest.mark.parametrize("content", ["", "nonsense", '{"type": "export"}\n', '{"format": "o-mem-export"}\n[]\n'])
def test_a_damaged_export_is_refused_and_leaves_nothing(memory, tmp_path, content):
    path = tmp_path / "broken.jsonl"
    path.write_text(content)
    with pytest.raises(TransferError):
        memory.import_(path, user_id="carol")
    assert "carol" not in memory.users()


def test_every_cut_of_an_export_is_refused_or_whole(memory, tmp_path):
    memory.add("I live in Lisbon.", user_id="alice", created_at=day(0))
    path = tmp_path / "whole.jsonl"
    memory.export("alice", path)
    lines = path.read_text().splitlines(keepends=True)
    cut = tmp_path / "cut.jsonl"
    cut.write_text("".join(lines[:2]) + lines[2][:20])
    with pytest.raises(TransferError, match=r"Line 3 of .* is no JSON; nothing was imported"):
        memory.import_(cut, user_id="dave")
    assert "dave" not in memory.users()


def test_without_a_model_answers_are_refused_by_name(memory):
    memory.add("Hello there", user_id="alice")
    with pytest.raises(ConfigurationError, match=r"Set `llm_model` in config.yaml"):
        memory.answer("Who am I?", user_id="alice")
    with pytest.raises(ConfigurationError, match="OMEM_LLM_MODEL"):
        memory.chat("Hi", user_id="alice")


def test_reads_of_unknown_users_and_items_are_told(memory):
    for read in (memory.profile, memory.events, memory.topics, memory.history, memory.messages, memory.status):
        with pytest.raises(UnknownUserError, match="no memory of user 'nobody'"):
            read("nobody")
    assert memory.users() == []
    memory.add("Hello there", user_id="alice")
    with pytest.raises(UnknownItemError, match="no attribute or event with id 'x'"):
        memory.correct("alice", "x", value="y")
    with pytest.raises(UnknownItemError, match="no message with id 'x'"):
        memory.message("alice", "x")


def test_bad_arguments_of_reads_are_told(memory):
    memory.add("Hello there", user_id="alice")
    with pytest.raises(InvalidInputError, match="budget_tokens is 0"):
        memory.retrieve("hi", user_id="alice", budget_tokens=0)
    with pytest.raises(InvalidInputError, match="limit is 0"):
        memory.search("hi", user_id="alice", limit=0)
    with pytest.raises(InvalidInputError, match="as_of has no zone"):
        memory.profile("alice", as_of=datetime(2024, 1, 1))
    with pytest.raises(InvalidInputError, match="min_trust is 'much'"):
        memory.profile("alice", min_trust="much")


def test_a_closed_manager_says_so(tmp_path):
    manager = MemoryManager.open(tmp_path)
    manager.add("Hello", user_id="alice")
    manager.close()
    manager.close()
    with pytest.raises(ClosedError, match="Open a new one"):
        manager.profile("alice")


def test_the_background_worker_understands_and_the_memory_survives_a_restart(tmp_path):
    with MemoryManager.open(tmp_path) as manager:
        manager.add("I'm allergic to peanuts.", user_id="alice", created_at=day(0))
        assert manager.settle()
        assert manager.status("alice").pending == 0
    with MemoryManager.open(tmp_path) as manager:
        assert "peanut" in str(manager.profile("alice"))


def test_manual_consolidation_waits_for_flush_but_reads_let_the_rules_read(tmp_path):
    with MemoryManager.open(tmp_path, consolidate="manual") as manager:
        manager.add("I'm allergic to peanuts.", user_id="alice")
        assert manager.status("alice").pending == 1
        assert manager.search("peanuts", user_id="alice")
        assert manager.flush("alice").pending == 0
        manager.add("I live in Lisbon.", user_id="alice")
        assert "Lisbon" in str(manager.profile("alice"))


text = st.text(max_size=60) | st.sampled_from(
    [
        '"',
        "NEAR(a b)",
        "a OR",
        "col:x",
        "* ^ -",
        "'; DROP TABLE message;--",
        "漢字かな",
        "ภาษาไทย",
        "\x00",
        "🦵🏽",
        "\u202e",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=text, query=text, user=text)
def test_any_text_query_and_user_is_refused_by_name_or_works(memory, said, query, user):
    try:
        receipt = memory.add(said, user_id=user)
    except MemoryChainError:
        return
    (stored,) = [m for m in memory.messages(user) if m.id == receipt.ids[0]]
    assert stored.text == said.replace("\x00", "\ufffd")
    memory.search(query, user_id=user)
    memory.retrieve(query, user_id=user)
    memory.profile(user)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["a", "A", "a/../b", "b"]), st.integers(0, 999)), min_size=1, max_size=8))
def test_no_read_of_one_user_shows_anothers(tmp_path_factory, told):
    with MemoryManager.open(tmp_path_factory.mktemp("users"), consolidate="inline") as manager:
        for user, number in told:
            manager.add(f"I love secret{user.encode().hex()}x{number}.", user_id=user)
        for user in {user for user, _ in told}:
            shown = [str(manager.profile(user)), str(manager.retrieve("secret love", user_id=user))]
            shown += [piece.text for piece in manager.search("I love secret", user_id=user)]
            for other in {other for other, _ in told} - {user}:
                assert f"secret{other.encode().hex()}x" not in " ".join(shown)


def test_a_full_disk_stops_no_retrieval(tmp_path):
    with closing(SQLiteHome(tmp_path).open("alice", create=True)) as store:
        chain = MemoryChain("alice", store=store)
        facts = " ".join(f"I am allergic to {food}fish." for food in ("shell", *(f"spice{n}" for n in range(100))))
        chain.add([{"role": "user", "content": facts, "id": "m1"}])
        store._db.rows(f"PRAGMA max_page_count = {store._db.value('PRAGMA page_count')}")
        with pytest.raises(StoreFullError):
            chain.read_by_rules()
        found = chain.retrieve("What about shellfish?")
        assert found.pending == 1
        assert "m1" in {source for piece in found for source in piece.sources}
