"""What somebody fears or cannot stand."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.patterns.common import (
    FRAGMENT,
    MOST,
    OWN,
    SELF,
)
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.extraction.rules.tastes import disliked, is_food


def _feared(value: str, clause: Clause) -> Place | None:
    if re.match(
        r"^(?:it|that|this|the (?:answer|truth|question|wait|result)|you|i|to (?:ask|say|"
        r"tell)|not|nothing|him|her|them)\b",
        value,
    ):
        return None
    return Place("fears", "fear")


def _scary(value: str, clause: Clause) -> Place | None:
    if re.match(
        r"^(?:i|it|that|this|what|which|he|she|they|you|nothing|who|everything|these|the (?:news|"
        r"film|movie|noise|price|ending|thought)|seeing|reading)\b",
        value,
    ):
        return None
    return Place("fears", "fear")


FRAMES: list[Frame] = [
    frame(
        "fears",
        "fear",
        r"^i (?:am|have always been|get|feel|was always|have been|am still|am deathly|am "
        r"mortally) (?:a bit |absolutely |so |really |still |always |irrationally |deathly "
        r"|quite |properly |very |genuinely |too |mortally )*(?:scared|afraid|terrified|"
        r"frightened|petrified|phobic|fearful|nervous|anxious|squeamish|freaked out|creeped "
        r"out|wary|paranoid|panicky|spooked|uneasy|uncomfortable|self-conscious|claustrophobic) "
        r"(?:shitless |stiff |silly |to death |half to death )?(?:of|about|around|by|in|"
        r"on|when|with|at|out) (?P<v>.+)",
        "scared afraid terrified frightened petrified phobic fearful nervous anxious squeamish "
        "freaked creeped wary paranoid panicky spooked uneasy uncomfortable self-conscious "
        "claustrophobic",
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.search(
                r"\b(?:tomorrow|tonight|today|this (?:interview|meeting|week)|my (?:interview|exam|"
                r"presentation) (?:tomorrow|on|next)|the (?:interview|exam|results?))\b",
                c.low,
            )
            and not re.search(r"scared of|afraid of|terrified of", c.low)
            else _feared(v, c)
        ),
    ),
    frame(
        "fears",
        "fear",
        r"^i (?:have|have always had|suffer from|have got|developed) (?:an? |this |such "
        r"an? )?(?:huge |terrible |irrational |massive |deep |severe |real |serious |lifelong "
        r"|weird |mild )*(?:fear|phobia|terror|dread|horror) of (?P<v>.+)",
        "fear phobia terror dread horror",
        polarity=NEG,
        where=_feared,
    ),
    frame(
        "fears",
        "fear",
        r"^i (?:panic|freeze|faint|get dizzy|hyperventilate|freak out|shake|break out in "
        r"a sweat|break into a sweat|get palpitations|tense up|have a panic attack|feel "
        r"faint|lose it|scream|jump) (?P<v>(?:in|on|when|at|every time|whenever|around|near|"
        r"if|at the sight of|the moment) .+)",
        "panic freeze faint dizzy hyperventilate freak shake sweat palpitations tense attack lose scream jump",
        polarity=NEG,
        where=lambda v, c: Place("fears", "fear"),
    ),
    frame(
        "fears",
        "fear",
        r"^i (?:fear|dread|can not (?:look at|watch|be in|be near|go near|be around|face|"
        r"do)) (?P<v>.+)",
        "fear dread look watch be go face do",
        polarity=NEG,
        where=lambda v, c: (
            _feared(v, c)
            if re.match(r"^i (?:fear|dread)\b", c.low) and not re.match(r"^(?:that|i|so|not|the worst|it)\b", v)
            else Place("fears", "fear")
            if (lexicon().any(v, "fearthing") and "stairs" not in v)
            or re.match(r"^(?:horror|scary|crowds?|gore|small spaces|planes)", v)
            else None
        ),
    ),
    frame(
        "fears",
        "fear",
        r"^(?P<v>[\w',& -]{2,50}?) (?:(?:really |always |still |absolutely |just |properly "
        r"|genuinely )*)(?:scares?|terrif(?:y|ies)|frightens?|petrif(?:y|ies)|freaks?|creeps?|"
        r"spooks?|unnerves?|gives?|makes?|gets?|sends?) (?:the life out of |the hell out "
        r"of |the crap out of )?me(?:$| (?:out|stiff|to death|silly|half to death|the (?:creeps|"
        r"willies|heebie-jeebies|shivers|ick|fear)|nightmares|anxiety|panic attacks|panic|"
        r"anxious|nervous|uncomfortable|dizzy|freeze|scream|hide|jump|shake|shudder|claustrophobic|"
        r"into a panic|goosebumps|faint|sweat|queasy|cry|want to (?:run|hide|scream|leave))\b.*|"
        r",.*)",
        "scare scares terrify terrifies frighten frightens petrify petrifies freak freaks "
        "creep creeps spook spooks unnerve unnerves give gives make makes get gets send "
        "sends",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: None if re.search(r"(?:gives?|makes?|gets?|sends?) me(?:$|,)", c.low) else _scary(v, c),
    ),
    frame(
        "fears",
        "fear",
        r"^i (?:get|have|suffer from|always get) (?:terrible |awful |bad |the worst |such "
        r"bad |real )*(?P<v>(?:stage fright|vertigo|claustrophobi\w+|panic attacks|nightmares|"
        r"flashbacks|the creeps|butterflies|cold feet)\b.*)",
        "fright vertigo claustrophobia claustrophobic attacks nightmares flashbacks creeps",
        polarity=NEG,
    ),
    frame(
        "fears",
        "fear",
        r"^my (?:biggest |greatest |worst |only |one |main |deepest |irrational )*(?:fear|"
        r"phobia|nightmare) (?:is|has always been|would be) (?P<v>.+)",
        "fear phobia nightmare",
        who=OWN,
        polarity=NEG,
    ),
    frame(
        "fears",
        "dislike",
        r"^i have (?:zero|no|little|not much|very little|limited) (?:patience|tolerance|"
        r"time) (?:for|with) (?P<v>.+)",
        "patience tolerance time",
        polarity=NEG,
        where=lambda v, c: None if re.match(r"^(?:this|that|it|lunch|a )", v) else Place("fears", "dislike"),
    ),
    frame(
        "fears",
        "dislike",
        r"^(?P<v>[\w',& -]{2,60}?) (?:is|are) (?:my (?:idea of hell|personal hell|nightmare|"
        r"worst nightmare|kryptonite|bane|pet hate|pet peeve|weak spot)|hell for me|torture "
        r"for me|the bane of my (?:life|existence)|pure torture|a no from me|not for me)",
        "my hell torture bane no not",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: disliked(v, c) if not re.match(r"^(?:it|that|this|what|these|he|she|they)\b", v) else None,
    ),
    frame(
        "fears",
        "dislike",
        r"^my (?:biggest |greatest |main |number one |real |personal |worst )*(?:pet peeve|"
        r"pet hate|bugbear|turn-off|least favou?rite \w+) (?:is|has always been|are) (?P<v>.+)",
        "peeve hate bugbear turn-off least",
        who=OWN,
        polarity=NEG,
    ),
    frame(
        "fears",
        "fear",
        r"^(?P<v>[\w -]{2,40}) (?:phobia|phobic)(?: here)?$",
        "phobia phobic",
        who=(FRAGMENT, SELF),
        polarity=NEG,
    ),
    frame(
        "fears",
        "dislike",
        r"^(?:not a fan of|no fan of|not keen on|not into|not fond of|can not stand|hate|"
        r"loathe|never liked|no time for|not another|no more|anything but|please not|enough "
        r"with the|skip the|spare me(?: the)?) (?P<v>.+?)(?: please| thanks|, please|, thanks)*$",
        "fan keen into fond stand hate loathe liked time another more anything not enough skip spare",
        who=(FRAGMENT, Who.ORDER),
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.search(
                r"\b(?:questions?|please no|details|explanation|intro|code|comments|preamble|than|"
                r"of (?:this|these))\b",
                v,
            )
            or (
                c.low.startswith(("no more", "skip", "spare", "anything but", "enough", "please not"))
                and not lexicon().any(v.split()[-1], "food", "hobby", "sport", "fearthing", "game", "dietnoun")
            )
            else disliked(v, c)
        ),
    ),
    frame(
        "fears",
        "dislike",
        r"^(?:i )?(?:would never|will never|would rather not|refuse to) (?P<v>(?:set foot|"
        r"go near|get on|go (?:on|in|into|back to)|sleep in|fly|swim in|watch|step)\b.*)",
        "never rather refuse",
        polarity=NEG,
    ),
    frame(
        "fears",
        "dislike",
        r"^(?P<v>being (?:late|touched|watched|interrupted|alone|ignored|stared at|told "
        r"what to do|rushed|photographed|in crowds|the centre of attention)|crowds|small "
        r"talk|loud (?:noises|music|chewing|places|eaters)|public speaking|phone calls|mess|"
        r"clutter|open spaces|tight spaces) (?:is|are|stresses?|exhausts?|overwhelms?|kills?) "
        r"(?:me|my (?:worst|biggest)|torture|hell|a nightmare|the worst|unbearable|stressful|"
        r"too much).*",
        "",
        who=MOST,
        polarity=NEG,
    ),
    frame(
        "fears",
        "fear",
        r"^i (?:am (?:not (?:good|great|ok|okay|the best|comfortable)|bad|terrible|awful|"
        r"useless|hopeless) with|do not (?:do|like|cope with|handle)|struggle with|have "
        r"a (?:thing|problem) (?:about|with)|can not do) (?P<v>.+)",
        "with do cope handle struggle thing problem",
        polarity=NEG,
        where=lambda v, c: (
            Place("fears", "fear") if lexicon().has(v.lower(), "fearthing") and "stairs" not in v else None
        ),
    ),
    frame(
        "fears",
        "fear",
        r"\bwould (?:rather|sooner) .+ than (?P<v>fly|(?:get|go|be|step) (?:in|into|on|near|up|down) .+)",
        "rather sooner",
        polarity=NEG,
    ),
    frame(
        "fears",
        "fear",
        r"^(?P<v>[\w',& -]{2,50}?) (?:makes?|gives?) me (?:want to (?:crawl|curl|climb|be sick|cry|disappear|die|"
        r"bolt)|the (?:shakes|chills|horrors|sweats))\b",
        "makes make gives give",
        who=MOST,
        polarity=NEG,
        where=_scary,
    ),
    frame(
        "fears",
        "fear",
        r"^anything with (?P<v>[\w -]+?)(?: in it)? is (?:a no|a hard no|out|off the table|off limits)\b",
        "anything",
        who=(*MOST, Who.ORDER),
        polarity=NEG,
        where=lambda v, c: Place("diet", "avoids") if is_food(v) else Place("fears", "fear"),
    ),
    frame(
        "fears",
        "fear",
        r"^i do not mind (?P<v>.+?) (?:any ?more|any longer|these days)\b",
        "mind",
        ended=True,
        polarity=NEG,
        text="!{s} no longer minds {v}.",
        where=lambda v, c: Place("fears", "fear") if lexicon().any(v, "fearthing") else None,
    ),
]
