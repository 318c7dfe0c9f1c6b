"""The memories that are compared, by name, and how a user's own is found."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from memory_chain.errors import ConfigurationError, InvalidInputError
from memory_chain.evaluation.records import Conversation
from memory_chain.evaluation.systems.base import Recalled, Shown, System, SystemFactory
from memory_chain.evaluation.systems.baselines import Bm25Turns, DenseTurns, FullContext, LastMessages, NoMemory
from memory_chain.evaluation.systems.mem0 import Mem0
from memory_chain.evaluation.systems.omem import OMem
from memory_chain.evaluation.systems.published import Part, Published

__all__ = ["SYSTEMS", "Known", "Recalled", "Shown", "System", "SystemFactory", "make_factory"]

SHARED_PARTS = frozenset(("llm", "embedder"))
"""Parts that may be offered to every system; those that have no use for one do not get it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A system that is known by name.

    Attributes:
        system: its class; what it takes by name are its parts.
        make: makes one of this class for a conversation, in a folder.
        about: what it is, in a line.
        needs: parts without which it cannot work.
        fixed: parts that the name stands for.
    """

    system: Callable[..., System]
    make: Callable[..., System]
    about: str
    needs: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)


def make_factory(name: str, **parts: Any) -> SystemFactory:
    """The factory of a system. It can be sent to another process if its parts can.

    Args:
        name: one of `SYSTEMS`, or `package.module:factory` for a user's own `SystemFactory`.
        parts: what the system takes by keyword. `llm` and `embedder` may be offered to every system.

    Raises:
        InvalidInputError: the name is not known, or the system does not take a part.
        ConfigurationError: a part is missing without which the system cannot work; a run may skip it.
    """
    if name in SYSTEMS:
        return _known(name, SYSTEMS[name], parts)
    if ":" in name:
        own = _own(name)
        return partial(own, **_taken(name, own, parts))
    raise InvalidInputError(
        f"There is no system {name!r}. Known: {', '.join(SYSTEMS)}; or give your own as package.module:factory."
    )


def _known(name: str, known: Known, parts: Mapping[str, Any]) -> SystemFactory:
    missing = [need for need in known.needs if parts.get(need) is None]
    if missing:
        raise ConfigurationError(
            f"The system {name!r} needs the part {missing[0]!r}, and none is configured. Configure it (for example "
            f"OMEM_{missing[0].upper()}=…), or leave this system out."
        )
    return partial(known.make, known.system, **_taken(name, known.system, parts, fixed=known.fixed))


def _taken(
    name: str, made_by: Callable[..., System], parts: Mapping[str, Any], *, fixed: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The parts that the system takes, without shared ones for which it has no use, and the fixed ones."""
    named = set(inspect.signature(made_by).parameters) - _GIVEN - set(fixed or ())
    unknown = sorted(set(parts) - named - SHARED_PARTS)
    if unknown:
        raise InvalidInputError(
            f"The system {name!r} takes no part {', '.join(unknown)}. It takes: {', '.join(sorted(named)) or 'none'}."
        )
    return {**{part: value for part, value in parts.items() if part in named}, **(fixed or {})}


def _own(path: str) -> SystemFactory:
    module, _, attribute = path.partition(":")
    if str(Path.cwd()) not in sys.path:  # an installed command does not look there by itself
        sys.path.append(str(Path.cwd()))
    try:
        found: SystemFactory = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidInputError(
            f"The system {path!r} cannot be loaded ({error}). Give package.module:factory, where the package can be "
            "imported from here."
        ) from error
    if not callable(found):
        raise InvalidInputError(f"{path} is no function. Give one that takes a conversation and a folder.")
    return found


def _unstored(system: Callable[..., System], conversation: Conversation, home: Path, **parts: Any) -> System:
    return system(**parts)


def _stored(system: Callable[..., System], conversation: Conversation, home: Path, **parts: Any) -> System:
    return system(conversation.id, home, **parts)


def _of_user(system: Callable[..., System], conversation: Conversation, home: Path, **parts: Any) -> System:
    return system(conversation.id, home, user_name=conversation.user_name, **parts)


_GIVEN = frozenset(("conversation", "home", "path", "folder", "user_id", "user_name"))
"""What the conversation and the run give to a system: no parts."""

_WORKING: tuple[Part, ...] = ("working",)
_EPISODIC: tuple[Part, ...] = ("working", "episodic")

SYSTEMS: Mapping[str, Known] = {
    "omem": Known(system=OMem, make=_of_user, about="this package's memory"),
    "none": Known(system=NoMemory, make=_unstored, about="no memory at all"),
    "full": Known(system=FullContext, make=_unstored, about="every message; the newest, where a budget cuts"),
    "last": Known(system=LastMessages, make=_unstored, about="the last messages"),
    "bm25": Known(system=Bm25Turns, make=_unstored, about="single turns by BM25"),
    "dense": Known(
        system=DenseTurns, make=_unstored, about="single turns by an embedder's vectors", needs=("embedder",)
    ),
    "published": Known(system=Published, make=_of_user, about="the recipe of arXiv 2511.13593"),
    "published-working": Known(
        system=Published, make=_of_user, about="of that recipe the topics", fixed={"parts": _WORKING}
    ),
    "published-episodic": Known(
        system=Published, make=_of_user, about="of that recipe the topics and the clue", fixed={"parts": _EPISODIC}
    ),
    "mem0": Known(system=Mem0, make=_stored, about="the mem0 package (extra `mem0`)"),
}
"""The known systems by name."""
