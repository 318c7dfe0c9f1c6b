"""The memory over HTTP: `create_app` makes a web application of a ready `MemoryManager` (extra `server`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory_chain.errors import ConfigurationError
from memory_chain.server.settings import ServerSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from memory_chain.memory_manager import MemoryManager
    from memory_chain.server.keys import KeyStore

__all__ = ["ServerSettings", "create_app"]

MISSING = 'The server needs further packages. Install them with: pip install "o-mem[server]".'


def create_app(
    manager: MemoryManager, *, keys: KeyStore | None = None, settings: ServerSettings | None = None
) -> FastAPI:
    """The web application over a manager, which stays the caller's to close.

    Args:
        manager: the memories.
        keys: who may do what. Without any key only requests from this computer itself are answered.
        settings: limits, and which faces are mounted.

    Raises:
        ConfigurationError: the extra `server` is not installed.
    """
    try:
        from memory_chain.server.app import build_app
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("memory_chain"):
            raise
        raise ConfigurationError(MISSING) from error
    return build_app(manager, keys=keys, settings=settings or ServerSettings())
