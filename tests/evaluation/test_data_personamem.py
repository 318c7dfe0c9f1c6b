"""PersonaMem's reader: prefixes, options, the session that is referred to."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from fixtures_data import PERSONAMEM_OPTIONS, PERSONAMEM_TURNS, SHARED, personamem_row, write_personamem

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.data.personamem import parse_options, read_personamem
from memory_chain.types import Role

REAL = SHARED / "personamem"


def test_turns_become_messages(tmp_path):
    dataset = read_personamem(write_personamem(tmp_path))
    (conversation,) = dataset.conversations  # a context without questions is left out
    assert conversation.id == "ctx"
    assert [message.id for message in conversation.messages] == [f"t{number}" for number in range(11)]
    assert [len(session) for session in conversation.sessions] == [3, 4, 4]
    assert [session[0].session_id for session in conversation.sessions] == ["s1", "s2", "s3"]
    system, user, assistant = conversation.sessions[0]
    assert (system.role, dict(system.metadata)) == (Role.SYSTEM, {"persona": True})
    assert (user.role, user.text) == (Role.USER, "I planted tomatoes on my balcony.")
    assert (assistant.role, assistant.text) == (Role.ASSISTANT, "Tomatoes love the sun.")
    assert conversation.sessions[1][1].text == "[Original_Sentence]: My parrot sings."
    assert conversation.sessions[1][3].text == "Patient: I gave up the piano."
    assert conversation.sessions[1][1].created_at == datetime(2024, 1, 2, 0, 0, 5, tzinfo=UTC)
    assert conversation.notes == {"persona_ids": [3], "turns": 11}
    assert dataset.notes["with_system"] is True
    assert dataset.known is False


def test_questions_know_the_prefix_and_the_options(tmp_path):
    first, middle, last = read_personamem(write_personamem(tmp_path)).conversations[0].questions
    assert (first.id, first.category, first.gold) == ("question-0", "recall_user_shared_facts", ("(a)",))
    assert first.options == middle.options == tuple(PERSONAMEM_OPTIONS)  # JSON and a Python literal
    assert (first.after, middle.after, last.after) == (10, 9, 10)
    assert (first.evidence, first.at) == ((), None)
    assert first.notes == {
        "persona_id": 3,
        "topic": "homeDecoration",
        "end_index": 10,
        "distance_to_ref_in_blocks": 3,
        "distance_to_ref_in_tokens": 90,
        "context_length_in_tokens": 100,
        "reference_session": "s1",
    }


def test_both_ways_of_counting_sessions_back(tmp_path):
    questions = read_personamem(write_personamem(tmp_path)).conversations[0].questions
    # 3 of 3 counted from 1; 1 counted from 0, as the tokens tell; 1 counted from 1
    assert [one.notes["reference_session"] for one in questions] == ["s1", "s2", "s3"]


def test_without_system_turns(tmp_path):
    dataset = read_personamem(write_personamem(tmp_path), with_system=False)
    (conversation,) = dataset.conversations
    assert [message.id for message in conversation.messages] == ["t1", "t2", "t4", "t5", "t6", "t8", "t9", "t10"]
    assert "persona:" not in repr(conversation.sessions)
    for question in conversation.questions:
        known = {message.id for message in conversation.messages[: question.after]}
        assert known == {
            f"t{place}" for place in range(question.notes["end_index"]) if PERSONAMEM_TURNS[place][0] != "system"
        }
    assert [one.notes["reference_session"] for one in conversation.questions] == ["s1", "s2", "s3"]
    assert (dataset.notes["with_system"], dataset.notes["system_role"]) == (False, None)


def test_times_are_the_same_with_and_without_system_turns(tmp_path):
    folder = write_personamem(tmp_path)
    with_system, without = (
        {
            message.id: message.created_at
            for message in read_personamem(folder, with_system=flag).conversations[0].messages
        }
        for flag in (True, False)
    )
    assert all(with_system[one] == moment for one, moment in without.items())


def test_system_turns_as_documents(tmp_path):
    dataset = read_personamem(write_personamem(tmp_path), system_role=Role.TOOL)
    assert dataset.conversations[0].messages[0].role is Role.TOOL


def test_a_context_that_does_not_begin_with_a_system_turn(tmp_path):
    turns = [("user", "User: Hello."), ("system", "Persona."), ("user", "User: "), ("user", "User: Bye.")]
    row = personamem_row(end_index_in_shared_context="3", distance_to_ref_in_blocks="2")
    (conversation,) = read_personamem(write_personamem(tmp_path, [row], turns)).conversations
    assert [len(session) for session in conversation.sessions] == [1, 3]
    assert conversation.messages[2].text == "User: "  # nothing is left without the label


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ('["(a) x", "(b) y"]', ("(a) x", "(b) y")),
        ("['(a) It\\'s', \"(b) y's\"]", ("(a) It's", "(b) y's")),
        ("__import__('os').getcwd()", None),
        ("['a' + 'b']", None),
        ("[1, 2]", None),
        ('{"a": 1}', None),
        ("['a'", None),
        ("", None),
    ],
)
def test_options_in_both_notations_and_nothing_else(written, options):
    assert parse_options(written) == options


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question_type": "guess"}, r"questions_32k\.csv, line 2: 'question_type' is 'guess', which is not known"),
        (
            {"shared_context_id": "zzz"},
            r"'shared_context_id' is 'zzz', which .*contexts_32k\.jsonl does not have",
        ),
        ({"end_index_in_shared_context": "12"}, r"is 12, but the context has 11 turns"),
        ({"end_index_in_shared_context": "0"}, r"is 0, but the context has 11 turns"),
        ({"end_index_in_shared_context": "x"}, r"has to be a whole number, not 'x'"),
        ({"correct_answer": "(e)"}, r"'correct_answer' is '\(e\)', which is not known"),
        ({"all_options": "['(a) x']"}, r"'all_options' is no list of four texts"),
        ({"all_options": "['(a) x', '(c) y', '(b) z', '(d) w']"}, r"starts with '\(c\) y' where \(b\) is expected"),
        ({"distance_to_ref_in_blocks": "9"}, r"is 9, which is before the first session"),
        ({"context_length_in_tokens": "0"}, r"'context_length_in_tokens' is 0"),
    ],
)
def test_bad_rows(tmp_path, change, message):
    with pytest.raises(InvalidInputError, match=message):
        read_personamem(write_personamem(tmp_path, [personamem_row(**change)]))


def test_a_question_that_occurs_twice(tmp_path):
    with pytest.raises(InvalidInputError, match=r"line 3: the question 'question-0' occurs twice"):
        read_personamem(write_personamem(tmp_path, [personamem_row(), personamem_row()]))


def test_a_missing_column(tmp_path):
    row = personamem_row()
    row["question"] = row.pop("user_question_or_message")
    with pytest.raises(InvalidInputError, match=r"the column user_question_or_message is missing.*bowen-upenn"):
        read_personamem(write_personamem(tmp_path, [row]))


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ([("narrator", "Once.")], r"line 1, context ctx…, turn 0: 'role' is 'narrator'"),
        ([("user", " ")], r"turn 0: 'content' is empty"),
    ],
)
def test_bad_contexts(tmp_path, turns, message):
    with pytest.raises(InvalidInputError, match=message):
        read_personamem(write_personamem(tmp_path, turns=turns))


def test_contexts_that_occur_twice_or_are_empty(tmp_path):
    folder = write_personamem(tmp_path)
    contexts = folder / "shared_contexts_32k.jsonl"
    contexts.write_bytes(contexts.read_bytes() * 2)
    with pytest.raises(InvalidInputError, match=r"line 3: the context ctx occurs twice"):
        read_personamem(folder)
    contexts.write_text('{"ctx": []}', "utf-8")
    with pytest.raises(InvalidInputError, match=r"line 1, context ctx…: the context has no turns"):
        read_personamem(folder)


def test_truncated_files(tmp_path):
    folder = write_personamem(tmp_path)
    contexts = folder / "shared_contexts_32k.jsonl"
    contexts.write_bytes(contexts.read_bytes()[:100])
    with pytest.raises(InvalidInputError, match=r"line 1: is no JSON .*not the published one.*217247eb"):
        read_personamem(folder)
    write_personamem(folder)
    questions = folder / "questions_32k.csv"
    questions.write_bytes(questions.read_bytes()[:-20])
    with pytest.raises(InvalidInputError, match=r"another number of fields|does not have"):
        read_personamem(folder)
    with pytest.raises(InvalidInputError, match=r"There is no file .*nowhere.*questions_32k\.csv"):
        read_personamem(tmp_path / "nowhere")


@pytest.mark.skipif(not REAL.is_dir(), reason="PersonaMem is not here (../shared/data/personamem)")
def test_the_real_files():
    dataset = read_personamem(REAL)
    assert dataset.known
    assert (len(dataset.conversations), sum(one.size for one in dataset.conversations)) == (37, 6462)
    asked = [(one, question) for one in dataset.conversations for question in one.questions]
    assert len({question.id for _, question in asked}) == 589
    assert Counter(question.gold[0] for _, question in asked) == {"(a)": 143, "(b)": 146, "(c)": 158, "(d)": 142}
    assert Counter(question.category for _, question in asked)["track_full_preference_evolution"] == 139
    # which way of counting the reference was found with, and whether the question is asked at the end
    ways = Counter()
    for conversation, question in asked:
        notes = question.notes
        opened = {message.session_id for message in conversation.messages[: question.after]}
        counted = len(opened) + 1 - int(notes["reference_session"][1:]) - notes["distance_to_ref_in_blocks"]
        ways[counted, notes["end_index"] == conversation.notes["turns"] - 1] += 1
    assert ways == {(0, True): 386, (1, True): 2, (1, False): 201}
    json.dumps([question.notes for _, question in asked])


@pytest.mark.skipif(not REAL.is_dir(), reason="PersonaMem is not here (../shared/data/personamem)")
def test_the_real_files_without_system_turns():
    full = {one.id: one for one in read_personamem(REAL).conversations}
    for conversation in read_personamem(REAL, with_system=False).conversations:
        whole = full[conversation.id]
        for question, same in zip(conversation.questions, whole.questions, strict=True):
            known = [message.id for message in whole.messages[: same.after] if message.role is not Role.SYSTEM]
            assert [message.id for message in conversation.messages[: question.after]] == known
