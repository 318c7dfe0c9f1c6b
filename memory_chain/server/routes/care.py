"""Whether the server is up and ready, and how it describes itself."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from memory_chain.server.access import public

router = APIRouter(tags=["server"])


@router.get("/health", dependencies=[public()])
async def health() -> dict[str, str]:
    """The process is up."""
    return {"status": "ok"}


@router.get("/openapi.json", dependencies=[public()], include_in_schema=False)
async def openapi(request: Request) -> dict[str, Any]:
    """This description."""
    found: dict[str, Any] = request.app.openapi()
    return found
