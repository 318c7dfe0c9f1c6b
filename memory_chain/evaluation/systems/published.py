"""The recipe that the O-Mem paper states (arXiv 2511.13593, section 3), built from this package's parts.

Three channels, one after the other: the messages of the topics nearest to the question (working memory, eq. 8), the
messages that hold its one rarest word (episodic memory, eq. 9 and 10), and the attributes and facts nearest to it
(persona memory, eq. 11), concatenated (eq. 12). The paper does not state its k, its tokenizer, nor what it does
under a token budget: these are our choices, told below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Literal, get_args

from memory_chain.embedding.base import Embedder
from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.systems.base import Recalled, Shown
from memory_chain.evaluation.systems.omem import new_memory
from memory_chain.evaluation.systems.page import Entry, Page, message_entry, one_line
from memory_chain.evaluation.systems.similarity import EmbedderCosine, LexicalCosine, Similarity, nearest
from memory_chain.llm.base import LLM
from memory_chain.retrieval.analysis import analyze
from memory_chain.types import Attribute, Event, Message

Part = Literal["working", "episodic", "persona"]
"""A channel of the recipe."""

PARTS: tuple[Part, ...] = get_args(Part)
"""All channels, in the order of the paper's concatenation."""

TOPICS = 3
ATTRIBUTES = 10
FACTS = 10

_MANY = 1_000_000
_WHO, _HAPPENED, _SAID = "Who the user is:", "What happened:", "What was said:"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """All that the memory holds at one moment."""

    messages: tuple[Message, ...]
    topics: tuple[tuple[str, tuple[int, ...]], ...]
    """Label, and the places of its messages."""
    words: Mapping[str, tuple[int, ...]]
    """Stem, and the places of the messages that hold it."""
    attributes: tuple[Attribute, ...]
    events: tuple[Event, ...]
    similarity: Similarity


class Published:
    """The published recipe (`System`).

    Similarity is the cosine of rarity-weighted stem counts, or of the embedder's vectors if one is given; what has
    nothing in common with the question is never taken. Stop words are no clues, words are stemmed, and a word of the
    question that no message holds is passed over. A message that two channels find is shown once.

    Without a budget everything is shown, as in the paper. With one, the channels take turns, each offering its best:
    the messages of a nearer topic first, within a topic and among those of the clue word those that are nearer to the
    question; what does not fit is left out. `rank` follows the same order.

    Args:
        user_id: whose memory it is.
        home: an empty folder.
        user_name: the speaker who is the user, if one of them is.
        parts: which channels; the paper's ablation has working, working and episodic, all three.
        llm: understands messages in place of the rules, as in the paper.
        embedder: in place of the cosine of words.
        topics: how many topics (k of eq. 8). The paper does not state its k.
        attributes: how many attributes (k of eq. 11).
        facts: how many facts or events (k of eq. 11).
        manager_parts: further arguments of `MemoryManager`, they are stronger than those above.

    Raises:
        InvalidInputError: a part is not known, there is none, or the folder holds a memory of this user already.
    """

    def __init__(
        self,
        user_id: str,
        home: str | Path,
        *,
        user_name: str | None = None,
        parts: Collection[Part] = PARTS,
        llm: LLM | None = None,
        embedder: Embedder | None = None,
        topics: int = TOPICS,
        attributes: int = ATTRIBUTES,
        facts: int = FACTS,
        manager_parts: Mapping[str, Any] | None = None,
    ) -> None:
        if not parts or set(parts) - set(PARTS):
            raise InvalidInputError(f"The parts {sorted(parts)} are not known. Choose some of {', '.join(PARTS)}.")
        self._parts = tuple(part for part in PARTS if part in parts)
        self._user_id = user_id
        self._cosine = None if embedder is None else EmbedderCosine(embedder)
        self._limits = {"topics": topics, "attributes": attributes, "facts": facts}
        self._manager = new_memory(user_id, home, **{"user_name": user_name, "llm": llm, **(manager_parts or {})})
        self._known: _Known | None = None
        self._anything = False

    @property
    def name(self) -> str:
        """`published`; with fewer parts the last of them is added, as in `published-episodic`."""
        return "published" if self._parts == PARTS else f"published-{self._parts[-1]}"

    def add(self, messages: Sequence[Message]) -> None:
        """Store and understand them."""
        if messages:
            self._manager.add(messages, user_id=self._user_id)
            self._known, self._anything = None, True

    def retrieve(self, question: str, *, budget_tokens: int | None) -> Recalled:
        """What the channels find, concatenated."""
        page = Page(budget_tokens)
        for entry in self._found(question):
            page.offer(entry)
        return page.recalled()

    def rank(self, question: str, *, limit: int) -> list[str]:
        """The messages that the channels find, those on which attributes and facts rest included, in turns."""
        sources = chain.from_iterable(entry.sources for entry in self._found(question))
        return list(dict.fromkeys(sources))[:limit]

    def close(self) -> None:
        """Close the memory. Closing twice is fine."""
        self._manager.close()

    # -- the channels --

    def _found(self, question: str) -> list[Entry]:
        """What the channels find, in turns, each message once."""
        if not self._anything:
            return []
        if self._known is None:
            self._known = self._read()
        find = {"working": self._working, "episodic": self._episodic, "persona": self._persona}
        channels = [find[part](question, self._known) for part in self._parts]
        in_turns = chain.from_iterable(zip_longest(*channels))
        once = {(entry.shown.kind, entry.shown.id): entry for entry in reversed([one for one in in_turns if one])}
        return list(reversed(once.values()))

    def _working(self, question: str, known: _Known) -> Iterator[Entry]:
        scores = known.similarity(question, [label for label, _ in known.topics])
        for topic in nearest(scores, self._limits["topics"]):
            label, places = known.topics[topic]
            yield from _entries(question, known, places, f"topic “{label}”")

    def _episodic(self, question: str, known: _Known) -> Iterator[Entry]:
        held = [stem for stem in analyze(question) if stem in known.words]
        if held:
            clue = min(held, key=lambda stem: len(known.words[stem]))
            yield from _entries(question, known, known.words[clue], f"clue “{clue}”")

    def _persona(self, question: str, known: _Known) -> Iterator[Entry]:
        facts = known.similarity(question, [event.text for event in known.events])
        attributes = known.similarity(question, [attribute.text for attribute in known.attributes])
        of_facts = [_event_entry(known.events[i], facts[i], i) for i in nearest(facts, self._limits["facts"])]
        of_attributes = [
            _attribute_entry(known.attributes[i], attributes[i], number)
            for number, i in enumerate(nearest(attributes, self._limits["attributes"]))
        ]
        yield from (entry for pair in zip_longest(of_attributes, of_facts) for entry in pair if entry)

    def _read(self) -> _Known:
        user = self._user_id
        self._manager.flush(user)
        messages = tuple(self._manager.messages(user))
        attributes = [
            attribute
            for subject in self._manager.subjects(user)
            for attribute in self._manager.profile(user, subject=subject).attributes
        ]
        words = _holding([message.text for message in messages])
        counts = {stem: len(places) for stem, places in words.items()}
        return _Known(
            messages=messages,
            topics=self._topics({message.seq: place for place, message in enumerate(messages)}),
            words=words,
            attributes=tuple(attributes),
            events=tuple(self._manager.events(user)),
            similarity=self._cosine or LexicalCosine(counts, len(messages)),
        )

    def _topics(self, places: Mapping[int, int]) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Labels with the places of their messages, which the manager's public face does not tell: read from the
        store."""
        store = self._manager.home.open(self._user_id, create=False)
        try:
            labels = {row.id: row.label for row in store.topics()}
            found: dict[int, list[int]] = {topic: [] for topic in labels}
            for topic, seq in store.topic_messages(list(labels), limit=_MANY):
                found[topic].append(places[seq])
        finally:
            store.close()
        return tuple((labels[topic], tuple(sorted(found[topic]))) for topic in labels)


def _holding(texts: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Each stem with the places of the texts that hold it."""
    pairs = [(stem, place) for place, text in enumerate(texts) for stem in dict.fromkeys(analyze(text))]
    often = Counter(stem for stem, _ in pairs)
    found: dict[str, list[int]] = {stem: [] for stem in often}
    for stem, place in pairs:
        found[stem].append(place)
    return {stem: tuple(places) for stem, places in found.items()}


def _entries(question: str, known: _Known, places: Sequence[int], reason: str) -> Iterator[Entry]:
    """Messages as entries, those that are nearer to the question first, the newer of equal ones."""
    scores = known.similarity(question, [known.messages[place].text for place in places])
    for score, place in sorted(zip(scores, places, strict=True), reverse=True):
        yield message_entry(known.messages[place], number=place, title=_SAID, score=score, reasons=(reason,))


def _attribute_entry(attribute: Attribute, score: float, number: int) -> Entry:
    return Entry(
        line=f"- {one_line(attribute.text)}",
        headings=(_WHO,),
        place=(0, 0, "", number),
        sources=tuple(source.id for source in attribute.sources),
        shown=Shown(kind="attribute", id=attribute.id, text=attribute.text, score=score, reasons=("persona",)),
    )


def _event_entry(event: Event, score: float, number: int) -> Entry:
    when = event.when.start if event.when else event.said_at
    return Entry(
        line=f"- {when.day} {when:%B %Y}: {one_line(event.text)}",
        headings=(_HAPPENED,),
        place=(1, when.toordinal(), "", number),
        sources=tuple(source.id for source in event.sources),
        shown=Shown(kind="event", id=event.id, text=event.text, score=score, reasons=("persona",)),
    )
