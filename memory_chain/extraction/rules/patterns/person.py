"""Who somebody is: identity, personality, family, home."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.clauses import Clause, Who
from memory_chain.extraction.rules.frames import NEG, POS, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.tastes import is_food

NUMBER = (
    r"(?:\d{1,3}|(?:eight|nine|thir|four|fif|six|seven|eigh|nine)teen|ten|eleven|twelve|"
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)"
)
ARTICLE = r"(?:(?:an?|the|one|such an?|quite an?|bit of an?|more of an?|your \w+|my own|born|lifelong|proud|now) )*"
KIN = (
    "wife|husband|spouse|partner|girlfriend|boyfriend|fiancee?|fiancée?|other half|missus|sons?|daughters?|kids?|child|children|baby|"
    "babies|toddler|newborn|twins?|triplets|stepsons?|stepdaughters?|stepkids|girls|boys|little ones?|eldest|youngest|grandsons?|"
    "granddaughters?|grandchild|grandchildren|grandkids|nephews?|nieces?"
)
NEAR = (
    KIN + "|mother|mum|mom|mam|mama|father|dad|papa|parents|brothers?|sisters?|siblings?|stepmother|stepmum|stepmom|stepfather|stepdad|"
    "grandmother|grandma|gran|nan|nana|grandfather|grandpa|grandad|granddad|grandparents|in-laws|mother-in-law|father-in-law|"
    "brother-in-law|sister-in-law|stepbrother|stepsister|half-brother|half-sister"
)
_NOT_NAMES = frozenset(
    "ok okay not so very too here there back home done sorry sure fine good well happy glad sad tired bored hungry busy free late early "
    "ready new old young single lost stuck out off on in up down at from the a an and but just still now going ill sick better alone i "
    "team currently also afraid aware able about awake away all both always never only really monday tuesday wednesday thursday friday "
    "saturday sunday january february march april june july august september october november december english christmas".split()
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
    if plain or words[0].endswith(("ing", "ed")) or any(not word.replace("-", "").replace("'", "").isalpha() for word in words):
        return None
    return Place("identity", "name") if capital or greeted else None


def _living(value: str, clause: Clause) -> Place | None:
    words = value.split()
    if not words or words[0] in ("fear", "hope", "denial", "pain", "peace", "moment", "past", "it", "that", "this", "there", "here"):
        return None
    at = clause.low.find(value.lower())
    if re.search(r"\bon $", clause.low[:at]) and (is_food(value.lower()) or lexicon().any(value.lower(), "medicine", "moneyword")):
        return None
    proper = clause.core[at : at + 1].isupper() or (len(words) <= 2 and not lexicon().of(words[-1]) & {"homeword", "kin", "social"})
    if re.search(r"\b(?:with|alone|on my own|by myself)\b", clause.low[:at] + " " + words[0]):
        return Place("home", "household")
    return Place("home", "city") if proper else Place("home", "dwelling")


def _kin_fact(value: str, clause: Clause) -> Place | None:
    """A lasting fact about a near relative, not what they said or are doing just now."""
    rest = clause.low[len(clause.owner) :].strip() if clause.low.startswith(clause.owner.lower()) else clause.low
    if re.match(
        r"(?:'s? )?(?:and i |is (?:coming|going|at|on (?:my|the|a)|here|asleep|out|back|in (?:a|the)|visiting|asking|calling|being|right|wrong|fine|ok|so|"
        r"late|angry|annoyed|upset|mad|cross|happy|crying|laughing|watching|making|getting on|driving me|over)\b|"
        r"(?:was|were|has been|have been|had)\b(?!.*\b(?:diagnos|born|raised|adopt|vegan|vegetarian|nurse|soldier|ill|stroke|operation|surgery|baby)))",
        rest,
    ):
        return None
    if re.match(r"(?:'s )?(?:says?|said|told|thinks?|reckons?|asked|asks|wants me|swears|keeps|claims|goes\b(?! to)|wrote|texted|called me|sent|showed|insists|believes|"
                r"just|made|makes me|gave|bought|found|took|came|went|left|would|might|could|should|will)\b", rest):
        return None
    return Place("family", "relative")


def _trait(value: str, clause: Clause) -> Place | None:
    if re.match(r"^(?:feeling|being|getting|looking|going|trying)\b", value):
        return None
    if re.search(r"\b(?:today|tonight|about (?:the|this|my|that|tomorrow)|right now|this (?:week|morning)|to (?:hear|see|know|say)|that|for you)\b", clause.low):
        return None
    return Place("personality", "trait")


def _origin(value: str, clause: Clause) -> Place | None:
    if re.match(r"^(?:the (?:future|bank|council|team)|a (?:long|big|large|small) (?:line|family)|it|that|work|home)\b", value):
        return None
    if re.match(r"^(?:19|20)\d\d\b", value):
        return Place("identity", "birth year")
    if re.match(r"^(?:january|february|march|april|may|june|july|august|september|october|november|december|\d)", value):
        return Place("identity", "birthday")
    return Place("identity", "origin")


SELF, OWN, THING, FRAGMENT, ORDER = Who.SELF, Who.OWN, Who.THING, Who.FRAGMENT, Who.ORDER
ANY = (SELF, OWN, THING, FRAGMENT)
MOST = (*ANY, Who.OTHER)

IDENTITY = [
    frame("identity", "name", r"^my (?:full |first |real |legal |proper |given |christian )?names? (?:is|are) (?!on\b|not\b)(?:actually )?(?P<v>[a-z][\w'.-]+(?: [a-z][\w'-]+){0,2})", "name", who=OWN),
    frame("identity", "name", r"^(?:i|my (?:friends|mates|family)(?: \w+)?) (?:am called|am known as|go by|call me) (?P<v>[a-z][\w'-]+)", "called known by call", who=(SELF, OWN), bars="kin"),
    frame("identity", "name", r"^i am (?P<v>(?:(?:dr|mr|mrs|ms|prof)\.? )?[a-z][\w'-]+(?: [a-z][\w'-]+){0,2})(?=$|,|\.| and\b| from\b| \d| here| by the way)", "am", where=_named),
    frame("identity", "name", r"^(?:it|that) is (?P<v>[a-z][\w'-]+) (?:with (?:an?|one|two) \w\b|not [a-z]\w+$|, not )", "with not", who=THING),
    frame("identity", "age", rf"^i am (?:about |nearly |almost |only |a |aged |over |just )?(?P<v>{NUMBER})(?=$|,|\.|;| years? (?:old|of age|young)| year[- ]old| and (?!a half hours|counting)| now\b| this (?:year|month|week)| next| in (?:january|february|march|april|may|june|july|august|september|october|november|december)| but| so| not \d|[fm]\b|-year)", "am"),
    frame("identity", "age", rf"^i (?:will be turning|am turning|turned|turn|will be|will turn|have turned|am going to be) (?P<v>{NUMBER})\b(?! (?:minutes?|hours?|days?|weeks?|miles|pages|percent|pounds|euros))", "turning turned turn be"),
    frame("identity", "age", rf"^(?:i|nan|gran|grandma|grandad|mum|dad|\w+) here,? (?P<v>{NUMBER})\b", "here", who=ANY),
    frame("identity", "birthday", r"^my (?:\d+\w* )?birthday (?:is|falls)(?: in| on)? (?P<v>(?:the )?\w+(?: of)?(?: \w+)?)", "birthday", who=OWN),
    frame("identity", "birthday", r"^(?:it|today|tomorrow|\w+day) is my (?P<v>(?:\d+(?:st|nd|rd|th) )?birthday\b.*)", "birthday", who=MOST),
    frame("identity", "native language", r"^i am (?:an? )?(?:native|fluent) (?P<v>\w+) speaker", "speaker", needs="lang"),
    frame("identity", "origin", r"^i (?:am|come|hail|am originally|came) (?:originally )?from (?!the (?:future|bank|council)|a (?:long|big|large|small) (?:line|family))(?P<v>[a-z][^,;.]*)", "from", where=_origin),
    frame("identity", "origin", r"^i (?:was|am)(?: both)? (?:born|raised|brought up)(?: and (?:raised|bred|brought up))? (?:and \w+ )?(?:in|on|at|near|just outside|outside) (?P<v>[^,;.]*)", "born raised brought", where=_origin),
    frame("identity", "origin", r"^i (?:am )?(?P<v>\w+-born\b.*)", "", confidence=0.8),
    frame("identity", "origin", r"\bi (?:grew up|spent my childhood|was a child) (?:in|on|near|outside|between) (?P<v>[^,;.]*)", "grew childhood"),
    frame("identity", "origin", rf"^i am {ARTICLE}(?:(?:half|part|originally|also|from an?|second-generation|first-generation|both|of) )*(?P<v>.+)", "am", needs="origin", where=lambda v, c: Place("identity", "nationality") if lexicon().has(re.split(r"[ ,-]", v)[0], "origin") or re.match(r"(?:south|new|northern|north|west|east|anglo|african|british|asian)", v) else None),
    frame("identity", "origin", r"^i (?:came|moved|emigrated|immigrated|fled) (?:over )?(?:here |from \w+ )?to (?P<v>[a-z]\w+)(?: \w+)? (?:at|when i was|aged|as a (?:child|kid|baby|student|teenager|refugee))\b", "came moved emigrated immigrated fled"),
    frame("identity", "language", r"^i (?:can |both |also |do )?(?:speak|talk|know|understand|read) (?:fluent |some |a little |a bit of |good |basic |broken |native |decent )*(?P<v>.+)", "speak talk know understand read", needs="lang", where=lambda v, c: Place("identity", "language") if lexicon().has(re.split(r"[ ,]", v)[0], "lang") or "speak" in c.low else None),
    frame("identity", "language", r"^i (?:do not|can not) (?:speak|understand|read) (?P<v>.+)", "speak understand read", needs="lang", polarity=NEG),
    frame("identity", "native language", r"^my (?:native|first|mother) (?:language|tongue) is (?P<v>\w+)", "native first mother", who=OWN),
    frame("identity", "native language", r"^(?P<v>\w+) is my (?:native|first|mother|second) (?:language|tongue)", "native first mother second", who=ANY, needs="lang"),
    frame("identity", "language", r"^i (?:am|was|grew up)(?: \w+)? (?:fluent in|bilingual in|a native speaker of|native in|speaking|conversational in) (?P<v>.+)", "fluent bilingual native speaking conversational", needs="lang"),
    frame("identity", "language", r"^my (?P<v>\w+ is (?:\w+ )?(?:fluent|rusty|ok|okay|good|bad|basic|terrible|poor|limited|not \w+|passable|decent|native).*)", "fluent rusty ok okay good bad basic terrible poor limited not passable decent native", who=OWN, needs="lang"),
    frame("identity", "trait", rf"^i am (?!not ){ARTICLE}(?P<v>(?:\w+[ -])?(?:woman|man|trans|transgender|nonbinary|non-binary|genderfluid|queer|gay|lesbian|bisexual|bi|asexual|pansexual|left-handed|right-handed|left handed|lefty|ambidextrous|ginger|redhead|pensioner|veteran|immigrant|refugee|asylum seeker|expat|bilingual|trilingual|teenager|millennial|boomer|adopted|native speaker|oap|senior|senior citizen|great-grandmother|twin|aries|taurus|gemini|leo|virgo|libra|scorpio|sagittarius|capricorn|aquarius|pisces|military brat|foster kid|care leaver|homeless)\b.*)", "am"),
    frame("identity", "trait", r"^(?P<v>coming out as .+)", "coming", who=(*ANY, Who.OTHER)),
    frame("identity", "trait", r"^i came out as (?P<v>.+)", "came"),
    frame("identity", "pronouns", r"\b(?P<v>(?:they|she|he|ze|xe)/(?:them|her|him|they|zir|xem)(?:/\w+)?)\b", "they/them pronouns they she he", who=(*ANY, ORDER, Who.OTHER)),
    frame("identity", "height", r"^i (?:am|stand) (?P<v>(?:\d|four|five|six|seven) ?(?:foot|ft|feet|')\s?\S*|\d{3} ?cm|1\.\d\d ?m\b|\d['’]\d+)", ""),
    frame("identity", "life stage", r"^i (?:was|am) (?P<v>(?:homeless|a refugee|in foster care|in care|adopted|orphaned)\b.*)", "homeless refugee care adopted orphaned"),
]

PERSONALITY = [
    frame("personality", "trait", rf"^i (?:am|can be|have always been|have been|tend to be|am known to be|would say i am) (?!not\b){ARTICLE}(?:(?:naturally|generally|painfully|pathologically|naturally|usually|always|hopelessly|famously|ridiculously|rather|fairly|a little|way|only|often|by nature|hugely) )*{ARTICLE}(?P<v>\w+(?:[ -]\w+)?(?:,? (?:and|but|or) \w+)?)", "am be been", needs="trait", where=_trait, split=False),
    frame("personality", "trait", rf"^i am not (?:a |an |the |much of an? |one of those |one |exactly |that |the most |so |the sort |the type )*(?P<v>[\w-]+(?: \w+)?)", "not", needs="trait", polarity=NEG, where=_trait),
    frame("personality", "trait", r"^i am (?:a|an|more of an?|such an?|definitely an?|not an?|very much an?) (?P<v>(?:morning|night|evening|people|city|country|cat|dog|indoor|outdoor|outdoors|details?|big[- ]picture|private|spontaneous|homebody|home|beach|mountain|summer|winter|last-minute|glass half full|glass-half-full)[ -]?(?:person|owl|type|bird|guy|girl|lover)?\b)(?! (?:lover|owner|sitter))", "morning night evening people city country private homebody outdoors person owl lark bird"),
    frame("personality", "trait", r"^i (?:am|have always been) (?:not )?(?:so |very )?(?P<v>(?:terrible|bad|awful|hopeless|useless|rubbish|great|good|brilliant|crap|the worst|slow|quick|easily|great|not great|not good|notoriously) (?:at|with|to|distracted|bored|stressed|overwhelmed|hurt|offended|embarrassed|annoyed) ?(?!maths homework|this|that|it).*)", "at with easily quick slow"),
    frame("personality", "trait", r"^i (?:tend to|have a (?:tendency|habit) (?:to|of)|am (?:prone|inclined) to|have a (?:short|bad|quick|hot) (?=temper|fuse)|have no (?=patience|filter|sense of)|am always the one who|am the (?:one|person|sort|type|kind)(?: of \w+)? who|am the (?=\w+ one\b)) ?(?P<v>.+)", "tend tendency habit prone inclined temper fuse patience filter sense one person sort type kind"),
    frame("personality", "trait", r"^i have (?:an?|such an?|quite an?) (?P<v>(?:bad |short |quick |terrible |hot |dry |dark |weird |wicked |good |great |stubborn |competitive |mean )*(?:temper|fuse|streak|sense of humou?r|sweet tooth for drama|big heart|loud laugh|thick skin|thin skin|photographic memory|terrible memory|bad memory))", "temper fuse streak humour humor heart laugh skin memory"),
    frame("personality", "trait", r"^i (?:always |often |usually |easily )?(?P<v>(?:cry (?:at|easily|over|when|every)|overthink|worry (?:a lot|about everything|too much|all the time)|procrastinate|bottle (?:things|everything) up|blush|can not (?:relax|sit still|say no|keep (?:a secret|still|quiet)|make decisions|lie|switch off|take a compliment|hold a grudge)|struggle (?:to say no|with (?:change|confrontation|eye contact|decisions|small talk))|hold grudges|say yes to everything|hate (?:confrontation|conflict|being late|small talk|change|surprises|attention|losing|asking for help)|avoid (?:conflict|confrontation)|need (?:my |a lot of |lots of |plenty of |some )?(?:alone time|time alone|quiet|my own space|my space|routine|structure)|keep (?:to myself|my distance)|take (?:things|everything) (?:personally|to heart)|get (?:attached|bored|overwhelmed|stressed|flustered|distracted|nervous|anxious|shy|emotional|defensive|jealous|homesick)\b(?! (?:by|about) (?:this|that|it)).*|wear my heart|think out loud|laugh (?:at|easily|when)|prefer (?:small groups|listening|my own company|being alone|staying in)|talk (?:too much|a lot|over people)|interrupt people|swear a lot|recharge|go (?:quiet|silent|red)).*)", "talk interrupt swear cry overthink worry procrastinate bottle blush not struggle hold say hate avoid need keep take get wear think laugh prefer recharge go"),
    frame("personality", "trait", r"^(?:people|everyone|friends|my (?:friends|wife|husband|partner|family|mum|mother)) (?:always |often |all )?(?:say|says|tell|tells|call|calls|describe|describes)(?: that)? (?:me )?(?:that )?i am (?P<v>.+)", "say says tell tells call calls describe", who=(SELF, OWN, Who.OTHER), needs="trait"),
]

FAMILY = [
    frame("family", "marital status", rf"^i (?:am|have been|got|was|am getting|am now|am newly|became) (?!not )(?:happily |newly |recently |twice |freshly |legally |still |technically |long |a |an |the |both |in the middle of (?:a |getting )|going through a )*(?P<v>(?:married|single|divorced|divorcing|widowed|engaged|separated|separating|breaking up|widow|widower|dating|polyamorous|celibate|newlyweds?|childfree|child-free|childless|civil partnered|divorce)\b(?! (?:out|bed|room|malt)).*)", "separating breaking married single divorced divorcing widowed engaged separated widow widower dating polyamorous celibate newlywed newlyweds childfree childless divorce"),
    frame("family", "marital status", rf"^i am (?:an? |the |also an? |now an? )*(?P<v>(?:(?:single|stay-at-home|new|foster|proud|working|step|first-time|busy) )*(?:mum|mom|dad|mother|father|parent|grandmother|grandfather|grandma|grandad|grandparent|stepdad|stepmum|stepmom|granny|carer|uncle|aunt|auntie|godfather|godmother)\b(?!'s).*)", "uncle aunt auntie godfather godmother mum mom dad mother father parent grandmother grandfather grandma grandad grandparent stepdad stepmum stepmom granny carer"),
    frame("family", "siblings", r"^i am (?:an? |the |also )*(?P<v>(?:only child|(?:eldest|oldest|youngest|middle|second|third|last|first|one)\b(?: child| born)?(?: of | out of )\w+.*|middle child|twin\b.*|(?:eldest|oldest|youngest) (?:child|sibling|brother|sister|son|daughter).*))", "only eldest oldest youngest middle twin one"),
    frame("family", "relative", rf"^i (?:have|had|am raising|raise|am bringing up|look after|am looking after|care for|am caring for|support|live for|adopted|foster|am expecting|am fostering) (?:an? |the |my |no |only |both |just |got |another |one |two |three |four |five |six |seven |eight |\d+ |twin |teenage |young |little |small |older |younger |big |grown-up |grown |adult |elderly |old |beautiful |wonderful |lovely |step|foster |great )*(?P<v>(?:[\w-]+ )?(?:{NEAR}|cousins|family)\b(?! (?:car|name|gathering|dinner|room|meeting|holiday|trip|party|of problems)).*)", "have raising raise bringing look looking care caring support adopted foster expecting fostering"),
    frame("family", "relative", rf"^i am (?:the )?(?:married|engaged|related|close|mum|mom|dad|mother|father|parent|grandmother|grandfather|aunt|auntie|uncle|dating|seeing|with my) (?:to |of )?(?P<v>.+)", "married engaged close mum mom dad mother father parent grandmother grandfather aunt uncle auntie dating", bars="unlist"),
    frame("family", "relationship", r"^i (?:split up|broke up|separated|divorced|am getting (?:a )?divorced?|am no longer together|are no longer together|filed for divorce|am not together|called off)\b ?(?:with |from |the )?(?P<v>.*)", "split broke separated divorced divorce together called", ended=True, text="whole"),
    frame("family", "relationship", r"^my (?P<v>(?:wife|husband|partner|girlfriend|boyfriend|fiancee?|marriage|ex)(?: \w+)? (?:and i (?:split|broke|separated|divorced|are (?:getting )?divorc\w+|are separated|are no longer)|left me|and me (?:split|broke)|ended).*)", "split broke separated divorced left ended divorcing longer", who=(OWN, SELF), ended=True, text="whole"),
    frame("family", "relationship", r"^i (?:met|am seeing|started (?:seeing|dating)|got together with|am dating|live with|moved in with) (?P<v>(?:my|a new) (?:wife|husband|partner|girlfriend|boyfriend|fiancee?)\b.*)", "met seeing dating together live moved", needs="kin"),
    frame("family", "marital status", r"^i (?P<v>(?:got (?:married|engaged)|am getting married|am tying the knot|eloped|proposed to|said yes).*)", "married engaged knot eloped proposed yes"),
    frame("family", "marital status", r"^(?:me|myself) and [\w ]+ are (?P<v>engaged|married|divorced|separated|expecting).*", "engaged married divorced separated expecting", who=(*ANY, Who.OTHER)),
    frame("family", "children", r"^i (?P<v>(?:am|are) (?:expecting|trying for|having) (?:an? |our |my )?(?:first |second |third |another |little )*(?:baby|child|twins|boy|girl|kids?)\b.*|have started trying\b.*|had (?:a |our |my )?(?:first |second )?(?:baby|twins)\b.*|became (?:a |an )?(?:parents?|mum|mom|dad|father|mother|grand\w+|uncle|aunt)\b.*)", "expecting trying having baby twins became"),
    frame("family", "children", r"^i (?P<v>(?:do not|never|can not) (?:want|have) (?:any )?(?:kids|children|siblings|family)\b.*|have no (?:kids|children|siblings|family|brothers|sisters)\b.*)", "not never no", polarity=NEG),
    frame("family", "children", r"^my (?:first |second |third )?(?P<v>(?:baby|twins|child|grandchild|grandson|granddaughter)(?: (?:is|are|was|were) (?:due|born|arriving|coming|on the way)| arrived| came).*)", "due born arriving coming way arrived came", who=OWN),
    frame("family", "anniversary", r"^my (?:wedding )?(?P<v>anniversary is .+)", "anniversary", who=OWN),
    frame("family", "relative", rf"^my (?P<v>(?:\w+ ){{0,2}}?(?:{NEAR})\b(?: \w+)?(?: \w+)?,? (?:is|are|has|have|can not|can|does not|do not|never|loves?|hates?|likes?|lives?|works?|plays?|speaks?|goes to|goes|go to|go|studies|study|teaches|wants? to|needs?|starts?|started|drives?|turned|turns|died|passed away|suffers?|got (?:engaged|married|divorced|diagnosed)|was (?:diagnosed|born|adopted|raised)|moved|uses?|owns?|collects?|runs?|comes? from|came from|eats?|only|both|still|will be|raised me|had (?:a|an) (?:stroke|heart|operation|baby)).*)", "", who=OWN, where=_kin_fact),
    frame("family", "relative", rf"^my (?P<v>(?:\w+ ){{0,2}}?(?:{NEAR})(?: \w+)? is \d+.*)", "is", who=OWN),
    frame("family", "relative", rf"^my (?P<v>(?:{NEAR})'s (?:name is|birthday is|allergic|called|wedding is|school is|funeral|condition|illness|diagnosis|\d+|\w+ allergy).*)", "", who=OWN),
    frame("family", "relative", r"^my (?P<v>(?:auntie|aunt|uncle|cousin|stepmother|stepfather|foster \w+)(?: [a-z]\w+)? (?:raised me|brought me up|lives with (?:me|us)|died|passed away)\b.*)", "raised brought lives died passed", who=OWN),
    frame("family", "relative", r"^my (?P<v>[a-z]\w+ (?:has|is|can not|does not|turned|turns|loves|hates|goes to|works|lives|needs)\b.+)", "has is not turned turns loves hates goes works lives needs", who=OWN, where=lambda v, c: Place("family", "relative") if c.core[3:4].isupper() and not c.core[3:5].isupper() and not lexicon().of(v.split()[0]) - {"animal", "pet"} else None),
    frame("family", "relationship", r"^i (?P<v>(?:have not spoken|do not speak|am not speaking|am estranged|no longer speak|fell out|have fallen out|do not talk|am not on speaking terms|am not close|have not seen)\b.*)", "spoken speak speaking estranged fell fallen talk terms close seen", polarity=NEG, where=lambda v, c: Place("family", "relationship") if re.search(rf"\b(?:{NEAR}|family)\b", c.full.lower()) else None),
    frame("family", "relative", r"^(?P<v>(?:auntie|aunt|uncle|granny|grandma|grandad|grandpa|nana|nan) \w+ (?:raised|brought) me\b.*)", "raised brought", who=(*ANY, Who.OTHER)),
    frame("family", "relative", rf"\b(?P<v>(?:{NEAR}),? (?:also )?(?:called|named) [a-z]\w+(?: and [a-z]\w+)?)", "called named", who=ANY),
]

HOME = [
    frame("home", "city", r"^i ~(?:live|am living|am based|reside|am staying|am settled|have been living|have lived(?! in (?:\w+ )?(?:two|three|four|five|six|many|several|\d+) )|lived all my life|spent my whole life|stay|am located|am moored|am currently) (?!for\b)(?:here |over |up |down |out |alone |just |back |together |right )*(?:in|at|on|near|by|next to|above|outside|off|between|opposite|around|close to|with|under|inside|across from|down|up|alone|on my own|by myself) ?(?P<v>.*)", "live living based reside staying settled lived stay located", where=_living),
    frame("home", "household", r"^i live (?P<v>(?:alone|on my own|by myself|with .+|off-grid|off grid|together|abroad|upstairs|downstairs|half an hour|\w+ (?:minutes|miles|kilometres|km|hours?) (?:from|away|outside|north|south|east|west)).*)", "live"),
    frame("home", "dwelling", r"^i am (?P<v>(?:off-grid|off grid|in (?:building|block|flat|apartment|room|unit|student halls|halls|a (?:dorm|hostel|care home|housing co-op|flat|shared))).*)", "am"),
    frame("home", "dwelling", r"\bbeen (?:living )?in (?P<v>(?:an? |this )(?:housing|flat|house|co-op|shared|council|cottage|village|caravan).*)", "been"),
    frame("home", "city", r"^i (?:have |recently |just |finally |only )*(?:moved|relocated|have moved|settled|emigrated)(?: back| over| down| up| out| house| home| here| away)? (?:from [\w ]+? )?(?:to|into|in) (?P<v>(?!with |the (?:front|back|next|other)|a (?:new )?(?:table|seat|team|role|job|position)).+)", "moved relocated settled emigrated", where=_living),
    frame("home", "city", r"^i (?:do not|no longer|am not|am no longer) (?:live|living|stay|rent|based|reside) (?:here |there |back )?(?:in|at|on|near|with) (?P<v>.+?)(?: any ?more| any longer|$|,)", "live living stay rent based reside", ended=True, where=_living),
    frame("home", "city", r"^i (?:have )?(?:left|moved (?:out of|away from|out from|from)|sold up in) (?P<v>(?!the (?:house|office|room|meeting|party|keys|door|table|company|army|job)|my |work|school|early|home).+?)(?: (?:for|to) .*|$)", "left moved sold", ended=True, where=lambda v, c: _living(v, c) if ("moved" in c.low or (c.core[c.low.find(v) : c.low.find(v) + 1].isupper() and not lexicon().has(v.split()[0], "kin", "social"))) else None),
    frame("home", "city", r"^i used to live (?:in|at|on|near|with) (?P<v>.+)", "used", ended=True, where=_living),
    frame("home", "tenure", r"^i ~(?:rent|own|bought|am renting|share|am buying|have bought|sublet|house-share|have got|have|inherited|purchased|built|am building) (?:an? |the |my |our |own |this |first |new |little |small |tiny |big |old |two |one |shared |rented |cosy |lovely |nice |huge |three )*(?P<v>(?:[\w-]+ ){0,3}?(?:flat|apartment|house|cottage|bungalow|studio flat|condo|townhouse|terraced|farmhouse|houseboat|narrowboat|caravan|cabin|loft|bedsit|villa|duplex|maisonette|penthouse|room in|spare room|guest room|garden|balcony|yard|allotment|basement|attic|greenhouse|terrace|farm|smallholding|mortgage|landlord|housemates?|flatmates?|roommates?|council flat)s?\b.*)", "rent own bought renting share buying have sublet inherited purchased built building got"),
    frame("home", "detail", r"^my (?P<v>(?:\w+ )?(?:flat|apartment|house|home|place|kitchen|garden|balcony|bathroom|bedroom|living room|building|street|neighbourhood|neighborhood|village|town|landlord|landlady|flatmates?|roommates?|housemates?|address|postcode|zip code|front door|studio flat|cottage|room|rent|lease|house number) (?:is|are|has|have|does not|do not|faces|overlooks|comes with|sits|looks|only|will not|allows?|gets|runs out|ends|raised|put|can not)\b.*)", "", who=OWN, where=lambda v, c: Place("constraints", "place") if re.search(r"\b(?:does not (?:allow|permit|accept|want|let)|no pets|forbids?|bans?|runs out|will not (?:allow|let))", v) else (None if re.search(r"\b(?:on fire|a mess|messy|dirty|untidy|cold today|flooded)\b", v) else (Place("money", "spending") if v.startswith("rent") else Place("home", "detail")))),
    frame("home", "city", r"^(?:home is|home for me is|home base is) (?P<v>.+)", "home", who=ANY),
    frame("home", "detail", r"^(?:mobile |phone |internet )?(?P<v>(?:signal|reception|internet|broadband|wi-?fi|parking|public transport|water pressure|buses?) (?:here|where i live|at home|at my place|in (?:our|my) (?:village|valley|flat|house|area))\b.*)", "here live home place village valley flat house area", who=(*ANY, Who.OTHER), where=lambda v, c: Place("constraints", "access"), polarity=NEG),
    frame("home", "detail", r"^i am (?P<v>(?:at the (?:end|top|bottom|edge) of|(?:\w+ )?(?:kilometres|miles|km|minutes|hours?) from|on the (?:\w+ floor|edge|outskirts|coast)|next door to|surrounded by|in the (?:middle of nowhere|countryside|suburbs|sticks|city centre)).*)", "am"),
]
