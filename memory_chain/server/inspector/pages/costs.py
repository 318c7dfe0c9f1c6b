"""*What does it cost?*: model calls, tokens and failures over time and by purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from memory_chain.conversation import sum_costs
from memory_chain.memory_manager import MemoryManager
from memory_chain.server.access import Scope, the_manager
from memory_chain.server.app import call
from memory_chain.server.inspector import PREFIX
from memory_chain.server.inspector.access import page
from memory_chain.server.inspector.charts import Bar, bars
from memory_chain.server.inspector.pages.profile import needs_user
from memory_chain.server.inspector.render import PageRoute, here_of, show
from memory_chain.server.settings import ServerSettings
from memory_chain.types import Costs, ModelCall

router = APIRouter(prefix=PREFIX, route_class=PageRoute, include_in_schema=False)

MOST_BARS = 60
FAILURES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """What a million tokens cost, in the currency of whoever set it."""

    tokens_in: float
    tokens_out: float

    def of(self, costs: Costs) -> float:
        """The price of some calls."""
        return (costs.tokens_in * self.tokens_in + costs.tokens_out * self.tokens_out) / 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class CostsShown:
    """All of the page."""

    costs: Costs
    prices: Prices | None
    step: str
    calls: tuple[Bar, ...]
    tokens: tuple[Bar, ...]
    models: tuple[tuple[str, Costs], ...]
    """What each model did."""
    outcomes: tuple[tuple[str, int], ...]
    failures: tuple[ModelCall, ...]
    """The latest first."""


@router.get("/costs", dependencies=[page(Scope.READ)])
async def costs(request: Request) -> Response:
    """What models cost."""
    settings: ServerSettings = request.app.state.settings
    prices = Prices(tokens_in=settings.price_in, tokens_out=settings.price_out)
    known = prices if prices.tokens_in or prices.tokens_out else None
    shown = await call(request, read_costs, the_manager(request), needs_user(request), known)
    return show(request, "costs.html", here_of(request, "costs"), shown=shown)


def read_costs(manager: MemoryManager, user: str, prices: Prices | None = None) -> CostsShown:
    """What the page shows; without prices no money."""
    calls = manager.calls(user)
    failed = [one for one in calls if one.outcome != "ok"]
    step, stretches = by_time(calls)
    return CostsShown(
        costs=sum_costs(calls),
        prices=prices,
        step=step,
        calls=tuple(bars([(label, "", len(some), _failed(some)) for label, some in stretches])),
        tokens=tuple(bars([(label, "", sum(map(_tokens, some)), _tokens_failed(some)) for label, some in stretches])),
        models=tuple(_by_model(calls)),
        outcomes=tuple(Counter(one.outcome for one in failed).most_common()),
        failures=tuple(reversed(failed[-FAILURES:])),
    )


def by_time(calls: Sequence[ModelCall]) -> tuple[str, list[tuple[str, list[ModelCall]]]]:
    """Calls by day, or by week or month if there would be too many bars; stretches without calls are shown, too."""
    if not calls:
        return "day", []
    first, last = min(one.at for one in calls).date(), max(one.at for one in calls).date()
    days = (last - first).days + 1
    step = "day" if days <= MOST_BARS else "week" if days <= 7 * MOST_BARS else "month"
    found: dict[date, list[ModelCall]] = {}
    day = _start(first, step)
    while day <= last:
        found[day] = []
        day = _start(day + timedelta(days={"day": 1, "week": 7, "month": 32}[step]), step)
    for one in calls:
        found[_start(one.at.date(), step)].append(one)
    label = "%b %Y" if step == "month" else "%d %b"
    return step, [(f"{day:{label}}", some) for day, some in found.items()][-2 * MOST_BARS :]


def _start(day: date, step: str) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _tokens(one: ModelCall) -> int:
    return one.tokens_in + one.tokens_out


def _failed(calls: Sequence[ModelCall]) -> int:
    return sum(one.outcome != "ok" for one in calls)


def _tokens_failed(calls: Sequence[ModelCall]) -> int:
    return sum(_tokens(one) for one in calls if one.outcome != "ok")


def _by_model(calls: Sequence[ModelCall]) -> list[tuple[str, Costs]]:
    found: dict[str, list[ModelCall]] = {}
    for one in calls:
        found.setdefault(one.model, []).append(one)
    return [(model, sum_costs(some)) for model, some in sorted(found.items())]
