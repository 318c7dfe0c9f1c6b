"""The help of every command is the page docs/reference-cli.md, and it comes quickly."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import pytest
import typer
from cli_helpers import Omem

from memory_chain.errors import InvalidInputError

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "scripts" / "generate_cli_reference.py"

spec = importlib.util.spec_from_file_location("generate_cli_reference", SCRIPT)
assert spec is not None
assert spec.loader is not None
generator = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generator)


def test_the_reference_is_the_help_of_every_command():
    stored = generator.TARGET.read_text("utf-8")
    if not stored.startswith(generator.made_with()):
        pytest.skip("the reference was made with other versions of typer and rich, which lay help out otherwise")
    assert stored == generator.reference(), "run python scripts/generate_cli_reference.py"


def test_the_reference_has_the_commands_of_groups_too():
    assert {(), ("serve",), ("keys", "create"), ("keys", "revoke"), ("eval", "locomo")} <= set(generator.commands())
    stored = generator.TARGET.read_text("utf-8")
    shown = stored[stored.index("## omem keys create") : stored.index("## omem keys list")]
    for option in ("--scope", "--only", "--name", "--expires"):
        assert option in shown


def test_help_fits_a_terminal():
    helps = generator.TARGET.read_text("utf-8").split("```")[1::2]
    assert len(helps) == len(generator.commands())
    assert max(len(line) for text in helps for line in text.splitlines()) <= generator.COLUMNS


def test_help_loads_neither_the_memory_nor_a_model():
    code = "import sys; import memory_chain.cli; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    for heavy in ("apsw", "httpx2", "pydantic", "vaderSentiment", "memory_chain.memory_manager", "numpy", "yaml"):
        assert f"'{heavy}'" not in loaded


def late_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins for `bench` and `eval`, as the real ones are registered."""
    bench = ModuleType("memory_chain.bench")

    def bench_command(
        messages: Annotated[int, typer.Option()] = 1, as_json: Annotated[bool, typer.Option("--json")] = False
    ) -> None:
        """Stand-in."""
        typer.echo(f"bench {messages} {as_json}")

    bench.bench_command = bench_command  # type: ignore[attr-defined]
    commands = ModuleType("memory_chain.evaluation.commands")
    commands.app = typer.Typer()  # type: ignore[attr-defined]

    @commands.app.callback()
    def evaluation() -> None:
        """Stand-in."""

    @commands.app.command()
    def locomo(data: str = "", as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
        if data == "missing":
            raise InvalidInputError("There is no data.")
        typer.echo(f"locomo {data} {as_json}")

    monkeypatch.setitem(sys.modules, "memory_chain.bench", bench)
    monkeypatch.setitem(sys.modules, "memory_chain.evaluation.commands", commands)


def test_late_commands_are_loaded_when_used(omem: Omem, monkeypatch: pytest.MonkeyPatch):
    late_commands(monkeypatch)
    assert omem("bench", "--messages", "7").out == "bench 7 False\n"
    assert omem("bench", "--json").out == "bench 1 True\n"
    assert omem("--json", "bench").out == "bench 1 True\n"
    assert omem("eval", "locomo", "--data", "x", "--json").out == "locomo x True\n"
    assert omem("--json", "eval", "locomo").out == "locomo  True\n"
    failed = omem("eval", "locomo", "--data", "missing")
    assert (failed.code, failed.err) == (2, "omem: There is no data.\n")
    assert omem("eval", "nothing").code == 2
    assert "Measure speed" in omem("--help").out
