"""What importers take and give: the records they read out of exports, and the protocol that each fulfils.

Pure, but for the bytes that an importer reads through a `Source`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from memory_chain.types import Message, Role
from memory_chain.utils import stable_id

if TYPE_CHECKING:
    from memory_chain.importers.source import Source

LONGEST_NAME = 200
"""Characters of a session id or speaker; what is longer is cut, and made unique by a hash."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """One message as an export tells it.

    `key` is the export's own id of the message inside its `conversation`; without one the id is a hash of
    conversation, speaker, time and text. `speaker` is None where the role alone says who spoke (chats with an
    assistant); in chats of people it is a name, and `by_user` tells that it is the user's, if the export knows.
    """

    place: str
    """Where it stands in the export, for a person: a file and line, or the number of a record."""
    conversation: str
    text: str
    at: datetime
    role: Role = Role.USER
    speaker: str | None = None
    by_user: bool = False
    in_role: bool = False
    """The export gives the speaker the role of the user; if several people have it, that does not tell who is."""
    account: str | None = None
    """The export's own id of the speaker, if it has one; several people may have one name."""
    key: str | None = None
    said: str = ""
    """The time as the export writes it, for ids that do not depend on the zone that was assumed."""
    session: str | None = None
    """The session, if it is not the conversation."""
    owner: str | None = None
    """Whose memory it is, in exports of several users."""
    guessed: bool = False
    """The export has no time; `at` was made up."""
    zoneless: bool = False
    """The export's time has no zone; `at` is read in the assumed one."""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class BadRecord:
    """Something in an export that should be a message and cannot be one."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """Something in an export that is no message, such as a notice that somebody joined. `reason` is a plural noun."""

    reason: str


Read = Imported | BadRecord | LeftOut

DateOrder = Literal["dmy", "mdy", "ymd"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadOptions:
    """What a person may have to say about an export.

    Args:
        timezone: the zone of times that are written without one.
        columns: for tables: which column is the text, at, speaker, role, session and id.
        time_format: for tables: how times are written, as `datetime.strptime` takes it.
        at: the time of messages of an export that has no times; by default that of the file.
        date_order: for WhatsApp: in which order day, month and year stand, if the file does not show it.
    """

    timezone: tzinfo = UTC
    columns: Mapping[str, str] = field(default_factory=dict)
    time_format: str | None = None
    at: datetime | None = None
    date_order: DateOrder | None = None


@runtime_checkable
class Importer(Protocol):
    """Reads one format of exports."""

    name: str
    """The word for `--as`; also the `source` in the metadata of what was imported."""
    title: str
    """What it reads, for people."""

    def recognises(self, head: str, path: PurePath) -> float:
        """How sure it is (0 to 1) that a file is of its format, by the first characters of it and its name."""
        ...

    def read(self, source: Source) -> Iterator[Read]:
        """The messages of an export, one by one."""
        ...


# -- identity --


def message_id(name: str, imported: Imported, repeat: int = 0) -> str:
    """The same id for the same message of the same export, on every machine and at every import."""
    if imported.key is not None:
        return f"{name}-{stable_id(name, imported.conversation, imported.key)}"
    said = imported.said or ("" if imported.guessed else imported.at.isoformat())
    parts = (imported.conversation, imported.speaker or imported.role, said, imported.text, str(repeat))
    return f"{name}-{stable_id(name, *parts)}"


def to_message(name: str, imported: Imported, *, user_id: str, by_user: bool, repeat: int = 0) -> Message:
    """The message to store. The user's own name moves into the metadata, so that the words are the user's."""
    metadata = {"source": name, **{key: value for key, value in imported.metadata.items() if value}}
    if by_user and imported.speaker:
        metadata["speaker"] = imported.speaker
    return Message(
        id=message_id(name, imported, repeat),
        text=imported.text,
        role=imported.role,
        speaker=None if by_user or not imported.speaker else fitted(imported.speaker),
        session_id=fitted(imported.session or imported.conversation),
        created_at=imported.at,
        user_id=user_id,
        metadata=metadata,
    )


def fitted(name: str) -> str:
    """A name that fits where the memory takes at most 256 characters."""
    name = " ".join(name.split())
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…{stable_id(name)}"


# -- shapes --


def as_object(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value if it is a JSON list, else an empty one."""
    return value if isinstance(value, list) else []


def as_objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a JSON list."""
    return [one for one in as_list(value) if isinstance(one, dict)]


# -- times --

_MICRO, _MILLI = 1e14, 1e11
_NUMBER = re.compile(r"-?\d{9,17}(\.\d+)?")
_ZONE = re.compile(r"(Z|UTC|GMT|:\d\d(\.\d+)?\s*[+-]\d\d(:?\d\d)?)$", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_epoch(value: float) -> datetime:
    """A time in seconds, milli- or microseconds since 1970, told apart by its size.

    Raises:
        ValueError: it is no time.
    """
    if isinstance(value, bool) or value != value:
        raise ValueError(f"{value!r} is no time")
    size = abs(value)
    seconds = value / 1e6 if size >= _MICRO else value / 1e3 if size >= _MILLI else value
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(f"{value!r} is no time") from None


def from_text(text: str, zone: tzinfo) -> datetime:
    """A time in ISO 8601 or as a number since 1970; one without a zone is of `zone`.

    Raises:
        ValueError: it is no time.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return from_epoch(float(text))
    text = re.sub(r"\s*(UTC|GMT)$", "+00:00", text)
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no time that can be read") from None


def to_time(value: Any, zone: tzinfo = UTC) -> datetime:
    """A time from a text or number.

    Raises:
        ValueError: it is no time.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return from_epoch(value)
    if isinstance(value, str) and value.strip():
        return from_text(value, zone)
    raise ValueError("it has no time" if value is None or value == "" else f"{str(value)[:40]!r} is no time")


def has_zone(value: Any) -> bool:
    """Whether a time that `to_time` takes tells its zone; a number since 1970 does."""
    text = str(value).strip()
    return _NUMBER.fullmatch(text) is not None or _ZONE.search(text) is not None


def day_of(at: datetime, zone: tzinfo) -> str:
    """The day on which something was said where it was said: the session of chats that have none."""
    return f"{at.astimezone(zone):%Y-%m-%d}"


def made_up_times(base: datetime) -> Iterator[datetime]:
    """Times for messages of an export that has none: one microsecond apart, so that they keep their order."""
    while True:
        base += timedelta(microseconds=1)
        yield base
