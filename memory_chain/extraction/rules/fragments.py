"""Clauses without a subject: "Allergic to nuts", "Broke my wrist", "Two cats", "Keep it short".

Those that are about the writer get the words that are missing: "I am allergic to nuts".
"""

from __future__ import annotations

import re

from memory_chain.extraction.rules.lexicon import Lexicon, lexicon, word_set
from memory_chain.extraction.rules.shape import FINITE, Subject, Who

DESCRIBING = (
    "illadj", "regime", "marital", "origin", "religion", "trait", "identityword", "occupation",
)  # fmt: skip
AGE = re.compile(
    r"^(?:age[d]?:? )?(?:\d{1,3}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-\w+)?|eighteen|nineteen)"
    r"(?:[mf]\b)?(?=$|,| years? (?:old|of|young)| here| in (?:january|february|march|"
    r"april|may|june|july|august|september|october|november|december)|\s+and\s+(?:\w+)$|"
    r"/)",
    re.IGNORECASE,
)
_SELF_VERBS = word_set(
    "have had can do did never always usually love like hate prefer live work need "
    "want enjoy adore detest loathe avoid "
    "despise dislike grew born raised been allergic dont cannot sometimes normally lost trained used drink eat play "
    "suffer struggle own drive moved"
)
_ING_VERBS = word_set(
    "living working trying learning studying training saving paying doing taking starting "
    "looking thinking considering "
    "planning hoping moving using teaching running raising going getting expecting recovering suffering struggling "
    "rehearsing dating retiring renting sharing volunteering practising practicing quitting switching applying "
    "preparing writing building finishing having dealing coming interning freelancing commuting craving reading "
    "watching playing collecting dreading avoiding retraining caring fostering tapering turning"
)
_BASE_BLOCK = word_set("thanks thank please no not sorry ok")
_STATE_FIRST = re.compile(
    r"^(?:un(?:employed)|(?:up|awake|in bed|asleep|home) (?:at|by) |widow(?:er)?$|pensioner\b|"
    r"not allowed to|unable to|not able to|(?:\d+|one|two|three|four|five|six|seven|"
    r"eight|nine|ten|twelve|twenty) (?:years|months|weeks) (?:sober|clean|pregnant|married|"
    r"vegan|vegetarian|in remission|single|smoke-free)|"
    r"not (?:an? )?\w+(?: \w+)? any (?:more|longer)|no longer (?:an? )?\w+|retired|divorced|"
    r"widowed|married|engaged|addicted|obsessed|scared|terrified|afraid|petrified|separated|"
    r"(?:terrible|bad|awful|hopeless|useless|rubbish|great|good|brilliant|crap|not (?:great|"
    r"good|very good|the best|brilliant)) (?:at|with)|"
    r"(?:not |never )?(?:a |an |much of a |really a |too |that |so )?(?:big |huge |massive "
    r"|lifelong |life-long |long-?time |great |die-?hard |proud |avid |keen |real )*"
    r"(?:\w+(?: \w+)? )?(?:fan|lover|nerd|geek|supporter|enthusiast|addict)\b(?! (?:is|fiction|base|belt|art))|"
    r"(?:not )?(?:keen on|fond of|(?:big |really |heavily |super )?into|a fan of)|(?:native|"
    r"fluent) \w+ speaker|(?:tea|coffee|dog|cat|morning|night|city|people|beach|mountain|"
    r"outdoors) person|on (?:benefits|a budget|a diet|parole|probation|dialysis|warfarin|"
    r"insulin|nights|maternity leave|crutches|antidepressants)|"
    r"self-employed|between jobs|out of work|registered (?:blind|disabled|deaf)|diagnosed "
    r"with|raised|born|mum of|mom of|dad of|father of|mother of|"
    r"(?:single|stay-at-home|new|proud) (?:mum|mom|dad|parent)|type \d|deaf|blind|colou?r[- "
    r"]?blind|(?:four|five|six|seven) (?:foot|ft|feet)\b|\d ?(?:ft|foot)|\d'\d)",
    re.IGNORECASE,
)
_HAVE_FIRST = re.compile(
    r"^(?:(?:\d{1,2}|two|three|four|five|six|seven|eight|a|an|one|no|got|stage \w+|bad|"
    r"dodgy|severe|mild|chronic|terrible) )+"
    r"(?:[\w-]+ ){0,2}?(?P<noun>[\w-]+)(?=$|[,.]| (?:and|called|named|from|in|at|under|over|with|since))",
    re.IGNORECASE,
)
BEING = re.compile(
    r"^(?:being|as) (an? (?!kid|child|teenager|teen|rule|result|matter|treat|family|"
    r"whole|beginner|user|customer|consequence|joke|gift|present|last|first|side|test|"
    r"bonus|group|team|couple|starter|reminder|follow)\S.*)$",
    re.I,
)
_DO_NOT = re.compile(
    r"^(?:please )?do not (?:call|use|send|tell|give|ask|be|make|start|say|sugar-?coat|"
    r"talk|explain|forget|bother|text|phone|ring|message|include|add|apologi[sz]e|assume|"
    r"suggest|recommend|repeat|write|put|answer|reply|mention|remind|worry|hesitate|"
    r"shout|swear|patroni[sz]e|lecture|plan|book|schedule|treat|sound|hold)\b",
    re.IGNORECASE,
)
_BE_ING = re.compile(
    r"^\w+ing\b.*?\b(?:is|are|can|could|will|has|sounds|looks|feels|makes|gives|scares|"
    r"terrifies|matters|keeps|helps|calms|hurts|beats|was|means)\b"
)
_CONNECTED = word_set("and but at with about when in by since living or around to")
_AFTER_ILLNESS = word_set("from since every and here in for when with all so after")
_PLACES_OF_FAITH = word_set("church mosque temple synagogue ramadan lent shabbat sabbath faith")
_SAID_TO_YOU = re.compile(
    r"^(?:have (?:fun|a (?:great|good|nice|lovely|look|go|safe|blast)|you\b|no (?:fear|doubt))|"
    r"love (?:the|that|this|your|you|it)\b|"
    r"like (?:the|that|this|a)\b|going to be\b|want to (?:come|join|see|go)\b|man$|men$|woman$)"
)
_BEFALLEN = re.compile(r"^(?:laid off|made redundant|fired from|sacked|let go|promoted to|diagnosed with|hired as)\b")
_STUDENT = re.compile(r"^(?:.{0,25}\b)?student here$")
_KINDS_HERE = ("occupation", "marital", "identityword", "origin", "trait", "regime", "religion")


def read_fragment(text: str, leading: bool) -> Subject:
    """Whom a clause without a subject is about, completed if it is the writer.

    Args:
        text: the clause.
        leading: whether it begins its sentence or follows a statement about the writer.
    """
    words = text.split()
    if not words:
        return Subject("", Who.FRAGMENT, text, True)
    low = text.lower()
    first = words[0].lower().strip(",:")
    before = _said_of_self(text, low, words, leading)
    if before is not None:
        return Subject("", Who.SELF, before, True)
    if _DO_NOT.match(low):
        return Subject("", Who.ORDER, text, True)
    if first in _BASE_BLOCK or _SAID_TO_YOU.match(low):
        return Subject("", Who.FRAGMENT, text, True)
    if first.endswith("ing") and _BE_ING.match(low):
        return Subject("", Who.THING, text, True)
    verb = _begins_with_verb(text, first, words) or (leading and _described(text, words)) or _past(text, first, words)
    if verb:
        return Subject("", Who.SELF, verb, True)
    lex = lexicon()
    order = lex.has(first, "commverb", "taskverb") and not lex.has(first, "occupation")
    return Subject("", Who.ORDER if order else Who.FRAGMENT, text, True)


def _said_of_self(text: str, low: str, words: list[str], leading: bool) -> str | None:
    """The clause with what is missing before a state, an age, an illness or a thing owned."""
    lex = lexicon()
    plain = text[0].lower() + text[1:]
    if _BEFALLEN.match(low):
        return f"I was {plain}"
    if AGE.match(low) and (leading or " years" in low):
        return f"I am {text}"
    if FINITE.search(low):
        return None
    if _STATE_FIRST.match(low) and not low.endswith("?"):
        return f"I am {plain}"
    if low.endswith(" here") and len(words) <= 7 and lex.any(low, *_KINDS_HERE):
        return f"I am {plain[:-5]}"
    if _STUDENT.match(low):
        return f"I am a {plain[:-5]}"
    if (leading and _is_had(low, words, lex)) or _is_illness(words, lex):
        return f"I have {plain}"
    being = BEING.match(text) if leading else None
    return f"I am {being[1]}" if being else None


def _is_had(low: str, words: list[str], lex: Lexicon) -> bool:
    """Whether a phrase names what people have: "two cats", "bad hip", "no kids"."""
    match = _HAVE_FIRST.match(low)
    if match is None or len(words) > 8:
        return False
    noun = match["noun"]
    if words[0].lower() == "no":
        return lex.has(noun, "nearkin", "animal") and not re.search(r"\b(?:for me|please|thanks)\b", low)
    return lex.has(noun, "nearkin", "pet", "illness", "body") and (len(words) > 2 or not lex.has(noun, "food"))


def _is_illness(words: list[str], lex: Lexicon) -> bool:
    for size in range(min(3, len(words)), 0, -1):
        phrase = _phrase(words, size)
        if len(words) <= 12 and lex.has(phrase, "illness") and not lex.has(phrase, "smalladj"):
            return size == len(words) or words[size].lower() in _AFTER_ILLNESS
    return False


def _begins_with_verb(text: str, first: str, words: list[str]) -> str:
    if first not in _SELF_VERBS and (first not in _ING_VERBS or len(words) == 1):
        return ""
    helper = "am " if first in _ING_VERBS or first == "allergic" else "have " if first == "been" else ""
    helper = "was " if first in ("born", "raised") else helper
    return f"I {helper}{text[0].lower()}{text[1:]}"


def _described(text: str, words: list[str]) -> str:
    """The clause after "I am" if it begins with a word for a kind of person."""
    lex = lexicon()
    for size in range(min(3, len(words)), 0, -1):
        phrase = _phrase(words, size)
        following = words[size].lower() if len(words) > size else ""
        if phrase in _PLACES_OF_FAITH or not lex.has(phrase, *DESCRIBING) or lex.has(phrase, "study"):
            continue
        if (
            following
            and following not in _CONNECTED
            and lex.has(phrase, "trait", "origin", "lang")
            and not lex.has(" ".join(words[size : size + 2]).lower(), "occupation")
        ):
            continue
        if size == 1 and following and FINITE.search(" ".join(words[1:]).lower()):
            return ""
        return f"I am {text if text[:2].isupper() else text[0].lower() + text[1:]}"
    return ""


def _past(text: str, first: str, words: list[str]) -> str:
    past = lexicon().has(first, "past") or (first.endswith("ed") and len(first) > 4)
    if len(words) < 2 or not past or first in ("read", "put", "set", "let", "cut"):
        return ""
    return f"I {text[0].lower()}{text[1:]}"


def _phrase(words: list[str], size: int) -> str:
    return " ".join(words[:size]).lower().strip(",:.")
