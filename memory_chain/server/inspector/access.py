"""Who may see and change what in the inspector: the API's own decision, made for a browser.

@router.get("/…", dependencies=[page(Scope.READ)])      # whose memory: the parameter `user` of the address
@router.post("/…", dependencies=[page(Scope.WRITE)])    # the same, and the form's token is checked
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, params
from starlette.requests import HTTPConnection, Request

from memory_chain.server.access import Principal, Requirement, Scope, allow, authenticate, principal_of
from memory_chain.server.inspector.desk import the_desk
from memory_chain.server.keys import KeyStore
from memory_chain.server.problems import BadRequestError, WebError, WrongMediaError

SESSION_COOKIE = "omem_session"
BROWSER_COOKIE = "omem_browser"
TOKEN_FIELD = "token"

_BROWSER = re.compile(r"[A-Za-z0-9_-]{32}")


class ForeignFormError(WebError):
    """A form that no page of this browser sent."""

    status, title, kind = 403, "This form is too old", "foreign-form"

    def __init__(self) -> None:
        super().__init__("Nothing was changed. Go back, load the page again, and send the form from there.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Browser:
    """The browser that asks."""

    id: str
    new: bool
    """It has shown no cookie yet; it gets one."""


class PageAccess(Requirement):
    """The dependency that declares a page's scope and checks it: by session, key or place, and by the form's token."""

    async def __call__(self, request: Request) -> Principal | None:
        """Check the request."""
        request.state.route = getattr(request.scope.get("route"), "path", "-")
        request.state.browser = browser = _browser_of(request)
        principal = await who_asks(request)
        if principal is not None:
            request.state.principal = principal
        if request.method == "POST":
            request.state.form = await _read_form(request)
            _check_form(request, browser, principal)
        whose = user_named(request)
        if self.any_user and whose is None and principal is not None:
            whose = principal.user_id
        return await allow(request, self.scope, whose)


def page(scope: Scope | None, *, any_user: bool = False) -> params.Depends:
    """Declare what a page asks for; None: it is open to everybody."""
    return cast(params.Depends, Depends(PageAccess(scope, any_user=any_user)))


async def who_asks(request: Request) -> Principal | None:
    """Who makes a request: by the session's cookie, else as the API knows them."""
    secret = request.cookies.get(SESSION_COOKIE)
    keys: KeyStore | None = request.app.state.keys
    if secret and keys is not None:
        key = the_desk(request).sessions.key_of(secret, keys)
        if key is not None:
            return principal_of(key)
    return await authenticate(request)


def user_named(request: HTTPConnection) -> str | None:
    """The user in the address."""
    return request.query_params.get("user")


def asked_by(request: Request) -> Principal | None:
    """Who makes a request, if that is known (on open pages it may not be)."""
    return cast("Principal | None", getattr(request.state, "principal", None))


def the_browser(request: Request) -> Browser:
    """The browser that asks."""
    return cast(Browser, getattr(request.state, "browser", None) or _browser_of(request))


def the_form(request: Request) -> dict[str, str]:
    """What a form said."""
    return cast("dict[str, str]", request.state.form)


def the_token(request: Request) -> str:
    """The token for the forms of this answer."""
    principal = asked_by(request)
    return the_desk(request).token(the_browser(request).id, principal.name if principal else "")


def _browser_of(request: Request) -> Browser:
    given = request.cookies.get(BROWSER_COOKIE, "")
    if _BROWSER.fullmatch(given):
        return Browser(id=given, new=False)
    return Browser(id=secrets.token_urlsafe(24), new=True)


async def _read_form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise WrongMediaError("Forms are sent as application/x-www-form-urlencoded.")
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise BadRequestError("This is no form.") from None
    return dict(pairs)


def _check_form(request: Request, browser: Browser, principal: Principal | None) -> None:
    """Whether a page of ours, shown to this browser, sent the form."""
    from_where = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = from_where is not None and from_where not in ("same-origin", "none")
    if origin is not None and (urlsplit(origin).scheme, urlsplit(origin).netloc) != (
        request.url.scheme,
        _host(request),
    ):
        foreign = foreign or from_where is None  # behind a proxy that ends TLS, the browser's own word is better
    given = the_form(request).get(TOKEN_FIELD, "")
    right = the_desk(request).is_token(given, browser.id, principal.name if principal else "")
    if foreign or browser.new or not right:
        raise ForeignFormError


def _host(request: Request) -> str:
    return request.headers.get("host", "")
