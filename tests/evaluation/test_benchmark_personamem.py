"""PersonaMem: figures of hand-made records, the leak baselines, the gain over no memory."""

from dataclasses import replace
from math import comb

import pytest
from fixtures_data import SHARED, write_personamem

from memory_chain.evaluation.benchmarks.personamem import (
    REFERENCE,
    PersonaMem,
    baselines,
    by_lot,
    default_systems,
    gains,
    reference_chance,
    with_reference,
)
from memory_chain.evaluation.data.personamem import CATEGORIES, read_personamem
from memory_chain.evaluation.records import Question
from memory_chain.evaluation.running import Contestant, Plan, run
from memory_chain.evaluation.runs import Found, QuestionRecord, RunFolder
from memory_chain.evaluation.systems import Recalled
from memory_chain.types import Role

FACTS, IDEAS = "recall_user_shared_facts", "suggest_new_ideas"


def question(gold="(a)", category=FACTS, options=("(a) longest.", "(b) long.", "(c) lo.", "(d) l."), number=0, **notes):
    return Question(id=f"q{number}", text="?", category=category, gold=(gold,), options=options, notes=notes)


def record(asked=None, system="omem", **more):
    return QuestionRecord(
        **{"system": system, "seed": 0, "conversation": "c", "question": asked or question(), "known": 10} | more
    )


@pytest.fixture
def dataset(tmp_path):
    return with_reference(read_personamem(write_personamem(tmp_path)))


@pytest.mark.parametrize(
    ("answer", "accuracy", "chosen"),
    [
        ("<final_answer> (a)", 1, 1),
        ("I think (b), but <final_answer>(a)", 1, 1),
        ("<final_answer> (b)", 0, 1),
        ("(a) or (b)", 0, 0),
        ("Let it be.", 0, 0),
        ("", 0, 0),
    ],
)
def test_an_answer_is_a_letter(answer, accuracy, chosen):
    assert PersonaMem().scores(record(answer=answer)) == {"accuracy": accuracy, "chosen": chosen}


def test_a_failed_question_is_wrong():
    assert PersonaMem().scores(record(error="no reply")) == {"accuracy": 0, "chosen": 0}


def test_without_a_model_there_is_no_accuracy():
    assert PersonaMem().scores(record()) == {}


def test_the_reference_session_is_reached_by_any_of_its_messages():
    asked = question(**{REFERENCE: ["t1", "t2"]})
    contexts = {
        500: Found(tokens=1, ms=1, sources=("t5",)),
        1000: Found(tokens=1, ms=1, sources=("t5",), cited=("t2",)),
        1500: Found(tokens=1, ms=1, sources=("t1", "t9")),
    }
    ranked = tuple(f"t{place}" for place in (9, 8, 7, 6, 5, 2, 1))

    scores = PersonaMem().scores(record(asked, contexts=contexts, ranked=ranked))

    assert scores == {
        "reference@500": 0, "reference-cited@500": 0,
        "reference@1000": 0, "reference-cited@1000": 1,
        "reference@1500": 1, "reference-cited@1500": 1,
        "reference-recall@5": 0, "reference-recall@10": 1, "reference-recall@20": 1,
        "reference-share@5": 0, "reference-share@10": 0.2, "reference-share@20": 0.1,
    }  # fmt: skip


def test_an_empty_ranking_scores_zero_unless_the_system_cannot_rank():
    asked = question(**{REFERENCE: ["t1"]})

    assert PersonaMem(depths=(5,)).scores(record(asked)) == {"reference-recall@5": 0, "reference-share@5": 0}
    assert PersonaMem(depths=(5,)).scores(record(asked, system="none")) == {}


def test_the_reference_is_noted_without_the_persona_and_without_the_future(dataset):
    first, middle, last = dataset.conversations[0].questions

    assert first.notes[REFERENCE] == ["t1", "t2"]
    assert middle.notes[REFERENCE] == ["t4", "t5", "t6"]
    assert last.notes[REFERENCE] == ["t8", "t9"]


def test_persona_turns_are_left_out_of_the_reference_in_any_role(tmp_path):
    folder = write_personamem(tmp_path)
    for given in ({"with_system": False}, {"system_role": Role.TOOL}):
        noted = with_reference(read_personamem(folder, **given)).conversations[0].questions
        assert noted[0].notes[REFERENCE] == ["t1", "t2"]


def test_the_options_are_shown_as_given_and_nothing_of_the_notes(dataset):
    asked = dataset.conversations[0].questions[0]

    shown = PersonaMem().ask(asked, Recalled(text="She grows tomatoes."), seed=0)

    text = shown.messages[1].content
    assert all(option.replace('"', '\\"') in text for option in asked.options)
    assert "What grows on my balcony?" in text
    assert "reference" not in text
    assert list(PersonaMem().judges(asked)) == []


def test_baselines_count_only_a_single_longest_option():
    two_long = ("(a) longer", "(b) longer", "(c) short", "(d) s")
    questions = [
        question("(a)"),
        question("(b)"),
        question("(a)", options=two_long),
        question("(d)", category=IDEAS),
    ]

    told = baselines(questions)

    assert told["chance"] == {"overall": 25, "length tells little": 25, FACTS: 25, IDEAS: 25}
    assert told["longest"] == {"overall": 25, "length tells little": 33.33, FACTS: 33.33, IDEAS: 0}
    assert told["longest or shortest"] == {"overall": 50, "length tells little": 33.33, FACTS: 33.33, IDEAS: 100}


def test_the_gain_is_told_on_the_same_questions():
    one, two, three = (question("(a)", number=number) for number in (1, 2, 3))
    records = [
        record(one, "none", answer="(a)"), record(two, "none", answer="(b)"),
        record(one, answer="(a)"), record(two, answer="(a)"), record(three, answer="(a)"),
        record(one, "full", error="too long"), record(two, "full", answer="(b)"),
    ]  # fmt: skip

    told = gains(records)

    assert told["omem"]["overall"]["mean"] == 50
    assert told["omem"]["overall"]["n"] == 2
    assert told["full"][FACTS]["mean"] == -50
    assert "none" not in told


def test_of_several_seeds_a_question_counts_once():
    asked = question("(a)")
    records = [record(asked, "none", answer="(b)"), record(asked, answer="(a)")]
    records += [replace(one, seed=1, answer="(b)") for one in records]

    assert gains(records)["omem"]["overall"] == {"mean": 50.0, "low": None, "high": None, "n": 1}


def test_there_is_no_gain_without_answers_or_without_the_system_none():
    assert gains([record(), record(system="none")]) == {}
    assert gains([record(answer="(a)")]) == {}


@pytest.mark.parametrize(("known", "wanted", "drawn"), [(10, 3, 2), (10, 3, 8), (10, 0, 5), (4, 4, 1), (5, 1, 5)])
def test_drawing_by_lot_is_hypergeometric(known, wanted, drawn):
    assert by_lot(known, wanted, drawn) == pytest.approx(1 - comb(known - wanted, drawn) / comb(known, drawn))


def test_drawing_more_than_there_are_finds_what_there_is():
    assert by_lot(3, 1, 5) == 1
    assert by_lot(3, 0, 5) == 0


def test_chance_of_the_reference_counts_a_question_once():
    asked = question(**{REFERENCE: ["t1", "t2"]})

    assert reference_chance([record(asked), record(asked, "bm25")], (1, 10)) == {"1": 20.0, "10": 100.0, "share": 20.0}
    assert reference_chance([record()], (1,)) == {}


def test_no_memory_and_full_context_stand_beside_answers():
    assert default_systems(True) == ("none", "full")
    assert default_systems(False) == ()


def test_a_run_without_a_model(dataset, tmp_path):
    folder = RunFolder(tmp_path / "run")
    contestants = [Contestant(name=name, system=name) for name in ("bm25", "full")]

    told = run(Plan(benchmark=PersonaMem(), dataset=dataset, contestants=contestants, folder=folder, processes=1))

    records = folder.questions()
    assert len(records) == 6
    assert not any(one.error for one in records)
    first = next(one for one in records if one.system == "bm25" and one.question.id == "question-0")
    assert first.ranked[0] == "t1"
    summary = PersonaMem().summary(told, records, folder.built())
    assert summary["gain_over_no_memory"] == {}
    assert summary["baselines"]["chance"]["overall"] == 25
    assert set(summary["reference_chance"]) == {"5", "10", "20", "share"}


def test_a_run_without_questions_has_nothing_to_sum_up(dataset, tmp_path):
    told = run(Plan(benchmark=PersonaMem(), dataset=dataset, contestants=(), folder=RunFolder(tmp_path), processes=1))
    assert PersonaMem().summary(told, [], []) == {}


@pytest.mark.skipif(not (SHARED / "personamem").is_dir(), reason="the PersonaMem files are not at hand")
def test_baselines_of_the_published_file():
    data = with_reference(read_personamem(SHARED / "personamem"))
    questions = [asked for conversation in data.conversations for asked in conversation.questions]

    told = baselines(questions)

    assert told["longest"]["overall"] == 48.9
    assert told["longest or shortest"]["overall"] == 64.52
    assert set(told["longest"]) == {*CATEGORIES, "overall", "length tells little"}
    assert all(asked.notes[REFERENCE] for asked in questions)
