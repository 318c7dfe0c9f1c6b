"""Who somebody is: name, age, origin, languages."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon, word_set
from memory_chain.extraction.rules.patterns.common import (
    ANY,
    ARTICLE,
    MOST,
    ORDER,
    OWN,
    SELF,
    THING,
)
from memory_chain.extraction.rules.shape import Clause, Who

NUMBER = (
    r"(?:(?:1[01])?\d{1,2}(?!\d)|(?:eight|nine|thir|four|fif|six|seven|eigh|nine)teen|ten|eleven|twelve|"
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|"
    r"four|five|six|seven|eight|nine))?)"
)

_NOT_NAMES = word_set(
    "ok okay not so very too here there back home done sorry sure fine good well happy "
    "glad sad tired bored hungry busy free late early "
    "ready new old young single lost stuck out off on in up down at from the a an and "
    "but just still now going ill sick better alone i "
    "team currently also afraid aware able about awake away all both always never only "
    "really monday tuesday wednesday thursday friday "
    "saturday sunday january february march april june july august september october "
    "november december english christmas"
)


def _named(value: str, clause: Clause) -> Place | None:
    """A name after "I am": capital letters, no word of another kind."""
    words = [word for word in value.lower().split() if word.rstrip(".") not in ("dr", "mr", "mrs", "ms", "prof")]
    if not words or len(words) > 3:
        return None
    start = clause.low.find(words[0])
    capital = clause.core[start : start + 1].isupper()
    greeted = clause.sentence <= 1 and bool(re.search(rf"\bi am {re.escape(words[0])}, \d\d\b", clause.low))
    lex = lexicon()
    plain = any(word in _NOT_NAMES or lex.of(word) - {"identityword", "food", "animal", "hobby"} for word in words)
    if (
        plain
        or words[0].endswith(("ing", "ed"))
        or any(not word.replace("-", "").replace("'", "").isalpha() for word in words)
    ):
        return None
    return Place("identity", "name") if capital or greeted else None


def _origin(value: str, clause: Clause) -> Place | None:
    if re.match(
        r"^(?:the (?:future|bank|council|team)|a (?:long|big|large|small) (?:line|family)|"
        r"it|that|work|home)\b",
        value,
    ):
        return None
    if re.match(r"^(?:19|20)\d\d\b", value):
        return Place("identity", "birth year")
    if re.match(
        r"^(?:january|february|march|april|may|june|july|august|september|october|november|"
        r"december|\d)",
        value,
    ):
        return Place("identity", "birthday")
    return Place("identity", "origin")


FRAMES: list[Frame] = [
    frame(
        "identity",
        "name",
        r"^my (?:sur|full |first |last |family |middle |maiden |real |legal |proper |given "
        r"|christian )?names? (?:is|are) "
        r"(?!on\b|not\b)(?:actually )?(?P<v>[a-z][\w'.-]+(?: [a-z][\w'-]+){0,2})",
        "name surname names",
        who=OWN,
    ),
    frame(
        "identity",
        "name",
        r"^(?:i|my (?:friends|mates|family)(?: \w+)?) (?:am called|am known as|go by|call "
        r"me) (?P<v>[a-z][\w'-]+)",
        "called known by call",
        who=(SELF, OWN),
        bars="kin",
    ),
    frame(
        "identity",
        "name",
        r"^i am (?P<v>(?:(?:dr|mr|mrs|ms|prof)\.? )?[a-z][\w'-]+(?: [a-z][\w'-]+){0,2})(?=$|"
        r",|\.| and\b| from\b| \d| here| by the way)",
        "am",
        where=_named,
    ),
    frame(
        "identity",
        "name",
        r"^(?:it|that) is (?P<v>[a-z][\w'-]+) (?:with (?:an?|one|two) \w\b|not [a-z]\w+$|"
        r", not )",
        "with not",
        who=THING,
    ),
    frame(
        "identity",
        "age",
        rf"^i am (?:about |nearly |almost |only |a |aged |over |just )?(?P<v>{NUMBER})(?=$|"
        r",|\.|;| years? (?:old|of age|young)| year[- ]old| and (?!a half hours|counting)|"
        r" now\b| this (?:year|month|week)| next| in (?:january|february|march|april|may|"
        r"june|july|august|september|october|november|december)| but| so| not \d|[fm]\b|"
        r"-year)",
        "am",
    ),
    frame(
        "identity",
        "age",
        r"^i (?:will be turning|am turning|turned|turn|will be|will turn|have turned|am "
        rf"going to be) (?P<v>{NUMBER})\b(?! (?:minutes?|hours?|days?|weeks?|miles|pages|"
        r"percent|pounds|euros))",
        "turning turned turn be",
        where=lambda v, c: (
            None
            if re.search(
                rf"\b(?:before|until|till|when|once|by the time) i (?:turn|am|will)\b.*{re.escape(v)}",
                c.sentence_text.lower(),
            )
            else Place("identity", "age")
        ),
    ),
    frame("identity", "age", rf"^(?:i|nan|gran|grandma|grandad|mum|dad|\w+) here,? (?P<v>{NUMBER})\b", "here", who=ANY),
    frame(
        "identity",
        "birthday",
        r"^my (?:\d+\w* )?birthday (?:is|falls)(?: in| on)? (?P<v>(?:the )?\w+(?: of)?(?: "
        r"\w+)?)",
        "birthday",
        who=OWN,
    ),
    frame(
        "identity",
        "birthday",
        r"^(?:it|today|tomorrow|\w+day) is my (?P<v>(?:\d+(?:st|nd|rd|th) )?birthday\b.*)",
        "birthday",
        who=MOST,
    ),
    frame(
        "identity", "native language", r"^i am (?:an? )?(?:native|fluent) (?P<v>\w+) speaker", "speaker", needs="lang"
    ),
    frame(
        "identity",
        "origin",
        r"^i (?:am|come|hail|am originally|came) (?:originally )?from (?!the (?:future|bank|"
        r"council)|a (?:long|big|large|small) (?:line|family))(?P<v>[a-z][^,;.]*)",
        "from",
        where=_origin,
    ),
    frame(
        "identity",
        "origin",
        r"^i (?:was|am)(?: both)? (?:born|raised|brought up)(?: and (?:raised|bred|brought "
        r"up))? (?:and \w+ )?(?:in|on|at|near|just outside|outside) (?P<v>[^,;.]*)",
        "born raised brought",
        where=_origin,
    ),
    frame("identity", "origin", r"^i (?:am )?(?P<v>\w+-born\b.*)", "", confidence=0.8),
    frame(
        "identity",
        "origin",
        r"\bi (?:grew up|spent my childhood|was a child) (?:in|on|near|outside|between) "
        r"(?P<v>[^,;.]*)",
        "grew childhood",
    ),
    frame(
        "identity",
        "origin",
        rf"^i am {ARTICLE}(?:(?:half|part|originally|also|from an?|second-generation|first-generation|"
        r"both|of) )*(?P<v>.+)",
        "am",
        needs="origin",
        where=lambda v, c: (
            Place("identity", "nationality")
            if lexicon().has(re.split(r"[ ,-]", v)[0], "origin")
            or re.match(r"(?:south|new|northern|north|west|east|anglo|african|british|asian)", v)
            else None
        ),
    ),
    frame(
        "identity",
        "origin",
        r"^i (?:came|moved|emigrated|immigrated|fled) (?:over )?(?:here |from \w+ )?to (?P<v>[a-z]\w+)(?: "
        r"\w+)? (?:at|when i was|aged|as a (?:child|kid|baby|student|teenager|refugee))\b",
        "came moved emigrated immigrated fled",
    ),
    frame(
        "identity",
        "language",
        r"^i (?:can |both |also |do )?(?:speak|talk|know|understand|read) (?:fluent |some "
        r"|a little |a bit of |good |basic |broken |native |decent )*(?P<v>.+)",
        "speak talk know understand read",
        needs="lang",
        where=lambda v, c: (
            Place("identity", "language")
            if lexicon().has(re.split(r"[ ,]", v)[0], "lang") or "speak" in c.low
            else None
        ),
    ),
    frame(
        "identity",
        "language",
        r"^i (?:do not|can not) (?:speak|understand|read) (?P<v>.+)",
        "speak understand read",
        needs="lang",
        polarity=NEG,
    ),
    frame(
        "identity",
        "native language",
        r"^my (?:native|first|mother) (?:language|tongue) is (?P<v>\w+)",
        "native first mother",
        who=OWN,
    ),
    frame(
        "identity",
        "native language",
        r"^(?P<v>\w+) is my (?:native|first|mother|second) (?:language|tongue)",
        "native first mother second",
        who=ANY,
        needs="lang",
    ),
    frame(
        "identity",
        "language",
        r"^i (?:am|was|grew up)(?: \w+)? (?:fluent in|bilingual in|a native speaker of|native "
        r"in|speaking|conversational in) (?P<v>.+)",
        "fluent bilingual native speaking conversational",
        needs="lang",
    ),
    frame(
        "identity",
        "language",
        r"^my (?P<v>\w+ is (?:\w+ )?(?:fluent|rusty|ok|okay|good|bad|basic|terrible|poor|"
        r"limited|not \w+|passable|decent|native).*)",
        "fluent rusty ok okay good bad basic terrible poor limited not passable decent native",
        who=OWN,
        needs="lang",
    ),
    frame(
        "identity",
        "trait",
        rf"^i am (?!not ){ARTICLE}(?P<v>(?:\w+[ -])?(?:woman|man|trans|transgender|nonbinary|"
        r"non-binary|genderfluid|queer|gay|lesbian|bisexual|bi|asexual|pansexual|left-handed|"
        r"right-handed|left handed|lefty|ambidextrous|ginger|redhead|pensioner|veteran|immigrant|"
        r"refugee|asylum seeker|expat|bilingual|trilingual|teenager|millennial|boomer|adopted|"
        r"native speaker|oap|senior|senior citizen|great-grandmother|twin|aries|taurus|gemini|"
        r"leo|virgo|libra|scorpio|sagittarius|capricorn|aquarius|pisces|military brat|foster "
        r"kid|care leaver|homeless)\b.*)",
        "am",
    ),
    frame("identity", "trait", r"^(?P<v>coming out as .+)", "coming", who=(*ANY, Who.OTHER)),
    frame("identity", "trait", r"^i came out as (?P<v>.+)", "came"),
    frame(
        "identity",
        "pronouns",
        r"\b(?P<v>(?:they|she|he|ze|xe)/(?:them|her|him|they|zir|xem)(?:/\w+)?)\b",
        "they/them pronouns they she he",
        who=(*ANY, ORDER, Who.OTHER),
    ),
    frame(
        "identity",
        "height",
        r"^i (?:am|stand) (?P<v>(?:\d|four|five|six|seven) ?(?:foot|ft|feet|')\s?\S*|\d{3} "
        r"?cm|1\.\d\d ?m\b|\d['’]\d+)",
        "",
    ),
    frame(
        "identity",
        "life stage",
        r"^i (?:was|am) (?P<v>(?:homeless|a refugee|in foster care|in care|adopted|orphaned)\b.*)",
        "homeless refugee care adopted orphaned",
    ),
    frame(
        "identity",
        "age",
        r"^i am in my (?P<v>(?:early |mid |mid-|late )?(?:teens|twenties|thirties|forties|"
        r"fifties|sixties|seventies|eighties|nineties|\d0s))\b",
        "my",
    ),
    frame(
        "identity",
        "name",
        r"^(?:it|my (?:last |first |sur)?name) is (?:spelled|spelt|pronounced|written) (?:with "
        r"|as )?(?P<v>.+?)(?:,? not .*|$)",
        "spelled spelt pronounced written",
        who=(THING, OWN),
    ),
    frame(
        "identity",
        "language",
        r"^(?P<v>[a-z]\w+) is not my (?:native|first|mother) (?:language|tongue)",
        "native first mother",
        who=(*ANY, Who.OTHER),
        needs="lang",
    ),
    frame(
        "identity",
        "trait",
        r"^(?:i am )?(?:an? )?(?P<v>left[- ]hand(?:ed|er)|right[- ]hand(?:ed|er))$",
        "left left-handed left-hander right right-handed right-hander",
        who=(SELF, Who.FRAGMENT),
    ),
    frame("identity", "status", r"\bmy (?P<v>citizenship|naturalisation) (?:ceremony|test|interview)", "my", who=ANY),
]
