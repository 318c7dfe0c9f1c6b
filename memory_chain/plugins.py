"""Parts by name: language models, embedders, and what others register by entry point.

Groups: `memory_chain.llms` and `memory_chain.embedders` (a function of `Settings` and the text after the
colon), `memory_chain.rules` (a `Rule`), `memory_chain.memory_types` (a `MemoryType` or its class).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, cast

from memory_chain.config import Settings
from memory_chain.embedding.base import Embedder
from memory_chain.embedding.cached import CachedEmbedder
from memory_chain.errors import ConfigurationError
from memory_chain.extraction.base import MemoryType, Rule
from memory_chain.llm.base import LLM

Factory = Callable[[Settings, str], Any]


def make_llm(settings: Settings) -> LLM | None:
    """The configured language model; None if no `llm_model` is set, whatever keys there are.

    Raises:
        ConfigurationError: the provider is not known.
    """
    if not settings.llm_model:
        return None
    factory = _find("memory_chain.llms", settings.llm_provider, {"openai": _openai_llm}, "llm_provider")
    return cast(LLM, factory(settings, settings.llm_model))


def make_embedder(settings: Settings) -> Embedder | None:
    """The configured embedder, or None.

    Raises:
        ConfigurationError: the embedder is not known, or its extra is not installed.
    """
    if not settings.embedder:
        return None
    kind, _, name = settings.embedder.partition(":")
    own: dict[str, Factory] = {
        "openai": _openai_embedder,
        "model2vec": _model2vec,
        "fastembed": _fastembed,
        "hashing": _hashing,
    }
    return CachedEmbedder(cast(Embedder, _find("memory_chain.embedders", kind, own, "embedder")(settings, name)))


def registered_rules() -> list[Rule]:
    """The rules that installed packages register."""
    return [point.load() for point in entry_points(group="memory_chain.rules")]


def registered_memory_types() -> list[MemoryType]:
    """The memory types that installed packages register."""
    loaded = [point.load() for point in entry_points(group="memory_chain.memory_types")]
    return [part() if isinstance(part, type) else part for part in loaded]


def _find(group: str, name: str, own: dict[str, Factory], setting: str) -> Factory:
    if name in own:
        return own[name]
    registered = {point.name: point for point in entry_points(group=group)}
    if name in registered:
        return cast(Factory, registered[name].load())
    known = ", ".join(sorted({*own, *registered}))
    raise ConfigurationError(f"The setting `{setting}` names {name!r}, which is not known. Known: {known}.")


def _key(settings: Settings) -> str | None:
    return settings.openai_api_key.get_secret_value() if settings.openai_api_key else None


def _openai_llm(settings: Settings, model: str) -> LLM:
    from memory_chain.llm.openai_compatible import OpenAICompatibleLLM

    return OpenAICompatibleLLM(
        model,
        api_key=_key(settings),
        base_url=settings.openai_base_url,
        timeout_seconds=settings.llm_timeout_seconds,
        attempts=settings.llm_attempts,
        concurrency=settings.llm_concurrency,
    )


def _openai_embedder(settings: Settings, model: str) -> Embedder:
    from memory_chain.embedding.openai_compatible import OpenAICompatibleEmbedder

    return OpenAICompatibleEmbedder(
        model,
        api_key=_key(settings),
        base_url=settings.openai_base_url,
        timeout_seconds=settings.llm_timeout_seconds,
    )


def _model2vec(settings: Settings, path: str) -> Embedder:
    from memory_chain.embedding.local import Model2VecEmbedder

    return Model2VecEmbedder(path)


def _fastembed(settings: Settings, name: str) -> Embedder:
    from memory_chain.embedding.local import FastembedEmbedder

    return FastembedEmbedder(name)


def _hashing(settings: Settings, name: str) -> Embedder:
    from memory_chain.embedding.hashing import HashingEmbedder

    return HashingEmbedder()
