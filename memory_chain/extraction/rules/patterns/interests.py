"""Tastes and pastimes."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, POS, Frame, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.patterns.common import (
    ANY,
    FRAGMENT,
    MOST,
    OWN,
    SELF,
    THING,
)
from memory_chain.extraction.rules.shape import Clause
from memory_chain.extraction.rules.tastes import disliked, is_empty, is_food, liked


def _adored(value: str, clause: Clause) -> Place | None:
    if re.match(
        r"^(?:colou?rs?|red|blue|green|yellow|purple|pink|leaves|pattern|vibe|theme|design|"
        r"look|style of|way|photo|pic|view|details?|shade|effect|idea|outfit)\b",
        value,
    ):
        return None
    if re.search(r"\b(?:one|option|version|answer|idea)(?: better| best| more)?$", value):
        return None
    if re.search(r"\b(?:in (?:this|that) (?:movie|film|photo|picture)|that you|how you|your)\b", value):
        return None
    return liked(value, clause)


def _prefers(value: str, clause: Clause) -> Place | None:
    if re.search(r"\b(?:one|option|version|answer|choice|design|first|second|former|latter|draft)$", value):
        return None
    if re.match(
        r"^(?:the (?:first|second|third|other|former|latter|last|blue|red|green|one)|option|"
        r"not to|if|that|this|it|version)\b",
        value,
    ):
        return None
    return liked(value, clause)


def _hated(value: str, clause: Clause) -> Place | None:
    if re.match(
        r"^(?:to (?:be|say|ask|break|bother|interrupt|admit|think)|my (?:life|job|boss|hair|"
        r"self)|myself|when\b.*\b(?:code|server)|the fact|that)\b",
        value,
    ):
        return Place("work", "way") if value.startswith(("my job", "my boss")) else None
    return disliked(value, clause)


def _pastime(value: str, clause: Clause) -> Place | None:
    """A pastime as the first word or two of what somebody does."""
    lex = lexicon()
    words = re.split(r"[ ,]+", value)
    if words[0] in ("not", "never"):
        return None
    if not any(lex.has(" ".join(words[:n]), "sport", "hobby", "instrument", "game") for n in (1, 2, 3)) and not lex.any(
        " ".join(words[:4]), "sport", "hobby", "instrument", "game"
    ):
        return None
    return Place("interests", "activity")


def _does(value: str, clause: Clause) -> Place | None:
    if re.search(
        r"\b(?:today|tonight|tomorrow|this (?:morning|evening|weekend)|right now|yesterday|"
        r"for (?:a|my) (?:friend|essay|homework))\b",
        clause.low,
    ):
        return None
    if re.match(r"^(?:before|after|at|every|until|when)\b", value):
        return None
    if re.match(
        r"^(?:a (?:role|part|trick|joke|game)|along|dumb|safe|it|around|this|that|you|here|"
        r"to|about|the (?:following|code|docs|article|manual|message|instructions))\b",
        value,
    ):
        return None
    return Place("interests", "activity")


_LIKE = (
    r"(?:love|like|enjoy|adore|am (?:big |really |heavily |super )?into|am (?:a )?(?:big "
    r"|huge |massive |lifelong |long-time |longtime |die-hard |great |proper |total "
    r"|secret |bit of an? )*(?:fan of|obsessed with|mad about|crazy about|keen on|fond "
    r"of|passionate about|interested in|hooked on|addicted to|nuts about|devoted to|"
    r"partial to|enthusiastic about|fascinated by|a sucker for|sucker for|in love with|"
    r"lover of|fascinated with|obsessive about|mad for|head over heels for|a believer "
    r"in a good)|have (?:a |an |always had a |such a )?(?:big |huge |real |great |weird "
    r"|deep |soft |lifelong |secret )*(?:passion for|love for|love of|interest in|soft "
    r"spot for|weakness for|thing for|obsession with|fascination with|spot for)|get "
    r"a kick out of|live for|can not get enough of|never get (?:tired|bored) of|could "
    r"(?:watch|listen to|read|play|talk about) |can not resist|swear by|dig|geek out "
    r"over|worship|cherish|treasure|have fallen in love with|fell in love with|am getting "
    r"into|have discovered|relish|have grown to (?:love|like)|have come to (?:love|like|"
    r"enjoy)|have always (?:loved|liked|enjoyed|adored)|have loved|could spend (?:hours|"
    r"days|all day)|would choose|find joy in|find .{1,20} relaxing)"
)

_HATE = (
    r"(?:hate|dislike|loathe|detest|despise|do not (?:like|enjoy|care for|love|get on "
    r"with|fancy|want to see|appreciate|rate|understand the appeal of|see the appeal "
    r"of|get the appeal of)|can not (?:stand|bear|abide|be doing with|deal with|handle|"
    r"tolerate|cope with|stomach|take|get into|get on with)|could not (?:stand|bear)|"
    r"am not (?:a |an |much of a |too |that |really |very |so |one |exactly |the biggest "
    r"|big |much )*(?:fan of|keen on|fond of|into|interested in|for|wild about|crazy "
    r"about|big on|enthusiastic about|lover of)|never (?:liked|enjoyed|cared for|got "
    r"into|understood the appeal of|saw the appeal of)|have never (?:liked|enjoyed|cared "
    r"for|been into|been keen on|been a fan of|got into)|resent|have no (?:interest "
    r"in|time for|patience for|love for)|am bored (?:by|of)|am sick of|am allergic to "
    r"the idea of|dread|am put off by|find it (?:hard|impossible) to like|lost interest "
    r"in|have gone off|went off|have had enough of|am fed up with|am tired of|would "
    r"rather not|feel sick at the sight of)"
)


FRAMES: list[Frame] = [
    frame(
        "interests",
        "like",
        r"^i (?:have always |always |still |both |all |also |would say i |do |secretly |"
        rf"usually |generally |especially |particularly |mostly |mainly |only )*{_LIKE} (?:to "
        r"|going |watching |listening to |reading )?(?P<v>.+)",
        "love like enjoy adore into fan obsessed mad crazy keen fond passionate interested "
        "hooked addicted nuts devoted partial enthusiastic fascinated sucker passion interest "
        "weakness spot thing obsession fascination kick live get never could resist swear "
        "dig geek worship cherish treasure fallen fell got gotten getting discovered relish "
        "grown come loved always spend joy relaxing lover",
        polarity=POS,
        where=_adored,
        split=True,
        text="{s} likes {v}.",
    ),
    frame(
        "interests",
        "dislike",
        r"^i (?:have always |always |still |both |all |also |do |secretly |usually |generally "
        rf"|especially |particularly |mostly |absolutely )*{_HATE} (?P<v>.+)",
        "hate dislike loathe detest despise like enjoy care love get fancy want appreciate "
        "rate understand see stand bear abide doing deal handle tolerate cope stomach take "
        "fan keen fond into interested wild crazy big enthusiastic lover liked enjoyed "
        "cared got understood saw resent interest time patience bored sick dread put find "
        "lost gone went had fed tired rather done for",
        polarity=NEG,
        where=_hated,
        split=True,
        text="{s} dislikes {v}.",
    ),
    frame(
        "interests",
        "like",
        r"^i (?:have )?(?:always )?(?:hated|loathed|disliked|could not stand|used to (?:hate|"
        r"dislike|loathe|avoid)) (?P<v>.+?)(?:,| but| until| now).*\b(?:love|like|enjoy|"
        r"adore|can not get enough|quite like)\b.*",
        "hated loathed disliked stand used",
        polarity=POS,
        where=_adored,
    ),
    frame(
        "interests",
        "like",
        r"^i (?:would|always) (?:much )?(?:rather|prefer|choose|pick) (?!(?:have|walk|wait|pay|die|starve|lose|give|"
        r"earn|know|not)\b)(?P<v>.+?)(?: (?:over|"
        r"than|to|instead of) .+|$)",
        "rather prefer choose pick",
        polarity=POS,
        where=_prefers,
    ),
    frame(
        "interests",
        "like",
        r"^i (?:always |usually |generally |much |definitely |still |tend to |strongly |"
        r"actually |only )*prefer (?P<v>.+?)(?: (?:over|to|rather than|than|instead of) "
        r"(?!be|do|get|go|have|stay|work|eat|read|watch|sit|drive|walk).+|$)",
        "prefer",
        polarity=POS,
        where=_prefers,
    ),
    frame(
        "interests",
        "activity",
        r"^i (?:have (?:been|just started|started|recently started|taken up) )?(?:~)(?:play|"
        r"playing|practi[sc]e|practi[sc]ing|took up|have taken up|train in|compete in|coach) "
        r"(?:the |a bit of |a little |some |a lot of |competitive |lots of )*(?P<v>.+)",
        "play playing practise practice practising practicing took taken train compete coach",
        where=_does,
        polarity=POS,
    ),
    frame(
        "interests",
        "activity",
        r"^i (?:have been|am) (?P<v>[\w-]+ing\b.*)",
        "been am",
        polarity=POS,
        where=lambda v, c: (
            _pastime(" ".join(v.split()[:2]), c)
            if re.search(
                r"\b(?:since|for (?:\d+|\w+) (?:years|months|decades)|all my life|for (?:years|ages))\b",
                c.sentence_text.lower(),
            )
            else None
        ),
    ),
    frame(
        "interests",
        "like",
        r"^i am (?:re-?reading|rewatching|re-watching|binge-?watching|bingeing) (?P<v>.+)",
        "rereading re-reading rewatching re-watching bingewatching binge-watching bingeing",
        polarity=POS,
    ),
    frame(
        "interests",
        "like",
        r"^(?P<v>[\w' ]{2,30}?) over [\w' ]{2,30} (?:any day|any time|every time|always)",
        "over",
        who=(FRAGMENT, THING),
        polarity=POS,
        where=lambda v, c: Place("diet", "like") if is_food(v) else Place("interests", "like"),
    ),
    frame(
        "interests",
        "dislike",
        r"^i find (?P<v>.+?) (?:so |very |really |too |quite |incredibly |deadly )*(?:boring|"
        r"dull|annoying|tedious|irritating|pointless|stressful|exhausting|overrated|depressing|"
        r"unbearable|disgusting|gross|terrifying|scary|creepy|frustrating)\b",
        "find",
        polarity=NEG,
        where=_hated,
    ),
    frame(
        "interests",
        "like",
        r"^i find (?P<v>.+?) (?:so |very |really |too |quite |incredibly )*(?:relaxing|fascinating|"
        r"calming|soothing|therapeutic|fun|beautiful|exciting|satisfying|addictive|interesting|"
        r"comforting)\b",
        "find",
        polarity=POS,
        where=_adored,
    ),
    frame(
        "interests",
        "activity",
        r"^i (?:~)(?:do|go|am doing|love to go|have been doing|took up|started|am learning|"
        r"am really into|compete in|teach|spend (?:my|most|all|every) (?:weekends?|evenings?|"
        r"time|free time|spare time|sundays?|saturdays?|holidays?|summers?)(?: of my time)?|"
        r"got into|took part in|sing|am in) (?:out |a lot of |some |a bit of |the |an? |"
        r"my )*(?P<v>.+)",
        "do go doing took started learning spend got into sing in compete",
        where=lambda v, c: (
            _pastime(v, c)
            if re.search(
                r"\b(?:spend|every|each|most|on (?:mon|tues|wednes|thurs|fri|satur|sun)days?|twice|"
                r"once|a lot|regularly|often|usually|weekends?|took up|into|compete|sing|a week|"
                r"since|for (?:\d+|\w+) years)\b",
                c.low,
            )
            or re.match(r"^i (?:do|go) (?!to)", c.low)
            else None
        ),
        polarity=POS,
    ),
    frame(
        "interests",
        "collection",
        r"^i (?:also |still |have )?(?:collect|collected|am collecting|hoard|restore|am "
        r"restoring|repair old|build model|refurbish|tinker with|breed|keep) (?P<v>(?!track|"
        r"up|it|an? eye|going|quiet|thinking|getting|asking|data|information|forgetting|"
        r"trying|to|on|every|my (?:distance|phone|mouth)).+)",
        "collect collected collecting hoard restore restoring repair build refurbish tinker breed keep",
        polarity=POS,
        where=lambda v, c: (
            Place("interests", "collection")
            if not re.match(r"^i (?:also |still )?keep\b", c.low)
            or re.search(
                r"\b(?:bees|hens|chickens|pigeons|fish|reptiles|goats|rabbits|ducks|snakes|horses|"
                r"tropical|koi)\b",
                v,
            )
            else None
        ),
    ),
    frame(
        "interests",
        "activity",
        r"^i (?:~)(?:paint|draw|knit|crochet|sew|garden|sing|dance|surf|ski|hike|cycle|run|"
        r"row|sail|fish|sculpt|carve|weave|brew|bake|photograph|compose|write|birdwatch|"
        r"forage|camp|skate|box|fence|climb|swim|jog|busk|dj|quilt|embroider|juggle|blog|"
        r"volunteer|make|grow|read|watch|listen to|follow|whittle|garden|boulder|scuba dive|"
        r"dive|kayak|paddle|ride|spin|upcycle|code|mountain bike|geocache|stargaze|act) "
        r"(?P<v>.*)",
        "paint draw knit crochet sew garden sing dance surf ski hike cycle run row sail "
        "fish sculpt carve weave brew bake photograph compose write birdwatch forage camp "
        "skate box fence climb swim jog busk dj quilt embroider juggle blog volunteer make "
        "grow read watch listen follow support whittle boulder dive kayak paddle ride spin "
        "upcycle geocache stargaze act",
        polarity=POS,
        where=lambda v, c: (
            _does(v, c)
            if (
                re.match(
                    r"^i (?:\w+ )?(?:paint|draw|knit|crochet|sew|garden|sing|dance|surf|ski|hike|sail|"
                    r"sculpt|carve|weave|brew|compose|birdwatch|forage|skate|climb|swim|busk|dj|quilt|"
                    r"embroider|juggle|whittle|boulder|kayak|paddle|upcycle)\b",
                    c.low,
                )
                and not re.search(
                    r"\b(?:this|that|the following|a (?:picture|line|card|conclusion|blank)|conclusions?)\b", v
                )
            )
            or (
                v
                and re.search(
                    r"\b(?:every|each|mostly|a lot of|lots of|my own|all my|most|religiously|only|anything|"
                    r"tons of|loads of|too many|on (?:sundays|saturdays|weekends)|in my (?:free|spare) "
                    r"time|as a hobby|for fun|poetry|novels|short stories|a blog|fan ?fiction|manga|"
                    r"anime|true crime|podcasts|jazz|opera|metal|techno|classical|football|cricket|rugby|"
                    r"formula 1|f1|arsenal|liverpool|horror|sci-?fi|fantasy|thrillers|documentaries|"
                    r"vegetables|tomatoes|roses|chillies|bread|cakes|pottery|jewellery|jewelry|marathons?|"
                    r"ultras|dressage|candles|soap|wine|beer|cider|comics|songs|music|nba|nfl|the news|"
                    r"chess|romance|history|biographies|crime)\b",
                    v,
                )
                and not re.search(
                    r"\b(?:the|this|that|an?) (?:article|message|book|page|email|chapter|review|file|"
                    r"doc|docs|manual|report|paper|essay)\b",
                    v,
                )
            )
            else None
        ),
    ),
    frame(
        "interests",
        "like",
        r"^my (?:all-time |absolute |number one |other |current |big |main |biggest |secret "
        r"|only |second |new |current )*(?:favou?rite|fave|favou?rites|passion|hobby|hobbies|"
        r"pastime|obsession|guilty pleasure|thing|happy place|go-to|interests?|idea of (?:fun|"
        r"heaven|a good time)|comfort (?:film|movie|show|book)|sport|(?:sport|film|book|"
        r"band|music|game|artist|author) of choice|dream (?:holiday|car|day|weekend)|weakness|"
        r"team|club|genre)(?: (?!is\b|are\b|parts?\b|bits?\b|lines?\b|scenes?\b|moments?\b|"
        r"quotes?\b|options?\b|answers?\b|ones?\b)[\w-]+){0,3} (?:is|are|include|includes|"
        r"has to be|would be|has always been|will always be|remains) (?P<v>(?!here|back|"
        r"playing|on|in|down|broken).+)",
        "favourite favorite favourites fave passion hobby hobbies pastime obsession guilty "
        "thing happy go-to interest interests idea comfort sport choice dream weakness "
        "team club genre",
        who=OWN,
        polarity=POS,
        split=True,
        text="{s} likes {v}.",
        where=lambda v, c: (
            (Place("diet", "like") if is_food(v) else Place("interests", "like")) if not is_empty(v) else None
        ),
    ),
    frame(
        "interests",
        "like",
        r"^(?P<v>[\w',& -]{2,60}?) (?:is|are) (?:my (?:all-time |absolute |other |one true "
        r")?(?:favou?rite|fave|passion|thing|jam|obsession|guilty pleasure|happy place|cup "
        r"of tea|therapy|escape|hobby|weakness|team|life|first love)\b|the best thing ever|"
        r"where i am happiest|what i live for|everything to me|heaven|bliss|right up my "
        r"street)(?P<w>.*)",
        "my best happiest live everything heaven bliss street",
        who=MOST,
        polarity=POS,
        where=lambda v, c: (
            None
            if is_empty(v) or "not my" in c.low or re.match(r"^(?:what|which|who|he|she|they|this|that)\b", v)
            else (Place("diet", "like") if is_food(v) else Place("interests", "like"))
        ),
    ),
    frame(
        "interests",
        "dislike",
        r"^(?P<v>[\w',& -]{2,60}?) (?:is|are|was) (?:not|never) (?:really |exactly |quite "
        r"|at all )*(?:my (?:thing|cup of tea|jam|scene|bag|style)|for me)\b",
        "not never",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: None if re.match(r"^(?:it|that|this|these|they|he|she)\b", v) else disliked(v, c),
    ),
    frame(
        "interests",
        "dislike",
        r"^(?P<v>[\w',& -]{2,60}?) (?:bores?|annoys?|irritates?|infuriates?|depresses|exhausts?|"
        r"drains?|grates? on|winds?|does nothing for|do nothing for|leaves?|leaves? me cold|"
        r"drives?|puts? me off|gets? on) (?:me|my nerves)\b",
        "bore bores annoy annoys irritate irritates infuriate infuriates depresses exhaust "
        "exhausts drain drains grate grates wind winds nothing drive drives put puts get "
        "gets leave leaves",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.match(r"^(?:it|that|this|he|she|they|what|which|who|you|these|nothing)\b", v)
            or re.search(r"drives? me (?:to|home)|gets? me", c.low)
            else disliked(v, c)
        ),
    ),
    frame(
        "interests",
        "like",
        r"^(?:nothing (?:beats|like|better than|tops|compares to)|there is nothing (?:like|"
        r"better than)|you can not beat|can not beat|give me) (?:an? |the |some )*(?P<v>.+?)(?: "
        r"(?:any day|any time|anyday|over .+|on a .+))?$",
        "nothing beat give",
        who=MOST,
        polarity=POS,
        where=lambda v, c: (
            None
            if re.search(
                r"\b(?:list|summary|idea|example|word|second|minute|reason|break|hint|more|it|recipe|"
                r"tip|answer|advice|name|metric|call)s?\b",
                v,
            )
            or (c.low.startswith("give me") and not re.search(r"any day|any time|over ", c.low))
            else _adored(v, c)
        ),
    ),
    frame(
        "interests",
        "activity",
        r"^(?:in|for|on) (?:my|our) (?:free time|spare time|downtime|days? off|time off),? "
        r"i (?P<v>.+)",
        "free spare downtime off",
        polarity=POS,
        who=ANY,
        where=_does,
    ),
    frame(
        "interests",
        "activity",
        r"^i (?:~)?(?P<v>.+) (?:in my (?:free|spare) time|as a hobby|for fun|to (?:relax|"
        r"unwind|wind down|de-stress)|on weekends|most weekends|every weekend|at weekends)\b",
        "free spare hobby fun relax unwind wind de-stress weekends weekend",
        polarity=POS,
        where=_does,
    ),
    frame(
        "interests",
        "like",
        r"^i am (?:an? |such an? |quite an? |a bit of an? |definitely an? |also an? |more "
        r"of an? |a total |a real )*(?:big |huge |total |complete |proper |real |massive "
        r"|lifelong |keen |avid |passionate |amateur |hobby |die-hard |hopeless |serious "
        r"|recovering )*(?P<v>[\w'& -]+? (?:fan|fanatic|nerd|geek|buff|lover|enthusiast|"
        r"nut|addict|junkie|aficionado|collector|fiend|snob|freak|obsessive|supporter|person|"
        r"hobbyist|gardener|photographer|cook|baker|cyclist|runner|gamer|birdwatcher|hiker|"
        r"reader|climber|swimmer|painter|knitter|beekeeper|chess player|player|angler|astronomer|"
        r"potter|golfer|skier|surfer|sailor|dancer|singer|musician|drummer|guitarist|pianist)\b.*)",
        "fan fanatic nerd geek buff lover enthusiast nut addict junkie aficionado collector "
        "fiend snob freak obsessive supporter person hobbyist gardener photographer cook "
        "baker cyclist runner gamer birdwatcher hiker reader climber swimmer painter knitter "
        "beekeeper player angler astronomer potter golfer skier surfer sailor dancer singer "
        "musician drummer guitarist pianist",
        polarity=POS,
        where=lambda v, c: (
            None
            if re.match(
                r"^(?:not|morning|night|people|city|good|bad|nice|private|terrible|better|different|"
                r"new|busy|last)\b",
                v,
            )
            or lexicon().has(v.split()[0], "trait", "smalladj")
            or (
                lexicon().has(v.split()[-1], "occupation")
                and not re.search(
                    r"fan|nerd|lover|buff|player|keen|amateur|hobby|gardener|cook|baker|runner|hiker|"
                    r"reader|climber|swimmer",
                    c.low,
                )
            )
            else (Place("diet", "like") if is_food(" ".join(v.split()[:-1])) else Place("interests", "like"))
        ),
    ),
    frame(
        "interests",
        "like",
        r"^i am (?:an? |such an? )*(?:keen|avid|passionate|amateur|enthusiastic|voracious|"
        r"devoted) (?P<v>.+)",
        "keen avid passionate amateur enthusiastic voracious devoted",
        polarity=POS,
        where=lambda v, c: None if v.startswith(("on", "about", "to")) else Place("interests", "like"),
    ),
    frame(
        "interests",
        "like",
        r"^(?P<v>[\w',& -]{2,50}?) (?:makes|make) me (?:so |really |very )?(?:happy|smile|"
        r"feel alive|feel calm)\b|^(?P<w>)$",
        "happy smile alive calm",
        who=MOST,
        polarity=POS,
        where=lambda v, c: (
            None if re.match(r"^(?:it|that|this|he|she|they|what|you|which|seeing you)\b", v) else _adored(v, c)
        ),
    ),
    frame(
        "interests",
        "like",
        r"^i (?:always |still )?(?:cry|laugh|tear up|dance|sing along) (?:to|at|along to) "
        r"(?P<v>(?:anything by|old|every) .+)",
        "cry laugh tear dance sing",
        polarity=POS,
    ),
    frame(
        "interests",
        "like",
        r"^(?:anything (?:by|with|from)|big fan of|huge fan of|team) (?P<v>.+)",
        "anything fan team",
        who=(FRAGMENT, THING),
        polarity=POS,
        where=lambda v, c: _adored(v, c) if not re.search(r"\b(?:under|over|cheap)\b", v) else None,
    ),
    frame(
        "interests",
        "like",
        r"^i (?:am on|have re-?read|have watched|have seen|rewatch|re-?read|reread|have "
        r"been to) (?:my |the |all |every |a )*(?P<v>.+ (?:times|again|every year|(?:\w+th|"
        r"third|second) (?:rewatch|reread|time)).*)",
        "re-read reread watched seen rewatch",
        polarity=POS,
    ),
    frame(
        "interests",
        "activity",
        r"^my (?P<v>(?:[\w-]+ ){0,2}(?:choir|band|book club|chess club|orchestra|knitting "
        r"group|running club|football team|team|d&d group|quiz team|allotment|pottery class|"
        r"dance class|cricket club|drama group|theatre group|climbing gym|bowling league)\b(?! "
        r"(?:is late)).*)",
        "choir band club orchestra group team allotment class gym league",
        who=OWN,
        where=lambda v, c: Place("interests", "activity"),
    ),
    frame(
        "interests",
        "activity",
        r"\b(?:late|time|off|home|back|ready|leaving|heading|going|left|bag|shoes|kit|before|"
        r"after|miss(?:ed)?|skip(?:ped)?)(?: (?:for|to|from|out to))? my (?P<v>(?:[\w-]+ "
        r"){0,2}(?:class|lesson|practice|rehearsal|training|club|session|choir|yoga|pilates|"
        r"match|league|parkrun|band practice|swim|run)s?)\b",
        "my",
        who=ANY,
        where=lambda v, c: (
            Place("interests", "activity")
            if lexicon().any(v, "sport", "hobby", "instrument", "lang", "game")
            or re.search(r"choir|book club|parkrun|pottery|band|art|drama|improv", v)
            else None
        ),
    ),
    frame(
        "interests",
        "activity",
        r"^i (?:sing|play|am|perform|dance|act|volunteer|compete) (?:in|with|for|on) (?P<v>(?:an? "
        r"|the |my |our |two )(?:[\w'-]+ ){0,3}(?:choir|band|orchestra|team|club|league|"
        r"group|theatre|troupe|quartet|ensemble|society|quiz team|shelter|food bank|samaritans|"
        r"hospice|charity shop|soup kitchen|library)\b.*)",
        "sing play am perform dance act volunteer compete",
        where=lambda v, c: Place("interests", "activity"),
    ),
    frame(
        "interests",
        "like",
        r"^i am (?:at my |always |never )?(?:happiest|happier|most at home|in my element|"
        r"most relaxed)(?: when)? (?:in|on|at|with|when|under|by|near|outside|outdoors)? "
        r"?(?P<v>.+)",
        "happiest happier home element relaxed",
        polarity=POS,
    ),
    frame(
        "interests",
        "activity",
        r"^i (?:only|mostly|mainly|exclusively|almost only|always) (?:ever )?(?:read|watch|"
        r"listen to|follow|play) (?P<v>.+)",
        "only mostly mainly exclusively always",
        polarity=POS,
        where=_does,
    ),
    frame(
        "interests",
        "team",
        r"^i (?:support|follow|root for|cheer for|am a season ticket holder (?:at|for)) "
        r"(?P<v>.+)",
        "support follow root cheer ticket",
        polarity=POS,
        where=lambda v, c: (
            Place("interests", "team")
            if re.match(r"[A-Z][a-z]", c.core[c.low.find(v) : c.low.find(v) + 2])
            and not re.search(r"\b(?:labour|tories|greens?|party|democrats|republicans|ukraine|palestine|israel)\b", v)
            else None
        ),
    ),
    frame(
        "interests",
        "like",
        r"^i used to (?:hate|dislike|loathe|avoid|detest|can not stand|not like) (?P<v>[^,;.]+)",
        "used",
        polarity=POS,
        where=lambda v, c: (
            _adored(v, c)
            if re.search(
                r"\bnow (?:I|i|we) (?:\w+ )?(?:am|love|like|enjoy|adore|go|eat|drink|do|can not get enough|can't get "
                r"enough)\b",
                c.sentence_text,
            )
            else None
        ),
        text="!{s} likes {v} now.",
    ),
    frame(
        "interests",
        "dislike",
        r"^(?:i have )?gone (?:right |completely |totally |clean )?off (?P<v>(?!to\b|on\b|at\b|with\b)[^,;.]+?)"
        r"(?: completely| entirely| since .*| altogether)?$",
        "gone",
        who=(FRAGMENT, SELF),
        polarity=NEG,
        where=_hated,
        text="!{s} has gone off {v}.",
    ),
]
