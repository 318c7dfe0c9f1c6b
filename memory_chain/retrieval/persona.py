"""Which attributes belong into a context: standing ones first, others by relevance. Pure.

A *standing* attribute limits what anyone may suggest (health, diet, fears, family, money, …), so it is a
candidate whether or not it shares a word with the query. When not all fit, those of the sections of life that
the query touches come first, and those whose words the query shares or comes near to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

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
    scored = [
        (_score(attribute, wanted), attribute)
        for attribute in attributes
        if attribute.valid_to is None or attribute.valid_to > now or attribute.ended
    ]
    if not standing:
        scored = [one for one in scored if _is_related(one[1], wanted)]
    best = nlargest(limit, scored, key=lambda one: (one[0], one[1].last_said, one[1].id))
    return [_piece(attribute, score, wanted, schema) for score, attribute in best]


def _near(query: Query) -> dict[str, float]:
    near: dict[str, float] = {}
    for pairs in query.expansions.values():
        for word, likeness in pairs:
            near[word] = max(near.get(word, 0.0), likeness)
    return near


def _score(attribute: Attribute, wanted: _Wanted) -> float:
    words = stems(attribute.text)
    standing = _is_standing(attribute, wanted)
    score = attribute.confidence * FIRM + STANDING * standing
    score += TOUCHED * wanted.sections.get(attribute.section, 0.0)
    if not wanted.terms.isdisjoint(words):
        score += SHARED * min(len(words & wanted.terms), 2)
    score += NEAR * _nearness(words, wanted)
    if attribute.ended and not standing:
        score += ENDED
    if wanted.named and attribute.subject not in wanted.named:
        score += OTHER_SUBJECT
    return score


def _nearness(words: frozenset[str], wanted: _Wanted) -> float:
    """The highest likeness of any of the words to a word of the query."""
    near = wanted.near
    return 0.0 if near.keys().isdisjoint(words) else max(near[word] for word in words if word in near)


def _is_related(attribute: Attribute, wanted: _Wanted) -> bool:
    words = stems(attribute.text)
    return not wanted.terms.isdisjoint(words) or _nearness(words, wanted) > 0


def _is_standing(attribute: Attribute, wanted: _Wanted) -> bool:
    return attribute.section in wanted.standing or attribute.polarity is Attitude.NEGATIVE


def _piece(attribute: Attribute, score: float, wanted: _Wanted, schema: ProfileSchema) -> Piece:
    return Piece(
        kind="attribute",
        id=attribute.id,
        text=attribute.text,
        score=score,
        reasons=tuple(_reasons(attribute, wanted, schema)),
        sources=tuple([source.id for source in attribute.sources]),
        at=attribute.last_said,
        subject=attribute.subject,
        trust=attribute.trust,
        channels=(PERSONA,),
    )


def _reasons(attribute: Attribute, wanted: _Wanted, schema: ProfileSchema) -> Iterable[str]:
    section = schema.section(attribute.section)
    title = section.title if section else attribute.section
    words = stems(attribute.text)
    shared = words & wanted.terms
    near = _nearness(words, wanted)
    touched = attribute.section in wanted.sections
    standing = _is_standing(attribute, wanted)
    if shared:
        yield f"shares {', '.join(sorted(shared))}"
    elif near:
        yield f"close in meaning ({near:.2f})"
    if touched:
        yield f"the query touches {title.lower()}"
    if standing:
        yield f"standing: {title.lower()}"
    elif not (shared or near or touched):
        yield "who they are, as far as there is room"
