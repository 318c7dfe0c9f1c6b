"""The paper's ablation: topics, then clues, then persona; free and at equal budgets (arXiv 2511.13593, table 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from memory_chain.evaluation.contestants import chain_options
from memory_chain.evaluation.models import MeteredLLM
from memory_chain.evaluation.running import Contestant

STAGES = {
    "working": "published-working",
    "working + episodic": "published-episodic",
    "working + episodic + persona": "published",
}
"""The steps of the paper's table, and the systems that stand for them."""

BATCHES = (1, 5, 10, 20)
"""Messages a call, where a model understands."""


def published_stages() -> Iterator[Contestant]:
    """The published recipe step by step: as much as it likes, and within the budget."""
    yield from free_stages()
    for title, system in STAGES.items():
        yield Contestant(name=title, system=system)


def free_stages() -> Iterator[Contestant]:
    """The published recipe step by step, as much as it likes."""
    for title, system in STAGES.items():
        yield Contestant(name=f"{title} (free)", system=system, unlimited=True, settings={"budget": "none"})


def by_batch(llm: MeteredLLM, batches: Sequence[int] = BATCHES) -> Iterator[Contestant]:
    """Our memory, understood by the model in batches of several sizes."""
    for batch in batches:
        parts: dict[str, Any] = {"llm": llm, "manager_parts": {"options": chain_options(batch)}}
        yield Contestant(
            name=f"omem, model, batch {batch}",
            system="omem",
            parts=parts,
            settings={"understand": "model", "batch": str(batch)},
        )
