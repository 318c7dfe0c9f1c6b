"""PDR-Bench's reader: a user's chats or persona, the tasks, the frozen criteria; English and Chinese."""

import json
from datetime import UTC, datetime

import pytest
from fixtures_data import SHARED, pdr_context, pdr_criteria, pdr_round, write_json, write_lines, write_pdr

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.data.pdr import official_query, persona_statements, read_pdr
from memory_chain.types import Role

REAL = SHARED / "pdr_bench"


def test_a_conversation_is_a_user_with_the_paired_tasks(tmp_path):
    dataset = read_pdr(write_pdr(tmp_path))
    assert [(one.id, [question.id for question in one.questions]) for one in dataset.conversations] == [
        ("User1", ["1", "3"]),
        ("User2", ["2"]),
    ]
    question = dataset.conversations[0].questions[1]
    assert (question.text, question.category) == ("Plan a journey. (2)", "Law")
    assert {key: question.notes[key] for key in ("pair", "taskid", "userid", "task")} == {
        "pair": 3,
        "taskid": 8,
        "userid": "User1",
        "task": "Plan a journey. (2)",
    }
    assert question.notes["persona"]["Health"] == {"Knee": "sore"}
    assert "criteria" not in question.notes
    assert set(dataset.notes["personas"]) == {"User1", "User2", "User3"}
    assert len(dataset.files) == 3
    json.dumps(dataset.notes)


def test_the_persona_told_in_messages(tmp_path):
    conversation = read_pdr(write_pdr(tmp_path)).conversations[0]
    assert conversation.notes["source"] == "persona"
    assert [[message.text for message in session] for session in conversation.sessions] == [
        ["Name: user1 (Basic Attributes, Identity)", "Age: 40-45 (Basic Attributes, Identity)"],
        ["Knee: sore (Health)"],
    ]
    assert [message.id for message in conversation.messages] == ["persona:0", "persona:1", "persona:2"]
    assert {message.role for message in conversation.messages} == {Role.USER}
    assert conversation.sessions[1][0].created_at == datetime(2024, 1, 2, tzinfo=UTC)


def test_chinese(tmp_path):
    conversation = read_pdr(write_pdr(tmp_path, "zh"), language="zh").conversations[0]
    assert conversation.messages[0].text == "姓名：user1（基础属性，身份特征）"
    assert conversation.questions[0].text == "规划一次旅行。"
    assert official_query("规划", {"userid": "User1", "姓名": "李"}, "zh") == (
        '用户任务：\n规划\n\n用户画像：\n{"userid": "User1", "姓名": "李"}\n\n'
    )


def test_statements_of_any_depth_and_kind():
    persona = {"userid": "U", "Pets": ["cat", "dog"], "A": {"B": {"C": {"D": 3}}}, "Empty": " ", "None": None}
    assert persona_statements(persona) == [("Pets", "Pets: cat; dog (Pets)"), ("A", "D: 3 (A, B, C)")]


def test_official_contexts_replace_the_persona(tmp_path):
    contexts = write_lines(tmp_path / "contexts_en.jsonl", [pdr_context()])
    first, second = read_pdr(write_pdr(tmp_path), contexts=contexts).conversations
    assert (first.notes["source"], second.notes["source"]) == ("persona", "contexts")
    assert [[(one.id, one.role, one.text) for one in session] for session in second.sessions] == [
        [("kept:0", Role.TOOL, "Tent\nA tent for two.")],
        [("chat-a:1q", Role.USER, "My knee hurts."), ("chat-a:1a", Role.ASSISTANT, "Rest.")],
        [
            ("chat-b:1q", Role.USER, "How do I get to Oslo?"),
            ("chat-b:1a", Role.ASSISTANT, "By train."),
            ("chat-b:2q", Role.USER, "And by bike?"),
            ("chat-b:2a", Role.ASSISTANT, "Why not."),
        ],
    ]
    times = [message.created_at for message in second.messages]
    assert times == sorted(set(times))
    assert times[0] == datetime.fromtimestamp(1756981258.56, tz=UTC)
    assert times[3] == datetime(2025, 9, 11, 3, 16, 42, 500000, tzinfo=UTC)


def test_a_session_id_that_occurs_twice(tmp_path):
    context = pdr_context()
    context["chat_data"][1]["session_id"] = "chat-b"
    contexts = write_json(tmp_path / "contexts.json", context)
    conversation = read_pdr(write_pdr(tmp_path), contexts=contexts, users=["User2"]).conversations[0]
    ids = [message.id for message in conversation.messages]
    assert len(set(ids)) == len(ids) == 7


def test_lists_of_other_things_are_no_kept_items(tmp_path):
    contexts = write_json(tmp_path / "contexts.json", pdr_context() | {"tags": ["a", {"b": 1}]})
    assert len(read_pdr(write_pdr(tmp_path), contexts=contexts, users=["User2"]).conversations[0].sessions) == 3


def test_a_user_with_two_contexts(tmp_path):
    contexts = write_lines(tmp_path / "contexts.jsonl", [pdr_context(), pdr_context()])
    with pytest.raises(InvalidInputError, match=r"line 2: the user 'User2' occurs twice"):
        read_pdr(write_pdr(tmp_path), contexts=contexts)


def test_criteria_belong_to_a_pair_and_a_language(tmp_path):
    write_pdr(tmp_path, "zh")
    criteria = write_json(tmp_path / "criteria.json", pdr_criteria())
    dataset = read_pdr(write_pdr(tmp_path), criteria=criteria)
    first, second = dataset.conversations
    assert second.questions[0].notes["criteria"] == pdr_criteria()
    assert not any("criteria" in one.notes for one in first.questions)
    assert dataset.notes["pairs_with_criteria"] == 1
    assert read_pdr(tmp_path, language="zh", criteria=[criteria]).notes["pairs_with_criteria"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"quality_weights": {"depth_insight": "much"}},
            r"quality_weights: 'depth_insight' is 'much'; a weight",
        ),
        ({"personalization_weights": {"charm": 1}}, r"'dimension' is 'charm', which is not known"),
        ({"quality_criterions": {"depth_insight": {}}}, r"depth_insight: a list is expected"),
        ({"quality_criterions": {"depth_insight": [{"weight": 1}]}}, r"'criterion' is missing"),
        ({"quality_criterions": {"depth_insight": [{"criterion": "x"}]}}, r"'weight' is missing"),
        ({"taskid": "?"}, r"'taskid' has to be a whole number"),
    ],
)
def test_bad_criteria(tmp_path, change, message):
    criteria = write_json(tmp_path / "criteria.json", pdr_criteria(**change))
    with pytest.raises(InvalidInputError, match=message):
        read_pdr(write_pdr(tmp_path), criteria=criteria)


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("pairs250.jsonl", {"id": 1, "domain": "Magic", "taskid": 7, "userid": "User1"}, r"'domain' is 'Magic'"),
        (
            "pairs250.jsonl",
            {"id": 1, "domain": "Law", "taskid": 9, "userid": "User1"},
            r"'taskid' is 9, which",
        ),
        (
            "pairs250.jsonl",
            {"id": 1, "domain": "Law", "taskid": 7, "userid": "U9"},
            r"'userid' is 'U9', which",
        ),
        ("pairs250.jsonl", {"id": 1, "domain": "Law", "userid": "User1"}, r"line 1: 'taskid' is missing"),
        ("tasks_en.jsonl", {"taskid": 7, "domain": "Magic", "task": "x"}, r"'domain' is 'Magic', which is not known"),
        ("personas_en.jsonl", {"userid": "User1"}, r"the persona is empty"),
    ],
)
def test_bad_files(tmp_path, name, row, message):
    folder = write_pdr(tmp_path)
    write_lines(folder / name, [row])
    with pytest.raises(InvalidInputError, match=message):
        read_pdr(folder)


@pytest.mark.parametrize(
    ("name", "what"),
    [("pairs250.jsonl", "the pair 1"), ("tasks_en.jsonl", "the task 7"), ("personas_en.jsonl", "the user 'User1'")],
)
def test_what_occurs_twice(tmp_path, name, what):
    path = write_pdr(tmp_path) / name
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(InvalidInputError, match=f"{what} occurs twice"):
        read_pdr(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.pop("chat_data"), r"User2: 'chat_data' is missing"),
        (lambda one: one["chat_data"][0]["messages"][0].update(update_time="noon"), r"'update_time' is 'noon'"),
        (lambda one: one["chat_data"][0].update(messages=[pdr_round("x", "", "", "")]), r"'round' has to be a whole"),
        (lambda one: one["memories"][0].update(created_time="then"), r"kept item 0: 'created_time' has to be"),
        (lambda one: one["memories"][0].update(created_time=10**30), r"'created_time' is 1000"),
    ],
)
def test_bad_contexts(tmp_path, change, message):
    context = pdr_context()
    change(context)
    with pytest.raises(InvalidInputError, match=message):
        read_pdr(write_pdr(tmp_path), contexts=write_json(tmp_path / "contexts.json", context))


def test_bad_arguments_and_missing_files(tmp_path):
    with pytest.raises(InvalidInputError, match=r"The language is 'fr'; give 'en' or 'zh'"):
        read_pdr(write_pdr(tmp_path), language="fr")
    with pytest.raises(InvalidInputError, match=r"There is no user 'User3' .*there are User1, User2"):
        read_pdr(tmp_path, users=["User3"])
    with pytest.raises(InvalidInputError, match=r"There is no file .*tasks_zh\.jsonl.*PersonalizedDeepResearchBench"):
        read_pdr(tmp_path, language="zh")
    path = tmp_path / "tasks_en.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InvalidInputError, match=r"tasks_en\.jsonl, line 2: is no JSON .*304175e7"):
        read_pdr(tmp_path)


@pytest.mark.skipif(not REAL.is_dir(), reason="PDR-Bench is not here (../shared/data/pdr_bench)")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_real_files(language):
    dataset = read_pdr(REAL, language=language)
    assert dataset.known
    assert (len(dataset.conversations), sum(len(one.questions) for one in dataset.conversations)) == (25, 250)
    assert {question.notes["taskid"] for one in dataset.conversations for question in one.questions} == set(
        range(1, 51)
    )
    assert all(48 <= one.size <= 59 for one in dataset.conversations)
    for conversation in dataset.conversations:
        times = [message.created_at for message in conversation.messages]
        assert times == sorted(set(times))
        assert len({message.id for message in conversation.messages}) == conversation.size


@pytest.mark.skipif(not REAL.is_dir(), reason="PDR-Bench is not here (../shared/data/pdr_bench)")
def test_the_real_samples():
    dataset = read_pdr(
        REAL,
        criteria=REAL / "criteria_sample_id148.json",
        contexts=REAL / "context_sample_user12_shortened.json",
        users=["User12"],
    )
    assert (dataset.known, dataset.notes["pairs_with_criteria"]) == (False, 1)
    (conversation,) = dataset.conversations
    assert (conversation.notes["source"], conversation.size, len(conversation.sessions)) == ("contexts", 12, 4)
