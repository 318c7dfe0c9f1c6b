"""The fixtures of the inspector's tests."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

collect_ignore_glob = [] if find_spec("jinja2") and find_spec("fastapi") else ["test_*.py"]
"""Without the extra `server` there is nothing to test here."""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator:
    import inspector_demo

    from memory_chain import MemoryManager

    with MemoryManager.open(tmp_path / "home", consolidate="manual") as opened:
        inspector_demo.fill(opened)
        yield opened


@pytest.fixture
def keys(tmp_path: Path) -> Iterator:
    from memory_chain.server.keys import KeyStore

    store = KeyStore.in_home(tmp_path / "home")
    yield store
    store.close()


@pytest.fixture
def app(manager, keys):
    from inspector_kit import SETTINGS

    from memory_chain.server import create_app

    return create_app(manager, keys=keys, settings=SETTINGS)


@pytest.fixture
def clock(app):
    from inspector_kit import Clock

    made = Clock()
    app.state.inspector.waiting.clock = made
    return made


@pytest.fixture
def visitor(app) -> Iterator:
    from inspector_kit import Visitor, visitor_of

    with visitor_of(app) as client:
        yield Visitor(client)


# -- in a real browser --


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    import inspector_browser as browser

    with browser.sync_api.sync_playwright() as play:
        browser.sync_api.expect.set_options(timeout=browser.PATIENCE)
        opened = play.chromium.launch(executable_path=browser.CHROMIUM, args=["--no-sandbox"], timeout=browser.PATIENCE)
        yield opened
        opened.close()


@pytest.fixture
def running(app) -> Iterator:
    from inspector_kit import Running

    with Running(app) as server:
        yield server


@pytest.fixture
def watch(running):
    from inspector_browser import Watch

    return Watch(base=running.base.removesuffix("inspector/"))


@pytest.fixture
def opened(chromium, running, watch) -> Iterator:
    """Makes contexts that are watched and closed."""
    from inspector_browser import PATIENCE

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
