"""Statements without a verb: "Spiders. Can't.", "Wine yes, beer never.", "Black metal. Gardening."."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from memory_chain.extraction.rules.frames import NEG, POS, Found, words_of
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.extraction.rules.tastes import is_food
from memory_chain.types import Attitude

_VERDICT = re.compile(
    r"(?:^|[,;]\s*|\band\s+|\bbut\s+)(?P<what>[A-Za-z][\w'-]*(?: [\w'-]+){0,2}?)(?: "
    r"is| are)?[ :,]+\s*(?:a |an |always |definitely |absolutely |big |hard |firm )*"
    r"(?P<verdict>yes|yes please|always|love|never|no|nope|no thanks|no thank you|not "
    r"for me|hate|can not|yuck|bleh|ew|no way|not my thing)(?=$|[,.;!]| but| and)",
    re.IGNORECASE,
)
_YES = frozenset(("yes", "yes please", "always", "love"))
_TASTE = ("hobby", "sport", "game", "instrument")
_AGAINST = re.compile(
    r"\b(?:can not|can't|cannot|never|no|nope|not even|even|ugh|hate|terrif\w+|scar\w+|"
    r"shudder|nightmare|awful|phobia|worst|shiver)\b",
    re.I,
)


def telegrams(clauses: Sequence[Clause], name: str) -> Iterator[Found]:
    """What verbless sentences say."""
    seen: set[int] = set()
    for clause in clauses:
        if clause.sentence in seen or clause.question or clause.unreal:
            continue
        seen.add(clause.sentence)
        sentence = clause.sentence_text.strip()
        if len(sentence) > 120:
            continue
        yield from _verdicts(sentence, clause, name)
        if clause.who is Who.FRAGMENT and clause.sentence == 0:
            yield from _bare(sentence, clause, clauses, name)


def _verdicts(sentence: str, clause: Clause, name: str) -> Iterator[Found]:
    for match in _VERDICT.finditer(sentence):
        what = match["what"].strip()
        low = what.lower()
        if re.match(r"^(?:i|we|you|he|she|they|it|that|this|the answer|there)\b", low):
            continue
        liked = match["verdict"].lower() in _YES
        food = is_food(low)
        if not food and not lexicon().any(low, *_TASTE, "fearthing"):
            continue
        section = "diet" if food else "interests" if liked else "fears"
        text = (
            f"{name} {'likes' if liked else 'does not like'} {what[0].lower() if not what[1:2].isupper() else what[0]}"
            f"{what[1:]}."
        )
        yield _found(section, "like" if liked else "dislike", what, text, POS if liked else NEG, clause)


def _bare(sentence: str, clause: Clause, clauses: Sequence[Clause], name: str) -> Iterator[Found]:
    """A message that begins with nothing but a thing: feared things are feared, pastimes are liked."""
    words = words_of(sentence.lower())
    rest = " ".join(other.full for other in clauses if other.sentence != clause.sentence)
    if not words or len(words) > 4 or not rest or len(rest) > 200 or any(other.question for other in clauses):
        return
    lex = lexicon()
    low = " ".join(words)
    if lex.has(low, "fearthing") and low.endswith("s") and _AGAINST.search(rest):
        yield _found("fears", "fear", sentence, f"{name} is afraid of {low}.", NEG, clause)
        return
    if not re.search(r"\b(?:order|life|happy|heaven|bliss|love|perfect|me in|sums|simple pleasures|need)\b", rest):
        return
    for number in range(3):
        one = next((other for other in clauses if other.sentence == number), None)
        if (
            one is not None
            and one.who is Who.FRAGMENT
            and lex.any(one.low, *_TASTE, "food")
            and len(one.low.split()) <= 3
        ):
            yield _found("interests", "like", one.full, f"{name} likes {one.full[0].lower()}{one.full[1:]}.", POS, one)


def _found(section: str, aspect: str, value: str, text: str, polarity: Attitude, clause: Clause) -> Found:
    return Found(
        section=section, aspect=aspect, value=value, text=text, polarity=polarity, ended=False, confidence=0.7,
        order=-2, clause=clause,
    )  # fmt: skip
