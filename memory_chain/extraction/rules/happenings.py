"""Events: what happened to somebody or is planned, with the time it is told to have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from memory_chain.dates import TimeSpan, find_times
from memory_chain.extraction.rules.frames import whole
from memory_chain.extraction.rules.lexicon import is_past, word_set
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.types import USER, Interval, ObservedEvent, Trust

_STATES = word_set(
    "was were had been could would should did thought knew felt wanted needed liked "
    "loved hated said told asked meant guessed "
    "wondered hoped used believed seemed understood heard forgot remembered noticed "
    "realised realized assumed supposed wished "
    "looked found figured decided preferred enjoyed tried kept appreciated agreed expected "
    "let put read cut set raised grew developed"
)
_DATED_STATES = word_set("had was were found tried decided enjoyed felt heard read cut put noticed realised realized")
_FUTURE = re.compile(
    r"^i (?:will|shall|am going to|am about to|am (?!(?:\w+ )?(?:wondering|hoping|thinking|"
    r"asking|looking for|trying|guessing|feeling|being|using|getting a|"
    r"reading|assuming|having (?:trouble|problems)))\w+ing|have (?:an? |my |the |another "
    r"|our )?(?:\w+ ){0,3}?(?:appointment|interview|meeting|exam|test|surgery|operation|"
    r"flight|date|party|wedding|concert|gig|trip|scan|presentation|viewing|audition|"
    r"match|race|class reunion|driving test|"
    r"checkup|check-up|hearing|deadline|funeral|graduation|performance|recital|tournament|"
    r"competition|dinner|lunch|visit)|"
    r"(?:start|leave|fly|move|finish|graduate|retire|go|get) )\b"
)
_PLANNED = re.compile(
    r"\b(?:am|is|are|going to|will|have (?!been|had)|has (?!been|had)|due|can not wait|"
    r"planning|booked|appointment)\b"
)
_OCCASION = re.compile(
    r"\b(?:wedding|funeral|baby|exam|exams|finals|surgery|operation|party|interview|"
    r"trip|holiday|vacation|flight|appointment|concert|gig|"
    r"festival|race|marathon|move|graduation|christening|baptism|anniversary party|reunion|"
    r"move|test|scan|due|born|died|passed away|launch|"
    r"performance|recital|show|match|game|tournament|competition|conference|closing|"
    r"arrives?|arriving|visit|visiting|coming|chemo|"
    r"start|starts|started|starting|retires?|retired|graduates?|graduated|married|moved|"
    r"moving|opens?|opened|broke|crashed|diagnosed|happened|"
    r"got|gave|let|took|came|won|lost|went|called|sold|bought|ended|fell|hit|offered|"
    r"hired|fired|asked|proposed|born|ceremony|dinner|lunch)\b"
)
_DONE = re.compile(
    r"^i (?:have )?(?:just |finally |recently |only |never |also |even |all |both |actually "
    r"|already |officially |accidentally )*(?:have )?(?:just |finally |recently |already "
    r")?(?P<verb>[a-z]+)\b(?: (?P<next>[a-z]+))?"
)
_PASSIVE = re.compile(r"^i (?:was|were|got|have been|had been) (?:just |finally |recently )?(?P<verb>[a-z]+)\b")
_RITES = re.compile(
    r"\b(?:got|have just|just got|am|are|became|have got) (?:\w+ )?(?:engaged|married|"
    r"divorced|pregnant|promoted|fired|hired|laid off|accepted|"
    r"diagnosed|my degree|the job|my visa|my licence|my license)\b"
)
_NOT_DONE = word_set(
    "do does am are is have can could will would shall should may might must never not used no always usually often"
)
_MILESTONES = word_set("""
    joined moved adopted bought sold graduated married started quit retired passed won lost broke launched
    opened finished completed visited travelled traveled met signed ran hiked went attended volunteered
    performed painted made created built published became got resigned applied enrolled registered booked
    celebrated divorced separated tore sprained fractured injured crashed fell flew drove climbed swam cycled
    camped organised organized hosted donated baked cooked planted wrote recorded released received gave took
    learned learnt stopped rescued inherited founded proposed relocated emigrated switched dropped failed earned
    raced
    """)
_BEFALLEN = word_set(
    "diagnosed promoted hired fired accepted made laid robbed mugged elected evicted "
    "admitted discharged hospitalised hospitalized sacked let "
    "engaged divorced offered awarded chosen selected invited scammed burgled dumped "
    "demoted transferred rejected arrested bitten hit"
)
_WITH_ME = frozenset((Who.OTHER, Who.FRAGMENT, Who.THING))


def find_events(
    clauses: Sequence[Clause], said_at: datetime, name: str, *, subject: str = USER, trust: Trust = Trust.STATED
) -> list[ObservedEvent]:
    """The events that meant clauses tell of."""
    found: dict[str, ObservedEvent] = {}
    for clause, when in _dated(clauses, said_at):
        if _happens(clause, when is not None):
            text = whole(clause, name)
            found.setdefault(text, ObservedEvent(text=text, when=when, subject=subject, trust=trust))
    return list(found.values())


def _dated(clauses: Sequence[Clause], said_at: datetime) -> Iterator[tuple[Clause, Interval | None]]:
    """Clauses that are meant, with the time they name, or which their sentence names if no other clause does."""
    lent: tuple[int, Interval] | None = None
    for clause in clauses:
        spans = times_of(clause, said_at)
        if any(span.recurring for span in spans):
            continue
        intervals = [span.interval for span in spans if span.interval]
        if intervals:
            lent = (clause.sentence, intervals[0])
        when = (
            intervals[0]
            if intervals
            else (lent[1] if lent and lent[0] == clause.sentence and clause.join in ("and", "so") else None)
        )
        if not clause.question and not clause.unreal:
            yield clause, when


def times_of(clause: Clause, said_at: datetime) -> list[TimeSpan]:
    """The time expressions of a clause, in what stood before its subject too."""
    text = f"{clause.lead}, {clause.full}" if clause.lead else clause.full
    words = clause.low.split()[:12]
    past = any(is_past(word) for word in words) and not _FUTURE.match(clause.low) and "will" not in words
    return find_times(text, said_at, prefer="past" if past and not _PLANNED.search(clause.low) else "auto")


def _happens(clause: Clause, dated: bool) -> bool:
    low = clause.low
    if clause.who is Who.SELF:
        if _FUTURE.match(low):
            return dated
        return _done(low, dated) or (" & " in clause.full[:40] and bool(_RITES.search(low)))
    if not dated:
        return clause.who is not Who.ORDER and bool(re.match(r"^(?:me|myself) and\b", low) and _RITES.search(low))
    if clause.who is Who.OWN:
        return bool(_OCCASION.search(low))
    if clause.who in _WITH_ME:
        mine = bool(re.search(r"\b(?:me|us|my|our|i|we)\b", low))
        named = bool(
            re.match(
                r"^(?:the|my|our) (?:[\w-]+ ){0,2}?(?:wedding|funeral|baby|surgery|operation|move|"
                r"party|exam|flight|interview|trip|christening|graduation|race|match|gig|ceremony|"
                r"big day)\b",
                low,
            )
        )
        return (mine and bool(_OCCASION.search(low))) or named
    return False


def _done(low: str, dated: bool) -> bool:
    """Whether a clause about the writer tells of something done; without a time only if it is a deed at all."""
    passive = _PASSIVE.match(low)
    if (
        passive
        and is_past(passive["verb"])
        and passive["verb"]
        not in (
            "used",
            "supposed",
            "told",
            "asked",
            "born",
            "raised",
            "tired",
            "bored",
            "interested",
            "allowed",
            "worried",
            "excited",
            "married",
            "surprised",
            "scared",
        )
        and (passive["verb"] != "made" or "redundant" in low)
        and (dated or passive["verb"] in _BEFALLEN)
    ):
        return True
    match = _DONE.match(low)
    if match is None:
        return False
    verb = match["verb"]
    if verb in _NOT_DONE or not is_past(verb):
        return False
    if re.match(r"^i have (?!just|finally|recently|already)", low) and verb in ("been", "had", "got"):
        return dated and verb == "been" and " to " in low
    if verb in _STATES:
        return dated and verb in _DATED_STATES and len(low.split()) > 3
    if verb == "got" and match["next"] in ("a", "to", "two", "no", "it", "the", "three") and not dated:
        return bool(_RITES.search(low)) or bool(
            re.search(
                r"\bgot (?:a|the) (?:new )?(?:job|puppy|kitten|dog|cat|promotion|offer|place|raise|"
                r"baby|house|flat|car)\b",
                low,
            )
        )
    return len(low.split()) > 2 and (dated or verb in _MILESTONES) and not re.search(r"\b(?:never|error|such a)\b", low)
