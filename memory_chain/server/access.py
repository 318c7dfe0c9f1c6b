"""Who may do what: one decision for all routes, and the dependency with which each route declares its scope.

@router.get("/…", dependencies=[requires(Scope.READ)])      # a user named in the path is checked, too
app.mount("/mcp", Guard(mcp_app, Scope.READ))               # a foreign ASGI application as a whole
await allow(request, Scope.WRITE, user_id)                  # a user who is named in a body or header
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast
from urllib.parse import unquote

import anyio.to_thread
from fastapi import Depends, params
from starlette.requests import HTTPConnection, Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from memory_chain.memory_manager import MemoryManager
from memory_chain.server.keys import Key, KeyStore, Scope
from memory_chain.server.problems import BadRequestError, ForbiddenError, TooManyError, UnauthenticatedError
from memory_chain.server.settings import is_loopback

__all__ = [
    "LOCAL",
    "Guard",
    "Principal",
    "Requirement",
    "Scope",
    "Verdict",
    "allow",
    "authenticate",
    "decide",
    "declared_scope",
    "declared_scopes",
    "every_route",
    "public",
    "requires",
    "the_manager",
    "the_principal",
    "user_of",
]

ENCODED = "omem.encoded_path"
"""Set in the ASGI scope where path parameters are still percent-encoded (below `/v1/users/`), so that ids may
hold any sign, `/` too."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""With one of these a request has come from elsewhere, even if a proxy on this computer handed it on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Whoever makes a request: what they may do, and with whose memory."""

    name: str
    scopes: frozenset[Scope]
    user_id: str | None = None
    """The only user whose memory they may touch; None: all."""


LOCAL = Principal(name="local", scopes=frozenset(Scope))
"""Whoever sits at this computer, as long as no key was ever made."""


class Verdict(StrEnum):
    """What a request gets."""

    ALLOW = "allow"
    UNAUTHENTICATED = "401"
    FORBIDDEN = "403"


def decide(principal: Principal | None, scope: Scope | None, user_id: str | None) -> Verdict:
    """The whole decision about access. Pure.

    Whether the user exists is not asked, so that nobody learns of users who are not theirs.

    Args:
        principal: who asks; None: nobody that is known.
        scope: what the route declares; None: it is open to everybody.
        user_id: whose memory it touches; None: nobody's in particular, which takes a key for all users.
    """
    if scope is None:
        return Verdict.ALLOW
    if principal is None:
        return Verdict.UNAUTHENTICATED
    if scope not in principal.scopes and Scope.ADMIN not in principal.scopes:
        return Verdict.FORBIDDEN
    if principal.user_id is not None and principal.user_id != user_id:
        return Verdict.FORBIDDEN
    return Verdict.ALLOW


# -- who asks --


async def authenticate(request: HTTPConnection, token: str | None = None) -> Principal | None:
    """Who makes a request, by `token`, else by its `Authorization: Bearer …` or `X-API-Key` header.

    None for a wrong, expired or revoked key, and for no key where one is needed.
    """
    keys: KeyStore | None = request.app.state.keys
    given = token if token is not None else _token_of(request)
    if given is None or not given.strip():
        return LOCAL if is_local(request) and (keys is None or not keys.any()) else None
    key = keys.find(given) if keys is not None else None
    if key is None or keys is None:
        return None
    if keys.use_is_due(key):
        await anyio.to_thread.run_sync(keys.note_use, key)
    return principal_of(key)


def principal_of(key: Key) -> Principal:
    """Who holds a key."""
    return Principal(name=key.prefix, scopes=key.scopes, user_id=key.user_id)


def is_local(request: HTTPConnection) -> bool:
    """Whether a request was made on this computer and handed on by nobody."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    return is_loopback(request.client.host)


def _token_of(request: HTTPConnection) -> str | None:
    header = request.headers.get("authorization")
    if header is not None:
        kind, _, token = header.strip().partition(" ")
        return token.strip() or kind if kind.lower() == "bearer" else header
    return request.headers.get("x-api-key")


# -- what a route asks for --


async def allow(request: HTTPConnection, scope: Scope | None, user_id: str | None) -> Principal | None:
    """Let a request go on, or refuse it; returns who makes it (None only on an open route).

    Raises:
        UnauthenticatedError: 401.
        ForbiddenError: 403.
    """
    if scope is None:
        return None
    principal: Principal | None = getattr(request.state, "principal", None) or await authenticate(request)
    _take_token(request, principal)
    match decide(principal, scope, user_id):
        case Verdict.UNAUTHENTICATED:
            raise UnauthenticatedError
        case Verdict.FORBIDDEN:
            raise ForbiddenError
    request.state.principal = principal
    return principal


def _take_token(request: HTTPConnection, principal: Principal | None) -> None:
    """Count a request against its key, or against its address if it has none; once a request."""
    if getattr(request.state, "counted", False):
        return
    request.state.counted = True
    address = request.client.host if request.client else "?"
    wait = request.app.state.buckets.take(principal.name if principal else f"from {address}")
    if wait:
        raise TooManyError(wait)


class Requirement:
    """The dependency that declares a route's scopes (None: it is open to everybody) and checks them."""

    def __init__(self, scope: Scope | None, *more: Scope, any_user: bool = False) -> None:
        self.scope = scope
        self.scopes = () if scope is None else (scope, *more)
        self.any_user = any_user

    async def __call__(self, request: Request) -> Principal | None:
        """Check the request."""
        route = request.scope.get("route")
        request.state.route = getattr(route, "path_format", None) or getattr(route, "path", "-")
        if not self.scopes:
            return None
        user = user_of(request)
        if self.any_user:
            principal = await authenticate(request)
            user = principal.user_id if principal else None
        granted = [await allow(request, scope, user) for scope in self.scopes]
        return granted[0]


def requires(scope: Scope, *more: Scope, any_user: bool = False) -> params.Depends:
    """Declare what a route asks for.

    Args:
        scope: what the key must be allowed to do …
        more: … and what else.
        any_user: the route names no user in its path and finds out itself whose memory it touches; it has to
            call `allow(request, scope, user_id)` before it does.
    """
    return cast(params.Depends, Depends(Requirement(scope, *more, any_user=any_user)))


def public() -> params.Depends:
    """Declare that a route is open to everybody."""
    return cast(params.Depends, Depends(Requirement(None)))


class Guard:
    """An ASGI application behind a scope, for those that are mounted as a whole.

    The principal is in `request.state.principal`; whose memory is touched is the application's to check with `allow`.
    """

    def __init__(self, app: ASGIApp, scope: Scope | None) -> None:
        self.app = app
        self.requirement = Requirement(scope, any_user=True)

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Check, then hand on."""
        if scope["type"] == "http":
            await self.requirement(Request(scope))
            scope["state"]["route"] = scope.get("root_path") or scope["path"]
        elif scope["type"] != "lifespan":
            return
        await self.app(scope, receive, send)


def declared_scopes(route: BaseRoute) -> tuple[Scope, ...]:
    """The scopes that a route declares, all of which are needed (none: it is open to everybody).

    Raises:
        LookupError: it declares nothing.
    """
    for holder in (route, getattr(route, "app", None), getattr(route, "endpoint", None)):
        if isinstance(holder, Guard):
            return holder.requirement.scopes
    found = _requirement_in(getattr(route, "dependant", None))
    if found is None:
        raise LookupError(f"The route {getattr(route, 'path', route)!r} declares no scope; give it `requires(…)`.")
    return found.scopes


def declared_scope(route: BaseRoute) -> Scope | None:
    """The first scope that a route declares, which says what it does (None: it is open to everybody).

    Raises:
        LookupError: it declares nothing.
    """
    return next(iter(declared_scopes(route)), None)


def every_route(routes: Iterable[Any]) -> Iterator[Any]:
    """All routes of an application, those of included routers too."""
    for route in routes:
        inner = getattr(route, "effective_candidates", None)
        if inner is None:
            yield route
        else:
            yield from every_route(inner())


def _requirement_in(dependant: Any) -> Requirement | None:
    if dependant is None or isinstance(dependant.call, Requirement):
        return dependant.call if dependant else None
    return next((found for inner in dependant.dependencies if (found := _requirement_in(inner))), None)


# -- what routes need of a request --


def the_manager(request: HTTPConnection) -> MemoryManager:
    """The memories."""
    return cast(MemoryManager, request.app.state.manager)


def the_principal(request: HTTPConnection) -> Principal:
    """Who makes a request that was let through."""
    return cast(Principal, request.state.principal)


def user_of(request: HTTPConnection) -> str | None:
    """The user in the path, decoded; None if the path names nobody."""
    given = request.path_params.get("user_id")
    if given is None:
        return None
    if not request.scope.get(ENCODED):
        return str(given)
    try:
        return unquote(given, errors="strict")
    except UnicodeDecodeError:
        raise BadRequestError("The user id in the path is no UTF-8. Percent-encode its UTF-8 bytes.") from None
