"""What somebody means to do."""

from __future__ import annotations

import re

from memory_chain.extraction.rules.frames import NEG, POS, Frame, Place, frame
from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.patterns.common import (
    ANY,
    FRAGMENT,
    OWN,
)
from memory_chain.extraction.rules.shape import Clause, Who

_FUTURE = re.compile(
    r"\b(?:in (?:january|february|march|april|may|june|july|august|september|october|"
    r"november|december|the (?:spring|summer|autumn|fall|winter|new year)|20\d\d|(?:two|"
    r"three|four|six|a few|\d+) "
    r"(?:weeks|months|years))|next (?:month|year|spring|summer|autumn|winter|january|"
    r"february|march|april|may|june|july|august|september|october|november|december)|"
    r"this (?:spring|summer|autumn|winter|year))\b"
)


def _goal(value: str, clause: Clause) -> Place | None:
    """A wish that lasts longer than the present request."""
    if re.match(
        r"^(?:to )?(?:know|ask|see (?:if|what|how|whether|a list|the (?:list|answer|code|"
        r"result|rest|full|whole|menu|file))|make sure|understand|say|check|cancel|return|"
        r"order|you|hear (?:about|from|your|what|more)|thank|share|tell|be sure|"
        r"find out|talk (?:about|to you)|confirm|add|use this|use that|get (?:this|that|"
        r"it|rid|some (?:help|ideas|advice|sleep|rest)|your|an idea|back to)|go (?:home|"
        r"back|to bed|to sleep|out tonight)|"
        r"the (?:list|answer|same|other|best|short|first)|some (?:help|ideas|advice|tips|"
        r"suggestions|recommendations)|the recipe|a (?:list|recipe|summary|table|few|quick|short|second|"
        r"joke|poem|nap|break|coffee|hug|cookie|refund)|"
        r"it|this|that|one|more|help|ideas|suggestions|tips|nothing|something (?:to|for|"
        r"like|with)|try (?:this|that|it)|keep (?:this|it)|believe|think|do (?:this|that|"
        r"it|something)|scream|cry|die|puke|murder|"
        r"them|him|her|me|us|those|these|your|a? ?refund|compare|convert|translate|print|"
        r"install|fix|run (?:this|the|a (?:script|command))|give (?:this|it|you)|show you|"
        r"let you|point out|put (?:this|it)|avoid (?:this|that)|miss|nap|sleep (?:now|all)|"
        r"eat (?:something|now)|hide|punch|throw|lie down)\b",
        value,
    ):
        return None
    if re.match(
        r"^(?:to )?(?:be|keep up|keep going|find (?:something|another|a good|some)|try (?:out|one|some|a few|those)|"
        r"check(?:ing)?\b|explore more|dive|catch|grab|relax|unwind|hang|meet up)(?:$|\b(?<!be))",
        value,
    ):
        return None
    if re.search(
        r"\b(?:soon|sometime|this weekend|looking forward to (?:it|that|the weekend|seeing|hearing|trying|reading|"
        r"catching|our)|tonight|today|right now|this (?:evening|afternoon|morning)|for (?:dinner|"
        r"lunch|breakfast)|for a (?:friend|party|recipe))\b",
        clause.low,
    ):
        return None
    return Place("goals", "goal")


FRAMES: list[Frame] = [
    frame(
        "goals",
        "goal",
        r"^i (?:have |always |have always |still |both |one day |someday |eventually |also "
        r"|all |desperately |would )*(?:want|(?<=always )wanted|(?<=have )wanted|hope|am "
        r"hoping|plan|am planning|intend|am aiming|aim|would (?:really |dearly |absolutely "
        r")?(?:love|like)(?= to)|am determined|am working(?= (?:towards|toward|up to|on "
        r"(?:my|becoming|getting|losing)))|am saving|am training|dream|am dreaming|am trying|"
        r"aspire|am preparing(?= (?:for|to))|am thinking of|am thinking about|am considering|am toying "
        r"with|am looking(?= (?:forward|for (?:a |my |the )?(?:first |new |better |part-time "
        r"|full-time )*(?:job|flat|house|place to live|apartment|work|partner|relationship|"
        r"internship|career)))|am itching|am dying(?= to)|long|have decided|vowed|have promised "
        r"myself|am gearing up|am looking forward|am set on|am getting ready|set myself "
        r"a goal|made it my goal) (?:to be able |one day |someday |hard |up |really |towards "
        r"|on |of |about |for |at )*(?P<v>(?:to |for |on |of |a |an |my |the |buying|moving|"
        r"starting|going|getting|becoming|learning|writing|running|travelling|traveling|"
        r"visiting|retiring|opening|changing|adopting|leaving|having|switching|saving|taking|"
        r"doing|applying|retraining|emigrating|building|finishing|selling|quitting|our |"
        r"another|kids|children|two|three|up).*)",
        "want wanted hope hoping plan planning intend aiming aim love like determined working "
        "saving training dream dreaming trying aspire preparing thinking considering toying "
        "looking itching dying long decided vowed promised gearing set getting",
        where=_goal,
        polarity=POS,
    ),
    frame(
        "goals",
        "goal",
        r"^my (?:big |main |biggest |new year's |lifelong |secret |ultimate |current |next "
        r"|only |long-term |five-year |life |personal |one |real |career )*(?:dream|goal|"
        r"plan|aim|ambition|resolution|hope|target|wish|bucket list|mission|challenge)(?: "
        r"(?:for|this|in) [\w ]+?)? is (?:to |for )?(?P<v>.+)",
        "dream goal plan aim ambition resolution hope target wish list mission challenge",
        who=OWN,
        polarity=POS,
    ),
    frame(
        "goals",
        "goal",
        r"^(?:the (?:plan|dream|goal|aim)(?: is)?:?) (?:to )?(?P<v>.+)",
        "plan dream goal aim",
        who=ANY,
        polarity=POS,
        where=lambda v, c: Place("goals", "plan") if re.search(r"\bis\b", c.low) else None,
    ),
    frame(
        "goals",
        "goal",
        r"^(?P<v>.+) is (?:on my bucket list|my (?:dream|goal|ambition|lifelong dream|biggest "
        r"dream|dream (?:job|destination|house|car)))",
        "bucket dream goal ambition",
        who=ANY,
        polarity=POS,
    ),
    frame(
        "goals",
        "plan",
        r"^i am (?:going to |planning on |thinking of |thinking about )?(?P<v>(?:apply(?:ing)? "
        r"(?:for|to)|(?:re)?training (?:to be|as|for)|retrain(?:ing)? as|saving (?:up )?(?:for|"
        r"to)|starting (?:a|my) (?:own )?(?:business|family|company|podcast|blog|garden)|"
        r"writing (?:a|my) (?:\w+ )*?(?:book|novel|memoir|thesis|screenplay|album)|quitting "
        r"(?:my )?(?:job|smoking)|running (?:a|the|my first) (?:\w+ )*?marathon|moving (?:to|"
        r"abroad|back|in with|house)|buying (?:a|my first) (?:house|flat|home|car)|relocating|"
        r"emigrating|retiring|going vegan|adopting|learning to|preparing for|working (?:towards|"
        r"on (?:my|becoming|losing|getting))|aiming (?:for|to)|trying to (?:lose|quit|cut|"
        r"eat|drink|save|get (?:fit|pregnant|better|into|a job|healthier|out of debt)|learn|"
        r"give up|stop|become|build|run|gain|reduce|improve|be (?:more|less|better)|conceive|"
        r"spend less|read more|sleep)|training for|looking for (?:a|my first) (?:new )?(?:job|"
        r"flat|house|place|apartment|partner|relationship|dog)|on a (?:mission|journey) "
        r"to|going for (?:carpentry|my|a|the) ?)\b.*)",
        "am",
        polarity=POS,
        where=_goal,
    ),
    frame(
        "goals",
        "plan",
        r"^i am (?:going to be |both |all )?(?P<v>(?:walking|hiking|cycling|running|moving|"
        r"flying|travelling|traveling|visiting|starting|taking|retiring|going|studying|volunteering|"
        r"getting|opening|competing|climbing|doing) .+)",
        "am",
        polarity=POS,
        where=lambda v, c: (
            Place("goals", "plan")
            if _FUTURE.search(f"{c.lead} {v}".lower())
            and not lexicon().any(v, "condition", "illness", "medicine", "body")
            and not re.search(
                r"\b(?:chemo|surgery|operation|dentist|doctor|married|divorced|tonight|tomorrow|"
                r"shop)\b",
                v,
            )
            else None
        ),
    ),
    frame(
        "goals",
        "goal",
        r"^i (?:will|am going to) (?P<v>(?:learn|become|finish|quit|give up|stop|retire|"
        r"run|open|publish|write|move|lose|save|pay off|apply|travel|buy a (?:house|flat|"
        r"home)|start my own|go back to|study|train|visit|climb|swim|cycle|propose|get (?:fit|"
        r"married|a dog|a job|into)|buy)\b.*)",
        "will going",
        polarity=POS,
        where=lambda v, c: (
            Place("goals", "plan")
            if re.search(
                r"\b(?:one day|some day|someday|next (?:year|spring|summer|autumn|winter|month)|"
                r"this (?:year|summer|winter)|eventually|by (?:the end|my|christmas|summer|the time|"
                r"20\d\d|\w+day)|before i|when i (?:retire|finish|grow)|in 20\d\d|in the (?:spring|"
                r"autumn|summer|winter|new year)|propose)\b",
                f"{c.lead} {v}".lower(),
            )
            else None
        ),
    ),
    frame(
        "goals",
        "goal",
        r"^i have (?:always |long )?(?:wanted|dreamed of|dreamt of|hoped|fancied|been meaning|"
        r"been wanting|been saving|been dreaming|been trying) (?:to |of |for |about |up "
        r")*(?P<v>.+)",
        "wanted dreamed dreamt hoped fancied been",
        where=_goal,
        polarity=POS,
    ),
    frame(
        "goals",
        "goal",
        r"^i am not (?:planning|going|intending|looking) (?:on |to )(?P<v>(?:have|get|marry|"
        r"retire|move|having|getting|moving|buy|buying|remarry|settle)\b.*)",
        "not",
        polarity=NEG,
    ),
    frame(
        "goals",
        "plan",
        r"^forget (?:about )?the (?P<v>.+)",
        "forget",
        who=(FRAGMENT, Who.ORDER),
        ended=True,
        needs="schoolword occupation studyextra",
    ),
]
