"""Whether a whole message is meant: tasks, quotes, fiction, play, news and irony teach nothing."""

from __future__ import annotations

import re

_NOT_MEANT = re.compile(
    r"\b(?:role-?play(?!(?:ing)? games)|pretend|act as|acting as|act like|answer as "
    r"if|in character|you are now|once upon a time|hypothetically|hypothetical|(?<!i "
    r")suppose|supposing|imagine (?:you|i|a|that|if|we|being|someone)|let us say|lets "
    r"say|let's say|assume (?:i|you|that|a|we|my)|assuming (?:i|you|a)|what if|(?<!\w "
    r")say (?:i am|i'm|i was|you are|you were|someone|a friend|my|you have)|for the "
    r"sake of argument|thought experiment|would you rather|if you (?:could|were|had)|"
    r"if one were|if someone|if i (?:were|was|had|could|did|won|lived|got|became)|if "
    r"we (?:were|had|could)|what would (?:u|you|i|happen|change)|d&d (?:session|character|"
    r"campaign|game)s?:|my character|main character|an? (?:main |side )?character (?:who|"
    r"that|named|called|in)|riddle|in this (?:scenario|puzzle|story|riddle|exercise|"
    r"sketch)|in the game|in this game|npc|dungeon master|fan ?fic|protagonist|narrator|"
    r"plot idea|story idea|writing prompt|i (?:had|have) (?:a|the|this|another) (?:weird "
    r"|strange |crazy |funny |odd |vivid )*(?:dream|nightmare) (?:where|that|in which|"
    r"about|last|of)|i dreamt|i dreamed|in my dream|the (?:film|movie|novel|story|documentary|"
    r"podcast|article|episode|series|play|opera|poem|fable|legend|fairy tale) (?:is "
    r"about|follows|tells|begins|starts|opens|ends|describes|was about|goes)|in the "
    r"(?:film|movie|novel|story|book|first chapter|second chapter|third chapter|last "
    r"chapter|final chapter|play|show|episode|series|dream)|chapter (?:one|two|three|"
    r"four|five|\d+)|episode \d+|season \d+|bedtime story|breaking:|the news said|headline|"
    r"character sheet|backstory|as the (?:villain|hero|detective|king|queen|narrator))\b",
    re.IGNORECASE,
)
_NOT_MEANT_START = re.compile(
    r"^\W*(?:roleplay|rp|scene|int\.|ext\.|act \d|diary of|hypothetical|thought experiment|"
    r"breaking|lyrics?|quote of the day|imagine\b|suppose\b|pretend\b|assume\b|say (?:i|"
    r"you|we|someone|a|an|my)\b|would you (?:rather|tell|still|ever|want|prefer|feel|"
    r"say|go|date|eat|marry)\b|new episode|synopsis|plot:|premise:|summary of|in (?:this|"
    r"the) (?:film|movie|novel|book|story|chapter|episode)|in (?:chapter|episode)|so "
    r"(?:the|this) (?:film|movie|book|show|novel|story) is)",
    re.IGNORECASE,
)
_IRONY = re.compile(
    r"(?:^|[.!?]\s+)\W*(?:oh|ah|well|yeah|yes|wow|right|sure|great|fantastic|brilliant|"
    r"wonderful|lovely|perfect|awesome|fab|fabulous|terrific|super|excellent|marvellous|"
    r"splendid|yay|yep|yup|congrats|congratulations|cheers|nice|cool|obviously|clearly|"
    r"of course|totally|absolutely|because|thanks|thank you|bravo|what a (?:treat|joy|"
    r"delight|surprise)|just (?:great|perfect|what i|brilliant|wonderful|lovely)|how "
    r"(?:lovely|nice|wonderful|delightful|charming|thoughtful)|lucky me|living the dream|"
    r"so glad|so happy)\b[,!.:]*\s+(?:oh |sure|right|yes|yeah|great|because|another|"
    r"i (?:just |so |totally )(?:love|adore|live for)|nothing (?:like|says|better)|just "
    r"what|just great|just perfect|exactly what|the (?:printer|train|bus|server|wifi|"
    r"internet|car|boiler|neighbours|in-laws|heating|trains)|my (?:boss|train|flight|"
    r"boiler)|a third|third|yet|for the|that is (?:exactly|just)|that'?s (?:exactly|"
    r"just)|what i|as if|like i|i'?ve nothing|i am (?:totally|definitely|100%|clearly|"
    r"a genius|made of)|i'?m (?:totally|definitely|100%|clearly|a genius|made of|a millionaire)|"
    r"i will just|i'?ll just|it'?s not like|me\b(?! and)|to (?:me|whoever))",
    re.IGNORECASE,
)
_IRONY_CUES = re.compile(
    r"\bi (?:obviously|clearly) (?:live for|love|adore|enjoy|have nothing)|\bi (?:just|"
    r"simply|so) (?:love|adore|enjoy) being (?:put|left|kept|told|ignored|woken|stuck)|"
    r"(?:^|[.!?] )(?:great|sure|fantastic|wonderful|brilliant|lovely|perfect|super)[,!.]* "
    r"(?:so )?now i(?:'m| am| have|'ve) |living the dream|said no one ever|lucky me\b|"
    r"oh joy|joy of joys|just what i (?:needed|wanted|always wanted|ordered)|exactly "
    r"what i (?:needed|wanted)|truly blessed|so blessed|what a (?:treat|joy|thrill|time "
    r"to be alive)|thrilled to bits|my favou?rite hobby|(?:\s|^)/s(?:\s|$)|🙄|🙃|couldn'?t "
    r"be (?:happier|more thrilled|more excited)|could not be happier|because who (?:doesn'?t|"
    r"needs|wouldn'?t|does not)|who (?:doesn'?t|wouldn'?t) (?:love|want|enjoy)|nothing "
    r"(?:says|like|i love more than|better than|screams) (?:\w+ )?(?:stepping|waking|"
    r"being|getting|sitting|waiting|a |an |spending|having|paying|standing|queuing|another|"
    r"the )|burst with joy|made my day, (?:not|really)|yeah,? right\b|sure,? jan|big "
    r"surprise|what could (?:possibly )?go wrong|how (?:ever )?will i cope|gee,? thanks|"
    r"thanks a (?:lot|bunch|million),|no,? please,? (?:do )?(?:go on|continue|tell me)|"
    r"i (?:just |so |really |absolutely |simply |totally )?(?:love|adore|enjoy|live "
    r"for) (?:it when|how|being (?:ignored|woken|on hold|stuck|ghosted|told|lectured|"
    r"yelled)|waiting|queuing|queueing|getting (?:up at|woken|stuck|yelled|soaked|rained|"
    r"spam)|paying|traffic|sitting in traffic|mondays|meetings that|spending (?:hours|"
    r"my (?:whole |entire )?(?:weekend|evening|saturday|sunday|friday|day))|when (?:my|"
    r"the|people|a|an|someone|it|they|you)|standing in|working (?:weekends|for free|"
    r"unpaid|late)|it)\b|\blove it when\b|love(?:s)? (?:it )?when\b|(?-i:\bLOVE (?:getting|"
    r"being|waiting|when|how|it|that|sitting|standing|paying|spending|working|mondays|"
    r"having|a good)|SO lucky|SO much time|SO glad|SO happy|SO excited)|\brole[- ]?play:|keep them coming|"
    r"^\W*(?:oh )?(?:great|brilliant|fantastic|wonderful|perfect), (?:an?|another)\b|"
    r"i am a genius|"
    r"i'?m a genius|chef of the year|(?:parent|employee|driver|cook|mother|father|student) "
    r"of the (?:year|month)|i should frame|my butler|my (?:private|other) (?:jet|yacht|"
    r"chauffeur|island)|my chauffeur|i'?m a (?:millionaire|billionaire)|nothing better "
    r"to do|light reading i|how i (?:love|adore|enjoy)|don'?t you just love|gotta love|"
    r"got to love|you have to love|have to love it|10/10 would|would recommend\.? ?(?:not|"
    r"0)|dream come true,? (?:really|honestly)|peak (?:comedy|efficiency|performance)|"
    r"can'?t wait to (?:spend|sit|stand|queue|wait|pay|do my taxes|be stuck|clean|explain|"
    r"fill)|could hardly contain|contain my (?:joy|excitement)|best (?:day|commute|birthday|"
    r"monday|weekend|holiday) ever\b|how (?:very )?(?:thoughtful|considerate|kind) of|"
    r"a real treat|pure bliss|sheer bliss|heaven on earth|money (?:grows|growing) on "
    r"trees|made of money|i'?m (?:obviously|clearly) (?:a|an|the)|\b(?:give|deserve|"
    r"where is|where's) .{0,25}\b(?:award|medal)|(?:truly|really) the highlight|highlight "
    r"of my (?:day|week|year)|so that'?s nice|so that was fun|that was fun|fun times|"
    r"good times",
    re.IGNORECASE,
)
_TASK_FIRST = re.compile(
    r"^\W*(?:(?:please|pls|hey|hi|ok|okay|now|so|next|can (?:you|u)|could (?:you|u)|"
    r"would you|will you|i need you to|i want you to|i would like you to|help me|let "
    r"us|let's|quick(?:ly)?|kindly)[, ]+)*(?P<verb>translate|summari[sz]e|rewrite|re-write|"
    r"rephrase|reword|paraphrase|proof-?read|correct|edit|fix the (?:grammar|spelling)|"
    r"fix my (?:grammar|spelling|sentence)|fix|shorten|expand|polish|improve|simplify|"
    r"reformat|format|convert|turn (?:this|these|the|my)|make (?:this|it|these|the|my "
    r"(?:text|sentence|email|paragraph))|put this|analy[sz]e|classify|extract|tag|label "
    r"(?:this|the|each)|parse|check (?:this|my|the)|grade|mark|critique|review|continue|"
    r"finish|complete|caption|title|spell-?check|transcribe|identify|explain (?:this|"
    r"the)|what does|detect|annotate|punctuate|draft|write|compose)\b",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"\b(?:lyrics?|lines?|poem|say|says|said|reads?|read|wrote|writes|goes|went|leaflet|"
    r"sticker|motto|quote|quoted|subject|reviews?|emails?|e-mails?|mail|letter|message "
    r"from|note from|notes|sign|form|diary|plot|story|session|character|drawing|drew|"
    r"dream|song|headline|caption|tweet|post|comment|title|chapter|speech|monologue|"
    r"toast|script|dialogue|joke|riddle|proof-?read|prompt|sentence|sentences|paragraph|"
    r"translate|following|text|blurb|gravestone|tattoo|overheard|writes|rewrite|rephrase|"
    r"summari[sz]e|shorten|correct|grammar|start it with|begin(?:s)? with|opening line|"
    r"forwarded|pasted|passage|extract|excerpt|ad|advert|bio|profile|listing|transcript|"
    r"interview|quotes|example|template|caller|speaker|exam question|question|task|exercise|"
    r"essay|homework|assignment|haiku|limerick|meme|postcard|inscription|epitaph|obituary|"
    r"reddit|twitter|forum|documentary|podcast|film|movie|book|novel|told (?:me|us|him|"
    r"her|them)|asked|replied|answered|writing class|explained|version|convert|turn "
    r"(?:this|these|the)|make this|polite|politely|formal|table|tense|person|german|"
    r"spanish|french|italian|english|latin|japanese|dutch)\b",
    re.IGNORECASE,
)
_OWN_HEAD = re.compile(
    r"\bi (?:should(?:'ve| have)? said|meant|mean|said|must say|have to say|will say)\b|"
    r"^(?:correction|note|reminder|update|fyi|ps|about me|me|edit)\W*$|\b(?:misremember|"
    r"sums? me up|my (?:rule|goal|dream|plan|budget|hobbies|hobby|favou?rites?|allergies|"
    r"diet|routine|languages?|pronouns|name|age|job))\b",
    re.IGNORECASE,
)
_COLON = re.compile(r":(?=\s|$|[\"'])|->|=>")
_LOG = re.compile(
    r"(?m)^\s*(?:\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d|Traceback|File \"|npm ERR!|\$ |>>> "
    r"|#include|import \w+$|from \w+ import|def \w+\(|class \w+[(:]|const \w+ ?=|let "
    r"\w+ ?=|var \w+ ?=|function \w+\(|SELECT\b.*\bFROM\b|INSERT INTO|UPDATE \w+ SET|"
    r"DELETE FROM|CREATE TABLE|docker:|ssh:|error:|ERROR\b|WARN\b|fatal:|public (?:class|"
    r"static)|<\?php|<\w+[ >]|\{%|## TODO|- \[[ x]\]|@@|diff --git|commit [0-9a-f]{7,}|"
    r"sudo |pip |git |curl |console\.log|print\()|[{;]\s*$|\"\s*:\s*[\[{\"\d]|\);?\s*(?://|"
    r"--)"
)


def is_meant(text: str) -> bool:
    """False for a message that as a whole is play, fiction, a hypothesis, irony, a log or code."""
    head = text[:4000]
    return not (
        _NOT_MEANT_START.match(head)
        or _NOT_MEANT.search(head)
        or _IRONY.search(head[:600])
        or _IRONY_CUES.search(head[:600])
        or _LOG.search(head)
    )


def without_payload(text: str) -> str:
    """The text up to a colon that announces somebody else's words or the text of a task."""
    for colon in _COLON.finditer(text[:2000]):
        head = text[: colon.start()]
        start = max(head.rfind(". "), head.rfind("! "), head.rfind("? "), head.rfind("\n")) + 1
        head = head[start:].strip()
        if _OWN_HEAD.search(head):
            continue
        if colon.group() != ":" or _HEAD.search(head) or _TASK_FIRST.match(head):
            return text[:start]
    task = _TASK_FIRST.match(text)
    line = text.find("\n")
    if task and line > 0:
        return text[:line]
    return text
