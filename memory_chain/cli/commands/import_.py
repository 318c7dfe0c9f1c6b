"""`omem import`: exports of chats and memories, read into a memory."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from memory_chain.cli import times, views
from memory_chain.cli.session import Session
from memory_chain.errors import InvalidInputError, MemoryChainError

if TYPE_CHECKING:
    from pathlib import Path

    from memory_chain.importers import Plan, ReadOptions, Report, Source, Survey
    from memory_chain.memory_manager import MemoryManager

DateOrder = Literal["dmy", "mdy", "ymd"]

_SHOWN_SPEAKERS = 8
_SAMPLE_CHARACTERS = 100


def import_(
    session: Session,
    path: Annotated[str, typer.Argument(metavar="FILE", help="A file, folder or zip archive, as it was exported.")],
    format_name: Annotated[
        str | None,
        typer.Option("--as", metavar="FORMAT", help="What it is, if that is not seen: chatgpt, whatsapp, csv, …"),
    ] = None,
    me: Annotated[
        list[str] | None,
        typer.Option("--me", metavar="NAME", help="Which speaker is the user: a name or account; may be given again."),
    ] = None,
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="The zone of times without one, such as Europe/Berlin.")
    ] = "UTC",
    columns: Annotated[
        str | None,
        typer.Option("--map", metavar="MAP", help="Columns of a table: text=body,at=date,speaker=,role=,session=,id="),
    ] = None,
    time_format: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="How a table writes times, such as '%d/%m/%Y %H:%M', or excel.")
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option("--at", metavar="TIME", parser=times.moment, help="When it was, if the export has no times."),
    ] = None,
    date_order: Annotated[
        DateOrder | None,
        typer.Option("--date-order", help="How WhatsApp's dates are written (d day, m month, y year)."),
    ] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out records that cannot be read.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be added; add nothing.")] = False,
) -> None:
    """Import chats and memories.

    What `omem export` wrote, and exports of ChatGPT, Claude, WhatsApp, Telegram, Slack, Discord, Instagram, ShareGPT,
    mem0, Zep and Letta, JSON Lines and CSV. The format is seen by content. A second import adds nothing.
    """
    from memory_chain.importers import Plan, Source, choose

    options = _options(timezone, columns, time_format, at, date_order)
    source = Source(path, options)
    importer = choose(source, format_name)
    with session.memory() as memory:
        if importer.name == "omem" and not dry_run:
            _import_own(session, memory, source)
            return
        plan = Plan(
            importer=importer,
            source=source,
            user_id=session.user,
            me=tuple(me or ()),
            user_name=session.settings.user_name,
            skip_bad=skip_bad,
            max_characters=session.settings.max_characters,
        )
        _import(session, memory, plan, dry_run=dry_run)


def _import_own(session: Session, memory: MemoryManager, source: Source) -> None:
    from memory_chain.importers import unread_notes

    file, notes = _own_file(source), unread_notes(source)
    for note in notes:
        session.screen.remark(note)
    with session.screen.working("Importing …"):
        owner = memory.import_(file, user_id=session.user if session.user_named else None)
    count = memory.status(owner).messages
    if session.as_json:
        session.screen.record({"user_id": owner, "messages": count, "notes": notes})
    else:
        session.screen.remark(f"Imported {views.plural(count, 'message')} of {owner}.", "")


def _own_file(source: Source) -> Path:
    """The one export of ours that a path means; each holds a whole memory, so that there can only be one."""
    names = [entry.name for entry in source.entries]
    if len(names) > 1:
        raise InvalidInputError(
            f"{source.path} holds {len(names)} exports of O-Mem ({', '.join(names)[:200]}). "
            "Import each of them by itself."
        )
    if source.zipped:
        raise InvalidInputError(f"{source.path} is an archive. Unpack it, and import {names[0]}.")
    return source.path / names[0] if source.path.is_dir() else source.path


def _import(session: Session, memory: MemoryManager, plan: Plan, *, dry_run: bool) -> None:
    from memory_chain.importers import check, run, survey

    total = plan.source.total_bytes
    with session.screen.measured("Looking through", total) as progress:
        found = survey(memory, plan, progress=progress)
    if dry_run:
        _show(session, plan, found)
        return
    check(found, plan)
    try:
        with session.screen.measured("Importing", total) as progress:
            report = run(memory, plan, progress=progress)
        waiting = memory.status(plan.user_id).pending if report.stored or report.known else 0
        if waiting and not session.settings.llm_model:
            with session.screen.working("Understanding …"):
                waiting = memory.flush(plan.user_id).pending
    except (KeyboardInterrupt, MemoryChainError):
        if not session.as_json:
            typer.echo("The import stopped. What was stored stays; the same command goes on from there.", err=True)
        raise
    _tell(session, plan, found, report, waiting=waiting)


def _options(
    timezone: str, columns: str | None, time_format: str | None, at: datetime | None, date_order: DateOrder | None
) -> ReadOptions:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from memory_chain.importers import ReadOptions

    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInputError(f"There is no time zone {timezone!r}. Write for example Europe/Berlin.") from None
    return ReadOptions(timezone=zone, columns=_columns(columns), time_format=time_format, at=at, date_order=date_order)


def _columns(given: str | None) -> dict[str, str]:
    from memory_chain.importers.table import USUAL

    found = {}
    for part in (given or "").split(","):
        need, equals, column = (piece.strip() for piece in part.partition("="))
        if not part.strip() or (equals and not column):
            continue
        if not equals or need not in USUAL:
            raise InvalidInputError(
                f"--map takes NAME=COLUMN with commas between, where NAME is one of {', '.join(USUAL)}; not {part!r}."
            )
        found[need] = column
    return found


def _tell(session: Session, plan: Plan, found: Survey, report: Report, *, waiting: int) -> None:
    screen = session.screen
    if session.as_json:
        screen.record({"report": report, "left_out": found.left_out, "notes": found.notes, "pending": waiting})
        return
    for record in found.bad_records:
        screen.remark(f"Skipped: {record}.")
    for note in found.notes:
        screen.remark(note)
    for reason, count in found.left_out.items():
        screen.remark(f"Left out: {count} {reason}.")
    parts = [f"Imported {views.plural(report.stored, 'message')} ({plan.importer.title}) for {plan.user_id}"]
    if report.known:
        parts.append(f"{report.known} were known already")
    if report.forgotten:
        parts.append(f"{report.forgotten} had been forgotten and stay so")
    if report.skipped:
        parts.append(f"{report.skipped} bad ones were skipped")
    screen.remark("; ".join(parts) + ".", "")
    if waiting:
        screen.remark(f"{views.plural(waiting, 'message')} wait for the model: omem flush.")


def _show(session: Session, plan: Plan, found: Survey) -> None:
    if session.as_json:
        session.screen.record(found)
        return
    lines = [
        f"Format: {plan.importer.title}",
        f"Would add {views.plural(found.new, 'message')} for {plan.user_id}",
        f"In {views.plural(found.sessions, 'session')}",
    ]
    if found.known or found.repeated:
        lines.append(f"Known already: {found.known}; twice in the export: {found.repeated}")
    if found.first_at and found.last_at:
        lines.append(f"From {found.first_at:%Y-%m-%d %H:%M} to {found.last_at:%Y-%m-%d %H:%M} UTC")
    if found.user_names:
        lines.append(f"The user is {_names(found.user_names)}")
    others = {name: count for name, count in found.speakers.items() if name not in found.user_names}
    if others:
        lines.append(f"Other speakers: {_names(others)}")
    lines += [f"Left out: {count} {reason}" for reason, count in found.left_out.items()]
    lines += [f"Bad: {record}" for record in found.bad_records]
    if found.bad > len(found.bad_records):
        lines.append(f"Bad: {found.bad - len(found.bad_records)} more")
    lines += [f"Note: {note}" for note in found.notes]
    for sample in found.samples:
        who = sample.speaker or sample.metadata.get("speaker") or sample.role
        text = " ".join(sample.text.split())
        shown = text if len(text) <= _SAMPLE_CHARACTERS else text[:_SAMPLE_CHARACTERS] + "…"
        lines.append(f"  {sample.created_at:%Y-%m-%d %H:%M}  {who}: {shown}")
    for line in lines:
        session.screen.line(line)
    session.screen.remark("Nothing was added (--dry-run).")


def _names(counted: dict[str, int]) -> str:
    more = f" and {len(counted) - _SHOWN_SPEAKERS} more" if len(counted) > _SHOWN_SPEAKERS else ""
    return ", ".join(f"{name} ({count})" for name, count in list(counted.items())[:_SHOWN_SPEAKERS]) + more
