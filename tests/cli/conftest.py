"""A command line in a temporary home, with nothing of the machine's own settings."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cli_helpers import STORY, Done, Omem
from typer.testing import CliRunner

from memory_chain.cli import app


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but the test's own."""
    for name in list(os.environ):
        if name.startswith(("OMEM_", "OPENAI_")) or name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TERM"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def omem(home: Path) -> Omem:
    """Run `omem` in this process, in the temporary home."""

    def run(*args: str, stdin: str | bytes | None = None, env: dict[str, str] | None = None) -> Done:
        result = CliRunner().invoke(app, ["--home", str(home), *args], input=stdin, env=env, prog_name="omem")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(code=result.exit_code, out=result.stdout, err=result.stderr)

    return run


@pytest.fixture
def told(omem: Omem) -> Omem:
    """`omem`, after a few things were said."""
    lines = [json.dumps({"id": f"m{place}", "text": text, "created_at": at}) for place, (at, text) in enumerate(STORY)]
    done = omem("--quiet", "add", "--jsonl", "-", stdin="\n".join(lines))
    assert (done.code, done.out, done.err) == (0, "", "")
    return omem
