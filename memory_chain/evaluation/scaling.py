"""Memory-time scaling: the same questions after each tenth of a conversation. Pure."""

from __future__ import annotations

from dataclasses import replace

from memory_chain.evaluation.figures import STEP
from memory_chain.evaluation.records import Conversation, Dataset

STEPS = 10


def scaled(dataset: Dataset, *, steps: int = STEPS) -> Dataset:
    """Every question asked `steps` times, with ever more of its conversation known.

    A question that has a time of its own (`after`) is asked only at that share of what it may know.
    """
    return replace(dataset, conversations=tuple(_scaled(one, steps) for one in dataset.conversations))


def _scaled(conversation: Conversation, steps: int) -> Conversation:
    questions = []
    for place in range(1, steps + 1):
        share = place / steps
        for question in conversation.questions:
            known = conversation.size if question.after is None else question.after
            questions.append(
                replace(question, after=max(1, round(known * share)), notes={**question.notes, STEP: share})
            )
    return replace(conversation, questions=tuple(questions))
