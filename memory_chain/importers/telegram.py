"""Telegram Desktop: `result.json` of one chat or of the whole account. A day of a chat is a session."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, as_object, day_of, to_time
from memory_chain.importers.jsonstream import Piece, pieces
from memory_chain.importers.source import Source

_CHATS = ("chats.list.item", "left_chats.list.item")
_ME = "personal_information.user_id"
_DATE = re.compile(r'(?<!\\)"(date_unixtime|from_id)"\s*:|(?<!\\)"type"\s*:\s*"(service|message)"')
_FULL = re.compile(r'(?<!\\)"personal_information"\s*:\s*\{[^{}]*"user_id"\s*:')
_KIND = re.compile(r'(?<!\\)"type"\s*:\s*"(personal_chat|bot_chat|saved_messages|(private|public)_\w+)"')
_MESSAGES = re.compile(r'(?<!\\)"(messages|chats)"\s*:\s*[\[{]')


class Telegram:
    """Reads Telegram Desktop's `result.json`."""

    name = "telegram"
    title = "Telegram Desktop export (result.json)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By messages of type `message` or `service`, with `from_id`."""
        if not head.lstrip().startswith("{"):
            return 0.0
        if _FULL.search(head):  # long lists of contacts may stand before the chats
            return 0.85
        return 0.9 if _MESSAGES.search(head) and (_DATE.search(head) or _KIND.search(head)) else 0.0

    def read(self, source: Source) -> Iterator[Read]:
        """The messages of each chat."""
        bases = ("", *_CHATS)
        targets = [_under(base, "messages.item") for base in bases]
        heads = [_under(base, name) for base in bases for name in ("name", "type", "id")]
        for entry in source.entries:
            for piece in pieces(entry, *targets, heads={*heads, _ME}):
                yield piece if isinstance(piece, BadRecord) else _message(piece, f"{entry.name}, ", source)


def _under(base: str, name: str) -> str:
    return f"{base}.{name}" if base else name


def _chat(heads: Mapping[str, Any]) -> tuple[str, str]:
    """The chat's id and name."""
    base = next((base for base in _CHATS if f"{base}.id" in heads), "")
    chat_id, name, kind = (heads.get(_under(base, part)) for part in ("id", "name", "type"))
    return str(chat_id or name or "chat"), str(name or kind or chat_id or "chat")


def _message(piece: Piece, where: str, source: Source) -> Read:
    given = piece.value
    if not isinstance(given, dict):
        return BadRecord(place=f"{where}record {piece.number}", reason="it is no JSON object")
    chat_id, chat = _chat(piece.heads)
    place = f"{where}message {given.get('id', piece.number)} of {chat}"
    if given.get("type") != "message":
        return LeftOut(reason="notices of Telegram")
    text = flat(given.get("text")).strip()
    if not text:
        return LeftOut(reason="messages without text (pictures, files, stickers)")
    try:
        at = _time(given, source)
    except ValueError as error:
        return BadRecord(place=place, reason=str(error))
    me = piece.heads.get(_ME)
    by, by_id = given.get("from"), given.get("from_id")
    forwarder = None
    if "forwarded_from" in given:  # the words are not those of the one who passed them on
        forwarder = str(by or by_id or "")
        by, by_id = given.get("forwarded_from") or "somebody", given.get("forwarded_from_id")
    name = str(by or by_id or "Deleted Account")
    return Imported(
        place=place,
        conversation=chat_id,
        text=text,
        at=at,
        speaker=name,
        account=str(by_id) if by_id else None,
        by_user=me is not None and by_id == f"user{me}",
        key=str(given["id"]) if "id" in given else None,
        said=str(given.get("date", "")),
        zoneless=not given.get("date_unixtime"),
        session=f"{chat} {str(given.get('date') or day_of(at, source.options.timezone))[:10]}",
        metadata={"title": chat, "forwarded_by": forwarder},
    )


def _time(given: dict[str, Any], source: Source) -> datetime:
    """The exact time; older exports have only one without a zone."""
    return to_time(given.get("date_unixtime") or given.get("date"), source.options.timezone)


def flat(text: Any) -> str:
    """The text of a message: a string, or a list of strings and of marked-up pieces."""
    if isinstance(text, list):
        return "".join(part if isinstance(part, str) else str(as_object(part).get("text", "")) for part in text)
    return text if isinstance(text, str) else ""
