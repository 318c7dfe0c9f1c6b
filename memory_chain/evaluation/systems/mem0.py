"""The mem0 package (version 2) as a system: an example of how another memory is plugged in.

Written against mem0ai 2.2: `Memory.add(messages, *, user_id, metadata, infer)` and
`Memory.search(query, *, filters={"user_id": …}, top_k)`, which answers
`{"results": [{"id", "memory", "score", "metadata"}, …]}` (`search` refuses a `user_id` beside `filters`).
It needs the extra `mem0`, and by default an OpenAI key: mem0 calls a model for each message.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memory_chain.errors import ConfigurationError, ModelError
from memory_chain.evaluation.systems.base import Recalled, Shown
from memory_chain.evaluation.systems.page import Entry, Page, one_line
from memory_chain.types import Message, Role

TOP_K = 20
"""How many memories a context shows at most; mem0's own default."""

_ROLES = {Role.ASSISTANT: "assistant", Role.SYSTEM: "system"}


class Mem0:
    """A memory of mem0 (`System`).

    One message is added at a time, with its id as metadata, so that what mem0 draws from it can be scored against
    evidence. mem0 takes neither names nor dates (its open-source `add` refuses `timestamp`): both stand in the text
    that it is given. Its files go into the system's folder, and its telemetry is switched off unless
    `MEM0_TELEMETRY` says otherwise.

    Args:
        user_id: whose memory it is.
        home: an empty folder.
        config: of `mem0.Memory.from_config`: `llm`, `embedder`, `vector_store`, …
        infer: let a model draw facts from messages; False keeps the messages as they are.
        top_k: how many memories a context shows at most.

    Raises:
        ConfigurationError: mem0 is not installed, or it cannot work with the configuration.
    """

    name = "mem0"

    def __init__(
        self,
        user_id: str,
        home: str | Path,
        *,
        config: Mapping[str, Any] | None = None,
        infer: bool = True,
        top_k: int = TOP_K,
    ) -> None:
        self._user_id, self._infer, self._top_k = user_id, infer, top_k
        self._given: dict[str, str] = {}
        self._memory: Any = _opened(_in_folder(config or {}, Path(home)))

    def add(self, messages: Sequence[Message]) -> None:
        """Hand them over one by one.

        Raises:
            ModelError: mem0, or a model or store that it uses, failed.
        """
        for message in messages:
            content = _content(message)
            with _errors_as_ours(f"take in message {message.id!r}"):
                self._memory.add(
                    [{"role": _ROLES.get(message.role, "user"), "content": content}],
                    user_id=self._user_id,
                    metadata={"message_id": message.id, "said_at": message.created_at.isoformat()},
                    infer=self._infer,
                )
            self._given[message.id] = content

    def retrieve(self, question: str, *, budget_tokens: int | None) -> Recalled:
        """The memories that it finds, the best first, as many as fit.

        Raises:
            ModelError: mem0, or a model or store that it uses, failed.
        """
        page = Page(budget_tokens)
        for number, found in enumerate(self._search(question, self._top_k)):
            page.offer(self._entry(found, number))
        return page.recalled()

    def rank(self, question: str, *, limit: int) -> list[str]:
        """The messages from which the memories come that it finds, the best first."""
        ids = (_message_id(found) for found in self._search(question, limit))
        return list(dict.fromkeys(one for one in ids if one in self._given))

    def close(self) -> None:
        """Close it, if this version of mem0 can be closed. Closing twice is fine."""
        memory, self._memory = self._memory, None
        if memory is not None and hasattr(memory, "close"):
            memory.close()

    def _search(self, question: str, limit: int) -> list[Mapping[str, Any]]:
        if not self._given:
            return []
        with _errors_as_ours("search"):
            answer = self._memory.search(question, filters={"user_id": self._user_id}, top_k=limit)
        found: Iterable[Mapping[str, Any]] = answer["results"] if isinstance(answer, Mapping) else answer
        return list(found)

    def _entry(self, found: Mapping[str, Any], number: int) -> Entry:
        text, source = str(found["memory"]), _message_id(found)
        return Entry(
            line=f"- {one_line(text)}",
            headings=(),
            place=(0, 0, "", number),
            sources=(source,) if source in self._given else (),
            shown=Shown(kind="memory", id=str(found.get("id", "")), text=text, score=float(found.get("score") or 0.0)),
            whole=self._given.get(source) == text,
        )


def _content(message: Message) -> str:
    when = message.created_at
    return f"[{when.day} {when:%B %Y}] {message.speaker or message.role}: {message.text}"


def _message_id(found: Mapping[str, Any]) -> str:
    return str((found.get("metadata") or {}).get("message_id", ""))


def _opened(config: Mapping[str, Any]) -> Any:
    os.environ.setdefault("MEM0_TELEMETRY", "False")  # read by mem0 when it is imported; on by default
    try:
        mem0 = importlib.import_module("mem0")
    except ImportError as error:
        raise ConfigurationError(
            f"The system 'mem0' needs the package mem0ai ({error}). Install it with: pip install 'o-mem[mem0]'."
        ) from error
    try:
        return mem0.Memory.from_config(dict(config))
    except Exception as error:  # any of mem0's many back ends may refuse, each with errors of its own
        raise ConfigurationError(f"mem0 does not start with this configuration: {error}") from error


@contextmanager
def _errors_as_ours(act: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # mem0 raises its own errors and those of whatever back end it uses
        raise ModelError(f"mem0 could not {act}: {type(error).__name__}: {error}") from error


def _in_folder(config: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """The configuration with mem0's files in the folder, where it does not say otherwise."""
    given = dict(config.get("vector_store", {}))
    store: dict[str, Any] = {"provider": "qdrant", **given}
    if store["provider"] == "qdrant":
        place = {} if {"url", "host", "client"} & set(given.get("config", {})) else {"path": str(home / "qdrant")}
        store["config"] = {**place, **given.get("config", {})}
    return {"history_db_path": str(home / "history.db"), **config, "vector_store": store}
