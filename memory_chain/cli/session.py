"""What all commands share: the options that may stand before or after the command, and the open memory."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, get_type_hints

import typer

from memory_chain.cli.output import Screen
from memory_chain.errors import InvalidInputError, MemoryChainError, UnknownItemError

if TYPE_CHECKING:
    from memory_chain.config import Settings
    from memory_chain.memory_manager import MemoryManager

P = ParamSpec("P")

DEFAULT_USER = "me"
EVERYWHERE = "Everywhere"
SHORT_ID = 8
SHORTEST_PREFIX = 4


@dataclass(frozen=True, kw_only=True)
class Session:
    """The options that all commands share, and what is opened with them."""

    home: Path | None = None
    config: Path | None = None
    user: str = DEFAULT_USER
    user_named: bool = False
    """Whether the user was named on the command line, not by the environment or by default."""
    as_json: bool = False
    quiet: bool = False

    @cached_property
    def screen(self) -> Screen:
        """Where to write."""
        return Screen(as_json=self.as_json, quiet=self.quiet)

    @cached_property
    def settings(self) -> Settings:
        """The settings from file, environment and options.

        Raises:
            ConfigurationError: a setting is unknown or wrong.
        """
        from memory_chain.config import Settings

        return Settings.load(self.config, home=self.home)

    @contextmanager
    def memory(self, *, model_reads: bool = False) -> Iterator[MemoryManager]:
        """The open memories.

        Rules read what is added in the call. A configured model reads on `flush`; with `model_reads` also
        whenever enough waits.
        """
        from memory_chain.memory_manager import MemoryManager

        settings = self.settings
        inline = model_reads or not settings.llm_model
        with MemoryManager.from_settings(settings, consolidate="inline" if inline else "manual") as manager:
            yield manager


def short(item_id: str) -> str:
    """An id as it is shown: long random ids by their first characters, which commands take as well."""
    return item_id if len(item_id) <= SHORT_ID + 4 else item_id[:SHORT_ID]


def full_id(memory: MemoryManager, user: str, given: str, *, messages: bool = False) -> str:
    """The id that was meant: itself, or the only one that begins so.

    Args:
        memory: the open memories.
        user: whose item it is.
        given: an id or its first characters.
        messages: whether it may be a message's, beside an attribute's or event's.

    Raises:
        UnknownItemError: there is none.
        InvalidInputError: several begin so.
    """
    kind = "message, attribute or event" if messages else "attribute or event"
    known = set(_item_ids(memory, user))
    if messages:
        known.update(message.id for message in memory.messages(user))
    if given in known:
        return given
    found = sorted(one for one in known if len(given) >= SHORTEST_PREFIX and one.startswith(given))
    if not found:
        raise UnknownItemError(kind, given, user)
    if len(found) > 1:
        raise InvalidInputError(f"Several ids begin with {given!r}: {', '.join(found[:5])}. Write more of it.")
    return found[0]


def _item_ids(memory: MemoryManager, user: str) -> Iterator[str]:
    for change in memory.history(user):
        yield from (one for one in (change.item_id, change.previous_id) if one)


def known_users(ctx: typer.Context, incomplete: str) -> list[str]:
    """Who has a memory, for the shell's completion."""
    try:
        with Session(home=ctx.params.get("home"), config=ctx.params.get("config")).memory() as memory:
            return [user for user in memory.users() if user.startswith(incomplete)]
    except MemoryChainError:
        return []


def _option(*names: str, shown: bool = True, **more: Any) -> Any:
    return typer.Option(*names, rich_help_panel=EVERYWHERE, hidden=not shown, show_default=False, **more)


def _shared(*, shown: bool) -> dict[str, Any]:
    """The shared options; after a command only the two most used are shown."""
    environment: dict[str, Any] = {"envvar": "OMEM_USER"} if shown else {}
    return {
        "user": Annotated[
            str | None,
            _option(
                "--user",
                "-u",
                metavar="USER",
                help="Whose memory; by default `me`.",
                autocompletion=known_users,
                **environment,
            ),
        ],
        "as_json": Annotated[bool, _option("--json", help="Write JSON: one object, or one a line.")],
        "home": Annotated[
            Path | None, _option("--home", metavar="FOLDER", help="Where the memories live.", shown=shown)
        ],
        "config": Annotated[
            Path | None, _option("--config", metavar="FILE", help="Settings; see config.yaml.example.", shown=shown)
        ],
        "quiet": Annotated[bool, _option("--quiet", "-q", help="No remarks, no progress.", shown=shown)],
        "debug": Annotated[bool, _option("--debug", help="Show where an unexpected error happened.", shown=shown)],
    }


BEFORE_COMMAND = _shared(shown=True)
AFTER_COMMAND = _shared(shown=False)


def merged(session: Session, given: dict[str, Any], *, named: bool = True) -> Session:
    """A session with options that were given at a second place, which are stronger."""
    changes = {name: value for name, value in given.items() if value and name != "debug"}
    if "user" in changes:
        changes["user_named"] = named
    return replace(session, **changes)


def with_session(function: Callable[Concatenate[Session, P], None]) -> Callable[..., None]:
    """Make a command of a function of a session and its own options, by adding the shared ones."""
    hints = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]

    def command(ctx: typer.Context, *args: Any, **options: Any) -> None:
        shared = {name: options.pop(name) for name in AFTER_COMMAND}
        function(merged(ctx.obj or Session(), shared), *args, **options)

    return with_options(command, function, own, hints, AFTER_COMMAND)


def with_options(
    command: Callable[..., None],
    described_by: Callable[..., Any],
    own: list[inspect.Parameter],
    hints: dict[str, Any],
    shared: dict[str, Any],
) -> Callable[..., None]:
    """Give a function the signature from which typer reads its options."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [context, *(one.replace(kind=keyword, annotation=hints[one.name]) for one in own)]
    for name, annotation in shared.items():
        default = False if annotation.__origin__ is bool else None
        parameters.append(inspect.Parameter(name, keyword, annotation=annotation, default=default))
    command.__name__ = described_by.__name__
    command.__doc__ = _reflowed(described_by.__doc__ or "")
    command.__module__ = described_by.__module__
    command.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": None}
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command


def _reflowed(text: str) -> str:
    """Paragraphs in one line each, for the terminal to break."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))
