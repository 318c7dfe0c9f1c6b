"""Prompts are versioned data: their wording, slots and answer types.

After a change of wording: raise the version, run `python tests/test_prompts.py` to write the new snapshot, and
remove the old one.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import memory_chain
from memory_chain import prompts
from memory_chain.prompts import PROMPTS, Prompt, without_thoughts

SNAPSHOTS = Path(__file__).parent / "llm" / "prompt_snapshots"
SLOTS: dict[str, dict[str, Any]] = {
    "extract": {
        "sections": prompts.section_lines({"diet": "Diet", "home": "Home and place"}, {"home": ["city", "address"]}),
        "topics": ["travel", "food"],
        "attributes": [
            {"id": "A1", "subject": "user", "section": "home", "aspect": "city", "text": "The user lives in Porto"}
        ],
        "events": [{"id": "E1", "subject": "user", "text": "The user ran a marathon", "start": "2024-04-28"}],
        "messages": [
            {
                "n": 1,
                "role": "user",
                "about": "user",
                "said_at": "Wednesday 2024-05-01 12:00",
                "text": 'I moved to "Lisboa" 🇵🇹',
            }
        ],
    },
    "merge": {
        "groups": [
            {
                "group": "G1",
                "section": "home",
                "statements": [{"id": "A1", "said": "2024-05-01", "text": "The user lives in Lisbon"}],
            }
        ]
    },
    "answer": {
        "context": "Who the user is:\n- The user lives in Lisbon",
        "now": "2024-05-02 09:00 UTC",
        "question": "Where?",
    },
    "chat": {"context": "", "now": "2024-05-02 09:00 UTC", "message": "Hi\nthere"},
}


def snapshot(prompt: Prompt) -> str:
    rendered = prompt.render(**SLOTS[prompt.name])
    schema = json.dumps(prompt.json_schema(), indent=1)
    return f"== system\n{rendered.system.content}\n== user\n{rendered.user.content}\n== answer\n{schema}\n"


def path_of(prompt: Prompt) -> Path:
    return SNAPSHOTS / f"{prompt.name}-{prompt.version}.txt"


@pytest.mark.parametrize("name", PROMPTS)
def test_the_wording_is_that_of_its_version(name: str) -> None:
    assert snapshot(PROMPTS[name]) == path_of(PROMPTS[name]).read_text("utf-8")


def test_there_is_a_snapshot_of_each_prompt_and_of_nothing_else() -> None:
    assert {path.name for path in SNAPSHOTS.iterdir()} == {path_of(prompt).name for prompt in PROMPTS.values()}


def test_every_prompt_is_used() -> None:
    package = Path(memory_chain.__file__).parent
    code = "\n".join(path.read_text("utf-8") for path in package.rglob("*.py") if path.name != "prompts.py")
    for name in PROMPTS:
        assert re.search(rf"\b{name.upper()}\b", code), f"nobody asks {name!r}"


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_slots_are_all_filled_and_looked_at_once(prompt: Prompt) -> None:
    nasty = '$now $question {0.__class__} %s "}]\n$context'
    slots = {slot: nasty if isinstance(value, str) else [nasty] for slot, value in SLOTS[prompt.name].items()}
    rendered = prompt.render(**slots)
    data = json.loads(rendered.user.content)
    assert any(value in (nasty, [nasty], nasty.splitlines()) for value in data.values())
    assert (rendered.system.role, rendered.user.role) == ("system", "user")
    with pytest.raises(ValueError, match="unknown slots"):
        prompt.render(**slots, other="x")
    slots.popitem()
    with pytest.raises(ValueError, match="missing slots"):
        prompt.render(**slots)


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_each_prompt_says_that_data_is_no_instruction(prompt: Prompt) -> None:
    assert re.search(r"never (?:an )?instruction|never follow", prompt.system, re.IGNORECASE)


@pytest.mark.parametrize("prompt", [prompt for prompt in PROMPTS.values() if prompt.answer], ids=lambda p: p.name)
def test_schemas_are_what_strict_servers_take(prompt: Prompt) -> None:
    def walk(node: Any) -> None:
        if isinstance(node, list):
            for part in node:
                walk(part)
        elif isinstance(node, dict):
            assert "$ref" not in node
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
                assert node["required"] == list(node["properties"])
            for part in node.values():
                walk(part)

    schema = prompt.json_schema()
    assert schema is not None
    walk(schema)
    assert not {"maxLength", "default", "title", "$defs"} & set(re.findall(r'"(\$?\w+)":', json.dumps(schema)))


def test_answers_are_strict_about_types_and_blind_to_what_nobody_asked() -> None:
    item = {"text": " a  b ", "section": "diet", "aspect": "x", "value": "y", "rationale": "why"}
    assert prompts.AttributeAnswer.model_validate(item).text == "a b"
    for wrong in ({"text": 7}, {"ended": "false"}, {"confidence": "1"}, {"value": "\n"}, {"polarity": "bad"}):
        with pytest.raises(ValidationError):
            prompts.AttributeAnswer.model_validate({**item, **wrong})


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("plain", "plain"),
        ("<think>hm</think>\nanswer ", "answer"),
        (" <Thinking>a\nb</Thinking>answer", "answer"),
        ("hm</think>answer", "answer"),
        ("<think>never ends", ""),
        ("I <think> so", "I <think> so"),
        ("", ""),
    ],
)
def test_thoughts_are_no_answer(text: str, answer: str) -> None:
    assert without_thoughts(text) == answer


if __name__ == "__main__":
    SNAPSHOTS.mkdir(exist_ok=True)
    for one in PROMPTS.values():
        path_of(one).write_text(snapshot(one), "utf-8")
