"""Storing what a model calls `remember` with, once.

A model that hears nothing (a time-out, a broken connection) calls again with the same words, and it has no ids of its
own to give. So the id is made of the words and the time.
"""

from __future__ import annotations

from memory_chain.errors import ConflictError, NotFoundError
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Receipt, Role
from memory_chain.utils import stable_id, utc_now

SOURCE = "mcp"

WINDOW_SECONDS = 600
"""The same words are the same message within this time, at the most within twice this time; later they are news."""


def add(manager: MemoryManager, text: str, *, user_id: str, role: Role) -> Receipt:
    """Store a text; if it was stored just now, nothing happens and the receipt tells its id.

    Raises:
        MemoryChainError: as `MemoryManager.add`.
    """
    window = int(utc_now().timestamp() // WINDOW_SECONDS)
    before, current = (stable_id(SOURCE, role.value, text, str(number)) for number in (window - 1, window))
    message_id = before if _is_stored(manager, user_id, before) else current
    try:
        receipt = _add(manager, text, user_id, role, message_id)
    except ConflictError:  # the first call was still under way, and has told another time
        receipt = _add(manager, text, user_id, role, message_id)
    return receipt if not receipt.forgotten else _add(manager, text, user_id, role, None)


def _add(manager: MemoryManager, text: str, user_id: str, role: Role, message_id: str | None) -> Receipt:
    return manager.add(text, user_id=user_id, role=role, metadata={"source": SOURCE}, message_id=message_id)


def _is_stored(manager: MemoryManager, user_id: str, message_id: str) -> bool:
    try:
        manager.message(user_id, message_id)
    except NotFoundError:
        return False
    return True
