"""ChatGPT, Claude, ShareGPT, mem0, Zep and Letta."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from importers_support import Importing, node, tree

from memory_chain.errors import InvalidInputError, TransferError
from memory_chain.importers.chatgpt import shown_branch

# -- ChatGPT --


def test_chatgpt_the_shown_branch_is_read(importing: Importing) -> None:
    asked = node("a", "root", text="I moved to Oslo.")
    old = node("b1", "a", "assistant", "Old answer", 1_700_000_010)
    new = node("b2", "a", "assistant", "New answer", 1_700_000_020)
    edited = node("c1", "b2", text="I have a cat.", at=1_700_000_030)
    after = node("c2", "b2", text="I have a dog.", at=1_700_000_040)
    path = importing.file("conversations.json", [tree(new, after, old, asked, edited, current="c2")])
    found = importing.survey(path)
    assert found.left_out == {"messages of other branches": 2}
    assert importing.run(path).stored == 3
    assert importing.said() == [
        ("user", None, "I moved to Oslo."),
        ("assistant", None, "New answer"),
        ("user", None, "I have a dog."),
    ]
    (first, *_) = importing.messages()
    assert first.session_id == "c1"
    assert first.metadata == {"source": "chatgpt", "title": "T"}
    assert first.created_at == datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)


def test_chatgpt_what_is_no_message_is_left_out(importing: Importing) -> None:
    nodes = [
        node("s", "root", "system", ""),
        node("h", "s", "user", "hidden", metadata={"is_visually_hidden_from_conversation": True}),
        node("w", "h", "assistant", "weightless", weight=0.0),
        node("u", "w", "user", {"content_type": "multimodal_text", "parts": [{"asset_pointer": "x"}, "My car"]}),
        node("i", "u", "user", {"content_type": "multimodal_text", "parts": [{"asset_pointer": "x"}]}),
        node("c", "i", "assistant", {"content_type": "code", "text": "print(1)"}, recipient="python"),
        node("t", "c", "tool", {"content_type": "execution_output", "text": "1"}),
        node("k", "t", "assistant", {"content_type": "thoughts", "thoughts": []}),
        node("a", "k", "assistant", {"content_type": "code", "text": "print(2)"}, at=None),
    ]
    path = importing.file("c.json", [tree(*nodes, current="a")])
    importing.run(path)
    assert importing.said() == [("user", None, "My car"), ("assistant", None, "print(2)")]
    one, two = importing.messages()
    assert (two.created_at - one.created_at).total_seconds() < 0.001, "no time: just after the one before"


def test_chatgpt_without_links_all_are_read_in_their_order(importing: Importing) -> None:
    first, second = node("a", None, text="one"), node("b", None, "assistant", "two")
    for one in (first, second):
        del one["parent"], one["children"]
    importing.run(importing.file("c.json", [tree(first, second)]))
    assert [text for _, _, text in importing.said()] == ["one", "two"]


def test_chatgpt_a_ring_ends_and_a_missing_current_node_is_the_newest_leaf() -> None:
    a, b = node("a", "b"), node("b", "a")
    branch, _ = shown_branch({"a": a, "b": b}, "b")
    assert [one["id"] for one in branch] == ["a", "b"]
    c, d = node("c", "a", at=5), node("d", "a", at=9)
    branch, others = shown_branch({"a": node("a", "root"), "root": {"parent": None}, "c": c, "d": d}, "gone")
    assert ([one["id"] for one in branch], others) == (["a", "d"], 1)


def test_chatgpt_times_in_milliseconds_and_impossible_ones(importing: Importing) -> None:
    good = node("a", "root", at=1_700_000_000_500)
    importing.run(importing.file("c.json", [tree(good, current="a")]))
    assert importing.messages()[0].created_at.year == 2023
    bad = importing.file("d.json", [tree(node("x", "root", at=1e30), current="x"), {"mapping": {}, "title": "t"}, 7])
    with pytest.raises(TransferError, match=r"2 records .* conversation 1, message x: .* is no time"):
        importing.run(bad)


def test_chatgpt_from_the_vendors_zip_and_a_folder(importing: Importing) -> None:
    whole = json.dumps([tree(node("a", "root", text="Zipped"), current="a")])
    path = importing.folder / "export.zip"
    importing.folder.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", whole)
        archive.writestr("user.json", '{"id": "user-1", "email": "a@example.com"}')
        archive.writestr("chat.html", "<html></html>")
        archive.writestr("__MACOSX/._conversations.json", "junk")
    importing.run(path)
    assert importing.said() == [("user", None, "Zipped")]
    importing.file("folder/conversations.json", whole)
    importing.file("folder/message_feedback.json", [])
    assert importing.run(importing.folder / "folder").known == 1, "the same export, unpacked"


# -- Claude --


def claude(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"uuid": "k", "name": "Trip", "created_at": "2024-01-02T10:00:00Z", "chat_messages": list(messages)}]


def test_claude_text_content_and_attachments(importing: Importing) -> None:
    path = importing.file(
        "conversations.json",
        claude(
            {"uuid": "1", "sender": "human", "text": "I love hiking. 🥾", "created_at": "2024-01-02T10:00:00.25Z"},
            {"uuid": "2", "sender": "assistant", "text": "", "content": [{"type": "text", "text": "Nice!"}]},
            {
                "uuid": "3",
                "sender": "human",
                "text": "",
                "attachments": [{"file_name": "cv.txt", "extracted_content": "I am a nurse."}],
                "created_at": "2024-01-02T10:02:00+00:00",
            },
            {"uuid": "4", "sender": "human", "text": "", "files": [{"file_name": "a.png"}]},
            {"uuid": "5", "sender": "assistant", "text": "seen", "content": [{"type": "tool_use", "name": "x"}]},
        ),
    )
    assert importing.survey(path).left_out == {"messages without text (pictures, files, empty ones)": 1}
    importing.run(path)
    assert [text for _, _, text in importing.said()] == [
        "I love hiking. 🥾",
        "Nice!",
        "[cv.txt]\nI am a nurse.",
        "seen",
    ]
    assert importing.run(path).known == 4


def test_claude_wrapped_and_wrong(importing: Importing) -> None:
    path = importing.file("c.json", {"conversations": claude({"uuid": "1", "sender": "alien", "text": "x"})})
    with pytest.raises(TransferError, match="the sender 'alien' is not known"):
        importing.run(path)
    assert importing.memory.users() == []


# -- ShareGPT --


def test_sharegpt_markup_and_counters_are_taken_out(importing: Importing) -> None:
    turns = [
        {"from": "human", "value": "2 / 3Is 1 &lt; 2? I live in Rome."},
        {"from": "gpt", "value": "<div><p>Yes &amp; no.</p><ul><li>a</li><li>b</li></ul><script>x()</script></div>"},
    ]
    path = importing.file("s.json", [{"id": "x", "conversations": turns}])
    importing.run(path)
    assert [text for _, _, text in importing.said()] == ["Is 1 < 2? I live in Rome.", "Yes & no.\n\n- a\n\n- b"]


def test_sharegpt_markdown_stays_and_a_newer_copy_adds_nothing(importing: Importing) -> None:
    lines = "\n".join(
        json.dumps(
            {"conversations": [{"from": "human", "value": "1 / 2 is &lt; 1"}, {"from": "gpt", "value": "`&lt;`"}]}
        )
        for _ in range(1)
    )
    path = importing.file("s.jsonl", lines)
    found = importing.survey(path, at=datetime(2024, 5, 1, tzinfo=UTC))
    assert found.guessed_times == 2
    assert "--at" in found.notes[0]
    importing.run(path, at=datetime(2024, 5, 1, tzinfo=UTC))
    assert importing.said() == [("user", None, "1 / 2 is &lt; 1"), ("assistant", None, "`&lt;`")]
    assert importing.messages()[0].created_at.date().isoformat() == "2024-05-01"
    again = importing.run(path)
    assert (again.stored, again.known) == (0, 2), "the made-up time of another day does not matter"


# -- mem0, Zep, Letta --


def mem0(**more: Any) -> dict[str, Any]:
    return {"id": "m1", "memory": "Likes tea", "user_id": "dev", "created_at": "2024-03-01T08:00:00-08:00", **more}


def test_mem0_memories_are_statements_of_a_tool(importing: Importing) -> None:
    path = importing.file("mem0.json", {"count": 1, "results": [mem0(categories=["food"], updated_at=None)]})
    importing.run(path)
    (one,) = importing.messages()
    assert (one.role, one.text, one.created_at.hour) == ("tool", "Likes tea", 16)
    assert one.metadata == {"source": "mem0", "categories": ["food"]}
    assert importing.memory.revoke("u", source="mem0").messages == 1


def test_mem0_of_several_users_asks_whose(importing: Importing) -> None:
    path = importing.file("mem0.json", [mem0(), mem0(id="m2", user_id="eve", memory="Likes jam")])
    with pytest.raises(InvalidInputError, match=r"2 users.*--me: 'dev' \(1\), 'eve' \(1\)"):
        importing.run(path)
    importing.run(path, "eve")
    assert [text for _, _, text in importing.said()] == ["Likes jam"]


def test_zep_threads_of_both_versions(importing: Importing) -> None:
    new = {
        "messages": [
            {"uuid": "1", "role": "user", "name": "Ann", "content": "I ski.", "created_at": "2024-03-01T08:00:00Z"},
            {"uuid": "2", "role": "assistant", "content": "Great", "created_at": "2024-03-01T08:00:01Z"},
        ],
        "thread_id": "t1",
        "user_id": "ann",
        "total_count": 2,
    }
    importing.run(importing.file("zep.json", new))
    old = {
        "messages": [
            {
                "uuid": "3",
                "role": "Ann",
                "role_type": "user",
                "content": "I swim.",
                "created_at": "2024-03-02T08:00:00Z",
            },
            {"uuid": "4", "role": "x", "role_type": "system", "content": "s", "created_at": "2024-03-02T08:00:00Z"},
        ],
        "row_count": 2,
    }
    importing.run(importing.file("session-7.json", old))
    assert [(one.session_id, one.text, one.metadata.get("speaker")) for one in importing.messages()] == [
        ("t1", "I ski.", "Ann"),
        ("t1", "Great", None),
        ("session-7", "I swim.", "Ann"),
    ]


def test_letta_agent_files_of_both_layouts(importing: Importing) -> None:
    at = "2025-02-01T10:00:00Z"
    packed = json.dumps({"type": "user_message", "message": "I play chess.", "time": "…"})
    call = {"function": {"name": "send_message", "arguments": json.dumps({"message": "Nice game!"})}}
    messages = [
        {"id": "message-0", "role": "system", "content": [{"type": "text", "text": "You are"}], "created_at": at},
        {"id": "message-1", "role": "user", "content": [{"type": "text", "text": packed}], "created_at": at},
        {
            "id": "message-2",
            "role": "assistant",
            "content": [{"type": "text", "text": "thought"}],
            "tool_calls": [call],
            "created_at": at,
        },
        {"id": "message-3", "role": "tool", "content": [{"type": "text", "text": "OK"}], "created_at": at},
        {
            "id": "message-4",
            "role": "user",
            "content": [{"type": "text", "text": '{"type": "heartbeat"}'}],
            "created_at": at,
        },
    ]
    new = {
        "agents": [{"id": "agent-0", "name": "Loop", "block_ids": ["block-0"], "messages": messages, "llm_config": {}}],
        "blocks": [{"id": "block-0", "label": "human", "value": "Name: Ann"}, {"id": "block-1", "label": "persona"}],
    }
    path = importing.file("loop.af", new)
    importing.run(path)
    expected = [("user", None, "I play chess."), ("assistant", None, "Nice game!"), ("tool", None, "Name: Ann")]
    assert importing.said() == expected
    assert importing.run(path).stored == 0
    old = {"agent_type": "memgpt", "core_memory": [{"label": "human", "value": "Name: Bo"}], "messages": messages[:2]}
    importing.run(importing.file("old.af", old), user="old")
    assert [text for _, _, text in importing.said("old")] == ["I play chess.", "Name: Bo"]
