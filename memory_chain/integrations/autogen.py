"""AutoGen: a memory of one user for `AssistantAgent(memory=[…])`.

Before the model answers, what is remembered goes into the agent's context as one system message; the one of the turn
before is taken out, so that contexts do not pile up. What is said is learned on the way.

Written against autogen-core and autogen-agentchat 0.7.5.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from memory_chain.aio import AsyncMemoryManager
from memory_chain.errors import ConfigurationError, InvalidInputError, UnknownUserError
from memory_chain.extraction.guards import CONTEXT_OPEN
from memory_chain.integrations.common import RECALLING, STORING, going_on
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Piece, Role, Trust

try:
    from autogen_core import CancellationToken
    from autogen_core.memory import Memory, MemoryContent, MemoryMimeType, MemoryQueryResult, UpdateContextResult
    from autogen_core.model_context import ChatCompletionContext
    from autogen_core.models import AssistantMessage, LLMMessage, SystemMessage, UserMessage
except ImportError as error:
    raise ConfigurationError(
        f"The AutoGen integration needs the package autogen-core ({error}). "
        "Install it with: pip install 'o-mem[autogen]'."
    ) from error


class OMemMemory(Memory):
    """One user's memory for AutoGen agents.

    Args:
        manager: the memories; it stays the caller's to close.
        user_id: whose memory it is. One object serves one user.
        session_id: the conversation in which messages are kept.
        learn: whether messages of the agent's context are remembered. False leaves `add` as the only way in.
        user_sources: the names under which the user speaks in AutoGen; messages of other sources are other agents'.
        budget_tokens: the most that the context may cost (default: the manager's setting).
        min_trust: leave out what is less trusted.
    """

    def __init__(
        self,
        manager: MemoryManager,
        user_id: str,
        *,
        session_id: str | None = None,
        learn: bool = True,
        user_sources: Sequence[str] = ("user", "user_proxy"),
        budget_tokens: int | None = None,
        min_trust: Trust | str | None = None,
    ) -> None:
        self.manager = manager
        self.user_id = user_id
        self._memory = AsyncMemoryManager(manager)
        self._session_id = session_id
        self._learn = learn
        self._user_sources = frozenset(user_sources)
        self._budget_tokens = budget_tokens
        self._min_trust = min_trust

    async def update_context(self, model_context: ChatCompletionContext) -> UpdateContextResult:
        """Put what is remembered into the context, and remember what was said since the last time.

        If the memory fails, that is logged and the agent goes on without it; the other methods raise.
        """
        await self._take_out_old(model_context)
        new = _since_last_turn(await model_context.get_messages())
        asked = "\n".join(_text(message) for message in new if isinstance(message, UserMessage)).strip()
        pieces: Sequence[Piece] = ()
        text = ""
        if asked:
            with going_on(RECALLING), suppress(UnknownUserError):  # the first message of a new user
                context = await self._memory.retrieve(
                    asked,
                    user_id=self.user_id,
                    budget_tokens=self._budget_tokens,
                    min_trust=self._min_trust,
                    session_id=self._session_id,
                )
                pieces, text = context.pieces, context.text
        if text:
            await model_context.add_message(SystemMessage(content=text))
        if self._learn:
            with going_on(STORING):
                await self._remember(new)
        return UpdateContextResult(memories=MemoryQueryResult(results=[_content(piece) for piece in pieces]))

    async def query(
        self,
        query: str | MemoryContent,
        cancellation_token: CancellationToken | None = None,
        **kwargs: Any,
    ) -> MemoryQueryResult:
        """What is remembered about a query: traits, events and messages, each with its score and sources."""
        text = query if isinstance(query, str) else _text_of(query)
        try:
            context = await self._memory.retrieve(
                text, user_id=self.user_id, budget_tokens=self._budget_tokens, min_trust=self._min_trust
            )
        except UnknownUserError:
            return MemoryQueryResult(results=[])
        return MemoryQueryResult(results=[_content(piece) for piece in context.pieces])

    async def add(self, content: MemoryContent, cancellation_token: CancellationToken | None = None) -> None:
        """Remember a text. `metadata` may say the `role` (default: `user`), `session_id`, `speaker` or `id`.

        Documents belong under `{"role": "tool"}`: they are learned with less trust than what the user says.

        Raises:
            InvalidInputError: it is an image or binary data, or it cannot be stored.
        """
        metadata = dict(content.metadata or {})
        message = {
            "text": _text_of(content),
            "role": metadata.pop("role", None),
            "speaker": metadata.pop("speaker", None),
            "id": metadata.pop("id", None),
            "session_id": metadata.pop("session_id", None),
            "metadata": metadata,
        }
        await self._memory.add(message, user_id=self.user_id, session_id=self._session_id)

    async def clear(self) -> None:
        """Forget this user, for good."""
        try:
            await self._memory.forget(self.user_id, everything=True)
        except UnknownUserError:
            return

    async def close(self) -> None:
        """Nothing to release: the manager is the caller's to close."""

    async def _remember(self, messages: Sequence[LLMMessage]) -> None:
        given: list[dict[str, Any]] = []
        for message in messages:
            text = _text(message)
            if not text.strip():
                continue
            if isinstance(message, UserMessage) and message.source in self._user_sources:
                given.append({"text": text, "role": Role.USER})
            elif isinstance(message, UserMessage | AssistantMessage):
                given.append({"text": text, "role": Role.ASSISTANT, "speaker": message.source or None})
        if given:
            await self._memory.add(given, user_id=self.user_id, session_id=self._session_id)

    async def _take_out_old(self, model_context: ChatCompletionContext) -> None:
        state = await model_context.save_state()
        messages = state.get("messages", [])
        kept = [message for message in messages if not _is_ours(message)]
        if len(kept) < len(messages):
            await model_context.load_state({**state, "messages": kept})


def _is_ours(message: Any) -> bool:
    content = message.get("content") if message.get("type") == "SystemMessage" else None
    return isinstance(content, str) and content.startswith(CONTEXT_OPEN)


def _since_last_turn(messages: Sequence[LLMMessage]) -> list[LLMMessage]:
    """The last answer and what follows it: what came since the context was updated last."""
    asked = max((place for place, message in enumerate(messages) if not isinstance(message, UserMessage)), default=-1)
    answered = isinstance(messages[asked], AssistantMessage) if asked >= 0 else False
    return list(messages[asked if answered else asked + 1 :])


def _text(message: LLMMessage) -> str:
    content = message.content
    if isinstance(content, str):
        return content
    return "\n".join(part for part in content if isinstance(part, str))


def _text_of(content: MemoryContent) -> str:
    held = content.content
    if isinstance(held, str):
        return held
    if isinstance(held, dict):
        return json.dumps(held, ensure_ascii=False, default=str)
    raise InvalidInputError(
        f"A memory keeps texts, not {content.mime_type}. Describe it in words, or keep it elsewhere and its place here."
    )


def _content(piece: Piece) -> MemoryContent:
    return MemoryContent(
        content=piece.text,
        mime_type=MemoryMimeType.TEXT,
        metadata={
            "id": piece.id,
            "kind": piece.kind,
            "score": piece.score,
            "trust": str(piece.trust),
            "at": piece.at.isoformat() if piece.at else None,
            "reasons": list(piece.reasons),
            "channels": list(piece.channels),
            "sources": list(piece.sources),
        },
    )
