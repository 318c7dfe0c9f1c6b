"""ChatGPT: `conversations.json` of the data export, alone, in its folder or in its zip archive.

A conversation is a tree: what was edited or asked again makes branches. The branch that was shown last is read, from
`current_node` up to the root. Hidden system messages, the calls of tools and their results are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from memory_chain.importers.assistants import ROLES, text_of
from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, as_object, to_time
from memory_chain.importers.records import Record, read_each
from memory_chain.importers.source import Source
from memory_chain.types import Role

_SHOWN = {"text", "multimodal_text", "code"}
_JSON_KEY = r'(?<!\\)"{}"\s*:'
_MAPPING = re.compile(_JSON_KEY.format("mapping") + r"\s*\{")
_AUTHOR = re.compile(_JSON_KEY.format("author"))
_CURRENT = re.compile(_JSON_KEY.format("current_node"))

_CITATION = re.compile(r" ?\ue200[^\ue200\ue201]*\ue201| ?【\d+[†:][^【】]*】")
"""Pointers to sources that the page shows as small signs."""

Node = dict[str, Any]
_STEP = timedelta(microseconds=1)


class ChatGPT:
    """Reads ChatGPT's `conversations.json`."""

    name = "chatgpt"
    title = "ChatGPT data export (conversations.json)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By the tree of a conversation."""
        if not _MAPPING.search(head):
            return 0.0
        return 0.95 if _AUTHOR.search(head) or _CURRENT.search(head) else 0.5

    def read(self, source: Source) -> Iterator[Read]:
        """The shown branch of each conversation."""
        return read_each(source, "conversation", _conversation, inside=("conversations",))


def _conversation(record: Record) -> Iterator[Read]:
    given, place = record.value, record.place
    mapping = given.get("mapping") if isinstance(given, dict) else None
    if not isinstance(mapping, dict):
        yield BadRecord(place=place, reason="it is no conversation: it has no `mapping` of messages")
        return
    first = next(iter(mapping), record.number)
    key = str(given.get("conversation_id") or given.get("id") or given.get("title") or first)
    branch, others = shown_branch(mapping, given.get("current_node"))
    yield from (LeftOut(reason="messages of other branches") for _ in range(others))
    last = _moment(given.get("create_time"))
    for node in branch:
        read = _message(node, key, place, last, str(given.get("title") or ""))
        if isinstance(read, Imported):
            last = read.at
        yield read


def shown_branch(mapping: dict[str, Any], current: Any) -> tuple[list[Node], int]:
    """The nodes with messages from the root to the current one, and how many messages other branches have.

    Without a current node the newest leaf is taken; without links between nodes, all in the order of the file.
    """
    nodes = {str(key): node for key, node in mapping.items() if isinstance(node, dict)}
    spoken = [key for key, node in nodes.items() if isinstance(node.get("message"), dict)]
    if not any(str(node.get("parent")) in nodes for node in nodes.values()):
        return [nodes[key] for key in spoken], 0
    at = str(current) if current is not None and str(current) in nodes else _newest_leaf(nodes)
    path: dict[str, Node] = {}
    while at in nodes and at not in path:
        path[at] = nodes[at]
        at = str(nodes[at].get("parent"))
    branch = [node for node in reversed(path.values()) if isinstance(node.get("message"), dict)]
    return branch, len(spoken) - len(branch)


def _newest_leaf(nodes: dict[str, Node]) -> str:
    parents = {str(node.get("parent")) for node in nodes.values()}
    leaves = [key for key in nodes if key not in parents] or list(nodes)
    return max(leaves, key=lambda key: _number(as_object(nodes[key].get("message")).get("create_time")))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _moment(value: Any) -> datetime | None:
    try:
        return to_time(value)
    except ValueError:
        return None


def _message(node: Node, conversation: str, place: str, last: datetime | None, title: str) -> Read:
    message = node["message"]
    key = str(message.get("id") or node.get("id") or "")
    place = f"{place}, message {key or '?'}"
    author = message.get("author")
    role = ROLES.get(str(author.get("role") if isinstance(author, dict) else author))
    if role is None:
        return BadRecord(place=place, reason="it does not say who wrote it (`author.role`)")
    left_out = _left_out(message, role)
    if left_out:
        return LeftOut(reason=left_out)
    text = _CITATION.sub("", text_of(message.get("content"))).strip()
    if not text:
        return LeftOut(reason="messages without text (pictures, files, empty ones)")
    given = message.get("create_time")
    if given is None and last is None:
        return BadRecord(place=place, reason="neither the message nor its conversation has a time")
    try:  # a message without a time stands just after the one before
        moment = last + _STEP if given is None and last is not None else to_time(given)
    except ValueError as error:
        return BadRecord(place=place, reason=str(error))
    metadata = {"title": title, "model": as_object(message.get("metadata")).get("model_slug")}
    return Imported(
        place=place,
        conversation=conversation,
        text=text,
        at=moment,
        role=role,
        key=key or None,
        metadata=metadata,
    )


def _left_out(message: dict[str, Any], role: Role) -> str | None:
    metadata = as_object(message.get("metadata"))
    kind = str(as_object(message.get("content")).get("content_type", "text"))
    if metadata.get("is_visually_hidden_from_conversation") or message.get("weight") == 0:
        return "hidden messages"
    if role is Role.SYSTEM or metadata.get("is_user_system_message"):
        return "system messages"
    if role is Role.TOOL or message.get("recipient", "all") not in ("all", None):
        return "calls and results of tools"
    return None if kind in _SHOWN else "thoughts and other parts that are no message"
