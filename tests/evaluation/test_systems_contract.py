"""What every compared memory has to keep to, whichever it is. Add a system to `PARTS` and it is tested."""

import sys
from datetime import UTC, datetime, timedelta

import pytest
from systems_support import FakeMem0, conversation

from memory_chain.evaluation.records import Conversation
from memory_chain.evaluation.systems import SYSTEMS, make_factory
from memory_chain.evaluation.systems.page import one_line
from memory_chain.testing import HashingEmbedder
from memory_chain.types import Message
from memory_chain.utils import estimate_tokens

QUESTIONS = (
    "What is Ada allergic to?",
    "When did Ben adopt a puppy?",
    "Which kayak did they paddle at the lake?",
    "Что это?",
    "the of and",
    "nothing-like-this-was-ever-said",
)
BUDGETS = (1, 10, 40, 100, 300, 1500)
PARTS = {name: {"embedder": HashingEmbedder()} if known.needs else {} for name, known in SYSTEMS.items()}


@pytest.fixture(params=PARTS)
def made(request, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mem0", FakeMem0())
    system = make_factory(request.param, **PARTS[request.param])(conversation(), tmp_path)
    yield system
    system.close()


@pytest.fixture
def filled(made):
    for session in conversation().sessions:
        made.add(session)
    return made


def texts():
    return {message.id: message.text for message in conversation().messages}


def test_has_the_name_it_was_made_by(request, made):
    assert made.name == request.node.callspec.params["made"]


@pytest.mark.parametrize("budget", BUDGETS)
def test_keeps_to_the_budget(filled, budget):
    for question in QUESTIONS:
        found = filled.retrieve(question, budget_tokens=budget)
        assert estimate_tokens(found.text) <= budget
        assert found.tokens == estimate_tokens(found.text)


@pytest.mark.parametrize("budget", [40, 300, None])
def test_names_only_messages_that_were_added_and_shows_what_it_names(filled, budget):
    for question in QUESTIONS:
        found = filled.retrieve(question, budget_tokens=budget)
        assert set(found.sources) <= set(found.cited) <= set(texts())
        assert len(set(found.sources)) == len(found.sources)
        assert len(set(found.cited)) == len(found.cited)
        for one in found.sources:
            assert one_line(texts()[one]) in found.text


def test_messages_it_shows_were_said(filled):
    for question in QUESTIONS:
        for piece in filled.retrieve(question, budget_tokens=None).pieces:
            if piece.kind == "message":
                shown = one_line(piece.text).removeprefix("… ").removesuffix(" …")
                assert shown in one_line(texts()[piece.id])


def test_ranks_messages_that_were_added_each_once(filled):
    for question in QUESTIONS:
        whole = filled.rank(question, limit=1000)
        assert len(set(whole)) == len(whole)
        assert set(whole) <= set(texts())
        assert len(filled.rank(question, limit=2)) <= 2


def test_is_the_same_again(filled):
    for question in QUESTIONS[:3]:
        assert filled.retrieve(question, budget_tokens=200) == filled.retrieve(question, budget_tokens=200)
        assert filled.rank(question, limit=5) == filled.rank(question, limit=5)


def test_an_empty_memory_knows_nothing(made):
    made.add([])
    for budget in (None, 100):
        found = made.retrieve("What is Ada allergic to?", budget_tokens=budget)
        assert (found.text, found.sources, found.cited, found.tokens, found.pieces) == ("", (), (), 0, ())
    assert made.rank("What is Ada allergic to?", limit=5) == []


def test_what_is_added_after_a_question_is_found_too(made):
    first, second = conversation().sessions[:2]
    made.add(first)
    early = made.retrieve("Which kayak did they paddle at the lake?", budget_tokens=None)
    assert set(early.cited) <= {message.id for message in first}
    for message in second:
        made.add([message])
    later = made.retrieve("Which kayak did they paddle at the lake?", budget_tokens=None)
    if made.name != "none":
        assert {message.id for message in second} & set(later.cited)


def test_closing_twice_is_fine(filled):
    filled.close()
    filled.close()


@pytest.mark.parametrize("name", PARTS)
def test_two_memories_know_nothing_of_each_other(name, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mem0", FakeMem0())
    factory = make_factory(name, **PARTS[name])
    other = Message(id="other", text="The kayak is purple.", created_at=datetime(2024, 1, 1, tzinfo=UTC))
    ours = factory(conversation(), tmp_path / "a")
    theirs = factory(Conversation(id="other", sessions=((other,),), questions=()), tmp_path / "b")
    try:
        ours.add(conversation().messages)
        theirs.add([other])
        assert "purple" not in ours.retrieve("Is the kayak purple?", budget_tokens=None).text
        assert set(theirs.retrieve("Is the kayak purple?", budget_tokens=None).cited) <= {"other"}
    finally:
        ours.close()
        theirs.close()


def test_a_huge_message_does_no_harm(made):
    start = datetime(2024, 1, 1, tzinfo=UTC)
    long = "\n".join(f"Line {place} about the lake and the kayak, once more." for place in range(400))
    made.add([Message(id="long", text=long, created_at=start)])
    made.add([Message(id="short", text="The kayak is green.", created_at=start + timedelta(hours=1))])
    found = made.retrieve("What colour is the kayak?", budget_tokens=200)
    assert found.tokens <= 200
    assert "long" not in found.sources
    if made.name != "none":
        assert "short" in found.cited
