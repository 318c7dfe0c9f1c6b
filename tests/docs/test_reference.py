"""docs/reference/ is what scripts/generate_reference.py makes of the code."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import memory_chain

ROOT = Path(__file__).parent.parent.parent


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_reference", ROOT / "scripts" / "generate_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES: dict[str, str] = generator().pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_is_current(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text("utf-8")
    assert written == PAGES[name], "run: python scripts/generate_reference.py"


def test_no_page_is_left_over() -> None:
    assert {path.name for path in (ROOT / "docs" / "reference").glob("*.md")} == set(PAGES)


def test_every_public_name_and_method_has_its_text() -> None:
    everything = "\n".join(PAGES.values())
    assert [name for name in memory_chain.__all__ if f"`{name}`" not in everything] == []
    methods = [name for name in dir(memory_chain.MemoryManager) if not name.startswith("_")]
    assert [name for name in methods if f"### {name}\n" not in PAGES["manager.md"]] == []
    assert "```\n\n#" not in everything, "a method without a docstring"
