"""The routes: what they answer, page by page, and how they fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import TypeAdapter
from server_support import local_client

from memory_chain.errors import (
    ClosedError,
    ConfigurationError,
    MemoryChainError,
    ModelError,
    ProviderDownError,
    StoreBusyError,
    StoreFullError,
)
from memory_chain.server import create_app
from memory_chain.server.access import every_route
from memory_chain.server.describing import EXAMPLES
from memory_chain.server.problems import MEDIA_TYPE, problem_of

ALICE = "/v1/users/alice"
AT = datetime(2026, 5, 3, 18, 30, tzinfo=UTC)


def add(client, *texts, user="alice", **more):
    answer = client.post(f"/v1/users/{user}/messages", json={"messages": [{"content": text, **more} for text in texts]})
    assert answer.status_code == 201, answer.text
    return answer.json()


def pages(client, path, **params):
    """All items of a list, page by page."""
    found, cursor = [], None
    while True:
        answer = client.get(path, params={**params, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found.append(body["items"])
        cursor = body["next_cursor"]
        if cursor is None:
            return found


# -- saying --


def test_adding_again_is_told_and_changes_nothing(client):
    body = {"messages": [{"id": "m-1", "content": "I love climbing.", "created_at": "2026-05-03T18:30:00Z"}]}
    first = client.post(f"{ALICE}/messages", json=body)
    assert (first.status_code, first.json()["stored"]) == (201, 1)
    again = client.post(f"{ALICE}/messages", json=body)
    assert (again.status_code, again.json()["stored"], again.json()["duplicates"]) == (200, 0, 1)
    body["messages"][0]["content"] = "I hate climbing."
    other = client.post(f"{ALICE}/messages", json=body)
    assert other.status_code == 409
    assert other.json()["type"] == "urn:o-mem:problem:conflict"
    assert client.get(f"{ALICE}/messages/m-1").json()["text"] == "I love climbing."


def test_all_of_a_call_or_none(client):
    messages = [{"content": "fine"}, {"content": "late", "created_at": "2126-01-01T00:00:00Z"}]
    assert client.post(f"{ALICE}/messages", json={"messages": messages}).status_code == 422
    assert client.get(f"{ALICE}/messages").json().get("items", []) == []


def test_content_in_parts_and_metadata_are_kept(client):
    parts = [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "x"}}]
    add(client, parts, id="m-1", metadata={"source": "app"}, session_id="s/1", speaker="Al")
    kept = client.get(f"{ALICE}/messages/m-1").json()
    assert kept["text"] == "Look:"
    assert kept["metadata"] == {"source": "app", "other_parts": ["image_url"]}
    assert (kept["session_id"], kept["speaker"]) == ("s/1", "Al")


@pytest.mark.parametrize(
    "user", ["a/b", "a?b#c", "ü ñ 漢 🙂", "%", "100%25", "a\\b", "..x", "' OR 1=1 --", "a\nb", "*", "x" * 256]
)
def test_any_user_id_works_percent_encoded(client, user):
    from urllib.parse import quote

    path = f"/v1/users/{quote(user, safe='')}"
    assert client.post(f"{path}/messages", json={"messages": [{"content": "hello"}]}).status_code == 201
    assert client.get(f"{path}/messages").json()["items"][0]["user_id"] == user
    assert client.get("/v1/users").json()["items"] == [{"user_id": user}]


@pytest.mark.parametrize("user", ["%20", "x" * 257, "%FF"])
def test_an_impossible_user_id_is_refused(client, user):
    answer = client.post(f"/v1/users/{user}/messages", json={"messages": [{"content": "hello"}]})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == MEDIA_TYPE


# -- pages --


@pytest.mark.parametrize("newest_first", [False, True])
def test_messages_come_in_pages_that_hold_while_others_are_added(client, newest_first):
    texts = [f"message {number}" for number in range(25)]
    for place, text in enumerate(texts):
        add(client, text, created_at=(AT + timedelta(seconds=place // 3)).isoformat())
    found = pages(client, f"{ALICE}/messages", limit=4, newest_first=newest_first)
    assert [len(page) for page in found] == [4] * 6 + [1]
    said = [message["text"] for page in found for message in page]
    assert said == (texts[::-1] if newest_first else texts)
    first = client.get(f"{ALICE}/messages", params={"limit": 10, "newest_first": newest_first}).json()
    add(client, "later", created_at="2026-06-01T00:00:00Z")
    add(client, "earlier", created_at="2026-01-01T00:00:00Z")
    rest = pages(client, f"{ALICE}/messages", limit=50, newest_first=newest_first, cursor=first["next_cursor"])
    texts = [message["text"] for message in rest[0]]
    assert len(texts) == 16
    assert ("later" in texts) is not newest_first


def test_history_topics_events_and_users_come_in_pages(client):
    for number, what in enumerate(("climbing", "tea", "jazz", "chess", "Rome")):
        add(client, f"I love {what}. I went to {what} yesterday.", created_at=(AT + timedelta(days=number)).isoformat())
        add(client, "hello", user=f"user{number}")
    for path in (f"{ALICE}/history", f"{ALICE}/topics", f"{ALICE}/events", "/v1/users"):
        whole = pages(client, path, limit=1000)
        assert len(whole) == 1
        assert len(whole[0]) >= 3, path
        found = pages(client, path, limit=2)
        assert [item for page in found for item in page] == whole[0]
        assert all(len(before) == 2 for before, _ in pairwise(found))


def test_a_page_is_never_longer_than_allowed(client):
    add(client, "hello")
    assert client.get(f"{ALICE}/messages", params={"limit": 1001}).status_code == 422
    assert client.get(f"{ALICE}/messages", params={"limit": 0}).status_code == 422


@pytest.mark.parametrize(
    "cursor", ["x", "WyJldmVudHMiLCAieCJd", "e30", "bnVsbA", "WzFd", "W1siYSJdXQ", "ü", "A" * 1999]
)
def test_a_wrong_cursor_is_refused(client, cursor):
    add(client, "I love tea.")
    for path in ("messages", "history", "topics", "events", "calls"):
        answer = client.get(f"{ALICE}/{path}", params={"cursor": cursor})
        assert answer.status_code == 422, (path, answer.text)


# -- finding, setting right, forgetting --


def test_correct_and_undo(client):
    add(client, "I am allergic to shellfish.")
    (aspect,) = client.get(f"{ALICE}/profile").json()["aspects"]
    item = aspect["current"]["id"]
    right = client.post(f"{ALICE}/correct", json={"item_id": item, "value": "peanuts"})
    assert right.status_code == 200
    assert right.json()["value"] == "peanuts"
    assert client.get(f"{ALICE}/items/{item}").json()["superseded_by"] == right.json()["id"]
    assert client.post(f"{ALICE}/undo", json={"item_id": right.json()["id"]}).status_code == 204
    assert client.get(f"{ALICE}/profile").json()["aspects"][0]["current"]["value"] == "shellfish"
    assert client.post(f"{ALICE}/correct", json={"item_id": "nope", "value": "x"}).status_code == 404
    assert client.post(f"{ALICE}/correct", json={"item_id": item}).status_code == 422


def test_forget_revoke_and_forget_the_user(client):
    add(client, "I love climbing.", "I love tea.", session_id="s1")
    add(client, "I love jazz.", id="m-1")
    assert client.post(f"{ALICE}/forget", json={"message_ids": ["m-1"]}).json()["messages"] == 1
    assert client.post(f"{ALICE}/forget", json={}).status_code == 422
    assert client.post(f"{ALICE}/revoke", json={"source": "s1"}).json()["messages"] == 2
    assert client.get(f"{ALICE}/messages").json()["items"] == []
    assert client.delete(ALICE).json()["user_removed"] is True
    assert client.get(f"{ALICE}/status").status_code == 404


def test_export_and_import(client):
    add(client, *[f"I love thing{number}." for number in range(300)])
    exported = client.get(f"{ALICE}/export")
    assert exported.headers["content-type"] == "application/x-ndjson"
    assert len(exported.text.splitlines()) > 300
    send = {"content": exported.content, "headers": {"Content-Type": "application/x-ndjson"}}
    assert client.post("/v1/users/twin/import", **send).json() == {"user_id": "twin"}
    texts = [
        [one["text"] for one in client.get(f"/v1/users/{user}/messages").json()["items"]] for user in ("alice", "twin")
    ]
    assert texts[0] == texts[1]
    again = client.post("/v1/users/twin/import", **send)
    assert again.status_code == 409
    assert again.json()["type"] == "urn:o-mem:problem:user-exists"
    assert "forget the user first" in again.json()["detail"]
    for body in (b"", b"{}", b"\xff\xfe", exported.content[:-30]):
        answer = client.post("/v1/users/broken/import", content=body, headers=send["headers"])
        assert answer.status_code == 422, body
        assert "omem-" not in answer.text
        assert "/tmp" not in answer.text
    assert client.post("/v1/users/x/import", json={}).status_code == 415
    assert client.get("/v1/users/broken/status").status_code == 404


def test_as_of_and_trust(client):
    add(client, "I live in Rome.", created_at="2026-01-01T00:00:00Z")
    add(client, "I live in Paris.", created_at="2026-03-01T00:00:00Z")
    then = client.get(f"{ALICE}/profile", params={"as_of": "2026-02-01T00:00:00Z"}).json()
    now = client.get(f"{ALICE}/profile", params={"min_trust": "stated"}).json()
    assert ("Rome" in str(then["aspects"]), "Paris" in str(then["aspects"])) == (True, False)
    assert "Paris" in str(now["aspects"])
    assert client.get(f"{ALICE}/profile", params={"as_of": "2026-02-01T00:00:00"}).status_code == 422
    for year in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"):
        assert client.get(f"{ALICE}/events?since={year}").status_code == 422


def test_looking_after(client):
    add(client, "I love tea.")
    for method, path in (("GET", "status"), ("POST", "flush"), ("POST", "retry"), ("POST", "rebuild")):
        answer = client.request(method, f"{ALICE}/{path}")
        assert answer.status_code == 200
        assert answer.json()["messages"] == 1


# -- problems --


@pytest.mark.parametrize(
    ("method", "path", "send", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/v1/users/", {}, 404),
        ("PUT", f"{ALICE}/messages", {}, 405),
        ("POST", f"{ALICE}/messages", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", f"{ALICE}/messages", {"content": b"\xff", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", f"{ALICE}/messages", {"json": {"messages": [{"content": "x", "colour": "red"}]}}, 422),
        ("POST", f"{ALICE}/messages", {"json": {"messages": []}}, 422),
        ("POST", f"{ALICE}/messages", {"json": {"messages": [{"content": " "}]}}, 422),
        ("POST", f"{ALICE}/messages", {"content": b"hello", "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", f"{ALICE}/retrieve", {"json": {"query": "x"}}, 404),
        ("GET", f"{ALICE}/items/x", {}, 404),
    ],
)
def test_every_failure_has_the_same_shape(client, method, path, send, status):
    answer = client.request(method, path, **send)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    body = answer.json()
    assert {"type", "title", "status", "detail", "request_id"} <= body.keys()
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("error", "status", "wait"),
    [
        (StoreBusyError("/home/secret/alice.omem was held"), 503, "5"),
        (StoreFullError("/home/secret is full"), 503, "5"),
        (ClosedError("closed"), 503, "5"),
        (ProviderDownError("sk-secret", retry_after_seconds=17), 503, "17"),
        (ModelError("secret"), 503, "5"),
        (ConfigurationError("secret"), 503, "5"),
        (RuntimeError("secret"), 500, None),
    ],
)
def test_the_servers_own_troubles_are_told_without_details(manager, rest_settings, monkeypatch, error, status, wait):
    def fail(user_id):
        raise error

    fail.__name__ = "status"
    monkeypatch.setattr(manager, "status", fail)
    answer = local_client(create_app(manager, settings=rest_settings)).get(f"{ALICE}/status")
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == wait
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_error_of_the_tree_has_a_status():
    def below(kind):
        return [kind, *(one for child in kind.__subclasses__() for one in below(child))]

    core = [kind for kind in below(MemoryChainError) if not kind.__module__.startswith("memory_chain.evaluation")]
    for kind in core:  # no request ever runs an evaluation
        error = kind.__new__(kind)
        assert 400 <= problem_of(error).status < 600
        if kind is not MemoryChainError:
            assert problem_of(error).status != 500, kind


# -- the description --


def test_every_operation_is_described_with_examples(client):
    document = client.get("/openapi.json").json()
    seen = 0
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            seen += 1
            where = f"{method} {path}"
            assert told["description"], where
            good = {status: one for status, one in told["responses"].items() if status.startswith("2")}
            for status, response in good.items():
                examples = [content.get("example") for content in response.get("content", {}).values()]
                assert status == "204" or (examples and None not in examples), where
            assert {"400", "422", "503"} <= told["responses"].keys(), where
            assert ({"401", "403", "429"} <= told["responses"].keys()) is bool(told["security"]), where
            for content in told.get("requestBody", {}).get("content", {}).values():
                schema = content["schema"]
                name = schema.get("$ref", "").rsplit("/", 1)[-1]
                assert content.get("example") or document["components"]["schemas"][name]["examples"], where
    assert seen >= 26
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_example_fits_its_operation(app):
    checked = 0
    for route in every_route(app.routes):
        for response in (getattr(route, "responses", None) or {}).values():
            name = response.get("content", {}).get("application/json", {}).get("example")
            if isinstance(name, str) and route.response_model is not None:
                adapter = TypeAdapter(route.response_model)
                shown = json.loads(adapter.dump_json(adapter.validate_python(EXAMPLES[name])))
                assert shown == EXAMPLES[name], name
                checked += 1
    assert checked >= 20


def test_examples_of_requests_are_taken(client, app):
    add(client, "I am allergic to shellfish.", id="m-9")
    schemas = app.openapi()["components"]["schemas"]
    assert client.post(f"{ALICE}/messages", json=schemas["AddIn"]["examples"][0]).status_code == 201
    assert client.post(f"{ALICE}/retrieve", json=schemas["RetrieveIn"]["examples"][0]).status_code == 200
    assert client.post(f"{ALICE}/search", json=schemas["SearchIn"]["examples"][0]).status_code == 200
    assert client.post(f"{ALICE}/forget", json=schemas["ForgetIn"]["examples"][0]).status_code == 200
    assert client.post(f"{ALICE}/revoke", json=schemas["RevokeIn"]["examples"][0]).status_code == 200
