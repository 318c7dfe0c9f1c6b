"""What a server's answer means: which error it is, whether trying again helps, and how long to wait. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from memory_chain.errors import ModelError, ProviderDownError, ProviderRefusedError, ReplyError

_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|window|size)|maximum context|context_length_exceeded|too many (?:input )?tokens"
    r"|(?:prompt|input|request|message)s? (?:is|are|was) too (?:long|large)"
    r"|exceeds? (?:the )?(?:maximum|available|limit)"
    r"|string too long|reduce the length|larger than the (?:maximum|context)|token limit"
    r"|too large to process",
    re.IGNORECASE,
)
_CONTENT = re.compile(r"content[ _-]?(?:filter|policy|management)|safety system|moderation|flagged", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"model[ _]not[ _]found|(?:unknown|invalid|no such) model|model .{0,120}(?:does not exist|not found|not available)"
    r"|(?:does not|doesn't) exist.{0,40}\bmodel|not a valid model",
    re.IGNORECASE | re.DOTALL,
)
_NO_MONEY = re.compile(
    r"insufficient[ _]quota|exceeded your current quota|billing|insufficient (?:credit|balance|funds)", re.I
)
_KEY_LIKE = re.compile(r"\b(?:sk|pk|rk|gsk|xai|hf|or|key|AIza)[-_][\w*.-]{6,}|Bearer\s+\S+", re.IGNORECASE)

_DOWN = {408: "timeout", 409: "conflict", 425: "too-early", 429: "rate-limited"}
_LONGEST_TOLD = 300


def refusal(
    status: int, headers: Mapping[str, str], body: str, *, model: str, where: str, key: str | None = None
) -> ModelError:
    """The error for a status other than success.

    Args:
        status: the HTTP status.
        headers: the reply's headers, lower case.
        body: the beginning of its body.
        model: the model's name, for the message.
        where: the server's address, for the message.
        key: never appears in the message.
    """
    code, told = told_by(body)
    said = f" It says: {redacted(told, key)}" if told else ""
    reason = f"{code} {told}"
    if status in (401, 403) and not _CONTENT.search(reason):
        return ProviderRefusedError(
            f"The server {where} refuses the key (status {status}). Check `openai_api_key` and whether it may use "
            f"{model!r}.{said}",
            outcome="wrong-key",
        )
    if status == 402 or (status in (400, 403, 429) and _NO_MONEY.search(reason)):
        return ProviderRefusedError(
            f"The account at {where} has no credit or quota left (status {status}).{said}", outcome="quota"
        )
    if status == 413 or (status in (400, 422, 500) and _TOO_LONG.search(reason)):
        return ProviderRefusedError(
            f"The request is too long for the model {model!r} (status {status}).{said}", outcome="too-long"
        )
    if status in (400, 403, 422, 451) and _CONTENT.search(reason):
        return ProviderRefusedError(
            f"The server {where} refuses the content (status {status}).{said}", outcome="content"
        )
    if status == 404 or (status in (400, 422) and _NO_MODEL.search(reason)):
        return ProviderRefusedError(
            f"The server {where} does not know the model {model!r} or has no such address (status {status}). Check "
            f"`llm_model`, and `openai_base_url`, which usually ends in /v1.{said}",
            outcome="not-found",
        )
    if status in _DOWN or status >= 500:
        outcome = _DOWN.get(status, "server-error")
        return ProviderDownError(
            f"The server {where} cannot serve now (status {status}).{said}",
            outcome=outcome,
            retry_after_seconds=retry_after(headers),
        )
    if 300 <= status < 400:
        to = redacted(headers.get("location", "another address"), key)[:_LONGEST_TOLD]
        return ProviderRefusedError(
            f"The server {where} sends on to {to} (status {status}). Set `openai_base_url` to the final address.",
            outcome="redirected",
        )
    outcome = "bad-request" if status in (400, 422) else "refused"
    return ProviderRefusedError(f"The server {where} refuses the request (status {status}).{said}", outcome=outcome)


def in_disguise(content: Mapping[str, Any], *, model: str, where: str, key: str | None = None) -> ModelError | None:
    """The error that a server tells with status 200, as some gateways do; None if it tells none."""
    error = content.get("error")
    if not error or content.get("choices") or content.get("data"):
        return None
    code = error.get("code") if isinstance(error, Mapping) else None
    try:
        status = int(str(code))
    except ValueError:
        status = 400 if _is_about_the_request(json.dumps(content)[:4000]) else 502
    if not 400 <= status < 600:
        status = 502
    return refusal(status, {}, json.dumps({"error": error}), model=model, where=where, key=key)


def unreadable(body: bytes, *, where: str) -> ModelError:
    """The error for a body that is no JSON object: a web page, or a reply that broke on its way."""
    start = body[:200].lstrip().lower()
    if start.startswith(b"<"):
        return ProviderDownError(
            f"The server {where} answers with a web page. Check `openai_base_url`, which usually ends in /v1.",
            outcome="html",
        )
    if not start:
        return ProviderDownError(f"The server {where} answers with nothing.", outcome="empty-body")
    return ProviderDownError(f"The reply of {where} is no whole JSON object.", outcome="broken-body")


def too_large(limit: int, *, where: str) -> ModelError:
    """The error for a body without a sane end."""
    return ReplyError(f"The reply of {where} is longer than {limit:,} bytes.", outcome="too-large")


def told_by(body: str) -> tuple[str, str]:
    """The code and the message of an error body, in the forms that servers use."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return "", "" if body.lstrip().startswith("<") else " ".join(body.split())
    if not isinstance(content, Mapping):
        return "", ""
    error = content.get("error", content)
    if isinstance(error, Mapping):
        told = error.get("message") or error.get("detail") or ""
        return f"{error.get('code') or ''} {error.get('type') or ''}".strip(), _plain(told)
    return "", _plain(error)


def redacted(text: str, key: str | None) -> str:
    """The text without anything that looks like a key, cut to a sane length."""
    if key:
        text = text.replace(key, "[key]")
    return _KEY_LIKE.sub("[key]", text)[:_LONGEST_TOLD]


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """How many seconds a server asks to wait: a number, or a date. None if it does not say."""
    in_ms = _number(headers.get("retry-after-ms"))
    if in_ms is not None:
        return in_ms / 1000
    given = headers.get("retry-after")
    seconds = _number(given)
    if seconds is not None or given is None:
        return seconds
    try:
        moment = parsedate_to_datetime(given)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _is_about_the_request(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_TOO_LONG, _CONTENT, _NO_MODEL, _NO_MONEY))


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text[:4000].split())


def _number(given: str | None) -> float | None:
    try:
        number = float(given) if given is not None else None
    except ValueError:
        return None
    return max(0.0, number) if number is not None and math.isfinite(number) else None
