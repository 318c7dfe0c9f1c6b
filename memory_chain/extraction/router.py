"""The router: does an observed item add something, update something or only confirm it?

Pure (arXiv 2511.13593, eq. 3 and 4). It is not eager: wrongly closing a true fact is worse than keeping two.
A writer's own decision is followed where it can be; it never closes what is more trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from memory_chain.extraction.kinds import SECTIONS, kinds_of
from memory_chain.retrieval.analysis import analyze
from memory_chain.types import (
    Attribute,
    Decision,
    Event,
    Interval,
    ObservedAttribute,
    ObservedEvent,
    Operation,
)

SAME = 0.8
"""From this overlap on, two statements say the same."""

RELATED = 0.5
"""From this overlap on, a statement of the other polarity, or an end, is about the same thing."""

_Item = TypeVar("_Item", Attribute, Event)


@lru_cache(maxsize=16_384)
def stems(text: str) -> frozenset[str]:
    """The content stems of a text, by which statements are compared."""
    return frozenset(analyze(text))


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard similarity of two sets, 0 to 1."""
    if not a or not b:
        return 0.0
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)


def route_attribute(
    item: ObservedAttribute,
    candidates: Iterable[Attribute],
    is_single: Callable[[str, str], bool],
    target: Attribute | None = None,
) -> Decision:
    """Decide about an attribute.

    Args:
        item: what was observed.
        candidates: current attributes of the same subject that share a word or the aspect with it.
        is_single: whether an aspect (section, aspect) holds one value at a time.
        target: the current item that the writer's own decision is about, if there is one.
    """
    known = list(candidates)
    asked = _asked_for(item, target)
    if asked is not None:
        return asked
    value = stems(item.value)
    same = _best(known, lambda old: _sameness(item, value, old))
    if same is not None:
        return _confirm(item, same)
    contradicted = [old for old in known if _contradiction(item, value, old, is_single)]
    replaced = [old for old in contradicted if old.trust.rank <= item.trust.rank]
    target = _best(replaced, lambda old: _contradiction(item, value, old, is_single))
    if target is None:
        beside = f"; kept beside what is more trusted than {item.trust}" if contradicted else ""
        return Decision(operation=Operation.ADD, reason=f"new{beside}")
    single = is_single(item.section, item.aspect) and not item.ended
    others = [old for old in replaced if single and old.aspect == item.aspect and old.section == item.section]
    return Decision(
        operation=Operation.UPDATE,
        target=target.id,
        reason="ended" if item.ended else "changed",
        also=tuple(old.id for old in others if old.id != target.id),
    )


def route_event(item: ObservedEvent, candidates: Iterable[Event], target: Event | None = None) -> Decision:
    """Decide about an event.

    `candidates` are current events of the same subject that share words with it, `target` is the one that the
    writer's own decision is about.
    """
    known = list(candidates)
    asked = _asked_for(item, target)
    if asked is not None:
        return asked
    words = stems(item.text)
    same = _best(known, lambda old: _same_event(item, words, old))
    if same is None:
        return Decision(operation=Operation.ADD, reason="new")
    if same.when is None and item.when is not None and item.trust.rank >= same.trust.rank:
        return Decision(operation=Operation.UPDATE, target=same.id, reason="its time became known")
    return Decision(operation=Operation.IGNORE, target=same.id, reason="said again")


def _asked_for(item: ObservedAttribute | ObservedEvent, target: Attribute | Event | None) -> Decision | None:
    """The writer's decision, if it can be followed; None leaves it to the rules."""
    decision = item.decision
    if decision is None or decision.operation is Operation.ADD:
        return None  # the rules still find out that an addition is known already
    if target is None or (decision.operation is Operation.UPDATE and item.trust.rank < target.trust.rank):
        return None
    return replace(decision, target=target.id)


def _confirm(item: ObservedAttribute, old: Attribute) -> Decision:
    if item.trust.rank > old.trust.rank:
        return Decision(operation=Operation.UPDATE, target=old.id, reason=f"now {item.trust}, before {old.trust}")
    return Decision(operation=Operation.IGNORE, target=old.id, reason="said again")


def _sameness(item: ObservedAttribute, value: frozenset[str], old: Attribute) -> float:
    if old.section != item.section or old.ended != item.ended or item.polarity.opposes(old.polarity):
        return 0.0
    values = overlap(value, stems(old.value))
    if values == 1.0 and old.aspect == item.aspect:
        return 1.0
    texts = overlap(stems(item.text), stems(old.text))
    return texts if texts >= SAME and values >= RELATED else 0.0


def _contradiction(
    item: ObservedAttribute, value: frozenset[str], old: Attribute, is_single: Callable[[str, str], bool]
) -> float:
    """How surely the item replaces the old attribute; 0 if it does not."""
    before = stems(old.value)
    shared = overlap(value, before)
    contained = bool(value & before) and (value <= before or before <= value)
    about_the_same = shared >= RELATED or contained
    same_aspect = old.section == item.section and old.aspect == item.aspect
    if item.ended != old.ended:
        related_section = old.section == item.section or shared == 1.0
        if about_the_same and related_section:
            return 1.0 + shared
        return 1.0 if item.ended and _is_kind_of(before, old.section, value, item.section) else 0.0
    if item.polarity.opposes(old.polarity):
        enough = RELATED if old.section == item.section else 1.0
        return 1.0 + shared if shared >= enough else 0.0
    if same_aspect and not item.ended and is_single(item.section, item.aspect):
        return 1.0
    return 0.0


def _is_kind_of(before: frozenset[str], section: str, value: frozenset[str], item_section: str) -> bool:
    """Whether what was liked or eaten before is a kind of what ended: steak, when meat did."""
    return section in SECTIONS and item_section in SECTIONS and bool(kinds_of(before) & value)


def _same_event(item: ObservedEvent, words: frozenset[str], old: Event) -> float:
    texts = overlap(words, stems(old.text))
    return texts if texts >= SAME and _may_coincide(item.when, old.when) else 0.0


def _may_coincide(a: Interval | None, b: Interval | None) -> bool:
    return a is None or b is None or (a.start < b.end and b.start < a.end)


def _best(known: Sequence[_Item], score: Callable[[_Item], float]) -> _Item | None:
    """The best-scoring item above 0; the newest of equals."""
    best: _Item | None = None
    best_score = 0.0
    for old in known:
        current = score(old)
        if current > 0 and current >= best_score:
            best, best_score = old, current
    return best
