"""Occupation, employer and ways of working."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import Frame, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.patterns.common import (
    ANY,
    DAY,
    FRAGMENT,
    MOST,
    OWN,
    SELF,
)
from memory_chain.extraction.rules.shape import Clause

ARTICLE = (
    r"(?:(?:an?|the|one|also|only|just|both|your \w+|proud|trained|qualified|retired|"
    r"former|part-time|full-time|freelance|junior|senior|self-employed|professional|"
    r"aspiring|newly qualified|new|trainee|chief|head|lead|assistant|second-year|first-year|"
    r"third-year|final-year) )*"
)


def _occupied(value: str, clause: Clause) -> Place | None:
    """An occupation as the head of what somebody is, not "a nurse's daughter" or "a bit of a doctor's nightmare"."""
    lex = lexicon()
    head = re.split(
        r"\b(?:at|in|for|with|who|from|on|by|and|but|of|to|near|since|featuring|living|based|"
        r"working|specialising|specializing)\b|,",
        value,
    )[0].split()
    if not head or re.match(r"^i am (?:more|less)\b", clause.low):
        return None
    if re.search(r"'s\b", " ".join(head)) or head[-1] in (
        "fan",
        "lover",
        "person",
        "type",
        "wannabe",
        "nightmare",
        "friend",
        "owner",
        "patient",
        "customer",
        "member",
        "user",
        "guest",
        "volunteer_",
    ):
        return None
    if head[-1] == "student" or re.search(r"\bstudent\b", value):
        return Place("education", "study")
    for size in (3, 2, 1):
        if (
            len(head) >= size
            and lex.has(" ".join(head[-size:]), "occupation")
            and not lex.has(" ".join(head[-size:]), "trait", "smalladj", "kin", "marital", "identityword")
        ):
            return Place("work", "job")
    return None


def _was(value: str, clause: Clause) -> Place | None:
    place = _occupied(value, clause)
    return place if place is not None and place.section == "work" else None


def _works(value: str, clause: Clause) -> Place | None:
    if re.match(
        r"^(?:on (?:this|it|that|a (?:paper|report|project|bug|script|story|presentation))|"
        r"on my \w+$|on (?:me|myself)|from (?:the|my) \w+ table|out|hard|well|fine|it|around|like|through|this|"
        r"that|with (?:this|you|it)|up)\b",
        value,
    ):
        return None
    if re.match(
        rf"^(?:nights?|days|shifts|mondays?|{DAY}|from \w+day|monday|weekends|evenings|late|"
        r"until|till|9|nine|\d|mornings|part[- ]time|full[- ]time)\b",
        value,
    ):
        return Place("work", "way")
    if re.match(r"^(?:from home|remotely|remote|alone|best|better|with)\b", value):
        return Place("work", "way")
    return Place("work", "position")


FRAMES: list[Frame] = [
    frame(
        "work",
        "job",
        r"^i (?:am|have been|work as|worked my whole life as|am working as|have worked as|"
        r"am employed as|am now|freelance as|am training as|am training to be|trained as|"
        r"qualified as|started as|am starting as|got a job as|am still|am now working as|"
        rf"became|have become|earn my living as|make my living as|am basically) (?!not\b){ARTICLE}(?P<v>(?!"
        r"(?!nursing|engineering|marketing|teaching|training|cleaning|mining|catering|building)\w+ing\b|"
        r"bit\b|kind\b|doctor's|fan\b)[a-z].*)",
        "am been work working worked employed freelance training trained qualified started "
        "starting got became become living",
        where=_occupied,
    ),
    frame(
        "work",
        "job",
        r"^i (?:have )?(?:work|worked|freelance|am working|am employed|volunteer|temp|moonlight|"
        r"intern|started|am starting|am training|trained|start) as (?:an? |the )?(?P<v>.+)",
        "as",
    ),
    frame("work", "job", r"\bas an? (?P<v>(?:[\w-]+ ){0,2}[\w-]+),? i\b", "as", needs="occupation", who=ANY),
    frame(
        "work",
        "position",
        r"^i ~(?:work|am working|worked|have worked|am employed|have been working|do work|"
        r"got a job|have a (?:new )?job|am an intern|intern|am interning|started work|start "
        r"work|started working|am starting work|(?:am starting|start|started) (?:a|my) (?:new |first )?job|"
        r"(?:am starting|start|started)(?= at the\b)|volunteer) (?!as\b|"
        r"out\b|up\b)(?:part[- ]time |full[- ]time |remotely |mostly |only |there )?(?P<v>(?:at|"
        r"for|in|on|with|nights?|days|shifts|weekends|from|remotely|part[- ]time|full[- "
        r"]time|outdoors|outside|alone|best|evenings|mornings|late|rotating|twelve|12|four|"
        r"three|two|long|freelance|the|a|about|around|over|under|until|till|mondays?|tuesdays?|"
        r"saturdays?|sundays?|\d+|nine|monday)\b.*)",
        "work working worked employed job interning intern volunteer starting started start",
        where=_works,
    ),
    frame(
        "work",
        "job",
        r"^i (?P<v>(?:teach|manage|supervise|run|lead|sell|deliver|repair|operate|translate|"
        r"represent|practi[sc]e|code|program|freelance|consult|tutor|coach|drive|clean|farm|"
        r"fish|breed|edit|lecture|serve on|own|am in charge of|head|chair|breed|treat|design|"
        r"build|am responsible for|look after|write code|do (?:the )?(?:payroll|accounts|"
        r"bookkeeping|marketing|sales|hr|it support|admin|night shifts|shift work|childcare|"
        r"data entry|freelance \w+)) (?:an? |the |my |our |my own )?(?:[\w-]+ ){0,4}?(?:shop|"
        r"store|business|company|team|salon|bakery|cafe|café|restaurant|bar|pub|farm|agency|"
        r"studio|firm|clinic|lab|department|warehouse|startup|start-up|charity|school|students|"
        r"kids|children|classes?|lessons?|chemistry|physics|maths|math|biology|history|english|"
        r"french|spanish|german|music|piano|guitar|yoga|pilates|art|pe|primary|reception|"
        r"year \w+|grade \w+|software|websites?|apps?|insurance|cars|houses|furniture|trains?|"
        r"buses|bus|lorry|lorries|trucks?|taxis?|cabs?|forklifts?|tractors?|ambulances?|"
        r"uber|a van|for (?:uber|dpd|amazon|a living)|veterinary medicine|medicine|law|acupuncture|"
        r"ceramics|mugs|jewellery|jewelry|online|on etsy|on ebay|boats|engines|machinery|"
        r"patients|clients|people|staff|engineers|developers|nurses|bees|cattle|sheep|pigs|"
        r"from home|at a|at the|python|java|hotel|hostel|b&b|guesthouse|museum|library|nursery|"
        r"stall|market stall|newsletter|podcast|orchard|vineyard|brewery|garage|workshop|"
        r"gallery|food truck|call centre|ward|kitchen|office)\b.*)",
        "teach manage supervise run lead sell deliver repair operate translate represent "
        "practise practice code program freelance consult tutor coach drive clean farm "
        "fish breed edit lecture serve own head chair treat design build make charge responsible "
        "look write do",
    ),
    frame(
        "work",
        "job",
        r"^i (?:teach|lecture in|tutor|coach) (?P<v>(?!myself|you|him|her|them|it).+)",
        "teach lecture tutor coach",
    ),
    frame(
        "work",
        "status",
        r"^i (?:am|have been) (?:also |now |still |both |newly |semi-|currently |happily |"
        r"long-term )*(?P<v>(?:unemploye"
        r"d|retired|semi-retired|self-employed|self employed|between jobs|out of work|on "
        r"(?:maternity|paternity|parental|sick|garden|gardening|long-term sick|family) leave|"
        r"on (?:a )?(?:zero[- ]hours?|temporary|permanent|fixed-term|freelance) .*|freelance|"
        r"freelancing|a freelancer|jobless|job hunting|job-hunting|looking for (?:a )?(?:new "
        r")?(?:job|work)|in (?:sales|marketing|finance|it|hr|tech|construction|retail|hospitality|"
        r"logistics|insurance|real estate|banking|publishing|advertising|consulting|healthcare|"
        r"software|teaching|catering|the (?:army|navy|military|police|air force|fire service|"
        r"merchant navy|civil service|building trade|trade|film industry|music business)|"
        r"my (?:first|second|third) job|my (?:probation|notice|trial) period)|on call|on "
        r"the night shift|on nights|on night shift|a reservist|a breadwinner|the breadwinner|"
        r"the boss|my own boss|off sick|signed off|on strike|furloughed|redundant|at the "
        r"(?:bank|council|hospital|post office|university|library|water board|factory|warehouse))\b.*)",
        "am been",
    ),
    frame(
        "work",
        "status",
        r"^i (?:was|got|have been|have just been|am being|was just) (?P<v>(?:laid off|made "
        r"redundant|fired|sacked|let go|promoted|transferred|demoted|furloughed|hired|headhunted|"
        r"dismissed)\b.*)",
        "laid redundant fired sacked let promoted transferred demoted furloughed hired headhunted dismissed",
        where=lambda v, c: Place("work", "status"),
    ),
    frame(
        "work",
        "status",
        r"^i (?P<v>(?:retired|got (?:a|the|my) (?:new )?(?:job|promotion|pay rise|raise)|"
        r"start(?:ed)? (?:a|my) new (?:job|role|position)|switched (?:jobs|careers)|changed "
        r"(?:jobs|careers)|joined (?:an? |the )?[\w ]*(?:company|firm|startup|army|navy|"
        r"police|team|agency|hospital|school|board|council)|served (?:in|with|on) .+|set "
        r"up my own|founded|co-founded|started my own|started a (?:business|company)|freelance|"
        r"commute)\b.*)",
        "retired got start started switched changed joined served set founded co-founded freelance commute",
    ),
    frame(
        "work",
        "status",
        r"^i (?:am|was) (?P<v>(?:half of|one of|part of|head of|director of|manager of|captain "
        r"of|chair of|on the (?:board|team|committee|council) (?:of|at)|treasurer|secretary "
        r"of) .+)",
        "head director manager captain chair board team committee council treasurer secretary",
    ),
    frame(
        "work",
        "job",
        r"^i (?:have )?(?:quit|resigned from|left|lost|gave up|packed in|jacked in|handed "
        r"in my notice at|walked out of|retired from|stepped down (?:from|as)) (?P<v>(?:(?:my|"
        r"the|that|a|our|all) )?(?:[\w-]+ ){0,4}?(?:job|work|position|role|company|firm|"
        r"shifts?|council|board|committee|army|navy|police|career|teaching|nursing|post|"
        r"bank|hospital|office|club presidency|business|agency|profession|restaurant|night "
        r"shifts?|startup|practice|warehouse|freelancing|law|medicine|consulting)\b.*)",
        "quit resigned left lost gave packed jacked handed walked retired stepped",
        ended=True,
    ),
    frame(
        "work",
        "job",
        r"^i (?:used to (?:be|work as)|was once|am no longer|am not|no longer work as) (?:an? "
        r"|the )(?P<v>.+?)(?: any ?more| any longer|$)",
        "used once longer more",
        ended=True,
        where=_was,
    ),
    frame(
        "work",
        "position",
        r"^i (?:used to work|no longer work|do not work) (?:at|for|in|on|with) (?P<v>.+?)(?: "
        r"any ?more| any longer|$|,)",
        "used longer more work",
        ended=True,
    ),
    frame(
        "work",
        "job",
        r"^i was (?:an? |the )(?P<v>.+? (?:for (?:\d+|many|most|\w+teen|two|three|four|five|"
        r"six|seven|eight|nine|ten|twenty|thirty|forty|over) .*|until .*|before (?:i|my|"
        r"that|this|retiring).*|all my (?:working )?life.*|by (?:trade|profession|training).*|"
        r"back in .*|in (?:a|the) (?:former|previous) .*))",
        "was",
        where=_was,
    ),
    frame(
        "work",
        "colleague",
        r"^my (?P<v>(?:new |old |current |line |direct )?(?:boss|manager|supervisor|colleagues?|"
        r"team|company|employer|office|job|work|shifts?|commute|career|business|contract|"
        r"salary review|workplace|startup|firm|department|deadline|cubicle|desk|working "
        r"hours|job title|industry|clients?|customers?|students|pupils|patients|profession|"
        r"trade|field|employees|co-?workers?) (?:is|are|has|have|does not|starts?|ends?|"
        r"involves?|requires?|allows?|lets|makes me|uses?|runs?|consists|expires|specialises|"
        r"specializes|only|makes?|builds?|sells?|develops?|offers?|closed|shut|went bust|"
        r"lets)\b(?! (?:driving|killing|calling|asking|angry|annoyed|mad|being|"
        r"going to|here|late|back|out|in a|fine|ok|ringing|yelling|coming|on (?:holiday|"
        r"my))).*)",
        "",
        who=OWN,
        where=lambda v, c: (
            Place("work", "colleague")
            if re.match(r"(?:\w+ )?(?:boss|manager|supervisor|colleague|co-?worker)", v)
            else Place("work", "position")
        ),
    ),
    frame(
        "work",
        "job",
        r"^(?P<v>(?:retired|former|ex|trainee|freelance|self-employed|part-time|full-time|"
        r"junior|senior|semi-retired|apprentice|student)[ -].+)",
        "",
        who=(FRAGMENT, SELF),
        needs="occupation",
        where=lambda v, c: _occupied(re.sub(r"^\S+?[ -]", "", v), c) if len(v.split()) < 6 else None,
    ),
    frame(
        "work",
        "job",
        r"^(?:i am )?(?P<v>[\w -]+ by (?:trade|profession|training|day)\b.*)",
        "trade profession training day",
        who=(SELF, FRAGMENT),
    ),
    frame(
        "work",
        "job",
        r"^my (?:job|work|profession|day job|occupation|trade|line of work) is (?:in |as "
        r"|being )?(?:an? )?(?P<v>.+)",
        "job work profession occupation trade line",
        who=OWN,
        bars="smalladj trait",
    ),
    frame(
        "work",
        "job",
        r"^i (?:do|work) (?P<v>[\w -]+) (?:for a living|for work|professionally|as a job)",
        "living work professionally job",
    ),
    frame(
        "work",
        "job",
        r"\b(?:years|months|decades) (?:as |of being |working as )?an? (?P<v>(?:[\w-]+ ){0,2}[\w-]+?)(?=$|"
        r",| and| does| taught| has| in| at)",
        "years months decades",
        who=MOST,
        where=_was,
    ),
    frame(
        "work",
        "position",
        r"^i (?:no longer|do not) work (?P<v>there|here)\b",
        "longer more",
        ended=True,
        where=lambda v, c: Place("work", "position") if re.search(r"longer|any ?more", c.low) else None,
    ),
    frame("work", "way", r"^(?:from home|i work from home|working from home)\b(?P<v>.*)", "home", who=(SELF, FRAGMENT)),
    frame(
        "work",
        "way",
        r"^i (?:have|am on|do|get|am working|switched to|moved to|am doing|only do|took) "
        r"(?:an? |the |my )?(?P<v>(?:[\w-]+ ){0,2}(?:night shifts?|shifts|shift work|late "
        r"shifts?|early shifts?|day shifts?|four-day week|4-day week|zero-hours contract|"
        r"days only|apprenticeship|internship|on-call|overtime|second job|side job|side "
        r"hustle|two jobs|three jobs|desk job|office job|remote job)\b.*)",
        "shift shifts week contract apprenticeship internship on-call overtime job jobs hustle days",
    ),
    frame(
        "work",
        "job",
        r"^(?P<v>(?:doing|i am doing) (?:an? |my )?(?:apprenticeship|internship|traineeship|"
        r"residency|placement)\b.*)",
        "apprenticeship internship traineeship residency placement",
        who=(SELF, FRAGMENT),
    ),
    frame("work", "position", r"^(?:i am )?now (?:at|with|in) (?P<v>(?:the|an?) .+)", "now", who=(SELF, FRAGMENT)),
    frame(
        "work",
        "way",
        r"^i (?:code|program|develop|work mostly|mostly code|mainly code) (?:mostly |mainly "
        r"|only )?in (?P<v>.+)",
        "code program develop work",
    ),
    frame(
        "work",
        "job",
        r"^i (?:have )?been (?P<v>(?:driving|milking|teaching|nursing|farming|fishing|cleaning|cooking|baking|"
        r"cutting|"
        r"building|selling|delivering|fixing|repairing|welding|plumbing|running|managing|translating|editing|"
        r"lecturing|coding|programming|caring for|looking after|working) .*\bfor (?:over |about |nearly |almost )?"
        r"(?:[\w-]+ ){1,3}(?:years|decades)\b.*)",
        "been",
        where=lambda v, c: (
            None
            if re.search(r"\b(?:this|that|it|marathons?|myself)\b", v.split(" for ")[0])
            else (Place("work", "job"))
        ),
    ),
    frame(
        "work",
        "status",
        r"^i (?:have )?(?:just )?(?P<v>(?:handed in|gave in|given in) my notice\b.*)",
        "notice",
    ),
    frame(
        "work",
        "job",
        r"^i am (?:now )?out of (?P<v>the (?:army|navy|police|air force|military|forces|marines)\b.*)",
        "out",
        ended=True,
    ),
    frame(
        "work",
        "way",
        r"^(?P<v>(?:split|night|late|early|day|rotating|twelve-hour|12-hour|back) shifts?)\b",
        "shift shifts",
        who=FRAGMENT,
    ),
]
