"""Fusion: what several channels found is one piece that names them all."""

from memory_chain.retrieval.fusion import Channel, fuse, merge_events_into_messages
from memory_chain.types import Piece


def piece(kind, piece_id, *, sources=()):
    return Piece(kind=kind, id=piece_id, text=piece_id, score=0.0, reasons=(kind,), sources=sources or (piece_id,))


def test_a_piece_names_its_channels_the_one_that_counts_most_first():
    weak = Channel(name="recent", weight=0.25, pieces=[piece("message", "a"), piece("message", "b")])
    strong = Channel(name="text", weight=1.0, pieces=[piece("message", "b")])
    found = {one.id: one.channels for one in fuse([weak, strong])}
    assert found == {"a": ("recent",), "b": ("text", "recent")}


def test_a_channel_that_finds_a_piece_twice_is_named_once():
    twice = Channel(name="topics", weight=0.3, pieces=[piece("message", "a"), piece("message", "a")])
    (only,) = fuse([twice])
    assert only.channels == ("topics",)


def test_a_message_with_its_event_names_the_channels_of_both():
    message, event = piece("message", "m"), piece("event", "e", sources=("m",))
    text_first = fuse([Channel(name="text", weight=1.0, pieces=[message]), _events(0.5, event)])
    (merged,) = merge_events_into_messages(text_first)
    assert (merged.kind, merged.channels) == ("message", ("text", "events"))
    events_first = fuse([Channel(name="text", weight=0.1, pieces=[message]), _events(0.5, event)])
    (merged,) = merge_events_into_messages(events_first)
    assert (merged.kind, merged.channels) == ("message", ("events", "text"))


def _events(weight, event):
    return Channel(name="events", weight=weight, pieces=[event])
