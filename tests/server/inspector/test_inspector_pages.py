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
from memory_chain.server.inspector.words import money

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
    text, item = next((text, item) for text, item in items.items() if "vegetarian" in text)
    answer = visitor.send("correct?user=maya", item_id=item, value="vegetarian", ended="1")
    assert "told=ended" in answer.headers["location"]
    assert f"No longer true: {text}" in visitor.items("profile?user=maya")


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


# -- hostile texts --


def test_hostile_texts_are_only_text(visitor, manager):
    texts = hostile.texts()
    assert len(texts) >= 200
    for text in texts[:60]:
        for address in ("", *PAGES, "item", "message", "sessions", "gone", "forget/user"):
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


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("I no longer eat meat.", "The user no longer eats meat."),
        ("I broke up with Tom.", "The user broke up with Tom."),
    ],
)
def test_what_is_over_carries_no_word_that_could_be_read_the_other_way_round(visitor, manager, said, shown):
    manager.add(said, user_id="sam")
    manager.flush("sam")
    rows = visitor.get("profile?user=sam").split('<li class="row"')
    row = next(one for one in rows if shown in one)
    assert "tag" not in row.partition("</summary>")[0]
    assert "<dt>Tells</dt><dd>that something is over</dd>" in row


STEERING = "I know \u202eltr\u202c and \u2066Bob\u2069 and \x07 bells"


def test_signs_that_turn_a_line_round_are_shown_not_obeyed(visitor, manager):
    manager.add(STEERING, user_id="sam", message_id="m1", session_id="s\u202e1", speaker="A\u202eb")
    manager.add("I live in Be\u202erlin.", user_id="sam")
    manager.flush("sam")
    for page in (*(f"{name}?user=sam&q=ltr" for name in PAGES), "sessions?user=sam", "message?user=sam&id=m1"):
        outside_of_fields = re.sub(r'\svalue="[^"]*"', "", visitor.get(page))
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", outside_of_fields), page
    read = re.sub(r"</?mark[^>]*>", "", visitor.get("message?user=sam&id=m1"))
    assert "I know \ufffdltr\ufffd and \ufffdBob\ufffd and ␇ bells" in read


def test_what_is_shown_with_signs_is_corrected_as_it_is(visitor, manager):
    manager.add("I live in Be\u202erlin.", user_id="sam\u202e1")
    manager.flush("sam\u202e1")
    text = visitor.get("profile?user=sam%E2%80%AE1")
    (value,) = re.findall(r'<input name="value" value="([^"]*)"', text)
    assert value == manager.profile("sam\u202e1").attributes[0].value
    assert 'name="user" value="sam\u202e1"' in text
