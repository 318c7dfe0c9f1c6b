"""Embeddings from any server that speaks OpenAI's protocol."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

from memory_chain.embedding.base import Kind
from memory_chain.embedding.checks import checked_vectors
from memory_chain.errors import ConfigurationError, ModelError, ProviderRefusedError, ReplyError
from memory_chain.llm.http import Connection, Server
from memory_chain.types import ModelCall
from memory_chain.utils import clean_text, estimate_tokens

_SHORTEST_CUT = 200
_MOST_BYTES = 64 * 1024 * 1024


class OpenAICompatibleEmbedder:
    """An embedding model behind an OpenAI-compatible server (`Embedder`).

    Its calls are kept for the ledger until `take_calls`.
    """

    def __init__(
        self,
        model: str,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        dim: int | None = None,
        batch: int = 64,
        longest_text: int = 8_000,
        query_prefix: str = "",
        document_prefix: str = "",
        **connection: Unpack[Connection],
    ) -> None:
        """An embedder; nothing is imported or opened before the first call.

        Args:
            model: the model's name, as the server knows it.
            api_key: never stored, shown or logged; local servers need none.
            base_url: usually ends in /v1; None is OpenAI's own server.
            dim: the length of a vector; None asks the server once.
            batch: texts in one call.
            longest_text: characters; of longer texts the beginning is embedded.
            query_prefix: put before queries, for models that want it ("search_query: ").
            document_prefix: put before messages.
            connection: time-out, tries and bounds; see `Connection`.

        Raises:
            ConfigurationError: name, address or key cannot be used.
        """
        if not model.strip():
            raise ConfigurationError("The embedder has no model. Set `embedder` to `openai:MODEL`.")
        self._model = model.strip()
        self._dim = dim
        self._batch = max(1, batch)
        self._longest = longest_text
        self._prefixes: dict[Kind, str] = {"query": query_prefix, "document": document_prefix}
        bounds: Connection = {"most_bytes": _MOST_BYTES, **connection}
        self._server = Server(self._model, api_key, base_url, **bounds)
        self._lock = threading.Lock()
        self._calls: list[ModelCall] = []

    def __repr__(self) -> str:
        return f"OpenAICompatibleEmbedder({self._model!r}, base_url={self._server.where!r})"

    @property
    def name(self) -> str:
        """Model and dimension, as stored beside the vectors."""
        return f"openai:{self._model}-{self.dim}"

    @property
    def dim(self) -> int:
        """The length of a vector; the first time the server may be asked.

        Raises:
            ModelError: it had to be asked and did not answer.
        """
        if self._dim is None:
            self._embed(["dimension"], kind="document")
        return self._dim or 0

    def embed(self, texts: Sequence[str], *, kind: Kind) -> list[list[float]]:
        """One vector a text, of length 1; zeros for a blank text, about which nobody is asked.

        Raises:
            ModelError: the server did not answer, or with something other than one good vector a text.
        """
        asked = [(i, text) for i, text in enumerate(texts) if text.strip()]
        vectors: dict[int, list[float]] = {}
        for start in range(0, len(asked), self._batch):
            part = asked[start : start + self._batch]
            rows = self._embed_shorter([text for _, text in part], kind=kind)
            vectors.update(zip((i for i, _ in part), rows, strict=True))
        if len(vectors) == len(texts):
            return [vectors[i] for i in range(len(texts))]
        return [vectors[i] if i in vectors else [0.0] * self.dim for i in range(len(texts))]

    def take_calls(self) -> list[ModelCall]:
        """The ledger rows since the last time, failed calls included."""
        with self._lock:
            calls, self._calls = self._calls, []
        return calls

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def _embed_shorter(self, texts: Sequence[str], *, kind: Kind) -> list[list[float]]:
        """Embed texts; if they are too long for the model, in smaller batches, and of a long text less."""
        try:
            return self._embed(texts, kind=kind)
        except ProviderRefusedError as error:
            if error.outcome != "too-long" or (len(texts) == 1 and len(texts[0]) <= _SHORTEST_CUT):
                raise
        if len(texts) == 1:
            longest = min(len(texts[0]), self._longest)
            return self._embed_shorter([texts[0][: longest // 2]], kind=kind)
        middle = len(texts) // 2
        return self._embed_shorter(texts[:middle], kind=kind) + self._embed_shorter(texts[middle:], kind=kind)

    def _embed(self, texts: Sequence[str], *, kind: Kind) -> list[list[float]]:
        given = [clean_text(self._prefixes[kind] + text)[: self._longest] for text in texts]
        payload = {"model": self._model, "input": given, "encoding_format": "float"}
        try:
            content, calls = self._server.post("/embeddings", payload, purpose="embed")
        except ModelError as error:
            self._keep(error.calls)
            raise
        tokens = sum(map(estimate_tokens, given))
        calls[-1] = replace(calls[-1], tokens_in=_tokens(content, tokens))
        try:
            rows = checked_vectors(_rows(content), texts=len(texts), dim=self._dim, name=self._model)
        except ReplyError as error:
            calls[-1] = replace(calls[-1], outcome=error.outcome, detail=str(error)[:300])
            error.calls = tuple(calls)
            self._keep(calls)
            raise
        self._keep(calls)
        self._dim = self._dim or len(rows[0])
        return rows

    def _keep(self, calls: Sequence[ModelCall]) -> None:
        with self._lock:
            self._calls.extend(calls)
            del self._calls[:-1000]


def _rows(content: Mapping[str, Any]) -> list[list[float]]:
    """The vectors in the order of the texts."""
    data = content.get("data")
    if not isinstance(data, list) or not all(isinstance(item, Mapping) for item in data):
        raise ReplyError("The reply has no embeddings.", outcome="no-data")
    indices = [item.get("index", place) for place, item in enumerate(data)]
    if sorted(map(str, indices)) != sorted(map(str, range(len(data)))):
        raise ReplyError("The embeddings of the reply are not numbered one by one.")
    ordered = [item for _, item in sorted(zip(indices, data, strict=True), key=lambda pair: int(pair[0]))]
    rows = [item.get("embedding") for item in ordered]
    if not all(isinstance(row, list) for row in rows):
        raise ReplyError("The reply has an embedding that is no list of numbers.")
    return rows


def _tokens(content: Mapping[str, Any], estimate: int) -> int:
    usage = content.get("usage")
    told = usage.get("prompt_tokens") if isinstance(usage, Mapping) else None
    return told if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < 10**9 else estimate
