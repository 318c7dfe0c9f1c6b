"""Our own memory, through its public face, as one system among others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from memory_chain.embedding.base import Embedder
from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.systems.base import Recalled, Shown
from memory_chain.llm.base import LLM
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Context, Message, Profile
from memory_chain.utils import clean_text

RESUMABLE = "resumable"
"""A file of this name in a memory's folder: what is there is of the same run, and adding it again changes nothing."""


class OMem:
    """The memory of one user (`System`): a `MemoryManager` with one chain.

    Messages are understood as they come: by rules, or by the model if one is given. What a model has left waiting
    (it reads in batches) is read before the first question, or when `finish` is called.

    Args:
        user_id: whose memory it is.
        home: an empty folder.
        user_name: the speaker who is the user, if one of them is.
        llm: understands messages in place of the rules.
        embedder: adds a channel of vectors.
        budget_tokens: what a context may cost if `retrieve` names no budget; None: as the memory's own setting says.
        drop_threshold: 0 to 1: a ranked message less likely than this, relative to the best one, is dropped.
        manager_parts: further arguments of `MemoryManager`; they are stronger than those above.

    Raises:
        InvalidInputError: the folder holds a memory of this user already, which would falsify the figures.
    """

    name = "omem"

    def __init__(
        self,
        user_id: str,
        home: str | Path,
        *,
        user_name: str | None = None,
        llm: LLM | None = None,
        embedder: Embedder | None = None,
        budget_tokens: int | None = None,
        drop_threshold: float = 0.0,
        manager_parts: Mapping[str, Any] | None = None,
    ) -> None:
        parts = {"user_name": user_name, "llm": llm, "embedder": embedder, **(manager_parts or {})}
        self.user_id = user_id
        self.manager = new_memory(user_id, home, **parts)
        self._budget_tokens = budget_tokens
        self._drop_threshold = drop_threshold
        self._texts: dict[str, str] = {}
        self._waiting = False

    def add(self, messages: Sequence[Message]) -> None:
        """Store and understand them."""
        if messages:
            self.manager.add(messages, user_id=self.user_id)
            self._texts.update((message.id, clean_text(message.text)) for message in messages)
            self._waiting = True

    def finish(self) -> None:
        """Understand what still waits."""
        if self._waiting:
            self.manager.flush(self.user_id)
            self._waiting = False

    def retrieve(self, question: str, *, budget_tokens: int | None) -> Recalled:
        """The context that an agent would get."""
        if not self._texts:
            return Recalled(text="")
        self.finish()
        budget = self._budget_tokens if budget_tokens is None else budget_tokens
        return recalled(self.manager.retrieve(question, user_id=self.user_id, budget_tokens=budget), self._texts)

    def rank(self, question: str, *, limit: int) -> list[str]:
        """The messages that `search` finds."""
        if not self._texts:
            return []
        self.finish()
        found = self.manager.search(question, user_id=self.user_id, limit=limit)
        best = found[0].score if found else 0.0  # scores are log-odds up to a constant
        return [piece.id for piece in found if math.exp(min(0.0, piece.score - best)) >= self._drop_threshold]

    def profile(self, subject: str | None = None) -> Profile:
        """Who the user (or another speaker) is, for the quality of profiles.

        Raises:
            UnknownUserError: nothing was added.
        """
        self.finish()
        return self.manager.profile(self.user_id, subject=subject)

    def close(self) -> None:
        """Close the memory. Closing twice is fine."""
        self.manager.close()


def new_memory(user_id: str, home: str | Path, **parts: Any) -> MemoryManager:
    """A manager that understands messages as they come and has no memory of the user yet.

    Raises:
        InvalidInputError: the folder holds a memory of this user already, which would falsify the figures.
    """
    manager = MemoryManager.open(home, **{"consolidate": "inline", **parts})
    if user_id in manager.users() and not (Path(home) / RESUMABLE).exists():
        manager.close()
        raise InvalidInputError(f"{home} holds a memory of {user_id!r} already. Give an empty folder.")
    return manager


def recalled(context: Context, texts: Mapping[str, str]) -> Recalled:
    """A context as the evaluation wants it.

    Args:
        context: what `retrieve` returned.
        texts: message id to text; a message is a source if this whole text is shown, not an excerpt.
    """
    whole = (one.id for one in context if one.kind == "message" and texts.get(one.id) == one.text)
    cited = (source for one in context for source in one.sources if source in texts)
    return Recalled(
        text=context.text,
        sources=tuple(dict.fromkeys(whole)),
        cited=tuple(dict.fromkeys(cited)),
        tokens=context.tokens,
        pieces=tuple(
            Shown(kind=one.kind, id=one.id, text=one.text, score=one.score, reasons=one.reasons) for one in context
        ),
    )
