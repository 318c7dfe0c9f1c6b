"""Exports written by the tests, and a memory to import them into."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memory_chain import MemoryManager
from memory_chain.importers import Plan, ReadOptions, Report, Source, Survey, check, choose, run, survey
from memory_chain.types import Message


class Importing:
    """Imports exports into one memory, as the command does."""

    def __init__(self, memory: MemoryManager, folder: Path) -> None:
        self.memory = memory
        self.folder = folder

    def file(self, name: str, content: Any) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, "utf-8", newline="")
        else:
            path.write_text(json.dumps(content), "utf-8")
        return path

    def plan(
        self, path: Path, *me: str, name: str | None = None, user: str = "u", skip_bad: bool = False, **options: Any
    ) -> Plan:
        source = Source(path, ReadOptions(**options))
        return Plan(importer=choose(source, name), source=source, user_id=user, me=me, skip_bad=skip_bad)

    def survey(self, path: Path, *me: str, **more: Any) -> Survey:
        return survey(self.memory, self.plan(path, *me, **more))

    def run(self, path: Path, *me: str, **more: Any) -> Report:
        plan = self.plan(path, *me, **more)
        check(survey(self.memory, plan), plan)
        return run(self.memory, plan)

    def messages(self, user: str = "u") -> list[Message]:
        return self.memory.messages(user)

    def said(self, user: str = "u") -> list[tuple[str, str | None, str]]:
        return [(str(one.role), one.speaker, one.text) for one in self.messages(user)]


Make = Callable[..., dict[str, Any]]


def node(
    key: str, parent: str | None, role: str = "user", text: Any = "hi", at: Any = 1_700_000_000.5, **more: Any
) -> Any:
    """A node of ChatGPT's tree."""
    content = text if isinstance(text, dict) else {"content_type": "text", "parts": [text]}
    message = {"id": key, "author": {"role": role}, "create_time": at, "content": content, **more}
    return {"id": key, "parent": parent, "children": [], "message": message}


def tree(*nodes: Any, current: str | None = None, **more: Any) -> dict[str, Any]:
    """A conversation of ChatGPT."""
    root: dict[str, Any] = {"id": "root", "message": None, "parent": None, "children": []}
    mapping = {one["id"]: one for one in (root, *nodes)}
    whole = {"title": "T", "create_time": 1_700_000_000.0, "mapping": mapping, "conversation_id": "c1", **more}
    return whole if current is None else {**whole, "current_node": current}
