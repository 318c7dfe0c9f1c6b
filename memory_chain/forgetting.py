"""Forgetting: what was said, or what was understood, is gone as if it had never been.

Only this module removes. It deletes the messages with all their traces, logs the corrections and observations
that rested on them away, replays what is left from the earliest moment touched, and has the store erase the
freed bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from memory_chain.consolidation import WORDINGS, Consolidator
from memory_chain.errors import UnknownItemError
from memory_chain.extraction.router import RELATED, overlap, stems
from memory_chain.types import Attribute, Event, ForgetReceipt


def forget_messages(consolidator: Consolidator, message_ids: Sequence[str]) -> ForgetReceipt:
    """Remove messages and everything that was derived from them alone."""
    store = consolidator.store
    before = store.counts()
    messages = [message for message in store.get_messages(message_ids) if message is not None]
    if not messages:
        return ForgetReceipt()
    gone = {message.id for message in messages}
    with store.transaction():
        history = len(store.changes())
        touched = _items_with_sources(consolidator, gone)
        for correction in store.corrections():
            if gone.issuperset(correction.corrected_sources):
                store.remove_correction(correction.id)
        counts = store.forget_messages(sorted(gone))
        store.set_meta(WORDINGS, None)
        consolidator.replay(min(message.created_at for message in messages))
        after = store.counts()
        changes = history - len(store.changes())
    store.erase_traces()
    shared = [item for item in touched if {source.id for source in item.sources} - gone]
    return ForgetReceipt(
        messages=counts.get("messages", 0),
        observations=counts.get("observations", 0),
        queued=counts.get("queued", 0),
        calls_scrubbed=counts.get("calls_scrubbed", 0),
        attributes=max(0, before.attributes - after.attributes),
        events=max(0, before.events - after.events),
        changes=max(0, changes),
        rebuilt=len(shared),
    )


def forget_item(consolidator: Consolidator, item: Attribute | Event) -> ForgetReceipt:
    """Remove an attribute or event, with the attitudes that were shown by it.

    The messages it came from stay, and it is never derived from them again. What was set right by it goes with it: the
    user has said that it was wrong, so it must not come back (`undo` is for that).
    """
    store = consolidator.store
    before = store.counts()
    items = _with_corrected(consolidator, item)
    sources = list(dict.fromkeys(source.id for one in items for source in one.sources))
    texts = sorted({text for one in items for text in _wordings(consolidator, one)})
    with store.transaction():
        history = len(store.changes())
        for source_id in sources:
            store.remove_correction(source_id)
        store.forget_items(sources, texts)
        consolidator.keep([message for message in store.get_messages(sources) if message is not None])
        store.set_meta(WORDINGS, None)
        consolidator.replay(min(source.said_at for one in items for source in one.sources))
        after = store.counts()
        changes = history - len(store.changes())
    store.erase_traces()
    return ForgetReceipt(
        attributes=max(0, before.attributes - after.attributes),
        events=max(0, before.events - after.events),
        changes=max(0, changes),
    )


def find_item(
    consolidator: Consolidator, item_id: str, user_id: str, *, as_of: datetime | None = None
) -> Attribute | Event:
    """The attribute or event with this id, current or not; with `as_of` what was known of it then.

    Raises:
        UnknownItemError: there is none.
    """
    item = consolidator.persona.get(item_id, as_of=as_of) or consolidator.episodes.get(item_id, as_of=as_of)
    if item is None:
        raise UnknownItemError("attribute or event", item_id, user_id)
    return item


def _with_corrected(consolidator: Consolidator, item: Attribute | Event) -> list[Attribute | Event]:
    """The item, and if it is a correction: what it corrected."""
    corrections = {correction.id for correction in consolidator.store.corrections()}
    found = [item]
    for one in found:
        if not corrections.isdisjoint(source.id for source in one.sources):
            memory = consolidator.persona if isinstance(one, Attribute) else consolidator.episodes
            found += [other for other in memory if other.superseded_by == one.id]
    return found


def _wordings(consolidator: Consolidator, item: Attribute | Event) -> list[str]:
    """The item's text, and how its other sources put it."""
    texts = {item.text}
    words = stems(item.text)
    for observation in consolidator.store.get_observations([source.id for source in item.sources]).values():
        observed = observation.attributes if isinstance(item, Attribute) else observation.events
        texts.update(other.text for other in observed if overlap(words, stems(other.text)) >= RELATED)
        if isinstance(item, Attribute):
            value = stems(item.value)
            texts.update(
                other.text
                for other in observation.attributes
                if other.section == item.section and overlap(value, stems(other.value)) >= RELATED
            )
    return sorted(texts)


def _items_with_sources(consolidator: Consolidator, gone: set[str]) -> list[Attribute | Event]:
    return [
        item
        for memory in (consolidator.persona, consolidator.episodes)
        for item in memory
        if any(source.id in gone for source in item.sources)
    ]


def span_of(
    consolidator: Consolidator, *, since: datetime | None, until: datetime | None, source: str | None = None
) -> list[str]:
    """The ids of messages said in a stretch of time and by or through a source.

    `source` is a session id, a speaker, a role, or the `source` named in a message's metadata.
    """
    return [
        message.id
        for message in consolidator.store.list_messages(since=since, until=until)
        if source is None
        or source in (message.session_id, message.speaker, str(message.role), message.metadata.get("source"))
    ]
