"""LongMemEval: five abilities of long-term memory of chat assistants (Wu et al., arXiv 2410.10813).

Retrieval is scored as in the reference at the level of turns and of sessions: only questions that can be answered and
of which some user turn is marked as evidence, and only the user turns of a ranking (`prepared` notes which these are).
NDCG is that of the reference, which does not discount rank 2. The judges are those of this suite, not the paper's
wordings for each type, so that accuracies do not compare with published ones. That a question cannot be answered
stands in its id: no model ever sees an id, and `prepared` takes it out of the names of the memories too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from memory_chain.evaluation.benchmarks.base import Asked
from memory_chain.evaluation.benchmarks.common import ranks, verdict_scores
from memory_chain.evaluation.data.longmemeval import CATEGORIES
from memory_chain.evaluation.prompts import ABSTENTION_JUDGE, FACTS_ANSWER, JUDGE_LENIENT, JUDGE_STRICT
from memory_chain.evaluation.records import Conversation, Dataset, Question
from memory_chain.evaluation.runs import Built, QuestionRecord, RunRecord
from memory_chain.evaluation.scoring.ranking import EvidenceScores, longmemeval_at, longmemeval_sessions_at
from memory_chain.evaluation.scoring.statistics import Estimate, grouped, over_questions
from memory_chain.evaluation.systems.base import Recalled, System
from memory_chain.prompts import Prompt
from memory_chain.types import Role

REFERENCE_DEPTHS = (1, 3, 5, 10, 30, 50)
"""Those that the reference prints; its headline is at 5 and 10."""

TURNS = 500
"""Turns of a ranking: about as many as the 50 sessions of an S haystack have."""

USER_TURNS = "user_turns"
"""The note of a question that `prepared` adds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LongMemEval:
    """The benchmark; `depths` are those of turns and of sessions."""

    depths: tuple[int, ...] = REFERENCE_DEPTHS
    rank_limit: int = TURNS
    name = "longmemeval"
    title = "LongMemEval"
    categories = MappingProxyType({name: name.replace("-", " ") for name in CATEGORIES})
    counted = frozenset(CATEGORIES)
    prompts: Sequence[Prompt] = (FACTS_ANSWER, JUDGE_STRICT, JUDGE_LENIENT, ABSTENTION_JUDGE)

    def ask(self, question: Question, recalled: Recalled, *, seed: int) -> Asked:
        """The question and the day on which it is asked."""
        asked_on = question.at.date().isoformat() if question.at else None
        return Asked(FACTS_ANSWER, FACTS_ANSWER.render(memory=recalled.text, asked_on=asked_on, question=question.text))

    def judges(self, question: Question) -> Sequence[Prompt]:
        """The strict and the lenient judge; that of abstention where nothing can be answered."""
        return (ABSTENTION_JUDGE,) if question.notes["abstention"] else (JUDGE_STRICT, JUDGE_LENIENT)

    def measure(self, system: System, conversation: Conversation, known: int) -> Mapping[str, Any]:
        """Nothing beside the questions."""
        return {}

    def scores(self, record: QuestionRecord) -> Mapping[str, float]:
        """What was found (`turn-…` and `session-…`), and what the judges say.

        `accuracy`: by the lenient judge, or where nothing can be answered by that of abstention: a question counts in
        its type either way, as in the paper.
        """
        scores = self._found(record)
        judges = self.judges(record.question)
        if record.answer is not None:
            scores |= verdict_scores(record)
        elif record.error:
            scores |= {judge.name: 0.0 for judge in judges}
        if judges[-1].name in scores:
            scores["accuracy"] = scores[judges[-1].name]
        return scores

    def _found(self, record: QuestionRecord) -> dict[str, float]:
        notes = record.question.notes
        evidence = notes["user_evidence"]
        if notes["abstention"] or not evidence or not ranks(record):
            return {}
        users = notes.get(USER_TURNS)
        kept = set(record.ranked if users is None else users)
        ranked = [turn for turn in record.ranked if turn in kept]
        scores: dict[str, float] = {}
        for depth in self.depths:
            scores |= _named("turn", depth, longmemeval_at(evidence, ranked, depth))
            scores |= _named("session", depth, longmemeval_sessions_at(evidence, ranked, depth, session_of))
        return scores

    def summary(self, run: RunRecord, records: Sequence[QuestionRecord], built: Sequence[Built]) -> Mapping[str, Any]:
        """By system: accuracy over the types (each type counts the same) and over what cannot be answered."""
        told: dict[str, dict[str, Any]] = {}
        for system in run.systems:
            rows = [
                (record.question, found["accuracy"])
                for record in records
                if record.system == system and "accuracy" in (found := self.scores(record))
            ]
            abstained = [right for question, right in rows if question.notes["abstention"]]
            if rows:
                told[system] = {
                    "task_averaged": _percent(grouped((question.category, right) for question, right in rows).macro),
                    "abstention": _told(over_questions(abstained)) if abstained else None,
                }
        asked = {record.question.id: self._found(record) for record in records}
        return {"accuracy": told, "questions_with_retrieval_scores": sum(bool(found) for found in asked.values())}


def prepared(dataset: Dataset) -> Dataset:
    """The data set with the user turns of each haystack noted, and with conversations named by their place.

    A conversation's own name is its question's id, and a memory may show a model whose memory it is.
    """
    return replace(
        dataset,
        conversations=tuple(
            _prepared(conversation, place) for place, conversation in enumerate(dataset.conversations, 1)
        ),
    )


def session_of(turn: str) -> str:
    """The session of a turn, by the turn's id."""
    return turn.rpartition(":")[0]


def _prepared(conversation: Conversation, place: int) -> Conversation:
    users = [message.id for message in conversation.messages if message.role is Role.USER]
    questions = tuple(
        replace(question, notes={**question.notes, USER_TURNS: users}) for question in conversation.questions
    )
    return replace(conversation, id=f"haystack-{place}", questions=questions)


def _named(level: str, depth: int, found: EvidenceScores) -> dict[str, float]:
    return {
        f"{level}-recall-any@{depth}": found.recall_any,
        f"{level}-recall-all@{depth}": found.recall_all,
        f"{level}-ndcg@{depth}": found.ndcg_any,
    }


def _told(estimate: Estimate) -> dict[str, float | int | None]:
    low, high = (None if bound is None else _percent(bound) for bound in (estimate.low, estimate.high))
    return {"mean": _percent(estimate.mean), "low": low, "high": high, "n": estimate.n}


def _percent(share: float) -> float:
    return round(100 * share, 2)
