"""Limits: size, speed, time and threads."""

from __future__ import annotations

import threading

import anyio
import pytest
from server_support import local_client

from memory_chain.server import ServerSettings, create_app
from memory_chain.server.limits import Threads, TokenBuckets
from memory_chain.server.problems import OverloadedError, TimedOutError


def test_a_bucket_fills_again():
    now = [0.0]
    buckets = TokenBuckets(2, 3, clock=lambda: now[0])
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a") == pytest.approx(0.5)
    assert buckets.take("b") == 0
    now[0] += 0.5
    assert buckets.take("a") == 0
    assert buckets.take("a") > 0
    now[0] += 1000
    assert [bool(buckets.take("a")) for _ in range(4)] == [False, False, False, True]
    assert TokenBuckets(0, 1).take("a") == 0


def test_a_key_that_asks_too_fast_is_told_when_to_come_back(manager, keys):
    settings = ServerSettings(mounts=(), requests_per_second=0.1, burst=3)
    client = local_client(create_app(manager, keys=keys, settings=settings))
    tokens = [keys.create(scopes=["admin"]).token for _ in range(2)]
    fast, other = ({"Authorization": f"Bearer {token}"} for token in tokens)
    assert [client.get("/v1/users", headers=fast).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = client.get("/v1/users", headers=fast)
    assert 1 <= int(answer.headers["retry-after"]) <= 10
    assert client.get("/v1/users", headers=other).status_code == 200
    assert client.get("/health").status_code == 200
    assert [client.get("/v1/users").status_code for _ in range(4)] == [401, 401, 401, 429]  # guessing is slow, too


@pytest.mark.parametrize("told", [True, False])
def test_a_body_that_is_too_long_is_refused(manager, told):
    client = local_client(create_app(manager, settings=ServerSettings(mounts=(), max_body_bytes=1000)))
    body = b'{"messages": [{"content": "' + b"x" * 2000 + b'"}]}'
    content = body if told else (body[start : start + 100] for start in range(0, len(body), 100))
    headers = {"Content-Type": "application/json"}
    answer = client.post("/v1/users/a/messages", content=content, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:o-mem:problem:too-large"
    assert manager.users() == []


def test_an_import_may_be_longer_but_not_endless(manager):
    settings = ServerSettings(mounts=(), max_body_bytes=100, max_import_bytes=3000)
    client = local_client(create_app(manager, settings=settings))
    headers = {"Content-Type": "application/x-ndjson"}
    assert client.post("/v1/users/a/import", content=b"x" * 2000, headers=headers).status_code == 422
    assert client.post("/v1/users/a/import", content=b"x" * 4000, headers=headers).status_code == 413
    chunks = (b"x" * 500 for _ in range(8))
    assert client.post("/v1/users/a/import", content=chunks, headers=headers).status_code == 413
    assert client.post("/v1/users/a%2Fimport", content=b"x" * 2000, headers=headers).status_code == 413


def test_threads_are_bounded_and_waiting_too():
    async def story():
        threads, gate, most, running = Threads(2, 1), threading.Event(), [0], [0]
        lock = threading.Lock()

        def work():
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            gate.wait(10)
            with lock:
                running[0] -= 1
            return 1

        done = []

        async def one():
            done.append(await threads.run(10, work))

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(one)
            while threads.running < 3:
                await anyio.lowlevel.checkpoint()
            with pytest.raises(OverloadedError):
                await threads.run(10, work)
            gate.set()
        assert done == [1, 1, 1]
        assert most[0] <= 2
        while threads.running:
            await anyio.lowlevel.checkpoint()

    anyio.run(story)


def test_a_call_that_takes_too_long_is_given_up_and_keeps_its_place():
    async def story():
        threads, gate = Threads(1, 0), threading.Event()
        with pytest.raises(TimedOutError, match="may still be done"):
            await threads.run(0.01, gate.wait, 10)
        with pytest.raises(OverloadedError):
            await threads.run(1, len, "x")
        gate.set()
        while threads.running:
            await anyio.lowlevel.checkpoint()
        assert await threads.run(1, len, "x") == 1
        with pytest.raises(ZeroDivisionError):
            await threads.run(1, divmod, 1, 0)
        while threads.running:
            await anyio.lowlevel.checkpoint()

    anyio.run(story)
