"""Finding again: retrieve, search, and all that is known."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.requests import Request

from memory_chain.server.access import Scope, requires, the_manager
from memory_chain.server.app import call
from memory_chain.server.bodies import (
    LONGEST_ID,
    AsOf,
    CluesIn,
    Cursor,
    ItemId,
    Limit,
    MinTrust,
    ObservationsIn,
    ProfileOut,
    RetrieveIn,
    SearchIn,
    Since,
    Subject,
    Until,
    UserId,
)
from memory_chain.server.describing import described
from memory_chain.server.paging import Page, page_of
from memory_chain.server.routes.common import page_size, user_router
from memory_chain.types import Attribute, Change, Context, Event, Observation, Piece, Profile, Session, Topic

router = user_router("find again")


@router.post("/retrieve", dependencies=[requires(Scope.READ)], responses=described("retrieve", 404))
async def retrieve(request: Request, user_id: UserId, body: RetrieveIn) -> Context:
    """What an agent should have in mind: `text` goes into a prompt, `pieces` say why."""
    return await call(
        request,
        the_manager(request).retrieve,
        body.query,
        user_id=user_id,
        budget_tokens=body.budget_tokens,
        as_of=body.as_of,
        session_id=body.session_id,
        min_trust=body.min_trust,
    )


@router.post("/search", dependencies=[requires(Scope.READ)], responses=described("search", 404))
async def search(request: Request, user_id: UserId, body: SearchIn) -> list[Piece]:
    """The messages that fit a query best, ranked, not packed."""
    return await call(
        request,
        the_manager(request).search,
        body.query,
        user_id=user_id,
        limit=body.limit,
        as_of=body.as_of,
        session_id=body.session_id,
    )


@router.get(
    "/profile",
    dependencies=[requires(Scope.READ)],
    response_model=ProfileOut,
    responses=described("profile", 404),
)
async def profile(
    request: Request, user_id: UserId, subject: Subject = None, as_of: AsOf = None, min_trust: MinTrust = None
) -> Profile:
    """Who the user is, or somebody of whom they spoke."""
    return await call(request, the_manager(request).profile, user_id, subject=subject, as_of=as_of, min_trust=min_trust)


@router.get("/subjects", dependencies=[requires(Scope.READ)], responses=described("subjects", 404))
async def subjects(request: Request, user_id: UserId, as_of: AsOf = None) -> list[str]:
    """Everybody about whom something is known, the user first."""
    return await call(request, the_manager(request).subjects, user_id, as_of=as_of)


@router.get("/sessions", dependencies=[requires(Scope.READ)], responses=described("sessions", 404))
async def sessions(
    request: Request, user_id: UserId, as_of: AsOf = None, limit: Limit = None, cursor: Cursor = None
) -> Page[Session]:
    """The conversations, the one in which something was said last first."""
    found = await call(request, the_manager(request).sessions, user_id, as_of=as_of)
    return page_of("sessions", found, lambda session: session.session_id, cursor, page_size(request, limit))


@router.get("/events", dependencies=[requires(Scope.READ)], responses=described("events", 404))
async def events(
    request: Request,
    user_id: UserId,
    subject: Subject = None,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    limit: Limit = None,
    cursor: Cursor = None,
) -> Page[Event]:
    """What happened, by time."""
    found = await call(
        request, the_manager(request).events, user_id, subject=subject, since=since, until=until, as_of=as_of
    )
    return page_of("events", found, lambda event: event.id, cursor, page_size(request, limit))


@router.get("/topics", dependencies=[requires(Scope.READ)], responses=described("topics", 404))
async def topics(
    request: Request, user_id: UserId, as_of: AsOf = None, limit: Limit = None, cursor: Cursor = None
) -> Page[Topic]:
    """What is talked about, the most frequent first."""
    found = await call(request, the_manager(request).topics, user_id, as_of=as_of)
    return page_of("topics", found, lambda topic: topic.label, cursor, page_size(request, limit))


@router.post("/observations", dependencies=[requires(Scope.READ)], responses=described("observations", 404))
async def observations(request: Request, user_id: UserId, body: ObservationsIn) -> dict[str, Observation]:
    """What was understood of messages, by their ids; those that nobody has read yet are left out."""
    return await call(request, the_manager(request).observations, user_id, body.message_ids)


@router.post("/clues", dependencies=[requires(Scope.READ)], responses=described("clues", 404))
async def clues(request: Request, user_id: UserId, body: CluesIn) -> list[list[str]]:
    """The rare words and phrases by which texts would be found, for each text its own."""
    return await call(request, the_manager(request).clues, user_id, body.texts, as_of=body.as_of)


@router.get("/history", dependencies=[requires(Scope.READ)], responses=described("history", 404))
async def history(
    request: Request,
    user_id: UserId,
    item_id: Annotated[
        str | None, Query(max_length=LONGEST_ID, description="Only changes that name this attribute or event.")
    ] = None,
    as_of: AsOf = None,
    limit: Limit = None,
    cursor: Cursor = None,
) -> Page[Change]:
    """Every change of the memory, the oldest first."""
    found = await call(request, the_manager(request).history, user_id, item_id, as_of=as_of)
    return page_of("history", found, _key_of, cursor, page_size(request, limit))


def _key_of(change: Change) -> str:
    return f"{change.at.isoformat()} {change.operation} {change.source_id} {change.item_id} {change.previous_id}"


@router.get("/items/{item_id}", dependencies=[requires(Scope.READ)], responses=described("item", 404))
async def item(request: Request, user_id: UserId, item_id: ItemId, as_of: AsOf = None) -> Attribute | Event:
    """One attribute or event, current or superseded."""
    return await call(request, the_manager(request).item, user_id, item_id, as_of=as_of)
