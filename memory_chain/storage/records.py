"""Records as compact JSON and back. Pure: what every store writes into its payload columns.

Fields that have their default are left out; times are microseconds since 1970, so that nothing is rounded.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

from memory_chain.types import (
    Attitude,
    Decision,
    Interval,
    Operation,
    Precision,
    Source,
    Trust,
)
from memory_chain.utils import from_micros, to_micros

Record = TypeVar("Record")

_TIMES = {
    "at", "said_at", "known_from", "known_to", "valid_from", "valid_to", "start", "end",
}  # fmt: skip
_ENUMS: dict[str, type[Enum]] = {
    "polarity": Attitude,
    "attitude": Attitude,
    "trust": Trust,
    "operation": Operation,
    "precision": Precision,
}
_TUPLES = {"topics", "refused", "message_ids", "also"}


def encode(record: Any, *, leave_out: frozenset[str] = frozenset()) -> str:
    """A record as JSON text; `leave_out` names fields that are kept elsewhere."""
    return json.dumps(_plain(record, leave_out), ensure_ascii=False, separators=(",", ":"))


def decode(kind: type[Record], text: str, **more: Any) -> Record:
    """The record of a kind from JSON text; `more` gives the fields that were left out.

    Raises:
        ValueError, TypeError, KeyError: the text is no such record.
    """
    return _record(kind, {**json.loads(text), **more})


@lru_cache(maxsize=32)
def _defaults(kind: type[Any]) -> dict[str, Any]:
    found = {}
    for field in dataclasses.fields(kind):
        if field.default is not dataclasses.MISSING:
            found[field.name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory()
    return found


def _plain(value: Any, leave_out: frozenset[str] = frozenset()) -> Any:
    if isinstance(value, datetime):
        return to_micros(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        defaults = _defaults(type(value))
        shown = {}
        for field in dataclasses.fields(value):
            given = getattr(value, field.name)
            if field.name not in leave_out and not (field.name in defaults and defaults[field.name] == given):
                shown[field.name] = _plain(given)
        return shown
    return value


def _record(kind: type[Record], given: Mapping[str, Any]) -> Record:
    return kind(**{name: _value(kind, name, value) for name, value in given.items()})


def _value(kind: type[Any], name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TIMES and isinstance(value, int):
        return from_micros(value)
    if name in _ENUMS:
        return _ENUMS[name](value)
    if name in _TUPLES:
        return tuple(value)
    if name == "when" and isinstance(value, dict):
        return _record(Interval, value)
    if name == "decision" and isinstance(value, dict):
        return _record(Decision, value)
    if name == "sources":
        return tuple(_record(Source, one) for one in value)
    return value
