"""The `omem` command: its groups of commands, and how it ends."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from memory_chain.cli.commands import care, import_, keys, look, mcp, mend, serve, talk
from memory_chain.cli.failures import (
    BROKEN_PIPE,
    EXIT_CODES,
    INTERRUPTED,
    USAGE,
    flag_given,
    silence_stdout,
    tell,
    tell_bug,
    tell_error,
)
from memory_chain.cli.output import Screen
from memory_chain.cli.session import BEFORE_COMMAND, Session, merged, with_options, with_session
from memory_chain.errors import MemoryChainError

# Typer brings its own click since 0.25 and used the separate one before; this is click's root of errors in both.
_CommandError: Any = typer.BadParameter.__mro__[2]

_LAZY = {
    "bench": ("memory_chain.bench", "bench_command"),
    "eval": ("memory_chain.evaluation.commands", "app"),
}
"""Commands that are imported when they are used, not for `omem --help`: where they live."""


class OMemGroup(TyperGroup):
    """The root command: loads rare commands late, and turns every failure into a line and an exit code."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Put the real command in place of one that is loaded late."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in _LAZY:
            command = _loaded(name)
            if ctx.params.get("as_json"):
                rest = _with_json(command, rest)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a reader who has gone away ends it quietly."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            silence_stdout()
            raise typer.Exit(BROKEN_PIPE) from None
        return result

    def main(self, args: Sequence[str] | None = None, *rest: Any, **more: Any) -> Any:
        """Run `omem` with arguments and exit with its code."""
        given = list(sys.argv[1:] if args is None else args)
        as_json = flag_given(given, "--json")
        _lenient_streams()
        more["standalone_mode"] = False
        try:
            code = super().main(args, *rest, **more)
        except _CommandError as error:
            code = _usage(error, as_json=as_json)
        except MemoryChainError as error:
            code = tell_error(error, as_json=as_json)
        except (typer.Abort, KeyboardInterrupt):
            code = INTERRUPTED
        except Exception as error:  # the edge of the process: whatever it was, it is told in a line
            code = tell_bug(error, as_json=as_json, debug=flag_given(given, "--debug"))
        sys.exit(code if isinstance(code, int) else 0)


app = typer.Typer(
    name="omem",
    cls=OMemGroup,
    help="A memory for LLM agents that models the user. It works offline; with a language model it gets better.",
    epilog=EXIT_CODES,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """The entry point."""
    app(prog_name="omem")


def _version(asked: bool) -> None:
    if asked:
        from memory_chain import __version__

        Screen().line(f"omem {__version__}")
        raise typer.Exit


def _root(
    session: Session,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Described by the app."""


def _before(ctx: typer.Context, **options: Any) -> None:
    options.pop("version")
    source = ctx.get_parameter_source("user")
    ctx.obj = merged(Session(), options, named=source is not None and source.name == "COMMANDLINE")
    if ctx.invoked_subcommand is None:
        _show_help(ctx.get_help())


def _register() -> None:
    import inspect
    from typing import get_type_hints

    own = list(inspect.signature(_root).parameters.values())[1:]
    hints = get_type_hints(_root, include_extras=True)
    callback = with_options(_before, _root, own, hints, BEFORE_COMMAND)
    callback.__doc__ = None
    app.callback()(callback)
    panels = {
        "Say": (talk.add, talk.chat, talk.ask, talk.flush),
        "Find again": (
            look.search,
            look.retrieve,
            look.messages,
            look.sessions,
            look.profile,
            look.events,
            look.topics,
            look.history,
        ),
        "Set right and forget": (mend.correct, mend.undo, mend.forget, mend.revoke),
        "Look after": (
            care.export,
            import_.import_,
            care.users,
            care.status,
            care.retry,
            care.rebuild,
            care.costs,
            care.doctor,
        ),
        "Serve": (serve.serve, mcp.mcp),
    }
    for panel, commands in panels.items():
        for command in commands:
            app.command(command.__name__.rstrip("_"), rich_help_panel=panel)(with_session(command))
    app.add_typer(keys.app, name="keys", rich_help_panel="Serve")
    app.command("bench", rich_help_panel="Measure")(_bench)
    app.command("eval", rich_help_panel="Measure")(_eval)


def _bench() -> None:
    """Measure speed and size on this computer."""


def _eval() -> None:
    """Measure the memory on public benchmarks."""


def _loaded(name: str) -> Any:
    module, member = _LAZY[name]
    found = getattr(importlib.import_module(module), member)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)


def _with_json(command: Any, args: list[str]) -> list[str]:
    """The arguments of a late command, with a `--json` that stood before it put where it looks for it."""
    if any("--json" in param.opts for param in command.params):
        return ["--json", *args]
    part = getattr(command, "commands", {}).get(args[0]) if args else None
    return args if part is None else [args[0], *_with_json(part, args[1:])]


def _usage(error: Any, *, as_json: bool) -> int:
    """Tell that a command was not understood; a group without a command shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        _show_help(error.format_message())
        return 0
    tell("UsageError", error.format_message(), as_json=as_json)
    return USAGE


def _show_help(text: str) -> None:
    if text.strip():  # where rich lays it out, it is written already
        typer.echo(text)


def _lenient_streams() -> None:
    """Signs that the terminal's encoding lacks are written as escapes, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


_register()
