"""Where a liked or disliked thing belongs: food to diet, ways of speaking to communication, the rest to tastes."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import Place, words_of
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.shape import Clause

_EMPTY = re.compile(
    r"^(?:it|that|this|him|her|them|you|your|u|me|us|one|ones|those|these|everything|"
    r"nothing|anything|something|what|how|"
    r"when|where|why|the (?:way|idea|fact|thought of it|sound of|look|answer|one|other)|"
    r"both|all|to (?:know|see|say|hear|ask|admit|be|tell|break|"
    r"interrupt|think)|if|hear|hearing|see|know|seeing|people who|someone|somebody|myself|"
    r"each other|i|we|he|she|they|so|not|"
    r"then|time of year|different perspective|and|but|or|is|was|the most|thing|things|stuff|sound|idea|your \w+|"
    r"bit|lot|much|more|here|there|in|on|at|for|to|"
    r"telling|asking|saying|bothering|bother|interrupt|admit|fact|answer|code|error|bug|name|word|this \w+|that \w+|"
    r"(?:this|that|the) (?:app|website|error|bug|code|function|weather|photo|picture|"
    r"song|one|story|part|line|colour|color|question|"
    r"message|joke|outfit|dress|shirt|design|version|answer|reply|suggestion|plan|result))\b"
)
_EAT = re.compile(r"\b(?:eat|eating|drink|drinking|taste|food|dish|cuisine|meal|coffee|tea|spicy|cook(?:ed)? by)\b")


def is_empty(value: str) -> bool:
    """Whether a value says nothing by itself ("it", "that one")."""
    return not value or bool(_EMPTY.match(value)) or len(value) < 2


def is_food(value: str) -> bool:
    """Whether a value is something to eat or drink."""
    if _EAT.search(value):
        return True
    words = words_of(value)
    hits = lexicon().hits(words[:8])
    return any(
        not hit.classes.isdisjoint(("food", "dietnoun")) and hit.classes.isdisjoint(("unlist", "sport", "instrument"))
        for hit in hits
    )


def _general(value: str) -> Place | None:
    words = words_of(value)
    lex = lexicon()
    if is_empty(value):
        return None
    first = words[0] if words else ""
    if lex.has(first, "kin") or lex.any(value, "nearkin"):
        return None
    if lex.any(value, "style") and re.search(
        r"\b(?:answers?|repl|respon|explanation|bullet|emoji|jargon|messages?|texts?|small talk|phone|tone)\b", value
    ):
        return Place("communication", "style")
    if is_food(value):
        return Place("diet", "like")
    return Place("interests", "like")


_ADDED = re.compile(r"^i (?:like|love|enjoy)\b")


def _wished(clause: Clause) -> bool:
    """ "Enjoy the market!" and "…, like hiking": words that lack a subject because the writer is none."""
    if re.match(r"^i like\b", clause.low) and re.search(r"[,?.!] +like \w", clause.sentence_text):
        return True
    if not clause.fragment or not _ADDED.match(clause.low):
        return False
    if re.match(r"^i (?:love|enjoy) (?:the|your|that|this|it|yourself)\b", clause.low):
        return clause.low.startswith("i enjoy")
    return clause.low.startswith("i like")


def liked(value: str, clause: Clause) -> Place | None:
    """The place of something that is liked."""
    if _wished(clause):
        return None
    place = _general(value)
    if place is not None and place.section == "interests":
        if re.match(r"^(?:working|my (?:job|work)|job|work|teaching|coding)\b", value):
            return Place("work", "way")
        if re.match(r"^(?:mornings?|evenings?|nights?|weekends?|sundays?|saturdays?)\b", value):
            return Place("schedule", "regular")
        if re.match(r"^(?:being|living)\b.*\b(?:alone|own)\b", value):
            return Place("personality", "trait")
    return place


def disliked(value: str, clause: Clause) -> Place | None:
    """The place of something that is disliked."""
    place = _general(value)
    if place is None or value in ("texture", "taste", "smell", "sound", "look", "do anything", "say anything"):
        return None
    if place.section == "diet":
        return Place("diet", "dislike")
    return Place("fears", "dislike") if place.section == "interests" else place


def stopped(value: str, clause: Clause) -> Place | None:
    """The place of something that is over."""
    lex = lexicon()
    if is_empty(value) and not re.match(r"^(?:the|my|our|to be|being)\b", value):
        return None
    verb = value.split()[0]
    if re.match(r"^(?:smoking|vaping|drinking$|cigarettes|fags|smokes|weed|alcohol$|booze)", value):
        return Place("habits", "vice")
    if re.match(r"^(?:liv|rent)(?:ing|e)\b|^(?:living|share a (?:flat|house))", value):
        return Place("home", "city")
    if re.match(
        r"^(?:work|teach|manag|driv(?:e|ing) for|freelanc|consult|runn?(?:ing)? (?:the|my|"
        r"a) (?:shop|business|company|cafe))",
        value,
    ):
        return Place("work", "position")
    if lex.any(value, "occupation") and re.match(r"^(?:be(?:ing)?) an?\b|^an? ", value):
        return Place("work", "job")
    if verb.startswith(("eat", "drink", "cook")) or is_food(value):
        return Place("diet", "avoids")
    if re.match(r"^(?:tak(?:e|ing)|using|use)\b", value) and lex.any(value, "medicine"):
        return Place("health", "medicine")
    if lex.any(value, "medicine", "illness", "illadj", "aid"):
        return Place("health", "condition")
    if re.match(r"^(?:study|school|uni\b|university|college|law school|med)", value) or lex.any(value, "schoolword"):
        return Place("education", "study")
    if lex.any(value, "studyextra") and not lex.any(value, "sport", "hobby", "instrument", "software"):
        return Place("education", "study")
    if re.match(r"^(?:own|have|having)\b", value) or lex.any(value, "vehicle", "device"):
        return Place("possessions", "thing")
    if lex.any(value, "workword", "occupation") or re.search(r"\b(?:shifts?|job)\b", value):
        return Place("work", "position")
    if re.match(r"^(?:be|being)\b", value):
        return None
    if (
        verb.endswith("ing")
        or lex.has(verb, "verb", "hobbyverb")
        or lex.any(value, "sport", "hobby", "instrument", "game", "software")
    ):
        return Place("habits", "habit")
    return Place("habits", "habit") if lex.any(value, "schoolword") else None
