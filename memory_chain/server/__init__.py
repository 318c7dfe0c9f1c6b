"""The memory over HTTP: `create_app` makes a web application of a ready `MemoryManager` (extra `server`)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from memory_chain.errors import ConfigurationError
from memory_chain.server.settings import ServerSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from memory_chain.memory_manager import MemoryManager
    from memory_chain.server.keys import KeyStore

__all__ = ["ServerSettings", "create_app", "require_packages"]

_PACKAGES = ("fastapi", "uvicorn", "prometheus_client")
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
    require_packages()
    from memory_chain.server.app import build_app

    return build_app(manager, keys=keys, settings=settings or ServerSettings())


def require_packages() -> None:
    """Tell at once if the extra is not installed.

    Raises:
        ConfigurationError: it is not.
    """
    if any(find_spec(name) is None for name in _PACKAGES):
        raise ConfigurationError(MISSING)
