"""Text that wants to be markup, a terminal command or a query is only text."""

from __future__ import annotations

import json
import re

import pytest
from cli_helpers import Omem

HOSTILE = [
    "[bold red]I love markup[/bold red] [/] [link=http://x]y[/link] :smile:",
    "I love \x1b[31mred\x1b[0m\x1b]0;title\x07 and \x9b2J screens",
    "I love \u202egnihtemos\u202c and \u2066isolates\u2069",
    "אני אוהב שקשוקה ואת הים",
    "I love 👩‍👩‍👧‍👦 and 🏳️‍🌈 and 日本語のテキスト",
    "I love '; DROP TABLE messages; -- and \"NEAR/3 AND (OR NOT *",
    "I love\ttabs\r\nand\rlines\u2028of all\u2029kinds",
    "-- --json is what I love",
    "I love \x00 nothing",
    "x" * 5000,
]

LOOKS = [
    ["messages"],
    ["search", "love"],
    ["retrieve", "what do I love"],
    ["retrieve", "--explain", "what do I love"],
    ["profile"],
    ["profile", "--why"],
    ["events"],
    ["topics"],
    ["sessions"],
    ["history"],
    ["status"],
]


def harmless(text: str) -> bool:
    return not any(
        (ord(sign) < 0x20 and sign not in "\n\t")
        or 0x7F <= ord(sign) < 0xA0
        or sign in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        for sign in text
    )


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_only_words(omem: Omem, text: str):
    added = omem("add", "--jsonl", "-", stdin=json.dumps({"id": "m", "text": text}))
    assert added.code == 0
    assert harmless(added.out)
    for look in LOOKS:
        for form in ([], ["--json"]):
            done = omem(*look, *form)
            assert (done.code, done.err) == (0, "")
            assert harmless(done.out)
    assert omem("messages", "--json").json["text"] == text.replace("\x00", "\ufffd")


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_are_only_words(told: Omem, query: str):
    for look in (["search"], ["retrieve"], ["retrieve", "--explain"]):
        done = told(*look, "--", query)
        assert done.code == 0
        assert harmless(done.out)


@pytest.mark.parametrize("user", ["../../etc/passwd", "[red]x[/]", "ユーザー", "a/b\\c:d", "\x1b[31m", "-", "CON"])
def test_hostile_user_ids(omem: Omem, user: str):
    assert omem("add", "I live in Rome.", f"--user={user}").code == 0
    listed = omem("users")
    assert harmless(listed.out)
    assert omem("users", "--json").lines == [{"user_id": user}]
    assert "Rome" in omem("profile", f"--user={user}").out


def test_a_terminal_gets_colour_and_a_pipe_does_not(told: Omem):
    assert "\x1b[" not in told("profile").out
    assert "\x1b[" in told("profile", env={"FORCE_COLOR": "1", "TERM": "xterm"}).out
    assert "\x1b[3" not in told("profile", env={"FORCE_COLOR": "1", "TERM": "xterm", "NO_COLOR": "1"}).out


@pytest.mark.parametrize("columns", [24, 40, 80])
def test_narrow_terminals_are_readable(told: Omem, columns: int):
    env = {"FORCE_COLOR": "1", "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": str(columns)}
    for look in LOOKS:
        out = told(*look, env=env).out
        plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
        assert max((len(line) for line in plain.splitlines()), default=0) <= columns, look


def test_one_long_topic_does_not_widen_all_lines(omem: Omem):
    omem("add", "I love tea and " + "x" * 5000)
    assert max(len(line) for line in omem("topics").out.splitlines()) < 200
