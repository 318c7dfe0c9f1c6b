"""What `add` takes: checked and turned into messages before anything is written.

Pure. A dict may say `content` or `text`, `created_at` or `timestamp`, and may hold content parts: their text
is taken, other parts are noted in the metadata.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from memory_chain.errors import InvalidMessageError, InvalidUserError
from memory_chain.types import DEFAULT_SESSION, Message, Role
from memory_chain.utils import clean_text, new_id

MAX_USER_ID = 256
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
MOST_LEVELS = 64
"""In how many levels metadata may be nested; what is nested deeper, not everything that reads it could take."""

_KEYS = {
    "id",
    "role",
    "content",
    "text",
    "speaker",
    "name",
    "created_at",
    "timestamp",
    "session_id",
    "metadata",
    "user_id",
}


def check_user_id(user_id: str) -> str:
    """The user id, if it can be one.

    Raises:
        InvalidUserError: it is empty, too long or no text.
    """
    if not isinstance(user_id, str):
        raise InvalidUserError(f"A user id is a text, not {type(user_id).__name__}. Give for example user_id='alice'.")
    if not user_id.strip():
        raise InvalidUserError("The user id is empty. Give the id by which you know this user, for example 'alice'.")
    if len(user_id) > MAX_USER_ID:
        raise InvalidUserError(
            f"The user id has {len(user_id)} characters; at most {MAX_USER_ID} are taken. Use a shorter id or a hash."
        )
    return clean_text(user_id)


def to_messages(
    given: str | Message | Mapping[str, Any] | Iterable[str | Message | Mapping[str, Any]],
    *,
    user_id: str,
    session_id: str | None = None,
    now: datetime,
    max_characters: int,
    defaults: Mapping[str, Any] | None = None,
    stored_at: Callable[[str], datetime | None] = lambda message_id: None,
) -> list[Message]:
    """Turn what `add` was given into checked messages.

    Args:
        given: a text, a message, a dict, or several of them.
        user_id: whose memory it is for.
        session_id: the session of messages that name none.
        now: the wall clock; the time of messages that name none (each a microsecond later than the one before).
        max_characters: longer texts are refused.
        defaults: role, speaker, created_at, metadata or id for a message that does not name them.
        stored_at: when a message with an id that is known already was said: sending it again without a time changes
            nothing.

    Raises:
        InvalidMessageError: a message that cannot be stored, named by its place.
    """
    items: Sequence[str | Message | Mapping[str, Any]]
    items = [given] if isinstance(given, str | Message | Mapping) else list(given)
    messages = []
    for place, item in enumerate(items):
        where = f"Message {place + 1} of {len(items)}" if len(items) > 1 else "The message"
        moment = now + timedelta(microseconds=place)
        message = _message(item, where, moment, session_id, defaults or {}, stored_at)
        messages.append(_checked(message, where, user_id, now, max_characters))
    return messages


def _message(
    item: str | Message | Mapping[str, Any],
    where: str,
    now: datetime,
    session_id: str | None,
    defaults: Mapping[str, Any],
    stored_at: Callable[[str], datetime | None],
) -> Message:
    if isinstance(item, Message):
        return item if session_id is None else replace(item, session_id=session_id)
    if isinstance(item, str):
        item = {"text": item}
    if not isinstance(item, Mapping):
        raise InvalidMessageError(
            f"{where} is a {type(item).__name__}. Give a text, a Message or a dict like "
            "{'role': 'user', 'content': '…'}."
        )
    _check_keys(item, where)
    fields = {**defaults, **{key: value for key, value in item.items() if value is not None}}
    text, notes = _text_of(fields.get("content", fields.get("text")), where)
    metadata = fields.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise InvalidMessageError(f"{where}: metadata has to be a dict, not {type(metadata).__name__}.")
    message_id = _id(fields.get("id"), where)
    moment = fields.get("created_at", fields.get("timestamp"))
    if moment is None:
        moment = (stored_at(message_id) if "id" in fields else None) or now
    return Message(
        id=message_id,
        text=text,
        role=_role(fields.get("role", Role.USER), where),
        speaker=fields.get("speaker") or fields.get("name"),
        session_id=fields.get("session_id") or session_id or DEFAULT_SESSION,
        user_id=fields.get("user_id") or "",
        created_at=_moment(moment, where),
        metadata={**metadata, **notes},
    )


def _check_keys(item: Mapping[str, Any], where: str) -> None:
    for key in item:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), sorted(_KEYS), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" Known keys: {', '.join(sorted(_KEYS))}."
            raise InvalidMessageError(f"{where} has an unknown key {key!r}.{hint} Put your own data under 'metadata'.")


def _text_of(content: Any, where: str) -> tuple[str, dict[str, Any]]:
    if isinstance(content, str):
        return content, {}
    if isinstance(content, Sequence) and not isinstance(content, bytes):
        texts, others = [], []
        for part in content:
            if isinstance(part, str):
                texts.append(part)
            elif isinstance(part, Mapping) and isinstance(part.get("text"), str):
                texts.append(part["text"])
            elif isinstance(part, Mapping):
                others.append(str(part.get("type", "part")))
            else:
                raise InvalidMessageError(
                    f"{where} has a content part of type {type(part).__name__}, not text or dict."
                )
        return "\n".join(texts), {"other_parts": others} if others else {}
    raise InvalidMessageError(f"{where} has no text. Give it as 'content' or 'text'.")


def _id(given: Any, where: str) -> str:
    if given is None:
        return new_id()
    if not isinstance(given, str | int) or not str(given).strip() or len(str(given)) > MAX_USER_ID:
        raise InvalidMessageError(f"{where}: an id is a text of 1 to {MAX_USER_ID} characters.")
    if str(given).startswith("edit-"):
        raise InvalidMessageError(f"{where}: ids that start with 'edit-' are kept for corrections. Use another id.")
    return str(given)


def _role(given: Any, where: str) -> Role:
    try:
        return Role(given)
    except ValueError:
        known = ", ".join(Role)
        raise InvalidMessageError(f"{where} has the unknown role {given!r}. Known roles: {known}.") from None


def _moment(given: Any, where: str) -> datetime:
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            raise InvalidMessageError(
                f"{where}: {given!r} is no ISO 8601 time. Write for example '2024-05-03T18:30:00Z'."
            ) from None
    elif isinstance(given, int | float) and not isinstance(given, bool):
        try:
            given = datetime.fromtimestamp(given, UTC)
        except (OverflowError, OSError, ValueError):
            raise InvalidMessageError(f"{where}: {given!r} is no time in seconds since 1970.") from None
    if not isinstance(given, datetime):
        raise InvalidMessageError(f"{where}: created_at has to be a datetime or an ISO 8601 text.")
    return given


def _checked(message: Message, where: str, user_id: str, now: datetime, max_characters: int) -> Message:
    if message.user_id and message.user_id != user_id:
        raise InvalidMessageError(f"{where} belongs to user {message.user_id!r}, but was given for {user_id!r}.")
    if not isinstance(message.text, str) or not message.text.strip():
        raise InvalidMessageError(f"{where} has no text. Nothing was stored; leave empty messages out.")
    if len(message.text) > max_characters:
        raise InvalidMessageError(
            f"{where} has {len(message.text):,} characters; at most {max_characters:,} are taken. "
            "Split it, or raise the setting `max_characters`."
        )
    for name, value in (("session id", message.session_id), ("speaker", message.speaker or "-")):
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_USER_ID:
            raise InvalidMessageError(f"{where}: the {name} has to be a text of 1 to {MAX_USER_ID} characters.")
    return replace(
        message,
        user_id=user_id,
        text=clean_text(message.text),
        session_id=clean_text(message.session_id),
        speaker=clean_text(message.speaker) if message.speaker else None,
        id=clean_text(message.id),
        created_at=_checked_time(message.created_at, where, now),
        metadata=_plain(message.metadata, where),
    )


def _checked_time(moment: datetime, where: str, now: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InvalidMessageError(
            f"{where} has a time without a zone ({moment.isoformat()}). Say which zone, for example "
            "datetime(2024, 5, 3, 18, 30, tzinfo=UTC)."
        )
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise InvalidMessageError(f"{where} has an impossible time: {moment.isoformat()}.") from None
    if moment < EARLIEST:
        raise InvalidMessageError(f"{where} is dated {moment:%Y-%m-%d}, before 1900. Check its created_at.")
    if moment > now + AHEAD:
        raise InvalidMessageError(
            f"{where} is dated {moment:%Y-%m-%d %H:%M} UTC, more than a day ahead of now. Check its created_at; "
            "plans belong into the text."
        )
    return moment


def _plain(metadata: Mapping[str, Any], where: str) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(clean_text(json.dumps(dict(metadata), ensure_ascii=False, allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidMessageError(f"{where}: metadata has to be plain JSON ({error}).") from None
    if _depth(plain) > MOST_LEVELS:
        raise InvalidMessageError(f"{where}: metadata is nested in more than {MOST_LEVELS} levels. Keep it flatter.")
    return plain


def _depth(value: Any) -> int:
    """In how many levels a value is nested; counted without going deep, and no further than needed."""
    levels, level = 0, [value]
    while level and levels <= MOST_LEVELS:
        nested = [part for part in level if isinstance(part, dict | list)]
        level = [inner for part in nested for inner in (part.values() if isinstance(part, dict) else part)]
        levels += bool(nested)
    return levels
