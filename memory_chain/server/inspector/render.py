"""Pages as responses: templates, headers, cookies, and errors that are told as a page."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from memory_chain.errors import MemoryChainError
from memory_chain.server.access import Scope, Verdict, decide
from memory_chain.server.inspector import PREFIX, words
from memory_chain.server.inspector.access import (
    BROWSER_COOKIE,
    SESSION_COOKIE,
    asked_by,
    the_browser,
    the_token,
    user_named,
)
from memory_chain.server.inspector.desk import the_desk
from memory_chain.server.inspector.links import TOLD, AsOf, a_day, to
from memory_chain.server.inspector.waiting import Wish
from memory_chain.server.problems import UnauthenticatedError, problem_of
from memory_chain.utils import visible

log = logging.getLogger(__name__)

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
THEME_COOKIE = "omem_theme"
THEMES = ("light", "dark")
YEAR_SECONDS = 365 * 24 * 3600

STATIC = {"inspector.css": "text/css", "inspector.js": "text/javascript", "icon.svg": "image/svg+xml"}

PAGES = (
    ("profile", "Who is this user?", "Who"),
    ("timeline", "What happened?", "Happened"),
    ("talk", "What was said?", "Said"),
    ("why", "Why this context?", "Why"),
    ("costs", "What does it cost?", "Cost"),
    ("health", "Is it healthy?", "Health"),
)
"""The pages of a user: name in the address, question, short name."""

BELONGS_TO = {"item": "profile", "sessions": "talk", "message": "talk", "forget/user": "health"}
"""Pages below one of those."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Here:
    """Where a page is: what its frame needs to know."""

    page: str
    user: str | None
    as_of: AsOf | None
    day: str | None
    """The day that the address names: pages that are always of now keep it for their links."""
    may_read: bool
    """Whether whoever asks may see this user's memory; without it, the frame names no user and no pages."""
    may_enter: bool
    """Whether the first page is open to them."""
    may_write: bool
    """Whether whoever asks may change this user's memory, and the page shows the present."""
    may_admin: bool
    """Whether they may also rebuild, check and forget it as a whole."""
    logged_in: bool
    all_users: bool
    theme: str
    token: str
    back: str
    """The address of this page, to return to."""
    present: str
    """The address of this page as of now."""
    told: str
    told_item: str
    waiting: tuple[Wish, ...]
    now: float

    @property
    def question(self) -> str:
        """Under which of the questions the page is."""
        return BELONGS_TO.get(self.page, self.page)

    @property
    def kept_day(self) -> date | None:
        """That day as a date."""
        return date.fromisoformat(self.day) if self.day else None

    def to(self, page: str, /, **given: object) -> str:
        """The address of a page of the same user at the same moment."""
        return to(page, user=self.user, as_of=self.day, **given)

    def act(self, action: str, /) -> str:
        """The address of a form of the same user."""
        return to(action, user=self.user)


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The templates, with automatic escaping."""
    made = Environment(
        loader=PackageLoader("memory_chain.server.inspector"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_shown,
    )
    made.filters.update(words.FILTERS)
    made.globals.update(prefix=PREFIX, pages=PAGES, static=static_address, to=to)
    return made


def _shown(value: Any) -> Any:
    """What an expression of a template writes: text cannot steer the page. What is escaped already stays as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def warm_up() -> None:
    """Compile all templates, so that the first page does not wait for it."""
    for name in templates().list_templates():
        templates().get_template(name)


@lru_cache(maxsize=len(STATIC))
def static_file(name: str) -> tuple[bytes, str]:
    """A file of the page's own looks, and its version."""
    found = files("memory_chain.server.inspector").joinpath("static", name).read_bytes()
    return found, hashlib.sha256(found).hexdigest()[:12]


def static_address(name: str) -> str:
    """Where the browser finds it; another version has another address."""
    return f"{PREFIX}/static/{name}?v={static_file(name)[1]}"


def here_of(request: Request, page: str, *, as_of: AsOf | None = None) -> Here:
    """Where a request is."""
    principal, user, desk = asked_by(request), user_named(request), the_desk(request)
    browser = the_browser(request)
    theme = request.cookies.get(THEME_COOKIE, "")
    asked = {name: value for name, value in request.query_params.items() if name not in (*TOLD, "user")}
    day = a_day(asked.get("as_of", "").strip())
    may_write = decide(principal, Scope.WRITE, user) is Verdict.ALLOW and user is not None
    may_admin = decide(principal, Scope.ADMIN, user) is Verdict.ALLOW and user is not None
    return Here(
        page=page,
        user=user,
        as_of=as_of,
        day=day.isoformat() if day else None,
        may_read=decide(principal, Scope.READ, user) is Verdict.ALLOW and user is not None,
        may_enter=decide(principal, Scope.READ, principal.user_id if principal else None) is Verdict.ALLOW,
        may_write=may_write and as_of is None,
        may_admin=may_admin and as_of is None,
        logged_in=bool(request.cookies.get(SESSION_COOKIE)) and principal is not None,
        all_users=decide(principal, Scope.ADMIN, None) is Verdict.ALLOW,
        theme=theme if theme in THEMES else "",
        token=the_token(request),
        back=to(page, user=user, **asked),
        present=to(page, user=user, **{name: value for name, value in asked.items() if name != "as_of"}),
        told=request.query_params.get("told", ""),
        told_item=request.query_params.get("item", "") if request.query_params.get("told") else "",
        waiting=tuple(desk.waiting.of(user_id=user, browser=browser.id)) if may_write and user is not None else (),
        now=desk.waiting.clock(),
    )


def show(request: Request, template: str, here: Here, *, status: int = 200, **given: Any) -> Response:
    """A page."""
    text = templates().get_template(template).render(here=here, **given)
    answer = Response(text.encode("utf-8", "replace"), status_code=status, media_type="text/html; charset=utf-8")
    return _dressed(request, answer)


def go(request: Request, address: str) -> Response:
    """To another page, after a form."""
    return _dressed(request, RedirectResponse(address, status_code=303))


def set_cookie(request: Request, answer: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """A cookie that only our own pages send, and no script reads."""
    answer.set_cookie(
        name,
        value,
        max_age=max_age,
        path=PREFIX,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _dressed(request: Request, answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "no-store"
    browser = the_browser(request)
    if browser.new:
        set_cookie(request, answer, BROWSER_COOKIE, browser.id)
    return answer


def show_error(request: Request, error: Exception) -> Response:
    """What went wrong, as a page; whoever is not known is asked for a key."""
    if isinstance(error, UnauthenticatedError) and request.method == "GET":
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return go(request, to("login", back=asked if asked != f"{PREFIX}/" else None))
    problem = problem_of(error)
    if problem.status >= 500:
        known = isinstance(error, MemoryChainError)
        level = logging.WARNING if known else logging.ERROR
        log.log(level, "%s: %s", type(error).__name__, error, exc_info=None if known else error)
    here = here_of(request, request.url.path.removeprefix(f"{PREFIX}/"))
    answer = show(request, "error.html", here, status=problem.status, problem=problem)
    if problem.retry_after_seconds is not None:
        answer.headers["Retry-After"] = str(max(1, round(problem.retry_after_seconds)))
    return answer


class PageRoute(APIRoute):
    """A route whose errors are told as pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with errors caught."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except (MemoryChainError, HTTPException, RequestValidationError) as error:
                return show_error(request, error)

        return handled


def pretty(value: Any) -> str:
    """JSON to be read."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
