"""Figures for Prometheus: what was asked, how long it took, what waits, what models cost. No user is named."""

from __future__ import annotations

from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from memory_chain import __version__
from memory_chain.memory_manager import Queued
from memory_chain.types import ModelCall, Receipt

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SLOW = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)


class Metrics:
    """The figures of one application.

    Args:
        price_in: price of a million tokens to the model.
        price_out: price of a million tokens from it.
    """

    def __init__(self, *, price_in: float = 0.0, price_out: float = 0.0) -> None:
        self.registry = CollectorRegistry()
        self._prices = (price_in, price_out)
        self._build_requests()
        self._build_memory()
        self._build_models()
        Gauge("omem_build", "The version that runs", ["version"], registry=self.registry).labels(__version__).set(1)

    def _build_requests(self) -> None:
        registry = self.registry
        self._requests = Counter("omem_requests", "Answered requests", ["method", "route", "status"], registry=registry)
        self._request_seconds = Histogram(
            "omem_request_seconds", "Time until a request was answered", ["route"], buckets=_FAST, registry=registry
        )
        self._running = Gauge("omem_requests_running", "Requests that are being answered", registry=registry)

    def _build_memory(self) -> None:
        registry = self.registry
        self._adds = Counter("omem_adds", "Calls that added messages", registry=registry)
        self._retrieves = Counter("omem_retrieves", "Calls that retrieved a context", registry=registry)
        self._messages = Counter("omem_messages", "Messages given to add", ["result"], registry=registry)
        self._operations = Histogram(
            "omem_operation_seconds",
            "Time of a call of the memory, by what it did",
            ["operation", "result"],
            buckets=_FAST,
            registry=registry,
        )
        self._open = Gauge("omem_memories_open", "Memories that are held open", registry=registry)
        self._pending = Gauge("omem_messages_pending", "Messages that nobody has read yet", registry=registry)
        self._failing = Gauge("omem_messages_failing", "Messages that will be tried again", registry=registry)
        self._dead = Gauge("omem_dead_letters", "Messages whose understanding was given up", registry=registry)
        for result in ("stored", "duplicate", "forgotten"):
            self._messages.labels(result)

    def _build_models(self) -> None:
        registry = self.registry
        labels = ["purpose", "model"]
        self._calls = Counter("omem_model_calls", "Calls of models", [*labels, "outcome"], registry=registry)
        self._tokens = Counter("omem_model_tokens", "Tokens to and from models", [*labels, "way"], registry=registry)
        self._cost = Counter("omem_model_cost", "What tokens cost at the prices that were set", registry=registry)
        self._call_seconds = Histogram(
            "omem_model_seconds", "Time of a call of a model", labels, buckets=_SLOW, registry=registry
        )

    # -- what happens --

    def began(self) -> None:
        """A request came."""
        self._running.inc()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is its template, never its path."""
        self._running.dec()
        self._requests.labels(_METHODS.get(method, "other"), route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def operated(self, operation: str, seconds: float, *, result: str = "ok", given: Any = None) -> None:
        """A method of the manager was called; `given` is what it returned."""
        self._operations.labels(operation, result).observe(seconds)
        if result != "ok":
            return
        if operation == "retrieve":
            self._retrieves.inc()
        elif isinstance(given, Receipt):
            self._adds.inc()
            self._messages.labels("stored").inc(given.stored)
            self._messages.labels("duplicate").inc(given.duplicates)
            self._messages.labels("forgotten").inc(given.forgotten)

    def called(self, call: ModelCall) -> None:
        """A model was called."""
        self._calls.labels(call.purpose, call.model, call.outcome).inc()
        self._tokens.labels(call.purpose, call.model, "in").inc(call.tokens_in)
        self._tokens.labels(call.purpose, call.model, "out").inc(call.tokens_out)
        self._call_seconds.labels(call.purpose, call.model).observe(call.latency_ms / 1000)
        price_in, price_out = self._prices
        self._cost.inc((call.tokens_in * price_in + call.tokens_out * price_out) / 1_000_000)

    def queued(self, queued: Queued) -> None:
        """What waits now."""
        self._open.set(queued.memories)
        self._pending.set(queued.pending)
        self._failing.set(queued.failing)
        self._dead.set(queued.dead_letters)

    def text(self) -> bytes:
        """All figures, in Prometheus' text format."""
        return generate_latest(self.registry)


_METHODS = {name: name for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")}
