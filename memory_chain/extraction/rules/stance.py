"""Whether a whole message is meant: tasks, quotes, fiction, play, news and irony teach nothing."""

from __future__ import annotations

import re

_NOT_MEANT = re.compile(
    r"\b(?:role-?play|pretend|act as|acting as|act like|answer as if|in character|you are now|once upon a time|"
    r"hypothetically|hypothetical|suppose|supposing|imagine (?:you|i|a|that|if|we|being|"
    r"someone)|let us say|lets say|let's say|"
    r"assume (?:i|you|that|a|we|my)|assuming (?:i|you|a)|what if|say (?:i am|i'm|i was|"
    r"you are|you were|someone|a friend|my|you have)|"
    r"for the sake of argument|thought experiment|would you rather|if you (?:could|were|"
    r"had)|if one were|if someone|if i (?:were|was|had|could|did|"
    r"won|lived|got|became)|if we (?:were|had|could)|what would (?:u|you|i|happen|change)|"
    r"d&d|my character|main character|an? (?:main |side )?character (?:who|that|named|"
    r"called|in)|riddle|in this (?:scenario|puzzle|story|riddle|exercise|sketch)|"
    r"in the game|in this game|npc|dungeon master|fan ?fic|protagonist|narrator|plot idea|story idea|writing prompt|"
    r"i (?:had|have) (?:a|the|this|another) (?:weird |strange |crazy |funny |odd |vivid "
    r")*(?:dream|nightmare) (?:where|that|in which|about|last|of)|i dreamt|i dreamed|"
    r"in my dream|"
    r"the (?:film|movie|novel|story|documentary|podcast|article|episode|series|play|"
    r"opera|poem|fable|legend|fairy tale) "
    r"(?:is about|follows|tells|begins|starts|opens|ends|describes|was about|goes)|"
    r"in the (?:film|movie|novel|story|book|first chapter|second chapter|third chapter|"
    r"last chapter|final chapter|play|show|episode|series|dream)|"
    r"chapter (?:one|two|three|four|five|\d+)|episode \d+|season \d+|bedtime story|breaking:|the news said|headline|"
    r"character sheet|backstory|as the (?:villain|hero|detective|king|queen|narrator))\b",
    re.IGNORECASE,
)
_NOT_MEANT_START = re.compile(
    r"^\W*(?:roleplay|rp|scene|int\.|ext\.|act \d|diary of|hypothetical|thought experiment|"
    r"breaking|lyrics?|quote of the day|"
    r"imagine\b|suppose\b|pretend\b|assume\b|say (?:i|you|we|someone|a|an|my)\b|would "
    r"you\b(?! (?:mind|please))|new episode|synopsis|plot:|premise:|summary of|"
    r"in (?:this|the) (?:film|movie|novel|book|story|chapter|episode)|in (?:chapter|"
    r"episode)|so (?:the|this) (?:film|movie|book|show|novel|story) is)",
    re.IGNORECASE,
)
_IRONY = re.compile(
    r"(?:^|[.!?]\s+)\W*(?:oh|ah|well|yeah|yes|wow|right|sure|great|fantastic|brilliant|"
    r"wonderful|lovely|perfect|awesome|fab|fabulous|"
    r"terrific|super|excellent|marvellous|splendid|yay|yep|yup|congrats|congratulations|"
    r"cheers|nice|cool|obviously|clearly|of course|"
    r"totally|absolutely|because|thanks|thank you|bravo|what a (?:treat|joy|delight|"
    r"surprise)|just (?:great|perfect|what i|brilliant|wonderful|"
    r"lovely)|how (?:lovely|nice|wonderful|delightful|charming|thoughtful)|lucky me|"
    r"living the dream|so glad|so happy)\b[,!.:]*\s+"
    r"(?:oh |sure|right|yes|yeah|great|because|another|i (?:just |so |totally |really "
    r"|absolutely )?(?:love|adore|live for)|nothing|just|"
    r"exactly|more|the (?:printer|train|bus|server|wifi|internet|car|boiler|neighbours|"
    r"in-laws|heating|trains)|my (?:favou?rite|boss|train|flight|car|"
    r"laptop|computer|phone|boiler)|a third|third|yet|for the|that is (?:exactly|just)|"
    r"that'?s (?:exactly|just)|what i|as if|like i|i'?ve nothing|i am "
    r"(?:totally|definitely|100%|clearly|a genius|made of|so)|i'?m (?:totally|definitely|"
    r"100%|clearly|a genius|made of|so|a millionaire)|i will just|i'?ll just|"
    r"it'?s not like|me\b|to (?:me|whoever))",
    re.IGNORECASE,
)
_IRONY_CUES = re.compile(
    r"\bi (?:obviously|clearly) (?:live for|love|adore|enjoy|have nothing)|"
    r"\bi (?:just|simply|so) (?:love|adore|enjoy) being (?:put|left|kept|told|ignored|woken|stuck)|"
    r"(?:^|[.!?] )(?:great|sure|fantastic|wonderful|brilliant|lovely|perfect|super)"
    r"[,!.]* (?:so )?now i(?:'m| am| have|'ve) |"
    r"living the dream|said no one ever|lucky me\b|oh joy|joy of joys|just what i (?:needed|"
    r"wanted|always wanted|ordered)|"
    r"exactly what i (?:needed|wanted)|truly blessed|so blessed|what a (?:treat|joy|"
    r"thrill|time to be alive)|thrilled to bits|my favou?rite hobby|"
    r"(?:\s|^)/s(?:\s|$)|🙄|🙃|couldn'?t be (?:happier|more thrilled|more excited)|could "
    r"not be happier|because who (?:doesn'?t|needs|wouldn'?t|does not)|"
    r"who (?:doesn'?t|wouldn'?t) (?:love|want|enjoy)|nothing (?:says|like|i love more "
    r"than|better than|screams) (?:\w+ )?(?:stepping|waking|being|getting|sitting|waiting|"
    r"a |an |"
    r"spending|having|paying|standing|queuing|another|the )|burst with joy|made my day, "
    r"(?:not|really)|yeah,? right\b|sure,? jan|big surprise|"
    r"what could (?:possibly )?go wrong|how (?:ever )?will i cope|gee,? thanks|thanks "
    r"a (?:lot|bunch|million),|no,? please,? (?:do )?(?:go on|continue|tell me)|"
    r"i (?:just |so |really |absolutely |simply |totally )?(?:love|adore|enjoy|live "
    r"for) (?:it when|how|being (?:ignored|woken|on hold|stuck|ghosted|told|lectured|"
    r"yelled)|"
    r"waiting|queuing|queueing|getting (?:up at|woken|stuck|yelled|soaked|rained|spam)|"
    r"paying|traffic|sitting in traffic|mondays|meetings that|"
    r"spending (?:hours|my (?:whole |entire )?(?:weekend|evening|saturday|sunday|friday|"
    r"day))|when (?:my|the|people|a|an|someone|it|they|you)|standing in|working (?:weekends|"
    r"for free|unpaid|late)|it)\b|"
    r"\blove it when\b|love(?:s)? (?:it )?when\b|\bLOVE (?:getting|being|waiting|when|"
    r"how|it|that|sitting|standing|paying|spending|working|mondays|having|a good)|SO "
    r"lucky|SO much time|SO glad|SO happy|SO excited|"
    r"i am a genius|i'?m a genius|chef of the year|(?:parent|employee|driver|cook|mother|"
    r"father|student) of the (?:year|month)|i should frame|"
    r"my butler|my (?:private|other) (?:jet|yacht|chauffeur|island)|my chauffeur|i'?m a (?:millionaire|billionaire)|"
    r"nothing better to do|light reading i|how i (?:love|adore|enjoy)|don'?t you just "
    r"love|gotta love|got to love|you have to love|have to love it|"
    r"10/10 would|would recommend\.? ?(?:not|0)|dream come true,? (?:really|honestly)|"
    r"peak (?:comedy|efficiency|performance)|"
    r"can'?t wait to (?:spend|sit|stand|queue|wait|pay|do my taxes|be stuck|clean|explain|"
    r"fill)|could hardly contain|contain my (?:joy|excitement)|"
    r"best (?:day|commute|birthday|monday|weekend|holiday) ever\b|how (?:very )?(?:thoughtful|"
    r"considerate|kind) of|a real treat|pure bliss|sheer bliss|heaven on earth|"
    r"money (?:grows|growing) on trees|made of money|i'?m (?:basically|practically|obviously|"
    r"clearly) (?:a|an|the)|award for|medal for|(?:truly|really) the highlight|highlight "
    r"of my (?:day|week|year)|so that'?s nice|so that was fun|that was fun|fun times|"
    r"good times",
    re.IGNORECASE,
)
_TASK_FIRST = re.compile(
    r"^\W*(?:(?:please|pls|hey|hi|ok|okay|now|so|next|can (?:you|u)|could (?:you|u)|"
    r"would you|will you|i need you to|i want you to|i would like you to|help me|"
    r"let us|let's|quick(?:ly)?|kindly)[, ]+)*"
    r"(?P<verb>translate|summari[sz]e|rewrite|re-write|rephrase|reword|paraphrase|proof-?read|"
    r"correct|edit|fix the (?:grammar|spelling)|fix my (?:grammar|"
    r"spelling|sentence)|fix|shorten|expand|polish|improve|simplify|reformat|format|"
    r"convert|turn (?:this|these|the|my)|make (?:this|it|these|the|my (?:text|sentence|"
    r"email|paragraph))|put this|analy[sz]e|classify|extract|tag|label (?:this|the|each)|"
    r"parse|check (?:this|my|the)|grade|mark|critique|review|"
    r"continue|finish|complete|caption|title|spell-?check|transcribe|identify|explain "
    r"(?:this|the)|what does|detect|annotate|punctuate|draft|write|compose)\b",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"\b(?:lyrics?|lines?|poem|say|says|said|reads?|read|wrote|writes|goes|went|leaflet|"
    r"sticker|motto|quote|quoted|subject|reviews?|emails?|e-mails?|mail|"
    r"letter|message from|note from|notes|sign|form|diary|plot|story|session|character|"
    r"drawing|drew|dream|song|headline|caption|tweet|post|comment|"
    r"title|chapter|speech|monologue|toast|script|dialogue|joke|riddle|proof-?read|prompt|"
    r"sentence|sentences|paragraph|translate|following|text|"
    r"blurb|gravestone|tattoo|overheard|writes|rewrite|rephrase|summari[sz]e|shorten|"
    r"correct|grammar|start it with|begin(?:s)? with|opening line|"
    r"forwarded|pasted|passage|extract|excerpt|ad|advert|bio|profile|listing|transcript|"
    r"interview|quotes|example|template|caller|speaker|exam question|"
    r"question|task|exercise|essay|homework|assignment|haiku|limerick|meme|postcard|"
    r"inscription|epitaph|obituary|reddit|twitter|forum|"
    r"documentary|podcast|film|movie|book|novel|told (?:me|us|him|her|them)|asked|replied|"
    r"answered|writing class|explained|version|convert|turn (?:this|these|the)|"
    r"make this|polite|politely|formal|table|tense|person|german|spanish|french|italian|"
    r"english|latin|japanese|dutch)\b",
    re.IGNORECASE,
)
_OWN_HEAD = re.compile(
    r"\bi (?:should(?:'ve| have)? said|meant|mean|said|must say|have to say|will say)\b|"
    r"^(?:correction|note|reminder|update|fyi|ps|about me|me|edit)\W*$|"
    r"\b(?:misremember|sums? me up|my (?:rule|goal|dream|plan|budget|hobbies|hobby|favou?rites?|"
    r"allergies|diet|routine|languages?|pronouns|name|age|job))\b",
    re.IGNORECASE,
)
_COLON = re.compile(r":(?=\s|$|[\"'])|->|=>")
_LOG = re.compile(
    r"(?m)^\s*(?:\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d|Traceback|File \"|npm ERR!|\$ |>>> "
    r"|#include|import \w+$|from \w+ import|def \w+\(|class \w+[(:]|"
    r"const \w+ ?=|let \w+ ?=|var \w+ ?=|function \w+\(|SELECT\b.*\bFROM\b|INSERT INTO|"
    r"UPDATE \w+ SET|DELETE FROM|CREATE TABLE|docker:|ssh:|error:|"
    r"ERROR\b|WARN\b|fatal:|public (?:class|static)|<\?php|<\w+[ >]|\{%|## TODO|- \[[ "
    r"x]\]|@@|diff --git|commit [0-9a-f]{7,}|sudo |pip |git |curl |"
    r"console\.log|print\()|[{;]\s*$|\"\s*:\s*[\[{\"\d]|\);?\s*(?://|--)"
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
