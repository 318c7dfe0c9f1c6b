"""Plain tables: JSON Lines (or a JSON list of flat objects) and CSV, with a map of columns.

Columns with usual names are found by themselves; `--map text=body,at=date` names others. A message without a speaker
and role is the user's. Rows without a time take that of the file.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from memory_chain.errors import InvalidInputError
from memory_chain.importers.assistants import ROLES, text_of
from memory_chain.importers.base import BadRecord, Imported, LeftOut, Read, made_up_times, to_time
from memory_chain.importers.jsonstream import first_sign, pieces
from memory_chain.importers.source import Entry, Source
from memory_chain.types import DEFAULT_SESSION, Role

USUAL: dict[str, tuple[str, ...]] = {
    "text": ("text", "content", "message", "body", "msg", "utterance"),
    "at": ("created_at", "timestamp", "at", "time", "datetime", "date", "sent_at", "ts", "created"),
    "speaker": ("speaker", "name", "sender", "author", "from", "user_name", "username", "sender_name"),
    "role": ("role", "sender_type"),
    "session": ("session_id", "session", "conversation_id", "thread_id", "conversation", "chat_id", "channel", "chat"),
    "id": ("id", "message_id", "uuid", "msg_id"),
}
"""What a message needs, and the columns in which it is looked for, in their order."""

_MOST_SHAPES = 100
_LONGEST_FIELD = 16 * 1024 * 1024
_OBJECT_LINE = re.compile(r"^\s*\{.*\}\s*$")
_COPY = re.compile(r"\s*\(\d+\)$")

Row = Mapping[str, Any]


class JSONLines:
    """Reads one JSON object a line, or a JSON list of flat objects."""

    name = "jsonl"
    title = "JSON Lines, or a JSON list, of messages (--map)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By objects on lines, with a text."""
        lines = [line for line in head.splitlines()[:20] if line.strip()]
        if not lines:
            return 0.0
        suffix = path.suffix.lower() in (".jsonl", ".ndjson")
        try:
            row = json.loads(lines[0])
        except (ValueError, RecursionError):
            flat = first_sign(head) == "[" and any(f'"{name}"' in head for name in USUAL["text"])
            return 0.5 if suffix else 0.3 if flat else 0.0
        if isinstance(row, list):
            row = row[0] if row else None
        if not isinstance(row, dict):
            return 0.4 if suffix else 0.0
        known = any(name in row for name in USUAL["text"]) or isinstance(row.get("messages"), list)
        return 0.7 if known and suffix else 0.5 if known or suffix else 0.2

    def read(self, source: Source) -> Iterator[Read]:
        """A message a line; a line with a list `messages` is a conversation."""
        for entry in source.entries:
            reader = _Rows(entry, source)
            for place, row in _objects(entry):
                if isinstance(row, BadRecord):
                    yield row
                elif not isinstance(row, dict):
                    yield BadRecord(place=place, reason="it is no JSON object")
                elif isinstance(row.get("messages"), list):
                    yield from _conversation(row, place, reader)
                else:
                    yield reader.read(row, place)


class CSV:
    """Reads a table with a heading line; commas, semicolons or tabs."""

    name = "csv"
    title = "CSV with a heading line (--map)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By its name, and a heading with a text."""
        first = head.splitlines()[0] if head.strip() else ""
        columns = {column.strip().strip('"').casefold() for column in re.split(r"[,;\t|]", first)}
        known = bool(columns & set(USUAL["text"])) and len(columns) > 1
        if path.suffix.lower() in (".csv", ".tsv"):
            return 0.8 if known else 0.5
        return 0.4 if known and first_sign(head) not in ("{", "[") else 0.0

    def read(self, source: Source) -> Iterator[Read]:
        """A message a row."""
        for entry in source.entries:
            yield from _table(entry, source)


def _objects(entry: Entry) -> Iterator[tuple[str, Any]]:
    if first_sign(entry.head()) == "[":
        for piece in pieces(entry, "item"):
            if isinstance(piece, BadRecord):
                yield piece.place, piece
            else:
                yield f"{entry.name}, record {piece.number}", piece.value
        return
    for number, line in entry.lines():
        place = f"{entry.name}, line {number}"
        if line is None:
            yield place, BadRecord(place=place, reason="it is not UTF-8 text (or far too long)")
        elif line.strip():
            try:
                yield place, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield place, BadRecord(place=place, reason=f"it is no JSON ({error})")


def _table(entry: Entry, source: Source) -> Iterator[Read]:
    csv.field_size_limit(_LONGEST_FIELD)
    lines = _Lines(entry)
    delimiter = _delimiter(entry.head())
    table = csv.reader(lines, delimiter=delimiter, strict=True)
    reader = _Rows(entry, source)
    heading: list[str] | None = None
    began = 1
    try:
        for fields in table:
            place, began = f"{entry.name}, line {began}", table.line_num + 1
            if not any(field.strip() for field in fields):
                continue
            if heading is None:
                heading = [field.strip() for field in fields]
                reader.heading(heading)
            elif lines.bad:
                yield BadRecord(
                    place=f"{entry.name}, line {lines.bad.pop()}", reason="it is not UTF-8 text (or far too long)"
                )
            elif len(fields) != len(heading):
                yield BadRecord(place=place, reason=f"it has {len(fields)} columns, the heading {len(heading)}")
            else:
                yield reader.read(dict(zip(heading, fields, strict=True)), place)
    except csv.Error as error:
        yield BadRecord(place=f"{entry.name}, line {began}", reason=f"it is no CSV from here on ({error})")


class _Lines:
    """The lines of a file for the reader of CSV, which needs their ends; notes those that cannot be read."""

    def __init__(self, entry: Entry) -> None:
        self._lines = entry.lines()
        self.bad: list[int] = []

    def __iter__(self) -> Iterator[str]:
        for number, line in self._lines:
            if line is None:
                self.bad.append(number)
            yield f"{line or '?'}\n" if line != "" else "\n"


def _delimiter(head: str) -> str:
    first = next((line for line in head.splitlines() if line.strip()), "")
    return max(",;\t|", key=first.count)


class _Rows:
    """Turns rows of one file into messages."""

    def __init__(self, entry: Entry, source: Source) -> None:
        self._options = source.options
        self._chosen = dict(source.options.columns)
        self._columns: dict[str, str] | None = None
        self._fitted: dict[tuple[str, ...], dict[str, str] | None] = {}
        self._clock = made_up_times(source.options.at or entry.modified)
        self._file = _COPY.sub("", entry.path.stem)
        self._last: datetime | None = None

    def heading(self, names: list[str]) -> None:
        """Take the columns of all rows from a heading."""
        self._columns = self.fit(names)

    def fit(self, names: list[str]) -> dict[str, str]:
        """Which column is what.

        Raises:
            InvalidInputError: a column of the map, or any with a text, is missing.
        """
        folded = {name.casefold(): name for name in reversed(names)}
        found = {}
        for need, usual in USUAL.items():
            chosen = self._chosen.get(need)
            if chosen is not None:
                if not self._fitted and chosen.partition(".")[0] not in names and chosen not in names:
                    raise InvalidInputError(
                        f"There is no column {chosen!r} for --map {need}={chosen}. Columns: {', '.join(names)}."
                    )
                found[need] = chosen
            else:
                name = next((folded[name] for name in usual if name in folded), None)
                if name is not None and name not in self._chosen.values():
                    found[need] = name
        if "text" not in found:
            raise InvalidInputError(
                f"No column is known to hold the text. Say which with --map text=COLUMN. Columns: {', '.join(names)}."
            )
        return found

    def _fitting(self, row: Row) -> dict[str, str] | None:
        """The columns of a row of JSON; each may have others, but the first has to have a text."""
        names = tuple(row)
        if names not in self._fitted:
            try:
                self._fitted[names] = self.fit(list(names))
            except InvalidInputError:
                if not self._fitted:
                    raise
                self._fitted[names] = None
            if len(self._fitted) > _MOST_SHAPES:
                self._fitted.pop(next(iter(self._fitted)))
        return self._fitted[names]

    def read(self, row: Row, place: str, *, session: str | None = None) -> Read:
        """The message of a row."""
        columns = self._columns if self._columns is not None else self._fitting(row)
        if columns is None:
            return BadRecord(place=place, reason=f"it has no column with a text; its columns: {', '.join(row)[:80]}")
        values = {need: _at(row, column) for need, column in columns.items()}
        text = text_of(values.get("text")) if not isinstance(values.get("text"), int | float) else str(values["text"])
        if not text.strip():
            return BadRecord(place=place, reason=f"it has no text in {columns['text']!r}")
        role, problem = _role(values.get("role"))
        if role is None:
            return BadRecord(place=place, reason=problem)
        speaker = str(values.get("speaker") or "").strip() or None
        if speaker and "role" not in columns and speaker.casefold() in ROLES:
            role, speaker = ROLES[speaker.casefold()], None
        given = values.get("at")
        try:
            at = next(self._clock) if given in (None, "") else self._time(given)
        except ValueError as error:
            return BadRecord(place=place, reason=str(error))
        named = str(values.get("session") or "").strip() or session
        key = str(values["id"]) if values.get("id") not in (None, "") else None
        return Imported(
            place=place,
            conversation=named or self._file if key is None else named or "",
            text=text,
            at=at,
            role=role,
            speaker=speaker if role is Role.USER and "role" not in columns else None,
            key=key,
            said=str(given or ""),
            session=named or DEFAULT_SESSION,
            guessed=given in (None, ""),
            metadata={"speaker": speaker} if speaker and "role" in columns else {},
        )

    def _time(self, given: Any) -> datetime:
        if self._options.time_format is None:
            return to_time(given, self._options.timezone)
        try:
            found = datetime.strptime(str(given).strip(), self._options.time_format)
        except ValueError:
            raise ValueError(f"{str(given)[:40]!r} is not written as {self._options.time_format!r}") from None
        return (found if found.tzinfo else found.replace(tzinfo=self._options.timezone)).astimezone(UTC)


def _at(row: Row, column: str) -> Any:
    """The value of a column; `a.b` is the value `b` inside `a`."""
    if column in row:
        return row[column]
    value: Any = row
    for part in column.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _role(given: Any) -> tuple[Role | None, str]:
    if given in (None, ""):
        return Role.USER, ""
    role = ROLES.get(str(given).strip().casefold())
    return role, "" if role else f"the role {str(given)[:40]!r} is not known (known: {', '.join(ROLES)})"


def _conversation(row: Row, place: str, reader: _Rows) -> Iterator[Read]:
    """A line that holds a whole conversation, as data sets for fine-tuning have them."""
    from memory_chain.utils import stable_id

    named = next((row[name] for name in USUAL["session"] + USUAL["id"] if row.get(name)), None)
    session = str(named or stable_id(json.dumps(row["messages"][:2], sort_keys=True)))
    for number, message in enumerate(row["messages"], start=1):
        where = f"{place}, message {number}"
        if not isinstance(message, dict):
            yield BadRecord(place=where, reason="it is no JSON object")
        elif not text_of(message.get("content")).strip():
            yield LeftOut(reason="messages without text (calls of tools, pictures)")
        else:
            yield reader.read({"id": str(number), **message}, where, session=session)
