"""How often scorers accept answers that are known to be wrong: what a score is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from memory_chain.evaluation.data.locomo import WrongAnswer
from memory_chain.evaluation.judging import judge
from memory_chain.evaluation.models import MeteredLLM
from memory_chain.evaluation.prompts import JUDGE_LENIENT, JUDGE_STRICT
from memory_chain.evaluation.scoring.text import bleu_1, locomo_f1, set_f1

ACCEPTED = 0.5
"""From this figure on a graded scorer is taken to accept an answer."""

_GRADED: Mapping[str, Callable[[WrongAnswer], float]] = {
    "f1": lambda wrong: locomo_f1(wrong.answer, wrong.gold, wrong.category),
    "bleu1": lambda wrong: bleu_1(wrong.answer, wrong.gold),
    "set-f1": lambda wrong: set_f1(wrong.answer, wrong.gold),
}


def probe(
    answers: Sequence[WrongAnswer], questions: Mapping[str, str], llm: MeteredLLM, *, limit: int = 0
) -> dict[str, dict[str, float]]:
    """For each scorer the share (0 to 1) of wrong answers that it accepts, by strategy: all of them false positives.

    Args:
        answers: wrong answers; those to unknown questions are passed over.
        questions: the texts of the questions by `question_id`.
        llm: the judge.
        limit: how many answers of each strategy the judges are asked; 0: all. A call that failed says nothing of the
            judge and is left out; a verdict that is neither yes nor no counts as not accepted.
    """
    rates: dict[str, dict[str, float]] = {}
    for strategy in sorted({wrong.strategy for wrong in answers}):
        mine = [wrong for wrong in answers if wrong.strategy == strategy and wrong.question_id in questions]
        for name, graded in _GRADED.items():
            _put(rates, name, strategy, [graded(wrong) >= ACCEPTED for wrong in mine])
        asked = _spread(mine, limit)
        for prompt in (JUDGE_STRICT, JUDGE_LENIENT):
            verdicts = (
                judge(llm, prompt, question=questions[wrong.question_id], gold=(wrong.gold,), answer=wrong.answer)
                for wrong in asked
            )
            told = [one for one in verdicts if one.right is not None or one.raw]
            _put(rates, prompt.name, strategy, [one.right is True for one in told])
    return rates


def _put(rates: dict[str, dict[str, float]], scorer: str, strategy: str, accepted: Sequence[bool]) -> None:
    if accepted:
        rates.setdefault(scorer, {})[strategy] = sum(accepted) / len(accepted)


def _spread(answers: Sequence[WrongAnswer], limit: int) -> Sequence[WrongAnswer]:
    """Evenly chosen, so that every sample and category has its share."""
    return answers if not limit or limit >= len(answers) else answers[:: len(answers) // limit][:limit]
