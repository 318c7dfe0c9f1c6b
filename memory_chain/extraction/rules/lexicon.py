"""Word classes: which words are foods, illnesses, relatives, occupations.

Two files of data: `lexicon.txt`, written by hand, and `wordnet_classes.txt`, derived from WordNet by
`scripts/build_lexicons.py`. Both are read once, when they are first needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

LONGEST_PHRASE = 3
_NONE: frozenset[str] = frozenset()


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set: a word list is easier to read as a text."""
    return frozenset(text.split())


_MERGED = {
    "occupation": ("jobextra",),
    "food": ("dietnoun",),
    "condition": ("illness",),
    "study": ("studyextra",),
    "animal": ("pet",),
}
_IRREGULAR = {
    "mice": "mouse", "children": "child", "wives": "wife", "feet": "foot", "teeth": "tooth", "knives": "knife",
    "geese": "goose", "shelves": "shelf", "women": "woman", "men": "man", "people": "person", "kids": "kid",
    "loaves": "loaf", "leaves": "leaf", "lives": "life", "calves": "calf", "scarves": "scarf", "glasses": "glasses",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hit:
    """A known word or phrase: words `start` to `end` (exclusive) and its classes."""

    start: int
    end: int
    classes: frozenset[str]


@lru_cache(maxsize=8192)
def singular(word: str) -> str:
    """The singular of a lower-case English noun, by its ending."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("children"):
        return word[:-3]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ics")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "zes", "sses", "oes")):
        return word[:-2]
    return word[:-1]


class Lexicon:
    """All classes, and the way from a word to its classes."""

    def __init__(self, classes: dict[str, frozenset[str]]) -> None:
        self.classes = classes
        found: dict[str, set[str]] = {}
        for name, words in classes.items():
            for word in words:
                found.setdefault(word, set()).add(name)
        self._of = {word: frozenset(names) for word, names in found.items()}

    def of(self, phrase: str) -> frozenset[str]:
        """The classes of a lower-case word or phrase, also of its singular."""
        classes = self._of.get(phrase, _NONE)
        head, space, last = phrase.rpartition(" ")
        one = singular(last)
        if one == last:
            return classes
        more = self._of.get(head + space + one)
        return classes | more if more else classes

    def has(self, phrase: str, *names: str) -> bool:
        """Whether the phrase belongs to one of the classes."""
        return not self.of(phrase).isdisjoint(names)

    def hits(self, words: Sequence[str]) -> list[Hit]:
        """The known phrases among lower-case words, the longest first, without overlap."""
        found, at = [], 0
        while at < len(words):
            for size in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
                classes = self.of(" ".join(words[at : at + size]))
                if classes:
                    found.append(Hit(at, at + size, classes))
                    at += size - 1
                    break
            at += 1
        return found

    def any(self, text: str, *names: str) -> bool:
        """Whether a lower-case text holds a phrase of one of the classes."""
        words = text.replace(",", " ").replace(".", " ").split()[:40]
        return any(not hit.classes.isdisjoint(names) for hit in self.hits(words))


def _read(name: str) -> Iterable[tuple[str, list[str]]]:
    text = (files("memory_chain") / "data" / name).read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            key, _, words = line.partition(":")
            yield key, [word.strip() for word in words.split(",")]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The default lexicon."""
    classes: dict[str, set[str]] = {}
    for key, words in _read("wordnet_classes.txt"):
        classes[key] = set(words)
    for key, words in _read("lexicon.txt"):
        taken = classes.setdefault(key, set())
        taken.update(word for word in words if word and not word.startswith("-"))
        taken.difference_update(word[1:] for word in words if word.startswith("-"))
    for key, extra in _MERGED.items():
        for name in extra:
            classes[key] |= classes[name]
    return Lexicon({key: frozenset(words) for key, words in classes.items()})


_NOT_PAST = word_set(
    "need feed speed bleed breed exceed proceed succeed seed am are is weed heed embed shed wed led indeed red bed"
)


def is_past(verb: str) -> bool:
    """Whether a lower-case word may be the past form of a verb."""
    return verb not in _NOT_PAST and (verb.endswith("ed") or lexicon().has(verb, "past"))
