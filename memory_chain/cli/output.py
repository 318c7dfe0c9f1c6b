"""What a command writes: records as plain JSON, or text for people.

Text that was stored is shown as it is, never as markup, and cannot steer the terminal: control characters and
those that turn the direction of a whole line are replaced by signs. To a pipe goes one record a line, unwrapped.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from memory_chain.types import Message, Preference
from memory_chain.utils import STEERING, visible

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

NARROW = 60
"""Columns. On a narrower terminal, what stands before a text gets a line of its own."""

SHORT_LABEL = 8
"""Columns. What is as short as this stays beside the text all the same."""

_UNWRAPPED = 100_000
_UNSAFE_IN_LINES = re.compile(f"{STEERING.pattern}|[\u2028\u2029]")


def to_plain(value: Any) -> Any:
    """A record as plain JSON: times in ISO 8601 with `Z`, enums as their text, dataclasses as objects."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if is_dataclass(value) and not isinstance(value, type):
        hidden = ("seq",) if isinstance(value, Message) else ()
        plain = {
            field.name: to_plain(getattr(value, field.name)) for field in fields(value) if field.name not in hidden
        }
        return {**plain, "text": value.text} if isinstance(value, Preference) else plain
    if isinstance(value, Mapping):
        return {str(to_plain(key)): to_plain(item) for key, item in value.items()}
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Iterable):
        return [to_plain(item) for item in value]
    return str(value)


def to_json(value: Any, *, ascii_only: bool = False) -> str:
    """One line of JSON, also for those who split at any line end, that no terminal can take for a command."""
    line = json.dumps(to_plain(value), ensure_ascii=ascii_only)
    return _UNSAFE_IN_LINES.sub(lambda found: f"\\u{ord(found.group()):04x}", line)


class Screen:
    """Where a command writes.

    Args:
        as_json: records go out as JSON, and nothing else does.
        quiet: no remarks and no progress, only what was asked for.
    """

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet

    @cached_property
    def console(self) -> Console:
        """The terminal or pipe behind standard output."""
        return _console(error=False)

    @property
    def wrapped(self) -> bool:
        """Whether lines are fitted to a terminal."""
        return self.console.is_terminal

    def record(self, value: Any) -> None:
        """One record as a line of JSON."""
        sys.stdout.write(to_json(value, ascii_only=not _writes_unicode()) + "\n")

    def records(self, values: Iterable[Any]) -> None:
        """Records as JSON Lines."""
        for value in values:
            self.record(value)

    def show(self, *what: RenderableType) -> None:
        """Write something made of `Text`, or tables of it."""
        for one in what:
            self.console.print(one, soft_wrap=not self.wrapped and not _is_table(one))

    def line(self, text: str = "", style: str = "") -> None:
        """Write a line of plain text."""
        self.show(styled((text, style)))

    def remark(self, text: str, style: str = "dim") -> None:
        """Say something beside what was asked for; not if quiet or if JSON goes out."""
        if not (self.quiet or self.as_json):
            self.line(text, style)

    def item(self, label: Text, body: Text, *, below: Text | None = None) -> None:
        """A label with a text beside it, or above it on a narrow terminal; `below` stands under the text."""
        from rich.padding import Padding
        from rich.table import Table

        full = body if below is None else body + "\n" + below
        if not self.wrapped:
            lines = [line for part in (body, below) if part is not None for line in part.split("\n")]
            self.show(label + "  " + type(label)("  ").join(lines))
        elif self.console.width < NARROW and label.cell_len > SHORT_LABEL:
            self.show(label, Padding(full, (0, 0, 0, 2)))
        else:
            grid = Table.grid(padding=(0, 2, 0, 0))
            grid.add_column(no_wrap=True)
            grid.add_column(overflow="fold")
            grid.add_row(label, full)
            self.show(grid)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Text]], *, numbers: Sequence[int] = ()) -> None:
        """Rows under headings; the columns in `numbers` are aligned to the right."""
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for place, column in enumerate(columns):
            table.add_column(column, justify="right" if place in numbers else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.show(table)

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show on a terminal that something takes its time."""
        console = _console(error=True)
        if self.quiet or not console.is_terminal:
            yield
            return
        with console.status(styled((what, ""))):
            yield

    def tracked(self, chunks: Sequence[Sequence[Any]], what: str) -> Iterator[Sequence[Any]]:
        """Go through chunks of work; a bar on a terminal counts their parts."""
        console = _console(error=True)
        total = sum(len(chunk) for chunk in chunks)
        if self.quiet or not console.is_terminal or len(chunks) < 2:
            yield from chunks
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("", total=total)
            for chunk in chunks:
                yield chunk
                progress.advance(task, len(chunk))

    @contextmanager
    def measured(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar on a terminal that fills by the bytes which the caller tells, out of a total."""
        console = _console(error=True)
        if self.quiet or not console.is_terminal or not total:
            yield lambda count: None
            return
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(what), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("", total=total)
            yield lambda count: progress.advance(task, count)


def styled(*parts: tuple[str, str]) -> Text:
    """A text of (words, style) parts; the words are made safe, never read as markup."""
    from rich.text import Text

    return Text.assemble(*((visible(words), style) for words, style in parts))


def _console(*, error: bool) -> Console:
    from rich.console import Console

    class Loud(Console):
        def on_broken_pipe(self) -> None:
            """Let the command line end quietly, instead of rich."""
            raise BrokenPipeError

    plain: dict[str, Any] = {"stderr": error, "markup": False, "emoji": False, "highlight": False}
    console = Loud(**plain)
    return console if console.is_terminal else Loud(width=_UNWRAPPED, **plain)


def _is_table(one: RenderableType) -> bool:
    from rich.table import Table

    return isinstance(one, Table)


def _writes_unicode() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "").startswith("utf")
