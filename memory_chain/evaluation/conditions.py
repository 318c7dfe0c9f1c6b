"""Under which conditions a figure was made: the version, the commit and the machine."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_CHECKOUT = Path(__file__).parents[2]


def conditions() -> dict[str, str | int | bool | None]:
    """Version, commit (None outside a checkout) and whether the tree was clean, interpreter, machine and time."""
    commit = _git("rev-parse", "HEAD") if (_CHECKOUT / ".git").exists() else None
    changes = _git("status", "--porcelain", "--untracked-files=no") if commit else None
    return {
        "version": _version(),
        "commit": commit,
        "clean": None if changes is None else not changes,
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _version() -> str | None:
    try:
        return version("o-mem")
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ("git", "-C", str(_CHECKOUT), *arguments), capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
