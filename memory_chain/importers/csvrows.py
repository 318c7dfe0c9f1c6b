"""CSV read row by row: commas, semicolons, tabs or bars, a heading line, bad rows told by their line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from memory_chain.importers.base import BadRecord
from memory_chain.importers.records import Record
from memory_chain.importers.source import NOT_TEXT, Entry

_LONGEST_FIELD = 16 * 1024 * 1024
_TOLD_DELIMITER = re.compile(r"sep=([,;\t|])\s*$")
"""A line before the heading, for Excel."""


def csv_rows(entry: Entry) -> Iterator[Record | BadRecord]:
    """The rows of a table, each as an object of the heading's names; empty rows are passed over."""
    csv.field_size_limit(_LONGEST_FIELD)
    lines = _Lines(entry)
    delimiter, told = _delimiter(entry.head())
    table = csv.reader(lines, delimiter=delimiter, strict=True)
    heading: list[str] | None = None
    began, number = 1, 0
    try:
        for fields in table:
            place, began = f"{entry.name}, line {began}", table.line_num + 1
            if not any(field.strip() for field in fields) or (told and table.line_num == 1):
                continue
            if heading is None:
                heading = [field.strip() for field in fields]
            elif lines.bad:
                yield BadRecord(place=f"{entry.name}, line {lines.bad.pop()}", reason=NOT_TEXT)
            elif len(fields) != len(heading):
                yield BadRecord(place=place, reason=f"it has {len(fields)} columns, the heading {len(heading)}")
            else:
                number += 1
                yield Record(value=dict(zip(heading, fields, strict=True)), place=place, number=number, entry=entry)
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


def _delimiter(head: str) -> tuple[str, bool]:
    """The sign between columns, and whether the first line is there to tell it."""
    first = next((line for line in head.splitlines() if line.strip()), "")
    told = _TOLD_DELIMITER.match(first)
    return (told[1], True) if told else (max(",;\t|", key=first.count), False)
