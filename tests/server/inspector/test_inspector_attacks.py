"""Hostile texts and pages in Chromium: nothing of them runs, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import inspector_hostile as hostile
import pytest
from inspector_browser import IN_A_BROWSER, OPEN_ALL, PATIENCE, WIDER, Watch, sync_api, tells
from inspector_kit import SETTINGS, Clock, Running

from memory_chain import MemoryManager
from memory_chain.extraction.base import Understood
from memory_chain.server import create_app
from memory_chain.server.keys import KeyStore
from memory_chain.types import Attitude, ModelCall, Observation, ObservedAttribute, ObservedEvent, QueueItem

pytestmark = IN_A_BROWSER

FOREIGN = "img, iframe, object, embed, video, audio, marquee, base, style, math, select, table[background], [onload]"
"""What no page of ours holds."""


class Parrot:
    """A writer that takes every message for everything: attribute, event, topic, reason."""

    name = "<img src=x onerror=alert(1)>"
    immediate = True

    def observe(self, messages, known) -> Understood:
        return Understood(observations=[self._one(message) for message in messages if "-" in message.id])

    def _one(self, message) -> Observation:
        text = message.text
        return Observation(
            message_id=message.id,
            topics=(text[:120],)
            if int(message.id.split("-")[0]) % 3 == 0
            else ("harmless",),  # marks would break it up
            attitude=Attitude.POSITIVE,
            reason=text,
            summary=text,
            attributes=(ObservedAttribute(section="interests", aspect=text[:100], value=text, text=text),),
            events=(ObservedEvent(text=text, subject=text[:60]),),
            writer=self.name,
        )


@pytest.fixture
def hostile_manager(tmp_path) -> Iterator[MemoryManager]:
    texts = hostile.texts()
    assert len(texts) >= 200
    start = datetime(2024, 1, 1, tzinfo=UTC)
    with MemoryManager.open(tmp_path / "hostile", consolidate="manual", writer=Parrot()) as manager:
        messages = [
            {
                "content": text,
                "role": "user",
                "speaker": None if place % 2 else text[:100],
                "session_id": text[:100],
                "id": f"{place}-{text[:60]}",
                "created_at": start + timedelta(hours=place),
                "metadata": {text: text, "source": text},
            }
            for place, text in enumerate(texts)
        ]
        manager.add(messages, user_id="victim")
        manager.flush("victim")
        with manager._using("victim") as chain:
            for text in texts:
                chain.store.record_call(
                    ModelCall(purpose=text[:80], model=text[:80], outcome=text[:80], at=start, detail=text)
                )
            buried = chain.store.list_messages(limit=40)
            chain.store.enqueue([message.id for message in buried])
            chain.store.update_queue(
                [
                    QueueItem(message=message, tries=3, error=message.text, raw=message.text, dead=True)
                    for message in buried
                ]
            )
        for text in texts:
            manager.add("Hello.", user_id=text.replace("\x00", "")[:200] or "x")
        yield manager


@pytest.mark.timeout(300)
def test_nothing_of_hostile_texts_runs(chromium, hostile_manager, tmp_path):
    keys = KeyStore.in_home(tmp_path / "hostile")
    app = create_app(hostile_manager, keys=keys, settings=SETTINGS)
    with Running(app) as server:
        watch = Watch(base=server.base.removesuffix("inspector/"))
        context = chromium.new_context(base_url=server.base, viewport={"width": 320, "height": 700})
        context.set_default_timeout(PATIENCE)
        watch.on(context)
        page = context.new_page()
        shown = ""
        addresses = [
            "",
            "?from=100",
            "?from=200",
            "profile?user=victim",
            "profile?user=victim&section=interests",
            "costs?user=victim",
        ]
        addresses += [
            "health?user=victim",
            "timeline?user=victim",
            "timeline?user=victim&at=2024-01",
            "why?user=victim&q=alert&budget=30000",
            "sessions?user=victim",
            "sessions?user=victim&from=100&as_of=2024-01-06",
            "forget/user?user=victim",
            f"forget/user?user={quote(hostile.texts()[0][:200])}",
        ]
        for address in addresses:
            page.goto(address)
            page.evaluate(OPEN_ALL)
            shown += page.content()
            assert page.evaluate(WIDER) == 0, address
            assert page.locator(FOREIGN).count() == 0, address
            watch.check(page)
        page.goto("talk?user=victim")
        for turn in range(20):
            page.evaluate(OPEN_ALL)
            shown += page.content()
            assert page.evaluate(WIDER) == 0, turn
            assert page.locator(FOREIGN).count() == 0, turn
            watch.check(page)
            if not page.locator('[rel="prev"]').count():
                break
            page.goto(page.locator('[rel="prev"]').first.get_attribute("href"))
        assert turn >= 5
        assert shown.count("&lt;script&gt;") > 200
        for text in hostile.texts():  # as user id, query, told text, id and place, all at once
            told = quote(text.encode("utf-8", "replace"))
            user = quote((text.replace("\x00", "")[:200] or "x").encode())
            page.goto(f"talk?user={user}&q={told}&told={told}&item={told}&session=")
            sync_api.expect(page.locator("h1")).to_have_text("What was said?")
            assert page.evaluate(WIDER) == 0, text
            watch.check(page)
        context.close()
    keys.close()


@pytest.mark.timeout(300)
def test_hostile_texts_in_forms(page, watch, manager, running):
    for text in hostile.texts()[::8]:
        page.goto("profile?user=maya&section=diet")
        one = page.locator(".row").first
        one.locator("summary").click()
        one.get_by_label("Right value").fill(text)
        one.get_by_label("Right sentence").fill(text)
        with page.expect_navigation():
            one.get_by_role("button", name="Save").click()
        page.evaluate(OPEN_ALL)
        watch.check(page, refused=True)
        if page.locator("#told").get_by_role("button", name="Undo").count():
            with page.expect_navigation():
                page.locator("#told").get_by_role("button", name="Undo").click()
    page.goto(f"login?back={quote('javascript:alert(1)')}")
    assert page.locator('input[name="back"]').last.get_attribute("value") == "/inspector/"
    watch.check(page, refused=True)


def test_a_page_elsewhere_can_neither_frame_nor_change(chromium, opened, running, manager):
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    body = f"""<iframe id=f src="{running.base}profile?user=maya"></iframe>
    <form id=s method=post action="{running.base}forget?user=maya">
    <input name=item_id value=m1><input name=token value=x></form>"""

    class Evil(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *given):
            pass

    with HTTPServer(("127.0.0.1", 0), Evil) as evil:
        Thread(target=evil.serve_forever, daemon=True).start()
        context = chromium.new_context()
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"{running.base}profile?user=maya")
        for host in ("127.0.0.1", "localhost"):
            page.goto(f"http://{host}:{evil.server_port}/")
            frame = page.frames[-1]
            assert "Who is" not in frame.content()
            assert (
                page.evaluate(f"fetch('{running.base}profile?user=maya').then(() => 'read', () => 'blocked')")
                == "blocked"
            )
            page.evaluate("document.getElementById('s').submit()")
            tells(page, "too old", "h1")
        context.close()
        evil.shutdown()
    assert manager.message("maya", "m1")
    assert Clock()() == 1000.0
