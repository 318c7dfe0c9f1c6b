"""Models under measurement: what is counted, in which stage, and the limit."""

import threading
from datetime import UTC, datetime

import pytest
from stub_model import StubModel

from memory_chain.errors import ModelError, ProviderDownError, ProviderRefusedError, ReplyError
from memory_chain.evaluation.models import (
    NOTHING,
    STAGES,
    CostLimitError,
    Meter,
    MeteredLLM,
    ModelUnusableError,
    Prices,
    Spent,
)
from memory_chain.llm.base import ChatMessage, LLMRequest
from memory_chain.types import ModelCall


def call(purpose="answer", outcome="ok", tokens_in=100, tokens_out=20, ms=5.0):
    return ModelCall(
        purpose=purpose, model="m", at=datetime(2024, 1, 1, tzinfo=UTC), outcome=outcome, tokens_in=tokens_in,
        tokens_out=tokens_out, latency_ms=ms,
    )  # fmt: skip


def ask(llm, purpose="answer"):
    return llm.complete(LLMRequest(messages=[ChatMessage(role="user", content="Hi")], purpose=purpose))


def test_prices_are_those_of_a_million_tokens():
    assert Prices(tokens_in=2, tokens_out=10).of(500_000, 100_000) == pytest.approx(2.0)
    assert Prices().of(10**9, 10**9) == 0


def test_what_is_spent_adds_up():
    total = Spent(calls=1, failed=1, tokens_in=2, tokens_out=3, ms=4.5, cost=0.5) + Spent(calls=2, tokens_in=1, cost=1)
    assert total == Spent(calls=3, failed=1, tokens_in=3, tokens_out=3, ms=4.5, cost=1.5)
    assert total + NOTHING == total


def test_calls_are_counted_by_stage_failed_ones_too():
    meter = Meter(prices=Prices(tokens_in=10_000, tokens_out=50_000))
    meter.count([call(), call(outcome="server-error", tokens_in=0, tokens_out=0)])
    meter.count([call("judge"), call("extract"), call("merge"), call("embed"), call("embed-query")])
    assert meter.by_stage["answer"] == Spent(calls=2, failed=1, tokens_in=100, tokens_out=20, ms=10.0, cost=2.0)
    assert meter.by_stage["build"].calls == 3 and meter.by_stage["judge"].calls == 1
    assert meter.by_stage["retrieve"].calls == 1 and set(meter.by_stage) <= set(STAGES)
    assert meter.total.calls == 7 and meter.total.cost == pytest.approx(12.0)
    assert meter.spent_on([call(), call()]).cost == pytest.approx(4.0)
    assert meter.total.calls == 7  # asking what calls cost counts nothing


def test_a_resumed_meter_goes_on():
    meter = Meter(max_cost=5)
    meter.resume_from({"answer": Spent(calls=2, cost=4.9)})
    meter.check()
    meter.count([call()])
    assert meter.by_stage["answer"].calls == 3
    meter.resume_from({"answer": Spent(calls=2, cost=5.0)})
    with pytest.raises(CostLimitError, match=r"has cost 5\.00, and --max-cost is 5\.00.*higher --max-cost"):
        meter.check()


def test_no_limit_is_none():
    meter = Meter(prices=Prices(tokens_in=10**9))
    meter.count([call()])
    meter.check()


def test_threads_lose_no_call():
    meter = Meter()
    threads = [threading.Thread(target=lambda: [meter.count([call()]) for _ in range(300)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.total.calls == 1200 and meter.total.tokens_in == 120_000


def test_a_metered_model_counts_and_hands_on():
    with StubModel() as stub:
        llm = MeteredLLM(stub.client("mine"), Meter())
        assert llm.model == "mine"
        assert ask(llm).text == "I am a stub and glad to help."
        ask(llm, "judge")
        llm.close()
        ask(llm)  # it is its owner's to close
        assert {stage: spent.calls for stage, spent in llm.meter.by_stage.items()} == {"answer": 2, "judge": 1}


def test_the_tries_of_a_failure_are_counted():
    with StubModel(down=1.0) as stub:
        llm = MeteredLLM(stub.client(attempts=4), Meter())
        with pytest.raises(ProviderDownError):
            ask(llm)
        assert llm.meter.by_stage["answer"] == Spent(calls=4, failed=4, ms=llm.meter.total.ms)
        assert len(stub.requests) == 4


def test_a_reply_that_cannot_be_used_costs_all_the_same():
    with StubModel(malformed=1.0, malformations=["refusal"]) as stub:
        llm = MeteredLLM(stub.client(), Meter(prices=Prices(tokens_in=10_000)))
        with pytest.raises(ReplyError):
            ask(llm)
        assert llm.meter.total.cost == pytest.approx(1.0) and llm.meter.total.failed == 1


def test_above_the_limit_nothing_is_asked():
    with StubModel() as stub:
        llm = MeteredLLM(stub.client(), Meter(prices=Prices(tokens_in=10_000), max_cost=2))
        ask(llm)
        ask(llm)
        with pytest.raises(CostLimitError):
            ask(llm)
        assert len(stub.requests) == 2
    nothing = MeteredLLM(stub.client(), Meter(max_cost=0))
    with pytest.raises(CostLimitError):
        ask(nothing)


def test_an_error_without_a_ledger_is_handed_on():
    class Refusing:
        model = "m"

        def complete(self, request):
            raise ProviderRefusedError("no", outcome="auth")

        def close(self): ...

    llm = MeteredLLM(Refusing(), Meter())
    with pytest.raises(ModelError, match="no"):
        ask(llm)
    assert llm.meter.total == NOTHING


def test_the_stub_throws_the_same_dice_in_any_order():
    bodies = [{"messages": [{"role": "user", "content": str(number)}]} for number in range(400)]
    dice = {"wrong": 0.3, "malformed": 0.3, "failing": 0.3, "down": 0.1}
    with StubModel(seed=1, **dice) as one, StubModel(seed=1, **dice) as same, StubModel(seed=2, **dice) as other:
        thrown = [one.throw(body) for body in bodies]
        assert thrown == [same.throw(body) for body in reversed(bodies)][::-1]
        assert thrown != [other.throw(body) for body in bodies]
    assert 80 < sum(throw.wrong for throw in thrown) < 160
    assert 80 < sum(bool(throw.malformed) for throw in thrown) < 160
    assert 20 < sum(throw.stays for throw in thrown) < 70


@pytest.mark.parametrize("outcome", ["wrong-key", "quota", "not-found"])
def test_a_server_that_refuses_everything_stops_the_run(outcome):
    class Refusing:
        model = "m"

        def complete(self, request):
            raise ProviderRefusedError("The server refuses the key.", outcome=outcome)

    with pytest.raises(ModelUnusableError, match=r"^The server refuses the key\. What is done is kept"):
        ask(MeteredLLM(Refusing(), Meter()))
