"""Memory-time scaling: the same questions after each tenth of a conversation. Pure."""

from __future__ import annotations

from dataclasses import replace

from memory_chain.evaluation.figures import STEP
from memory_chain.evaluation.records import Conversation, Dataset, Question

STEPS = 10


def scaled(dataset: Dataset, *, steps: int = STEPS) -> Dataset:
    """Every question asked `steps` times, with ever more of its conversation known.

    A question that has a time of its own (`after`) is asked only at that share of what it may know. Of steps that
    come to the same number of messages, as in very short conversations, only the last is asked.
    """
    return replace(dataset, conversations=tuple(_scaled(one, steps) for one in dataset.conversations))


def _scaled(conversation: Conversation, steps: int) -> Conversation:
    asked: dict[tuple[str, int], Question] = {}
    for place in range(1, steps + 1):
        share = place / steps
        for question in conversation.questions:
            known = conversation.size if question.after is None else question.after
            after = max(1, round(known * share))
            asked[question.id, after] = replace(question, after=after, notes={**question.notes, STEP: share})
    return replace(conversation, questions=tuple(asked.values()))
