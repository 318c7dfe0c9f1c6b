"""Measure and fit the default text ranking on LoCoMo's evidence turns.

    python scripts/tune_ranking.py ../shared/data/locomo/locomo10.json              # the table of ablations
    python scripts/tune_ranking.py ../shared/data/locomo/locomo10.json --fit        # print new WEIGHTS (numpy, scipy)
    python scripts/tune_ranking.py ../shared/data/locomo/locomo10.json --one-chain  # all ten samples in one chain
    python scripts/tune_ranking.py ../shared/data/locomo/locomo10.json --latency    # 1,000 to 100,000 messages

Recall at k: the mean over questions of categories 1 to 4 with evidence of the share of evidence turns among the
first k. Samples 0 to 4 are `dev`, 5 to 9 `test`. A turn's text is its text and its caption, never `query`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw

from memory_chain.retrieval import lexical
from memory_chain.retrieval.lexical import AFTER, BEFORE, FEATURES, Lookup, Stats, Turn, index_fields, lookups
from memory_chain.retrieval.query import Query, parse_query
from memory_chain.utils import to_micros

DEPTHS = (5, 10, 20)

SCHEMA = """
CREATE TABLE turns (
  seq INTEGER PRIMARY KEY, session TEXT NOT NULL, speaker TEXT NOT NULL, at INTEGER NOT NULL,
  tokens TEXT NOT NULL, traits INTEGER NOT NULL
);
CREATE INDEX turns_by_session ON turns (session, at, seq);
CREATE VIRTUAL TABLE turn_index USING fts5 (
  tokens, content='', contentless_delete=1, tokenize='ascii'
);
CREATE VIRTUAL TABLE turn_terms USING fts5vocab (turn_index, row);
"""
COUNTS = "SELECT value, doc FROM json_each(?) CROSS JOIN turn_terms ON term = value"
SEARCH = "SELECT rowid, -rank FROM turn_index WHERE turn_index MATCH ? ORDER BY rank LIMIT ?"
WINDOWS = """
SELECT hit.seq,
  (SELECT group_concat(seq) FROM (
     SELECT seq FROM turns b WHERE b.session = hit.session AND (b.at, b.seq) < (hit.at, hit.seq)
     ORDER BY b.at DESC, b.seq DESC LIMIT ?2)),
  (SELECT group_concat(seq) FROM (
     SELECT seq FROM turns a WHERE a.session = hit.session AND (a.at, a.seq) > (hit.at, hit.seq)
     ORDER BY a.at, a.seq LIMIT ?3))
FROM json_each(?1) CROSS JOIN turns hit ON hit.seq = value
"""
TURNS = "SELECT turns.* FROM json_each(?) CROSS JOIN turns ON seq = value"


class ReferenceStore:
    """The least that the ranking needs of a store, in SQLite."""

    def __init__(self, path: str = ":memory:") -> None:
        self.db = apsw.Connection(path)
        self.db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        self.db.execute(SCHEMA)
        self.messages = 0

    def add(self, *, session: str, speaker: str, at: int, text: str) -> int:
        """Store and index one message; its number."""
        fields = index_fields(text)
        self.messages += 1
        seq = self.messages
        self.db.execute(
            "INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?)",
            (seq, session, speaker, at, fields.tokens, fields.traits),
        )
        self.db.execute("INSERT INTO turn_index (rowid, tokens) VALUES (?, ?)", (seq, fields.tokens))
        return seq

    def stats(self, words: Sequence[str]) -> Stats:
        """The document counts of some terms."""
        counts = dict(self.db.execute(COUNTS, (json.dumps(list(words)),)))
        return Stats(messages=self.messages, counts=counts)

    def search(self, asked: Sequence[Lookup]) -> list[int]:
        """The numbers of the hits."""
        found: dict[int, None] = {}
        for one in asked:
            expression = " OR ".join(f'"{term}"' for term in one.terms)
            found.update((seq, None) for seq, _ in self.db.execute(SEARCH, (expression, one.limit)))
        return list(found)

    def windows(self, seqs: Sequence[int]) -> tuple[list[list[int]], dict[int, Turn]]:
        """The turns around the hits."""
        found = []
        for seq, before, after in self.db.execute(WINDOWS, (json.dumps(seqs), BEFORE, AFTER)):
            earlier = [int(one) for one in before.split(",")][::-1] if before else []
            later = [int(one) for one in after.split(",")] if after else []
            found.append([*earlier, seq, *later])
        wanted = sorted({seq for window in found for seq in window})
        return found, {row[0]: Turn._make(row) for row in self.db.execute(TURNS, (json.dumps(wanted),))}


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question with the numbers of its evidence turns."""

    text: str
    evidence: frozenset[int]
    category: int


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A conversation in a store, with its questions."""

    store: ReferenceStore
    speakers: tuple[str, ...]
    questions: list[Question]


def text_of(turn: dict[str, Any]) -> str:
    caption = turn.get("blip_caption")
    return turn["text"] + (f" and shared {caption}" if caption else "")


def load(path: Path, *, one_chain: bool = False) -> list[Sample]:
    shared = ReferenceStore() if one_chain else None
    samples = []
    for raw in json.loads(path.read_text("utf-8")):
        store = shared or ReferenceStore()
        talk = raw["conversation"]
        numbers: dict[str, int] = {}
        sessions = sorted((key for key in talk if re.fullmatch(r"session_\d+", key)), key=lambda k: int(k[8:]))
        for key in sessions:
            start = datetime.strptime(talk[key + "_date_time"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
            for place, turn in enumerate(talk[key]):
                numbers[turn["dia_id"]] = store.add(
                    session=f"{raw['sample_id']}/{key}",
                    speaker=turn["speaker"],
                    at=to_micros(start) + place,
                    text=text_of(turn),
                )
        questions = []
        for qa in raw["qa"]:
            ids = {f"D{int(a)}:{int(b)}" for line in qa["evidence"] for a, b in re.findall(r"D:?(\d+):(\d+)", line)}
            evidence = frozenset(numbers[one] for one in ids if one in numbers)
            if qa["category"] != 5 and evidence:
                questions.append(Question(text=qa["question"], evidence=evidence, category=qa["category"]))
        speakers = (talk["speaker_a"], talk["speaker_b"])
        samples.append(Sample(store=store, speakers=speakers, questions=questions))
    return samples


def gather(query: Query, store: ReferenceStore) -> tuple[list[list[int]], dict[int, Turn], Stats]:
    """What `rescore` needs for a query."""
    stats = store.stats(query.counted)
    windows, turns = store.windows(store.search(lookups(query, stats)))
    return windows, turns, stats


Rows = list[tuple[int, list[float]]]


def all_rows(samples: Sequence[Sample]) -> list[list[tuple[Question, Rows]]]:
    """The features of every question's shortlist, sample by sample."""
    found = []
    for sample in samples:
        rows = []
        for question in sample.questions:
            query = parse_query(question.text, speakers=sample.speakers)
            windows, turns, stats = gather(query, sample.store)
            rows.append((question, lexical.feature_rows(query, turns=turns, windows=windows, stats=stats)))
        found.append(rows)
    return found


def recalls(rows: Sequence[tuple[Question, Rows]], weights: Sequence[float]) -> list[list[float]]:
    result = []
    for question, candidates in rows:
        order = sorted(candidates, key=lambda one: -sum(w * x for w, x in zip(weights, one[1], strict=True)))
        seqs = [seq for seq, _ in order]
        result.append([len(question.evidence & set(seqs[:k])) / len(question.evidence) for k in DEPTHS])
    return result


def mean(parts: Sequence[list[list[float]]]) -> str:
    flat = [row for part in parts for row in part]
    return " ".join(f"{100 * statistics.fmean(column):5.1f}" for column in zip(*flat, strict=True))


def line(name: str, parts: Sequence[list[list[float]]]) -> str:
    return f"{name:34} | {mean(parts[:5])} | {mean(parts[5:])} | {mean(parts)}"


# -- fitting -----------------------------------------------------------------------------------------------------


def fit(
    parts: Sequence[Sequence[tuple[Question, Rows]]], *, decay: float, skip: frozenset[str] = frozenset()
) -> list[float]:
    """Weights that put the evidence first: softmax over each shortlist, L2 on standardised weights."""
    import numpy as np
    from scipy.optimize import minimize

    keep = [i for i, name in enumerate(FEATURES) if name not in skip]
    blocks, wanted, sizes = [], [], []
    for part in parts:
        for question, candidates in part:
            hits = [seq in question.evidence for seq, _ in candidates]
            if any(hits):
                blocks.append(np.array([row for _, row in candidates])[:, keep])
                wanted.append(np.array(hits) / sum(hits))
                sizes.append(len(hits))
    table, target = np.concatenate(blocks), np.concatenate(wanted)
    spread = table.std(0)
    spread[spread < 1e-6] = np.inf
    table = (table - table.mean(0)) / spread
    starts = np.cumsum([0, *sizes[:-1]])
    owner = np.repeat(np.arange(len(sizes)), sizes)

    def loss(weights: Any) -> tuple[float, Any]:
        scores = table @ weights
        scores = scores - np.maximum.reduceat(scores, starts)[owner]
        powers = np.exp(scores)
        sums = np.add.reduceat(powers, starts)
        value = -(target * (scores - np.log(sums)[owner])).sum() / len(sizes) + decay * weights @ weights
        return value, table.T @ (powers / sums[owner] - target) / len(sizes) + 2 * decay * weights

    solved = minimize(loss, np.zeros(len(keep)), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x / spread
    weights = [0.0] * len(FEATURES)
    for place, value in zip(keep, solved, strict=True):
        weights[place] = float(value)
    return weights


GROUPS: dict[str, frozenset[str]] = {
    "near words (WordNet)": frozenset(("near",)),
    "session": frozenset(("session", "list_session")),
    "speaker": frozenset(("speaker", "speaker_window")),
    "dates named": frozenset(("month", "day", "year")),
    "kind of answer": frozenset(
        ("when_time", "when_first", "count_number", "where_name", "who_name", "list_session", "when_own")
    ),
    "look of the turn": frozenset(
        ("time", "number", "name", "first_person", "ends_asking", "only_asks", "quote", "length")
    ),
    "answer after question": frozenset(("answers", "follows", "previous_asks")),
    "turns around": frozenset(
        ("window", "previous", "next", "answers", "follows", "speaker_window", "near", "previous_asks")
    ),
}


def table(samples: Sequence[Sample], decay: float) -> None:
    rows = all_rows(samples)
    print(f"{'':34} |      dev          |      test         |      all        (R@5 10 20)")
    print(line("shipped weights", [recalls(part, lexical.WEIGHTS) for part in rows]))
    single = [1.0 if name == "own" else 0.0 for name in FEATURES]
    print(line("own words only", [recalls(part, single) for part in rows]))
    window = [{"window": 1.0, "session": 0.3}.get(name, 0.0) for name in FEATURES]
    print(line("window and session", [recalls(part, window) for part in rows]))
    print(line("all, fitted on the other half", crossed(rows, decay)))
    for name, skip in GROUPS.items():
        print(line(f"- {name}", crossed(rows, decay, skip)))
    ceiling = [[[len(q.evidence & {s for s, _ in c}) / len(q.evidence)] * 3 for q, c in part] for part in rows]
    print(line("share on the shortlist", ceiling))


def crossed(rows: Sequence[Any], decay: float, skip: frozenset[str] = frozenset()) -> list[list[list[float]]]:
    """Each half is ranked with weights that were fitted on the other half."""
    first, second = fit(rows[:5], decay=decay, skip=skip), fit(rows[5:], decay=decay, skip=skip)
    return [recalls(part, second if number < 5 else first) for number, part in enumerate(rows)]


def print_weights(weights: Sequence[float]) -> None:
    print("WEIGHTS = (")
    for name, weight in zip(FEATURES, weights, strict=True):
        print(f"    {weight:.3f},  # {name}")
    print(")")


# -- latency -------------------------------------------------------------------------------------------------------


def latency(path: Path, folder: Path) -> None:
    raw = json.loads(path.read_text("utf-8"))
    turns = [
        turn
        for sample in raw
        for key, value in sample["conversation"].items()
        if re.fullmatch(r"session_\d+", key)
        for turn in value
    ]
    asked = [
        (qa["question"], s["conversation"]["speaker_a"], s["conversation"]["speaker_b"]) for s in raw for qa in s["qa"]
    ]
    lots = random.Random(0)
    questions = lots.sample(asked, 300)
    for size in (1_000, 10_000, 100_000):
        file = folder / f"latency-{size}.db"
        file.unlink(missing_ok=True)
        store = ReferenceStore(str(file))
        fill(store, turns, size, lots)
        costs = adding(store, turns, lots)
        steps: dict[str, list[float]] = {name: [] for name in ("counts", "search", "windows", "rescore", "all")}
        for text, *speakers in questions:
            timed_query(store, text, speakers, steps)
        told = ", ".join(f"{k} {quantile(v, 50):.2f}/{quantile(v, 95):.2f}" for k, v in steps.items())
        print(f"{size:7}: add {quantile(costs, 50):.2f}/{quantile(costs, 95):.2f}, {told} ms (p50/p95)", end="")
        print(f", {file.stat().st_size / 1e6:.1f} MB", flush=True)


def fill(store: ReferenceStore, turns: Sequence[dict[str, Any]], size: int, lots: random.Random) -> None:
    store.db.execute("BEGIN")
    for number in range(size):
        first, second = lots.choice(turns), lots.choice(turns)
        half = first["text"].split(" ")
        other = second["text"].split(" ")
        text = " ".join(half[: len(half) // 2 + 1] + other[len(other) // 2 :])
        store.add(session=f"s{number // 25}", speaker=first["speaker"], at=number * 60_000_000, text=text)
    store.db.execute("COMMIT")


def adding(store: ReferenceStore, turns: Sequence[dict[str, Any]], lots: random.Random) -> list[float]:
    costs = []
    for number in range(200):
        turn = lots.choice(turns)
        start = time.perf_counter()
        store.db.execute("BEGIN IMMEDIATE")
        store.add(session="new", speaker=turn["speaker"], at=10**16 + number, text=turn["text"])
        store.db.execute("COMMIT")
        costs.append(1000 * (time.perf_counter() - start))
    return costs


def timed_query(store: ReferenceStore, text: str, speakers: Sequence[str], steps: dict[str, list[float]]) -> None:
    marks = [time.perf_counter()]
    query = parse_query(text, speakers=speakers)
    stats = store.stats(query.counted)
    marks.append(time.perf_counter())
    hits = store.search(lookups(query, stats))
    marks.append(time.perf_counter())
    windows, turns = store.windows(hits)
    marks.append(time.perf_counter())
    lexical.rescore(query, turns=turns, windows=windows, stats=stats)
    marks.append(time.perf_counter())
    for name, start, end in zip(steps, marks, marks[1:], strict=False):
        steps[name].append(1000 * (end - start))
    steps["all"].append(1000 * (marks[-1] - marks[0]))


def quantile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure and fit the text ranking on LoCoMo.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--fit", action="store_true", help="print weights fitted on all samples (or on --dev)")
    parser.add_argument("--dev", action="store_true", help="with --fit: fit on samples 0 to 4 only")
    parser.add_argument("--one-chain", action="store_true", help="all samples in one chain")
    parser.add_argument("--latency", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path("/tmp"), help="where --latency puts its files")
    parser.add_argument("--decay", type=float, default=0.02)
    options = parser.parse_args()
    if options.latency:
        latency(options.data, options.folder)
        return
    samples = load(options.data, one_chain=options.one_chain)
    if options.fit:
        print_weights(fit(all_rows(samples)[: 5 if options.dev else 10], decay=options.decay))
    else:
        table(samples, options.decay)


if __name__ == "__main__":
    main()
