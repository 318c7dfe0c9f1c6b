"""The few helpers that all layers share: ids, UTC times, clean text and a token estimate."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

_SURROGATE = re.compile("[\ud800-\udfff]")
_TOKEN = re.compile(r"[A-Za-z]{1,6}|[0-9]{1,3}|[^\sA-Za-z0-9]|\n")
_LINE_ENDS = re.compile("\r\n|\u2028|\u2029|\x85")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb]")
"""Characters that would steer what shows them: control characters, and those that turn the direction of a line."""

Record = TypeVar("Record")


def new_id() -> str:
    """A fresh random id of 32 hexadecimal characters."""
    return uuid.uuid4().hex


def stable_id(*parts: str) -> str:
    """The same 20 hexadecimal characters for the same parts, on every machine."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def utc_now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


MOMENT = timedelta(microseconds=1)
"""The finest difference between two times: what was known *at* a time was learned before that much later."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970, exact; negative before."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_micros(micros: int) -> datetime:
    """The inverse of `to_micros`."""
    return _EPOCH + timedelta(microseconds=micros)


def clean_text(text: str) -> str:
    """Replace what no store or model can carry: NUL and lone surrogates."""
    return _SURROGATE.sub("\ufffd", text).replace("\x00", "\ufffd")


def visible(text: str) -> str:
    """The text with signs in place of what would steer a terminal or a page; line ends and tabs stay."""
    return STEERING.sub(_sign, _LINE_ENDS.sub("\n", text))


def _sign(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\ufffd"


@lru_cache(maxsize=4096)
def estimate_tokens(text: str) -> int:
    """A careful estimate of how many tokens a model counts for the text, without any download.

    Latin words cost one token per six letters or part of them, numbers one per three digits, every other
    character one (two outside the basic plane). It errs to the high side for English.
    """
    count = len(_TOKEN.findall(text))
    return count if text.isascii() else count + len(_ASTRAL.findall(text))


def changed(record: Record, **changes: Any) -> Record:
    """`dataclasses.replace` at half its cost, for records with slots and no `__post_init__`."""
    kind: type[Any] = type(record)
    read, puts, setters = _slots(kind)
    new: Record = object.__new__(kind)
    for put, value in zip(puts, read(record)):  # noqa: B905 — as many as there are fields, and this is hot
        put(new, value)
    for name, value in changes.items():
        setters[name](new, value)
    return new


_Setter = Callable[[Any, Any], None]
_Slots = tuple[Callable[[Any], tuple[Any, ...]], tuple[_Setter, ...], dict[str, _Setter]]
_SLOTS: dict[type[Any], _Slots] = {}


def _slots(kind: type[Any]) -> _Slots:
    """How to read all fields of a kind of record, and how to set each: frozen records refuse `setattr`."""
    found = _SLOTS.get(kind)
    if found is None:
        names = [field.name for field in fields(kind)]
        setters: dict[str, _Setter] = {name: getattr(kind, name).__set__ for name in names}
        found = _SLOTS[kind] = attrgetter(*names), tuple(setters.values()), setters
    return found
