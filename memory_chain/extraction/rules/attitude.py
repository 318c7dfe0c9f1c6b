"""How the writer feels about what a message is about, and which words show it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol, cast

from memory_chain.extraction.rules.frames import Found
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.types import Attitude

_CLEAR = 0.4
_MOST_CLAUSES = 24
_LONGEST = 300
_TASTES = frozenset(("like", "dislike", "activity", "collection", "team", "avoids", "fear"))
_OWN = (Who.SELF, Who.OWN, Who.THING)
_YOU = re.compile(r"\b(?:you|your|yours|yourself)\b")
_POINTS_BACK = re.compile(
    r"^i (?:\w+ )?(?:love|loved|like|liked|hate|hated|enjoy|enjoyed|adore) (?:it|that|this|them)$"
)
_POLITE = re.compile(
    r"\b(?:please|thanks?|thank you|hi|hello|sorry|help|ok|okay|great|cool|lol|haha|"
    r"yes|no|sure)\b",
    re.I,
)


class _Scorer(Protocol):
    def polarity_scores(self, text: str) -> dict[str, float]: ...


@lru_cache(maxsize=1)
def _scorer() -> _Scorer:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # here: its word list takes a while to read

    return cast(_Scorer, SentimentIntensityAnalyzer())


class Shown(NamedTuple):
    """An attitude and the text that shows it."""

    attitude: Attitude
    reason: str = ""
    about: str = ""
    """What it is about, if the text names it; else what the message is about."""


def attitude_of(clauses: Sequence[Clause], found: Sequence[Found]) -> Shown:
    """The attitude that is shown most clearly. What is asked, supposed or only polite shows none."""
    tastes = [one for one in found if one.aspect in _TASTES and not one.ended and one.polarity is not Attitude.NEUTRAL]
    if tastes:
        first = tastes[0]
        kinds = {one.polarity for one in tastes if one.value.lower() == first.value.lower()}
        return Shown(first.polarity if len(kinds) == 1 else Attitude.MIXED, first.text, first.value)
    likes, dislikes = "", ""
    best = worst = 0.0
    for clause in clauses[:_MOST_CLAUSES]:
        if clause.question or clause.unreal or clause.who not in _OWN or _YOU.search(clause.low):
            continue
        if clause.sentence == 0 and _POINTS_BACK.search(clause.low):
            continue  # what it is about was said before this message
        text = _POLITE.sub("", clause.full[:_LONGEST])
        if len(text.split()) < 3:
            continue
        score = _scorer().polarity_scores(text)["compound"]
        if score > best:
            best, likes = score, clause.full
        if score < worst:
            worst, dislikes = score, clause.full
    if best >= _CLEAR and worst <= -_CLEAR:
        return Shown(Attitude.MIXED, f"{likes}; {dislikes}")
    if best >= _CLEAR and best > -worst:
        return Shown(Attitude.POSITIVE, likes)
    if worst <= -_CLEAR:
        return Shown(Attitude.NEGATIVE, dislikes)
    return Shown(Attitude.NEUTRAL)
