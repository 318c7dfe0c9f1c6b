"""Adding messages and listing them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Path
from pydantic import BaseModel, BeforeValidator
from starlette.requests import Request

from memory_chain.server.access import Scope, requires, the_manager
from memory_chain.server.app import call
from memory_chain.types import Context, Receipt

router = APIRouter(prefix="/v1/users/{user_id}", tags=["say"])

UserId = Annotated[str, BeforeValidator(unquote), Path(description="Whose memory it is.")]


class Skeleton(BaseModel):
    """To be replaced."""

    text: str


@router.post("/messages", status_code=201, dependencies=[requires(Scope.WRITE)])
async def add(request: Request, user_id: UserId, body: Skeleton) -> Receipt:
    """Store messages."""
    return await call(request, the_manager(request).add, body.text, user_id=user_id)


@router.get("/retrieve", dependencies=[requires(Scope.READ)])
async def retrieve(request: Request, user_id: UserId, query: str) -> Context:
    """What an agent should have in mind."""
    return await call(request, the_manager(request).retrieve, query, user_id=user_id)
