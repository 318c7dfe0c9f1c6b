"""Which way does a clause look: back, or ahead?"""

from __future__ import annotations

from collections.abc import Iterable

from memory_chain.dates.tokens import Text
from memory_chain.dates.vocabulary import STOPS, words

_JOINTS = words("and but so because then , although while")
_PAST_WORDS = words(
    "was were had did didn't wasn't weren't hadn't been went got saw met left ran took made bought brought "
    "came told said gave found lost won broke fell felt ate drank drove flew rode swam slept spent sold "
    "taught thought knew grew wrote spoke sang stood sent paid caught built began became chose forgot froze "
    "heard held kept led meant sat shook shot stole stuck threw tore understood woke wore bit blew dug drew "
    "fought hid hung laid lent rang rose sank sought swung wound used couldn't gone done ago yesterday"
)
_NOT_PAST = words("need feed speed indeed seed weed breed exceed proceed embed hundred sacred naked shed")
_FUTURE_WORDS = words(
    "will won't shall gonna plan plans planning hope hoping hopefully want wanna wants need needs must "
    "should might can can't let's lets due scheduled upcoming soon tomorrow tonight wait i'll we'll you'll "
    "he'll she'll they'll it'll that'll there'll booked intend aim expecting ready"
)
_PRESENT_BE = words("am is are i'm we're you're they're he's she's isn't aren't")
_PRESENT_WORDS = words(
    "have has starts begins ends expires runs closes finishes leaves arrives opens returns comes flies moves "
    "gets turns starting getting leaving meeting visiting flying moving coming arriving returning seeing "
    "celebrating hosting"
)
_ADVERBS = words("not all both also probably finally really so still just already never always only now")


def direction(t: Text, first: int, stop: int, *, asking: bool) -> int:
    """-1 if the verb nearest to an expression is in the past, 1 if it looks ahead, 0 if none tells."""
    left = _nearest_verb(t, range(first - 1, max(-1, first - 26), -1), asking=asking)
    right = _nearest_verb(t, range(stop, min(len(t.words), stop + 25)), asking=asking)
    return left[1] if left[0] <= right[0] else right[1]


def _nearest_verb(t: Text, places: Iterable[int], *, asking: bool) -> tuple[int, int]:
    """How far the first word is that tells, and which way; a joint between clauses counts as six words."""
    far = 0
    for i in places:
        word = t.word(i)
        if word in STOPS and not (word == "." and t.glued(i + 1)):
            break
        far += 6 if word in _JOINTS else 1
        way = _verb_way(t, i, asking=asking)
        if way:
            return far, way
    return 99, 0


def _verb_way(t: Text, i: int, *, asking: bool) -> int:
    word = t.word(i)
    if word in _FUTURE_WORDS or t.phrase(i, "let", "'s") or t.phrase(i - 1, "how", "about"):
        return 1
    if word in _PAST_WORDS or (word.endswith("ed") and len(word) > 3 and word not in _NOT_PAST):
        return -1
    if word in _PRESENT_BE or word == "'s":
        return _be_way(t, i, asking=asking)
    if word in ("have", "has") or word.endswith("'ve"):
        after = t.word(i + 2) if t.word(i + 1) in _ADVERBS else t.word(i + 1)
        if after in _PAST_WORDS or after.endswith(("ed", "en")):
            return -1
        return 0 if asking or word.endswith("'ve") else 1
    return 1 if word in _PRESENT_WORDS and not asking else 0


def _be_way(t: Text, i: int, *, asking: bool) -> int:
    """ "is", "we're": ahead with a verb in -ing or alone, back before "been" and "got"."""
    after = t.word(i + 2) if t.word(i + 1) in _ADVERBS else t.word(i + 1)
    if after in ("been", "gone", "done", "got", "had", "finished"):
        return -1
    if after.endswith("ing") and len(after) > 4:
        return 0 if asking and after != "going" else 1
    return 0 if asking or t.word(i) == "'s" else 1
