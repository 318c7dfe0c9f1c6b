"""Routines, vices, and what is over."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.lexicon import is_past, lexicon
from memory_chain.extraction.rules.patterns.common import (
    FRAGMENT,
    OWN,
)
from memory_chain.extraction.rules.shape import Clause
from memory_chain.extraction.rules.tastes import is_empty, stopped


def _ended(value: str, clause: Clause) -> Place | None:
    if re.match(r"^(?:suggest|recommend|remind|tell|ask|send|show|give|call) |^(?:up|out|off|over)$", value):
        return None
    if re.search(
        r"\b(?:it|that|this|there|trying to (?:fix|find|figure)|reading (?:the|at)|watching "
        r"(?:after|at|it)|working (?:after|since|when)|at page)\b",
        value,
    ) and not re.search(r"smok|drink|eat", value):
        return None
    place = stopped(value, clause)
    if place is None and not is_empty(value):
        strong = re.match(
            r"^i (?:have )?(?:just |recently |finally )*(?:quit|gave up|given up|ditched|kicked|"
            r"swore off|am done with|dropped|abandoned|am through with)\b",
            clause.low,
        )
        going = (
            re.search(r"\b(?:any ?more|any longer|no longer)\b", clause.low)
            and lexicon().has(value.split()[0], "verb")
            and len(value.split()) > 1
        )
        if (strong or going) and not re.search(
            r"\b(?:looking|searching|trying|counting|waiting|hope|caring|worrying)\b", value
        ):
            return Place("habits", "habit")
    return place


def _no_more(value: str, clause: Clause) -> Place | None:
    """What somebody no longer is."""
    if not re.search(r"\b(?:no longer|any ?more|any longer)\b", clause.low):
        return None
    lex = lexicon()
    for section, aspect, names in (
        ("diet", "regime", ("regime",)), ("values", "religion", ("religion",)),
        ("family", "marital status", ("marital",)), ("work", "job", ("occupation", "workword")),
        ("education", "study", ("schoolword",)), ("personality", "trait", ("trait",)),
        ("health", "condition", ("illadj",)),
    ):  # fmt: skip
        if lex.any(value, *names):
            return Place(section, aspect)
    if re.search(r"\b(?:together|relationship|dating|seeing)\b", value):
        return Place("family", "marital status")
    return Place("education", "study") if "student" in value else None


def _habit(value: str, clause: Clause) -> Place | None:
    if clause.fragment and re.match(r"^(?:give|tell|send|show|ask|call|text|email|write|answer|explain)\b", value):
        return None
    if re.match(
        r"^\w+ (?:it|them)\b|^(?:try to (?:focus|keep|be|find|"
        r"remember)|lose track|fun to|wonder|escape)\b",
        value,
    ):
        return None
    if is_past(value.split()[0]) and value.split()[0] not in ("read", "put", "cut", "set", "let", "hit"):
        return None
    if re.match(
        r"^(?:get|have) (?:this|that|the|an) (?:error|message)|^(?:forget|wonder|wanted|"
        r"thought|knew|assume|hear|see|feel|say|said|been|had|have to (?:laugh|ask)|mix|"
        r"confuse|misspell|find it|get confused|know|remember|love|like|enjoy|hate|prefer|"
        r"want|wish|believe|understand|ask (?:you|for)|come back to you)\b",
        value,
    ):
        return None
    if re.search(
        r"\b(?:today|tonight|tomorrow|this (?:morning|week|evening)|yesterday|error|crash(?:es)?|"
        r"file|code)\b",
        clause.low,
    ):
        return None
    return Place("habits", "habit")


FRAMES: list[Frame] = [
    frame(
        "habits",
        "habit",
        r"^i do not (?P<v>(?:play|sing|train|run|swim|cycle|climb|dance|paint|knit|ride|row) .+?)(?:$|,|"
        r" because| since)",
        "play sing train run swim cycle climb dance paint knit ride row",
        ended=True,
        where=lambda v, c: (
            Place("habits", "habit")
            if re.search(r"\b(?:these days|nowadays|any ?more|any longer)\b", c.full.lower())
            else None
        ),
    ),
    frame(
        "habits",
        "vice",
        r"^i (?:~)?(?P<v>(?:smoke|vape|gamble|drink (?:too much|a lot|socially|wine|beer|"
        r"alcohol|every)|bite my nails|chain-smoke|am a (?:heavy |social |former |light "
        r"|chain )?smoker|get through \d+ cigarettes|smoke \d+|crack my knuckles|snore|doomscroll|"
        r"sleepwalk|talk in my sleep|scroll|do not smoke|never smoked|have never smoked)\b.*)",
        "smoke vape gamble drink bite chain-smoke smoker cigarettes crack snore doomscroll "
        "sleepwalk talk scroll smoked",
    ),
    frame(
        "habits",
        "sleep",
        r"^i (?:usually |normally |only |need |always |typically |mostly )*(?P<v>(?:sleep|"
        r"nap|need) (?:\w+ )?(?:\d+|four|five|six|seven|eight|nine|ten|at least|during|in "
        r"the (?:day|afternoon)|on the (?:sofa|floor)|with the|badly|lightly|like a|every|"
        r"until|till|less than|naked|in)\b.*)",
        "sleep nap",
        where=_habit,
    ),
    frame(
        "habits",
        "routine",
        r"^i (?:also |still |both |have to |try to |like to )*(?P<v>(?:get up|wake up|wake|"
        r"rise|am up|go|read|run|walk|swim|meditate|row|jog|cycle|journal|pray|stretch|practi[sc]e|"
        r"write|drink|eat|do|take|have|check|cook|bake|play|call|ring|listen|watch|train|"
        r"work out|exercise|make|clean|water|shower|spend|stay up|nap|bike|visit|see|shop|"
        r"feed|light|plan|knit|lift|hit the gym|go to the gym|start|end|use|sit|volunteer|"
        r"give|wear|keep|buy|order|post|chat|text|commute|travel|fast|ride|walk the dog|"
        r"tidy|brew|record|track|weigh|floss|sing|hike|meet|sleep|fly|attend|donate) ?(?:.*\b)?(?:every "
        r"(?:single )?(?:day|morning|evening|night|week|weekend|month|year|summer|winter|"
        r"afternoon|lunchtime|other day|hour|season|few|\w+day|time i)|each (?:day|morning|"
        r"evening|night|week|\w+ november)|daily|nightly|weekly|most (?:days|mornings|evenings|"
        r"nights|weekends|weeks)|(?:once|twice|three times|four times|five times|\d+ times|"
        r"several times) (?:a|per) (?:day|week|month|year)|before (?:bed|breakfast|work|"
        r"dawn|sunrise)|after (?:work|dinner|lunch|school)|first thing|without (?:exception|"
        r"fail)|on (?:my way|the way) (?:to|home)|(?:hours|minutes|miles|km|steps|cups) "
        r"(?:a|per|each|every) (?:day|week|night|morning)|all year round|at dawn|religiously|"
        r"in the (?:mornings?|evenings?)|on (?:mon|tues|wednes|thurs|fri|satur|sun)days|"
        r"(?:at|around|by) \d+(?::\d+)?)\b.*)",
        "every each daily nightly weekly most once twice times before after first without "
        "way hours minutes miles km steps cups dawn religiously mornings evenings morning "
        "evening mondays tuesdays wednesdays thursdays fridays saturdays sundays at around "
        "by year",
        where=lambda v, c: (
            Place("habits", "routine")
            if (
                _habit(v, c)
                and not re.search(
                    r"^(?:have|take|do|make) (?:an? )?(?:question|exam|test|quick|bad|short|good)|\b(?:after|"
                    r"before) (?:work|dinner|lunch|school|bed)\b(?!.*\b(?:usually|always|every)\b)(?<!always)",
                    v,
                )
            )
            or (_habit(v, c) and re.match(r"^i (?:always|usually)", c.low))
            else None
        ),
    ),
    frame(
        "habits",
        "habit",
        r"^i (?:always|usually|normally|never|often|rarely|hardly ever|tend to|regularly|"
        r"typically|habitually|religiously|almost always|almost never|invariably) (?P<v>(?!been\b|"
        r"had\b|thought\b|knew\b|wanted\b|loved\b|liked\b|hated\b|enjoyed\b|get (?:this|"
        r"that)\b|wondered\b|heard\b|seen\b|met\b|look forward\b|support each\b|understood\b|"
        r"learned\b|learnt\b|tried\b|said\b|got\b|came\b|went\b|did\b|drink\b|eat\b|ate\b|"
        r"mind\b|like\b|love\b|hate\b|prefer\b|want\b|find\b|was\b|am\b|have\b|could\b|would\b|"
        r"will\b|end\b|lived\b|finished\b|left\b).+)",
        "always usually normally never often rarely hardly tend regularly typically habitually religiously invariably",
        where=_habit,
    ),
    frame(
        "habits",
        "habit",
        r"^i (?:am|have got) (?:always |usually |often |mostly |normally |generally )?(?P<v>(?:up|"
        r"awake|out|at the gym|in bed|asleep|at my desk|out running|at church|at the pool|"
        r"at the allotment|in the garden) (?:.*\b)?(?:every|each|most|by|before|at \d|at "
        r"(?:six|five|four|half)|until|till|(?:mon|tues|wednes|thurs|fri|satur|sun)days)\b.*)",
        "up awake out at in asleep",
    ),
    frame(
        "habits",
        "routine",
        r"^i (?:have )?(?:started|got into the habit of|have got into the habit of|began|"
        r"have taken to|got into|am in the habit of|have been|am back to|took up) (?P<v>(?:running|"
        r"jogging|meditating|journaling|swimming|cycling|walking|reading|going to the gym|"
        r"working out|getting up|waking|doing (?:yoga|pilates)|cooking|baking|gardening|"
        r"lifting|training|exercising|stretching|fasting|volunteering|cold showers|yoga|"
        r"pilates|knitting|smoking|vaping|drinking|skipping|biking|practi[sc]ing|praying|"
        r"going to (?:church|mass|therapy|bed|the)|taking cold showers|climbing)\b.*)",
        "started habit began taken got been back took",
        where=lambda v, c: Place("habits", "routine"),
    ),
    frame(
        "habits",
        "routine",
        r"^(?:my (?:morning|evening|daily|bedtime|weekend|sunday|night) (?:routine|ritual|"
        r"run|walk|swim|coffee|jog)|my routine|my ritual)(?: is| starts| begins| always|"
        r" means)? ?(?P<v>.+)",
        "routine ritual run walk swim coffee jog",
        who=OWN,
    ),
    frame(
        "habits",
        "routine",
        r"^(?P<v>(?:gym|yoga|church|choir|run|swim|pilates|football|hot yoga|band practice|"
        r"therapy|parkrun|meditation|mass|mosque|training|rehearsal|book club|poker|pub "
        r"quiz|bowling|dance|karate|judo|boxing|tennis|cold shower|long run|school run|[\w "
        r"]+ class|[\w ]+ practice)\b.*\b(?:every|on|at|each|twice|most|\w+days|before|after)\b.*)",
        "every on at each twice most mondays tuesdays wednesdays thursdays fridays saturdays sundays before after",
        who=FRAGMENT,
        where=lambda v, c: Place("schedule", "regular") if re.search(r"\bat \d", v) else Place("habits", "routine"),
    ),
    frame(
        "habits",
        "habit",
        r"^i (?:have )?(?:just |recently |finally |mostly |already )*(?:stopped|quit|gave "
        r"up(?: on)?|given up(?: on)?|packed in|kicked|dropped|cut out|ditched|abandoned|"
        r"retired from|am done with|done with|finished with|have stopped|have quit|have "
        r"given up|have dropped|am through with|am over|have abandoned|have cut out|have "
        r"ditched|have kicked|swore off|went off|cancelled|canceled|have cancelled|let go "
        r"of|came off|have come off|deleted|have deleted|sold|have sold|left|have left|unsubscribed "
        r"from|unfollowed|outgrew|have outgrown|lost interest in|got rid of|have got rid "
        r"of|gave away|resigned from|weaned myself off|am finished with) (?:going to |doing "
        r"|taking |playing |practi[sc]ing |attending |all |with )*(?P<v>.+)",
        "stopped quit gave given packed kicked dropped cut ditched abandoned retired done "
        "finished through over swore went cancelled canceled let came off come deleted "
        "sold left unsubscribed unfollowed outgrew outgrown lost got resigned weaned",
        ended=True,
        polarity=NEG,
        where=_ended,
    ),
    frame(
        "habits",
        "habit",
        r"^i (?:do not|no longer|am no longer|have not|am not|can not|never) (?P<v>(?!live|"
        r"work|rent|stay|drink$|know|remember|want|need|see|think|care|care|understand|trust|"
        r"believe|be|in|on|at|sure|that|able|get|have to|feel|recognise|recognize|speak "
        r"to|wonder|mind|afraid|scared|hungry|tired|find).+?)(?: any ?more| any longer| "
        r"these days now)?$",
        "longer more",
        ended=True,
        polarity=NEG,
        where=lambda v, c: _ended(v, c) if re.search(r"\b(?:no longer|any ?more|any longer)\b", c.low) else None,
    ),
    frame(
        "habits",
        "habit",
        r"^i have not (?:touched|had|smoked|eaten|drunk|played|bought|set foot in) (?:an? "
        r"|any |the |my )*(?P<v>.+?) (?:in|since|for) (?!a (?:minute|while)).*",
        "not",
        ended=True,
        polarity=NEG,
        text="whole",
        where=lambda v, c: (
            stopped(v, c) or (Place("habits", "vice") if re.search(r"cigarette|drink|fag|smoke|drop", v) else None)
        ),
    ),
    frame(
        "habits",
        "habit",
        r"^i am (?:no longer|not) (?:an? |the |in )*(?P<v>.+?)(?: any ?more| any longer|"
        r"$)",
        "longer more",
        ended=True,
        where=_no_more,
    ),
    frame(
        "habits",
        "habit",
        r"^i used to (?P<v>(?!be\b|live\b|work\b|know\b|think\b|believe\b|have to\b|get\b|"
        r"say\b|hate\b|dislike\b|feel\b|wonder\b|loathe\b|dream\b|see\b|hear\b|wish\b|want\b|"
        r"assume\b).+?)(?:,? (?:until|but|before|till|when|years ago|as a|in my|back in|"
        r"at school|not any).*|$)",
        "used",
        ended=True,
        where=lambda v, c: (
            (
                Place("possessions", "thing")
                if re.match(r"^(?:own|have)\b", v)
                else (stopped(v, c) or (Place("habits", "habit") if len(v.split()) > 1 else None))
            )
            if not re.search(r"\band (?:still|now)\b", c.low)
            else None
        ),
    ),
    frame(
        "habits",
        "habit",
        r"^(?:done|finished|through) with (?P<v>.+)",
        "done finished through",
        who=FRAGMENT,
        ended=True,
        polarity=NEG,
        where=lambda v, c: (
            _ended(v, c)
            if lexicon().any(v, "sport", "hobby", "instrument", "game", "software", "food", "schoolword")
            or re.search(r"class|lessons?|social media|dating|smok|drink|club|gym", v)
            else None
        ),
    ),
    frame(
        "habits",
        "habit",
        r"^my (?:\w+ )?(?P<v>(?:subscription|membership|gym membership|season ticket|days)(?: "
        r"(?:to|at|for|of|as) [\w ]+?)? (?:is|are|was|has been|ran out|lapsed|expired|got) "
        r"?(?:cancelled|canceled|over|behind me|ended|finished|out|lapsed|done|expired|gone)?\b.*)",
        "subscription membership ticket days",
        who=OWN,
        ended=True,
        polarity=NEG,
        where=lambda v, c: (
            Place("habits", "habit")
            if re.search(r"cancel|over|behind|ended|finished|lapsed|expired|ran out|gone", v)
            else None
        ),
    ),
    frame(
        "habits",
        "habit",
        r"^i am not on (?P<v>.+?)(?: any ?more| any longer|$)",
        "not",
        polarity=NEG,
        ended=True,
        needs="software",
        split=True,
        where=lambda v, c: Place("habits", "habit") if re.search(r"any ?more|any longer", c.low) else None,
        text="!{s} is no longer on {v}.",
    ),
    frame(
        "habits",
        "habit",
        r"^i am not on (?P<v>(?:facebook|instagram|twitter|social media|tiktok|whatsapp|"
        r"linkedin|snapchat|any social media)\b.*)",
        "not",
        polarity=NEG,
        where=lambda v, c: None if re.search(r"any ?more|any longer", c.low) else Place("habits", "habit"),
    ),
    frame(
        "habits",
        "routine",
        r"^i (?:have )?(?:always )?(?:keep|kept) (?P<v>(?:an? )(?:\w+ )?(?:diary|journal|"
        r"log|sketchbook|notebook|record|blog|food diary|gratitude journal)\b.*)",
        "keep kept",
    ),
    frame(
        "habits",
        "routine",
        r"^i (?P<v>[a-z]+ .*\bevery (?:few|two|three|four|five|six|other|second|\d+) (?:days|"
        r"weeks|months|years|hours|week|month|day)\b.*)",
        "every",
        where=lambda v, c: Place("habits", "routine") if _habit(v, c) and not is_past(v.split()[0]) else None,
    ),
    frame(
        "habits",
        "habit",
        r"^i (?:do not|hardly ever|rarely|never) (?:watch|read|play|use|wear|listen to|follow|"
        r"go to) (?P<v>.+)",
        "watch read play use wear listen follow go",
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.search(r"\b(?:any ?more|any longer|it|this|that|these|work)\b", c.low)
            else Place("habits", "habit")
        ),
    ),
    frame(
        "habits",
        "vice",
        r"^i (?:was|used to be) an? (?:heavy |chain |social |pack-a-day )*(?P<v>smoker|drinker|"
        r"gambler)\b",
        "smoker drinker gambler",
        ended=True,
    ),
    frame(
        "diet",
        "habit",
        r"^i am not (?:much of )?an? (?:big |heavy |great )*(?P<v>drinker|coffee drinker|"
        r"tea drinker|meat eater|breakfast person|dessert person|big eater)\b",
        "drinker eater person",
        polarity=NEG,
    ),
    frame(
        "habits",
        "routine",
        r"^i (?:always |usually |often )?(?:take|go for|have|do) (?P<v>(?:a |an )?(?:long|"
        r"cold|daily|regular|ice|early|evening|morning|afternoon|weekly|hot) (?:shower|bath|"
        r"walk|nap|run|ride|swim|dip|stretch|meditation)s?\b.*)",
        "take go have do",
    ),
    frame(
        "habits",
        "sleep",
        r"^i (?P<v>(?:do not sleep (?:well|much|enough|more)|sleep (?:badly|poorly|terribly|"
        r"very little|like|lightly|deeply|through)|am a (?:light|heavy|bad|terrible) sleeper|"
        r"can not sleep (?:without|if|with))\b.*)",
        "sleep sleeper",
    ),
]
