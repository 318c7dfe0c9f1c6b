"""Score standing attributes: is what must be kept in mind in the context, though the question shares no word with it?

    python scripts/score_standing.py tests/data/standing_dev.jsonl                                  # 20 among 200
    python scripts/score_standing.py tests/data/standing_dev.jsonl --statements 100 --messages 1000
    python scripts/score_standing.py tests/data/standing_dev.jsonl --end-to-end --errors

By default the statements are given as attributes, by a writer that reads them off the file. With --end-to-end the
statements are ordinary messages of the user, and the rule writer reads them. The pairs are tested in groups of
--statements, each group a user's memory of its own among --messages other messages; a last group that is too small
is filled up with other pairs, so that every pair is tested once. tests/data/README.md describes the file.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from memory_chain import MemoryManager, Message
from memory_chain.bench.text import Generator
from memory_chain.extraction.base import Known, Understood
from memory_chain.types import Attitude, Decision, Observation, ObservedAttribute, Operation, Piece, Role

START = datetime(2024, 3, 4, 9, tzinfo=UTC)
SESSION = 20
BUDGET = 1500
USER = "user"

FILLER = (
    "Hey! Good to hear from you, how was your {when}?",
    "Wow, that {view} looks stunning! Where was it taken?",
    "Ha, the {thing} in the corner of that picture made me laugh.",
    "Thanks for asking, the {when} went by so fast.",
    "That sounds like a wonderful {when}, tell me everything!",
    "Have you heard about the {event} downtown? The whole street was talking about it.",
    "The {event} was packed, and then the rain came down all at once.",
    "Anything new since the {when}?",
    "You should have seen the {view} this {when}, all gold and pink.",
    "The bus was late again this {when}, so there was plenty of time to look at the {view}.",
    "Could you explain how a {thing} works, in two sentences?",
    "What's the difference between a {thing} and a {other}?",
    "Someone at the {event} was selling a {thing} made of wire.",
    "That's so kind of you to say!",
    "Glad to hear it. How did the {event} end?",
    "The neighbour's {thing} was beeping the whole {when}.",
    "The weather app says there will be fog over the {view} this {when}.",
    "Is the {event} still on, or was it cancelled?",
    "Oh no, did the {thing} break again?",
    "Congratulations! That must have been quite a {event}.",
    "Look at this {view}! and shared a photo of a {view} with a {thing} in front",
    "The film they showed at the {event} went on for three hours.",
    "Please write a short caption for a photo of a {view}.",
    "Can you sum up the news about the {event}?",
    "Summer light on the {view} is something else.",
    "It took them ages to find the {thing} after the {event}.",
    "How many people came to the {event}, do you know?",
    "True, a {thing} can be a bit of a puzzle.",
    "The {other} next to the {thing} fell over when the door opened.",
    "See you after the {event} then!",
    "No worries, we can talk about the {event} another time.",
    "That {other} was on the front page this {when}.",
    "Exactly, and the {view} was closed for repairs.",
    "What time does the {event} begin?",
    "Sounds good. Let me know how the {event} goes.",
    "The queue for the {event} went all the way round the {view}.",
    "It rained on the {event}, yet nobody left.",
    "Is there a word for the colour of a {view} at dusk?",
    "Who came up with the idea of a {thing} shaped like a {other}?",
    "Absolutely, the {event} deserves more attention.",
)
SLOTS = {
    "when": ("morning", "afternoon", "evening", "week", "Tuesday", "weekend", "day"),
    "view": ("sunset", "harbour", "bridge", "square", "skyline", "fountain", "meadow", "lighthouse", "old tower"),
    "thing": ("lamp", "kettle", "umbrella", "ladder", "teapot", "clock", "suitcase", "candle", "whistle", "mirror"),
    "other": ("sculpture", "barrel", "lantern", "kite", "map", "statue", "bench", "poster", "balloon"),
    "event": ("parade", "street fair", "concert", "auction", "lecture", "match", "exhibition", "market", "fireworks"),
}

NEGATIVE = re.compile(
    r"\b(?:not|no|never|cannot|can't|without|allergic|allergy|intoleran\w+|dislikes|hates|loathes|refuses|rejects|"
    r"avoids|afraid|fears?|terrified|phobia|estranged|struggles|forbids)\b"
)
POSITIVE = re.compile(r"\b(?:loves|adores|likes|enjoys|passionate|mad about|prefers|happiest|values|wants)\b")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A line of the file."""

    id: str
    statement: str
    section: str
    attribute: str
    question: str
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a pair. `extracted` is None where nothing had to be extracted."""

    pair: Pair
    in_context: bool
    """Some piece of the context comes from the statement and shows its words."""
    as_attribute: bool
    """That piece is not merely the message itself."""
    extracted: bool | None
    tokens: int


class GivenAttributes:
    """A writer that knows what each statement means, and that nothing else means anything."""

    name = "given"
    immediate = False

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._pairs = {pair.id: pair for pair in pairs}

    def observe(self, messages: Sequence[Message], known: Known) -> Understood:
        """One attribute for each statement."""
        return Understood(observations=[self._observation(message) for message in messages])

    def _observation(self, message: Message) -> Observation:
        pair = self._pairs.get(message.id)
        if pair is None:
            return Observation(message_id=message.id, writer=self.name)
        attribute = ObservedAttribute(
            section=pair.section,
            aspect=pair.words[0],
            value=" ".join(pair.words),
            text=pair.attribute,
            polarity=polarity(pair.attribute),
            decision=Decision(operation=Operation.ADD, reason="given"),
        )
        return Observation(message_id=message.id, attributes=(attribute,), writer=self.name)


def polarity(text: str) -> Attitude:
    """What any writer would make of the fact; the file does not say."""
    if NEGATIVE.search(text):
        return Attitude.NEGATIVE
    return Attitude.POSITIVE if POSITIVE.search(text) else Attitude.NEUTRAL


def read_pairs(path: Path) -> list[Pair]:
    pairs = []
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            words = tuple(word.lower() for word in row.pop("words"))
            pairs.append(Pair(words=words, **row))
    return pairs


def groups(pairs: Sequence[Pair], size: int, lots: random.Random) -> list[tuple[list[Pair], list[Pair]]]:
    """(those to be tested, those that only stand beside them): together `size`, if there are so many."""
    shuffled = lots.sample(pairs, len(pairs))
    parts = [shuffled[start : start + size] for start in range(0, len(shuffled), size)]
    found = []
    for part in parts:
        others = [pair for pair in shuffled if pair not in part]
        found.append((part, lots.sample(others, min(len(others), size - len(part)))))
    return found


def filler(number: int, seed: int) -> list[str]:
    """Everyday chatter that says nothing lasting about anybody: half of it generated, half from the frames above."""
    generator, lots = Generator(seed), random.Random(seed)

    def framed() -> str:
        return lots.choice(FILLER).format(**{slot: lots.choice(words) for slot, words in SLOTS.items()})

    return [generator.chatter() if lots.random() < 0.5 else framed() for _ in range(number)]


def conversation(pairs: Sequence[Pair], others: int, seed: int) -> list[Message]:
    """The statements of the user scattered among other messages of the user and an assistant."""
    lots = random.Random(seed)
    said: list[tuple[str, str, Role]] = [
        (f"filler-{place}", text, Role.USER if place % 2 else Role.ASSISTANT)
        for place, text in enumerate(filler(others, seed))
    ]
    for pair in pairs:
        said.insert(lots.randint(0, len(said)), (pair.id, pair.statement, Role.USER))
    return [
        Message(
            id=name,
            text=text,
            role=role,
            session_id=f"s{place // SESSION}",
            created_at=START + timedelta(hours=9 * (place // SESSION), minutes=place % SESSION),
        )
        for place, (name, text, role) in enumerate(said)
    ]


def score(pairs: Sequence[Pair], beside: Sequence[Pair], others: int, *, end_to_end: bool, seed: int) -> list[Result]:
    """Test one group in a memory of its own."""
    every = [*pairs, *beside]
    with tempfile.TemporaryDirectory(prefix="omem-standing-") as folder:
        writer = None if end_to_end else GivenAttributes(every)
        with MemoryManager(folder, writer=writer, consolidate="manual") as memory:
            memory.add(conversation(every, others, seed), user_id=USER)
            memory.flush(USER)
            known = [(a.text.lower(), {s.id for s in a.sources}) for a in memory.profile(USER).attributes]
            return [_result(memory, pair, known if end_to_end else None) for pair in pairs]


def _result(memory: MemoryManager, pair: Pair, known: list[tuple[str, set[str]]] | None) -> Result:
    context = memory.retrieve(pair.question, user_id=USER, budget_tokens=BUDGET)
    extracted = None
    if known is not None:
        extracted = any(pair.id in sources and all(word in text for word in pair.words) for text, sources in known)
    return Result(
        pair=pair,
        in_context=any(_shows(piece, pair) for piece in context),
        as_attribute=any(_shows(piece, pair) for piece in context if piece.kind != "message"),
        extracted=extracted,
        tokens=context.tokens,
    )


def _shows(piece: Piece, pair: Pair) -> bool:
    if pair.id not in piece.sources:
        return False
    text = piece.text.lower()
    return piece.text == pair.attribute or all(word in text for word in pair.words)


def report(results: Sequence[Result], options: argparse.Namespace) -> dict[str, Any]:
    told: dict[str, Any] = {
        "file": str(options.file),
        "mode": "end to end" if options.end_to_end else "given as attributes",
        "statements": options.statements,
        "messages": options.messages,
        "budget_tokens": BUDGET,
        "seed": options.seed,
        "pairs": len(results),
        "in_context": percent([one.in_context for one in results]),
        "as_attribute": percent([one.as_attribute for one in results]),
        "mean_tokens": round(statistics.fmean(one.tokens for one in results), 1),
        "by_section": {},
    }
    if options.end_to_end:
        told["extraction_recall"] = percent([bool(one.extracted) for one in results])
    for section, number in sorted(Counter(one.pair.section for one in results).items()):
        of_it = [one for one in results if one.pair.section == section]
        told["by_section"][section] = {"pairs": number, "in_context": percent([one.in_context for one in of_it])}
        if options.end_to_end:
            told["by_section"][section]["extraction_recall"] = percent([bool(one.extracted) for one in of_it])
    if options.errors:
        told["errors"] = [
            {**asdict(one.pair), "extracted": one.extracted, "tokens": one.tokens}
            for one in results
            if not one.in_context
        ]
    return told


def percent(hits: Sequence[bool]) -> float:
    return round(100 * statistics.fmean(hits), 1) if hits else 0.0


def show(told: dict[str, Any]) -> None:
    print(f"{told['statements']} statements among {told['messages']} messages, {told['mode']}, {told['pairs']} pairs")
    print(f"in the context: {told['in_context']} %; as more than the message: {told['as_attribute']} %")
    if "extraction_recall" in told:
        print(f"extraction recall: {told['extraction_recall']} %")
    for section, figures in told["by_section"].items():
        beside = f"  extracted {figures['extraction_recall']:5.1f} %" if "extraction_recall" in figures else ""
        print(f"  {section:14} {figures['pairs']:3}  in context {figures['in_context']:5.1f} %{beside}")
    for error in told.get("errors", ()):
        extracted = {True: "extracted", False: "not extracted", None: "given"}[error["extracted"]]
        print(f"- {error['id']} [{error['section']}] {error['attribute']} <- {error['question']} ({extracted})")


def main() -> None:
    parser = argparse.ArgumentParser(description="Score standing attributes.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--statements", type=int, default=20, help="statements in one memory")
    parser.add_argument("--messages", type=int, default=200, help="other messages in one memory")
    parser.add_argument("--end-to-end", action="store_true", help="the rule writer reads the statements")
    parser.add_argument("--errors", action="store_true", help="list the pairs that failed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    lots = random.Random(options.seed)
    results = [
        result
        for number, (tested, beside) in enumerate(groups(read_pairs(options.file), options.statements, lots))
        for result in score(
            tested, beside, options.messages, end_to_end=options.end_to_end, seed=1000 * options.seed + number
        )
    ]
    told = report(results, options)
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        show(told)


if __name__ == "__main__":
    main()
