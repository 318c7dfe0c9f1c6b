"""What the routes of a user share."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from memory_chain.server.settings import ServerSettings
from memory_chain.server.strict import StrictRoute


def user_router(tag: str) -> APIRouter:
    """Routes below a user."""
    return APIRouter(prefix="/v1/users/{user_id}", tags=[tag], route_class=StrictRoute)


def page_size(request: Request, limit: int | None) -> int:
    """How many records a page has."""
    settings: ServerSettings = request.app.state.settings
    return min(limit or settings.page, settings.longest_page)
