"""Rewrites what a person says of themselves so that it stands alone: "I can't swim" → "The user can not swim"."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.lexicon import is_past, lexicon, word_set

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
_ADVERBS = f"(?:\\s+(?:kind of|sort of|{'|'.join(sorted(_ADVERB))})(?![\\w'-]))*"
_FOLLOWING = r"(?:\s+((?!i\b|we\b)[a-z'-]+))?"
_SELF = re.compile(rf"\b(i|we)\b({_ADVERBS}){_FOLLOWING}{_FOLLOWING}", re.IGNORECASE)
_TOGETHER = re.compile(r"(?:(?:[Mm]y|[Oo]ur) [\w'’-]+|(?!It|This|That|You|He|She|They)[A-Z][\w'’-]+) (?:and|&) $")
"""What makes "I" one of two: "Ana and I are"."""
_NO_VERB = word_set("of or and but in at on to for from with as than")
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


def _is_adverb(word: str) -> bool:
    return word in _ADVERB or (word.endswith("ly") and len(word) > 5 and not lexicon().has(word, "verb"))


class _Rewriter:
    """Counts mentions, so that only the first one carries the name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.named = False

    def subject(self, match: re.Match[str]) -> str:
        adverbs = match[2].split()
        words = [word for word in match.groups()[2:] if word]
        first, self.named = not self.named, True
        subject = self._name(match) if first else "they"
        if _TOGETHER.fullmatch(match.string[: match.start()]):
            words[:1] = [{"am": "are", "was": "were"}.get(word.lower(), word) for word in words[:1]]
        elif first and words and words[0].lower() not in _NO_VERB:
            at = 1 if len(words) > 1 and _is_adverb(words[0].lower()) else 0
            low = words[at].lower()
            present = (adverbs or at) and low in ("read", "put", "cut", "set", "let", "hit", "bet", "spread")
            words[at] = words[at] + "s" if present else third_person(words[at])
        elif words and words[0].lower() in ("am", "was"):
            words[0] = {"am": "are", "was": "were"}[words[0].lower()]
        return " ".join([subject, *adverbs, *(_PRONOUN.get(word.lower(), word) for word in words)])

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
_DETERMINERS = word_set("my our the a an")
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
    before = core[: max(0, core.lower().find(phrase.lower()))].split()
    if before and before[-1].lower() in _DETERMINERS:
        words.insert(0, before.pop())
    verb, rest = _verb_of_end(core, before, words, place)
    said = " ".join(_PRONOUN.get(word.lower(), word) for word in rest)
    return f"{name} no longer {verb} {said}".strip() + "."


def _verb_of_end(core: str, before: list[str], words: list[str], place: bool) -> tuple[str, list[str]]:
    """The verb of what ended, in the third person, and what follows it."""
    first = words[0].lower()
    last = " ".join(before[-1:]).lower()
    ended = _ENDED.match(core)
    if first in _FORMS:
        return _FORMS[first], words[1:]
    if first.endswith("ing") and base_of(first) and not lexicon().has(" ".join(words[:2]).lower(), "schoolword"):
        return third_person(base_of(first)), words[1:]
    if last == "to" and before[-2:-1] == ["going"]:
        return "goes to", words
    if last.endswith("ing") and base_of(last):
        return third_person(base_of(last)), words
    if ended is None:
        return _having(" ".join(words), place), words
    verb = ended["verb"].lower()
    following = _until_more(core[ended.end("verb") :].split())
    if verb == "be" or re.match(r"^i (?:am no longer|am not)\b", core, re.IGNORECASE):
        return "is", following if verb == "be" else [ended["verb"], *following]
    if verb == first or lexicon().has(verb, "verb"):
        return third_person(verb), following
    return _having(" ".join(words), place), words


def _until_more(words: list[str]) -> list[str]:
    """The words up to "any more"."""
    for place, word in enumerate(words):
        if word.lower().strip(",.") in ("any", "because", "since", "but", "and"):
            return words[:place]
    return words


def _having(phrase: str, place: bool) -> str:
    low = phrase.lower()
    if place:
        return "lives in"
    for name, verb in _PLAYED:
        if lexicon().any(low, name):
            first, _, rest = verb.partition(" ")
            return f"{third_person(first)} {rest}".strip()
    return "has"


def base_of(gerund: str) -> str:
    """The verb of an -ing form: "running" → "run"; empty if it is none that is known."""
    stem = gerund.lower().removesuffix("ing")
    tries = [stem, stem + "e"]
    if len(stem) > 2 and stem[-1] == stem[-2]:
        tries.insert(0, stem[:-1])
    lex = lexicon()
    return next((word for word in tries if len(word) > 1 and lex.has(word, "verb", "hobbyverb", "workverb")), "")
