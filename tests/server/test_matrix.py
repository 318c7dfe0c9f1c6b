"""The access matrix: every operation of REST and of the proxy, as the OpenAPI document names them, and every tool,
resource and prompt, as the MCP server lists them, by every kind of caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from proxy_upstream import Upstream, served
from server_support import local_client

from memory_chain import MemoryManager
from memory_chain.config import Settings
from memory_chain.server import ServerSettings, create_app
from memory_chain.server.access import Principal, Scope, declared_scopes, every_route
from memory_chain.server.keys import KeyStore
from memory_chain.server.mcp import create_mcp
from memory_chain.testing import ScriptedLLM

OWN, FOREIGN = "alice", "bob"
CANARY = "canary-77131"
OF_NO_MEMORY = {"GET /v1/models"}
"""Needs a scope, but touches nobody's memory."""


@dataclass(frozen=True)
class Operation:
    """An operation of the OpenAPI document."""

    method: str
    path: str
    scopes: tuple[Scope, ...]
    body: object

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Call:
    """A tool, resource or prompt of the MCP server."""

    method: str
    name: str
    params: dict[str, object]
    reads: bool

    def __str__(self) -> str:
        return f"{self.method} {self.name}"

    def about(self, user: str) -> dict[str, object]:
        """Its parameters, of a user where they name one."""
        return {key: value.replace("{user_id}", user) if key == "uri" else value for key, value in self.params.items()}


class World:
    """A server with two users and one key of each kind."""

    def __init__(self, folder, upstream: str) -> None:
        self.now = datetime(2026, 5, 3, tzinfo=UTC)
        self.manager = MemoryManager.open(folder, consolidate="inline", llm=ScriptedLLM(lambda _: "Fine."))
        for user in (OWN, FOREIGN):
            self.manager.add(f"I love {CANARY if user == FOREIGN else 'climbing'}.", user_id=user, message_id="seed-1")
        self.keys = KeyStore.in_home(folder, clock=lambda: self.now)
        settings = ServerSettings(
            mounts=("proxy", "mcp"), requests_per_second=0, general=Settings(openai_base_url=f"{upstream}/v1")
        )
        self.app = create_app(self.manager, keys=self.keys, settings=settings)
        assert self.app.state.faces == ["proxy", "mcp"], self.app.state.left_out
        self.client = local_client(self.app)
        expired = self.keys.create(scopes=["admin"], expires_in=timedelta(hours=1)).token
        self.now += timedelta(hours=2)
        revoked = self.keys.create(scopes=["admin"])
        self.keys.revoke(revoked.key.prefix)
        self.unknown = {
            "no key": None,
            "bad": "omem_0123456789ab_" + "A" * 43,
            "half": self.keys.create(scopes=["admin"]).token[:-4],
            "expired": expired,
            "revoked": revoked.token,
        }
        self.reader = self.keys.create(scopes=["read"], user_id=OWN).token
        self.writer = self.keys.create(scopes=["write"], user_id=OWN).token
        self.both = self.keys.create(scopes=["read", "write"], user_id=OWN).token
        self.metrics = self.keys.create(scopes=["metrics"]).token
        self.owner = self.keys.create(scopes=["admin"], user_id=OWN).token
        self.admin = self.keys.create(scopes=["admin"]).token

    # -- REST and the proxy --

    def send(self, operation: Operation, token: str | None, user: str = OWN):
        path = operation.path.replace("{user_id}", user).replace("{message_id}", "seed-1").replace("{item_id}", "x")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if operation.path.endswith("/import"):
            headers["Content-Type"] = "application/x-ndjson"
            return self.client.request(operation.method, path, headers=headers, content=b"{}")
        body = operation.body
        if "{user_id}" not in operation.path and isinstance(body, dict):
            headers["X-OMem-User"] = user
            body = {**body, "user": user}
        return self.client.request(operation.method, path, headers=headers, json=body)

    def operations(self) -> list[Operation]:
        scopes = {
            (method, route.path): declared_scopes(route)
            for route in every_route(self.app.routes)
            for method in route.methods or ()
        }
        found = []
        for path, methods in self.app.openapi()["paths"].items():
            for method, told in methods.items():
                content = told.get("requestBody", {}).get("content", {}).get("application/json")
                body = self._example(content) if content else None
                found.append(Operation(method.upper(), path, scopes[method.upper(), path], body))
        return found

    def _example(self, content) -> object:
        if "example" in content:
            return content["example"]
        name = content["schema"]["$ref"].rsplit("/", 1)[1]
        return self.app.openapi()["components"]["schemas"][name]["examples"][0]

    # -- MCP --

    def rpc(self, method: str, params: dict[str, object], token: str | None, user: str | None = None):
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"X-OMem-User": user} if user else {}
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.client.post("/mcp", json=body, headers=headers)

    def calls(self) -> list[Call]:
        def listed(method: str, name: str) -> list[dict]:
            return self.rpc(method, {}, self.admin).json()["result"][name]

        tools = [
            Call(
                "tools/call",
                tool["name"],
                {"name": tool["name"], "arguments": arguments_of(tool["inputSchema"])},
                reads=tool["annotations"]["readOnlyHint"],
            )
            for tool in listed("tools/list", "tools")
        ]
        assert listed("resources/list", "resources") == []
        resources = [
            Call("resources/read", one["uriTemplate"], {"uri": one["uriTemplate"]}, reads=True)
            for one in listed("resources/templates/list", "resourceTemplates")
        ]
        prompts = [
            Call("prompts/get", one["name"], {"name": one["name"]}, reads=True)
            for one in listed("prompts/list", "prompts")
        ]
        return [*tools, *resources, *prompts]


def arguments_of(schema: dict) -> dict[str, object]:
    """The least that a tool takes."""

    def least(part: dict) -> object:
        if "$ref" in part:
            return least(schema["$defs"][part["$ref"].rsplit("/", 1)[1]])
        if "anyOf" in part:
            return least(part["anyOf"][0])
        if "enum" in part:
            return part["enum"][0]
        match part["type"]:
            case "object":
                return {name: least(part["properties"][name]) for name in part.get("required", [])}
            case "array":
                return [least(part["items"])] * part.get("minItems", 0)
            case "integer" | "number":
                return part.get("minimum", 1)
            case kind:
                return {"string": "tea", "boolean": True}[kind]

    found = least(schema)
    assert isinstance(found, dict)
    return found


def refused(answer) -> bool:
    """Whether the MCP server let a call in at its door, but not to this."""
    assert answer.status_code in (200, 400), answer.text
    return "does not allow" in answer.text


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with served(Upstream()) as upstream:
        made = World(tmp_path_factory.mktemp("matrix"), upstream)
        with made.client:
            yield made
        made.manager.close()
        made.keys.close()


def closed(world) -> list[Operation]:
    return [operation for operation in world.operations() if operation.scopes]


def test_the_matrix_knows_every_operation(world):
    named = {str(one) for one in world.operations()}
    assert len(named) >= 34
    assert named >= {"POST /v1/chat/completions", "GET /v1/models", "POST /v1/users/{user_id}/chat"}
    open_ones = {str(one) for one in world.operations() if not one.scopes}
    assert open_ones == {"GET /health", "GET /ready", "GET /openapi.json"}
    routed = {f"{method} {one.path}" for one in every_route(world.app.routes) for method in one.methods or ()}
    assert routed - named == {"POST /mcp"}, "what is served is described"
    calls = {str(one) for one in world.calls()}
    assert calls >= {"tools/call recall", "tools/call forget", "prompts/get what_you_know"}
    assert len([one for one in calls if one.startswith("resources/read")]) >= 2


# -- who is not known --


def test_nobody_gets_in_without_a_usable_key(world):
    for operation in closed(world):
        for kind, token in world.unknown.items():
            answer = world.send(operation, token)
            assert answer.status_code == 401, f"{operation} with {kind}: {answer.status_code}"
            assert answer.headers["content-type"] == "application/problem+json"


def test_nobody_calls_without_a_usable_key(world):
    for call in world.calls():
        for kind, token in world.unknown.items():
            answer = world.rpc(call.method, call.about(OWN), token, OWN)
            assert answer.status_code == 401, f"{call} with {kind}: {answer.status_code}"


# -- whose memory it is --


def test_no_key_of_a_user_reaches_another(world):
    for operation in closed(world):
        if str(operation) in OF_NO_MEMORY:
            continue
        for token in (world.reader, world.writer, world.both, world.owner):
            answer = world.send(operation, token, FOREIGN)
            assert answer.status_code == 403, f"{operation}: {answer.status_code}"
            assert CANARY not in answer.text
    assert world.manager.status(FOREIGN).messages == 1


def test_no_key_of_a_user_calls_for_another(world):
    for call in world.calls():
        for token in (world.reader, world.both, world.owner):
            answer = world.rpc(call.method, call.about(FOREIGN), token, FOREIGN)
            assert refused(answer), f"{call}: {answer.text}"
            assert CANARY not in answer.text
            if call.method == "resources/read":
                for header in (None, OWN):
                    assert refused(world.rpc(call.method, call.about(FOREIGN), token, header)), str(call)
    assert world.manager.status(FOREIGN).messages == 1


# -- what it may do --


def test_no_key_does_more_than_its_scopes(world):
    for operation in closed(world):
        for token, scope in ((world.reader, Scope.READ), (world.writer, Scope.WRITE), (world.metrics, Scope.METRICS)):
            if set(operation.scopes) != {scope}:
                answer = world.send(operation, token)
                assert answer.status_code == 403, f"{operation} with {scope}: {answer.status_code}"
    assert world.manager.status(OWN).messages == 1


def test_no_key_calls_more_than_its_scopes(world):
    for call in world.calls():
        assert refused(world.rpc(call.method, call.about(OWN), world.reader)) is not call.reads, str(call)
        for token in (world.writer, world.metrics):  # MCP is a way of reading: nothing of it without `read`
            assert world.rpc(call.method, call.about(OWN), token, OWN).status_code == 403, str(call)
    assert world.manager.status(OWN).messages == 1


async def undeclared(server) -> list[str]:
    """What of an MCP server is answered to somebody who may do nothing."""
    found = []
    async with Client(server) as client:
        for tool in (await client.list_tools()).tools:
            answer = await client.call_tool(tool.name, arguments_of(tool.input_schema))
            if not (answer.is_error and "does not allow" in str(answer.content)):
                found.append(tool.name)
        for one in (await client.list_resource_templates()).resource_templates:
            try:
                await client.read_resource(one.uri_template.replace("{user_id}", OWN))
                found.append(one.uri_template)
            except MCPError as error:
                assert "does not allow" in str(error)
        for prompt in (await client.list_prompts()).prompts:
            try:
                await client.get_prompt(prompt.name)
                found.append(prompt.name)
            except MCPError as error:
                assert "does not allow" in str(error)
    return found


def test_a_tool_a_resource_and_a_prompt_without_a_scope_are_found_out(world):
    nobody = Principal(name="nobody", scopes=frozenset(), user_id=OWN)
    server = create_mcp(world.manager, principal=nobody)
    assert anyio.run(undeclared, server) == []

    @server.tool()
    async def leaking_tool() -> str:
        return "x"

    @server.resource("memory://users/{user_id}/leak")
    async def leaking_resource(user_id: str) -> str:
        return user_id

    @server.prompt()
    async def leaking_prompt() -> str:
        return "x"

    leaks = ["leaking_tool", "memory://users/{user_id}/leak", "leaking_prompt"]
    assert anyio.run(undeclared, server) == leaks


# -- who may --


def test_the_right_key_gets_in(world):
    order = sorted(closed(world), key=lambda one: one.method == "DELETE")
    rights = {frozenset({Scope.READ}): world.reader, frozenset({Scope.WRITE}): world.writer}
    rights[frozenset({Scope.READ, Scope.WRITE})] = world.both
    for operation in order:
        answer = world.send(operation, rights.get(frozenset(operation.scopes), world.admin))
        assert answer.status_code < 300 or answer.status_code in (404, 422), f"{operation}: {answer.text}"
    assert world.manager.users() == [FOREIGN]


def test_the_right_key_calls(world):
    for call in world.calls():
        for token, user in ((world.both, None), (world.admin, OWN)):
            answer = world.rpc(call.method, call.about(OWN), token, user)
            assert answer.status_code == 200, f"{call}: {answer.text}"
            assert not refused(answer), f"{call}: {answer.text}"
    assert OWN in world.manager.users(), "`remember` made a memory"
    assert world.manager.status(FOREIGN).messages == 1
