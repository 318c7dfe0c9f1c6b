"""The benchmarks: how each asks, scores and sums up."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.benchmarks.base import Benchmark
from memory_chain.evaluation.benchmarks.locomo import LoCoMo
from memory_chain.evaluation.benchmarks.longmemeval import LongMemEval
from memory_chain.evaluation.benchmarks.personabench import PersonaBench
from memory_chain.evaluation.benchmarks.personamem import PersonaMem

BENCHMARKS: Mapping[str, Callable[[], Benchmark]] = {
    "locomo": LoCoMo,
    "personamem": PersonaMem,
    "personabench": PersonaBench,
    "longmemeval": LongMemEval,
}
"""The benchmarks by name."""


def benchmark_of(name: str) -> Benchmark:
    """The benchmark of a run.

    Raises:
        InvalidInputError: there is none of this name.
    """
    if name not in BENCHMARKS:
        raise InvalidInputError(f"There is no benchmark {name!r}. Known: {', '.join(BENCHMARKS)}.")
    return BENCHMARKS[name]()
