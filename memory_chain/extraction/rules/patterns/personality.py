"""What somebody is like."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.patterns.common import (
    ARTICLE,
    OWN,
    SELF,
)
from memory_chain.extraction.rules.shape import Clause, Who


def _trait(value: str, clause: Clause) -> Place | None:
    if re.match(r"^(?:feeling|being|getting|looking|going|trying)\b", value) or re.search(r" one$| ever$", value):
        return None
    if re.search(
        r"\b(?:today|tonight|about (?:the|this|my|that|tomorrow)|right now|this (?:week|"
        r"morning)|to (?:hear|see|know|say)|that|for you|ever since)\b",
        clause.low,
    ):
        return None
    return Place("personality", "trait")


FRAMES: list[Frame] = [
    frame(
        "personality",
        "trait",
        r"^i (?:am|can be|have always been|have been|tend to be|am known to be|would say "
        rf"i am) (?!not\b){ARTICLE}(?:(?:naturally|generally|painfully|pathologically|naturally|"
        r"usually|always|hopelessly|famously|ridiculously|rather|fairly|a little|way|only|"
        rf"often|by nature|hugely) )*{ARTICLE}(?P<v>\w+(?:[ -]\w+)?(?:,? (?:and|but|or) \w+)?)",
        "am be been",
        needs="trait",
        where=_trait,
        split=False,
    ),
    frame(
        "personality",
        "trait",
        r"^i am not (?:a |an |the |much of an? |one of those |one |exactly |that |the most "
        r"|so |the sort |the type )*(?P<v>[\w-]+(?: \w+)?)",
        "not",
        needs="trait",
        polarity=NEG,
        where=_trait,
    ),
    frame(
        "personality",
        "trait",
        r"^i am (?:a|an|more of an?|such an?|definitely an?|not an?|very much an?) (?P<v>(?:morning|"
        r"night|evening|people|city|country|cat|dog|indoor|outdoor|outdoors|details?|big[- "
        r"]picture|private|spontaneous|homebody|home|beach|mountain|summer|winter|last-minute|"
        r"glass half full|glass-half-full)[ -]?(?:person|owl|type|bird|guy|girl|lover)?\b)(?! "
        r"(?:lover|owner|sitter))",
        "morning night evening people city country private homebody outdoors person owl lark bird",
    ),
    frame(
        "personality",
        "trait",
        r"^i (?:am|have always been) (?:not )?(?:so |very )?(?P<v>(?:terrible|bad|awful|"
        r"hopeless|useless|rubbish|great|good|brilliant|crap|the worst|slow|quick|easily|"
        r"great|not great|not good|notoriously|never|always) (?:on time|late|early|at|with|"
        r"to|distracted|bored|stressed|overwhelmed|hurt|offended|embarrassed|annoyed) ?(?!maths "
        r"homework|this|that|it).*)",
        "time late early at with easily quick slow",
    ),
    frame(
        "personality",
        "trait",
        r"^i (?:tend to|have a (?:tendency|habit) (?:to|of)|am (?:prone|inclined) to|have "
        r"a (?:short|bad|quick|hot) (?=temper|fuse)|have no (?=patience|filter|sense of)|"
        r"am always the one who|am the (?:one|person|sort|type|kind)(?: of \w+)? who|am "
        r"the (?=\w+ one\b)) ?(?P<v>.+)",
        "tend tendency habit prone inclined temper fuse patience filter sense one person sort type kind",
    ),
    frame(
        "personality",
        "trait",
        r"^i have (?:an?|such an?|quite an?) (?P<v>(?:bad |short |quick |terrible |hot |"
        r"dry |dark |weird |wicked |good |great |stubborn |competitive |mean )*(?:temper|"
        r"fuse|streak|sense of humou?r|sweet tooth for drama|big heart|loud laugh|thick "
        r"skin|thin skin|photographic memory|terrible memory|bad memory))",
        "temper fuse streak humour humor heart laugh skin memory",
    ),
    frame(
        "personality",
        "trait",
        r"^i (?:always |often |usually |easily )?(?P<v>(?:cry (?:at|easily|over|when|every)|"
        r"overthink|worry (?:a lot|about everything|too much|all the time)|procrastinate|"
        r"bottle (?:things|everything) up|blush|can not (?:relax|sit still|say no|keep (?:a "
        r"secret|still|quiet)|make decisions|lie|switch off|take a compliment|hold a grudge)|"
        r"struggle (?:to say no|with (?:change|confrontation|eye contact|decisions|small "
        r"talk))|hold grudges|say yes to everything|hate (?:confrontation|conflict|being "
        r"late|small talk|change|surprises|attention|losing|asking for help)|avoid (?:conflict|"
        r"confrontation)|need (?:my |a lot of |lots of |plenty of |some )?(?:alone time|"
        r"time alone|quiet|my own space|my space|routine|structure)|keep (?:to myself|my "
        r"distance)|take (?:things|everything) (?:personally|to heart)|get (?:attached|bored|"
        r"overwhelmed|stressed|flustered|distracted|nervous|anxious|shy|emotional|defensive|"
        r"jealous|homesick)\b(?! (?:by|about) (?:this|that|it)).*|wear my heart|think out "
        r"loud|laugh (?:at|easily|when)|prefer (?:small groups|listening|my own company|"
        r"being alone|staying in)|talk (?:too much|a lot|over people)|interrupt people|swear "
        r"a lot|recharge|go (?:quiet|silent|red)).*)",
        "talk interrupt swear cry overthink worry procrastinate bottle blush not struggle "
        "hold say hate avoid need keep take get wear think laugh prefer recharge go",
    ),
    frame(
        "personality",
        "trait",
        r"^(?:people|everyone|friends|my (?:friends|wife|husband|partner|family|mum|mother)) "
        r"(?:always |often |all )?(?:say|says|tell|tells|call|calls|describe|describes)(?: "
        r"that)? (?:me )?(?:that )?i am (?P<v>.+)",
        "say says tell tells call calls describe",
        who=(SELF, OWN, Who.OTHER),
        needs="trait",
    ),
    frame("personality", "trait", r"^i am more of an? (?P<v>[\w -]+?) than\b", "more"),
    frame(
        "personality",
        "trait",
        r"^i (?:can |do )?(?:get|become|turn|go) (?:really |very |quite |so |a bit )*(?P<v>(?:hangry|"
        r"grumpy|cranky|moody|irritable|snappy|stroppy|competitive|emotional|weepy|giggly|"
        r"clingy)\b.*)",
        "hangry grumpy cranky moody irritable snappy stroppy competitive emotional weepy giggly clingy",
        where=_trait,
    ),
]
