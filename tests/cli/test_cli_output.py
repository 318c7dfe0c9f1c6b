"""What is written: plain JSON of records, and text that cannot steer a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_chain.cli.output import Screen, styled, to_json, to_plain
from memory_chain.types import Attitude, Evidence, Message, Preference, Role, Topic
from memory_chain.utils import visible

AT = datetime(2024, 5, 3, 18, 30, tzinfo=UTC)


def test_records_become_plain_json():
    topic = Topic(label="hiking", messages=2, last_at=AT, attitudes={Attitude.POSITIVE: 2}, labels=("hikes",))
    assert to_plain(topic) == {
        "label": "hiking",
        "messages": 2,
        "last_at": "2024-05-03T18:30:00Z",
        "attitudes": {"positive": 2},
        "labels": ["hikes"],
    }


def test_times_are_utc_with_z():
    east = timezone(timedelta(hours=2))
    assert to_plain(datetime(2024, 5, 3, 1, 0, 0, 5, tzinfo=east)) == "2024-05-02T23:00:00.000005Z"


def test_enums_paths_and_nested_values():
    assert to_plain({"role": Role.USER, "where": Path("a"), "n": [None, True, 1.5]}) == {
        "role": "user",
        "where": "a",
        "n": [None, True, 1.5],
    }


def test_a_message_is_shown_in_the_form_that_add_takes():
    plain = to_plain(Message(text="hi", id="m", created_at=AT, seq=7))
    assert "seq" not in plain
    assert plain["text"] == "hi"


def test_a_preference_says_its_sentence():
    evidence = (Evidence(message_id="m", at=AT, attitude=Attitude.POSITIVE),)
    plain = to_plain(Preference(topic="hiking", attitude=Attitude.POSITIVE, subject="user", evidence=evidence))
    assert plain["text"] == "likes hiking"


@given(st.text(alphabet=st.characters(codec=None)))
def test_json_is_lossless_and_harmless(text: str):
    line = to_json({"text": text})
    assert json.loads(line) == {"text": text}
    assert not any(ord(sign) < 0x20 or 0x7F <= ord(sign) < 0xA0 for sign in line)
    line.encode("utf-8")


@given(st.text(alphabet=st.characters(codec=None)))
def test_visible_text_steers_no_terminal(text: str):
    shown = visible(text)
    assert not any((ord(sign) < 0x20 and sign not in "\n\t") or 0x7F <= ord(sign) < 0xA0 for sign in shown)
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x9b2J", "\ufffd2J"),
        ("a\r\nb\rc", "a\nb␍c"),
        ("left \u202eright", "left \ufffdright"),
        ("a\tb", "a\tb"),
        ("👩‍👩‍👧 שלום", "👩‍👩‍👧 שלום"),
    ],
)
def test_visible(text: str, shown: str):
    assert visible(text) == shown


def test_a_pipe_gets_one_unwrapped_line_an_item(capsys: pytest.CaptureFixture[str]):
    Screen().item(styled(("label", "bold")), styled(("word " * 100 + "\nend", "")))
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "\x1b" not in out
    assert out.rstrip().endswith("end")


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_terminal_gets_lines_that_fit(columns: int, capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    Screen().item(styled(("2024-05-03", "")), styled(("one two three " * 20, "")), below=styled(("why", "")))
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines) <= columns
    assert "why" in lines[-1]


def test_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]):
    Screen().line("[bold red]no[/] :smile: [/nothing]")
    assert capsys.readouterr().out == "[bold red]no[/] :smile: [/nothing]\n"


def test_quiet_and_json_keep_remarks_back(capsys: pytest.CaptureFixture[str]):
    Screen(quiet=True).remark("psst")
    Screen(as_json=True).remark("psst")
    assert capsys.readouterr().out == ""
