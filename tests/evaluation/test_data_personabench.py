"""PersonaBench's reader: segments as sessions, evidence by value, the gold profile."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from fixtures_data import SHARED, personabench_evidence, personabench_files, write_personabench

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.data.personabench import answer_parts, read_personabench, value_name
from memory_chain.types import Role

REAL = SHARED / "personabench"


def test_segments_become_sessions_in_order_of_time(tmp_path):
    (conversation,) = read_personabench(write_personabench(tmp_path)).conversations
    assert (conversation.id, conversation.user_name) == ("Ada Lund", "Ada Lund")
    assert [session[0].session_id for session in conversation.sessions] == [
        "000000000003",
        "000000000001",  # of the same minute as the next one
        "000000000002",
        "000000000004",
    ]
    assert [message.id for message in conversation.messages][:2] == ["000000000003:0", "000000000003:1"]
    times = [message.created_at for message in conversation.messages]
    assert times == sorted(set(times))
    assert times[0] == datetime(2024, 10, 12, 13, 5, tzinfo=UTC)
    assert list(conversation.notes["kinds"].values()) == ["assistant", "chat", "chat", "purchase"]


def test_roles_and_speakers(tmp_path):
    (conversation,) = read_personabench(write_personabench(tmp_path)).conversations
    log, _, chat, bought = conversation.sessions
    assert [(one.role, one.speaker) for one in log] == [(Role.USER, "Ada Lund"), (Role.ASSISTANT, None)]
    assert [(one.role, one.speaker) for one in chat] == [(Role.USER, "Ada Lund"), (Role.USER, "Bea Lund")]
    assert [(one.role, one.text) for one in bought] == [
        (Role.TOOL, "Purchased: Darjeeling, 500 g. Black tea. Brand: Leaf. Categories: Food, Tea.")
    ]


def test_questions_with_evidence(tmp_path):
    (conversation,) = read_personabench(write_personabench(tmp_path)).conversations
    animals, age, drinks, job, kind = conversation.questions
    assert animals.gold == ("parrot: Polly", "cat: Tom")
    assert animals.notes["segments"] == {"parrot: Polly": ["000000000002"], "cat: Tom": ["000000000001"]}
    assert animals.evidence == ()
    assert age.gold == ("39",)
    assert (drinks.gold, drinks.notes["outdated"]) == (("tea", "cocoa"), ["matcha"])
    assert [one.category for one in (animals, drinks, job, kind)] == [
        "Basic information",
        "Preference hard",
        "Social",
        "Subjective",
    ]
    assert job.notes["difficulty"] == "hard"


def test_the_gold_profile_holds_all_facts_of_the_person(tmp_path):
    (conversation,) = read_personabench(write_personabench(tmp_path)).conversations
    facts = conversation.notes["facts"]
    assert [one["id"] for one in facts] == ["001", "002", "003", "004", "005", "006"]
    assert facts[2] == {
        "id": "003",
        "question": "What do I like to drink?",
        "values": ["tea", "cocoa"],
        "outdated": ["matcha"],
        "category": "Preference hard",
        "evidence": True,
    }
    assert facts[5]["evidence"] is False


def test_each_way_to_name_the_folder(tmp_path):
    community = write_personabench(tmp_path)
    for folder in (tmp_path, community, community / "noise_0.0"):
        dataset = read_personabench(folder)
        assert dataset.notes["noise"] == 0.0
        assert len(dataset.files) == 5
    level = (community / "noise_0.0").rename(community / "mine")
    assert read_personabench(level, noise=0.3).notes["noise"] == 0.3  # as told, since the name does not say
    level.rename(community / "noise_0.0")
    with pytest.raises(InvalidInputError, match=r"has no folder noise_0\.5; noise levels there: noise_0\.0"):
        read_personabench(tmp_path, noise=0.5)
    with pytest.raises(InvalidInputError, match=r"There is no file .*eval_info_all\.json.*personabench"):
        read_personabench(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        ("tea", ("tea",)),
        (39, ("39",)),
        (["a", 2], ("a", "2")),
        ([{"Height": "5'6\""}], ("Height: 5'6\"",)),
        ([], None),
        (None, None),
        ([None], None),
        (True, None),
        ([["a"]], None),
    ],
)
def test_answers_as_texts(answer, parts):
    assert answer_parts(answer) == parts


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("(('Height', '5\\'6\"'),)", "Height: 5'6\""),
        ("tea", "tea"),
        ("((broken", "((broken"),
        ("((1, 2, 3),)", "((1, 2, 3),)"),
    ],
)
def test_names_of_answer_values(key, name):
    assert value_name(key) == name


CHATS = "noise_0.0/conversation_data_all.json"
LOGS = "noise_0.0/user_ai_interaction_data_all.json"
PURCHASES = "noise_0.0/purchase_history_data_all.json"
EVIDENCE = "noise_0.0/qa_gt_context_all.json"
INFO = "eval_info_all.json"


def chat_of(files):
    return files[CHATS][0]["Data"][0]["Conversations"][0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f[INFO][0]["Eval_Info"]["qa"][0].update(type="Taste"), r"'type' is 'Taste', which is not known"),
        (lambda f: f[INFO][0]["Eval_Info"]["qa"][1].update(difficulty="odd"), r"Ada Lund, question 1: 'difficulty'"),
        (lambda f: f[INFO][0]["Eval_Info"]["qa"][0].pop("answer"), r"'answer' is missing"),
        (lambda f: f[INFO][0]["Eval_Info"]["qa"][0].update(answer=None), r"'answer' has to be a text, a number"),
        (lambda f: f[INFO][0]["Eval_Info"]["qa"][0].update(q_id="002"), r"the question '002' occurs twice"),
        (lambda f: f[INFO][0]["Eval_Info"]["qa"][0].update(outdated_value={}), r"'outdated_value' has to be null or"),
        (lambda f: chat_of(f).update(time="14.10.2024"), r"conversation 0: 'time' is '14\.10\.2024'; a time like"),
        (lambda f: chat_of(f)["conversation"][0].update(role="Zed"), r"'role' is 'Zed', which is not known"),
        (lambda f: chat_of(f).update(conversation=[]), r"the segment is empty"),
        (lambda f: chat_of(f).update(segment_id="000000000001"), r"the segment '000000000001' occurs twice"),
        (lambda f: f[LOGS][0]["Data"][0].pop("user_ai_interaction"), r"'user_ai_interaction' is missing"),
        (lambda f: f[PURCHASES][0]["Data"][0]["purchase_history"][0].pop("brand"), r"'brand' is missing"),
        (
            lambda f: f[EVIDENCE][1]["segment_id"].update({"39": ["9"]}),
            r"the evidence of '39' is segment '9', which",
        ),
        (lambda f: f[EVIDENCE][1].update(segment_id={}), r"record 1: 'segment_id' names no segment"),
        (lambda f: f[EVIDENCE][1].update(question="Who?"), r"the question '002' has another text than in eval_info"),
        (lambda f: f[EVIDENCE].append(f[EVIDENCE][0]), r"record 5: the question '001' occurs twice"),
        (
            lambda f: f[EVIDENCE].append(personabench_evidence("999", "?", {"a": ["1"]})),
            r"'q_id' is '999', which eval_info_all\.json does not have",
        ),
        # the evidence of somebody without documents
        (
            lambda f: f[EVIDENCE].append(personabench_evidence("101", "How old am I?", {"41": ["000000000002"]})),
            r"is segment '000000000002', which Bea Lund does not have here",
        ),
    ],
)
def test_bad_input(tmp_path, change, message):
    files = json.loads(json.dumps(personabench_files()))
    change(files)
    with pytest.raises(InvalidInputError, match=message):
        read_personabench(write_personabench(tmp_path, files))


def test_a_truncated_file(tmp_path):
    community = write_personabench(tmp_path)
    path = community / "noise_0.0" / "conversation_data_all.json"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InvalidInputError, match=r"is no JSON .*not the published one.*6654c8b8.* or c2a036ef"):
        read_personabench(community)


@pytest.mark.skipif(not REAL.is_dir(), reason="PersonaBench is not here (../shared/data/personabench)")
@pytest.mark.parametrize(
    ("noise", "kinds"),
    [(0.0, {"chat": 213, "assistant": 43, "purchase": 8}), (0.5, {"chat": 404, "assistant": 100, "purchase": 24})],
)
def test_the_real_files(noise, kinds):
    dataset = read_personabench(REAL, noise=noise)
    assert dataset.known and dataset.notes["noise"] == noise
    assert {one.id for one in dataset.conversations} == {"Jennifer Moran", "David Hess", "Nicholas Torres"}
    assert sum((Counter(one.notes["kinds"].values()) for one in dataset.conversations), Counter()) == kinds
    questions = [question for one in dataset.conversations for question in one.questions]
    assert len({one.id for one in questions}) == len(questions) == 133
    assert Counter((one.notes["type"], one.notes["difficulty"]) for one in questions) == {
        ("Basic information", "easy"): 57,
        ("Preference", "easy"): 7,
        ("Preference", "hard"): 26,
        ("Social", "easy"): 10,
        ("Social", "hard"): 16,
        ("Subjective", "easy"): 14,
        ("Subjective", "hard"): 3,
    }
    assert sum(bool(one.notes["outdated"]) for one in questions) == 15
    for conversation in dataset.conversations:
        times = [message.created_at for message in conversation.messages]
        assert times == sorted(set(times))
        sessions = {session[0].session_id for session in conversation.sessions}
        named = {
            one for question in conversation.questions for ids in question.notes["segments"].values() for one in ids
        }
        assert named <= sessions
        assert {one.speaker for one in conversation.messages if one.role is Role.USER} >= {conversation.user_name}
        json.dumps(conversation.notes)
