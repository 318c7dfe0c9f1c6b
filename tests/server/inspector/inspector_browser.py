"""What the tests in a real Chromium share: what must not happen on a page, time that the tests turn, and waiting."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field

import pytest
from inspector_kit import Clock

CHROMIUM = os.environ.get("CHROMIUM", shutil.which("chromium") or shutil.which("chromium-browser")) or None
"""Set the variable to the program's path, or to nothing for none."""
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
IN_A_BROWSER = [
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


WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"


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
