"""Where and how somebody lives."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.patterns.common import (
    ANY,
    FRAGMENT,
    OWN,
    SELF,
    THING,
)
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.extraction.rules.tastes import is_food


def _living(value: str, clause: Clause) -> Place | None:
    words = value.split()
    if (
        not words
        or words[0]
        in (
            "fear",
            "hope",
            "denial",
            "pain",
            "peace",
            "moment",
            "past",
            "it",
            "that",
            "this",
            "there",
            "here",
            "place",
            "pension",
            "benefits",
            "savings",
            "salary",
            "wages",
            "income",
        )
        or re.search(r" at \d", value)
    ):
        return None
    at = clause.low.find(value.lower())
    if re.search(r"\bon $", clause.low[:at]) and (
        is_food(value.lower()) or lexicon().any(value.lower(), "medicine", "moneyword")
    ):
        return None
    proper = clause.core[at : at + 1].isupper() or (
        len(words) <= 2 and not lexicon().of(words[-1]) & {"homeword", "kin", "social"}
    )
    if re.search(r"\b(?:with|alone|on my own|by myself)\b", clause.low[:at] + " " + words[0]):
        return Place("home", "household")
    return Place("home", "city") if proper else Place("home", "dwelling")


FRAMES: list[Frame] = [
    frame(
        "home",
        "city",
        r"^i ~(?:live|am living|am based|reside|am staying|am settled|have been living|have "
        r"lived(?! in (?:\w+ )?(?:two|three|four|five|six|many|several|\d+) )|lived all "
        r"my life|spent my whole life|stay|am located|am moored|am currently) (?!for\b)(?:here "
        r"|over |up |down |out |alone |just |back |together |right )*(?:in|at|on|near|by|"
        r"next to|above|outside|off|between|opposite|around|close to|with|under|inside|across "
        r"from|down|up|out of|off|alone|on my own|by myself) ?(?P<v>.*)",
        "live living based reside staying settled lived stay located",
        where=_living,
    ),
    frame(
        "home",
        "household",
        r"^i live (?P<v>(?:alone|on my own|by myself|with .+|off-grid|off grid|together|"
        r"abroad|upstairs|downstairs|half an hour|\w+ (?:minutes|miles|kilometres|km|hours?) "
        r"(?:from|away|outside|north|south|east|west)).*)",
        "live",
    ),
    frame(
        "home",
        "dwelling",
        r"^i am (?P<v>(?:off-grid|off grid|in (?:building|block|flat|apartment|room|unit|"
        r"student halls|halls|a (?:dorm|hostel|care home|housing co-op|flat|shared))).*)",
        "am",
    ),
    frame(
        "home",
        "dwelling",
        r"\bbeen (?:living )?in (?P<v>(?:an? |this )(?:housing|flat|house|co-op|shared|council|"
        r"cottage|village|caravan).*)",
        "been",
    ),
    frame(
        "home",
        "city",
        r"^i (?:have |recently |just |finally |only )*(?:moved|relocated|have moved|settled|"
        r"emigrated)(?: back| over| down| up| out| house| home| here| away)? (?:from [\w "
        r"]+? )?(?:to|into|in) (?P<v>(?!with |the (?:front|back|next|other)|a (?:new )?(?:table|"
        r"seat|team|role|job|position)).+)",
        "moved relocated settled emigrated",
        where=_living,
    ),
    frame(
        "home",
        "city",
        r"^i (?:do not|no longer|am not|am no longer) (?:live|living|stay|rent|based|reside) "
        r"(?:here |there |back )?(?:in|at|on|near|with) (?P<v>.+?)(?: any ?more| any longer|"
        r"$|,)",
        "live living stay rent based reside",
        ended=True,
        where=_living,
    ),
    frame(
        "home",
        "city",
        r"^i (?:have )?(?:left|moved (?:out of|away from|out from|from)|sold up in) (?P<v>(?!the "
        r"(?:house|office|room|meeting|party|keys|door|table|company|army|job)|my |work|"
        r"school|early|home).+?)(?: (?:for|to) .*|$)",
        "left moved sold",
        ended=True,
        where=lambda v, c: (
            _living(v, c)
            if (
                "moved" in c.low
                or (
                    c.core[c.low.find(v) : c.low.find(v) + 1].isupper()
                    and not lexicon().has(v.split()[0], "kin", "social")
                )
            )
            else None
        ),
    ),
    frame("home", "city", r"^i used to live (?:in|at|on|near|with) (?P<v>.+)", "used", ended=True, where=_living),
    frame(
        "home",
        "tenure",
        r"^i ~(?:rent|own|bought|am renting|share|am buying|have bought|sublet|house-share|"
        r"have got|have|inherited|purchased|built|am building) (?:an? |the |my |our |own "
        r"|this |first |new |little |small |tiny |big |old |two |one |shared |rented |cosy "
        r"|lovely |nice |huge |three )*(?P<v>(?:[\w-]+ ){0,3}?(?:flat|apartment|house|cottage|"
        r"bungalow|studio flat|condo|townhouse|terraced|farmhouse|houseboat|narrowboat|caravan|"
        r"cabin|loft|bedsit|villa|duplex|maisonette|penthouse|room in|spare room|guest room|"
        r"garden|balcony|yard|allotment|basement|attic|greenhouse|terrace|farm|smallholding|"
        r"mortgage|landlord|housemates?|flatmates?|roommates?|council flat)s?\b(?! (?:feet|foot)\b).*)",
        "rent own bought renting share buying have sublet inherited purchased built building got",
    ),
    frame(
        "home",
        "detail",
        r"^my (?P<v>(?:\w+ )?(?:flat|apartment|house|home|place|kitchen|garden|balcony|bathroom|"
        r"bedroom|living room|building|street|neighbourhood|neighborhood|village|town|landlord|"
        r"landlady|flatmates?|roommates?|housemates?|address|postcode|zip code|front door|"
        r"studio flat|cottage|room|rent|lease|house number) (?:is|are|has|have|does not|"
        r"do not|faces|overlooks|comes with|sits|looks|only|will not|allows?|gets|runs out|"
        r"ends|raised|put|can not)\b.*)",
        "",
        who=OWN,
        where=lambda v, c: (
            Place("constraints", "place")
            if re.search(
                r"\b(?:does not (?:allow|permit|accept|want|let)|no pets|forbids?|bans?|runs out|"
                r"will not (?:allow|let))",
                v,
            )
            else (
                None
                if re.search(r"\b(?:on fire|a mess|messy|dirty|untidy|cold today|flooded)\b", v)
                else (Place("money", "spending") if v.startswith("rent") else Place("home", "detail"))
            )
        ),
    ),
    frame(
        "home",
        "city",
        r"^i am back (?:home )?in (?P<v>.+)",
        "back",
        where=lambda v, c: (
            _living(v, c)
            if c.core[c.low.find(v.lower())].isupper() and not lexicon().has(v.lower(), "timeword")
            else None
        ),
    ),
    frame(
        "home",
        "city",
        r"^(?P<v>[a-z]\w+(?: [a-z]\w+)?)[ -]based\b",
        "based",
        who=(FRAGMENT, THING, Who.OTHER, SELF),
        where=lambda v, c: Place("home", "city") if c.core[0].isupper() and not c.low.startswith("i ") else None,
    ),
    frame(
        "identity",
        "origin",
        r"^(?P<v>[a-z]\w+(?: [a-z]\w+)?)[ -](?:born|raised|bred)\b",
        "born raised bred",
        who=(FRAGMENT, THING, Who.OTHER),
        where=lambda v, c: (
            Place("identity", "origin")
            if c.core[0].isupper() and len(v.split()) <= 2 and not lexicon().has(v.lower().split()[0], "kin", "animal")
            else None
        ),
    ),
    frame("home", "city", r"^(?:home is|home for me is|home base is) (?P<v>.+)", "home", who=ANY),
    frame(
        "home",
        "detail",
        r"^(?:mobile |phone |internet )?(?P<v>(?:signal|reception|internet|broadband|wi-?fi|"
        r"parking|public transport|water pressure|buses?) (?:here|where i live|at home|at "
        r"my place|in (?:our|my) (?:village|valley|flat|house|area))\b.*)",
        "here live home place village valley flat house area",
        who=(*ANY, Who.OTHER),
        where=lambda v, c: Place("constraints", "access"),
        polarity=NEG,
    ),
    frame(
        "home",
        "detail",
        r"^i am (?P<v>(?:at the (?:end|top|bottom|edge) of|(?:\w+ )?(?:kilometres|miles|"
        r"km|minutes|hours?) from|on the (?:\w+ floor|edge|outskirts|coast)|next door to|"
        r"surrounded by|in the (?:middle of nowhere|countryside|suburbs|sticks|city centre)).*)",
        "am",
    ),
    frame(
        "home",
        "dwelling",
        r"^i am (?:currently |still )?(?P<v>(?:subletting|renting|lodging|house-sitting|"
        r"couch-surfing|sofa-surfing|squatting|homeless|between homes) ?.*)",
        "am",
    ),
    frame(
        "home",
        "household",
        r"^i (?:am|have been) living (?P<v>(?:abroad|alone|on my own|with|together|off-grid|"
        r"off the grid|apart)\b.*)",
        "living",
    ),
    frame(
        "home",
        "dwelling",
        r"^(?:i am (?:on|in) (?:the |a )?)?(?P<v>(?:ground|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|"
        r"tenth|top|\d+(?:st|nd|rd|th))[- ]floor(?: (?:flat|apartment|walk-?up))?)(?=$|,| (?:no|without|with|flat)\b)",
        "floor",
        who=(SELF, FRAGMENT),
        text="!{s} lives on the {v}.",
    ),
    frame(
        "home",
        "dwelling",
        r"^(?P<v>(?:basement|council|studio|attic|terraced|rented|ground[- ]floor|top[- ]floor|shared|tiny|small|"
        r"one[- ]bed(?:room)?|two[- ]bed(?:room)?) (?:flat|house|apartment|kitchen)(?: in [a-z]\w+)?)(?=$|,| with\b)",
        "flat house apartment kitchen",
        who=FRAGMENT,
        text="!{s} lives with a {v}.",
    ),
    frame(
        "home",
        "city",
        r"^i am (?:here )?in (?P<v>[a-z][\w-]+(?: [a-z]\w+)?)$",
        "in",
        where=lambda v, c: (
            Place("home", "city")
            if c.core[c.low.find(v)].isupper()
            and not lexicon().has(v, "timeword")
            and not re.search(
                r"\b(?:until|till|today|tomorrow|tonight|this (?:week|weekend|month)|trip|hotel|airport|holiday|"
                r"visiting|for (?:a|the|work|two|three|\d))\b|^i am in (?:january|february|march|april|may|june|"
                r"july|august|september|october|november|december|year)\b",
                c.sentence_text.lower() + " | " + c.low,
            )
            else None
        ),
    ),
    frame(
        "home",
        "dwelling",
        r"^i am (?:fully |completely |totally )?(?P<v>off[- ](?:the )?grid)\b",
        "grid off-grid off",
    ),
]
