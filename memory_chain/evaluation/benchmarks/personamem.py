"""PersonaMem: choosing the reply that fits an evolving profile (Jiang et al., arXiv 2504.14225).

The right option can be told from its length to a large part, so accuracy alone says little: the headline is the gain
over the same model without a memory, and what needs no memory and no model at all stands beside it.
The data tells no evidence, only how far back the session lies to which a question refers. Whether a context reaches
into that session is scored after `with_reference` has noted its messages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from types import MappingProxyType
from typing import Any

from memory_chain.evaluation.benchmarks.base import DEPTHS, Asked
from memory_chain.evaluation.benchmarks.common import ranks
from memory_chain.evaluation.data.personamem import CATEGORIES
from memory_chain.evaluation.prompts import PERSONAMEM_ANSWER
from memory_chain.evaluation.records import Conversation, Dataset, Question
from memory_chain.evaluation.runs import Built, QuestionRecord, RunRecord
from memory_chain.evaluation.scoring.statistics import Estimate, mean, over_questions
from memory_chain.evaluation.scoring.text import chosen_option, option_is_right
from memory_chain.evaluation.systems.base import Recalled, System
from memory_chain.prompts import Prompt

NO_MEMORY = "none"
"""The system over which gains are told."""
FULL_CONTEXT = "full"

REFERENCE = "reference_messages"
"""The note of a question that `with_reference` adds."""

SHORTEST = frozenset({"suggest_new_ideas"})
"""The type whose right option is nearly always the shortest; in the other types the longest is right too often."""

UNTOLD = frozenset({"recall_user_shared_facts", "track_full_preference_evolution"})
"""The types in which length tells little."""

OVERALL = "overall"
LENGTH_UNTOLD = "length tells little"


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonaMem:
    """The benchmark; `depths` are those at which the reference session is looked for in the ranking."""

    depths: tuple[int, ...] = DEPTHS
    name = "personamem"
    title = "PersonaMem, 32k"
    categories = MappingProxyType({name: name.replace("_", " ") for name in CATEGORIES})
    counted = frozenset(CATEGORIES)
    rank_limit = 0
    prompts: Sequence[Prompt] = (PERSONAMEM_ANSWER,)

    def ask(self, question: Question, recalled: Recalled, *, seed: int) -> Asked:
        """What the user says, and the options as given."""
        rendered = PERSONAMEM_ANSWER.render(memory=recalled.text, question=question.text, options=question.options)
        return Asked(PERSONAMEM_ANSWER, rendered)

    def judges(self, question: Question) -> Sequence[Prompt]:
        """Nobody: the answer is a letter."""
        return ()

    def measure(self, system: System, conversation: Conversation, known: int) -> Mapping[str, Any]:
        """Nothing beside the questions."""
        return {}

    def scores(self, record: QuestionRecord) -> Mapping[str, float]:
        """`accuracy`; `chosen`: whether exactly one option was named; and how far the reference session was reached.

        `reference@b`: some message of it stands in the context of b tokens; `reference-cited@b`: something in the
        context rests on it; `reference-recall@k`: some message of it is among the first k; `reference-share@k`: how
        many of the first k are of it (recall is raised by going through many sessions, of which there are seven at
        most; the share is not).
        """
        scores = _reference_scores(record, self.depths)
        if record.answer is not None:
            scores["accuracy"] = float(option_is_right(record.answer, record.question.gold[0]))
            scores["chosen"] = float(chosen_option(record.answer) is not None)
        elif record.error:
            scores |= {"accuracy": 0.0, "chosen": 0.0}
        return scores

    def summary(self, run: RunRecord, records: Sequence[QuestionRecord], built: Sequence[Built]) -> Mapping[str, Any]:
        """In percent: the gain over no memory by system and type, and what needs neither a memory nor a model.

        `reference_chance`: how often as many messages drawn by lot would hold one of the reference session, and
        under `share` how many of them would be of it.
        """
        questions = list({record.question.id: record.question for record in records}.values())
        if not questions:
            return {}
        return {
            "headline": "gain_over_no_memory",
            "gain_over_no_memory": gains(records),
            "baselines": baselines(questions),
            "reference_chance": reference_chance(records, self.depths),
        }


def default_systems(asked_model: bool) -> tuple[str, ...]:
    """The systems that stand beside those asked for: no memory and full context, if a model answers.

    Without a model neither has anything to show.
    """
    return (NO_MEMORY, FULL_CONTEXT) if asked_model else ()


def with_reference(dataset: Dataset) -> Dataset:
    """The data set with the messages of each question's reference session noted, as far as they are known to it.

    The persona's own text (the system turn that opens a session) is left out: to have it is to have the answer, not
    the session.
    """
    return replace(dataset, conversations=tuple(map(_with_reference, dataset.conversations)))


def baselines(questions: Sequence[Question]) -> dict[str, dict[str, float]]:
    """Rules that look at options only, in percent, by type: `chance`, `longest`, `longest or shortest`.

    `longest`: the one longest option is right; if two are equally long, none is taken. `longest or shortest`: for
    `SHORTEST` types the shortest one.
    """
    rules: dict[str, Callable[[Question], float]] = {
        "chance": lambda question: 1 / len(question.options),
        "longest": lambda question: _right_by_length(question, longest=True),
        "longest or shortest": lambda question: _right_by_length(question, longest=question.category not in SHORTEST),
    }
    groups = _groups((question.category, question) for question in questions)
    return {
        name: {group: _percent(mean(map(rule, members))) for group, members in groups.items()}
        for name, rule in rules.items()
    }


def gains(records: Iterable[QuestionRecord]) -> dict[str, dict[str, dict[str, float | int | None]]]:
    """By system and type: accuracy minus that of no memory on the same questions, in percent, with its interval.

    Only questions that both were asked; a failed one is wrong. Of several seeds a question's mean counts. Empty if
    nothing was answered, or no memory did not run.
    """
    right: dict[str, dict[tuple[str, int], list[float]]] = {}
    categories: dict[tuple[str, int], str] = {}
    for record in records:
        if record.answer is None and not record.error:
            continue
        is_right = record.answer is not None and option_is_right(record.answer, record.question.gold[0])
        key = (record.question.id, record.known)
        right.setdefault(record.system, {}).setdefault(key, []).append(float(is_right))
        categories[key] = record.question.category
    without = right.pop(NO_MEMORY, {})
    if not without:
        return {}
    return {
        system: {
            group: _told(over_questions(values))
            for group, values in _groups(
                (categories[key], mean(values) - mean(without[key])) for key, values in own.items() if key in without
            ).items()
        }
        for system, own in right.items()
    }


def reference_chance(records: Iterable[QuestionRecord], depths: Collection[int]) -> dict[str, float]:
    """In percent, by depth: how often messages drawn by lot from those known reach the reference session; `share`: how
    many of them are of it, at any depth."""
    asked = {(record.question.id, record.known): record.question for record in records}
    told = [
        (known, len(question.notes[REFERENCE]))
        for (_, known), question in asked.items()
        if question.notes.get(REFERENCE)
    ]
    if not told:
        return {}
    share = _percent(mean(wanted / known for known, wanted in told))
    chances = {str(depth): mean(by_lot(known, wanted, depth) for known, wanted in told) for depth in depths}
    return {**{depth: _percent(chance) for depth, chance in chances.items()}, "share": share}


def by_lot(known: int, wanted: int, drawn: int) -> float:
    """The probability that some of `wanted` among `known` messages is drawn."""
    if drawn >= known:
        return float(wanted > 0)
    return 1 - prod((known - wanted - place) / (known - place) for place in range(min(drawn, known)))


def _with_reference(conversation: Conversation) -> Conversation:
    messages = conversation.messages

    def noted(question: Question) -> Question:
        found = [
            message.id
            for message in messages[: question.after]
            if message.session_id == question.notes["reference_session"] and not message.metadata.get("persona")
        ]
        return replace(question, notes={**question.notes, REFERENCE: found})

    return replace(conversation, questions=tuple(map(noted, conversation.questions)))


def _reference_scores(record: QuestionRecord, depths: Collection[int]) -> dict[str, float]:
    wanted = set(record.question.notes.get(REFERENCE, ()))
    if not wanted:
        return {}
    scores: dict[str, float] = {}
    if ranks(record):
        for depth in depths:
            found_there = wanted.intersection(record.ranked[:depth])
            scores[f"reference-recall@{depth}"] = float(bool(found_there))
            scores[f"reference-share@{depth}"] = len(found_there) / depth
    for budget, found in record.contexts.items():
        scores[f"reference@{budget}"] = float(not wanted.isdisjoint(found.sources))
        scores[f"reference-cited@{budget}"] = float(not wanted.isdisjoint((*found.sources, *found.cited)))
    return scores


def _right_by_length(question: Question, *, longest: bool) -> float:
    lengths = [len(option) for option in question.options]
    wanted = max(lengths) if longest else min(lengths)
    if lengths.count(wanted) != 1:
        return 0.0
    return float(question.options[lengths.index(wanted)].startswith(question.gold[0]))


def _groups(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """All members, those of the types in which length tells little, and those of each type."""
    members = list(pairs)
    groups = {
        OVERALL: [one for _, one in members],
        LENGTH_UNTOLD: [one for category, one in members if category in UNTOLD],
        **{name: [one for category, one in members if category == name] for name in CATEGORIES},
    }
    return {name: found for name, found in groups.items() if found}


def _told(estimate: Estimate) -> dict[str, float | int | None]:
    low, high = (None if bound is None else _percent(bound) for bound in (estimate.low, estimate.high))
    return {"mean": _percent(estimate.mean), "low": low, "high": high, "n": estimate.n}


def _percent(share: float) -> float:
    return round(100 * share, 2)
