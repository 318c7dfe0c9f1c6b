"""The retriever: first who the user is, then topics, clues, text and what was said last; fused and packed.

It reads a store and decides nothing by itself: ranking, fusion and packing are pure modules beside it
(arXiv 2511.13593, eq. 8 to 12, with ranking, budget and reasons added).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from memory_chain.dates import query_interval
from memory_chain.embedding.base import Embedder
from memory_chain.episodic_memory import EpisodicMemory, clues, happened
from memory_chain.errors import InvalidInputError, ModelError
from memory_chain.extraction.base import MemoryType
from memory_chain.extraction.router import stems
from memory_chain.persona_memory import PersonaMemory
from memory_chain.retrieval.context import TokenCounter, pack
from memory_chain.retrieval.fusion import Channel, fuse, merge_events_into_messages
from memory_chain.retrieval.lexical import AFTER, BEFORE, FEATURES, WEIGHTS, Ranked, Stats, lookups, rescore
from memory_chain.retrieval.persona import PERSONA, rank_attributes
from memory_chain.retrieval.query import Query, parse_query
from memory_chain.retrieval.vector import VectorIndex
from memory_chain.schema import ProfileSchema
from memory_chain.storage.base import Store
from memory_chain.types import (
    USER,
    Attitude,
    Context,
    Event,
    Message,
    ModelCall,
    Piece,
    Preference,
    Role,
    Trust,
)
from memory_chain.utils import MOMENT, changed, to_micros

TEXT_WEIGHT = 1.0
VECTOR_WEIGHT = 0.7
EVENT_WEIGHT = 0.5
TOPIC_WEIGHT = 0.3
CLUE_WEIGHT = 0.3
RECENT_WEIGHT = 0.25
OTHER_WEIGHT = 0.5

TEXTS = 32
"""How many messages the text channel gives to a context."""
EVENTS = 20
TOPICS = 3
TOPIC_MESSAGES = 5
CLUE_MESSAGES = 5
RECENT = 4
PREFERENCES = 8
MOST_ATTRIBUTES = 40
SMALLEST_ATTRIBUTE = 8
"""Tokens: no more attributes are looked at than could fit."""

ATTITUDES = 120


PARTS = (
    "persona", "standing", "text", "events", "topics", "clues", "recent", "vector",
    *(f"rank:{name}" for name in FEATURES),
)  # fmt: skip
"""What a retriever can be without, to learn what it brings: channels, standing attributes, features of the ranking."""


class Retriever:
    """Finds messages (`search`) and packs contexts (`retrieve`) for one chain."""

    def __init__(
        self,
        store: Store,
        *,
        schema: ProfileSchema,
        embedder: Embedder | None,
        memory_types: Sequence[MemoryType],
        count_tokens: TokenCounter,
        record_call: Callable[[ModelCall], None],
        user_name: str | None = None,
        without: Collection[str] = (),
    ) -> None:
        self._store = store
        self._schema = schema
        self._memory_types = memory_types
        self._count_tokens = count_tokens
        self._user_name = user_name
        self._without = _checked(without)
        self._weights = [
            0.0 if f"rank:{name}" in self._without else weight for name, weight in zip(FEATURES, WEIGHTS, strict=True)
        ]
        if "vector" in self._without:
            embedder = None
        self._vectors = VectorIndex(store, embedder, record_call) if embedder is not None else None

    def embed_missing(self, *, limit: int) -> int:
        """Embed messages that have no vector yet; returns how many."""
        return self._vectors.embed_missing(limit=limit) if self._vectors else 0

    # -- messages only --

    def search(
        self, query: str, *, limit: int, now: datetime, as_of: datetime | None = None, session_id: str | None = None
    ) -> list[Piece]:
        """Messages by text, clues and vectors, the best first."""
        wide = limit if session_id is None else max(limit * 5, 150)
        parsed, ranked, stats = self._rank(query, limit=wide, now=now, as_of=as_of)
        channels = [Channel(name="text", weight=TEXT_WEIGHT, pieces=self._pieces(ranked))]
        if self._vectors is not None:
            channels.append(self._vector_channel(query, wide, as_of))
        pieces = fuse(channels) if len(channels) > 1 else _found_by("text", channels[0].pieces)
        with_clues: dict[str, Piece] = {}
        for piece in _found_by("clues", self._clue_pieces(parsed, stats, as_of)):
            with_clues.setdefault(piece.id, piece)
        pieces = [
            changed(piece, channels=(*piece.channels, "clues")) if with_clues.pop(piece.id, None) else piece
            for piece in pieces
        ]
        pieces.extend(with_clues.values())
        return [piece for piece in pieces if session_id is None or piece.session_id == session_id][:limit]

    def _rank(
        self, query: str, *, limit: int, now: datetime, as_of: datetime | None
    ) -> tuple[Query, list[Ranked], Stats]:
        speakers = self._store.speakers(as_of=as_of)
        parsed = parse_query(
            query,
            speakers=[name for name, _, _ in speakers if name],
            asker=_asker(speakers, self._user_name),
            interval=query_interval(query, now),
        )
        stats = Stats(
            messages=sum(count for _, _, count in speakers),
            counts=self._store.document_counts(parsed.counted, as_of=as_of),
        )
        seqs: dict[int, None] = {}
        for lookup in lookups(parsed, stats):
            hits = self._store.search(lookup.terms, limit=lookup.limit, as_of=as_of)
            seqs.update(dict.fromkeys(hit.seq for hit in hits))
        windows = self._store.neighbours(list(seqs), before=BEFORE, after=AFTER)
        turns = self._store.turns(sorted({seq for window in windows.values() for seq in window}))
        if as_of is not None:
            until = to_micros(as_of)
            turns = {seq: turn for seq, turn in turns.items() if turn.at <= until}
        seen = [[seq for seq in window if seq in turns] for window in windows.values()]
        ranked = rescore(parsed, turns=turns, windows=seen, stats=stats, limit=limit, weights=self._weights)
        return parsed, ranked, stats

    def _pieces(self, ranked: Iterable[Ranked]) -> list[Piece]:
        found = list(ranked)
        messages = self._store.messages_by_seq([one.seq for one in found])
        return [_message_piece(messages[one.seq], one.score, one.reasons) for one in found if one.seq in messages]

    def _vector_channel(self, query: str, limit: int, as_of: datetime | None) -> Channel:
        assert self._vectors is not None
        try:
            near = self._vectors.nearest(query, limit=limit, as_of=as_of)
        except ModelError:  # recorded in the ledger; the other channels answer
            near = []
        messages = self._store.messages_by_seq([seq for seq, _ in near])
        pieces = [
            _message_piece(messages[seq], score, (f"near in meaning ({score:.2f})",))
            for seq, score in near
            if seq in messages
        ]
        return Channel(name="vector", weight=VECTOR_WEIGHT, pieces=pieces)

    def _clue_pieces(self, parsed: Query, stats: Stats, as_of: datetime | None) -> list[Piece]:
        counts = {term: stats.counts.get(term, 0) for term in parsed.terms}
        found = [
            (clue, seq)
            for clue in clues(counts, stats.messages)
            for seq in self._store.messages_with_term(clue, limit=CLUE_MESSAGES, as_of=as_of)
        ]
        messages = self._store.messages_by_seq([seq for _, seq in found])
        return [
            _message_piece(messages[seq], 0.0, (f"clue “{clue}”, in {counts[clue]} of {stats.messages} messages",))
            for clue, seq in found
            if seq in messages
        ]

    # -- everything, packed --

    def retrieve(
        self,
        query: str,
        *,
        persona: PersonaMemory,
        episodes: EpisodicMemory,
        budget_tokens: int,
        now: datetime,
        as_of: datetime | None = None,
        session_id: str | None = None,
        min_rank: int = 0,
        pending: int = 0,
    ) -> Context:
        """Who the user is, then what was said, fitted to the budget."""
        with self._store.snapshot():
            parsed, ranked, stats = self._rank(query, limit=TEXTS, now=now, as_of=as_of)
            who = [] if "persona" in self._without else _subjects(parsed)
            channels = [
                Channel(name="text", weight=TEXT_WEIGHT, pieces=self._pieces(ranked)),
                Channel(name="events", weight=EVENT_WEIGHT, pieces=_event_pieces(parsed, episodes, stats, as_of)),
                Channel(name="topics", weight=TOPIC_WEIGHT, pieces=self._topic_pieces(parsed, as_of)),
                Channel(name="clues", weight=CLUE_WEIGHT, pieces=self._clue_pieces(parsed, stats, as_of)),
                Channel(name="recent", weight=RECENT_WEIGHT, pieces=self._recent_pieces(session_id, as_of)),
            ]
            liked = self._preference_pieces(set(parsed.terms), persona, who, as_of)
        channels += self._other_channels(query, as_of)
        if self._vectors is not None:
            channels.append(self._vector_channel(query, TEXTS, as_of))
        channels = [channel for channel in channels if channel.name not in self._without]
        others = [piece for piece in merge_events_into_messages(fuse(channels)) if piece.trust.rank >= min_rank]
        attributes = rank_attributes(
            persona.alive(as_of, subjects=who),
            parsed,
            schema=self._schema,
            now=now,
            limit=max(MOST_ATTRIBUTES, budget_tokens // SMALLEST_ATTRIBUTE),
            standing="standing" not in self._without,
        )
        persona_pieces = [piece for piece in (*attributes, *liked) if piece.trust.rank >= min_rank]
        return pack(
            query,
            persona=persona_pieces,
            others=others,
            budget_tokens=budget_tokens,
            count=self._count_tokens,
            pending=pending,
        )

    def _topic_pieces(self, parsed: Query, as_of: datetime | None) -> list[Piece]:
        found = dict(self._store.search_topics(parsed.terms, limit=TOPICS, as_of=as_of))
        pairs = self._store.topic_messages(list(found), limit=TOPIC_MESSAGES, as_of=as_of)
        messages = self._store.messages_by_seq([seq for _, seq in pairs])
        return [
            _message_piece(messages[seq], 0.0, (f"topic “{found[topic]}”",)) for topic, seq in pairs if seq in messages
        ]

    def _recent_pieces(self, session_id: str | None, as_of: datetime | None) -> list[Piece]:
        until = None if as_of is None else as_of + MOMENT
        recent = self._store.list_messages(session_id=session_id, until=until, limit=RECENT, newest_first=True)
        return [_message_piece(message, 0.0, ("said last",)) for message in recent]

    def _other_channels(self, query: str, as_of: datetime | None) -> list[Channel]:
        return [
            Channel(
                name=memory_type.name,
                weight=OTHER_WEIGHT,
                pieces=list(memory_type.offer(query, self._store.kept(memory_type.name, as_of=as_of))),
            )
            for memory_type in self._memory_types
        ]

    def _preference_pieces(
        self, words: set[str], persona: PersonaMemory, who: Sequence[str], as_of: datetime | None
    ) -> list[Piece]:
        if not words:
            return []
        attitudes = [
            shown
            for subject in who
            for shown in self._store.attitudes(as_of=as_of, subject=subject, limit=ATTITUDES, terms=words)
        ]
        if not attitudes:
            return []
        relevant = persona.preferences(attitudes, as_of=as_of)
        return [_preference_piece(preference) for preference in relevant[:PREFERENCES]]


def _checked(without: Collection[str]) -> frozenset[str]:
    unknown = sorted(set(without).difference(PARTS))
    if unknown:
        raise InvalidInputError(f"A retriever has no part {unknown[0]!r}. It has: {', '.join(PARTS)}.")
    return frozenset(without)


def _asker(speakers: Sequence[tuple[str | None, str, int]], user_name: str | None) -> str | None:
    """The name under which the user speaks in turns: as configured, none of their own, or the only one there is."""
    users = {name for name, role, _ in speakers if role == Role.USER}
    if user_name in users and user_name is not None:
        return user_name
    if None in users:
        return str(Role.USER)
    return next(iter(users)) if len(users) == 1 else None


def _subjects(parsed: Query) -> list[str]:
    """The user, and whoever the query names."""
    return list(dict.fromkeys([USER, *sorted(parsed.speakers)]))


def _found_by(channel: str, pieces: Iterable[Piece]) -> list[Piece]:
    return [changed(piece, channels=(channel,)) for piece in pieces]


def _message_piece(message: Message, score: float, reasons: Sequence[str]) -> Piece:
    return Piece(
        kind="message",
        id=message.id,
        text=message.text,
        score=score,
        reasons=tuple(reasons),
        sources=(message.id,),
        at=message.created_at,
        speaker=message.speaker,
        role=message.role,
        subject=message.speaker or (USER if message.role is Role.USER else None),
        session_id=message.session_id,
        trust=_TRUST_OF_ROLE[message.role],
    )


_TRUST_OF_ROLE: Mapping[Role, Trust] = {
    Role.USER: Trust.STATED,
    Role.ASSISTANT: Trust.REPORTED,
    Role.SYSTEM: Trust.REPORTED,
    Role.TOOL: Trust.TOOL,
}


def _event_pieces(parsed: Query, episodes: EpisodicMemory, stats: Stats, as_of: datetime | None) -> list[Piece]:
    """Events that share words with the query, or that fall into the time it names."""
    scored = []
    for event in episodes.matching(parsed.terms, as_of=as_of):
        shared = stems(event.text).intersection(parsed.terms)
        score = sum(stats.rarity(term) for term in shared)
        if parsed.speakers and event.subject not in (*parsed.speakers, USER):
            score *= 0.5
        reason = f"shares {', '.join(sorted(shared))}"
        scored.append((score, event, reason))
    if parsed.interval is not None:
        inside = episodes.timeline(since=parsed.interval.start, until=parsed.interval.end, as_of=as_of)
        scored += [(1.0, event, "falls into the time asked for") for event in inside]
    scored.sort(key=lambda one: (-one[0], happened(one[1]), one[1].id))
    return [_event_piece(event, score, reason) for score, event, reason in scored[:EVENTS]]


def _event_piece(event: Event, score: float, reason: str) -> Piece:
    return Piece(
        kind="event",
        id=event.id,
        text=event.text,
        score=score,
        reasons=(reason,),
        sources=tuple(source.id for source in event.sources),
        at=event.said_at,
        when=event.when,
        subject=event.subject,
        trust=event.trust,
    )


def _preference_piece(preference: Preference) -> Piece:
    who = "The user" if preference.subject == USER else preference.subject
    latest = preference.evidence[0]
    times = len(preference.evidence)
    return Piece(
        kind="preference",
        id=f"{preference.subject}/{preference.topic}",
        text=f"{who} {preference.text}.",
        score=0.0,
        reasons=(f"shown {times} time{'s' if times > 1 else ''}, last on {latest.at:%Y-%m-%d}",),
        sources=tuple(evidence.message_id for evidence in preference.evidence),
        at=latest.at,
        subject=preference.subject,
        trust=Trust.STATED if preference.attitude is not Attitude.NEUTRAL else Trust.INFERRED,
        channels=(PERSONA,),
    )
