"""Who may see and send what: forms, keys, and users."""

from __future__ import annotations

import pytest
from inspector_kit import SETTINGS, login

from memory_chain.server import create_app
from memory_chain.server.access import Scope, declared_scope
from memory_chain.server.inspector.links import safe_back
from memory_chain.server.keys import Scope as KeyScope


def test_a_form_without_its_token_changes_nothing(visitor, manager):
    items = visitor.items("profile?user=maya")
    item = next(iter(items.values()))
    for action, form in (
        ("correct?user=maya", {"item_id": item, "value": "x"}),
        ("undo?user=maya", {"item_id": item}),
        ("forget?user=maya", {"item_id": item}),
        ("forget/off?user=maya", {"wish": "x"}),
        ("forget/now?user=maya", {"wish": "x"}),
        ("retry?user=maya", {}),
        ("rebuild?user=maya", {}),
        ("forget/user?user=maya", {"name": "maya"}),
        ("theme", {"theme": "dark"}),
        ("login", {"key": "x"}),
        ("logout", {}),
    ):
        for token in ("", "0" * 64, "ü"):
            visitor.send(action, 403, token=token, **form)
    right = visitor.token()
    visitor.client.cookies.clear()
    visitor.send("correct?user=maya", 403, token=right, item_id=item, value="x")
    assert visitor.items("profile?user=maya") == items


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_form_from_elsewhere_changes_nothing(visitor, headers):
    given = {"token": visitor.token(), "theme": "dark"}
    answer = visitor.client.post("/inspector/theme", data=given, headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    answer = visitor.client.post(
        "/inspector/theme", data=given, headers={"origin": "http://127.0.0.1:8321"}, follow_redirects=False
    )
    assert answer.status_code == 303


def test_forms_take_only_forms(visitor):
    assert visitor.client.post("/inspector/theme", json={"theme": "dark"}).status_code == 415
    answer = visitor.client.post(
        "/inspector/theme", content=b"\xff=1", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 400


def test_theme_is_kept(visitor):
    visitor.send("theme", theme="dark")
    assert '<html lang="en" data-theme="dark">' in visitor.get("profile?user=maya")
    visitor.send("theme", theme='"><script>')
    assert "data-theme" not in visitor.get("profile?user=maya").partition("<body>")[0]


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "https://evil.example",
        "/inspector/\\evil",
        "/inspector//evil",
        "/v1/users",
        "/inspector/x?a\r\nb",
        "javascript:alert(1)",
        "",
    ],
)
def test_nobody_is_sent_elsewhere(visitor, back):
    answer = visitor.send("theme", theme="dark", back=back)
    assert answer.headers["location"].startswith("/inspector/")
    assert "evil" not in answer.headers["location"] or back == "/inspector//evil"
    assert safe_back("/inspector/talk?user=a%2Fb&q=x#said-1", "") == "/inspector/talk?user=a%2Fb&q=x#said-1"


# -- keys --


def test_with_keys_a_key_is_asked_for(visitor, keys):
    new = keys.create(scopes=[KeyScope.ADMIN])
    answer = visitor.client.get("/inspector/profile?user=maya", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/inspector/login?back=%2Finspector%2Fprofile%3Fuser%3Dmaya"
    assert "opens nothing here" in login(visitor, "omem_wrong", 401).text
    answer = login(visitor, new.token)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert new.token not in str(visitor.client.cookies)
    assert "Log out" in visitor.get("profile?user=maya")
    assert "maya" in visitor.get("")
    keys.revoke(new.key.prefix)
    visitor.get("profile?user=maya", 303)


def test_log_out(visitor, keys):
    login(visitor, keys.create(scopes=[KeyScope.ADMIN]).token)
    kept = dict(visitor.client.cookies)
    visitor.send("logout")
    visitor.get("profile?user=maya", 303)
    visitor.client.cookies.update(kept)
    visitor.get("profile?user=maya", 303)


def test_guessing_keys_is_slow(visitor, keys):
    keys.create(scopes=[KeyScope.ADMIN])
    answers = {
        visitor.client.post("/inspector/login", data={"token": visitor.token("login"), "key": "omem_x_y"}).status_code
        for _ in range(15)
    }
    assert answers == {401, 429}


ACTIONS = ("correct", "undo", "forget", "forget/off", "forget/now", "retry", "rebuild", "forget/user")
READS = ("profile", "timeline", "talk", "why", "costs", "health", "item", "message", "sessions", "gone", "forget/user")


def test_a_key_of_one_user_sees_that_user_only(visitor, keys, manager):
    manager.add("The password is swordfish.", user_id="bob", message_id="b1")
    login(visitor, keys.create(scopes=[KeyScope.READ, KeyScope.WRITE], user_id="maya").token)
    assert (
        visitor.client.get("/inspector/", follow_redirects=False).headers["location"] == "/inspector/profile?user=maya"
    )
    for page in READS:
        for user in ("bob", "nobody"):
            text = visitor.get(f"{page}?user={user}&q=password&id=b1&at=b1", 403)
            assert "swordfish" not in text
    for action in ACTIONS:
        visitor.send(f"{action}?user=bob", 403, item_id="b1")
    for page in READS[:6]:
        assert "swordfish" not in visitor.get(f"{page}?user=maya&q=password")
        assert "swordfish" not in visitor.get(f"{page}?user=maya&user=maya&q=password")
    assert manager.message("bob", "b1")


def test_two_users_in_one_address(visitor, keys, manager):
    manager.add("The password is swordfish.", user_id="bob", message_id="b1")
    login(visitor, keys.create(scopes=[KeyScope.READ], user_id="maya").token)
    for query in ("user=bob&user=maya", "user=maya&user=bob"):
        assert "swordfish" not in visitor.client.get(f"/inspector/talk?{query}").text


def test_a_key_that_reads_changes_nothing(visitor, keys):
    login(visitor, keys.create(scopes=[KeyScope.READ]).token)
    text = visitor.get("profile?user=maya")
    assert 'action="/inspector/correct' not in text
    assert 'action="/inspector/forget' not in text
    for action in ACTIONS:
        visitor.send(f"{action}?user=maya", 403, item_id="m1")
    assert "does not list users" in visitor.get("")


def test_keys_in_headers_work_as_in_the_api(visitor, keys):
    new = keys.create(scopes=[KeyScope.READ], user_id="maya")
    answer = visitor.client.get("/inspector/profile?user=maya", headers={"authorization": f"Bearer {new.token}"})
    assert answer.status_code == 200
    metrics = keys.create(scopes=[KeyScope.METRICS])
    assert login(visitor, metrics.token, 401)


def test_not_from_elsewhere_without_keys(app):
    from starlette.testclient import TestClient

    with TestClient(app, base_url="http://127.0.0.1:8321", client=("192.0.2.7", 1)) as client:
        assert client.get("/inspector/profile?user=maya", follow_redirects=False).status_code == 303
    with TestClient(app, base_url="http://evil.example", client=("127.0.0.1", 1)) as client:
        assert client.get("/inspector/profile?user=maya").status_code == 400


def test_every_route_declares_its_scope(manager, keys):
    app = create_app(manager, keys=keys, settings=SETTINGS)
    found = {}
    for router in __import__("memory_chain.server.inspector.pages", fromlist=["ROUTERS"]).ROUTERS:
        for route in router.routes:
            found[route.path, *sorted(route.methods)] = declared_scope(route)
    assert len(found) > 15
    for (path, method), scope in found.items():
        open_to_all = path in ("/", "/inspector") or path.rsplit("/", 1)[-1] in (
            "login",
            "logout",
            "theme",
            "{name}",
            "{rest:path}",
        )
        assert (scope is None) == open_to_all, path
        if method == "POST" and not open_to_all:
            whole = path.endswith(("/forget/user", "/rebuild"))
            assert scope is (Scope.ADMIN if whole else Scope.WRITE), path
    assert "inspector" in app.state.faces


def test_a_refused_page_shows_only_what_the_key_may_do(visitor, keys):
    login(visitor, keys.create(scopes=[KeyScope.READ], user_id="maya").token)
    for page in READS:
        refused = visitor.get(f"{page}?user=bob", 403)
        assert 'aria-label="Questions"' not in refused
        assert 'class="whose"' not in refused
        assert "To the users" in refused
    assert 'aria-label="Questions"' in visitor.get("forget/user?user=maya", 403)
    visitor.client.cookies.clear()
    writer = {"authorization": f"Bearer {keys.create(scopes=[KeyScope.WRITE]).token}"}
    answer = visitor.client.get("/inspector/profile?user=maya", headers=writer)
    assert answer.status_code == 403
    assert 'aria-label="Questions"' not in answer.text
    assert "To the users" not in answer.text
