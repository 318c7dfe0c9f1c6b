"""The pages turned back in time: nothing of later, and every link stays there."""

from __future__ import annotations

import html
import re

import pytest


def test_as_of_turns_the_pages_back(visitor):
    then = "user=maya&as_of=2023-04-30"
    profile = visitor.get(f"profile?{then}")
    assert "lives in Lisbon" in profile
    assert "Bologna" not in profile
    assert 'action="/inspector/correct' not in profile
    assert "30 Apr 2023" in profile
    shown = re.sub(r'<form class="asof".*?</form>|value="[0-9a-f]{64}"', "", profile, flags=re.S)
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
