"""Breaking off the requests that are still under way when the server has to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio


class UnderWay:
    """The requests under way. Not locked: one event loop."""

    def __init__(self) -> None:
        self._scopes: set[anyio.CancelScope] = set()

    @contextmanager
    def request(self) -> Iterator[anyio.CancelScope]:
        """A request; its scope has `cancelled_caught` if it was broken off."""
        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            try:
                yield scope
            finally:
                self._scopes.discard(scope)

    def break_off(self) -> None:
        """Cancel all requests under way."""
        for scope in self._scopes:
            scope.cancel()
