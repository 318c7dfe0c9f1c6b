"""What a message is about: one to three key phrases, the most telling first. Any language with spaces."""

from __future__ import annotations

import re
from collections import Counter

from memory_chain.extraction.rules.lexicon import lexicon, singular, word_set
from memory_chain.retrieval.analysis import STOP_WORDS

MOST = 3
_READ = 4000
_LONGEST = 4
_TOKEN = re.compile(r"[^\W_](?:[\w'’.-]*[^\W_])?|[^\w\s]")
_TALKING_ABOUT = word_set(
    "occupation food condition medicine instrument sport study animal regime allergen "
    "illadj illness aid pet vehicle "
    "device software hobby lang religion workword homeword moneyword schoolword game kin fearthing"
)
_PLAIN = word_set("""
    ain really actually just like get got getting go goes going gone went come came coming make makes made
    making take takes took taking want wants wanted need needs needed know knows knew think thinks thought
    thinking say says said saying tell told see saw seen look looks looking find found use used using try tried
    trying give gave given help helps thing things stuff something anything nothing everything everyone someone
    people way lot lots bit much many good great nice bad better best well right new old big small little long
    short first last next other another today tomorrow yesterday tonight day days week weeks month months year
    years time times now then still even ever never always often usually sometimes maybe perhaps please thanks
    thank hello hi hey okay ok yes yeah yep nope sure sorry haha lol wow oh ah um hmm hope glad happy love loves
    loved hate hates hated enjoy enjoys feel feels felt feeling since ago also though although however back away
    around every each any whole quite rather pretty kind sort let lets able been being able could would should
    may might must shall one two three four five six seven eight nine ten im ive dont cant didnt doesnt isnt
    wasnt id ill youre thats whats theres gonna wanna gotta etc amp http https www com work works worked start
    started stop stopped keep keeps kept put live lives lived talk talked ask asked show mean means seem seems
    totally definitely absolutely especially super awesome amazing cool fun nice guess wait yet already without
    within along morning evening night afternoon recently lately finally soon later early late half enough less
    least doing done does anyone isn wasn aren weren hasn haven won wouldn couldn shouldn mustn cannot than
    become became happen happened read reading buy bought call called end ended left leave move moved turn
    turned play playing eat eating drink prefer
    """)
_ADDRESSED = re.compile(
    r"\b(?:[Hh]ey|[Hh]i|[Hh]ello|[Tt]hanks|[Tt]hank you|[Ww]ow|[Yy]eah|[Yy]es|[Yy]ep|"
    r"[Nn]o|[Cc]ool|[Aa]wesome|[Bb]ye|[Dd]ear|[Cc]heers|[Aa]gree|[Gg]reat|[Ss]orry|[Cc]ongrats|"
    r"[Mm]orning|[Ss]o much),? "
    r"[A-Z][a-z]+(?=\s*[,.!?])|,\s[A-Z][a-z]+(?=[.!?,])(?=[^\n]{0,3})|^[A-Z][a-z]+(?=, "
    r"(?:that|I|you|so|it|what|how|thanks|those|your)\b)|(?<=[.!?] )[A-Z][a-z]+, (?=you|"
    r"that)"
)
_NUMBER = re.compile(r"^[\d.,:/-]+$")


def key_phrases(text: str, values: list[str]) -> tuple[str, ...]:
    """The main phrases of a text; `values` are what it reveals, and come first if they are short."""
    chosen: list[str] = []
    for value in values:
        phrase = _trimmed(value.lower())
        if phrase:
            _add(chosen, phrase)
    for phrase in _ranked(_ADDRESSED.sub(" , ", text[:_READ])):
        if len(chosen) >= MOST:
            break
        _add(chosen, phrase)
    return tuple(chosen[:MOST])


def _trimmed(value: str) -> str:
    words = re.findall(r"[^\W_](?:[\w'’-]*[^\W_])?", value)
    while words and (words[0] in _PLAIN or words[0] in STOP_WORDS):
        words = words[1:]
    for place, word in enumerate(words):
        if place and (word in STOP_WORDS or word in _PLAIN):
            words = words[:place]
            break
    return " ".join(words[:_LONGEST])


def _add(chosen: list[str], phrase: str) -> None:
    words = {singular(word) for word in phrase.split()}
    for other in chosen:
        if words <= {singular(word) for word in other.split()}:
            return
    if len(chosen) < MOST:
        chosen.append(phrase)


def _ranked(text: str) -> list[str]:
    """Runs of words that carry meaning, the best first: known nouns, names, what is repeated, what is long."""
    lex = lexicon()
    runs: list[tuple[str, bool]] = []
    current: list[str] = []
    starts = True
    for token in [*_TOKEN.findall(text), "."]:
        low = token.lower().replace("’", "'")
        base = low.partition("'")[0]
        content = (
            token[0].isalnum() and len(base) > 1 and base not in STOP_WORDS and base not in _PLAIN
            and not _NUMBER.match(base)
            and not (lex.has(base, "past") and not lex.of(base) & _TALKING_ABOUT)
            and not (base.endswith("ly") and len(base) > 5)
        )  # fmt: skip
        if content:
            current.append(token if token[0].isupper() and not starts else low.removesuffix("'s"))
        elif current:
            runs.append((" ".join(current[-_LONGEST:]), False))
            current = []
        starts = token in ".!?:\n"
    counts = Counter(word for run, _ in runs for word in set(run.lower().split()))
    scored: dict[str, float] = {}
    for place, (run, _) in enumerate(runs):
        words = run.split()
        score = sum(1.0 for word in words if lex.of(word.lower()) & _TALKING_ABOUT) + sum(
            0.7 for w in words if w[0].isupper()
        )
        score += sum(0.5 * (counts[word.lower()] - 1) for word in words) / len(words)
        score += 0.4 * (1 < len(words) <= 3) + 0.03 * max(map(len, words)) - 0.02 * min(place, 20)
        if len(words) == 1 and len(run) < 3 and not run.isupper():
            score -= 1
        scored.setdefault(run.lower(), score)
    return sorted(scored, key=lambda run: -scored[run])[: 2 * MOST]
