"""The records of JSON files, whichever way they are laid: in a list, inside an object, one a line, or one alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from memory_chain.importers.base import BadRecord, Read
from memory_chain.importers.jsonstream import first_sign, pieces
from memory_chain.importers.source import NOT_TEXT, Entry, Source

_LINES = {".jsonl", ".ndjson"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One value of a file, with its place for a person and its number from 1."""

    value: Any
    place: str
    number: int
    entry: Entry


def read_each(
    source: Source, noun: str, read: Callable[[Record], Iterator[Read]], *, inside: Collection[str] = ()
) -> Iterator[Read]:
    """What `read` makes of the records of all files; what is damaged is told as it is."""
    for entry in source.entries:
        for record in records(entry, noun, inside=inside):
            if isinstance(record, BadRecord):
                yield record
            else:
                yield from read(record)


def records(entry: Entry, noun: str, *, inside: Collection[str] = ()) -> Iterator[Record | BadRecord]:
    """The records of a file.

    Args:
        entry: the file: a list of records, an object that has lists of them, one record a line, or one alone.
        noun: what a record is called in its place.
        inside: the keys under which an object has its lists.
    """
    targets = _targets(entry, inside)
    if not targets:
        yield from _lines(entry)
        return
    for piece in pieces(entry, *targets):
        if isinstance(piece, BadRecord):
            yield piece
        else:
            place = f"{entry.name}, {noun} {piece.number}"
            yield Record(value=piece.value, place=place, number=piece.number, entry=entry)


def _targets(entry: Entry, inside: Collection[str]) -> list[str]:
    """The paths of the records; none if there is one a line."""
    head = entry.head()
    if first_sign(head) == "[":
        return ["item"]
    wrapped = [name for name in inside if re.search(rf'(?<!\\)"{name}"\s*:\s*\[', head)]
    if wrapped:
        return [f"{name}.item" for name in wrapped]
    first, end, _ = head.lstrip().partition("\n")
    return [""] if end and entry.path.suffix.lower() not in _LINES and not _is_whole(first) else []


def _is_whole(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(entry: Entry) -> Iterator[Record | BadRecord]:
    for number, line in entry.lines():
        place = f"{entry.name}, line {number}"
        if line is None:
            yield BadRecord(place=place, reason=NOT_TEXT)
        elif line.strip():
            try:
                yield Record(value=json.loads(line), place=place, number=number, entry=entry)
            except (ValueError, RecursionError) as error:
                yield BadRecord(place=place, reason=f"it is no JSON ({error})")
