"""Every command in both forms: text for people, JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_helpers import STORY, Omem

from memory_chain import __version__


def attribute(omem: Omem, word: str) -> dict[str, str]:
    """The current attribute whose text has a word."""
    profile = omem("profile", "--json").json
    found = [one for aspect in profile["aspects"] for one in aspect["attributes"] if word in one["text"]]
    assert found, f"no attribute with {word!r} in {profile}"
    return found[0]


# -- saying --


def test_add_tells_what_was_understood(omem: Omem):
    done = omem("add", "I'm", "allergic", "to", "shellfish.")
    assert done.code == 0
    assert "Stored 1 message." in done.out
    assert "+  " in done.out
    assert "shellfish" in done.out
    assert done.err == ""


def test_add_as_json(omem: Omem):
    receipt = omem("add", "--json", "I'm allergic to shellfish.").json
    assert (receipt["stored"], receipt["duplicates"], receipt["forgotten"], receipt["pending"]) == (1, 0, 0, 0)
    (message,) = omem("messages", "--json").lines
    assert message["id"] == receipt["ids"][0]
    assert message["text"] == "I'm allergic to shellfish."
    assert (message["role"], message["user_id"]) == ("user", "me")


def test_add_with_everything_said_about_it(omem: Omem):
    omem(
        *("add", "Hello there", "--at", "2024-05-03T18:30+02:00", "--role", "assistant", "--speaker", "Bo"),
        *("--session", "s1", "--id", "m1", "-u", "alice"),
    )
    (message,) = omem("messages", "--json", "-u", "alice").lines
    assert message == {
        "text": "Hello there",
        "role": "assistant",
        "speaker": "Bo",
        "session_id": "s1",
        "created_at": "2024-05-03T16:30:00Z",
        "id": "m1",
        "user_id": "alice",
        "metadata": {},
    }


def test_add_from_stdin(omem: Omem):
    assert omem("add", "-", stdin="two\nlines\n").code == 0
    assert omem("messages", "--json").json["text"] == "two\nlines"


def test_add_a_file_of_messages(omem: Omem, tmp_path: Path):
    file = tmp_path / "said.jsonl"
    lines = [
        {"role": "user", "content": f"number {n}", "timestamp": f"2024-05-03T10:{n % 60:02}:00Z"} for n in range(250)
    ]
    file.write_text("\n\n".join(json.dumps(line) for line in lines))
    assert omem("add", "--jsonl", str(file)).out == "Stored 250 messages.\n"
    assert len(omem("messages", "--json").lines) == 250


def test_messages_go_out_as_add_takes_them_in(told: Omem):
    lines = told("messages", "--json").out
    assert told("add", "-u", "copy", "--jsonl", "-", "--json", stdin=lines).json["stored"] == len(STORY)
    again = told("add", "--jsonl", "-", stdin=lines)
    assert again.out == f"Stored 0 messages, {len(STORY)} were there already.\n"


def test_flush(told: Omem):
    assert told("flush", "--json").json["pending"] == 0
    assert "5 messages in 1 session" in told("flush").out


# -- finding again --


def test_search(told: Omem):
    first, *_ = told("search", "--json", "steak").lines
    assert (first["kind"], first["id"]) == ("message", "m1")
    assert first["reasons"]
    text = told("search", "grilled", "steak").out
    assert text.startswith(" 1. 2024-05-04 10:00  user       I love grilled steak.")


def test_search_limits_and_looks_back(told: Omem):
    assert len(told("search", "--json", "-n", "1", "I stopped loving steak").lines) == 1
    assert told("search", "--json", "steak", "--as-of", "2024-05-03").lines == []
    assert told("search", "zzzz").out == "Nothing was found.\n"


def test_retrieve(told: Omem):
    context = told("retrieve", "--json", "What could we do this weekend?").json
    assert context["tokens"] <= context["budget_tokens"] == 1500
    assert any("knee" in piece["text"] for piece in context["pieces"])
    assert {channel for piece in context["pieces"] for channel in piece["channels"]} >= {"persona", "recent"}
    assert told("retrieve", "What could we do this weekend?").out.strip() == context["text"]


def test_retrieve_explains_itself(told: Omem):
    out = told("retrieve", "--explain", "What could we do this weekend?").out
    assert "of 1,500 tokens" in out
    assert "█" in out
    assert "persona" in out
    assert "from m2" in out
    assert "by persona" in out and "by recent" in out


def test_retrieve_with_a_small_budget_tells_what_was_left_out(told: Omem):
    done = told("retrieve", "--explain", "--budget", "60", "steak and the knee")
    assert "of 60 tokens" in done.out
    assert "did not fit" in done.out


def test_retrieve_as_of_and_by_trust(told: Omem):
    before = told("retrieve", "--json", "what may I eat", "--as-of", "2024-05-10", "--min-trust", "stated").json
    assert not any("stopped" in piece["text"] for piece in before["pieces"])
    assert any("shellfish" in piece["text"] for piece in before["pieces"])


def test_messages(told: Omem):
    out = told("messages").out.splitlines()
    assert out[0] == "2024-05-03 10:00  user       I'm allergic to shellfish.  m0"
    assert len(out) == len(STORY)


def test_messages_by_page_time_and_order(told: Omem):
    assert [one["id"] for one in told("messages", "--json", "--newest", "-n", "2").lines] == ["m4", "m3"]
    between = told("messages", "--json", "--since", "2024-05-04", "--until", "2024-05-05").lines
    assert [one["id"] for one in between] == ["m1", "m2"]
    assert told("messages", "--json", "--speaker", "nobody").lines == []
    assert told("messages", "--json", "--session", "default", "-n", "1").json["id"] == "m0"


def test_messages_beyond_a_page(omem: Omem):
    lines = "\n".join(json.dumps({"id": f"n{n}", "text": f"number {n}"}) for n in range(1203))
    omem("add", "--jsonl", "-", stdin=lines)
    assert [one["id"] for one in omem("messages", "--json").lines] == [f"n{n}" for n in range(1203)]
    newest = omem("messages", "--json", "--newest", "-n", "600").lines
    assert [one["id"] for one in newest] == [f"n{n}" for n in range(1202, 602, -1)]


def test_profile(told: Omem):
    profile = told("profile", "--json").json
    assert profile["user_id"] == "me"
    texts = [one["text"] for aspect in profile["aspects"] for one in aspect["attributes"]]
    assert any("shellfish" in text for text in texts)
    out = told("profile").out
    assert "shellfish" in out
    assert "2024-05-03" in out


def test_profile_shows_what_was_said(told: Omem):
    assert "“I'm allergic to shellfish.”" in told("profile", "--why").out


def test_profile_looks_back(told: Omem):
    before = told("profile", "--json", "--as-of", "2024-05-10").json
    assert before["as_of"] == "2024-05-10T23:59:59.999999Z"
    assert "stopped" not in json.dumps(before["aspects"])


def test_profile_of_somebody_else(told: Omem):
    assert "Nothing is known about 'Zoe'" in told("profile", "--subject", "Zoe").out
    assert told("profile", "--json", "--subject", "Zoe").json["aspects"] == []


def test_events(told: Omem):
    (tore,) = [event for event in told("events", "--json").lines if "knee" in event["text"]]
    assert tore["when"]["start"].startswith("2024-05-04")
    assert "knee" in told("events").out
    assert told("events", "--since", "2025-01-01").out == "No events are known.\n"
    assert told("events", "--json", "--until", "2024-05-01").out == ""
    assert told("events", "--json", "--as-of", "2024-05-03").out == ""


def test_sessions(told: Omem):
    told("add", "Hello", "--session", "tuesday club", "--at", "2024-07-01T10:00:00Z")
    newest, first = told("sessions", "--json").lines
    assert (newest["session_id"], newest["messages"]) == ("tuesday club", 1)
    assert (first["messages"], first["first_at"]) == (len(STORY), "2024-05-03T10:00:00Z")
    assert told("sessions").out == (
        "2024-07-01  tuesday club  1 message\n2024-05-03 to 2024-06-01  default  5 messages\n"
    )
    assert told("sessions", "-n", "1").out == "2024-07-01  tuesday club  1 message\n"
    (then,) = told("sessions", "--json", "--as-of", "2024-05-04").lines
    assert then["messages"] == 2
    nothing = told("sessions", "--as-of", "2020-01-01")
    assert (nothing.code, nothing.out) == (0, "Nothing was said.\n")


def test_topics(told: Omem):
    topics = told("topics", "--json").lines
    assert all(topic["messages"] >= 1 for topic in topics)
    assert told("topics").out.startswith("topic")
    assert len(told("topics", "--json", "-n", "1").lines) == 1
    assert told("topics", "--json", "--as-of", "2024-05-01").out == ""


def test_history(told: Omem):
    changes = told("history", "--json").lines
    assert changes[0]["operation"] == "add"
    assert changes[0]["source_id"] == "m0"
    assert "shellfish" in changes[0]["text"]
    assert told("history", "-n", "1", "--json").lines == changes[-1:]
    assert told("history").out.splitlines()[0].startswith("2024-05-03 10:00  +")
    assert told("history", "--as-of", "2024-05-01").out == "Nothing was learned yet.\n"


def test_history_of_one_item_by_the_beginning_of_its_id(told: Omem):
    steak = attribute(told, "shellfish")
    changes = told("history", steak["id"][:6], "--json").lines
    assert {change["item_id"] for change in changes} == {steak["id"]}


# -- setting right and forgetting --


def test_correct_and_undo(told: Omem):
    old = attribute(told, "shellfish")
    new = told("correct", old["id"][:8], "--value", "peanuts", "--json").json
    assert new["value"] == "peanuts"
    assert "peanuts" in told("profile").out
    assert told("undo", new["id"]).out == "The correction was taken back.\n"
    assert attribute(told, "shellfish")["id"] == old["id"]


def test_correct_and_undo_in_words(told: Omem):
    old = attribute(told, "shellfish")
    out = told("correct", old["id"], "--text", "The user is allergic to nuts.").out
    assert out.startswith(f"{old['text']} → The user is allergic to nuts.")
    new = attribute(told, "nuts")
    assert told("undo", new["id"], "--json").json == {"undone": new["id"]}


def test_correct_that_it_ended(told: Omem):
    assert told("correct", attribute(told, "shellfish")["id"], "--ended", "--json").json["ended"] is True


def test_forget_a_message(told: Omem):
    done = told("forget", "m0", "--yes")
    assert done.out.startswith("Forgotten: 1 message, 1 attribute")
    assert "shellfish" not in told("messages").out + told("profile").out + told("history").out


def test_forget_several_as_json(told: Omem):
    receipt = told("forget", "m0", attribute(told, "dogs")["id"], "--yes", "--json").json
    assert receipt["messages"] == 1
    assert receipt["attributes"] >= 2
    assert len(told("messages", "--json").lines) == len(STORY) - 1


def test_forget_a_stretch_of_time(told: Omem):
    assert told("forget", "--since", "2024-05-04", "--until", "2024-05-06", "-y", "--json").json["messages"] == 3
    assert [one["id"] for one in told("messages", "--json").lines] == ["m0", "m4"]


def test_forget_a_session(told: Omem):
    assert told("forget", "--session", "default", "-y", "--json").json["messages"] == len(STORY)


def test_forget_a_user(told: Omem):
    told("add", "I live in Rome.", "-u", "bob")
    assert told("forget", "--everything", "-u", "bob", "-y").out.startswith("Forgotten: 1 message")
    assert told("users", "--json").lines == [{"user_id": "me"}]


def test_revoke(told: Omem):
    told("add", "He lives in Oslo.", "--role", "tool", "--id", "t1")
    assert told("revoke", "--source", "tool", "-y", "--json").json["messages"] == 1
    assert told("revoke", "--since", "2024-06-01", "-y").out.startswith("Forgotten: 1 message")


# -- looking after --


def test_export_and_import(told: Omem, tmp_path: Path):
    file = tmp_path / "me.jsonl"
    out = told("export", str(file)).out
    assert out.startswith("Wrote ")
    done = told("import", str(file), "-u", "copy", "--json")
    assert done.json == {"user_id": "copy", "messages": len(STORY), "notes": []}
    assert told("profile", "-u", "copy").out == told("profile").out
    assert told("export", str(file), "--force", "--json").json["user_id"] == "me"


def test_import_under_the_name_given_by_user(told: Omem, tmp_path: Path):
    told("export", "e.jsonl")
    assert told("import", "e.jsonl", "-u", "eve").out == f"Imported {len(STORY)} messages of eve.\n"


def test_import_of_a_folder_with_an_export_of_ours(told: Omem, tmp_path: Path):
    folder = tmp_path / "all"
    folder.mkdir()
    told("export", str(folder / "me.jsonl"))
    (folder / "rows.csv").write_text("text,created_at\nI sing.,2024-05-01T10:00:00Z\n", "utf-8")
    unread = "Not read, being of other formats: rows.csv (csv). Import each of them by itself.\n"
    assert f"Note: {unread}" in told("import", str(folder), "-u", "eve", "--dry-run").out
    assert told("import", str(folder), "-u", "eve").out == f"{unread}Imported {len(STORY)} messages of eve.\n"
    done = told("import", str(folder), "-u", "ida", "--json").json
    assert (done["messages"], done["notes"]) == (len(STORY), [unread.strip()])
    told("export", str(folder / "too.jsonl"))
    refused = told("import", str(folder), "-u", "joe")
    assert refused.code != 0
    assert "2 exports of O-Mem (me.jsonl, too.jsonl)" in refused.err


def test_export_to_standard_output(told: Omem):
    lines = told("export", "-").lines
    assert lines[0]["format"] == "o-mem-export"
    assert sum(line["type"] == "message" for line in lines) >= 0


def test_users(told: Omem):
    told("add", "hello", "-u", "bob")
    assert told("users").out == "bob\nme\n"
    assert told("users", "--json").lines == [{"user_id": "bob"}, {"user_id": "me"}]


def test_nobody_yet(omem: Omem):
    assert "Nobody yet" in omem("users").out
    assert omem("users", "--json").out == ""
    assert "0 users" in omem("doctor").out


def test_status(told: Omem):
    state = told("status", "--json").json
    assert (state["messages"], state["sessions"], state["pending"]) == (len(STORY), 1, 0)
    out = told("status").out
    assert "5 messages in 1 session, 2024-05-03 to 2024-06-01" in out


@pytest.mark.parametrize("command", ["retry", "rebuild"])
def test_retry_and_rebuild(told: Omem, command: str):
    before = told("profile", "--json").json
    assert told(command, "--json").json["pending"] == 0
    assert told(command).code == 0
    assert told("profile", "--json").json == before


def test_costs(told: Omem):
    assert told("costs").out == "No model was called: 0 calls, 0 tokens.\n"
    assert told("costs", "--json").json["calls"] == 0
    assert told("costs", "--ledger", "--json").out == ""
    assert told("costs", "--ledger").out == "No model was called.\n"


def test_doctor(told: Omem):
    told("add", "hello", "-u", "bob")
    assert told("doctor", "--json").lines == [
        {"user_id": user, "ok": True, "problems": [], "repaired": []} for user in ("bob", "me")
    ]
    out = told("doctor").out
    assert "ok     me" in out
    assert "2 users" in out
    assert len(told("doctor", "--json", "-u", "bob").lines) == 1


# -- shared options --


def test_version(omem: Omem):
    assert omem("--version").out == f"omem {__version__}\n"


def test_without_a_command_there_is_help(omem: Omem):
    done = omem()
    assert done.code == 0
    assert "Find again" in done.out


def test_shared_options_stand_before_and_after(told: Omem):
    assert told("--json", "--user", "me", "status").json == told("status", "--json", "-u", "me").json
    told("-u", "amy", "add", "hi")
    assert told("-u", "nobody", "status", "-u", "amy", "--json").json["user_id"] == "amy"


def test_the_user_may_come_from_the_environment(told: Omem):
    told("add", "hi", env={"OMEM_USER": "amy"})
    assert told("users", "--json").lines == [{"user_id": "amy"}, {"user_id": "me"}]
    assert len(told("doctor", "--json", env={"OMEM_USER": "amy"}).lines) == 2


def test_quiet_says_only_what_was_asked_for(omem: Omem):
    assert omem("-q", "add", "I live in Rome.").out == ""
    assert "Rome" in omem("messages", "-q").out
