"""What a benchmark has to say to be run: how a question is put, who judges, and how a record is scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from memory_chain.evaluation.models import MeteredLLM
from memory_chain.evaluation.records import Conversation, Question
from memory_chain.evaluation.runs import Built, QuestionRecord, RunRecord
from memory_chain.evaluation.systems.base import Recalled, System
from memory_chain.llm.base import ChatMessage
from memory_chain.prompts import Prompt

DEPTHS = (5, 10, 20)
"""How deep into a ranking of messages is looked."""
BUDGETS = (500, 1000, 1500)
"""Sizes of contexts in tokens; a model sees the largest."""


class Asked(NamedTuple):
    """A question as it is put to a model: the prompt it comes from, and its messages."""

    prompt: Prompt
    messages: Sequence[ChatMessage]


class Benchmark(Protocol):
    """One benchmark. Everything but `ask` and `measure` is worked out from records alone."""

    @property
    def name(self) -> str:
        """As in `omem eval NAME`."""

    @property
    def title(self) -> str:
        """For reports."""

    @property
    def categories(self) -> Mapping[str, str]:
        """What the categories mean."""

    @property
    def counted(self) -> frozenset[str]:
        """The categories of which the overall figure is the mean; the others are told apart."""

    @property
    def rank_limit(self) -> int:
        """How many messages a ranking has to name, if the depths of the run are not deep enough; 0: they are."""

    @property
    def prompts(self) -> Sequence[Prompt]:
        """All prompts that it may use, for the record and the report."""

    def ask(self, question: Question, recalled: Recalled, *, seed: int) -> Asked | None:
        """The question with what was remembered; None: no model is asked."""

    def judges(self, question: Question) -> Sequence[Prompt]:
        """Who judges the answer."""

    def measure(self, system: System, conversation: Conversation, known: int) -> Mapping[str, Any]:
        """What is measured of a memory itself, after so many messages; for `Built.measures`."""

    def scores(self, record: QuestionRecord) -> Mapping[str, float]:
        """The figures (0 to 1) of one question; a figure that does not apply is left out."""

    def summary(self, run: RunRecord, records: Sequence[QuestionRecord], built: Sequence[Built]) -> Mapping[str, Any]:
        """What is special to this benchmark, beside the means of `scores`."""


@runtime_checkable
class InSteps(Protocol):
    """What a benchmark is besides, whose answer or judgement takes more than one prompt: it is not put by `ask`."""

    def answer_in_steps(
        self, record: QuestionRecord, recalled: Recalled, *, llm: MeteredLLM, judge_llm: MeteredLLM, home: Path
    ) -> QuestionRecord:
        """The record with an answer and what was measured of it, or with an error; `home` is the run's folder.

        Raises:
            CostLimitError, StorageError: the run has to stop.
        """
