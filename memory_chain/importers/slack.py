"""Slack: the workspace export, as a folder or zip archive: `users.json`, `channels.json`, `<channel>/<day>.json`.

Names come from `users.json`; what bots say, and that somebody joined, is left out. A day of a channel is a session.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, as_object, day_of, to_time
from memory_chain.importers.jsonstream import pieces
from memory_chain.importers.source import Entry, Source

_MESSAGE = re.compile(r'(?<!\\)"ts"\s*:\s*"\d{9,}\.\d+"')
_USERS = re.compile(r'(?<!\\)"team_id"\s*:.*"(real_name|is_bot)"\s*:', re.DOTALL)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\.json$")
_MARK = re.compile(r"<([^<>\n]+)>")
_SAID = {"", "thread_broadcast", "me_message", "file_comment", "file_share", "reply_broadcast"}


class Slack:
    """Reads Slack's workspace export."""

    name = "slack"
    title = "Slack export (folder or zip)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By the time stamps of messages, or by the list of users."""
        if _MESSAGE.search(head):
            return 0.9
        if path.name == "users.json" and _USERS.search(head):
            return 0.9
        return 0.4 if _DAY.search(path.name) and head.lstrip().startswith("[") else 0.0

    def read(self, source: Source) -> Iterator[Read]:
        """The messages of people, channel by channel, day by day."""
        names, bots = _people(source)
        for entry in source.entries:
            if _DAY.search(entry.path.name) or (len(source.entries) == 1 and not _is_list_of_users(entry)):
                yield from _day(entry, names, bots, source)

    def notes(self, source: Source) -> list[str]:
        """What was assumed and may be wrong."""
        if any(_is_list_of_users(entry) for entry in source.entries):
            return []
        return ["There is no users.json beside the messages: people are named by their ids."]


def _is_list_of_users(entry: Entry) -> bool:
    return entry.path.name in ("users.json", "org_users.json")


def _people(source: Source) -> tuple[dict[str, str], set[str]]:
    """The names of people by their ids, and the ids of bots."""
    names: dict[str, str] = {}
    bots = {"USLACKBOT"}
    for entry in filter(_is_list_of_users, source.entries):
        for piece in pieces(entry, "item"):
            user = None if isinstance(piece, BadRecord) else piece.value
            if isinstance(user, dict) and user.get("id"):
                profile = as_object(user.get("profile"))
                name = profile.get("display_name") or profile.get("real_name") or user.get("real_name")
                names[str(user["id"])] = str(name or user.get("name") or user["id"])
                if user.get("is_bot"):
                    bots.add(str(user["id"]))
    return names, bots


def _day(entry: Entry, names: dict[str, str], bots: set[str], source: Source) -> Iterator[Read]:
    channel = entry.path.parent.name or "slack"
    for piece in pieces(entry, "item"):
        if isinstance(piece, BadRecord):
            yield piece
        elif isinstance(piece.value, dict):
            yield _message(piece.value, channel, f"{entry.name}, message {piece.number}", names, bots, source)
        else:
            yield BadRecord(place=f"{entry.name}, message {piece.number}", reason="it is no JSON object")


def _message(
    given: dict[str, Any], channel: str, place: str, names: dict[str, str], bots: set[str], source: Source
) -> Read:
    subtype = given.get("subtype")
    user = given.get("user")
    if subtype == "bot_message" or (given.get("bot_id") and not user) or str(user) in bots:
        return LeftOut(reason="messages of bots")
    if given.get("type", "message") != "message" or str(subtype or "") not in _SAID or given.get("hidden"):
        return LeftOut(reason="notices of Slack")
    text = plain(str(given.get("text") or ""), names).strip()
    if not text or not user:
        return LeftOut(reason="messages without text or sender (pictures, files)")
    try:
        at = to_time(given.get("ts"))
    except ValueError as error:
        return BadRecord(place=place, reason=str(error))
    own = as_object(given.get("user_profile"))
    fallback = own.get("display_name") or own.get("real_name") or user
    return Imported(
        place=place,
        conversation=channel,
        text=text,
        at=at,
        account=str(user),
        speaker=names.get(str(user)) or str(fallback),
        key=f"{given.get('ts')} {user}",
        session=f"{channel} {day_of(at, source.options.timezone)}",
        metadata={"title": channel},
    )


def plain(text: str, names: dict[str, str]) -> str:
    """The text with names in place of mentions, labels and addresses of links, and signs in place of escapes."""
    return html.unescape(_MARK.sub(lambda found: _marked(found.group(1), names), text))


def _marked(mark: str, names: dict[str, str]) -> str:
    target, _, label = mark.partition("|")
    if target.startswith("@"):
        return f"@{names.get(target[1:]) or label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    target = target.removeprefix("mailto:")
    return f"{label} ({target})" if label and label not in target else target
