"""Commands that find again: `search`, `retrieve`, `messages`, `sessions`, `profile`, `events`, `topics`, `history`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from memory_chain.cli import times, views
from memory_chain.cli.commands.talk import AsOf, Budget, Question, SessionOption
from memory_chain.cli.output import to_plain
from memory_chain.cli.session import Session, full_id
from memory_chain.errors import InvalidInputError, UnknownItemError
from memory_chain.types import Change, Message, Trust

if TYPE_CHECKING:
    from memory_chain.memory_manager import MemoryManager

PAGE = 500

Since = Annotated[
    datetime | None, typer.Option("--since", metavar="TIME", parser=times.moment, help="From this time on.")
]
Until = Annotated[
    datetime | None, typer.Option("--until", metavar="TIME", parser=times.end, help="Until this time; a date: its end.")
]
Subject = Annotated[str | None, typer.Option(metavar="NAME", help="About whom; by default the user.")]
MinTrust = Annotated[Trust | None, typer.Option("--min-trust", help="Leave out what is less trusted.")]


def search(
    session: Session,
    query: Question,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The most messages to show.")] = 10,
    as_of: AsOf = None,
    session_id: SessionOption = None,
) -> None:
    """Find messages, the best first."""
    with session.memory() as memory:
        pieces = memory.search(" ".join(query), user_id=session.user, limit=limit, as_of=as_of, session_id=session_id)
    if session.as_json:
        session.screen.records(pieces)
    elif pieces:
        views.found(session.screen, pieces)
    else:
        session.screen.remark("Nothing was found.")


def retrieve(
    session: Session,
    query: Question,
    budget: Budget = None,
    as_of: AsOf = None,
    session_id: SessionOption = None,
    min_trust: MinTrust = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show why each piece is there, and what did not fit.")
    ] = False,
) -> None:
    """What an agent should have in mind to answer.

    Who the user is first, then what was said, fitted to a budget of tokens.
    """
    with session.memory() as memory:
        context = memory.retrieve(
            " ".join(query),
            user_id=session.user,
            budget_tokens=budget,
            as_of=as_of,
            session_id=session_id,
            min_trust=min_trust,
        )
    if session.as_json:
        session.screen.record(to_plain(context))
    elif explain:
        views.explanation(session.screen, context)
    else:
        views.context(session.screen, context)


def messages(
    session: Session,
    session_id: SessionOption = None,
    speaker: Annotated[str | None, typer.Option(metavar="NAME", help="Said by whom.")] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="The most messages to show.")] = None,
    newest: Annotated[bool, typer.Option("--newest", help="The newest first.")] = False,
) -> None:
    """What was said, by time."""

    def pages(memory: MemoryManager) -> Iterator[Message]:
        last: Message | None = None
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = memory.messages(
                session.user,
                session_id=session_id,
                speaker=speaker,
                since=since,
                until=until,
                after=last,
                limit=size,
                newest_first=newest,
            )
            yield from page
            if len(page) < size:
                return
            last = page[-1]
            left = None if left is None else left - len(page)

    with session.memory() as memory:
        if session.as_json:
            session.screen.records(pages(memory))
        else:
            views.messages(session.screen, pages(memory))


def sessions(
    session: Session,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="The most sessions to show.")] = None,
    as_of: AsOf = None,
) -> None:
    """The conversations, the one with the latest message first."""
    with session.memory() as memory:
        held = memory.sessions(session.user, as_of=as_of)[:limit]
    if session.as_json:
        session.screen.records(held)
    elif held:
        views.sessions(session.screen, held)
    else:
        session.screen.remark("Nothing was said.")


def profile(
    session: Session,
    subject: Subject = None,
    as_of: AsOf = None,
    min_trust: MinTrust = None,
    why: Annotated[bool, typer.Option("--why", help="Show what was said under each line.")] = False,
) -> None:
    """Who the user is.

    Traits by section, preferences and recent events.
    """
    with session.memory() as memory:
        shown = memory.profile(session.user, subject=subject, as_of=as_of, min_trust=min_trust)
        if session.as_json:
            session.screen.record(shown)
            return
        if subject is not None and subject not in (known := memory.subjects(session.user, as_of=as_of)):
            others = ", ".join(name for name in known) or "nobody"
            session.screen.remark(f"Nothing is known about {subject!r}. Known: {others}.")
            return
        sources = {source.id for attribute in shown.attributes for source in attribute.sources} if why else ()
        said = {message.id: message for one in sources if (message := _message(memory, session.user, one))}
        views.profile(session.screen, shown, sources=said if why else None)


def events(
    session: Session, subject: Subject = None, since: Since = None, until: Until = None, as_of: AsOf = None
) -> None:
    """What happened or is planned, by time."""
    with session.memory() as memory:
        happened = memory.events(session.user, subject=subject, since=since, until=until, as_of=as_of)
    if session.as_json:
        session.screen.records(happened)
    elif happened:
        views.events(session.screen, happened)
    else:
        session.screen.remark("No events are known.")


def topics(
    session: Session,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The most topics to show.")] = 20,
    as_of: AsOf = None,
) -> None:
    """What is talked about, the most frequent first."""
    with session.memory() as memory:
        talked_about = memory.topics(session.user, limit=limit, as_of=as_of)
    if session.as_json:
        session.screen.records(talked_about)
    elif talked_about:
        views.topics(session.screen, talked_about)
    else:
        session.screen.remark("No topics are known.")


def history(
    session: Session,
    item: Annotated[str | None, typer.Argument(metavar="ID", help="An attribute or event; else everything.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Only the newest changes.")] = None,
    as_of: AsOf = None,
) -> None:
    """How the memory came to be as it is.

    What was added (+), replaced (~) or said again (=), when and why.
    """
    with session.memory() as memory:
        item_id = full_id(memory, session.user, item) if item is not None else None
        changes = memory.history(session.user, item_id, as_of=as_of)
        told = with_texts(memory, session.user, changes[-limit:] if limit else changes)
        if session.as_json:
            session.screen.records(
                {**to_plain(change), "text": text, "previous_text": before or None} for change, text, before in told
            )
        elif changes:
            views.history(session.screen, told)
        else:
            session.screen.remark("Nothing was learned yet.")


def with_texts(memory: MemoryManager, user: str, changes: Iterable[Change]) -> Iterator[tuple[Change, str, str]]:
    """Changes with the text of their item and of the one that it replaced."""

    def text(item_id: str | None) -> str:
        try:
            return memory.item(user, item_id).text if item_id else ""
        except UnknownItemError:
            return ""

    for change in changes:
        yield change, text(change.item_id), text(change.previous_id)


def _message(memory: MemoryManager, user: str, message_id: str) -> Message | None:
    try:
        return memory.message(user, message_id)
    except (UnknownItemError, InvalidInputError):
        return None
