"""Which attributes belong into a context: standing ones first, others by relevance. Pure.

A *standing* attribute limits what anyone may suggest (health, diet, fears, family, money, …), so it is a
candidate whether or not it shares a word with the query. When not all fit, those of the sections of life that
the query touches come first, and those whose words the query shares or comes near to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """What the query asks for, prepared once."""

    terms: frozenset[str]
    near: Mapping[str, float]
    sections: Mapping[str, float]
    named: Collection[str]


def rank_attributes(
    attributes: Iterable[Attribute], query: Query, *, schema: ProfileSchema, now: datetime
) -> list[Piece]:
    """All attributes in the order in which they belong into a context for a query, each with its reasons."""
    wanted = _Wanted(
        terms=frozenset(query.terms),
        near=_near(query),
        sections={key: 1 / (1 + place / 4) for place, key in enumerate(schema.touched(query.text))},
        named=query.speakers,
    )
    pieces = []
    for attribute in attributes:
        if attribute.valid_to is not None and attribute.valid_to <= now and not attribute.ended:
            continue
        pieces.append((_piece(attribute, wanted, schema), attribute.last_said))
    pieces.sort(key=lambda one: (-one[0].score, -one[1].timestamp(), one[0].id))
    return [piece for piece, _ in pieces]


def _near(query: Query) -> dict[str, float]:
    near: dict[str, float] = {}
    for pairs in query.expansions.values():
        for word, likeness in pairs:
            near[word] = max(near.get(word, 0.0), likeness)
    return near


def _piece(attribute: Attribute, wanted: _Wanted, schema: ProfileSchema) -> Piece:
    words = stems(attribute.text)
    shared = words & wanted.terms
    near = max((wanted.near.get(word, 0.0) for word in words), default=0.0)
    touched = wanted.sections.get(attribute.section, 0.0)
    standing = schema.is_standing(attribute.section) or attribute.polarity is Attitude.NEGATIVE
    score = SHARED * min(len(shared), 2) + NEAR * near + TOUCHED * touched + STANDING * standing
    score += attribute.confidence * FIRM + (ENDED if attribute.ended and not standing else 0.0)
    if wanted.named and attribute.subject not in wanted.named:
        score += OTHER_SUBJECT
    return Piece(
        kind="attribute",
        id=attribute.id,
        text=attribute.text,
        score=score,
        reasons=tuple(_reasons(attribute, shared, near, touched, standing, schema)),
        sources=tuple(source.id for source in attribute.sources),
        at=attribute.last_said,
        subject=attribute.subject,
        trust=attribute.trust,
    )


def _reasons(
    attribute: Attribute, shared: Collection[str], near: float, touched: float, standing: bool, schema: ProfileSchema
) -> Iterable[str]:
    title = schema.titles.get(attribute.section, attribute.section)
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
