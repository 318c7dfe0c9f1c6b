"""Where the proxy's time goes: processor time of a chat by part, in one process, before a model that answers at once.

    python tests/server/proxy_parts.py [--messages 10000] [--chats 300]

`retrieve` and `add` are the memory's; `proxy` is all the rest: reading the request, keys, adding the context, threads,
streaming the answer back. Processor time hardly depends on what else the computer does, unlike `proxy_latency.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
from proxy_latency import filled, questions
from proxy_upstream import DONE, chunk
from starlette.types import Message

from memory_chain import MemoryManager
from memory_chain.bench.measure import percentiles
from memory_chain.bench.text import Generator
from memory_chain.config import Settings
from memory_chain.server import ServerSettings, create_app

WARM = 20


class AtOnce(httpx2.AsyncBaseTransport):
    """A model that answers at once, without a network."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=self.answer())

    async def answer(self) -> AsyncIterator[bytes]:
        yield chunk({"content": "Fine."})
        yield chunk({}, "stop") + DONE


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure where the proxy's time goes.")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--chats", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    text = Generator(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        said = filled(Path(folder), text, given.messages)
        asked = questions(text, said, given.chats + WARM, given.seed)
        with MemoryManager.open(folder, consolidate="manual") as manager:
            parts = asyncio.run(measured(manager, asked))
    report: dict[str, Any] = {f"{name}_ms": percentiles(times[WARM:]) for name, times in parts.items()}
    report |= {"messages": given.messages, "chats": given.chats, "seed": given.seed, "load": os.getloadavg()[0]}
    print(json.dumps(report, indent=2))


async def measured(manager: MemoryManager, asked: list[str]) -> dict[str, list[float]]:
    """Milliseconds of processor time of each chat, by part."""
    parts: dict[str, list[float]] = {"retrieve": [], "add": [], "proxy": []}
    for name in ("retrieve", "add"):
        setattr(manager, name, timed(getattr(manager, name), parts[name]))
    general = Settings(openai_base_url="http://model.invalid/v1")
    app = create_app(manager, settings=ServerSettings(mounts=("proxy",), requests_per_second=0, general=general))
    async with httpx2.AsyncClient(transport=AtOnce()) as app.state.upstream._client:
        for one in asked:
            began = time.process_time()
            await chat(app, one)
            whole = (time.process_time() - began) * 1000
            parts["proxy"].append(whole - parts["retrieve"][-1] - parts["add"][-1])
    return parts


def timed(call: Callable[..., Any], times: list[float]) -> Callable[..., Any]:
    """The same call; `times` gets the processor time of its thread."""

    def run(*args: Any, **kwargs: Any) -> Any:
        began = time.thread_time()
        try:
            return call(*args, **kwargs)
        finally:
            times.append((time.thread_time() - began) * 1000)

    run.__name__ = call.__name__
    return run


async def chat(app: Any, said: str) -> None:
    """One streamed chat, straight into the application."""
    body = {"model": "m", "user": "user-0", "stream": True, "messages": [{"role": "user", "content": said}]}
    requests: list[Message] = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/chat/completions",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"authorization", b"Bearer x")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> Message:
        return requests.pop() if requests else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200, message

    await app(scope, receive, send)


if __name__ == "__main__":
    main()
