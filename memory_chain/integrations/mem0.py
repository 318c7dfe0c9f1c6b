"""A mem0-shaped face: `from memory_chain.integrations.mem0 import Memory` in place of `from mem0 import Memory`.

Signatures and shapes of results are those of mem0ai 2.2; mem0 itself is not needed. What mem0 calls a memory is here an
attribute or an event, or with `infer=False` a message as it was said; `search` also finds messages of which nothing was
understood. All that is said is stored before it is understood, so that a failing model loses nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeVar
from urllib.parse import quote, unquote

from memory_chain.errors import ConfigurationError, InvalidInputError, NotFoundError, UnknownItemError, UnknownUserError
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Attribute, Change, Event, Message, Operation, Piece
from memory_chain.utils import stable_id

R = TypeVar("R")
Result = dict[str, Any]

ENTITIES = ("user_id", "agent_id", "run_id")
MARK = "mem0"
"""The key of the metadata under which this face keeps its own: agent, run, and whether a memory is raw."""

OWNERS = {"agent_id": "mem0-agent:", "run_id": "mem0-run:"}
"""Whose memory it is when no user is named; no user id may begin like this."""

SEARCHED = 20_000
"""Tokens: the budget of a search, wide enough that `top_k` decides."""

_UNSET: Any = object()


class NoSuchMemoryError(UnknownItemError, ValueError):
    """There is no memory with this id; a `ValueError`, as in mem0."""

    def __init__(self, memory_id: str, owner: str) -> None:
        super().__init__("memory", memory_id, owner)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scope:
    """Whose memory is meant, and the filters within it."""

    owner: str
    agent: str | None
    run: str | None
    metadata: Mapping[str, Any]

    @property
    def narrow(self) -> bool:
        """Whether not the whole memory is meant."""
        return bool(self.agent or self.run or self.metadata)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A memory, with the messages from which it comes."""

    id: str
    text: str
    created: datetime
    updated: datetime
    said: tuple[Message, ...]

    @property
    def is_raw_twin(self) -> bool:
        """Whether it was drawn only from messages that are memories themselves."""
        return bool(self.said) and all(_own(message).get("raw") for message in self.said)


class Memory:
    """Memories of users, agents and runs, in mem0's words.

    Args:
        manager: ready memories, which stay the caller's to close. Without one, those of the configuration are opened
            (`MemoryManager.from_config()`) and closed with this object.
    """

    def __init__(self, manager: MemoryManager | None = None) -> None:
        if manager is not None and not isinstance(manager, MemoryManager):
            raise ConfigurationError(
                f"Memory takes a MemoryManager, not {type(manager).__name__}. Give Memory(MemoryManager.open(…)), or "
                "translate a configuration of mem0 with Memory.from_config({…})."
            )
        self.manager = manager or MemoryManager.from_config()
        self._owned = manager is None

    @classmethod
    def from_config(cls, config_dict: Mapping[str, Any]) -> Self:
        """Open memories with settings of O-Mem, or with mem0's `llm` if its provider speaks OpenAI's protocol.

        Raises:
            ConfigurationError: a part of it means nothing here; the message names it.
        """
        memory = cls(MemoryManager.from_config(**_settings(config_dict)))
        memory._owned = True
        return memory

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the memories if this object opened them."""
        if self._owned:
            self.manager.close()

    def add(
        self,
        messages: str | Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        user_id: str | None = None,
        agent_id: str | None = None,
        run_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timestamp: datetime | str | float | None = None,
        expiration_date: Any = None,
        infer: bool = True,
        memory_type: str | None = None,
        prompt: str | None = None,
    ) -> Result:
        """Store messages and understand them; tells what was added and updated.

        Differs from mem0: `timestamp` works (when it was said); `expiration_date`, `memory_type` and `prompt` are
        refused. An empty result says that nothing was understood, not that nothing was stored.
        """
        _refuse(expiration_date=expiration_date, memory_type=memory_type, prompt=prompt)
        scope = _scope({"user_id": user_id, "agent_id": agent_id, "run_id": run_id})
        own = {key: value for key, value in (("agent_id", scope.agent), ("run_id", scope.run)) if value}
        kept = {key: value for key, value in (metadata or {}).items() if key not in (*ENTITIES, MARK)}
        marked = {**kept, MARK: {**own, **({} if infer else {"raw": True})}}
        given = [{**message, "metadata": marked} for message in _messages(messages)]
        if not infer:  # instructions are no memories
            given = [message for message in given if message.get("role") != "system"]
        if timestamp is not None:
            given = [{"created_at": timestamp, **message} for message in given]
        if not given:
            return {"results": []}
        receipt = self.manager.add(given, user_id=scope.owner, session_id=scope.run)
        self.manager.flush(scope.owner)
        if not infer:
            return {"results": [self._added(scope, message_id) for message_id in receipt.ids]}
        return {"results": list(self._learned(scope, frozenset(receipt.ids)))}

    def get(self, memory_id: str) -> Result | None:
        """One memory, in its current wording; None if there is none."""
        try:
            owner, item_id = _split(memory_id)
            found = self._current(owner, item_id)
        except NotFoundError:
            return None
        return _shown(owner, found) | {"id": memory_id, "score": None}

    def get_all(
        self,
        *,
        filters: Mapping[str, Any] | None = None,
        top_k: int = 20,
        show_expired: bool = False,
        **kwargs: Any,
    ) -> Result:
        """The memories of a scope, the newest first."""
        scope = _scope_of(filters, "get_all", kwargs, top_k)
        try:
            found = [one for one in self._all(scope.owner) if _fits(one, scope)]
        except UnknownUserError:
            found = []
        found.sort(key=lambda one: one.updated, reverse=True)
        return {"results": [_shown(scope.owner, one) for one in found[:top_k]]}

    def search(
        self,
        query: str,
        *,
        top_k: int = 20,
        filters: Mapping[str, Any] | None = None,
        threshold: float | None = 0.1,
        rerank: bool = False,
        explain: bool = False,
        reference_date: datetime | None = None,
        show_expired: bool = False,
        **kwargs: Any,
    ) -> Result:
        """The memories that fit a query best.

        `score` is a memory's share of the best one of its kind (1 for that one), to be compared within one answer.
        Differs from mem0: `reference_date` works (the memory as it was known then); `rerank` changes nothing.
        """
        if not isinstance(query, str) or not query.strip():
            raise InvalidInputError("The query is empty. Give search(query) a text.")
        threshold = 0.1 if threshold is None else threshold
        if not 0 <= threshold <= 1:
            raise InvalidInputError(f"threshold is {threshold}; it has to be between 0 and 1.")
        scope = _scope_of(filters, "search", kwargs, top_k)
        try:
            ranked = self._ranked(query, scope, reference_date, top_k)
        except UnknownUserError:
            return {"results": []}
        results: list[Result] = []
        for found, score, piece in ranked:
            if score >= threshold and len(results) < top_k:
                details = {"kind": piece.kind, "reasons": list(piece.reasons), "channels": list(piece.channels)}
                why = {"score_details": details} if explain else {}
                results.append(_shown(scope.owner, found) | {"score": round(score, 4)} | why)
        return {"results": results}

    def update(
        self,
        memory_id: str,
        text: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        expiration_date: Any = _UNSET,
        data: str | None = None,
    ) -> Result:
        """Set a memory right. The old wording of an attribute or event stays in its history.

        Differs from mem0: `metadata` belongs to what was said and cannot be changed; it is refused.
        """
        _refuse(metadata=metadata, expiration_date=None if expiration_date is _UNSET else expiration_date)
        right = text if text is not None else data
        if right is None:
            raise InvalidInputError("Give update(memory_id, text=…) the right text.")
        owner, item_id = _split(memory_id)
        found = self._there(owner, item_id)
        message = self._message(owner, found.id)
        if message is None:
            self.manager.correct(owner, found.id, text=right)
        else:
            self._say_anew(owner, message, right)
        return {"message": "Memory updated successfully!"}

    def delete(self, memory_id: str) -> Result:
        """Forget a memory for good, with its earlier wordings.

        Raises:
            NoSuchMemoryError: there is none with this id.
        """
        owner, item_id = _split(memory_id)
        for found, _, _ in reversed(self._versions(owner, self._there(owner, item_id).id)):
            with suppress(UnknownItemError):  # it went with a later wording
                self.manager.forget(owner, found.id)
        return {"message": "Memory deleted successfully!"}

    def delete_all(self, user_id: str | None = None, agent_id: str | None = None, run_id: str | None = None) -> Result:
        """Forget a user; or only what was said with an agent, in a run, or both. Messages go with the memories."""
        scope = _scope({"user_id": user_id, "agent_id": agent_id, "run_id": run_id})
        try:
            if scope.agent is None and scope.run is None:
                self.manager.forget(scope.owner, everything=True)
            else:
                said = [message for message in self.manager.messages(scope.owner) if _in_scope(message, scope)]
                if said:
                    self.manager.forget(scope.owner, message_ids=[message.id for message in said])
        except UnknownUserError:
            pass
        return {"message": "Memories deleted successfully!"}

    def history(self, memory_id: str) -> list[Result]:
        """How a memory came to be, the oldest wording first. What was deleted has no history any more."""
        try:
            owner, item_id = _split(memory_id)
            versions = self._versions(owner, self._current(owner, item_id).id)
        except NotFoundError:
            return []
        rows = []
        before: str | None = None
        for found, at, operation in versions:
            speaker = found.said[0] if found.said else None
            rows.append(
                {
                    "id": stable_id("mem0", owner, found.id),
                    "memory_id": memory_id,
                    "old_memory": before,
                    "new_memory": found.text,
                    "event": "ADD" if before is None else operation,
                    "created_at": versions[0][1].isoformat(),
                    "updated_at": at.isoformat(),
                    "is_deleted": False,
                    "actor_id": speaker.speaker if speaker else None,
                    "role": str(speaker.role) if speaker else None,
                }
            )
            before = found.text
        return rows

    def reset(self) -> None:
        """Forget **everybody** who has a memory under this home."""
        for owner in self.manager.users():
            self.manager.forget(owner, everything=True)

    def chat(self, query: str) -> Result:
        """Not there, as in mem0: use `MemoryManager.chat`."""
        raise NotImplementedError("mem0 has no chat either. Use manager.chat(text, user_id=…) of O-Mem.")

    # -- inside --

    def _added(self, scope: _Scope, message_id: str) -> Result:
        message = self.manager.message(scope.owner, message_id)
        return {
            "id": _public(scope.owner, message_id),
            "memory": message.text,
            "event": "ADD",
            "actor_id": message.speaker,
            "role": str(message.role),
        }

    def _learned(self, scope: _Scope, message_ids: frozenset[str]) -> Iterator[Result]:
        """What the history tells of these messages, one line for each item."""
        seen: set[str] = set()
        for change in self.manager.history(scope.owner):
            new = change.source_id in message_ids and change.operation is not Operation.IGNORE
            if new and change.item_id not in seen:
                seen.add(change.item_id)
                item = self.manager.item(scope.owner, change.item_id)
                result = {
                    "id": _public(scope.owner, item.id),
                    "memory": item.text,
                    "event": str(change.operation).upper(),
                }
                if change.previous_id:
                    result["previous_memory"] = self.manager.item(scope.owner, change.previous_id).text
                yield result

    def _all(self, owner: str) -> Iterator[_Found]:
        items: list[Attribute | Event] = []
        for subject in self.manager.subjects(owner):
            items += self.manager.profile(owner, subject=subject).attributes
        items += self.manager.events(owner)
        said = {message.id: message for message in self.manager.messages(owner)}
        for item in items:
            found = self._found(owner, item, said)
            if not found.is_raw_twin:
                yield found
        yield from (_as_found(message) for message in said.values() if _own(message).get("raw"))

    def _ranked(
        self, query: str, scope: _Scope, as_of: datetime | None, top_k: int
    ) -> list[tuple[_Found, float, Piece]]:
        most = max(20, top_k) * (10 if scope.narrow else 2)
        context = self.manager.retrieve(query, user_id=scope.owner, budget_tokens=SEARCHED, as_of=as_of)
        hits = self.manager.search(query, user_id=scope.owner, limit=most, as_of=as_of, session_id=scope.run)
        known = [piece for piece in (*context.pieces, *context.left_out) if piece.kind in ("attribute", "event")]
        known = sorted(known, key=lambda piece: -piece.score)[:most]
        ranked: list[tuple[_Found, float, Piece]] = []
        told: set[str] = set()
        for piece, score in _shares(known):
            found = self._found(scope.owner, self.manager.item(scope.owner, piece.id))
            if _fits(found, scope) and not found.is_raw_twin:
                ranked.append((found, score, piece))
                told.update(piece.sources)
        for piece, score in _shares(hits):
            message = self._said(scope.owner, piece.id, None)
            if message is not None and message.id not in told and _fits(_as_found(message), scope):
                ranked.append((_as_found(message), score, piece))
        return sorted(ranked, key=lambda one: -one[1])

    def _current(self, owner: str, item_id: str) -> _Found:
        """What stands in the place of an item now."""
        message = self._message(owner, item_id)
        if message is not None:
            return _as_found(message)
        item = self.manager.item(owner, item_id)
        while item.known_to is not None and item.superseded_by is not None:
            item = self.manager.item(owner, item.superseded_by)
        return self._found(owner, item)

    def _there(self, owner: str, item_id: str) -> _Found:
        try:
            return self._current(owner, item_id)
        except NotFoundError as error:
            raise NoSuchMemoryError(_public(owner, item_id), owner) from error

    def _message(self, owner: str, item_id: str) -> Message | None:
        """A message by its id, or the one that took its place in an update."""
        try:
            return self.manager.message(owner, item_id)
        except UnknownItemError:
            pass
        for message in self.manager.messages(owner):
            if item_id in _own(message).get("was", ()):
                return message
        return None

    def _say_anew(self, owner: str, message: Message, text: str) -> None:
        """A message cannot be changed: the right one is stored first, then the old one is forgotten."""
        own = _own(message)
        marked = {**message.metadata, MARK: {**own, "was": [*own.get("was", ()), message.id]}}
        self.manager.add(
            text,
            user_id=owner,
            session_id=message.session_id,
            role=message.role,
            speaker=message.speaker,
            created_at=message.created_at,
            metadata=marked,
        )
        self.manager.forget(owner, message.id)

    def _found(self, owner: str, item: Attribute | Event, said: Mapping[str, Message] | None = None) -> _Found:
        sources = [self._said(owner, source.id, said) for source in item.sources]
        known = tuple(message for message in sources if message is not None)
        times = [source.said_at for source in item.sources]
        previous = self._previous(owner, item.id) if not known else None
        if previous is not None and previous.previous_id is not None:  # a correction: what it corrects was said
            known = self._found(owner, self.manager.item(owner, previous.previous_id), said).said
        created = min([*times, *(message.created_at for message in known)])
        return _Found(id=item.id, text=item.text, created=created, updated=max(times), said=known)

    def _said(self, owner: str, message_id: str, said: Mapping[str, Message] | None) -> Message | None:
        if said is not None:
            return said.get(message_id)
        try:
            return self.manager.message(owner, message_id)
        except UnknownItemError:
            return None

    def _previous(self, owner: str, item_id: str) -> Change | None:
        """The change that made an item."""
        changes = self.manager.history(owner, item_id)
        return next((c for c in changes if c.item_id == item_id and c.operation is not Operation.IGNORE), None)

    def _versions(self, owner: str, item_id: str) -> list[tuple[_Found, datetime, str]]:
        message = self._message(owner, item_id)
        if message is not None:
            return [(_as_found(message), message.created_at, "ADD")]
        versions: list[tuple[_Found, datetime, str]] = []
        place: str | None = item_id
        while place is not None:
            item, change = self.manager.item(owner, place), self._previous(owner, place)
            at = change.at if change else item.known_from
            versions.append((self._found(owner, item), at, str(change.operation if change else "add").upper()))
            place = change.previous_id if change else None
        return versions[::-1]


def _threaded(method: Callable[..., R]) -> Callable[..., Coroutine[Any, Any, R]]:
    async def twin(self: AsyncMemory, /, *args: Any, **kwargs: Any) -> R:
        return await asyncio.to_thread(method, self.memory, *args, **kwargs)

    twin.__doc__ = method.__doc__
    return twin


class AsyncMemory:
    """`Memory` for asyncio: the same methods, each in a thread."""

    def __init__(self, manager: MemoryManager | None = None) -> None:
        self.memory = Memory(manager)

    @classmethod
    def from_config(cls, config_dict: Mapping[str, Any]) -> Self:
        """See `Memory.from_config`."""
        made = cls.__new__(cls)
        made.memory = Memory.from_config(config_dict)
        return made

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """See `Memory.close`."""
        self.memory.close()

    add = _threaded(Memory.add)
    get = _threaded(Memory.get)
    get_all = _threaded(Memory.get_all)
    search = _threaded(Memory.search)
    update = _threaded(Memory.update)
    delete = _threaded(Memory.delete)
    delete_all = _threaded(Memory.delete_all)
    history = _threaded(Memory.history)
    reset = _threaded(Memory.reset)
    chat = _threaded(Memory.chat)


# -- what is given --


_ROLES = {"developer": "system", "function": "tool"}
"""Roles of OpenAI's messages under their other name."""


def _messages(given: Any) -> list[dict[str, Any]]:
    """mem0's messages: role, content and name count; those without text are left out."""
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    elif isinstance(given, Mapping):
        given = [given]
    if not isinstance(given, Sequence) or not all(isinstance(message, Mapping) for message in given):
        raise InvalidInputError("messages has to be a text, a dict, or a list of dicts like {'role': …, 'content': …}.")
    taken = []
    for message in given:
        known = {key: message[key] for key in ("id", "role", "content", "name", "created_at") if message.get(key)}
        if known.get("content"):
            taken.append(known | ({"role": _ROLES[known["role"]]} if known.get("role") in _ROLES else {}))
    return taken


def _scope(entities: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> _Scope:
    user, agent, run = (_entity(name, entities.get(name)) for name in ENTITIES)
    if user is not None:
        if user.startswith(tuple(OWNERS.values())):
            raise InvalidInputError(f"user_id begins with {user.split(':')[0]!r}, which stands for agents and runs.")
        return _Scope(owner=user, agent=agent, run=run, metadata=metadata or {})
    if agent is not None:
        return _Scope(owner=OWNERS["agent_id"] + agent, agent=None, run=run, metadata=metadata or {})
    if run is not None:
        return _Scope(owner=OWNERS["run_id"] + run, agent=None, run=None, metadata=metadata or {})
    raise InvalidInputError("Say whose memory it is: at least one of user_id, agent_id, run_id is needed.")


def _entity(name: str, value: Any) -> str | None:
    if value is None:
        return None
    text = str(value).strip()
    if not text or len(text.split()) != 1:
        raise InvalidInputError(f"{name} has to be a text without spaces, not {value!r}.")
    return text


def _scope_of(filters: Mapping[str, Any] | None, method: str, kwargs: Mapping[str, Any], top_k: int) -> _Scope:
    wrong = sorted(set(kwargs) & set(ENTITIES))
    if wrong:
        raise InvalidInputError(f"{method} takes {', '.join(wrong)} in filters, like filters={{{wrong[0]!r}: '…'}}.")
    if kwargs:
        hint = " (since mem0 2 it is called top_k)" if "limit" in kwargs else ""
        raise TypeError(f"{method}() got an unexpected keyword argument {sorted(kwargs)[0]!r}{hint}")
    if not isinstance(top_k, int) or isinstance(top_k, bool) or top_k < 0:
        raise InvalidInputError(f"top_k is {top_k!r}; it has to be a number that is not negative.")
    given = dict(filters or {})
    metadata = {key: value for key, value in given.items() if key not in ENTITIES}
    _check_conditions(metadata)
    return _scope(given, metadata)


def _refuse(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise InvalidInputError(f"O-Mem's mem0 face does not know {name!r}; leave it out. Nothing was written.")


_MEM0_ONLY = {
    "vector_store": "memories lie in SQLite files: give `home`, a folder",
    "embedder": "give `embedder` as a text, for example 'openai:text-embedding-3-small'",
    "graph_store": "there is no graph",
    "history_db_path": "the history is in the memory itself",
    "reranker": "there is none",
    "custom_instructions": "there are none",
    "custom_fact_extraction_prompt": "there is none",
}


def _settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of O-Mem from a configuration of mem0."""
    settings = {key: value for key, value in config.items() if key not in ("llm", "version")}
    for key, advice in _MEM0_ONLY.items():
        if key in settings and not (key == "embedder" and isinstance(settings[key], str)):
            raise ConfigurationError(f"mem0's setting {key!r} means nothing here: {advice}. Take it out.")
    llm = config.get("llm")
    if llm is None:
        return settings
    provider, options = llm.get("provider", "openai"), dict(llm.get("config") or {})
    if provider not in ("openai", "ollama", "lmstudio", "vllm"):
        raise ConfigurationError(
            f"mem0's provider {provider!r} is not known here. Give `llm_model` and, for a server that speaks OpenAI's "
            "protocol, `openai_base_url`."
        )
    url = options.get("openai_base_url") or options.get(f"{provider}_base_url")
    if provider == "ollama":
        url = f"{(url or 'http://localhost:11434').rstrip('/')}/v1"
    found = {"llm_model": options.get("model"), "openai_api_key": options.get("api_key"), "openai_base_url": url}
    return settings | {key: value for key, value in found.items() if value}


# -- what is shown --


def _public(owner: str, item_id: str) -> str:
    """An id that also tells whose memory it is: `get(memory_id)` names no user."""
    return f"{quote(owner, safe='')}:{item_id}"


def _split(memory_id: str) -> tuple[str, str]:
    owner, colon, item_id = str(memory_id).partition(":")
    if not colon or not owner or not item_id:
        raise NoSuchMemoryError(str(memory_id), unquote(owner))
    return unquote(owner), item_id


def _own(message: Message) -> Mapping[str, Any]:
    own = message.metadata.get(MARK)
    return own if isinstance(own, Mapping) else {}


def _as_found(message: Message) -> _Found:
    return _Found(
        id=message.id, text=message.text, created=message.created_at, updated=message.created_at, said=(message,)
    )


def _in_scope(message: Message, scope: _Scope) -> bool:
    own = _own(message)
    if scope.agent is not None and own.get("agent_id") != scope.agent:
        return False
    return scope.run is None or scope.run in (own.get("run_id"), message.session_id)


def _fits(found: _Found, scope: _Scope) -> bool:
    """Whether one of its messages is in the scope and meets the conditions."""
    if not scope.narrow:
        return True
    return any(_in_scope(message, scope) and _meets(_payload(message, scope), scope.metadata) for message in found.said)


def _payload(message: Message, scope: _Scope) -> dict[str, Any]:
    """What a filter can ask for: the metadata, whose words they are, and with whom they were said."""
    own = _own(message)
    kind = next((name for name, prefix in OWNERS.items() if scope.owner.startswith(prefix)), "user_id")
    known = {
        "role": str(message.role),
        "actor_id": message.speaker,
        "agent_id": own.get("agent_id"),
        "run_id": own.get("run_id"),
        kind: scope.owner.removeprefix(OWNERS.get(kind, "")),
    }
    return {**message.metadata, **{name: value for name, value in known.items() if value is not None}}


_LOGIC: dict[str, Callable[[Iterator[bool]], bool]] = {"AND": all, "OR": any, "NOT": lambda held: not any(held)}

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, asked: value == asked,
    "ne": lambda value, asked: value != asked,
    "gt": lambda value, asked: value > asked,
    "gte": lambda value, asked: value >= asked,
    "lt": lambda value, asked: value < asked,
    "lte": lambda value, asked: value <= asked,
    "in": lambda value, asked: value in asked,
    "nin": lambda value, asked: value not in asked,
    "contains": lambda value, asked: asked in value,
    "icontains": lambda value, asked: asked.casefold() in value.casefold(),
}


def _check_conditions(conditions: Any) -> None:
    if not isinstance(conditions, Mapping):
        raise InvalidInputError(f"A filter has to be a dict, not {conditions!r}.")
    for key, asked in conditions.items():
        if key in _LOGIC:
            if not isinstance(asked, Sequence) or isinstance(asked, str) or not asked:
                raise InvalidInputError(f"{key} takes a list of filters that is not empty.")
            for one in asked:
                _check_conditions(one)
        elif isinstance(asked, Mapping) and (unknown := set(asked) - set(_OPERATORS)):
            known = ", ".join(_OPERATORS)
            raise InvalidInputError(f"The filter {key!r} uses {', '.join(map(repr, unknown))}. Known are {known}.")


def _meets(payload: Mapping[str, Any], conditions: Mapping[str, Any]) -> bool:
    return all(
        _LOGIC[key](_meets(payload, one) for one in asked) if key in _LOGIC else _matches(payload, key, asked)
        for key, asked in conditions.items()
    )


def _matches(payload: Mapping[str, Any], key: str, asked: Any) -> bool:
    """Whether a field meets a condition; one that is missing meets none."""
    if key not in payload:
        return False
    if asked == "*":
        return True
    operators = asked if isinstance(asked, Mapping) else {"eq": asked}
    try:
        return all(_OPERATORS[name](payload[key], operand) for name, operand in operators.items())
    except (TypeError, AttributeError):  # a text is not less than a number
        return False


def _shares(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, float]]:
    """Each piece with its share of the best score among them."""
    best = max((piece.score for piece in pieces), default=0.0)
    for piece in pieces:
        yield piece, max(0.0, piece.score / best) if best > 0 else 1.0


def _shown(owner: str, found: _Found) -> Result:
    """As mem0 shows a memory."""
    first = found.said[0] if found.said else None
    own = _own(first) if first else {}
    kind = next((name for name, prefix in OWNERS.items() if owner.startswith(prefix)), "user_id")
    result: Result = {
        "id": _public(owner, found.id),
        "memory": found.text,
        "hash": hashlib.md5(found.text.encode("utf-8"), usedforsecurity=False).hexdigest(),
        "metadata": {key: value for key, value in first.metadata.items() if key != MARK} or None if first else None,
        "created_at": found.created.isoformat(),
        "updated_at": found.updated.isoformat(),
        kind: owner.removeprefix(OWNERS.get(kind, "")),
    }
    result |= {name: own[name] for name in ("agent_id", "run_id") if name in own and name != kind}
    if first is not None:
        result["role"] = str(first.role)
        result |= {"actor_id": first.speaker} if first.speaker else {}
    return result
