"""LongMemEval: turns and sessions found, judges by kind of question, and ids that no model sees."""

from math import log2

import pytest
from fixtures_data import longmemeval_record, write_longmemeval

from memory_chain.evaluation.benchmarks.longmemeval import USER_TURNS, LongMemEval, prepared, session_of
from memory_chain.evaluation.data.longmemeval import read_longmemeval
from memory_chain.evaluation.judging import Verdict
from memory_chain.evaluation.prompts import ABSTENTION_JUDGE, JUDGE_LENIENT, JUDGE_STRICT
from memory_chain.evaluation.records import Question
from memory_chain.evaluation.running import Contestant, Plan, run
from memory_chain.evaluation.runs import QuestionRecord, RunFolder, RunRecord
from memory_chain.evaluation.systems import Recalled

YES, NO, NEITHER = Verdict(right=True), Verdict(right=False), Verdict(right=None, error="neither")


def question(evidence=("s1:0", "s2:0"), *, abstention=False, category="multi-session", number=0, **notes):
    return Question(
        id=f"q{number}_abs" if abstention else f"q{number}",
        text="What escaped?",
        category=category,
        gold=("the parrot",),
        evidence=tuple(evidence),
        notes={"abstention": abstention, "user_evidence": list(evidence), **notes},
    )


def record(asked=None, system="omem", **more):
    given = {"system": system, "seed": 0, "conversation": "c", "question": asked or question(), "known": 9}
    return QuestionRecord(**given | more)


def told_of(*systems):
    return RunRecord(
        benchmark="longmemeval", files={}, known=False, systems={name: {} for name in systems}, seeds=(0,), depths=(5,),
        budgets=(),
    )  # fmt: skip


@pytest.fixture
def dataset(tmp_path):
    records = [longmemeval_record("q1"), longmemeval_record("q2_abs")]
    return prepared(read_longmemeval(write_longmemeval(tmp_path, records)))


def test_turns_and_sessions_at_each_depth():
    ranked = ("s1:4", "s3:0", "s1:0", "s2:6", "s2:0")

    scores = LongMemEval(depths=(1, 3, 5)).scores(record(ranked=ranked))

    assert scores["turn-recall-any@1"] == 0
    assert (scores["turn-recall-any@3"], scores["turn-recall-all@3"]) == (1, 0)
    assert (scores["turn-recall-any@5"], scores["turn-recall-all@5"]) == (1, 1)
    assert scores["turn-ndcg@5"] == pytest.approx((1 / log2(3) + 1 / log2(5)) / (1 + 1))
    assert (scores["session-recall-any@1"], scores["session-recall-any@3"]) == (0, 1)
    assert (scores["session-recall-all@3"], scores["session-recall-all@5"]) == (0, 1)


def test_only_user_turns_of_a_ranking_count():
    asked = question(["s1:0"], **{USER_TURNS: ["s1:0", "s1:2", "s2:0"]})

    scores = LongMemEval(depths=(1,)).scores(record(asked, ranked=("s1:1", "s2:1", "s1:0")))

    assert scores["turn-recall-all@1"] == 1
    assert scores["session-recall-all@1"] == 1


@pytest.mark.parametrize("asked", [question(abstention=True), question(())])
def test_what_cannot_be_answered_or_has_no_evidence_by_the_user_has_no_retrieval_scores(asked):
    assert LongMemEval().scores(record(asked, ranked=("s1:0",))) == {}


def test_an_empty_ranking_scores_zero_unless_the_system_cannot_rank():
    assert set(LongMemEval().scores(record()).values()) == {0}
    assert LongMemEval().scores(record(system="full")) == {}


def test_who_judges():
    assert list(LongMemEval().judges(question())) == [JUDGE_STRICT, JUDGE_LENIENT]
    assert list(LongMemEval().judges(question(abstention=True))) == [ABSTENTION_JUDGE]


@pytest.mark.parametrize(
    ("asked", "verdicts", "accuracy"),
    [
        (question(()), {"judge-strict": NO, "judge-lenient": YES}, 1),
        (question(()), {"judge-strict": YES, "judge-lenient": NEITHER}, 0),
        (question(abstention=True), {"judge-abstention": YES}, 1),
        (question(abstention=True), {"judge-abstention": NO}, 0),
    ],
)
def test_accuracy_is_that_of_the_judge_for_the_kind_of_question(asked, verdicts, accuracy):
    scores = LongMemEval().scores(record(asked, answer="a parrot", verdicts=verdicts))

    assert scores["accuracy"] == accuracy
    assert set(scores) == {*verdicts, "accuracy"}


def test_a_failed_question_is_wrong():
    assert LongMemEval().scores(record(question(()), error="no reply")) == {
        "judge-strict": 0, "judge-lenient": 0, "accuracy": 0
    }  # fmt: skip


def test_the_summary_averages_types_and_tells_abstention():
    lenient = {"judge-strict": NO, "judge-lenient": YES}
    records = [
        record(question((), number=1), answer="x", verdicts=lenient),
        record(question((), number=2), answer="x", verdicts={"judge-strict": NO, "judge-lenient": NO}),
        record(question((), number=3, abstention=True), answer="x", verdicts={"judge-abstention": YES}),
        record(question((), number=4, category="knowledge-update"), answer="x", verdicts=lenient),
    ]

    told = LongMemEval().summary(told_of("omem", "bm25"), records, [])

    assert told["accuracy"]["omem"]["task_averaged"] == pytest.approx(100 * (2 / 3 + 1) / 2, abs=0.01)
    assert told["accuracy"]["omem"]["abstention"]["mean"] == 100
    assert told["accuracy"]["omem"]["abstention"]["n"] == 1
    assert "bm25" not in told["accuracy"]
    assert told["questions_with_retrieval_scores"] == 0


def test_no_model_and_no_memory_sees_that_a_question_cannot_be_answered(dataset):
    unanswerable = dataset.conversations[1]
    asked = unanswerable.questions[0]
    benchmark = LongMemEval()

    shown = [*benchmark.ask(asked, Recalled(text="…"), seed=0).messages]
    for judge in benchmark.judges(asked):
        shown += judge.render(question=asked.text, gold="; ".join(asked.gold), answer="?")

    assert asked.notes["abstention"]
    assert all("_abs" not in message.content and "q2" not in message.content for message in shown)
    assert "_abs" not in unanswerable.id
    assert all("_abs" not in (one.session_id or "") + one.id for one in unanswerable.messages)


def test_the_day_of_the_question_is_told(dataset):
    asked = LongMemEval().ask(dataset.conversations[0].questions[0], Recalled(text="…"), seed=0)
    assert '"asked_on": "2023-05-30"' in asked.messages[1].content


def test_preparing_notes_user_turns_and_keeps_the_rest(dataset):
    first, second = dataset.conversations

    assert (first.id, second.id) == ("haystack-1", "haystack-2")
    assert [one.id for one in (*first.questions, *second.questions)] == ["q1", "q2_abs"]
    turns = first.questions[0].notes[USER_TURNS]
    assert set(first.questions[0].notes["user_evidence"]) < set(turns)
    assert len(turns) == 4
    assert session_of(turns[0]) == "s1"


def test_a_run_without_a_model(dataset, tmp_path):
    folder = RunFolder(tmp_path / "run")
    contestants = [Contestant(name=name, system=name) for name in ("omem", "bm25")]

    told = run(Plan(benchmark=LongMemEval(), dataset=dataset, contestants=contestants, folder=folder, processes=1))

    records = folder.questions()
    assert len(records) == 4
    assert not any(one.error for one in records)
    scores = LongMemEval().scores(next(one for one in records if one.system == "bm25" and one.question.id == "q1"))
    assert scores["session-recall-all@5"] == 1
    summary = LongMemEval().summary(told, records, folder.built())
    assert summary == {"accuracy": {}, "questions_with_retrieval_scores": 1}
