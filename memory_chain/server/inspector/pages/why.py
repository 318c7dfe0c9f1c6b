"""*Why this context?*: a query, the context that is packed for it, and why each piece is in it or not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from memory_chain.memory_manager import MemoryManager
from memory_chain.server.access import Scope, the_manager
from memory_chain.server.app import call
from memory_chain.server.inspector import PREFIX
from memory_chain.server.inspector.access import page
from memory_chain.server.inspector.charts import Share, shares
from memory_chain.server.inspector.links import AsOf, as_of
from memory_chain.server.inspector.pages.profile import needs_user
from memory_chain.server.inspector.pages.span import Span, span_of
from memory_chain.server.inspector.render import PageRoute, here_of, show
from memory_chain.types import Context, Piece

router = APIRouter(prefix=PREFIX, route_class=PageRoute, include_in_schema=False)

BUDGET = 1500
LEAST, MOST = 100, 32_000
LEFT_OUT = 40
PERSONA = ("attribute", "preference")
CHANNELS = (
    ("persona", "Who they are: what always counts, and what the question touches."),
    ("text", "Words of the question, or of like meaning, in what was said or just before and after it."),
    ("events", "Something that happened, near to the question."),
    ("topics", "Said under a topic that is near to the question."),
    ("clues", "Has one of the rarest words of the question."),
    ("recent", "Said last, so that the agent knows where the talk is."),
    ("vector", "Near in meaning, as an embedding model sees it."),
)
"""What the names of the channels tell."""
KINDS = ("who they are", "events", "messages", "other")


@dataclass(frozen=True, kw_only=True, slots=True)
class WhyShown:
    """All of the page."""

    span: Span
    query: str
    budget: int
    context: Context | None
    pieces: tuple[Piece, ...]
    left_out: tuple[Piece, ...]
    left_out_count: int
    shares: tuple[Share, ...]


@router.get("/why", dependencies=[page(Scope.READ)])
async def why(request: Request) -> Response:
    """Why a context is as it is."""
    asked = request.query_params
    moment = as_of(asked.get("as_of"))
    shown = await call(
        request,
        read_why,
        the_manager(request),
        needs_user(request),
        moment,
        query=asked.get("q", "").strip(),
        budget=budget_of(asked.get("budget")),
    )
    return show(
        request,
        "why.html",
        here_of(request, "why", as_of=moment),
        shown=shown,
        least=LEAST,
        most=MOST,
        channels=CHANNELS,
    )


def budget_of(given: str | None) -> int:
    """The budget of an address, within what is sensible."""
    if not given or not given.isascii() or not given.isdigit() or len(given) > 9:
        return BUDGET
    return max(LEAST, min(int(given), MOST))


def read_why(manager: MemoryManager, user: str, moment: AsOf | None, *, query: str, budget: int = BUDGET) -> WhyShown:
    """What the page shows; without a query nothing is retrieved."""
    context = None
    if query:
        context = manager.retrieve(query, user_id=user, budget_tokens=budget, as_of=moment.moment if moment else None)
    left = context.left_out if context else ()
    return WhyShown(
        span=span_of(manager, user, moment),
        query=query,
        budget=budget,
        context=context,
        pieces=context.pieces if context else (),
        left_out=tuple(left[:LEFT_OUT]),
        left_out_count=len(left),
        shares=tuple(_shares(context)) if context else (),
    )


def _shares(context: Context) -> list[Share]:
    spent: Counter[str] = Counter()
    for piece in context.pieces:
        spent[_kind(piece)] += piece.tokens
    headings = max(0, context.tokens - sum(spent.values()))
    parts = [*((kind, spent[kind]) for kind in KINDS), ("headings", headings)]
    return shares(parts, max(context.budget_tokens, context.tokens, sum(spent.values())))


def _kind(piece: Piece) -> str:
    if piece.kind in PERSONA:
        return KINDS[0]
    return {"event": KINDS[1], "message": KINDS[2]}.get(piece.kind, KINDS[3])
