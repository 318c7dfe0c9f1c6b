"""What comes again, and when somebody is free."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.lexicon import is_past
from memory_chain.extraction.rules.patterns.common import (
    ANY,
    DAY,
    FRAGMENT,
    OWN,
    THING,
)
from memory_chain.extraction.rules.shape import Clause, Who


def _timed(value: str, clause: Clause) -> Place | None:
    return (
        Place("schedule", "regular")
        if re.search(
            rf"\b{DAY}\b|\d|\b(?:morning|afternoon|evening|night|noon|lunch|week|month|six|seven|"
            r"eight|nine|ten|five|four)",
            clause.low,
        )
        else None
    )


_CLOCK = (
    r"(?:at|from|until|till|by|after|before) (?:like |around |about )?(?:half past |quarter (?:past|to) |half "
    r")?(?:\d{1,2}(?:[:.]\d\d)? ?(?:am\b|pm\b|o'clock|sharp)?|one|two|three|four|five|"
    r"six|seven|"
    r"eight|nine|ten|eleven|twelve|noon|midnight)(?= (?:in the|at night|every|on|sharp|"
    r"always|because|so|and|from|with|for|or|am|pm)\b|$|,)"
)


def _by_the_clock(value: str, clause: Clause) -> Place | None:
    first = value.split()[0]
    if is_past(first) or first in (
        "am",
        "was",
        "have",
        "had",
        "want",
        "need",
        "think",
        "will",
        "would",
        "could",
        "can",
        "know",
        "got",
        "guess",
        "believe",
        "feel",
        "say",
    ):
        return None
    if re.search(
        r"\b(?:today|tonight|tomorrow|this|next|my flight|the train|lands?|age|page|grade|"
        r"years?)\b",
        clause.low,
    ) or re.search(r"\bon (?:mon|tues|wednes|thurs|fri|satur|sun)day\b", clause.low):
        return None
    return Place("schedule", "regular")


FRAMES: list[Frame] = [
    frame(
        "schedule",
        "regular",
        rf"^i (?:usually |always |normally |only |have to |must )*(?P<v>[a-z]+ .*?\b{_CLOCK}.*)",
        "at from until till by after before",
        where=_by_the_clock,
    ),
    frame(
        "schedule",
        "regular",
        r"^i (?:usually |always |normally |mostly |tend to )*(?P<v>(?:go to bed|get up|wake "
        r"up|rise|turn in|am up|start work) (?:very |really )?(?:early|late)\b.*)",
        "early late",
        where=lambda v, c: Place("habits", "sleep"),
    ),
    frame(
        "schedule",
        "regular",
        r"^i (?:usually |always |normally |often |typically |try to |have to |both |all "
        r"|only |never )*(?P<v>(?:get up|wake up|am up|rise|go to bed|am in bed|go to sleep|"
        r"am asleep|eat dinner|have dinner|start work|finish work|finish|start|clock off|"
        r"clock on|leave the house|leave for work|get home|am home|log off|knock off|turn "
        r"in|have lunch|am never off) (?:at|by|around|before|after|about|from|until|till|"
        r"past|the \w+ \w+ before) ?(?!the (?:office|door|first|moment)).*)",
        "get wake am rise go eat have start finish clock leave log knock turn",
        where=lambda v, c: (
            Place("schedule", "regular")
            if re.search(
                r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|noon|"
                r"midnight|dawn|sunrise|early)\b",
                v,
            )
            else None
        ),
    ),
    frame(
        "schedule",
        "free",
        r"^i (?:am|will be|am usually|am always|am only|am never|am not|am mostly|am generally) "
        r"(?:usually |only |always |never |not |mostly )*(?P<v>(?:free|busy|off|available|"
        r"away|around|at (?:the )?[\w ]+|out|unavailable|booked|in (?:the )?(?:office|lab|"
        r"class|school|town|studio)|home|working|teaching|on call|on duty|offline|tied up|"
        r"in (?:meetings|lectures|class|therapy)) (?:\w+ )?(?:on |every |all day |from |"
        r"most |between |after |before |until |till |all )?(?:(?:the|alternate|my|second|"
        rf"first|other|last) )?(?:{DAY}|mornings?|evenings?|nights|afternoons?|\d|noon|lunch|"
        r"term|six|seven|eight|nine|ten|five|four|three|two).*)",
        "am be",
        where=lambda v, c: (
            None
            if re.search(
                r"^out there|\b(?:this|next|tonight|today|tomorrow) ?(?:\w+day|week|morning|evening|afternoon)?\b",
                v,
            )
            else Place("schedule", "free")
        ),
    ),
    frame(
        "schedule",
        "regular",
        r"^i (?:have|have got|go to|attend|teach|do|play|train|take|got|see|visit|volunteer|"
        r"run|rehearse|practi[sc]e|swim|meet|host|watch|look after|pick up|work|coach|collect|"
        r"babysit|call|ring|cook|lead|am at|help|bake|shop|clean|sing) ?(?P<v>(?!an? (?:meeting|"
        r"interview|call) (?:on|this|next|tomorrow)).*\b(?:on|every|each|alternate|most|"
        r"all|twice|once|three times|four times|five times|tuesdays|mondays|wednesdays|thursdays|"
        r"fridays|saturdays|sundays)\b ?(?:other |single |second |third |first |last )?(?:a "
        rf"(?:week|month|year|day)|{DAY}|morning|evening|night|week|month|afternoon|"
        r"nights|and)?.*)",
        "have go attend teach do play train take got see visit volunteer run rehearse practise "
        "practice swim meet host watch look pick work coach collect babysit call ring cook "
        "lead am help bake shop clean sing",
        where=lambda v, c: (
            Place("schedule", "regular")
            if re.search(
                r"\b(?:on|every|each|alternate|most|all)\b (?:other |single |second |third |first "
                rf"|last )?(?:\w+days\b|{DAY}\b.*(?:s\b|night|evening|morning|afternoon)|morning|"
                r"evening|night|week|month|year|(?:mon|tues|wednes|thurs|fri|satur|sun)day)|\b\w+days\b|"
                r"\b(?:twice|once|times) a\b",
                v,
            )
            and not re.search(
                r"^(?:it|them|that)\b|\bon (?:mon|tues|wednes|thurs|fri|satur|sun)day\b(?! (?:night|evening|morning|"
                r"afternoon)s)|\b(?:next|this|last)\b",
                v,
            )
            else None
        ),
    ),
    frame(
        "schedule",
        "regular",
        r"^my (?P<v>(?:[\w' -]+ )?(?:class(?:es)?|lessons?|appointments?|therapy|practice|"
        r"rehearsals?|training|shift|shifts|day off|days off|weekly \w+|meeting|session|"
        r"sessions|yoga|choir|book club|club|game night|date night|dialysis|appointment "
        r"day|college day|mornings|evenings|weekends|nights|lunch break|schedule|calendar|"
        r"physio|band practice|delivery|cleaner|gym day|school run) (?:is|are|start|starts|"
        r"happens|falls|runs|begins|finishes|ends|meets|belongs?|gets)\b.*)",
        "",
        who=OWN,
        where=_timed,
    ),
    frame(
        "schedule",
        "busy",
        r"^i (?:can not|never|do not|will not|can only|only) (?P<v>(?:do|make|take|schedule|"
        r"have|work|talk|meet|function|book) (?:\w+ ){0,3}?(?:mornings?|evenings?|weekends?|"
        r"mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|nights?|"
        r"afternoons?|calls before|meetings before|calls after|before \S+|after \S+)\b.*)",
        "do make take schedule have work talk meet function book",
        polarity=NEG,
    ),
    frame(
        "schedule",
        "regular",
        rf"^(?P<v>(?:the |my |our )?{DAY}(?: (?:mornings?|evenings?|nights?|afternoons?))? "
        r"(?:is|are|belongs?|means?|mean|(?:do|does) not) (?:(?:dialysis|therapy|choir|yoga|"
        r"chess|training|football|bingo|laundry|chores|gym|physio|work|suit|always|usually|"
        r"for|my|our|sacred|off|out|reserved|blocked|no good|bad|the|when|to|with|date|game|"
        r"family|pizza|movie|laundry|church|me) ?).*)",
        "",
        who=(*ANY, Who.OTHER),
        where=lambda v, c: (
            Place("schedule", "regular")
            if re.match(
                r"(?:the |my |our )?(?:\w+days|\w+day (?:mornings|evenings|nights|afternoons)|weekends|"
                r"week ?nights|weekdays)\b|.*\b(?:off|for (?:my|the|our)|sacred|family|always|not "
                r"(?:work|suit))\b",
                v,
            )
            and not re.search(r"\b(?:worst|best|the problem|hard|nice)\b", v)
            and not (v.endswith("sacred") and ":" in c.sentence_text)
            else None
        ),
    ),
    frame(
        "schedule",
        "regular",
        r"^(?P<v>(?:mornings|evenings|afternoons|nights|early mornings|school holidays|term "
        r"time|weekends|lunchtimes) (?:are|belong|work|suit|is|do not work|do not suit) "
        r".+)",
        "mornings evenings afternoons nights weekends lunchtimes holidays term",
        who=(*ANY, Who.OTHER),
        where=lambda v, c: Place("schedule", "regular"),
    ),
    frame(
        "schedule",
        "regular",
        r"^(?P<v>(?!on\b|next\b|last\b|this\b|see\b|is\b|happy\b|until\b)[\w' -]+ (?:on|"
        rf"every|at) (?:{DAY}|\w+ on (?:week)?days|\w+ (?:and \w+ )?on {DAY})(?: (?:at|nights?|"
        r"evenings?|mornings?|from)\b.*| and \w+days)?)$",
        "",
        who=FRAGMENT,
        where=lambda v, c: (
            Place("schedule", "regular")
            if re.search(r"\bevery\b|days\b", v)
            and not re.search(r"\b(?:sale|offer|open|closed|who|what|why|people)\b", v)
            else None
        ),
    ),
    frame(
        "schedule",
        "regular",
        r"^(?:on |every |most )?(?P<v>(?:mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|"
        r"sundays|weekends|weekdays)\b.* i .+)",
        "mondays tuesdays wednesdays thursdays fridays saturdays sundays weekends weekdays",
        who=ANY,
    ),
    frame(
        "schedule",
        "regular",
        r"^(?:nothing|no (?:calls|meetings|plans|work|messages|emails)) (?P<v>(?:on|before|"
        r"after|between) (?:an? |the )?(?:mon|tues|wednes|thurs|fri|satur|sun|week|\d|eight|"
        r"nine|ten|lunch|noon|seven|six|mornings|evenings|school).*)",
        "nothing no",
        who=(FRAGMENT, THING),
        polarity=NEG,
    ),
    frame(
        "schedule",
        "free",
        r"^(?P<v>(?:mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|weekends) off)$",
        "off",
        who=FRAGMENT,
    ),
    frame(
        "schedule",
        "payday",
        r"^(?:my )?(?P<v>payday is (?:on )?(?:the |every |always )?.*(?:\d|\w+day\b).*)",
        "payday",
        who=(*ANY, Who.OTHER),
    ),
]
