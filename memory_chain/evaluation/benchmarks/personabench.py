"""PersonaBench: personal facts in chats, assistant logs and purchases (Tan et al., arXiv 2502.20616).

Evidence are segments (a whole chat, log or purchase list), several for each value of an answer. A ranking of messages
is read as one of segments: a segment stands where its best message does. Recall and NDCG are upstream's, at 5 and 10;
questions on personality are left out of them. Answers are scored by their words, and by the words of values that no
longer hold (lower is better). No judge is asked. What a profile holds of the gold facts is told by `profile_quality`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from memory_chain.evaluation.benchmarks.base import BUDGETS, Asked
from memory_chain.evaluation.benchmarks.common import ranks
from memory_chain.evaluation.data.personabench import CATEGORIES, SUBJECTIVE
from memory_chain.evaluation.prompts import FACTS_ANSWER
from memory_chain.evaluation.records import Conversation, Question
from memory_chain.evaluation.runs import Built, QuestionRecord, RunRecord
from memory_chain.evaluation.scoring.ranking import combinations_at, ranked_groups
from memory_chain.evaluation.scoring.text import outdated_recall, word_scores
from memory_chain.evaluation.systems.base import Recalled, System
from memory_chain.prompts import Prompt
from memory_chain.retrieval.analysis import analyze
from memory_chain.types import Attitude, Attribute, Profile

SEGMENT_DEPTHS = (5, 10)
"""Segments."""

MESSAGES = 200
"""Messages of a ranking: enough for ten segments, since the longest published one has 20 messages."""

STEP = "step"
"""The note by which a scaling run tells the share that is known (`figures.STEP`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonaBench:
    """The benchmark; `depths` count segments, `budgets` are those at which a failed question scores 0."""

    depths: tuple[int, ...] = SEGMENT_DEPTHS
    budgets: tuple[int, ...] = BUDGETS
    rank_limit: int = MESSAGES
    name = "personabench"
    title = "PersonaBench"
    categories = MappingProxyType({name: name for name in CATEGORIES})
    counted = frozenset(CATEGORIES)
    prompts: Sequence[Prompt] = (FACTS_ANSWER,)

    def ask(self, question: Question, recalled: Recalled, *, seed: int) -> Asked:
        """The question, with the name of the person who says "I" in it."""
        text = f"{question.notes['person']} asks: {question.text}"
        asked_on = question.at.date().isoformat() if question.at else None
        return Asked(FACTS_ANSWER, FACTS_ANSWER.render(memory=recalled.text, asked_on=asked_on, question=text))

    def judges(self, question: Question) -> Sequence[Prompt]:
        """Nobody: words are compared."""
        return ()

    def measure(self, system: System, conversation: Conversation, known: int) -> Mapping[str, Any]:
        """The quality of the profile, where the system has one."""
        told = getattr(system, "profile", None)
        return {"profile": asdict(profile_quality(told(), conversation, known))} if told else {}

    def scores(self, record: QuestionRecord) -> Mapping[str, float]:
        """Retrieval of segments (not for questions on personality), and if a model answered, the answer's words.

        `recall@k`, `ndcg@k`: of the first k segments; `context@b`: of the segments of which some message stands in
        the context of b tokens; `cited@b`: or on which something in it rests; `f1`; `outdated`: the share of the words
        of former values that the answer has (none for a failed question: saying nothing is no merit).
        """
        question = record.question
        scores = {} if question.category == SUBJECTIVE else self._found(record, question.notes["segments"])
        if record.answer is not None:
            scores["f1"] = word_scores(record.answer, question.gold).f1
            if question.notes["outdated"]:
                scores["outdated"] = outdated_recall(record.answer, question.notes["outdated"])
        elif record.error:
            scores["f1"] = 0.0
        return scores

    def _found(self, record: QuestionRecord, segments: Mapping[str, Collection[str]]) -> dict[str, float]:
        scores: dict[str, float] = {}
        if ranks(record):
            ranked = ranked_groups(record.ranked, segment_of)
            for depth in self.depths:
                found = combinations_at(segments, ranked, depth)
                scores |= {f"recall@{depth}": found.recall, f"ndcg@{depth}": found.ndcg}
        if record.error and not record.contexts:
            return scores | {f"{name}@{budget}": 0.0 for budget in self.budgets for name in ("context", "cited")}
        for budget, context in record.contexts.items():
            scores[f"context@{budget}"] = _share(segments, context.sources)
            scores[f"cited@{budget}"] = _share(segments, (*context.sources, *context.cited))
        return scores

    def summary(self, run: RunRecord, records: Sequence[QuestionRecord], built: Sequence[Built]) -> Mapping[str, Any]:
        """The quality of profiles over all people, by system and, in a scaling run, by the share that is known."""
        return {"profile": profiles(records, built)}


def segment_of(message: str) -> str:
    """The segment of a message, by the message's id."""
    return message.rpartition(":")[0]


def _share(segments: Mapping[str, Collection[str]], messages: Iterable[str]) -> float:
    found = ranked_groups(messages, segment_of)
    return combinations_at(segments, found, max(1, len(found))).recall


# The quality of a profile

OWN = frozenset(CATEGORIES) - {SUBJECTIVE, "Social"}
"""Facts about the person; social ones are about others, subjective ones are opinions."""

LONG = 4
"""A value of so many words counts as held if half of them are there."""

BASIC = "Basic information"

NO_VALUES = frozenset({"n/a", "none", "unknown"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileQuality:
    """What a profile holds of the gold facts about its person, in counts.

    An attribute holds a value if all stems of the value (of one with four or more at least half) are among those of
    the attribute's text, value, aspect and section. What is denied or has ended is not held (what has ended is, where
    the question asks for the past). Words may agree by accident (a gold city in the name of a school): `which` lets a
    reader check. The profile's preferences (topics with an attitude) are counted apart: they are labels.

    Attributes:
        gold: values that can be looked for: of questions about the person with evidence.
        revealed: those of which a gold segment has begun among the messages known.
        held: of the gold values those that some attribute holds.
        held_or_liked: held, or the topic of a preference that is not negative.
        attributes: statements in the profile. Each is one of the following four:
        right: it holds some gold value.
        outdated: it holds a former value of a fact, and no current value of any.
        wrong: it dislikes what by the gold is liked, or it is about an aspect of which there is one at a time and
            which the gold tells (`SINGLE`), and holds none of its values.
        unjudged: all others. The gold does not tell whether they are true, also where they are plainly nonsense.
        which: what was held, what is outdated and what is wrong, as pairs of the gold value and the attribute's text.
    """

    gold: int = 0
    revealed: int = 0
    held: int = 0
    held_or_liked: int = 0
    attributes: int = 0
    right: int = 0
    outdated: int = 0
    wrong: int = 0
    unjudged: int = 0
    which: Mapping[str, Sequence[tuple[str, str]]]


SINGLE: Mapping[tuple[str, str], re.Pattern[str]] = {
    ("identity", "age"): re.compile(r"\bage\b|how (?:many years )?old"),
    ("identity", "gender"): re.compile(r"\bgender\b"),
    ("identity", "origin"): re.compile(r"\bborn\b|birth|come into this world|country of origin|nation"),
    ("home", "city"): re.compile(r"(?:live|reside).*\bcity\b|\bcity\b.*(?:live|reside)"),
    ("work", "employer"): re.compile(r"where am i currently employed|organization"),
}
"""Aspects that hold one value at a time, with the questions that ask for it. Origin: any of the gold places will do."""

_PAST = re.compile(r"\bpreviously\b|\bearlier\b")


def profile_quality(profile: Profile, conversation: Conversation, known: int) -> ProfileQuality:
    """Compare a profile with the gold facts.

    Args:
        profile: of the conversation's person.
        conversation: with the notes of `read_personabench`.
        known: how many of its messages the profile can rest on.
    """
    facts = [fact for fact in conversation.notes["facts"] if fact["category"] in OWN and fact["evidence"]]
    gold = [(fact, value) for fact in facts for value in fact["values"] if _can_be_held(value)]
    begun = {message.session_id for message in conversation.messages[:known]}
    segments = {question.id: question.notes["segments"] for question in conversation.questions}
    revealed = [value for fact, value in gold if not begun.isdisjoint(segments.get(fact["id"], {}).get(value, ()))]
    statements = [(attribute, _stems_of(attribute)) for attribute in profile.attributes]
    held = {
        (fact["id"], value): next(
            (attribute.text for attribute, stems in statements if _holds(attribute, stems, fact, value)), None
        )
        for fact, value in gold
    }
    liked = [set(analyze(one.topic)) for one in profile.preferences if one.attitude is not Attitude.NEGATIVE]
    also = sum(
        held[fact["id"], value] is not None or any(holds(topic, value) for topic in liked) for fact, value in gold
    )
    judged = [(attribute, *_judged(attribute, stems, facts)) for attribute, stems in statements]
    counts = Counter(verdict for _, verdict, _ in judged)
    return ProfileQuality(
        gold=len(gold),
        revealed=len(revealed),
        held=sum(text is not None for text in held.values()),
        held_or_liked=also,
        attributes=len(statements),
        right=counts["right"],
        outdated=counts["outdated"],
        wrong=counts["wrong"],
        unjudged=counts["unjudged"],
        which={
            "held": [(value, text) for (_, value), text in held.items() if text is not None],
            **{
                name: [(value, attribute.text) for attribute, verdict, value in judged if verdict == name]
                for name in ("outdated", "wrong")
            },
        },
    )


def holds(stems: Collection[str], value: str) -> bool:
    """Whether a value stands in a statement, given by its stems."""
    wanted = set(analyze(value))
    shared = len(wanted.intersection(stems))
    return bool(wanted) and (2 * shared >= len(wanted) if len(wanted) >= LONG else shared == len(wanted))


def profiles(records: Iterable[QuestionRecord], built: Iterable[Built]) -> dict[str, dict[str, dict[str, Any]]]:
    """System, then share known ("1.0": all), then counts over all people (and seeds), with shares in percent.

    `held_percent` is of the gold, `held_of_revealed` of what was revealed by then.
    """
    steps = {(record.conversation, record.known): float(record.question.notes.get(STEP, 1.0)) for record in records}
    groups: dict[str, dict[float, list[Mapping[str, Any]]]] = {}
    for one in built:
        if "profile" in one.measures:
            step = steps.get((one.conversation, one.messages), 1.0)
            groups.setdefault(one.system, {}).setdefault(step, []).append(one.measures["profile"])
    return {
        system: {str(step): _summed(by_step[step]) for step in sorted(by_step)} for system, by_step in groups.items()
    }


_COUNTS = (
    "gold", "revealed", "held", "held_or_liked", "attributes", "right", "outdated", "wrong", "unjudged",
)  # fmt: skip


def _summed(measured: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    total = {name: sum(int(one[name]) for one in measured) for name in _COUNTS}
    return {
        "profiles": len(measured),
        **total,
        "held_percent": _percent(total["held"], total["gold"]),
        "held_of_revealed": _percent(total["held"], total["revealed"]),
        "held_or_liked_percent": _percent(total["held_or_liked"], total["gold"]),
        "outdated_percent": _percent(total["outdated"], total["attributes"]),
        "wrong_percent": _percent(total["wrong"], total["attributes"]),
    }


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None


def _can_be_held(value: str) -> bool:
    return value.strip().lower() not in NO_VALUES and bool(analyze(value))


def _stems_of(attribute: Attribute) -> set[str]:
    return set(analyze(f"{attribute.section} {attribute.aspect} {attribute.value} {attribute.text}"))


def _denies(attribute: Attribute) -> bool:
    return attribute.ended or attribute.polarity is Attitude.NEGATIVE


def _judged(attribute: Attribute, stems: Collection[str], facts: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """What an attribute is, and the value that shows it."""
    held = next(((fact, value) for fact in facts for value in fact["values"] if holds(stems, value)), None)
    if held is not None:
        return _stands_to(attribute, *held), held[1]
    former = next((value for fact in facts for value in fact["outdated"] if holds(stems, value)), None)
    if former is not None:
        return ("unjudged" if _denies(attribute) else "outdated"), former
    asks = SINGLE.get((attribute.section, attribute.aspect))
    told = [value for fact in facts if asks and asks.search(fact["question"].lower()) for value in fact["values"]]
    if told and not _denies(attribute):
        return "wrong", "; ".join(told)
    return "unjudged", ""


def _holds(attribute: Attribute, stems: Collection[str], fact: Mapping[str, Any], value: str) -> bool:
    return holds(stems, value) and _stands_to(attribute, fact, value) == "right"


def _stands_to(attribute: Attribute, fact: Mapping[str, Any], value: str) -> str:
    """To the value that it holds: that something has ended fits a question about the past; a dislike denies a liking;
    another denial ("does not work as a historian any more") may be older than the gold, which has no dates."""
    if not _denies(attribute) or (attribute.ended and _PAST.search(fact["question"].lower())):
        return "right"
    return "wrong" if attribute.polarity is Attitude.NEGATIVE and fact["category"] != BASIC else "unjudged"
