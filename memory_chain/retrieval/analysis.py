"""From text to index terms: the one place that decides what a word is.

`analyze` is used for messages and for queries alike. Latin words are lower-cased, stripped of accents and
stemmed (irregular English forms first: `went` is `go`); Cyrillic, Greek, Arabic and Devanagari words get the
stemmer of that script's largest language; scripts without spaces, and Korean, become overlapping pairs.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import Stemmer

from memory_chain.retrieval.wordtable import word_table

_STOP_WORDS = """
    a about above after again against all also am an and any are aren as at be because been before
    being below between both but by can cannot could couldn d did didn do does doesn doing don down
    during each few for from further had hadn has hasn have haven having he her here hers herself
    him himself his how i if in into is isn it its itself just let ll m me more most mustn my myself
    no nor not now o of off on once only or other our ours ourselves out over own re s same shan she
    should shouldn so some such t than that the their theirs them themselves then there these they
    this those through to too under until up ve very was wasn we were weren what when where which
    while who whom why will with won would wouldn y you your yours yourself yourselves
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

MAX_WORD = 64
"""Longer runs of letters (keys, base64) are cut: nobody asks for them by their tail."""

# Letters and digits of all scripts, and the vowel signs of Indic and south-east Asian scripts,
# which Python does not count as letters.
_SIGNS = r"\u0900-\u0963\u0966-\u0e3e\u0e40-\u109f\u1780-\u17d3\u17d7-\u17ff\u3099\u309a"
_LETTER = rf"(?:[^\W_]|[{_SIGNS}])"
_WORD = re.compile(rf"{_LETTER}+(?:['’]{_LETTER}+)?")
_CHINESE = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SPACELESS = re.compile(
    rf"([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\uac00-\ud7af{_CHINESE}]+)"
)
_HAN = re.compile(rf"[{_CHINESE}]")
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670\u200b-\u200f]")
_ENDINGS = frozenset(("s", "t", "m", "d", "re", "ve", "ll"))
_STEMMERS = (
    (re.compile("[a-z]"), "english"),
    (re.compile(r"[\u0400-\u04ff]"), "russian"),
    (re.compile(r"[\u0370-\u03ff]"), "greek"),
    (re.compile(r"[\u0600-\u06ff]"), "arabic"),
    (re.compile(r"[\u0900-\u097f]"), "hindi"),
)


class _Stemmers(threading.local):
    """The stemmers of this thread: they are not safe to share."""

    def __init__(self) -> None:
        self.by_language: dict[str, Stemmer.Stemmer] = {}

    def stem(self, language: str, word: str) -> str:
        if language not in self.by_language:
            self.by_language[language] = Stemmer.Stemmer(language)
        return str(self.by_language[language].stemWord(word))


_stemmers = _Stemmers()


def fold(text: str) -> str:
    """Lower case, one width, no accents; vowel points of Hebrew and Arabic go too."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed))


def words(text: str) -> list[str]:
    """The folded words of a text, stop words included; spaceless scripts still in one piece."""
    found = []
    for word in _WORD.findall(fold(text)):
        if "'" in word or "’" in word:
            head, _, tail = word.replace("’", "'").partition("'")
            if tail == "t" and head.endswith("n"):
                found.append("not")
            else:
                found.append(head)
                if tail not in _ENDINGS:
                    found.append(tail)
        else:
            found.append(word)
    return found


def stem(word: str, *, exceptions: Mapping[str, str] | None = None) -> str:
    """The stem of a folded word; irregular forms are led back first (`exceptions`: the shipped ones)."""
    irregular = word_table().irregular if exceptions is None else exceptions
    word = irregular.get(word, word)
    for script, language in _STEMMERS:
        if script.search(word):
            return _stemmers.stem(language, word) or word
    return word


@lru_cache(maxsize=65_536)
def _terms(word: str) -> tuple[str, ...]:
    """The terms of one folded word: its stem, or the pairs of a run without spaces."""
    word = word[:MAX_WORD] if word.isascii() else word
    if word.isascii() or not _SPACELESS.search(word):
        return (stem(word[:MAX_WORD]),)
    terms: list[str] = []
    for part in _SPACELESS.split(word):
        if _SPACELESS.match(part):
            terms += _pairs(part)
        elif part:
            terms.append(stem(part))
    return tuple(terms)


def _pairs(run: str) -> list[str]:
    """Overlapping pairs of a run; Chinese characters also alone, for they are words."""
    pairs = [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return pairs + (_HAN.findall(run) if len(run) > 1 else [])


def analyze(text: str) -> list[str]:
    """The index terms of a text, in order, repeated as they repeat.

    Stop words are left out, unless there is nothing else ("to be or not to be").
    """
    found = words(text)
    content = [word for word in found if word not in STOP_WORDS]
    terms: list[str] = []
    for word in content or found:
        terms += _terms(word)
    return terms
