"""The pages in the process, without a browser."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import inspector_demo as demo
import inspector_hostile as hostile
import pytest
from inspector_kit import SETTINGS, Visitor, visitor_of

from memory_chain.server import create_app
from memory_chain.server.access import Scope, declared_scope
from memory_chain.server.inspector.links import safe_back
from memory_chain.server.inspector.words import money
from memory_chain.server.keys import Scope as KeyScope

PAGES = ("profile", "timeline", "talk", "why", "costs", "health")


def test_every_page(visitor):
    assert 'href="/inspector/profile?user=maya"' in visitor.get("")
    assert "Who is <bdi>maya</bdi>?" in visitor.get("profile?user=maya")
    assert "Events by month" in visitor.get("timeline?user=maya")
    assert "Saffron" in visitor.get("talk?user=maya&at=m10")
    assert "tokens" in visitor.get("why?user=maya&q=What+could+we+do%3F")
    assert "qwen3-8b" in visitor.get("costs?user=maya")
    assert "Yes." in visitor.get("health?user=maya")
    assert "are in order" in visitor.get("health?user=maya&check=1")
    assert visitor.client.get("/", follow_redirects=False).headers["location"] == "/inspector/"


@pytest.mark.parametrize("page", PAGES)
def test_headers_and_no_inline_code(visitor, page):
    answer = visitor.client.get(f"/inspector/{page}?user=maya&q=knee")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<style|<script(?! src=)|\sstyle=|\son\w+=|https?://(?!www\.w3\.org)", answer.text)
    assert len(answer.headers.get_list("content-security-policy")) == 1


def test_landmarks_and_labels(visitor):
    for page in ("", *(f"{name}?user=maya&q=x" for name in PAGES)):
        text = visitor.get(page)
        assert text.count("<h1") == 1
        assert '<main id="main"' in text
        assert 'href="#main"' in text
        assert '<html lang="en"' in text
        for found in re.findall(r"<(?:input|select)[^>]*>", text):
            if 'type="hidden"' in found:
                continue
            name = re.search(r'id="([^"]*)"', found)
            labelled = "aria-label" in found or (name and f'for="{name[1]}"' in text)
            assert labelled or re.search(r"<label>[^<]*" + re.escape(found), text), found


def test_unknown_and_wrong(visitor):
    assert "There is no such user" in visitor.get("profile?user=nobody", 404)
    assert "names no user" in visitor.get("profile", 422)
    assert "is no day" in visitor.get("profile?user=maya&as_of=yesterday", 422)
    assert "is no year" in visitor.get("timeline?user=maya&at=2023-13", 422)
    assert "There is no such item" in visitor.get("item?user=maya&id=zzz", 404)
    assert "There is no such item" in visitor.get("talk?user=maya&at=zzz", 404)
    assert "no such address" in visitor.get("what?user=maya", 404)
    assert visitor.client.get("/inspector/static/../desk.py").status_code == 404
    assert visitor.client.get("/inspector/static/x.css").status_code == 404
    assert visitor.client.get("/inspector/static/inspector.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    "at", ["2023", "2023-05", "2023-05-19", "2023-02-31", "1850", "2023-5", "x" * 500, "2023-05-19'"]
)
def test_zoom(visitor, at):
    status = 200 if at in ("2023", "2023-05", "2023-05-19") else 422
    text = visitor.get(f"timeline?user=maya&at={at}", status)
    if status == 200:
        assert "knee ligament" in text
        assert "Azores" in text or at != "2023"


def test_as_of_turns_the_pages_back(visitor):
    then = "user=maya&as_of=2023-04-30"
    profile = visitor.get(f"profile?{then}")
    assert "lives in Lisbon" in profile
    assert "Bologna" not in profile
    assert 'action="/inspector/correct' not in profile
    assert "30 Apr 2023" in profile
    shown = re.sub(r'<form class="asof".*?</form>', "", profile, flags=re.S)
    assert "2024" not in shown, "nothing tells what came later"
    assert "42 messages" not in shown
    assert "Azores" not in visitor.get(f"timeline?{then}")
    assert "knee" not in visitor.get(f"talk?{then}")
    assert "knee" not in html.unescape(visitor.get(f"why?{then}&q=weekend")).replace("What could", "")
    assert f'href="/inspector/timeline?{then}"' in html.unescape(profile)
    assert "lives in Bologna" in visitor.get("profile?user=maya")


LATER = ("2024", "Luca", "Bologna", "Azores", "knee", "42 ", "carpenter")
"""What nobody could know on 30 April 2023."""


@pytest.mark.parametrize(
    "page", ["profile", "timeline", "timeline&at=2023", "talk", "talk&q=cat", "why&q=cat", "sessions"]
)
def test_nothing_of_a_page_in_the_past_is_from_later(visitor, page):
    name, _, more = page.partition("&")
    text = html.unescape(visitor.get(f"{name}?user=maya&as_of=2023-04-30&{more}"))
    shown = re.sub(r'<form class="asof".*?</form>', "", text, flags=re.S)
    assert [word for word in LATER if word in shown] == []
    shown = re.sub(r'<a href="[^"]*">Back to now</a>', "", shown)
    addresses = re.findall(r'href="/inspector/\w+\?[^"]*', shown)
    assert len(addresses) > 5
    assert [address for address in addresses if "as_of=2023-04-30" not in address] == []


def test_items_and_messages_of_the_past(visitor, manager):
    then = "user=maya&as_of=2023-04-30"
    items = visitor.items(f"profile?{then}")
    lisbon = next(item for text, item in items.items() if "lives in Lisbon" in text)
    now = visitor.get(f"item?user=maya&id={lisbon}")
    assert "Attribute, replaced" in now
    past = visitor.get(f"item?{then}&id={lisbon}")
    assert "replaced" not in past.partition("<h1")[0].partition("<main")[2]
    assert "2024" not in past
    bologna = next(item for text, item in visitor.items("profile?user=maya").items() if "lives in Bologna" in text)
    assert "There is no such item" in visitor.get(f"item?{then}&id={bologna}", 404)
    assert "cat" in visitor.get(f"message?{then}&id=m10")
    assert "There is no such item" in visitor.get(f"message?{then}&id=m16", 404)


def test_pages_of_now_keep_the_day(visitor):
    for page in ("costs", "health"):
        text = html.unescape(visitor.get(f"{page}?user=maya&as_of=2023-04-30"))
        assert "This page is always of now" in text
        assert 'href="/inspector/profile?user=maya&as_of=2023-04-30"' in text
        assert f'href="/inspector/{page}?user=maya">Back to now' in text
    text = html.unescape(visitor.get("talk?user=maya&as_of=2023-04-30&q=cat"))
    assert 'href="/inspector/talk?user=maya&q=cat">Back to now' in text, "only the day is left out"


def test_talk_between_others_and_talk_that_is_not_understood(visitor, manager):
    manager.add("I'm allergic to peanuts.", user_id="talk", speaker="Ann")
    manager.add("I live in Oslo.", user_id="talk", speaker="Bob")
    text = visitor.get("profile?user=talk")
    assert "Choose one:" in text
    assert 'href="/inspector/profile?user=talk&amp;subject=Ann"' in text
    assert "peanuts" in visitor.get("profile?user=talk&subject=Ann")
    manager.add("Ich wohne in Köln.", user_id="kim")
    assert "English is understood without a model" in visitor.get("profile?user=kim")
    assert "<strong><bdi>kim</bdi></strong>" in visitor.get("talk?user=kim"), "the user has a name"


def test_long_messages_are_cut(visitor, manager):
    manager.add("word " * 1000, user_id="kim", message_id="long")
    text = visitor.get("talk?user=kim")
    assert text.count("word ") < 400
    assert "All 5,000 characters</a>" in text or "All 4,999 characters</a>" in text
    assert visitor.get("message?user=kim&id=long").count("word") >= 1000


def test_sessions(visitor):
    text = visitor.get("talk?user=maya")
    assert "20 sessions, the latest first" in text
    assert "All 20 sessions" in text
    whole = visitor.get("sessions?user=maya")
    assert whole.count("<li><a") >= 20
    assert re.search(r"2023-05</bdi></a> <span class=\"fine\">3 messages, 20 May 2023<", whole)
    one = visitor.get("talk?user=maya&session=2023-05")
    assert one.count('class="said ') == 3
    assert re.search(r"2023-05</strong></bdi>, 3 messages, 20 May 2023\.", one)
    assert "1 conversation by then" in visitor.get("sessions?user=maya&as_of=2023-01-31")


def test_how_a_search_found(visitor):
    text = visitor.get("talk?user=maya&q=pottery")
    assert re.search(r'found by <span class="tag">text</span>', text)


def test_money_is_shown_where_prices_are_known(visitor, manager, keys):
    assert "Price" not in visitor.get("costs?user=maya")
    app = create_app(manager, keys=keys, settings=replace(SETTINGS, price_in=0.5, price_out=2.0))
    costs = manager.costs("maya")
    total = (costs.tokens_in * 0.5 + costs.tokens_out * 2) / 1e6
    with visitor_of(app) as client:
        text = Visitor(client).get("costs?user=maya")
    assert f"<dt>Price</dt><dd>{money(total)}</dd>" in text
    assert "At 0.5 for a million tokens in and 2 for a million out" in text
    assert text.count("Price</th>") == 2


def test_everything_is_read_again(visitor, manager):
    text = visitor.get("health?user=maya")
    assert "All 42 messages are read anew" in text
    before = sorted(one.text for one in manager.profile("maya").attributes)
    answer = visitor.send("rebuild?user=maya")
    assert "All messages were read again." in visitor.client.get(answer.headers["location"]).text
    assert sorted(one.text for one in manager.profile("maya").attributes) == before


# -- forgetting a whole user --


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


def test_evidence_and_history(visitor):
    text = visitor.get("profile?user=maya")
    assert "I live in Bologna now." in text
    item = next(
        item for words, item in visitor.items("profile?user=maya&section=home").items() if "moved to Bologna" in words
    )
    whole = visitor.get(f"item?user=maya&id={item}")
    assert "What it replaced" in whole
    assert "The user lives in Lisbon" in whole


def test_edit_and_undo(visitor, manager):
    items = visitor.items("profile?user=maya")
    text, item = next((text, item) for text, item in items.items() if "vegetarian" in text)
    answer = visitor.send("correct?user=maya", item_id=item, value="a vegan", back="/inspector/profile?user=maya")
    assert "told=corrected" in answer.headers["location"]
    page = visitor.client.get(answer.headers["location"]).text
    assert "Set right." in page
    assert "vegan" in str(manager.profile("maya"))
    new = re.search(r"item=([\w-]+)", answer.headers["location"])[1]
    visitor.send("undo?user=maya", item_id=new)
    assert text in visitor.items("profile?user=maya")
    assert visitor.items("profile?user=maya")[text] == item


def test_it_is_over(visitor):
    items = visitor.items("profile?user=maya")
    item = next(item for text, item in items.items() if "vegetarian" in text)
    answer = visitor.send("correct?user=maya", item_id=item, value="vegetarian", ended="1")
    assert "told=ended" in answer.headers["location"]
    assert "ended</span>" in visitor.get("profile?user=maya")


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


def test_dead_letters_are_shown_and_tried_again(visitor, manager):
    demo.bury(manager)
    text = visitor.get("health?user=maya")
    assert "2 messages were given up" in text
    assert "Sure! Here is what I found" in text
    answer = visitor.send("retry?user=maya")
    assert "Tried again." in visitor.client.get(answer.headers["location"]).text
    assert manager.status("maya").dead_letters == ()


def test_search_marks_what_was_searched(visitor):
    text = visitor.get("talk?user=maya&q=pottery")
    assert '<mark class="hit">pottery</mark>' in text
    assert "reasons" in text
    assert "Nothing was found." in visitor.get("talk?user=maya&q=zzzzqqq") or "0 messages" in visitor.get(
        "talk?user=maya&q=zzzzqqq"
    )


def test_the_conversation_is_paged(visitor, manager):
    manager.add([f"number {place}" for place in range(100)], user_id="long")
    seen, address = [], "talk?user=long"
    while address:
        text = visitor.get(address)
        seen = re.findall(r"number (\d+)", re.sub(r"</?mark[^>]*>", "", text.partition('<ol class="talk">')[2])) + seen
        found = re.search(r'href="/inspector/([^"]*)" rel="prev"', text)
        address = html.unescape(found[1]) if found else ""
    assert [int(number) for number in seen] == list(range(100))
    found = re.search(r'href="/inspector/([^"]*)" rel="next"', text)
    assert "number 40" in re.sub(r"</?mark[^>]*>", "", visitor.get(html.unescape(found[1])))


# -- keys --


def login(visitor: Visitor, token: str, status: int = 303):
    return visitor.send("login", status, token=visitor.token("login"), key=token, back="/inspector/")


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


# -- hostile texts --


def test_hostile_texts_are_only_text(visitor, manager):
    texts = hostile.texts()
    assert len(texts) >= 200
    for text in texts[:60]:
        for address in ("", "profile", "talk", "why", "timeline", "costs", "health", "item", "message"):
            answer = visitor.client.get(
                f"/inspector/{address}",
                params={
                    "user": text,
                    "q": text,
                    "at": text,
                    "id": text,
                    "as_of": text,
                    "told": text,
                    "item": text,
                    "back": text,
                },
            )
            assert answer.status_code < 500, (address, text, answer.text)
            body = answer.text
            assert not re.search(
                r"<(?!/?(?:!doctype|html|head|meta|title|link|script|body|a|header|div|svg|circle|path|bdi|span|form|input|button|nav|ul|ol|li|main|section|h1|h2|h3|h4|p|footer|kbd|noscript|em|strong|label|dl|dt|dd|blockquote|details|summary|time|q|output|figure|figcaption|g|rect|line|text|pre|code|mark|table|thead|tbody|tr|th|td)\b)",
                body,
                re.I,
            )
            assert body.count("<script") == 1
            assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', body))
