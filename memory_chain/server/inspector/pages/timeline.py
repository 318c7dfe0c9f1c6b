"""*What happened?*: events by year, month and day."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from memory_chain.errors import InvalidInputError
from memory_chain.memory_manager import MemoryManager
from memory_chain.server.access import Scope, the_manager
from memory_chain.server.app import call
from memory_chain.server.inspector import PREFIX
from memory_chain.server.inspector.access import page
from memory_chain.server.inspector.charts import Bar, bars
from memory_chain.server.inspector.links import AsOf, a_day, as_of, place_of
from memory_chain.server.inspector.pages.items import Items, Shown
from memory_chain.server.inspector.pages.profile import needs_user
from memory_chain.server.inspector.pages.span import Span, span_of
from memory_chain.server.inspector.render import PageRoute, here_of, show
from memory_chain.types import Event

router = APIRouter(prefix=PREFIX, route_class=PageRoute, include_in_schema=False)

ON_A_PAGE = 60
FULL = 4
"""Events that fill the height of the chart at least."""
ZOOMS = {4: "year", 7: "month", 10: "day"}
_STRETCH = re.compile(r"(?:19|20|21)\d\d(?:-(?:0[1-9]|1[0-2])(?:-\d\d)?)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineShown:
    """All of the timeline page."""

    span: Span
    at: str
    """The stretch of time that is shown: `2023`, `2023-05` or `2023-05-08`; empty if nothing ever happened."""
    zoom: str
    title: str
    years: tuple[tuple[str, int], ...]
    before: str | None
    after: str | None
    bars: tuple[Bar, ...]
    days: tuple[tuple[str, str, tuple[Shown, ...]], ...]
    """By month or day: its stretch, its title, its events."""
    count: int
    place: int
    subjects: tuple[str, ...]
    subject: str | None


@router.get("/timeline", dependencies=[page(Scope.READ)])
async def timeline(request: Request) -> Response:
    """What happened."""
    asked = request.query_params
    moment = as_of(asked.get("as_of"))
    shown = await call(
        request,
        read_timeline,
        the_manager(request),
        needs_user(request),
        moment,
        at=asked.get("at", ""),
        subject=asked.get("subject") or None,
        place=place_of(asked.get("from")),
    )
    return show(request, "timeline.html", here_of(request, "timeline", as_of=moment), shown=shown, most=ON_A_PAGE)


def read_timeline(
    manager: MemoryManager, user: str, moment: AsOf | None, *, at: str = "", subject: str | None = None, place: int = 0
) -> TimelineShown:
    """What the timeline shows."""
    then = moment.moment if moment else None
    events = manager.events(user, subject=subject, as_of=then)
    placed = [(_happened(event).date().isoformat(), event) for event in events]
    at = stretch(at) or (placed[-1][0][:4] if placed else "")
    zoom = ZOOMS.get(len(at), "year")
    inside = [(day, event) for day, event in placed if at and day.startswith(at)]
    items = Items(manager, user, as_of=then)
    steps = sorted({day[: len(at)] for day, _ in placed})
    return TimelineShown(
        span=span_of(manager, user, moment),
        at=at,
        zoom=zoom,
        title=title(at),
        years=tuple(sorted(Counter(day[:4] for day, _ in placed).items())),
        before=max((step for step in steps if step < at), default=None) if at else None,
        after=min((step for step in steps if step > at), default=None) if at else None,
        bars=tuple(_bars(at, [day for day, _ in inside])),
        days=tuple(_listed(inside[place : place + ON_A_PAGE], zoom, items)),
        count=len(inside),
        place=place,
        subjects=tuple(manager.subjects(user, as_of=then)),
        subject=subject,
    )


def stretch(given: str) -> str:
    """A year, month or day as in addresses; empty if none was given.

    Raises:
        InvalidInputError: it is none.
    """
    given = given.strip()
    if given and (not _STRETCH.fullmatch(given) or (len(given) == 10 and a_day(given) is None)):
        raise InvalidInputError(f"{given[:40]!r} is no year, month or day. Give one like 2024, 2024-05 or 2024-05-31.")
    return given


def title(at: str) -> str:
    """`2023`, `May 2023` or `8 May 2023`."""
    if len(at) < 7:
        return at
    month = f"{calendar.month_name[int(at[5:7])]} {at[:4]}"
    return month if len(at) == 7 else f"{int(at[8:])} {month}"


def _happened(event: Event) -> datetime:
    return event.when.start if event.when else event.said_at


def _bars(at: str, days: list[str]) -> list[Bar]:
    """A bar for each month of a year, or each day of a month."""
    if len(at) == 4:
        counts = Counter(day[:7] for day in days)
        steps = [(f"{at}-{month:02d}", calendar.month_abbr[month]) for month in range(1, 13)]
    elif len(at) >= 7:
        counts = Counter(days)
        last = calendar.monthrange(int(at[:4]), int(at[5:7]))[1]
        steps = [(f"{at[:7]}-{day:02d}", str(day)) for day in range(1, last + 1)] if len(at) == 7 else []
    else:
        return []
    return bars([(label, step, counts[step], 0) for step, label in steps], least=FULL)


def _listed(inside: list[tuple[str, Event]], zoom: str, items: Items) -> list[tuple[str, str, tuple[Shown, ...]]]:
    width = 7 if zoom == "year" else 10
    found: dict[str, list[Shown]] = {}
    for day, event in inside:
        found.setdefault(day[:width], []).append(items.show(event))
    return [(step, title(step), tuple(shown)) for step, shown in found.items()]
