"""PersonaBench: segments from rankings of messages, words of answers, and the quality of profiles."""

import json
from datetime import UTC, datetime
from math import log2

import pytest
from fixtures_data import write_personabench

from memory_chain.evaluation.benchmarks.personabench import (
    PersonaBench,
    holds,
    profile_quality,
    profiles,
    segment_of,
)
from memory_chain.evaluation.data.personabench import CATEGORIES, read_personabench
from memory_chain.evaluation.records import Conversation, Question
from memory_chain.evaluation.running import Contestant, Plan, run
from memory_chain.evaluation.runs import Built, Found, QuestionRecord, RunFolder
from memory_chain.evaluation.systems import Recalled
from memory_chain.retrieval.analysis import analyze
from memory_chain.types import Aspect, Attitude, Attribute, Message, Preference, Profile, Role, Trust

START = datetime(2024, 1, 1, tzinfo=UTC)
BASIC, LIKED = "Basic information", "Preference hard"


def question(segments=None, category=BASIC, gold=("tea",), outdated=(), step=None):
    notes = {"segments": segments or {"tea": ["A", "B"]}, "outdated": list(outdated), "person": "Ada Lund"}
    return Question(
        id="q", text="What do I drink?", category=category, gold=gold, notes=notes | ({"step": step} if step else {})
    )


def record(asked=None, **more):
    given = {"system": "omem", "seed": 0, "conversation": "Ada Lund", "question": asked or question(), "known": 9}
    return QuestionRecord(**given | more)


def attribute(text, section="interests", aspect="like", **more):
    given = {
        "id": text, "subject": "user", "section": section, "aspect": aspect, "value": text, "text": text,
        "polarity": Attitude.NEUTRAL, "confidence": 1.0, "trust": Trust.STATED, "ended": False, "sources": (),
        "known_from": START,
    }  # fmt: skip
    return Attribute(**given | more)


def profile(*attributes, liked=(), disliked=()):
    aspects = tuple(Aspect(section=one.section, name=one.aspect, current=one, attributes=(one,)) for one in attributes)
    attitudes = [(topic, Attitude.POSITIVE) for topic in liked] + [(topic, Attitude.NEGATIVE) for topic in disliked]
    preferences = tuple(
        Preference(topic=topic, attitude=attitude, subject="user", evidence=()) for topic, attitude in attitudes
    )
    return Profile(user_id="u", subject="user", as_of=None, aspects=aspects, preferences=preferences, events=())


def fact(question, *values, category=BASIC, outdated=(), evidence=True):
    return {
        "id": question, "question": question, "values": list(values), "outdated": list(outdated),
        "category": category, "evidence": evidence,
    }  # fmt: skip


def conversation(*facts, segments=None):
    """One message a segment, `A` to `C`."""
    sessions = tuple(
        (Message(id=f"{name}:0", text="…", role=Role.USER, session_id=name, created_at=START),) for name in "ABC"
    )
    questions = tuple(
        Question(
            id=one["id"], text="?", category=one["category"], notes={"segments": (segments or {}).get(one["id"], {})}
        )
        for one in facts
    )
    return Conversation(id="Ada Lund", sessions=sessions, questions=questions, notes={"facts": list(facts)})


# Retrieval


def test_a_segment_stands_where_its_best_message_does():
    ranked = ("X:1", "X:2", "Y:0", "B:3", "B:1", "A:0")

    scores = PersonaBench().scores(record(ranked=ranked))

    assert scores == {
        "recall@5": 1, "recall@10": 1, "ndcg@5": pytest.approx(1 / log2(4)), "ndcg@10": pytest.approx(1 / log2(4))
    }  # fmt: skip


def test_a_depth_counts_segments_and_not_messages():
    ranked = (*(f"X{segment}:{message}" for segment in range(4) for message in range(20)), "A:0")

    scores = PersonaBench().scores(record(ranked=ranked))

    assert scores["recall@5"] == 1


def test_the_sixth_segment_is_too_late_for_five():
    ranked = (*(f"X{segment}:0" for segment in range(5)), "A:0")

    scores = PersonaBench().scores(record(ranked=ranked))

    assert (scores["recall@5"], scores["recall@10"]) == (0, 1)


def test_each_value_needs_a_segment_of_its_own():
    asked = question({"tea": ["A"], "cocoa": ["B"], "milk": ["C", "D"]})

    scores = PersonaBench().scores(record(asked, ranked=("A:0", "D:1")))

    assert scores["recall@5"] == pytest.approx(2 / 3)


def test_a_context_holds_a_segment_by_any_of_its_messages():
    asked = question({"tea": ["A"], "cocoa": ["B"]})
    contexts = {
        500: Found(tokens=1, ms=1),
        1000: Found(tokens=1, ms=1, sources=("X:0", "A:7"), cited=("B:1",)),
        1500: Found(tokens=1, ms=1, sources=("A:1", "B:2")),
    }

    scores = PersonaBench().scores(record(asked, ranked=("X:1",), contexts=contexts))

    assert [scores[f"context@{budget}"] for budget in contexts] == [0, 0.5, 1]
    assert [scores[f"cited@{budget}"] for budget in contexts] == [0, 1, 1]


def test_questions_on_personality_have_no_retrieval_scores():
    asked = question(category="Subjective", gold=("A",))
    context = Found(tokens=1, ms=1, sources=("A:1",))

    scores = PersonaBench().scores(record(asked, ranked=("A:1",), contexts={500: context}, answer="A"))

    assert scores == {"f1": 1}


def test_what_found_nothing_or_failed_scores_zero_and_what_cannot_rank_is_left_out():
    benchmark = PersonaBench(depths=(5,), budgets=(500,))

    assert benchmark.scores(record()) == {"recall@5": 0, "ndcg@5": 0}
    assert benchmark.scores(record(system="full")) == {}
    assert benchmark.scores(record(error="broken")) == {
        "recall@5": 0, "ndcg@5": 0, "context@500": 0, "cited@500": 0, "f1": 0
    }  # fmt: skip


def test_rankings_are_asked_for_deep_enough_for_ten_of_the_longest_segments():
    assert PersonaBench().rank_limit >= 9 * 20 + 1


def test_the_segment_of_a_message():
    assert segment_of("000000000021:3") == "000000000021"


# Answers


def test_words_of_answers_and_of_outdated_values():
    asked = question(gold=("green tea", "cocoa"), outdated=("matcha tea",))

    scores = PersonaBench().scores(record(asked, ranked=("A:1",), answer="Cocoa, matcha"))

    assert scores["f1"] == pytest.approx(2 / (2 + 3))
    assert scores["outdated"] == 0.5


def test_without_outdated_values_nothing_is_told_of_them():
    assert "outdated" not in PersonaBench().scores(record(answer="tea"))
    assert "outdated" not in PersonaBench().scores(record(question(outdated=("milk",)), error="failed"))


def test_who_says_i_is_told_to_the_model():
    asked = PersonaBench().ask(question(), Recalled(text="Ada Lund: tea, please"), seed=0)

    assert '"Ada Lund asks: What do I drink?"' in asked.messages[1].content
    assert '"asked_on": null' in asked.messages[1].content
    assert list(PersonaBench().judges(question())) == []


# Profiles


@pytest.mark.parametrize(
    ("said", "value", "held"),
    [
        ("The user is a historian.", "Historian", True),
        ("The user adores cats.", "cat", True),
        ("The user drives a Toyota.", "Toyota Prius", False),
        ("The user has a cat called Whiskers.", "cat: Whiskers", True),
        ("The user has a cat.", "cat: Whiskers", False),
        ("The user is 39.", "39", True),
        ("The user is 139.", "39", False),
        ("The user cooks at home and tries new recipes.", "Prefers cooking at home, enjoys trying new recipes", True),
        ("The user is at home.", "Prefers cooking at home, enjoys trying new recipes", False),
        ("The user reads.", "", False),
        ("The user reads.", "the", False),
    ],
)
def test_holding_a_value(said, value, held):
    assert holds(set(analyze(said)), value) is held


def test_a_profile_against_gold():
    told = conversation(
        fact("What do I do for a living?", "Historian"),
        fact("What are my drink preferences?", "green tea", "cocoa", "milk", category=LIKED, outdated=["matcha"]),
        fact("Which city do I currently live in?", "Cambridge, MA"),
        fact("What is the location of my workplace?", "N/A"),
        fact("Whom do I know?", "Bea", category="Social"),
        fact("Where did I go to school?", "Harvard", evidence=False),
        segments={
            "What do I do for a living?": {"Historian": ["A"]},
            "What are my drink preferences?": {"cocoa": ["C"]},
        },
    )
    seen = profile(
        attribute("The user is a historian.", "work", "job"),
        attribute("The user likes green tea."),
        attribute("The user likes matcha."),
        attribute("The user lives in Oslo.", "home", "city"),
        attribute("The user dislikes milk.", polarity=Attitude.NEGATIVE),
        attribute("The user sees Bea."),
        liked=["cocoa", "milk shake"],
        disliked=["milk"],
    )

    quality = profile_quality(seen, told, known=2)

    assert (quality.gold, quality.revealed, quality.held, quality.held_or_liked) == (5, 1, 2, 4)
    assert (quality.attributes, quality.right, quality.outdated, quality.wrong, quality.unjudged) == (6, 2, 1, 2, 1)
    assert quality.which == {
        "held": [("Historian", "The user is a historian."), ("green tea", "The user likes green tea.")],
        "outdated": [("matcha", "The user likes matcha.")],
        "wrong": [("Cambridge, MA", "The user lives in Oslo."), ("milk", "The user dislikes milk.")],
    }


def test_what_has_ended_fits_a_question_about_the_past_only():
    told = conversation(
        fact("What did I do for work previously?", "Tour Guide"), fact("What do I do for a living?", "Activist")
    )
    seen = profile(
        attribute("The user was a tour guide.", "work", "job", ended=True),
        attribute("The user was an activist.", "work", "job", ended=True),
    )

    quality = profile_quality(seen, told, known=3)

    assert (quality.held, quality.right, quality.unjudged, quality.wrong) == (1, 1, 1, 0)


def test_a_former_value_that_is_denied_or_that_holds_elsewhere_is_not_outdated():
    told = conversation(
        fact("What are my hobbies?", "chess", category=LIKED, outdated=["reading", "matcha"]),
        fact("What do I do in my free time?", "reading", category=LIKED),
    )
    seen = profile(
        attribute("The user likes reading."),
        attribute("The user no longer drinks matcha.", polarity=Attitude.NEGATIVE),
    )

    quality = profile_quality(seen, told, known=3)

    assert (quality.right, quality.outdated, quality.unjudged) == (1, 0, 1)


def test_an_empty_profile_and_an_empty_gold():
    assert profile_quality(profile(), conversation(fact("Which?", "tea")), known=3).gold == 1
    quality = profile_quality(profile(attribute("The user likes tea.")), conversation(), known=3)
    assert (quality.gold, quality.held, quality.unjudged) == (0, 0, 1)


def counts(**more):
    plain = dict.fromkeys(
        ("gold", "revealed", "held", "held_or_liked", "attributes", "right", "outdated", "wrong", "unjudged"), 0
    )
    return {"profile": plain | more}


def built(person, messages, **more):
    return Built(
        system="omem",
        seed=0,
        conversation=person,
        messages=messages,
        seconds=1,
        measures=counts(**more) if more else {},
    )


def test_profiles_are_summed_over_people_and_steps():
    records = [
        record(question(step=0.5), conversation="Ada Lund", known=4),
        record(question(step=1.0), conversation="Ada Lund", known=8),
        record(question(step=0.5), conversation="Bea Lund", known=3),
    ]
    memories = [
        built("Ada Lund", 4, gold=10, revealed=4, held=1, attributes=2),
        built("Bea Lund", 3, gold=10, revealed=4, held=3, attributes=2, wrong=1),
        built("Ada Lund", 8, gold=10, revealed=10, held=5, attributes=4),
    ]

    told = profiles(records, memories)["omem"]

    assert list(told) == ["0.5", "1.0"]
    assert told["0.5"]["profiles"] == 2
    assert told["0.5"]["held_percent"] == 20
    assert told["0.5"]["held_of_revealed"] == 50
    assert told["0.5"]["wrong_percent"] == 25
    assert told["1.0"]["held_percent"] == 50


def test_systems_without_a_profile_are_not_told():
    assert profiles([record()], [built("Ada Lund", 9)]) == {}


# Runs


def test_a_run_without_a_model(tmp_path):
    dataset = read_personabench(write_personabench(tmp_path / "data"))
    folder = RunFolder(tmp_path / "run")
    contestants = [Contestant(name=name, system=name) for name in ("omem", "bm25", "none")]

    told = run(Plan(benchmark=PersonaBench(), dataset=dataset, contestants=contestants, folder=folder, processes=1))

    records = folder.questions()
    assert len(records) == 3 * 5
    assert not any(one.error for one in records)
    scores = {(one.system, one.question.id): PersonaBench().scores(one) for one in records}
    assert scores["bm25", "003"]["recall@5"] == 1
    assert all("recall@5" not in found for (system, _), found in scores.items() if system == "none")
    assert scores["omem", "005"] == {}
    summary = PersonaBench().summary(told, records, folder.built())
    assert set(summary["profile"]) == {"omem"}
    assert summary["profile"]["omem"]["1.0"]["gold"] == 5
    assert json.loads(json.dumps(summary)) == summary


def test_every_category_counts():
    assert PersonaBench().counted == set(CATEGORIES) == set(PersonaBench().categories)
