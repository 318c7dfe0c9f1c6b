"""Requests made up from the OpenAPI document against the application, in the process; a script and a helper of tests.

    python tests/server/fuzz.py [--requests 20000] [--seed 1]

schemathesis makes requests that fit the document and such that do not, alone and in chains (what one answers goes into
the next), and holds every answer against the document. They are made in turn with the key of everybody's
administrator, of alice and of bob. Beside it every answer is read whole: none is a 5xx, all carry the headers that
they shall, and none to one user's key holds a word of the other. It exits with 1 if anything was found.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from memory_chain import MemoryManager
from memory_chain.extraction.rules import RuleWriter
from memory_chain.server import ServerSettings, create_app
from memory_chain.server.keys import KeyStore
from memory_chain.testing import ScriptedLLM

USERS = ("alice", "bob")
CALLERS = ("admin", *USERS)
CANARIES = {user: f"zq{len(user) * 4711}{user}wort" for user in USERS}
"""A word of each user that no request ever holds, in every field that keeps a text. It is put together, not written:
Hypothesis makes requests of the constants that it reads in our files."""
HEADERS = {
    "x-request-id": None,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
A_ROUND = 3_000
"""Requests after which a new memory and a new seed are taken."""
EXPORTED = "application/x-ndjson"
REFUSALS = [str(status) for status in (400, 401, 403, 404, 405, 409, 413, 415, 422, 429)]
"""What does not fit may be answered with; a body of many texts that are too long is too long as a whole (413)."""


@schemathesis.serializer(EXPORTED)
def _lines(_: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@dataclass
class Figures:
    """What was seen, over all rounds."""

    requests: int = 0
    rounds: int = 0
    by_status: Counter[int] = field(default_factory=Counter)
    by_route: Counter[str] = field(default_factory=Counter)
    well: Counter[str] = field(default_factory=Counter)
    """Answers of 2xx by route."""
    by_phase: Counter[str] = field(default_factory=Counter)
    read_by: Counter[str] = field(default_factory=Counter)
    """Answers that were searched for the other's canary, by the user whose key was used."""
    found: dict[str, str] = field(default_factory=dict)
    """What is wrong: its kind, and the first example."""

    def wrong(self, kind: str, example: str) -> None:
        """Note something that is wrong, once a kind."""
        if self.found.setdefault(kind, example) is example:
            print(f"found: {kind}\n    {example}", file=sys.stderr)


class Watched:
    """An ASGI application that reads every answer of the one below it. Requests seem to come from this computer."""

    def __init__(self, made: World, caller: str, figures: Figures, *, restores: bool) -> None:
        self.restores = restores
        self.made = made
        self.app = made.app
        self.figures = figures
        self.caller = caller
        self.foreign = [word.encode() for user, word in CANARIES.items() if caller in USERS and user != caller]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["client"] = ("127.0.0.1", 50000)
        told: dict[str, Any] = {"status": 0, "headers": {}, "body": b""}

        async def reading(message: Any) -> None:
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
                told["headers"] = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            elif message["type"] == "http.response.body":
                told["body"] += message.get("body", b"")
            await send(message)

        await self.app(scope, receive, reading)
        self._read(scope, **told)
        if self.restores and scope["method"] in ("POST", "DELETE") and told["status"] < 300:
            for user in USERS if self.caller == "admin" else (self.caller,):
                self.made.restore(user)

    def _read(self, scope: Any, *, status: int, headers: dict[str, str], body: bytes) -> None:
        figures = self.figures
        route = f"{scope['method']} {scope['state'].get('route', '-')}"
        figures.requests += 1
        figures.by_status[status] += 1
        figures.by_route[route] += 1
        figures.well[route] += 200 <= status < 300
        told = f"{scope['method']} {scope['raw_path']!r}?{scope['query_string']!r} by {self.caller}: {body[:300]!r}"
        if status >= 500 or status == 0:
            figures.wrong(f"{status} {route}", told)
        for name, value in HEADERS.items():
            if name not in headers or (value is not None and headers[name] != value):
                figures.wrong(f"header {name} {route}", told)
        if status >= 400 and headers.get("content-type") != "application/problem+json":
            figures.wrong(f"no problem details {status} {route}", told)
        if self.foreign:
            figures.read_by[self.caller] += 1
            shown = body + repr(sorted(headers.items())).encode()
            if any(word in shown for word in self.foreign):
                figures.wrong(f"leak {route}", told)


# -- the memories --


@dataclass(frozen=True)
class World:
    """A server with two users of whom something is known, and a key of each caller."""

    manager: MemoryManager
    app: Any
    tokens: dict[str, str]
    home: Path

    def exported(self, user: str) -> str:
        """Everything of a user."""
        file = self.home / f"export-{user}.jsonl"
        self.manager.export(user, file)
        text = file.read_text()
        file.unlink()
        return text

    def records(self, user: str) -> str:
        """Everything of a user, but for the first line, which says when it was exported."""
        return self.exported(user).partition("\n")[2]

    def restore(self, user: str) -> None:
        """Let somebody speak again who was forgotten."""
        if user not in self.manager.users() or not self.manager.status(user).attributes:
            if user in self.manager.users():
                self.manager.forget(user, everything=True)
            _speak(self.manager, user)

    def item_ids(self) -> list[str]:
        """Attributes and events of both."""
        return [
            item.id
            for user in USERS
            for item in (
                *(attribute for aspect in self.manager.profile(user).aspects for attribute in aspect.attributes),
                *self.manager.events(user),
            )
        ][:20]


@contextmanager
def world() -> Iterator[World]:
    """A server in a folder that is removed afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="omem-fuzz-", ignore_cleanup_errors=True) as folder,
        MemoryManager.open(
            Path(folder) / "home",
            consolidate="inline",
            llm=ScriptedLLM(lambda _: "Fine."),  # for `answer` and `chat`; what is said is read by the rules
            writer=RuleWriter(),
        ) as manager,
    ):
        keys = KeyStore.in_home(Path(folder) / "home")
        try:
            for user in USERS:
                _speak(manager, user)
            tokens = {user: keys.create(scopes=["admin"], user_id=user).token for user in USERS}
            tokens["admin"] = keys.create(scopes=["admin"]).token
            settings = ServerSettings(mounts=(), requests_per_second=0, allowed_hosts=("*",))
            yield World(manager, create_app(manager, keys=keys, settings=settings), tokens, Path(folder))
        finally:
            keys.close()


def _speak(manager: MemoryManager, user: str) -> None:
    word = CANARIES[user]
    said = [
        f"My name is {word}, I live in {word} and I love {word}.",
        f"I am allergic to {word} and my sister {word.capitalize()} bought a {word} yesterday.",
        "I am allergic to shellfish.",
        f"What did I say about {word}?",
    ]
    messages = [
        {
            "id": f"m-{number}" if number else f"m-{word}",
            "content": text,
            "session_id": "s1" if number else f"s-{word}",
            "speaker": word,
            "metadata": {"source": word, word: 1},
            "created_at": f"2026-05-0{number + 1}T18:30:00Z",
        }
        for number, text in enumerate(said)
    ]
    manager.add(messages, user_id=user)
    manager.flush(user)


# -- the document --


def document(made: World, caller: str) -> dict[str, Any]:
    """The application's document with what lets a fuzzer get further: what exists, and links.

    Nothing is taken away: any other text is tried, too.
    """
    found: dict[str, Any] = copy.deepcopy(made.app.openapi())
    items = made.item_ids()
    own = [caller] if caller in USERS else list(USERS)
    existing = {
        "user_id": own,
        "item_id": items,
        "message_id": ["m-1", "m-2", *(f"m-{word}" for user, word in CANARIES.items() if user == caller)],
        "subject": ["user"],
    }
    for operations in found["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "user_id":
                    parameter["schema"] = _or(parameter["schema"], [*USERS, "carol", "a/b ü"])
                parameter["schema"] = _or(parameter["schema"], existing.get(parameter["name"]))
    for name in ("CorrectIn", "UndoIn", "ForgetIn"):
        fields = found["components"]["schemas"][name]["properties"]
        fields["item_id"] = _or(fields["item_id"], [*items, "m-1"] if name == "ForgetIn" else items)
    lines = made.exported(caller if caller in USERS else "alice").splitlines()
    content = found["paths"][USER + "/import"]["post"]["requestBody"]["content"][EXPORTED]
    exports = [lines, lines[:-1], lines[:2], lines[1:], [*lines, "{}"], [lines[0], *lines[:0:-1]]]
    content["schema"] = _or(content["schema"], ["\n".join(export) + "\n" for export in exports])
    _link(found["paths"])
    return found


def _or(schema: dict[str, Any], values: list[str] | None) -> dict[str, Any]:
    return {"anyOf": [{"enum": values}, schema]} if values else schema


USER = "/v1/users/{user_id}"


def _link(paths: dict[str, Any]) -> None:
    """What an answer gives goes into further requests about the same user."""

    def link(source: tuple[str, str], status: str, target: tuple[str, str], part: str, **more: Any) -> None:
        operation = paths[USER + target[1]][target[0]]["operationId"]
        answer = paths[USER + source[1]][source[0]]["responses"][status]
        name = f"{target[0]}{target[1]} {part} {len(answer.get('links', {}))}"
        answer.setdefault("links", {})[name] = {
            "operationId": operation,
            "parameters": {"user_id": "$request.path.user_id", **more.pop("parameters", {})},
            **more,
        }

    message = {"message_id": "$response.body#/ids/0"}
    for status in ("200", "201"):
        add = ("post", "/messages")
        link(add, status, ("get", "/messages/{message_id}"), "id", parameters=message)
        link(add, status, ("post", "/forget"), "id", requestBody={"message_ids": ["$response.body#/ids/0"]})
        for target in ("status", "profile", "events", "topics", "history", "export", "messages", "subjects"):
            link(add, status, ("get", f"/{target}"), "user")
        for target in ("flush", "retry", "rebuild"):
            link(add, status, ("post", f"/{target}"), "user")
    for listed in ("messages", "events", "topics", "history"):
        again = {"cursor": "$response.body#/next_cursor"}
        link(("get", f"/{listed}"), "200", ("get", f"/{listed}"), "cursor", parameters=again)
    for source, pointer in (
        ("events", "/items/0/id"),
        ("profile", "/aspects/0/current/id"),
        ("history", "/items/0/item_id"),
    ):
        given = f"$response.body#{pointer}"
        link(("get", f"/{source}"), "200", ("get", "/items/{item_id}"), "item", parameters={"item_id": given})
        link(("get", f"/{source}"), "200", ("post", "/correct"), "item", requestBody={"item_id": given, "value": "tea"})
        link(("get", f"/{source}"), "200", ("post", "/forget"), "item", requestBody={"item_id": given})
    made = "$response.body#/id"
    link(("post", "/correct"), "200", ("post", "/undo"), "made", requestBody={"item_id": made})
    link(("post", "/correct"), "200", ("get", "/items/{item_id}"), "made", parameters={"item_id": made})
    link(("delete", ""), "200", ("get", "/status"), "gone")
    link(("get", "/export"), "200", ("delete", ""), "user")


# -- running --


class Kind(StrEnum):
    """What requests a round makes."""

    NAMED = "named"
    """What the document names, too: examples and limits. The same each time."""
    ANY = "any"
    """Made up, also such that do not fit the document."""
    FITTING = "fitting"
    """Made up to fit the document, which comes further."""


def kind_of(round_: int) -> Kind:
    """First all that the document names, once a caller, then in turn."""
    if round_ < len(CALLERS):
        return Kind.NAMED
    return Kind.ANY if (round_ // len(CALLERS)) % 2 else Kind.FITTING


def configuration(token: str, seed: int, examples: int, kind: Kind) -> SchemathesisConfig:
    """All checks of schemathesis but `positive_data_acceptance`.

    That all that fits the document is taken cannot be asked: a time needs a zone, and something has to be named that
    shall be forgotten, which a schema does not say. That what was deleted is gone is asked where
    nobody is restored who was forgotten.
    """
    named = {"enabled": kind is Kind.NAMED}
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": {"Authorization": f"Bearer {token}"},
            "base-url": "http://127.0.0.1",
            "continue-on-failure": True,
            "suppress-health-check": ["filter_too_much"],  # how many it throws away itself is no matter of the server
            "generation": {
                "max-examples": examples,
                "no-shrink": True,
                "database": "none",
                "mode": "positive" if kind is Kind.FITTING else "all",
            },
            "checks": {
                "positive_data_acceptance": {"enabled": False},
                "negative_data_rejection": {"expected-statuses": REFUSALS},
                "use_after_free": named,
            },
            "phases": {"examples": named, "coverage": named},
        }
    )


def run_round(figures: Figures, *, caller: str, kind: Kind, seed: int, examples: int, most: int | None = None) -> None:
    """Make requests as one caller against memories of its own, and see that nobody else's memory was touched.

    Args:
        figures: what is seen goes here.
        caller: with whose key.
        kind: what requests.
        seed: of the generated requests.
        examples: requests an operation and phase, about.
        most: stop after so many requests.
    """
    with world() as made:
        before = {user: made.records(user) for user in USERS}
        config = configuration(made.tokens[caller], seed, examples, kind)
        schema = schemathesis.openapi.from_dict(document(made, caller), config=config)
        schema.app = Watched(made, caller, figures, restores=kind is not Kind.NAMED)
        start = figures.requests
        stream = from_schema(schema).execute()
        seen = start
        for event in stream:
            _note(figures, event)
            if isinstance(event, events.ScenarioFinished):
                figures.by_phase[event.phase.value] += figures.requests - seen
                seen = figures.requests
            if most is not None and figures.requests - start >= most:
                stream.stop()
        figures.rounds += 1
        for user in USERS:
            if caller in USERS and user != caller and made.records(user) != before[user]:
                figures.wrong(f"{user}'s memory changed", f"by requests with the key of {caller}, seed {seed}")


def _note(figures: Figures, event: Any) -> None:
    if isinstance(event, events.NonFatalError):
        figures.wrong(f"error of schemathesis {type(event.value).__name__} {event.label}", str(event.info))
    elif isinstance(event, events.ScenarioFinished):
        for case_id, checks in event.recorder.checks.items():
            for check in checks:
                if check.failure_info is not None and not _mistaken(event.recorder, case_id, check):
                    failure = check.failure_info.failure
                    case = event.recorder.cases[case_id].value
                    figures.wrong(
                        f"{check.name} {case.operation.label}",
                        f"{failure.title}: {failure.message}\n{check.failure_info.code_sample}"[:1500],
                    )


def _mistaken(recorder: Any, case_id: str, check: Any) -> bool:
    """Whether a failure is schemathesis' own.

    Within lists it leaves `#` and `?` in a path, and so asks for another address; and it holds a list for no text in
    a path, where all is text and any text may be a user.
    """
    sent = recorder.interactions.get(case_id)
    no_text = "parameter `user_id` in path" in check.failure_info.failure.message
    asked = urlsplit(sent.request.uri) if sent is not None else None
    template = recorder.cases[case_id].value.operation.path
    cut = asked is not None and ("#" in sent.request.uri or asked.path.count("/") != template.count("/"))
    return cut or (check.name == "negative_data_rejection" and no_text)


def canaries_are_there() -> bool:
    """Whether the search for canaries would find them: each user's own answers hold their own."""
    from starlette.testclient import TestClient

    with world() as made:
        client = TestClient(made.app, client=("127.0.0.1", 50000))
        return all(
            CANARIES[user]
            in client.get(f"/v1/users/{user}/{what}", headers={"X-API-Key": made.tokens[user]}).text.lower()
            for user in USERS
            for what in ("messages", "profile", "history", "export", "topics")
        )


def main() -> int:
    """The long run."""
    parser = argparse.ArgumentParser(description="Made-up requests against the server, in the process.")
    parser.add_argument("--requests", type=int, default=20_000, help="at least so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=40, help="requests an operation and phase in a round")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    figures, began = Figures(), time.monotonic()
    if not canaries_are_there():
        figures.wrong("canaries", "they are not where they are looked for")
    while figures.requests < given.requests:
        round_ = figures.rounds
        run_round(
            figures,
            caller=CALLERS[round_ % len(CALLERS)],
            kind=kind_of(round_),
            seed=given.seed + round_,
            examples=given.examples,
            most=A_ROUND,
        )
        print(f"{figures.requests:,} requests, {len(figures.found)} findings", file=sys.stderr)
    _tell(figures, time.monotonic() - began, verbose=given.verbose)
    return 1 if figures.found else 0


def _tell(figures: Figures, seconds: float, *, verbose: bool) -> None:
    print(f"requests {figures.requests:,} in {figures.rounds} rounds, {seconds:.0f} s")
    print(f"load average {os.getloadavg()[0]:.1f}, schemathesis {schemathesis.__version__}")
    print(f"by phase {json.dumps(dict(figures.by_phase))}")
    print(f"by status {json.dumps(dict(sorted(figures.by_status.items())))}")
    print(f"searched for the other's canary {json.dumps(dict(figures.read_by))}")
    if verbose:
        for route, count in sorted(figures.by_route.items()):
            print(f"  {route}: {count:,}, of them well {figures.well[route]:,}")
    print(f"found {len(figures.found)}")
    for kind, example in figures.found.items():
        print(f"- {kind}\n    {example}")


if __name__ == "__main__":
    sys.exit(main())
