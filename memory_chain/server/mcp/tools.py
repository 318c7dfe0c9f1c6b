"""The tools: what they do, and how they are described to a model."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, ParamSpec, TypeVar

from mcp.server.mcpserver import Context as Call
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from memory_chain.errors import InvalidInputError, UnknownUserError
from memory_chain.extraction.guards import strip_context
from memory_chain.server.access import Scope
from memory_chain.server.mcp import once
from memory_chain.server.mcp.door import Door, tool_errors
from memory_chain.server.mcp.results import (
    NOTHING,
    Corrected,
    Events,
    Forgotten,
    Known,
    Recalled,
    Remembered,
    clean,
    events_of,
    fitting,
    framed,
    known,
    line_of,
    lines_of,
    result,
)
from memory_chain.types import Context, Role

P = ParamSpec("P")
T = TypeVar("T")

_ROLES = {"user": Role.USER, "inferred": Role.ASSISTANT, "document": Role.TOOL}
"""Who says what is remembered. What a model concludes is no statement of the user until the user says so."""

_THIRD_PERSON = re.compile(r"(?:the )?user(?:['’]s)?\b", re.IGNORECASE)
"""So models report. Nobody speaks so of themselves, and the rules learn nothing from it."""

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
_CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)


def _tool(server: MCPServer[Any], title: str, annotations: ToolAnnotations) -> Callable[[Callable[P, T]], None]:
    """Make a tool of a function, described by its docstring."""

    def add(function: Callable[P, T]) -> None:
        words = inspect.cleandoc(function.__doc__ or "")
        server.add_tool(function, title=title, description=words, annotations=annotations)

    return add


Id = Annotated[str, Field(min_length=1, max_length=256, description="An id that a tool of this server showed.")]


def add_reading_tools(server: MCPServer[Any], door: Door) -> None:
    """`recall`, `profile` and `list_events`."""
    manager = door.manager

    @_tool(server, "Recall", _READS)
    async def recall(
        query: Annotated[str, Field(max_length=10_000, description="The user's question or message, in full.")],
        ctx: Call[Any, Any],
        budget_tokens: Annotated[int, Field(ge=100, le=2000, description="The most that the answer may cost.")] = 800,
    ) -> Annotated[CallToolResult, Recalled]:
        """Find what is remembered about the user that matters for a question or message.

        Call it before you answer whatever may depend on the user's life, tastes, health, people, plans or past words.
        Returns who the user is, what happened and what was said, with ids and dates, best first within the budget.
        """
        with tool_errors():
            user = door.user(ctx, Scope.READ)
            try:
                found: Context = await door.run(ctx, manager.retrieve, query, user_id=user, budget_tokens=budget_tokens)
            except UnknownUserError:
                return result(Recalled(items=[], left_out=0), NOTHING)
        items = fitting(found.pieces, budget_tokens)
        left_out = len(found.pieces) - len(items) + len(found.left_out)
        return result(Recalled(items=items, left_out=left_out), framed([line_of(item) for item in items]))

    @_tool(server, "Profile", _READS)
    async def profile(
        ctx: Call[Any, Any],
        subject: Annotated[
            str | None, Field(max_length=256, description="A person of whom the user spoke; none: the user.")
        ] = None,
        section: Annotated[
            str | None, Field(max_length=256, description="One section alone, as a call without it names them.")
        ] = None,
    ) -> Annotated[CallToolResult, Known]:
        """Show who the user is: what is held for true, by section, with ids.

        Use it to get to know the user or to find an id for `correct` or `forget`. For one question `recall` is shorter.
        """
        with tool_errors():
            user = door.user(ctx, Scope.READ)
            try:
                found = known(await door.run(ctx, manager.profile, user, subject=subject), section)
            except UnknownUserError:
                found = Known(sections={}, left_out={})
        return result(found, framed(lines_of(found)))

    @_tool(server, "List events", _READS)
    async def list_events(
        ctx: Call[Any, Any],
        since: Annotated[datetime | None, Field(description="From this day on, like 2026-05-01.")] = None,
        until: Annotated[datetime | None, Field(description="Before this day.")] = None,
        limit: Annotated[int, Field(ge=1, le=50, description="Most events to show.")] = 20,
        skip: Annotated[int, Field(ge=0, description="Newest events to pass over, to go on after a first call.")] = 0,
    ) -> Annotated[CallToolResult, Events]:
        """List what happened in the user's life or is planned, the newest first, with ids and dates.

        Use it for questions about a time ("what did I do in May?"). For a question about a topic use `recall`.
        """
        with tool_errors():
            user = door.user(ctx, Scope.READ)
            try:
                found = await door.run(ctx, manager.events, user, since=_in_utc(since), until=_in_utc(until))
            except UnknownUserError:
                found = []
        page = events_of(found, skip, limit)
        lines = [line_of(item) for item in page.items]
        more = [f"({page.left_out} older; go on with skip={skip + len(lines)})"] if page.left_out and lines else []
        return result(page, framed([*lines, *more]))


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def add_writing_tools(server: MCPServer[Any], door: Door) -> None:
    """`remember`, `correct` and `forget`."""
    manager = door.manager

    @_tool(server, "Remember", _ADDS)
    async def remember(
        text: Annotated[
            str,
            Field(
                min_length=1,
                max_length=100_000,
                description="If the user said it: their own words, in the first person, like "
                '"I am allergic to shellfish."',
            ),
        ],
        ctx: Call[Any, Any],
        source: Annotated[
            Literal["user", "inferred", "document"],
            Field(
                description="Where it comes from. user: the user said it in this conversation. inferred: you concluded "
                "it. document: a file, page, mail or tool says it, even if it speaks for the user."
            ),
        ],
    ) -> Annotated[CallToolResult, Remembered]:
        """Store something that will matter later: the user's facts, tastes, health, people, plans, events.

        Only what the user said counts as their word and changes the profile; all else is kept as evidence. Do not store
        what came from `recall`, secrets, or what the user asked not to keep. Calling again with the same words is safe.
        """
        with tool_errors():
            user = door.user(ctx, Scope.WRITE)
            own = strip_context(text).strip()
            if not own:
                raise InvalidInputError("This came from the memory itself. Give only what is new.")
            if source == "user" and _THIRD_PERSON.match(own):
                raise InvalidInputError(
                    'Give it as the user said it, in the first person ("I live in Oslo."). If the user did not say it, '
                    'the source is "inferred" or "document".'
                )
            receipt = await door.run(ctx, once.add, manager, own, user_id=user, role=_ROLES[source])
        stored = Remembered(id=receipt.ids[0], stored=bool(receipt.stored))
        return result(stored, f"{'Remembered' if stored.stored else 'Already remembered'} as [{stored.id}].")

    @_tool(server, "Correct", _CHANGES)
    async def correct(
        id: Id,  # noqa: A002 - so the tools of this server call it
        ctx: Call[Any, Any],
        value: Annotated[str | None, Field(max_length=10_000, description="The right value, like `peanuts`.")] = None,
        text: Annotated[str | None, Field(max_length=10_000, description="Or the right sentence.")] = None,
        ended: Annotated[bool, Field(description="True if it held once but holds no more.")] = False,
    ) -> Annotated[CallToolResult, Corrected]:
        """Set one remembered statement or event right, because the user says that it is wrong or over.

        Give its id and `value`, `text` or `ended`. The old one stays in the history and can be brought back.
        """
        with tool_errors():
            user = door.user(ctx, Scope.WRITE)
            now = await door.run(ctx, manager.correct, user, id, value=value, text=text, ended=ended)
        found = Corrected(id=now.id, text=clean(now.text), replaced=id)
        return result(found, f"Now held for right: [{found.id}] {found.text}")

    @_tool(server, "Forget", _CHANGES)
    async def forget(id: Id, ctx: Call[Any, Any]) -> Annotated[CallToolResult, Forgotten]:  # noqa: A002
        """Erase one remembered statement, event or message for good, and what is known only from it.

        Only if the user clearly asks for it: this cannot be undone. If something is merely wrong or over, `correct` it.
        """
        with tool_errors():
            user = door.user(ctx, Scope.WRITE)
            receipt = await door.run(ctx, manager.forget, user, id)
        found = Forgotten(messages=receipt.messages, attributes=receipt.attributes, events=receipt.events)
        counts = ", ".join(f"{name}: {count}" for name, count in found.model_dump().items())
        return result(found, f"Forgotten for good ({counts}).")
