"""The application as a whole: a first conversation, missing packages, and the place for further faces."""

from __future__ import annotations

import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from server_support import local_client

from memory_chain.errors import ConfigurationError
from memory_chain.server import ServerSettings, create_app
from memory_chain.server import app as app_module
from memory_chain.server.app import Face, on_life


def test_first_words(client):
    answer = client.post("/v1/users/alice/messages", json={"messages": [{"content": "I love climbing."}]})
    assert answer.status_code == 201, answer.text
    assert answer.json()["stored"] == 1
    found = client.post("/v1/users/alice/retrieve", json={"query": "What do I love?"})
    assert "climbing" in found.json()["text"]
    looks = ("messages", "profile", "subjects", "events", "topics", "history", "status", "costs", "calls", "export")
    for path in looks:
        assert client.get(f"/v1/users/alice/{path}").status_code == 200, path
    for path in ("/v1/users", "/health", "/ready", "/metrics", "/openapi.json"):
        assert client.get(path).status_code == 200, path


def test_without_its_packages_the_server_names_the_extra(manager, monkeypatch):
    monkeypatch.setattr("memory_chain.server.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r'pip install "o-mem\[server\]"'):
        create_app(manager)


def test_neither_the_core_nor_the_keys_load_the_web_packages():
    code = "import sys, memory_chain, memory_chain.server.keys, memory_chain.cli; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in ("fastapi", "starlette", "uvicorn", "prometheus_client", "opentelemetry"):
        assert f"'{heavy}'" not in loaded


def test_faces_are_mounted_as_far_as_they_are_installed(manager, monkeypatch):
    def good(app, settings):
        app.state.good = settings

    def lacking(app, settings):
        raise ConfigurationError("install it")

    monkeypatch.setattr(app_module, "good", good, raising=False)
    monkeypatch.setattr(app_module, "lacking", lacking, raising=False)
    name = app_module.__name__
    faces = (
        Face(name="proxy", module=name, function="good"),
        Face(name="mcp", module=name, function="lacking"),
        Face(name="inspector", module="memory_chain.server.absent", function="x"),
    )
    monkeypatch.setattr(app_module, "FACES", faces)
    app = create_app(manager)
    assert app.state.faces == ["proxy"]
    assert app.state.left_out == {"mcp": "install it"}
    assert create_app(manager, settings=ServerSettings(mounts=("mcp",))).state.faces == []


def test_a_face_may_live_as_long_as_the_application(app):
    seen = []

    @asynccontextmanager
    async def life():
        seen.append("began")
        yield
        seen.append("ended")

    on_life(app, life)
    with local_client(app):
        assert seen == ["began"]
    assert seen == ["began", "ended"]


def test_the_manager_stays_the_callers(manager, app):
    with local_client(app):
        pass
    manager.add("still open", user_id="alice")
