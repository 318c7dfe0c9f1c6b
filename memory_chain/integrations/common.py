"""What the integrations share: whose run it is, the context for a prompt, and the tools for a model.

Needs no framework.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec

from memory_chain.dates import describe
from memory_chain.errors import (
    ConfigurationError,
    InvalidInputError,
    InvalidUserError,
    NotFoundError,
    UnknownItemError,
    UnknownUserError,
)
from memory_chain.extraction.guards import CONTEXT_CLOSE, CONTEXT_OPEN, disarm_context, strip_context
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Attribute, Event, Piece, Role, Trust

P = ParamSpec("P")

log = logging.getLogger("memory_chain.integrations")

NOTHING = "Nothing is remembered about this yet."
OUT_OF_REACH = "The memory is out of reach now. Go on without it, and do not call it again in this turn."
MOST_LINES = 60
"""Statements of a profile that a tool shows; `recall` finds the others."""

JUST_NOW = 30
"""Messages within which the running question stands."""


def user_in(*places: object) -> str:
    """The `user_id` in the first place that names one: a mapping's key or an object's attribute. Never guessed.

    Raises:
        InvalidUserError: no place names a user.
    """
    for place in places:
        found = place.get("user_id") if isinstance(place, Mapping) else getattr(place, "user_id", None)
        if found is not None:
            return str(found)
    raise InvalidUserError(
        "This run does not say whose memory is meant, and it is not guessed. Give the user's id as `user_id` in the "
        "run's context, or tell with `user_of=…` where it stands."
    )


def recalled(
    manager: MemoryManager,
    query: str,
    *,
    user_id: str,
    session_id: str | None = None,
    budget_tokens: int | None = None,
    min_trust: Trust | str | None = None,
    stored: bool = False,
) -> str:
    """What an agent should have in mind, ready for a prompt; empty for a user who is not known yet.

    `stored`: the query may be stored already; then the memory is read as it was before.
    """
    if not query.strip():
        return ""
    try:
        context = manager.retrieve(
            query,
            user_id=user_id,
            session_id=session_id,
            budget_tokens=budget_tokens,
            min_trust=min_trust,
            as_of=before_question(manager, query, user_id) if stored else None,
        )
    except UnknownUserError:
        return ""
    return context.text


@contextmanager
def going_on(what: str) -> Iterator[None]:
    """Around the memory's part in an agent's run: if the memory fails, that is logged and the run goes on without it.

    A mistake of the program is raised all the same: a run that names no user, a wrong setting.
    """
    try:
        yield
    except (ConfigurationError, InvalidUserError):
        raise
    except Exception as error:  # whatever it is, the agent's answer does not depend on it
        failed(what, error)


RECALLING = "An agent goes on without what is remembered"
STORING = "What was said was not remembered"


def failed(what: str, error: Exception) -> None:
    """Log what went wrong, without the error's text, which may name users; the traceback comes with level DEBUG."""
    log.warning("%s: %s", what, type(error).__name__, exc_info=error if log.isEnabledFor(logging.DEBUG) else None)


def ranked(pieces: Sequence[Piece]) -> list[tuple[Piece, float]]:
    """Pieces of a context, the best first, each with its share of the best score of its kind.

    Persona and messages are scored apart, so that their scores alone do not compare.
    """
    best: dict[bool, float] = {}
    for piece in pieces:
        best[piece.kind == "message"] = max(best.get(piece.kind == "message", 0.0), piece.score)
    shares = [(piece, _share(piece.score, best[piece.kind == "message"])) for piece in pieces]
    return sorted(shares, key=lambda pair: -pair[1])


def _share(score: float, best: float) -> float:
    return max(0.0, score / best) if best > 0 else 1.0


def of_piece(piece: Piece) -> dict[str, Any]:
    """What a piece tells beside its text, as plain JSON without what is missing."""
    told = {
        "kind": piece.kind,
        "trust": piece.trust.value,
        "reasons": list(piece.reasons),
        "channels": list(piece.channels),
        "sources": list(piece.sources),
        "at": piece.at.isoformat() if piece.at else None,
        "when": describe(piece.when) if piece.when else None,
        "speaker": piece.speaker,
        "role": piece.role.value if piece.role else None,
        "session_id": piece.session_id,
    }
    return {name: value for name, value in told.items() if value is not None}


def before_question(manager: MemoryManager, question: str, user_id: str) -> datetime | None:
    """The moment before a question, if it was stored just now: what it says itself needs no recalling."""
    try:
        newest = manager.messages(user_id, limit=JUST_NOW, newest_first=True)
    except UnknownUserError:
        return None
    for message in newest:
        if message.role is Role.USER and strip_context(message.text).strip() == question.strip():
            return message.created_at - timedelta(microseconds=1)
    return None


def unstored(manager: MemoryManager, user_id: str, given: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The end of a conversation that is not stored yet; each message has an `id` that stays the same."""
    fresh: list[dict[str, Any]] = []
    for message in reversed(given):
        try:
            manager.message(user_id, message["id"])
        except UnknownItemError:
            fresh.append(message)
        except UnknownUserError:
            return list(given)
        else:
            break
    return fresh[::-1]


def _told(tool: Callable[P, str]) -> Callable[P, str]:
    """What went wrong with a call, as a text that helps the model."""

    @wraps(tool)
    def run(*args: P.args, **kwargs: P.kwargs) -> str:
        try:
            return tool(*args, **kwargs)
        except UnknownUserError:
            return "Nothing is remembered of this user yet."
        except UnknownItemError as error:
            return f"There is nothing with the id {error.item_id!r}. Take an id from about_user."
        except (ConfigurationError, InvalidUserError):
            raise
        except (InvalidInputError, NotFoundError) as error:
            return str(error)
        except Exception as error:  # a tool that raises would end the run in some frameworks
            failed(f"A tool of an agent failed ({tool.__name__})", error)
            return OUT_OF_REACH

    return run


class MemoryTools:
    """What a model may do with the memory of one user. Every answer is a short text.

    What is recalled leaves between the marks of a context, so that it is not learned again.

    Args:
        manager: the memories.
        user_id: whose memory it is.
        source: what `revoke(source=…)` takes back.
        session_id: the running session.
        noted_as: who says what the model notes. With `tool` it never overwrites what the user said.
    """

    def __init__(
        self,
        manager: MemoryManager,
        user_id: str,
        *,
        source: str,
        session_id: str | None = None,
        noted_as: Role | str = Role.TOOL,
    ) -> None:
        self.manager = manager
        self.user_id = user_id
        self._source = source
        self._session_id = session_id
        self._noted_as = noted_as

    @_told
    def recall(self, query: str) -> str:
        """What is remembered about a query."""
        return recalled(self.manager, query, user_id=self.user_id) or NOTHING

    @_told
    def remember(self, text: str) -> str:
        """Note a statement."""
        own = strip_context(text)
        if not own.strip():
            return "This came from the memory itself. Give only what is new."
        self.manager.add(
            own,
            user_id=self.user_id,
            session_id=self._session_id,
            role=self._noted_as,
            metadata={"source": self._source},
        )
        return "Remembered."

    @_told
    def about_user(self) -> str:
        """Who the user is, with ids."""
        profile = self.manager.profile(self.user_id)
        items: list[Attribute | Event] = [*profile.attributes, *profile.events]
        lines = [_line(item) for item in items]
        more = [f"({len(lines) - MOST_LINES} more; recall finds them)"] if len(lines) > MOST_LINES else []
        return _framed([*lines[:MOST_LINES], *more])

    @_told
    def correct(self, item_id: str, value: str) -> str:
        """Set a statement right."""
        now = self.manager.correct(self.user_id, item_id, value=value)
        return _framed([f"Now held for right: {_line(now)[2:]}"])

    @_told
    def forget(self, item_id: str) -> str:
        """Forget a statement, event or message for good."""
        receipt = self.manager.forget(self.user_id, item_id)
        gone = receipt.messages + receipt.attributes + receipt.events
        return f"Forgotten for good ({gone} entries)."


def _line(item: Attribute | Event) -> str:
    trust = "" if item.trust is Trust.STATED else f" ({item.trust.value})"
    return f"- [{item.id}] {' '.join(disarm_context(item.text).split())}{trust}"


def _framed(lines: Iterable[str]) -> str:
    shown = list(lines)
    return "\n".join([CONTEXT_OPEN, *shown, CONTEXT_CLOSE]) if shown else NOTHING
