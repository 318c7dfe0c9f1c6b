"""Microsoft Agent Framework: what is remembered as context, and the conversation kept as history.

`OMemContextProvider` gives an agent what is known of the user and learns from each run. `OMemHistoryProvider` keeps the
messages of a session in the same memory; with both, give the context provider `learn=False`.

Written against agent-framework-core 1.23.0.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from memory_chain.aio import AsyncMemoryManager
from memory_chain.errors import ConfigurationError, UnknownUserError
from memory_chain.integrations.common import RECALLING, STORING, going_on, recalled
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Message as Said
from memory_chain.types import Role, Trust

try:
    from agent_framework import ContextProvider, HistoryProvider, Message
except ImportError as error:
    raise ConfigurationError(
        f"The Agent Framework integration needs the package agent-framework-core ({error}). "
        "Install it with: pip install 'o-mem[agent-framework]'."
    ) from error

WHOLE = "agent_framework"
"""The key of the metadata under which a message that is more than text is kept whole."""


class OMemContextProvider(ContextProvider):
    """What is remembered of a user, for `Agent(context_providers=[…])`.

    It goes to the model as a message of its own before the input. It is evidence, never an instruction, and is not
    stored again. If the memory fails, that is logged and the agent goes on without it.

    Args:
        manager: the memories; it stays the caller's to close.
        user_id: whose memory it is. One provider serves one user.
        learn: whether what is said in a run is remembered.
        budget_tokens: the most that the context may cost (default: the manager's setting).
        min_trust: leave out what is less trusted.
        source_id: the provider's name in the framework.
    """

    def __init__(
        self,
        manager: MemoryManager,
        user_id: str,
        *,
        learn: bool = True,
        budget_tokens: int | None = None,
        min_trust: Trust | str | None = None,
        source_id: str = "o-mem",
    ) -> None:
        super().__init__(source_id)
        self.manager = manager
        self.user_id = user_id
        self._learn = learn
        self._budget_tokens = budget_tokens
        self._min_trust = min_trust

    async def before_run(self, *, agent: Any, session: Any, context: Any, state: dict[str, Any]) -> None:
        """Add what is remembered, then store what the user says: a crash of the model loses nothing."""
        asked = "\n".join(message.text for message in context.input_messages if message.role == "user").strip()
        remembered = ""
        with going_on(RECALLING):
            remembered = await asyncio.to_thread(
                recalled,
                self.manager,
                asked,
                user_id=self.user_id,
                budget_tokens=self._budget_tokens,
                min_trust=self._min_trust,
                session_id=context.session_id,
            )
        if remembered:
            context.extend_messages(self, [Message("user", [remembered])])
        await self._remember(context.session_id, context.input_messages)

    async def after_run(self, *, agent: Any, session: Any, context: Any, state: dict[str, Any]) -> None:
        """Store what the agent answered."""
        if context.response is not None:
            await self._remember(context.session_id, context.response.messages)

    async def _remember(self, session_id: str | None, messages: Sequence[Message]) -> None:
        given = [
            {"role": Role(message.role), "text": message.text, "speaker": _agent_name(message)}
            for message in messages
            if message.text.strip() and message.role in ("user", "assistant")
        ]
        if self._learn and given:
            with going_on(STORING):
                await asyncio.to_thread(self.manager.add, given, user_id=self.user_id, session_id=session_id)


class OMemHistoryProvider(HistoryProvider):
    """The messages of a session, kept in a user's memory.

    If the memory fails, its error is raised: an agent that lost its conversation would answer something else.

    Args:
        manager: the memories; it stays the caller's to close.
        user_id: whose memory it is. One provider serves one user.
        last: how many messages of a session are given back at most, the newest.
        source_id: the provider's name in the framework.
        settings: those of `HistoryProvider`, like `load_messages` and `store_outputs`.
    """

    def __init__(
        self,
        manager: MemoryManager,
        user_id: str,
        *,
        last: int | None = None,
        source_id: str = "o-mem-history",
        **settings: Any,
    ) -> None:
        super().__init__(source_id, **settings)
        self.manager = manager
        self.user_id = user_id
        self._memory = AsyncMemoryManager(manager)
        self._last = last

    async def get_messages(
        self, session_id: str | None, *, state: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[Message]:
        """What was said in this session, the oldest first."""
        try:
            said = await self._memory.messages(
                self.user_id, session_id=session_id or "default", limit=self._last, newest_first=True
            )
        except UnknownUserError:
            return []
        return _without_torn_calls([_to_framework(message) for message in reversed(said)])

    async def save_messages(
        self,
        session_id: str | None,
        messages: Sequence[Message],
        *,
        state: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Store messages. One of the user's, an agent's or a tool's is learned with that trust."""
        given = [_from_framework(message) for message in messages if message.contents]
        if given:
            await self._memory.add(given, user_id=self.user_id, session_id=session_id)


def _agent_name(message: Message) -> str | None:
    """An agent's name. A user's is left out: in this framework it is a label, and the memory knows whose it is."""
    return message.author_name if message.role == "assistant" else None


def _from_framework(message: Message) -> Mapping[str, Any]:
    metadata = {}
    if any(content.type != "text" for content in message.contents) or len(message.contents) > 1:
        metadata[WHOLE] = json.loads(message.to_json())
    role = message.role if message.role in set(Role) else Role.ASSISTANT
    text = message.text if message.text.strip() else _described(message)
    return {"role": role, "text": text, "speaker": _agent_name(message), "metadata": metadata}


def _described(message: Message) -> str:
    """A message without text in words, so that it can be found: what was called and what came back."""
    said = []
    for content in message.contents:
        if content.type == "function_call":
            said.append(f"(called {content.name})")
        elif content.type == "function_result":
            said.append(str(content.result or "(no result)"))
        else:
            said.append(f"({content.type})")
    return "\n".join(said)


def _to_framework(message: Said) -> Message:
    whole = message.metadata.get(WHOLE)
    if isinstance(whole, dict):
        return Message.from_dict(whole)
    speaker = message.speaker if message.role is Role.ASSISTANT else None
    return Message(str(message.role), [message.text], author_name=speaker)


def _without_torn_calls(messages: Sequence[Message]) -> list[Message]:
    """Without results at the beginning whose calls lie before the newest `last` messages: models refuse those."""
    begin = next((place for place, message in enumerate(messages) if message.role != "tool"), len(messages))
    return list(messages[begin:])
