"""What somebody cannot do or have: transport, visas, access."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.patterns.common import (
    FRAGMENT,
    MOST,
    OWN,
    THING,
)
from memory_chain.extraction.rules.shape import Who

FRAMES: list[Frame] = [
    frame(
        "constraints",
        "transport",
        r"^i (?P<v>(?:do not|can not|never (?:learned|learnt)(?: how)? to|am not allowed "
        r"to|am unable to|never learned how to|have never learned to|have stopped|no longer|"
        r"am not insured to|failed my|have never) (?:drive|driven|own a car|have a (?:car|"
        r"driving licen[cs]e|driver's licen[cs]e|licen[cs]e)|driving|driving test|fly|ride "
        r"a bike|cycle)\b(?! me\b| home tonight| crazy).*)",
        "drive driven car licence license driving fly bike cycle",
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.search(r"any ?more|any longer|no longer|have stopped", c.low)
            else Place("constraints", "transport")
        ),
    ),
    frame(
        "constraints",
        "transport",
        r"^i (?:have no|do not have(?: an?| any| my own)?|do not own(?: an?| any)?|lack "
        r"an?|have neither an?|live without an?|am without an?|am not allowed (?:an?|any)) "
        r"(?P<v>(?:[\w-]+ ){0,2}?(?:car|bike|licen[cs]e|oven|freezer|dishwasher|microwave|"
        r"stove|hob|kitchen|blender|mixer|washing machine|dryer|tumble dryer|internet|wifi|"
        r"wi-fi|broadband|smartphone|phone|computer|laptop|printer|tv|television|balcony|"
        r"garden|parking|lift|elevator|air conditioning|air con|heating|bathtub|bath|passport|"
        r"visa|work permit|bank account|credit card|papers|health insurance|insurance|signal|"
        r"reception|electricity|running water|storage|space|pets|credit|social media|whatsapp|"
        r"facebook|instagram|email|childcare|babysitter|food processor|toaster|kettle)\b.*)",
        "no not neither without",
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.search(
                r"\b(?:with me|right now|today|here|at the moment|any ?more|any longer|no longer|"
                r"yet)\b",
                c.low,
            )
            else (
                Place("possessions", "device")
                if re.search(r"smartphone|phone|tv|television|laptop|computer|tablet", v)
                else Place("habits", "habit")
                if re.search(r"social media|facebook|instagram", v)
                else Place("constraints", "access")
            )
        ),
    ),
    frame(
        "constraints",
        "legal",
        r"^i am (?:still |currently |only |here )*(?P<v>(?:on (?:an? )?(?:[\w-]+ )?(?:visa|"
        r"parole|probation|bail|tag|work permit|house arrest|permit)|under (?:a )?(?:curfew|"
        r"house arrest|nda|an nda|a non-compete)|not allowed (?:to|in|out|more|any|near|"
        r"on)|not permitted to|banned from|barred from|forbidden from|undocumented|stateless|"
        r"awaiting (?:asylum|my (?:visa|papers|citizenship))|waiting (?:for|on) my (?:visa|"
        r"papers|green card|citizenship|asylum|permit|residency)|an? (?:asylum seeker|undocumented "
        r".*)|a minor|under ?age|under \d+|too young to|bound by)\b.*)",
        "am",
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.match(r"not allowed (?:to|in) (?:say|see|post|edit|access|upload|comment)\b", v)
            else Place("constraints", "legal")
        ),
    ),
    frame(
        "constraints",
        "legal",
        r"^my (?:\w+ )?(?P<v>(?:visa|work permit|residence permit|green card|passport|driving "
        r"licen[cs]e|driver's licen[cs]e|licen[cs]e|residency|citizenship|asylum claim|parole|"
        r"probation|custody|lease|permit|insurance|data plan|internet|wifi|wi-fi|mobile "
        r"data|curfew|parole officer|custody agreement|papers)(?: \w+)? (?:is|are|runs?|"
        r"expires?|ends?|only|does not|was|got|has|lets|allows?|will|came|do not|drops|means)\b.*)",
        "",
        who=OWN,
        where=lambda v, c: Place("constraints", "legal"),
    ),
    frame(
        "constraints",
        "legal",
        r"^(?:the |our )?(?P<v>(?:visa|green card|work permit|residence permit|permit|custody)(?: "
        r"\w+)? (?:is|runs out|expires|came through|ends|only allows|week on).*)",
        "visa card permit custody",
        who=(FRAGMENT, Who.OTHER),
    ),
    frame(
        "constraints",
        "place",
        r"^my (?P<v>(?:landlord|landlady|building|lease|flat|tenancy|hoa|housing association|"
        r"council|school|employer|contract|parents|doctor|religion) (?:does not|do not|will "
        r"not|bans?|forbids?|prohibits?|won't) (?:allow|permit|accept|let|want|like|have)? "
        r"?.*)",
        "landlord landlady building lease flat tenancy hoa association council school employer "
        "contract parents doctor religion",
        who=OWN,
        polarity=NEG,
        where=lambda v, c: (
            Place("constraints", "place") if re.search(r"allow|permit|accept|let\b|bans?|forbid|prohibit", v) else None
        ),
    ),
    frame(
        "constraints",
        "access",
        r"^(?:no|there is no|there are no) (?P<v>(?:lift|elevator|oven|dishwasher|parking|"
        r"stairs|garden|internet|wi-?fi|public transport|dryer|washing machine|air con(?:ditioning)?|"
        r"freezer|step-free access|steps|car|licen[cs]e|signal|buses|shops?)\b.*)",
        "lift elevator oven dishwasher parking stairs garden internet wifi wi-fi transport "
        "dryer machine con freezer access steps car licence license signal buses shop shops",
        who=(FRAGMENT, THING),
        polarity=NEG,
        where=lambda v, c: (
            None
            if c.question or re.search(r"\b(?:today|error|found|in this)\b", c.low)
            else Place("constraints", "access")
        ),
    ),
    frame(
        "constraints",
        "access",
        r"^(?P<v>(?:stairs|steps|escalators|heights|long walks|night driving|public transport|"
        r"flying|lifting|alcohol|phone calls|ladders|kneeling|bending) (?:is|are) (?:out|"
        r"impossible|a problem|a nightmare|off the table|difficult|hard|not an option|no "
        r"good|tricky|beyond me)(?: for me)?\b.*)",
        "out impossible problem nightmare off difficult hard option good tricky beyond",
        who=MOST,
        polarity=NEG,
    ),
    frame(
        "constraints",
        "limit",
        r"^i (?:can only|can not|must|have to|need to be able to|am only allowed to|may "
        r"only|am limited to|am restricted to|am stuck with|only have|am tied to) (?P<v>(?:(?:work|"
        r"travel|leave|use|stay|go|be|get|cross|carry|drive|fly|park|watch|download|spend|"
        r"be away|take|live|move|bring|have (?:pets|visitors|guests|children))\b.*(?:\b(?:without|"
        r"because|until|till|unless|due to|since|hours? a (?:week|day)|at a time|by myself|"
        r"on my own|alone|abroad|visa|permission|custody|the country|the county|the state|"
        r"the city|wheelchair|pram|stroller|one hand|carer|the kids|the baby|parole|probation|"
        r"licen[cs]e|per week|per day)\b).*|one (?:hand|arm|leg|eye|working)\b.*|data only.*))",
        "only not must have need limited restricted stuck tied allowed may",
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.search(r"\b(?:error|code|file|log ?in|password|app|login|this)\b", v)
            else Place("constraints", "limit")
        ),
    ),
    frame(
        "constraints",
        "access",
        r"^i (?:need|require|rely on|depend on|always need|will need) (?:an? |the |some "
        r"|to have |to be |somewhere |something )*(?P<v>(?:step[- ]free|wheelchair[- ]accessible|"
        r"accessible|ground[- ]floor|subtitles|captions|large print|braille|a lift|lift|"
        r"ramp|public transport|the bus|buses|childcare|an interpreter|interpreter|sign "
        r"language|quiet|carer|pet-friendly|dog-friendly|near a (?:bus|train)|close to (?:a|"
        r"the) (?:toilet|bathroom|bus|station)|high chair|ground floor|audio description|"
        r"screen reader)\b.*)",
        "need require rely depend",
    ),
    frame(
        "constraints",
        "transport",
        r"^i (?:only |always |mostly |have to |can only |usually |all )*(?:rely on|depend "
        r"on|get around by|get around on|get everywhere by|travel by|go everywhere by|take|"
        r"commute by|cycle|walk|bike) (?P<v>(?:the |a |my )?(?:bus|buses|public transport|"
        r"train|tram|metro|bike|bicycle|everywhere|to work|foot|taxis|underground|subway|"
        r"tube)\b.*)",
        "rely depend get travel go take commute cycle walk bike",
        where=lambda v, c: (
            Place("habits", "habit")
            if not re.search(r"\b(?:rely|depend|only)\b", c.low)
            else Place("constraints", "transport")
        ),
    ),
    frame(
        "constraints",
        "limit",
        r"^(?P<v>(?:it|whatever you suggest|anything|everything|it all)(?: \w+)? has to "
        r"be (?:doable|accessible|step-free|within walking|reachable|wheelchair|gluten|vegan|"
        r"vegetarian|halal|kosher|under|cheap|free|quiet).*)",
        "has",
        who=MOST,
    ),
    frame(
        "constraints",
        "legal",
        r"^i have (?:sole |joint |shared |full |an? )*(?P<v>(?:custody|curfew|criminal record|"
        r"restraining order|travel ban|ankle tag|non-compete|security clearance|work permit|"
        r"residence permit|green card|visa|student visa|dual citizenship|conviction)\b.*)",
        "custody curfew record order ban tag non-compete clearance permit card visa citizenship conviction",
    ),
    frame(
        "constraints",
        "limit",
        r"^i (?:lost|have lost|had) (?:my )?(?P<v>(?:driving |driver's )?licen[cs]e (?:taken|"
        r"for|after|because|when|suspended|revoked).*)",
        "licence license",
        polarity=NEG,
    ),
    frame(
        "constraints",
        "limit",
        r"^(?P<v>\w+ (?:can not|should not|must not) be (?:left )?alone\b.*)",
        "alone",
        who=(OWN, Who.OTHER),
        polarity=NEG,
        where=lambda v, c: Place("family", "relative") if c.who is OWN else None,
    ),
    frame(
        "constraints",
        "limit",
        r"^i (?:can not|am not allowed to|may not) (?P<v>(?:have|keep|own|bring|host|get|"
        r"smoke) (?:any )?(?:pets?|dogs?|cats?|visitors|guests|candles|parties|animals|a "
        r"dog|a cat|a pet|in the|inside|indoors)\b.*)",
        "not",
        polarity=NEG,
    ),
    frame(
        "constraints",
        "access",
        r"^i (?:always |will )?(?:need|require) (?:a place|somewhere|something|a hotel|a "
        r"room|a table|a flat|a venue|a seat|accommodation|a restaurant|an? \w+) (?:that "
        r"is |which is |with |near |to be )(?P<v>.*\b(?:accessible|step-free|lift|ground "
        r"floor|ramp|parking|pet|dogs?|wheelchair|quiet|toilet|bus|station|train|captions|"
        r"subtitles|pram|buggy)\b.*)",
        "need require",
    ),
    frame(
        "constraints",
        "limit",
        r"^my (?P<v>(?:parole|probation) officer (?:wants|needs|expects|lets) .+|"
        r"(?:\w+ )?visa (?:only )?(?:lets|allows) .+)",
        "officer visa",
        who=(OWN, Who.OTHER),
        polarity=NEG,
    ),
    frame(
        "constraints",
        "limit",
        r"^(?:i have (?:an? )?)?(?P<v>(?:curfew|ankle tag)\b.*)",
        "curfew ankle",
        who=(*MOST,),
        polarity=NEG,
    ),
]
