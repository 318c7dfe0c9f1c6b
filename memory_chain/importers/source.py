"""Where an export is read from: a file, a folder or a zip archive, as a list of files that can be opened."""

from __future__ import annotations

import codecs
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath, PurePosixPath
from typing import IO, Any

from memory_chain.errors import TransferError
from memory_chain.importers.base import ReadOptions

HEAD_BYTES = 64 * 1024
LONGEST_LINE = 32 * 1024 * 1024
"""Bytes. No message is as long as this; a longer line is not read."""

NOT_TEXT = "it is not UTF-8 text (or far too long); for older files: iconv -f WINDOWS-1252 -t UTF-8"

TEXTS = {".json", ".jsonl", ".ndjson", ".txt", ".csv", ".tsv", ".af", ""}
"""What files of an archive or folder may end in; the rest (pictures, pages) is not looked at."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BROKEN = (OSError, zipfile.BadZipFile, zlib.error, EOFError)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of an export. `path` is its place inside the folder or archive."""

    path: PurePosixPath
    size: int
    modified: datetime
    opener: Callable[[], IO[bytes]]
    told: Callable[[int], None]

    @property
    def name(self) -> str:
        """The place, as it is told."""
        return str(self.path)

    @contextmanager
    def open(self, *, told: bool = True) -> Iterator[IO[bytes]]:
        """The bytes, in UTF-8 without a mark, whatever the file has; what is read counts as progress if `told`.

        Raises:
            TransferError: the file cannot be read.
        """
        try:
            with self.opener() as raw:
                counted = io.BufferedReader(_Counted(raw, self.told if told else _nothing), HEAD_BYTES)
                mark = counted.peek(4)[:4]
                encoding = _encoding(mark)
                if encoding.startswith("utf-16"):
                    yield io.BufferedReader(_Recoded(counted, encoding), HEAD_BYTES)
                    return
                if encoding == "utf-8-sig":
                    counted.read(3)
                yield counted
        except _BROKEN as error:
            raise TransferError(f"{self.name} cannot be read ({_reason(error)}). Nothing more was imported.") from error

    def lines(self, *, told: bool = True) -> Iterator[tuple[int, str | None]]:
        """The lines with their numbers, without their ends; None for one that is not UTF-8 or far too long."""
        number = 0
        with self.open(told=told) as file:
            while line := file.readline(LONGEST_LINE):
                number += 1
                whole = line.endswith(b"\n") or len(line) < LONGEST_LINE
                while not (line.endswith(b"\n") or len(line) < LONGEST_LINE):
                    line = file.readline(LONGEST_LINE)
                yield number, _decoded(line.rstrip(b"\r\n")) if whole else None

    def head(self) -> str:
        """The first characters."""
        with self.open(told=False) as file:
            return file.read(HEAD_BYTES).decode("utf-8", "ignore")


class Source:
    """An export to read, with what a person said about it.

    Args:
        path: a file, folder or zip archive.
        options: what a person said about it.

    Raises:
        TransferError: there is nothing, or it cannot be read.
    """

    def __init__(self, path: str | Path, options: ReadOptions | None = None) -> None:
        self.path = Path(path)
        self.options = options or ReadOptions()
        self.on_read: Callable[[int], None] | None = None
        """Told how many bytes were just read."""
        self.unread: list[Entry] = []
        """Files that were passed over, being of another format than the rest, or of none."""
        self.zipped = False
        self.entries = self._listed()

    @property
    def total_bytes(self) -> int:
        """The size of all files."""
        return sum(entry.size for entry in self.entries)

    def restricted(self, entries: list[Entry]) -> None:
        """Read only these files."""
        kept = {entry.path for entry in entries}
        self.unread = [entry for entry in self.entries if entry.path not in kept]
        self.entries = entries

    def _listed(self) -> list[Entry]:
        try:
            if self.path.is_dir():
                found = sorted(path for path in self.path.rglob("*") if path.is_file() and _is_text(path))
                return [self._file(path, path.relative_to(self.path)) for path in found]
            if str(self.path) == "-" or self.path.is_fifo() or self.path.is_char_device():
                raise OSError(22, "an import reads its file twice, so it cannot be a pipe; save it to a file first")
            if zipfile.is_zipfile(self.path):
                self.zipped = True
                return self._archived()
            if not self.path.is_file():
                raise FileNotFoundError(2, "there is no such file")
            return [self._file(self.path, PurePath(self.path.name))]
        except _BROKEN as error:
            raise TransferError(f"{self.path} cannot be read: {_reason(error)}.") from None

    def _file(self, path: Path, place: PurePath) -> Entry:
        stat = path.stat()
        return Entry(
            path=PurePosixPath(place.as_posix()),
            size=stat.st_size,
            modified=datetime.fromtimestamp(int(stat.st_mtime), UTC),
            opener=lambda: path.open("rb"),
            told=self._told,
        )

    def _archived(self) -> list[Entry]:
        with zipfile.ZipFile(self.path) as archive:
            infos = sorted(archive.infolist(), key=lambda info: info.filename)
        return [
            Entry(
                path=PurePosixPath(info.filename),
                size=info.file_size,
                modified=_zip_time(info),
                opener=lambda name=info.filename: _member(self.path, name),  # type: ignore[misc]
                told=self._told,
            )
            for info in infos
            if not info.is_dir() and _is_text(PurePosixPath(info.filename))
        ]

    def _told(self, count: int) -> None:
        if self.on_read is not None:
            self.on_read(count)


class _Counted(io.RawIOBase):
    """Tells how many bytes were read of a file."""

    def __init__(self, file: IO[bytes], told: Callable[[int], None]) -> None:
        self._file, self._told = file, told

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._file.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._told(len(chunk))
        return len(chunk)


class _Recoded(io.RawIOBase):
    """UTF-16 as UTF-8."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            chunk = self._file.read(HEAD_BYTES)
            self._ready = self._decoder.decode(chunk, final=not chunk).encode("utf-8", "replace")
            if not chunk:
                break
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _member(path: Path, name: str) -> IO[bytes]:
    """A file of an archive; closing it closes the archive."""
    archive = zipfile.ZipFile(path)
    try:
        member = archive.open(name)
    except RuntimeError as error:  # locked by a password, or packed in a way that is not known
        archive.close()
        raise zipfile.BadZipFile(str(error)) from None
    except BaseException:
        archive.close()
        raise
    close = member.close

    def close_both() -> None:
        close()
        archive.close()

    member.close = close_both  # type: ignore[method-assign]
    return member


def _is_text(path: PurePath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts if part not in ("..", "/"))
    return not hidden and path.suffix.lower() in TEXTS


def _zip_time(info: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        return datetime(1980, 1, 1, tzinfo=UTC)


def _encoding(start: bytes) -> str:
    """By the mark at the beginning; without one, UTF-16 shows by the zeros between Latin letters."""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    zeros = [byte == 0 for byte in start]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False, True, False] else "utf-8"


def _nothing(_: int) -> None:
    return None


def _decoded(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
