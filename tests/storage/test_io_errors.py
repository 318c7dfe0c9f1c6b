"""A short run of tests/endurance/io_errors.py."""

import importlib.util
from pathlib import Path


def test_injected_io_errors_damage_nothing_and_are_told():
    path = Path(__file__).parent.parent / "endurance" / "io_errors.py"
    spec = importlib.util.spec_from_file_location("io_errors", path)
    io_errors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(io_errors)
    result = io_errors.sweep(stride=7)
    assert result["bad"] == []
    assert result["injected"] >= 40
