"""Fusion: several ranked channels become one ranking, and what they found twice becomes one piece. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memory_chain.types import Piece
from memory_chain.utils import changed

RANK_CONSTANT = 20
"""Reciprocal rank fusion: how slowly the weight of a rank falls."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """One way of finding pieces: its name, its weight in the fusion, and its pieces, the best first."""

    name: str
    weight: float
    pieces: Sequence[Piece]


def fuse(channels: Iterable[Channel]) -> list[Piece]:
    """Weighted reciprocal rank fusion; pieces of the same kind and id are one, with all their reasons and channels."""
    shares: dict[tuple[str, str], dict[str, float]] = {}
    found: dict[tuple[str, str], list[Piece]] = {}
    scores: dict[tuple[str, str], float] = {}
    for channel in channels:
        for rank, piece in enumerate(channel.pieces):
            key = (piece.kind, piece.id)
            share = channel.weight / (RANK_CONSTANT + rank)
            scores[key] = scores.get(key, 0.0) + share
            by_channel = shares.setdefault(key, {})
            by_channel[channel.name] = by_channel.get(channel.name, 0.0) + share
            found.setdefault(key, []).append(piece)
    pieces = [_joined(same, score=scores[key], channels=_best_first(shares[key])) for key, same in found.items()]
    return sorted(pieces, key=lambda piece: (-piece.score, piece.kind, piece.id))


def merge_events_into_messages(pieces: Sequence[Piece]) -> list[Piece]:
    """An event and a message it was drawn from, both found, are one piece: the message, with the event's time."""
    messages = {piece.id: piece for piece in pieces if piece.kind == "message"}
    merged: dict[str, Piece] = {}
    kept = []
    for piece in pieces:
        home = next((source for source in piece.sources if source in messages), None) if piece.kind == "event" else None
        if home is None:
            kept.append(piece)
        else:
            message = merged.get(home, messages[home])
            better, worse = (piece, message) if piece.score > message.score else (message, piece)
            channels = tuple(dict.fromkeys([*better.channels, *worse.channels]))
            joined = _joined([message, piece], score=better.score, channels=channels)
            merged[home] = changed(joined, when=message.when or piece.when)
    result = [merged.get(piece.id, piece) if piece.kind == "message" else piece for piece in kept]
    return sorted(result, key=lambda piece: (-piece.score, piece.kind, piece.id))


def _best_first(shares: dict[str, float]) -> tuple[str, ...]:
    """The names of channels, that with the largest share of a score first."""
    return tuple(shares) if len(shares) == 1 else tuple(sorted(shares, key=lambda name: -shares[name]))


def _joined(pieces: Sequence[Piece], *, score: float, channels: tuple[str, ...]) -> Piece:
    """The first piece with the reasons and sources of all, a new score and the channels that found it."""
    first = pieces[0]
    if len(pieces) == 1:
        return changed(first, score=score, channels=channels)
    return changed(
        first,
        score=score,
        channels=channels,
        reasons=tuple(dict.fromkeys(reason for piece in pieces for reason in piece.reasons)),
        sources=tuple(dict.fromkeys(source for piece in pieces for source in piece.sources)),
    )
