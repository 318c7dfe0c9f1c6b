"""Studies, schools, degrees and what is being learned."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, Frame, Place, frame
from memory_chain.extraction.rules.patterns.common import (
    FRAGMENT,
    OWN,
    SELF,
)
from memory_chain.extraction.rules.shape import Clause, Who


def _learning(value: str, clause: Clause) -> Place | None:
    if re.match(
        r"^(?:during|lots?\b|that|how (?:this|it)|the hard way|about (?:this|it|that)|more about|a lot|"
        r"so much|of|it|this|from)\b",
        value,
    ):
        return None
    return Place("education", "learning")


FRAMES: list[Frame] = [
    frame(
        "education",
        "study",
        r"^i (?:am |have been |was |used to )?(?:study|studying|studied|major in|majored "
        r"in|majoring in|read) (?:for )?(?:an? |my |the )?(?P<v>(?!this|that|it|all night|"
        r"hard|you|about|him|her|books?\b).+)",
        "study studying studied major majored majoring",
        where=lambda v, c: Place("education", "study"),
    ),
    frame(
        "education",
        "study",
        r"^i (?:am|will be|am now) in (?:my |the )?(?P<v>(?:year \w+|grade \w+|\w+ grade|"
        r"(?:first|second|third|fourth|fifth|final|last) (?:year|term|semester)|sixth form|"
        r"kindergarten|high school|secondary school|middle school|college|university|uni|"
        r"grad school|law school|med school|medical school|nursing school|school|junior "
        r"year|senior year|sophomore year|freshman year)\b.*)",
        "year grade term semester form school college university uni",
    ),
    frame(
        "education",
        "study",
        r"^i (?:am|am currently|am now|was) (?:an? |the )?(?P<v>(?:[\w-]+ ){0,3}?(?:student|"
        r"undergrad|undergraduate|postgrad|postgraduate|phd candidate|doctoral candidate|"
        r"freshman|sophomore|postdoc|sixth former|pupil|apprentice|schoolgirl|schoolboy)\b.*)",
        "student undergrad undergraduate postgrad postgraduate candidate freshman sophomore "
        "postdoc former pupil apprentice",
    ),
    frame(
        "education",
        "study",
        r"^i (?:am |have |just |am currently |am still |)?(?:doing|taking|finishing|completing|"
        r"working towards|writing|starting|did|finished|completed|start|do|take|got into|"
        r"enrolled (?:in|on)|enrolling (?:in|on)|signed up for|revising for|retaking|resitting|"
        r"sitting|failing|passed|studying for|halfway through|in the middle of|almost done "
        r"with|on) (?:an? |my |the |two |three )*(?P<v>(?:[\w'-]+ "
        r"){0,4}?(?:phd|doctorate|masters?|master's|degree|bachelor's|diploma|a[- ]?levels|"
        r"gcses?|course|bootcamp|thesis|dissertation|mba|evening class(?:es)?|night school|"
        r"certificate|certification|exams?|finals|scholarship|apprenticeship|module|training "
        r"course|foundation year|gap year|erasmus|law school|med school|nursing school|art "
        r"school|grad school|university|uni|college|lessons in)\b.*)",
        "phd doctorate master masters master's degree bachelor's diploma a-levels gcse "
        "gcses course bootcamp thesis dissertation mba class classes school certificate "
        "certification exam exams finals scholarship apprenticeship module year erasmus "
        "university uni college lessons",
    ),
    frame(
        "education",
        "degree",
        r"^(?:i (?:have|got|hold|did|have got|earned|am doing|finished) )?(?:an? |my |two "
        r")?(?P<v>(?:phd|doctorate|masters?|master's|(?:[\w-]+ )?degree|bachelor's|bsc|msc|"
        r"ba|ma|diploma|mba|doctorate) (?:in|from|at|of) .+)",
        "phd doctorate master masters master's degree bachelor's bsc msc ba ma diploma mba",
        who=(SELF, FRAGMENT),
    ),
    frame(
        "education",
        "degree",
        r"^(?:i )?(?:have )?(?:graduated|got my degree|defended|qualified) (?P<v>(?:from|"
        r"in|with|at|last|this|as) .+)",
        "graduated degree defended qualified",
        who=(SELF, FRAGMENT),
    ),
    frame(
        "education",
        "school",
        r"^i ~(?:go|went|am going|will be going|am off|got accepted|got in|have been accepted|"
        r"was accepted|am applying|applied|transferred) (?:back )?(?:to|into|for) (?P<v>(?:the "
        r")?(?:[\w'-]+ ){0,3}?(?:school|college|university|uni|academy|sixth form|night "
        r"classes|evening classes|oxford|cambridge|harvard|yale|mit|stanford|ucl|eth)\b.*)",
        "go went going off accepted in applying applied transferred",
    ),
    frame(
        "education",
        "learning",
        r"^i (?:am |have been |started |have started |want to keep |am slowly |)(?:learning|"
        r"learn|teaching myself|taking lessons in|taking classes in|taking up|learnt|learned) "
        r"(?P<v>.+)",
        "learning learn teaching taking learnt learned",
        where=_learning,
    ),
    frame(
        "education",
        "level",
        r"^i (?P<v>(?:never (?:finished|went to|graduated|completed|got)|did not (?:finish|"
        r"go to|complete|graduate)|left|skipped|failed) (?:my |from |the )?(?:high |secondary "
        r")?(?:school|university|uni|college|degree|gcses?|a-?levels|maths|exams?)\b.*)",
        "never not left skipped failed",
        where=lambda v, c: Place("education", "level"),
        polarity=NEG,
    ),
    frame(
        "education",
        "study",
        r"^i (?:have |just )*(?:dropped out of|quit|left|gave up|stopped|failed out of|withdrew "
        r"from|flunked out of|finished with|am done with|dropped|deferred) (?:going to |"
        r"my |the )*(?P<v>(?:[\w-]+ ){0,2}?(?:university|uni|college|(?:nursing|law|med|"
        r"medical|art|grad|night|high|drama|business) school|school|phd|degree|course|masters?|"
        r"apprenticeship|classes|lessons)\b.*?)(?: (?:after|because|in|when|at) .*|$)",
        "dropped quit left gave stopped failed withdrew flunked finished done deferred",
        ended=True,
    ),
    frame(
        "education",
        "study",
        r"^i (?:got|received|have) (?:an? |my )?(?P<v>(?:provisional |conditional |unconditional "
        r")?(?:offer|place) (?:from|at|to|for) .+)",
        "offer place",
        where=lambda v, c: Place("education", "study"),
    ),
    frame(
        "education",
        "study",
        r"^i am on (?:an? )?(?P<v>(?:full |partial )?(?:scholarship|erasmus|exchange|gap "
        r"year|bursary|placement year)\b.*)",
        "on",
    ),
    frame(
        "education",
        "study",
        r"^my (?P<v>(?:course|degree|major|minor|thesis|dissertation|phd|supervisor|university|"
        r"uni|college|school|exams?|finals|favou?rite subject|studies|professor|tutor|teacher|"
        r"homework|semester|average|gpa|graduation|gcses?|a-?levels) (?:is|are|ends?|starts?|"
        r"begins?|was|covers|focuses)\b(?! (?:late|annoying|here|mean|mad|due (?:tomorrow|"
        r"today|tonight))).*)",
        "",
        who=OWN,
    ),
    frame(
        "education",
        "learning",
        r"^(?:learning|studying|teaching myself|revising for) (?P<v>.+)",
        "learning studying teaching revising",
        who=FRAGMENT,
        where=_learning,
    ),
    frame(
        "education",
        "study",
        r"^i (?:homeschool|home-school|home school|home-educate) (?P<v>.+)",
        "homeschool home-school home home-educate",
    ),
    frame(
        "education",
        "level",
        r"^i (?:am|was) (?P<v>(?:homeschooled|home-schooled|home schooled|self-taught|privately "
        r"educated|educated .+))",
        "homeschooled home-schooled home self-taught educated",
    ),
    frame(
        "education",
        "learning",
        r"^no more (?P<v>(?:[\w-]+ ){1,2}(?:lessons|classes|tuition|course|tutoring))\b",
        "lessons classes tuition course tutoring",
        who=(FRAGMENT, Who.ORDER),
        ended=True,
    ),
]
