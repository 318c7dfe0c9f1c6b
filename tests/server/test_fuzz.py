"""A short run of requests made up from the OpenAPI document; `fuzz.py` beside it is the long one."""

from __future__ import annotations

import pytest

pytest.importorskip("schemathesis", reason="schemathesis is not installed (pip install schemathesis)")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of schemathesis and what it stands on
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

import fuzz  # noqa: E402 (it imports schemathesis)


@pytest.mark.parametrize(("caller", "kind"), [("admin", "fitting"), ("admin", "any"), ("alice", "any")])
def test_no_made_up_request_gets_what_the_document_does_not_tell(caller, kind):
    figures = fuzz.Figures()
    fuzz.run_round(figures, caller=caller, kind=fuzz.Kind(kind), seed=20_000, examples=3, most=250)
    assert figures.found == {}
    assert figures.requests >= 100
    assert figures.by_phase["stateful"] > 0
    assert sum(figures.well.values()) > 10


def test_the_search_for_canaries_would_find_them():
    assert fuzz.canaries_are_there()


@pytest.mark.parametrize("given", [0, 0.5, "0", "1750000000", "1e9", True, ["2026-05-03T18:30:00Z"]])
def test_a_number_is_no_time(client, given):
    client.post("/v1/users/alice/messages", json={"messages": [{"content": "I love tea."}]})
    for path, body in (
        ("retrieve", {"query": "tea", "as_of": given}),
        ("search", {"query": "tea", "as_of": given}),
        ("forget", {"since": given}),
        ("revoke", {"since": given}),
        ("messages", {"messages": [{"content": "I love cake.", "created_at": given}]}),
    ):
        assert client.post(f"/v1/users/alice/{path}", json=body).status_code == 422, path
    assert client.get("/v1/users/alice/events", params={"since": str(given)}).status_code == 422
    assert len(client.get("/v1/users/alice/messages").json()["items"]) == 1


def test_a_wrong_method_is_told_all_that_an_address_takes(client):
    answer = client.put("/v1/users/alice/messages")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST, HEAD"
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.put("/health").headers["allow"] == "GET, HEAD"
