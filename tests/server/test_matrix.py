"""The access matrix, made from the OpenAPI document: every operation by every kind of caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from server_support import local_client

from memory_chain import MemoryManager
from memory_chain.server import ServerSettings, create_app
from memory_chain.server.access import Scope, declared_scope, every_route
from memory_chain.server.keys import KeyStore

OWN, FOREIGN = "alice", "bob"
CANARY = "canary-77131"


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    scope: Scope | None
    body: object

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class World:
    """A server with two users and one key of each kind."""

    def __init__(self, folder) -> None:
        self.now = datetime(2026, 5, 3, tzinfo=UTC)
        self.manager = MemoryManager.open(folder, consolidate="inline")
        for user in (OWN, FOREIGN):
            self.manager.add(f"I love {CANARY if user == FOREIGN else 'climbing'}.", user_id=user, message_id="seed-1")
        self.keys = KeyStore.in_home(folder, clock=lambda: self.now)
        self.app = create_app(self.manager, keys=self.keys, settings=ServerSettings(mounts=(), requests_per_second=0))
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
        self.metrics = self.keys.create(scopes=["metrics"]).token
        self.owner = self.keys.create(scopes=["admin"], user_id=OWN).token
        self.admin = self.keys.create(scopes=["admin"]).token

    def send(self, operation: Operation, token: str | None, user: str = OWN):
        path = operation.path.replace("{user_id}", user).replace("{message_id}", "seed-1").replace("{item_id}", "x")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if operation.path.endswith("/import"):
            headers["Content-Type"] = "application/x-ndjson"
            return self.client.request(operation.method, path, headers=headers, content=b"{}")
        return self.client.request(operation.method, path, headers=headers, json=operation.body)

    def operations(self) -> list[Operation]:
        scopes = {
            (method, route.path): declared_scope(route)
            for route in every_route(self.app.routes)
            for method in route.methods or ()
        }
        found = []
        for path, methods in self.app.openapi()["paths"].items():
            for method, told in methods.items():
                content = told.get("requestBody", {}).get("content", {}).get("application/json")
                body = self._example(content["schema"]) if content else None
                found.append(Operation(method.upper(), path, scopes[method.upper(), path], body))
        return found

    def _example(self, schema) -> object:
        name = schema["$ref"].rsplit("/", 1)[1]
        return self.app.openapi()["components"]["schemas"][name]["examples"][0]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("matrix"))
    yield made
    made.manager.close()
    made.keys.close()


def closed(world) -> list[Operation]:
    return [operation for operation in world.operations() if operation.scope is not None]


def test_the_matrix_knows_every_operation(world):
    assert len(world.operations()) >= 26
    assert {str(one) for one in world.operations() if one.scope is None} == {"GET /health", "GET /ready"}


def test_nobody_gets_in_without_a_usable_key(world):
    for operation in closed(world):
        for kind, token in world.unknown.items():
            answer = world.send(operation, token)
            assert answer.status_code == 401, f"{operation} with {kind}: {answer.status_code}"
            assert answer.headers["content-type"] == "application/problem+json"


def test_no_key_of_a_user_reaches_another(world):
    for operation in closed(world):
        for token in (world.reader, world.writer, world.owner):
            answer = world.send(operation, token, FOREIGN)
            assert answer.status_code == 403, f"{operation}: {answer.status_code}"
            assert CANARY not in answer.text
    assert world.manager.status(FOREIGN).messages == 1


def test_no_key_does_more_than_its_scopes(world):
    for operation in closed(world):
        for token, scope in ((world.reader, Scope.READ), (world.writer, Scope.WRITE), (world.metrics, Scope.METRICS)):
            if operation.scope is not scope:
                answer = world.send(operation, token)
                assert answer.status_code == 403, f"{operation} with {scope}: {answer.status_code}"
    assert world.manager.status(OWN).messages == 1


def test_the_right_key_gets_in(world):
    order = sorted(closed(world), key=lambda one: one.method == "DELETE")
    for operation in order:
        token = world.admin
        if operation.scope in (Scope.READ, Scope.WRITE):
            token = world.reader if operation.scope is Scope.READ else world.writer
        answer = world.send(operation, token)
        assert answer.status_code not in (401, 403, 500), f"{operation}: {answer.text}"
        assert answer.status_code < 300 or answer.status_code in (404, 422), f"{operation}: {answer.text}"
    assert world.manager.users() == [FOREIGN]
