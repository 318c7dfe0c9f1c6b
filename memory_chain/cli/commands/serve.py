"""`omem serve`: the memories over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memory_chain.cli.session import Session
from memory_chain.errors import ConfigurationError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from memory_chain.memory_manager import MemoryManager
    from memory_chain.server import ServerSettings
    from memory_chain.server.keys import KeyStore

HOST, PORT = "127.0.0.1", 8321


def serve(
    session: Session,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = HOST,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="On which port; 0: any that is free.")] = PORT,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="A further name of this server, as browsers write it."),
    ] = None,
    rate: Annotated[float, typer.Option("--rate", min=0, help="Requests a second and key; 0: no limit.")] = 200.0,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="FACE", help="Mount only this face beside REST; or `rest`.")
    ] = None,
    log_level: Annotated[str, typer.Option("--log-level", help="debug, info, warning or error.")] = "info",
) -> None:
    """Serve the memories over HTTP.

    On this computer alone no key is needed until the first is made (`omem keys create`). At any other address the
    server does not start without keys.
    """
    from memory_chain.memory_manager import MemoryManager
    from memory_chain.server import require_packages
    from memory_chain.server.keys import KeyStore

    require_packages()
    from memory_chain.server.running import room_for_memories

    keys = KeyStore.in_home(session.settings.home_folder())
    check_bind(host, keys)
    settings = _settings(session, host, allow_host or [], rate, only)
    parts = {} if "open_chains" in session.settings.model_fields_set else {"open_chains": room_for_memories()}
    with MemoryManager.from_settings(session.settings, **parts) as manager:
        _run(session, manager, keys, settings, host=host, port=port, log_level=log_level)


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


def _settings(session: Session, host: str, allowed: list[str], rate: float, only: list[str] | None) -> ServerSettings:
    from memory_chain.server import ServerSettings
    from memory_chain.server.settings import LOOPBACK_HOSTS, is_loopback

    names = tuple(name.strip().lower() for name in allowed if name.strip())
    mounts = ServerSettings.mounts if only is None else tuple(only)
    unknown = [name for name in mounts if name not in (*ServerSettings.mounts, "rest")]
    if unknown:
        raise ConfigurationError(
            f"There is no face {unknown[0]!r}. Faces are: rest, {', '.join(ServerSettings.mounts)}."
        )
    anywhere = not is_loopback(host) and not names
    return ServerSettings(
        allowed_hosts=("*",) if anywhere else (*LOOPBACK_HOSTS, *names),
        mounts=mounts,
        requests_per_second=rate,
        burst=max(1, round(2 * rate)),
        general=session.settings,
    )


def _run(
    session: Session,
    manager: MemoryManager,
    keys: KeyStore,
    settings: ServerSettings,
    *,
    host: str,
    port: int,
    log_level: str,
) -> None:
    from memory_chain.server import create_app
    from memory_chain.server.logs import configure_logs
    from memory_chain.server.running import listening, run_app

    if log_level.lower() not in ("debug", "info", "warning", "error"):
        raise ConfigurationError(f"There is no log level {log_level!r}. Levels are: debug, info, warning, error.")
    app = create_app(manager, keys=keys, settings=settings)
    with listening(host, port) as socket:
        configure_logs(log_level)
        _tell(session, app, keys, host, socket.getsockname()[1])
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
