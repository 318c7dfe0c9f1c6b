"""The web application: its layers, its routes, and the one place where further faces are mounted."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory_chain import __version__
from memory_chain.errors import ConfigurationError
from memory_chain.memory_manager import MemoryManager
from memory_chain.server.access import ENCODED, every_route
from memory_chain.server.describing import DESCRIPTION, describe
from memory_chain.server.ending import UnderWay
from memory_chain.server.keys import KeyStore
from memory_chain.server.limits import BodyLimit, Threads, TokenBuckets
from memory_chain.server.metrics import Metrics
from memory_chain.server.problems import (
    BadRequestError,
    EndingError,
    answer_error,
    install_problems,
    problem_of,
    problem_response,
)
from memory_chain.server.settings import ServerSettings
from memory_chain.server.tracing import span

access_log = logging.getLogger("memory_chain.server.access_log")

P = ParamSpec("P")
T = TypeVar("T")

Life = Callable[[], AbstractAsyncContextManager[object]]
USERS = "/v1/users/"

CLIENT_GONE = 499
"""The status of a request whose client did not wait for the answer; nobody but the log sees it."""


@dataclass(frozen=True, kw_only=True)
class Face:
    """A further face: `function(app, settings)` of a module adds its routes to the application.

    A face that lacks a package raises `ConfigurationError`; it is then left out and told in `app.state.left_out`.
    """

    name: str
    module: str
    function: str


FACES = (
    Face(name="proxy", module="memory_chain.server.proxy", function="mount_proxy"),
    Face(name="mcp", module="memory_chain.server.mcp", function="mount_mcp"),
    Face(name="inspector", module="memory_chain.server.inspector", function="mount_inspector"),
)
"""The one place where faces are listed that are built apart from this module."""


def build_app(manager: MemoryManager, *, keys: KeyStore | None, settings: ServerSettings) -> FastAPI:
    """Make the application. `app.state` holds what routes need: see the assignments below."""
    app = FastAPI(
        title="O-Mem",
        version=__version__,
        description=DESCRIPTION,
        openapi_url=None,  # served by a route of our own, which declares its scope
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},  # it tells paths
        lifespan=_lifespan,
    )
    app.state.manager = manager
    app.state.keys = keys
    app.state.settings = settings
    app.state.threads = Threads(settings.threads, settings.waiting)
    app.state.long_threads = Threads(settings.long_threads, settings.waiting)
    app.state.buckets = TokenBuckets(settings.requests_per_second, settings.burst)
    app.state.metrics = Metrics(price_in=settings.price_in, price_out=settings.price_out)
    manager.listen_to_calls(app.state.metrics.called)
    app.state.under_way = UnderWay()
    app.state.lives = []
    app.state.faces = []
    app.state.left_out = {}
    install_problems(app)
    app.add_exception_handler(405, _answer_wrong_method)
    _add_routes(app)
    _mount_faces(app, settings)
    app.add_middleware(BodyLimit, most=settings.max_body_bytes, most_import=settings.max_import_bytes)
    app.add_middleware(Envelope, hosts=settings.allowed_hosts, metrics=app.state.metrics, under_way=app.state.under_way)
    describe(app)
    return app


def on_life(app: FastAPI, life: Life) -> None:
    """Let a context live as long as the application runs, for example a session manager."""
    app.state.lives.append(life)


async def call(request: HTTPConnection, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a method of the manager in a thread, within the time-out; counted and traced under its name."""
    state = request.app.state
    return await _called(request, state.threads, state.settings.timeout_seconds, function, *args, **kwargs)


async def call_long(request: HTTPConnection, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for what reads or writes a whole memory or waits for a model, in threads of its own.

    So quick calls never wait behind slow ones.
    """
    state = request.app.state
    return await _called(request, state.long_threads, state.settings.long_timeout_seconds, function, *args, **kwargs)


async def _called(
    request: HTTPConnection,
    threads: Threads,
    seconds: float,
    function: Callable[P, T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    metrics: Metrics = request.app.state.metrics
    name = function.__name__.rstrip("_")
    began = time.perf_counter()
    try:
        with span(f"memory.{name}") as opened:
            try:
                found = await threads.run(seconds, function, *args, **kwargs)
            except Exception as error:
                if opened is not None:
                    opened.set_attribute("error.type", type(error).__name__)
                raise
    except Exception as error:
        metrics.operated(name, time.perf_counter() - began, result=type(error).__name__)
        raise
    metrics.operated(name, time.perf_counter() - began, given=found)
    return found


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for life in app.state.lives:
            await stack.enter_async_context(life())
        yield


def _add_routes(app: FastAPI) -> None:
    from memory_chain.server.routes import ROUTERS

    for router in ROUTERS:
        app.include_router(router)


def _mount_faces(app: FastAPI, settings: ServerSettings) -> None:
    for face in FACES:
        if face.name not in settings.mounts or importlib.util.find_spec(face.module) is None:
            continue
        try:
            getattr(importlib.import_module(face.module), face.function)(app, settings)
        except ConfigurationError as error:
            app.state.left_out[face.name] = str(error)
        else:
            app.state.faces.append(face.name)


SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Set on every response that does not set them itself (a page needs a policy of its own)."""


class Envelope:
    """What surrounds every request: its id, the check of its `Host`, its response's headers, its line in the log."""

    def __init__(self, app: ASGIApp, *, hosts: tuple[str, ...], metrics: Metrics, under_way: UnderWay) -> None:
        self.app = app
        self.hosts = hosts
        self.metrics = metrics
        self.under_way = under_way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request. WebSockets are not spoken here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            scope.setdefault("state", {})["request_id"] = secrets.token_hex(8)
            _keep_encoded(scope)
            with span("request", {"http.request.method": scope["method"]}, headers=Headers(scope=scope)) as opened:
                await self._watched(scope, receive, send, opened)

    async def _watched(self, scope: Scope, receive: Receive, send: Send, opened: Any) -> None:
        status = CLIENT_GONE  # unless something is answered
        began = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = scope["state"]["request_id"]
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            elif scope["method"] == "HEAD" and "body" in message:
                message = {**message, "body": b""}
            await send(message)

        self.metrics.began()
        try:
            # HEAD is answered wherever GET is, and like it but for the body
            asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
            await self._answered(asked, receive, sending, lambda: status != CLIENT_GONE)
        finally:
            route = scope["state"].get("route", "-")
            seconds = time.perf_counter() - began
            self.metrics.answered(scope["method"], route, status, seconds)
            if opened is not None:
                opened.set_attributes({"http.route": route, "http.response.status_code": status})
            _log_request(scope, route, status, seconds)

    async def _answered(self, scope: Scope, receive: Receive, send: Send, started: Callable[[], bool]) -> None:
        if not self._named(scope):
            error = BadRequestError("This server does not answer under this name; see `omem serve --allow-host`.")
            await problem_response(Request(scope), problem_of(error))(scope, receive, send)
            return
        try:
            with self.under_way.request() as request:
                await self.app(scope, receive, send)
            if request.cancelled_caught and not started():
                await problem_response(Request(scope), problem_of(EndingError()))(scope, receive, send)
        except Exception as error:  # the process must live on; it is logged and told as a problem
            answer = await answer_error(Request(scope), error)
            if started():
                raise  # half of an answer is out: the connection has to break
            await answer(scope, receive, send)

    def _named(self, scope: Scope) -> bool:
        """Whether the request was made to a name of ours, not to one that somebody let point here."""
        if "*" in self.hosts:
            return True
        return host_of(Headers(scope=scope).get("host", "")) in self.hosts


def _log_request(scope: Scope, route: str, status: int, seconds: float) -> None:
    """One line a request. The path is left out: it names a user."""
    principal = scope["state"].get("principal")
    access_log.info(
        "%s %s %d",
        scope["method"],
        route,
        status,
        extra={
            "request_id": scope["state"]["request_id"],
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "key": principal.name if principal else None,
        },
    )


async def _answer_wrong_method(request: Request, error: Exception) -> Response:
    """Tell all methods that an address takes; a route alone knows only its own."""
    at_it = [route for route in every_route(request.app.routes) if route.matches(request.scope)[0] is not Match.NONE]
    methods = sorted({method for route in at_it for method in getattr(route, "methods", None) or ()})
    methods += ["HEAD"] if "GET" in methods and "HEAD" not in methods else []
    return problem_response(request, problem_of(error), {"Allow": ", ".join(methods)})


def host_of(header: str) -> str:
    """The name in a `Host` header, without its port."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def _keep_encoded(scope: Scope) -> None:
    """Below `/v1/users/` ids may hold any sign, also `/`: path parameters stay percent-encoded until they are read."""
    raw = scope.get("raw_path")
    if raw is None:
        return
    path = raw.partition(b"?")[0].decode("latin-1")
    if path.startswith(USERS):
        scope["path"] = path
        scope[ENCODED] = True
