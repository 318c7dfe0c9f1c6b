"""Relatives, partners and what is told about them."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.patterns.common import (
    ANY,
    FRAGMENT,
    MOST,
    OWN,
    SELF,
)
from memory_chain.extraction.rules.shape import Clause, Who

KIN = (
    "wife|husband|spouse|partner|girlfriend|boyfriend|fiancee?|fiancée?|other half|"
    "missus|sons?|daughters?|kids?|child|children|baby|"
    "babies|toddler|newborn|twins?|triplets|stepsons?|stepdaughters?|stepkids|girls|"
    "boys|little ones?|eldest|youngest|grandsons?|"
    "granddaughters?|grandchild|grandchildren|grandkids|nephews?|nieces?"
)

NEAR = (
    KIN + "|mother|mum|mom|mam|mama|father|dad|papa|parents|brothers?|sisters?|siblings?|"
    "stepmother|stepmum|stepmom|stepfather|stepdad|"
    "grandmother|grandma|gran|nan|nana|grandfather|grandpa|grandad|granddad|grandparents|"
    "in-laws|mother-in-law|father-in-law|"
    "brother-in-law|sister-in-law|stepbrother|stepsister|half-brother|half-sister"
)


def _kin_fact(value: str, clause: Clause) -> Place | None:
    """A lasting fact about a near relative, not what they said or are doing just now."""
    rest = clause.low[len(clause.owner) :].strip() if clause.low.startswith(clause.owner.lower()) else clause.low
    if re.match(
        r"(?:'s? )?(?:and i |is (?:coming|going|at|on (?:my|the|a)|here|asleep|out|back|"
        r"in (?:a|the)|visiting|asking|calling|being|right|wrong|fine|ok|so|started|stopped|begun|"
        r"late|angry|annoyed|upset|mad|cross|happy|crying|laughing|watching|making|getting on|driving me|over)\b|"
        r"(?:was|were|has been|have been|had)\b(?!.*\b(?:diagnos|born|raised|killed|murdered|"
        r"adopt|vegan|vegetarian|nurse|soldier|ill|stroke|operation|surgery|baby)))",
        rest,
    ):
        return None
    if re.match(
        r"(?:'s )?(?:says?|said|told|thinks?|reckons?|asked|asks|wants me|swears|keeps|claims|"
        r"goes\b(?! to)|wrote|texted|called me|sent|showed|insists|believes|"
        r"just|made|makes me|gave|bought|found|took|came|went|left|would|might|could|should|will)\b",
        rest,
    ):
        return None
    return Place("family", "relative")


FRAMES: list[Frame] = [
    frame(
        "family",
        "marital status",
        r"^i (?:am|have been|got|was|am getting|am now|am newly|became) (?!not )(?:happily "
        r"|newly |recently |twice |freshly |legally |still |technically |long |a |an |the "
        r"|both |in the middle of (?:a |getting )|going through a )*(?P<v>(?:married|single|"
        r"divorced|divorcing|widowed|engaged|separated|separating|breaking up|widow|widower|"
        r"dating|polyamorous|celibate|newlyweds?|childfree|child-free|childless|civil partnered|"
        r"divorce)\b(?! (?:out|bed|room|malt)).*)",
        "separating breaking married single divorced divorcing widowed engaged separated "
        "widow widower dating polyamorous celibate newlywed newlyweds childfree childless "
        "divorce",
    ),
    frame(
        "family",
        "marital status",
        r"^i am (?:an? |the |also an? |now an? )*(?P<v>(?:(?:single|stay-at-home|new|foster|"
        r"proud|working|step|first-time|busy) )*(?:mum|mom|dad|mother|father|parent|grandmother|"
        r"grandfather|grandma|grandad|grandparent|stepdad|stepmum|stepmom|granny|carer|uncle|"
        r"aunt|auntie|godfather|godmother)\b(?!'s).*)",
        "uncle aunt auntie godfather godmother mum mom dad mother father parent grandmother "
        "grandfather grandma grandad grandparent stepdad stepmum stepmom granny carer",
    ),
    frame(
        "family",
        "siblings",
        r"^i am (?:an? |the |also )*(?P<v>(?:only child|(?:eldest|oldest|youngest|middle|"
        r"second|third|last|first|one)\b(?: child| born)?(?: of | out of )\w+.*|middle child|"
        r"twin\b.*|(?:eldest|oldest|youngest) (?:child|sibling|brother|sister|son|daughter).*))",
        "only eldest oldest youngest middle twin one",
    ),
    frame(
        "family",
        "relative",
        r"^i (?:have|had|am raising|raise|am bringing up|look after|am looking after|care "
        r"for|am caring for|support|live for|adopted|foster|am expecting|am fostering) (?:an? "
        r"|the |my |no |only |both |just |got |another |one |two |three |four |five |six "
        r"|seven |eight |\d+ |twin |teenage |young |little |small |older |younger |big |"
        r"grown-up |grown |adult |elderly |old |beautiful |wonderful |lovely |step|foster "
        rf"|great )*(?P<v>(?:[\w-]+ )?(?:{NEAR}|cousins|family)\b(?! (?:car|name|gathering|"
        r"dinner|room|meeting|holiday|trip|party|of problems)).*)",
        "have raising raise bringing look looking care caring support adopted foster expecting fostering",
    ),
    frame(
        "family",
        "relative",
        r"^i am (?:the )?(?:married|engaged|related|close|mum|mom|dad|mother|father|parent|"
        r"grandmother|grandfather|aunt|auntie|uncle|dating|seeing|with my) (?:to |of )?(?P<v>.+)",
        "married engaged close mum mom dad mother father parent grandmother grandfather aunt uncle auntie dating",
        bars="unlist",
    ),
    frame(
        "family",
        "relationship",
        r"^i (?:split up|broke up|separated|divorced|am getting (?:a )?divorced?|am no longer "
        r"together|are no longer together|filed for divorce|am not together|called off)\b "
        r"?(?:with |from |the )?(?P<v>.*)",
        "split broke separated divorced divorce together called",
        ended=True,
        text="whole",
    ),
    frame(
        "family",
        "relationship",
        r"^my (?P<v>(?:wife|husband|partner|girlfriend|boyfriend|fiancee?|marriage|ex)(?: "
        r"\w+)? (?:and i (?:split|broke|separated|divorced|are (?:getting )?divorc\w+|are "
        r"separated|are no longer)|left me|and me (?:split|broke)|ended).*)",
        "split broke separated divorced left ended divorcing longer",
        who=(OWN, SELF),
        ended=True,
        text="whole",
    ),
    frame(
        "family",
        "relationship",
        r"^i (?:met|am seeing|started (?:seeing|dating)|got together with|am dating|live "
        r"with|moved in with) (?P<v>(?:my|a new) (?:wife|husband|partner|girlfriend|boyfriend|"
        r"fiancee?)\b.*)",
        "met seeing dating together live moved",
        needs="kin",
    ),
    frame(
        "family",
        "marital status",
        r"^i (?P<v>(?:got (?:married|engaged)|am getting married|am tying the knot|eloped|"
        r"proposed to|said yes).*)",
        "married engaged knot eloped proposed yes",
    ),
    frame(
        "family",
        "marital status",
        r"^(?:me|myself) and [\w ]+ are (?P<v>engaged|married|divorced|separated|expecting).*",
        "engaged married divorced separated expecting",
        who=(*ANY, Who.OTHER),
    ),
    frame(
        "family",
        "children",
        r"^i (?P<v>(?:am|are) (?:expecting|trying for|having) (?:an? |our |my )?(?:first "
        r"|second |third |another |little )*(?:baby|child|twins|boy|girl|kids?)\b.*|have "
        r"started trying\b.*|had (?:a |our |my )?(?:first |second )?(?:baby|twins)\b.*|became "
        r"(?:a |an )?(?:parents?|mum|mom|dad|father|mother|grand\w+|uncle|aunt)\b.*)",
        "expecting trying having baby twins became",
    ),
    frame(
        "family",
        "children",
        r"^i (?P<v>(?:do not|never|can not) (?:want|have) (?:any )?(?:kids|children|siblings|"
        r"family)\b.*|have no (?:kids|children|siblings|family|brothers|sisters)\b.*)",
        "not never no",
        polarity=NEG,
    ),
    frame(
        "family",
        "children",
        r"^my (?:first |second |third )?(?P<v>(?:baby|twins|child|grandchild|grandson|granddaughter)(?: "
        r"(?:is|are|was|were) (?:due|born|arriving|coming|on the way)| arrived| came).*)",
        "due born arriving coming way arrived came",
        who=OWN,
    ),
    frame(
        "family",
        "relationship",
        r"^i have been (?P<v>(?:together|married|engaged|with my \w+|divorced|separated|"
        r"dating)\b.*)",
        "together married engaged with divorced separated dating",
    ),
    frame("family", "relationship", r"^i am in an? (?P<v>(?:[\w-]+ ){0,3}relationship\b.*)", "relationship"),
    frame(
        "family",
        "relationship",
        r"^my (?P<v>(?:divorce|marriage|wedding|engagement|separation|love life)\b.*)",
        "divorce marriage wedding engagement separation love",
        who=OWN,
    ),
    frame("family", "anniversary", r"^my (?:wedding )?(?P<v>anniversary is .+)", "anniversary", who=OWN),
    frame(
        "family",
        "relative",
        rf"^my (?P<v>(?:\w+ ){{0,2}}?(?:{NEAR})\b(?: \w+)?(?: \w+)?,? (?:is|are|has|have|"
        r"can not|can|does not|do not|never|loves?|hates?|likes?|lives?|works?|plays?|speaks?|"
        r"goes to|goes|go to|go|studies|study|teaches|wants? to|needs?|starts?|started|drives?|"
        r"turned|turns|died|passed away|suffers?|got (?:engaged|married|divorced|diagnosed)|"
        r"was (?:diagnosed|born|adopted|raised|killed|murdered)|moved|uses?|owns?|collects?|"
        r"runs?|comes? from|came from|eats?|only|both|still|will be|raised me|had (?:a|an) "
        r"(?:stroke|heart|operation|baby)).*)",
        "",
        who=OWN,
        where=_kin_fact,
    ),
    frame("family", "relative", rf"^my (?P<v>(?:\w+ ){{0,2}}?(?:{NEAR})(?: \w+)? is \d+.*)", "is", who=OWN),
    frame(
        "family",
        "relative",
        rf"^my (?P<v>(?:{NEAR})'s (?:name is|birthday is|allergic|called|wedding is|school "
        r"is|funeral|condition|illness|diagnosis|\d+|\w+ allergy).*)",
        "",
        who=OWN,
    ),
    frame(
        "family",
        "relative",
        r"^my (?P<v>(?:auntie|aunt|uncle|cousin|stepmother|stepfather|foster \w+)(?: [a-z]\w+)? "
        r"(?:raised me|brought me up|lives with (?:me|us)|died|passed away)\b.*)",
        "raised brought lives died passed",
        who=OWN,
    ),
    frame(
        "family",
        "relative",
        r"^my (?P<v>[a-z]\w+ (?:has|is|can not|does not|turned|turns|loves|hates|goes to|"
        r"works|lives|needs)\b.+)",
        "has is not turned turns loves hates goes works lives needs",
        who=OWN,
        where=lambda v, c: (
            Place("family", "relative")
            if c.core[3:4].isupper()
            and not c.core[3:5].isupper()
            and not lexicon().of(v.split()[0]) - {"animal", "pet"}
            else None
        ),
    ),
    frame(
        "family",
        "relationship",
        r"^i (?P<v>(?:have not spoken|do not speak|am not speaking|am estranged|no longer "
        r"speak|fell out|have fallen out|do not talk|am not on speaking terms|am not close|"
        r"have not seen)\b.*)",
        "spoken speak speaking estranged fell fallen talk terms close seen",
        polarity=NEG,
        where=lambda v, c: (
            Place("family", "relationship") if re.search(rf"\b(?:{NEAR}|family)\b", c.full.lower()) else None
        ),
    ),
    frame(
        "family",
        "relative",
        r"^(?P<v>(?:auntie|aunt|uncle|granny|grandma|grandad|grandpa|nana|nan) \w+ (?:raised|"
        r"brought) me\b.*)",
        "raised brought",
        who=(*ANY, Who.OTHER),
    ),
    frame(
        "family",
        "relative",
        rf"\b(?P<v>(?:{NEAR}),? (?:also )?(?:called|named) [a-z]\w+(?: and [a-z]\w+)?)",
        "called named",
        who=ANY,
    ),
    frame(
        "family", "children", r"^i am expecting (?P<v>(?:my|our) (?:first|second|third|fourth|fifth)\b.*)", "expecting"
    ),
    frame("family", "relative", r"^i (?:have )?lost my (?P<v>.+)", "lost", needs="nearkin"),
    frame(
        "family",
        "marital status",
        r"^(?P<v>(?:\w+ |\d+ )years (?:of marriage|married|together|of being married)\b.*)",
        "years",
        who=MOST,
    ),
    frame(
        "family",
        "household",
        r"^i (?:am|have) (?:an? )?(?P<v>(?:household|family) of (?:\w+|\d+))\b",
        "household family",
    ),
    frame(
        "family",
        "relationship",
        r"^(?:me and|myself and|i and) (?P<v>[a-z]\w+)(?: have)?(?: just| finally)? (?:broke up|split(?: up)?|"
        r"(?:got )?divorced|separated|called it quits)\b",
        "broke split divorced separated called",
        who=(*ANY, Who.OTHER),
        ended=True,
        text="!{s} and {v} are no longer together.",
    ),
    frame(
        "family",
        "relationship",
        r"^(?:i am )?(?:not|no longer) with (?P<v>[a-z]\w+)(?: any ?more| any longer|$)",
        "with",
        who=(SELF, FRAGMENT),
        ended=True,
        text="!{s} is no longer with {v}.",
        where=lambda v, c: (
            Place("family", "relationship") if c.core[c.low.find(v)].isupper() and not lexicon().of(v) else None
        ),
    ),
    frame(
        "family",
        "children",
        r"^i am (?P<v>(?:expecting|due)(?: a \w+)? in (?:january|february|march|april|may|june|july|august|september|"
        r"october|november|december|the (?:spring|summer|autumn|winter|new year))\b)",
        "expecting due",
        text="!{s} is {v}.",
    ),
    frame("family", "children", r"^i am (?P<v>breast-?feeding)\b", "breastfeeding breast-feeding"),
    frame(
        "family",
        "relative",
        r"^i (?:have )?buried (?:my )?(?P<v>(?:dad|mum|mom|gran|grandad|grandma|grandpa|nan|father|mother|brother|"
        r"sister|husband|wife))\b",
        "buried",
        text="!{s} has buried their {v}.",
    ),
    frame(
        "family",
        "children",
        r"^(?P<v>[a-z]\w+ is \d{1,2})(?: (?:and|now)\b|$)",
        "is",
        who=(*ANY, Who.OTHER),
        text="!{v}.",
        where=lambda v, c: (
            Place("family", "children")
            if c.core[:1].isupper()
            and not lexicon().of(v.split()[0])
            and re.search(
                r"\b(?:mum|mom|dad|parent|kids|children|sons?|daughters?|wrong age)\b", c.sentence_text.lower()
            )
            else None
        ),
    ),
]
