"""Anthropic's memory tool, through the SDK's own tool runner and a scripted API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from failures import FAILURES, SECRET, broken
from pages import run_page

pytest.importorskip("anthropic.lib.tools", reason="needs anthropic (extra `anthropic`)")

import anthropic
import httpx2
from anthropic.lib.tools import ToolError
from anthropic.tools.memory import BetaLocalFilesystemMemoryTool

from memory_chain import MemoryManager
from memory_chain.integrations.anthropic_memory import ABOUT, SESSION, AsyncOMemMemoryTool, MemoryFiles, OMemMemoryTool
from memory_chain.integrations.common import OUT_OF_REACH
from memory_chain.types import Role, Trust


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[MemoryManager]:
    with MemoryManager.open(tmp_path / "m", consolidate="inline") as opened:
        yield opened


@pytest.fixture
def files(manager: MemoryManager) -> MemoryFiles:
    return MemoryFiles(manager, "alice")


class Api:
    """Answers like the Messages API: one tool call after the other, then a text. `sent` keeps the requests."""

    def __init__(self, *commands: dict[str, Any], text: str = "Done.") -> None:
        self.commands = list(commands)
        self.text = text
        self.sent: list[dict[str, Any]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(json.loads(request.content))
        content: list[dict[str, Any]] = [{"type": "text", "text": self.text}]
        if self.commands:
            call = {"type": "tool_use", "id": f"t{len(self.sent)}", "name": "memory", "input": self.commands.pop(0)}
            content = [call]
        body = {
            "id": "msg",
            "type": "message",
            "role": "assistant",
            "model": "claude-test",
            "content": content,
            "stop_reason": "tool_use" if content[0]["type"] == "tool_use" else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
        return httpx2.Response(200, json=body)

    def results(self) -> list[Any]:
        last = [request["messages"][-1]["content"] for request in self.sent]
        return [block["content"] for content in last if isinstance(content, list) for block in content]

    def client(self) -> anthropic.Anthropic:
        return anthropic.Anthropic(api_key="-", http_client=httpx2.Client(transport=httpx2.MockTransport(self)))


def run(api: Api, tool: OMemMemoryTool) -> str:
    runner = api.client().beta.messages.tool_runner(
        model="claude-test", max_tokens=100, messages=[{"role": "user", "content": "Hello"}], tools=[tool]
    )
    return runner.until_done().content[0].text  # type: ignore[union-attr]


def test_the_sdks_runner_runs_all_six_commands(manager: MemoryManager) -> None:
    api = Api(
        {"command": "view", "path": "/memories"},
        {"command": "create", "path": "/memories/notes.md", "file_text": "# Notes\nThe user likes tea.\n"},
        {"command": "str_replace", "path": "/memories/notes.md", "old_str": "tea", "new_str": "coffee"},
        {"command": "insert", "path": "/memories/notes.md", "insert_line": 1, "insert_text": "Written by Claude."},
        {"command": "rename", "old_path": "/memories/notes.md", "new_path": "/memories/user/taste.md"},
        {"command": "view", "path": "/memories/user/taste.md"},
        {"command": "delete", "path": "/memories/user"},
        {"command": "view", "path": "/memories/user/taste.md"},
    )
    assert run(api, OMemMemoryTool(manager, "alice")) == "Done."
    results = api.results()
    assert results[0].startswith("Here're the files and directories")
    assert results[1] == "File created successfully at: /memories/notes.md"
    assert results[5].splitlines()[1:] == [
        "     1\t# Notes",
        "     2\tWritten by Claude.",
        "     3\tThe user likes coffee.",
        "     4\t",
    ]
    assert "does not exist" in str(results[7])
    assert api.sent[0]["tools"] == [{"type": "memory_20250818", "name": "memory"}]
    assert manager.messages("alice") == []


def test_a_file_is_kept_with_the_trust_of_a_tool_and_found_again(manager: MemoryManager, files: MemoryFiles) -> None:
    files.create("/memories/diet.md", "The user is allergic to peanuts.")
    (message,) = manager.messages("alice")
    assert (message.role, message.session_id, message.metadata["path"]) == (Role.TOOL, SESSION, "/memories/diet.md")
    context = manager.retrieve("peanuts", user_id="alice")
    assert context.pieces and {piece.trust for piece in context} == {Trust.TOOL}
    assert not manager.retrieve("peanuts", user_id="alice", min_trust="stated").pieces
    manager.revoke("alice", source="anthropic-memory-tool")
    with pytest.raises(ToolError, match="does not exist"):
        files.view("/memories/diet.md")


def test_an_edit_leaves_nothing_of_the_old_text(manager: MemoryManager, files: MemoryFiles) -> None:
    files.create("/memories/a.md", "The user lives in Porto.")
    files.str_replace("/memories/a.md", "Porto", "Lisbon")
    assert [message.text for message in manager.messages("alice")] == ["The user lives in Lisbon."]
    assert "Porto" not in str(manager.retrieve("Where does the user live?", user_id="alice"))


def test_read_only_files_show_profile_and_events_and_cannot_be_written(
    manager: MemoryManager, files: MemoryFiles
) -> None:
    assert "nothing yet" in files.view(f"{ABOUT}/profile.md")
    manager.add("I'm allergic to shellfish. I adopted a dog named Rex yesterday.", user_id="alice")
    assert "allergic to shellfish" in files.view(f"{ABOUT}/profile.md")
    assert "Rex" in files.view(f"{ABOUT}/events.md")
    assert f"read-only\t{ABOUT}/profile.md" in files.view("/memories")
    for act in (
        lambda: files.create(f"{ABOUT}/x.md", "x"),
        lambda: files.str_replace(f"{ABOUT}/profile.md", "allergic", "fine"),
        lambda: files.insert(f"{ABOUT}/profile.md", 0, "x"),
        lambda: files.delete(ABOUT),
        lambda: files.delete("/memories"),
        lambda: files.rename(f"{ABOUT}/profile.md", "/memories/p.md"),
        lambda: files.rename("/memories", "/memories/p"),
    ):
        with pytest.raises(ToolError):
            act()


def test_what_was_recalled_is_not_learned_again(manager: MemoryManager, files: MemoryFiles) -> None:
    manager.add("I'm allergic to shellfish.", user_id="alice")
    before = manager.profile("alice").attributes
    shown = "\n".join(line.split("\t", 1)[-1] for line in files.view(f"{ABOUT}/profile.md").splitlines()[1:])
    files.create("/memories/copy.md", shown)
    files.create("/memories/context.md", str(manager.retrieve("food", user_id="alice")))
    assert manager.profile("alice").attributes == before


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "notes.md",
        "/memories/../x",
        "/memories/a/../../b",
        "/memories/./a",
        "/memories//a",
        "/memories/%2e%2e/a",
        "/memories/a\\b",
        "/memories/a\nb",
        "/memories/\u202ea",
        "/memories/ /a",
        "/memoriesx/a",
        "/memories/" + "a" * 600,
        None,
    ],
)
def test_a_path_leads_nowhere_else(files: MemoryFiles, path: Any) -> None:
    for act in (lambda: files.view(path), lambda: files.create(path, "x"), lambda: files.delete(path)):
        with pytest.raises(ToolError):
            act()


def test_wrong_use_is_told_to_the_model(files: MemoryFiles) -> None:
    files.create("/memories/a.md", "one\ntwo\none\n")
    for act, why in (
        (lambda: files.create("/memories/a.md", "x"), "already exists"),
        (lambda: files.create("/memories", "x"), "already exists"),
        (lambda: files.str_replace("/memories", "x", "y"), "is not a file"),
        (lambda: files.create("/memories/a.md/b.md", "x"), "is a file"),
        (lambda: files.str_replace("/memories/a.md", "one", "x"), "lines: 1, 3"),
        (lambda: files.str_replace("/memories/a.md", "three", "x"), "did not appear"),
        (lambda: files.insert("/memories/a.md", 9, "x"), "[0, 3]"),
        (lambda: files.delete("/memories/none.md"), "does not exist"),
        (lambda: files.rename("/memories/a.md", "/memories/a.md/b"), "into itself"),
        (lambda: files.create("/memories/long.md", "x" * 1_000_001), "at most"),
    ):
        with pytest.raises(ToolError) as raised:
            act()
        assert why in str(raised.value)


COMMANDS: list[dict[str, Any]] = [
    {"command": "create", "path": "/memories/a.md", "file_text": "one\ntwo\none\n"},
    {"command": "create", "path": "/memories/a.md", "file_text": "x"},
    {"command": "create", "path": "/memories", "file_text": "x"},
    {"command": "create", "path": "/memories/deep/er/b.md", "file_text": "no line break at the end"},
    {"command": "create", "path": "/memories/.hidden.md", "file_text": "x"},
    {"command": "create", "path": "/etc/passwd", "file_text": "x"},
    {"command": "view", "path": "/memories/a.md"},
    {"command": "view", "path": "/memories/a.md", "view_range": [2, 3]},
    {"command": "view", "path": "/memories/a.md", "view_range": [3, -1]},
    {"command": "view", "path": "/memories/none.md"},
    {"command": "str_replace", "path": "/memories/a.md", "old_str": "two", "new_str": "three\nfour"},
    {"command": "str_replace", "path": "/memories/a.md", "old_str": "one", "new_str": "x"},
    {"command": "str_replace", "path": "/memories/a.md", "old_str": "absent", "new_str": "x"},
    {"command": "str_replace", "path": "/memories/none.md", "old_str": "x", "new_str": "y"},
    {"command": "str_replace", "path": "/memories/deep", "old_str": "x", "new_str": "y"},
    {"command": "insert", "path": "/memories/a.md", "insert_line": 0, "insert_text": "zero\n"},
    {"command": "insert", "path": "/memories/deep/er/b.md", "insert_line": 1, "insert_text": "more"},
    {"command": "insert", "path": "/memories/a.md", "insert_line": 99, "insert_text": "x"},
    {"command": "insert", "path": "/memories/a.md", "insert_line": -1, "insert_text": "x"},
    {"command": "insert", "path": "/memories/none.md", "insert_line": 0, "insert_text": "x"},
    {"command": "view", "path": "/memories/a.md"},
    {"command": "view", "path": "/memories/deep/er/b.md"},
    {"command": "rename", "old_path": "/memories/a.md", "new_path": "/memories/deep/er/b.md"},
    {"command": "rename", "old_path": "/memories/none.md", "new_path": "/memories/c.md"},
    {"command": "rename", "old_path": "/memories", "new_path": "/memories/c"},
    {"command": "rename", "old_path": "/memories/deep", "new_path": "/memories/moved/here"},
    {"command": "view", "path": "/memories/moved/here/er/b.md"},
    {"command": "delete", "path": "/memories/none.md"},
    {"command": "delete", "path": "/memories"},
    {"command": "delete", "path": "/memories/moved"},
    {"command": "view", "path": "/memories/moved/here/er/b.md"},
]


def test_every_command_answers_in_the_words_of_the_sdks_own_tool(manager: MemoryManager, tmp_path: Path) -> None:
    def answer(tool: Any, command: dict[str, Any]) -> str:
        try:
            return str(tool.call(command))
        except ToolError as error:
            return f"error: {error}"

    reference, own = BetaLocalFilesystemMemoryTool(str(tmp_path / "files")), OMemMemoryTool(manager, "alice")
    for command in COMMANDS:
        assert answer(own, command) == answer(reference, command), command
    listed = [answer(tool, {"command": "view", "path": "/memories"}).splitlines() for tool in (reference, own)]
    names = [[line.split("\t")[-1] for line in lines if "about-the-user" not in line] for lines in listed]
    assert names[1] == names[0]
    assert own.clear_all_memory() == reference.clear_all_memory()


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_memory_that_fails_is_told_to_the_model_without_details(
    manager: MemoryManager, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tool = OMemMemoryTool(manager, "alice")
    broken(manager, monkeypatch, error)
    for command in COMMANDS[:1], COMMANDS[6:7]:
        api = Api(*command)
        assert run(api, tool) == "Done."
        assert OUT_OF_REACH in str(api.results()) and SECRET not in str(api.sent)


def test_an_empty_file_stays_empty(files: MemoryFiles) -> None:
    files.create("/memories/todo.md", "")
    assert files.view("/memories/todo.md").endswith("     1\t")
    files.insert("/memories/todo.md", 0, "first")
    assert "first" in files.view("/memories/todo.md")
    assert "0B\t/memories/todo.md" not in files.view("/memories")
    assert "first" not in files.view("/memories/todo.md", [2, -1])


def test_users_do_not_see_each_others_files(manager: MemoryManager, files: MemoryFiles) -> None:
    files.create("/memories/secret.md", "The user's code is 1234.")
    bob = MemoryFiles(manager, "bob")
    assert "secret" not in bob.view("/memories")
    with pytest.raises(ToolError):
        bob.view("/memories/secret.md")
    bob.create("/memories/secret.md", "Bob's own.")
    bob.clear()
    assert "1234" in files.view("/memories/secret.md")


def test_the_asynchronous_tool_does_the_same(manager: MemoryManager) -> None:
    tool = AsyncOMemMemoryTool(manager, "alice")

    async def all_six() -> list[Any]:
        return [
            await tool.call({"command": "create", "path": "/memories/a.md", "file_text": "one"}),
            await tool.call({"command": "str_replace", "path": "/memories/a.md", "old_str": "one", "new_str": "two"}),
            await tool.call({"command": "insert", "path": "/memories/a.md", "insert_line": 0, "insert_text": "zero"}),
            await tool.call({"command": "rename", "old_path": "/memories/a.md", "new_path": "/memories/b.md"}),
            await tool.call({"command": "view", "path": "/memories/b.md"}),
            await tool.call({"command": "delete", "path": "/memories/b.md"}),
            await tool.clear_all_memory(),
        ]

    said = asyncio.run(all_six())
    assert "zero" in said[4] and "two" in said[4]


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    api = Api({"command": "view", "path": f"{ABOUT}/profile.md"}, text="Noted: no shellfish.")
    run_page("anthropic_memory", client=api.client())
    assert "shellfish" in str(api.results())
