"""How near texts are to a question: by their words, or by an embedder's vectors. Exact, nothing is approximated."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from operator import mul
from typing import Protocol

from memory_chain.embedding.base import Embedder
from memory_chain.retrieval.analysis import analyze


class Similarity(Protocol):
    """Tells for each text how near it is to a question: a cosine, higher is nearer, 0 is nothing in common."""

    def __call__(self, question: str, texts: Sequence[str]) -> list[float]:
        """One number a text, in their order."""


class LexicalCosine:
    """The cosine of stem counts weighted by how rare each stem is (`Similarity`); 0 to 1.

    Args:
        counts: in how many messages each stem occurs.
        messages: how many messages there are.
    """

    def __init__(self, counts: Mapping[str, int], messages: int) -> None:
        self._counts = counts
        self._messages = messages
        self._vectors: dict[str, dict[str, float]] = {}

    def __call__(self, question: str, texts: Sequence[str]) -> list[float]:
        """One cosine a text, in their order."""
        asked = self._vector(question)
        return [
            math.fsum(weight * asked.get(stem, 0.0) for stem, weight in self._known(text).items()) for text in texts
        ]

    def _known(self, text: str) -> dict[str, float]:
        if text not in self._vectors:
            self._vectors[text] = self._vector(text)
        return self._vectors[text]

    def _vector(self, text: str) -> dict[str, float]:
        weights = {stem: often * self._rarity(stem) for stem, often in Counter(analyze(text)).items()}
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
        return {stem: weight / length for stem, weight in weights.items()} if length else {}

    def _rarity(self, stem: str) -> float:
        return math.log(1 + (self._messages + 1) / max(1, self._counts.get(stem, 0)))


class EmbedderCosine:
    """The cosine of an embedder's vectors (`Similarity`); −1 to 1. Vectors of texts are kept, not those of questions.

    Raises:
        ModelError: (when called) the embedder did not do its work.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, list[float]] = {}

    def __call__(self, question: str, texts: Sequence[str]) -> list[float]:
        """One cosine a text, in their order."""
        if not texts:
            return []
        self.learn(texts)
        (asked,) = self._embedder.embed([question], kind="query")
        return [sum(map(mul, asked, self._vectors[text])) for text in texts]

    def learn(self, texts: Sequence[str]) -> None:
        """Embed the texts that are not known yet."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._embedder.embed(new, kind="document"), strict=True))


def nearest(scores: Sequence[float], limit: int) -> list[int]:
    """The places of the highest scores above 0, the highest first; the earlier of equal ones first."""
    ranked = sorted((-score, place) for place, score in enumerate(scores) if score > 0)
    return [place for _, place in ranked[:limit]]
