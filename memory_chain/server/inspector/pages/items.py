"""Attributes and events as pages show them: with their evidence and what they replaced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from memory_chain.errors import UnknownItemError
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Attribute, Change, Event, Message

EVIDENCE = 4
"""Messages that are shown as evidence of one item; its own page shows all."""
MOST_REPLACED = 20
EDIT = "edit-"
"""How the source of an item begins that a correction made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """An attribute or event as a page shows it."""

    item: Attribute | Event
    kind: str
    evidence: tuple[Message, ...]
    more_evidence: int
    corrected: bool
    last_said: datetime
    replaced: tuple[Attribute | Event, ...]
    """What it replaced, the latest first."""
    why: tuple[Change, ...]
    """The changes that made and confirmed it."""


class Items:
    """Reads what belongs to items, each message once; with `as_of`, what was known of them then."""

    def __init__(self, manager: MemoryManager, user: str, *, as_of: datetime | None = None) -> None:
        self._manager = manager
        self._as_of = as_of
        self._user = user
        self._messages: dict[str, Message | None] = {}
        self._changes: dict[str, list[Change]] = defaultdict(list)
        for change in manager.history(user, as_of=as_of):
            self._changes[change.item_id].append(change)

    def show(self, item: Attribute | Event, *, evidence: int = EVIDENCE) -> Shown:
        """An item with what belongs to it."""
        sources = sorted(item.sources, key=lambda source: source.said_at, reverse=True)
        said = [source.id for source in sources if not source.id.startswith(EDIT)]
        messages = [self.message(source) for source in said[:evidence]]
        return Shown(
            item=item,
            kind="event" if isinstance(item, Event) else "attribute",
            evidence=tuple(message for message in messages if message is not None),
            more_evidence=max(0, len(said) - evidence),
            corrected=item.sources[0].id.startswith(EDIT),
            last_said=sources[0].said_at,
            replaced=tuple(self._replaced(item.id)),
            why=tuple(self._changes.get(item.id, ())),
        )

    def message(self, message_id: str) -> Message | None:
        """A message, if it is still there."""
        if message_id not in self._messages:
            try:
                self._messages[message_id] = self._manager.message(self._user, message_id)
            except UnknownItemError:
                self._messages[message_id] = None
        return self._messages[message_id]

    def _replaced(self, item_id: str) -> list[Attribute | Event]:
        found: list[Attribute | Event] = []
        waiting, seen = [item_id], {item_id}
        while waiting and len(found) < MOST_REPLACED:
            for change in self._changes.get(waiting.pop(), ()):
                previous = change.previous_id
                if previous is None or previous in seen:
                    continue
                seen.add(previous)
                waiting.append(previous)
                try:
                    found.append(self._manager.item(self._user, previous, as_of=self._as_of))
                except UnknownItemError:
                    continue
        return sorted(found, key=lambda item: item.known_from, reverse=True)


def grouped(items: Sequence[Shown], titles: Mapping[str, str]) -> list[tuple[str, str, list[Shown]]]:
    """Attributes by section, in the order given: key, title and items."""
    sections: dict[str, list[Shown]] = {}
    for shown in items:
        assert isinstance(shown.item, Attribute)
        sections.setdefault(shown.item.section, []).append(shown)
    return [(key, titles.get(key, key.replace("_", " ").capitalize()), found) for key, found in sections.items()]
