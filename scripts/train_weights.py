"""Fit the weights by which the rule writer tells lasting statements from passing ones.

    python scripts/train_weights.py                 # writes memory_chain/data/reading.txt.gz
    python scripts/train_weights.py --check         # leaves each labelled set out in turn, writes nothing

Learns from `tests/data/extraction_dev*.jsonl` (labelled messages), `scripts/data/messages.jsonl` (more of them),
`scripts/data/statements.tsv` (a section, or `none`, and a statement) and the statements of `standing_dev.jsonl`. All of
it was written for this project by people who had not seen the rules; the unseen halves are never read. Needs numpy and
scipy; the package needs neither. One logistic regression a label, L2; the result is deterministic.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import minimize
from score_extraction import Example, has_words, read, score

from memory_chain.extraction.guards import own_words
from memory_chain.extraction.rules import RuleWriter, is_english, reader
from memory_chain.extraction.rules.frames import whole
from memory_chain.extraction.rules.reader import meant_clauses
from memory_chain.extraction.rules.shape import Clause
from memory_chain.extraction.rules.weights import (
    LASTING,
    OF_MESSAGE,
    REVEALING,
    Weights,
    read_weights,
    seen_in,
    seen_in_message,
)
from memory_chain.schema import default_schema

HERE = Path(__file__).parent
SETS = HERE.parent / "tests" / "data"
TARGET = HERE.parent / "memory_chain" / "data" / "reading.txt.gz"
STRENGTH, MESSAGE_STRENGTH = 1.0, 3.0
"""How strongly large weights are held back."""
LEAST = 2
"""A feature seen in fewer clauses is not learned."""
SMALLEST = 0.15
"""A smaller weight is left out of the file."""
PARTS = 4
"""In so many parts `messages.jsonl` is left out by `--check`."""
OPTIONAL = 0.4
"""How much a clause counts that says only what might or might not be recorded."""
AROUND = 0.4
"""How much the words of the whole message count beside those of the clause."""
ALONE = 0.7
"""How much a statement counts that was written without a message around it."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A clause, the message it stands in, the sections of what it says, and how much it counts."""

    clause: Clause
    text: str
    sections: frozenset[str]
    weight: float


class Told(NamedTuple):
    """A message, whether it reveals anything, and how much it counts."""

    text: str
    reveals: bool
    weight: float


def told_by(example: Example) -> Told:
    """A labelled message as a whole."""
    return Told(example.message.text, bool(example.attributes or example.events), 1.0)


def followed_by_questions(messages: Sequence[Told]) -> list[Told]:
    """Each message that asks nothing, with a question after it: that is how people talk to an assistant, and a question
    after a statement takes nothing back."""
    questions = [message.text for message in messages if not message.reveals and message.text.endswith("?")]
    stated = [message for message in messages if "?" not in message.text]
    return [
        message._replace(text=f"{message.text.rstrip('.')}. {questions[place % len(questions)]}")
        for place, message in enumerate(stated)
    ]


def said_alone(samples: Iterable[Sample]) -> list[Told]:
    """The lasting statements among clauses as messages of their own: the plainest way to talk, and rare in the sets."""
    return [
        Told(sample.clause.full, True, ALONE)
        for sample in samples
        if sample.sections and sample.weight == 1.0 and not (sample.clause.question or sample.clause.unreal)
    ]


def samples_of(example: Example) -> Iterable[Sample]:
    """The clauses of a labelled message; what it says belongs to the clause that has all its words."""
    for clause in _clauses(example.message.text):
        text = whole(clause, "The user")
        said = [gold for gold in example.attributes if has_words(text, gold.words)]
        optional = bool(said) and all(gold.optional for gold in said)
        yield Sample(
            clause=clause,
            text=example.message.text,
            sections=frozenset(section for gold in said for section in gold.sections),
            weight=OPTIONAL if optional else 1.0,
        )


def of_statement(section: str, text: str) -> Iterable[Sample]:
    """The clauses of a single statement: what it says belongs to the longest one."""
    clauses = _clauses(text)
    if section == "none":
        yield from (Sample(clause=clause, text=text, sections=frozenset(), weight=ALONE) for clause in clauses)
    elif clauses:
        longest = max(clauses, key=lambda clause: len(clause.core))
        yield Sample(clause=longest, text=text, sections=frozenset([section]), weight=ALONE)


class Pair(NamedTuple):
    """Two statements in one message, each a section (or `none`) and a text."""

    first: tuple[str, str]
    second: tuple[str, str]
    joint: str

    @property
    def text(self) -> str:
        """The message."""
        return self.first[1].rstrip(".") + self.joint + self.second[1]

    def samples(self) -> Iterable[Sample]:
        """Its clauses."""
        for clause in _clauses(self.text):
            section, _ = self.first if clause.full.rstrip(".").lower() in self.first[1].lower() else self.second
            sections = frozenset([section]).difference(["none"])
            yield Sample(clause=clause, text=self.text, sections=sections, weight=ALONE)


def pairs_of(lines: Sequence[tuple[str, str]]) -> list[Pair]:
    """Statements joined to one sentence, and beside something said in passing, which takes nothing back."""
    stated = [line for line in lines if line[0] != "none" and "?" not in line[1]]
    passing = [line for line in lines if line[0] == "none" and len(line[1]) < 90]
    own = [line for line in stated if re.match(r"(?:I|My|We)\b", line[1])]
    joined = [Pair(*two, " and ") for two in zip(own, own[len(own) // 2 :], strict=False)]
    for place, line in enumerate(stated):
        other = passing[7 * place % len(passing)]
        joined.append(Pair(line, other, ". ") if place % 2 else Pair(other, line, ". "))
    return joined


def fit(samples: Sequence[Sample], messages: Sequence[Told]) -> Weights:
    """One logistic regression a label: of clauses what they say, of messages whether they reveal anything."""
    labels = (LASTING, *default_schema().keys)
    clauses = _fitted(
        [{**seen_in(sample.clause), **dict.fromkeys(seen_in_message(sample.text), AROUND)} for sample in samples],
        {label: [bool(s.sections) if label == LASTING else label in s.sections for s in samples] for label in labels},
        [sample.weight for sample in samples],
        STRENGTH,
    )
    whole_messages = _fitted(
        [seen_in_message(message.text) for message in messages],
        {REVEALING: [message.reveals for message in messages]},
        [message.weight for message in messages],
        MESSAGE_STRENGTH,
    )
    features = {
        name: _scaled(found, AROUND if name.startswith(OF_MESSAGE) else 1) for name, found in clauses.features.items()
    }
    for name, found in whole_messages.features.items():
        features.setdefault(name, {}).update(found)
    return Weights(bias={**clauses.bias, **whole_messages.bias}, features=features)


def _scaled(weights: Mapping[str, float], share: float) -> dict[str, float]:
    return {label: round(weight * share, 2) for label, weight in weights.items()}


def _fitted(
    seen: Sequence[Mapping[str, float]], wanted: Mapping[str, Sequence[bool]], weights: Sequence[float], strength: float
) -> Weights:
    counts = Counter(feature for features in seen for feature in features)
    names = sorted(feature for feature, count in counts.items() if count >= LEAST)
    places = {name: place for place, name in enumerate(names)}
    rows = [row for row, features in enumerate(seen) for name in features if name in places]
    columns = [places[name] for features in seen for name in features if name in places]
    values = [amount for features in seen for name, amount in features.items() if name in places]
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(len(seen), len(names)))
    bias: dict[str, float] = {}
    features: dict[str, dict[str, float]] = {name: {} for name in names}
    for label, right in wanted.items():
        learned = _regress(matrix, np.array(right), np.array(weights), strength)
        bias[label] = round(float(learned[-1]), 2)
        for name, value in zip(names, learned, strict=False):
            if abs(value) >= SMALLEST:
                features[name][label] = round(float(value), 2)
    return Weights(bias=bias, features={name: found for name, found in features.items() if found})


def written(found: Weights) -> str:
    """The file of the weights."""
    head = "# Learned by scripts/train_weights.py: the biases, then what each feature adds.\n"
    lines = [("bias", found.bias), *sorted(found.features.items())]
    return head + "".join(
        f"{name}\t{' '.join(f'{label}:{value:g}' for label, value in row.items())}\n" for name, row in lines
    )


def _regress(matrix: sparse.csr_matrix, wanted: np.ndarray, importance: np.ndarray, strength: float) -> np.ndarray:
    signs = np.where(wanted, 1.0, -1.0)

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (matrix @ point[:-1] + point[-1])
        pull = -importance * signs / (1 + np.exp(margins))
        value = importance @ np.logaddexp(0, -margins) + strength * (point @ point) / 2
        gradient = np.append(matrix.T @ pull, pull.sum()) + strength * point
        return float(value), gradient

    return minimize(loss, np.zeros(matrix.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _clauses(text: str) -> list[Clause]:
    own = own_words(text)
    return meant_clauses(own) if is_english(own) else []


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="leave each labelled set out in turn and write nothing")
    options = parser.parse_args()
    sets = {path.stem: read(path) for path in sorted(SETS.glob("extraction_dev*.jsonl"))}
    more = read(HERE / "data" / "messages.jsonl")
    sets |= {f"messages, part {part + 1} of {PARTS}": more[part::PARTS] for part in range(PARTS)}
    lines = [
        (section, text)
        for section, _, text in (line.partition("\t") for line in _lines(HERE / "data" / "statements.tsv"))
    ]
    lines += [(row["section"], row["statement"]) for row in map(json.loads, _lines(SETS / "standing_dev.jsonl"))]
    alone = [sample for line in lines for sample in of_statement(*line)]
    pairs = pairs_of(lines)
    alone += [sample for pair in pairs for sample in pair.samples()]
    single = [Told(text, section != "none", ALONE) for section, text in lines]
    single += followed_by_questions(single)
    single += [Told(pair.text, True, ALONE) for pair in pairs]
    for left_out in sets if options.check else [""]:
        learned_from = [example for name, examples in sets.items() if name != left_out for example in examples]
        samples = [sample for example in learned_from for sample in samples_of(example)]
        messages = [told_by(example) for example in learned_from]
        text = written(fit([*samples, *alone], [*messages, *single, *said_alone(samples)]))
        found = read_weights(text)
        if not options.check:
            TARGET.write_bytes(gzip.compress(text.encode(), mtime=0))
            print(f"{len(samples) + len(alone):,} clauses, {text.count(chr(10)):,} features, {len(text):,} characters")
            return
        reader.default_weights = lambda found=found: found  # type: ignore[assignment]
        result = score(sets[left_out], RuleWriter())
        print(
            left_out,
            f"precision {result.total.precision:.3f}, recall {result.total.recall:.3f}, silence {result.silence:.3f}",
        )


if __name__ == "__main__":
    main()
