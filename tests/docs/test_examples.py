"""Every example of the README and of the docs runs, offline, and prints what the page says.

The examples of a page run in their order in one folder; Python ones share one namespace. Fences:

- `python` runs here; `bash` holds `omem …` lines and runs in a shell;
- `text output` is what the fence before it prints;
- `yaml NAME` and `toml NAME` and `json NAME` are written to that file first;
- all others (`shell`, `text`, `toml`, …) are only read: installing, servers, other programs; `shell needs-model` marks
  `omem` commands that need a language model.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import memory_chain

ROOT = Path(__file__).parent.parent.parent
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
LONGEST_EXTENSION = 20
EXTENSIONS = ("how-to/own-rule.md", "how-to/own-memory-type.md")


@dataclass(frozen=True)
class Fence:
    """A fenced block of a page."""

    language: str
    rest: str
    body: str
    line: int


def pages(*, frameworks: bool = False) -> list[Path]:
    """The pages that people wrote. Those of frameworks run in tests/integrations, where their package is there."""
    left_out = {ROOT / "docs" / "reference"} | (set() if frameworks else {ROOT / "docs" / "how-to" / "integrations"})
    found = sorted(page for page in (ROOT / "docs").rglob("*.md") if left_out.isdisjoint(page.parents))
    return [ROOT / "README.md", *found]


def fences(page: Path) -> list[Fence]:
    text = page.read_text("utf-8")
    found = []
    for match in FENCE.finditer(text):
        language, _, rest = match["info"].strip().partition(" ")
        body = re.sub(rf"^{match['indent']}", "", match["body"], flags=re.MULTILINE)
        found.append(Fence(language, rest.strip(), body, text.count("\n", 0, match.start()) + 2))
    return found


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and no settings but the page's own."""
    for name in list(os.environ):
        if name.startswith(("OMEM_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "page"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.timeout(240)
@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_the_examples_of_a_page_run(page: Path, alone: Path) -> None:
    namespace: dict[str, Any] = {"__name__": "__page__"}
    printed = ""
    try:
        for fence in fences(page):
            if fence.language == "python":
                printed = run_python(fence, page, namespace)
            elif fence.language == "bash":
                printed = run_bash(fence)
            elif fence.language in ("yaml", "toml", "json") and fence.rest:
                (alone / fence.rest).write_text(fence.body, "utf-8")
            elif (fence.language, fence.rest) == ("text", "output"):
                assert squeezed(printed) == squeezed(fence.body), f"{name_of(page)}, line {fence.line}"
    finally:
        for value in namespace.values():
            if isinstance(value, memory_chain.MemoryManager):
                value.close()


def squeezed(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def run_python(fence: Fence, page: Path, namespace: dict[str, Any]) -> str:
    code = compile("\n" * (fence.line - 1) + fence.body, str(page), "exec", dont_inherit=True)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, namespace)
    return out.getvalue()


def run_bash(fence: Fence) -> str:
    setup = f'set -euo pipefail\nomem() {{ "{sys.executable}" -m memory_chain "$@"; }}\n'
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OMEM_")}
    parent = str(Path(memory_chain.__file__).parent.parent)
    done = subprocess.run(
        ["bash", "-c", setup + fence.body],
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env={**kept, "PYTHONPATH": parent, "PYTHONUTF8": "1", "COLUMNS": "100", "NO_COLOR": "1"},
        check=False,
    )
    assert done.returncode == 0, f"line {fence.line}: {done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_what_could_run_is_marked_to_run(page: Path) -> None:
    """`omem` and Python stand in fences that run."""
    for fence in fences(page):
        if fence.rest != "needs-model" and fence.language in ("", "sh", "shell", "console", "py", "pycon", "python3"):
            commands = [line.strip() for line in fence.body.splitlines()]
            assert not [line for line in commands if line.startswith(("omem ", "import ", "from "))], fence.line
            assert fence.language in ("", "shell"), f"{name_of(page)}, line {fence.line}: use `python` or `shell`"


@pytest.mark.parametrize("name", EXTENSIONS)
def test_an_extension_takes_at_most_twenty_lines(name: str) -> None:
    first = next(fence for fence in fences(ROOT / "docs" / name) if fence.language == "python")
    assert len(first.body.splitlines()) <= LONGEST_EXTENSION


def test_the_readme_begins_with_working_code() -> None:
    first = next(fence for fence in fences(ROOT / "README.md") if fence.language == "python")
    assert first.line + len(first.body.splitlines()) <= 30


@pytest.mark.parametrize(
    "page", [*pages(frameworks=True), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=name_of
)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"", text)
    for target in (one or other for one, other in targets):
        if not target.startswith(("http://", "https://", "mailto:", "#")):
            path, _, anchor = target.partition("#")
            found = page.parent / path
            assert found.exists(), f"{name_of(page)} links to {target}"
            if anchor and found.suffix == ".md":
                assert anchor in anchors(found), f"{name_of(page)} links to {target}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
