"""Rewrites what a person says of themselves so that it stands alone: "I can't swim" → "The user can not swim"."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.lexicon import is_past, lexicon, word_set

_SELF = re.compile(r"\b(i|we)\b(?:\s+([a-z'-]+))?(?:\s+([a-z'-]+))?", re.IGNORECASE)
_OTHER = re.compile(r"\b(my|our|me|us|mine|ours|myself|ourselves)\b", re.IGNORECASE)
_PRONOUN = {"my": "their", "our": "their", "me": "them", "us": "them", "mine": "theirs", "ours": "theirs",
            "myself": "themselves", "ourselves": "themselves"}  # fmt: skip
_MODAL = word_set("can could will would shall should may might must ought used had was did never")
_ADVERB = word_set(
    "really just also still actually always often usually never sometimes rarely only "
    "now already generally mostly "
    "normally definitely absolutely totally basically currently recently finally even ever kind probably truly "
    "honestly personally simply hardly barely seldom occasionally regularly both all once then quite rather "
    "genuinely literally mainly typically secretly slowly deeply"
)
_THIRD = {"am": "is", "are": "is", "were": "was", "have": "has", "do": "does", "go": "goes"}


def third_person(verb: str) -> str:
    """The form of a verb after "the user"; a past form or a modal stays as it is."""
    low = verb.lower()
    if low in _THIRD:
        return _THIRD[low]
    if low in _MODAL or low in ("no", "not") or is_past(low):
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
        subject = self._name(match) if first else "they"
        if first and words:
            at = 1 if len(words) > 1 and words[0].lower() in _ADVERB and words[0].lower() not in ("never",) else 0
            if words[0].lower() == "never" and len(words) > 1:
                at = 1
            present = at == 1 and words[1].lower() in ("read", "put", "cut", "set", "let", "hit", "bet", "spread")
            words[at] = words[at] + "s" if present else third_person(words[at])
        elif words and words[0].lower() in ("am", "was"):
            words[0] = {"am": "are", "was": "were"}[words[0].lower()]
        return " ".join([subject, *(_PRONOUN.get(word.lower(), word) for word in words)])

    def other(self, match: re.Match[str]) -> str:
        word = match.group(1).lower()
        first, self.named = not self.named, True
        if not first:
            return _PRONOUN[word]
        name = self._name(match)
        return f"{name}'s" if word in ("my", "our", "mine", "ours") else name

    def _name(self, match: re.Match[str]) -> str:
        return "the user" if self.name == "The user" and match.start() else self.name


_ANY = re.compile(f"{_SELF.pattern}|{_OTHER.pattern}", re.IGNORECASE)


def stand_alone(clause: str, name: str) -> str:
    """A first-person clause as a statement about `name`, with a capital and a full stop."""
    rewriter = _Rewriter(name)
    clause = re.sub(r"^([Ww]e|I) (?:all|both|each) (?!of\b)", r"\1 ", clause)

    def put(match: re.Match[str]) -> str:
        if match.group(1):
            found = _SELF.match(match.string, match.start())
            assert found is not None
            return rewriter.subject(found)
        found = _OTHER.match(match.string, match.start())
        assert found is not None
        return rewriter.other(found)

    text = _ANY.sub(put, clause).replace(" & ", " and ").strip(" ,;:-–—.!?")
    return text[:1].upper() + text[1:] + "." if text else text


_ENDED = re.compile(
    r"^i (?:used to|no longer|do not|can not|have not|am no longer|am not|never)\s+(?P<verb>[a-z-]+)", re.IGNORECASE
)
_PLAYED = (
    ("schoolword", "go to"),
    ("instrument", "play"),
    ("game", "play"),
    ("food", "have"),
    ("sport", "do"),
    ("software", "use"),
)
_FORMS = {"being": "is", "be": "is", "having": "has", "dying": "dies", "lying": "lies", "going": "goes"}


def no_longer(core: str, phrase: str, name: str, *, place: bool = False) -> str:
    """What ended, as a statement: ("I stopped eating meat", "eating meat") → "The user no longer eats meat."."""
    words = phrase.strip(" ,.;").split()
    if not words:
        return stand_alone(core, name)
    first = words[0].lower()
    ended = _ENDED.match(core)
    if first in _FORMS:
        verb, rest = _FORMS[first], words[1:]
    elif first.endswith("ing") and base_of(first):
        verb, rest = third_person(base_of(first)), words[1:]
    elif ended and ended.group("verb").lower() == first:
        verb, rest = third_person(first), words[1:]
    elif ended and core[: core.lower().find(phrase.lower())].split()[-1:] != []:
        before = core[: core.lower().find(phrase.lower())].split()
        tail = before[2 if before[1].lower() == "never" else 3 :]
        if tail and tail[0].lower() in (
            "living",
            "live",
            "work",
            "be",
            "stay",
            "rent",
            "own",
            "have",
            "use",
            "drive",
            "working",
        ):
            verb = third_person(base_of(tail[0].lower()) or tail[0].lower()) if tail[0].lower() != "be" else "is"
            rest = [*tail[1:], *words]
        else:
            verb, rest = (
                ("is" if " am " in f" {core.lower()} " or " be " in f" {core.lower()} " else _having(phrase, place)),
                words,
            )
    else:
        verb, rest = _having(phrase, place), words
    said = stand_alone(f"my {' '.join(rest)}", name) if rest else ""
    tail_text = said.removeprefix(f"{name}'s ").rstrip(".") if said else ""
    tail_text = re.sub(r"\b(?:my|our)\b", "their", tail_text)
    return f"{name} no longer {verb} {tail_text}".strip() + "."


def _having(phrase: str, place: bool) -> str:
    low = phrase.lower()
    if place:
        return "lives in"
    for name, verb in _PLAYED:
        if lexicon().any(low, name):
            return third_person(verb)
    return "has"


def base_of(gerund: str) -> str:
    """The verb of an -ing form: "running" → "run"; empty if it is none that is known."""
    stem = gerund.lower().removesuffix("ing")
    tries = [stem, stem + "e"]
    if len(stem) > 2 and stem[-1] == stem[-2]:
        tries.insert(0, stem[:-1])
    lex = lexicon()
    return next((word for word in tries if len(word) > 1 and lex.has(word, "verb", "hobbyverb", "workverb")), "")
