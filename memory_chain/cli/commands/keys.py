"""`omem keys`: who may use the server."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from memory_chain.cli import views
from memory_chain.cli.output import styled
from memory_chain.cli.session import Session, with_session
from memory_chain.errors import InvalidInputError

if TYPE_CHECKING:
    from memory_chain.server.keys import Key, KeyStore

app = typer.Typer(no_args_is_help=True, help="Keys for the server: make, list and take back.")

_SPAN = re.compile(r"(\d{1,6})\s*(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def create(
    session: Session,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", "-s", help="read, write, metrics, or admin, which holds all; may be repeated."),
    ] = None,
    only: Annotated[
        str | None, typer.Option("--only", metavar="USER", help="Open this user's memory alone; by default all.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="What it is for.")] = "",
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="SPAN", help="How long it is good: 12h, 30d, 8w.")
    ] = None,
) -> None:
    """Make a key and show it, this once.

    Without --scope it may read and write.
    """
    with _store(session) as keys:
        made = keys.create(
            scopes=scope or ["read", "write"], name=name, user_id=only, expires_in=span(expires) if expires else None
        )
    if session.as_json:
        session.screen.record({"token": made.token, **_plain(made.key)})
        return
    session.screen.line(made.token)
    session.screen.remark("This is the only time that this key is shown. Keep it where only its user can read it.")


def list_(session: Session) -> None:
    """All keys by their prefixes, with their last use."""
    with _store(session) as keys:
        known = keys.keys()
    if session.as_json:
        session.screen.records(_plain(key) for key in known)
    elif known:
        _table(session, known)
    else:
        session.screen.remark("No key was ever made. `omem keys create` makes one.")


def revoke(
    session: Session, prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="As `omem keys list` shows it.")]
) -> None:
    """Take a key back, at once and for good."""
    with _store(session) as keys:
        key = keys.revoke(prefix)
    if session.as_json:
        session.screen.record(_plain(key))
    else:
        session.screen.remark(f"The key {key.prefix} opens nothing any more.", "")


def span(text: str) -> timedelta:
    """A length of time like `30d`.

    Raises:
        InvalidInputError: it is none.
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise InvalidInputError(f"{text!r} is no length of time. Write for example 12h, 30d or 8w.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _store(session: Session) -> KeyStore:
    from memory_chain.server.keys import KeyStore

    return KeyStore.in_home(session.settings.home_folder())


def _plain(key: Key) -> dict[str, object]:
    return {
        "prefix": key.prefix,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "user_id": key.user_id,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def _table(session: Session, known: list[Key]) -> None:
    session.screen.table(
        ("prefix", "name", "may", "user", "state", "last use"),
        [
            tuple(
                styled((cell, ""))
                for cell in (
                    key.prefix,
                    key.name,
                    ", ".join(sorted(key.scopes)),
                    key.user_id or "all",
                    _state(key),
                    views.minute(key.last_used_at) if key.last_used_at else "never",
                )
            )
            for key in known
        ],
    )


def _state(key: Key) -> str:
    from memory_chain.utils import utc_now

    if key.revoked_at:
        return "revoked"
    if not key.expires_at:
        return "good"
    return f"{'until' if key.usable(utc_now()) else 'expired'} {views.minute(key.expires_at)}"


for _command in (create, list_, revoke):
    app.command(_command.__name__.rstrip("_"))(with_session(_command))
