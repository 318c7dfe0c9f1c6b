"""The client of OpenAI-compatible servers: every failure of a server and of the road to it."""

from __future__ import annotations

import base64
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from traceback import TracebackException
from typing import Any

import fault_server
import pytest
from fault_server import CONTENT, ENVELOPE, TRANSPORT, FaultServer

from memory_chain.errors import ConfigurationError, ModelError, ProviderDownError, ProviderRefusedError, ReplyError
from memory_chain.llm import faults
from memory_chain.llm.base import ChatMessage, LLMRequest
from memory_chain.llm.openai_compatible import OpenAICompatibleLLM, read_completion

KEY = "sk-test-0123456789abcdef"
Make = Callable[..., OpenAICompatibleLLM]


def ask(text: str = "hello", **settings: Any) -> LLMRequest:
    messages = [ChatMessage(role="system", content="Answer in JSON."), ChatMessage(role="user", content=text)]
    return LLMRequest(messages=messages, purpose="answer", prompt="answer", prompt_version="1", **settings)


EXPECTED: dict[str, tuple[type[ModelError], str, int]] = {
    # fault: error, outcome, requests made with two attempts
    "timeout": (ProviderDownError, "timeout", 2),
    "429": (ProviderDownError, "rate-limited", 2),
    "429-long": (ProviderDownError, "rate-limited", 1),
    "500": (ProviderDownError, "server-error", 2),
    "502": (ProviderDownError, "server-error", 2),
    "503": (ProviderDownError, "server-error", 2),
    "401": (ProviderRefusedError, "wrong-key", 1),
    "403": (ProviderRefusedError, "wrong-key", 1),
    "404": (ProviderRefusedError, "not-found", 1),
    "400-context": (ProviderRefusedError, "too-long", 1),
    "400": (ProviderRefusedError, "bad-request", 1),
    "413": (ProviderRefusedError, "too-long", 1),
    "quota": (ProviderRefusedError, "quota", 1),
    "half-body": (ProviderDownError, "broken-body", 2),
    "reset": (ProviderDownError, "no-connection", 2),
    "reset-mid-body": (ProviderDownError, "broken-body", 2),
    "html": (ProviderDownError, "html", 2),
    "endless-body": (ReplyError, "too-large", 1),
    "slow-body": (ProviderDownError, "timeout", 2),
    "10mb": (ReplyError, "too-large", 1),
    "empty-body": (ProviderDownError, "empty-body", 2),
    "not-json": (ProviderDownError, "broken-body", 2),
    "json-array-body": (ProviderDownError, "broken-body", 2),
    "error-in-200": (ProviderDownError, "server-error", 2),
    "redirect": (ProviderRefusedError, "redirected", 1),
    "bad-gzip": (ProviderDownError, "broken-body", 2),
    "no-choices": (ReplyError, "no-choices", 1),
    "choices-null": (ReplyError, "no-choices", 1),
    "message-null": (ReplyError, "no-choices", 1),
    "null-content": (ReplyError, "empty", 1),
    "empty": (ReplyError, "empty", 1),
    "refusal": (ReplyError, "refused", 1),
    "filtered": (ReplyError, "filtered", 1),
}


def test_every_fault_of_the_road_has_an_expectation() -> None:
    assert {*TRANSPORT, *ENVELOPE} - {"length"} == set(EXPECTED)


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_is_an_error_of_our_tree_with_a_ledger_row_a_try(
    fault: str, server: FaultServer, make_llm: Make
) -> None:
    kind, outcome, tries = EXPECTED[fault]
    limit = 1_000_000 if fault == "endless-body" else 4_000_000
    llm = make_llm(most_bytes=limit, timeout_seconds=0.15 if "timeout" in fault or "slow" in fault else 2.0)
    server.queue(*[fault] * tries)
    with pytest.raises(ModelError) as caught:
        llm.complete(ask())
    error = caught.value
    assert type(error) is kind
    assert error.outcome == outcome  # type: ignore[attr-defined]
    assert [call.outcome for call in error.calls] == [outcome] * tries
    assert [call.attempt for call in error.calls] == list(range(1, tries + 1))
    assert all(call.purpose == "answer" and call.prompt_version == "1" and call.model == "m" for call in error.calls)
    assert len(server.requests) == tries
    shown = f"{error} {error!r} {error.__cause__} {error.__context__} {error.calls} {llm!r}"
    assert KEY not in shown
    assert KEY[10:] not in shown


PASSING = [fault for fault, (kind, _, tries) in EXPECTED.items() if kind is ProviderDownError and tries > 1]


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_is_got_over(fault: str, server: FaultServer, make_llm: Make) -> None:
    llm = make_llm(timeout_seconds=0.15 if fault in ("timeout", "slow-body") else 2.0)
    server.queue(fault, "good")
    reply = llm.complete(ask())
    assert reply.text == "I am a stub and glad to help."
    assert [call.outcome for call in reply.calls] == [EXPECTED[fault][1], "ok"]


@pytest.mark.parametrize("fault", CONTENT)
def test_odd_texts_arrive_as_text(fault: str, server: FaultServer, make_llm: Make) -> None:
    server.queue(fault)
    reply = make_llm(timeout_seconds=2.0).complete(ask())
    assert reply.text
    assert reply.text.encode("utf-8")
    assert reply.cut == (fault in ("truncated", "repetition"))
    assert reply.calls[-1].outcome == ("cut" if reply.cut else "ok")
    assert reply.tokens_in > 0
    assert reply.tokens_out > 0


def test_a_cut_reply_says_so(server: FaultServer, make_llm: Make) -> None:
    server.queue("length")
    reply = make_llm().complete(ask())
    assert reply.cut
    assert reply.calls[0].outcome == "cut"


def test_thoughts_beside_the_answer_are_not_the_answer(server: FaultServer, make_llm: Make) -> None:
    server.queue("reasoning-content")
    assert "think" not in make_llm().complete(ask()).text


def test_retry_after_is_honoured_and_bounded(server: FaultServer, make_llm: Make) -> None:
    waits: list[float] = []
    server.queue("429", "good")
    make_llm(sleep=waits.append).complete(ask())
    assert waits == [0.01]

    waits.clear()
    server.queue("429-long")
    with pytest.raises(ProviderDownError) as caught:
        make_llm(sleep=waits.append).complete(ask())
    assert waits == []
    assert caught.value.retry_after_seconds == 120


def test_waits_grow_between_tries(server: FaultServer, make_llm: Make) -> None:
    waits: list[float] = []
    server.queue("500", "500", "500", "500")
    with pytest.raises(ProviderDownError):
        make_llm(attempts=4, sleep=waits.append, longest_wait_seconds=1.5).complete(ask())
    assert len(waits) == 3
    assert 0.3 < waits[0] < 0.7 < waits[1] <= waits[2] <= 1.5


def test_the_key_goes_to_the_server_and_nowhere_else(server: FaultServer, make_llm: Make) -> None:
    llm = make_llm()
    llm.complete(ask())
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(llm)
    assert KEY not in json.dumps(server.requests[0].body)


@pytest.mark.parametrize("fault", TRANSPORT)
def test_the_key_is_in_no_log_and_no_frame_of_a_traceback(
    fault: str, server: FaultServer, make_llm: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.queue(fault)
    llm = make_llm(attempts=1, most_bytes=100_000, timeout_seconds=0.15 if fault in ("timeout", "slow-body") else 2.0)
    with pytest.raises(ModelError) as caught:
        llm.complete(ask())
    shown = "".join(TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "Bearer" not in shown
    assert KEY not in shown
    assert KEY not in caplog.text


def test_a_redirect_is_not_followed(make_llm: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers at the other address is not asked, with or without the key."""
    with FaultServer() as other, FaultServer() as server:
        to = {"Location": f"{other.base_url}/chat/completions"}
        monkeypatch.setitem(fault_server.STATUS, "redirect", (307, "", to))
        server.queue("redirect")
        with pytest.raises(ProviderRefusedError, match="sends on to"):
            make_llm(base_url=server.base_url).complete(ask())
        assert other.requests == []


def test_a_local_server_needs_no_key(server: FaultServer, make_llm: Make) -> None:
    make_llm(api_key=None).complete(ask())
    assert server.requests[0].headers["authorization"].startswith("Bearer ")


def test_the_environment_is_not_read(server: FaultServer, make_llm: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-from-the-environment")
    make_llm(api_key=None).complete(ask())
    assert "environment" not in json.dumps(server.requests[0].headers)


def test_structured_output_falls_back_once_and_is_remembered(make_llm: Make) -> None:
    schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    with FaultServer(refuse_formats=["json_schema", "json_object"]) as picky:
        llm = make_llm(base_url=picky.base_url)
        reply = llm.complete(ask(json_schema=schema))
        assert [call.outcome for call in reply.calls] == ["bad-request", "bad-request", "ok"]
        assert len(llm.complete(ask(json_schema=schema)).calls) == 1
        formats = [(request.body.get("response_format") or {}).get("type") for request in picky.requests]
        assert formats == ["json_schema", "json_object", None, None]
        llm.close()


def test_a_bad_request_that_no_format_causes_is_not_remembered(server: FaultServer, make_llm: Make) -> None:
    llm = make_llm()
    server.queue("400", "400", "400")
    with pytest.raises(ProviderRefusedError) as caught:
        llm.complete(ask(json_schema={"type": "object"}))
    assert len(caught.value.calls) == 3
    llm.complete(ask(json_schema={"type": "object"}))
    assert server.requests[-1].body["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    ("refused", "sent", "missing"),
    [
        (["max_tokens"], "max_completion_tokens", "max_tokens"),
        (["temperature"], "max_tokens", "temperature"),
        (["max_tokens", "temperature"], "max_completion_tokens", "temperature"),
    ],
)
def test_parameters_that_a_server_refuses_are_left_out(
    refused: list[str], sent: str, missing: str, make_llm: Make
) -> None:
    with FaultServer(refuse_parameters=refused) as picky:
        llm = make_llm(base_url=picky.base_url)
        llm.complete(ask(max_tokens=50))
        assert len(llm.complete(ask(max_tokens=50)).calls) == 1
        assert sent in picky.requests[-1].body
        assert missing not in picky.requests[-1].body
        llm.close()


def test_schema_and_extra_fields_are_sent(server: FaultServer, make_llm: Make) -> None:
    make_llm(extra={"reasoning_effort": "low"}).complete(ask(json_schema={"type": "object"}, max_tokens=9))
    body = server.requests[0].body
    assert body["reasoning_effort"] == "low"
    assert body["max_tokens"] == 9
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_usage_is_the_servers_or_an_estimate(server: FaultServer, make_llm: Make) -> None:
    server.queue("good", "no-usage", "bad-usage")
    llm = make_llm()
    told, missing, nonsense = (llm.complete(ask("some words " * 20)) for _ in range(3))
    assert (told.tokens_in, told.tokens_out) == (100, 20)
    assert missing.tokens_in == nonsense.tokens_in > 20
    assert 5 < missing.tokens_out < 30
    assert missing.calls[-1].tokens_in == missing.tokens_in


def test_text_that_no_wire_carries_is_made_to_fit(server: FaultServer, make_llm: Make) -> None:
    make_llm().complete(ask("a\ud83d\x00b 😀 שלום"))
    sent = server.requests[0].body["messages"][1]["content"]
    assert "😀 שלום" in sent
    assert "\x00" not in sent


def test_no_more_calls_at_once_than_allowed(make_llm: Make) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def slow(body: object) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.03)
        with lock:
            running -= 1
        return "done"

    with FaultServer(answer=slow) as server:
        llm = make_llm(base_url=server.base_url, concurrency=2, timeout_seconds=5)
        threads = [threading.Thread(target=llm.complete, args=(ask(),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        llm.close()
    assert most == 2


def test_nobody_listens(make_llm: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening
        llm = make_llm(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        with pytest.raises(ProviderDownError, match="Is the server running"):
            llm.complete(ask())


def test_a_closed_client_says_so(make_llm: Make) -> None:
    llm = make_llm()
    llm.close()
    llm.close()
    with pytest.raises(ProviderDownError, match="closed") as caught:
        llm.complete(ask())
    assert len(caught.value.calls) == 1


@pytest.mark.parametrize(
    "url", ["localhost:11434", "ftp://x", "http://", "not an address", "http://x:port", "http://a b"]
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ConfigurationError, match="openai_base_url"):
        OpenAICompatibleLLM("m", base_url=url)


@pytest.mark.parametrize("ending", ["", "/", "/chat/completions", "/embeddings/"])
def test_the_address_may_end_as_it_likes(ending: str, server: FaultServer, make_llm: Make) -> None:
    make_llm(base_url=server.base_url + ending).complete(ask())
    assert server.requests[0].path == "/v1/chat/completions"


def test_a_key_that_no_header_carries_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        OpenAICompatibleLLM("m", api_key="sk-secret\nX: y")
    assert "secret" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="llm_model"):
        OpenAICompatibleLLM("  ")


def test_a_password_in_the_address_is_not_shown(make_llm: Make) -> None:
    llm = make_llm(base_url="http://joe:hunter2@127.0.0.1:9/v1", attempts=1)
    with pytest.raises(ProviderDownError) as caught:
        llm.complete(ask())
    assert "hunter2" not in f"{caught.value} {llm!r} {caught.value.calls}"
    with pytest.raises(ConfigurationError) as wrong:
        OpenAICompatibleLLM("m", base_url="ftp://joe:hunter2@x")
    assert "hunter2" not in str(wrong.value)


def test_a_password_in_the_address_is_sent_and_not_logged(
    server: FaultServer, make_llm: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    make_llm(base_url=server.base_url.replace("://", "://joe:hunter%40@")).complete(ask())
    sent = server.requests[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent) == b"joe:hunter@"
    assert "POST" in caplog.text
    assert "hunter" not in caplog.text
    assert sent not in caplog.text


def test_the_http_client_is_imported_only_when_a_call_is_made() -> None:
    code = (
        "import sys; from memory_chain.llm.openai_compatible import OpenAICompatibleLLM as L; L('m', 'k').close(); "
        "print([name for name in ('openai', 'httpx2', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- the pure part ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after": "Wed, 01 May 2024 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Wed, 01 May 2024 11:00:00 GMT"}, 0.0),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert faults.retry_after(headers, now=datetime(2024, 5, 1, 12, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (400, {"error": {"message": "prompt is too long: 210000 tokens > 200000 maximum"}}, "too-long"),
        (400, {"error": "exceeds the available context size"}, "too-long"),
        (500, {"error": {"message": "input is too large to process. increase the physical batch size"}}, "too-long"),
        (400, {"error": {"message": "invalid model ID"}}, "not-found"),
        (404, {"error": "model 'llama9' not found, try pulling it first"}, "not-found"),
        (404, "404 page not found", "not-found"),
        (400, {"error": {"message": "violates our content policy", "code": "content_filter"}}, "content"),
        (403, {"error": {"message": "Your input was flagged by moderation"}}, "content"),
        (402, {"error": {"message": "Insufficient credits"}}, "quota"),
        (400, {"detail": "something"}, "bad-request"),
        (400, [1, 2], "bad-request"),
        (400, {"error": {"message": {"deep": 1}}}, "bad-request"),
        (418, "", "refused"),
        (529, "overloaded", "server-error"),
        (408, "", "timeout"),
    ],
)
def test_what_servers_say(status: int, body: Any, outcome: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    error = faults.refusal(status, {}, text, model="m", where="http://x")
    assert error.outcome == outcome  # type: ignore[attr-defined]
    assert len(str(error)) < 700


@pytest.mark.parametrize("code", [429, "429", "context_length_exceeded", None, 7, "x"])
def test_an_error_in_disguise(code: Any) -> None:
    content = {"error": {"code": code, "message": "no"}}
    error = faults.in_disguise(content, model="m", where="http://x")
    expected = {"429": "rate-limited", "context_length_exceeded": "too-long"}.get(str(code), "server-error")
    assert error is not None
    assert error.outcome == expected  # type: ignore[attr-defined]
    assert faults.in_disguise({"choices": [1], "error": None}, model="m", where="x") is None


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"choices": [7]},
        {"choices": {}},
        {"choices": [{"message": "hi"}]},
        {"choices": [{"message": {"content": 7}}]},
    ],
)
def test_what_is_no_completion(content: dict[str, Any]) -> None:
    with pytest.raises(ReplyError):
        read_completion(content)
