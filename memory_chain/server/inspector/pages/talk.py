"""*What was said?*: the conversation, searchable, with topics and clues marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from memory_chain.errors import UnknownItemError
from memory_chain.memory_manager import MemoryManager
from memory_chain.retrieval.analysis import analyze
from memory_chain.server.access import Scope, the_manager
from memory_chain.server.app import call
from memory_chain.server.inspector import PREFIX
from memory_chain.server.inspector.access import page
from memory_chain.server.inspector.links import AsOf, as_of, place_of
from memory_chain.server.inspector.pages.profile import needs_user
from memory_chain.server.inspector.pages.span import Span, span_of
from memory_chain.server.inspector.render import PageRoute, here_of, pretty, show
from memory_chain.server.inspector.words import LONGEST, Part, marked
from memory_chain.types import Message, Observation, Piece, Session, Topic

router = APIRouter(prefix=PREFIX, route_class=PageRoute, include_in_schema=False)

ON_A_PAGE = 40
FOUND = 50
BEFORE = 5
"""Messages that are shown before the one that an address names."""
TOPICS = 16
SESSIONS = 12
"""Sessions that are listed beside the conversation; their own page lists all."""
SESSIONS_ON_A_PAGE = 100
LONGEST_TOPICS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A message as the page shows it."""

    message: Message
    parts: tuple[Part, ...]
    cut: bool
    """Its text is longer than is shown."""
    topics: tuple[str, ...]
    attitude: str
    clues: tuple[str, ...]
    writer: str
    metadata: str
    piece: Piece | None
    """How a search found it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TalkShown:
    """All of the conversation page."""

    span: Span
    query: str
    session: str | None
    chosen: Session | None
    """The session that alone is shown, as far as something was said in it by then."""
    at: str | None
    said: tuple[Said, ...]
    older: str | None
    newer: str | None
    topics: tuple[Topic, ...]


@router.get("/talk", dependencies=[page(Scope.READ)])
async def talk(request: Request) -> Response:
    """What was said."""
    asked = request.query_params
    moment = as_of(asked.get("as_of"))
    shown = await call(
        request,
        read_talk,
        the_manager(request),
        needs_user(request),
        moment,
        query=asked.get("q", "").strip(),
        session=asked.get("session") or None,
        at=asked.get("at") or None,
        older=asked.get("older") or None,
        newer=asked.get("newer") or None,
    )
    return show(request, "talk.html", here_of(request, "talk", as_of=moment), shown=shown, most_sessions=SESSIONS)


@router.get("/sessions", dependencies=[page(Scope.READ)])
async def sessions(request: Request) -> Response:
    """All conversations, with counts and dates."""
    asked = request.query_params
    moment = as_of(asked.get("as_of"))
    span = await call(request, span_of, the_manager(request), needs_user(request), moment)
    place = place_of(asked.get("from"))
    here = here_of(request, "sessions", as_of=moment)
    return show(request, "sessions.html", here, span=span, place=place, most=SESSIONS_ON_A_PAGE)


@router.get("/message", dependencies=[page(Scope.READ)])
async def message(request: Request) -> Response:
    """One message in full."""
    user, message_id = needs_user(request), request.query_params.get("id", "")
    moment = as_of(request.query_params.get("as_of"))
    said = await call(request, read_message, the_manager(request), user, message_id, moment)
    return show(request, "message.html", here_of(request, "message", as_of=moment), said=said)


def read_message(manager: MemoryManager, user: str, message_id: str, moment: AsOf | None = None) -> Said:
    """One message in full.

    Raises:
        UnknownItemError: there is none, or it was not said by then.
    """
    found = manager.message(user, message_id)
    if moment is not None and found.created_at >= moment.end:
        raise UnknownItemError("message", message_id, user)
    return _dressed(manager, user, [found], moment, longest=None)[0]


def read_talk(
    manager: MemoryManager,
    user: str,
    moment: AsOf | None,
    *,
    query: str = "",
    session: str | None = None,
    at: str | None = None,
    older: str | None = None,
    newer: str | None = None,
) -> TalkShown:
    """What the conversation page shows: what a search finds, or a page by time."""
    then = moment.moment if moment else None
    found: list[Piece] = []
    before = after = False
    if query:
        found = manager.search(query, user_id=user, limit=FOUND, as_of=then, session_id=session)
        messages = [manager.message(user, piece.id) for piece in found]
    else:
        messages, before, after = _by_time(manager, user, moment, session, at, older, newer)
    said = _dressed(manager, user, messages, moment, found=found, query=query)
    span = span_of(manager, user, moment)
    return TalkShown(
        span=span,
        query=query,
        session=session,
        chosen=next((one for one in span.sessions if one.session_id == session), None),
        at=at,
        said=tuple(said),
        older=messages[0].id if before else None,
        newer=messages[-1].id if after else None,
        topics=() if query else tuple(manager.topics(user, limit=TOPICS, as_of=then)),
    )


def _by_time(
    manager: MemoryManager,
    user: str,
    moment: AsOf | None,
    session: str | None,
    at: str | None,
    older: str | None,
    newer: str | None,
) -> tuple[list[Message], bool, bool]:
    """A page of messages, the oldest first, and whether there are others before and after it."""
    until = moment.end if moment else None

    def some(start: Message | None, limit: int, *, back: bool) -> list[Message]:
        return manager.messages(user, session_id=session, until=until, after=start, limit=limit, newest_first=back)

    if at is not None:
        middle = manager.message(user, at)
        if until is not None and middle.created_at >= until:
            return [], False, False
        earlier = some(middle, BEFORE + 1, back=True)
        later = some(middle, ON_A_PAGE - BEFORE, back=False)
        rest = len(later) == ON_A_PAGE - BEFORE
        return [*reversed(earlier[:BEFORE]), middle, *later[: ON_A_PAGE - BEFORE - 1]], len(earlier) > BEFORE, rest
    if newer is not None:
        page = some(manager.message(user, newer), ON_A_PAGE + 1, back=False)
        return page[:ON_A_PAGE], bool(page), len(page) > ON_A_PAGE
    start = manager.message(user, older) if older is not None else None
    page = some(start, ON_A_PAGE + 1, back=True)
    return page[:ON_A_PAGE][::-1], len(page) > ON_A_PAGE, bool(page) and start is not None


def _dressed(
    manager: MemoryManager,
    user: str,
    messages: Sequence[Message],
    moment: AsOf | None,
    *,
    found: Sequence[Piece] = (),
    query: str = "",
    longest: int | None = LONGEST,
) -> list[Said]:
    read = manager.observations(user, [message.id for message in messages])
    then = moment.moment if moment else None
    rare = manager.clues(user, [message.text[:LONGEST] for message in messages], as_of=then)
    hits = analyze(query[:LONGEST]) if query else []
    pieces = {piece.id: piece for piece in found}
    return [
        _one(message, read.get(message.id), clues, hits, pieces.get(message.id), longest)
        for message, clues in zip(messages, rare, strict=True)
    ]


def _one(
    message: Message,
    read: Observation | None,
    clues: Sequence[str],
    hits: Sequence[str],
    piece: Piece | None,
    longest: int | None,
) -> Said:
    topics = read.topics[:LONGEST_TOPICS] if read else ()
    terms = {term for topic in topics for term in analyze(topic)}
    text = message.text if longest is None else message.text[:longest]
    return Said(
        message=message,
        parts=tuple(marked(text, hits=hits, clues=clues, topics=terms)),
        cut=len(text) < len(message.text),
        topics=tuple(topics),
        attitude=str(read.attitude) if read else "",
        clues=tuple(clues),
        writer=read.writer if read else "",
        metadata=pretty(dict(message.metadata)) if message.metadata else "",
        piece=piece,
    )
