"""ShareGPT: lists (or JSON Lines) of `{id, conversations: [{from, value}]}`.

They have no times. Conversations that were copied from the page hold HTML and counters of pages (`2 / 3`): both are
taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from typing import Any

from memory_chain.importers.assistants import ROLES, plain_text, text_of, unescaped
from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, as_objects, made_up_times
from memory_chain.importers.records import Record, records
from memory_chain.importers.source import Source
from memory_chain.types import Role
from memory_chain.utils import stable_id

_TURNS = re.compile(r'(?<!\\)"(conversations|items)"\s*:\s*\[\s*\{\s*"(from|value|role|content)"\s*:')
_COUNTER = re.compile(r"^\s*\d{1,3} / \d{1,3}\s*")
_MARKUP = re.compile(r"^\s*<(div|p|h\d|ul|ol|pre)\b", re.IGNORECASE)


class ShareGPT:
    """Reads ShareGPT data."""

    name = "sharegpt"
    title = "ShareGPT conversations"

    def recognises(self, head: str, path: PurePath) -> float:
        """By the turns of a conversation."""
        return 0.9 if _TURNS.search(head) else 0.0

    def read(self, source: Source) -> Iterator[Read]:
        """The turns of each conversation, without markup."""
        for entry in source.entries:
            clock = made_up_times(source.options.at or entry.modified)
            for record in records(entry, "conversation"):
                if isinstance(record, BadRecord):
                    yield record
                else:
                    yield from _turns(record, clock)


def _turns(record: Record, clock: Iterator[datetime]) -> Iterator[Read]:
    given, place = record.value, record.place
    turns = (given.get("conversations") or given.get("items")) if isinstance(given, dict) else None
    if not isinstance(turns, list):
        yield BadRecord(place=place, reason="it is no conversation: it has no list `conversations`")
        return
    scraped = any(_MARKUP.match(_value(turn)) for turn in as_objects(turns))
    key = str(given.get("id") or stable_id(*(_value(turn) for turn in as_objects(turns[:2]))))
    path = ""
    for number, turn in enumerate(turns, start=1):
        where = f"{place}, message {number}"
        role = ROLES.get(str(turn.get("from") or turn.get("role")).casefold()) if isinstance(turn, dict) else None
        if role is None:
            yield BadRecord(place=where, reason="it does not say who wrote it (`from`)")
            continue
        path = stable_id(path, role, _value(turn))  # two conversations may begin alike, and then part
        text = _cleaned(_value(turn), role, scraped=scraped)
        if not text:
            yield LeftOut(reason="messages without text")
            continue
        yield Imported(place=where, conversation=key, text=text, at=next(clock), role=role, key=path, guessed=True)


def _value(turn: dict[str, Any]) -> str:
    return text_of(turn.get("value") or turn.get("content"))


def _cleaned(value: str, role: Role, *, scraped: bool) -> str:
    if not scraped:
        return value.strip()
    if role is Role.USER:
        return unescaped(_COUNTER.sub("", value)).strip()
    return plain_text(_COUNTER.sub("", value))
