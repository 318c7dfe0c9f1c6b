"""Frames: patterns over canonical clauses, and how a match becomes an attribute."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from memory_chain.extraction.rules.lexicon import lexicon
from memory_chain.extraction.rules.rewrite import no_longer, stand_alone
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.types import Attitude

POS, NEG, NEU = Attitude.POSITIVE, Attitude.NEGATIVE, Attitude.NEUTRAL

FREQ = (
    r"(?:(?:usually|always|often|normally|typically|sometimes|only|mainly|regularly|tend to|all|slowly|"
    r"occasionally|have always|have long|have|both|do|am|can) )?"
)
"""What may stand between `i` and the verb without changing what is meant; mostly left out by the clause already."""

_WORDS = re.compile(r"[a-z0-9][\w'-]*|\d[\d,.]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value belongs."""

    section: str
    aspect: str


Where = Callable[[str, Clause], Place | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A pattern over `Clause.low` and what it says about the person.

    Attributes:
        section, aspect: where its value belongs, unless `where` decides.
        pattern: searched in the clause; its group `v` is the value.
        cues: words of which one must occur in the clause; none: always tried.
        who: about whom the clause must be.
        needs: classes of which the value must hold a word; none: anything.
        bars: classes that refuse the match if the value begins with a word of them.
        split: a list of short values becomes one attribute each.
        text: with `{s}` (the person) and `{v}` for the values of a list, and if it begins with `!` for single
            ones; otherwise the whole clause, rewritten, or for an end "… no longer …" (`whole`: as it stands;
            `sentence`: with the rest of its sentence).
        doubtful: also taken from a question or an unreal clause.
    """

    section: str
    aspect: str
    pattern: str
    cues: frozenset[str] = frozenset()
    who: frozenset[Who] = frozenset((Who.SELF,))
    polarity: Attitude = NEU
    ended: bool = False
    where: Where | None = None
    needs: frozenset[str] = frozenset()
    bars: frozenset[str] = frozenset()
    split: bool = False
    text: str = ""
    confidence: float = 0.8
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A match, before it becomes an attribute."""

    section: str
    aspect: str
    value: str
    text: str
    polarity: Attitude
    ended: bool
    confidence: float
    order: int
    clause: Clause


def frame(
    section: str,
    aspect: str,
    pattern: str,
    cues: str = "",
    *,
    who: Who | Sequence[Who] = Who.SELF,
    polarity: Attitude = NEU,
    ended: bool = False,
    where: Where | None = None,
    needs: str = "",
    bars: str = "",
    split: bool = False,
    text: str = "",
    confidence: float = 0.8,
    doubtful: bool = False,
) -> Frame:
    """A frame, written shortly: word lists are texts, `~` in the pattern is `FREQ`."""
    whos = (who,) if isinstance(who, Who) else tuple(who)
    return Frame(
        section=section, aspect=aspect, pattern=pattern.replace("~", FREQ), cues=frozenset(cues.split()),
        who=frozenset(whos), polarity=polarity, ended=ended, where=where, needs=frozenset(needs.split()),
        bars=frozenset(bars.split()), split=split, text=text, confidence=confidence, doubtful=doubtful,
    )  # fmt: skip


class Frames:
    """Frames, found quickly by the words of a clause."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self._frames = tuple(frames)
        self._compiled: dict[int, re.Pattern[str]] = {}
        self._by_cue: dict[str, list[int]] = {}
        self._always: list[int] = []
        for number, one in enumerate(self._frames):
            if not one.cues:
                self._always.append(number)
            for cue in one.cues:
                self._by_cue.setdefault(cue, []).append(number)

    def find(self, clause: Clause, name: str) -> Iterator[Found]:
        """All matches in a clause, in the order of the frames."""
        words = set(words_of(clause.low))
        numbers = set(self._always)
        for word in words:
            numbers.update(self._by_cue.get(word, ()))
        for number in sorted(numbers):
            one = self._frames[number]
            if clause.who not in one.who or ((clause.question or clause.unreal) and not one.doubtful):
                continue
            match = self._pattern(number).search(clause.low)
            if match:
                yield from _found(one, number, match, clause, name)

    def _pattern(self, number: int) -> re.Pattern[str]:
        """Compiled when it is first needed: most processes need few."""
        pattern = self._compiled.get(number)
        if pattern is None:
            pattern = self._compiled[number] = re.compile(self._frames[number].pattern)
        return pattern


def words_of(low: str) -> list[str]:
    """The words and numbers of a lower-case text."""
    return _WORDS.findall(low)


def _found(one: Frame, number: int, match: re.Match[str], clause: Clause, name: str) -> Iterator[Found]:
    start, end = match.span("v") if "v" in match.re.groupindex else match.span()
    raw = clause.core[start:end]
    timeless = one.section not in _TIMED and one.aspect != "routine"
    if timeless:
        raw = _timeless(raw)
    values = _values(raw) if one.split else [heart(raw)]
    if one.ended:
        values = [_DEED.sub("", value) for value in values]
    for value in values:
        low = value.lower()
        if (
            not value
            or _NO_VALUE.search(low)
            or (one.needs and not lexicon().any(low, *one.needs))
            or _barred(low, one.bars)
        ):
            continue
        place = one.where(low, clause) if one.where else Place(one.section, one.aspect)
        if place is None:
            if one.split and value == values[0]:
                return
            continue
        text = _worded(one, clause, raw, value, name, many=len(values) > 1)
        yield Found(
            section=place.section, aspect=place.aspect, value=value, text=text, polarity=one.polarity,
            ended=one.ended, confidence=one.confidence, order=number, clause=clause,
        )  # fmt: skip


def _timeless(value: str) -> str:
    return _WHEN.sub("", value).strip(" ,") or value


def _worded(one: Frame, clause: Clause, raw: str, value: str, name: str, *, many: bool) -> str:
    if one.text and one.text not in ("whole", "sentence") and (many or one.text.startswith("!")):
        return one.text.lstrip("!").format(s=name, v=value)
    if one.text == "sentence":
        return stand_alone(clause.sentence_text, name)
    return (
        no_longer(clause.core, raw, name, place=one.aspect == "city")
        if one.ended and one.text != "whole"
        else whole(clause, name)
    )


def _barred(low: str, bars: frozenset[str]) -> bool:
    if not bars:
        return False
    words = words_of(low)
    return bool(words) and (
        not lexicon().of(words[0]).isdisjoint(bars) or not lexicon().of(" ".join(words[:2])).isdisjoint(bars)
    )


def whole(clause: Clause, name: str) -> str:
    """The clause as a sentence about the person."""
    lead = f"{clause.lead}, " if clause.lead and not _says(clause.lead) else ""
    if clause.who is Who.FRAGMENT or clause.who is Who.ORDER:
        return f"{name} said: {clause.full.strip()}."
    return stand_alone(lead + clause.full, name)


def _says(lead: str) -> bool:
    return bool(re.search(r"\b(?:say|said|told|think|tell)", lead, re.IGNORECASE))


_TAIL = re.compile(
    r", (?:that|this|which|it) (?:means|rules|makes|leaves)\b.*$|,? (?:tbh, )?(?:just )?give me\b.*$|"
    r" and at \w+ i\b.*$|,? the \w+er\b.*$|\s+(?:because|since|when(?:ever)?|which|that is|so (?:i|we|that|"
    r"much)|but|if|unless|until|till|while|these days|"
    r"(?:for|over|about|almost|nearly) (?:\d+|a|two|three|four|five|six|seven|eight|"
    r"nine|ten|years|ages|months|weeks|me|my|work)|"
    r"any ?(?:more|longer)|thanks to|due to|by the way|even (?:though|if)|though|although|"
    r"and (?:i|my|we|it|he|she|they|that|am|"
    r"have|can|need|want)|in (?:19|20)\d\d|after (?:the|my|a)|without|instead|at the "
    r"moment|right now|ever|at all|altogether|"
    r"with (?:my|a|the)|every (?:day|morning|week)|too|though|please|here|there|lately|"
    r"now|anyway|lol|haha|as a (?:kid|child|teenager)|than)\b.*$",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"^(?:(?:an?|the|my|our|any|some|all|both|to|of|about|with|that|these|those|this|his|her|their|its|such|having|"
    r"being|doing|own|good|nice|bit|lot|lots|ton|tons|kinds?|sorts?|types?|more|most|"
    r"much|too|very|really|little|old|new|"
    r"brand|whole|eating|watching|reading|playing|listening to|going to|drinking|anything|everything|like)\s+)+(?=\S)",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\s+(?:(?:last|next|this|every|each|most|the other) (?:single |other )?(?:week|"
    r"weekend|month|year|summer|winter|spring|autumn|fall|night|evening|morning|"
    r"day|days|mornings|evenings|weekends|time|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?|"
    r"(?:about |over |almost |nearly )?(?:\d+|an?|a few|a couple of|one|two|three|four|"
    r"five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|many|several|"
    r"some) (?:years?|months?|weeks?|days?|hours?) ago|yesterday|today|tomorrow|"
    r"tonight|recently|lately|soon|one day|someday|twice|once|three times|daily|a lot$|"
    r"(?:on|since|by) (?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
    r"in (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|the (?:summer|winter|spring|"
    r"autumn|morning|evening|lent|past)|lent|summer|winter|spring|autumn)\w*|"
    r"at (?:\d|age|the (?:moment|age|weekend))|for (?:lunch|dinner|breakfast|good|ages|"
    r"years)?$|since|after (?:all|that)|again)\b.*$|\s+for$",
    re.IGNORECASE,
)
_TIMED = frozenset(("schedule", "goals", "identity", "family", "communication", "constraints"))
_DEED = re.compile(r"^(?:play|eat|drink|watch|read|use|drive|do|ride|have|own)\s+(?=\S)", re.IGNORECASE)
_ASIDE = re.compile(
    r"^\s*(?:even|especially|particularly|including|such as|mainly|mostly|although|though|"
    r"but|which|who|that|it|so|not|i|he|she|they|we)\b",
    re.IGNORECASE,
)
_NO_VALUE = re.compile(
    r"\bthe better$|^(?:so on|etc|more|others|stuff|things|all that|the rest|whatnot|"
    r"even|especially|also|that is it|that is all)$",
    re.I,
)
_LIST = re.compile(r"\s*,\s*(?:and|or|but)?\s*|\s+(?:and|or|nor|&)\s+|\s*/\s*")


def heart(value: str) -> str:
    """The heart of a value: without articles before and reasons after it."""
    text = _TAIL.sub("", value.split(" - ")[0].strip(" ,;:.!?\"'()"))
    text = text.split(";")[0].split(" (")[0].strip(" ,;:.!?\"'()")
    stripped = _HEAD.sub("", text).strip()
    text = stripped if stripped else text
    words = text.split()
    return " ".join(words[:12])


def _values(raw: str) -> list[str]:
    text = _TAIL.sub("", raw.strip(" ,;:.!?"))
    pieces = [piece for piece in _LIST.split(text) if piece and piece.strip() and not _ASIDE.match(piece)]
    if len(pieces) > 1 and all(len(piece.split()) <= 5 for piece in pieces):
        return [value for value in (heart(piece) for piece in pieces[:12]) if value]
    value = heart(raw)
    return [value] if value else []
