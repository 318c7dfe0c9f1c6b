"""*Who is this user?*: the profile, and a page for each attribute and event with all its evidence."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from memory_chain.errors import InvalidInputError
from memory_chain.memory_manager import MemoryManager
from memory_chain.server.access import Scope, the_manager
from memory_chain.server.app import call
from memory_chain.server.inspector import PREFIX
from memory_chain.server.inspector.access import page, user_named
from memory_chain.server.inspector.links import AsOf, as_of
from memory_chain.server.inspector.pages.items import Items, Shown, grouped
from memory_chain.server.inspector.pages.span import Span, span_of
from memory_chain.server.inspector.render import PageRoute, here_of, show
from memory_chain.types import Message, Preference, Profile

router = APIRouter(prefix=PREFIX, route_class=PageRoute, include_in_schema=False)

IN_A_SECTION = 8
"""Attributes of a section on the whole profile; the section alone shows more."""
IN_ONE_SECTION = 300
PREFERENCES = 18
EVIDENCE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionShown:
    """A section of the profile."""

    key: str
    title: str
    items: tuple[Shown, ...]
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LikedShown:
    """A preference with some of the messages that show it."""

    preference: Preference
    messages: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileShown:
    """All of the profile page."""

    span: Span
    profile: Profile
    subjects: tuple[str, ...]
    sections: tuple[SectionShown, ...]
    only: str | None
    liked: tuple[LikedShown, ...]
    liked_count: int
    events: tuple[Shown, ...]


def needs_user(request: Request) -> str:
    """The user in the address.

    Raises:
        InvalidInputError: there is none.
    """
    user = user_named(request)
    if not user:
        raise InvalidInputError("The address names no user.")
    return user


@router.get("/profile", dependencies=[page(Scope.READ)])
async def profile(request: Request) -> Response:
    """Who somebody is."""
    asked = request.query_params
    moment = as_of(asked.get("as_of"))
    shown = await call(
        request,
        read_profile,
        the_manager(request),
        needs_user(request),
        moment,
        subject=asked.get("subject") or None,
        only=asked.get("section") or None,
    )
    return show(request, "profile.html", here_of(request, "profile", as_of=moment), shown=shown)


@router.get("/item", dependencies=[page(Scope.READ)])
async def item(request: Request) -> Response:
    """One attribute or event, with all its evidence and history."""
    user, item_id = needs_user(request), request.query_params.get("id", "")
    moment = as_of(request.query_params.get("as_of"))
    shown = await call(request, read_item, the_manager(request), user, item_id, moment)
    return show(request, "item.html", here_of(request, "item", as_of=moment), shown=shown)


def read_profile(
    manager: MemoryManager, user: str, moment: AsOf | None, *, subject: str | None = None, only: str | None = None
) -> ProfileShown:
    """What the profile page shows."""
    then = moment.moment if moment else None
    found = manager.profile(user, subject=subject, as_of=then)
    items = Items(manager, user, as_of=then)
    return ProfileShown(
        span=span_of(manager, user, moment),
        profile=found,
        subjects=tuple(manager.subjects(user, as_of=then)),
        sections=tuple(_sections(found, items, only)),
        only=only,
        liked=tuple(_liked(found, items)) if only is None else (),
        liked_count=len(found.preferences),
        events=tuple(items.show(event) for event in reversed(found.events)) if only is None else (),
    )


def _sections(profile: Profile, items: Items, only: str | None) -> list[SectionShown]:
    most = IN_A_SECTION if only is None else IN_ONE_SECTION
    wanted: list[Shown] = []
    counts: dict[str, int] = {}
    for attribute in profile.attributes:
        if only is not None and attribute.section != only:
            continue
        counts[attribute.section] = counts.get(attribute.section, 0) + 1
        if counts[attribute.section] <= most:
            wanted.append(items.show(attribute, evidence=EVIDENCE))
    return [
        SectionShown(key=key, title=title, items=tuple(found), count=counts[key])
        for key, title, found in grouped(wanted, profile.titles)
    ]


def _liked(profile: Profile, items: Items) -> list[LikedShown]:
    shown = []
    for preference in profile.preferences[:PREFERENCES]:
        said = [items.message(evidence.message_id) for evidence in preference.evidence[:EVIDENCE]]
        shown.append(LikedShown(preference=preference, messages=tuple(one for one in said if one is not None)))
    return shown


def read_item(manager: MemoryManager, user: str, item_id: str, moment: AsOf | None = None) -> Shown:
    """One item with everything that belongs to it."""
    then = moment.moment if moment else None
    return Items(manager, user, as_of=then).show(manager.item(user, item_id, as_of=then), evidence=1000)
