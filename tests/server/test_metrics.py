"""Figures, logs and spans: what they tell, and what they never tell."""

from __future__ import annotations

import io
import json
import logging

import pytest
from prometheus_client.parser import text_string_to_metric_families
from server_support import local_client

from memory_chain import MemoryManager
from memory_chain.server import ServerSettings, create_app, tracing
from memory_chain.server.logs import JSONLines, Redaction, redacted
from memory_chain.testing import ScriptedLLM


def figures(client) -> dict[tuple[str, frozenset], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def total(found, name, **labels) -> float:
    return sum(value for (one, given), value in found.items() if one == name and labels.items() <= dict(given).items())


def test_what_is_asked_is_counted_and_no_user_is_named(client):
    body = {"messages": [{"id": "m-1", "content": "I love tea.", "created_at": "2026-05-03T18:30:00Z"}]}
    for _ in range(2):
        client.post("/v1/users/canary-user/messages", json=body)
    client.post("/v1/users/canary-user/retrieve", json={"query": "tea?"})
    client.get("/v1/users/canary-nobody/profile")
    client.get("/canary-path")
    found = figures(client)
    assert total(found, "omem_adds_total") == 2
    assert total(found, "omem_messages_total", result="stored") == 1
    assert total(found, "omem_messages_total", result="duplicate") == 1
    assert total(found, "omem_retrieves_total") == 1
    assert total(found, "omem_operation_seconds_count", operation="profile", result="UnknownUserError") == 1
    assert total(found, "omem_requests_total", status="404") == 2
    assert total(found, "omem_memories_open") == 1
    assert "canary" not in client.get("/metrics").text


def test_models_are_counted_with_their_cost(tmp_path):
    manager = MemoryManager.open(tmp_path, llm=ScriptedLLM(["Tea."]), consolidate="manual")
    settings = ServerSettings(mounts=(), price_in=1_000_000, price_out=2_000_000)
    with manager:
        client = local_client(create_app(manager, settings=settings))
        manager.add("I love tea.", user_id="alice")
        manager.answer("What do I love?", user_id="alice")
        (call,) = manager.calls("alice")
        found = figures(client)
        assert total(found, "omem_model_calls_total", outcome="ok") == 1
        assert total(found, "omem_model_tokens_total", way="in") == call.tokens_in > 0
        assert total(found, "omem_model_cost_total") == call.tokens_in + 2 * call.tokens_out
        assert total(found, "omem_messages_pending") == manager.queued().pending


def test_dead_letters_are_told(tmp_path):
    with MemoryManager.open(tmp_path, llm=ScriptedLLM(["nonsense"] * 50), consolidate="manual") as manager:
        client = local_client(create_app(manager, settings=ServerSettings(mounts=())))
        manager.add("I love tea.", user_id="alice")
        manager.flush("alice")
        queued, found = manager.queued(), figures(client)
        assert queued.failing + queued.dead_letters == 1
        assert total(found, "omem_messages_failing") == queued.failing
        assert total(found, "omem_dead_letters") == queued.dead_letters


def test_ready_tells_if_the_home_cannot_be_written(tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with MemoryManager.open(blocked / "home") as manager:
        client = local_client(create_app(manager, settings=ServerSettings(mounts=())))
        assert client.get("/health").status_code == 200
        answer = client.get("/ready")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert str(tmp_path) not in answer.text
        assert str(blocked) in caplog.text  # the answer says that the log tells why
    assert client.get("/ready").status_code == 503  # closed


SECRETS = {
    "omem_0123456789ab_" + "aB3-_" * 9: "aB3-_aB3",
    "Authorization: Bearer abcdef123456": "abcdef123456",
    "sk-proj-1234567890abcdef": "1234567890abcdef",
    'api_key="hunter2hunter2"': "hunter2",
    "password=correcthorse": "correcthorse",
    "https://user:hunter22@host/x": "hunter22",
}


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_taken_out(text):
    shown = redacted(f"before {text} after")
    assert SECRETS[text] not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


def logged(level=logging.INFO):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONLines())
    handler.addFilter(Redaction())
    handler.setLevel(level)
    return handler, stream


def test_a_request_is_one_line_without_user_or_key(client, keys):
    made = keys.create(scopes=["read"], user_id="canary-user")
    handler, stream = logged()
    logger = logging.getLogger("memory_chain")
    logger.addHandler(handler)
    before, level = logger.level, logging.INFO
    logger.setLevel(level)
    try:
        answer = client.get("/v1/users/canary-user/profile", headers={"Authorization": f"Bearer {made.token}"})
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
    (line,) = [json.loads(one) for one in stream.getvalue().splitlines()]
    assert line["route"] == "/v1/users/{user_id}/profile"
    assert line["status"] == 404
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["key"] == made.key.prefix
    assert "canary" not in stream.getvalue()
    assert made.token not in stream.getvalue()


def test_a_trace_in_the_log_has_no_secret():
    handler, stream = logged()
    logger = logging.Logger("x")
    logger.addHandler(handler)
    token = "omem_0123456789ab_" + "A" * 43
    try:
        raise ValueError(token)  # noqa: TRY301
    except ValueError:
        logger.exception("key %s failed", token, extra={"given": token})
    line = json.loads(stream.getvalue())
    assert "A" * 43 not in stream.getvalue()
    assert line["message"] == "key omem_0123456789ab_[hidden] failed"
    assert "ValueError" in line["trace"]


def test_without_opentelemetry_a_span_is_nothing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry", None)
    tracing._starter.cache_clear()
    with tracing.span("x", {"a": 1}) as opened:
        assert opened is None
    tracing._starter.cache_clear()


def test_with_opentelemetry_requests_and_calls_are_spans(client):
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    tracing._starter.cache_clear()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.get("/v1/users/canary-user/profile", headers={"traceparent": parent})
    request = next(span for span in exporter.get_finished_spans() if span.name == "request")
    inner = next(span for span in exporter.get_finished_spans() if span.name == "memory.profile")
    assert request.attributes["http.route"] == "/v1/users/{user_id}/profile"
    assert request.attributes["http.response.status_code"] == 404
    assert inner.parent.span_id == request.context.span_id
    assert f"{request.context.trace_id:032x}" == parent.split("-")[1]
    assert "canary" not in str([span.to_json() for span in exporter.get_finished_spans()])
    provider.shutdown()
