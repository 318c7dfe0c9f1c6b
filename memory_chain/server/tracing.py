"""Spans of OpenTelemetry, where its API is installed; what becomes of them is for its SDK's configuration to say.

Without the API, or with the API alone, a span costs next to nothing. No user is named in one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

NAME = "memory_chain.server"

_Start = Callable[[str, Mapping[str, Any], Mapping[str, str] | None], AbstractContextManager[Any]]


def span(
    name: str, attributes: Mapping[str, Any] | None = None, *, headers: Mapping[str, str] | None = None
) -> AbstractContextManager[Any]:
    """A span around a piece of work; with `headers` it goes on with the trace that a client began."""
    start = _starter()
    return nullcontext() if start is None else start(name, attributes or {}, headers)


@cache
def _starter() -> _Start | None:
    try:
        from opentelemetry import propagate, trace
    except ImportError:
        return None
    tracer = trace.get_tracer(NAME)

    def start(
        name: str, attributes: Mapping[str, Any], headers: Mapping[str, str] | None
    ) -> AbstractContextManager[Any]:
        context = propagate.extract(dict(headers)) if headers is not None else None
        found: AbstractContextManager[Any] = tracer.start_as_current_span(
            name,
            context=context,
            attributes=dict(attributes),
            record_exception=False,  # messages of errors name users
            set_status_on_exception=False,
        )
        return found

    return start
