"""The routes that need a language model, the examination of a file, and that nothing of the public face is missing."""

from __future__ import annotations

import inspect
from pathlib import Path

import apsw
import pytest
from server_support import local_client

from memory_chain import MemoryManager
from memory_chain.errors import ProviderDownError
from memory_chain.server import create_app, routes
from memory_chain.server.keys import Scope
from memory_chain.server.problems import MEDIA_TYPE
from memory_chain.testing import ScriptedLLM

ALICE = "/v1/users/alice"
NOT_FOR_CLIENTS = {
    "open": "makes a manager",
    "from_config": "makes a manager",
    "from_settings": "makes a manager",
    "close": "the server's life",
    "settle": "waits for the worker of this process; `flush` is for clients",
    "listen_to_calls": "takes a function",
}


def test_every_public_method_of_the_manager_has_a_route():
    written = "".join(file.read_text("utf-8") for file in Path(routes.__file__).parent.glob("*.py"))
    public = {name for name, _ in inspect.getmembers(MemoryManager, callable) if not name.startswith("_")}
    assert NOT_FOR_CLIENTS.keys() <= public
    missing = [name for name in public - NOT_FOR_CLIENTS.keys() if f"the_manager(request).{name}" not in written]
    assert missing == []


def said(client, user="alice"):
    return [(one["role"], one["text"]) for one in client.get(f"/v1/users/{user}/messages").json()["items"]]


@pytest.fixture
def llm():
    return ScriptedLLM(["No prawns for you.", "A risotto."])


@pytest.fixture
def talking(tmp_path, llm, rest_settings):
    with MemoryManager.open(tmp_path / "talk", llm=llm, consolidate="manual") as manager:
        yield local_client(create_app(manager, settings=rest_settings))


def test_answer_and_chat(talking, llm):
    messages = {"messages": [{"content": "I am allergic to shellfish."}]}
    assert talking.post(f"{ALICE}/messages", json=messages).status_code == 201
    answered = talking.post(f"{ALICE}/answer", json={"question": "What am I allergic to?", "budget_tokens": 300})
    assert answered.status_code == 200
    assert answered.json()["text"] == "No prawns for you."
    assert "shellfish" in answered.json()["context"]["text"]
    assert answered.json()["context"]["budget_tokens"] == 300
    assert len(said(talking)) == 1, "an answer is not remembered"
    chatted = talking.post(f"{ALICE}/chat", json={"text": "What shall I cook?", "session_id": "s1"})
    assert chatted.status_code == 200
    assert chatted.json()["text"] == "A risotto."
    assert said(talking)[1:] == [("user", "What shall I cook?"), ("assistant", "A risotto.")]
    assert "shellfish" in str(llm.requests[-1].messages)
    assert talking.get(f"{ALICE}/costs").json()["calls"] == 2


def test_a_model_that_is_down_is_told_and_what_was_said_is_kept(tmp_path, rest_settings):
    llm = ScriptedLLM([ProviderDownError("sk-secret is over its limit", retry_after_seconds=17)])
    with MemoryManager.open(tmp_path, llm=llm, consolidate="manual") as manager:
        client = local_client(create_app(manager, settings=rest_settings))
        failed = client.post(f"{ALICE}/chat", json={"text": "I love tea."})
        assert failed.status_code == 503
        assert failed.json()["type"] == "urn:o-mem:problem:model"
        assert failed.headers["retry-after"] == "17"
        assert "sk-secret" not in failed.text
        assert said(client) == [("user", "I love tea.")]


def test_a_chat_is_sent_again_with_its_id(tmp_path, rest_settings):
    llm = ScriptedLLM([ProviderDownError("down"), "Green or black?"])
    with MemoryManager.open(tmp_path, llm=llm, consolidate="manual") as manager:
        client = local_client(create_app(manager, settings=rest_settings))
        body = {"text": "I love tea.", "message_id": "m-1"}
        answers = [client.post(f"{ALICE}/chat", json=body) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [503, 200, 200]
        assert answers[1].json()["text"] == answers[2].json()["text"] == "Green or black?"
        assert said(client) == [("user", "I love tea."), ("assistant", "Green or black?")]
        assert client.get(f"{ALICE}/messages/m-1").json()["text"] == "I love tea."
        other = client.post(f"{ALICE}/chat", json={**body, "text": "I love coffee."})
        assert (other.status_code, other.json()["type"]) == (409, "urn:o-mem:problem:conflict")


def test_without_a_model_it_is_told_what_to_set(client):
    client.post("/v1/users/bob/messages", json={"messages": [{"content": "I love tea."}]})
    for path, body in (("bob/answer", {"question": "x"}), ("bob/chat", {"text": "x"}), ("new/chat", {"text": "x"})):
        answer = client.post(f"/v1/users/{path}", json=body)
        assert answer.status_code == 501
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert answer.json()["type"] == "urn:o-mem:problem:no-model"
        assert "llm_model" in answer.json()["detail"]
        assert "retry-after" not in answer.headers
    assert client.get("/v1/users").json()["items"] == [{"user_id": "bob"}]
    assert len(said(client, "bob")) == 1


def test_a_chat_shows_the_memory_and_so_needs_both_scopes(client, keys):
    tokens = {name: keys.create(scopes=name.split()).token for name in ("read", "write", "read write")}
    status = {
        name: client.post(f"{ALICE}/chat", json={"text": "x"}, headers={"X-API-Key": token}).status_code
        for name, token in tokens.items()
    }
    assert status == {"read": 403, "write": 403, "read write": 501}


def test_check_and_repair(client, tmp_path):
    client.post(f"{ALICE}/messages", json={"messages": [{"content": "I love tea."}]})
    assert client.get(f"{ALICE}/check").json() == {"problems": []}
    (file,) = (tmp_path / "home").rglob("*.omem")
    with apsw.Connection(str(file)) as database:
        database.execute("UPDATE speakers SET messages = messages + 1")
    wrong = client.get(f"{ALICE}/check").json()["problems"]
    assert wrong == ["the counts kept of messages, queue or vectors are wrong"]
    assert client.post(f"{ALICE}/check", json={}).json() == {"problems": wrong}
    assert client.post(f"{ALICE}/check", json={"repair": True}).status_code == 200
    assert client.get(f"{ALICE}/check").json() == {"problems": []}
    assert client.get("/v1/users/nobody/check").status_code == 404


def test_observations_and_clues(client):
    messages = {"messages": [{"id": "m-1", "content": "I am allergic to shellfish."}]}
    client.post(f"{ALICE}/messages", json=messages)
    found = client.post(f"{ALICE}/observations", json={"message_ids": ["m-1", "nothing"]}).json()
    assert found.keys() == {"m-1"}
    assert found["m-1"]["attributes"][0]["value"] == "shellfish"
    clues = client.post(f"{ALICE}/clues", json={"texts": ["shellfish?", "unheard of"]})
    assert clues.status_code == 200
    assert len(clues.json()) == 2


def test_the_document_tells_who_needs_a_key(client):
    document = client.get("/openapi.json").json()
    assert document["security"] == [{"bearer": []}, {"header": []}]
    assert "no key was ever made" in document["info"]["description"]
    open_ones = set()
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            if told["security"] == []:
                open_ones.add(f"{method} {path}")
            else:
                needed = [next(iter(way.values())) for way in told["security"]]
                assert [list(way) for way in told["security"]] == [["bearer"], ["header"]]
                assert needed[0] == needed[1]
                assert set(needed[0]) <= {str(scope) for scope in Scope}
    assert open_ones == {"get /health", "get /ready", "get /openapi.json"}
    assert document["paths"]["/v1/users/{user_id}/chat"]["post"]["security"][0] == {"bearer": ["write", "read"]}
