"""A memory to import into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from importers_support import Importing

from memory_chain import MemoryManager


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "home", consolidate="manual") as manager:
        yield manager


@pytest.fixture
def importing(memory: MemoryManager, tmp_path: Path) -> Importing:
    return Importing(memory, tmp_path / "exports")
