"""A scripted model behind OpenAI's protocol, and web applications served on loopback, for tests of the proxy.

    with served(Upstream()) as url: …

Run by itself (`python tests/server/proxy_upstream.py PORT`) it answers at once; for measurements.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

JSON = dict[str, Any]
DONE = b"data: [DONE]\n\n"


class Upstream:
    """Answers what `script` holds, in turn, then `Fine.`; `asked` keeps what came.

    A step is a text, a message (`{"tool_calls": …}`), `(status, body)`, bytes (streamed as they are), `break` (the
    stream ends in its middle), `hang` (it goes on for ever) or `mute` (it says nothing at all).
    """

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.asked: list[JSON] = []
        self.headers: list[dict[str, str]] = []
        self.at: list[float] = []
        self.left = threading.Event()
        self.silent = threading.Event()
        self.coding: str | None = None
        """The Content-Encoding of answers that are scripted as bytes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await lifespan(receive, send)
            return
        request = Request(scope, receive)
        self.headers.append(dict(request.headers))
        if request.url.path == "/v1/models":
            models = {"object": "list", "data": [{"id": "m", "object": "model", "created": 0, "owned_by": "us"}]}
            await JSONResponse(models)(scope, receive, send)
            return
        sent = await request.body()
        self.at.append(time.monotonic())
        self.asked.append(json.loads(sent))
        step = self.script.pop(0) if self.script else "Fine."
        if step == "mute":
            self.silent.set()
            while (await receive())["type"] != "http.disconnect":
                pass
            self.left.set()
        elif isinstance(step, tuple):
            status, body = step
            headers = {"Location": "http://127.0.0.1:9/v1", "Retry-After": "7", "Set-Cookie": "a=b"}
            await JSONResponse(body, status, headers)(scope, receive, send)
        elif self.asked[-1].get("stream"):
            await self.stream(step, receive, send)
        elif isinstance(step, bytes):
            coded = {"content-encoding": self.coding} if self.coding else None
            await Response(step, media_type="application/json", headers=coded)(scope, receive, send)
        else:
            message = step if isinstance(step, dict) else {"role": "assistant", "content": step}
            await JSONResponse(completion(message), headers={"x-request-id": "up-1"})(scope, receive, send)

    async def stream(self, step: Any, receive: Receive, send: Send) -> None:
        arrived = str(self.at[-1]).encode()
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"openai-arrived", arrived)]
        if self.coding and isinstance(step, bytes):
            headers.append((b"content-encoding", self.coding.encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.ensure_future(receive())
        for chunk in chunks(step):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if step == "hang":
                done, _ = await asyncio.wait([gone], timeout=0.02)
                if done:
                    self.left.set()
                    return
        gone.cancel()
        if step != "break":
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def completion(message: JSON) -> JSON:
    finish = "tool_calls" if message.get("tool_calls") else "stop"
    message = {"role": "assistant", "content": None} | message
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def chunk(delta: JSON, finish: str | None = None) -> bytes:
    return choice(0, delta, finish)


def choice(index: int, delta: JSON, finish: str | None = None) -> bytes:
    made = {"index": index, "delta": delta, "finish_reason": finish}
    event = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [made]}
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


def chunks(step: Any) -> Iterator[bytes]:
    if isinstance(step, bytes):
        for place in range(0, len(step), 7):  # cut in the middle of lines and of letters
            yield step[place : place + 7]
        return
    yield chunk({"role": "assistant", "content": ""})
    if isinstance(step, dict):
        yield chunk(step)
        yield chunk({}, "tool_calls")
        yield DONE
        return
    while step == "hang":
        yield chunk({"content": "on and "})
    if step == "break":
        yield chunk({"content": "It breaks"})
        return
    for word in step.split(" "):
        yield chunk({"content": f"{word} "})
    yield chunk({}, "stop")
    yield DONE


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application on loopback, by uvicorn in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


if __name__ == "__main__":
    uvicorn.run(Upstream(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
