"""Write docs/reference-cli.md from the commands' own help: `python scripts/generate_cli_reference.py`.

The tests compare the file with the commands, so it is the stored snapshot of the command line as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "docs" / "reference-cli.md"
COLUMNS = 80

HEAD = """# Command line

`omem` does from a shell what `MemoryManager` does from Python. `python -m memory_chain` is the same command.

- The options under *Everywhere* may stand before or after the command: `omem --json profile` is
  `omem profile --json`. After a command, `--home`, `--config`, `--quiet` and `--debug` work too, though only
  `omem --help` lists them.
- **Times** are ISO 8601. Without a zone they are UTC; a date alone is its beginning for `--at` and `--since`, and
  its end for `--until` and `--as-of`. All times shown are UTC.
- **Ids** may be given by their first four or more characters, as long as only one begins so.
- **`--json`** writes one object, or one a line where a command lists records (`search`, `messages`, `events`,
  `topics`, `history`, `users`, `doctor`, `costs --ledger`). Errors go to standard error as
  `{"error": {"type": …, "message": …}}`.
- Without a language model the rules read each message as it is added. With one, it reads on `omem flush` and at the
  end of a `chat`.
- `omem --install-completion` sets up the completion of the shell.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | a check found something wrong |
| 2 | usage, bad input or settings; nothing was written |
| 3 | no such user, message, attribute or event |
| 4 | storage: foreign or damaged file, disk full, read-only home, another process holds the file |
| 5 | the language model or embedder did not do its work |
| 70 | a bug of O-Mem; `--debug` shows where |
| 130 | interrupted |
| 141 | the reader of a pipe went away |

"""


def made_with() -> str:
    """The versions that decide how help is laid out."""
    return f"<!-- made by scripts/generate_cli_reference.py with typer {version('typer')}, rich {version('rich')} -->\n"


def help_of(*command: str) -> str:
    """The help of a command, as an 80-column terminal shows it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    environment = {**kept, "COLUMNS": str(COLUMNS), "TERM": "dumb", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "memory_chain", *command, "--help"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        cwd=TARGET.parent.parent,
        check=True,
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").split("\n")).strip("\n")


def commands() -> list[tuple[str, ...]]:
    """All commands, the root first, each group before its own."""
    import typer

    from memory_chain.cli.app import _LAZY, _loaded, app  # late commands have their own commands, too

    def below(found: Any, *path: str) -> Iterator[tuple[str, ...]]:
        yield path
        for name, command in getattr(found, "commands", {}).items():
            late = not path and name in _LAZY
            yield from below(_loaded(name) if late else command, *path, name)

    return list(below(typer.main.get_command(app)))


def reference() -> str:
    """The whole page."""
    every = commands()
    with ThreadPoolExecutor() as pool:
        helps = pool.map(lambda one: help_of(*one), every)
        parts = [
            f"## {' '.join(('omem', *one))}\n\n```text\n{text}\n```\n" for one, text in zip(every, helps, strict=True)
        ]
    return made_with() + HEAD + "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
    print(f"wrote {TARGET}")
