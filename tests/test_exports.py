"""`__all__` is the front door: what stands there exists, and nothing public is missing."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import memory_chain
from memory_chain.errors import ConfigurationError

PACKAGE = Path(memory_chain.__file__).parent

FRONT_DOOR = {
    "AsyncMemoryManager",
    "Attribute",
    "Context",
    "Event",
    "MemoryChain",
    "MemoryChainError",
    "MemoryManager",
    "Message",
    "Piece",
    "Profile",
    "ProfileSchema",
    "Settings",
    "__version__",
}
"""A name that is added or taken away is a change for users: change it here and in CHANGELOG.md as well."""


def module_names() -> list[str]:
    """Every module of the package."""
    parts = (path.relative_to(PACKAGE.parent).with_suffix("").parts for path in PACKAGE.rglob("*.py"))
    return sorted(".".join(part for part in names if part != "__init__") for names in parts)


def type_checked_imports() -> dict[str, str]:
    """The names that `memory_chain/__init__.py` imports for type checkers, and from where."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    found = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: node.module or "" for node in found for alias in node.names}


def test_the_front_door_is_what_we_promise() -> None:
    assert set(memory_chain.__all__) == FRONT_DOOR
    assert memory_chain.__all__ == sorted(memory_chain.__all__)
    assert dir(memory_chain) == memory_chain.__all__


def test_every_name_is_the_object_that_its_module_defines() -> None:
    for name in FRONT_DOOR - {"__version__"}:
        found = getattr(memory_chain, name)
        assert found.__module__.startswith("memory_chain."), name
        assert found is getattr(importlib.import_module(found.__module__), name), name


def test_type_checkers_and_the_interpreter_see_the_same() -> None:
    seen = type_checked_imports()
    assert set(seen) == FRONT_DOOR - {"__version__"}
    for name, module in seen.items():
        assert getattr(memory_chain, name).__module__ == module, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'memory_chain' has no attribute 'MemoryManger'"):
        memory_chain.MemoryManger  # noqa: B018 - the access is the test


def test_from_star_brings_the_front_door() -> None:
    names: dict[str, object] = {}
    exec("from memory_chain import *", names)
    assert set(names) >= FRONT_DOOR


@pytest.mark.parametrize("name", module_names())
def test_a_module_that_names_its_public_parts_has_them(name: str) -> None:
    if name.endswith("__main__"):
        pytest.skip("running it is its purpose")
    try:
        module = importlib.import_module(name)
    except ConfigurationError as missing:  # an integration, whose framework is tried in an environment of its own
        assert name.startswith("memory_chain.integrations.")
        pytest.skip(str(missing))
    public = getattr(module, "__all__", [])
    assert [one for one in public if not hasattr(module, one)] == []
    assert len(public) == len(set(public))
