"""Zep: the messages of threads (v3, v4) or sessions (v2), as its interface returns them.

Schemas: https://help.getzep.com/sdk-reference/thread/get-messages-of-a-thread (`messages` of `uuid`, `role`, `name`,
`content`, `created_at`; `user_id`, `total_count`) and
https://help.getzep.com/v2/sdk-reference/memory/get-session-messages (`role_type`, and `role` as the name). An answer
does not name its thread: put `thread_id` (or `session_id`) beside `messages`, or name the file after it. Several
answers may stand in one list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from memory_chain.importers.assistants import ROLES
from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, to_time
from memory_chain.importers.records import Record, read_each
from memory_chain.importers.source import Entry, Source
from memory_chain.types import Role

_MESSAGES = re.compile(r'(?<!\\)"messages"\s*:\s*\[')
_OURS = re.compile(r'(?<!\\)"(role_type|thread_created_at|row_count|total_count|processed)"\s*:')
_UUID = re.compile(r'(?<!\\)"uuid"\s*:')


class Zep:
    """Reads the messages of Zep's threads or sessions."""

    name = "zep"
    title = "Zep threads or sessions (JSON of their messages)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By messages with a `uuid`, and Zep's own fields."""
        if not (_MESSAGES.search(head) and _UUID.search(head)):
            return 0.0
        return 0.85 if _OURS.search(head) else 0.4

    def read(self, source: Source) -> Iterator[Read]:
        """The messages of each thread."""

        def read(record: Record) -> Iterator[Read]:
            return _thread(record.value, record.entry, source)

        return read_each(source, "thread", read)


def _thread(given: Any, entry: Entry, source: Source) -> Iterator[Read]:
    messages = given.get("messages") if isinstance(given, dict) else None
    if not isinstance(messages, list):
        yield BadRecord(place=entry.name, reason="it has no list `messages`")
        return
    key = str(given.get("thread_id") or given.get("session_id") or entry.path.stem)
    owner = str(given["user_id"]) if given.get("user_id") else None
    for number, message in enumerate(messages, start=1):
        place = f"{entry.name}, message {number} of {key}"
        if isinstance(message, dict):
            yield _message(message, key, owner, place, source)
        else:
            yield BadRecord(place=place, reason="it is no JSON object")


def _message(given: dict[str, Any], key: str, owner: str | None, place: str, source: Source) -> Read:
    old = "role_type" in given
    said_by = str(given.get("role_type") or given.get("role") or "").removeprefix("RoleType.")
    if said_by == "norole":
        said_by = "user"
    role = ROLES.get(said_by)
    if role is None:
        return BadRecord(place=place, reason=f"the role {said_by[:40]!r} is not known")
    if role is Role.SYSTEM:
        return LeftOut(reason="system messages")
    text = str(given.get("content") or "").strip()
    if not text:
        return LeftOut(reason="messages without text")
    try:
        at = to_time(given.get("reference_time") or given.get("created_at"), source.options.timezone)
    except ValueError as error:
        return BadRecord(place=place, reason=str(error))
    return Imported(
        place=place,
        conversation=key,
        text=text,
        at=at,
        role=role,
        key=str(given["uuid"]) if given.get("uuid") else None,
        owner=owner,
        metadata={"speaker": given.get("role") if old else given.get("name")},
    )
