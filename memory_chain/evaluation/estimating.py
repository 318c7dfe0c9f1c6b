"""What a run will ask of models, before anything is spent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from memory_chain.evaluation.benchmarks.pdr import PDR
from memory_chain.evaluation.models import Spent
from memory_chain.evaluation.running import Plan
from memory_chain.evaluation.systems.base import Recalled
from memory_chain.utils import estimate_tokens

ANSWER_TOKENS, VERDICT_TOKENS, OBSERVED_TOKENS = 40, 5, 120
"""Tokens that a model is expected to write: an answer, a verdict, what one message reveals."""
EXTRACT_TOKENS = 2_600
"""What the prompt of a batch costs beside its messages: instructions and known items."""
MERGE_SHARE = 0.2
"""Calls that merge aspects, per call that reads a batch."""


def estimate(plan: Plan) -> dict[str, Any]:
    """Calls, tokens and cost by stage, as expected; a reasoning model writes more."""
    questions = sum(len(conversation.questions) for conversation in plan.dataset.conversations)
    benchmark = plan.benchmark
    spent = _in_steps(plan, benchmark) if isinstance(benchmark, PDR) else _asked_once(plan)
    return {
        "questions": len(plan.seeds) * len(plan.contestants) * questions,
        "stages": {stage: _told(one) for stage, one in spent.items()},
        "total": _told(sum(spent.values(), Spent())),
        "note": "An estimate: tokens are counted without the model's own tokenizer, and the probe of the judges, "
        "repeated tries and thoughts come on top.",
    }


def _in_steps(plan: Plan, benchmark: PDR) -> dict[str, Spent]:
    return benchmark.expected(
        plan.dataset, plan.contestants, seeds=len(plan.seeds), budget_tokens=max(plan.budgets),
        prices=plan.meter.prices,
    )  # fmt: skip


def _asked_once(plan: Plan) -> dict[str, Spent]:
    spent = {"build": Spent(), "answer": Spent(), "judge": Spent()}
    for contestant in plan.contestants:
        batch = contestant.settings.get("batch")
        for conversation in plan.dataset.conversations:
            if batch:
                spent["build"] += _build(conversation.messages, int(batch), plan)
            if plan.llm is None:
                continue
            whole = sum(estimate_tokens(message.text) for message in conversation.messages)
            context = whole if contestant.unlimited else min(whole, max(plan.budgets))
            for question in conversation.questions:
                asked = plan.benchmark.ask(question, Recalled(text=""), seed=0)
                if asked is None:
                    continue
                tokens = context + sum(estimate_tokens(message.content) for message in asked.messages)
                spent["answer"] += _call(plan, tokens, ANSWER_TOKENS)
                for prompt in plan.benchmark.judges(question):
                    tokens = estimate_tokens(prompt.system) + estimate_tokens(question.text) + 2 * ANSWER_TOKENS
                    spent["judge"] += _call(plan, tokens, VERDICT_TOKENS)
    return {stage: _times(one, len(plan.seeds)) for stage, one in spent.items()}


def _build(messages: Any, batch: int, plan: Plan) -> Spent:
    calls = -(-len(messages) // batch)
    tokens = sum(estimate_tokens(message.text) for message in messages)
    read = _call(plan, tokens + calls * EXTRACT_TOKENS, len(messages) * OBSERVED_TOKENS)
    merges = round(calls * MERGE_SHARE)
    merging = _call(plan, merges * EXTRACT_TOKENS, merges * OBSERVED_TOKENS)
    return replace(read + merging, calls=calls + merges)


def _call(plan: Plan, tokens_in: int, tokens_out: int) -> Spent:
    cost = plan.meter.prices.of(tokens_in, tokens_out)
    return Spent(calls=1, tokens_in=tokens_in, tokens_out=tokens_out, cost=cost)


def _times(one: Spent, count: int) -> Spent:
    return sum((one for _ in range(count)), Spent())


def _told(spent: Spent) -> dict[str, Any]:
    return {
        "calls": spent.calls,
        "tokens_in": spent.tokens_in,
        "tokens_out": spent.tokens_out,
        "cost": round(spent.cost, 4),
    }
