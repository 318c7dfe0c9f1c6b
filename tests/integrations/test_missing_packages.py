"""A framework that is not installed: the module says so and names its extra; nothing else loads a framework."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from memory_chain.errors import ConfigurationError

NEEDS = {
    "agent_framework": ("agent_framework", "agent-framework"),
    "anthropic_memory": ("anthropic", "anthropic"),
    "autogen": ("autogen_core", "autogen"),
    "crewai": ("crewai", "crewai"),
    "google_adk": ("google", "google-adk"),
}
"""Module: the package that it imports, and its extra."""


@pytest.mark.parametrize("module", NEEDS)
def test_a_missing_package_is_named_with_its_extra(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    package, extra = NEEDS[module]
    for name in list(sys.modules):
        if name == package or name.startswith(f"{package}."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"memory_chain.integrations.{module}", raising=False)
    with pytest.raises(ConfigurationError) as raised:
        importlib.import_module(f"memory_chain.integrations.{module}")
    assert f"pip install 'o-mem[{extra}]'" in str(raised.value)


def test_the_core_loads_no_framework() -> None:
    code = f"import sys, memory_chain, memory_chain.integrations as i; assert not {set(NEEDS)} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
