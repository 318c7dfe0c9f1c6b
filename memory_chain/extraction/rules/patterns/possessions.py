"""Pets, vehicles, devices and other things owned."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import Frame, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.patterns.common import (
    FRAGMENT,
    MOST,
    OWN,
    SELF,
)
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.extraction.rules.tastes import is_empty

_PET = (
    "dogs?|cats?|puppy|puppies|kittens?|rabbits?|hamsters?|guinea pigs?|parrots?|horses?|"
    "pony|ponies|goats?|sheep|cows?|hens?|chickens?|ducks?|bees|hives?|alpacas?|ferrets?|"
    "tortoise|snake|lizard|gecko|budgies?|cockatiels?|labrador|corgi|poodle|spaniel|"
    "terrier|greyhounds?|collie|retriever|dachshund|beagle|husky|whippet|lurcher|bulldog|"
    "great dane|goldfish|fish tank|aquarium|axolotl|rescue dog|rescue cat"
)


def _owned(value: str, clause: Clause) -> Place | None:
    lex = lexicon()
    words = re.split(r"[ ,]+", re.split(r" (?:in|on) the ", value)[0])
    head = " ".join(words[:5])
    if re.search(
        r"\b(?:problem|question|issue|error|trouble|appointment|interview|meeting|file|sore|"
        r"here|bug|idea|for sale)\b",
        head,
    ) or re.match(
        r"^(?:bite|look|cold|dog of a|cat nap|chicken (?:dish|curry|recipe|in)|fish (?:curry|"
        r"dish)|feeling)",
        value,
    ):
        return None
    if lex.any(head, "animal"):
        if lex.any(head, "dietnoun") and not re.search(
            r"\b(?:chickens|hens|ducks|goats|sheep|cows|rabbits?|pigs|horses?|bees|geese|turkeys|"
            r"dogs?|cats?|pets?)\b",
            head,
        ):
            return None
        return Place("possessions", "pet")
    if lex.any(head, "vehicle"):
        return Place("possessions", "vehicle")
    if lex.any(head, "device", "software"):
        return Place("possessions", "device")
    if lex.any(head, "instrument"):
        return Place("possessions", "instrument")
    return None


def _gone(value: str, clause: Clause) -> Place | None:
    place = _owned(value, clause)
    if place is not None or re.match(r"^(?:my|the|our)\b", value):
        return place
    return place


def _used(value: str, clause: Clause) -> Place | None:
    if re.search(r"\b(?:to (?:get|make|parse|build|write|open)|this|that|error|but it|for (?:this|an?) )\b", value):
        return None
    lex = lexicon()
    head = " ".join(value.split()[:4])
    if lex.any(head, "software", "device", "vehicle"):
        return Place("possessions", "tool")
    return None


FRAMES: list[Frame] = [
    frame(
        "possessions",
        "pet",
        r"^i (?:also |still |both |now |already |currently |recently |finally |just |proudly "
        r")*(?:have|own|wear|have got|drive|ride|got|bought|have just bought|have bought|adopted|"
        r"rescued|have adopted|foster|keep|inherited|was given|got myself|picked up|am getting|"
        r"brought home|have had|treated myself to|splashed out on|upgraded to|switched to|"
        r"have switched to|was gifted|walk|look after|share my (?:home|flat|life|bed|house) "
        r"with|live with|raise|breed|am the proud owner of|won|lease|have just got|have "
        r"just adopted|cycle|fly|use|run|have three|moved to|work on|build|built|am typing "
        r"(?:this )?on|am on|read on|play on|shoot with|shoot on|cook on|travel by|need "
        r"a place for|bring|take care of|lost|am replacing|am selling) (?!to\b|been\b)(?:my own "
        r"|my |an? |the |our |two |three |four |five |six |seven |eight |nine |ten |\d+ "
        r"|some |several |a couple of |a few |both |only |old |new |brand new |second-hand "
        r"|secondhand |used |little |big |small |beautiful |lovely |elderly |ancient |trusty "
        r"|beloved |battered |tiny |first |vintage |red |blue |black |white |grey |green "
        r"|yellow |silver |rusty |cheap |proper )*(?P<v>.+)",
        "have own wear got drive ride bought adopted rescued foster keep inherited given getting "
        "picked brought treated splashed upgraded switched gifted walk look share live "
        "raise breed owner won lease cycle fly use run moved work build built typing on "
        "read play shoot cook travel bring take replacing selling",
        where=lambda v, c: (
            None
            if re.search(
                r"^i (?:\w+ )?(?:do not|never|work on|build|run|fly|bring|lost|play on|live with|"
                r"use|moved to|take care|look after|walk|raise|cycle|built|cook on|read on|am on|"
                r"need a place|travel by)\b",
                c.low,
            )
            and not (
                lexicon().any(" ".join(v.split()[:3]), "animal", "software", "device")
                and not re.search(r"\b(?:lost|to|for|home|this|that)\b", v)
            )
            else _owned(v, c)
        ),
    ),
    frame(
        "possessions",
        "pet",
        r"^(?:i have )?(?P<v>(?:\d+|an?|one|two|three|four|five|six|seven|several) (?:[\w-]+ "
        rf"){{0,3}}?(?:{_PET})\b.*)",
        "",
        who=(FRAGMENT,),
        where=lambda v, c: Place("possessions", "pet") if len(v.split()) <= 6 and not c.question else None,
    ),
    frame(
        "possessions",
        "pet",
        rf"^my (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{_PET}|pets?)(?: [a-z]\w+)? (?:is|are|has|have|"
        r"was|loves?|hates?|sleeps?|needs?|can not|barks?|eats?|turned|does not|gets?|goes|"
        r"lives?|chews?|pulls?|suffers|comes?|keeps?|takes?|likes?|only|will not|had|just "
        r"had|destroyed|and)\b.*)",
        "",
        who=OWN,
        where=lambda v, c: (
            None
            if re.match(
                r"(?:[\w-]+ )?(?:neighbou?r|friend|mate|boss|colleague|landlord|landlady|flatmate|"
                r"roommate|cousin|aunt|uncle|teacher)\b",
                v,
            )
            else Place("possessions", "pet")
        ),
    ),
    frame(
        "possessions",
        "pet",
        rf"^my (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{_PET})(?: [a-z]\w+)? (?:died|passed away|passed|"
        r"has died|has passed away|was put down|was put to sleep|ran away|crossed the rainbow "
        r"bridge|is no longer with us|is gone)\b.*)",
        "died passed put ran crossed gone longer",
        who=OWN,
        ended=True,
        text="whole",
    ),
    frame(
        "possessions",
        "vehicle",
        r"^my (?P<v>(?:[\w-]+ ){0,3}?(?:car|van|bike|bicycle|motorbike|boat|truck|laptop|"
        r"phone|computer|camera|guitar|piano|violin|ipad|tablet|kindle|iphone|pc|desktop|"
        r"monitor|headphones|volvo|tesla|toyota|ford|bmw|honda|vw|brompton|campervan|caravan|"
        r"sewing machine|telescope|keyboard|drone|scooter|e-bike|tractor|narrowboat|printer|"
        r"tv|android|macbook|record player|oven|espresso machine|air fryer|synth|drum kit|"
        r"cello|saxophone|tent|kayak)(?:'s)? (?:is|are|has|have|runs|gets|does|called|was "
        r"a gift|needs)\b(?! (?:broken|slow|dead|stuck|frozen|at the garage|in the (?:garage|"
        r"shop)|late|stolen|lost|acting|not working|making|here|full|out of|on fire|crashing|"
        r"broken|freezing|overheating|to be|an? (?:problem|mess|issue)|very slow|low|down|"
        r"off|on \d|at \d|updating|ringing)).*)",
        "",
        who=OWN,
        where=lambda v, c: Place("possessions", "vehicle" if lexicon().any(v, "vehicle") else "device"),
    ),
    frame(
        "possessions",
        "device",
        r"^i (?:read|do|write|watch|play|work|type|listen|draw|record|edit|shoot|cook|cycle|"
        r"ride|travel|commute|get around) .*\b(?:on|with|in|by) my (?:old |new |trusty )*(?P<v>[\w "
        r"-]{2,25})$",
        "on with in by",
        where=_owned,
    ),
    frame(
        "possessions",
        "vehicle",
        r"^i (?:still |now |currently )?(?:drive|ride|own|fly|sail) (?:an? |my |the )(?P<v>.+)",
        "drive ride own fly sail",
        where=lambda v, c: (
            Place("possessions", "vehicle")
            if not re.search(
                r"\b(?:kids|home|to work|crazy|mad|bus|lorry|taxi|cab|train|tram|truck|for a living|"
                r"shop|business|company|house|flat|home)\b",
                v,
            )
            else None
        ),
    ),
    frame(
        "possessions",
        "tool",
        r"^i (?:mostly |mainly |only |always |usually |still |also |both |generally |tend "
        r"to |have to )*(?:use|work with|am on|run|write in|code in|program in|draw with|"
        r"shoot with|shoot on|type on|edit in|take notes in|keep (?:everything|my notes|"
        r"all my notes|notes) in|swear by|rely on|live in|organise .+ (?:in|with)|swapped "
        r"to|switched to|have switched to|moved to) (?:an? |my |the |old |everything |for "
        r"everything )*(?P<v>.+)",
        "use work on run write code program draw shoot type edit take keep swear rely live "
        "organise swapped switched moved",
        where=_used,
    ),
    frame(
        "possessions",
        "thing",
        r"^i (?:have|own|have got|have had) (?:an? |my |the |over |about |around |nearly "
        r"|more than )*(?P<v>(?:[\w'-]+ ){0,4}?(?:collection|sewing machine|season ticket|"
        r"record player|vinyl records?|telescope|library of|piano|records|books|shed|workshop|"
        r"kiln|loom|boat|allotment|greenhouse|hot tub|solar panels?|wood burner|tattoos?|"
        r"piercings?|house plants|houseplants|plants|fish tank|aquarium|caravan|campervan|"
        r"camper van|motorhome|surfboard|skis|tent|cargo bike|trailer|drum kit|beehives?|"
        r"hives|dairy cows|acres|smallholding|generator|freezer|bread maker)\b.*)",
        "collection machine ticket player record records telescope library piano books "
        "shed workshop kiln loom boat allotment greenhouse tub panel panels burner tattoo "
        "tattoos piercing piercings plants houseplants tank aquarium caravan campervan "
        "van motorhome surfboard skis tent bike trailer kit beehive beehives hives cows "
        "acres smallholding generator freezer maker",
        where=lambda v, c: Place("possessions", "thing"),
    ),
    frame(
        "possessions",
        "pet",
        r"^i (?:have )?lost my (?P<v>(?:beloved |old |poor )*[\w -]+)",
        "lost",
        ended=True,
        needs="pet",
    ),
    frame(
        "possessions",
        "thing",
        r"^i (?:have )?(?:no longer (?:have|own|drive|use)|do not (?:have|own|drive|use)|"
        r"sold|have sold|got rid of|gave away|lost|crashed|wrote off|returned|traded in|"
        r"rehomed|had to rehome|scrapped|donated|swapped) (?:an? |the |my |our |any )*(?P<v>.+?)(?: "
        r"any ?more| any longer|$|,| (?:last|for|on|in|to|because|when|after|yesterday) "
        r".*)",
        "longer more sold rid gave lost crashed wrote returned traded rehomed rehome scrapped donated swapped",
        ended=True,
        where=lambda v, c: (
            (
                _gone(v, c)
                or (Place("work", "business") if re.search(r"\b(?:shop|farm|café|cafe|pub|salon)$", v) else None)
                or (
                    Place("possessions", "thing")
                    if re.search(
                        r"\b(?:allotment|house|flat|boat|caravan|garden|cottage|farm|shop|collection|telly|"
                        r"sofa)\b",
                        v,
                    )
                    else None
                )
            )
            if not (re.match(r"^i do not", c.low) and not re.search(r"any ?more|any longer", c.low))
            and not (re.match(r"^i (?:have )?lost", c.low))
            else None
        ),
    ),
    frame(
        "possessions",
        "vehicle",
        r"^(?:the|my|our) (?P<v>(?:[\w-]+ ){0,2}[\w-]+) (?:is gone|got stolen|was stolen|"
        r"is sold|has been sold|got written off|was written off|has gone|finally died|gave "
        r"up the ghost|died on me|packed up for good|is history)\b.*",
        "gone stolen sold written died gave packed history",
        who=(OWN, FRAGMENT, Who.OTHER),
        ended=True,
        where=_gone,
    ),
    frame(
        "possessions",
        "vehicle",
        r"^(?:the|my|our) (?P<v>(?:boat|van|car|bike|dog|cat|horse|puppy|tractor|caravan|"
        r"campervan|pony|kitten|rabbit|parrot|hamster)(?: is|'s)? (?:called|named) .+)",
        "called named",
        who=(OWN, FRAGMENT, Who.OTHER),
        where=lambda v, c: Place("possessions", "pet" if lexicon().any(v.split()[0], "animal") else "vehicle"),
    ),
    frame(
        "possessions",
        "pet",
        r"^(?P<v>[a-z]\w+) (?:is|was) (?:my|our) (?:\w+ )?(?P<w>dog|cat|puppy|kitten|horse|"
        r"rabbit|parrot|hamster|labrador|spaniel|terrier|tortoise|car|van|boat)\b.*",
        "my our",
        who=(*MOST,),
        text="",
        where=lambda v, c: Place("possessions", "pet") if not is_empty(v) else None,
    ),
    frame(
        "possessions",
        "pet",
        r"^(?P<v>(?:[\w-]+[ -]year[ -]old )?(?:[\w-]+ )?(?:labrador|retriever|spaniel|collie|"
        r"terrier|poodle|greyhound|dachshund|beagle|corgi|husky|tabby|tortoiseshell)s?\b(?:,.*|"
        r"$))",
        "",
        who=(FRAGMENT, SELF),
    ),
    frame(
        "possessions",
        "tool",
        r"^(?P<v>(?:neovim|vim|emacs|linux|ubuntu|arch|vs code|obsidian|notion|paper (?:calendar|"
        r"diary|notebook)|bullet journal|moleskine)\b.*)",
        "",
        who=FRAGMENT,
        where=lambda v, c: (
            Place("possessions", "tool")
            if len(v.split()) <= 12 and not re.search(r"\b(?:or|vs|error|crashes|does not|how|install|question)\b", v)
            else None
        ),
    ),
    frame(
        "possessions",
        "pet",
        r"^i (?:had to |have had to |have )?(?:put|had) my (?:old |beloved |poor )*(?P<v>[\w "
        r"-]+?) (?:down|to sleep|put down|put to sleep)\b",
        "down sleep",
        ended=True,
        text="whole",
        needs="animal",
    ),
    frame(
        "possessions",
        "tool",
        r"^i (?:have )?(?:switched|moved|changed|migrated) (?:over )?from .+ to (?P<v>.+)",
        "switched moved changed migrated",
        where=_used,
    ),
    frame("possessions", "tool", r"^i am an? (?:\w+ )?(?P<v>[\w -]+) (?:user|owner)\b", "user owner", where=_owned),
]
