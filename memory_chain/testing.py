"""Real fakes, for our tests and for those of our users: no key, no network, no patching."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from memory_chain.embedding.hashing import HashingEmbedder
from memory_chain.errors import ModelError, ProviderDownError
from memory_chain.llm.base import LLMReply, LLMRequest
from memory_chain.storage.in_memory import InMemoryHome, InMemoryStore
from memory_chain.types import ModelCall
from memory_chain.utils import estimate_tokens, utc_now

__all__ = ["HashingEmbedder", "InMemoryHome", "InMemoryStore", "Script", "ScriptedLLM", "ScriptedReply"]

ScriptedReply = str | dict[str, Any] | LLMReply | Exception
"""A text, an object that is sent as JSON, a whole reply, or an error to raise."""

Script = Callable[[LLMRequest], ScriptedReply]


class ScriptedLLM:
    """A language model that says what it is told to (`LLM`).

    Args:
        replies: what to answer in turn, or a function that is asked for each request. When a list has run
            out, further requests fail as if the provider were down.
        model: its name in the ledger.
        clock: the time of the ledger rows.

    `requests` keeps what was asked, `calls` the ledger rows.
    """

    def __init__(
        self,
        replies: Iterable[ScriptedReply] | Script = (),
        *,
        model: str = "scripted",
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._script: Script = replies if callable(replies) else _in_turn(replies)
        self._model = model
        self._clock = clock
        self._lock = threading.Lock()
        self.requests: list[LLMRequest] = []
        self.calls: list[ModelCall] = []
        self.closed = False

    @property
    def model(self) -> str:
        """The model's name."""
        return self._model

    def complete(self, request: LLMRequest) -> LLMReply:
        """The next reply of the script.

        Raises:
            ModelError: the script says so, or has run out; `calls` has its ledger row.
        """
        with self._lock:
            self.requests.append(request)
            said = self._script(request)
        if isinstance(said, Exception):
            outcome = str(getattr(said, "outcome", type(said).__name__))
            row = self._row(request, outcome, 0, 0)
            if isinstance(said, ModelError):
                said.calls = (row,)
            raise said
        if isinstance(said, LLMReply):
            tokens = said.tokens_in, said.tokens_out
            row = self._row(request, "cut" if said.cut else "ok", *tokens)
            return LLMReply(
                text=said.text,
                tokens_in=said.tokens_in,
                tokens_out=said.tokens_out,
                cut=said.cut,
                model=said.model or self._model,
                calls=(*said.calls, row),
            )
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        tokens_in = sum(estimate_tokens(message.content) for message in request.messages)
        tokens_out = estimate_tokens(text)
        row = self._row(request, "ok", tokens_in, tokens_out)
        return LLMReply(text=text, tokens_in=tokens_in, tokens_out=tokens_out, model=self._model, calls=(row,))

    def close(self) -> None:
        """Nothing to release; `closed` tells that it was called."""
        self.closed = True

    def _row(self, request: LLMRequest, outcome: str, tokens_in: int, tokens_out: int) -> ModelCall:
        row = ModelCall(
            purpose=request.purpose,
            model=self._model,
            at=self._clock(),
            outcome=outcome,
            prompt=request.prompt,
            prompt_version=request.prompt_version,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
        )
        with self._lock:
            self.calls.append(row)
        return row


def _in_turn(replies: Iterable[ScriptedReply]) -> Script:
    remaining = iter(replies)

    def script(request: LLMRequest) -> ScriptedReply:
        return next(remaining, ProviderDownError("The script of this ScriptedLLM has no further reply."))

    return script
