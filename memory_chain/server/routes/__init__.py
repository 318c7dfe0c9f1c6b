"""The routes of the REST face. A route parses, calls one method of the manager, and serialises."""

from memory_chain.server.routes import care, say

ROUTERS = (care.router, say.router)

__all__ = ["ROUTERS"]
