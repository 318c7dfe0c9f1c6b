"""How operations are described: with an example of what each answers, and with the problems it may answer.

The examples are checked against the models of their operations in the tests.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from memory_chain.server.problems import ProblemBody, responses

_ID = "0f6e2b9c1d4a83e7b5c2"
_SOURCE = {"id": "m-1", "said_at": "2026-05-03T18:30:00Z"}
_MESSAGE: dict[str, Any] = {
    "id": "m-1",
    "user_id": "alice",
    "text": "I am allergic to shellfish.",
    "role": "user",
    "speaker": None,
    "session_id": "s1",
    "created_at": "2026-05-03T18:30:00Z",
    "metadata": {},
}
_ATTRIBUTE = {
    "id": _ID,
    "subject": "user",
    "section": "health",
    "aspect": "allergy",
    "value": "shellfish",
    "text": "The user is allergic to shellfish",
    "polarity": "neutral",
    "confidence": 0.9,
    "trust": "stated",
    "ended": False,
    "sources": [_SOURCE],
    "known_from": "2026-05-03T18:30:00Z",
    "known_to": None,
    "valid_from": None,
    "valid_to": None,
    "superseded_by": None,
    "writer": "rules-1",
}
_EVENT = {
    "id": "77aa01c5e2b94d60f318",
    "subject": "user",
    "text": "The user tore a knee ligament",
    "when": {"start": "2026-05-01T00:00:00Z", "end": "2026-05-02T00:00:00Z", "precision": "day"},
    "said_at": "2026-05-03T18:30:00Z",
    "confidence": 0.8,
    "trust": "stated",
    "sources": [_SOURCE],
    "known_from": "2026-05-03T18:30:00Z",
    "known_to": None,
    "superseded_by": None,
    "writer": "rules-1",
}
_PIECE = {
    "kind": "attribute",
    "text": "The user is allergic to shellfish",
    "score": 3.2,
    "reasons": ["what is known of the user"],
    "sources": ["m-1"],
    "id": _ID,
    "at": "2026-05-03T18:30:00Z",
    "when": None,
    "speaker": None,
    "role": None,
    "subject": "user",
    "session_id": None,
    "trust": "stated",
    "tokens": 9,
}
_STATUS = {
    "user_id": "alice",
    "messages": 2,
    "sessions": 1,
    "attributes": 1,
    "events": 0,
    "topics": 1,
    "pending": 0,
    "waiting_for_model": 0,
    "dead_letters": [],
    "failing": [],
    "paused_until": None,
    "last_error": "",
    "writer": "rules-1",
    "needs_rebuild": [],
    "first_at": "2026-05-03T18:30:00Z",
    "last_at": "2026-05-03T18:31:00Z",
}
_FORGOTTEN = {
    "messages": 1,
    "attributes": 1,
    "events": 0,
    "observations": 1,
    "changes": 1,
    "queued": 0,
    "calls_scrubbed": 0,
    "rebuilt": 0,
    "user_removed": False,
}
_CALL = {
    "purpose": "extract",
    "model": "small-model",
    "at": "2026-05-03T18:31:10Z",
    "outcome": "ok",
    "prompt": "extract",
    "prompt_version": "3",
    "tokens_in": 812,
    "tokens_out": 96,
    "latency_ms": 640.5,
    "attempt": 1,
    "detail": "",
    "message_ids": ["m-1"],
}
_SPENT = {"calls": 1, "failed": 0, "tokens_in": 812, "tokens_out": 96, "latency_ms": 640.5, "by_purpose": {}}
_CHANGE = {
    "operation": "add",
    "kind": "attribute",
    "item_id": _ID,
    "at": "2026-05-03T18:30:00Z",
    "source_id": "m-1",
    "reason": "new",
    "previous_id": None,
    "writer": "rules-1",
}


def _page(item: Any, cursor: str | None = None) -> dict[str, Any]:
    return {"items": [item], "next_cursor": cursor}


EXAMPLES: dict[str, Any] = {
    "add": {"ids": ["m-1", "m-2"], "stored": 2, "duplicates": 0, "forgotten": 0, "pending": 2},
    "messages": _page(_MESSAGE, "WyJtZXNzYWdlcyIsIDE3Nzc4MzMwMDAwMDAwMDAsIDFd"),
    "message": _MESSAGE,
    "retrieve": {
        "query": "What could I cook tonight?",
        "text": "About the user:\n- The user is allergic to shellfish",
        "pieces": [_PIECE],
        "left_out": [],
        "budget_tokens": 800,
        "tokens": 14,
        "pending": 0,
    },
    "search": [{**_PIECE, "kind": "message", "id": "m-1", "text": _MESSAGE["text"], "role": "user"}],
    "profile": {
        "user_id": "alice",
        "subject": "user",
        "as_of": None,
        "aspects": [
            {"section": "health", "name": "allergy", "current": _ATTRIBUTE, "attributes": [_ATTRIBUTE], "summary": ""}
        ],
        "preferences": [
            {
                "topic": "hiking",
                "attitude": "positive",
                "subject": "user",
                "text": "likes hiking",
                "evidence": [
                    {"message_id": "m-1", "at": "2026-05-03T18:30:00Z", "attitude": "positive", "reason": "love"}
                ],
            }
        ],
        "events": [_EVENT],
        "titles": {"health": "Health"},
        "pending": 0,
    },
    "subjects": ["user", "Bob"],
    "events": _page(_EVENT),
    "topics": _page(
        {
            "label": "shellfish",
            "messages": 2,
            "last_at": "2026-05-03T18:31:00Z",
            "attitudes": {"negative": 1},
            "labels": [],
        }
    ),
    "history": _page(_CHANGE),
    "item": _ATTRIBUTE,
    "correct": {
        **_ATTRIBUTE,
        "id": "5b1f0a9c77d2e4436a80",
        "value": "peanuts",
        "text": "The user is allergic to peanuts",
    },
    "forget": _FORGOTTEN,
    "forget_user": {**_FORGOTTEN, "messages": 2, "user_removed": True},
    "revoke": _FORGOTTEN,
    "import": {"user_id": "alice"},
    "status": _STATUS,
    "flush": _STATUS,
    "retry": _STATUS,
    "rebuild": _STATUS,
    "costs": {**_SPENT, "by_purpose": {"extract": _SPENT}},
    "calls": _page(_CALL),
    "users": _page({"user_id": "alice"}),
    "health": {"status": "ok"},
    "ready": {"status": "ok"},
}


def described(name: str, *statuses: int, ok: int = 200) -> dict[int | str, dict[str, Any]]:
    """The responses of an operation: its example (which one, `describe` looks up later), and its problems."""
    found = responses(*statuses)
    found[ok] = {"content": {"application/json": {"example": name}}}
    return found


def _put_examples(operation: dict[str, Any]) -> None:
    """Put examples in place of their names; FastAPI would leave out every null in one."""
    for status, response in operation["responses"].items():
        content = response.get("content", {}).get("application/json", {})
        if status.startswith("2") and isinstance(content.get("example"), str):
            content["example"] = EXAMPLES[content["example"]]


def describe(app: FastAPI) -> None:
    """Let an application describe itself with the shape of problems and with how keys are sent."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = made()
            parts = found.setdefault("components", {})
            parts.setdefault("schemas", {})["ProblemBody"] = ProblemBody.model_json_schema()
            for unused in ("HTTPValidationError", "ValidationError"):
                parts["schemas"].pop(unused, None)
            parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            for operations in found["paths"].values():
                for operation in operations.values():
                    _put_examples(operation)
            found["security"] = [{"key": []}, {}]
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
