"""How the command line fails: one readable line and an exit code, never a traceback of our own errors."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from memory_chain.cli.output import to_json
from memory_chain.errors import (
    ConfigurationError,
    InvalidInputError,
    MemoryChainError,
    ModelError,
    NotFoundError,
    StorageError,
    TransferError,
    UnknownItemError,
    UnknownUserError,
)
from memory_chain.utils import visible

WRONG, USAGE, NOT_FOUND, STORAGE, MODEL, BUG, INTERRUPTED, BROKEN_PIPE = 1, 2, 3, 4, 5, 70, 130, 141

EXIT_CODES = (
    "Exit codes: 0 done, 1 a check found something wrong, 2 usage, bad input or settings, 3 not found, "
    "4 storage, 5 language model, 70 a bug of O-Mem, 130 interrupted."
)

_CODES: tuple[tuple[type[MemoryChainError], int], ...] = (
    (NotFoundError, NOT_FOUND),
    (StorageError, STORAGE),
    (ModelError, MODEL),
    (InvalidInputError, USAGE),
    (ConfigurationError, USAGE),
    (TransferError, USAGE),
)


def exit_code(error: MemoryChainError) -> int:
    """The exit code that stands for an error of our tree."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), USAGE)


def flag_given(args: Sequence[str], flag: str) -> bool:
    """Whether a flag stands among the arguments, for failures before they are understood."""
    before = list(args)[: args.index("--")] if "--" in args else args
    return flag in before


def tell(kind: str, message: str, *, as_json: bool) -> None:
    """One line on standard error: `omem: …`, or a JSON object."""
    if as_json:
        line = to_json({"error": {"type": kind, "message": message}}, ascii_only=True)
    else:
        line = f"omem: {' '.join(visible(message).split())}"
    sys.stderr.write(line + "\n")


def tell_error(error: MemoryChainError, *, as_json: bool) -> int:
    """Tell an error of our tree; returns its exit code."""
    tell(type(error).__name__, _worded(error), as_json=as_json)
    return exit_code(error)


def tell_bug(error: Exception, *, as_json: bool, debug: bool) -> int:
    """Tell an error that should not have been; returns its exit code."""
    if debug:
        traceback.print_exception(error)
    hint = "" if debug else " Run it again with --debug to see where it happened."
    message = (
        f"unexpected {type(error).__name__}: {error}. This is a bug in O-Mem; please report it in the project's "
        f"issue tracker, with the command.{hint}"
    )
    tell(type(error).__name__, message, as_json=as_json)
    return BUG


def silence_stdout() -> None:
    """Nobody reads any more: let what is still buffered go nowhere, without a complaint at exit."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def _worded(error: MemoryChainError) -> str:
    """The message, in terms of commands where the library speaks of methods."""
    if isinstance(error, UnknownUserError):
        return (
            f'there is no memory of user {error.user_id!r} yet. Begin with `omem add "…"`; '
            "`omem users` lists who is known."
        )
    if isinstance(error, UnknownItemError):
        return (
            f"user {error.user_id!r} has no {error.kind} with id {error.item_id!r}. Ids are shown by `omem profile`, "
            "`omem events`, `omem history` and `omem messages`."
        )
    return str(error)
