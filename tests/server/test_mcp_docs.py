"""The configurations that the docs offer for pasting, and the proxy's example, work as they stand."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from proxy_upstream import Upstream, served

from memory_chain.config import Settings
from memory_chain.server import ServerSettings, create_app

DOCS = Path(__file__).parent.parent.parent / "docs" / "how-to"


def fences(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}[^\n]*\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def configurations() -> list[dict]:
    return [json.loads(fence)["mcpServers"]["o-mem"] for fence in fences("mcp.md", "json")]


def test_there_is_one_for_each_client():
    assert [("command" in one, "url" in one) for one in configurations()] == [
        (True, False),
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("place", [0, 1])
def test_a_pasted_command_serves_the_memory(place, tmp_path):
    given = configurations()[place]
    assert given["command"] == "omem"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMEM_", "OPENAI_"))}
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", "memory_chain", *given["args"]],
        env={**kept, "OMEM_HOME": str(tmp_path), **given.get("env", {})},
    )

    async def run() -> None:
        async with Client(started) as client:
            assert len((await client.list_tools()).tools) == 6
            listed = [resource.uri for resource in (await client.list_resources()).resources]
            assert "memory://users/alice/profile" in listed

    anyio.run(run)


def test_the_commands_for_claude_code_hold_what_the_configurations_hold():
    added = [shlex.split(line) for line in "".join(fences("mcp.md", "shell")).splitlines() if "mcp add" in line]
    local, remote = (words[words.index("add") + 1 :] for words in added)
    assert local == ["--scope", "user", "o-mem", "--", "omem", *configurations()[0]["args"]]
    ((name, value),) = configurations()[2]["headers"].items()
    assert remote == ["--transport", "http", "o-mem", configurations()[2]["url"], "--header", f"{name}: {value}"]


def test_the_example_of_the_proxy_runs(manager, capsys):
    (example,) = fences("proxy.md", "py")
    upstream = Upstream("Noted.", "Pasta.")
    with served(upstream) as behind:
        settings = ServerSettings(mounts=("proxy",), general=Settings(openai_base_url=f"{behind}/v1"))
        with served(create_app(manager, settings=settings)) as url:
            space: dict = {}
            exec(example.replace("http://127.0.0.1:8321", url), space)
            space["client"].close()
    assert capsys.readouterr().out == "Noted.\nPasta.\n"
    assert "allergic to shellfish" in str(upstream.asked[1]["messages"][0])
