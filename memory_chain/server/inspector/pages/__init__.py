"""The pages: each reads what it shows with the manager's methods, in one call in a thread, and renders it."""

from memory_chain.server.inspector.pages import changes, costs, entry, health, profile, talk, timeline, why

ROUTERS = (
    profile.router,
    timeline.router,
    talk.router,
    why.router,
    costs.router,
    health.router,
    changes.router,
    entry.router,
)
"""The last has the answer to addresses that are nobody's."""

__all__ = ["ROUTERS"]
