"""Adding messages, and reading what was said."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response
from starlette.requests import Request

from memory_chain.server.access import Scope, requires, the_manager
from memory_chain.server.app import call
from memory_chain.server.bodies import (
    LONGEST_ID,
    AddIn,
    Cursor,
    Limit,
    MessageId,
    MessageOut,
    SessionId,
    Since,
    Until,
    UserId,
)
from memory_chain.server.describing import described
from memory_chain.server.paging import Page, message_at, message_cursor
from memory_chain.server.routes.common import page_size, user_router
from memory_chain.types import Message, Receipt

router = user_router("say")

_AGAIN: dict[str, Any] = {
    "description": "All messages were stored before with the same content; nothing was written.",
    "model": Receipt,
    "content": {
        "application/json": {
            "example": {"ids": ["m-1", "m-2"], "stored": 0, "duplicates": 2, "forgotten": 0, "pending": 0}
        }
    },
}


@router.post(
    "/messages",
    status_code=201,
    dependencies=[requires(Scope.WRITE)],
    responses={**described("add", 409, ok=201), 200: _AGAIN},
)
async def add(request: Request, response: Response, user_id: UserId, body: AddIn) -> Receipt:
    """Store messages: all of them or none.

    They are durable and can be found when this answers. A message with an id that is stored already with the same
    content is a no-op, told as a duplicate; with other content it is refused with 409.
    """
    given = [message.model_dump(exclude_none=True) for message in body.messages]
    receipt = await call(request, the_manager(request).add, given, user_id=user_id, session_id=body.session_id)
    if not receipt.stored:
        response.status_code = 200
    return receipt


@router.get("/messages", dependencies=[requires(Scope.READ)], responses=described("messages", 404))
async def messages(
    request: Request,
    user_id: UserId,
    session_id: SessionId = None,
    speaker: Annotated[str | None, Query(max_length=LONGEST_ID, description="Only what this one said.")] = None,
    since: Since = None,
    until: Until = None,
    newest_first: Annotated[bool, Query(description="From the newest to the oldest.")] = False,
    limit: Limit = None,
    cursor: Cursor = None,
) -> Page[MessageOut]:
    """What was said, by time."""
    size = page_size(request, limit)
    found = await call(
        request,
        the_manager(request).messages,
        user_id,
        session_id=session_id,
        speaker=speaker,
        since=since,
        until=until,
        after=message_at(cursor) if cursor is not None else None,
        limit=size + 1,
        newest_first=newest_first,
    )
    return _page(found, size)


def _page(found: list[Message], size: int) -> Page[MessageOut]:
    shown = [MessageOut.model_validate(message) for message in found[:size]]
    return Page(items=shown, next_cursor=message_cursor(found[size - 1]) if len(found) > size else None)


@router.get(
    "/messages/{message_id}",
    dependencies=[requires(Scope.READ)],
    response_model=MessageOut,
    responses=described("message", 404),
)
async def message(request: Request, user_id: UserId, message_id: MessageId) -> Message:
    """One message."""
    return await call(request, the_manager(request).message, user_id, message_id)
