"""`omem serve` as a process: it starts, it ends in good order, and kill -9 loses nothing that was acknowledged."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from memory_chain import MemoryManager
from memory_chain.server.keys import KeyStore

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")


def command(home: Path, *options: str, as_json: bool = True) -> list[str]:
    flags = ["--json"] if as_json else []
    return [sys.executable, "-m", "memory_chain", "--home", str(home), *flags, "serve", "--only", "rest", *options]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("OMEM_")}


@contextmanager
def served(home: Path, log: Path):
    """A running server and its address."""
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command(home, "--port", "0", "--rate", "0"), stdout=subprocess.PIPE, stderr=errors, env=environment()
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text()
        yield process, json.loads(line)["url"]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_is_given_to_the_command_is_stronger_than_the_configuration(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(
        "server:\n  server_port: 1\n  server_faces: [proxy]\n  server_page: 1\n  server_log_level: warning\n"
    )
    given = [
        "--home",
        str(tmp_path / "home"),
        "--config",
        str(file),
        "--json",
        "serve",
        "--port",
        "0",
        "--only",
        "rest",
    ]
    with (tmp_path / "log").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "memory_chain", *given],
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**environment(), "OMEM_SERVER_REQUESTS_PER_SECOND": "0"},
        )
    with process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        with httpx2.Client(base_url=told["url"]) as client:
            for number in range(3):
                add(client, 5 * number)
            assert len(client.get("/v1/users/user0/messages").json()["items"]) == 1
        process.send_signal(signal.SIGTERM)
    assert told["faces"] == ["REST at /v1"]
    assert not told["url"].endswith(":1")
    assert (tmp_path / "log").read_bytes() == b""


def add(client: httpx2.Client, number: int) -> None:
    message = {"id": f"m-{number}", "content": f"message {number}", "created_at": "2026-05-03T18:30:00Z"}
    answer = client.post(f"/v1/users/user{number % 5}/messages", json={"messages": [message]})
    assert answer.status_code in (200, 201), answer.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_good_order(tmp_path, number):
    log = tmp_path / "log"
    with served(tmp_path / "home", log) as (process, url):
        with httpx2.Client(base_url=url) as client:
            for one in range(20):
                add(client, one)
        process.send_signal(number)
        assert process.wait(20) == 0
    for line in log.read_text().splitlines():
        assert json.loads(line)["level"] == "info", line
        assert "user1" not in line
    with MemoryManager.open(tmp_path / "home", consolidate="manual") as manager:
        assert sum(manager.status(user).messages for user in manager.users()) == 20


@pytest.mark.parametrize("stream", [False, True])
def test_a_mute_upstream_does_not_keep_it(tmp_path, stream):
    """The times are made shorter; the order of things is that of `omem serve`."""
    code = (
        "import sys; from memory_chain.server import running; from memory_chain.__main__ import main; "
        "running.GRACE_SECONDS, running.LAST_SECONDS = 10, 0.3; sys.argv[0] = 'omem'; sys.exit(main())"
    )
    with socket.create_server(("127.0.0.1", 0)) as mute, (tmp_path / "log").open("wb") as errors:
        upstream = f"http://127.0.0.1:{mute.getsockname()[1]}/v1"
        process = subprocess.Popen(
            [sys.executable, "-c", code, "--home", str(tmp_path), "--json", "serve", "--only", "proxy", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**environment(), "OPENAI_BASE_URL": upstream, "OPENAI_API_KEY": "sk-none"},
        )
        with process, ThreadPoolExecutor(1) as clients:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            body = {"user": "alice", "stream": stream, "messages": [{"role": "user", "content": "Hello."}]}
            answer = clients.submit(httpx2.post, f"{url}/v1/chat/completions", json=body, timeout=30)
            taken, _ = mute.accept()
            with taken:
                assert taken.recv(65536)
                process.send_signal(signal.SIGINT)
                told = answer.result(20)
                assert process.wait(20) == 0
    assert told.status_code == 503
    assert told.json()["type"].endswith(":closing")
    assert "retry-after" in told.headers
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_kill_9_under_load_loses_no_acknowledged_message(tmp_path):
    home, acknowledged = tmp_path / "home", []
    for round_ in range(3):
        with served(home, tmp_path / "log") as (process, url):
            enough = threading.Event()

            def say(start: int, url: str = url, enough: threading.Event = enough) -> None:
                with httpx2.Client(base_url=url) as client, suppress(httpx2.TransportError):
                    for number in range(start, start + 10_000):
                        add(client, number)
                        acknowledged.append(number)
                        if len(acknowledged) % 60 == 0:
                            enough.set()

            threads = [
                threading.Thread(target=say, args=((round_ * 3 + place) * 10_000,), daemon=True) for place in range(3)
            ]
            for thread in threads:
                thread.start()
            assert enough.wait(60)
            process.send_signal(signal.SIGKILL)
            assert process.wait(20) == -signal.SIGKILL
            for thread in threads:
                thread.join(20)
    with MemoryManager.open(home, consolidate="manual") as manager:
        said = [message.id for user in manager.users() for message in manager.messages(user)]
        assert [problem for user in manager.users() for problem in manager.check(user)] == []
    assert len(acknowledged) >= 60
    assert len(said) == len(set(said))
    assert {f"m-{number}" for number in acknowledged} <= set(said)


def test_any_other_address_needs_keys(tmp_path):
    home = tmp_path / "home"
    for host in ("0.0.0.0", "::", "", " ", "192.0.2.1"):
        ended = subprocess.run(
            command(home, "--host", host, as_json=False), capture_output=True, text=True, env=environment(), timeout=60
        )
        assert ended.returncode == 2, host
        assert "no usable key" in ended.stderr
        assert "omem keys create" in ended.stderr


def test_a_revoked_key_is_no_key(tmp_path):
    with KeyStore.in_home(tmp_path) as keys:
        keys.revoke(keys.create(scopes=["admin"]).key.prefix)
    ended = subprocess.run(
        command(tmp_path, "--host", "0.0.0.0"), capture_output=True, text=True, env=environment(), timeout=60
    )
    assert ended.returncode == 2


def test_a_port_that_is_taken_is_told(tmp_path):
    with served(tmp_path / "home", tmp_path / "log") as (_, url):
        port = url.rsplit(":", 1)[1]
        ended = subprocess.run(
            command(tmp_path / "other", "--port", port), capture_output=True, text=True, env=environment(), timeout=60
        )
    assert ended.returncode == 2
    assert "cannot listen" in ended.stderr


def test_keys_from_the_command_line(tmp_path):
    def omem(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "memory_chain", "--home", str(tmp_path), *arguments],
            capture_output=True,
            text=True,
            check=True,
            env=environment(),
        )
        return done.stdout

    made = json.loads(omem("--json", "keys", "create", "--scope", "read", "--only", "alice", "--expires", "2d"))
    assert made["token"].startswith(f"omem_{made['prefix']}_")
    listed = omem("keys", "list")
    assert made["prefix"] in listed
    assert made["token"] not in listed
    omem("keys", "revoke", made["prefix"])
    assert json.loads(omem("--json", "keys", "list"))["revoked_at"]
