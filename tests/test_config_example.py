"""`config.yaml.example` and `requirements.txt` say what the code says."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from memory_chain import Settings
from memory_chain.errors import ConfigurationError
from memory_chain.server.settings import ServerSettings

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
    defaults = Settings().model_dump(mode="json")
    for section in sections().values():
        for name, shown in section.items():
            assert shown == defaults[name], name


def test_the_servers_settings_are_those_of_its_record() -> None:
    general = Settings()
    assert ServerSettings.of(general) == ServerSettings(general=general)
    named = {name.removeprefix("server_") for name in Settings.model_fields if name.startswith("server_")}
    apart = {"host", "port", "log_level", "allow_hosts", "faces"}  # the command's own, and those under another name
    assert named - apart == {one.name for one in fields(ServerSettings)} - {"allowed_hosts", "mounts", "general"}


def test_the_server_is_set_like_everything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("server:\n  server_page: 7\n  server_port: 9000\n  server_requests_per_second: 0.2\n")
    monkeypatch.setenv("OMEM_SERVER_PORT", "9001")
    monkeypatch.setenv("OMEM_SERVER_FACES", "mcp, inspector")
    monkeypatch.setenv("OMEM_SERVER_ALLOW_HOSTS", "Memory.Example")
    settings = Settings.load(server_burst=5)
    server = ServerSettings.of(settings)
    assert settings.server_port == 9001
    assert (server.page, server.requests_per_second, server.burst) == (7, 0.2, 5)
    assert server.mounts == ("mcp", "inspector")
    assert server.allowed_hosts == ("localhost", "127.0.0.1", "::1", "memory.example")
    assert ServerSettings.of(Settings(server_host="0.0.0.0")).allowed_hosts == ("*",)
    assert ServerSettings.of(Settings(server_requests_per_second=0.2)).burst == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("server_prot: 1", "Did you mean `server_port`"),
        ("server_port: 70000", "server_port"),
        ("server_faces: [web]", "server_faces"),
        ("server_page: 2000", "server_page"),
        ("server: 8321", "server"),
    ],
)
def test_a_wrong_setting_of_the_server_is_refused_by_name(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=told):
        Settings.load()


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
