"""What is wrong with a call's arguments, in words that a model can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mcp.server.mcpserver import Context as Call
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult
from pydantic import ValidationError

_SUBJECT = re.compile(r"^\w+ should ")
"""So pydantic's messages begin ("Input should be …"); here the argument's name does."""


class StrictServer(MCPServer[Any]):
    """An MCP server that takes no arguments it does not know, and tells wrong ones without pydantic's report."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Call[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool.

        Raises:
            ToolError: the arguments are wrong, or the tool says so.
        """
        known = {tool.name: tool.input_schema.get("properties", {}) for tool in await self.list_tools()}
        if name in known:
            _refuse_unknown(name, arguments, known[name])
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(wrong(error.__cause__)) from None
            raise


def _refuse_unknown(tool: str, arguments: Iterable[str], known: Mapping[str, Any]) -> None:
    for name in arguments:
        if name not in known:
            why = ": whose memory it is, the connection says, not the call" if "user" in name.lower() else ""
            raise ToolError(f"`{tool}` takes no `{name[:64]}`{why}. It takes: {', '.join(known)}.")


def wrong(error: ValidationError) -> str:
    """What is wrong with arguments, in one line; without their values."""
    told = []
    for one in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in one["loc"])
        problem = "is missing" if one["type"] == "missing" else _SUBJECT.sub("should ", one["msg"])
        told.append(f"`{name}` {problem}.")
    return " ".join(told)
