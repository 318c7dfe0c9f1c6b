"""What the tests of the command line share."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import memory_chain

STORY = [
    ("2024-05-03T10:00:00+00:00", "I'm allergic to shellfish."),
    ("2024-05-04T10:00:00+00:00", "I love grilled steak."),
    ("2024-05-05T10:00:00+00:00", "I tore my knee ligament yesterday."),
    ("2024-05-06T10:00:00+00:00", "My daughter Ana is afraid of dogs."),
    ("2024-06-01T10:00:00+00:00", "I stopped eating meat."),
]


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def lines(self) -> list[Any]:
        """The JSON objects on standard output, one a line."""
        return [json.loads(line) for line in self.out.split("\n") if line]

    @property
    def error(self) -> dict[str, str]:
        """The JSON error on standard error."""
        found: dict[str, str] = json.loads(self.err)["error"]
        return found


Omem = Callable[..., Done]


ROOT = Path(memory_chain.__file__).parent.parent


def command(home: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "memory_chain", "--home", str(home), *args]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}
