"""Persona memory: who somebody is. Attributes, grouped into aspects, and preferences.

Pure. Attributes are routed one by one (`fold`); current attributes of one section that say something about
the same thing form an aspect, found as thresholded nearest-neighbour groups (arXiv 2511.13593, eq. 5 to 7,
with a floor, mutual choice and kept singletons added).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from memory_chain.extraction.kinds import kinds_of
from memory_chain.extraction.router import route_attribute, stems
from memory_chain.replay import Replayable
from memory_chain.storage.base import Observed, TopicAttitude
from memory_chain.types import (
    Aspect,
    Attitude,
    Attribute,
    Change,
    ObservedAttribute,
    Preference,
)
from memory_chain.utils import stable_id

LINK_FLOOR = 0.5
"""Two attributes at least this similar are linked, whatever other neighbours they have."""

MUTUAL_FLOOR = 0.25
"""Two attributes that choose each other as nearest are linked from this similarity on."""

SAME_ASPECT_BONUS = 0.2


class AspectKinds(Protocol):
    """What a profile schema tells about aspects and sections."""

    def is_single(self, section: str, aspect: str) -> bool:
        """Whether the aspect holds one value at a time."""

    def section_order(self, section: str) -> int:
        """The place of a section in a profile."""


class PersonaMemory(Replayable[Attribute]):
    """All attributes of one chain, of its user and of everybody named."""

    kind = "attribute"

    def __init__(self, schema: AspectKinds, attributes: Iterable[Attribute] = ()) -> None:
        self._schema = schema
        self._groups: dict[tuple[str, str], list[Aspect]] = {}
        super().__init__(attributes)

    def index_keys(self, item: Attribute) -> frozenset[str]:
        """The words of the value and the kinds to which they belong, and the aspect."""
        words = _words(item)
        return words | kinds_of(words) | {_aspect_key(item.section, item.aspect)}

    def fold(self, observed: Observed) -> Change:
        """Route one observed attribute and do what was decided."""
        item = observed.item
        if not isinstance(item, ObservedAttribute):
            raise TypeError("persona memory folds attributes only")
        keys = _words(item)
        if self._schema.is_single(item.section, item.aspect):
            keys = keys | {_aspect_key(item.section, item.aspect)}
        candidates = self.sharing(item.subject, keys)
        decision = route_attribute(item, candidates, self._schema.is_single, self.target_of(observed))
        return self.carry_out(decision, _attribute(observed, item), observed)

    def aspects(self, subject: str, *, as_of: datetime | None = None) -> list[Aspect]:
        """A subject's current attributes in groups, by section and then the newest first.

        Groups are kept between calls; only sections that changed are grouped again.
        """
        by_section: dict[str, list[Attribute]] = defaultdict(list)
        for attribute in self.known_at(as_of, subject=subject):
            by_section[attribute.section].append(attribute)
        aspects: list[Aspect] = []
        for section in sorted(by_section, key=self._schema.section_order):
            if as_of is None:
                key = (subject, section)
                if key not in self._groups:
                    self._groups[key] = group(by_section[section])
                aspects.extend(self._groups[key])
            else:
                aspects.extend(group(by_section[section]))
        return aspects

    def preferences(self, attitudes: Iterable[TopicAttitude], *, as_of: datetime | None = None) -> list[Preference]:
        """Attitudes summed up, without those shown by statements that were replaced since ("I stopped eating meat")."""
        over = {
            (source.id, item.text)
            for item in self
            if item.known_to is not None and (as_of is None or item.known_to <= as_of)
            for source in item.sources
        }
        return summarise_preferences(
            shown for shown in attitudes if (shown.evidence.message_id, shown.evidence.reason) not in over
        )

    def _unindex(self, item: Attribute) -> None:
        self._groups.pop((item.subject, item.section), None)
        super()._unindex(item)

    def _touch(self, item_id: str) -> None:
        item = self._items[item_id]
        self._groups.pop((item.subject, item.section), None)
        super()._touch(item_id)


def group(attributes: Sequence[Attribute]) -> list[Aspect]:
    """Group the attributes of one section into aspects: nearest neighbours, linked if they choose each other
    or are similar enough; connected components are groups; single attributes are kept.

    Similarity is lexical: shared stems of the values weighted by their rarity among these attributes, and
    the same aspect.
    """
    words = [_words(attribute) for attribute in attributes]
    having: dict[str, list[int]] = defaultdict(list)
    for i, stemmed in enumerate(words):
        for word in stemmed:
            having[word].append(i)
    rarity = {word: math.log(1 + len(words) / len(places)) for word, places in having.items()}
    nearest = [_nearest(i, attributes, words, having, rarity) for i in range(len(attributes))]
    parent = list(range(len(attributes)))
    for i, (j, similarity) in enumerate(nearest):
        mutual = j >= 0 and nearest[j][0] == i
        if similarity >= LINK_FLOOR or (mutual and similarity >= MUTUAL_FLOOR):
            parent[_root(parent, i)] = _root(parent, j)
    groups: dict[int, list[Attribute]] = defaultdict(list)
    for i, attribute in enumerate(attributes):
        groups[_root(parent, i)].append(attribute)
    aspects = [_aspect(members) for members in groups.values()]
    return sorted(aspects, key=lambda aspect: (aspect.current.last_said, aspect.current.id), reverse=True)


def summarise_preferences(attitudes: Iterable[TopicAttitude]) -> list[Preference]:
    """Sum up the attitudes shown to each topic, the latest shown first.

    One end only is a like or a dislike; both ends are mixed, unless the last three all agree: then somebody
    has changed their mind.
    """
    by_topic: dict[tuple[str, int], list[TopicAttitude]] = defaultdict(list)
    for shown in attitudes:
        by_topic[shown.subject, shown.topic_id].append(shown)
    preferences = []
    for (subject, _), rows in by_topic.items():
        evidence = tuple(sorted((row.evidence for row in rows), key=lambda e: (e.at, e.message_id), reverse=True))
        preferences.append(
            Preference(
                topic=rows[0].label,
                attitude=sum_up([shown.attitude for shown in evidence]),
                subject=subject,
                evidence=evidence,
            )
        )
    return sorted(preferences, key=lambda p: (p.evidence[0].at, p.topic), reverse=True)


def sum_up(attitudes: Sequence[Attitude]) -> Attitude:
    """One attitude for a series, the newest first."""
    kinds = set(attitudes)
    if len(kinds) == 1:
        return attitudes[0]
    latest = set(attitudes[:3])
    if len(attitudes) > 3 and len(latest) == 1:
        return attitudes[0]
    return Attitude.MIXED


def _attribute(observed: Observed, item: ObservedAttribute) -> Attribute:
    source = observed.source
    return Attribute(
        id=stable_id("attribute", source.id, item.section, item.text, str(item.ended)),
        subject=item.subject,
        section=item.section,
        aspect=item.aspect,
        value=item.value,
        text=item.text,
        polarity=item.polarity,
        confidence=item.confidence,
        trust=item.trust,
        ended=item.ended,
        sources=(source,),
        known_from=source.said_at,
        valid_from=item.valid_from,
        valid_to=item.valid_to,
        writer=observed.writer,
    )


def _words(item: Attribute | ObservedAttribute) -> frozenset[str]:
    """The words by which attributes are compared: those of the value, or of the text if it has none."""
    return stems(item.value) or stems(item.text)


def _aspect_key(section: str, aspect: str) -> str:
    return f"\x1f{section}.{aspect}"


def _nearest(
    i: int,
    attributes: Sequence[Attribute],
    words: Sequence[frozenset[str]],
    having: Mapping[str, Sequence[int]],
    rarity: Mapping[str, float],
) -> tuple[int, float]:
    """The place and similarity of the attribute nearest to the i-th; (-1, 0) if none shares a word."""
    best, best_similarity = -1, 0.0
    for j in sorted({j for word in words[i] for j in having[word]}):
        if j != i:
            similarity = _similarity(words[i], words[j], rarity)
            if attributes[i].aspect == attributes[j].aspect:
                similarity += SAME_ASPECT_BONUS
            if similarity > best_similarity:
                best, best_similarity = j, similarity
    return best, best_similarity


def _similarity(a: frozenset[str], b: frozenset[str], rarity: Mapping[str, float]) -> float:
    return sum(rarity[word] for word in a & b) / sum(rarity[word] for word in a | b)


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _aspect(members: Sequence[Attribute]) -> Aspect:
    newest_first = sorted(members, key=lambda a: (a.last_said, a.known_from, a.id), reverse=True)
    current = newest_first[0]
    return Aspect(section=current.section, name=current.aspect, current=current, attributes=tuple(newest_first))
