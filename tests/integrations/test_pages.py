"""What the pages say of all integrations: examples, tests, versions that ran, extras. Needs no framework."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from pages import FENCE, LONGEST, PAGES

ROOT = Path(__file__).parent.parent.parent
RUN = runpy.run_path(str(Path(__file__).parent / "run"), run_name="run")
FRAMEWORKS: dict[str, tuple[str, list[str]]] = RUN["FRAMEWORKS"]
MODULES = {path.stem for path in (ROOT / "memory_chain" / "integrations").glob("*.py")} - {"__init__", "common"}


def requirements(extra: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(line) for line in project["optional-dependencies"][extra]]


def ran() -> dict[str, dict[str, Version]]:
    """Module: packages and their versions, from the table of the docs."""
    table = RUN["TABLE"].search((PAGES / "README.md").read_text("utf-8"))
    assert table is not None
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table[0].splitlines() if row.startswith("| [`")]
    return {
        row[0].split("`")[1]: {name: Version(number) for name, number in (one.split() for one in row[2].split(", "))}
        for row in rows
    }


def test_every_integration_has_a_page_tests_and_a_place_in_the_runner() -> None:
    assert MODULES == set(FRAMEWORKS) == {path.stem for path in PAGES.glob("*.md")} - {"README"}
    for name in MODULES:
        test = (Path(__file__).parent / f"test_{name}.py").read_text("utf-8")
        assert f'run_page("{name}"' in test, f"the tests of {name} do not run its page"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_example_is_longer_than_it_has_to_be(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text("utf-8")
    examples = [match["body"] for match in FENCE.finditer(text) if match["info"].startswith("python")]
    assert examples
    assert max(len(example.splitlines()) for example in examples) <= LONGEST
    assert "if-the-memory-fails" in text
    assert f"memory_chain.integrations.{name}" in text


@pytest.mark.parametrize("name", sorted(MODULES))
def test_what_ran_is_told_and_within_the_bounds_of_the_extra(name: str) -> None:
    extra, packages = FRAMEWORKS[name]
    versions = ran()[name]
    assert list(versions) == packages
    for requirement in requirements(extra):
        assert requirement.specifier.contains(versions[requirement.name]), f"{requirement} is not what ran"
        assert {one.operator for one in requirement.specifier} == {">=", "<"}


def test_the_runner_keeps_the_rows_of_what_did_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "README.md"
    page.write_text((PAGES / "README.md").read_text("utf-8"), "utf-8")
    monkeypatch.setitem(RUN["write"].__globals__, "PAGE", page)
    outcome = RUN["Outcome"](
        passed=True, versions="mem0ai 2.9.9", summary="3 passed in 1.0s", install_seconds=None, megabytes=1
    )
    RUN["write"]({"mem0": outcome})
    before, after = (PAGES / "README.md").read_text("utf-8"), page.read_text("utf-8")
    changed = [line for line in after.splitlines() if line not in before.splitlines()]
    assert len(changed) == 1 and re.match(
        r"\| \[`mem0`\]\(mem0\.md\) \| `o-mem\[mem0\]` \| mem0ai 2\.9\.9 \|", changed[0]
    )
    assert len(after.splitlines()) == len(before.splitlines())
