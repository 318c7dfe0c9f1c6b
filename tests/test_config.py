"""Settings: which source is stronger, what is refused and in which words, and that a key never shows."""

from __future__ import annotations

import copy
import logging
import os
import pickle
import traceback
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from memory_chain import MemoryManager, Settings
from memory_chain.config import default_home
from memory_chain.errors import ConfigurationError
from memory_chain.plugins import make_embedder, make_llm

SECRET = "sk-very-secret-0123456789"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but the test's own."""
    for name in list(os.environ):
        if name.startswith(("OMEM_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def file(tmp_path: Path, text: str, name: str = "settings.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Any = None, **arguments: Any) -> str:
    """The words with which settings are refused."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(path, **arguments)
    return str(caught.value)


# -- which source is stronger --


def test_nothing_given_means_the_defaults() -> None:
    assert Settings.load() == Settings()


def test_yaml_then_environment_then_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(tmp_path, "refresh: 3\nbudget_tokens: 300\nworking_messages: 30\n")
    monkeypatch.setenv("OMEM_BUDGET_TOKENS", "400")
    monkeypatch.setenv("OMEM_WORKING_MESSAGES", "40")
    settings = Settings.load(path, working_messages=50)
    assert (settings.refresh, settings.budget_tokens, settings.working_messages) == (3, 400, 50)


def test_an_argument_that_is_none_is_not_given(tmp_path: Path) -> None:
    assert Settings.load(file(tmp_path, "refresh: 3"), refresh=None).refresh == 3


def test_an_empty_variable_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMEM_REFRESH", "")
    assert Settings.load(file(tmp_path, "refresh: 3")).refresh == 3


@pytest.mark.parametrize("name", ["openai_api_key", "openai_base_url"])
def test_our_own_variable_is_stronger_than_the_foreign_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), "http://foreign")
    assert value(Settings.load(), name) == "http://foreign"
    monkeypatch.setenv(f"OMEM_{name.upper()}", "http://own")
    assert value(Settings.load(), name) == "http://own"
    assert value(Settings.load(**{name: "http://argument"}), name) == "http://argument"


def value(settings: Settings, name: str) -> str:
    found = getattr(settings, name)
    if isinstance(found, tuple):
        return ", ".join(found)
    return str(found.get_secret_value() if hasattr(found, "get_secret_value") else found)


def test_every_setting_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "home": "memories", "llm_model": "m", "openai_api_key": SECRET, "openai_base_url": "http://x/v1",
        "llm_provider": "p", "llm_timeout_seconds": "1.5", "llm_attempts": "2", "llm_concurrency": "2",
        "embedder": "hashing", "consolidate": "manual", "working_messages": "7", "refresh": "6", "idle_seconds": "0",
        "max_characters": "99", "budget_tokens": "98", "profile_schema": "s.yaml", "user_name": "Ann",
        "open_chains": "5", "server_host": "::1", "server_port": "0", "server_allow_hosts": "a.example, b.example",
        "server_faces": "mcp", "server_log_level": "error", "server_requests_per_second": "3", "server_burst": "9",
        "server_max_body_bytes": "11", "server_max_import_bytes": "12", "server_timeout_seconds": "13",
        "server_long_timeout_seconds": "14", "server_threads": "15", "server_long_threads": "17", "server_waiting": "0",
        "server_page": "18", "server_longest_page": "19", "server_price_in": "0.25", "server_price_out": "0.5",
    }  # fmt: skip
    assert set(given) == set(Settings.model_fields)
    for name, text in given.items():
        monkeypatch.setenv(f"OMEM_{name.upper()}", text)
    settings = Settings.load()
    for name, text in given.items():
        assert value(settings, name) in (text, f"{text}.0"), name


def test_headings_are_for_people(tmp_path: Path) -> None:
    flat = Settings.load(file(tmp_path, "llm_model: m\nrefresh: 3\n"))
    nested = Settings.load(file(tmp_path, "model:\n  llm_model: m\nmemory:\n  refresh: 3\n"))
    assert flat == nested


def test_an_empty_file_an_empty_heading_and_an_empty_value_are_fine(tmp_path: Path) -> None:
    assert Settings.load(file(tmp_path, "")) == Settings()
    assert Settings.load(file(tmp_path, "model:\nmemory:\n  refresh:\n")) == Settings()


def test_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file(tmp_path, "refresh: 1", "config.yaml")
    assert Settings.load().refresh == 1
    monkeypatch.setenv("OMEM_CONFIG", str(file(tmp_path, "refresh: 2", "named.yaml")))
    assert Settings.load().refresh == 2
    assert Settings.load(file(tmp_path, "refresh: 3", "given.yaml")).refresh == 3


def test_which_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Path(platformdirs.user_data_dir("o-mem", appauthor=False))
    assert default_home() == Settings.load().home_folder() == platform
    path = file(tmp_path, "home: from-yaml")
    assert Settings.load(path).home_folder() == Path("from-yaml")
    monkeypatch.setenv("OMEM_HOME", "from-environment")
    assert default_home() == Settings.load(path).home_folder() == Path("from-environment")
    assert Settings.load(path, home="from-argument").home_folder() == Path("from-argument")
    assert Settings.load(path, home="~/memories").home_folder() == Path.home() / "memories"


# -- what is refused --


@pytest.mark.parametrize(
    ("given", "near"),
    [("llm_modle", "llm_model"), ("refesh", "refresh"), ("api_key", "openai_api_key"), ("base_url", "openai_base_url")],
)
def test_an_unknown_setting_is_named_with_the_nearest(
    given: str, near: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path, f"model:\n  {given}: x\n")
    end = "config.yaml.example lists all settings."
    assert refused(path) == f"Unknown setting `{given}` in {path}. Did you mean `{near}`? {end}"
    assert refused(**{given: "x"}) == f"Unknown setting `{given}` in the arguments. Did you mean `{near}`? {end}"
    monkeypatch.setenv(f"OMEM_{given.upper()}", "x")
    assert refused() == (
        f"Unknown setting `OMEM_{given.upper()}` in the environment. Did you mean `OMEM_{near.upper()}`? {end}"
    )


def test_an_unknown_setting_that_is_near_to_none() -> None:
    assert refused(xyzzy=1) == (
        "Unknown setting `xyzzy` in the arguments. It is not known. config.yaml.example lists all settings."
    )


def test_an_unknown_setting_without_a_value_is_refused_too(tmp_path: Path) -> None:
    path = file(tmp_path, "llm_modle:\n")
    assert "Did you mean `llm_model`?" in refused(path)


def test_settings_of_the_command_line_are_no_unknown_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OMEM_USER", "alice")
    monkeypatch.setenv("OMEM_CONFIG", str(file(tmp_path, "refresh: 3")))
    assert Settings.load().refresh == 3


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("refresh", "many", "Input should be a valid integer, unable to parse string as an integer"),
        ("refresh", 0, "Input should be greater than or equal to 1"),
        ("working_messages", 0, "Input should be greater than or equal to 1"),
        ("llm_attempts", 11, "Input should be less than or equal to 10"),
        ("llm_timeout_seconds", 0, "Input should be greater than 0"),
        ("idle_seconds", -1, "Input should be greater than or equal to 0"),
        ("consolidate", "later", "Input should be 'background', 'inline' or 'manual'"),
        ("openai_api_key", 5, "Input should be a valid string"),
    ],
)
def test_a_wrong_value_is_named(name: str, given: object, told: str) -> None:
    assert refused(**{name: given}) == f"The setting `{name}` is wrong: {told}."


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "none.yaml"
    told = f"The configuration {path} cannot be read (No such file or directory). Copy config.yaml.example to begin."
    assert refused(path) == told
    monkeypatch.setenv("OMEM_CONFIG", str(path))
    assert refused() == told


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    assert "cannot be read (Is a directory)" in refused(tmp_path)


@pytest.mark.parametrize("text", ["model:\n\tllm_model: x\n", "a: b: c\n", 'llm_model: "x\n', "a: [1\n"])
def test_a_file_that_is_no_yaml(text: str, tmp_path: Path) -> None:
    path = file(tmp_path, text)
    assert refused(path).startswith(f"The configuration {path} is not valid YAML")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert refused(path).startswith(f"The configuration {path} is not valid YAML")


@pytest.mark.parametrize("text", ["- llm_model\n", "just words\n", "5\n"])
def test_a_file_that_holds_no_settings(text: str, tmp_path: Path) -> None:
    path = file(tmp_path, text)
    assert refused(path) == f"The configuration {path} has to consist of `name: value` lines."


def test_yaml_cannot_run_code(tmp_path: Path) -> None:
    path = file(tmp_path, "llm_model: !!python/object/apply:os.system ['touch hacked']\n")
    assert "not valid YAML" in refused(path)
    assert not (tmp_path / "hacked").exists()


def test_settings_cannot_be_changed_later() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().refresh = 5


def test_sizes_that_do_not_fit_together(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="The settings `working_messages` and `refresh` do not fit"):
        MemoryManager.from_settings(Settings(home=tmp_path, working_messages=5, refresh=10))


def test_parts_that_are_not_known() -> None:
    with pytest.raises(ConfigurationError, match="The setting `llm_provider` names 'nobody', which is not known"):
        make_llm(Settings(llm_model="m", llm_provider="nobody"))
    with pytest.raises(ConfigurationError, match="The setting `embedder` names 'magic', which is not known"):
        make_embedder(Settings(embedder="magic:model"))


# -- keys --


def test_a_key_alone_starts_no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    settings = Settings.load(home=tmp_path / "home", consolidate="inline")
    assert make_llm(settings) is None
    with MemoryManager.from_settings(settings) as memory:
        memory.add("I live in Lisbon.", user_id="alice")
        assert memory.flush("alice").writer == "rules"
        assert memory.costs("alice").calls == 0
        with pytest.raises(ConfigurationError, match="Set `llm_model`"):
            memory.answer("Where do I live?", user_id="alice")


def test_a_key_never_shows(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = Settings.load(openai_api_key=SECRET, llm_model="m", openai_base_url="http://localhost:1/v1")
    llm = make_llm(settings)
    shown = [
        repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump()), repr(llm), str(llm),
        repr(copy.deepcopy(settings)), caplog.text,
    ]  # fmt: skip
    assert [text for text in shown if SECRET in text] == []
    assert llm is not None
    llm.close()


def test_a_key_is_carried_by_a_copy() -> None:
    settings = Settings(openai_api_key=SECRET)  # type: ignore[arg-type]
    for twin in (copy.copy(settings), copy.deepcopy(settings), pickle.loads(pickle.dumps(settings))):
        assert twin == settings


@pytest.mark.parametrize("given", [[SECRET], {SECRET: 1}, {"key": SECRET}])
def test_a_key_of_a_wrong_shape_does_not_show(given: object, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(openai_api_key=given)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "text",
    [
        f'model:\n  openai_api_key: "{SECRET}\n',
        f"model:\n\topenai_api_key: {SECRET}\n",
        f"openai_api_key: {SECRET}: x\n",
    ],
)
def test_a_key_in_a_broken_file_does_not_show(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(file(tmp_path, text))
    assert SECRET[:8] not in "".join(traceback.format_exception(caught.value))
