"""`omem serve`: the memories over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memory_chain.cli.session import Session
from memory_chain.errors import ConfigurationError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from memory_chain.config import Settings
    from memory_chain.memory_manager import MemoryManager
    from memory_chain.server.keys import KeyStore

FACES = ("proxy", "mcp", "inspector")
LEVELS = ("debug", "info", "warning", "error")


def serve(
    session: Session,
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="Where to listen.", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="On which port; 0: any that is free.", show_default="8321"),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="A further name of this server, as browsers write it."),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option("--rate", min=0, help="Requests a second and key; 0: no limit.", show_default="200"),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="FACE", help="Mount only this face beside REST; or `rest`.")
    ] = None,
    log_level: Annotated[
        str | None, typer.Option("--log-level", help="debug, info, warning or error.", show_default="info")
    ] = None,
) -> None:
    """Serve the memories over HTTP.

    On this computer alone no key is needed until the first is made (`omem keys create`). At any other address the
    server does not start without keys. What is not given here comes from the settings (see config.yaml.example).
    """
    from memory_chain.memory_manager import MemoryManager
    from memory_chain.server import require_packages
    from memory_chain.server.keys import KeyStore

    require_packages()
    from memory_chain.server.running import room_for_memories

    settings = _with_flags(session.settings, host, port, allow_host, rate, only, log_level)
    keys = KeyStore.in_home(settings.home_folder())
    check_bind(settings.server_host, keys)
    parts = {} if "open_chains" in settings.model_fields_set else {"open_chains": room_for_memories()}
    with MemoryManager.from_settings(settings, **parts) as manager:
        _run(session, manager, keys, settings)


def check_bind(host: str, keys: KeyStore) -> None:
    """Refuse to be reachable from elsewhere without keys.

    Raises:
        ConfigurationError: the address is not this computer's alone, and there is no usable key.
    """
    from memory_chain.server.settings import is_loopback

    if not is_loopback(host) and not keys.any_usable():
        raise ConfigurationError(
            f"{host or 'An empty address'} can be reached by others, and there is no usable key. Make one with "
            "`omem keys create --scope read --scope write`, or listen on 127.0.0.1."
        )


def _with_flags(
    settings: Settings,
    host: str | None,
    port: int | None,
    allow_hosts: list[str] | None,
    rate: float | None,
    only: list[str] | None,
    log_level: str | None,
) -> Settings:
    """The settings with what the command was given, which is stronger."""
    unknown = [name for name in only or () if name not in (*FACES, "rest")]
    if unknown:
        raise ConfigurationError(f"There is no face {unknown[0]!r}. Faces are: rest, {', '.join(FACES)}.")
    if log_level is not None and log_level.lower() not in LEVELS:
        raise ConfigurationError(f"There is no log level {log_level!r}. Levels are: {', '.join(LEVELS)}.")
    given = {
        "server_host": host,
        "server_port": port,
        "server_allow_hosts": tuple(allow_hosts) if allow_hosts else None,
        "server_requests_per_second": rate,
        "server_faces": None if only is None else tuple(name for name in FACES if name in only),
        "server_log_level": log_level.lower() if log_level else None,
    }
    return settings.model_copy(update={name: value for name, value in given.items() if value is not None})


def _run(session: Session, manager: MemoryManager, keys: KeyStore, settings: Settings) -> None:
    from memory_chain.server import ServerSettings, create_app
    from memory_chain.server.logs import configure_logs
    from memory_chain.server.running import collect_seldom, listening, run_app

    app = create_app(manager, keys=keys, settings=ServerSettings.of(settings))
    with listening(settings.server_host, settings.server_port) as socket:
        configure_logs(settings.server_log_level)
        _tell(session, app, keys, settings.server_host, socket.getsockname()[1])
        collect_seldom()
        run_app(app, socket)
    keys.close()


def _tell(session: Session, app: FastAPI, keys: KeyStore, host: str, port: int) -> None:
    where = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    needed = keys.any()
    faces = ["REST at /v1", *app.state.faces]
    if session.as_json:
        session.screen.record(
            {"url": where, "home": Path(session.settings.home_folder()), "keys_needed": needed, "faces": faces}
        )
    else:
        who = "with a key (`omem keys list`)" if needed else "to everybody on this computer, without a key"
        session.screen.remark(f"O-Mem serves {session.settings.home_folder()} at {where}, open {who}.", "")
        session.screen.remark(f"Faces: {', '.join(faces)}. Description: {where}/openapi.json. End with Ctrl+C.")
        for name, why in app.state.left_out.items():
            session.screen.remark(f"Without {name}: {why}")
    _flush()


def _flush() -> None:
    import sys

    sys.stdout.flush()
    sys.stderr.flush()
