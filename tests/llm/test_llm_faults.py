"""The failure corpus at the writer: every fault, and thousands at random. Nothing wrong is learned, nothing hangs."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fault_server import CONTENT, FAULTS, HARMLESS, TRANSPORT, FaultServer, completion, good_answer

from memory_chain.errors import ModelError, ProviderDownError, ProviderRefusedError, ReplyError
from memory_chain.extraction.base import Known, Understood
from memory_chain.extraction.llm import LLMWriter, ask
from memory_chain.extraction.parse import read_reply
from memory_chain.llm.base import LLMReply, LLMRequest
from memory_chain.llm.openai_compatible import OpenAICompatibleLLM, read_completion
from memory_chain.prompts import MERGE, MergeEnvelope
from memory_chain.testing import ScriptedLLM
from memory_chain.types import Attitude, Attribute, Event, Message, Operation, Role, Source, Trust

SECTIONS = {
    "health": "Health",
    "interests": "Interests",
    "home": "Home",
    "work": "Work",
    "identity": "Identity",
    "fears": "Fears",
}
SAID = datetime(2024, 5, 1, 12, tzinfo=UTC)
MESSAGES = [
    Message(id="m1", text="hi there", created_at=SAID),
    Message(id="m2", text="I love hiking and I am allergic to shellfish.", created_at=SAID),
    Message(id="m3", text="You love opera!", role=Role.ASSISTANT, created_at=SAID),
    Message(id="m4", text="I moved to Lisbon. I visited the aquarium", created_at=SAID),
]
KNOWN = Known(
    topics=["travel"],
    attributes=[
        Attribute(
            id="known-city",
            subject="user",
            section="home",
            aspect="city",
            value="Porto",
            text="The user lives in Porto",
            polarity=Attitude.NEUTRAL,
            confidence=0.9,
            trust=Trust.STATED,
            ended=False,
            sources=(Source(id="m0", said_at=SAID),),
            known_from=SAID,
        )
    ],
    events=[
        Event(
            id="known-event",
            subject="user",
            text="The user ran a marathon",
            when=None,
            said_at=SAID,
            confidence=0.9,
            trust=Trust.STATED,
            sources=(Source(id="m0", said_at=SAID),),
            known_from=SAID,
        )
    ],
)
KNOWN_IDS = {"known-city", "known-event"}
Make = Callable[..., OpenAICompatibleLLM]


def check(understood: Understood) -> None:
    """What must hold of every batch that was read, whatever the model said."""
    assert [observation.message_id for observation in understood.observations] == ["m1", "m2", "m3", "m4"]
    assert understood.calls
    for observation in understood.observations:
        assert observation.message_id != "m3" or not observation.attributes
        assert len(observation.refused) <= 20
        for item in (*observation.attributes, *observation.events):
            assert item.text.strip()
            item.text.encode("utf-8")
            assert "\x00" not in item.text
            assert len(item.text) <= 600
            assert 0 <= item.confidence <= 1
            assert item.subject == "user"
            assert item.decision is None or item.decision.target is None or item.decision.target in KNOWN_IDS
            assert item.decision is None or item.decision.operation is Operation.ADD or item.decision.target
        for attribute in observation.attributes:
            assert attribute.section in SECTIONS
            assert attribute.valid_from is None or attribute.valid_from.year > 1800
        for event in observation.events:
            assert event.when is None or 1800 < event.when.start.year < 2200


def items(understood: Understood) -> set[str]:
    return {item.text for o in understood.observations for item in (*o.attributes, *o.events)}


GOOD = {
    "The user likes hiking and I am allergic to shellfish",
    "The user is allergic to shellfish",
    "The user lives in Lisbon",
    "The user visited the aquarium",
}


def test_without_a_fault(server: FaultServer, make_llm: Make) -> None:
    understood = LLMWriter(make_llm(), sections=SECTIONS).observe(MESSAGES, KNOWN)
    check(understood)
    assert items(understood) == GOOD
    assert len(server.requests) == 1
    moved = next(a for o in understood.observations for a in o.attributes if a.aspect == "city")
    assert moved.decision is not None
    assert (moved.decision.operation, moved.decision.target) == (Operation.UPDATE, "known-city")
    assert all(not observation.refused for observation in understood.observations)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_single_fault(fault: str, server: FaultServer, make_llm: Make) -> None:
    """With one fault and then good replies: a good reading, or an error that the queue knows how to handle."""
    slow = fault in ("timeout", "slow-body")
    llm = make_llm(timeout_seconds=0.15 if slow else 2.0, attempts=1, most_bytes=1_000_000)
    server.queue(fault)
    writer = LLMWriter(llm, sections=SECTIONS)
    if fault in HARMLESS:
        understood = writer.observe(MESSAGES, KNOWN)
        check(understood)
        assert len(server.requests) == 1
        return
    try:
        understood = writer.observe(MESSAGES, KNOWN)
    except ReplyError as error:
        assert error.outcome in ("cut", "too-large", "refused", "filtered")
        assert error.calls[-1].outcome == error.outcome
    except ModelError as error:
        assert fault in TRANSPORT
        assert isinstance(error, ProviderDownError | ProviderRefusedError)
        assert len(error.calls) == 1 or fault == "400"
    else:  # asked again, showing what was wrong
        check(understood)
        assert items(understood) == GOOD
        assert len(server.requests) == 2
        assert understood.calls[0].outcome not in ("ok", "")
        last = server.requests[1].body["messages"][-1]["content"]
        assert fault == "400" or "cannot be used" in last


@pytest.mark.parametrize("fault", sorted(set(CONTENT) - HARMLESS))
def test_a_lasting_fault_ends_in_an_error_with_all_its_calls(fault: str, server: FaultServer, make_llm: Make) -> None:
    server.queue(*[fault] * 3)
    with pytest.raises(ReplyError) as caught:
        LLMWriter(make_llm(timeout_seconds=2.0), sections=SECTIONS).observe(MESSAGES, KNOWN)
    error = caught.value
    expected = 1 if error.outcome == "cut" else 3
    assert len(error.calls) == len(server.requests) == expected
    assert all(call.outcome not in ("ok", "") for call in error.calls)
    assert error.raw
    assert len(error.raw) <= 20_000
    error.raw.encode("utf-8")
    assert len(str(error)) < 2000


def test_prompts_stay_bounded_when_asked_again(server: FaultServer, make_llm: Make) -> None:
    server.queue("braces", "braces", "good")
    LLMWriter(make_llm(timeout_seconds=2.0), sections=SECTIONS).observe(MESSAGES, KNOWN)
    sizes = [sum(len(message["content"]) for message in request.body["messages"]) for request in server.requests]
    assert sizes[1] < sizes[0] + 6_000
    assert sizes[2] < sizes[0] + 6_000


@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_faults_at_random(seed: int) -> None:
    """In the same process, so that there can be many: 4 x 400 batches, 60 % bad replies."""
    chance = random.Random(seed)
    texts = [*CONTENT, "good"]
    served = 0

    def script(request: LLMRequest) -> LLMReply | Exception:
        nonlocal served
        served += 1
        body = {"messages": [{"role": m.role, "content": m.content} for m in request.messages]}
        fault = chance.choice(texts) if chance.random() < 0.6 else "good"
        if fault in ("endless-string", "braces", "repetition"):  # large, and tried one by one above
            fault = "truncated"
        text, cut = read_completion(completion(good_answer(body), body, fault))
        return LLMReply(text=text, cut=cut)

    writer = LLMWriter(ScriptedLLM(script), sections=SECTIONS)
    read = refused = 0
    for _ in range(400):
        try:
            check(writer.observe(MESSAGES, KNOWN))
            read += 1
        except ReplyError as error:
            assert error.calls
            refused += 1
    assert read > 300
    assert refused > 5
    assert served > 400


@pytest.mark.parametrize("fault", CONTENT)
def test_the_merge_prompt_meets_the_same_faults(fault: str) -> None:
    rendered = MERGE.render(groups=[{"group": "G1", "statements": [{"id": "A1", "said": "2024-05-01", "text": "x"}]}])
    body = {"messages": [{"role": m.role, "content": m.content} for m in rendered]}
    text, cut = read_completion(completion(good_answer(body), body, fault))
    llm = ScriptedLLM([LLMReply(text=text, cut=cut), good_answer(body)])
    try:
        envelope, calls = ask(llm, MERGE, MergeEnvelope, rendered, reasks=1)
    except ReplyError as error:
        assert error.outcome == "cut"
    else:
        assert len(calls) == len(llm.requests)
        assert isinstance(envelope.groups, list)


@pytest.mark.parametrize("fault", CONTENT)
def test_the_reader_is_quick(fault: str) -> None:
    body = {"messages": []}
    text = read_completion(completion('{"groups": []}', body, fault))[0]
    started = time.perf_counter()
    with contextlib.suppress(ReplyError):
        read_reply(text * (1 + 300_000 // len(text)), MergeEnvelope)
    assert time.perf_counter() - started < 5
