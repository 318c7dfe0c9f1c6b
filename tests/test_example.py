"""The example runs offline, quickly, and shows what it promises."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(tmp_path: Path, *args: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMEM_", "OPENAI_"))}
    done = subprocess.run(
        [sys.executable, str(ROOT / "example_usage.py"), *args],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "80"},
        timeout=60,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


def test_the_tour(tmp_path: Path):
    began = time.perf_counter()
    out = run(tmp_path)
    assert time.perf_counter() - began < 20  # 1 to 2 s; a slow machine may take longer
    understood, profile, reversal, retrieval, answer, costs = out.split("\n\n")[-6:]
    assert "shellfish" in understood
    assert "nothing to learn" in understood
    assert "Health" in profile
    assert "steak" in reversal.split("now:")[0]
    assert "I stopped eating meat." in reversal
    assert "knee" in retrieval
    assert "standing" in retrieval
    assert "No language model is configured" in answer
    assert "0 model calls" in costs
    assert list(tmp_path.iterdir()) == []


def test_the_simple_example(tmp_path: Path):
    out = run(tmp_path, "simple")
    profile, context = out.split("\n\n")
    assert "shellfish" in profile
    assert "knee" in context
    assert list(tmp_path.iterdir()) == []
