"""Language models behind any server that speaks OpenAI's protocol: OpenAI, Ollama, vLLM, llama.cpp, OpenRouter, …"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Unpack

from memory_chain.errors import ConfigurationError, ModelError, ReplyError
from memory_chain.extraction.parse import strip_unprintable
from memory_chain.llm.base import LLMReply, LLMRequest
from memory_chain.llm.http import Connection, Server
from memory_chain.types import ModelCall
from memory_chain.utils import clean_text, estimate_tokens

_CUT = {"length", "max_tokens", "model_length"}
_MOST_STEPS = 5
_LONGEST_RAW = 20_000

_FORMAT_WORDS = re.compile(
    r"response_format|json_?schema|json_?object|structured|\bschema\b|grammar|guided", re.IGNORECASE
)
_TOKENS_WORD = re.compile(r"max_tokens|max_completion_tokens", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Dialect:
    """Which optional parts of the protocol a server takes."""

    format: str = "json_schema"
    tokens: str | None = "max_tokens"
    temperature: bool = True


_NEXT_FORMAT = {"json_schema": "json_object", "json_object": "plain"}


class OpenAICompatibleLLM:
    """A model behind an OpenAI-compatible server (`LLM`).

    What a server does not take (JSON schemas, `max_tokens`, `temperature`) is left out the next time, too.
    """

    def __init__(
        self,
        model: str,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        extra: Mapping[str, Any] | None = None,
        **connection: Unpack[Connection],
    ) -> None:
        """A model; nothing is imported or opened before the first call.

        Args:
            model: the model's name, as the server knows it.
            api_key: never stored, shown or logged; local servers need none.
            base_url: usually ends in /v1; None is OpenAI's own server.
            extra: further fields of each request, for example `{"reasoning_effort": "low"}`.
            connection: time-out, tries and bounds; see `Connection`.

        Raises:
            ConfigurationError: name, address or key cannot be used.
        """
        if not model.strip():
            raise ConfigurationError("`llm_model` is empty. Set it to a model's name, for example gpt-4o-mini.")
        self._model = model.strip()
        self._extra = dict(extra or {})
        self._dialect = _Dialect()
        self._server = Server(self._model, api_key, base_url, **connection)

    def __repr__(self) -> str:
        return f"OpenAICompatibleLLM({self._model!r}, base_url={self._server.where!r})"

    @property
    def model(self) -> str:
        """The model's name."""
        return self._model

    def complete(self, request: LLMRequest) -> LLMReply:
        """Ask the model. The text is the reply as it came, thoughts included.

        Raises:
            ProviderDownError: it cannot serve now, also after the tries.
            ProviderRefusedError: wrong key, unknown model, too long.
            ReplyError: an answer that is no chat completion, an empty one, or a refusal.
        """
        content, calls = self._post(request)
        usage = _usage(content, request)
        calls[-1] = replace(calls[-1], tokens_in=usage[0], tokens_out=usage[1])
        try:
            text, cut = read_completion(content)
        except ReplyError as error:
            calls[-1] = replace(calls[-1], outcome=error.outcome, detail=str(error))
            error.calls = tuple(calls)
            raise
        if cut:
            calls[-1] = replace(calls[-1], outcome="cut")
        return LLMReply(
            text=text, tokens_in=usage[0], tokens_out=usage[1], cut=cut, model=self._model, calls=tuple(calls)
        )

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def _post(self, request: LLMRequest) -> tuple[dict[str, Any], list[ModelCall]]:
        """Send the request, with fewer optional parts while the server refuses those."""
        dialect = self._dialect
        calls: list[ModelCall] = []
        for _ in range(_MOST_STEPS):
            payload = self._payload(request, dialect)
            try:
                content, made = self._server.post(
                    "/chat/completions",
                    payload,
                    purpose=request.purpose,
                    prompt=request.prompt,
                    prompt_version=request.prompt_version,
                )
            except ModelError as error:
                calls += error.calls
                error.calls = tuple(calls)
                simpler = _simpler(dialect, payload, error)
                if simpler is None:
                    raise
                dialect = simpler
            else:
                self._dialect = dialect if dialect.tokens else replace(dialect, tokens=self._dialect.tokens)
                return content, [*calls, *made]
        raise AssertionError("unreachable")

    def _payload(self, request: LLMRequest, dialect: _Dialect) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "model": self._model,
            "messages": [
                {"role": message.role, "content": clean_text(message.content)} for message in request.messages
            ],
        }
        if request.temperature is not None and dialect.temperature:
            payload["temperature"] = request.temperature
        if request.max_tokens is not None and dialect.tokens:
            payload[dialect.tokens] = request.max_tokens
        if request.json_schema is not None and dialect.format == "json_schema":
            schema = {"name": request.prompt or "answer", "strict": True, "schema": dict(request.json_schema)}
            payload["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif request.json_schema is not None and dialect.format == "json_object":
            payload["response_format"] = {"type": "json_object"}
        return {**payload, **self._extra}


def _simpler(dialect: _Dialect, payload: Mapping[str, Any], error: ModelError) -> _Dialect | None:
    """The dialect without the part for which a server refused a request; None if nothing can be left out."""
    text = str(error)
    outcome = getattr(error, "outcome", "")
    asks_format = "response_format" in payload
    if outcome == "too-long" and _TOKENS_WORD.search(text) and dialect.tokens in payload:
        return replace(dialect, tokens=None)  # the room asked for the reply is too large, not the prompt
    if outcome == "server-error" and asks_format and _FORMAT_WORDS.search(text):
        return replace(dialect, format=_NEXT_FORMAT[dialect.format])
    if outcome != "bad-request":
        return None
    if "max_completion_tokens" in text and "max_tokens" in payload:
        return replace(dialect, tokens="max_completion_tokens")
    if _TOKENS_WORD.search(text) and dialect.tokens in payload:
        return replace(dialect, tokens=None)
    if "temperature" in text and "temperature" in payload:
        return replace(dialect, temperature=False)
    if asks_format:  # the usual cause, also where the server does not name it
        return replace(dialect, format=_NEXT_FORMAT[dialect.format])
    return None


def read_completion(content: Mapping[str, Any]) -> tuple[str, bool]:
    """The text of a chat completion, and whether it was cut for length. Pure.

    Raises:
        ReplyError: it has no choices (`no-choices`), the model refused (`refused`), a filter stopped it
            (`filtered`), or it is empty (`empty`).
    """
    choice = _choice(content)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise ReplyError("The reply is no chat completion: it has no choices.", outcome="no-choices")
    text = _text_of(message)
    finish = choice.get("finish_reason")
    refused = message.get("refusal")
    if isinstance(refused, str) and refused.strip():
        raise ReplyError("The model refused to answer.", raw=clean_text(refused[:_LONGEST_RAW]), outcome="refused")
    if finish == "content_filter":
        raise ReplyError("A content filter stopped the reply.", raw=clean_text(text[:_LONGEST_RAW]), outcome="filtered")
    if finish in _CUT:
        return text, True
    if not text.strip():
        raise ReplyError("The reply is empty.", outcome="empty")
    return text, False


def _choice(content: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = content.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, Mapping) else {}


def _text_of(message: Any) -> str:
    """A message's text; some servers send it in parts."""
    content = message.get("content") if isinstance(message, Mapping) else None
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        content = "".join(part for part in parts if isinstance(part, str))
    return strip_unprintable(content) if isinstance(content, str) else ""


def _usage(content: Mapping[str, Any], request: LLMRequest) -> tuple[int, int]:
    """Tokens in and out, as the server tells or as we estimate."""
    usage = content.get("usage")
    told = usage if isinstance(usage, Mapping) else {}
    tokens_in, tokens_out = _count(told.get("prompt_tokens")), _count(told.get("completion_tokens"))
    if tokens_in is None:
        tokens_in = sum(estimate_tokens(message.content) for message in request.messages)
    if tokens_out is None:
        tokens_out = estimate_tokens(_text_of(_choice(content).get("message"))[:200_000])
    return tokens_in, tokens_out


def _count(given: Any) -> int | None:
    return given if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 10**9 else None
