"""The benchmarks: how each asks, scores and sums up."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from memory_chain.errors import InvalidInputError

if TYPE_CHECKING:
    from memory_chain.evaluation.benchmarks.base import Benchmark

BENCHMARKS: Mapping[str, str] = {
    "locomo": "LoCoMo",
    "personamem": "PersonaMem",
    "pdr": "PDR",
    "personabench": "PersonaBench",
    "longmemeval": "LongMemEval",
}
"""The benchmarks by name: the module beside this one, and in it the class."""


def benchmark_of(name: str) -> Benchmark:
    """The benchmark of a run.

    Raises:
        InvalidInputError: there is none of this name.
    """
    if name not in BENCHMARKS:
        raise InvalidInputError(f"There is no benchmark {name!r}. Known: {', '.join(BENCHMARKS)}.")
    # Imported when it is wanted: what runs benchmarks needs this package, and some of them need what runs them.
    module = importlib.import_module(f"memory_chain.evaluation.benchmarks.{name}")
    return cast("Benchmark", getattr(module, BENCHMARKS[name])())
