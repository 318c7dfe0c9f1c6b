"""Whatever stands where in an export: it is imported, left out or told as bad, and never breaks the import."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from importers_support import Importing, node, tree

from memory_chain.errors import InvalidInputError
from memory_chain.importers import Importer, Source, importer_named
from memory_chain.importers.base import BadRecord, Imported, LeftOut

AT = "2024-03-01T08:00:00Z"
STRANGE: tuple[Any, ...] = (None, 7, -1.5, True, "", "x", "\x00💥", 10**17, [], [7], [None], {}, {"text": 7})

SAMPLES: dict[str, Any] = {
    "chatgpt": [tree(node("a", "root", metadata={"model_slug": "m"}), node("b", "a", "assistant"), current="b")],
    "claude": [
        {
            "uuid": "k",
            "name": "n",
            "created_at": AT,
            "chat_messages": [
                {
                    "uuid": "1",
                    "sender": "human",
                    "text": "t",
                    "content": [{"type": "text", "text": "t"}],
                    "attachments": [{"file_name": "f", "extracted_content": "e"}],
                    "created_at": AT,
                }
            ],
        }
    ],
    "telegram": {
        "personal_information": {"user_id": 1},
        "chats": {
            "list": [
                {
                    "name": "n",
                    "type": "t",
                    "id": 1,
                    "messages": [
                        {
                            "id": 1,
                            "type": "message",
                            "date": "2024-03-01T08:00:00",
                            "date_unixtime": "1709280000",
                            "from": "A",
                            "from_id": "user1",
                            "text": ["a", {"type": "bold", "text": "b"}],
                            "forwarded_from": "C",
                        }
                    ],
                }
            ]
        },
    },
    "discord": {
        "guild": {"name": "g"},
        "channel": {"id": "1", "name": "c"},
        "messages": [
            {"id": "1", "type": "Default", "timestamp": AT, "content": "c", "author": {"name": "a", "isBot": False}}
        ],
    },
    "instagram": {
        "participants": [],
        "title": "t",
        "thread_path": "p",
        "messages": [{"sender_name": "s", "timestamp_ms": 1709280000000, "content": "c", "is_unsent": False}],
    },
    "slack": [
        {
            "type": "message",
            "user": "U1",
            "text": "<@U1> t",
            "ts": "1454884927.000002",
            "user_profile": {"real_name": "r"},
        }
    ],
    "sharegpt": [{"id": "i", "conversations": [{"from": "human", "value": "v"}, {"from": "gpt", "value": "<p>w</p>"}]}],
    "mem0": {"results": [{"id": "i", "memory": "m", "user_id": "u", "created_at": AT, "metadata": {}, "run_id": "r"}]},
    "zep": {
        "thread_id": "t",
        "user_id": "u",
        "messages": [{"uuid": "1", "role": "user", "name": "n", "content": "c", "created_at": AT}],
    },
    "letta": {
        "agents": [
            {
                "id": "agent-0",
                "name": "n",
                "block_ids": ["b"],
                "messages": [
                    {"id": "m", "role": "user", "content": [{"type": "text", "text": "t"}], "created_at": AT},
                    {
                        "id": "o",
                        "role": "assistant",
                        "content": "c",
                        "tool_calls": [{"function": {"name": "send_message", "arguments": "{}"}}],
                        "created_at": AT,
                    },
                ],
            }
        ],
        "blocks": [{"id": "b", "label": "human", "value": "v"}],
    },
    "jsonl": [{"text": "t", "created_at": AT, "role": "user", "speaker": "s", "session": "x", "id": "1"}],
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(below, (*path, key))


def with_strange(value: Any, path: tuple[Any, ...], strange: Any) -> Any:
    if not path:
        return strange
    changed = copy.deepcopy(value)
    spot = changed
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = strange
    return changed


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("name", SAMPLES)
def test_anything_may_stand_anywhere(name: str, streamed: bool, importing: Importing, monkeypatch: Any) -> None:
    if not streamed:
        import sys

        monkeypatch.setitem(sys.modules, "ijson", None)
    importer = importer_named(name)
    sample = SAMPLES[name]
    assert any(isinstance(read, Imported) for read in importer.read(source(importing, sample)))
    for path in places(sample):
        for strange in STRANGE:
            for read in reads(importer, source(importing, with_strange(sample, path, strange))):
                assert isinstance(read, Imported | BadRecord | LeftOut), (path, strange)
                if isinstance(read, Imported):
                    assert isinstance(read.text, str), (path, strange)
                    assert isinstance(read.speaker, str | None), (path, strange)


def reads(importer: Importer, given: Source) -> Iterator[Any]:
    try:
        yield from importer.read(given)
    except InvalidInputError as error:
        assert importer.name == "jsonl"  # a first row without a text asks for a map of columns
        assert "--map text=" in str(error)


def source(importing: Importing, content: Any) -> Source:
    path: Path = importing.file("general/2024-03-01.json", content)
    return Source(path)
