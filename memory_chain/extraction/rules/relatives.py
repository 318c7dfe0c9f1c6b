"""Relatives and pets that a message names in passing: "with my wife Chidinma", "to see my son"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from memory_chain.extraction.rules.frames import Found
from memory_chain.extraction.rules.lexicon import word_set
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.types import Attitude

_KIN = (
    r"(?:(?:older|younger|eldest|oldest|youngest|big|little|baby|twin|late|teenage|middle|"
    r"only|step|half|foster|adopted|grown-up|ex|two|three|four|five|other|"
    r"own|dear|lovely|new|first|second) )*"
    r"(?:mother-in-law|father-in-law|brother-in-law|sister-in-law|son-in-law|daughter-in-law|"
    r"in-laws|ex-wife|ex-husband|wife|husband|spouse|partner|girlfriend|boyfriend|"
    r"fiancee|fiance|fiancée|fiancé|other half|missus|stepsons?|stepdaughters?|stepkids|"
    r"sons?|daughters?|kids?|children|child|baby|toddler|newborn|twins?|triplets|girls|"
    r"boys|little ones?|eldest|youngest|grandsons?|granddaughters?|grandchildren|grandkids|"
    r"grandchild|grandmother|grandfather|grandma|grandad|granddad|grandpa|granny|gran|"
    r"nan|"
    r"brothers?|sisters?|siblings|nephews?|nieces?|mother|father|mum|mom|mam|dad|parents|stepmum|stepmom|stepdad)"
)
_NEW = word_set(
    "wife husband spouse partner girlfriend boyfriend fiancee fiance fiancée fiancé "
    "son sons daughter daughters kids kid children child baby "
    "toddler newborn twins triplets girls boys eldest youngest grandson grandsons granddaughter "
    "granddaughters grandchildren grandkids grandchild "
    "stepson stepsons stepdaughter stepdaughters nephew nephews niece nieces ones one "
    "missus half father-in-law mother-in-law in-laws sister-in-law brother-in-law "
    "son-in-law daughter-in-law stepkids ex-wife ex-husband"
)
_NAME = r"(?:,? (?P<name>[A-Z][a-zà-ÿ'-]+(?:,? (?:and|&) [A-Z][a-zà-ÿ'-]+)?(?: [A-Z][a-zà-ÿ'-]+)?)(?![\w']))?"
_MENTION = re.compile(
    rf"\b(?:[Mm]y|[Oo]ur|[Bb]oth my|[Tt]he) (?P<kin>{_KIN})\b(?!'s (?:friend|school|boss|"
    r"class|teacher|phone|car))(?:'s (?P<theirs>parents|mother|father|mum|mom|dad|family|"
    rf"sister|brother|kids|children|son|daughter))?{_NAME}"
)
_OTHERS = re.compile(rf"\b[Mm]y [\w-]+ and (?P<kin>{_KIN})\b")
_THE = re.compile(r"^the (?:kids|children|wife|husband|missus|twins|baby|girls|boys|in-laws|little ones?)\b", re.I)
_PETS = re.compile(
    r"\b(?:[Mm]y|[Oo]ur) (?P<pet>(?:[a-z-]+ ){0,2}?(?:dogs?|cats?|puppy|puppies|kittens?|"
    r"horse|pony|rabbits?|parrot|hamster|tortoise|labrador|spaniel|greyhound|terrier|"
    r"collie|"
    r"poodle|beagle|corgi|husky|hens|chickens|bees|goats|guinea pigs?|budgie|snake|lurcher|"
    r"dachshund|alpacas|ferrets?|gecko|golden retriever|retriever))\b(?=$|[,.;:!?)]|"
    r"'s\b| (?:is|are|was|has|had|and|who|called|named|to|in|on|at|for|with|from|out|"
    r"because|when|every|will|can|does|do|gets?|needs?|eats?|sleeps?|likes?|loves?|hates?|"
    r"died|every|\w+ed)\b| [A-Z])"
    r"(?:,? (?P<name>[A-Z][a-zà-ÿ'-]+(?:,? (?:and|&) [A-Z][a-zà-ÿ'-]+)?))?"
)
_NOT_NAMES = word_set(
    "I I'm We He She They Is Was Has And But So If The Monday Tuesday Wednesday Thursday "
    "Friday Saturday Sunday Christmas Easter January February March April May June "
    "July August September October November December English French Spanish German"
)
_LEFT = re.compile(r"^my .*\b(?:died|passed away|left me|was put (?:down|to sleep))\b")


def named_relatives(clauses: Sequence[Clause], name: str) -> Iterator[Found]:
    """The relatives and pets of the writer that meant clauses name."""
    for clause in clauses:
        if clause.question or clause.unreal or clause.who is Who.ORDER:
            continue
        text = f"{clause.lead} {clause.full}" if clause.lead else clause.full
        if clause.who is Who.OTHER or re.search(r"\b(?:you|your)\b", clause.low):
            text = re.sub(r"\bthe (?=kids|children|girls|boys|twins)", "those ", text, flags=re.I)
        if clause.who is Who.OTHER and not re.search(r"\b(?:i|me|us|we)\b", clause.low):
            continue
        for pattern in (_MENTION, _OTHERS):
            for match in pattern.finditer(text):
                one = _relative(match, clause, name)
                if one:
                    yield one
        if _LEFT.match(clause.low):
            continue
        for match in _PETS.finditer(text):
            pet, called = match["pet"], _called(match)
            value = f"{pet} {called}" if called else pet
            if not re.search(r"\b(?:food|person)\b", value):
                text_of = (
                    f"{name}'s {pet} {'are' if pet.endswith('s') else 'is'} called {called}."
                    if called
                    else f"{name} has {_article(pet)}{pet}."
                )
                yield _found("possessions", "pet", value, text_of, clause)


def _relative(match: re.Match[str], clause: Clause, name: str) -> Found | None:
    kin = match["kin"]
    if "theirs" in match.re.groupindex and match["theirs"]:
        kin = f"{kin}'s {match['theirs']}"
    called = _called(match) if "name" in match.re.groupindex else ""
    head = kin.split()[0 if "'s " in kin else -1].lower().removesuffix("'s")
    if not called and head not in _NEW:
        return None
    if match.group().lower().startswith("the ") and (
        not _THE.match(match.group()) or (head in ("baby", "child") and not called)
    ):
        return None
    if match.string[match.end() : match.end() + 2] == "'s" and head not in _NEW:
        return None
    value = f"{kin} {called}" if called else kin
    plural = (head.endswith("s") and head not in ("missus",)) or head in ("children", "grandchildren", "twins")
    if called:
        text = f"{name}'s {kin} {'are' if plural or ' and ' in called else 'is'} called {called}."
    else:
        text = f"{name} has {_article(kin)}{kin}."
    return _found("family", "relative", value, text, clause)


def _called(match: re.Match[str]) -> str:
    name = match["name"] or ""
    return "" if name.split(" ")[0].rstrip(",") in _NOT_NAMES else name


def _article(noun: str) -> str:
    head = noun.split()[-1].lower()
    if head.endswith("s") or head in ("children", "grandchildren"):
        return ""
    return "an " if noun[0].lower() in "aeiou" else "a "


def _found(section: str, aspect: str, value: str, text: str, clause: Clause) -> Found:
    return Found(
        section=section, aspect=aspect, value=value, text=text, polarity=Attitude.NEUTRAL, ended=False,
        confidence=0.7, order=-1, clause=clause,
    )  # fmt: skip
