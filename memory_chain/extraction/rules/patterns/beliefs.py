"""Religion, politics and principles."""

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
)
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.extraction.rules.tastes import is_empty


def _value(value: str, clause: Clause) -> Place | None:
    return (
        None
        if is_empty(value)
        or re.match(r"^(?:you|me|him|her|them|it|this|that|there is|the (?:same|error|bug|problem))\b", value)
        else Place("values", "principle")
    )


_DEEDS = (
    r"buy(?:ing)?|wear|support(?:ing)?|fly(?:ing)?|lie|cheat|steal|break (?:a |my "
    r")?promises?|break my word|eat (?:factory|animals|anything with a face)|shop(?: at| "
    r"on)?|use (?:plastic|single-use|palm oil|amazon|uber|animal)|order from|invest in|work "
    r"for|take (?:bribes|interest|loans)|vote(?: for)?|gossip|borrow|recycle|compost|buy "
    r"(?:local|organic|fair ?trade|second-?hand)|shop (?:local|small)|tip|hunt|kill|keep "
    r"(?:my )?(?:promises|word)|keep every|tell the truth|pay my|give "
    r"(?:to|money)|donate|help|leave (?:no|a) |judge|hit|smack|discriminate|waste "
    r"(?:food|water)|boycott|upgrade|throw (?:away|out) food|cross a picket|go back "
    r"on|amazon|nestl\w+|fast fashion|zoos|circuses|fur|leather|brands"
)
"""What people do, or never do, out of principle."""
_GENERAL_DEED = re.compile(
    r"^i (?:do not|always|only|try to) (?:buy|wear|support|fly|shop|vote|own|help|give|use|tip|order)"
)
_ETHICAL = re.compile(
    r"\b(?:fast fashion|second-?hand|local|organic|fair ?trade|leather|fur|plastic|new "
    r"clothes|animal|on principle|ethical|amazon|nestl|brands?|charity|labour|green|"
    r"conservative|republican|democrat|anyone|companies|to charity|to a|every election|"
    r"used|homeless|because|for (?:environment|climate|ethical|moral|religious))"
)
_NO_PRINCIPLE = re.compile(
    r"\b(?:this|that|it|you|tickets?|today|again)$|^(?:help (?:you|me|him|her)|use plastic surgery|own a|"
    r"support (?:this|that)|buy (?:it|this|that|them)|always (?:help|leave))"
)


def _principle(value: str, clause: Clause) -> Place | None:
    """What anyone buys or uses is a principle only where something ethical is named."""
    if _NO_PRINCIPLE.search(value):
        return None
    if _GENERAL_DEED.match(clause.low) and not _ETHICAL.search(f"{value} {clause.low}"):
        return None
    return Place("values", "principle")


FRAMES: list[Frame] = [
    frame(
        "values",
        "religion",
        r"^i (?:am|was raised|was brought up|grew up|was born|became|converted to|am a practi[sc]ing|"
        r"practi[sc]e|follow|am a devout|am a lapsed|have always been|am culturally|am not) "
        r"(?!not\b)(?:an? |the |strictly |very |deeply |not |lapsed |devout |practi[sc]ing "
        r"|proud |orthodox |strict |fairly |culturally |born-again |committed |particularly "
        r"|convinced |lifelong |non-|half |all |in an? )*(?P<v>.+)",
        "am raised brought grew born became converted practise practice follow been",
        needs="religion",
        where=lambda v, c: (
            Place("values", "religion")
            if any(lexicon().has(" ".join(re.split(r"[ ,]+", v)[:n]), "religion") for n in (1, 2))
            and not re.match(r"^(?:church|temple|mosque|lent|synagogue|ramadan|faith)\b", v)
            else None
        ),
    ),
    frame(
        "values",
        "religion",
        r"\bas an? (?P<v>(?:[\w-]+ )?(?:muslim|christian|catholic|jew|hindu|buddhist|sikh|"
        r"jain|atheist|quaker|mormon|protestant|feminist|pacifist|humanist|vegan|socialist|"
        r"environmentalist|orthodox \w+|practi[sc]ing \w+))\b",
        "as",
        who=ANY,
        where=lambda v, c: Place("values", "religion") if c.who is SELF or c.lead else None,
    ),
    frame(
        "values",
        "religion",
        r"^i (?:~)?(?P<v>(?:go to (?:church|mass|mosque|synagogue|temple|friday prayers|"
        r"meeting)|attend (?:church|mass|services)|pray|fast (?:in|during|for)|keep (?:the "
        r"sabbath|shabbat|kosher|halal|lent)|observe (?:\w+)|believe in (?:god|jesus|allah|"
        r"karma|reincarnation|something)|do not believe in (?:god|religion)|do not work "
        r"on (?:the sabbath|shabbat|sundays|saturdays)|tithe|celebrate (?:eid|diwali|hanukkah|"
        r"passover|ramadan|christmas|lunar))\b.*)",
        "church mass mosque synagogue temple prayers meeting services pray fast keep observe "
        "believe work tithe celebrate",
    ),
    frame(
        "values",
        "religion",
        r"^(?:that|it|saturday|friday|sunday) is (?P<v>(?:shabbat|the sabbath|prayers?|jumu'?ah|"
        r"ramadan|lent|eid|yom kippur|holy).*)",
        "shabbat sabbath prayer prayers ramadan lent eid holy",
        who=MOST,
    ),
    frame(
        "values",
        "principle",
        r"^i (?:firmly |strongly |truly |really |deeply |always |still |passionately |never "
        r")*(?:believe (?:in|that)|value|stand for|care (?:a lot |deeply |passionately |"
        r"very much |so much )?about|am (?:passionate about (?:animal|human|social|the environment|"
        r"climate|justice|equality|rights)|committed to|against|opposed to|in favou?r of|"
        r"pro-|anti-|all for|big on|a (?:firm |strong |big |great )?believer in|strict about|"
        r"principled about|adamant about|serious about)|have (?:strong|no) (?:views|opinions|"
        r"tolerance) (?:on|about|for)|respect|campaign for|protest against|am active in|"
        r"march for|stand by|admire|live by|refuse to compromise on) (?P<v>.+)",
        "believe value stand care passionate committed against opposed favour favor pro- "
        "anti- for big believer strict principled adamant serious views opinions tolerance "
        "respect campaign protest active march admire live refuse",
        where=_value,
    ),
    frame(
        "values",
        "principle",
        r"^i (?:would never|will never|never|refuse to|do not|will not|would not|try not "
        r"to|avoid|boycott|on principle do not) (?P<v>(?:" + _DEEDS + r")\b.*)",
        "never refuse not try only always avoid boycott point principle trying longer",
        where=_principle,
        polarity=NEG,
    ),
    frame(
        "values",
        "principle",
        r"^i (?:try to|only|always|make a point of|am trying to) (?P<v>(?:" + _DEEDS + r")\b.*)",
        "never refuse not try only always avoid boycott point principle trying longer",
        where=_principle,
        polarity=POS,
    ),
    frame(
        "values",
        "principle",
        r"^i (?P<v>(?:keep every promise|keep my (?:promises|word)|recycle|compost|boycott(?! them| it\b) "
        r".+|donate .+|give \d+ ?% .+|tithe|vote (?!for (?:this|that)).+|voted .+|am a (?:member|"
        r"supporter) of .+|am a (?:feminist|pacifist|socialist|communist|anarchist|conservative|"
        r"liberal|libertarian|republican|democrat|environmentalist|minimalist|conscientious "
        r"objector|humanist|monarchist|trade unionist|union (?:member|rep)|labour voter|"
        r"tory|green voter|whistleblower)\b.*|am (?:left-wing|right-wing|politically .+|"
        r"pro-choice|pro-life|anti-war|apolitical|conservative|liberal|centrist|progressive)\b.*|"
        r"try to (?:live|buy|shop|be|fly|waste) (?:\w+ )?(?:sustainabl\w+|ethical\w*|local|"
        r"second-hand|green|zero[- ]waste|plastic[- ]free|less|organic).*|live (?:sustainably|"
        r"simply|by .+)|own (?:very )?little)\b.*)",
        "keep recycle compost boycott donate give tithe vote voted am try live own",
        polarity=POS,
        where=lambda v, c: Place("values", "principle"),
    ),
    frame(
        "values",
        "value",
        r"^(?P<v>[\w' -]{2,60}?) (?:matters?|means?|is|are|comes?|counts?|has always been) "
        r"(?:more |most |a lot |so much |everything |the most |deeply |very )*(?:(?:to me "
        r"(?:more )?than .+)|to me\b.*|(?:important|sacred|paramount|essential|vital|a priority|"
        r"crucial|everything|non-negotiable|a matter of respect|a matter of principle) (?:to|"
        r"for) me\b.*|before (?:work|money|everything|anything|career)\b.*|first (?:for|"
        r"with) me\b.*|my (?:number one|top|first|highest|main|biggest) (?:priority|value|"
        r"priorities|rule)\b.*|non-negotiable$)",
        "me before first priority value rule non-negotiable priorities",
        who=MOST,
        polarity=POS,
        where=lambda v, c: (
            None
            if re.match(
                r"^(?:it|that|this|what|which|nothing|he|she|you|they|everything|your|his|her|their|"
                r"these)\b",
                v,
            )
            or re.search(r"\b(?:flag|mural|painting|photo|picture|words)\b", v)
            or re.search(
                r"\b(?:is|are) (?:more |very |so )?(?:new|clear|unclear|confusing|boring|known|fine|"
                r"ok|strange|dear)\b",
                c.low,
            )
            or re.search(r"(?:is|are) (?:a lot |so much |more )?to me\b", c.low)
            else Place("values", "value")
        ),
    ),
    frame(
        "values",
        "value",
        r"^(?P<v>[\w' ]{2,40}?) (?:have|has) no place in (?:my|our) .+",
        "place",
        who=MOST,
        polarity=NEG,
    ),
    frame(
        "values",
        "principle",
        r"^(?:no|never|not) (?P<v>(?:peat|leather|fur|plastic|fast fashion|palm oil|amazon|"
        r"single-use plastic|animal testing|guns|gossip|lies|zoos|caged|factory[- ]farmed|"
        r"shop on|buy from)\b.*)",
        "no never not",
        who=(FRAGMENT, Who.ORDER, SELF),
        polarity=NEG,
        where=lambda v, c: Place("values", "principle") if not c.question else None,
    ),
    frame(
        "values",
        "principle",
        r"^i (?:refuse|reject|shun|avoid|boycott|do not buy|never buy|will not buy|only "
        r"buy|only wear|do not wear|never wear) (?P<v>(?:anything|all|any|everything|products|"
        r"things|brands|clothes|stuff|food|companies) .+)",
        "refuse reject shun avoid boycott buy wear",
    ),
    frame(
        "values",
        "principle",
        r"^i (?:try to |do my best to |aim to )(?P<v>(?:produce|reduce|minimi[sz]e|live|"
        r"waste|cut my|consume|leave|offset|support|reuse|mend|repair|keep my (?:word|promises)) "
        r".+)",
        "try best aim",
        where=_value,
    ),
    frame(
        "values",
        "principle",
        r"^my (?:rule|motto|philosophy|principle|values?|moral code|conscience|rule of life|"
        r"guiding principle)s? (?:is|are|in life is|does not|will not|forbids?) (?P<v>.+)",
        "rule motto philosophy principle value values conscience",
        who=OWN,
    ),
    frame(
        "values",
        "principle",
        r"^(?P<v>never .+,? on principle\b.*|.+ is (?:against my (?:religion|principles|"
        r"faith|beliefs|values)|wrong in my (?:book|eyes)|a matter of principle).*)",
        "principle religion principles faith beliefs values book eyes",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: None if re.match(r"^(?:it|that|this)\b", v) else Place("values", "principle"),
    ),
    frame(
        "values",
        "principle",
        r"^i (?:do not|never|have never) (?:really )?trust(?:ed)? (?P<v>(?!you\b|it\b|this|"
        r"that|my (?:eyes|memory)).+)",
        "trust trusted",
    ),
    frame(
        "values",
        "principle",
        r"^i (?:firmly |strongly |truly )?(?:believe|feel strongly|am convinced) (?:that "
        r")?(?P<v>(?:everyone|everybody|people|all|no one|nobody|every|life|children|animals|"
        r"women|men|i should|humans|honesty|hard work|kids|nature|education|healthcare)\b.+)",
        "believe feel convinced",
    ),
    frame(
        "values",
        "religion",
        r"^i (?:have )?(?:left|lost|renounced|walked away from|grew out of) (?P<v>(?:the "
        r"church|the faith|my faith|my religion|islam|christianity|catholicism|the mormon "
        r"church|religion|god)\b.*)",
        "left lost renounced walked grew",
        ended=True,
    ),
    frame(
        "values",
        "principle",
        r"^i (?:do not|never|will not|refuse to) (?P<v>gamble\b.*)",
        "gamble",
        polarity=NEG,
    ),
]
