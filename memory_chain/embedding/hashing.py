"""An embedder without a model: words and letter groups, hashed. For tests and demonstrations."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from hashlib import blake2b

from memory_chain.embedding.base import Kind

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """Vectors of hashed words and of the letter groups in them (`Embedder`); the same on every machine.

    It knows no synonyms: texts are near if they share words or parts of words.
    """

    def __init__(self, dim: int = 256) -> None:
        if dim < 2:
            raise ValueError(f"dim is {dim}; at least 2 are needed")
        self._dim = dim

    @property
    def name(self) -> str:
        """`hashing-` and the dimension."""
        return f"hashing-{self._dim}"

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self._dim

    def embed(self, texts: Sequence[str], *, kind: Kind) -> list[list[float]]:
        """One vector a text, of length 1; zeros for a text without a word."""
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self._dim
        for word in _WORD.findall(text.casefold()):
            self._add(vector, word, 1.0)
            padded = f"<{word}>"
            for start in range(len(padded) - 2):
                self._add(vector, padded[start : start + 3], 0.3)
        length = math.sqrt(sum(value * value for value in vector))
        return [value / length for value in vector] if length else vector

    def _add(self, vector: list[float], feature: str, weight: float) -> None:
        digest = int.from_bytes(blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest(), "big")
        vector[digest % self._dim] += weight if digest >> 63 else -weight
