"""Episodic memory: what somebody has lived through. Events, topics and clues.

Pure. Events are routed one by one (`fold`); topics that share their rare words are shown as one; a clue is
a word or phrase of the query that occurs in few messages.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from memory_chain.extraction.router import overlap, route_event, stems
from memory_chain.replay import Replayable
from memory_chain.storage.base import Observed, TopicRow
from memory_chain.types import Attitude, Change, Event, ObservedEvent, Topic
from memory_chain.utils import stable_id

CLUES = 3
"""How many clues a query has at most."""

CLUE_SHARE = 0.1
"""A word in more than this share of the messages is no clue."""

TOPIC_FLOOR = 0.5
"""Topics whose labels overlap at least this much are shown as one."""


class EpisodicMemory(Replayable[Event]):
    """All events of one chain, of its user and of everybody named."""

    kind = "event"

    def fold(self, observed: Observed) -> Change:
        """Route one observed event and do what was decided."""
        item = observed.item
        if not isinstance(item, ObservedEvent):
            raise TypeError("episodic memory folds events only")
        candidates = self.sharing(item.subject, _rarest(stems(item.text), self._current.get(item.subject, {})))
        decision = route_event(item, candidates, self.target_of(observed))
        return self.carry_out(decision, _event(observed, item), observed)

    def matching(self, words: Iterable[str], *, as_of: datetime | None = None) -> list[Event]:
        """Events, of anybody, that share a word and are known at `as_of`."""
        wanted = set(words)
        if as_of is not None:
            return [event for event in self.known_at(as_of) if wanted & stems(event.text)]
        return [event for subject in list(self._current) for event in self.sharing(subject, wanted)]

    def timeline(
        self,
        *,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
    ) -> list[Event]:
        """Events known at `as_of` that touch the period, by the time they happened (or were told)."""
        found = [
            event
            for event in self.known_at(as_of, subject=subject)
            if (since is None or _ends(event) > since) and (until is None or happened(event) < until)
        ]
        return sorted(found, key=lambda event: (happened(event), event.said_at, event.id))


def happened(event: Event) -> datetime:
    """When an event happened, or when it was told if no time is known."""
    return event.when.start if event.when else event.said_at


def _ends(event: Event) -> datetime:
    return event.when.end if event.when else event.said_at


def clues(counts: Mapping[str, int], messages: int) -> list[str]:
    """The rarest words that occur at all and in no more than a tenth of the messages, the rarest first.

    Args:
        counts: in how many messages each word of the query occurs.
        messages: how many messages there are.
    """
    limit = max(1.0, messages * CLUE_SHARE)
    seen = [(count, word) for word, count in counts.items() if 0 < count <= limit]
    return [word for _, word in sorted(seen)[:CLUES]]


def group_topics(rows: Sequence[TopicRow], *, limit: int | None = None) -> list[Topic]:
    """Show topics with similar labels as one: each joins the most frequent topic that it resembles.

    The most frequent come first; with `limit` only so many of them.
    """
    ordered = sorted(rows, key=lambda row: (-row.messages, row.label))
    heads: list[tuple[frozenset[str], list[TopicRow]]] = []
    by_word: dict[str, list[int]] = defaultdict(list)
    for row in ordered:
        words = stems(row.label)
        head = _similar_head(words, heads, by_word)
        if head is None:
            for word in words:
                by_word[word].append(len(heads))
            heads.append((words, [row]))
        else:
            heads[head][1].append(row)
    groups = sorted(
        (-sum(row.messages for row in members), members[0].label, place) for place, (_, members) in enumerate(heads)
    )
    return [_topic(heads[place][1]) for _, _, place in groups[:limit]]


def _similar_head(
    words: frozenset[str], heads: Sequence[tuple[frozenset[str], list[TopicRow]]], by_word: Mapping[str, list[int]]
) -> int | None:
    known = [by_word[word] for word in words if word in by_word]
    if not known:
        return None  # most labels: this is asked of every topic
    shared = Counter(chain.from_iterable(known))
    for head, _ in shared.most_common(3):
        if overlap(words, heads[head][0]) >= TOPIC_FLOOR:
            return head
    return None


def _topic(members: Sequence[TopicRow]) -> Topic:
    attitudes: Counter[Attitude] = Counter()
    for row in members:
        attitudes.update(row.attitudes)
    return Topic(
        label=members[0].label,
        messages=sum(row.messages for row in members),
        last_at=max(row.last_at for row in members),
        attitudes=dict(attitudes),
        labels=tuple(row.label for row in members[1:]),
    )


def _rarest(words: Iterable[str], index: Mapping[str, set[str]], keep: int = 4) -> list[str]:
    """The rarest known words: two texts that say the same share them, and few other texts do."""
    known = [(len(index[word]), word) for word in words if word in index]
    return [word for _, word in sorted(known)[:keep]]


def weight_by_rarity(words: Iterable[str], counts: Mapping[str, int], messages: int) -> dict[str, float]:
    """Inverse document frequency of each word; unknown words count as seen once."""
    return {word: math.log(1 + messages / max(1, counts.get(word, 0))) for word in words}


def _event(observed: Observed, item: ObservedEvent) -> Event:
    source = observed.source
    return Event(
        id=stable_id("event", source.id, item.text),
        subject=item.subject,
        text=item.text,
        when=item.when,
        said_at=source.said_at,
        confidence=item.confidence,
        trust=item.trust,
        sources=(source,),
        known_from=source.said_at,
        writer=observed.writer,
    )
