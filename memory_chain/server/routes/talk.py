"""Talking: what needs the language model of the server's own configuration."""

from __future__ import annotations

from starlette.requests import Request

from memory_chain.conversation import Answer
from memory_chain.server.access import Scope, requires, the_manager
from memory_chain.server.app import call_long
from memory_chain.server.bodies import AnswerIn, ChatIn, UserId
from memory_chain.server.describing import described
from memory_chain.server.routes.common import user_router

router = user_router("talk")


@router.post("/answer", dependencies=[requires(Scope.READ)], responses=described("answer", 404, 501))
async def answer(request: Request, user_id: UserId, body: AnswerIn) -> Answer:
    """Answer a question from the memory, in one call of the model. Nothing is remembered of it."""
    return await call_long(
        request,
        the_manager(request).answer,
        body.question,
        user_id=user_id,
        budget_tokens=body.budget_tokens,
        as_of=body.as_of,
        session_id=body.session_id,
    )


@router.post("/chat", dependencies=[requires(Scope.WRITE, Scope.READ)], responses=described("chat", 409, 501))
async def chat(request: Request, user_id: UserId, body: ChatIn) -> Answer:
    """Say something and get a reply that knows the user; both sides are remembered.

    What the user said is stored before the model is asked: if it then fails (503), only the reply is missing. With a
    `message_id` the same call may be sent again: nothing is stored twice, and a reply that was given already is given
    again without another call of the model. With other content the id is refused with 409.
    """
    return await call_long(
        request,
        the_manager(request).chat,
        body.text,
        user_id=user_id,
        session_id=body.session_id,
        budget_tokens=body.budget_tokens,
        message_id=body.message_id,
    )
