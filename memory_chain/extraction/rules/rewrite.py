"""Rewrites what a person says of themselves so that it stands alone: "I can't swim" → "The user can not swim"."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.lexicon import lexicon

_SELF = re.compile(r"\b(i|we)\b(?:\s+([a-z'-]+))?(?:\s+([a-z'-]+))?", re.IGNORECASE)
_OTHER = re.compile(r"\b(my|our|me|us|mine|ours|myself|ourselves)\b", re.IGNORECASE)
_PRONOUN = {"my": "their", "our": "their", "me": "them", "us": "them", "mine": "theirs", "ours": "theirs",
            "myself": "themselves", "ourselves": "themselves"}  # fmt: skip
_MODAL = frozenset("can could will would shall should may might must ought used had was did never".split())
_ADVERB = frozenset(
    "really just also still actually always often usually never sometimes rarely only now already generally mostly "
    "normally definitely absolutely totally basically currently recently finally even ever kind probably truly "
    "honestly personally simply hardly barely seldom tend occasionally regularly both all once then quite rather "
    "genuinely literally mainly typically secretly slowly deeply".split()
)
_THIRD = {"am": "is", "are": "is", "were": "was", "have": "has", "do": "does", "go": "goes"}


def third_person(verb: str) -> str:
    """The form of a verb after "the user"; a past form or a modal stays as it is."""
    low = verb.lower()
    if low in _THIRD:
        return _THIRD[low]
    if low in _MODAL or low.endswith("ed") or lexicon().has(low, "past"):
        return low
    if low.endswith(("s", "x", "z", "ch", "sh", "o")):
        return low + "es"
    if low.endswith("y") and low[-2:-1] not in "aeiou":
        return low[:-1] + "ies"
    return low + "s"


class _Rewriter:
    """Counts mentions, so that only the first one carries the name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.named = False

    def subject(self, match: re.Match[str]) -> str:
        words = [word for word in match.groups()[1:] if word]
        first, self.named = not self.named, True
        subject = self.name if first else "they"
        if first and words:
            at = 1 if len(words) > 1 and words[0].lower() in _ADVERB and words[0].lower() not in ("never",) else 0
            if words[0].lower() == "never" and len(words) > 1:
                at = 1
            words[at] = third_person(words[at])
        elif words and words[0].lower() in ("am", "was"):
            words[0] = {"am": "are", "was": "were"}[words[0].lower()]
        return " ".join([subject, *words])

    def other(self, match: re.Match[str]) -> str:
        word = match.group(1).lower()
        first, self.named = not self.named, True
        if not first:
            return _PRONOUN[word]
        if word in ("my", "our"):
            return f"{self.name}'s"
        return f"{self.name}'s" if word in ("mine", "ours") else self.name


_ANY = re.compile(f"{_SELF.pattern}|{_OTHER.pattern}", re.IGNORECASE)


def stand_alone(clause: str, name: str) -> str:
    """A first-person clause as a statement about `name`, with a capital and a full stop."""
    rewriter = _Rewriter(name)

    def put(match: re.Match[str]) -> str:
        if match.group(1):
            found = _SELF.match(match.string, match.start())
            assert found is not None
            return rewriter.subject(found)
        found = _OTHER.match(match.string, match.start())
        assert found is not None
        return rewriter.other(found)

    text = _ANY.sub(put, clause).strip(" ,;:-–—.!?")
    return text[:1].upper() + text[1:] + "." if text else text
