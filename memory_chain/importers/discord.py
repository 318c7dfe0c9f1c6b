"""Discord: the JSON of DiscordChatExporter, one file a channel. A day of a channel is a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, as_object, day_of, to_time
from memory_chain.importers.jsonstream import Piece, pieces
from memory_chain.importers.source import Source

_CHANNEL = re.compile(r'(?<!\\)"channel"\s*:\s*\{')
_GUILD = re.compile(r'(?<!\\)"guild"\s*:\s*\{')
_SAID = {"Default", "Reply", "0", "19", "ThreadStarterMessage"}
_HEADS = ("guild.name", "channel.name", "channel.id")


class Discord:
    """Reads what DiscordChatExporter writes."""

    name = "discord"
    title = "Discord (DiscordChatExporter JSON)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By guild and channel."""
        return 0.95 if _GUILD.search(head) and _CHANNEL.search(head) else 0.0

    def read(self, source: Source) -> Iterator[Read]:
        """The messages of people."""
        for entry in source.entries:
            for piece in pieces(entry, "messages.item", heads=_HEADS):
                yield piece if isinstance(piece, BadRecord) else _message(piece, entry.name, source)


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
        return LeftOut(reason="messages without text (pictures, files)")
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
        key=str(given["id"]) if given.get("id") else None,
        session=f"{title} {day_of(at, source.options.timezone)}",
        metadata={"title": title},
    )
