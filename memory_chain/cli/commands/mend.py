"""Commands that set right and forget: `correct`, `undo`, `forget`, `revoke`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from memory_chain.cli import views
from memory_chain.cli.commands.look import Since, Until
from memory_chain.cli.commands.talk import SessionOption
from memory_chain.cli.session import Session, full_id
from memory_chain.errors import InvalidInputError, UnknownItemError
from memory_chain.types import ForgetReceipt
from memory_chain.utils import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from memory_chain.memory_manager import MemoryManager

Item = Annotated[str, typer.Argument(metavar="ID", help="An attribute or event: its id or how it begins.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def correct(
    session: Session,
    item: Item,
    value: Annotated[str | None, typer.Option(metavar="VALUE", help="The right value.")] = None,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="The right sentence.")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="It held once, but holds no more.")] = False,
) -> None:
    """Set an attribute or event right.

    The old one stays in the history; `undo` takes the correction back.
    """
    if value is None and text is None and not ended:
        raise InvalidInputError("Say what is right: --value VALUE, --text TEXT, or --ended.")
    with session.memory() as memory:
        old = memory.item(session.user, full_id(memory, session.user, item))
        new = memory.correct(session.user, old.id, value=value, text=text, ended=ended)
    if session.as_json:
        session.screen.record(new)
    else:
        session.screen.remark(f"{old.text} → {new.text}  ({new.id})", "")


def undo(session: Session, item: Item) -> None:
    """Take back a correction."""
    with session.memory() as memory:
        item_id = full_id(memory, session.user, item)
        memory.undo(session.user, item_id)
    if session.as_json:
        session.screen.record({"undone": item_id})
    else:
        session.screen.remark("The correction was taken back.", "")


def forget(
    session: Session,
    items: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Messages, attributes or events.")
    ] = None,
    since: Since = None,
    until: Until = None,
    session_id: SessionOption = None,
    everything: Annotated[bool, typer.Option("--everything", help="The user with all files.")] = False,
    yes: Yes = False,
) -> None:
    """Forget for good; asks first.

    Messages, attributes, events, a stretch of time, a session, or the user. What was derived from forgotten
    messages alone goes with them. This cannot be undone.
    """
    stretch = since is not None or until is not None
    if [bool(items), stretch, session_id is not None, everything].count(True) != 1:
        raise InvalidInputError("Say one thing to forget: ids, --since and/or --until, --session, or --everything.")
    with session.memory() as memory:
        if items:
            ids = [full_id(memory, session.user, item, messages=True) for item in items]
            what = "\n".join(f"  {_shown(memory, session.user, item_id)}" for item_id in ids)
            _agree(session, f"Forget for good:\n{what}\nThis cannot be undone.", yes=yes)
            receipt = _forget_ids(memory, session.user, ids)
        elif everything:
            count = memory.status(session.user).messages
            what = f"{views.plural(count, 'message')} and all that is known of user {session.user!r}"
            _agree(session, f"Forget for good: {what}. This cannot be undone.", yes=yes)
            receipt = memory.forget(session.user, everything=True)
        else:
            count = len(memory.messages(session.user, since=since, until=until, session_id=session_id))
            what = f"{views.plural(count, 'message')} and what is known from them alone"
            _agree(session, f"Forget for good: {what}. This cannot be undone.", yes=yes)
            receipt = memory.forget(session.user, since=since, until=until, session_id=session_id)
    _tell(session, receipt)


def revoke(
    session: Session,
    source: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="A session, speaker, role, or `source` in the messages' metadata."),
    ] = None,
    since: Since = None,
    yes: Yes = False,
) -> None:
    """Take back what came from a source; asks first.

    All that came from one source or since one moment goes, as if it had never come.
    """
    if source is None and since is None:
        raise InvalidInputError("Say what to take back: --source SOURCE, --since TIME, or both.")
    with session.memory() as memory:
        what = " ".join(
            part
            for part in (f"from {source!r}" if source else "", f"since {views.minute(since)} UTC" if since else "")
            if part
        )
        memory.status(session.user)  # a user who is not known is told before the question
        _agree(session, f"Take back, for good, everything that came {what}?", yes=yes)
        receipt = memory.revoke(session.user, source=source, since=since)
    _tell(session, receipt)


def _agree(session: Session, question: str, *, yes: bool) -> None:
    """Ask; go on only if the answer is yes."""
    if yes:
        return
    if not _can_ask(session):
        raise InvalidInputError("This removes for good. Nobody can be asked here: say --yes if it is meant.")
    if not typer.confirm(visible(question) + " Go on?", err=True):
        session.screen.remark("Nothing was removed.")
        raise typer.Exit(0)


def _can_ask(session: Session) -> bool:
    return sys.stdin.isatty() and not session.as_json


def _shown(memory: MemoryManager, user: str, item_id: str) -> str:
    look: Callable[[str, str], object]
    for look in (memory.message, memory.item):
        try:
            text = str(getattr(look(user, item_id), "text", ""))
        except UnknownItemError:
            continue
        words = " ".join(text.split())
        return words if len(words) <= 100 else f"{words[:99]}…"
    return item_id


def _forget_ids(memory: MemoryManager, user: str, ids: list[str]) -> ForgetReceipt:
    """Forget items one by one, and messages at once; what went with an earlier one need not go again."""
    said = {message.id for message in memory.messages(user)}.intersection(ids)
    receipts = []
    for item_id in (one for one in ids if one not in said):
        try:
            receipts.append(memory.forget(user, item_id))
        except UnknownItemError:
            continue
    if said:
        receipts.append(memory.forget(user, message_ids=sorted(said)))
    return ForgetReceipt(
        **{
            name: sum(getattr(receipt, name) for receipt in receipts)
            for name in ("messages", "attributes", "events", "observations", "changes", "queued", "calls_scrubbed")
        },
        rebuilt=sum(receipt.rebuilt for receipt in receipts),
    )


def _tell(session: Session, receipt: ForgetReceipt) -> None:
    if session.as_json:
        session.screen.record(receipt)
    else:
        views.forgotten(session.screen, receipt)
