"""A model for tests of the evaluation: a local server that answers its prompts by simple rules, and fails by dice.

    with StubModel(seed=3, wrong=0.2, malformed=0.1, failing=0.1, down=0.05) as stub:
        llm = MeteredLLM(stub.client(), Meter())

An answer is the line of the memory that shares most words with the question, a choice the option that shares most
with the memory, a verdict whether the gold answer's words stand in the answer. What goes wrong is thrown by a generator
that is keyed on the request, so that it is the same in every order of threads and after every interruption: a wrong
answer, a malformed reply, a failure that passes (the same request works when it is tried again) and one that stays.
`stub.asked` counts the requests by prompt, tries included.

Run by itself (`python tests/evaluation/stub_model.py --port 8080 --wrong 0.2`) it is a model for trying things out.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import fault_server
from fault_server import JSON, TRANSPORT, FaultServer, Request, data_of, good_answer

from memory_chain import prompts as chain_prompts
from memory_chain.evaluation import prompts as evaluation_prompts
from memory_chain.llm.openai_compatible import OpenAICompatibleLLM
from memory_chain.prompts import Prompt

MALFORMED = ("empty", "refusal", "prose", "think", "think-only", "truncated", "reasoning-content", "refusal-text")
"""What a reply may be instead of a good one: `think`, `prose` and the like can still be read as an answer."""
FAILURES = ("429", "500", "reset")
UNCLEAR = "It depends on how you look at it."
"""What a judge says that says neither yes nor no."""
NOTHING = "No information available."
DONT_KNOW = re.compile(r"no information|not mentioned|do(?:es)? not know|don't know|unknown", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Throw:
    """What is thrown for a request: whether its answer is wrong, how its reply is malformed, how its tries fail."""

    wrong: bool = False
    malformed: str = ""
    failure: str = ""
    stays: bool = False


class StubModel(FaultServer):
    """The server; all rates are shares of requests, 0 to 1."""

    def __init__(
        self,
        *,
        seed: int = 0,
        wrong: float = 0.0,
        malformed: float = 0.0,
        failing: float = 0.0,
        down: float = 0.0,
        malformations: Sequence[str] = MALFORMED,
        delay_seconds: float = 0.0,
        answer: Callable[[JSON], str | None] | None = None,
        port: int = 0,
    ) -> None:
        """A stub.

        Args:
            seed: of everything that is thrown.
            wrong: answers and verdicts that are wrong.
            malformed: replies of which one of `malformations` is made.
            failing: requests of which the first try fails (429, 500, reset).
            down: requests of which every try fails.
            delay_seconds: before each reply.
            answer: asked first; None leaves the reply to the rules.
            port: 0 takes a free one.
        """
        super().__init__(answer=self._good, port=port)
        self._server.RequestHandlerClass = _Handler
        self._seed, self._rates = seed, (wrong, malformed, failing, down)
        self._malformations, self._delay, self._own = tuple(malformations), delay_seconds, answer
        self._seen: Counter[bytes] = Counter()
        self._clients: list[OpenAICompatibleLLM] = []

    @property
    def asked(self) -> Counter[str]:
        """How many requests there were for each prompt, tries included."""
        with self.lock:
            return Counter(prompt_of(request.body) for request in self.requests)

    @property
    def bodies(self) -> Counter[bytes]:
        """How often each request was made, by its key."""
        with self.lock:
            return Counter(self._seen)

    def client(self, model: str = "stub", *, attempts: int = 3) -> OpenAICompatibleLLM:
        """The real client, which does not wait between its tries; it is closed with the server."""
        client = OpenAICompatibleLLM(
            model, base_url=self.base_url, attempts=attempts, timeout_seconds=10, sleep=lambda seconds: None
        )
        self._clients.append(client)
        return client

    def stop(self) -> None:
        """Close the clients, then the server. Twice is fine."""
        for client in self._clients:
            client.close()
        super().stop()

    def throw(self, body: JSON) -> Throw:
        """What happens to a request: the same whenever and in whatever order it is made."""
        wrong, malformed, failing, down = self._rates
        dice = random.Random(self._seed.to_bytes(8, "big") + key_of(body))
        is_wrong, spoil, fails, stays = (dice.random() < rate for rate in (wrong, malformed, failing, down))
        return Throw(
            wrong=is_wrong,
            malformed=dice.choice(self._malformations) if spoil else "",
            failure=dice.choice(FAILURES) if fails or stays else "",
            stays=stays,
        )

    def fault_of(self, body: JSON) -> str:
        """What is served for this try of a request."""
        time.sleep(self._delay)
        thrown, key = self.throw(body), key_of(body)
        with self.lock:
            self._seen[key] += 1
            first = self._seen[key] == 1
        if thrown.failure and (first or thrown.stays):
            return thrown.failure
        if thrown.malformed == "prose":
            return "good"  # its own prose, see `_good`
        return thrown.malformed or "good"

    def _good(self, body: JSON) -> str:
        given = self._own(body) if self._own else None
        if given is not None:
            return given
        thrown = self.throw(body)
        name = prompt_of(body)
        if thrown.malformed == "prose":
            return UNCLEAR if name.startswith("judge") else f"Sure! Here it is: {ruled(name, body, wrong=thrown.wrong)}"
        return ruled(name, body, wrong=thrown.wrong)


class _Handler(fault_server._Handler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        stub = self.server.faulty
        assert isinstance(stub, StubModel)
        fault = stub.fault_of(body)
        with stub.lock:
            stub.requests.append(Request(path=self.path, headers={}, body=body, fault=fault))
        if fault in TRANSPORT:
            self._transport(fault)
        else:
            self._chat(body, fault)


def key_of(body: JSON) -> bytes:
    """What makes a request the one it is: its messages."""
    return blake2b(json.dumps(body["messages"], sort_keys=True).encode(), digest_size=8).digest()


def prompt_of(body: JSON) -> str:
    """The name of the prompt from which a request was made; empty if it is not known."""
    system = next((one["content"] for one in body["messages"] if one["role"] == "system"), "")
    return next((name for name, begin in _beginnings() if system.startswith(begin)), "")


@cache
def _beginnings() -> tuple[tuple[str, str], ...]:
    """Prompt names and the system text up to the first slot, the longest first."""
    known = [one for module in (evaluation_prompts, chain_prompts) for one in vars(module).values()]
    found = {one.name: one.system.partition("$")[0] for one in known if isinstance(one, Prompt)}
    return tuple(sorted(found.items(), key=lambda item: -len(item[1])))


def ruled(name: str, body: JSON, *, wrong: bool = False) -> str:
    """The answer to a prompt by rules."""
    data = data_of(body)
    if name.startswith("judge"):
        return ("no" if accepts(name, data) else "yes") if wrong else ("yes" if accepts(name, data) else "no")
    if "options" in data or "replies" in data:
        options = data.get("options") or data["replies"]
        place = nearest(" ".join(lines_of(data)), options)
        return f"<final_answer> ({'abcdefgh'[(place + wrong) % len(options)]})"
    if "question" in data and "memory" in data:
        lines, question = lines_of(data), str(data["question"])
        offered = re.search(r"\(a\) (.+?) \(b\) (.+?)\. Answer", question)
        if offered:
            return offered[1 + (nearest(" ".join(lines), offered.groups()) + wrong) % 2]
        asked = words(question)
        if not any(asked & words(line) for line in lines):
            return "A zebra." if wrong else NOTHING
        line = lines[nearest(question, lines)]
        return "A zebra." if wrong else line.partition(": ")[2] or line
    return good_answer(body)


def accepts(name: str, data: JSON) -> bool:
    """Whether a judge accepts the answer: of the gold answer's words all (strict), or half, have to stand in it."""
    answer = str(data.get("answer", data.get("reply", "")))
    if "abstention" in name:
        return bool(DONT_KNOW.search(answer))
    gold = words(str(data.get("correct_answer", "")))
    shared = len(gold & words(answer))
    return bool(gold) and (shared == len(gold) if "strict" in name else 2 * shared >= len(gold))


def lines_of(data: JSON) -> list[str]:
    """The lines of the memory that say something."""
    memory = data.get("memory") or []
    return [line for line in (memory.splitlines() if isinstance(memory, str) else memory) if line.strip()]


def words(text: str) -> frozenset[str]:
    """The words that say something, in lower case."""
    return frozenset(word for word in re.findall(r"\w+", text.lower()) if len(word) > 3 or word.isdigit())


def nearest(text: str, choices: Sequence[str]) -> int:
    """The place of the choice that shares most words with the text; the first of equals."""
    wanted = words(text)
    return max(range(len(choices)), key=lambda place: (len(wanted & words(choices[place])), -place))


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A stub model for trying the evaluation out.")
    for name in ("wrong", "malformed", "failing", "down"):
        parser.add_argument(f"--{name}", type=float, default=0.0, help="a share of the requests, 0 to 1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--port", type=int, default=8080)
    given = parser.parse_args()
    with StubModel(**vars(given)) as stub:
        print(f"A stub model at {stub.base_url}; end it with Ctrl-C.")
        try:
            time.sleep(10**9)
        except KeyboardInterrupt:
            print(dict(stub.asked))


if __name__ == "__main__":
    main()
