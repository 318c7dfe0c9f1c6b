"""What is checked of every embedder's vectors before they are stored. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from memory_chain.errors import ReplyError


def checked_vectors(rows: Sequence[Sequence[float]], *, texts: int, dim: int | None, name: str) -> list[list[float]]:
    """The vectors, each of length 1 (or all zeros).

    Args:
        rows: what the embedder gave, one a text.
        texts: how many texts were given.
        dim: the length that a vector must have; None takes that of the first.
        name: of the embedder, for the message.

    Raises:
        ReplyError: fewer or more vectors than texts, another dimension, or a number that is none.
    """
    if len(rows) != texts:
        raise ReplyError(f"The embedder {name!r} gave {len(rows)} vectors for {texts} texts.")
    wanted = dim if dim is not None else len(rows[0]) if rows else 0
    return [_checked(row, wanted, name) for row in rows]


def _checked(row: Sequence[float], dim: int, name: str) -> list[float]:
    if len(row) != dim or not dim:
        raise ReplyError(
            f"The embedder {name!r} gave a vector of {len(row)} numbers where {dim} were expected. Another model needs "
            "`rebuild`: vectors of two models are never mixed."
        )
    if not all(
        isinstance(value, float | int) and not isinstance(value, bool) and math.isfinite(value) for value in row
    ):
        raise ReplyError(f"The embedder {name!r} gave a vector with something in it that is no number.")
    largest = max(map(abs, row))
    if not largest:
        return [0.0] * dim
    scaled = [value / largest for value in row]  # so that squares neither overflow nor vanish
    length = math.sqrt(sum(value * value for value in scaled))
    return [value / length for value in scaled]
