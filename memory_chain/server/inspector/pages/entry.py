"""The way in: the list of users, the key, the colours, and the files of the page's own looks."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from memory_chain.server.access import Scope, Verdict, authenticate, decide, principal_of, the_manager, the_principal
from memory_chain.server.app import call
from memory_chain.server.inspector import PREFIX
from memory_chain.server.inspector.access import SESSION_COOKIE, page, the_form
from memory_chain.server.inspector.desk import the_desk
from memory_chain.server.inspector.links import place_of, safe_back, to
from memory_chain.server.inspector.render import (
    STATIC,
    THEME_COOKIE,
    THEMES,
    YEAR_SECONDS,
    PageRoute,
    go,
    here_of,
    set_cookie,
    show,
    static_file,
)
from memory_chain.server.keys import KeyStore
from memory_chain.server.problems import TooManyError

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ON_A_PAGE = 100


@router.get("/", dependencies=[page(None)])
async def root(request: Request) -> Response:
    """To the inspector."""
    return RedirectResponse(to(), status_code=307)


@router.get(PREFIX, dependencies=[page(None)])
async def bare(request: Request) -> Response:
    """To the inspector."""
    return RedirectResponse(to(), status_code=307)


@router.get(f"{PREFIX}/", dependencies=[page(Scope.READ, any_user=True)])
async def users(request: Request) -> Response:
    """Everybody who has a memory; a key of one user goes there at once."""
    principal = the_principal(request)
    if principal.user_id is not None:
        return go(request, to("profile", user=principal.user_id))
    wanted = request.query_params.get("q", "").strip()
    everybody: list[str] = []
    if decide(principal, Scope.ADMIN, None) is Verdict.ALLOW:
        everybody = await call(request, the_manager(request).users)
    found = [user for user in everybody if wanted.casefold() in user.casefold()]
    place = place_of(request.query_params.get("from"))
    return show(
        request,
        "users.html",
        here_of(request, ""),
        users=found[place : place + ON_A_PAGE],
        count=len(found),
        everybody=len(everybody),
        place=place,
        most=ON_A_PAGE,
        wanted=wanted,
    )


@router.get(f"{PREFIX}/login", dependencies=[page(None)])
async def login(request: Request) -> Response:
    """Ask for a key."""
    back = safe_back(request.query_params.get("back"), to())
    return show(request, "login.html", here_of(request, "login"), back=back, wrong=False)


@router.post(f"{PREFIX}/login", dependencies=[page(None)])
async def log_in(request: Request) -> Response:
    """Take a key; a cookie stands for it from now on."""
    desk, form, keys = the_desk(request), the_form(request), _keys(request)
    wait = desk.logins.take(request.client.host if request.client else "?")
    if wait:
        raise TooManyError(wait)
    back = safe_back(form.get("back"), to())
    token = form.get("key", "").strip()
    key = keys.find(token) if keys is not None and token else None
    if key is None or not principal_of(key).scopes - {Scope.METRICS}:
        return show(request, "login.html", here_of(request, "login"), status=401, back=back, wrong=True)
    await authenticate(request, token)  # notes that the key is in use
    answer = go(request, back)
    set_cookie(request, answer, SESSION_COOKIE, desk.sessions.begin(key))
    return answer


@router.post(f"{PREFIX}/logout", dependencies=[page(None)])
async def log_out(request: Request) -> Response:
    """End the session."""
    the_desk(request).sessions.end(request.cookies.get(SESSION_COOKIE, ""))
    answer = go(request, to("login"))
    answer.delete_cookie(SESSION_COOKIE, path=PREFIX, httponly=True, samesite="strict")
    return answer


@router.post(f"{PREFIX}/theme", dependencies=[page(None)])
async def theme(request: Request) -> Response:
    """Light, dark, or as the system has it."""
    form = the_form(request)
    wanted = form.get("theme", "")
    answer = go(request, safe_back(form.get("back"), to()))
    set_cookie(request, answer, THEME_COOKIE, wanted if wanted in THEMES else "", max_age=YEAR_SECONDS)
    return answer


@router.get(f"{PREFIX}/static/{{name}}", dependencies=[page(None)])
async def static(request: Request, name: str) -> Response:
    """A file of the page's own looks."""
    if name not in STATIC:
        raise HTTPException(404)
    content, version = static_file(name)
    asked = request.query_params.get("v") == version
    keep = f"public, max-age={YEAR_SECONDS}, immutable" if asked else "no-cache"
    return Response(content, media_type=STATIC[name], headers={"Cache-Control": keep})


@router.get(f"{PREFIX}/{{rest:path}}", dependencies=[page(None)])
async def nowhere(request: Request, rest: str) -> Response:
    """Nothing is at this address."""
    raise HTTPException(404)


def _keys(request: Request) -> KeyStore | None:
    found: KeyStore | None = request.app.state.keys
    return found
