"""`config.yaml.example` and `requirements.txt` say what the code says."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from memory_chain import Settings

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config.yaml.example"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but the test's own."""
    for name in list(os.environ):
        if name.startswith(("OMEM_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def sections() -> dict[str, dict[str, object]]:
    content: dict[str, dict[str, object]] = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    return content


def test_it_loads_and_changes_nothing() -> None:
    assert Settings.load(EXAMPLE) == Settings()


def test_it_names_every_setting_once_and_no_other() -> None:
    named = [name for section in sections().values() for name in section]
    assert sorted(named) == sorted(Settings.model_fields)


def test_it_shows_the_defaults() -> None:
    for section in sections().values():
        for name, shown in section.items():
            assert shown == Settings.model_fields[name].default, name


def test_the_published_settings_stand_where_they_were_published() -> None:
    published = ["llm_model", "openai_api_key", "openai_base_url"]
    assert list(sections()["model"])[:3] == published


def test_a_published_file_works_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        'model:\n  llm_model: "model name"\n  openai_api_key: "your-openai-api-key"\n'
        '  openai_base_url: "https://api.openai.com/v1"\n'
    )
    settings = Settings.load()
    assert settings.llm_model == "model name"
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "your-openai-api-key"
    assert settings.openai_base_url == "https://api.openai.com/v1"


def test_every_setting_has_a_comment() -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    for name in Settings.model_fields:
        (place,) = [i for i, line in enumerate(lines) if line.startswith(f"  {name}:")]
        assert lines[place - 1].lstrip().startswith("#"), name


def test_requirements_are_the_dependencies_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (re.sub(r"#.*", "", line).strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines())
    assert [line for line in lines if line] == project["dependencies"]
