"""Claude: `conversations.json` of the data export, alone, in its folder or in its zip archive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from memory_chain.importers.assistants import ROLES, text_of
from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, as_objects, to_time
from memory_chain.importers.records import Record, read_each
from memory_chain.importers.source import Source

_UNSHOWN = re.compile(r"```\s*This block is not supported on your current device yet\.\s*```")
"""What stands in `text` for calls of tools and the like."""

_MESSAGES = re.compile(r'(?<!\\)"chat_messages"\s*:')


class Claude:
    """Reads Claude's `conversations.json`."""

    name = "claude"
    title = "Claude data export (conversations.json)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By `chat_messages`."""
        return 0.95 if _MESSAGES.search(head) else 0.0

    def read(self, source: Source) -> Iterator[Read]:
        """The messages of each conversation, with the text of attachments."""
        return read_each(source, "conversation", _conversation, inside=("conversations",))


def _conversation(record: Record) -> Iterator[Read]:
    given, place = record.value, record.place
    messages = given.get("chat_messages") if isinstance(given, dict) else None
    if not isinstance(messages, list):
        yield BadRecord(place=place, reason="it is no conversation: it has no `chat_messages`")
        return
    key = str(given.get("uuid") or given.get("name") or given.get("created_at") or record.number)
    last = given.get("created_at")
    for count, message in enumerate(messages, start=1):
        where = f"{place}, message {count}"
        if not isinstance(message, dict):
            yield BadRecord(place=where, reason="it is no JSON object")
            continue
        last = message.get("created_at") or last  # a message without a time is of that before
        yield _message(message, key, where, last, given.get("name"))


def _message(message: dict[str, Any], conversation: str, place: str, said: Any, title: Any) -> Read:
    role = ROLES.get(str(message.get("sender")))
    if role is None:
        return BadRecord(place=place, reason=f"the sender {str(message.get('sender'))[:40]!r} is not known")
    text = "\n\n".join(part for part in (_said(message), *_attached(message)) if part)
    if not text:
        return LeftOut(reason="messages without text (pictures, files, empty ones)")
    try:
        at = to_time(said)
    except ValueError as error:
        return BadRecord(place=place, reason=str(error))
    key = message.get("uuid")
    return Imported(
        place=place,
        conversation=conversation,
        text=text,
        at=at,
        role=role,
        key=str(key) if key else None,
        metadata={"title": title},
    )


def _said(message: dict[str, Any]) -> str:
    """The text; in newer exports `text` is a rendering of `content`, so the parts of type text come first."""
    said = text_of(message.get("content")).strip()
    return said or _UNSHOWN.sub("", str(message.get("text") or "")).strip()


def _attached(message: dict[str, Any]) -> Iterator[str]:
    for file in as_objects(message.get("attachments")):
        content = str(file.get("extracted_content") or "").strip()
        if content:
            yield f"[{file.get('file_name') or 'attachment'}]\n{content}"
