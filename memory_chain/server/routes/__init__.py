"""The routes of the REST face. A route parses, calls one method of the manager, and serialises."""

from memory_chain.server.routes import care, find, mend, say, talk, whole

ROUTERS = (whole.router, say.router, find.router, talk.router, mend.router, care.router)

__all__ = ["ROUTERS"]
