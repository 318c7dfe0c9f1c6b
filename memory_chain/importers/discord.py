"""Discord: what DiscordChatExporter writes (JSON or CSV, one file a channel), and Discord's own data package.

The data package (https://support.discord.com/hc/en-us/articles/360004957991) holds only what the user wrote:
`messages/index.json` names the channels, `messages/c<id>/messages.json` (older ones: `messages.csv`) has the messages
of one. A day of a channel is a session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, as_object, day_of, to_time
from memory_chain.importers.csvrows import csv_rows
from memory_chain.importers.jsonstream import Piece, first_sign, pieces
from memory_chain.importers.records import Record, records
from memory_chain.importers.source import Source

_CHANNEL = re.compile(r'(?<!\\)"channel"\s*:\s*\{')
_GUILD = re.compile(r'(?<!\\)"guild"\s*:\s*\{')
_EXPORTER = re.compile(r'"?AuthorID"?,"?Author"?,"?Date"?,"?Content"?')
_OWN_TABLE = re.compile(r'"?ID"?,"?Timestamp"?,"?Contents"?,"?Attachments"?')
_OWN_LIST = re.compile(r'^\s*\[\s*\{\s*"ID"\s*:\s*"?\d+"?\s*,\s*"Timestamp"\s*:')
_OWN_FOLDER = re.compile(r"c?(\d{3,})")
_SAID = {"Default", "Reply", "0", "19", "ThreadStarterMessage"}
_HEADS = ("guild.name", "channel.name", "channel.id")
_NO_TEXT = LeftOut(reason="messages without text (pictures, files)")


class Discord:
    """Reads what DiscordChatExporter writes, and Discord's data package."""

    name = "discord"
    title = "Discord (DiscordChatExporter's JSON or CSV, or the data package)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By guild and channel, or by the columns."""
        if _EXPORTER.match(head) or _OWN_TABLE.match(head) or _OWN_LIST.match(head) or _is_index(path):
            return 0.95
        return 0.95 if _GUILD.search(head) and _CHANNEL.search(head) else 0.0

    def read(self, source: Source) -> Iterator[Read]:
        """The messages of people."""
        channels = _channels(source)
        for entry in source.entries:
            head = entry.head()
            if _is_index(entry.path):
                continue
            if _EXPORTER.match(head):
                yield from _each(csv_rows(entry), lambda record: _row(record, source))
            elif _OWN_TABLE.match(head):
                yield from _each(csv_rows(entry), lambda record: _own(record, channels, source))
            elif first_sign(head) == "[":
                yield from _each(records(entry, "message"), lambda record: _own(record, channels, source))
            else:
                for piece in pieces(entry, "messages.item", heads=_HEADS):
                    yield piece if isinstance(piece, BadRecord) else _message(piece, entry.name, source)


def _each(found: Iterator[Record | BadRecord], read: Any) -> Iterator[Read]:
    for record in found:
        yield record if isinstance(record, BadRecord) else read(record)


# -- DiscordChatExporter --


def _message(piece: Piece, file: str, source: Source) -> Read:
    given = as_object(piece.value)
    place = f"{file}, message {piece.number}"
    author: Any = given.get("author")
    if not isinstance(author, dict) or not (author.get("name") or author.get("nickname")):
        return BadRecord(place=place, reason="it does not say who wrote it (`author.name`)")
    if author.get("isBot"):
        return LeftOut(reason="messages of bots")
    if str(given.get("type", "Default")) not in _SAID:
        return LeftOut(reason="notices of Discord")
    text = str(given.get("content") or "").strip()
    if not text:
        return _NO_TEXT
    try:
        at = to_time(given.get("timestamp"), source.options.timezone)
    except ValueError as error:
        return BadRecord(place=place, reason=str(error))
    guild, channel, channel_id = (piece.heads.get(name) for name in _HEADS)
    title = " ".join(str(name) for name in (guild, channel) if name) or "discord"
    return Imported(
        place=place,
        conversation=str(channel_id or title),
        text=text,
        at=at,
        speaker=str(author.get("nickname") or author.get("name")),
        account=str(author["id"]) if author.get("id") else None,
        key=str(given["id"]) if given.get("id") else None,
        session=_session(title, at, source),
        metadata={"title": title},
    )


def _row(record: Record, source: Source) -> Read:
    """A row of the exporter's table, which tells neither bots nor notices apart and has no ids of messages."""
    given, channel = record.value, record.entry.path.stem
    if not given.get("Content", "").strip():
        return _NO_TEXT
    try:
        at = to_time(given.get("Date"), source.options.timezone)
    except ValueError as error:
        return BadRecord(place=record.place, reason=str(error))
    return Imported(
        place=record.place,
        conversation=channel,
        text=given["Content"].strip(),
        at=at,
        speaker=given.get("Author") or "Deleted User",
        account=given.get("AuthorID") or None,
        said=given["Date"],
        session=_session(channel, at, source),
        metadata={"title": channel},
    )


# -- the data package --


def _own(record: Record, channels: dict[str, str], source: Source) -> Read:
    """A message of the user's own; its time is in UTC."""
    given = as_object(record.value)
    text = str(given.get("Contents") or "").strip()
    if not text:
        return _NO_TEXT
    try:
        at = to_time(given.get("Timestamp"), UTC)
    except ValueError as error:
        return BadRecord(place=record.place, reason=str(error))
    folder = _OWN_FOLDER.fullmatch(record.entry.path.parent.name)
    channel = folder[1] if folder else record.entry.path.parent.name or "discord"
    title = channels.get(channel) or channel
    return Imported(
        place=record.place,
        conversation=channel,
        text=text,
        at=at,
        by_user=True,
        key=str(given["ID"]) if given.get("ID") else None,
        session=_session(title, at, source),
        metadata={"title": title},
    )


def _is_index(path: PurePath) -> bool:
    return path.name == "index.json" and path.parent.name.casefold() == "messages"


def _channels(source: Source) -> dict[str, str]:
    """The names of the package's channels by their ids."""
    names: dict[str, str] = {}
    for entry in source.entries:
        if _is_index(entry.path):
            for piece in pieces(entry, ""):
                if not isinstance(piece, BadRecord):
                    names |= {str(key): str(name) for key, name in as_object(piece.value).items() if name}
    return names


def _session(title: str, at: datetime, source: Source) -> str:
    return f"{title} {day_of(at, source.options.timezone)}"
