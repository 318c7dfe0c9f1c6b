"""How likely a clause is to say something lasting, and in which section it belongs: learned weights, no model file.

A frame knows the words of a statement; it does not know all the ways in which the same words are said in passing.
A logistic regression over what is seen of a clause (its words and their near words, the classes of the lexicon, how
it begins) was fitted by `scripts/train_weights.py` on labelled messages that we wrote. It has two uses: what a frame
found but hardly ever is a lasting statement is dropped, and what no frame knows but surely is one is filed.
"""

from __future__ import annotations

import gzip
import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from memory_chain.extraction.rules.frames import words_of
from memory_chain.extraction.rules.lexicon import is_past, lexicon
from memory_chain.extraction.rules.normalise import normalise
from memory_chain.extraction.rules.shape import Clause
from memory_chain.retrieval.analysis import stem
from memory_chain.retrieval.wordtable import word_table

LASTING = "lasting"
"""Beside the sections: whether a clause says anything lasting at all."""
REVEALING = "revealing"
"""Whether a whole message reveals anything about its writer."""

OF_MESSAGE = "m:"
"""How the names of a whole message's features begin."""
_NEAR = 6
_NEAR_WEIGHT = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A bias for each label, and for each feature the weights it adds to labels."""

    bias: Mapping[str, float]
    features: Mapping[str, Mapping[str, float]]

    def of_message(self, text: str) -> MessageWeights:
        """What the words of a whole message say, for it and for each of its clauses."""
        return MessageWeights(weights=self, sums=self.added(self.bias, seen_in_message(text)))

    def added(self, sums: Mapping[str, float], amounts: Mapping[str, float]) -> dict[str, float]:
        """The sums of the labels, and what features add to them."""
        more = dict(sums)
        for feature, amount in amounts.items():
            for label, weight in self.features.get(feature, {}).items():
                more[label] += amount * weight
        return more


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWeights:
    """The weights as they stand within one message."""

    weights: Weights
    sums: Mapping[str, float]
    """For each label: its bias, and what the words of the message add to it."""

    def revealing(self) -> float:
        """How likely (0 to 1) the message reveals anything about its writer."""
        return _likely(self.sums[REVEALING])

    def chances(self, clause: Clause) -> dict[str, float]:
        """How likely (0 to 1) each label of one of its clauses is: `lasting`, and the sections."""
        sums = self.weights.added(self.sums, seen_in(clause))
        return {label: _likely(value) for label, value in sums.items() if label != REVEALING}


def _likely(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def seen_in(clause: Clause) -> dict[str, float]:
    """The features of a clause, each with an amount from 0 to 1."""
    words = words_of(f"{clause.lead} {clause.low}".lower() if clause.lead else clause.low)
    amounts: dict[str, float] = {}
    for word in words:
        root = stem(word)
        amounts[f"w={root}"] = 1.0
        for near, similarity in word_table().nearest(root, _NEAR):
            key = f"w={near}"
            amounts[key] = min(1.0, amounts.get(key, 0.0) + _NEAR_WEIGHT * similarity)
    amounts.update(dict.fromkeys(_shape(clause, words), 1.0))
    return amounts


def _shape(clause: Clause, words: list[str]) -> list[str]:
    seen = [f"who={clause.who.value}", f"length={min(len(words) // 3, 6)}"]
    seen += [name for name in ("fragment", "question", "unreal") if getattr(clause, name)]
    seen += [f"pair={first} {second}" for first, second in itertools.pairwise(words)]
    seen += [f"begins={' '.join(words[:2])}", f"begins={' '.join(words[:3])}"]
    seen += [f"class={name}" for hit in lexicon().hits(words) for name in hit.classes]
    if clause.join:
        seen.append(f"join={clause.join}")
    if len(words) > 1:
        seen.append(f"second={stem(words[1])}")
        if is_past(words[1]):
            seen.append("past")
    if clause.owner:
        seen += [f"owner={name}" for name in lexicon().of(clause.owner.split()[-1].lower())]
    if any(word.isdigit() for word in words):
        seen.append("number")
    return seen


_CUES = {
    "quotation": re.compile(r"[\"“”«»]"),
    "colon": re.compile(r":\s"),
    "question": re.compile(r"\?"),
    "asks last": re.compile(r"\?\W*$"),
    "lines": re.compile(r"\n"),
    "if": re.compile(r"\bif\b", re.IGNORECASE),
    "code": re.compile(r"[{}<>=_]|\(\)"),
    "exclamation": re.compile(r"!"),
    "ellipsis": re.compile(r"\.\.\.|…"),
    "report": re.compile(r"\b(?:says?|said|told|tells|reckons|swears|thinks)\b", re.IGNORECASE),
    "kin": re.compile(
        r"\bmy (?:mum|mom|dad|wife|husband|son|daughter|kids?|sister|brother|partner|girlfriend|boyfriend)\b",
        re.IGNORECASE,
    ),
    "acquaintance": re.compile(
        r"\b(?:my|an?|the|our) (?:friend|mate|colleague|coworker|neighbou?r|boss|manager|flatmate|roommate|cousin"
        r"|uncle|aunt|teacher|landlord|client)(?:'?s)?\b",
        re.IGNORECASE,
    ),
    "third person": re.compile(r"\b(?:he|she|they|his|her|their)\b", re.IGNORECASE),
}
_FIRST_PERSON = re.compile(r"\b(?:i|my|we|our|me)\b")
_LONGEST = 2_000
"""Characters: what a message is about shows at its beginning."""


def seen_in_message(text: str) -> dict[str, float]:
    """The features of a whole message, each with amount 1; none of them is one of a clause."""
    head = text[:_LONGEST]
    low = normalise(head).lower()
    words = words_of(low)
    seen = [f"m:{stem(word)}" for word in words]
    seen += [f"m:pair={first} {second}" for first, second in itertools.pairwise(words)]
    seen += [f"m:begins={' '.join(words[:size])}" for size in (1, 2)]
    seen += [f"m:cue={name}" for name, cue in _CUES.items() if cue.search(head)]
    seen += [f"m:length={min(len(words) // 6, 6)}", f"m:first person={min(len(_FIRST_PERSON.findall(low)), 4)}"]
    return dict.fromkeys(seen, 1.0)


@lru_cache(maxsize=1)
def default_weights() -> Weights:
    """The weights that ship, read once."""
    packed = (files("memory_chain") / "data" / "reading.txt.gz").read_bytes()
    return read_weights(gzip.decompress(packed).decode())


def read_weights(text: str) -> Weights:
    """The inverse of the training script's `written`: a line `feature<TAB>label:weight …`, the first one the biases."""
    first, *lines = (line for line in text.splitlines() if not line.startswith("#"))
    features = {}
    for line in lines:
        feature, _, weights = line.partition("\t")
        features[feature] = _labelled(weights)
    return Weights(bias=_labelled(first.partition("\t")[2]), features=features)


def _labelled(text: str) -> dict[str, float]:
    pairs = (pair.split(":") for pair in text.split())
    return {label: float(weight) for label, weight in pairs}
