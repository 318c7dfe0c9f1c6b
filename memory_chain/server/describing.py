"""How operations are described: with an example of what each answers, and with the problems it may answer.

The examples are checked against the models of their operations in the tests.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from memory_chain.server.access import declared_scopes, every_route
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
    "channels": ["persona"],
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


_CONTEXT = {
    "query": "What could I cook tonight?",
    "text": "About the user:\n- The user is allergic to shellfish",
    "pieces": [_PIECE],
    "left_out": [],
    "budget_tokens": 800,
    "tokens": 14,
    "pending": 0,
}
_OBSERVED = {
    "section": "health",
    "aspect": "allergy",
    "value": "shellfish",
    "text": "The user is allergic to shellfish",
    "polarity": "neutral",
    "confidence": 0.9,
    "subject": "user",
    "trust": "stated",
    "ended": False,
    "valid_from": None,
    "valid_to": None,
    "decision": None,
}
_OBSERVATION = {
    "message_id": "m-1",
    "topics": ["shellfish"],
    "attitude": "neutral",
    "reason": "",
    "summary": "The user is allergic to shellfish",
    "subject": "user",
    "attributes": [_OBSERVED],
    "events": [],
    "writer": "rules-1",
    "refused": [],
}

EXAMPLES: dict[str, Any] = {
    "add": {"ids": ["m-1", "m-2"], "stored": 2, "duplicates": 0, "forgotten": 0, "pending": 2},
    "messages": _page(_MESSAGE, "WyJtZXNzYWdlcyIsIDE3Nzc4MzMwMDAwMDAwMDAsIDFd"),
    "message": _MESSAGE,
    "retrieve": _CONTEXT,
    "answer": {
        "text": "You are allergic to shellfish.",
        "context": {**_CONTEXT, "query": "What am I allergic to?"},
        "tokens_in": 240,
        "tokens_out": 8,
    },
    "chat": {
        "text": "How about a risotto, without prawns?",
        "context": _CONTEXT,
        "tokens_in": 310,
        "tokens_out": 11,
    },
    "observations": {"m-1": _OBSERVATION},
    "clues": [["shellfish"]],
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
    "sessions": _page(
        {
            "session_id": "s1",
            "messages": 2,
            "first_at": "2026-05-03T18:30:00Z",
            "last_at": "2026-05-03T18:31:00Z",
        }
    ),
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
    "check": {"problems": []},
    "repair": {"problems": []},
    "costs": {**_SPENT, "by_purpose": {"extract": _SPENT}},
    "calls": _page(_CALL),
    "users": _page({"user_id": "alice"}),
    "health": {"status": "ok"},
    "ready": {"status": "ok"},
    "openapi": {"openapi": "3.1.0", "info": {"title": "O-Mem", "version": "1.0.0"}, "paths": {}},
}

DESCRIPTION = """A memory for LLM agents that models the user.

Every operation but the public ones needs a key (`omem keys create`), which has to hold all scopes that are named beside
the operation's security schemes; the scope `admin` holds all. A key for one user opens that user's memory alone. One
exception: a server on whose computer no key was ever made answers requests from that same computer without one."""


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


SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key, as `Authorization: Bearer omem_…`."},
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same in its own header.",
    },
}


def _scopes_of(app: FastAPI) -> dict[tuple[str, str], tuple[str, ...]]:
    """What every operation asks for, by method and path."""
    return {
        (method, route.path): declared_scopes(route)
        for route in every_route(app.routes)
        for method in getattr(route, "methods", None) or ()
    }


def _put_media(operation: dict[str, Any]) -> None:
    """A body of JSON may be no JSON."""
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        operation["responses"]["415"] = responses(415)[415]


def _put_security(operation: dict[str, Any], scopes: tuple[str, ...]) -> None:
    """Tell which keys open an operation; one that is open to everybody refuses nobody."""
    operation["security"] = [{name: [str(scope) for scope in scopes]} for name in SCHEMES] if scopes else []
    if not scopes:
        for status in ("401", "403", "429"):
            operation["responses"].pop(status, None)


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
            parts["securitySchemes"] = SCHEMES
            found["security"] = [{name: []} for name in SCHEMES]
            scopes = _scopes_of(app)
            for path, operations in found["paths"].items():
                for method, operation in operations.items():
                    _put_examples(operation)
                    _put_media(operation)
                    _put_security(operation, scopes[method.upper(), path])
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
