"""LangGraph: a store over users' memories, and two ready nodes.

A namespace says whose memory is meant and, with its other labels, which kind: `("alice", "memories")`. What is put
there is stored as a message and found with everything else that is known of the user. Three kinds show what the memory
holds by itself: `omem-profile`, `omem-events` and `omem-messages`.

Written against langgraph 1.2.22 (langgraph-checkpoint 4.3.2).
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from memory_chain.errors import ConfigurationError, InvalidInputError, NotFoundError, UnknownUserError
from memory_chain.extraction.guards import strip_context
from memory_chain.integrations.common import (
    RECALLING,
    STORING,
    going_on,
    of_piece,
    ranked,
    recalled,
    unstored,
    user_in,
)
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Attribute, Event, Message, Piece, Role, Trust
from memory_chain.utils import new_id, stable_id

try:
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig
    from langgraph.runtime import Runtime
    from langgraph.store.base import (
        BaseStore,
        GetOp,
        Item,
        ListNamespacesOp,
        MatchCondition,
        Op,
        PutOp,
        Result,
        SearchItem,
        SearchOp,
    )
except ImportError as error:
    raise ConfigurationError(
        f"The LangGraph integration needs the package langgraph ({error}). "
        "Install it with: pip install 'o-mem[langgraph]'."
    ) from error

PROFILE, EVENTS, MESSAGES = "omem-profile", "omem-events", "omem-messages"
"""The kinds that the memory fills by itself: they can be read and deleted from, not put into."""

SOURCE = "langgraph"
TEXT_KEYS = ("text", "content", "memory", "data")
"""Where the words of a value stand; of a value with none of these, all of it is the text."""

SEARCHED = 20_000
"""Tokens: the budget of a search over everything, wide enough that `limit` decides."""

Kind = tuple[str, ...]
UserOf = Callable[[RunnableConfig, Any], str]
"""Tells from a run's configuration and its runtime whose run it is."""


# -- the store --


class OMemStore(BaseStore):  # type: ignore[misc, unused-ignore]
    """The memories of many users as a LangGraph store.

    A put of another value under the same key replaces the one before for good, as in every store. A search without any
    kind (`store.search(("alice",), query=…)`) finds everything that is known of the user, the persona too.

    Args:
        manager: the memories; it stays the caller's to close.
        user_at: which label of a namespace is the user id; the others are the kind. Every operation has to name a
            user: no search and no list goes over several.
        role: who says what is put. With `tool` it never overwrites what the user said.
    """

    supports_ttl = False

    def __init__(self, manager: MemoryManager, *, user_at: int = 0, role: Role | str = Role.TOOL) -> None:
        self.manager = manager
        self._user_at = user_at
        self._role = role
        self._putting = threading.Lock()

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations in their order."""
        return [self._run(op) for op in ops]

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations in their order, in a thread."""
        return await asyncio.to_thread(self.batch, list(ops))

    def _run(self, op: Op) -> Result:
        if isinstance(op, GetOp):
            return self._get(*self._split(op.namespace), op.key)
        if isinstance(op, PutOp):
            if op.ttl is not None:  # `put` refuses it by itself, a batch does not
                raise NotImplementedError("OMemStore has no TTL: nothing is forgotten by the clock. Leave ttl out.")
            self._put(*self._split(op.namespace), op.key, op.value)
            return None
        if isinstance(op, SearchOp):
            return self._search(op)
        return self._namespaces(op)

    def _split(self, namespace: Sequence[str]) -> tuple[str, Kind]:
        """Whose memory a namespace means, and which kind."""
        labels = tuple(namespace)
        if len(labels) <= self._user_at or labels[self._user_at] == "*":
            raise InvalidInputError(
                f"The namespace {labels!r} names no user: with user_at={self._user_at} the id is its label "
                f"{self._user_at + 1}. Operations over several users are not done."
            )
        return labels[self._user_at], labels[: self._user_at] + labels[self._user_at + 1 :]

    def _joined(self, user: str, kind: Kind) -> tuple[str, ...]:
        return (*kind[: self._user_at], user, *kind[self._user_at :])

    def _own_kind(self, name: str) -> Kind:
        """The labels of a kind of the memory's own, where labels stand before the user, too."""
        return (name,) * max(1, self._user_at)

    # one item

    def _get(self, user: str, kind: Kind, key: str) -> Item | None:
        try:
            if kind in (self._own_kind(PROFILE), self._own_kind(EVENTS)):
                found = self.manager.item(user, key)
                wanted = Attribute if kind[0] == PROFILE else Event
                return self._of_item(user, kind, found) if isinstance(found, wanted) else None
            if kind == self._own_kind(MESSAGES):
                return self._of_message(user, self.manager.message(user, key))
        except NotFoundError:
            return None
        said = self._versions(user, kind, key)
        return self._of_message(user, said[-1]) if said else None

    def _versions(self, user: str, kind: Kind, key: str) -> list[Message]:
        """What was put under a key, the newest last: one message, or more after a crash between store and forget."""
        try:
            said = self.manager.messages(user, session_id=_session(kind, key))
        except UnknownUserError:
            return []
        return sorted(said, key=lambda message: message.seq)

    def _put(self, user: str, kind: Kind, key: str, value: Mapping[str, Any] | None) -> None:
        own = kind and kind[0] in (PROFILE, EVENTS, MESSAGES)
        if own and value is not None:
            raise InvalidInputError(
                f"The memory fills {kind[0]!r} by itself. Put into another kind, for example 'memories', or set an "
                "item right with MemoryManager.correct."
            )
        with self._putting:
            if own:
                self._forget(user, [key])
                return
            before = self._versions(user, kind, key)
            if value is not None and before and _value(before[-1]) == _plain(value):
                before.pop()  # the same again: nothing to do
            elif value is not None:
                self._add(user, kind, key, value, before)
            self._forget(user, [message.id for message in before])

    def _add(self, user: str, kind: Kind, key: str, value: Mapping[str, Any], before: Sequence[Message]) -> None:
        kept: dict[str, Any] = {"kind": list(kind), "key": key, "value": _plain(value)}
        if before:
            kept["created_at"] = _created(before[-1]).isoformat()
        previous = before[-1].id if before else ""
        said: dict[str, Any] = {
            "id": stable_id(SOURCE, *kind, key, previous, json.dumps(value, sort_keys=True)),
            "role": self._role,
            "text": _text(value),
            "session_id": _session(kind, key),
            "metadata": {"source": SOURCE, SOURCE: kept},
        }
        receipt = self.manager.add(said, user_id=user)
        if receipt.forgotten:  # the same value was put and deleted before: now it is said anew
            said["id"] = new_id()
            self.manager.add(said, user_id=user)

    def _forget(self, user: str, ids: Sequence[str]) -> None:
        for one in ids:
            try:
                self.manager.forget(user, one)
            except NotFoundError:
                continue

    # many items

    def _search(self, op: SearchOp) -> list[SearchItem]:
        user, kind = self._split(op.namespace_prefix)
        try:
            found = self._found(user, kind, op) if op.query else self._listed(user, kind)
            fitting = (item for item in found if _fits(item.value, op.filter))
            return [item for place, item in enumerate(fitting) if op.offset <= place < op.offset + op.limit]
        except UnknownUserError:
            return []

    def _found(self, user: str, kind: Kind, op: SearchOp) -> Iterator[SearchItem]:
        query = op.query or ""
        if not kind or kind[0] in (PROFILE, EVENTS):
            context = self.manager.retrieve(query, user_id=user, budget_tokens=SEARCHED)
            for piece, share in ranked(context.pieces):
                item = self._of_piece(user, piece, share)
                if self._under(item, kind):
                    yield item
            return
        seen: set[str] = set()
        limit = 4 * (op.offset + op.limit)
        while True:
            pieces = self.manager.search(query, user_id=user, limit=limit)
            for piece in pieces:
                if piece.id not in seen:
                    seen.add(piece.id)
                    item = self._of_piece(user, piece, piece.score)
                    if self._under(item, kind):
                        yield item
            if len(pieces) < limit:
                return
            limit *= 4

    def _under(self, item: Item, kind: Kind) -> bool:
        _, own = self._split(item.namespace)
        return own[: len(kind)] == kind

    def _listed(self, user: str, kind: Kind) -> Iterator[SearchItem]:
        """Without a query: the newest first."""
        if kind == self._own_kind(PROFILE):
            items: Sequence[Attribute | Event] = self.manager.profile(user).attributes
            yield from (self._of_item(user, kind, item) for item in items)
        elif kind == self._own_kind(EVENTS):
            items = self.manager.events(user)[::-1]
            yield from (self._of_item(user, kind, item) for item in items)
        else:
            said = self.manager.messages(user, newest_first=True)
            own = kind == self._own_kind(MESSAGES)
            for message in said:
                if own is (_kept(message) is None):
                    item = self._of_message(user, message)
                    if self._under(item, kind):
                        yield item

    def _namespaces(self, op: ListNamespacesOp) -> list[tuple[str, ...]]:
        conditions = op.match_conditions or ()
        named = [one.path for one in conditions if one.match_type == "prefix" and len(one.path) > self._user_at]
        user, _ = self._split(named[0] if named else ())
        try:
            said = self.manager.messages(user)
        except UnknownUserError:
            return []
        found = {self._joined(user, tuple(kept["kind"])) for kept in map(_kept, said) if kept}
        filled: dict[str, Sequence[object]] = {
            PROFILE: self.manager.profile(user).attributes,
            EVENTS: self.manager.events(user),
            MESSAGES: [message for message in said if _kept(message) is None],
        }
        found |= {self._joined(user, self._own_kind(name)) for name, items in filled.items() if items}
        fitting = {space[: op.max_depth] for space in found if all(_matches(one, space) for one in conditions)}
        return sorted(fitting)[op.offset : op.offset + op.limit]

    # as items of the framework

    def _of_message(self, user: str, message: Message, score: float | None = None) -> SearchItem:
        kept = _kept(message)
        kind = tuple(kept["kind"]) if kept else self._own_kind(MESSAGES)
        plain = {"text": message.text, "role": message.role.value, "speaker": message.speaker}
        return SearchItem(
            namespace=self._joined(user, kind),
            key=kept["key"] if kept else message.id,
            value=kept["value"] if kept else {**plain, "session_id": message.session_id},
            created_at=_created(message),
            updated_at=message.created_at,
            score=score,
        )

    def _of_item(self, user: str, kind: Kind, item: Attribute | Event, score: float | None = None) -> SearchItem:
        value: dict[str, Any] = {"text": item.text, "subject": item.subject, "trust": item.trust.value}
        if isinstance(item, Attribute):
            value |= {"section": item.section, "aspect": item.aspect, "value": item.value}
        elif item.when is not None:
            value |= {"start": item.when.start.isoformat(), "end": item.when.end.isoformat()}
        value["sources"] = [source.id for source in item.sources]
        return SearchItem(self._joined(user, kind), item.id, value, item.known_from, item.known_from, score)

    def _of_piece(self, user: str, piece: Piece, score: float) -> SearchItem:
        if piece.kind == "message":
            return self._of_message(user, self.manager.message(user, piece.id), score)
        if piece.kind in ("attribute", "event"):
            kind = self._own_kind(PROFILE if piece.kind == "attribute" else EVENTS)
            return self._of_item(user, kind, self.manager.item(user, piece.id), score)
        moment = piece.at or datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        key = piece.id or stable_id(piece.kind, piece.text)
        value = {"text": piece.text, **of_piece(piece)}
        return SearchItem(self._joined(user, self._own_kind(PROFILE)), key, value, moment, moment, score)


def _session(kind: Kind, key: str) -> str:
    """Each item is a session of its own: its neighbours in time are no dialogue with it."""
    return f"{SOURCE}:{stable_id(*kind, key)}"


def _kept(message: Message) -> dict[str, Any] | None:
    kept = message.metadata.get(SOURCE)
    return kept if isinstance(kept, dict) and "kind" in kept else None


def _plain(value: Mapping[str, Any]) -> Any:
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"A value of the store has to be plain JSON ({error}). Nothing was written.") from error


def _value(message: Message) -> Any:
    return (_kept(message) or {}).get("value")


def _created(message: Message) -> datetime:
    first = (_kept(message) or {}).get("created_at")
    return datetime.fromisoformat(first) if first else message.created_at


def _text(value: Mapping[str, Any]) -> str:
    for key in TEXT_KEYS:
        if isinstance(value.get(key), str) and value[key].strip():
            return strip_context(value[key]) or "(what was recalled)"
    return strip_context(json.dumps(value, ensure_ascii=False)) or "(what was recalled)"


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda a, b: a == b,
    "$ne": lambda a, b: a != b,
    "$gt": lambda a, b: a > b,
    "$gte": lambda a, b: a >= b,
    "$lt": lambda a, b: a < b,
    "$lte": lambda a, b: a <= b,
}


def _fits(value: Mapping[str, Any], conditions: Mapping[str, Any] | None) -> bool:
    return all(_compares(value.get(key), wanted) for key, wanted in (conditions or {}).items())


def _compares(found: Any, wanted: Any) -> bool:
    """As LangGraph's own store: nested objects need only the keys that are asked for, lists all their members."""
    if isinstance(wanted, list | tuple):
        alike = isinstance(found, list | tuple) and len(found) == len(wanted)
        return alike and all(map(_compares, found, wanted))
    if not isinstance(wanted, Mapping):
        return bool(found == wanted)
    if not any(str(key).startswith("$") for key in wanted):
        return isinstance(found, Mapping) and _fits(found, wanted)
    for sign, other in wanted.items():
        if sign not in _COMPARE:
            raise InvalidInputError(f"The filter uses {sign!r}. Known comparisons: {', '.join(_COMPARE)}.")
        try:
            if not _COMPARE[sign](found, other):
                return False
        except TypeError:  # a text is not less than a number
            return False
    return True


def _matches(condition: MatchCondition, namespace: Sequence[str]) -> bool:
    path = condition.path
    if len(path) > len(namespace):
        return False
    part = namespace[: len(path)] if condition.match_type == "prefix" else namespace[len(namespace) - len(path) :]
    return all(wanted in ("*", label) for wanted, label in zip(path, part, strict=True))


# -- nodes --


def user_of_run(config: RunnableConfig, runtime: Any) -> str:
    """Whose run it is: `user_id` in the run's context, else in the configuration's `configurable`."""
    return user_in(getattr(runtime, "context", None), config.get("configurable", {}))


def recall_node(
    manager: MemoryManager,
    *,
    into: str = "memory",
    user_of: UserOf = user_of_run,
    budget_tokens: int | None = None,
    min_trust: Trust | str | None = None,
) -> Callable[..., dict[str, str]]:
    """A node that loads what is remembered about the last human message into the state.

    If the memory fails, that is logged, and the state gets an empty text.

    Args:
        manager: the memories; it stays the caller's to close.
        into: the key of the state; the state needs `messages`, too.
        user_of: whose run it is.
        budget_tokens: the most that the context may cost (default: the manager's setting).
        min_trust: leave out what is less trusted.
    """

    def recall(state: Any, config: RunnableConfig, runtime: Runtime[Any]) -> dict[str, str]:
        question, user_id, text = last_question(messages_in(state)), user_of(config, runtime), ""
        with going_on(RECALLING):
            text = recalled(
                manager,
                question,
                user_id=user_id,
                session_id=thread_of(config),
                budget_tokens=budget_tokens,
                min_trust=min_trust,
            )
        return {into: text}

    return recall


def remember_node(manager: MemoryManager, *, user_of: UserOf = user_of_run) -> Callable[..., dict[str, Any]]:
    """A node that stores what the human and the model said and is not stored yet; it changes no state.

    If the memory fails, that is logged; the next run of the thread stores what is missing.

    Args:
        manager: the memories; it stays the caller's to close.
        user_of: whose run it is.
    """

    def remember(state: Any, config: RunnableConfig, runtime: Runtime[Any]) -> dict[str, Any]:
        messages, user_id = messages_in(state), user_of(config, runtime)
        with going_on(STORING):
            store_new(manager, messages, user_id=user_id, thread=thread_of(config))
        return {}

    return remember


def thread_of(config: RunnableConfig) -> str | None:
    """The thread of a run, which is the session of its messages."""
    thread = config.get("configurable", {}).get("thread_id")
    return None if thread is None else str(thread)


def messages_in(state: Any) -> Sequence[BaseMessage]:
    """The messages of a state, whatever kind of record it is."""
    found: Sequence[BaseMessage] = state["messages"] if isinstance(state, Mapping) else state.messages
    return found


def human(message: BaseMessage) -> bool:
    """Whether a person wrote it: the framework's own notes, like a summary, come as messages of a human, too."""
    return message.type == "human" and not message.additional_kwargs.get("lc_source")


def last_question(messages: Sequence[BaseMessage]) -> str:
    """What the human said last."""
    said = (strip_context(str(message.text)) for message in reversed(messages) if human(message))
    return next((text for text in said if text.strip()), "")


def store_new(manager: MemoryManager, messages: Sequence[BaseMessage], *, user_id: str, thread: str | None) -> None:
    """Store what human and model said, without recalled context; what is stored or was forgotten is not said again."""
    given = []
    for place, message in enumerate(messages):
        text = strip_context(str(message.text)).strip() if human(message) or message.type == "ai" else ""
        if text:
            given.append(
                {
                    "id": stable_id(SOURCE, thread or "", message.id or f"{place}:{message.type}:{text}"),
                    "role": Role.USER if message.type == "human" else Role.ASSISTANT,
                    "speaker": message.name if message.type == "ai" else None,
                    "text": text,
                }
            )
    fresh = unstored(manager, user_id, given)
    if fresh:
        manager.add(fresh, user_id=user_id, session_id=thread)
