"""A text as tokens, and what it means to read at one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from memory_chain.dates.resolvers import Found
from memory_chain.dates.vocabulary import ANCHORS, DIGITS


@cache
def _token_pattern() -> re.Pattern[str]:
    return re.compile(
        r"[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)?"  # a word, with "'re" and "'ll" but without "'s"
        r"|['’]s\b|[0-9]+|\n[ \t\r]*\n|_+|\S"
    )


@cache
def _code_pattern() -> re.Pattern[str]:
    return re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


@cache
def _anchor_pattern() -> re.Pattern[str]:
    return re.compile("[a-z]+|[0-9]")


def may_tell_time(text: str) -> bool:
    """A quick look that spares most messages the reading."""
    return not ANCHORS.isdisjoint(_anchor_pattern().findall(text.lower()))


class Text:
    """The tokens of a text: words in lower case, and where they start and end.

    The text brings the parsers of points in time, by first word and for digits: a parser that looks for
    another time inside its own finds them here, and no parser has to import the table of them all.
    """

    __slots__ = ("ends", "numerals", "points", "source", "starts", "words")

    def __init__(self, source: str, points: Mapping[str, tuple[Parser, ...]], numerals: tuple[Parser, ...]) -> None:
        read = source
        if "`" in source:
            read = _code_pattern().sub(lambda code: "_" * len(code[0]), source)
        tokens = list(_token_pattern().finditer(read))
        self.source, self.points, self.numerals = source, points, numerals
        self.words = [token[0].lower().replace("’", "'") for token in tokens]
        self.starts = [token.start() for token in tokens]
        self.ends = [token.end() for token in tokens]

    def word(self, i: int) -> str:
        """The word at a place, or "" outside of the text."""
        return self.words[i] if 0 <= i < len(self.words) else ""

    def parsers(self, i: int) -> tuple[Parser, ...]:
        """The parsers of points in time that can begin here."""
        return self.numerals if self.is_number(i) else self.points.get(self.word(i), ())

    def phrase(self, i: int, *words: str) -> bool:
        """Do just these words stand here?"""
        return self.word(i) == words[0] and tuple(self.words[i : i + len(words)]) == words

    def glued(self, i: int) -> bool:
        """Does the token follow the one before without a space?"""
        return 0 < i < len(self.words) and self.ends[i - 1] == self.starts[i]

    def capital(self, i: int) -> bool:
        """Is the first letter a capital?"""
        return self.source[self.starts[i]].isupper()

    def is_number(self, i: int) -> bool:
        """Does the token consist of plain digits?"""
        return self.word(i)[:1] in DIGITS and self.word(i) != ""

    def number(self, i: int, most_digits: int = 4) -> int | None:
        """The whole number at a place, if there is a short one."""
        return int(self.word(i)) if self.is_number(i) and len(self.word(i)) <= most_digits else None

    def cue(self, i: int) -> str:
        """The word before, looking past an article."""
        before = self.word(i - 1)
        return self.word(i - 2) if before == "the" else before

    def stands_alone(self, start: int, end: int) -> bool:
        """Is a stretch of the source on its own, and no piece of a name, a price, a path or a version?"""
        before, after = self.source[max(0, start - 2) : start], self.source[end : end + 2]
        if before and not before[-1].isspace():
            piece = before[-1].isalnum() or before[-1] in "_/@#$€£¥=+\\&-~^" or before[-1] == "." != before[0]
            if piece:
                return False
        if not after or after[0].isspace():
            return True
        if after[0].isalnum() or after[0] in "_%@(=°":
            return False
        return not (after[1:].isalnum() and after[0] in (".-:,/\\" if self.source[end - 1].isdigit() else ".-"))


Parser = Callable[[Text, int, int], "Found | None"]
"""Reads at a token; the last argument is the depth: 0, or more inside another expression."""


def longest(t: Text, i: int, depth: int, parsers: Iterable[Parser]) -> Found | None:
    """The reading that goes furthest, the first one among equals."""
    best: Found | None = None
    for parse in parsers:
        found = parse(t, i, depth)
        if found and (best is None or found.stop > best.stop):
            best = found
    return best
