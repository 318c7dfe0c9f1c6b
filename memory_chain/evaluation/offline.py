"""Everything that can be measured without a model, over all data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from memory_chain.evaluation.benchmarks.base import Benchmark
from memory_chain.evaluation.benchmarks.locomo import LoCoMo, answerable
from memory_chain.evaluation.benchmarks.personabench import PersonaBench
from memory_chain.evaluation.benchmarks.personamem import PersonaMem, with_reference
from memory_chain.evaluation.data.locomo import read_locomo
from memory_chain.evaluation.data.personabench import read_personabench
from memory_chain.evaluation.data.personamem import read_personamem
from memory_chain.evaluation.records import Dataset

COMPARED = "omem,bm25,dense,last,none,published-working,published-episodic,published"


@dataclass(frozen=True, kw_only=True, slots=True)
class OfflineRun:
    """One run of the offline report."""

    name: str
    benchmark: Benchmark
    read: Callable[[], Dataset]
    systems: str = COMPARED
    scaling: bool = False
    ablate: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)


def offline_runs(data: Path) -> Iterator[OfflineRun]:
    """The runs over a folder with `locomo/`, `personamem/` and `personabench/`."""
    locomo = partial(_answerable, data / "locomo" / "locomo10.json")
    yield OfflineRun(name="locomo", benchmark=LoCoMo(), read=locomo, ablate=True)
    yield OfflineRun(name="locomo-scaling", benchmark=LoCoMo(), read=locomo, systems="omem,bm25", scaling=True)
    for noise in (0.0, 0.5):
        bench = partial(read_personabench, data / "personabench", noise=noise)
        settings = {"noise": noise}
        name = f"personabench-{noise}"
        yield OfflineRun(name=name, benchmark=PersonaBench(), read=bench, settings=settings)
        yield OfflineRun(
            name=f"{name}-scaling", benchmark=PersonaBench(), read=bench, systems="omem,bm25", scaling=True,
            settings=settings,
        )  # fmt: skip
    for with_system in (True, False):
        yield OfflineRun(
            name=f"personamem-{'with' if with_system else 'without'}-system-turns",
            benchmark=PersonaMem(),
            read=partial(_personamem, data / "personamem", with_system),
            systems="omem,bm25,last",
            settings={"with_system": with_system},
        )


def _answerable(path: Path) -> Dataset:
    return answerable(read_locomo(path))


def _personamem(path: Path, with_system: bool) -> Dataset:
    return with_reference(read_personamem(path, with_system=with_system))
