"""Which foods and drinks are of which kind: who stops eating meat also stops eating steak. Pure.

The table is derived from WordNet by `scripts/build_kinds.py`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from memory_chain.retrieval.analysis import stem

SECTIONS = frozenset({"diet", "habits", "interests"})
"""Where a word names something that is eaten or drunk."""


def kinds_of(words: frozenset[str]) -> frozenset[str]:
    """The kinds (as stems) to which any of the stems belongs: `steak` is `meat`."""
    table = _table()
    return frozenset(kind for word in words for kind in table.get(word, ()))


@lru_cache(maxsize=1)
def _table() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in (files("memory_chain") / "data" / "kinds.txt").read_text("utf-8").splitlines():
        kind, *members = line.split()
        for member in members:
            table.setdefault(stem(member), set()).add(stem(kind))
    return {member: frozenset(kinds) for member, kinds in table.items()}
