"""Words that mean nearly the same, and irregular forms, derived from WordNet by `scripts/build_wordnet.py`."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_HEADER = struct.Struct("<4sIIII")
_MAGIC = b"OMW1"


@dataclass(frozen=True, kw_only=True, slots=True)
class WordTable:
    """Irregular forms (`went` to `go`), and for common stems the nearest stems with a similarity."""

    irregular: Mapping[str, str]
    names: tuple[str, ...]
    places: Mapping[str, int]
    numbers: array[int]
    """Rows of `width` places in `names`, the nearest first."""
    similarities: bytes
    """The similarities beside `numbers`, 0 to 255; 0 ends a row early."""
    width: int

    def nearest(self, stem: str, limit: int) -> list[tuple[str, float]]:
        """Up to `limit` stems like this one with their similarity (0 to 1), the nearest first."""
        place = self.places.get(stem)
        if place is None:
            return []
        start = place * self.width
        stop = start + min(limit, self.width)
        pairs = zip(self.numbers[start:stop], self.similarities[start:stop], strict=True)
        return [(self.names[number], similarity / 255) for number, similarity in pairs if similarity]


EMPTY = WordTable(irregular={}, names=(), places={}, numbers=array("H"), similarities=b"", width=0)


def read_word_table(packed: bytes) -> WordTable:
    """The inverse of the script's `pack`.

    Raises:
        ValueError: the bytes are not a word table.
    """
    if len(packed) < _HEADER.size or packed[:4] != _MAGIC:
        raise ValueError("not a word table: build it with scripts/build_wordnet.py")
    _, irregular_size, names_size, count, width = _HEADER.unpack_from(packed)
    at = _HEADER.size
    pairs = packed[at : at + irregular_size].decode().split()
    at += irregular_size
    names = tuple(packed[at : at + names_size].decode().split("\n"))
    at += names_size
    numbers = array("H")
    numbers.frombytes(packed[at : at + 2 * count * width])
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        numbers.byteswap()
    at += 2 * count * width
    return WordTable(
        irregular=dict(zip(pairs[::2], pairs[1::2], strict=True)),
        names=names,
        places={name: place for place, name in enumerate(names)},
        numbers=numbers,
        similarities=packed[at : at + count * width],
        width=width,
    )


@lru_cache(maxsize=1)
def word_table() -> WordTable:
    """The shipped table, read on first use (a few milliseconds); empty if the package was built without it."""
    source = files("memory_chain") / "data" / "wordnet.bin"
    return read_word_table(source.read_bytes()) if source.is_file() else EMPTY
