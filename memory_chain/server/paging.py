"""Lists in pages, and the cursors between them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from memory_chain.errors import InvalidInputError
from memory_chain.types import Message
from memory_chain.utils import from_micros, to_micros

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """Some records of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null: there is none.")


def encode_cursor(kind: str, *key: str | int) -> str:
    """The place in a list after which to go on, as an opaque text."""
    return base64.urlsafe_b64encode(json.dumps([kind, *key]).encode()).decode().rstrip("=")


def decode_cursor(kind: str, cursor: str, *types: type) -> tuple[Any, ...]:
    """The key in a cursor of this kind of list.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    fits = isinstance(found, list) and [type(part) for part in found] == [str, *types]
    if not fits or found[0] != kind:
        raise InvalidInputError("This is no cursor of this list. Give the `next_cursor` of the page before, or none.")
    return tuple(found[1:])


def page_of(kind: str, items: Sequence[T], key: Callable[[T], str], cursor: str | None, limit: int) -> Page[T]:
    """The page of a list that begins after the cursor's item.

    Items that came or went before it do not shift the page.

    Raises:
        InvalidInputError: the cursor is none, or its item is gone.
    """
    start = 0
    if cursor is not None:
        (last,) = decode_cursor(kind, cursor, str)
        start = next((place + 1 for place in range(len(items) - 1, -1, -1) if key(items[place]) == last), 0)
        if start == 0:
            raise InvalidInputError("What this cursor stood at is gone. Begin again without a cursor.")
    chosen = list(items[start : start + limit])
    more = start + limit < len(items)
    return Page[Any](items=chosen, next_cursor=encode_cursor(kind, key(chosen[-1])) if more else None)


def message_cursor(message: Message) -> str:
    """The place after a message."""
    return encode_cursor("messages", to_micros(message.created_at), message.seq)


def message_at(cursor: str) -> Message:
    """The place in a cursor, as the manager takes it.

    Raises:
        InvalidInputError: it is no cursor of messages.
    """
    micros, seq = decode_cursor("messages", cursor, int, int)
    try:
        return Message(text="", created_at=from_micros(micros), seq=seq if abs(seq) < 2**62 else 0)
    except OverflowError:
        raise InvalidInputError("This is no cursor of this list. Begin again without a cursor.") from None
