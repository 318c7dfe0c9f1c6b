"""Which memories a run compares: those asked for, and variants of ours with one part off or another batch size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from memory_chain.embedding.base import Embedder
from memory_chain.errors import ConfigurationError, InvalidInputError
from memory_chain.evaluation.models import MeteredLLM
from memory_chain.evaluation.options import RunOptions
from memory_chain.evaluation.running import Contestant
from memory_chain.evaluation.systems import make_factory
from memory_chain.memory import ChainOptions
from memory_chain.retrieval.retriever import PARTS
from memory_chain.working_memory import WorkingMemory

UNLIMITED = frozenset({"full"})
"""Systems whose point is that they keep to no budget."""


def contestants(
    options: RunOptions, *, llm: MeteredLLM | None, embedder: Embedder | None, skipped: Callable[[str], None]
) -> list[Contestant]:
    """The contestants that the options ask for; one that cannot work here is skipped with a reason.

    Raises:
        InvalidInputError: a system is not known, or `--understand` is.
        ConfigurationError: understanding by a model is wanted and there is none, or nothing is left to run.
    """
    if options.understand not in ("rules", "model"):
        raise InvalidInputError(f"--understand is {options.understand!r}; give rules or model.")
    if options.understand == "model" and llm is None:
        raise ConfigurationError("--understand model needs a model: give --model, or set llm_model.")
    parts: dict[str, Any] = {"embedder": embedder} if embedder else {}
    if options.understand == "model":
        parts["llm"] = llm
    found = []
    for name in options.names:
        try:
            found += list(_variants(name, options, parts))
        except ConfigurationError as error:
            skipped(f"{name} is skipped: {error}")
    if not found:
        raise ConfigurationError(
            "No system is left to run. Name at least one with --systems (see `omem eval systems`)."
        )
    return found


def _variants(name: str, options: RunOptions, parts: dict[str, Any]) -> Iterator[Contestant]:
    settings = {"understand": options.understand} if name == "omem" or name.startswith("published") else {}
    if options.understand == "model" and settings:
        settings["batch"] = str(options.batch)
    own = {**parts, "manager_parts": {"options": chain_options(options.batch)}} if name == "omem" else parts
    yield _checked(Contestant(name=name, system=name, parts=own, settings=settings, unlimited=name in UNLIMITED))
    if name == "omem" and options.ablate:
        for part in PARTS:
            if part == "vector" and "embedder" not in parts:
                continue
            yield Contestant(
                name=f"omem −{part}",
                system=name,
                parts={**parts, "manager_parts": {"options": chain_options(options.batch, without=part)}},
                settings={**settings, "without": part},
                variant_of=name,
            )


def chain_options(batch: int, *, without: str | None = None) -> ChainOptions:
    """Options of our own memory for batches of so many messages, without one part of the retriever if it is named."""
    working = WorkingMemory(capacity=max(20, batch), refresh=batch)
    return ChainOptions(working=working, without=frozenset([without] if without else []))


def _checked(contestant: Contestant) -> Contestant:
    make_factory(contestant.system, **contestant.parts)
    return contestant
