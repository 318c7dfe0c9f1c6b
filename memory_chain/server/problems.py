"""Errors as problem details (RFC 9457): one shape for everything that goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from memory_chain.errors import (
    ClosedError,
    ConfigurationError,
    ConflictError,
    InvalidInputError,
    MemoryChainError,
    MissingModelError,
    ModelError,
    NotFoundError,
    StorageError,
    StoreBusyError,
    TransferError,
    UnknownItemError,
    UnknownUserError,
    UserExistsError,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:o-mem:problem:"

LATER_SECONDS = 5
"""What `Retry-After` says where nobody knows better."""


class WebError(MemoryChainError):
    """A request that is refused before it reaches the memory."""

    status = 400
    title = "Bad request"
    kind = "bad-request"
    retry_after_seconds: float | None = None


class BadRequestError(WebError):
    """A request that cannot be understood."""


class UnauthenticatedError(WebError):
    """No key, or one that opens nothing."""

    status, title, kind = 401, "A key is needed", "unauthenticated"

    def __init__(self) -> None:
        super().__init__("This needs a valid key: send it as `Authorization: Bearer …`. `omem keys create` makes one.")


class ForbiddenError(WebError):
    """The key does not open this."""

    status, title, kind = 403, "Not allowed", "forbidden"

    def __init__(self) -> None:
        super().__init__("This key does not allow this. It may be for another user, or lack the scope that is needed.")


class TooLargeError(WebError):
    """The body is longer than is taken."""

    status, title, kind = 413, "Too large", "too-large"

    def __init__(self, most: int) -> None:
        super().__init__(f"The body is longer than {most:,} bytes. Send less at once.")


class WrongMediaError(WebError):
    """The body is of a kind that is not taken."""

    status, title, kind = 415, "Wrong kind of body", "wrong-media-type"


class TooManyError(WebError):
    """The key makes requests faster than it may."""

    status, title, kind = 429, "Too many requests", "too-many-requests"

    def __init__(self, wait_seconds: float) -> None:
        self.retry_after_seconds = wait_seconds
        super().__init__("This key makes too many requests. Wait as long as `Retry-After` says.")


class OverloadedError(WebError):
    """The server has too much to do."""

    status, title, kind = 503, "Too busy", "overloaded"
    retry_after_seconds = 1

    def __init__(self) -> None:
        super().__init__("The server has too much to do now. Nothing was done; repeat the request soon.")


class TimedOutError(WebError):
    """The memory took too long."""

    status, title, kind = 503, "Took too long", "timed-out"
    retry_after_seconds = LATER_SECONDS

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"This took longer than {seconds:g} seconds. It may still be done; messages with ids can safely be "
            "sent again."
        )


class NotReadyError(WebError):
    """The memories cannot be opened or written."""

    status, title, kind = 503, "Not ready", "not-ready"
    retry_after_seconds = LATER_SECONDS


class EndingError(WebError):
    """The server ends before the answer is there."""

    status, title, kind = 503, "The server is closing", "closing"
    retry_after_seconds = LATER_SECONDS

    def __init__(self) -> None:
        super().__init__("The server is being ended and broke this off. Send it again when the server is back.")


class ProblemBody(BaseModel):
    """What went wrong, after RFC 9457."""

    type: str = Field(description="What kind of problem it is: a stable name.", examples=[f"{TYPES}unknown-user"])
    title: str = Field(description="The kind of problem in words.", examples=["There is no such user"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What happened and what to do next.")
    request_id: str = Field(description="The same as in the header `X-Request-ID` and in the server's log.")
    errors: list[dict[str, Any]] | None = Field(
        default=None, description="Where the request is wrong: `at` (a path) and `problem`."
    )
    error: dict[str, Any] | None = Field(
        default=None, description="The same as OpenAI's API tells it, at the addresses of that API."
    )


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A problem before it is written."""

    status: int
    kind: str
    title: str
    detail: str
    retry_after_seconds: float | None = None
    errors: tuple[dict[str, Any], ...] = ()


_KINDS: tuple[tuple[type[MemoryChainError], int, str, str], ...] = (
    (ConflictError, 409, "conflict", "The id is taken by other content"),
    (UnknownUserError, 404, "unknown-user", "There is no such user"),
    (UnknownItemError, 404, "unknown-item", "There is no such item"),
    (NotFoundError, 404, "not-found", "There is no such thing"),
    (InvalidInputError, 422, "invalid-input", "The input cannot be taken"),
    (UserExistsError, 409, "user-exists", "There is a memory of this user already"),
    (TransferError, 422, "invalid-export", "The export cannot be read"),
    (StoreBusyError, 503, "store-busy", "The memory is in use elsewhere"),
    (ClosedError, 503, "closing", "The server is closing"),
    (StorageError, 503, "storage", "The memory cannot be read or written"),
    (ModelError, 503, "model", "The language model did not do its work"),
    (MissingModelError, 501, "no-model", "No language model is configured"),
    (ConfigurationError, 503, "configuration", "A setting is missing or wrong"),
)
_HIDDEN = "The server's log tells more under this request's id."


def problem_of(error: Exception) -> Problem:
    """How an error is told to a client. What lies with the server is told without its paths and names."""
    if isinstance(error, WebError):
        return Problem(
            status=error.status,
            kind=error.kind,
            title=error.title,
            detail=str(error),
            retry_after_seconds=error.retry_after_seconds,
        )
    if isinstance(error, RequestValidationError):
        return _validation(error)
    if isinstance(error, HTTPException):
        return _plain(error)
    for kind, status, name, title in _KINDS:
        if isinstance(error, kind):
            if status < 500 or status == 501:
                return Problem(status=status, kind=name, title=title, detail=str(error))
            return Problem(
                status=status, kind=name, title=title, detail=f"{title}. {_HIDDEN}", retry_after_seconds=_wait(error)
            )
    return Problem(status=500, kind="bug", title="A fault of the server", detail=_HIDDEN)


def _wait(error: MemoryChainError) -> float:
    told = getattr(error, "retry_after_seconds", None)
    return LATER_SECONDS if told is None else told


def _validation(error: RequestValidationError) -> Problem:
    found = error.errors()
    told = tuple({"at": [str(part) for part in one["loc"]], "problem": _fault(one)} for one in found)
    first = told[0] if told else {"at": [], "problem": "?"}
    return Problem(
        status=422,
        kind="invalid-request",
        title="The request is not as described",
        detail=f"{'.'.join(first['at'])}: {first['problem']}. /openapi.json describes all requests.",
        errors=told,
    )


def _fault(found: Mapping[str, Any]) -> str:
    """What pydantic finds, in the terms of a request."""
    if found["type"] == "timezone_aware":
        return "has no zone; write it as in 2026-11-21T10:00:00Z"
    if found["type"] in ("too_long", "string_too_long"):  # a decoded text is measured as any sequence
        parts = "items" if isinstance(found.get("input"), list) else "characters"
        return f"should have at most {found['ctx']['max_length']:,} {parts}"
    return str(found["msg"]).removeprefix("Value error, ")


_PLAIN = {
    404: ("no-route", "There is no such address", "There is nothing at this address. /openapi.json lists all."),
    405: ("wrong-method", "Not by this method", "This address does not take this method."),
    413: ("too-large", "Too large", "The body is longer than is taken."),
}
_NOT_OF_OPENAI = (
    "Of OpenAI's API there are /v1/chat/completions and /v1/models here, if an upstream is configured. Let your client "
    "use chat completions."
)


def _plain(error: HTTPException) -> Problem:
    kind, title, detail = _PLAIN.get(error.status_code, ("bad-request", "Bad request", "The request is not valid."))
    return Problem(status=error.status_code, kind=kind, title=title, detail=detail)


def problem_response(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as a response."""
    as_openai = request.url.path.startswith("/v1/") and not request.url.path.startswith("/v1/users")
    detail = _NOT_OF_OPENAI if as_openai and problem.kind == "no-route" else problem.detail
    body: dict[str, Any] = {
        "type": f"{TYPES}{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "request_id": getattr(request.state, "request_id", ""),
    }
    if problem.errors:
        body["errors"] = list(problem.errors)
    if as_openai:  # its clients show this message, and nothing else of the body
        body["error"] = {"message": detail, "type": problem.kind, "param": None, "code": problem.kind}
    sent = dict(headers or {})
    if problem.status == 401:
        sent["WWW-Authenticate"] = 'Bearer realm="o-mem"'
    if problem.retry_after_seconds is not None:
        sent["Retry-After"] = str(max(1, round(problem.retry_after_seconds)))
    return JSONResponse(body, status_code=problem.status, headers=sent, media_type=MEDIA_TYPE)


async def answer_error(request: Request, error: Exception) -> Response:
    """Any error as a response; the server's own faults are logged."""
    problem = problem_of(error)
    if problem.status >= 500:
        known = isinstance(error, MemoryChainError)
        log.log(
            logging.WARNING if known else logging.ERROR,
            "%s: %s",
            type(error).__name__,
            error,
            exc_info=None if known else error,
        )
    return problem_response(request, problem)


def install_problems(app: FastAPI) -> None:
    """Let an application answer all its errors as problems."""
    for kind in (MemoryChainError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer_error)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, for its description; 401, 403 and 503 and so on are every route's."""
    return {status: _described(status) for status in sorted({*statuses, *EVERYWHERE})}


EVERYWHERE = (400, 401, 403, 413, 422, 429, 503)
_WORDS = {
    400: "The request cannot be understood, or its `Host` is not one of this server.",
    401: "No key, or one that is wrong, expired or revoked.",
    403: "The key is for another user, or lacks the scope.",
    404: "There is no such user or item.",
    409: "The id is taken by other content, or the user has a memory already.",
    413: "The body is too long.",
    415: "The body is of another kind than is taken.",
    422: "The request is understood, but what it says cannot be taken.",
    429: "Too many requests with this key.",
    501: "It needs a language model, and none is configured.",
    503: "The server cannot do it now.",
}


def _described(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": _WORDS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
    }
    if status in (429, 503):
        found["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
        }
    return found
