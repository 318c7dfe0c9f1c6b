"""Looking after memories: how they are doing, what they cost, and what waits."""

from __future__ import annotations

from starlette.requests import Request

from memory_chain.server.access import Scope, requires, the_manager
from memory_chain.server.app import call, call_long
from memory_chain.server.bodies import CheckIn, CheckOut, Cursor, Limit, StatusOut, UserId
from memory_chain.server.describing import described
from memory_chain.server.paging import Page, page_of
from memory_chain.server.routes.common import page_size, user_router
from memory_chain.types import Costs, ModelCall, Status

router = user_router("look after")


@router.get(
    "/status", dependencies=[requires(Scope.READ)], response_model=StatusOut, responses=described("status", 404)
)
async def status(request: Request, user_id: UserId) -> Status:
    """Sizes, what waits, what failed and why."""
    return await call(request, the_manager(request).status, user_id)


@router.post(
    "/flush", dependencies=[requires(Scope.WRITE)], response_model=StatusOut, responses=described("flush", 404)
)
async def flush(request: Request, user_id: UserId) -> Status:
    """Understand all that waits, as far as it goes."""
    return await call_long(request, the_manager(request).flush, user_id)


@router.post(
    "/retry", dependencies=[requires(Scope.WRITE)], response_model=StatusOut, responses=described("retry", 404)
)
async def retry(request: Request, user_id: UserId) -> Status:
    """Queue again what failed, dead letters too, and try it at once."""
    return await call_long(request, the_manager(request).retry, user_id)


@router.post(
    "/rebuild", dependencies=[requires(Scope.ADMIN)], response_model=StatusOut, responses=described("rebuild", 404)
)
async def rebuild(request: Request, user_id: UserId) -> Status:
    """Understand all messages anew. Corrections are kept, and what was forgotten stays so."""
    return await call_long(request, the_manager(request).rebuild, user_id)


@router.get("/check", dependencies=[requires(Scope.ADMIN)], responses=described("check", 404))
async def check(request: Request, user_id: UserId) -> CheckOut:
    """What is wrong with the user's file, its schema or its index. It reads the whole file."""
    return CheckOut(problems=await call_long(request, the_manager(request).check, user_id))


@router.post("/check", dependencies=[requires(Scope.ADMIN)], responses=described("repair", 404))
async def repair(request: Request, user_id: UserId, body: CheckIn) -> CheckOut:
    """The same; with `repair` the index is made anew where it is wrong. What still is wrong afterwards is told."""
    return CheckOut(problems=await call_long(request, the_manager(request).check, user_id, repair=body.repair))


@router.get("/costs", dependencies=[requires(Scope.READ)], responses=described("costs", 404))
async def costs(request: Request, user_id: UserId) -> Costs:
    """What models have cost, by purpose, failed calls included."""
    return await call(request, the_manager(request).costs, user_id)


@router.get("/calls", dependencies=[requires(Scope.READ)], responses=described("calls", 404))
async def calls(request: Request, user_id: UserId, limit: Limit = None, cursor: Cursor = None) -> Page[ModelCall]:
    """The ledger of model calls, the oldest first."""
    found = await call(request, the_manager(request).calls, user_id)
    return page_of("calls", found, _key_of, cursor, page_size(request, limit))


def _key_of(entry: ModelCall) -> str:
    return f"{entry.at.isoformat()} {entry.purpose} {entry.attempt} {entry.latency_ms} {entry.tokens_in}"
