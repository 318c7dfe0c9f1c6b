"""Requests about one user beside each other: adding, reading and forgetting never meet a closed memory."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from memory_chain import MemoryChain, memory_manager

ALICE = "/v1/users/alice"
THREADS, EACH = 6, 15
LONGEST_SECONDS = 60


def add(client, number: int = 0):
    return client.post(f"{ALICE}/messages", json={"messages": [{"content": f"I love thing{number}."}]})


@pytest.fixture
def gate(monkeypatch):
    """Holds calls of `add` where they have got hold of the memory, but have not begun."""
    reached, let_go = threading.Event(), threading.Event()
    real = MemoryChain.add

    def held(self, *args, **kwargs):
        reached.set()
        assert let_go.wait(LONGEST_SECONDS)
        return real(self, *args, **kwargs)

    def hold():
        monkeypatch.setattr(MemoryChain, "add", held)
        return reached, let_go

    yield hold
    let_go.set()


def test_forgetting_a_user_lets_what_is_under_way_come_first(client, gate):
    assert add(client).status_code == 201
    reached, let_go = gate()
    with ThreadPoolExecutor(2) as pool:
        adding = pool.submit(add, client, 1)
        assert reached.wait(LONGEST_SECONDS)
        forgetting = pool.submit(client.delete, ALICE)
        let_go.set()
        assert adding.result(LONGEST_SECONDS).status_code == 201
        assert forgetting.result(LONGEST_SECONDS).json()["messages"] == 2
    assert client.get(f"{ALICE}/status").status_code == 404


def test_what_takes_too_long_finds_nobody_and_no_trouble(client, gate, monkeypatch):
    assert add(client).status_code == 201
    monkeypatch.setattr(memory_manager, "CUT_SECONDS", 0.0)
    reached, let_go = gate()
    with ThreadPoolExecutor(1) as pool:
        adding = pool.submit(add, client, 1)
        assert reached.wait(LONGEST_SECONDS)
        assert client.delete(ALICE).json()["messages"] == 1
        let_go.set()
        cut = adding.result(LONGEST_SECONDS)
    assert cut.status_code == 404
    assert cut.json()["type"] == "urn:o-mem:problem:unknown-user"
    assert client.get("/v1/users").json()["items"] == []


def test_adding_reading_and_forgetting_beside_each_other_never_fail(client):
    calls = {
        "add": (lambda number: add(client, number), {201}),
        "read": (lambda _: client.post(f"{ALICE}/retrieve", json={"query": "thing"}), {200, 404}),
        "profile": (lambda _: client.get(f"{ALICE}/profile"), {200, 404}),
        "forget": (lambda _: client.post(f"{ALICE}/forget", json={"session_id": "default"}), {200, 404}),
        "remove": (lambda _: client.delete(ALICE), {200, 404}),
    }
    together = threading.Barrier(THREADS)

    def run(place: int) -> list[str]:
        together.wait(LONGEST_SECONDS)
        wrong = []
        for number in range(EACH):
            name = list(calls)[(place + number) % len(calls)]
            call, well = calls[name]
            answer = call(number)
            if answer.status_code not in well:
                wrong.append(f"{name}: {answer.status_code} {answer.text}")
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        wrong = [one for found in pool.map(run, range(THREADS)) for one in found]
    assert wrong == []
