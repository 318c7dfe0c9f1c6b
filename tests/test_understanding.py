"""Understanding with a model: its reading replaces the rules', and its failures lose nothing."""

import contextlib
import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from memory_chain import MemoryManager
from memory_chain.consolidation import MAX_TRIES
from memory_chain.errors import ConflictError, ModelError, ProviderDownError, ProviderRefusedError
from memory_chain.llm.base import LLMReply
from memory_chain.testing import InMemoryHome, ScriptedLLM
from memory_chain.utils import stable_id

START = datetime(2024, 5, 1, 9, tzinfo=UTC)


class Clock:
    """A wall clock that the test turns."""

    def __init__(self):
        self.now = datetime(2024, 6, 1, tzinfo=UTC)

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


def shown(request):
    return json.loads(request.messages[1].content).get("messages", [])


def observe(request):
    """A model that reads "I like X" and nothing else."""
    if request.purpose != "extract":
        return "It is so."
    observations = []
    for message in shown(request):
        attributes = []
        if message["text"].startswith("I like "):
            value = message["text"].removeprefix("I like ").rstrip(".")
            attributes.append(
                {
                    "text": f"The user is fond of {value}.",
                    "subject": "user",
                    "section": "interests",
                    "aspect": "like",
                    "value": value,
                    "polarity": "positive",
                }
            )
        tags = {"topic": ["likes"], "attitude": "positive", "attributes": attributes, "facts": []}
        observations.append({"message": message["n"], "summary": "", "tags": tags})
    return {"observations": observations}


def manager(home, script, clock=None, **more):
    llm = ScriptedLLM(script)
    opened = MemoryManager.open(home, llm=llm, consolidate="manual", clock=clock or Clock(), **more)
    return opened, llm


def tell(memory, count, start=0, user="alice"):
    for i in range(start, start + count):
        memory.add(f"I like thing{i}.", user_id=user, created_at=START + timedelta(minutes=i), message_id=f"m{i}")


def texts(memory, user="alice"):
    return {attribute.text for attribute in memory.profile(user).attributes}


def test_the_models_reading_replaces_the_rules(tmp_path):
    memory, llm = manager(tmp_path, observe)
    with memory:
        tell(memory, 3)
        provisional = texts(memory)
        assert provisional and all("fond of" not in text for text in provisional)
        status = memory.flush("alice")
        assert texts(memory) == {f"The user is fond of thing{i}." for i in range(3)}
        assert (status.pending, status.waiting_for_model, status.dead_letters) == (0, 0, ())
        assert len(llm.requests) == 1


def test_calls_per_message_and_prompt_size_stay_small(tmp_path):
    memory, llm = manager(tmp_path, observe)
    with memory:
        for batch in range(30):
            tell(memory, 10, start=batch * 10)
            memory._work("alice")
        memory.flush("alice")
        costs = memory.costs("alice")
    assert costs.calls / 300 <= 0.15
    sizes = [call.tokens_in for call in llm.calls if call.purpose == "extract"]
    tenth = len(sizes) // 10
    assert sum(sizes[-tenth:]) / sum(sizes[tenth : 2 * tenth]) <= 1.3


def test_a_provider_that_is_down_pauses_the_queue_and_burns_no_tries(tmp_path):
    clock, down = Clock(), [True]

    def script(request):
        return ProviderDownError("503", retry_after_seconds=120.0) if down[0] else observe(request)

    memory, llm = manager(tmp_path, script, clock)
    with memory:
        tell(memory, 5)
        status = memory.flush("alice")
        assert status.waiting_for_model == 5 and status.failing == () and "503" in status.last_error
        assert status.paused_until == clock.now + timedelta(seconds=120)
        memory.flush("alice")
        assert len(llm.requests) == 1, "while paused nothing is asked"
        assert memory.search("thing3", user_id="alice"), "found as text all the while"
        down[0] = False
        clock.advance(121)
        assert memory.flush("alice").waiting_for_model == 0
        assert len(texts(memory)) == 5


def test_a_wrong_key_pauses_too(tmp_path):
    memory, llm = manager(tmp_path, lambda request: ProviderRefusedError("401: wrong key", outcome="auth"))
    with memory:
        tell(memory, 25)
        status = memory.flush("alice")
        assert len(llm.requests) == 1 and status.failing == () and status.waiting_for_model == 25


def test_one_bad_message_is_isolated_and_its_neighbours_are_read(tmp_path):
    clock = Clock()

    def script(request):
        return "nonsense" if any("thing7." in m["text"] for m in shown(request)) else observe(request)

    memory, llm = manager(tmp_path, script, clock)
    with memory:
        tell(memory, 20)
        for _ in range(12):
            status = memory.flush("alice")
            clock.advance(4000)
        (dead,) = status.dead_letters
        assert dead.message.id == "m7" and dead.tries == MAX_TRIES and dead.raw == "nonsense" and dead.error
        assert status.waiting_for_model == 0
        fond = {text for text in texts(memory) if "fond of" in text}
        assert fond == {f"The user is fond of thing{i}." for i in range(20) if i != 7}
        assert len(llm.requests) <= 60
        llm._script = observe
        status = memory.retry("alice")
        assert status.dead_letters == () and "The user is fond of thing7." in texts(memory)


def test_what_is_forgotten_while_the_model_reads_stays_forgotten(tmp_path):
    holder = {}

    def script(request):
        holder["memory"].forget("alice", "m1")
        return observe(request)

    memory, _ = manager(tmp_path, script)
    holder["memory"] = memory
    with memory:
        tell(memory, 3)
        memory.flush("alice")
        assert texts(memory) == {"The user is fond of thing0.", "The user is fond of thing2."}
        assert b"thing1" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_chat_remembers_both_sides_and_not_its_context(tmp_path):
    memory, llm = manager(tmp_path, observe)
    with memory:
        tell(memory, 1)
        reply = memory.chat("What do I like?", user_id="alice")
        assert str(reply) == "It is so." and "thing0" in str(reply.context)
        said = [(str(message.role), message.text) for message in memory.messages("alice")][1:]
        assert said == [("user", "What do I like?"), ("assistant", "It is so.")]
        asked = llm.requests[-1]
        assert "thing0" in asked.messages[-1].content and asked.purpose == "chat"
        assert memory.costs("alice").by_purpose["chat"].calls == 1


def test_chat_keeps_what_was_said_when_the_model_fails(tmp_path):
    memory, _ = manager(tmp_path, [ProviderDownError("503")])
    with memory:
        with pytest.raises(ProviderDownError):
            memory.chat("I live in Oslo.", user_id="alice")
        assert [message.text for message in memory.messages("alice")] == ["I live in Oslo."]
        assert memory.costs("alice").failed == 1


def test_a_chat_that_is_sent_again_with_its_id_stores_nothing_twice(tmp_path):
    replies = iter([ProviderDownError("503"), "Nice.", "Lovely.", "Never asked for."])
    memory, llm = manager(tmp_path, lambda request: next(replies))
    with memory:
        with pytest.raises(ProviderDownError):
            memory.chat("I live in Oslo.", user_id="alice", message_id="m-1")
        assert memory.chat("I live in Oslo.", user_id="alice", message_id="m-1").text == "Nice."
        assert len(llm.requests[-1].messages) == 2, "what is said now was not said before"
        said = [(str(message.role), message.text) for message in memory.messages("alice")]
        assert said == [("user", "I live in Oslo."), ("assistant", "Nice.")]
        again = memory.chat("I live in Oslo.", user_id="alice", message_id="m-1")
        assert (again.text, again.tokens_in, again.tokens_out) == ("Nice.", 0, 0), "an answer that was lost on its way"
        assert len(llm.requests) == 2
        with pytest.raises(ConflictError):
            memory.chat("I live in Rome.", user_id="alice", message_id="m-1")
        assert memory.chat("I live in Oslo.", user_id="alice", message_id="m-2").text == "Lovely."
        assert [message.text for message in memory.messages("alice")][2:] == ["I live in Oslo.", "Lovely."]


def test_of_two_equal_chats_at_a_time_one_reply_is_kept_and_given(tmp_path):
    def script(request):
        reply_id = stable_id("reply", "m-1")  # what the faster call stores while the slower one's model thinks
        memory.add("The faster reply.", user_id="alice", role="assistant", message_id=reply_id)
        return "The slower reply."

    memory, _ = manager(tmp_path, script)
    with memory:
        assert memory.chat("I live in Oslo.", user_id="alice", message_id="m-1").text == "The faster reply."
        assert [message.text for message in memory.messages("alice")] == ["I live in Oslo.", "The faster reply."]


def test_answer_takes_one_call_and_remembers_nothing(tmp_path):
    memory, llm = manager(tmp_path, observe)
    with memory:
        tell(memory, 1)
        assert str(memory.answer("What do I like?", user_id="alice")) == "It is so."
        assert len(llm.requests) == 1 and len(memory.messages("alice")) == 1


def test_changed_groups_are_worded_by_one_call_in_five_batches(tmp_path):
    def script(request):
        if request.purpose != "merge":
            return observe(request)
        groups = json.loads(request.messages[1].content)["groups"]
        return {
            "groups": [
                {"group": g["group"], "aspect": "jazz", "current": "A1", "value": "jazz", "text": "Loves all jazz."}
                for g in groups
            ]
        }

    memory, llm = manager(tmp_path, script)
    with memory:
        for i in range(5):
            memory.add(f"I like live jazz concerts number{i}.", user_id="alice", created_at=START + timedelta(days=i))
            memory.flush("alice")
        assert [request.purpose for request in llm.requests].count("merge") == 1
        assert any(aspect.summary == "Loves all jazz." for aspect in memory.profile("alice"))
        memory.forget("alice", memory.messages("alice")[0].id)
        assert all(aspect.summary == "" for aspect in memory.profile("alice"))


def test_two_workers_never_read_the_same_batch(tmp_path):
    entered, clock = [], Clock()

    def script(request):
        entered.append(len(shown(request)))
        with MemoryManager.open(tmp_path, llm=ScriptedLLM(observe), consolidate="manual", clock=clock) as other:
            status = other.flush("alice")
            assert status.waiting_for_model == 4, "the lease is the first worker's"
        return observe(request)

    memory, _ = manager(tmp_path, script, clock)
    with memory:
        tell(memory, 4)
        memory.flush("alice")
        assert entered == [4] and len(texts(memory)) == 4


FAULTS = [
    "prose",
    "",
    "null",
    "[1, 2]",
    '{"observations": "no"}',
    '{"observations": [{"message": 99, "tags": {}}]}',
    '{"observations": [{"message": 1, "tags": {"attributes": [{"section": "nope"}], "facts": [3]}}]}',
    "{'observations': []}",
    '{"observations": [',
    "<think>hm</think>",
    '{"observations": [{"message": 1, "summary": "\\ud83d \\u0000", "tags": {"attributes": [], "facts": []}}]}',
    "x" * 100_000,
    "{" * 5_000,
    LLMReply(text='{"observations": [', cut=True),
    ProviderDownError("timeout", outcome="timeout"),
    ProviderDownError("429", outcome="rate-limited", retry_after_seconds=1.0),
    ProviderRefusedError("context length", outcome="too-long"),
]


@pytest.mark.timeout(300)
def test_five_thousand_faulty_replies_lose_nothing():
    chance, clock, served = random.Random(7), Clock(), [0]

    def script(request):
        if chance.random() < 0.9:
            served[0] += 1
            return chance.choice(FAULTS)
        return observe(request)

    def drain(chain):
        """What `flush` does, without the status."""
        chain.read_by_rules()
        while (outcome := chain.read_by_model(flush=True)).read or (outcome.failed and not outcome.paused):
            pass

    memory, _ = manager(InMemoryHome(), script, clock)
    with memory:
        told = 0
        while served[0] < 5_000:
            tell(memory, 10, start=told)
            told += 10
            chain = memory._chains["alice"].chain
            for _ in range(60):
                drain(chain)
                clock.advance(7200)
                if chance.random() < 0.02:
                    with contextlib.suppress(ModelError):
                        memory.answer("What do I like?", user_id="alice")
                    chain._consolidator.retry()
        chain.llm._script = observe
        clock.advance(7200)
        status = memory.retry("alice")
        assert len(memory.messages("alice")) == told
        assert status.waiting_for_model == 0 and status.dead_letters == () and status.failing == ()
        assert chain.store.counts_by_writer() == {"scripted": told}
        assert memory.check("alice") == []
