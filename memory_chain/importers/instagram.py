"""Instagram and Messenger: `message_1.json` … of the download, one folder a chat, alone or in the archive.

The text is UTF-8 that was read as Latin-1, and the newest message comes first: both are set right. A day of a chat is
a session. Files hold at most ten thousand messages, so each is read at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, day_of, to_time
from memory_chain.importers.jsonstream import pieces
from memory_chain.importers.source import Entry, Source

_SENDER = re.compile(r'(?<!\\)"sender_name"\s*:')
_TIME = re.compile(r'(?<!\\)"timestamp_ms"\s*:')
_NUMBER = re.compile(r"(\d+)\.json$")
_REACTION = re.compile(
    r"(Liked a message|Reacted .{1,12} to your message|.{1,80} sent an attachment\.|You sent an attachment\.)"
)


class Instagram:
    """Reads the chats of Instagram's and Messenger's downloads."""

    name = "instagram"
    title = "Instagram or Messenger download (message_1.json)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By `sender_name` and `timestamp_ms`."""
        return 0.95 if _SENDER.search(head) and _TIME.search(head) else 0.0

    def read(self, source: Source) -> Iterator[Read]:
        """The messages of each chat, the oldest first."""
        for entry in sorted(source.entries, key=_oldest_first):
            for piece in pieces(entry, ""):
                if isinstance(piece, BadRecord):
                    yield piece
                else:
                    yield from _chat(piece.value, entry, source)


def _oldest_first(entry: Entry) -> tuple[str, int]:
    """`message_2.json` holds what was said before `message_1.json`."""
    number = _NUMBER.search(entry.path.name)
    return str(entry.path.parent), -int(number.group(1)) if number else 0


def _chat(given: Any, entry: Entry, source: Source) -> Iterator[Read]:
    messages = given.get("messages") if isinstance(given, dict) else None
    if not isinstance(messages, list):
        yield BadRecord(place=entry.name, reason="it has no list `messages`")
        return
    title = repaired(str(given.get("title") or entry.path.parent.name or "chat"))
    key = str(given.get("thread_path") or title)
    for number, message in reversed(list(enumerate(messages, start=1))):
        place = f"{entry.name}, message {number}"
        if isinstance(message, dict):
            yield _message(message, place, key, title, source)
        else:
            yield BadRecord(place=place, reason="it is no JSON object")


def _message(given: dict[str, Any], place: str, key: str, title: str, source: Source) -> Read:
    text = repaired(str(given.get("content") or "")).strip()
    if not text or given.get("is_unsent"):
        return LeftOut(reason="messages without text (pictures, files)")
    if _REACTION.fullmatch(text):
        return LeftOut(reason="reactions and notices")
    if not given.get("sender_name"):
        return BadRecord(place=place, reason="it does not say who wrote it (`sender_name`)")
    try:
        at = to_time(given.get("timestamp_ms"))
    except ValueError as error:
        return BadRecord(place=place, reason=str(error))
    return Imported(
        place=place,
        conversation=key,
        text=text,
        at=at,
        speaker=repaired(str(given["sender_name"])),
        session=f"{title} {day_of(at, source.options.timezone)}",
        metadata={"title": title},
    )


def repaired(text: str) -> str:
    """Text whose UTF-8 bytes were read as Latin-1, set right; other text as it is."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
