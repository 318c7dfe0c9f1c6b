"""Whether a whole message is meant: tasks, quotes, fiction, play and news teach nothing.

Irony has no pattern here: the learned weights doubt it as well as sixty lines of wordings did.
"""

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
    """False for a message that as a whole is play, fiction, a hypothesis, a log or code."""
    head = text[:4000]
    return not (_NOT_MEANT_START.match(head) or _NOT_MEANT.search(head) or _LOG.search(head))


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
