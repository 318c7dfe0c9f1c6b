"""LongMemEval's reader: order, evidence, and nothing of the labels in the messages."""

import json
from datetime import UTC, datetime

import pytest
from fixtures_data import SHARED, longmemeval_record, write_longmemeval

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.data.longmemeval import read_longmemeval
from memory_chain.types import Role

REAL = SHARED / "longmemeval" / "fixture_2.json"


def test_sessions_are_put_in_order_of_time(tmp_path):
    (conversation,) = read_longmemeval(write_longmemeval(tmp_path)).conversations
    assert conversation.id == "q1"
    assert [[message.id for message in session] for session in conversation.sessions] == [
        ["s1:0"],  # the turn without words is left out
        ["s2:0", "s2:1", "s2:2"],
        ["s3:0"],  # of the same minute: after what came before it in the file
    ]
    assert conversation.notes["official_sessions"] == {"s1": "filler", "s2": "answer_9", "s3": "filler"}
    times = [message.created_at for message in conversation.messages]
    assert times == sorted(set(times))
    assert times[1] == datetime(2023, 5, 30, 10, 20, tzinfo=UTC)
    assert [message.role for message in conversation.sessions[1]] == [Role.USER, Role.ASSISTANT, Role.USER]


def test_labels_stand_in_the_question_only(tmp_path):
    (conversation,) = read_longmemeval(write_longmemeval(tmp_path)).conversations
    (question,) = conversation.questions
    assert question.evidence == ("s2:0", "s2:1")
    assert (question.category, question.gold) == ("single-session-user", ("the parrot",))
    assert question.at == datetime(2023, 5, 30, 23, 40, tzinfo=UTC)
    assert question.notes == {
        "abstention": False,
        "evidence_sessions": ["s2"],
        "user_evidence": ["s2:0"],
        "missing_sessions": [],
        "later_sessions": [],
    }
    assert "answer" not in repr(conversation.sessions)


def test_abstention_numbers_missing_and_later_sessions(tmp_path):
    record = longmemeval_record(
        "q2_abs", answer=3, answer_session_ids=["answer_9", "lost"], question_date="2023/05/30 (Tue) 09:00"
    )
    (question,) = read_longmemeval(write_longmemeval(tmp_path, [record])).conversations[0].questions
    assert question.gold == ("3",)
    assert question.notes["abstention"] is True
    assert question.notes["missing_sessions"] == ["lost"]
    assert question.notes["later_sessions"] == ["s2", "s3"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question_type": "riddle"}, r"record 0, q1: 'question_type' is 'riddle', which is not known"),
        ({"question_date": "today"}, r"the date is 'today'; a time like"),
        ({"haystack_dates": ["2023/05/30 (Tue) 10:20", "?", "?"]}, r"session 1: the date is '\?'"),
        ({"haystack_dates": []}, r"3 haystack_session_ids, 0 haystack_dates and 3 haystack_sessions"),
        ({"haystack_sessions": [[], [], [{"role": "robot", "content": "x"}]]}, r"session 2, turn 0: 'role' is 'robot'"),
        ({"haystack_sessions": [[], [], [{"role": "user"}]]}, r"session 2, turn 0: 'content' is missing"),
        ({"answer": None}, r"'answer' has to be a text or a number, not null"),
        ({"answer_session_ids": "answer_9"}, r"'answer_session_ids': a list is expected"),
    ],
)
def test_bad_records(tmp_path, change, message):
    with pytest.raises(InvalidInputError, match=message):
        read_longmemeval(write_longmemeval(tmp_path, [longmemeval_record(**change)]))


def test_bad_files(tmp_path):
    with pytest.raises(InvalidInputError, match=r"There is no file .*longmemeval-cleaned"):
        read_longmemeval(tmp_path / "nothing.json")
    with pytest.raises(InvalidInputError, match=r"the question 'q1' occurs twice"):
        read_longmemeval(write_longmemeval(tmp_path, [longmemeval_record(), longmemeval_record()]))
    path = write_longmemeval(tmp_path)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(InvalidInputError, match=r"is no JSON .*cut off"):
        read_longmemeval(path)


@pytest.mark.skipif(not REAL.is_file(), reason="the fixture of LongMemEval is not here (../shared/data/longmemeval)")
def test_the_two_original_records():
    dataset = read_longmemeval(REAL)
    assert dataset.known is False and len(dataset.notes["unknown_files"]) == 1
    first, second = dataset.conversations
    assert (first.size, first.questions[0].category) == (24, "knowledge-update")
    assert first.questions[0].evidence == ("s1:4", "s2:0")
    assert second.questions[0].notes["abstention"] is True
    assert second.questions[0].notes["later_sessions"] == ["s2"]
    json.dumps(first.questions[0].notes)
