"""Derived state as a fold over what was observed, in the order in which it was said.

Attributes and events are never edited in place: each observed item is routed once, in time order, and what
it adds, closes or confirms is recorded with the time of its source. Because every row carries those times,
the fold can be *rewound* to any moment and played again from there. That one operation serves messages that
arrive late, a model's reading that replaces the rules', corrections, forgetting and rebuilding, and it makes
the result independent of the order of arrival.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar

from memory_chain.extraction.router import stems
from memory_chain.storage.base import Observed
from memory_chain.types import Attribute, Change, Decision, Event, ItemKind, Operation, Source
from memory_chain.utils import MOMENT

Item = TypeVar("Item", Attribute, Event)


class Replayable(Generic[Item]):
    """The items of one kind, current and superseded, with an index of the current ones by word."""

    kind: ItemKind

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._latest: datetime | None = None
        self._items: dict[str, Item] = {}
        self._current: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._changed: set[str] = set()
        self._removed: set[str] = set()
        for item in items:
            self._items[item.id] = item
            self._advance(*(source.said_at for source in item.sources))
            if item.known_to is None:
                self._index(item)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def get(self, item_id: str, *, as_of: datetime | None = None) -> Item | None:
        """The item with this id, current or not; with `as_of` what was known of it at that time, if anything."""
        item = self._items.get(item_id)
        if item is None or as_of is None:
            return item
        return self._as_before(item, as_of + MOMENT) if item.known_from <= as_of else None

    def known_at(self, as_of: datetime | None = None, *, subject: str | None = None) -> list[Item]:
        """The items known at a time (None: now), by the time they were learned."""
        subjects = None if subject is None else {subject}
        return sorted(self.alive(as_of, subjects=subjects), key=lambda item: (item.known_from, item.id))

    def alive(self, as_of: datetime | None = None, *, subjects: Collection[str] | None = None) -> list[Item]:
        """The items known at a time (None: now), in no order, and of each only what was known of it then."""
        if as_of is not None:
            return [
                self._as_before(item, as_of + MOMENT)
                for item in self._items.values()
                if _was_known(item, as_of) and (subjects is None or item.subject in subjects)
            ]
        return [
            item
            for item in self._items.values()
            if item.known_to is None and (subjects is None or item.subject in subjects)
        ]

    def subjects(self, as_of: datetime | None = None) -> set[str]:
        """Everybody of whom something was known by a time (None: now), superseded since or not."""
        return {item.subject for item in self._items.values() if as_of is None or item.known_from <= as_of}

    def sharing(self, subject: str, keys: Iterable[str]) -> list[Item]:
        """Current items of a subject that share a word (or another index key), by the time they were learned."""
        index = self._current.get(subject)
        if not index:
            return []
        ids = set().union(*(index.get(key, ()) for key in keys))
        return sorted((self._items[item_id] for item_id in ids), key=lambda item: (item.known_from, item.id))

    def carry_out(self, decision: Decision, item: Item, observed: Observed) -> Change:
        """Do what was decided about an observed item, of which `item` is the record to keep."""
        operation, target, reason = decision.operation, decision.target, decision.reason
        item_id = item.id
        if operation is Operation.IGNORE:
            item_id = target or ""
            if target is not None:
                self.confirm(target, observed.source)
        elif item.id in self._items:  # the same words twice in one message
            operation, target, reason = Operation.IGNORE, None, "said twice in one message"
        else:
            if operation is Operation.UPDATE and target is not None:
                for closed in (target, *decision.also):
                    self.close(closed, by=item)
            self.add(item)
        return Change(
            operation=operation,
            kind=self.kind,
            item_id=item_id,
            at=observed.source.said_at,
            source_id=observed.source.id,
            reason=reason,
            previous_id=target if operation is Operation.UPDATE else None,
            writer=observed.writer,
        )

    def target_of(self, observed: Observed) -> Item | None:
        """The current item about which a writer or a correction decided, if there is one.

        A correction finds its item by what it was drawn from, if the item itself was made anew since.
        """
        item = observed.item
        if item.decision is None:
            return None
        target = self._items.get(item.decision.target or "")
        if target is not None and target.known_to is None and target.subject == item.subject:
            return target
        drawn_from = set(observed.corrected_sources)
        kin = [
            known
            for known in self._items.values()
            if drawn_from.intersection(source.id for source in known.sources)
            and known.known_to is None
            and known.subject == item.subject
            and getattr(known, "section", None) == getattr(item, "section", None)
        ]
        return max(kin, key=lambda known: len(stems(known.text) & stems(item.text)), default=None)

    def add(self, item: Item) -> None:
        """A new current item."""
        self._items[item.id] = item
        self._advance(*(source.said_at for source in item.sources))
        self._index(item)
        self._touch(item.id)

    def close(self, item_id: str, *, by: Item) -> None:
        """An item is superseded by another: it keeps its row and gets an end."""
        old: Item = self._items[item_id]
        self._unindex(old)
        closed = replace(old, known_to=by.known_from, superseded_by=by.id)
        if isinstance(closed, Attribute) and isinstance(by, Attribute) and closed.valid_to is None:
            closed = replace(closed, valid_to=by.valid_from or by.known_from)
        self._items[item_id] = closed
        self._touch(item_id)

    def confirm(self, item_id: str, source: Source) -> None:
        """An item was said again: it gains a source."""
        old: Item = self._items[item_id]
        if all(known.id != source.id for known in old.sources):
            self._items[item_id] = replace(old, sources=(*old.sources, source))
            self._advance(source.said_at)
            self._touch(item_id)

    def rewind(self, moment: datetime) -> None:
        """Undo all that was learned at or after a moment."""
        if self._latest is None or self._latest < moment:
            return
        late = {item.id: item for item in self._items.values() if item.known_from >= moment}
        for item in list(self._items.values()):
            if item.id not in late and _touched_since(item, moment):
                self._items[item.id] = self._as_before(item, moment)
                self._touch(item.id)
                if item.known_to is not None and self._items[item.id].known_to is None:
                    self._index(self._items[item.id])
        for item_id, item in late.items():
            self._unindex(item)
            del self._items[item_id]
            self._changed.discard(item_id)
            self._removed.add(item_id)

    def take_changes(self) -> tuple[list[Item], list[str]]:
        """What has changed since the last call: items to write, ids to remove."""
        changed = [self._items[item_id] for item_id in sorted(self._changed)]
        removed = sorted(self._removed)
        self._changed, self._removed = set(), set()
        return changed, removed

    def index_keys(self, item: Item) -> frozenset[str]:
        """The keys under which a current item is found again."""
        return stems(item.text)

    def _as_before(self, item: Item, moment: datetime) -> Item:
        """An item without what was learned of it at or after a moment."""
        if not _touched_since(item, moment):
            return item
        before = replace(item, sources=tuple(source for source in item.sources if source.said_at < moment))
        if item.known_to is not None and item.known_to >= moment:
            if isinstance(before, Attribute):
                closer = self._items.get(item.superseded_by or "")
                if isinstance(closer, Attribute) and before.valid_to == (closer.valid_from or closer.known_from):
                    before = replace(before, valid_to=None)
            before = replace(before, known_to=None, superseded_by=None)
        return before

    def _index(self, item: Item) -> None:
        index = self._current[item.subject]
        for key in self.index_keys(item):
            index[key].add(item.id)

    def _unindex(self, item: Item) -> None:
        index = self._current[item.subject]
        for key in self.index_keys(item):
            index[key].discard(item.id)
            if not index[key]:
                del index[key]

    def _advance(self, *moments: datetime) -> None:
        self._latest = max(moments) if self._latest is None else max(self._latest, *moments)

    def _touch(self, item_id: str) -> None:
        self._changed.add(item_id)
        self._removed.discard(item_id)


def _was_known(item: Attribute | Event, moment: datetime) -> bool:
    return item.known_from <= moment and (item.known_to is None or item.known_to > moment)


def _touched_since(item: Attribute | Event, moment: datetime) -> bool:
    return (item.known_to is not None and item.known_to >= moment) or any(
        source.said_at >= moment for source in item.sources
    )
