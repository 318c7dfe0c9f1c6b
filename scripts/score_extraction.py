"""Scores the rule writer on a labelled set, as tests/data/README.md defines it.

    python scripts/score_extraction.py tests/data/extraction_dev.jsonl [--by-section] [--errors] [--json]

A predicted attribute is right if some gold one has its section, all its words, no opposite polarity and the
same end. Predictions that match only optional gold, or gold that is matched already, count neither way. Events
count for recall only.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from memory_chain.extraction.base import Known, Writer
from memory_chain.extraction.rules import RuleWriter
from memory_chain.types import Attitude, Message, Observation, ObservedAttribute, ObservedEvent

_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_OPPOSITE = {("positive", "negative"), ("negative", "positive")}


@dataclass(frozen=True, kw_only=True)
class Gold:
    """One labelled attribute."""

    sections: frozenset[str]
    words: tuple[str, ...]
    polarity: str
    ended: bool
    optional: bool


@dataclass(frozen=True, kw_only=True)
class GoldEvent:
    """One labelled event; `days` are its first and last possible day."""

    words: tuple[str, ...]
    days: tuple[datetime, datetime] | None


@dataclass(frozen=True, kw_only=True)
class Example:
    """One labelled message."""

    id: str
    kind: str
    message: Message
    attributes: tuple[Gold, ...]
    events: tuple[GoldEvent, ...]


@dataclass
class Count:
    """Right and wrong predictions, found and missed gold."""

    right: int = 0
    wrong: int = 0
    found: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Right among right and wrong."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Found among found and missed."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0


@dataclass
class Score:
    """The figures of one run."""

    total: Count = field(default_factory=Count)
    sections: defaultdict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    kinds: defaultdict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    events: Count = field(default_factory=Count)
    silent: int = 0
    nothing: int = 0
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    messages: int = 0

    @property
    def silence(self) -> float:
        """The share of messages that reveal nothing of which nothing was taken."""
        return self.silent / self.nothing if self.nothing else 1.0

    def as_json(self) -> dict[str, Any]:
        """The figures as plain data."""

        def plain(counts: dict[str, Count]) -> dict[str, Any]:
            return {key: [round(c.precision, 4), round(c.recall, 4)] for key, c in sorted(counts.items())}

        return {
            "precision": round(self.total.precision, 4),
            "recall": round(self.total.recall, 4),
            "silence": round(self.silence, 4),
            "event_recall": round(self.events.recall, 4),
            "sections": plain(self.sections),
            "kinds": plain(self.kinds),
            "ms_per_message": round(1000 * self.seconds / max(1, self.messages), 3),
        }


def read(path: Path) -> list[Example]:
    """The labelled messages of a file."""
    return [_example(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]


def score(examples: Sequence[Example], writer: Writer) -> Score:
    """Let a writer read the messages and compare."""
    result = Score(messages=len(examples))
    for example in examples:
        begun = time.perf_counter()
        observation = writer.observe([example.message], Known()).observations[0]
        result.seconds += time.perf_counter() - begun
        _compare(example, observation, result)
    return result


def _example(row: dict[str, Any]) -> Example:
    return Example(
        id=row["id"],
        kind=row["kind"],
        message=Message(id=row["id"], text=row["text"], created_at=datetime.fromisoformat(row["said_at"])),
        attributes=tuple(
            Gold(
                sections=frozenset(gold["sections"]),
                words=tuple(gold["words"]),
                polarity=gold["polarity"],
                ended=gold["ended"],
                optional=gold.get("optional", False),
            )
            for gold in row["attributes"]
        ),
        events=tuple(
            GoldEvent(words=tuple(gold["words"]), days=_days(gold.get("start"), gold.get("end")))
            for gold in row.get("events", [])
        ),
    )


def _days(start: str | None, end: str | None) -> tuple[datetime, datetime] | None:
    if not start or not end:
        return None
    return datetime.fromisoformat(start + "T00:00Z"), datetime.fromisoformat(end + "T00:00Z") + timedelta(days=1)


def _compare(example: Example, observation: Observation, result: Score) -> None:
    predicted = observation.attributes
    revealing = bool(example.attributes or example.events)
    if not revealing:
        result.nothing += 1
        result.silent += not predicted
    matched: set[int] = set()
    for item in predicted:
        places = [place for place, gold in enumerate(example.attributes) if _matches(item, gold)]
        needed = [place for place in places if not example.attributes[place].optional]
        new = [place for place in needed if place not in matched]
        if new:
            matched.update(new)
            for count in (result.total, result.sections[item.section], result.kinds[example.kind]):
                count.right += 1
        elif not places:
            for count in (result.total, result.sections[item.section], result.kinds[example.kind]):
                count.wrong += 1
            result.errors.append(f"WRONG  {example.id} {_shown(item)}   <- {example.message.text!r}")
    for place, gold in enumerate(example.attributes):
        if gold.optional:
            continue
        found = place in matched
        section = sorted(gold.sections)[0]
        for count in (result.total, result.sections[section], result.kinds[example.kind]):
            count.found += found
            count.missed += not found
        if not found:
            end = " ENDED" if gold.ended else ""
            what = f"{'/'.join(sorted(gold.sections))}: {'+'.join(gold.words)} ({gold.polarity}){end}"
            result.errors.append(f"MISSED {example.id} {what}   <- {example.message.text!r}")
    for wanted in example.events:
        if any(_same_event(item, wanted) for item in observation.events):
            result.events.found += 1
        else:
            result.events.missed += 1
            result.errors.append(f"EVENT  {example.id} {'+'.join(wanted.words)}   <- {example.message.text!r}")


def _matches(item: ObservedAttribute, gold: Gold) -> bool:
    return (
        item.section in gold.sections
        and item.ended == gold.ended
        and (str(item.polarity), gold.polarity) not in _OPPOSITE
        and has_words(f"{item.value} {item.text}", gold.words)
    )


def has_words(text: str, wanted: Iterable[str]) -> bool:
    """Whether a text has all words, in whatever form."""
    low = text.lower()
    words = [word for found in _WORD.findall(low) for word in (found, *re.split(r"['’-]", found))]
    return all(_has(word.lower(), words, low) for word in wanted)


def _has(wanted: str, words: Sequence[str], text: str) -> bool:
    stem = wanted if len(wanted) < 5 else wanted[: max(4, len(wanted) - 3)]
    return any(word == wanted or (len(wanted) >= 4 and word.startswith(stem)) for word in words) or (
        not wanted.isalnum() and wanted in text
    )


def _same_event(item: ObservedEvent, wanted: GoldEvent) -> bool:
    if not has_words(item.text, wanted.words):
        return False
    if wanted.days is None:
        return True
    return item.when is not None and item.when.start < wanted.days[1] and wanted.days[0] < item.when.end


def _shown(item: ObservedAttribute) -> str:
    polarity = "" if item.polarity is Attitude.NEUTRAL else f" {item.polarity}"
    return f"{item.section}/{item.aspect}={item.value!r}{polarity}{' ENDED' if item.ended else ''} | {item.text}"


def _table(title: str, counts: dict[str, Count]) -> Iterable[str]:
    yield f"{title:<16} precision  recall   gold"
    for key, count in sorted(counts.items()):
        yield f"  {key:<14}    {count.precision:6.3f}  {count.recall:6.3f}  {count.found + count.missed:5d}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--by-section", action="store_true", help="also by section and by kind of message")
    parser.add_argument("--errors", action="store_true", help="also what was wrong and what was missed")
    parser.add_argument("--json", action="store_true", help="the figures as JSON and nothing else")
    arguments = parser.parse_args()
    writer = RuleWriter()
    writer.observe([Message(text="I live in Rome and I love my cat.")], Known())  # the word lists are read once
    result = score(read(arguments.file), writer)
    if arguments.json:
        print(json.dumps(result.as_json(), indent=2))
        return
    if arguments.errors:
        print("\n".join(result.errors))
    if arguments.by_section:
        print("\n".join([*_table("section", result.sections), *_table("kind", result.kinds)]))
    print(
        f"attributes: precision {result.total.precision:.3f}, recall {result.total.recall:.3f}; "
        f"silent on {result.silent} of {result.nothing} ({result.silence:.3f}); "
        f"events: recall {result.events.recall:.3f} of {result.events.found + result.events.missed}; "
        f"{1000 * result.seconds / max(1, result.messages):.3f} ms a message"
    )


if __name__ == "__main__":
    main()
