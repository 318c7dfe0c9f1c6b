"""The memory inspector: the memories of a server as pages in a browser, rendered on the server.

Pages are plain HTML that works without scripts; one small script adds comfort. Nothing is loaded from elsewhere.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from memory_chain.errors import ConfigurationError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from memory_chain.server.settings import ServerSettings

__all__ = ["PREFIX", "mount_inspector"]

PREFIX = "/inspector"
MISSING = 'The inspector needs Jinja2. Install it with: pip install "o-mem[server]".'


def mount_inspector(app: FastAPI, settings: ServerSettings) -> None:
    """Add the pages to an application.

    Raises:
        ConfigurationError: Jinja2 is not installed.
    """
    if find_spec("jinja2") is None:
        raise ConfigurationError(MISSING)
    from memory_chain.server.inspector.desk import Desk
    from memory_chain.server.inspector.pages import ROUTERS
    from memory_chain.server.inspector.render import warm_up

    warm_up()
    app.state.inspector = Desk()
    for router in ROUTERS:
        app.include_router(router)
