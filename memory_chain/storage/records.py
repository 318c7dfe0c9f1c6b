"""What all stores share: records as plain JSON and back, and the few rules that no database should decide alone.

Pure. Text that no store or model can carry (NUL, lone surrogates) is replaced on the way in. Times are ISO 8601
with microseconds where there are any; what is empty is left out.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
import types
import typing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from memory_chain.errors import MemoryChainError
from memory_chain.retrieval.analysis import analyze
from memory_chain.storage.base import Correction, Observed
from memory_chain.types import (
    JSON,
    Attitude,
    Message,
    Observation,
    ObservedAttribute,
    ObservedEvent,
    QueueItem,
    Source,
)
from memory_chain.utils import clean_text

Record = TypeVar("Record")

CORRECTION_SEQ = 1 << 40
"""Corrections are numbered from here on, so that one follows the messages of the same moment."""

CORRECTION_WRITER = "user"

LAST_ERROR = "last_error"
"""The small named value that may quote a model's reply, and so a message."""

REMOVED = "(removed: it came from a batch with a message that was forgotten)"
"""Stands in place of an error that may quote a forgotten message."""


# -- text and times --


def clean(text: str) -> str:
    """`clean_text`, at no cost for what is clean already."""
    return text if text.isascii() and "\x00" not in text else clean_text(text)


def to_iso(moment: datetime) -> str:
    """A time as text, exact and in UTC: `2024-05-03T18:30:00.000001Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """The inverse of `to_iso`.

    Raises:
        ValueError: it is no time, or one without a zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the time {text!r} has no zone")
    return moment.astimezone(UTC)


# -- records to JSON --


def to_json(record: Any, *, leave_out: frozenset[str] = frozenset()) -> JSON:
    """A record as plain, clean JSON values. Fields that are empty as by default, and `leave_out`, are not in it."""
    found: JSON = {}
    for name, empty in _shape(type(record)).fields:
        value = getattr(record, name)
        if name not in leave_out and not (empty and not value and not isinstance(value, int | float)):
            found[name] = plain(value)
    return found


def encode(record: Any, *, leave_out: frozenset[str] = frozenset()) -> str:
    """`to_json` as compact text."""
    return dumps(to_json(record, leave_out=leave_out))


def dumps(value: Any) -> str:
    """Plain JSON values as compact, clean text."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))


class _Shape:
    """What is known of a kind of record: its fields, which of them are empty by default, how each is read."""

    def __init__(self, kind: type[Any]) -> None:
        self.hints: dict[str, Any] = typing.get_type_hints(kind)
        self.fields = [(field.name, _empty_by_default(field)) for field in dataclasses.fields(kind)]
        self.readers = {name: _reader(self.hints[name]) for name, _ in self.fields}


_SHAPES: dict[type[Any], _Shape] = {}


def _shape(kind: type[Any]) -> _Shape:
    found = _SHAPES.get(kind)
    if found is None:
        found = _SHAPES[kind] = _Shape(kind)
    return found


def _empty_by_default(field: dataclasses.Field[Any]) -> bool:
    """Whether a field that is empty need not be written. Other defaults may change one day, so they are written."""
    return field.default in (None, "", ()) or field.default_factory is dict


def plain(value: Any) -> Any:
    """A value as plain, clean JSON values of its own."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return to_iso(value)
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(part) for key, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_json(value)
    return value


# -- JSON to records --


def from_json(kind: type[Record], given: Mapping[str, Any], **more: Any) -> Record:
    """The record of a kind from plain JSON values; `more` gives fields that were left out.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: they are no such record.
    """
    readers = _shape(kind).readers
    return kind(**{name: _read(readers[name], value) for name, value in given.items()}, **more)


def decode(kind: type[Record], text: str, **more: Any) -> Record:
    """The record of a kind from JSON text; `more` gives fields that were left out."""
    return from_json(kind, json.loads(text), **more)


def checked(kind: type[Record], given: Mapping[str, Any], **more: Any) -> Record:
    """`from_json` for what came from outside: every value has to be of its field's type.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: they are no such record.
    """
    record = from_json(kind, given, **more)
    _check(record)
    return record


Reader = Callable[[Any], Any]


def _read(reader: Reader | None, value: Any) -> Any:
    return value if reader is None or value is None else reader(value)


def _reader(hint: Any) -> Reader | None:
    """How to read a value of a type; None if it is plain JSON already."""
    if isinstance(hint, types.UnionType):
        parts = [part for part in typing.get_args(hint) if part is not types.NoneType]
        return _reader(parts[0]) if len(parts) == 1 else item_from_json
    if typing.get_origin(hint) is tuple:
        inside = _reader(typing.get_args(hint)[0])
        return tuple if inside is None else lambda values: tuple(inside(value) for value in values)
    if hint is datetime:
        return from_iso
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return lambda value: from_json(hint, value)
    return None


def item_from_json(given: Mapping[str, Any]) -> ObservedAttribute | ObservedEvent:
    """An observed attribute (it has a section) or event."""
    return from_json(ObservedAttribute, given) if "section" in given else from_json(ObservedEvent, given)


def _check(record: Any) -> None:
    for name, hint in _shape(type(record)).hints.items():
        value = getattr(record, name)
        if not _fits(value, hint):
            raise TypeError(f"{name} of a {type(record).__name__.lower()} cannot be {value!r:.80}")


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, part) for part in typing.get_args(hint))
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(part, typing.get_args(hint)[0]) for part in value)
    if origin is not None:
        return isinstance(value, Mapping)
    if hint in (int, float):
        return isinstance(value, int | hint) and not isinstance(value, bool)
    if not isinstance(value, hint):
        return False
    if dataclasses.is_dataclass(value):
        _check(value)
    return True


def to_base64(data: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """The inverse of `to_base64`.

    Raises:
        ValueError: it is no base64.
    """
    return base64.b64decode(text, validate=True)


# -- messages --

NOT_IN_STORE = frozenset({"user_id", "seq"})
"""Fields of a message that are not content: whose it is and its number are the store's to know."""


def cleaned(message: Message, user_id: str) -> Message:
    """A message as every store keeps it: clean, of this user, with metadata of its own."""
    return from_json(Message, to_json(message, leave_out=NOT_IN_STORE), user_id=user_id, seq=message.seq)


_CONTENT = ("text", "role", "speaker", "session_id", "created_at", "metadata")


def differing(stored: Message, given: Message) -> tuple[str, ...]:
    """The fields in which two messages of one id differ; empty: they are the same message."""
    return tuple(name for name in _CONTENT if getattr(stored, name) != getattr(given, name))


@contextmanager
def readable(record: Mapping[str, Any]) -> Iterator[tuple[str, JSON]]:
    """The type and the fields of a dump's record, while it is loaded.

    Raises:
        ValueError: it turned out not to be loadable.
    """
    try:
        yield record["type"], {name: value for name, value in record.items() if name != "type"}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, MemoryChainError):
            raise
        raise ValueError(f"a record of type {record.get('type')!r} cannot be loaded: {error!r}") from error


def loaded_message(given: Mapping[str, Any], user_id: str) -> Message:
    """A message from a dump.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    message = cleaned(checked(Message, given), user_id)
    if not {"id", "created_at", "seq"} <= given.keys() or message.seq < 1:
        raise ValueError("a message of a dump has an id, a time and a number above 0")
    return message


def loaded_queue_item(given: Mapping[str, Any], message: Message) -> QueueItem:
    """A queue row from a dump.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    return checked(QueueItem, {name: value for name, value in given.items() if name != "message_id"}, message=message)


def loaded_kept(given: Mapping[str, Any]) -> tuple[str, str, int, JSON]:
    """What a memory type keeps, from a dump: (memory type, message id, ordinal, record).

    Raises:
        KeyError, TypeError: it is none.
    """
    found = (given["memory_type"], given["message_id"], given["ordinal"], given["record"])
    if not all(map(isinstance, found, (str, str, int, dict))):
        raise TypeError(f"a kept record cannot be {given!r:.80}")
    return found


# -- the log --


def observed_items(observation: Observation, said_at: datetime, seq: int) -> list[Observed]:
    """The items of an observation, each with its place in time."""
    source = Source(id=observation.message_id, said_at=said_at)
    items: list[ObservedAttribute | ObservedEvent] = [*observation.attributes, *observation.events]
    return [
        Observed(source=source, seq=seq, ordinal=ordinal, item=item, writer=observation.writer)
        for ordinal, item in enumerate(items)
    ]


def observed_correction(number: int, correction: Correction) -> Observed:
    """The item of a correction, which is the store's `number`th."""
    return Observed(
        source=Source(id=correction.id, said_at=correction.at),
        seq=CORRECTION_SEQ + number,
        ordinal=0,
        item=correction.item,
        writer=CORRECTION_WRITER,
        corrected_sources=correction.corrected_sources,
    )


def said_order(observed: Observed) -> tuple[datetime, int, int]:
    """The order in which the log is read."""
    return observed.source.said_at, observed.seq, observed.ordinal


# -- topics --


def topic_key(label: str) -> str | None:
    """What makes labels the same topic: their stems, sorted. None for a label that says nothing.

    A label without any word (an emoji) is itself, marked so that it cannot be taken for stems.
    """
    terms = sorted(set(analyze(label)))
    if terms:
        return " ".join(terms)
    bare = " ".join(label.casefold().split())
    return f"={bare}" if bare else None


def topic_terms(key: str) -> list[str]:
    """The analysed terms by which a topic is found."""
    return [] if key.startswith("=") else key.split(" ")


def topic_keys(observation: Observation) -> dict[str, str]:
    """The topics of an observation: key to wording, the main one first, each once."""
    found: dict[str, str] = {}
    for label in observation.topics:
        key = topic_key(label)
        if key is not None:
            found.setdefault(key, label)
    return found


def topic_scores(shared: Mapping[int, Sequence[str]], sizes: Mapping[int, int]) -> dict[int, float]:
    """How well topics fit a question: the terms each shares with it, the rarer the better, less for a longer label.

    Args:
        shared: topic to the terms of the question that it has, for every topic that has any.
        sizes: topic to the number of its terms.
    """
    holding = Counter(term for terms in shared.values() for term in terms)
    return {
        topic: math.fsum(1 / (1 + math.log(holding[term])) for term in terms) / math.sqrt(max(1, sizes[topic]))
        for topic, terms in shared.items()
    }


# -- what was forgotten --


def forgotten_message(key: bytes, message_id: str) -> bytes:
    """What is left of a forgotten message: a hash of its id under the chain's own key."""
    return _hash(key, "message", message_id)


def forgotten_item(key: bytes, source_id: str, text: str) -> bytes:
    """What is left of an item that is not to be learned from a source again. It is known by its words, in any order."""
    return _hash(key, "item", source_id, topic_key(text) or "")


def _hash(key: bytes, *parts: str) -> bytes:
    text = "\x1f".join(clean(part) for part in parts)
    return hashlib.blake2b(text.encode(), key=key, digest_size=16).digest()


def without_forgotten(observation: Observation, key: bytes, is_forgotten: Callable[[bytes], bool]) -> Observation:
    """An observation without the items that are not to be learned from its message again.

    An attitude goes along that was shown by what such an item says, and so do a summary and refusals that tell of it.
    """

    def gone(text: str) -> bool:
        return is_forgotten(forgotten_item(key, observation.message_id, text))

    attributes = tuple(item for item in observation.attributes if not gone(item.text))
    events = tuple(item for item in observation.events if not gone(item.text))
    removed = [item.value or item.text for item in observation.attributes if item not in attributes]
    removed += [item.text for item in observation.events if item not in events]
    said = set(analyze(" ".join(removed))).difference(analyze(f"the user {observation.subject}"))

    def tells(text: str) -> bool:
        return bool(text) and (not said.isdisjoint(analyze(text)) or gone(text))

    found = dataclasses.replace(
        observation,
        attributes=attributes,
        events=events,
        summary="" if tells(observation.summary) else observation.summary,
        refused=tuple(reason for reason in observation.refused if not tells(reason)),
    )
    shown_by = (observation.reason, *observation.topics[:1])
    if any(map(tells, shown_by)) or (said and (not observation.reason or observation.attitude is Attitude.MIXED)):
        found = dataclasses.replace(found, attitude=Attitude.NEUTRAL, reason="")
    return found
