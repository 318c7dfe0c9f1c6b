"""How the inspector looks in Chromium: widths, colours, contrast, the keyboard, without scripts."""

from __future__ import annotations

import inspector_demo as demo
import pytest
from inspector_browser import IN_A_BROWSER, OPEN_ALL, PAGES, WIDER, row, sync_api, tells

pytestmark = IN_A_BROWSER

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
