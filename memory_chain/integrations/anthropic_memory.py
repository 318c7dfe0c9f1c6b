"""Anthropic's memory tool (`memory_20250818`): a memory as files that Claude views and writes.

What the model writes is kept as messages of role `tool`, one a file, so that it is found, marked and taken back like
everything that a tool says. Nothing touches a disk by path: a path is a name inside one user's memory. Beside the
model's own files stand read-only ones that tell who the user is and what happened.

Written against anthropic 2.11 and 2.12.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from memory_chain.errors import (
    ConfigurationError,
    InvalidInputError,
    InvalidUserError,
    NotFoundError,
    UnknownUserError,
)
from memory_chain.extraction.guards import CONTEXT_CLOSE, CONTEXT_OPEN, disarm_context
from memory_chain.integrations.common import OUT_OF_REACH, failed
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Attribute, Event, Message, Role, Trust
from memory_chain.utils import clean_text

try:
    from anthropic.lib.tools import BetaAbstractMemoryTool, BetaAsyncAbstractMemoryTool, ToolError
except ImportError as error:
    raise ConfigurationError(
        f"Anthropic's memory tool needs the package anthropic, version 2 ({error}). "
        "Install it with: pip install 'o-mem[anthropic]'."
    ) from error

P = ParamSpec("P")

ROOT = "/memories"
ABOUT = f"{ROOT}/about-the-user"
"""The folder of the files that can only be read."""

SESSION = "memory files"
"""The session in which files are kept."""

SOURCE = "anthropic-memory-tool"
"""The `source` of every file, so that `manager.revoke(user_id, source=…)` takes them all back."""

LONGEST_PATH = 512
_MARKS = {Trust.REPORTED: " (told by others)", Trust.TOOL: " (from a tool)", Trust.INFERRED: " (inferred)"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    """A file: the newest message under its path, and the ids of all that stand there."""

    text: str
    version: int
    ids: tuple[str, ...]


def _in_reach(command: Callable[Concatenate[MemoryFiles, P], str]) -> Callable[Concatenate[MemoryFiles, P], str]:
    """The command, with a memory that fails told to the model in words that name no file and no user."""

    @wraps(command)
    def run(self: MemoryFiles, /, *args: P.args, **kwargs: P.kwargs) -> str:
        try:
            return command(self, *args, **kwargs)
        except (ToolError, ConfigurationError, InvalidUserError):
            raise
        except Exception as error:
            failed(f"A command of the memory tool failed ({command.__name__})", error)
            raise ToolError(OUT_OF_REACH) from error

    return run


class MemoryFiles:
    """The files of one user: what the six commands of the tool do, as texts for the model.

    Every method raises `ToolError`, which the model is shown, for what the model did wrong, and if the memory fails.
    """

    def __init__(self, manager: MemoryManager, user_id: str) -> None:
        self.manager = manager
        self.user_id = user_id
        self._lock = threading.RLock()

    @_in_reach
    def view(self, path: str, view_range: Sequence[int] | None = None) -> str:
        """A file with line numbers, or what lies in a folder, two levels deep."""
        path = _checked(path)
        files = self._files() | dict.fromkeys(self._about())
        if path in files:
            file = files[path]
            return _numbered(path, self._about()[path]() if file is None else file.text, view_range)
        below = [name for name in files if name.startswith(f"{path}/")]
        if not below and path != ROOT:
            raise ToolError(f"The path {path} does not exist. Please provide a valid path.")
        return _listing(path, {name: _size(files[name]) for name in below})

    @_in_reach
    def create(self, path: str, text: str) -> str:
        """A new file."""
        path = self._writable(path)
        with self._lock:
            files = self._files()
            if _is_taken(path, files):
                raise ToolError(f"File {path} already exists")
            _check_folders(path, files)
            self._write([(path, text, 1)], replacing=())
        return f"File created successfully at: {path}"

    @_in_reach
    def str_replace(self, path: str, old: str, new: str) -> str:
        """A file with the one occurrence of a text replaced."""
        path = self._writable(path)
        with self._lock:
            file = self._file(path)
            count = file.text.count(old) if old else 0
            if count == 0:
                raise ToolError(f"No replacement was performed, old_str `{old}` did not appear verbatim in {path}.")
            if count > 1:
                lines = ", ".join(str(number) for number in _lines_with(file.text, old))
                raise ToolError(
                    f"No replacement was performed. Multiple occurrences of old_str `{old}` in lines: {lines}. "
                    "Please ensure it is unique"
                )
            line = file.text[: file.text.find(old)].count("\n")
            changed = file.text.replace(old, new)
            self._write([(path, changed, file.version + 1)], replacing=file.ids)
        around = _with_numbers(changed.split("\n")[max(0, line - 2) : line + 3], first=max(0, line - 2) + 1)
        return f"The memory file has been edited. Here is the snippet showing the change (with line numbers):\n{around}"

    @_in_reach
    def insert(self, path: str, after_line: int, text: str) -> str:
        """A file with lines put after a line (0: at the top)."""
        path = self._writable(path)
        with self._lock:
            file = self._file(path)
            lines = file.text.split("\n")
            if lines[-1] == "":
                lines.pop()
            if not 0 <= after_line <= len(lines):
                raise ToolError(
                    f"Invalid `insert_line` parameter: {after_line}. It should be within the range [0, {len(lines)}]."
                )
            lines.insert(after_line, text.rstrip("\n"))
            self._write([(path, "\n".join(lines) + "\n", file.version + 1)], replacing=file.ids)
        return f"The file {path} has been edited."

    @_in_reach
    def delete(self, path: str) -> str:
        """Remove a file, or a folder with all its files, for good."""
        path = self._writable(path)
        if path == ROOT:
            raise ToolError(f"Cannot delete the {ROOT} directory itself")
        with self._lock:
            gone = self._at_or_below(path, self._files())
            self._forget([message_id for file in gone.values() for message_id in file.ids])
        return f"Successfully deleted {path}"

    @_in_reach
    def rename(self, old_path: str, new_path: str) -> str:
        """Give a file or folder another path."""
        old_path, new_path = self._writable(old_path), self._writable(new_path)
        if old_path == ROOT:
            raise ToolError(f"Cannot rename the {ROOT} directory itself")
        with self._lock:
            files = self._files()
            if _is_taken(new_path, files):
                raise ToolError(f"The destination {new_path} already exists")
            moved = self._at_or_below(old_path, files)
            if new_path.startswith(f"{old_path}/"):
                raise ToolError(f"{old_path} cannot be moved into itself.")
            _check_folders(new_path, files)
            self._write(
                [(new_path + path[len(old_path) :], file.text, file.version + 1) for path, file in moved.items()],
                replacing=[message_id for file in moved.values() for message_id in file.ids],
            )
        return f"Successfully renamed {old_path} to {new_path}"

    @_in_reach
    def clear(self) -> str:
        """Remove all files of the model. What else is known of the user stays."""
        with self._lock:
            self._forget([message_id for file in self._files().values() for message_id in file.ids])
        return "All memory cleared"

    # -- inside --

    def _files(self) -> dict[str, _File]:
        try:
            messages = self.manager.messages(self.user_id, session_id=SESSION)
        except UnknownUserError:
            return {}
        found: dict[str, list[Message]] = {}
        for message in messages:
            path = message.metadata.get("path")
            if message.metadata.get("source") == SOURCE and isinstance(path, str):
                found.setdefault(path, []).append(message)
        return {path: _newest(versions) for path, versions in sorted(found.items())}

    def _file(self, path: str) -> _File:
        files = self._files()
        if path not in files:
            what = "is not a file" if _is_taken(path, files) else "does not exist. Please provide a valid path"
            raise ToolError(f"The path {path} {what}.")
        return files[path]

    def _at_or_below(self, path: str, files: dict[str, _File]) -> dict[str, _File]:
        found = {name: file for name, file in files.items() if name == path or name.startswith(f"{path}/")}
        if not found:
            raise ToolError(f"The path {path} does not exist")
        return found

    def _writable(self, path: str) -> str:
        path = _checked(path)
        if path == ABOUT or path.startswith(f"{ABOUT}/"):
            raise ToolError(f"{ABOUT} can only be read: it shows what the user said. Write your notes elsewhere.")
        return path

    def _write(self, files: Sequence[tuple[str, str, int]], *, replacing: Sequence[str]) -> None:
        """Store first and forget afterwards: whatever happens in between, no text is lost."""
        given = [
            {
                "role": Role.TOOL,
                "text": text if text.strip() else "(empty file)",
                "metadata": {
                    "source": SOURCE,
                    "path": path,
                    "version": version,
                    **({} if text.strip() else {"blank": text}),
                },
            }
            for path, text, version in files
        ]
        try:
            self.manager.add(given, user_id=self.user_id, session_id=SESSION)
        except InvalidInputError as error:
            raise ToolError(str(error)) from error
        self._forget(replacing)

    def _forget(self, message_ids: Sequence[str]) -> None:
        if message_ids:
            self.manager.forget(self.user_id, message_ids=message_ids)

    def _about(self) -> dict[str, Any]:
        return {f"{ABOUT}/events.md": self._events, f"{ABOUT}/profile.md": self._profile}

    def _profile(self) -> str:
        try:
            profile = self.manager.profile(self.user_id)
        except NotFoundError:
            return _framed("Who the user is:", [])
        lines = [_line(attribute) for attribute in profile.attributes]
        lines += [disarm_context(str(preference)) for preference in profile.preferences]
        return _framed("Who the user is:", lines)

    def _events(self) -> str:
        try:
            events = self.manager.events(self.user_id)
        except NotFoundError:
            events = []
        return _framed("What happened:", [f"{_day(event)}: {_line(event)}" for event in events])


class OMemMemoryTool(BetaAbstractMemoryTool):
    """The memory tool of one user, for `client.beta.messages.tool_runner(tools=[…])`.

    Args:
        manager: the memories; it stays the caller's to close.
        user_id: whose files these are. One tool serves one user.
        settings: those of `BetaAbstractMemoryTool`, like `cache_control`.
    """

    def __init__(self, manager: MemoryManager, user_id: str, **settings: Any) -> None:
        super().__init__(**settings)
        self.files = MemoryFiles(manager, user_id)

    def view(self, command: Any) -> str:
        """See `MemoryFiles.view`."""
        return self.files.view(command.path, command.view_range)

    def create(self, command: Any) -> str:
        """See `MemoryFiles.create`."""
        return self.files.create(command.path, command.file_text)

    def str_replace(self, command: Any) -> str:
        """See `MemoryFiles.str_replace`."""
        return self.files.str_replace(command.path, command.old_str, command.new_str or "")

    def insert(self, command: Any) -> str:
        """See `MemoryFiles.insert`."""
        return self.files.insert(command.path, command.insert_line, command.insert_text)

    def delete(self, command: Any) -> str:
        """See `MemoryFiles.delete`."""
        return self.files.delete(command.path)

    def rename(self, command: Any) -> str:
        """See `MemoryFiles.rename`."""
        return self.files.rename(command.old_path, command.new_path)

    def clear_all_memory(self) -> str:
        """See `MemoryFiles.clear`."""
        return self.files.clear()


class AsyncOMemMemoryTool(BetaAsyncAbstractMemoryTool):
    """`OMemMemoryTool` for the asynchronous client; each command runs in a thread."""

    def __init__(self, manager: MemoryManager, user_id: str, **settings: Any) -> None:
        super().__init__(**settings)
        self.files = MemoryFiles(manager, user_id)

    async def view(self, command: Any) -> str:
        """See `MemoryFiles.view`."""
        return await asyncio.to_thread(self.files.view, command.path, command.view_range)

    async def create(self, command: Any) -> str:
        """See `MemoryFiles.create`."""
        return await asyncio.to_thread(self.files.create, command.path, command.file_text)

    async def str_replace(self, command: Any) -> str:
        """See `MemoryFiles.str_replace`."""
        return await asyncio.to_thread(self.files.str_replace, command.path, command.old_str, command.new_str or "")

    async def insert(self, command: Any) -> str:
        """See `MemoryFiles.insert`."""
        return await asyncio.to_thread(self.files.insert, command.path, command.insert_line, command.insert_text)

    async def delete(self, command: Any) -> str:
        """See `MemoryFiles.delete`."""
        return await asyncio.to_thread(self.files.delete, command.path)

    async def rename(self, command: Any) -> str:
        """See `MemoryFiles.rename`."""
        return await asyncio.to_thread(self.files.rename, command.old_path, command.new_path)

    async def clear_all_memory(self) -> str:
        """See `MemoryFiles.clear`."""
        return await asyncio.to_thread(self.files.clear)


def _checked(path: object) -> str:
    """The path without a final slash, if it is a plain one below `/memories`."""
    if not isinstance(path, str) or len(path) > LONGEST_PATH:
        raise ToolError(f"A path is a text of at most {LONGEST_PATH} characters.")
    path = path.rstrip("/")
    if path != ROOT and not path.startswith(f"{ROOT}/"):
        raise ToolError(f"Path must start with {ROOT}, got: {path}")
    parts = path.split("/")[1:]
    if any(part.strip() in ("", ".", "..") for part in parts) or "\\" in path or "%2e" in path.lower():
        raise ToolError(f"Path {path} has empty, `.` or `..` parts; write it out below {ROOT}.")
    if not path.isprintable() or clean_text(path) != path:
        raise ToolError("A path has no line breaks or control characters.")
    return path


def _is_taken(path: str, files: Iterable[str]) -> bool:
    """Whether there is a file or folder at a path."""
    return path == ROOT or any(name == path or name.startswith(f"{path}/") for name in files)


def _check_folders(path: str, files: Iterable[str]) -> None:
    for name in files:
        if path.startswith(f"{name}/"):
            raise ToolError(f"{name} is a file, so that nothing can lie below it")


def _newest(versions: Sequence[Message]) -> _File:
    """Two processes that edit one file at once leave two messages: the later version counts."""
    newest = max(versions, key=lambda message: (_version(message), message.seq))
    blank = newest.metadata.get("blank")
    return _File(
        text=blank if isinstance(blank, str) else newest.text,
        version=_version(newest),
        ids=tuple(message.id for message in versions),
    )


def _version(message: Message) -> int:
    version = message.metadata.get("version")
    return version if isinstance(version, int) else 0


def _lines_with(text: str, part: str) -> list[int]:
    found, at = [], text.find(part)
    while at != -1:
        found.append(text.count("\n", 0, at) + 1)
        at = text.find(part, at + 1)
    return found


def _with_numbers(lines: Sequence[str], *, first: int) -> str:
    return "\n".join(f"{number:>6}\t{line}" for number, line in enumerate(lines, first))


def _numbered(path: str, text: str, view_range: Sequence[int] | None) -> str:
    lines, first = text.split("\n"), 1
    if view_range and len(view_range) == 2:
        first = max(1, view_range[0])
        lines = lines[first - 1 : None if view_range[1] == -1 else view_range[1]]
    return f"Here's the content of {path} with line numbers:\n{_with_numbers(lines, first=first)}"


def _size(file: _File | None) -> str:
    size = len(file.text.encode("utf-8")) if file else 0
    return f"{size}B" if size < 1024 else f"{size / 1024:.1f}K"


def _listing(path: str, sizes: dict[str, str]) -> str:
    entries = {}
    for name, size in sizes.items():
        parts = name[len(path) + 1 :].split("/")
        if any(part.startswith(".") for part in parts[:2]):
            continue
        for depth in range(1, min(2, len(parts) - 1) + 1):
            entries[f"{path}/{'/'.join(parts[:depth])}/"] = "0B"
        if len(parts) <= 2:
            entries[name] = "read-only" if name.startswith(f"{ABOUT}/") else size
    lines = [f"{size}\t{name}" for name, size in sorted(entries.items())]
    head = f"Here're the files and directories up to 2 levels deep in {path}, excluding hidden items:"
    return "\n".join([head, f"0B\t{path}", *lines])


def _line(item: Attribute | Event) -> str:
    text = " ".join(disarm_context(item.text).split())
    return text + _MARKS.get(item.trust, "")


def _day(event: Event) -> str:
    return f"{event.when.start:%Y-%m-%d}" if event.when else "no date"


def _framed(heading: str, lines: Sequence[str]) -> str:
    """As recalled context, so that a copy of it in a note or a message is not learned again."""
    shown = [f"- {line}" for line in lines] or ["- nothing yet"]
    return "\n".join([CONTEXT_OPEN, heading, *shown, CONTEXT_CLOSE])
