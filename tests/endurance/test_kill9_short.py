"""A short run of `kill9.py`; the long one is run by hand, its figures are in the docs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kill9.py")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL and no fork on Windows")
def test_killed_processes_lose_and_double_nothing():
    # In a process of its own: it forks, which a process with pytest's threads must not.
    command = [sys.executable, str(SCRIPT), "--rounds", "15"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert told["wrong"] == [], done.stderr
    assert done.returncode == 0
    assert told["rounds"] == 15
    assert told["kills"] >= 15
    assert told["acknowledged"] > 0
    assert told["acknowledged"] <= told["stored"] <= told["acknowledged"] + told["kills"]
