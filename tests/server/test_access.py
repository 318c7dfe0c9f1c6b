"""Who may do what: the decision, what counts as local, and that no route is without a scope."""

from __future__ import annotations

import pytest
from server_support import LOCAL, local_client
from starlette.routing import Route
from starlette.testclient import TestClient

from memory_chain.server import ServerSettings, create_app
from memory_chain.server.access import (
    LOCAL as AT_HOME,
)
from memory_chain.server.access import (
    Guard,
    Principal,
    Scope,
    Verdict,
    allow,
    decide,
    declared_scope,
    every_route,
)
from memory_chain.server.settings import is_loopback

READER = Principal(name="r", scopes=frozenset({Scope.READ}), user_id="alice")
ADMIN = Principal(name="a", scopes=frozenset({Scope.ADMIN}))


@pytest.mark.parametrize(
    ("principal", "scope", "user", "verdict"),
    [
        (None, None, None, Verdict.ALLOW),
        (None, Scope.READ, "alice", Verdict.UNAUTHENTICATED),
        (READER, Scope.READ, "alice", Verdict.ALLOW),
        (READER, Scope.READ, "bob", Verdict.FORBIDDEN),
        (READER, Scope.READ, "Alice", Verdict.FORBIDDEN),
        (READER, Scope.READ, "alice\x00", Verdict.FORBIDDEN),
        (READER, Scope.READ, None, Verdict.FORBIDDEN),
        (READER, Scope.WRITE, "alice", Verdict.FORBIDDEN),
        (READER, Scope.METRICS, None, Verdict.FORBIDDEN),
        (ADMIN, Scope.WRITE, "bob", Verdict.ALLOW),
        (ADMIN, Scope.METRICS, None, Verdict.ALLOW),
        (AT_HOME, Scope.ADMIN, None, Verdict.ALLOW),
    ],
)
def test_the_decision(principal, scope, user, verdict):
    assert decide(principal, scope, user) is verdict


def test_every_route_declares_its_scope(manager):
    app = create_app(manager)  # with all faces that are installed
    routes = list(every_route(app.routes))
    assert len(routes) > 25
    for route in routes:
        declared_scope(route)


def test_a_route_without_a_scope_is_found_out(app):
    async def forgotten() -> None: ...

    app.get("/forgotten")(forgotten)
    app.router.routes.append(Route("/plain", forgotten))
    bad = []
    for route in every_route(app.routes):
        try:
            declared_scope(route)
        except LookupError as error:
            bad.append(str(error))
    assert len(bad) == 2
    assert "/forgotten" in bad[0]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST", "::ffff:127.0.0.1"]
)
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", " ", "0.0.0.0", "::", "10.0.0.1", "localhost.evil.example", "127.0.0.1.nip.io"])
def test_not_loopback(host):
    assert not is_loopback(host)


def test_without_keys_only_this_computer_is_answered(app):
    assert local_client(app).get("/v1/users").status_code == 200
    far = TestClient(app, base_url=LOCAL, client=("10.0.0.9", 1))
    assert far.get("/v1/users").status_code == 401
    assert far.get("/health").status_code == 200


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_a_proxy_hands_on_is_not_local(client, name):
    assert client.get("/v1/users", headers={name: "127.0.0.1"}).status_code == 401


def test_a_wrong_key_is_refused_even_where_none_is_needed(client):
    for headers in ({"Authorization": "Bearer nonsense"}, {"X-API-Key": "nonsense"}, {"Authorization": "Basic eDp5"}):
        answer = client.get("/v1/users", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_an_empty_secret_is_no_secret(client, keys, empty):
    keys.create(scopes=["admin"])
    for headers in ({"Authorization": f"Bearer {empty}"}, {"X-API-Key": empty}, {"Authorization": empty}):
        assert client.get("/v1/users", headers=headers).status_code == 401


def test_once_a_key_was_made_it_is_needed_even_if_revoked(client, keys):
    assert client.get("/v1/users").status_code == 200
    made = keys.create(scopes=["admin"])
    assert client.get("/v1/users").status_code == 401
    right = {"Authorization": f"Bearer {made.token}"}
    assert client.get("/v1/users", headers=right).status_code == 200
    assert client.get("/v1/users", headers={"X-API-Key": made.token}).status_code == 200
    keys.revoke(made.key.prefix)
    assert client.get("/v1/users", headers=right).status_code == 401
    assert client.get("/v1/users").status_code == 401


def test_not_yours_and_absent_answer_alike(client, keys, manager):
    manager.add("I love secrets.", user_id="bob")
    made = keys.create(scopes=["admin"], user_id="alice")
    headers = {"Authorization": f"Bearer {made.token}"}
    there, absent = (client.get(f"/v1/users/{user}/profile", headers=headers) for user in ("bob", "nobody"))
    assert there.status_code == absent.status_code == 403
    ids = {"request_id": ""}
    assert there.json() | ids == absent.json() | ids


def test_a_path_cannot_pretend_to_be_another_users(client, keys, manager):
    manager.add("I love secrets.", user_id="bob")
    made = keys.create(scopes=["read"], user_id="alice")
    headers = {"Authorization": f"Bearer {made.token}"}
    tricks = ["bob", "b%6Fb", "%62ob", "alice%2F..%2Fbob", "alice/../bob", "bob%00", "BOB", "bob%20", "%2562ob", "%FF"]
    for trick in tricks:
        answer = client.get(f"/v1/users/{trick}/messages", headers=headers)
        assert answer.status_code in (400, 403, 404), trick
        assert "secrets" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8321", ""])
def test_a_foreign_host_name_is_refused(client, host):
    answer = client.get("/v1/users", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:8321"])
def test_own_host_names_are_answered(client, host):
    assert client.get("/health", headers={"Host": host}).status_code == 200


def test_every_answer_is_marked_safe_and_none_is_for_other_origins(client):
    for path in ("/health", "/nowhere", "/v1/users", "/v1/users/x/profile"):
        answer = client.get(path, headers={"Origin": "https://evil.example"})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert len(answer.headers["x-request-id"]) == 16
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert client.options("/v1/users", headers={"Origin": "https://evil.example"}).status_code == 405


def test_a_mounted_application_is_guarded(manager, keys):
    async def inner(scope, receive, send):
        from starlette.requests import Request
        from starlette.responses import PlainTextResponse

        request = Request(scope)
        await allow(request, Scope.READ, request.headers.get("x-user"))
        await PlainTextResponse(request.state.principal.name)(scope, receive, send)

    app = create_app(manager, keys=keys, settings=ServerSettings(mounts=()))
    app.mount("/inner", Guard(inner, Scope.READ))
    made = keys.create(scopes=["read"], user_id="alice")
    right = {"Authorization": f"Bearer {made.token}"}
    client = local_client(app)
    assert client.get("/inner/").status_code == 401
    assert client.get("/inner/", headers=right).status_code == 403
    assert client.get("/inner/", headers={**right, "x-user": "bob"}).status_code == 403
    assert client.get("/inner/", headers={**right, "x-user": "alice"}).text == made.key.prefix
    assert {declared_scope(route) for route in every_route(app.routes) if "/inner" in str(route)} == {Scope.READ}
