"""Which attributes belong into a context: standing ones first, others by relevance. Pure.

A *standing* attribute limits what anyone may suggest (health, diet, fears, family, money, …), so it is a
candidate whether or not it shares a word with the query. When not all fit, those of the sections of life that
the query touches come first, and those whose words the query shares or comes near to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from memory_chain.extraction.router import stems
from memory_chain.retrieval.query import Query
from memory_chain.schema import ProfileSchema
from memory_chain.types import Attitude, Attribute, Piece

SHARED = 3.0
NEAR = 1.5
TOUCHED = 2.0
STANDING = 1.0
FIRM = 0.5
ENDED = -1.0
"""What is over matters less, unless it limits what may be suggested ("no longer eats meat")."""

OTHER_SUBJECT = -1.0

PERSONA = "persona"
"""The name of this channel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """What the query asks for, prepared once."""

    terms: frozenset[str]
    near: Mapping[str, float]
    sections: Mapping[str, float]
    standing: Collection[str]
    named: Collection[str]


class _Seen(NamedTuple):
    """An attribute in the light of a query."""

    score: float
    attribute: Attribute
    shared: frozenset[str]
    """Words that the query has too."""
    near: float
    """The highest likeness of a word to one of the query's."""
    standing: bool


_NOTHING: frozenset[str] = frozenset()


def rank_attributes(
    attributes: Iterable[Attribute],
    query: Query,
    *,
    schema: ProfileSchema,
    now: datetime,
    limit: int = 200,
    standing: bool = True,
) -> list[Piece]:
    """The attributes that belong first into a context for a query, at most `limit`, each with its reasons.

    Without `standing` only those that have something to do with the query.
    """
    wanted = _Wanted(
        terms=frozenset(query.terms),
        near=_near(query),
        sections={key: 1 / (1 + place / 4) for place, key in enumerate(schema.touched(query.text))},
        standing=frozenset(key for key in schema.keys if schema.is_standing(key)),
        named=query.speakers,
    )
    seen = [
        _seen(attribute, wanted)
        for attribute in attributes
        if attribute.valid_to is None or attribute.valid_to > now or attribute.ended
    ]
    if not standing:
        seen = [one for one in seen if one.shared or one.near > 0]
    seen.sort(key=lambda one: (one.score, one.attribute.last_said, one.attribute.id), reverse=True)
    return [_piece(one, wanted, schema) for one in seen[:limit]]


def _near(query: Query) -> dict[str, float]:
    near: dict[str, float] = {}
    for pairs in query.expansions.values():
        for word, likeness in pairs:
            near[word] = max(near.get(word, 0.0), likeness)
    return near


def _seen(attribute: Attribute, wanted: _Wanted) -> _Seen:
    words = stems(attribute.text)
    standing = _is_standing(attribute, wanted)
    shared = _NOTHING if wanted.terms.isdisjoint(words) else words & wanted.terms
    near = _nearness(words, wanted)
    score = attribute.confidence * FIRM + STANDING * standing
    score += TOUCHED * wanted.sections.get(attribute.section, 0.0)
    if shared:
        score += SHARED * min(len(shared), 2)
    score += NEAR * near
    if attribute.ended and not standing:
        score += ENDED
    if wanted.named and attribute.subject not in wanted.named:
        score += OTHER_SUBJECT
    return _Seen(score, attribute, shared, near, standing)


def _nearness(words: frozenset[str], wanted: _Wanted) -> float:
    """The highest likeness of any of the words to a word of the query."""
    near = wanted.near
    return 0.0 if near.keys().isdisjoint(words) else max(near[word] for word in words if word in near)


def _is_standing(attribute: Attribute, wanted: _Wanted) -> bool:
    return attribute.section in wanted.standing or attribute.polarity is Attitude.NEGATIVE


def _piece(seen: _Seen, wanted: _Wanted, schema: ProfileSchema) -> Piece:
    attribute = seen.attribute
    return Piece(
        kind="attribute",
        id=attribute.id,
        text=attribute.text,
        score=seen.score,
        reasons=tuple(_reasons(seen, wanted, schema)),
        sources=tuple([source.id for source in attribute.sources]),
        at=attribute.last_said,
        subject=attribute.subject,
        trust=attribute.trust,
        channels=(PERSONA,),
    )


def _reasons(seen: _Seen, wanted: _Wanted, schema: ProfileSchema) -> list[str]:
    section = schema.section(seen.attribute.section)
    title = (section.title if section else seen.attribute.section).lower()
    reasons = []
    if seen.shared:
        reasons.append(f"shares {', '.join(sorted(seen.shared))}")
    elif seen.near:
        reasons.append(f"close in meaning ({seen.near:.2f})")
    if seen.attribute.section in wanted.sections:
        reasons.append(f"the query touches {title}")
    if seen.standing:
        reasons.append(f"standing: {title}")
    return reasons or ["who they are, as far as there is room"]
