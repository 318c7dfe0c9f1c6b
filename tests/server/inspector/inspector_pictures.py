"""The pictures of the docs: `python tests/server/inspector/inspector_pictures.py` writes docs/images/inspector/."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import inspector_demo as demo
from inspector_kit import SETTINGS, Running
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from memory_chain import MemoryManager
from memory_chain.server import create_app
from memory_chain.server.keys import KeyStore, Scope

OUT = Path(__file__).parents[3] / "docs" / "images" / "inspector"
COLOURS = 128
PICTURES = (
    ("users", "", "light", 1000, 560),
    ("who", "profile?user=maya", "light", 1000, 860),
    ("who-dark", "profile?user=maya", "dark", 1000, 860),
    ("who-phone", "profile?user=maya", "light", 320, 720),
    ("who-then", "profile?user=maya&as_of=2023-06-01", "light", 1000, 760),
    ("happened", "timeline?user=maya&at=2023", "light", 1000, 860),
    ("happened-phone", "timeline?user=maya&at=2023", "dark", 320, 720),
    ("said", "talk?user=maya&at=m10", "light", 1000, 900),
    ("said-dark", "talk?user=maya&q=pottery", "dark", 1000, 900),
    ("why", "why?user=maya&q=What+could+we+do+this+weekend%3F&budget=300", "light", 1000, 1000),
    ("costs", "costs?user=maya", "light", 1000, 860),
    ("health", "health?user=maya", "light", 1000, 860),
    ("forget-all", "forget/user?user=maya", "light", 1000, 520),
)


def main() -> None:
    """Take them all."""
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        MemoryManager.open(home, consolidate="manual") as manager,
        sync_playwright() as play,
    ):
        demo.fill(manager)
        demo.bury(manager)
        for user in ("alice", "bob", "jonas", "李伟"):
            manager.add("Hello there.", user_id=user)
        browser = play.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"]
        )
        with Running(create_app(manager, settings=replace(SETTINGS, price_in=0.5, price_out=2.0))) as server:
            for name, address, colours, width, height in PICTURES:
                page = browser.new_page(
                    base_url=server.base, viewport={"width": width, "height": height}, color_scheme=colours
                )
                page.goto(address)
                prepare(name, page)
                save(name, page)
                page.close()
            page = browser.new_page(base_url=server.base, viewport={"width": 1000, "height": 560})
            page.goto("profile?user=maya&section=diet")
            page.locator(".row summary").first.click()
            page.get_by_role("button", name="Forget…").first.click()
            page.locator("[data-wish]").wait_for()
            save("forget", page)
            page.get_by_role("button", name="Keep it").click()
            page.locator("#told .note").wait_for()
        with KeyStore.in_home(home) as keys:
            keys.create(scopes=[Scope.ADMIN])
            with Running(create_app(manager, keys=keys, settings=SETTINGS)) as server:
                page = browser.new_page(base_url=server.base, viewport={"width": 1000, "height": 520})
                page.goto("")
                save("login", page)
        browser.close()


def prepare(name: str, page: Page) -> None:
    """Open what a picture should show."""
    if name in ("who", "who-dark"):
        page.locator(".row summary", has_text="moved to Bologna").first.click()
        page.locator("section", has_text="Home").first.scroll_into_view_if_needed()
    if name == "health":
        page.locator(".row summary").first.click()
    page.mouse.move(0, 0)


def save(name: str, page: Page) -> None:
    """A small PNG."""
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB").quantize(COLOURS)
    picture.save(OUT / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
