"""Forgetting an item and a whole user: the wait, who confirms, who may."""

from __future__ import annotations

import re

import inspector_demo as demo
from inspector_kit import Visitor, login, visitor_of

from memory_chain.server.keys import Scope as KeyScope


def ask(visitor, item_id: str) -> str:
    visitor.send("forget?user=maya", item_id=item_id)
    found = re.search(r'name="wish" value="([^"]+)"', visitor.get("profile?user=maya"))
    assert found is not None
    return found[1]


def test_forget_waits_ten_seconds(visitor, manager, clock):
    wish = ask(visitor, "m3")
    assert manager.message("maya", "m3")
    clock.now += 9.9
    answer = visitor.send("forget/now?user=maya", 422, wish=wish)
    assert "can be called off" in answer.text
    assert manager.message("maya", "m3")
    clock.now += 0.2
    answer = visitor.send("forget/now?user=maya", wish=wish)
    assert "told=forgotten" in answer.headers["location"]
    assert "m3" not in [message.id for message in manager.messages("maya")]
    answer = visitor.send("forget/now?user=maya", wish=wish)
    assert "told=nothing-waits" in answer.headers["location"], "it is forgotten once only"


def test_forget_called_off(visitor, manager, clock):
    wish = ask(visitor, "m3")
    answer = visitor.send("forget/off?user=maya", wish=wish)
    assert "told=kept" in answer.headers["location"]
    clock.now += 30
    visitor.send("forget/now?user=maya", wish=wish)
    assert manager.message("maya", "m3")
    assert 'name="wish"' not in visitor.get("profile?user=maya")


def test_a_browser_that_is_closed_forgets_nothing(visitor, manager, clock):
    wish = ask(visitor, "m3")
    clock.now += 10 + 120.1
    assert manager.message("maya", "m3")
    assert 'name="wish"' not in visitor.get("profile?user=maya"), "it does not wait for ever either"
    visitor.send("forget/now?user=maya", wish=wish)
    assert manager.message("maya", "m3")


def test_another_browser_neither_sees_nor_confirms(app, visitor, manager, clock):
    wish = ask(visitor, "m3")
    clock.now += 11
    with visitor_of(app) as client:
        other = Visitor(client)
        assert 'name="wish"' not in other.get("profile?user=maya")
        other.send("forget/now?user=maya", wish=wish)
        other.send("forget/off?user=maya", wish=wish)
    assert manager.message("maya", "m3")
    visitor.send("forget/now?user=maya", wish=wish)
    assert len(manager.messages("maya")) == len(demo.talk()) - 1


def test_forgetting_an_item_keeps_its_message(visitor, manager, clock):
    items = visitor.items("profile?user=maya")
    item = next(item for text, item in items.items() if "vegetarian" in text)
    wish = ask(visitor, item)
    assert ask(visitor, item) == wish, "asked twice, it waits once"
    clock.now += 10
    visitor.send("forget/now?user=maya", wish=wish)
    assert not [text for text in visitor.items("profile?user=maya") if "vegetarian" in text]
    assert manager.message("maya", "m6")


# -- a whole user --


def ask_for_all(visitor, name: str = "maya", status: int = 303) -> str:
    answer = visitor.send("forget/user?user=maya", status, name=name)
    found = re.search(r'name="wish" value="([^"]+)"', visitor.get("health?user=maya"))
    return found[1] if found else answer.text


def test_a_whole_user_is_forgotten(visitor, manager, clock):
    manager.add("Hello.", user_id="bob")
    assert "42 messages from 9 Jan 2023" in visitor.get("forget/user?user=maya")
    assert "That is not the name" in ask_for_all(visitor, "Maya", 422)
    assert 'name="wish"' not in visitor.get("profile?user=maya")
    wish = ask_for_all(visitor)
    assert "everything about <bdi>maya</bdi>" in visitor.get("profile?user=maya")
    visitor.send("forget/now?user=maya", 422, wish=wish)
    assert manager.status("maya").messages == 42
    clock.now += 10
    answer = visitor.send("forget/now?user=maya", wish=wish)
    assert answer.headers["location"] == "/inspector/gone?user=maya"
    assert "Nothing is remembered of <bdi>maya</bdi>" in visitor.get("gone?user=maya")
    assert manager.users() == ["bob"]
    assert "maya" not in visitor.get("")
    visitor.get("gone?user=bob", 303)


def test_a_whole_user_is_kept(visitor, manager, clock):
    wish = ask_for_all(visitor)
    visitor.send("forget/off?user=maya", wish=wish)
    clock.now += 30
    visitor.send("forget/now?user=maya", wish=wish)
    assert manager.status("maya").messages == 42


def test_nothing_waits_for_somebody_who_comes_later_with_the_same_name(visitor, manager, clock):
    message = ask(visitor, "m3")
    ask_for_all(visitor)
    clock.now += 10
    wishes = re.findall(r'name="wish" value="([^"]+)"', visitor.get("profile?user=maya"))
    visitor.send("forget/now?user=maya", wish=wishes[-1])
    manager.add("Somebody else.", user_id="maya", message_id="m3")
    visitor.send("forget/now?user=maya", wish=message)
    assert manager.message("maya", "m3")


def test_who_may_forget_a_whole_user(visitor, keys, manager, clock):
    login(visitor, keys.create(scopes=[KeyScope.READ, KeyScope.WRITE]).token)
    text = visitor.get("health?user=maya")
    assert "forget/user" not in text
    assert "rebuild" not in text
    assert "check=" not in text
    visitor.get("forget/user?user=maya", 403)
    visitor.get("health?user=maya&check=1", 403)
    visitor.send("forget/user?user=maya", 403, name="maya")
    visitor.send("rebuild?user=maya", 403)
    login(visitor, keys.create(scopes=[KeyScope.ADMIN], user_id="maya").token)
    manager.add("Hello.", user_id="bob")
    visitor.get("forget/user?user=bob", 403)
    visitor.send("forget/user?user=bob", 403, name="bob")
    wish = ask_for_all(visitor)
    clock.now += 10
    login(visitor, keys.create(scopes=[KeyScope.READ, KeyScope.WRITE]).token)
    visitor.send("forget/now?user=maya", 403, wish=wish)
    assert manager.status("maya").messages == 42, "who asked may not be who is there now"
