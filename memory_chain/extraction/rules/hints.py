"""A last reading: a lasting statement that no frame knows is filed by what its words are about.

It takes only present statements about the writer, and only if one section clearly prevails.
"""

from __future__ import annotations

import re
from collections import defaultdict

from memory_chain.extraction.rules.frames import Found, heart, whole, words_of
from memory_chain.extraction.rules.lexicon import is_past, lexicon
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.types import Attitude

_SECTION_OF = {
    "dietnoun": "diet", "food": "diet", "regime": "diet", "illness": "health", "illadj": "health",
    "condition": "health",
    "medicine": "health", "aid": "health", "body": "health", "pet": "possessions", "vehicle": "possessions",
    "device": "possessions", "software": "possessions", "instrument": "interests", "sport": "interests",
    "hobby": "interests", "game": "interests", "nearkin": "family", "religion": "values", "trait": "personality",
    "jobextra": "work", "workword": "work", "schoolword": "education", "studyextra": "education", "homeword": "home",
    "moneyword": "money", "constraintword": "constraints", "lang": "identity", "origin": "identity",
    "marital": "family",
    "hint_home": "home", "hint_work": "work", "hint_money": "money", "hint_personality": "personality",
    "hint_values": "values", "hint_constraints": "constraints", "hint_interests": "interests", "hint_family": "family",
    "hint_health": "health", "hint_habits": "habits", "hint_diet": "diet", "hint_goals": "goals", "hint_fears": "fears",
    "hint_education": "education", "hint_possessions": "possessions",
}  # fmt: skip
_CLEAR = 1.0
_AHEAD = 1.5
_WEAK = frozenset(("food", "condition"))
_PASSING = re.compile(
    r"\d ?%|no longer\b|percent\b|^no more\b|\bfun to\b|always try\b|\b(?:today|tonight|tomorrow|yesterday|just|"
    r"this (?:morning|afternoon|evening|week|"
    r"weekend|month|code|file|error|page|app|one|list|sentence)|last (?:night|week|weekend|"
    r"month)|"
    r"right now|error|code|file|bug|screen|click|password|app|website|email|message|"
    r"you|your|question|answer|idea|problem|sure|think|guess|wonder|know|said|says|told|"
    r"feel|feeling|hear|heard|thanks|please|sorry|great|nice|lovely|good|bad day|hope|"
    r"look forward|can not wait|excited|happy|sad|photo|picture|story|movie|recipe|essay|"
    r"article|homework|project|report|meeting|presentation|need (?:to|a|some|help)|hurts|"
    r"aches|invalid|was an?|made me|(?:colleague|friend|aunt|uncle|cousin|neighbou?r|"
    r"boss|mate|flatmate|roommate|teacher|student|client|landlord)s?|of mine|on monday|"
    r"on tuesday|on wednesday|on thursday|on friday|on saturday|on sunday|have to go|"
    r"got back|feels? like|keep (?:hearing|seeing|thinking|wondering)|let us|let's|lately|catch up|can (?:chat|"
    r"meet|grab|talk)|want|looking for|trying to|going to|will|would|should|might|may|could)\b"
)
_LASTING = re.compile(
    r"^(?:i|my [\w' -]+?) (?:am|are|is|have|has|can|can not|do not|does not|never|always|"
    r"only|still|usually|often|mostly|[a-z]+)\b"
)
_ABOUT_ME = re.compile(r"\b(?:me|my|us|our|mine|i|we)\b")


def hinted(clause: Clause, name: str) -> Found | None:
    """The statement under the section of its words; None if it is passing, asked, told or unclear."""
    low = clause.low
    words = words_of(f"{clause.lead} {low}".lower())
    if clause.question or clause.unreal or not 3 <= len(words) <= 24 or _PASSING.search(low):
        return None
    if clause.who not in (Who.SELF, Who.OWN) and not (
        clause.who in (Who.FRAGMENT, Who.THING) and _ABOUT_ME.search(low)
    ):
        return None
    if low.startswith(("i have since", "which", "that ", "it ", "i am ")):
        return None
    if clause.fragment and clause.who is Who.SELF and (clause.join or low.startswith("i like")):
        return None
    if clause.who is Who.SELF and (not _LASTING.match(low) or _is_past_tense(words_of(low))):
        return None
    if clause.who is Who.OWN and lexicon().has(clause.owner.split()[-1].lower(), "occupation", "social", "workword"):
        return None
    if clause.who is Who.OWN and any(is_past(word) and word not in ("had", "got") for word in words[1:6]):
        return None
    scores: defaultdict[str, float] = defaultdict(float)
    for hit in lexicon().hits(words):
        sections = {_SECTION_OF[one] for one in hit.classes if one in _SECTION_OF and one not in _WEAK}
        for section in sections:
            scores[section] += (1.0 + 0.3 * (hit.end - hit.start - 1)) / len(sections)
    if not scores:
        return None
    ranked = sorted(scores, key=lambda key: -scores[key])
    best = ranked[0]
    if scores[best] < _CLEAR or (len(ranked) > 1 and scores[best] < _AHEAD * scores[ranked[1]]):
        return None
    value = heart(re.sub(r"^(?:i (?:am|have)?|my)\s+", "", clause.core, flags=re.IGNORECASE))
    return Found(
        section=best, aspect="detail", value=value, text=whole(clause, name), polarity=Attitude.NEUTRAL, ended=False,
        confidence=0.5, order=-4, clause=clause,
    )  # fmt: skip


def _is_past_tense(words: list[str]) -> bool:
    perfect = words[1:2] == ["have"] and is_past(" ".join(words[2:3]))
    if words[:1] == ["been"] or words[1:2] == ["was"] or perfect:
        return True
    verbs = [word for word in words[1:3] if word not in ("still", "always", "never", "only", "also", "often")]
    return bool(verbs) and is_past(verbs[0]) and verbs[0] not in ("read", "put", "cut", "set", "let", "hit")
