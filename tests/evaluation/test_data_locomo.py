"""LoCoMo's reader: all categories, the audit, the probe."""

import copy
import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from fixtures_data import (
    SHARED,
    locomo_audit,
    locomo_probe,
    locomo_sample,
    write_json,
    write_lines,
    write_locomo,
)

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.data.locomo import WrongAnswer, evidence_ids, read_locomo, read_probe, turn_text
from memory_chain.types import Role

REAL = SHARED / "locomo"


def test_turns_become_messages_of_two_speakers(tmp_path):
    conversation = read_locomo(write_locomo(tmp_path)).conversations[0]
    assert [[message.id for message in session] for session in conversation.sessions] == [
        ["D1:1", "D1:2", "D1:3"],
        ["D2:1", "D2:2"],
    ]
    shared = conversation.sessions[0][1]
    assert shared.text == "Look! and shared a photo of a lighthouse"
    assert (shared.role, shared.speaker, shared.session_id) == (Role.USER, "Ben", "session_1")
    assert shared.created_at == datetime(2023, 5, 8, 13, 56, 5, tzinfo=UTC)
    assert conversation.size == 5
    assert conversation.notes == {"speakers": ["Ada", "Ben"]}


def test_questions_of_all_categories_are_given(tmp_path):
    questions = read_locomo(write_locomo(tmp_path)).conversations[1].questions
    assert [(one.id, one.category, one.gold, one.evidence) for one in questions] == [
        ("conv-b#0", "4", ("parrot",), ("D2:1",)),
        ("conv-b#1", "1", ("tomatoes",), ("D1:1", "D2:1")),
        ("conv-b#2", "5", (), ("D1:1",)),
        ("conv-b#3", "3", ("yes; surely",), ()),
        ("conv-b#4", "2", ("2023",), ("D2:1",)),
        ("conv-b#5", "5", (), ("D2:1",)),
    ]
    assert questions[0].notes == {"question_id": "locomo_1_qa0"}
    assert questions[2].notes["adversarial_answer"] == "nobody"
    assert questions[5].notes["stated_answer"] == "No"


def test_the_image_search_words_are_never_read(tmp_path):
    assert "secret" not in repr(read_locomo(write_locomo(tmp_path)))
    assert turn_text({"text": "Hi", "query": "secret"}) == "Hi"


def test_the_audit_beside_the_file_is_taken(tmp_path):
    dataset = read_locomo(write_locomo(tmp_path, audit=locomo_audit()))
    first, other = dataset.conversations
    assert first.questions[0].notes == {
        "question_id": "locomo_0_qa0",
        "audit": "WRONG_CITATION",
        "corrected_evidence": ["D2:1", "D2:2"],
    }
    assert first.questions[4].notes["corrected_answer"] == "June 2023"
    assert first.questions[4].notes["audit"] == "TEMPORAL_ERROR"
    assert not any("audit" in one.notes for one in (*first.questions[1:4], *other.questions))
    assert dataset.notes["audited"] == 2
    assert len(dataset.files) == len(dataset.notes["unknown_files"]) == 2
    assert dataset.known is False


def test_an_audit_that_is_given(tmp_path):
    audit = write_json(tmp_path / "elsewhere" / "mine.json", locomo_audit())
    assert read_locomo(write_locomo(tmp_path), audit=audit).notes["audited"] == 2
    with pytest.raises(InvalidInputError, match=r"There is no file .*none\.json.*locomo-audit"):
        read_locomo(write_locomo(tmp_path), audit=tmp_path / "none.json")


def test_an_audit_of_samples_that_are_not_there_is_passed_over(tmp_path):
    audit = [row | {"question_id": row["question_id"].replace("_0_", "_7_")} for row in locomo_audit()]
    assert read_locomo(write_locomo(tmp_path, audit=audit)).notes["audited"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": "Who?"}, r"audit_errors.json, record 0: the audit is about 'Who\?'.*asks 'What escaped\?'"),
        ({"question_id": "locomo_0_qa99"}, r"asks None"),
        ({"question_id": "conv-a#0"}, r"locomo_<sample>_qa<place> is expected"),
        ({"error_type": "TYPO"}, r"'error_type' is 'TYPO', which is not known"),
        ({"correct_evidence": "D1:1"}, r"record 0, 'correct_evidence': a list is expected"),
    ],
)
def test_a_bad_audit(tmp_path, change, message):
    rows = locomo_audit()
    with pytest.raises(InvalidInputError, match=message):
        read_locomo(write_locomo(tmp_path, audit=[rows[0] | change, rows[1]]))


def test_chosen_samples(tmp_path):
    path = write_locomo(tmp_path)
    assert [one.id for one in read_locomo(path, samples=[1, 0, 1]).conversations] == ["conv-a", "conv-b"]
    assert [one.notes["question_id"] for one in read_locomo(path, samples=[1]).conversations[0].questions][:2] == [
        "locomo_1_qa0",
        "locomo_1_qa1",
    ]
    with pytest.raises(InvalidInputError, match=r"there is no sample 7; it has samples 0 to 1"):
        read_locomo(path, samples=[7])


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["D8:6; D9:17"], ("D8:6", "D9:17")),
        (["D9:1 D4:4 D4:6"], ("D9:1", "D4:4", "D4:6")),
        (["D:11:26"], ("D11:26",)),
        (["D30:05"], ("D30:5",)),
        (["D"], ()),
        (["D10:19"], ()),
        (["D8:6", "D8:6"], ("D8:6",)),
    ],
)
def test_evidence_is_repaired_or_skipped(given, meant):
    assert evidence_ids(given, {"D8:6", "D9:17", "D9:1", "D4:4", "D4:6", "D11:26", "D30:5"}) == meant


def broken(change):
    sample = copy.deepcopy(locomo_sample())
    change(sample)
    return [locomo_sample("conv-b"), sample]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.pop("sample_id"), r"record 1: 'sample_id' is missing"),
        (lambda one: one.pop("conversation"), r"record 1, conv-a: 'conversation' is missing"),
        (lambda one: one.pop("qa"), r"record 1, conv-a: 'qa' is missing"),
        (lambda one: one.update(sample_id="conv-b"), r"the sample 'conv-b' occurs twice"),
        (lambda one: one["qa"][0].update(category=6), r"question 0: 'category' is '6', which is not known"),
        (lambda one: one["qa"][1].pop("answer"), r"conv-a, question 1: 'answer' is missing"),
        (lambda one: one["qa"][2].pop("adversarial_answer"), r"question 2: 'adversarial_answer' is missing"),
        (lambda one: one["qa"][0].update(evidence="D1:1"), r"question 0, 'evidence': a list is expected"),
        (
            lambda one: one["conversation"].update(session_1_date_time="yesterday"),
            r"session_1_date_time is 'yesterday'; a time like",
        ),
        (lambda one: one["conversation"].pop("session_1_date_time"), r"'session_1_date_time' is missing"),
        (lambda one: one["conversation"]["session_1"][1].pop("text"), r"session_1, turn 1: 'text' is missing"),
        (lambda one: one["conversation"]["session_1"][1].update(dia_id="D1:1"), r"the turn 'D1:1' occurs twice"),
    ],
)
def test_another_form_is_told(tmp_path, change, message):
    with pytest.raises(InvalidInputError, match=message):
        read_locomo(write_locomo(tmp_path, broken(change)))


def test_a_truncated_file_is_told(tmp_path):
    path = write_locomo(tmp_path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(InvalidInputError, match=r"is no JSON .*cut off.*not the published.*79fa87e9.*snap-research"):
        read_locomo(path)


def test_the_probe(tmp_path):
    path = write_lines(tmp_path / "probe.jsonl", locomo_probe())
    assert read_probe(path)[1] == WrongAnswer(
        question_id="locomo_0_qa0",
        category="4",
        strategy="vague",
        gold="parrot",
        answer="a pet",
        votes=(True, False, True),
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strategy": "sly"}, r"line 1: 'strategy' is 'sly'"),
        ({"question_id": "x"}, r"locomo_<sample>_qa<place> is expected"),
        ({"published_judge_votes": [1, 0, 1]}, r"has to hold true and false"),
        ({"wrong_answer": None}, r"'wrong_answer' has to be a text or a number, not null"),
        ({"strategy": "vague"}, r"line 2: the answer 'locomo_0_qa0 \(vague\)' occurs twice"),
    ],
)
def test_a_bad_probe(tmp_path, change, message):
    rows = locomo_probe()
    with pytest.raises(InvalidInputError, match=message):
        read_probe(write_lines(tmp_path / "probe.jsonl", [rows[0] | change, rows[1]]))


@pytest.mark.skipif(not REAL.is_dir(), reason="LoCoMo is not here (../shared/data/locomo)")
def test_the_real_files():
    dataset = read_locomo(REAL / "locomo10.json")
    assert dataset.known and dataset.notes == {"audited": 156, "unknown_files": []}
    assert (len(dataset.conversations), sum(len(one.sessions) for one in dataset.conversations)) == (10, 272)
    assert sum(one.size for one in dataset.conversations) == 5882
    questions = [question for one in dataset.conversations for question in one.questions]
    assert Counter(one.category for one in questions) == {"1": 282, "2": 321, "3": 96, "4": 841, "5": 446}
    assert len({one.id for one in questions}) == len(questions) == 1986
    assert sum("corrected_answer" in one.notes for one in questions) == 99
    assert Counter(one.notes.get("audit") for one in questions)["WRONG_CITATION"] == 57
    assert sum("stated_answer" in one.notes for one in questions) == 2
    for conversation in dataset.conversations:
        times = [message.created_at for message in conversation.messages]
        assert times == sorted(set(times))
        json.dumps([question.notes for question in conversation.questions])


@pytest.mark.skipif(not REAL.is_dir(), reason="LoCoMo is not here (../shared/data/locomo)")
def test_the_real_probe():
    probe = read_probe(REAL / "wrong_answer_probe.jsonl")
    assert Counter(one.strategy for one in probe) == {"specific": 1540, "vague": 1540}
    questions = read_locomo(REAL / "locomo10.json").conversations
    gold = {one.notes["question_id"]: one.gold for each in questions for one in each.questions}
    assert all((one.gold,) == gold[one.question_id] for one in probe)
