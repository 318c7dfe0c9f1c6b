"""The inspector in a real Chromium: every page, every form, hostile texts, narrow windows, colours, the keyboard."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import inspector_demo as demo
import inspector_hostile as hostile
import pytest
from inspector_kit import SETTINGS, Clock, Running

from memory_chain import MemoryManager
from memory_chain.extraction.base import Understood
from memory_chain.server import create_app
from memory_chain.server.keys import KeyStore, Scope
from memory_chain.types import Attitude, ModelCall, Observation, ObservedAttribute, ObservedEvent, QueueItem

CHROMIUM = os.environ.get("CHROMIUM", shutil.which("chromium") or shutil.which("chromium-browser")) or None
"""Set the variable to the program's path, or to nothing for none."""
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium, or set CHROMIUM to its path"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

PAGES = {
    "users": "",
    "profile": "profile?user=maya",
    "timeline": "timeline?user=maya&at=2023",
    "month": "timeline?user=maya&at=2023-05",
    "talk": "talk?user=maya",
    "search": "talk?user=maya&q=pottery",
    "why": "why?user=maya&q=What+could+we+do+this+weekend%3F&budget=300",
    "costs": "costs?user=maya",
    "health": "health?user=maya",
    "past": "profile?user=maya&as_of=2023-06-01",
    "sessions": "sessions?user=maya",
    "forget": "forget/user?user=maya",
    "now": "costs?user=maya&as_of=2023-06-01",
    "error": "profile?user=nobody",
}
HEADINGS = {
    "users": "Whose memory?",
    "profile": "Who is maya?",
    "timeline": "What happened?",
    "talk": "What was said?",
    "why": "Why this context?",
    "costs": "What does it cost?",
    "health": "Is it healthy?",
}
PATIENCE = 60_000
"""Milliseconds that anything may take where the machine is loaded; on an idle one nothing takes a second."""
HOOK = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__violations.push(event.violatedDirective + " " + event.blockedURI);
});
"""


@dataclass
class Watch:
    """What must not happen on any page."""

    base: str
    dialogs: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def on(self, context) -> None:
        context.add_init_script(HOOK)
        context.on("page", self._page)

    def _page(self, page) -> None:
        page.on("dialog", self._dialog)
        page.on("console", lambda said: self.console.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "request", lambda request: None if request.url.startswith(self.base) else self.foreign.append(request.url)
        )

    def _dialog(self, dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def check(self, page=None, *, refused: bool = False) -> None:
        """Nothing happened; `refused`: the page itself may have been answered with an error."""
        if page is not None:
            assert page.evaluate("window.__violations") == []
        console = [line for line in self.console if not (refused and "Failed to load resource" in line)]
        assert (self.dialogs, console, self.errors, self.foreign) == ([], [], [], [])


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    with sync_api.sync_playwright() as play:
        sync_api.expect.set_options(timeout=PATIENCE)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def running(app) -> Iterator[Running]:
    with Running(app) as server:
        yield server


@pytest.fixture
def watch(running) -> Watch:
    return Watch(base=running.base.removesuffix("inspector/"))


@pytest.fixture
def opened(chromium, running, watch) -> Iterator:
    """Makes contexts that are watched and closed."""
    made = []

    def make(**options):
        context = chromium.new_context(base_url=running.base, **options)
        context.set_default_timeout(PATIENCE)
        watch.on(context)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(opened):
    return opened(viewport={"width": 1100, "height": 900}).new_page()


def hold_time(page) -> None:
    """Let time pass on the page only where a test says so."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)


def time_passes(page, clock: Clock, seconds: float) -> None:
    """For the server and, on its page, for the scripts; the page's time has to be held."""
    clock.now += seconds
    page.clock.run_for(round(seconds * 1000))


def row(page, text: str):
    return page.locator(".row").filter(has=page.locator("summary", has_text=text)).first


def statements(manager) -> str:
    return " ".join(one.text for one in manager.profile("maya").attributes)


def tells(page, text: str, where: str = "#told") -> None:
    """Wait until the page says so."""
    sync_api.expect(page.locator(where)).to_contain_text(text)


def there_are(page, count: int, selector: str) -> None:
    """Wait until so many are there."""
    sync_api.expect(page.locator(selector)).to_have_count(count)


def test_every_page(page, watch):
    for name, heading in HEADINGS.items():
        page.goto(PAGES[name])
        sync_api.expect(page.locator("h1")).to_have_text(heading)
        assert page.title().endswith("O-Mem")
        watch.check(page)
    page.goto("profile?user=maya")
    for name in list(HEADINGS)[1:]:
        page.locator(".pages a", has_text=HEADINGS[name].replace("maya", "this user")).click()
        sync_api.expect(page.locator("h1")).to_have_text(HEADINGS[name])
        assert page.locator('.pages a[aria-current="page"]').count() == 1
        watch.check(page)


def test_evidence_is_one_click_away(page, watch):
    page.goto("profile?user=maya")
    one = row(page, "allergic to shellfish")
    assert not one.locator(".quote").first.is_visible()
    one.locator("summary").click()
    assert one.locator(".quote").first.is_visible()
    assert "I'm allergic to shellfish" in one.inner_text()
    assert "sure (" in one.inner_text()
    assert "21 Jan 2023" in one.inner_text()
    moved = row(page, "moved to Bologna")
    moved.locator("summary").click()
    assert "The user lives in Lisbon." in moved.inner_text()
    one.locator(".quote a").click()
    tells(page, "allergic to shellfish", ".said.here")
    watch.check(page)


def test_edit_and_undo(page, watch, manager):
    page.goto("profile?user=maya")
    one = row(page, "is a vegetarian")
    one.locator("summary").click()
    one.get_by_label("Right value").fill("vegan")
    one.get_by_role("button", name="Save").click()
    tells(page, "Set right.")
    assert "vegan" in str(manager.profile("maya"))
    assert row(page, "vegan").locator(".tag", has_text="corrected").is_visible()
    page.locator("#told").get_by_role("button", name="Undo").click()
    tells(page, "taken back")
    assert "vegan" not in str(manager.profile("maya"))
    assert row(page, "is a vegetarian").is_visible()
    watch.check(page)


def test_forget(page, watch, clock, manager):
    hold_time(page)
    page.goto("profile?user=maya")
    one = row(page, "hates loud restaurants")
    one.locator("summary").click()
    one.get_by_role("button", name="Forget…").click()
    wish = page.locator("[data-wish]")
    assert "Will be forgotten in" in wish.inner_text()
    assert "loud restaurants" in wish.inner_text()
    time_passes(page, clock, 9.5)
    tells(page, "1", "[data-count]")
    assert "loud restaurants" in str(manager.profile("maya"))
    time_passes(page, clock, 2)
    page.wait_for_url("**told=forgotten*")
    tells(page, "Forgotten for good.")
    there_are(page, 0, "[data-wish]")
    assert "loud" not in statements(manager), "its message stays, and what it likes"
    assert page.locator(".row", has_text="hates loud restaurants").count() == 0
    watch.check(page)


def test_the_wait_is_ten_seconds_and_goes_on_over_pages(page, app, clock, manager):
    page.goto("talk?user=maya&at=m3")
    one = page.locator(".said.here")
    one.get_by_text("More").click()
    one.get_by_role("button", name="Forget…").click()
    tells(page, "10", "[data-count]")
    clock.now += 4
    page.goto("health?user=maya")
    assert page.locator("[data-count]").inner_text() == "6"
    clock.now += 5.9
    page.goto("timeline?user=maya")
    assert page.locator("[data-count]").inner_text() == "1"
    assert manager.message("maya", "m3")


def test_forget_called_off(page, watch, app, clock, manager):
    page.goto("profile?user=maya")
    one = row(page, "afraid of heights")
    one.locator("summary").click()
    one.get_by_role("button", name="Forget…").click()
    page.get_by_role("button", name="Keep it").click()
    tells(page, "Nothing was forgotten.")
    there_are(page, 0, "[data-wish]")
    clock.now += 60
    page.reload()
    assert row(page, "afraid of heights").is_visible()
    assert "heights" in str(manager.profile("maya"))
    watch.check(page)


def test_a_whole_user_is_forgotten(page, watch, clock, manager):
    hold_time(page)
    page.goto("health?user=maya")
    page.get_by_role("link", name="Forget everything…").click()
    page.get_by_label("Type the name").fill("someone")
    page.get_by_role("button", name="Forget everything…").click()
    tells(page, "That is not the name", "[role=alert]")
    page.get_by_label("Type the name").fill("maya")
    page.get_by_role("button", name="Forget everything…").click()
    tells(page, "everything about maya", "[data-wish]")
    page.get_by_role("button", name="Keep it").click()
    tells(page, "Nothing was forgotten.")
    page.goto("forget/user?user=maya")
    page.get_by_label("Type the name").fill("maya")
    page.keyboard.press("Enter")
    there_are(page, 1, "[data-wish]")
    assert manager.status("maya").messages == len(demo.talk())
    time_passes(page, clock, 11)
    page.wait_for_url("**/gone?user=maya")
    tells(page, "Nothing is remembered of maya", "h1")
    assert manager.users() == []
    watch.check(page, refused=True)


def test_sessions(page, watch):
    page.goto("talk?user=maya&as_of=2023-12-31")
    page.locator(".sessions-of summary").click()
    page.get_by_role("link", name="2023-05", exact=True).click()
    page.wait_for_url("**session=2023-05**")
    there_are(page, 3, ".said")
    tells(page, "3 messages, 20 May 2023", ".only")
    tells(page, "31 Dec 2023", ".past")
    page.get_by_role("link", name="All sessions").click()
    page.locator(".sessions-of summary").click()
    page.get_by_role("link", name="All 11 sessions").or_(
        page.get_by_role("link", name="2023-12", exact=True)
    ).first.click()
    watch.check(page)


def test_everything_is_read_again(page, watch, manager):
    before = statements(manager)
    page.goto("health?user=maya")
    page.get_by_text("Read everything again…").click()
    page.get_by_role("button", name="Read everything again").click()
    tells(page, "All messages were read again.")
    assert statements(manager) == before
    watch.check(page)


def test_a_browser_that_is_closed_forgets_nothing(opened, watch, app, clock, manager):
    context = opened()
    page = context.new_page()
    page.goto("talk?user=maya&at=m3")
    one = page.locator(".said.here")
    one.get_by_text("More").click()
    one.get_by_role("button", name="Forget…").click()
    there_are(page, 1, "[data-wish]")
    page.close(run_before_unload=True)
    clock.now += 60
    assert manager.message("maya", "m3")
    other = context.new_page()
    clock.now += 100
    other.goto("talk?user=maya&at=m3")
    there_are(other, 0, "[data-wish]")
    assert manager.message("maya", "m3")


def test_words_that_are_being_typed_are_not_lost_to_forgetting(page, clock, manager):
    hold_time(page)
    page.goto("profile?user=maya")
    one = row(page, "hates loud restaurants")
    one.locator("summary").click()
    one.get_by_role("button", name="Forget…").click()
    other = row(page, "is a vegetarian")
    other.locator("summary").click()
    other.get_by_label("Right value").fill("vegan, since")
    time_passes(page, clock, 11)
    page.locator("#told", has_text="Done.").wait_for()
    assert other.get_by_label("Right value").input_value() == "vegan, since"
    assert page.locator(".row", has_text="hates loud restaurants").count() == 0
    assert "loud" not in statements(manager)


def test_the_slider_turns_the_page_back(page, watch):
    page.goto("profile?user=maya")
    slide = page.locator(".slide")
    assert page.locator(".where").inner_text() == "now"
    assert row(page, "moved to Bologna").is_visible()
    slide.focus()
    for _ in range(6):
        slide.press("PageDown")
    page.wait_for_url("**as_of=20*")
    page.goto("profile?user=maya")
    page.evaluate(
        """() => { const slide = document.querySelector('.slide'); slide.value = 100;
        slide.dispatchEvent(new Event('input')); slide.dispatchEvent(new Event('change')); }"""
    )
    page.wait_for_url("**as_of=2023-04-19*")
    tells(page, "as it was known on 19 Apr 2023", ".past")
    assert page.locator(".row", has_text="lives in Lisbon").first.is_visible()
    assert page.locator(".row", has_text="Bologna").count() == 0
    assert page.get_by_role("button", name="Save").count() == 0
    page.locator(".pages a").nth(1).click()
    page.wait_for_url("**/timeline?*as_of=2023-04-19*")
    assert page.locator(".row", has_text="Azores").count() == 0
    page.locator(".past a").click()
    page.wait_for_url("**/timeline?user=maya")
    there_are(page, 0, ".past")
    watch.check(page)


def test_zoom(page, watch):
    page.goto("timeline?user=maya&at=2023")
    page.locator(".chart a[aria-label^='May:']").click()
    page.wait_for_url("**at=2023-05")
    page.locator(".chart a[aria-label^='19:']").click()
    page.wait_for_url("**at=2023-05-19")
    tells(page, "knee ligament", ".line-of-time")
    page.locator(".zoom .chip", has_text="2023").first.click()
    page.wait_for_url("**at=2023")
    page.locator('[rel="next"]').click()
    page.wait_for_url("**at=2024")
    watch.check(page)


def test_search(page, watch):
    page.goto("talk?user=maya")
    page.get_by_label("Search what was said").fill("knee")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=knee*")
    assert page.locator(".talk mark.hit").first.inner_text().lower() == "knee"
    assert page.locator(".talk .said").count() >= 3
    page.goto("talk?user=maya&at=m10")
    assert page.locator(".talk mark.topic").count() > 3
    assert page.locator(".talk mark.clue").count() > 3
    watch.check(page)


def test_why(page, watch):
    page.goto("why?user=maya")
    page.get_by_label("Ask as the agent would").fill("What could we do this weekend?")
    page.get_by_label("Tokens").fill("200")
    page.get_by_role("button", name="Show").click()
    tells(page, "knee", ".context")
    assert page.locator(".budget .share").count() >= 2
    tells(page, "of 200 tokens", "#main")
    first = page.locator(".pieces").first.inner_text()
    for word in ("score", "persona", "standing"):
        assert word in first
    page.get_by_text("Show them").click()
    assert page.locator(".pieces").nth(1).locator("li").count() > 5
    watch.check(page)


def test_dead_letters_are_tried_again(page, watch, manager):
    demo.bury(manager)
    page.goto("health?user=maya")
    page.locator(".row summary").first.click()
    assert "Sure! Here is what I found" in page.locator(".raw").first.inner_text()
    page.get_by_role("button", name="Try all of them again").click()
    tells(page, "Tried again.")
    tells(page, "Yes.", ".verdict")
    assert manager.status("maya").dead_letters == ()
    page.get_by_role("button", name="Check file and index").click()
    tells(page, "are in order", "#main")
    watch.check(page)


def test_log_in_and_out(page, watch, keys, running):
    new = keys.create(scopes=[Scope.ADMIN])
    page.goto("timeline?user=maya")
    assert page.locator("h1").inner_text() == "A key, please"
    page.get_by_label("Key").fill("omem_0_wrong")
    page.get_by_role("button", name="Log in").click()
    tells(page, "opens nothing", "[role=alert]")
    page.get_by_label("Key").fill(new.token)
    page.get_by_role("button", name="Log in").click()
    tells(page, "What happened?", "h1")
    assert new.token not in page.content()
    assert page.evaluate("document.cookie") == "", "no script can read the session"
    page.get_by_role("button", name="Log out").click()
    tells(page, "A key, please", "h1")
    page.goto("timeline?user=maya")
    assert page.locator("h1").inner_text() == "A key, please"
    watch.check(page, refused=True)


# -- how it looks --

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CONTRAST = """() => {
  const parse = (text) => {
    const [r, g, b, a] = text.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a === undefined ? 1 : a];
  };
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const found = parse(getComputedStyle(node).backgroundColor);
      if (found[3] > 0.5) return found;
    }
    return [255, 255, 255, 1];
  };
  const weak = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility() || node.closest("noscript, .skip, title")) continue;
    const style = getComputedStyle(node);
    const ink = parse(node instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) weak.push(`${node.tagName} ${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 30)}`);
  }
  return weak;
}"""


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_windows_and_contrast(opened, watch, manager, name, colours):
    demo.bury(manager)
    page = opened(viewport={"width": 320, "height": 700}, color_scheme=colours).new_page()
    page.goto(PAGES[name])
    page.evaluate(OPEN_ALL)
    for width in (320, 768, 1400):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(WIDER) == 0, width
        assert page.evaluate(CONTRAST) == [], width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(248, 247, 243)", "dark": "rgb(21, 24, 26)"}[colours]
    watch.check(page, refused=name == "error")


def test_the_switch_of_colours(opened, watch):
    page = opened(color_scheme="light").new_page()
    page.goto("profile?user=maya")
    with page.expect_response("**/theme"):
        page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 26)"
    page.goto("costs?user=maya")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 26)"
    with page.expect_response("**/theme"):
        page.get_by_role("button", name="Light colours").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(248, 247, 243)"
    watch.check(page)


FOCUSED = """(() => {
  const node = document.activeElement;
  return [node.tagName + (node.type || '') + node.className, getComputedStyle(node).outlineStyle];
})()"""


def test_keyboard(page, watch):
    page.goto("talk?user=maya")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("12")
    assert page.get_by_label("Search what was said").input_value() == "12"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("1")
    page.wait_for_url("**/profile*")
    page.locator(".row summary").first.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") in ("solid", "auto")
    page.keyboard.press("Enter")
    assert page.locator(".row .inside").first.is_visible()
    page.goto("profile?user=maya")
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        look = page.evaluate(FOCUSED)
        seen.add(look[0])
        assert look[1] != "none", look
    assert len(seen) > 5
    watch.check(page)


def test_less_motion(opened):
    page = opened(reduced_motion="reduce").new_page()
    page.goto("profile?user=maya")
    moving = """[...document.querySelectorAll('*')].filter(
        (node) => parseFloat(getComputedStyle(node, '::before').transitionDuration) > 0).length"""
    assert page.evaluate(moving) == 0


def test_without_scripts(opened, app, clock, manager):
    page = opened(java_script_enabled=False).new_page()
    page.goto("profile?user=maya")
    one = row(page, "is a vegetarian")
    one.locator("summary").click()
    one.get_by_label("Right value").fill("vegan")
    one.get_by_role("button", name="Save").click()
    page.locator("#told").get_by_role("button", name="Undo").click()
    tells(page, "taken back")
    page.get_by_label("As known on").first.fill("2023-04-19")
    page.get_by_role("button", name="Turn back").click()
    tells(page, "19 Apr 2023", ".past")
    page.goto("talk?user=maya&at=m3")
    one = page.locator(".said.here")
    one.get_by_text("More").click()
    one.get_by_role("button", name="Forget…").click()
    page.get_by_role("button", name="Forget now").click()
    tells(page, "can be called off", "#main")
    page.goto("talk?user=maya&at=m4")
    clock.now += 11
    page.get_by_role("button", name="Forget now").click()
    tells(page, "Forgotten for good.")
    assert "m3" not in [message.id for message in manager.messages("maya")]
    page.get_by_role("button", name="Dark colours").click()
    sync_api.expect(page.locator("html")).to_have_attribute("data-theme", "dark")


# -- hostile texts --


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


FOREIGN = "img, iframe, object, embed, video, audio, marquee, base, style, math, select, table[background], [onload]"
"""What no page of ours holds."""
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"


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
