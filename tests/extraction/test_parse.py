"""The strict reader: what validates is taken, everything else is refused, and nothing takes long."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from memory_chain.errors import ReplyError
from memory_chain.extraction.parse import MOST_CHARACTERS, read_reply


class Answer(BaseModel):
    model_config = ConfigDict(strict=True)

    items: list[Any]
    note: str = ""


def refused(text: str, **settings: Any) -> ReplyError:
    with pytest.raises(ReplyError) as caught:
        read_reply(text, Answer, **settings)
    assert len(str(caught.value)) < 1500
    assert len(caught.value.raw) <= 20_000
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        '{"items": [1]}',
        ' \n{"items": [1]}\n ',
        '```json\n{"items": [1]}\n```',
        '```\n{"items": [1]}```',
        'Here you are: {"items": [1]}. Anything else?',
        'I use {braces} and {"a": {"b": 1}} first. {"items": [1]} {more}',
        'A 5" pipe and an "unclosed quote {"items": [1]}',
        '<think>{"items": [7]} would be wrong</think>\n{"items": [1]}',
        '<THINKING>\n{{{ </THINKING>{"items": [1]}',
        'the opening tag was in the prompt </think> {"items": [1]}',
        '{"answer": {"items": [1]}}',
        '[{"items": [1]}]',
        '{"items": [1]}\n{"items": [1]}',
        '{"items": [1], "rationale": "nobody asked"}',
        '\ufeff{"items": [1]}',
    ],
)
def test_the_object_is_found(text: str) -> None:
    assert read_reply(text, Answer).items == [1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("I am sorry, I cannot help with that.", "no complete JSON object"),
        ("null", "no complete JSON object"),
        ("[]", "no complete JSON object"),
        ('"items"', "no complete JSON object"),
        ("{'items': [1]}", "no complete JSON object"),
        ('{"items": [1]', "does not end"),
        ('{"items": [1', "does not end"),
        ('{"items": ["a', "does not end"),
        ('{"items": [1}]', "does not fit"),
        ('{"items": [1,]}', "Not valid JSON"),
        ('{"items": [1] "note": ""}', "Not valid JSON"),
        ('{"items": [NaN]}', "NaN"),
        ('{"items": [-Infinity]}', "Infinity"),
        ('{"items": [1e999]}', "too large"),
        ('{"items": [' + "9" * 5000 + "]}", "Not valid JSON"),
        ('{"items": [1], "items": [2]}', "stands twice"),
        ('{"items": [1], "it\\u0000ems": [2]}', "stands twice"),
        ('{"items": "none"}', "items: Input should be a valid list"),
        ('{"items": [1], "note": 7}', "note: Input should be a valid string"),
        ('{"things": [1]}', "items: Field required"),
        ("{}", "items: Field required"),
        ('{"items": [1]} or rather {"items": [2]}', "2 different"),
        ("<think>I never come to an end", "thoughts only"),
        ('{"items": ' + "[" * 60 + "]" * 60 + "}", "too deeply"),
        ('{"items": ["a\nb"]}', "Not valid JSON"),
    ],
)
def test_anything_else_is_refused_with_words_for_the_model(text: str, told: str) -> None:
    error = refused(text)
    assert told in str(error)
    assert error.outcome in ("invalid", "empty", "ambiguous")


def test_a_cut_reply_is_refused_even_if_it_looks_whole() -> None:
    assert refused('{"items": [1]}', cut=True).outcome == "cut"


def test_the_complaint_is_about_the_object_that_was_meant() -> None:
    error = refused('{"x": 1} {"items": "none", "note": "this is the long one"} {}')
    assert "items: Input should be a valid list" in str(error)


def test_nul_and_lone_surrogates_are_stripped() -> None:
    found = read_reply(
        '{"items": ["a\\u0000b \\ud83d c \\ud83d\\ude00", {"k\\udc00": "\\u0000"}], "note": "\\ud800"}', Answer
    )
    assert found.items == ["ab  c 😀", {"k": ""}]
    assert found.note == ""
    assert read_reply('{"items": ["\ud83dx\x00"]}', Answer).items == ["x"]
    refused("\ud83d nothing \x00").raw.encode("utf-8")


def test_a_string_that_holds_tags_or_braces_is_only_a_string() -> None:
    text = json.dumps({"items": ['</think> {"items": [2]} }{ ``` "'], "note": "<think>"})
    assert read_reply(text, Answer).note == "<think>"
    assert read_reply(f"```json\n{text}\n```", Answer).note == "<think>"


@pytest.mark.parametrize(
    "text",
    [
        "{" * 3_900_000,
        '{"a":' * 700_000,
        '{"a":[' * 600_000,
        '{"' * 1_900_000,
        '{"a":"' * 600_000,
        '{"a":1}' * 500_000,
        '{"a": "b", ' * 300_000,
        '{"a":{}' * 500_000,
        "[" * 3_900_000,
        '{"x":"' + "\\" * 3_000_000,
        '{"items":' + "[" * 1_000_000 + "]" * 1_000_000 + "}",
        '{"items":' + '{"a":' * 300_000 + "1" + "}" * 300_000 + "}",
        '{"items": ["' + "x" * 3_900_000,
        '"' * 3_900_000,
        "<think>" * 500_000,
        "{}" * 1_900_000,
        "{" * 10_000_000,
        "</think>{" * 400_000,
    ],
    ids=lambda text: text[:12],
)
def test_megabytes_of_anything_are_refused_soon(text: str) -> None:
    started = time.perf_counter()
    refused(text)
    assert time.perf_counter() - started < 20  # 3 s at most on a quiet machine


def test_megabytes_of_an_honest_answer_are_read() -> None:
    text = json.dumps({"items": ["x" * 1000] * 3000})
    assert len(text) < MOST_CHARACTERS
    assert len(read_reply(f"Here: {text}", Answer).items) == 3000


@given(st.text(alphabet=st.sampled_from('{}[]":,\\ab1\n\x00\ud800<think>/`'), max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        found = read_reply(text, Answer)
    except ReplyError:
        return
    assert isinstance(found.items, list)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=4), st.text("abc .,!`\n", max_size=20), st.booleans())
def test_what_was_written_is_read(items: list[Any], around: str, ascii_only: bool) -> None:
    text = json.dumps({"items": items, "note": "n"}, ensure_ascii=ascii_only)
    assert read_reply(f"{around}{text}{around}", Answer).items == items
