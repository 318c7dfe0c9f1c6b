"""`omem mcp`: the memory of one user for an MCP client that starts this command."""

from __future__ import annotations

from memory_chain.cli.session import Session


def mcp(session: Session) -> None:
    """Serve one user's memory to an MCP client, over standard input and output.

    Claude Desktop, Claude Code, Cursor and others start this command by themselves; docs/how-to/mcp.md has their
    configuration. Whose memory it is says --user or OMEM_USER. For several users or programs at a time there is
    `omem serve`, which speaks MCP at /mcp.
    """
    from memory_chain.memory_manager import MemoryManager
    from memory_chain.server.mcp import create_mcp, one_user, serve_stdio

    with MemoryManager.from_settings(session.settings) as manager:
        serve_stdio(create_mcp(manager, principal=one_user(session.user)))
