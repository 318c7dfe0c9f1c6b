"""Whose memory an MCP request may touch, how it is called, and what a model is told if that fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast
from urllib.parse import unquote

import anyio.to_thread
from mcp.server.mcpserver import Context as Call
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError

from memory_chain.errors import (
    InvalidInputError,
    MemoryChainError,
    NotFoundError,
    UnknownItemError,
    UnknownUserError,
)
from memory_chain.memory_manager import MemoryManager
from memory_chain.server.access import Principal, Scope, Verdict, decide
from memory_chain.server.problems import ForbiddenError, WebError, problem_of

if TYPE_CHECKING:
    from starlette.requests import Request

P = ParamSpec("P")
T = TypeVar("T")

USER_HEADER = "x-omem-user"


def one_user(user_id: str) -> Principal:
    """Whoever may read and write the memory of one user."""
    return Principal(name="stdio", scopes=frozenset({Scope.READ, Scope.WRITE}), user_id=user_id)


class OutsideError(WebError):
    """A connection without keys does not open this."""

    status, title, kind = 403, "Not allowed", "forbidden"

    def __init__(self, principal: Principal) -> None:
        whose = "any user" if principal.user_id is None else f"{principal.user_id!r} alone"
        what = " and ".join(sorted(principal.scopes))
        super().__init__(f"This connection does not allow this. It is for the memory of {whose}, to {what}.")


@dataclass(frozen=True, kw_only=True)
class Door:
    """Calls the memory for whoever asks; `principal` is None where each HTTP request brings its own."""

    manager: MemoryManager
    principal: Principal | None

    def user(self, ctx: Call[Any, Any], scope: Scope, named: str | None = None) -> str:
        """Whose memory a request may touch.

        Raises:
            ForbiddenError: it is not this user's, or the key lacks the scope.
            InvalidInputError: no user is named.
        """
        principal, header = self._caller(ctx)
        user = named or header or principal.user_id
        if user is None:
            if self.principal is not None:
                raise InvalidInputError(
                    "This server is for no user in particular, and a call cannot name one. Whoever runs it has to say "
                    'whose memory it is: `create_mcp(manager, principal=one_user("alice"))`.'
                )
            raise InvalidInputError(
                "This key opens the memories of all users. Say whose is meant: send the header `X-OMem-User` with each "
                "request, or use a key for one user (`omem keys create --only USER`)."
            )
        for one in (user, header or user):
            if decide(principal, scope, one) is not Verdict.ALLOW:
                raise self._forbidden()
        if header is not None and user != header:
            raise ForbiddenError
        return user

    def _forbidden(self) -> WebError:
        """There are keys only where requests come by HTTP."""
        return ForbiddenError() if self.principal is None else OutsideError(self.principal)

    def _caller(self, ctx: Call[Any, Any]) -> tuple[Principal, str | None]:
        if self.principal is not None:
            return self.principal, None
        request = _request(ctx)
        given = request.headers.get(USER_HEADER, "").strip()
        return request.state.principal, unquote(given) or None

    async def run(self, ctx: Call[Any, Any], function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the manager in a thread; under the server within its limits."""
        if self.principal is None:
            from memory_chain.server.app import call

            return await call(_request(ctx), function, *args, **kwargs)
        return await anyio.to_thread.run_sync(lambda: function(*args, **kwargs))


def _request(ctx: Call[Any, Any]) -> Request:
    """The HTTP request with which a call came; there is one wherever a principal is not given."""
    return cast("Request", ctx.request_context.request)


def told(error: MemoryChainError) -> str:
    """An error as a model can use it: what happened and what to do."""
    if isinstance(error, UnknownItemError):
        return f"There is nothing with the id {error.item_id!r}. Take an id from `recall`, `profile` or `list_events`."
    if isinstance(error, UnknownUserError):
        return "Nothing is remembered of this user yet. `remember` stores the first thing."
    if isinstance(error, WebError | InvalidInputError | NotFoundError):
        return str(error)
    logging.getLogger(__name__).warning("%s: %s", type(error).__name__, error)
    return f"{problem_of(error).title}. Nothing was changed. Try once more; if it fails again, tell the user."


@contextmanager
def tool_errors() -> Iterator[None]:
    """Our errors become errors of a tool, which the model reads."""
    try:
        yield
    except MemoryChainError as error:
        raise ToolError(told(error)) from None


@contextmanager
def resource_errors() -> Iterator[None]:
    """Our errors become errors of a resource."""
    try:
        yield
    except NotFoundError as error:
        raise ResourceNotFoundError(told(error)) from None
    except MemoryChainError as error:
        raise ResourceError(told(error)) from None
