"""From a text to what it reveals: clauses, attributes, and the time for which an attribute holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from memory_chain.extraction.rules.clauses import read_clauses
from memory_chain.extraction.rules.frames import Found, heart, whole
from memory_chain.extraction.rules.happenings import times_of
from memory_chain.extraction.rules.lexicon import is_past, lexicon
from memory_chain.extraction.rules.normalise import normalise
from memory_chain.extraction.rules.relatives import named_relatives
from memory_chain.extraction.rules.sentences import split_sentences
from memory_chain.extraction.rules.shape import Clause, Who
from memory_chain.extraction.rules.stance import is_meant, without_payload
from memory_chain.extraction.rules.telegrams import telegrams
from memory_chain.extraction.rules.weights import LASTING, MessageWeights, default_weights
from memory_chain.types import Attitude

_FROM = re.compile(
    r"(?:\bsince|\bfrom|\bmoved\b.*|\bstarted\b.*|\bjoined\b.*|\bbecame\b.*|\bquit\b.*|"
    r"\bstopped\b.*|\bgave up\b.*|\bbought\b.*)\s*$",
    re.I,
)
_UNTIL = re.compile(r"\b(?:until|till|til|by the end of)\s*$", re.IGNORECASE)
_MANY_SIDED = frozenset(("identity", "home", "family", "work", "education", "possessions", "personality"))


def meant_clauses(own: str) -> list[Clause]:
    """The clauses of a text of the speaker's own words; none if the whole is play, fiction, irony or a task."""
    if not is_meant(own):
        return []
    return read_clauses(split_sentences(normalise(without_payload(own))))


def find_attributes(clauses: Sequence[Clause], name: str, *, text: str) -> list[Found]:
    """What the clauses of a text say about the person called `name`, each thing once."""
    if not clauses:
        return []
    from memory_chain.extraction.rules.patterns import default_frames  # only here: the patterns take a while to read

    frames = default_frames()
    kept = _Kept()
    for clause in clauses:
        for one in frames.find(clause, name):
            kept.add(one)
        weekly = _weekly(clause, name)
        if weekly:
            kept.add(weekly)
    for one in (*telegrams(clauses, name), *named_relatives(clauses, name)):
        kept.add(one)
    return _lasting(kept.found, clauses, name, default_weights().of_message(text))


_DOUBTED_ALL = 0.55
"""Of a message that is less likely to reveal anything only what is clear is taken."""
_CLEAR = 0.5
"""How likely a finding has to be to last, to be taken from such a message."""
_DOUBTED, _MISPLACED = 0.3, 0.005
"""A finding whose clause is less likely to say anything lasting, or anything of its section, is dropped."""
_SURE = 0.4
"""What no frame knows is filed if the likelihoods that it lasts and that the section is right make this together."""


def _lasting(found: Iterable[Found], clauses: Sequence[Clause], name: str, weights: MessageWeights) -> list[Found]:
    """The findings that are likely to last, and the clauses that surely do although no frame knows them."""
    chances: dict[int, Mapping[str, float]] = {}

    def likely(clause: Clause) -> Mapping[str, float]:
        if id(clause) not in chances:
            chances[id(clause)] = weights.chances(clause)
        return chances[id(clause)]

    doubtful = weights.revealing() < _DOUBTED_ALL
    least = _CLEAR if doubtful else _DOUBTED
    kept = [
        one for one in found if likely(one.clause)[LASTING] >= least and likely(one.clause)[one.section] >= _MISPLACED
    ]
    if doubtful:
        return kept
    known = {id(one.clause) for one in kept}
    unknown = (clause for clause in clauses if id(clause) not in known and not clause.unreal)
    filed = (_filed(clause, likely(clause), name) for clause in unknown)
    return [*kept, *(one for one in filed if one)]


_ENDS = re.compile(r"\b(?:no longer|stopped|used to|any ?more|quit|gave up|given up|not any)\b")


def _filed(clause: Clause, likely: Mapping[str, float], name: str) -> Found | None:
    """A clause under its likeliest section; None if it may be passing, tells of an end or of others."""
    if clause.who is Who.OWN and lexicon().any(clause.owner.lower(), "occupation", "social", "workword"):
        return None
    section = max((label for label in likely if label != LASTING), key=lambda label: likely[label])
    sure = likely[LASTING] * likely[section]
    if sure < _SURE or _ENDS.search(clause.low):
        return None
    value = heart(re.sub(r"^(?:i (?:am|have)?|my)\s+", "", clause.core, flags=re.IGNORECASE))
    return Found(
        section=section, aspect="detail", value=value, text=whole(clause, name), polarity=Attitude.NEUTRAL, ended=False,
        confidence=round(sure, 2), order=-4, clause=clause,
    )  # fmt: skip


_SAME_TWICE = frozenset(
    (("interests", "schedule"), ("schedule", "interests"), ("work", "schedule"), ("schedule", "work"))
)


class _Kept:
    """What was found, without repetition: of several readings of the same words in one clause, the first stands."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        self._by_clause: dict[int, list[Found]] = {}
        self._known: set[tuple[str, str, str, bool]] = set()

    def add(self, one: Found) -> None:
        """Keep what is new."""
        key = (one.section, one.aspect, one.value.lower(), one.ended)
        if (
            one.order == -1
            and one.section == "family"
            and any(other.section == "family" and one.value.lower() in other.value.lower() for other in self.found)
        ):
            return
        beside = self._by_clause.setdefault(id(one.clause), [])
        if key in self._known or any(_repeats(one, other) for other in beside):
            return
        self._known.add(key)
        beside.append(one)
        self.found.append(one)


def _repeats(one: Found, other: Found) -> bool:
    """Whether a reading says what another one of the same clause says already."""
    value, known = one.value.lower(), other.value.lower()
    if other.order == one.order and value != known:
        return False
    overlaps = _overlap(value, known)
    if other.section == one.section:
        return other.aspect == one.aspect or overlaps or one.section not in _MANY_SIDED
    return overlaps and (other.section, one.section) not in _SAME_TWICE and one.section not in ("family", "home")


_WEEKLY = re.compile(
    r"^(?:on |every |most |each )*(?:(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?(?: "
    r"and |, )?)+(?: (?:mornings?|evenings?|nights?|afternoons?))?|weekends|weekdays|"
    r"mornings|evenings)\b",
    re.IGNORECASE,
)


def _weekly(clause: Clause, name: str) -> Found | None:
    """ "Fridays I'm off": what stands before the subject is a day that comes again."""
    day = _WEEKLY.match(clause.lead)
    if day is None or clause.who not in (Who.SELF, Who.OWN) or clause.question or clause.unreal:
        return None
    again = re.search(r"days\b|every|each|most|ings\b|ends\b|nights\b", day[0].lower())
    if not again or any(is_past(word) for word in clause.low.split()[1:3]):
        return None
    return Found(
        section="schedule", aspect="regular", value=f"{day[0]} {clause.core}"[:60], text=whole(clause, name),
        polarity=Attitude.NEUTRAL, ended=False, confidence=0.7, order=-3, clause=clause,
    )  # fmt: skip


def _overlap(a: str, b: str) -> bool:
    """Whether two values say the same words, all in all."""
    if a in b or b in a:
        return True
    words_a, words_b = set(a.split()), set(b.split())
    return 2 * len(words_a & words_b) > min(len(words_a), len(words_b))


def validity(clause: Clause, said_at: datetime) -> tuple[datetime | None, datetime | None]:
    """From when and until when a clause says that it holds ("since 2015", "until August")."""
    text = f"{clause.lead}, {clause.full}" if clause.lead else clause.full
    start = end = None
    for span in times_of(clause, said_at):
        if span.interval is None:
            continue
        before = text[max(0, span.start_index - 40) : span.start_index]
        words = text[span.start_index : span.end_index]
        if _UNTIL.search(before) or re.match(r"(?:until|till)\b", words, re.I):
            end = span.interval.end
        elif (_FROM.search(before) or re.match(r"since\b", words, re.I)) and span.interval.start <= said_at:
            start = span.interval.start
    return start, end


def summary_of(clauses: Iterable[Clause], found: Sequence[Found], fallback: str) -> str:
    """One line about a message: the first thing that it reveals, or how it begins."""
    if found:
        return found[0].text
    line = " ".join(fallback[:400].split())
    return line if len(line) <= 120 else line[:117].rsplit(" ", 1)[0] + "…"
