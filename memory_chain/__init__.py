"""O-Mem: a memory for LLM agents that models the user.

from memory_chain import MemoryManager

memory = MemoryManager.open("memories/")
memory.add("I tore my knee ligament last Friday.", user_id="alice")
print(memory.retrieve("What could we do this weekend?", user_id="alice"))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memory_chain.aio import AsyncMemoryManager
    from memory_chain.config import Settings
    from memory_chain.errors import MemoryChainError
    from memory_chain.memory import MemoryChain
    from memory_chain.memory_manager import MemoryManager
    from memory_chain.schema import ProfileSchema
    from memory_chain.types import Attribute, Context, Event, Message, Piece, Profile

__version__ = "0.1.0"

__all__ = [
    "AsyncMemoryManager",
    "Attribute",
    "Context",
    "Event",
    "MemoryChain",
    "MemoryChainError",
    "MemoryManager",
    "Message",
    "Piece",
    "Profile",
    "ProfileSchema",
    "Settings",
    "__version__",
]

_HOMES = {
    "AsyncMemoryManager": "aio",
    "Attribute": "types",
    "Context": "types",
    "Event": "types",
    "MemoryChain": "memory",
    "MemoryChainError": "errors",
    "MemoryManager": "memory_manager",
    "Message": "types",
    "Piece": "types",
    "Profile": "types",
    "ProfileSchema": "schema",
    "Settings": "config",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that the import itself costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
