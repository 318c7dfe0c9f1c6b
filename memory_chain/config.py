"""Settings: from a YAML file, the environment and arguments, in that order of rising force.

This is the only place that reads the environment. A key in the environment alone never starts paid calls:
`llm_model` must be set, too.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import platformdirs
import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from memory_chain.errors import ConfigurationError

PREFIX = "OMEM_"
HEADINGS = frozenset({"model", "memory", "retrieval", "server"})
"""Under these a configuration file may group its settings."""

_FOREIGN_ENVIRONMENT = {"openai_api_key": "OPENAI_API_KEY", "openai_base_url": "OPENAI_BASE_URL"}


class Settings(BaseModel):
    """All settings, with their defaults. `config.yaml.example` explains each."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    home: Path | None = Field(default=None, description="Folder of the memory files, one file a user.")
    llm_model: str | None = Field(default=None, description="Name of the language model; none: rules only.")
    openai_api_key: SecretStr | None = Field(default=None, description="Key for the model's server.")
    openai_base_url: str | None = Field(default=None, description="Address of any OpenAI-compatible server.")
    llm_provider: str = Field(default="openai", description="Plug-in that talks to the model.")
    llm_timeout_seconds: float = Field(default=30.0, gt=0, description="Longest wait for one reply.")
    llm_attempts: int = Field(default=3, ge=1, le=10, description="Tries of one call before the queue waits.")
    llm_concurrency: int = Field(default=4, ge=1, description="Calls at the same time, over all users.")
    embedder: str | None = Field(
        default=None, description="`openai:MODEL`, `model2vec:PATH`, `fastembed:NAME_OR_PATH`; none: words only."
    )
    consolidate: Literal["background", "inline", "manual"] = Field(
        default="background", description="When messages are understood."
    )
    working_messages: int = Field(default=20, ge=1, description="Messages that wait for the model before some go on.")
    refresh: int = Field(default=10, ge=1, description="How many of the oldest go on at once.")
    idle_seconds: float = Field(default=60.0, ge=0, description="After this silence all that waits goes on.")
    max_characters: int = Field(default=1_000_000, ge=1, description="Longest message that is taken.")
    budget_tokens: int = Field(default=1500, ge=1, description="Size of a context if the caller names none.")
    profile_schema: Path | None = Field(default=None, description="YAML file with other profile sections.")
    user_name: str | None = Field(default=None, description="Speaker name under which the user appears in messages.")
    open_chains: int = Field(
        default=64, ge=1, description="Memory files held open at once; `omem serve` takes as many as the system allows."
    )
    server_host: str = Field(default="127.0.0.1", description="Where `omem serve` listens.")
    server_port: int = Field(default=8321, ge=0, le=65535, description="On which port; 0: any that is free.")
    server_allow_hosts: tuple[str, ...] = Field(
        default=(), description="Further names of the server, as browsers write them."
    )
    server_faces: tuple[Literal["proxy", "mcp", "inspector"], ...] = Field(
        default=("proxy", "mcp", "inspector"), description="What is served beside REST."
    )
    server_log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What the server's log tells."
    )
    server_requests_per_second: float = Field(
        default=200.0, ge=0, description="Requests a second that a key may make on average; 0: no limit."
    )
    server_burst: int | None = Field(
        default=None, ge=1, description="Requests that a key may make at once; none: those of two seconds."
    )
    server_max_body_bytes: int = Field(
        default=4 * 1024 * 1024, ge=1, description="Longest body of a request, imports excepted."
    )
    server_max_import_bytes: int = Field(default=1024 * 1024 * 1024, ge=1, description="Longest body of an import.")
    server_timeout_seconds: float = Field(default=30.0, gt=0, description="Longest time of a quick call.")
    server_long_timeout_seconds: float = Field(
        default=600.0, gt=0, description="The same for what reads a whole memory or waits for a model."
    )
    server_threads: int = Field(default=16, ge=1, description="Quick calls of the memory at the same time.")
    server_long_threads: int = Field(default=8, ge=1, description="Long calls at the same time.")
    server_waiting: int = Field(default=256, ge=0, description="Calls of each kind that may wait for a thread.")
    server_page: int = Field(default=100, ge=1, le=1000, description="Records on a page if the caller names no number.")
    server_longest_page: int = Field(default=1000, ge=1, le=1000, description="Most records on a page.")
    server_price_in: float = Field(
        default=0.0, ge=0, description="Price of a million tokens to the model, for the cost in `/metrics`."
    )
    server_price_out: float = Field(default=0.0, ge=0, description="Price of a million tokens from the model.")

    @field_validator("server_allow_hosts", "server_faces", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """The environment has no lists: there the names stand with commas between them."""
        if isinstance(given, str):
            return [name.strip() for name in given.split(",") if name.strip()]
        return given

    @classmethod
    def load(cls, path: str | Path | None = None, **arguments: Any) -> Settings:
        """Read a YAML file (if there is one), the environment and arguments, each stronger than the one before.

        Args:
            path: the file; None looks at `OMEM_CONFIG`, then `./config.yaml`.
            arguments: settings by name; None means "not given".

        Raises:
            ConfigurationError: a file that cannot be read, an unknown key or a wrong value, by name.
        """
        given, source = _read_file(path)
        _check_known(given, source)
        environment = _environment(os.environ)
        given_arguments = {name: value for name, value in arguments.items() if value is not None}
        _check_known(given_arguments, "the arguments")
        merged = {**given, **environment, **given_arguments}
        try:
            return cls(**merged)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise ConfigurationError(f"The setting `{name}` is wrong: {first['msg']}.") from None

    def home_folder(self) -> Path:
        """The folder of the memory files."""
        return self.home.expanduser() if self.home else Path(platformdirs.user_data_dir("o-mem", appauthor=False))


def default_home() -> Path:
    """`OMEM_HOME`, else the platform's data folder."""
    named = os.environ.get(f"{PREFIX}HOME")
    return Settings(home=Path(named) if named else None).home_folder()


def _read_file(path: str | Path | None) -> tuple[dict[str, Any], str]:
    chosen = Path(path) if path else _default_file()
    if chosen is None:
        return {}, ""
    try:
        content = yaml.safe_load(chosen.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"The configuration {chosen} cannot be read ({error.strerror}). Copy config.yaml.example to begin."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:  # its own text may quote a key
        mark = getattr(error, "problem_mark", None)
        where = f" near line {mark.line + 1}" if mark else ""
        raise ConfigurationError(
            f"The configuration {chosen} is not valid YAML{where}. Check quotes and indentation there."
        ) from None
    if content is None:
        return {}, str(chosen)
    if not isinstance(content, Mapping):
        raise ConfigurationError(f"The configuration {chosen} has to consist of `name: value` lines.")
    flat = _flattened(content)
    _check_known(flat, str(chosen))
    return {name: value for name, value in flat.items() if value is not None}, str(chosen)


def _default_file() -> Path | None:
    named = os.environ.get(f"{PREFIX}CONFIG")
    if named:
        return Path(named)
    here = Path("config.yaml")
    return here if here.is_file() else None


def _flattened(content: Mapping[str, Any]) -> dict[str, Any]:
    """Settings may stand under a heading, as in the published file (`model: {llm_model: …}`)."""
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, Mapping) and name not in Settings.model_fields:
            flat.update(_flattened(value))
        elif value is not None or name not in HEADINGS:
            flat[str(name)] = value
    return flat


def _environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in Settings.model_fields:
        value = environment.get(f"{PREFIX}{name.upper()}") or environment.get(_FOREIGN_ENVIRONMENT.get(name, ""))
        if value:
            found[name] = value
    unknown = {
        key for key in environment if key.startswith(PREFIX) and key[len(PREFIX) :].lower() not in _ENVIRONMENT_NAMES
    }
    if unknown:
        _check_known({key[len(PREFIX) :].lower(): None for key in sorted(unknown)}, "the environment", prefix=PREFIX)
    return found


_ENVIRONMENT_NAMES = {*Settings.model_fields, "config", "user"}


def _check_known(given: Mapping[str, Any], source: str, prefix: str = "") -> None:
    for name in given:
        if name not in Settings.model_fields:
            near = difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=0.5)
            shown = f"{prefix}{name.upper()}" if prefix else name
            hint = f"Did you mean `{prefix}{near[0].upper() if prefix else near[0]}`?" if near else "It is not known."
            raise ConfigurationError(
                f"Unknown setting `{shown}` in {source}. {hint} config.yaml.example lists all settings."
            )
