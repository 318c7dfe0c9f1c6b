"""Language models under measurement: what each stage costs, and a limit that holds."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from memory_chain.errors import MemoryChainError, ProviderRefusedError
from memory_chain.llm.base import LLM, LLMReply, LLMRequest
from memory_chain.types import ModelCall

STAGES = ("build", "retrieve", "answer", "judge")
"""Where a run spends: understanding, looking up, answering, judging."""

_STAGE_OF = {"answer": "answer", "judge": "judge", "embed-query": "retrieve", "distil": "retrieve"}

_UNUSABLE = ("wrong-key", "quota", "not-found")
"""What a server says of every request, whatever is asked."""


class RunStoppedError(MemoryChainError):
    """No model can be asked any more; what is done is kept, and the run can be resumed."""


class ModelUnusableError(RunStoppedError):
    """The server refuses every request: the key, the model or the credit is wrong. No question has failed by it."""


class CostLimitError(RunStoppedError):
    """The run has spent what it may; what is done is kept, and the run can be resumed with a higher limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """What a million tokens cost, in one currency."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """The price of so many tokens."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What was spent: calls (failed ones too), tokens, milliseconds of waiting, money."""

    calls: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    ms: float = 0.0
    cost: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            calls=self.calls + other.calls,
            failed=self.failed + other.failed,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            ms=round(self.ms + other.ms, 3),
            cost=self.cost + other.cost,
        )


NOTHING = Spent()


@dataclass(kw_only=True)
class Meter:
    """The running total of a run, by stage, and its limit. Threads may share it."""

    prices: Prices = field(default_factory=Prices)
    max_cost: float | None = None
    by_stage: dict[str, Spent] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def spent_on(self, calls: Iterable[ModelCall]) -> Spent:
        """What these calls cost."""
        total = Spent()
        for call in calls:
            total += Spent(
                calls=1,
                failed=call.outcome != "ok",
                tokens_in=call.tokens_in,
                tokens_out=call.tokens_out,
                ms=call.latency_ms,
                cost=self.prices.of(call.tokens_in, call.tokens_out),
            )
        return total

    def count(self, calls: Iterable[ModelCall]) -> None:
        """Add calls to the total."""
        for call in calls:
            stage = _STAGE_OF.get(call.purpose, "build")
            with self._lock:
                self.by_stage[stage] = self.by_stage.get(stage, Spent()) + self.spent_on([call])

    def resume_from(self, by_stage: Mapping[str, Spent]) -> None:
        """Begin with what an interrupted run has spent already."""
        with self._lock:
            self.by_stage = dict(by_stage)

    @property
    def total(self) -> Spent:
        """All stages together."""
        with self._lock:
            return sum(self.by_stage.values(), Spent())

    def check(self) -> None:
        """Refuse to go on above the limit.

        Raises:
            CostLimitError: as much as `max_cost` has been spent.
        """
        cost = self.total.cost
        if self.max_cost is not None and cost >= self.max_cost:
            raise CostLimitError(
                f"The run has cost {cost:.2f}, and --max-cost is {self.max_cost:.2f}. What is done is kept: give a "
                "higher --max-cost and the same --output-dir to go on."
            )


class MeteredLLM:
    """A model whose calls are counted and that is not asked above the limit; itself a `LLM`."""

    def __init__(self, llm: LLM, meter: Meter) -> None:
        self._llm = llm
        self.meter = meter

    @property
    def model(self) -> str:
        """The model's name."""
        return self._llm.model

    def complete(self, request: LLMRequest) -> LLMReply:
        """Ask, and count what it took, also where it failed.

        Raises:
            CostLimitError: the limit is reached; nothing is asked.
            ModelUnusableError: the key, the model or the credit is refused.
        """
        self.meter.check()
        try:
            reply = self._llm.complete(request)
        except MemoryChainError as error:
            self.meter.count(getattr(error, "calls", ()))
            if isinstance(error, ProviderRefusedError) and error.outcome in _UNUSABLE:
                raise ModelUnusableError(
                    f"{str(error).rstrip('.')}. What is done is kept: give the same --output-dir to go on."
                ) from error
            raise
        self.meter.count(reply.calls)
        return reply

    def close(self) -> None:
        """The model stays its owner's to close."""
