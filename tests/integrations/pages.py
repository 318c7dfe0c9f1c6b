"""Runs the example of a page about an integration, with a scripted model in place of `model` (or `client`)."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import memory_chain

PAGES = Path(__file__).parent.parent.parent / "docs" / "how-to" / "integrations"
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
LONGEST = 25


def run_page(name: str, **given: Any) -> dict[str, Any]:
    """Run the page's examples in one namespace and compare what they print; returns the namespace."""
    text = (PAGES / f"{name}.md").read_text("utf-8")
    namespace: dict[str, Any] = {"__name__": "__page__", **given}
    printed = ""
    ran = 0
    try:
        for match in FENCE.finditer(text):
            if match["info"].startswith("python"):
                assert len(match["body"].splitlines()) <= LONGEST, f"{name}: an example has more than {LONGEST} lines"
                out = io.StringIO()
                with contextlib.redirect_stdout(out):
                    exec(compile(match["body"], name, "exec", dont_inherit=True), namespace)
                printed, ran = out.getvalue(), ran + 1
            elif match["info"] == "text output":
                assert printed.strip() == match["body"].strip()
        assert ran, f"{name} has no example"
    finally:
        for value in namespace.values():
            if isinstance(value, memory_chain.MemoryManager):
                value.close()
    return namespace
