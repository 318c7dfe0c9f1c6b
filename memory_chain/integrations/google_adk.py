"""Google's Agent Development Kit: a memory service for `Runner(memory_service=…)`.

`load_memory` and `preload_memory` of the kit search it; sessions come in by `add_session_to_memory`, as often as you
like: an event that is stored already is not stored again.

Written against google-adk 2.13.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from memory_chain.aio import AsyncMemoryManager
from memory_chain.errors import ConfigurationError, NotFoundError, UnknownUserError
from memory_chain.extraction.guards import disarm_context, strip_context
from memory_chain.integrations.common import RECALLING, going_on
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Piece, Role, Trust
from memory_chain.utils import stable_id

try:
    from google.adk.events.event import Event
    from google.adk.memory.base_memory_service import BaseMemoryService, SearchMemoryResponse
    from google.adk.memory.memory_entry import MemoryEntry
    from google.adk.sessions.session import Session
    from google.genai import types as genai
except ImportError as error:
    raise ConfigurationError(
        f"The ADK integration needs the package google-adk ({error}). Install it with: pip install 'o-mem[google-adk]'."
    ) from error

_MARKS = {Trust.REPORTED: " (told by others)", Trust.TOOL: " (from a tool)", Trust.INFERRED: " (inferred)"}


def user_of_app(app_name: str, user_id: str) -> str:
    """The default owner of a memory: each app has its own users, as in ADK's own services."""
    return f"{quote(app_name, safe='')}/{quote(user_id, safe='')}"


class OMemMemoryService(BaseMemoryService):
    """The memories of all users of an app.

    If the memory fails while it is searched, which happens within an agent's run, that is logged and nothing is found.
    The other methods, which you call, raise.

    Args:
        manager: the memories; it stays the caller's to close.
        owner: whose memory an app's user is. By default apps are kept apart; give
            `owner=lambda app_name, user_id: user_id` to let all apps share a user's memory.
        budget_tokens: the most that a search may give back (default: the manager's setting).
        min_trust: leave out what is less trusted.
    """

    def __init__(
        self,
        manager: MemoryManager,
        *,
        owner: Callable[[str, str], str] = user_of_app,
        budget_tokens: int | None = None,
        min_trust: Trust | str | None = None,
    ) -> None:
        self.manager = manager
        self._memory = AsyncMemoryManager(manager)
        self._owner = owner
        self._budget_tokens = budget_tokens
        self._min_trust = min_trust

    async def add_session_to_memory(self, session: Session) -> None:
        """Store the texts of a session that are not stored yet."""
        await self._store(session.app_name, session.user_id, session.id, session.events, {})

    async def add_events_to_memory(
        self,
        *,
        app_name: str,
        user_id: str,
        events: Sequence[Event],
        session_id: str | None = None,
        custom_metadata: Mapping[str, object] | None = None,
    ) -> None:
        """Store the texts of some events, for example of the latest turn."""
        await self._store(app_name, user_id, session_id, events, dict(custom_metadata or {}))

    async def add_memory(
        self,
        *,
        app_name: str,
        user_id: str,
        memories: Sequence[MemoryEntry],
        custom_metadata: Mapping[str, object] | None = None,
    ) -> None:
        """Store memories that somebody wrote. Those whose `author` is `user` are the user's word, others a tool's."""
        given = [
            {
                "id": entry.id,
                "role": Role.USER if entry.author == "user" else Role.TOOL,
                "text": text,
                "created_at": _time(entry.timestamp),
                "metadata": {"author": entry.author, **dict(custom_metadata or {}), **entry.custom_metadata},
            }
            for entry in memories
            if (text := _text(entry.content)).strip()
        ]
        if given:
            await self._memory.add(given, user_id=self._owner(app_name, user_id))

    async def search_memory(self, *, app_name: str, user_id: str, query: str) -> SearchMemoryResponse:
        """What is remembered about a query: who the user is first, then events and what was said."""
        owner = self._owner(app_name, user_id)
        pieces: Sequence[Piece] = ()
        with going_on(RECALLING), suppress(UnknownUserError):
            context = await self._memory.retrieve(
                query, user_id=owner, budget_tokens=self._budget_tokens, min_trust=self._min_trust
            )
            pieces = context.pieces
        return SearchMemoryResponse(memories=[_entry(piece) for piece in pieces])

    async def delete_memory(self, *, app_name: str, user_id: str, memory_id: str | None = None) -> None:
        """Forget one memory for good. What is not there (any more) is no error."""
        if not memory_id:
            return
        try:
            await self._memory.forget(self._owner(app_name, user_id), memory_id)
        except NotFoundError:
            return

    async def _store(
        self,
        app_name: str,
        user_id: str,
        session_id: str | None,
        events: Sequence[Event],
        metadata: Mapping[str, object],
    ) -> None:
        owner = self._owner(app_name, user_id)
        given: list[dict[str, Any]] = [
            {
                "id": stable_id("adk", app_name, user_id, session_id or "", event.id) if event.id else None,
                "role": Role.USER if event.author == "user" else Role.ASSISTANT,
                "speaker": None if event.author == "user" else event.author or None,
                "text": text,
                "created_at": datetime.fromtimestamp(event.timestamp, UTC),
                "metadata": metadata,
            }
            for event in events
            if not event.partial and strip_context(text := _text(event.content)).strip()
        ]
        known = await self._known(owner, session_id)
        new = [message for message in given if message["id"] not in known]
        if new:
            await self._memory.add(new, user_id=owner, session_id=session_id)

    async def _known(self, owner: str, session_id: str | None) -> frozenset[str]:
        try:
            said = await self._memory.messages(owner, session_id=session_id)
        except UnknownUserError:
            return frozenset()
        return frozenset(message.id for message in said)


def _text(content: genai.Content | None) -> str:
    """What was said. Thoughts, calls and their results are left out: a result may be what we gave ourselves."""
    parts = (content.parts or []) if content else []
    return "\n".join(part.text for part in parts if part.text and not part.thought)


def _time(timestamp: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(timestamp) if timestamp else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _entry(piece: Piece) -> MemoryEntry:
    text = " ".join(disarm_context(piece.text).split()) + _MARKS.get(piece.trust, "")
    custom: dict[str, Any] = {
        "kind": piece.kind,
        "trust": str(piece.trust),
        "score": piece.score,
        "reasons": list(piece.reasons),
        "channels": list(piece.channels),
        "sources": list(piece.sources),
    }
    return MemoryEntry(
        id=piece.id or None,
        content=genai.Content(role="user", parts=[genai.Part(text=text)]),
        author=piece.speaker or (str(piece.role) if piece.role else "memory"),
        timestamp=piece.at.isoformat() if piece.at else None,
        custom_metadata=custom,
    )
