"""Commands that look after a memory: `export`, `users`, `status`, `retry`, `rebuild`, `costs`, `doctor`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memory_chain.cli import views
from memory_chain.cli.failures import WRONG
from memory_chain.cli.output import styled
from memory_chain.cli.session import Session
from memory_chain.errors import InvalidInputError, MemoryChainError

if TYPE_CHECKING:
    from memory_chain.memory_manager import MemoryManager


def export(
    session: Session,
    path: Annotated[str, typer.Argument(metavar="FILE", help="A JSON Lines file; `-`: standard output.")],
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace a file that is there.")] = False,
) -> None:
    """Write everything of a user to one file.

    Messages, attributes, events, history and ledger, as JSON Lines that `import` reads.
    """
    with session.memory() as memory:
        if path == "-":
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "export.jsonl"
                memory.export(session.user, file)
                with file.open(encoding="utf-8") as written:
                    shutil.copyfileobj(written, sys.stdout)
            return
        if Path(path).exists() and not force:
            raise InvalidInputError(f"{path} is there already. Give another name, or --force to replace it.")
        count = memory.export(session.user, path)
    if session.as_json:
        session.screen.record({"user_id": session.user, "path": path, "records": count})
    else:
        session.screen.remark(f"Wrote {views.plural(count, 'record')} of {session.user} to {path}.", "")


def users(session: Session) -> None:
    """Who has a memory here."""
    with session.memory() as memory:
        known = memory.users()
    if session.as_json:
        session.screen.records({"user_id": user} for user in known)
    elif known:
        for user in known:
            session.screen.line(user)
    else:
        session.screen.remark('Nobody yet. Begin with `omem add "…"`.')


def status(session: Session) -> None:
    """How a memory is doing.

    Sizes, what waits, what failed and why.
    """
    with session.memory() as memory:
        state = memory.status(session.user)
    if session.as_json:
        session.screen.record(state)
    else:
        views.status(session.screen, state)


def retry(session: Session) -> None:
    """Try again what could not be understood.

    Also what was given up.
    """
    with session.memory() as memory, session.screen.working("Trying again …"):
        state = memory.retry(session.user)
    if session.as_json:
        session.screen.record(state)
    else:
        views.status(session.screen, state)


def rebuild(session: Session) -> None:
    """Understand all messages anew.

    With the rules or model of now. Corrections are kept, and what was forgotten stays so.
    """
    with session.memory() as memory, session.screen.working("Understanding anew …"):
        state = memory.rebuild(session.user)
    if session.as_json:
        session.screen.record(state)
    else:
        views.status(session.screen, state)


def costs(
    session: Session,
    ledger: Annotated[bool, typer.Option("--ledger", help="Every call, also failed ones.")] = False,
) -> None:
    """What language models have cost.

    Calls, tokens and time, by purpose.
    """
    with session.memory() as memory:
        if ledger:
            rows = memory.calls(session.user)
        else:
            spent = memory.costs(session.user)
    if ledger and session.as_json:
        session.screen.records(rows)
    elif ledger:
        views.calls(session.screen, rows)
    elif session.as_json:
        session.screen.record(spent)
    else:
        views.costs(session.screen, spent)


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What `doctor` found out about one user."""

    user_id: str
    ok: bool
    problems: tuple[str, ...]
    repaired: tuple[str, ...] = ()


def doctor(
    session: Session,
    repair: Annotated[bool, typer.Option("--repair", help="Make the index anew where it is wrong.")] = False,
) -> None:
    """Check files, schema and index.

    Of all users, or of the one named by --user. Exit code 1: something is wrong.
    """
    with session.memory() as memory:
        known = [session.user] if session.user_named else memory.users()
        examined = []
        for user in known:
            with session.screen.working(f"Checking {user} …"):
                one = _examined(memory, user, repair=repair, named=session.user_named)
            examined.append(one)
            if session.as_json:
                session.screen.record(one)
            else:
                _show(session, one)
    if not session.as_json:
        bad = sum(not one.ok for one in examined)
        where = session.settings.home_folder()
        verdict = f"{views.plural(bad, 'memory file')} with problems" if bad else "no problems"
        session.screen.remark(f"{views.plural(len(examined), 'user')} in {where}: {verdict}.")
    if any(not one.ok for one in examined):
        raise typer.Exit(WRONG)


def _examined(memory: MemoryManager, user: str, *, repair: bool, named: bool) -> Examined:
    try:
        found = memory.check(user)
        if found and repair:
            memory.check(user, repair=True)
            left = memory.check(user)
            mended = tuple(problem for problem in found if problem not in left)
            return Examined(user_id=user, ok=not left, problems=tuple(left), repaired=mended)
    except MemoryChainError as error:
        if named:
            raise
        return Examined(user_id=user, ok=False, problems=(str(error),))
    return Examined(user_id=user, ok=not found, problems=tuple(found))


def _show(session: Session, one: Examined) -> None:
    label = styled(("ok   " if one.ok else "wrong", views.GOOD if one.ok else views.BAD))
    notes = [*one.problems, *(f"repaired: {problem}" for problem in one.repaired)]
    below = styled(("\n".join(notes), "")) if notes else None
    session.screen.item(label, styled((one.user_id, views.STRONG)), below=below)
