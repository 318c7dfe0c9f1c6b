"""`changed` is `dataclasses.replace` for the pieces of a retrieval."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from memory_chain.types import Piece, Trust
from memory_chain.utils import changed

PIECE = Piece(
    kind="message", text="Hi.", score=1.0, reasons=("its words",), sources=("m1",), id="m1",
    at=datetime(2024, 1, 1, tzinfo=UTC), speaker="Ann", session_id="s1", trust=Trust.TOOL, tokens=3,
)  # fmt: skip


def test_a_changed_piece_is_what_replace_gives_and_the_first_stays():
    before = repr(PIECE)
    assert changed(PIECE, tokens=9, text="Ho.") == replace(PIECE, tokens=9, text="Ho.")
    assert changed(PIECE) == PIECE and changed(PIECE) is not PIECE and repr(PIECE) == before


def test_an_unknown_field_is_refused():
    with pytest.raises(KeyError):
        changed(PIECE, colour="red")
