"""Splits a text into sentences and a sentence into clauses. English; chat without punctuation included."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|etc|e\.g|i\.e|a\.m|p\.m|approx|no|dept|ave|"
    r"rd|inc|ltd|u\.s|u\.k)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_INITIAL = re.compile(r"\b[A-Z]\.$")
_EMOJI = "\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\u200d\U0001f000-\U0001faff"
_BREAK = re.compile(
    rf"(?P<end>[.!?…]+)[\"')\]]*(?=\s|$)|(?P<line>\n+)|(?P<semi>;)(?=\s|$)|\s(?P<dash>[–—-]{{1,2}})\s|(?P<long>—)"
    rf"|(?P<emoji>[{_EMOJI}]+)|(?P<smile>\s[:;]-?[)(DPp]+(?=\s|$))"
)
_BULLET = re.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)])\s+")
MAX_SENTENCE = 1200

_VERBS = (
    "am|is|are|was|were|has|have|had|does|do|did|can|could|will|would|should|must|may|might|keeps?|says?|said|loves?|"
    "hates?|likes?|lives?|lived|works?|worked|needs?|wants?|wanted|thinks?|takes?|took|gets?|got|makes?|made|goes|"
    "went|came|comes|died|passed|ended|closed|started|starts|finds?|found|calls?|called|runs?|ran|plays?|played|"
    "moved|turned|turns|gave|gives|told|tells|asked|asks|visits?|stays?|helps?|hurts?|aches|sends?|sent|owns?|"
    "speaks?|eats?|drinks?|sleeps?|studies|teaches|drives?|knows?|never|always|doesn't|"
    "still|emigrated|both|just|only|bought|sold|"
    "loved|hated|liked|broke|left|became|seems?|feels?|felt|retired|married|go|goes|"
    "come|comes|leave|leaves|matters?|beats?|breaks|scares?|terrifies"
)
_SUBJECT = (
    rf"(?:(?!an? [\w' -]{{1,30}}\b(?:called|named)\b)(?:[iI]|we|We|he|she|they|it|you|"
    r"there|that is|that was|this is|nobody|everyone|nothing|He|She|They|It)\b"
    rf"(?!\s+and\s)|(?:my|our|the|his|her|their|a|My|Our|The|mum|mom|dad|[A-Z][a-z]+)"
    rf"(?:\s+(?!and\b)[\w'-]+){{0,4}}?\s+(?:{_VERBS})\b)"
)
_LOOSE = (
    r"(?:[a-z][\w'-]*\s+){1,4}(?:am|is|are|was|were|has|have|will|can|does|do|makes?|"
    r"gives?|helps?|works?|needs?|gets?|should|must)\b"
)
_JOIN = (
    r"and|but|so|because|since|though|although|while|whereas|yet|or|plus|then|which|where|when|if|unless|except|as|"
    r"until|after|before|that is why|so that|even though|even if|and then|and now|but now|now|and also|who"
)
_PREDICATE = (
    r"(?:(?:then|now|also|never|always|only|just|usually|still|mostly|even|recently|currently|finally)\s+)?"
    r"(?:am|was|have|had|do not|did not|can not|can|will|would|love|like|hate|enjoy|"
    r"play|live|teach|speak|came|moved|grew|"
    r"got|went|left|became|started|stopped|quit|worked|lived|studied|bought|sold|met|drink|eat|take|took|make|made|"
    r"want|need|prefer|drive|ride|run|swim|collect|read|write|sing|cook|bake|keep|own|go|do|earn|train|stay|found|"
    r"fell|broke|lost|use|used|avoid|never|always|usually|spend|send|regret|row|shower|meditate|jog|cycle|walk|suffer|"
    r"volunteer|support|believe|care|hope|plan|sleep|wake|practise|practice|adopted|married|retired|graduated|"
    r"switched|joined|gave|became|signed|finished|passed|learned|learnt|skip|hold|carry|visit|watch|listen|refuse|"
    r"served|raised|moved|help|work|study)\b(?!\s*(?:,|and\b|or\b|$))|(?:meditate|jog|"
    r"stretch|pray|journal|row|shower)\b"
)
_CLAUSE = re.compile(
    rf"(?:,\s*|\s+)(?P<join>{_JOIN})\s+(?=(?:{_SUBJECT}))|,\s+(?=(?:{_SUBJECT}))"
    rf"|,\s+(?=(?:the rest of|on|in|at|every|during|most|by)\s[^,.]{{1,30}}?\s(?:I|i)\s)|"
    r"\s+(?P<hence>so|hence)\s+(?=(?:no|nothing|anything|only|please|one (?:step|thing|"
    rf"question)|plain|short|simple)\b|[\w ]{{1,30}}\bplease$)|,\s+(?=no\s)"
    rf"|,\s+(?=(?:after that|after which|otherwise|since then|these days|nowadays|most days|some days)\s+[iI]\b)"
    rf"|(?:,\s*|\s+)(?P<so>so|because|but|since)\s+(?!(?:i|we|you|it|that|much|many|far|as)\b)(?={_LOOSE})"
    rf"|(?P<colon>:)\s+|\s+(?P<same>(?:,\s*)?(?:and|but|or|then|so)(?:\s+then|\s+now)?)\s+(?=(?:{_PREDICATE}))"
    rf"|(?P<comma>,)\s+(?:and\s+|but\s+|so\s+)?(?=(?:{_PREDICATE}))"
    rf"|(?<=[a-z])\s+(?P<bare>(?:and\s+)?)(?=i (?:am|have|do not|can not|live|work|love|hate)\b)"
    rf"|(?P<open>\s*\()|(?P<close>\)\s*)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence and how it ended: `.`, `?`, `!`, `;`, `-` (dash) or nothing."""

    text: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A clause of a sentence, the word that joins it, and whether it lacks a subject of its own."""

    text: str
    join: str = ""
    shares_subject: bool = False


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of a text. A line is a sentence of its own; a dash and a semicolon end one."""
    found: list[Sentence] = []
    start = 0
    for match in _BREAK.finditer(text):
        if match["end"] and match["end"] == ".":
            before = text[max(0, match.start() - 8) : match.start() + 1]
            after = text[match.end() : match.end() + 2].strip()
            if _INITIAL.search(before) or (_ABBREVIATION.search(before) and after[:1] not in ("", "I")):
                continue
        _take(found, text[start : match.start()], _end_of(match))
        start = match.end()
    _take(found, text[start:], "")
    return found


def _end_of(match: re.Match[str]) -> str:
    if match["end"]:
        return "?" if "?" in match["end"] else match["end"][0]
    if match["semi"]:
        return ";"
    return "-" if match["dash"] or match["long"] else ""


def _take(found: list[Sentence], text: str, end: str) -> None:
    text = _BULLET.sub("", text).strip(" \t\"'*_~>#,")
    if text and any(c.isalnum() for c in text):
        found.extend(Sentence(text=part, end=end) for part in _short(text))
    elif end == "?" and found:
        found[-1] = Sentence(text=found[-1].text, end="?")


def _short(text: str) -> list[str]:
    """A text without sentence marks can be a megabyte long; it is read in pieces."""
    if len(text) <= MAX_SENTENCE:
        return [text]
    pieces, start = [], 0
    while start < len(text):
        end = start + MAX_SENTENCE
        cut = text.rfind(" ", start, end) if end < len(text) else len(text)
        cut = cut if cut > start else end
        pieces.append(text[start:cut])
        start = cut
    return pieces


def split_clauses(sentence: str) -> list[Part]:
    """The clauses of a normalised sentence, in order."""
    parts: list[Part] = []
    start, join, shares = 0, "", False
    for match in _CLAUSE.finditer(sentence):
        text = sentence[start : match.start()].strip(" ,")
        if text:
            parts.append(Part(text=text, join=join, shares_subject=shares))
        start = match.end()
        join = (
            match["join"]
            or match["so"]
            or match["hence"]
            or match["same"]
            or ("and" if match["comma"] else "")
            or match["colon"]
            or ""
        ).strip(" ,")
        shares = bool(match["same"] or match["comma"])
    text = sentence[start:].strip(" ,")
    if text:
        parts.append(Part(text=text, join=join.lower(), shares_subject=shares))
    return parts
