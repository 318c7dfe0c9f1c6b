"""Reads the files of benchmarks: their bytes, their sha256, their records; and says what is wrong and where.

Every complaint names the file, the line or record, what is wrong, whether the file is the published one, and
where the data can be had.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory_chain.errors import InvalidInputError

_LFS = b"version https://git-lfs.github.com"


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a benchmark's data come from.

    `advice` is a sentence that tells how to get them; `known` maps the names of the published files to the sha256
    of their contents (several where several variants of a name are published).
    """

    benchmark: str
    advice: str
    known: Mapping[str, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFile:
    """A file as read. `known`: its content is the published one, byte by byte."""

    path: Path
    content: bytes
    sha256: str
    known: bool
    origin: Origin

    @property
    def place(self) -> Place:
        """The file as a whole, for complaints about it."""
        return Place(file=self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place in a file: what complaints name. Its methods take a value out of a record, or complain."""

    file: DataFile
    where: str = ""

    def at(self, where: str) -> Place:
        """A place inside this one."""
        return Place(file=self.file, where=f"{self.where}, {where}" if self.where else where)

    def wrong(self, what: str) -> InvalidInputError:
        """The error that says what is wrong here and what to do."""
        at = f", {self.where}" if self.where else ""
        return InvalidInputError(f"{self.file.path}{at}: {what}. {_whether_known(self.file)}{self.file.origin.advice}")

    def mapping(self, value: object) -> Mapping[str, Any]:
        """The value, which has to be an object."""
        if not isinstance(value, dict):
            raise self.wrong(f"an object is expected, not {_kind(value)}")
        return value

    def items(self, value: object) -> Sequence[Any]:
        """The value, which has to be a list."""
        if not isinstance(value, list):
            raise self.wrong(f"a list is expected, not {_kind(value)}")
        return value

    def get(self, record: object, key: str) -> Any:
        """What stands under the key, which has to be there."""
        found = self.mapping(record)
        if key not in found:
            there = ", ".join(sorted(map(str, found))[:12]) or "nothing"
            raise self.wrong(f"{key!r} is missing (there is: {there})")
        return found[key]

    def text(self, record: object, key: str) -> str:
        """The text under the key."""
        value = self.get(record, key)
        if not isinstance(value, str):
            raise self.wrong(f"{key!r} has to be a text, not {_kind(value)}")
        return value

    def words(self, record: object, key: str) -> str:
        """The text under the key; a number is written out."""
        value = self.get(record, key)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.wrong(f"{key!r} has to be a text or a number, not {_kind(value)}")
        return str(value)

    def integer(self, record: object, key: str) -> int:
        """The whole number under the key; digits in a text are taken too, since CSV has nothing else."""
        value = self.get(record, key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        try:
            return int(value) if isinstance(value, str) else int("")
        except ValueError:
            raise self.wrong(f"{key!r} has to be a whole number, not {value!r:.60}") from None

    def list_of(self, record: object, key: str) -> Sequence[Any]:
        """The list under the key."""
        return self.at(repr(key)).items(self.get(record, key))

    def texts(self, record: object, key: str) -> tuple[str, ...]:
        """The list of texts under the key."""
        values = self.list_of(record, key)
        for value in values:
            if not isinstance(value, str):
                raise self.wrong(f"{key!r} has to hold texts, not {_kind(value)}")
        return tuple(values)

    def one_of(self, record: object, key: str, allowed: Collection[str]) -> str:
        """The text under the key, which has to be one of those allowed."""
        value = self.words(record, key)
        if value not in allowed:
            raise self.wrong(f"{key!r} is {value!r}, which is not known; known are {', '.join(sorted(allowed))}")
        return value


def read_file(path: str | Path, origin: Origin) -> DataFile:
    """Read a file whole.

    Raises:
        InvalidInputError: it is not there, cannot be read, is empty, or is only a pointer to the data.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise InvalidInputError(f"There is no file {file}. {origin.advice}") from None
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}. {origin.advice}") from error
    sha256 = hashlib.sha256(content).hexdigest()
    read = DataFile(
        path=file, content=content, sha256=sha256, known=sha256 in origin.known.get(file.name, ()), origin=origin
    )
    if content.startswith(_LFS):
        raise read.place.wrong("it is a pointer of Git LFS, not the data; fetch it with `git lfs pull`")
    if not content.strip():
        raise read.place.wrong("it is empty")
    return read


def read_bytes(path: str | Path, origin: Origin) -> tuple[bytes, str, bool]:
    """The content of a file, its sha256, and whether it is the published one.

    Raises:
        InvalidInputError: as `read_file`.
    """
    read = read_file(path, origin)
    return read.content, read.sha256, read.known


def parse_json(file: DataFile) -> Any:
    """The file as one JSON value.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        return json.loads(file.content)
    except (ValueError, RecursionError) as error:
        raise file.place.wrong(f"is no JSON ({error}); it may be cut off") from None


def json_list(file: DataFile) -> Iterator[tuple[Place, Any]]:
    """Each item of a JSON list, with its place.

    Raises:
        InvalidInputError: the file is no JSON, no list, or an empty one.
    """
    found = file.place.items(parse_json(file))
    if not found:
        raise file.place.wrong("the list is empty")
    for number, item in enumerate(found):
        yield file.place.at(f"record {number}"), item


def json_lines(file: DataFile) -> Iterator[tuple[Place, Any]]:
    """The JSON value of each line, with its place; empty lines are passed over.

    Raises:
        InvalidInputError: a line is no JSON.
    """
    for number, line in enumerate(file.content.split(b"\n"), start=1):
        if not line.strip():
            continue
        place = file.place.at(f"line {number}")
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise place.wrong(f"is no JSON ({error}); it may be cut off") from None
        yield place, value


def json_records(file: DataFile) -> Iterator[tuple[Place, Any]]:
    """The records of a file that is one JSON object, a JSON list or JSON lines.

    Raises:
        InvalidInputError: it is none of these.
    """
    try:
        whole = json.loads(file.content)
    except (ValueError, RecursionError):
        yield from json_lines(file)
        return
    if isinstance(whole, list):
        yield from json_list(file)
    else:
        yield file.place, whole


def csv_rows(file: DataFile, columns: Collection[str]) -> Iterator[tuple[Place, Mapping[str, str]]]:
    """Each row of a CSV file with a header, with its place.

    Raises:
        InvalidInputError: it is no UTF-8, a column is missing, or a row has too few or too many fields.
    """
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise file.place.wrong(f"is no UTF-8 ({error.reason} at byte {error.start})") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            there = ", ".join(reader.fieldnames or ()) or "none"
            raise file.place.wrong(f"the column {', '.join(missing)} is missing (columns: {there:.300})")
        for row in reader:
            place = file.place.at(f"line {reader.line_num}")
            if None in row or None in row.values():
                raise place.wrong("the row has another number of fields than the header; it may be cut off")
            yield place, row
    except csv.Error as error:
        raise file.place.at(f"line {reader.line_num}").wrong(f"is no CSV ({error})") from None


def sums(files: Iterable[DataFile]) -> dict[str, str]:
    """Path to sha256, as a `Dataset` keeps it."""
    return {str(file.path): file.sha256 for file in files}


def all_known(files: Iterable[DataFile]) -> bool:
    """Whether all files are the published ones."""
    return all(file.known for file in files)


def unknown_files(files: Iterable[DataFile]) -> list[str]:
    """The paths of the files that are not the published ones, with the hash that they have."""
    return [f"{file.path} (sha256 {file.sha256})" for file in files if not file.known]


def unique(place: Place, value: str, seen: set[str], what: str) -> str:
    """The value, which may not have come before.

    Raises:
        InvalidInputError: it has.
    """
    if value in seen:
        raise place.wrong(f"{what} {value!r} occurs twice")
    seen.add(value)
    return value


def _whether_known(file: DataFile) -> str:
    published = sorted(file.origin.known.get(file.path.name, ()))
    if file.known or not published:
        return ""
    return f"The file is not the published one: its sha256 is {file.sha256}, expected {' or '.join(published)}. "


_KINDS = ((bool, "true or false"), (dict, "an object"), (list, "a list"), (str, "a text"), (int | float, "a number"))


def _kind(value: object) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "null")
