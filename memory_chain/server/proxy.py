"""A drop-in for OpenAI's API that gives any client a memory: `/v1/chat/completions` and `/v1/models`.

A request goes on to the one upstream of the operator's configuration, with what is remembered for it; the answer
comes back unchanged, and both sides are remembered. Trouble with the memory never breaks the chat.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import anyio
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.types import Receive, Scope, Send

from memory_chain.errors import ConflictError, UnknownItemError, UnknownUserError
from memory_chain.server import access
from memory_chain.server.access import Verdict, allow, authenticate, decide, requires, the_manager, the_principal
from memory_chain.server.app import CLIENT_GONE, call, on_life
from memory_chain.server.chats import Chat, StreamReader, parse_request, read_answer, read_chat, with_context
from memory_chain.server.problems import (
    MEDIA_TYPE,
    OverloadedError,
    TimedOutError,
    WrongMediaError,
    responses,
)
from memory_chain.server.upstream import Upstream, returned_headers, told_errors
from memory_chain.types import JSON
from memory_chain.utils import utc_now

if TYPE_CHECKING:
    import httpx2

    from memory_chain.server.settings import ServerSettings

__all__ = ["mount_proxy"]

log = logging.getLogger(__name__)

USER_HEADER = "x-omem-user"
SESSION_HEADER = "x-omem-session"
MEMORY_HEADER = "X-OMem-Memory"

RECALL_SECONDS = 2.0
"""After this time a chat goes on without its memory."""
REMEMBER_SECONDS = 5.0
"""So long the end of an answer waits to be remembered; then it is remembered beside it."""


# -- the memory beside a chat --


@dataclass(kw_only=True)
class Beside:
    """The memory of one chat: recalls before it, remembers after it, and never fails."""

    request: Request
    user_id: str
    chat: Chat
    at: datetime
    begun: bool = field(default=False, init=False)

    async def recall(self) -> tuple[str, str]:
        """The context (empty: none), and what the header says of it."""
        if decide(the_principal(self.request), access.Scope.READ, self.user_id) is not Verdict.ALLOW:
            return "", skipped("key-cannot-read")
        if not self.chat.query:
            return "", skipped("no-user-message")
        try:
            with anyio.fail_after(RECALL_SECONDS):
                found = await call(
                    self.request,
                    the_manager(self.request).retrieve,
                    self.chat.query,
                    user_id=self.user_id,
                    session_id=self.chat.session_id,
                )
        except UnknownUserError:
            return "", skipped("nothing-known")
        except (TimeoutError, TimedOutError, OverloadedError):
            return "", skipped("too-slow")
        except Exception as error:  # the chat must go on
            log.warning("A chat goes on without its memory: %s", type(error).__name__)
            return "", skipped("failed")
        if not found.text:
            return "", skipped("nothing-known")
        return found.text, f"used; pieces={len(found.pieces)}; tokens={found.tokens}"

    async def remember(self, answer: str) -> None:
        """Remember what the user said, and the answer if it is complete; once. Not cut short if the client goes."""
        if self.begun or not self.chat.query:
            return
        self.begun = True
        general = self.request.app.state.settings.general
        records = [*self.chat.records(self.at), *self.chat.answer_record(answer, utc_now())]
        records = [record for record in records if len(record["content"]) <= general.max_characters]
        try:
            with anyio.move_on_after(REMEMBER_SECONDS, shield=True):
                try:
                    await self._add(records)
                except ConflictError:  # sent again, at another time
                    await self._add([record for record in records if not await self._stored(record["id"])])
        except Exception as error:  # the chat must go on
            log.warning("A chat was not remembered: %s", type(error).__name__)

    async def _add(self, records: list[JSON]) -> None:
        if records:
            add = the_manager(self.request).add
            await call(self.request, add, records, user_id=self.user_id, session_id=self.chat.session_id)

    async def _stored(self, message_id: str) -> bool:
        try:
            await call(self.request, the_manager(self.request).message, self.user_id, message_id)
        except UnknownItemError:
            return False
        return True


def skipped(reason: str) -> str:
    """What the header says if a chat has no context."""
    return f"skipped; reason={reason}"


async def user_of_chat(request: Request, body: Mapping[str, Any] | None) -> str | None:
    """Whose chat it is: the header's user, else the field's, else the key's; None: nobody was named.

    Raises:
        ForbiddenError: the key is for another user.
    """
    header = request.headers.get(USER_HEADER)
    named = body.get("user") if body is not None else None
    user = unquote(header) if header else (named if isinstance(named, str) and named else None)
    user = user or the_principal(request).user_id
    if user is not None:
        await allow(request, access.Scope.WRITE, user)
    return user


# -- routes --


async def keyless(request: Request) -> None:
    """OpenAI's clients always send a key. As long as there is none of ours, theirs does not count."""
    keys = request.app.state.keys
    if keys is None or not keys.any():
        request.state.principal = await authenticate(request, token="")


def the_upstream(request: Request) -> Upstream:
    """The upstream."""
    return cast(Upstream, request.app.state.upstream)


router = APIRouter(prefix="/v1", tags=["proxy"])

_DESCRIBED: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": words}
        for name, words in (
            ("X-OMem-User", "Whose memory it is, percent-encoded; stronger than the field `user`."),
            ("X-OMem-Session", "The conversation; by default it is told by its first message."),
        )
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "As the upstream takes it.",
                    "additionalProperties": True,
                    "required": ["messages"],
                    "properties": {
                        "model": {"type": "string"},
                        "messages": {"type": "array", "items": {"type": "object"}},
                        "user": {"type": "string"},
                        "stream": {"type": "boolean"},
                    },
                },
                "example": {"model": "m", "user": "alice", "messages": [{"role": "user", "content": "Hello."}]},
            }
        },
    },
}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    return {
        **responses(*statuses),
        502: {"description": "The upstream cannot be reached.", "content": problem},
        504: {"description": "The upstream is silent.", "content": problem},
        "default": {"description": "The upstream's own answer, as it came."},
    }


@router.post(
    "/chat/completions",
    dependencies=[Depends(keyless), requires(access.Scope.WRITE, any_user=True)],
    responses=_answers(415),
    openapi_extra=_DESCRIBED,
    response_class=Response,
)
async def chat_completions(request: Request) -> Response:
    """A chat completion of the upstream's model, which is told what is remembered of the user.

    The response's header `X-OMem-Memory` says whether a context was `used`, or `skipped` and why.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # what a page elsewhere may send without asking is not taken
        raise WrongMediaError("A chat is sent as JSON, with `Content-Type: application/json`.")
    sent = await request.body()
    body = parse_request(sent)
    user_id = await user_of_chat(request, body)
    if body is None or user_id is None:
        reason = "unreadable" if body is None else "no-user"
        return await _attended(request, _answered(request, sent, None, skipped(reason)))
    session = unquote(request.headers.get(SESSION_HEADER, "")).strip()[:256] or None
    now = utc_now()
    beside = Beside(
        request=request, user_id=user_id, chat=read_chat(body, user_id=user_id, session=session, now=now), at=now
    )
    context, told = await beside.recall()
    if context:
        sent = json.dumps(with_context(body, context)).encode()
    return await _attended(request, _answered(request, sent, beside, told))


@router.get(
    "/models",
    dependencies=[Depends(keyless), requires(access.Scope.READ, any_user=True)],
    responses=_answers(),
    response_class=Response,
)
async def models(request: Request) -> Response:
    """The upstream's models."""
    return await _attended(request, _models(request))


async def _models(request: Request) -> Response:
    return await _whole(await the_upstream(request).send(request, "/models"), {})


async def _attended(request: Request, answering: Awaitable[Response]) -> Response:
    """An answer of the upstream; if the client goes away before there is one, the upstream is told to stop."""
    answer, failed = Response(status_code=CLIENT_GONE), None
    async with anyio.create_task_group() as group:
        group.start_soon(_watch, request.receive, group.cancel_scope)
        try:
            answer = await answering
        except Exception as error:  # not as one of a group
            failed = error
        group.cancel_scope.cancel()
    if failed is not None:
        raise failed
    return answer


async def _watch(receive: Receive, answering: anyio.CancelScope) -> None:
    """Cancel a scope when the client goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass
    answering.cancel()


async def _answered(request: Request, sent: bytes, beside: Beside | None, told: str) -> Response:
    """The upstream's answer to a chat; what is said is remembered."""
    response = await the_upstream(request).send(request, "/chat/completions", sent)
    headers = {MEMORY_HEADER: told}
    if response.headers.get("content-type", "").startswith("text/event-stream") and response.status_code < 400:
        return Relay(response, headers, beside.remember if beside else None)
    answer = await _whole(response, headers)
    if beside is not None and answer.status_code < 300:
        await beside.remember(read_answer(bytes(answer.body), answer.headers.get("content-encoding", "")))
    return answer


async def _whole(response: httpx2.Response, headers: dict[str, str]) -> Response:
    """A response that is not streamed, with its status, whatever it is."""
    try:
        with told_errors():
            body = b"".join([part async for part in response.aiter_raw()])
    finally:
        with anyio.CancelScope(shield=True):
            await response.aclose()
    return Response(body, response.status_code, {**returned_headers(response), **headers})


class Relay(Response):
    """Hands a stream on, byte for byte, and reads along.

    What the user said is remembered as soon as there is an answer to it; the answer if it comes to its end, right
    before the client can see that. If the client goes away, the upstream is told to stop. If the upstream breaks off,
    so does the answer.
    """

    def __init__(
        self,
        response: httpx2.Response,
        headers: dict[str, str],
        remember: Callable[[str], Awaitable[None]] | None,
    ) -> None:
        self.response = response
        self.remember = remember
        self.reader = StreamReader(response.headers.get("content-encoding", ""))
        self.status_code = response.status_code
        self.background = None
        self.init_headers({**returned_headers(response), **headers})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the answer ends or the client is gone."""
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_watch, receive, group.cancel_scope)
                await self._stream(send)
                group.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self.response.aclose()
                await self._remember()

    async def _stream(self, send: Send) -> None:
        import httpx2

        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            async for chunk in self.response.aiter_raw():
                if self.reader.feed(chunk):
                    await self._remember()
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except httpx2.HTTPError as error:
            log.warning("The upstream broke off in an answer: %s", type(error).__name__)
            return  # without an end: the client has to see that something is missing
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _remember(self) -> None:
        if self.remember is not None:
            await self.remember(self.reader.text if self.reader.complete else "")


def mount_proxy(app: FastAPI, settings: ServerSettings) -> None:
    """Add the proxy to an application.

    Raises:
        ConfigurationError: the settings name no upstream.
    """
    upstream = Upstream.of(settings.general)
    app.state.upstream = upstream
    on_life(app, upstream.life)
    app.include_router(router)
