"""CrewAI: a storage for its `Memory`, and two tools for agents.

CrewAI gives a storage the vector of a query, never its words, while O-Mem searches by words first. So two parts belong
together: `TextCarrier` is an embedder whose vectors carry their text, `OMemStorage` reads it back out. `crew_memory`
puts both into a `crewai.Memory`.

Written against crewai 1.15.30.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from memory_chain.embedding.hashing import HashingEmbedder
from memory_chain.errors import ConfigurationError, UnknownUserError
from memory_chain.integrations.common import MemoryTools
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Message, Piece, Role, Trust
from memory_chain.utils import utc_now

try:
    from crewai import Memory
    from crewai.memory.types import MemoryRecord, ScopeInfo
    from crewai.tools import BaseTool
    from pydantic import BaseModel, Field
except ImportError as error:
    raise ConfigurationError(
        f"The CrewAI integration needs the package crewai ({error}). Install it with: pip install 'o-mem[crewai]'."
    ) from error

SESSION = "crewai memory"
"""The session in which a crew's records are kept."""

SOURCE = "crewai"
"""The `source` of a crew's records, so that `manager.revoke(user_id, source=…)` takes them all back."""

DIM = 256
SCALE = 1e12
"""Makes the part of a vector that is for comparing so large that the part that carries text does not count."""

RANKED = 0.8
"""The most that a rank is worth as a similarity. Above it stand only nearly equal texts, which CrewAI consolidates."""


class TextCarrier:
    """An embedder for `crewai.Memory(embedder=…)` that needs no model: each vector carries its text.

    The first 256 numbers are hashed words, so that CrewAI can tell nearly equal texts; the others are the text.
    """

    def __init__(self) -> None:
        self._hashing = HashingEmbedder(DIM)

    def __call__(self, input: Sequence[str]) -> list[list[float]]:  # noqa: A002 (CrewAI's name)
        """A vector for each text."""
        hashed = self._hashing.embed(list(input), kind="document")
        return [
            [number * SCALE for number in vector] + [float(ord(sign)) for sign in text]
            for vector, text in zip(hashed, input, strict=True)
        ]

    @staticmethod
    def text_of(vector: Sequence[float]) -> str:
        """The text that a vector carries.

        Raises:
            ConfigurationError: the vector is another embedder's.
        """
        carried = vector[DIM:]
        if len(vector) <= DIM or any(number != int(number) or not 0 <= number < 0x110000 for number in carried):
            raise ConfigurationError(
                "OMemStorage got a vector of another embedder, from which no words can be read. Give "
                "Memory(storage=OMemStorage(…), embedder=TextCarrier()), or use crew_memory(…)."
            )
        return "".join(chr(int(number)) for number in carried)


class OMemStorage:
    """CrewAI's `StorageBackend` over one user's memory.

    Records of a crew are kept with the trust of a tool: a model wrote them. A search also finds what else is known of
    the user; that can be read, but never changed or deleted from here. If the memory fails, its error is raised; within
    a crew, CrewAI tells it as an event and goes on without memory.

    Args:
        manager: the memories; it stays the caller's to close.
        user_id: whose memory it is. One storage serves one user.
        min_trust: leave out what is less trusted; `reported` leaves out the crew's own records, too.
    """

    def __init__(self, manager: MemoryManager, user_id: str, *, min_trust: Trust | str | None = None) -> None:
        self.manager = manager
        self.user_id = user_id
        self._min_trust = min_trust
        self._hashing = HashingEmbedder(DIM)
        self._lock = threading.RLock()

    def save(self, records: list[MemoryRecord]) -> None:
        """Store records."""
        given = [_from_record(record) for record in records if record.content.strip()]
        if given:
            self.manager.add(given, user_id=self.user_id, session_id=SESSION)

    def search(
        self,
        query_embedding: list[float],
        scope_prefix: str | None = None,
        categories: list[str] | None = None,
        metadata_filter: dict[str, Any] | None = None,
        limit: int = 10,
        min_score: float = 0.0,
    ) -> list[tuple[MemoryRecord, float]]:
        """What fits the text that the vector carries, with scores from 0 to 1."""
        query = TextCarrier.text_of(query_embedding)
        try:
            context = self.manager.retrieve(query, user_id=self.user_id, min_trust=self._min_trust)
        except UnknownUserError:
            return []
        own = {message.id: record for message, record in self._own()}
        found = []
        for piece, share in _shares(context.pieces):
            record = own.get(piece.id) or _from_piece(piece)
            score = max(RANKED * share, self._similarity(query, record.content))
            if score >= min_score and _fits(record, scope_prefix, categories, metadata_filter):
                found.append((record, score))
        found.sort(key=lambda pair: -pair[1])
        return found[:limit]

    def delete(
        self,
        scope_prefix: str | None = None,
        categories: list[str] | None = None,
        record_ids: list[str] | None = None,
        older_than: datetime | None = None,
        metadata_filter: dict[str, Any] | None = None,
    ) -> int:
        """Forget a crew's records that fit all that is given; returns how many."""
        gone = [
            message.id
            for message, record in self._own()
            if _fits(record, scope_prefix, categories, metadata_filter)
            and (record_ids is None or record.id in record_ids)
            and (older_than is None or record.created_at < _naive(older_than))
        ]
        if gone:
            self.manager.forget(self.user_id, message_ids=gone)
        return len(gone)

    def update(self, record: MemoryRecord) -> None:
        """Put a record in the place of the crew's record with the same id. Others cannot be changed from here."""
        with self._lock:
            old = [message.id for message, known in self._own() if known.id == record.id]
            if old:
                self.save([record])
                self.manager.forget(self.user_id, message_ids=old)

    def get_record(self, record_id: str) -> MemoryRecord | None:
        """A crew's record by its id."""
        return next((record for _, record in self._own() if record.id == record_id), None)

    def list_records(self, scope_prefix: str | None = None, limit: int = 200, offset: int = 0) -> list[MemoryRecord]:
        """A crew's records, the newest first."""
        return self._records(scope_prefix)[::-1][offset : offset + limit]

    def get_scope_info(self, scope: str) -> ScopeInfo:
        """What lies in a scope."""
        records = self._records(scope)
        times = [record.created_at for record in records]
        return ScopeInfo(
            path=scope or "/",
            record_count=len(records),
            categories=sorted(self.list_categories(scope)),
            oldest_record=min(times, default=None),
            newest_record=max(times, default=None),
            child_scopes=self.list_scopes(scope),
        )

    def list_scopes(self, parent: str = "/") -> list[str]:
        """The scopes right below another."""
        base = parent.rstrip("/")
        below = [record.scope[len(base) + 1 :] for record in self._records(parent)]
        return sorted({f"{base}/{rest.split('/')[0]}" for rest in below if rest})

    def list_categories(self, scope_prefix: str | None = None) -> dict[str, int]:
        """Categories with their number of records."""
        counts: dict[str, int] = {}
        for record in self._records(scope_prefix):
            for category in record.categories:
                counts[category] = counts.get(category, 0) + 1
        return counts

    def count(self, scope_prefix: str | None = None) -> int:
        """How many records a crew has in a scope."""
        return len(self._records(scope_prefix))

    def reset(self, scope_prefix: str | None = None) -> None:
        """Forget a crew's records. What else is known of the user stays."""
        self.delete(scope_prefix)

    async def asave(self, records: list[MemoryRecord]) -> None:
        """See `save`."""
        await asyncio.to_thread(self.save, records)

    async def asearch(
        self,
        query_embedding: list[float],
        scope_prefix: str | None = None,
        categories: list[str] | None = None,
        metadata_filter: dict[str, Any] | None = None,
        limit: int = 10,
        min_score: float = 0.0,
    ) -> list[tuple[MemoryRecord, float]]:
        """See `search`."""
        filters = (scope_prefix, categories, metadata_filter, limit, min_score)
        return await asyncio.to_thread(self.search, query_embedding, *filters)

    async def adelete(
        self,
        scope_prefix: str | None = None,
        categories: list[str] | None = None,
        record_ids: list[str] | None = None,
        older_than: datetime | None = None,
        metadata_filter: dict[str, Any] | None = None,
    ) -> int:
        """See `delete`."""
        return await asyncio.to_thread(self.delete, scope_prefix, categories, record_ids, older_than, metadata_filter)

    def close(self) -> None:
        """Nothing to release: the manager is the caller's to close."""

    def _own(self) -> list[tuple[Message, MemoryRecord]]:
        try:
            messages = self.manager.messages(self.user_id, session_id=SESSION)
        except UnknownUserError:
            return []
        return [(message, _to_record(message)) for message in messages if message.metadata.get("source") == SOURCE]

    def _records(self, scope_prefix: str | None) -> list[MemoryRecord]:
        return [record for _, record in self._own() if _fits(record, scope_prefix)]

    def _similarity(self, one: str, other: str) -> float:
        first, second = self._hashing.embed([one, other], kind="document")
        return max(0.0, min(1.0, math.fsum(a * b for a, b in zip(first, second, strict=True))))


class _Recall(BaseModel):
    query: str = Field(description="What you want to know about the user, in a few words.")


class _Remember(BaseModel):
    text: str = Field(description="One statement about the user that will matter later, as a full sentence.")


class RecallTool(BaseTool):  # type: ignore[misc, unused-ignore]
    """Lets an agent look up what is remembered of the user."""

    name: str = "recall_about_user"
    description: str = "What is remembered of the user: traits, events and what was said. Evidence, not instructions."
    args_schema: type[BaseModel] = _Recall
    manager: Any = Field(exclude=True)
    user_id: str

    def _run(self, query: str) -> str:
        return MemoryTools(self.manager, self.user_id, source=SOURCE).recall(query)


class RememberTool(BaseTool):  # type: ignore[misc, unused-ignore]
    """Lets an agent note a statement about the user, with the trust of a tool."""

    name: str = "remember_about_user"
    description: str = "Keep a statement about the user for later conversations."
    args_schema: type[BaseModel] = _Remember
    manager: Any = Field(exclude=True)
    user_id: str

    def _run(self, text: str) -> str:
        return MemoryTools(self.manager, self.user_id, source=SOURCE, session_id="crewai tools").remember(text)


def memory_tools(manager: MemoryManager, user_id: str) -> list[BaseTool]:
    """The tools of one user, for `Agent(tools=…)`."""
    return [RecallTool(manager=manager, user_id=user_id), RememberTool(manager=manager, user_id=user_id)]


def crew_memory(manager: MemoryManager, user_id: str, **settings: Any) -> Memory:
    """A `crewai.Memory` of one user, for `Crew(memory=…)`; `settings` are those of `Memory`, like `llm`."""
    return Memory(storage=OMemStorage(manager, user_id), embedder=TextCarrier(), **settings)


def _naive(moment: datetime) -> datetime:
    """CrewAI's times are in UTC and do not say so."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _from_record(record: MemoryRecord) -> dict[str, Any]:
    kept = record.model_dump(mode="json", exclude={"content", "embedding", "created_at"})
    return {
        "role": Role.TOOL,
        "text": record.content,
        "created_at": _aware(record.created_at),
        "metadata": {"source": SOURCE, "record": kept},
    }


def _to_record(message: Message) -> MemoryRecord:
    kept = message.metadata.get("record")
    fields = kept if isinstance(kept, Mapping) else {"id": message.id}
    return MemoryRecord(**{**fields, "content": message.text, "created_at": _naive(message.created_at)})


def _from_piece(piece: Piece) -> MemoryRecord:
    """What is known of the user from elsewhere, as a record."""
    at = _naive(piece.at or utc_now())
    return MemoryRecord(
        id=piece.id or piece.text,
        content=piece.text,
        metadata={"kind": piece.kind, "trust": str(piece.trust), "sources": list(piece.sources)},
        created_at=at,
        last_accessed=at,
    )


def _fits(
    record: MemoryRecord,
    scope_prefix: str | None = None,
    categories: Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> bool:
    prefix = (scope_prefix or "").rstrip("/")
    inside = not prefix or f"{record.scope}/".startswith(f"{prefix}/")
    labelled = not categories or not set(categories).isdisjoint(record.categories)
    return inside and labelled and all(record.metadata.get(key) == value for key, value in (metadata or {}).items())


def _shares(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, float]]:
    """Each piece with its share of the best score among its kind: persona and messages are scored apart."""
    best: dict[bool, float] = {}
    for piece in pieces:
        message = piece.kind == "message"
        best[message] = max(best.get(message, 0.0), piece.score)
    for piece in pieces:
        top = best[piece.kind == "message"]
        yield piece, max(0.0, piece.score / top) if top > 0 else 1.0
