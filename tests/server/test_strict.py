"""Requests at the edges: what is no JSON, what is said twice, what is too deep, and methods of little use."""

from __future__ import annotations

import json

import pytest

from memory_chain.server.problems import MEDIA_TYPE
from memory_chain.server.strict import BadJSONError, parsed

ALICE = "/v1/users/alice"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def somebody(client):
    messages = [{"id": f"m-{number}", "content": f"I love thing{number}."} for number in range(3)]
    assert client.post(f"{ALICE}/messages", json={"messages": messages}).status_code == 201


def problem(answer, status: int, kind: str) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["type"] == f"urn:o-mem:problem:{kind}"
    return answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"query": "a", "query": "b"}', "names 'query' twice"),
        (b'{"query": "a", "limit": ' + b"9" * 5000 + b"}", "5,000 digits"),
        (b'{"query": "a", "limit": NaN}', "NaN"),
        (b'{"query": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
        (b'{"query": "a",}', "line 1, column 15"),
        ('{"query": "é"}'.encode("latin-1"), "UTF-8"),
        ('{"query": "a"}'.encode("utf-16"), "UTF-8"),
    ],
)
def test_what_is_no_json_is_told_with_its_reason(client, body, told):
    answer = client.post(f"{ALICE}/search", content=body, headers=JSON)
    assert told in problem(answer, 400, "bad-json")


def test_nothing_is_forgotten_by_a_body_that_says_two_things(client):
    body = b'{"message_ids": ["m-0"], "message_ids": ["m-1"]}'
    assert client.post(f"{ALICE}/forget", content=body, headers=JSON).status_code == 400
    assert client.get(f"{ALICE}/status").json()["messages"] == 3


def test_a_mark_of_byte_order_is_no_fault():
    assert parsed(b'\xef\xbb\xbf{"a": [1, 1.5, null, true]}') == {"a": [1, 1.5, None, True]}
    with pytest.raises(BadJSONError):
        parsed(b"\xff")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", None])
def test_a_body_of_another_kind_is_refused(client, kind):
    headers = {} if kind is None else {"Content-Type": kind}
    answer = client.post(f"{ALICE}/search", content=b'{"query": "x"}', headers=headers)
    assert "Content-Type: application/json" in problem(answer, 415, "wrong-media-type")


def test_a_compressed_body_is_refused(client):
    answer = client.post(f"{ALICE}/search", content=b'{"query": "x"}', headers={**JSON, "Content-Encoding": "gzip"})
    assert "Content-Encoding" in problem(answer, 415, "wrong-media-type")


def test_a_body_that_is_missing_is_told_so(client):
    assert "required" in problem(client.post(f"{ALICE}/search"), 422, "invalid-request")


def test_nul_bytes_and_lone_surrogates_are_ordinary_input(client):
    body = rb"""{"messages": [{"id": "odd", "content": "a\u0000b \ud800 \ud83d\ude42", "session_id": "\udc00",
        "speaker": "\udfff", "metadata": {"k\ud800": ["\ud801"]}}]}"""
    assert client.post(f"{ALICE}/messages", content=body, headers=JSON).status_code == 201
    kept = client.get(f"{ALICE}/messages/odd").json()
    assert kept["text"] == "a\ufffdb \ufffd \U0001f642"
    assert kept["metadata"] == {"k\ufffd": ["\ufffd"]}
    for path, given in (
        ("retrieve", {"query": "\ud800\0"}),
        ("search", {"query": "\ud800"}),
        ("clues", {"texts": ["\0"]}),
    ):
        assert client.post(f"{ALICE}/{path}", content=json.dumps(given), headers=JSON).status_code == 200


@pytest.mark.parametrize("levels", [65, 300, 900])
def test_what_is_nested_too_deeply_is_refused(client, levels):
    deep = b"[" * levels + b"]" * levels
    kept = client.post(
        f"{ALICE}/messages", content=b'{"messages": [{"content": "x", "metadata": {"a": %s}}]}' % deep, headers=JSON
    )
    assert kept.status_code in (400, 422)
    assert "nested" in kept.json()["detail"]
    parts = b'{"messages": [{"content": [{"type": "text", "text": "x", "a": %s}]}]}' % deep
    assert client.post(f"{ALICE}/messages", content=parts, headers=JSON).status_code in (201, 400, 422)
    assert client.get(f"{ALICE}/messages").status_code == 200
    assert client.get(f"{ALICE}/export").status_code == 200


def test_what_is_nested_a_little_comes_back(client):
    metadata = {"a": [[[[{"b": [1, {"c": None}]}]]]]}
    client.post(f"{ALICE}/messages", json={"messages": [{"id": "deep", "content": "x", "metadata": metadata}]})
    assert client.get(f"{ALICE}/messages/deep").json()["metadata"] == metadata


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("limt=1", "query.limt: is not known (known here: cursor, limit,"),
        ("limit=1&limit=2", "query.limit: is given twice"),
        ("as_of=2026-05-03T00:00:00Z", "query.as_of: is not known"),
        ("since=2026-05-03T00:00:00+02:00", "write the + as %2B"),
        ("limit=" + "9" * 5000, "query.limit"),
        ("limit=1.5", "query.limit"),
        ("newest_first=maybe", "query.newest_first"),
    ],
)
def test_parameters_that_are_not_known_or_not_clear_are_refused(client, query, told):
    assert told in problem(client.get(f"{ALICE}/messages?{query}"), 422, "invalid-request")


def test_a_cursor_is_a_place_in_ones_own_list(client):
    client.post("/v1/users/bob/messages", json={"messages": [{"content": "I love canary."}]})
    cursor = client.get(f"{ALICE}/messages?limit=1").json()["next_cursor"]
    other = client.get("/v1/users/bob/messages", params={"cursor": cursor})
    assert {one["user_id"] for one in other.json()["items"]} <= {"bob"}
    for path in ("events", "history", "sessions", "topics"):
        assert "no cursor of this list" in problem(
            client.get(f"{ALICE}/{path}", params={"cursor": cursor}), 422, "invalid-input"
        )
    for tampered in (cursor[:-3], cursor + "A", cursor[::-1], cursor.upper(), " ", "="):
        assert client.get(f"{ALICE}/messages", params={"cursor": tampered}).status_code in (200, 422)


# -- methods and addresses --


def test_head_is_answered_like_get_without_a_body(client):
    for path in ("/health", "/ready", "/v1/users", f"{ALICE}/messages", f"{ALICE}/export", f"{ALICE}/items/x", "/no"):
        got, headed = client.get(path), client.head(path)
        assert headed.status_code == got.status_code
        assert headed.content == b""
        assert headed.headers["content-type"] == got.headers["content-type"]
        assert headed.headers["x-content-type-options"] == "nosniff"
    refused = client.head(f"{ALICE}/retrieve")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_head_needs_the_key_that_get_needs(client, keys):
    token = keys.create(scopes=["read"], user_id="alice").token
    assert client.head(f"{ALICE}/messages").status_code == 401
    assert client.head(f"{ALICE}/messages", headers={"X-API-Key": token}).status_code == 200
    assert client.head("/v1/users/bob/messages", headers={"X-API-Key": token}).status_code == 403


def test_options_tell_what_an_address_takes(client):
    answer = client.options(f"{ALICE}/messages")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, HEAD")


@pytest.mark.parametrize("path", ["/health/", "/v1/users/", f"{ALICE}/", f"{ALICE}/messages/", "/v1/users//profile"])
def test_a_slash_too_many_is_another_address(client, path):
    problem(client.get(path), 404, "no-route")


def test_users_who_look_alike_are_not_mixed_up(client):
    names = [
        "%2E%2E",
        "..%2F..",
        "%2F",
        "%25",
        "%2525",
        "a%2Fb",
        "a%2F..%2Fb",
        "%C3%A9",
        "e%CC%81",
        "Alice",
        "alice%20x",
    ]
    for number, name in enumerate(names):
        body = {"messages": [{"content": f"I am number{number}."}]}
        assert client.post(f"/v1/users/{name}/messages", json=body).status_code == 201
    for number, name in enumerate(names):
        said = [one["text"] for one in client.get(f"/v1/users/{name}/messages").json()["items"]]
        assert said == [f"I am number{number}."], name
    assert len(client.get("/v1/users").json()["items"]) == len(names) + 1


def test_sessions_come_in_pages(client):
    for number in range(3):
        messages = [{"content": "hello", "session_id": f"s{number}", "created_at": f"2026-05-0{number + 1}T00:00:00Z"}]
        client.post("/v1/users/carol/messages", json={"messages": messages})
    first = client.get("/v1/users/carol/sessions?limit=2").json()
    rest = client.get("/v1/users/carol/sessions", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["session_id"] for one in first["items"] + rest["items"]] == ["s2", "s1", "s0"]
    then = client.get("/v1/users/carol/sessions?as_of=2026-05-01T12:00:00Z").json()
    assert [one["session_id"] for one in then["items"]] == ["s0"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{ALICE}/messages", {"messages": [{"content": "x", "created_at": "2026-11-21T10:00:00"}]}),
        ("POST", f"{ALICE}/retrieve", {"query": "x", "as_of": "2026-11-21"}),
        ("GET", f"{ALICE}/events?since=2026-11-21T10:00:00", None),
    ],
)
def test_a_time_without_a_zone_is_told_as_it_is_written_here(client, method, path, body):
    told = problem(client.request(method, path, json=body), 422, "invalid-request")
    assert "has no zone; write it as in 2026-11-21T10:00:00Z." in told


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("retrieve", {"query": "x", "as_off": "x"}, "body.as_off: is not known (known here: as_of, budget_tokens, min"),
        (
            "messages",
            {"messages": [{"text": "x"}]},
            "is not known (known here: content, created_at, id, metadata, role",
        ),
        ("chat", {"text": "x", "user": "bob"}, "body.user: is not known (known here: budget_tokens, "),
    ],
)
def test_an_unknown_field_is_told_with_the_known_ones(client, path, body, told):
    answer = client.post(f"{ALICE}/{path}", json=body)
    problem(answer, 422, "invalid-request")
    assert any(told in f"{'.'.join(one['at'])}: {one['problem']}" for one in answer.json()["errors"])


def test_faults_are_told_in_plain_words(client):
    for user in ("x" * 300, "%C3%A9" * 257):
        told = problem(client.get(f"/v1/users/{user}/profile"), 422, "invalid-request")
        assert "user_id: should have at most 256 characters." in told
    body = {"messages": [{"content": "x", "created_at": 17}]}
    told = problem(client.post(f"{ALICE}/messages", json=body), 422, "invalid-request")
    assert "created_at: has to be a time as in 2026-05-03T18:30:00Z." in told
    told = problem(client.post(f"{ALICE}/forget", json={"message_ids": ["x"] * 10_001}), 422, "invalid-request")
    assert "message_ids: should have at most 10,000 items." in told
