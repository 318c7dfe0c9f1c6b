"""The optional channel of vectors: exact search with numpy over a cache of one chain's message vectors."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from memory_chain.embedding.base import Embedder, Kind
from memory_chain.errors import ConfigurationError, ModelError
from memory_chain.storage.base import Store
from memory_chain.types import ModelCall
from memory_chain.utils import estimate_tokens, to_micros, utc_now

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LONGEST_TEXT = 8_000
"""Characters of a message that are embedded."""


class VectorIndex:
    """Message vectors of one embedder. Vectors of another embedder are never read."""

    def __init__(self, store: Store, embedder: Embedder, record_call: Callable[[ModelCall], None]) -> None:
        try:
            import numpy
        except ImportError:
            raise ConfigurationError(
                "An embedder is configured, but numpy is not installed. Install it: pip install 'o-mem[embed]'."
            ) from None
        self._numpy: Any = numpy
        self._store = store
        self._embedder = embedder
        self._record_call = record_call
        self._seqs: list[int] = []
        self._matrix: npt.NDArray[np.float32] | None = None
        self._seen: tuple[int, int] | None = None

    def embed_missing(self, *, limit: int) -> int:
        """Embed messages that have no vector yet.

        Raises:
            ModelError: the embedder did not do its work; nothing was stored.
        """
        messages = self._store.messages_without_vector(self._embedder.name, limit=limit)
        if not messages:
            return 0
        rows = self._embed([message.text[:LONGEST_TEXT] for message in messages], kind="document")
        packed = self._numpy.asarray(rows, dtype=self._numpy.float32)
        vectors = {message.id: packed[i].tobytes() for i, message in enumerate(messages)}
        self._store.put_vectors(self._embedder.name, vectors)
        self._seen = None
        return len(messages)

    def nearest(self, query: str, *, limit: int, as_of: datetime | None = None) -> list[tuple[int, float]]:
        """The messages nearest to a query, of those said by then: (number, cosine), the nearest first."""
        self._load()
        if self._matrix is None or not query.strip():
            return []
        (row,) = self._embed([query[:LONGEST_TEXT]], kind="query")
        scores = self._matrix @ self._numpy.asarray(row, dtype=self._numpy.float32)
        if as_of is not None:
            said = {turn.seq for turn in self._store.turns(self._seqs).values() if turn.at <= to_micros(as_of)}
            scores = self._numpy.where([seq in said for seq in self._seqs], scores, 0.0)
        count = min(limit, len(self._seqs))
        best = self._numpy.argpartition(-scores, count - 1)[:count]
        ranked = sorted(((float(scores[i]), self._seqs[i]) for i in best), key=lambda one: (-one[0], -one[1]))
        return [(seq, score) for score, seq in ranked if score > 0]

    def _embed(self, texts: list[str], *, kind: Kind) -> list[list[float]]:
        """Ask the embedder, and put what it took into the ledger: its own rows, or one for the whole call."""
        started = time.perf_counter()
        outcome = "ok"
        try:
            return self._embedder.embed(texts, kind=kind)
        except ModelError as error:
            outcome = getattr(error, "outcome", "failed")
            raise
        finally:
            whole = ModelCall(
                purpose=f"embed-{kind}",
                model=self._embedder.name,
                at=utc_now(),
                outcome=outcome,
                tokens_in=sum(estimate_tokens(text) for text in texts),
                latency_ms=(time.perf_counter() - started) * 1000,
            )
            take_calls = getattr(self._embedder, "take_calls", lambda: [whole])
            for call in take_calls():
                self._record_call(call)

    def _load(self) -> None:
        state = self._store.vector_state(self._embedder.name)
        if state == self._seen:
            return
        seqs, packed = self._store.vectors(self._embedder.name)
        self._seqs = seqs
        self._matrix = (
            self._numpy.frombuffer(packed, dtype=self._numpy.float32).reshape(len(seqs), -1) if seqs else None
        )
        self._seen = state
