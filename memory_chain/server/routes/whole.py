"""The server as a whole: who has a memory, whether it is up and ready, its figures and its description."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from memory_chain.errors import StorageError
from memory_chain.server.access import Scope, public, requires, the_manager
from memory_chain.server.app import call
from memory_chain.server.bodies import Cursor, HealthOut, Limit, UserOut
from memory_chain.server.describing import described
from memory_chain.server.metrics import CONTENT_TYPE, Metrics
from memory_chain.server.paging import Page, page_of
from memory_chain.server.problems import NotReadyError, responses
from memory_chain.server.routes.common import page_size

log = logging.getLogger(__name__)

router = APIRouter(tags=["server"])


@router.get("/v1/users", dependencies=[requires(Scope.ADMIN)], responses=described("users"))
async def users(request: Request, limit: Limit = None, cursor: Cursor = None) -> Page[UserOut]:
    """Everybody who has a memory here, sorted."""
    found = [UserOut(user_id=user) for user in await call(request, the_manager(request).users)]
    return page_of("users", found, lambda user: user.user_id, cursor, page_size(request, limit))


@router.get("/health", dependencies=[public()], responses=described("health"))
async def health() -> HealthOut:
    """The process is up."""
    return HealthOut()


@router.get("/ready", dependencies=[public()], responses=described("ready"))
async def ready(request: Request) -> HealthOut:
    """Memories can be opened and written."""
    try:
        await call(request, the_manager(request).check_ready)
    except StorageError as error:
        log.warning("%s: %s", type(error).__name__, error)  # the answer names no paths
        raise NotReadyError("Memories cannot be opened or written now; the server's log tells why.") from error
    return HealthOut()


@router.get(
    "/metrics",
    dependencies=[requires(Scope.METRICS)],
    responses={
        **responses(),
        200: {
            "description": "Figures in the text format of Prometheus.",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": "omem_messages_pending 0.0\n"}},
        },
    },
    response_class=Response,
)
async def metrics(request: Request) -> Response:
    """Figures of the whole server; they tell of no user."""
    kept: Metrics = request.app.state.metrics
    kept.queued(await call(request, the_manager(request).queued))
    return Response(kept.text(), media_type=CONTENT_TYPE)


@router.get("/openapi.json", dependencies=[public()], responses=described("openapi"))
async def openapi(request: Request) -> dict[str, Any]:
    """This description."""
    found: dict[str, Any] = request.app.openapi()
    return found
