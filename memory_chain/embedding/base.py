"""The seam to embedders: texts in, rows of floats out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

Kind = Literal["query", "document"]


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """Name and dimension, as stored beside the vectors: vectors of two names are never compared."""

    @property
    def dim(self) -> int:
        """The length of a vector."""

    def embed(self, texts: Sequence[str], *, kind: Kind) -> list[list[float]]:
        """One vector a text, each of length 1 (or all zeros for a text without content).

        Raises:
            ModelError: the embedder did not do its work.
        """
