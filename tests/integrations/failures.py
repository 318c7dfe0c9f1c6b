"""A memory that fails in every call, to see what becomes of the agent."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from memory_chain import MemoryManager
from memory_chain.errors import ProviderDownError, StorageError

SECRET = "/home/alice/memory.db"
FAILURES = [StorageError(f"{SECRET} cannot be read."), ProviderDownError(f"No answer for {SECRET}."), OSError(SECRET)]
"""Besides `ClosedError`, which a closed manager raises by itself."""


def broken(manager: MemoryManager, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """From now on every call raises the error, wherever it opens a user's memory."""

    def fail(*args: Any, **kwargs: Any) -> NoReturn:
        raise error

    monkeypatch.setattr(manager, "_placed", fail)
