"""ShareGPT: lists (or JSON Lines) of `{id, conversations: [{from, value}]}`.

They have no times. Conversations that were copied from the page hold HTML and counters of pages (`2 / 3`): both are
taken out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from typing import Any

from memory_chain.importers.assistants import ROLES, plain_text, unescaped
from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, made_up_times
from memory_chain.importers.jsonstream import first_sign, pieces
from memory_chain.importers.source import Entry, Source
from memory_chain.types import Role
from memory_chain.utils import stable_id

_TURNS = re.compile(r'(?<!\\)"(conversations|items)"\s*:\s*\[\s*\{\s*"(from|value)"\s*:')
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
            for place, value in _conversations(entry):
                if isinstance(value, BadRecord):
                    yield value
                else:
                    yield from _turns(value, place, clock)


def _conversations(entry: Entry) -> Iterator[tuple[str, Any]]:
    if first_sign(entry.head()) == "[":
        for piece in pieces(entry, "item"):
            if isinstance(piece, BadRecord):
                yield piece.place, piece
            else:
                yield f"{entry.name}, conversation {piece.number}", piece.value
        return
    for number, line in entry.lines():
        place = f"{entry.name}, line {number}"
        if line is not None and not line.strip():
            continue
        try:
            yield place, json.loads(line or "")
        except (ValueError, RecursionError):
            yield place, BadRecord(place=place, reason="it is no JSON")


def _turns(given: Any, place: str, clock: Iterator[datetime]) -> Iterator[Read]:
    turns = (given.get("conversations") or given.get("items")) if isinstance(given, dict) else None
    if not isinstance(turns, list):
        yield BadRecord(place=place, reason="it is no conversation: it has no list `conversations`")
        return
    scraped = any(_MARKUP.match(str(turn.get("value"))) for turn in turns if isinstance(turn, dict))
    key = str(given.get("id") or stable_id(json.dumps(turns[:2], sort_keys=True)))
    for number, turn in enumerate(turns, start=1):
        where = f"{place}, message {number}"
        role = ROLES.get(str(turn.get("from"))) if isinstance(turn, dict) else None
        if role is None:
            yield BadRecord(place=where, reason="it does not say who wrote it (`from`)")
            continue
        text = _cleaned(str(turn.get("value") or ""), role, scraped=scraped)
        if not text:
            yield LeftOut(reason="messages without text")
            continue
        yield Imported(
            place=where, conversation=key, text=text, at=next(clock), role=role, key=str(number), guessed=True
        )


def _cleaned(value: str, role: Role, *, scraped: bool) -> str:
    if not scraped:
        return value.strip()
    if role is Role.USER:
        return unescaped(_COUNTER.sub("", value)).strip()
    return plain_text(_COUNTER.sub("", value))
