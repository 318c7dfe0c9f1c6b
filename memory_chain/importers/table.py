"""Plain tables: JSON Lines (or a JSON list of flat objects) and CSV, with a map of columns.

Columns with usual names are found by themselves; `--map text=body,at=date` names others. A message without a speaker
and role is the user's. Rows without a time take that of the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Any

from memory_chain.errors import InvalidInputError
from memory_chain.importers.assistants import ROLES, text_of
from memory_chain.importers.base import (
    BadRecord,
    Imported,
    LeftOut,
    Read,
    as_object,
    as_objects,
    has_zone,
    made_up_times,
    to_time,
)
from memory_chain.importers.csvrows import csv_rows
from memory_chain.importers.jsonstream import first_sign
from memory_chain.importers.records import Record, records
from memory_chain.importers.source import Entry, Source
from memory_chain.types import DEFAULT_SESSION, Role
from memory_chain.utils import stable_id

USUAL: dict[str, tuple[str, ...]] = {
    "text": ("text", "content", "message", "body", "msg", "utterance"),
    "at": ("created_at", "timestamp", "at", "time", "datetime", "date", "sent_at", "ts", "created"),
    "speaker": ("speaker", "name", "sender", "author", "from", "user_name", "username", "sender_name"),
    "role": ("role", "sender_type"),
    "session": ("session_id", "session", "conversation_id", "thread_id", "conversation", "chat_id", "channel", "chat"),
    "id": ("id", "message_id", "uuid", "msg_id"),
}
"""What a message needs, and the columns in which it is looked for, in their order."""

EXCEL = "excel"
"""The word for `time_format` if times are numbers, as Excel writes them."""

_MOST_SHAPES = 100
_MESSAGES = re.compile(r'(?<!\\)"messages"\s*:\s*\[')
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
            whole = first_sign(head) == "{" and _MESSAGES.search(head) is not None
            return 0.5 if suffix else 0.3 if flat or whole else 0.0
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
            for record in records(entry, "record"):
                if isinstance(record, BadRecord):
                    yield record
                elif not isinstance(record.value, dict):
                    yield BadRecord(place=record.place, reason="it is no JSON object")
                elif isinstance(record.value.get("messages"), list):
                    yield from _conversation(record, reader)
                else:
                    yield reader.read(record.value, record.place)


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
            reader = _Rows(entry, source)
            for record in csv_rows(entry):
                yield record if isinstance(record, BadRecord) else reader.read(record.value, record.place)


class _Rows:
    """Turns rows of one file into messages."""

    def __init__(self, entry: Entry, source: Source) -> None:
        self._options = source.options
        self._chosen = dict(source.options.columns)
        self._fitted: dict[tuple[str, ...], dict[str, str] | None] = {}
        self._clock = made_up_times(source.options.at or entry.modified)
        self._file = _COPY.sub("", entry.path.stem)
        self._last: datetime | None = None

    def fit(self, names: list[str]) -> dict[str, str]:
        """Which column is what.

        Raises:
            InvalidInputError: a column of the map, or any with a text, is missing.
        """
        folded = {re.sub(r"[ -]", "_", name.casefold()): name for name in reversed(names)}
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
        """The columns of a row; each of JSON may have others, but the first has to have a text."""
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
        columns = self._fitting(row)
        if columns is None:
            return BadRecord(place=place, reason=f"it has no column with a text; its columns: {', '.join(row)[:80]}")
        values = {need: _at(row, column) for need, column in columns.items()}
        text = text_of(values.get("text")) if not isinstance(values.get("text"), int | float) else str(values["text"])
        if not text.strip() and row.get("tool_calls"):
            return LeftOut(reason="calls of tools")
        if not text.strip():
            inside = ", ".join(as_object(values.get("text")))[:80]
            hint = f"; inside are {inside}: --map text={columns['text']}.NAME" if inside else ""
            return BadRecord(place=place, reason=f"it has no text in {columns['text']!r}{hint}")
        role, problem = _role(values.get("role"))
        if role is None:
            return BadRecord(place=place, reason=problem)
        speaker = str(values.get("speaker") or "").strip() or None
        if speaker and role is Role.USER and speaker.casefold() in ROLES:
            role, speaker = role if "role" in columns else ROLES[speaker.casefold()], None
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
            speaker=speaker if role is Role.USER else None,
            in_role="role" in columns,
            key=key,
            said=str(given or ""),
            session=named or DEFAULT_SESSION,
            guessed=given in (None, ""),
            zoneless=given not in (None, "") and not has_zone(given),
            metadata={"speaker": speaker} if speaker and role is not Role.USER else {},
        )

    def _time(self, given: Any) -> datetime:
        if self._options.time_format is None:
            try:
                return to_time(given, self._options.timezone)
            except ValueError as error:
                raise ValueError(f"{error}; --time-format says how times are written") from None
        if self._options.time_format == EXCEL:
            return from_excel(given).replace(tzinfo=self._options.timezone).astimezone(UTC)
        try:
            found = datetime.strptime(str(given).strip(), self._options.time_format)
        except ValueError:
            raise ValueError(f"{str(given)[:40]!r} is not written as {self._options.time_format!r}") from None
        return (found if found.tzinfo else found.replace(tzinfo=self._options.timezone)).astimezone(UTC)


def from_excel(given: Any) -> datetime:
    """A time that Excel wrote as a number: days since the end of 1899, without a zone.

    Raises:
        ValueError: it is none.
    """
    try:
        found = datetime(1899, 12, 30) + timedelta(days=float(str(given).replace(",", ".")))
    except (ValueError, OverflowError):
        raise ValueError(f"{str(given)[:40]!r} is no number of days, as Excel has them") from None
    return (found + timedelta(milliseconds=0.5)).replace(microsecond=0)


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


def _conversation(record: Record, reader: _Rows) -> Iterator[Read]:
    """A record that holds a whole conversation, as data sets for fine-tuning have them."""
    row, place, path = record.value, record.place, ""
    named = next((row[name] for name in USUAL["session"] + USUAL["id"] if row.get(name)), None)
    session = str(named or stable_id(*(text_of(one.get("content")) for one in as_objects(row["messages"][:2]))))
    for number, message in enumerate(row["messages"], start=1):
        where = f"{place}, message {number}"
        if not isinstance(message, dict):
            yield BadRecord(place=where, reason="it is no JSON object")
            continue
        path = stable_id(path, str(message.get("role")), text_of(message.get("content")))
        if not text_of(message.get("content")).strip():
            yield LeftOut(reason="messages without text (calls of tools, pictures)")
        else:  # without ids, two conversations may begin alike, and then part
            yield reader.read({"id": path, **message}, where, session=session)
