"""Setting right, forgetting, and moving a whole memory."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.requests import Request

from memory_chain.errors import TransferError, UserExistsError
from memory_chain.server.access import Scope, requires, the_manager
from memory_chain.server.app import call, call_long
from memory_chain.server.bodies import CorrectIn, ForgetIn, ImportedOut, RevokeIn, UndoIn, UserId
from memory_chain.server.describing import described
from memory_chain.server.problems import WrongMediaError, responses
from memory_chain.server.routes.common import user_router
from memory_chain.types import Attribute, Event, ForgetReceipt

router = user_router("set right and forget")

EXPORT_TYPE = "application/x-ndjson"
IMPORT_TYPES = (EXPORT_TYPE, "application/jsonl", "application/jsonlines", "application/octet-stream")
CHUNK = 256 * 1024
_EXPORTED = '{"type":"export","format":"o-mem-export","version":1,"user_id":"alice"}\n'


@router.post("/correct", dependencies=[requires(Scope.WRITE)], responses=described("correct", 404))
async def correct(request: Request, user_id: UserId, body: CorrectIn) -> Attribute | Event:
    """Set an attribute or event right. The old one stays in the history; `undo` takes it back."""
    return await call(
        request,
        the_manager(request).correct,
        user_id,
        body.item_id,
        value=body.value,
        text=body.text,
        ended=body.ended,
    )


@router.post("/undo", status_code=204, dependencies=[requires(Scope.WRITE)], responses=responses(404))
async def undo(request: Request, user_id: UserId, body: UndoIn) -> Response:
    """Take back the correction that made an attribute or event."""
    await call(request, the_manager(request).undo, user_id, body.item_id)
    return Response(status_code=204)


@router.post("/forget", dependencies=[requires(Scope.WRITE)], responses=described("forget", 404))
async def forget(request: Request, user_id: UserId, body: ForgetIn) -> ForgetReceipt:
    """Forget for good: an item, messages, a session or a stretch of time, with all that follows from them alone."""
    return await call_long(
        request,
        the_manager(request).forget,
        user_id,
        body.item_id,
        message_ids=body.message_ids,
        since=body.since,
        until=body.until,
        session_id=body.session_id,
    )


@router.delete("", dependencies=[requires(Scope.ADMIN)], responses=described("forget_user", 404))
async def forget_user(request: Request, user_id: UserId) -> ForgetReceipt:
    """Forget a user wholly, with all files."""
    return await call_long(request, the_manager(request).forget, user_id, everything=True)


@router.post("/revoke", dependencies=[requires(Scope.WRITE)], responses=described("revoke", 404))
async def revoke(request: Request, user_id: UserId, body: RevokeIn) -> ForgetReceipt:
    """Take back all that came from one source or since one moment, as if it had never come."""
    return await call_long(request, the_manager(request).revoke, user_id, source=body.source, since=body.since)


@router.get(
    "/export",
    dependencies=[requires(Scope.READ)],
    response_class=StreamingResponse,
    responses={
        **responses(404),
        200: {
            "description": "JSON Lines, one record a line.",
            "content": {EXPORT_TYPE: {"schema": {"type": "string"}, "example": _EXPORTED}},
        },
    },
)
async def export(request: Request, user_id: UserId) -> StreamingResponse:
    """Everything of a user as JSON Lines, streamed; `import` reads it."""
    folder = await anyio.to_thread.run_sync(_folder)
    file = Path(folder.name) / "export.jsonl"
    try:
        await call_long(request, the_manager(request).export, user_id, file)
    except BaseException:
        folder.cleanup()
        raise
    return StreamingResponse(
        _streamed(folder, file),
        media_type=EXPORT_TYPE,
        headers={"Content-Disposition": 'attachment; filename="export.jsonl"'},
    )


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="omem-", ignore_cleanup_errors=True)


async def _streamed(folder: tempfile.TemporaryDirectory[str], file: Path) -> AsyncIterator[bytes]:
    try:
        async with await anyio.open_file(file, "rb") as written:
            while chunk := await written.read(CHUNK):
                yield chunk
    finally:
        folder.cleanup()


_IMPORT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "What `export` wrote.",
        "content": {EXPORT_TYPE: {"schema": {"type": "string"}, "example": _EXPORTED}},
    }
}


@router.post(
    "/import",
    status_code=201,
    dependencies=[requires(Scope.WRITE)],
    openapi_extra=_IMPORT_BODY,
    responses=described("import", 409, 415, ok=201),
)
async def import_(request: Request, user_id: UserId) -> ImportedOut:
    """Read an export into a new memory of this user, whole or not at all."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in IMPORT_TYPES:
        raise WrongMediaError(f"An import is JSON Lines; send it with `Content-Type: {EXPORT_TYPE}`.")
    with _folder() as folder:
        file = Path(folder) / "import.jsonl"
        async with await anyio.open_file(file, "wb") as written:
            async for chunk in request.stream():
                await written.write(chunk)
        try:
            owner = await call_long(request, the_manager(request).import_, file, user_id=user_id)
        except UserExistsError:
            raise
        except TransferError as error:
            raise TransferError(str(error).replace(str(file), "the body")) from None
    return ImportedOut(user_id=owner)
