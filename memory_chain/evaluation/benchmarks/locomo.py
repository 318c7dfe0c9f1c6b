"""LoCoMo: questions about very long conversations of two people (Maharana et al., arXiv 2402.17753).

Scored as the original repository does (token F1 with a rule per category, evidence recall), with BLEU-1, the set F1 of
mem0-derived evaluations and two judges beside it; against the original labels and against an audit's corrections.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from memory_chain.evaluation.benchmarks.base import DEPTHS, Asked
from memory_chain.evaluation.benchmarks.common import evidence_scores, verdict_scores
from memory_chain.evaluation.data.locomo import ADVERSARIAL, CATEGORIES
from memory_chain.evaluation.prompts import JUDGE_LENIENT, JUDGE_STRICT, LOCOMO_ANSWER
from memory_chain.evaluation.records import Conversation, Dataset, Question
from memory_chain.evaluation.runs import Built, QuestionRecord, RunRecord
from memory_chain.evaluation.scoring.text import bleu_1, locomo_f1, set_f1
from memory_chain.evaluation.systems.base import Recalled, System
from memory_chain.prompts import Prompt

TEMPORAL = "2"
NOT_MENTIONED = "Not mentioned in the conversation"
_DATE = " Use DATE of CONVERSATION to answer with an approximate date."
_ADDED = "+"
"""Ends the names of figures that are scored against the audit's corrections."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoCoMo:
    """The benchmark; `depths` are those of its evidence recall."""

    depths: tuple[int, ...] = DEPTHS
    name = "locomo"
    title = "LoCoMo"
    categories = CATEGORIES
    counted = frozenset(CATEGORIES) - {ADVERSARIAL}
    rank_limit = 0
    prompts: Sequence[Prompt] = (LOCOMO_ANSWER, JUDGE_STRICT, JUDGE_LENIENT)

    def ask(self, question: Question, recalled: Recalled, *, seed: int) -> Asked:
        """The question; a temporal one with the official suffix, an adversarial one as a choice of two."""
        text = question.text
        if question.category == TEMPORAL:
            text += _DATE
        if question.category == ADVERSARIAL:
            first, second = choices(question, seed)
            text += f" Select the correct answer: (a) {first} (b) {second}. Answer with its words."
        return Asked(LOCOMO_ANSWER, LOCOMO_ANSWER.render(memory=recalled.text, question=text))

    def judges(self, question: Question) -> Sequence[Prompt]:
        """Both judges; none for category 5, whose rule needs none."""
        return () if question.category == ADVERSARIAL else (JUDGE_STRICT, JUDGE_LENIENT)

    def measure(self, system: System, conversation: Conversation, known: int) -> Mapping[str, Any]:
        """Nothing beside the questions."""
        return {}

    def scores(self, record: QuestionRecord) -> Mapping[str, float]:
        """Evidence found, and if a model was asked: the answer's figures. `…+` is against the corrected labels."""
        question = record.question
        corrected = corrected_question(question)
        scores = evidence_scores(record, question.evidence, self.depths) if question.category in self.counted else {}
        if corrected.evidence != question.evidence and question.category in self.counted:
            fixed = evidence_scores(record, corrected.evidence, self.depths)
        else:
            fixed = scores
        scores = {**scores, **{name + _ADDED: value for name, value in fixed.items()}}
        if record.answer is not None or record.error:
            given = _answer_scores(record, question)
            fixed = given if corrected == question else _answer_scores(record, corrected)
            scores |= {**given, **{name + _ADDED: value for name, value in fixed.items()}}
            scores |= verdict_scores(record) if record.answer is not None else _refused(self.judges(question))
        return scores

    def summary(self, run: RunRecord, records: Sequence[QuestionRecord], built: Sequence[Built]) -> Mapping[str, Any]:
        """How many labels the audit corrects."""
        audited = {record.question.id for record in records if "audit" in record.question.notes}
        return {"audited_labels": len(audited)}


def answerable(dataset: Dataset) -> Dataset:
    """Only the questions of which it can be measured whether their evidence is found."""

    def told(question: Question) -> bool:
        return question.category != ADVERSARIAL and bool(question.evidence)

    return replace(
        dataset,
        conversations=tuple(
            replace(one, questions=tuple(filter(told, one.questions))) for one in dataset.conversations
        ),
    )


def corrected_question(question: Question) -> Question:
    """The question with the audit's answer and evidence, where it has any."""
    answer = question.notes.get("corrected_answer")
    evidence = question.notes.get("corrected_evidence")
    return replace(
        question,
        gold=(str(answer),) if answer else question.gold,
        evidence=tuple(evidence) if evidence else question.evidence,
    )


def choices(question: Question, seed: int) -> tuple[str, str]:
    """The tempting answer and the right one in an order that the seed decides."""
    both = [str(question.notes.get("adversarial_answer", "")), NOT_MENTIONED]
    random.Random(f"{seed}:{question.id}").shuffle(both)
    return both[0], both[1]


def _answer_scores(record: QuestionRecord, question: Question) -> dict[str, float]:
    answer = record.answer or ""
    gold = question.gold[0] if question.gold else ""
    if question.category == ADVERSARIAL:
        return {"f1": locomo_f1(_worded(answer, record), gold, ADVERSARIAL)}
    return {
        "f1": locomo_f1(answer, gold, question.category),
        "bleu1": bleu_1(answer, gold),
        "set-f1": set_f1(answer, gold),
    }


def _worded(answer: str, record: QuestionRecord) -> str:
    """A choice that is named only by its letter, in words."""
    letter = answer.strip().strip("().").lower()[:1] if len(answer.strip()) <= 3 else ""
    return choices(record.question, record.seed)["ab".index(letter)] if letter in ("a", "b") else answer


def _refused(judges: Sequence[Prompt]) -> dict[str, float]:
    return {prompt.name: 0.0 for prompt in judges}
