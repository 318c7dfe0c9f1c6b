"""What the research benchmark will ask of models, before anything is spent: calls as planned, tokens as expected.

Calls hold if every reply can be used. R (a call for the claims of a report and one for each page it cites), replies
that have to be asked for again and the thoughts of a model come on top; building memories is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from memory_chain.evaluation.models import Prices, Spent
from memory_chain.evaluation.pdr_judging import SIDES, Side
from memory_chain.evaluation.pdr_memories import SETTING, TASK_ONLY, WITH_MEMORY, WITH_PERSONA, persona_text
from memory_chain.evaluation.prompts import PDR_DISTIL, PDR_REPORT
from memory_chain.evaluation.records import Dataset, Question
from memory_chain.evaluation.running import Contestant
from memory_chain.prompts import Prompt
from memory_chain.utils import estimate_tokens

BRIEF, REPORT, WEIGHTS = 500, 3_000, 300
"""Tokens that a model is expected to write: a brief, a report, weights with their analysis."""
CRITERION, CRITERION_SCORE = 60, 45
"""Tokens of a criterion with its explanation, and of its score with the analysis."""
CRITERIA = {"p": 10, "q": 6}
"""Criteria expected in a dimension."""


def expected(
    dataset: Dataset,
    contestants: Sequence[Contestant],
    *,
    weight_samples: int,
    passes: int,
    seeds: int,
    budget_tokens: int,
    prices: Prices | None = None,
) -> dict[str, Spent]:
    """Calls, tokens and cost of the stages retrieve, answer and judge.

    Args:
        contestants: as `settings_of` makes them; one that tells no setting is taken for a memory.
        budget_tokens: of the context from which a memory's brief is distilled.
    """
    questions = [question for one in dataset.conversations for question in one.questions]
    frozen = [_frozen(side, questions, weight_samples) for side in SIDES]
    asked: dict[str, list[Spent]] = {"retrieve": [], "answer": [], "judge": [*frozen]}
    sizes = {one.id: sum(estimate_tokens(message.text) for message in one.messages) for one in dataset.conversations}
    for conversation in dataset.conversations:
        for question in conversation.questions:
            judged = sum((_scored(side, question, passes) for side in SIDES), Spent())
            for one in contestants:
                setting = one.settings.get(SETTING, WITH_MEMORY)
                memory = sizes[conversation.id] if one.unlimited else min(sizes[conversation.id], budget_tokens)
                known = {TASK_ONLY: 0, WITH_PERSONA: _persona(question), WITH_MEMORY: BRIEF}[setting]
                if setting == WITH_MEMORY:
                    asked["retrieve"].append(_calls(1, PDR_DISTIL, memory + _task(question), BRIEF))
                asked["answer"].append(_calls(1, PDR_REPORT, known + _task(question), REPORT))
                asked["judge"].append(judged)
    once = sum(frozen, Spent())
    totals = {stage: sum(some, Spent()) for stage, some in asked.items()}
    return {
        stage: _priced(_times(spent, seeds, but_once=once if stage == "judge" else Spent()), prices or Prices())
        for stage, spent in totals.items()
    }


def _frozen(side: Side, questions: Iterable[Question], samples: int) -> Spent:
    """Weights and criteria, once for each scope that has none."""
    bare = {side.scope(one): one for one in questions if "criteria" not in one.notes}
    total = Spent()
    for question in bare.values():
        shown = _task(question) + (_persona(question) if side.personal else 0)
        total += _calls(samples, side.weigh, shown, WEIGHTS)
        total += _calls(len(side.dimensions), side.criteria, shown, CRITERIA[side.name] * CRITERION)
    return total


def _scored(side: Side, question: Question, passes: int) -> Spent:
    count = _criteria(side, question.notes.get("criteria"))
    shown = _task(question) + (_persona(question) if side.personal else 0) + REPORT + count * CRITERION
    return _calls(passes, side.score, shown, count * CRITERION_SCORE)


def _criteria(side: Side, given: Mapping[str, Mapping[str, Sequence[object]]] | None) -> int:
    if given is None:
        return CRITERIA[side.name] * len(side.dimensions)
    return sum(len(some) for some in given.get(side.criterions_key, {}).values())


def _task(question: Question) -> int:
    return estimate_tokens(question.text)


def _persona(question: Question) -> int:
    return estimate_tokens(persona_text(question.notes["persona"]))


def _calls(count: int, prompt: Prompt, tokens_in: int, tokens_out: int) -> Spent:
    said = estimate_tokens(prompt.system)
    return Spent(calls=count, tokens_in=count * (said + tokens_in), tokens_out=count * tokens_out)


def _times(spent: Spent, seeds: int, *, but_once: Spent) -> Spent:
    """Everything once a seed, but what is frozen only once."""
    return Spent(
        calls=seeds * spent.calls - (seeds - 1) * but_once.calls,
        tokens_in=seeds * spent.tokens_in - (seeds - 1) * but_once.tokens_in,
        tokens_out=seeds * spent.tokens_out - (seeds - 1) * but_once.tokens_out,
    )


def _priced(spent: Spent, prices: Prices) -> Spent:
    return spent + Spent(cost=prices.of(spent.tokens_in, spent.tokens_out))
