"""JSON read piece by piece, so that the size of a file does not matter.

`ijson` (extra `import`) streams; without it, files of a moderate size are read at once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from memory_chain.errors import ConfigurationError
from memory_chain.importers.base import BadRecord
from memory_chain.importers.source import Entry

AT_ONCE_BYTES = 32 * 1024 * 1024
"""Larger files need `ijson`: read at once they would take about ten times their size in memory."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One value of a file: the `number`-th from 1. `heads` are the values met on the way, by their path."""

    number: int
    value: Any
    heads: Mapping[str, Any] = field(default_factory=dict)


def pieces(entry: Entry, *targets: str, heads: Collection[str] = ()) -> Iterator[Piece | BadRecord]:
    """The values at some paths of a JSON file, in their order; one bad record where it is damaged.

    Args:
        entry: the file.
        targets: paths like `item` (each value of a list), `messages.item`, or an empty one for the whole.
        heads: paths of further values to note; those of an object are forgotten when the next one begins.

    Raises:
        ConfigurationError: the file is large and `ijson` is not installed.
    """
    try:
        import ijson
    except ImportError:
        yield from _at_once(entry, targets, heads)
        return
    number = 0
    try:
        with entry.open() as file:
            one = targets[0] if len(targets) == 1 and not heads else None
            values = _plain(ijson, file, one) if one is not None else _headed(ijson, file, set(targets), set(heads))
            for value, noted in values:
                number += 1
                yield Piece(number=number, value=value, heads=noted)
    except (ijson.JSONError, UnicodeDecodeError, ValueError, RecursionError) as error:
        yield _damaged(entry, number, error)


def first_sign(head: str) -> str:
    """The sign with which a JSON text begins."""
    return head.lstrip()[:1]


def _plain(ijson: Any, file: IO[bytes], target: str) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    for value in ijson.items(file, target, use_float=True):
        yield value, {}


def _headed(ijson: Any, file: IO[bytes], targets: set[str], heads: set[str]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    noted: dict[str, Any] = {}
    builder: Any = None
    until = ""
    for path, event, value in ijson.parse(file, use_float=True):
        if builder is not None:
            builder.event(event, value)
            if path == until and event == "end_map":
                yield builder.value, dict(noted)
                builder = None
        elif path in targets and event == "start_map":
            builder, until = ijson.ObjectBuilder(), path
            builder.event(event, value)
        elif event == "start_map":
            _forget_below(noted, path)
        elif path in heads and not event.startswith(("start", "end", "map")):
            noted[path] = value


def _forget_below(noted: dict[str, Any], path: str) -> None:
    for known in [known for known in noted if path and known.startswith(f"{path}.")]:
        del noted[known]


def _at_once(entry: Entry, targets: Collection[str], heads: Collection[str]) -> Iterator[Piece | BadRecord]:
    if entry.size > AT_ONCE_BYTES:
        raise ConfigurationError(
            f"{entry.name} has {entry.size / 1e6:,.0f} MB; JSON of more than {AT_ONCE_BYTES // 2**20} MB is streamed, "
            'which needs the package ijson: pip install "o-mem[import]"'
        )
    with entry.open() as file:
        try:
            whole = json.loads(file.read().decode("utf-8"))
        except (ValueError, RecursionError) as error:
            yield _damaged(entry, 0, error)
            return
    found = _walk(whole, "", targets, heads, {})
    for number, (value, noted) in enumerate(found, start=1):
        yield Piece(number=number, value=value, heads=noted)


def _walk(
    value: Any, path: str, targets: Collection[str], heads: Collection[str], noted: dict[str, Any]
) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    if path in targets:
        yield value, dict(noted)
        return
    if isinstance(value, dict):
        _forget_below(noted, path)
        for key, below in value.items():
            yield from _walk(below, f"{path}.{key}" if path else key, targets, heads, noted)
    elif isinstance(value, list):
        for below in value:
            yield from _walk(below, f"{path}.item" if path else "item", targets, heads, noted)
    elif path in heads:
        noted[path] = value


def _damaged(entry: Entry, number: int, error: Exception) -> BadRecord:
    where = f"after record {number}" if number else "from its beginning"
    why = error.args[0] if error.args else ""
    words = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
    reason = " ".join(words.split("\n")[0].split())[:120]
    return BadRecord(
        place=f"{entry.name}, {where}", reason=f"the JSON is damaged or cut off ({reason or type(error).__name__})"
    )
