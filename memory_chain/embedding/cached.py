"""A wrapper that asks an embedder only for texts that it has not seen lately."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from memory_chain.embedding.base import Embedder, Kind
from memory_chain.types import ModelCall


class CachedEmbedder:
    """Remembers the vectors of the last texts (`Embedder`). Safe to share between threads."""

    def __init__(self, embedder: Embedder, *, size: int = 2048) -> None:
        """A cache.

        Args:
            embedder: what is asked for the rest; it stays the caller's to close.
            size: how many vectors are remembered.
        """
        self.embedder = embedder
        self._size = size
        self._lock = threading.Lock()
        self._vectors: OrderedDict[tuple[Kind, str], list[float]] = OrderedDict()

    @property
    def name(self) -> str:
        """The name of the embedder inside."""
        return self.embedder.name

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self.embedder.dim

    def embed(self, texts: Sequence[str], *, kind: Kind) -> list[list[float]]:
        """One vector a text; each text that is not remembered is asked for once.

        Raises:
            ModelError: the embedder did not do its work; nothing is remembered of it.
        """
        found: dict[str, list[float]] = {}
        with self._lock:
            for text in texts:
                if (kind, text) in self._vectors:
                    self._vectors.move_to_end((kind, text))
                    found[text] = self._vectors[kind, text]
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            found.update(zip(missing, self.embedder.embed(missing, kind=kind), strict=True))
            with self._lock:
                for text in missing:
                    self._vectors[kind, text] = found[text]
                while len(self._vectors) > self._size:
                    self._vectors.popitem(last=False)
        return [list(found[text]) for text in texts]

    def take_calls(self) -> list[ModelCall]:
        """The ledger rows of the embedder inside since the last time; none if it costs nothing."""
        inner = getattr(self.embedder, "take_calls", None)
        return list(inner()) if inner is not None else []
