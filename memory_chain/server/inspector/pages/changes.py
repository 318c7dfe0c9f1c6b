"""What forms do: set right, undo, ask to forget an item or a whole user, call that off, forget."""

from __future__ import annotations

from contextlib import suppress

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from memory_chain.errors import InvalidInputError, UnknownItemError, UnknownUserError
from memory_chain.memory_manager import MemoryManager
from memory_chain.server.access import Scope, allow, the_manager
from memory_chain.server.app import call, call_long
from memory_chain.server.inspector import PREFIX
from memory_chain.server.inspector.access import page, the_browser, the_form
from memory_chain.server.inspector.desk import the_desk
from memory_chain.server.inspector.links import safe_back, to, with_told
from memory_chain.server.inspector.pages.profile import needs_user
from memory_chain.server.inspector.render import PageRoute, go, here_of, show
from memory_chain.server.inspector.waiting import WHOLE_USER, Stage, Wish
from memory_chain.server.inspector.words import short
from memory_chain.types import Attribute, Event

router = APIRouter(prefix=PREFIX, route_class=PageRoute, include_in_schema=False)


def _back(request: Request, user: str, **told: str) -> Response:
    address = safe_back(the_form(request).get("back"), to("profile", user=user))
    return go(request, with_told(address, **told))


@router.post("/correct", dependencies=[page(Scope.WRITE)])
async def correct(request: Request) -> Response:
    """Set an attribute or event right."""
    user, form = needs_user(request), the_form(request)
    made = await call(
        request,
        the_manager(request).correct,
        user,
        form.get("item_id", ""),
        value=form.get("value", "").strip() or None,
        text=form.get("text", "").strip() or None,
        ended=form.get("ended") == "1",
    )
    return _back(request, user, told="ended" if form.get("ended") == "1" else "corrected", item=made.id)


@router.post("/undo", dependencies=[page(Scope.WRITE)])
async def undo(request: Request) -> Response:
    """Take a correction back."""
    user = needs_user(request)
    await call(request, the_manager(request).undo, user, the_form(request).get("item_id", ""))
    return _back(request, user, told="undone")


@router.post("/forget", dependencies=[page(Scope.WRITE)])
async def forget(request: Request) -> Response:
    """Ask to forget an attribute, event or message; it waits."""
    user, item_id = needs_user(request), the_form(request).get("item_id", "")
    kind, label = await call(request, named, the_manager(request), user, item_id)
    the_desk(request).waiting.ask(
        user_id=user, browser=the_browser(request).id, item_id=item_id, kind=kind, label=label
    )
    return _back(request, user)


@router.get("/forget/user", dependencies=[page(Scope.ADMIN)])
async def forget_user(request: Request) -> Response:
    """Say what would be lost with a user, and ask for the name to be typed."""
    return await _ask_for_name(request, wrong=False)


@router.post("/forget/user", dependencies=[page(Scope.ADMIN)])
async def forget_user_named(request: Request) -> Response:
    """Ask to forget a whole user whose name was typed; it waits."""
    user = needs_user(request)
    if the_form(request).get("name", "").strip() != user.strip():
        return await _ask_for_name(request, wrong=True)
    await call(request, the_manager(request).status, user)  # nobody unknown is forgotten
    the_desk(request).waiting.ask(
        user_id=user, browser=the_browser(request).id, item_id="", kind=WHOLE_USER, label=user
    )
    return go(request, to("profile", user=user))


async def _ask_for_name(request: Request, *, wrong: bool) -> Response:
    status = await call(request, the_manager(request).status, needs_user(request))
    here = here_of(request, "forget/user")
    return show(request, "forget_user.html", here, status=422 if wrong else 200, memory=status, wrong=wrong)


@router.get("/gone", dependencies=[page(Scope.READ)])
async def gone(request: Request) -> Response:
    """Nothing is remembered of a user; if something is, their profile."""
    user = needs_user(request)
    try:
        await call(request, the_manager(request).status, user)
    except UnknownUserError:
        return show(request, "gone.html", here_of(request, "gone"))
    return go(request, to("profile", user=user))


@router.post("/forget/off", dependencies=[page(Scope.WRITE)])
async def call_off(request: Request) -> Response:
    """Call it off."""
    user, desk = needs_user(request), the_desk(request)
    done = desk.waiting.call_off(the_form(request).get("wish", ""), user_id=user, browser=the_browser(request).id)
    return _back(request, user, told="kept" if done else "nothing-waits")


@router.post("/forget/now", dependencies=[page(Scope.WRITE)])
async def forget_now(request: Request) -> Response:
    """Forget what has waited long enough; the browser that asked says so."""
    user, waiting = needs_user(request), the_desk(request).waiting
    wish = waiting.take(the_form(request).get("wish", ""), user_id=user, browser=the_browser(request).id)
    if wish is None:
        return _back(request, user, told="nothing-waits")
    if wish.stage(waiting.clock()) is Stage.WAITING:
        raise InvalidInputError(
            f"This waits {wish.seconds_left(waiting.clock()):.0f} seconds more, in which it can be called off."
        )
    if wish.kind == WHOLE_USER:
        return await _forget_all(request, wish)
    try:
        await call_long(request, the_manager(request).forget, user, wish.item_id)
    except UnknownItemError:
        return _back(request, user, told="gone")
    return _back(request, user, told="forgotten")


async def _forget_all(request: Request, wish: Wish) -> Response:
    await allow(request, Scope.ADMIN, wish.user_id)  # who is logged in may have changed since it was asked
    with suppress(UnknownUserError):  # somebody else was faster
        await call_long(request, the_manager(request).forget, wish.user_id, everything=True)
    the_desk(request).waiting.drop_user(wish.user_id)
    return go(request, to("gone", user=wish.user_id))


def named(manager: MemoryManager, user: str, item_id: str) -> tuple[str, str]:
    """What an id belongs to, and how to call it.

    Raises:
        UnknownItemError: nothing has this id.
    """
    try:
        found: Attribute | Event = manager.item(user, item_id)
    except UnknownItemError:
        return "message", short(manager.message(user, item_id).text)
    return "event" if isinstance(found, Event) else "attribute", short(found.text)
