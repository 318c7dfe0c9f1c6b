"""The settings of the research benchmark: task only, with a memory, with the full persona; each also of another user.

All of them are contestants of one run. A swapped one is asked the tasks of one user and remembers another: what it
scores is what a report gains by being good and personal in any way, without being about this user.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from memory_chain.embedding.base import Embedder
from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.data.pdr import Language, persona_sessions
from memory_chain.evaluation.records import Conversation, Dataset
from memory_chain.evaluation.running import Contestant
from memory_chain.evaluation.systems import make_factory
from memory_chain.evaluation.systems.base import Recalled, Shown, System
from memory_chain.llm.base import LLM
from memory_chain.types import Message
from memory_chain.utils import estimate_tokens

FULL_PERSONA = "full-persona"
"""The kind of the one piece of a context that is a whole persona: nothing has to be distilled from it."""

TASK_ONLY, WITH_MEMORY, WITH_PERSONA = "task-only", "memory", "persona"
SETTING, SWAPPED, MATCHED = "setting", "swapped", "matched"
"""Keys of a contestant's settings: which of the three it is, whether it is swapped, and what it is compared with."""

OTHER = "other"
"""In a conversation's notes: the conversation whose memory a swapped contestant has."""

_HERE = "memory_chain.evaluation.pdr_memories"


def settings_of(memories: Sequence[Contestant], *, swapped: bool = True) -> tuple[Contestant, ...]:
    """The contestants of a run: task only, each memory, the full persona; then the swapped ones.

    Args:
        memories: the memories under test. One of the system `none` is the task only and need not be given.
        swapped: also each memory, and the persona, of another user; the data set needs `with_others` for it.
    """
    tested = [_in_setting(one, WITH_MEMORY) for one in memories if one.system != "none"]
    persona = Contestant(name="persona", system=f"{_HERE}:full_persona", settings={SETTING: WITH_PERSONA})
    matched = [Contestant(name=TASK_ONLY, system="none", settings={SETTING: TASK_ONLY}), *tested, persona]
    return (*matched, *(_swapped(one) for one in [*tested, persona] if swapped))


def with_others(dataset: Dataset, seed: int = 0) -> Dataset:
    """Each conversation with another user's in its notes: the seed puts the users in a circle.

    If there is one user only, it is the persona of some other one in `dataset.notes["personas"]`.

    Raises:
        InvalidInputError: there is no other user.
    """
    order = sorted(one.id for one in dataset.conversations)
    random.Random(f"swap:{seed}").shuffle(order)
    by_id = {one.id: one for one in dataset.conversations}
    after = dict(zip(order, [*order[1:], *order[:1]], strict=True))
    return replace(
        dataset,
        conversations=tuple(
            replace(
                one,
                notes={
                    **one.notes,
                    OTHER: by_id[after[one.id]] if len(order) > 1 else _from_personas(dataset, one, seed),
                },
            )
            for one in dataset.conversations
        ),
    )


def persona_text(persona: Mapping[str, Any]) -> str:
    """A persona as JSON, a section a line, without the id of its user."""
    return "\n".join(
        f"{section}: {json.dumps(content, ensure_ascii=False)}"
        for section, content in persona.items()
        if section != "userid"
    )


class FullPersona:
    """Knows the whole persona and never cuts it, whatever the budget (`System`)."""

    name = "persona"

    def __init__(self, persona: Mapping[str, Any]) -> None:
        self._text = persona_text(persona)

    def add(self, messages: Sequence[Message]) -> None:
        """Not needed."""

    def retrieve(self, question: str, *, budget_tokens: int | None) -> Recalled:
        """The persona."""
        shown = Shown(kind=FULL_PERSONA, id=FULL_PERSONA, text=self._text)
        return Recalled(text=self._text, tokens=estimate_tokens(self._text), pieces=(shown,))

    def rank(self, question: str, *, limit: int) -> list[str]:
        """Nothing."""
        return []

    def close(self) -> None:
        """Nothing is held."""


class OfAnother:
    """A memory of another user: what it is given is passed over, it takes in the other's messages (`System`)."""

    def __init__(self, inner: System, other: Conversation) -> None:
        self.name = inner.name
        self.other = other.id
        self._inner = inner
        self._messages = other.messages
        self._filled = False

    def add(self, messages: Sequence[Message]) -> None:
        """The other's messages, at once."""
        if not self._filled:
            self._filled = True
            for _, session in groupby(self._messages, key=lambda message: message.session_id):
                self._inner.add(list(session))

    def finish(self) -> None:
        """As the memory itself does it."""
        finish = getattr(self._inner, "finish", None)
        if finish is not None:
            finish()

    def retrieve(self, question: str, *, budget_tokens: int | None) -> Recalled:
        """What the memory of the other has."""
        return self._inner.retrieve(question, budget_tokens=budget_tokens)

    def rank(self, question: str, *, limit: int) -> list[str]:
        """The other's messages."""
        return self._inner.rank(question, limit=limit)

    def close(self) -> None:
        """Close the memory."""
        self._inner.close()


def full_persona(conversation: Conversation, home: Path) -> System:
    """The factory of `FullPersona`."""
    return FullPersona(conversation.notes["persona"])


def of_another(
    conversation: Conversation,
    home: Path,
    *,
    memory: str = "omem",
    memory_parts: Mapping[str, Any] | None = None,
    llm: LLM | None = None,
    embedder: Embedder | None = None,
) -> System:
    """The factory of `OfAnother`: any known system, built for the other user.

    Raises:
        InvalidInputError: the data set names no other user.
    """
    other = conversation.notes.get(OTHER)
    if not isinstance(other, Conversation):
        raise InvalidInputError("It is not said whose memory to swap with. Give the data set through with_others().")
    shared = {name: part for name, part in (("llm", llm), ("embedder", embedder)) if part is not None}
    return OfAnother(make_factory(memory, **{**shared, **(memory_parts or {})})(other, home), other)


def _in_setting(one: Contestant, setting: str) -> Contestant:
    return replace(one, settings={**one.settings, SETTING: setting})


def _swapped(one: Contestant) -> Contestant:
    return Contestant(
        name=f"{one.name}-swapped",
        system=f"{_HERE}:of_another",
        parts={"memory": one.system, "memory_parts": one.parts},
        unlimited=one.unlimited,
        settings={**one.settings, "memory": one.system, SWAPPED: True, MATCHED: one.name},
    )


def _from_personas(dataset: Dataset, mine: Conversation, seed: int) -> Conversation:
    personas: Mapping[str, Mapping[str, Any]] = dataset.notes.get("personas", {})
    others = sorted(user for user in personas if user != mine.id)
    if not others:
        raise InvalidInputError("There is one user only, so nobody to swap with. Take more users, or leave it out.")
    other = random.Random(f"swap:{seed}").choice(others)
    language: Language = dataset.notes.get("language", "en")
    return Conversation(
        id=other,
        sessions=persona_sessions(personas[other], language),
        questions=(),
        notes={"source": "persona", "persona": personas[other]},
    )
