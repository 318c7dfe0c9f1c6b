"""*Is it healthy?*: the queue, dead letters with retry, the state of the file and its index, reading all anew."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from memory_chain.memory_manager import MemoryManager
from memory_chain.server.access import Scope, allow, the_manager
from memory_chain.server.app import call, call_long
from memory_chain.server.inspector import PREFIX
from memory_chain.server.inspector.access import page, the_form
from memory_chain.server.inspector.links import safe_back, to, with_told
from memory_chain.server.inspector.pages.profile import needs_user
from memory_chain.server.inspector.render import PageRoute, go, here_of, show
from memory_chain.types import Status

router = APIRouter(prefix=PREFIX, route_class=PageRoute, include_in_schema=False)

SHOWN = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthShown:
    """All of the page."""

    status: Status
    checked: bool
    wrong: tuple[str, ...]


@router.get("/health", dependencies=[page(Scope.READ)])
async def health(request: Request) -> Response:
    """How the memory is doing."""
    user, check = needs_user(request), request.query_params.get("check") == "1"
    if check:
        await allow(request, Scope.ADMIN, user)  # it reads the whole file
    wait = call_long if check else call
    shown = await wait(request, read_health, the_manager(request), user, check=check)
    return show(request, "health.html", here_of(request, "health"), shown=shown, most=SHOWN)


@router.post("/retry", dependencies=[page(Scope.WRITE)])
async def retry(request: Request) -> Response:
    """Try again what failed."""
    await call_long(request, the_manager(request).retry, needs_user(request))
    return _back(request, "retried")


@router.post("/rebuild", dependencies=[page(Scope.ADMIN)])
async def rebuild(request: Request) -> Response:
    """Understand all messages anew."""
    await call_long(request, the_manager(request).rebuild, needs_user(request))
    return _back(request, "rebuilt")


def _back(request: Request, told: str) -> Response:
    address = safe_back(the_form(request).get("back"), to("health", user=needs_user(request)))
    return go(request, with_told(address, told=told))


def read_health(manager: MemoryManager, user: str, *, check: bool = False) -> HealthShown:
    """What the page shows; the check reads the whole file."""
    return HealthShown(status=manager.status(user), checked=check, wrong=tuple(manager.check(user)) if check else ())
