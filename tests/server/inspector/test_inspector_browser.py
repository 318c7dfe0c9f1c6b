"""The inspector in a real Chromium: every page and every form."""

from __future__ import annotations

import inspector_demo as demo
from inspector_browser import (
    HEADINGS,
    IN_A_BROWSER,
    PAGES,
    hold_time,
    row,
    statements,
    sync_api,
    tells,
    there_are,
    time_passes,
)

from memory_chain.server.keys import Scope

pytestmark = IN_A_BROWSER


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
