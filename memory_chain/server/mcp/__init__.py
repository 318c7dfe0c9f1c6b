"""The memory for MCP clients (extra `mcp`): tools, resources and a prompt, over stdio or under the server at `/mcp`.

Over stdio there is one user. Over HTTP every request brings its key; there are no sessions that could stand for one.
What is recalled leaves between the marks of a context, so that it is not learned again.
"""

from __future__ import annotations

from memory_chain.errors import ConfigurationError

try:
    from memory_chain.server.mcp.door import one_user
    from memory_chain.server.mcp.serving import create_mcp, mount_mcp
    from memory_chain.server.mcp.stdio import serve_stdio
except ImportError as _error:
    raise ConfigurationError('MCP needs further packages. Install them with: pip install "o-mem[mcp]".') from _error

__all__ = ["create_mcp", "mount_mcp", "one_user", "serve_stdio"]
