"""Small run folders, made by hand, and a benchmark to read them by."""

from dataclasses import dataclass
from datetime import UTC, datetime

from memory_chain.evaluation.benchmarks.common import evidence_scores, verdict_scores
from memory_chain.evaluation.judging import Verdict
from memory_chain.evaluation.models import Spent
from memory_chain.evaluation.records import Question
from memory_chain.evaluation.runs import Built, Found, QuestionRecord, RunFolder, RunRecord
from memory_chain.evaluation.systems.base import Shown
from memory_chain.prompts import Prompt

PROMPT = Prompt(name="toy-answer", version="1", system="Answer <briefly> & well.", user='{"question": $question}')


@dataclass(frozen=True)
class Toy:
    name: str = "toy"
    title: str = "Toy"
    counted = frozenset({"1", "2"})
    prompts = (PROMPT,)

    @property
    def categories(self):
        return {"1": "easy", "2": "hard", "5": "trick"}

    def ask(self, question, recalled, *, seed):
        return None

    def judges(self, question):
        return ()

    def measure(self, system, conversation, known):
        return {}

    def scores(self, record):
        scores = evidence_scores(record, record.question.evidence, (5, 10))
        if record.answer is not None or record.error:
            scores["f1"] = float(record.answer in record.question.gold)
            scores["f1+"] = scores["f1"]
        return scores | verdict_scores(record)

    def summary(self, run, records, built):
        return {
            "audited": 3,
            "grid": {"omem": {"held": 0.5}},
            "deep": {"omem": {"0.5": {"held": 7}}},
            "remarks": ["No pages were fetched."],
        }


def find(name):
    return Toy(name=name, title=name.title())


def question(place, *, category="1", text=None, **more):
    return Question(
        id=f"q{place}",
        text=text or f"Question {place}?",
        category=category,
        evidence=("m1", "m2"),
        gold=("yes",),
        **more,
    )


def record(system, asked, *, found=("m1",), answer="yes", tokens=100, ms=2.0, **more):
    return QuestionRecord(
        system=system,
        seed=more.pop("seed", 0),
        conversation=more.pop("conversation", "conv-a"),
        question=asked,
        known=more.pop("known", 10),
        ranked=("m1", "m9") if found else ("m9",),
        rank_ms=1.0,
        contexts={
            500: Found(tokens=tokens, ms=ms, sources=found),
            1000: Found(tokens=2 * tokens, ms=ms, sources=found),
        },
        context_budget=1000,
        pieces=more.pop(
            "pieces", (Shown(kind="message", id="m1", text="I like tea.", score=1.5, reasons=("says tea",)),)
        ),
        answer=answer,
        **more,
    )


def run_record(systems=("omem", "bm25"), **more):
    given = {
        "benchmark": "toy",
        "files": {"/home/somebody/toy.json": "ab" * 32},
        "known": True,
        "systems": systems if isinstance(systems, dict) else {name: {"system": name} for name in systems},
        "seeds": (0,),
        "depths": (5, 10),
        "budgets": (500, 1000),
        "settings": {"understand": "rules"},
        "models": {"answer": "model-x", "judge": "model-y"},
        "prompts": {"toy-answer": "1"},
        "conditions": {"commit": "c0ffee", "clean": True, "version": "0.1.0"},
        "started_at": datetime(2026, 1, 2, tzinfo=UTC),
        "ended_at": datetime(2026, 1, 2, 1, tzinfo=UTC),
        "seconds": 3600.0,
        "spent": {"answer": Spent(calls=7, failed=1, tokens_in=12_345, tokens_out=67, ms=1500, cost=0.25)},
        "probe": {"judge-lenient": {"vague": 0.625}},
    }
    return RunRecord(**{**given, **more})


def write_run(path, *, run=None, records=(), built=()):
    folder = RunFolder(path)
    folder.write_run(run or run_record())
    for one in (*records, *built):
        folder.add(one)
    return path


def usual_records():
    """Of 4 questions omem answers 3 and bm25 1; one of bm25 failed, one verdict is unclear."""
    unclear = {"judge-strict": Verdict(right=None, error="the judge said neither yes nor no")}
    return [
        *(record("omem", question(place, category="12"[place % 2]), found=("m1", "m2")) for place in range(3)),
        record("omem", question(3), answer="no", answered_in=Spent(calls=1, tokens_in=10), verdicts=unclear),
        record("bm25", question(0), answer="yes", ms=0.5),
        *(record("bm25", question(place, category="12"[place % 2]), answer="no", ms=0.5) for place in (1, 2)),
        record("bm25", question(3), answer=None, error="the server was down", found=()),
    ]


def usual_run(path, **more):
    built = [Built(system=name, seed=0, conversation="conv-a", messages=10, seconds=0.5) for name in ("omem", "bm25")]
    return write_run(path, run=run_record(**more), records=usual_records(), built=built)
