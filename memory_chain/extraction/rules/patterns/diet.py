"""What somebody eats, avoids and likes to eat."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, POS, Frame, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.patterns.common import (
    FRAGMENT,
    MOST,
    OWN,
    THING,
)
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.extraction.rules.tastes import is_food


def _eaten(value: str, clause: Clause) -> Place | None:
    """What is eaten or drunk, or not, in general; not what was eaten today."""
    if re.match(
        r"^(?:it|that|this|them|any more|my words|like|at|out|so|too|well|a lot|enough|today|"
        r"tonight|much|right|properly|lunch at|anything today)\b",
        value,
    ):
        return Place("diet", "habit") if re.match(r"^(?:out|at)\b", value) and "every" in clause.low else None
    if re.search(r"\b(?:today|tonight|yesterday|this (?:morning|evening)|right now|last night)\b", clause.low):
        return None
    return Place("diet", "habit")


def _refused(value: str, clause: Clause) -> Place | None:
    place = _eaten(value, clause)
    return Place("diet", "avoids") if place else None


def _food(value: str, clause: Clause) -> Place | None:
    return Place("diet", "avoids") if is_food(value) or lexicon().any(value, "allergen", "regime", "food") else None


def _likes_food(value: str, clause: Clause) -> Place | None:
    return Place("diet", "like") if is_food(value) or lexicon().any(value, "food", "regime") else None


FRAMES: list[Frame] = [
    frame(
        "diet",
        "regime",
        r"^i (?:am|have been|went|became|turned|have gone|am going|am now|eat|keep|am on|"
        r"was raised|grew up|have turned|am trying to be|try to be|live|try to eat|stick "
        r"to|follow|am doing|do|have become|cook|am strictly|am basically|am mostly|am still|"
        r"am both|only eat|am practically) (?!not\b|no\b)(?:an? |the |on |strictly |fully "
        r"|mostly |almost |entirely |lifelong |strict |half |all |both |lapsed |total |100% "
        r"|basically |already |a committed |in )*(?P<v>(?:[a-z]+ )?[\w-]+(?: [\w-]+)?.*)",
        "am been went became turned gone going eat keep raised grew live try stick follow doing do become cook",
        needs="regime",
        where=lambda v, c: (
            Place("diet", "regime")
            if any(lexicon().has(" ".join(re.split(r"[ ,]+", v)[:n]), "regime") for n in (1, 2))
            and not re.match(r"^diet$", v)
            and not re.search(r"^(?:vegan|vegetarian) (?:restaurant|recipe|cake|food$|option|place)", v)
            else None
        ),
    ),
    frame(
        "diet",
        "avoids",
        r"^i (?:do not|never|can not|will not|no longer|am not allowed to|am not supposed "
        r"to|must not|try not to|do not really|have never|should not|refuse to|could never|"
        r"avoid|cannot|am trying not to|try to avoid|do not usually|hardly|rarely|hardly "
        r"ever|rarely ever|seldom) (?:ever )?(?:eat(?:ing)?|drink(?:ing)?|have|touch(?:ed)?|"
        r"do|tolerate|digest|stomach|handle|consume|eaten|cook with|cook|tried|take|buy|"
        r"drunk|order|keep|stand) ?(?:any |the |much |anything with |anything |too much "
        r")*(?P<v>.*)",
        "eat eating drink drinking have touch touched do tolerate digest stomach handle "
        "consume eaten cook tried take buy drunk order keep stand",
        polarity=NEG,
        where=lambda v, c: (
            None
            if re.search(r"any ?more|any longer|no longer", c.low)
            else (
                _refused(v, c)
                if re.search(r"\b(?:eat|drink|eating|drinking|eaten|drunk)\b", c.low[: c.low.find(v) if v else 99])
                and (
                    v == ""
                    or is_food(v)
                    or len(v.split()) <= 6
                    or re.match(r"(?:after|before|late|anything|meat|any|animal|out)", v)
                )
                and not re.match(r"^(?:and drive|the kool)", v)
                else _food(v, c)
                if v
                else None
            )
        ),
    ),
    frame(
        "diet",
        "avoids",
        r"^i (?:do not|never|will not) (?P<v>drink)(?: any ?more| any longer)?(?:$|,| because|"
        r" for| since| and (?!drive)| but| at all| alcohol)",
        "drink",
        polarity=NEG,
        where=lambda v, c: Place("diet", "avoids") if not re.search(r"any ?more|any longer", c.low) else None,
    ),
    frame(
        "diet",
        "avoids",
        r"^i (?:avoid|skip|cut out|have cut out|steer clear of|stay away from|stay off|have "
        r"to avoid|am off|limit|am cutting (?:out|down on|back on)|am avoiding|have to limit|"
        r"have to watch|cut back on|have cut back on|am giving up|try to avoid|need to avoid|"
        r"have to skip|watch my|leave out|pass on|am staying off|live without|keep away "
        r"from|cut down on|limit my|am not allowed|cannot have) (?:all |any |the |eating "
        r"|drinking |anything with |my )*(?P<v>.+)",
        "avoid skip cut steer stay off limit cutting avoiding watch giving leave pass staying "
        "sworn swore gone went keep live allowed have",
        polarity=NEG,
        where=_food,
    ),
    frame(
        "diet",
        "habit",
        r"^i (?:only |mostly |mainly |usually |always |generally |normally |still |basically "
        r"|both |all |now |just )*(?:eat|drink|cook|snack on|live on|have|start (?:the|my) "
        r"day with|take|order|bake|make) (?:a |an |my |the |too much |a lot of |lots of "
        r"|loads of |mostly |only |mainly |nothing but |at least |about )*(?P<v>.+)",
        "eat drink cook snack live have start take order bake make",
        where=lambda v, c: (
            None
            if not (is_food(v) or lexicon().any(v, "food", "regime"))
            else (
                _eaten(v, c)
                if re.match(
                    r"^i (?:only|mostly|mainly|usually|always|generally|normally|still|basically|just "
                    r")*\s*(?:eat|drink|live on|snack on)\b",
                    c.low,
                )
                or re.search(
                    r"\b(?:every|each|most|always|usually|daily|only|for breakfast|for lunch|for dinner|"
                    r"on (?:mondays|fridays|sundays)|a day|nothing but|black|without)\b",
                    c.low,
                )
                else None
            )
        ),
    ),
    frame(
        "diet",
        "habit",
        r"^i (?:always|usually|often|never|normally|only) (?:eat|drink|skip|have|order|cook|put|add|pour|"
        r"end up (?:ordering|eating|having|getting)) (?P<v>.+)",
        "always usually often never normally only",
        where=_likes_food,
    ),
    frame(
        "diet",
        "habit",
        r"^i (?:skip|do not eat|never eat|do not do|do not have|always skip|usually skip|"
        r"often skip|hardly ever eat) (?P<v>(?:breakfast|lunch|dinner)\b.*)",
        "skip eat do have",
    ),
    frame(
        "diet",
        "like",
        r"^i (?:always |usually )?(?:end up ordering|order|go for|can not resist|could eat|"
        r"could live on|live for|live on|can not live without|can not say no to|would do "
        r"anything for|have a (?:weakness|soft spot|sweet tooth|thing|craving) ?(?:for)?|"
        r"crave|am craving|can not function without|can not start (?:the|my) day without|"
        r"am addicted to|am partial to|am always up for|never say no to|never get tired "
        r"of|need my|run on|devour|am hooked on|could not live without|survive on|put .+ "
        r"on) (?:a |the |my |some |any |all |another |kind of )*(?P<v>.+)",
        "ordering order go resist eat live say do weakness spot tooth thing craving crave "
        "function start addicted partial up never need run devour hooked survive put",
        polarity=POS,
        where=_likes_food,
    ),
    frame(
        "diet",
        "like",
        r"^i have (?:an? |such an? |quite an? )(?:big |huge |massive |terrible )?(?P<v>sweet "
        r"tooth)",
        "tooth",
        polarity=POS,
    ),
    frame(
        "diet",
        "like",
        r"^i take my (?P<v>(?:coffee|tea|steak|eggs|whisky|martini|latte) .+)",
        "take",
        where=lambda v, c: Place("diet", "like"),
    ),
    frame(
        "diet",
        "like",
        r"^i (?:like|love|prefer|take|want|need) my (?P<v>(?:coffee|tea|steak|eggs|food|"
        r"curry|toast|pizza|whisky|noodles|chilli|curries|beer|wine) .+)",
        "like love prefer take want need",
        polarity=POS,
    ),
    frame(
        "diet",
        "like",
        r"^my (?:all-time |absolute )?(?:favou?rite|go-to|comfort|usual|guilty pleasure|"
        r"fave) ?(?:food|dish|meal|drink|snack|cuisine|dessert|breakfast|lunch|dinner|order|"
        r"cake|fruit|vegetable|pizza topping|ice cream(?: flavou?r)?|sandwich|coffee|tea|"
        r"cocktail|beer|wine|cheese|takeaway|comfort food|pleasure)? ?(?:is|are|has to be|"
        r"would be|will always be|has always been) (?P<v>.+)",
        "favourite favorite go-to comfort usual guilty fave",
        who=OWN,
        polarity=POS,
        where=_likes_food,
    ),
    frame(
        "diet",
        "avoids",
        r"^(?:please )?(?:no|not|hold the|without|leave out(?: the)?|skip the|minus the|"
        r"easy on the|nothing with|swap the|replace the|anything but|never) (?:any |more "
        r"|too much )*(?P<v>[\w' -]+?)(?: for me| please| thanks| thank you| in (?:it|mine|"
        r"my food)| on mine|, please|,? thanks| for us| ever)*(?:$|,.*| since .*| because "
        r".*| as .*)",
        "no not hold without leave skip minus easy nothing swap replace anything never",
        who=(FRAGMENT, Who.ORDER, THING),
        polarity=NEG,
        where=lambda v, c: (
            _food(v, c)
            if c.join == "so"
            or (c.low.startswith("anything but") and not c.join)
            or re.search(
                r"\b(?:doctor|allerg|religio|intoleran|diet\b|pregnan|vegan|vegetarian|muslim|jewish|"
                r"hindu|in (?:my|our) (?:life|house|home|kitchen|diet))",
                c.sentence_text.lower(),
            )
            or re.search(r"\b(?:for me|please|thanks|mine|for us|ever|in it)\b", c.low)
            else None
        ),
    ),
    frame(
        "diet",
        "avoids",
        r"^(?P<v>[\w' -]{2,40}?)(?: is| are)? (?:off the menu|off limits|off-limits|out "
        r"of the question|banned in my house|a no-go|no good for me|not allowed|the devil|"
        r"a no from me|no)$",
        "menu limits off-limits question banned no-go no allowed devil",
        who=MOST,
        polarity=NEG,
        where=_food,
    ),
    frame(
        "diet",
        "like",
        r"^(?P<v>[\w' -]{2,40}?)(?: is| are)? (?:yes|a yes from me|always a yes)$",
        "yes",
        who=MOST,
        polarity=POS,
        where=_likes_food,
    ),
    frame(
        "diet",
        "habit",
        r"^(?P<v>decaf|[\w ]+) for me (?:after|before|please|only|at) .+",
        "me",
        who=FRAGMENT,
        where=lambda v, c: Place("diet", "habit") if is_food(v) or v == "decaf" else None,
    ),
    frame(
        "diet",
        "avoids",
        r"^(?P<v>(?:[\w-]+ )?(?:meat|dairy|gluten|sugar|pork|beef|alcohol|caffeine|eggs?|"
        r"nuts|shellfish|fish|lactose)(?:[ -]free)?) (?:only|household|kitchen|house|home)\b",
        "only household kitchen house home",
        who=FRAGMENT,
    ),
    frame(
        "diet",
        "regime",
        r"^my (?P<v>(?:diet|doctor|religion|faith) (?:is|does not allow|forbids|means|requires).*)",
        "diet doctor religion faith",
        who=OWN,
        where=lambda v, c: Place("diet", "regime") if v.startswith("diet") else None,
    ),
    frame(
        "diet",
        "habit",
        r"^i am (?:back to )?(?P<v>eating (?:meat|fish|dairy|gluten|more|less|keto|clean|"
        r"low[- ]carb|vegan|vegetarian|healthy|healthier|plant-based)\b.*)",
        "eating",
    ),
    frame(
        "diet",
        "avoids",
        r"^(?:i )?do not have (?P<v>it|any) in (?:the|my|our) (?:house|kitchen|home)",
        "house kitchen home",
        polarity=NEG,
        where=lambda v, c: None,
    ),
    frame(
        "diet",
        "like",
        r"^(?P<v>[\w', -]{2,60}?) (?:is|are) my (?:favou?rite|comfort|go-to|guilty pleasure|"
        r"weakness|kryptonite|usual)\b.*",
        "my",
        who=MOST,
        polarity=POS,
        where=_likes_food,
    ),
    frame(
        "diet",
        "habit",
        r"^(?P<v>[\w -]+) (?:on (?:mon|tues|wednes|thurs|fri|satur|sun)days|every (?:day|"
        r"morning|night|friday|sunday)|for breakfast|after dinner)\b.*",
        "mondays tuesdays wednesdays thursdays fridays saturdays sundays every breakfast dinner",
        who=FRAGMENT,
        where=lambda v, c: Place("diet", "habit") if is_food(v) else None,
    ),
    frame(
        "diet",
        "like",
        r"^(?:the )?(?P<v>[\w -]+?)(?: (?:tastes|taste|smells|smell) (?:like (?:soap|feet|"
        r"dirt|rubber|sick|mud|metal)|awful|disgusting|horrible|vile|gross)| (?:make|makes) "
        r"me (?:gag|retch|heave|sick)| (?:are|is) (?:disgusting|gross|vile|revolting|yuck|"
        r"rank))\b.*",
        "tastes taste smells smell gag retch heave disgusting gross vile revolting yuck rank",
        who=MOST,
        polarity=NEG,
        where=lambda v, c: _food(v, c) if lexicon().any(v.split()[-1], "food", "allergen", "regime") else None,
    ),
    frame(
        "diet",
        "like",
        r"^(?P<v>[\w' -]{2,30}) (?:is|are) (?:life|bae|king|love|everything)$",
        "life bae king love everything",
        who=MOST,
        polarity=POS,
        where=_likes_food,
    ),
    frame(
        "diet",
        "regime",
        r"^i (?:no longer|do not) (?:eat|follow|do|keep) (?:an? |the )?(?P<v>[\w-]+(?: free| fodmap)?)"
        r"(?: diet)?(?: any ?more| any longer)?(?=$|,)",
        "eat follow do keep",
        needs="regime",
        ended=True,
        text="!{s} no longer eats {v}.",
        where=lambda v, c: (
            Place("diet", "regime") if re.search(r"\b(?:no longer|any ?more|any longer)\b", c.low) else None
        ),
    ),
    frame(
        "diet",
        "avoids",
        r"^(?P<v>[\w -]{2,30}) and (?:me|i) (?:are not friends|do not (?:get on|get along|mix|agree))\b",
        "friends get mix agree",
        who=(*MOST, Who.ORDER),
        polarity=NEG,
        where=_food,
    ),
]
