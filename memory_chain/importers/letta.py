"""Letta (MemGPT): agent files (`.af`), of the current and the older layout.

Schema: https://docs.letta.com/guides/core-concepts/agent-file and, field by field, `letta/schemas/agent_file.py` of
https://github.com/letta-ai/letta: `agents` with `messages` (`id`, `role`, `content`, `tool_calls`, `created_at`), and
`blocks` (`label`, `value`); the older layout is one agent with `core_memory` and `messages`. What an agent says through
its tool `send_message` is what it said; other calls and results are left out. The block `human`, what the agent noted
about its user, is taken with the trust of a tool.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from typing import Any

from memory_chain.importers.assistants import ROLES, text_of
from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, as_list, as_object, as_objects, to_time
from memory_chain.importers.jsonstream import pieces
from memory_chain.importers.source import Entry, Source
from memory_chain.types import Role

_NEW = re.compile(r'(?<!\\)"agents"\s*:\s*\[')
_OLD = re.compile(r'(?<!\\)"(core_memory|in_context_message_indices|in_context_message_ids)"\s*:')
_LETTA = re.compile(
    r'(?<!\\)"(llm_config|embedding_config|in_context_message_ids|agent_type|block_ids|tool_rules)"\s*:'
)


class Letta:
    """Reads Letta's agent files."""

    name = "letta"
    title = "Letta agent file (.af)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By agents with Letta's own fields."""
        if not (_NEW.search(head) or _OLD.search(head)):
            return 0.3 if path.suffix == ".af" else 0.0
        return 0.9 if _LETTA.search(head) else 0.3

    def read(self, source: Source) -> Iterator[Read]:
        """The messages of each agent, then what it noted about its user."""
        for entry in source.entries:
            for piece in pieces(entry, ""):
                if isinstance(piece, BadRecord):
                    yield piece
                    continue
                yield from _file(piece.value, entry, source)


def _file(given: Any, entry: Entry, source: Source) -> Iterator[Read]:
    if not isinstance(given, dict):
        yield BadRecord(place=entry.name, reason="it is no agent file: it is no JSON object")
        return
    blocks = {str(block.get("id")): block for block in as_objects(given.get("blocks"))}
    for number, agent in enumerate(given["agents"] if isinstance(given.get("agents"), list) else [given], start=1):
        if not isinstance(agent, dict) or not isinstance(agent.get("messages"), list):
            yield BadRecord(place=f"{entry.name}, agent {number}", reason="it has no list `messages`")
            continue
        own = [blocks[str(key)] for key in as_list(agent.get("block_ids")) if str(key) in blocks]
        own += as_objects(agent.get("core_memory")) + as_objects(agent.get("memory_blocks"))
        yield from _agent(agent, own, entry, source)


def _agent(agent: dict[str, Any], blocks: list[dict[str, Any]], entry: Entry, source: Source) -> Iterator[Read]:
    name = str(agent.get("name") or "agent")
    key = f"{name} {agent['id']}" if agent.get("id") else name
    last: datetime | None = None
    for number, message in enumerate(agent["messages"], start=1):
        place = f"{entry.name}, message {number} of {name}"
        read = _message(message, key, name, place, number, source) if isinstance(message, dict) else None
        if isinstance(read, Imported):
            last = max(read.at, last or read.at)
        yield read or BadRecord(place=place, reason="it is no JSON object")
    for block in blocks:
        value = str(block.get("value") or "").strip()
        if block.get("label") == "human" and value:
            yield Imported(
                place=f"{entry.name}, block human of {name}",
                conversation=key,
                text=value,
                at=last or source.options.at or entry.modified,
                role=Role.TOOL,
                guessed=True,
                session=name,
                metadata={"block": "human"},
            )


def _message(given: dict[str, Any], key: str, agent: str, place: str, number: int, source: Source) -> Read:
    role = ROLES.get(str(given.get("role")))
    if role in (Role.SYSTEM, Role.TOOL) or given.get("role") in ("approval", "summary"):
        return LeftOut(reason="system messages, calls and results of tools")
    if role is None:
        return BadRecord(place=place, reason=f"the role {str(given.get('role'))[:40]!r} is not known")
    text = _asked(given) if role is Role.USER else _answered(given)
    if not text:
        return LeftOut(reason="thoughts and notices of the agent")
    try:
        at = to_time(given.get("created_at"), source.options.timezone)
    except ValueError as error:
        return BadRecord(place=place, reason=str(error))
    return Imported(
        place=place,
        conversation=key,
        text=text,
        at=at,
        role=role,
        key=str(given.get("id") or number),
        session=agent,
        metadata={"speaker": given.get("name")},
    )


def _asked(given: dict[str, Any]) -> str:
    """What the user said; older agents wrap it in JSON, and so are signs of life, which are no message."""
    text = text_of(given.get("content")).strip() or str(given.get("text") or "").strip()
    if not text.startswith("{"):
        return text
    try:
        packed = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(packed, dict) or "type" not in packed:
        return text
    return str(packed.get("message") or "").strip() if packed["type"] == "user_message" else ""


def _answered(given: dict[str, Any]) -> str:
    """What the agent said: through `send_message`, else its text, which is a thought if it calls a tool."""
    calls = as_objects(given.get("tool_calls"))
    said = []
    for call in calls:
        function = as_object(call.get("function"))
        if function.get("name") == "send_message":
            try:
                said.append(str(json.loads(str(function.get("arguments") or "{}")).get("message") or ""))
            except (ValueError, AttributeError, RecursionError):
                continue
    if calls:
        return "\n\n".join(text for text in said if text.strip()).strip()
    return text_of(given.get("content")).strip() or str(given.get("text") or "").strip()
