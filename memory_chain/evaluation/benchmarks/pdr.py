"""Personalized Deep Research Bench: reports on research tasks for users (Liang et al., arXiv 2509.25106).

The memory is built from a user's chats, it distils what the task needs, a model writes the report, and a judge scores
it: P (does it fit the user) and Q (is it good) by criteria in weighted dimensions, R (are its claims supported by the
pages it cites) where pages can be fetched. The arithmetic is that of `scoring.pqr`; figures are 0 to 1 as everywhere,
and 0 to 10, as the paper tells them, in the summary.

Differs from the released code: the prompts are ours; criteria are scored by number, so that none has to be matched by
its text; quality weights and criteria, which do not depend on the user, are frozen per task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from memory_chain.errors import ModelError, ReplyError
from memory_chain.evaluation.benchmarks.base import BUDGETS, Asked
from memory_chain.evaluation.data.pdr import DOMAINS
from memory_chain.evaluation.models import NOTHING, MeteredLLM, Prices, Spent
from memory_chain.evaluation.pdr_estimating import expected
from memory_chain.evaluation.pdr_judging import JUDGE_TOKENS, SIDES, Fetch, Judging, P, Side, spent_in
from memory_chain.evaluation.pdr_memories import FULL_PERSONA, MATCHED, OTHER, SETTING, TASK_ONLY
from memory_chain.evaluation.pdr_steps import Steps, append_line
from memory_chain.evaluation.prompts import PDR_CLAIMS, PDR_DISTIL, PDR_REPORT, PDR_SUPPORT
from memory_chain.evaluation.records import Conversation, Dataset, Question
from memory_chain.evaluation.running import Contestant
from memory_chain.evaluation.runs import Built, QuestionRecord, RunRecord
from memory_chain.evaluation.scoring.pqr import (
    HIGHEST,
    Criterion,
    Scored,
    Weighted,
    citation_coverage,
    factual_accuracy,
    mean_of_passes,
    overall,
    reliability,
    weighted_score,
)
from memory_chain.evaluation.scoring.statistics import Estimate, over_questions
from memory_chain.evaluation.systems.base import Recalled, System
from memory_chain.llm.base import LLMRequest
from memory_chain.prompts import Prompt, without_thoughts

STEPS_FILE = "steps.jsonl"
CRITERIA_FILE = "criteria.jsonl"
"""The frozen criteria in the official form: given to another run as its criteria, they make the two comparable."""

BRIEF_TOKENS = 2_048
REPORT_TOKENS = 8_192
"""The longest brief and report, the model's thoughts included."""

SHORT = {
    "goal_alignment": "goal",
    "content_alignment": "content",
    "presentation_fit": "presentation",
    "actionability_practicality": "actionability",
    "depth_insight": "depth",
    "logical_coherence": "coherence",
    "clarity_readability": "clarity",
}
"""Dimensions in the names of figures: `p-goal`, `q-depth`, …"""

CATEGORIES = {domain: f"tasks of the domain {domain}" for domain in DOMAINS}

NOISE = 0.3
"""Differences of P (0 to 10) below this are noise, as the judges' agreement with people shows."""

_CHINESE = 0.2
"""The share of Chinese characters from which on a text is Chinese."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PDR:
    """The benchmark.

    Attributes:
        weight_samples: how often the dimensions' weights are sampled for their mean.
        passes: how often a report is scored for the mean.
        fetch: fetches cited pages; None: R is not measured, and there is no overall score.
        brief_tokens, report_tokens, judge_tokens: the longest replies.
    """

    weight_samples: int = 5
    passes: int = 3
    fetch: Fetch | None = None
    brief_tokens: int = BRIEF_TOKENS
    report_tokens: int = REPORT_TOKENS
    judge_tokens: int = JUDGE_TOKENS
    name = "pdr"
    title = "Personalized Deep Research Bench"
    categories = CATEGORIES
    counted = frozenset(DOMAINS)
    rank_limit = 0
    _opened: dict[Path, Steps] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def prompts(self) -> Sequence[Prompt]:
        """Those for R only where pages can be fetched."""
        checking = (PDR_CLAIMS, PDR_SUPPORT) if self.fetch else ()
        judging = (prompt for side in SIDES for prompt in (side.weigh, side.criteria, side.score))
        return (PDR_DISTIL, PDR_REPORT, *judging, *checking)

    @property
    def settings(self) -> Mapping[str, Any]:
        """What a run depends on, for `Plan.settings`: a run with other settings is not gone on with."""
        return {
            "weight_samples": self.weight_samples,
            "passes": self.passes,
            "fetching": self.fetch is not None,
            "brief_tokens": self.brief_tokens,
            "report_tokens": self.report_tokens,
            "judge_tokens": self.judge_tokens,
        }

    def ask(self, question: Question, recalled: Recalled, *, seed: int) -> Asked:
        """The report as it would be asked for without distilling, to estimate its size."""
        return Asked(PDR_REPORT, PDR_REPORT.render(task=question.text, known=recalled.text))

    def judges(self, question: Question) -> Sequence[Prompt]:
        """None that says yes or no."""
        return ()

    def measure(self, system: System, conversation: Conversation, known: int) -> Mapping[str, Any]:
        """What the memory was built from (`contexts` or `persona`), and of which user if it was swapped."""
        other = getattr(system, "other", None)
        told = conversation.notes[OTHER] if other else conversation
        return {"source": told.notes.get("source"), **({"other": other, "messages": told.size} if other else {})}

    def answer_in_steps(
        self, record: QuestionRecord, recalled: Recalled, *, llm: MeteredLLM, judge_llm: MeteredLLM, home: Path
    ) -> QuestionRecord:
        """Distil, write, judge. Steps that an interrupted run has taken are not taken again.

        `measures`: `fetching`, `brief`, `brief_in`, `cut`, `p`, `q` (see `Judging.score`), `r` (see `Judging.check`;
        only with `fetch`), `judged_in`. What was spent on frozen criteria belongs to no single record: it is in the
        run's stage `judge`.
        """
        steps = self._opened.setdefault(home, Steps(home / STEPS_FILE))
        measures: dict[str, Any] = {"fetching": self.fetch is not None}
        try:
            brief = self._brief(record, recalled, llm, steps)
            measures |= {"brief": brief["text"], "brief_in": brief["spent"]}
            report = self._report(record, brief["text"], llm, steps)
        except ModelError as error:
            return replace(record, error=str(error), answered_in=llm.meter.spent_on(error.calls), measures=measures)
        measures["cut"] = report["cut"]
        measures |= self._judged(record, report["text"], judge_llm, steps, home)
        return replace(record, answer=report["text"], answered_in=Spent(**report["spent"]), measures=measures)

    def scores(self, record: QuestionRecord) -> Mapping[str, float]:
        """P, Q and their dimensions, R and its parts, `pqr` over all three.

        A report that was not written scores 0. What a judge did not score is left out, and counted in the summary.
        """
        if record.answer is None:
            return _nothing_written(record) if record.error else {}
        found = {side.name: _weighted(record.measures.get(side.name), side) for side in SIDES}
        scores: dict[str, float] = {}
        for side in SIDES:
            scores |= _figures(side, found[side.name])
        scores |= _factual(record.measures.get("r"))
        if {"p", "q", "r"} <= scores.keys():
            scores["pqr"] = overall(scores["p"], scores["q"], scores["r"])
        return scores

    def summary(self, run: RunRecord, records: Sequence[QuestionRecord], built: Sequence[Built]) -> Mapping[str, Any]:
        """Scores of 0 to 10 by system, gains, what they rest on, and what has to be said with them (`remarks`)."""
        by_system = {name: [one for one in records if one.system == name] for name in run.systems}
        judged = [record for record in records if record.answer is not None]
        criteria = _criteria_by(judged)
        sources = _sources(run, built)
        fetching = any(record.measures.get("fetching") for record in judged)
        return {
            "language": run.dataset_notes.get("language"),
            "pqr": {name: self._points(some) for name, some in by_system.items()},
            "gains": self._gains(run, by_system),
            "unrated": {name: _unrated(some) for name, some in by_system.items()},
            "passes_lost": sum(len(_part(one, side).get("faults", ())) for one in judged for side in SIDES),
            "cut_reports": sum(bool(one.measures.get("cut")) for one in judged),
            "memory_from": sources,
            "criteria_by": criteria,
            "brief_in": {name: asdict(_sum(some, "brief_in")) for name, some in by_system.items()},
            "judged_in": {name: asdict(_sum(some, "judged_in")) for name, some in by_system.items()},
            "remarks": _remarks(sources, criteria, fetching=fetching, judged=bool(judged)),
        }

    def expected(
        self,
        dataset: Dataset,
        contestants: Sequence[Contestant],
        *,
        seeds: int = 1,
        budget_tokens: int = max(BUDGETS),
        prices: Prices | None = None,
    ) -> dict[str, Spent]:
        """What the run takes by stage, building and R left out; see `pdr_estimating`."""
        return expected(
            dataset, contestants, weight_samples=self.weight_samples, passes=self.passes, seeds=seeds,
            budget_tokens=budget_tokens, prices=prices,
        )  # fmt: skip

    def _brief(self, record: QuestionRecord, recalled: Recalled, llm: MeteredLLM, steps: Steps) -> Mapping[str, Any]:
        """What the writer is told of the user: nothing, the whole persona, or what is distilled from the memory."""
        if not recalled.text.strip() or any(piece.kind == FULL_PERSONA for piece in recalled.pieces):
            return {"text": recalled.text.strip(), "spent": asdict(NOTHING)}
        slots = {"memory": recalled.text, "task": record.question.text}
        return steps.once(
            ("brief", *_key(record)), lambda: _written(llm, PDR_DISTIL, "distil", self.brief_tokens, **slots)
        )

    def _report(self, record: QuestionRecord, brief: str, llm: MeteredLLM, steps: Steps) -> Mapping[str, Any]:
        slots = {"task": record.question.text, "known": brief}
        return steps.once(
            ("report", *_key(record)), lambda: _written(llm, PDR_REPORT, "answer", self.report_tokens, **slots)
        )

    def _judged(self, record: QuestionRecord, report: str, llm: MeteredLLM, steps: Steps, home: Path) -> dict[str, Any]:
        judging = Judging(
            llm=llm, steps=steps, samples=self.weight_samples, passes=self.passes, max_tokens=self.judge_tokens
        )
        key = _key(record)
        found: dict[str, Any] = {side.name: judging.score(side, record.question, report, key) for side in SIDES}
        if all("weights" in found[side.name] for side in SIDES):
            _export(judging, record.question, steps, home / CRITERIA_FILE)
        spent = [one["spent"] for side in SIDES for one in found[side.name]["passes"]]
        if self.fetch is not None:
            found["r"] = judging.check(report, self.fetch, key)
            spent += found["r"]["spent"]
        faults = [one["spent"] for part in found.values() for one in part["faults"]]
        return {**found, "judged_in": asdict(spent_in([*spent, *faults]))}

    def _points(self, records: Iterable[QuestionRecord]) -> dict[str, dict[str, float | int | None]]:
        values: dict[str, list[float]] = {}
        for record in records:
            for name, value in self.scores(record).items():
                values.setdefault(name, []).append(HIGHEST * value)
        return {name: _told(over_questions(some)) for name, some in values.items()}

    def _gains(
        self, run: RunRecord, by_system: Mapping[str, Sequence[QuestionRecord]]
    ) -> dict[str, dict[str, dict[str, float | int | None]]]:
        """What P gains, over the same pairs and seeds: over the task only, and of the matched over the swapped."""
        p = {
            name: {
                (one.seed, one.question.id): HIGHEST * scores["p"]
                for one in some
                if "p" in (scores := self.scores(one))
            }
            for name, some in by_system.items()
        }
        task_only = next((name for name, one in run.systems.items() if one.get(SETTING) == TASK_ONLY), None)
        gains: dict[str, dict[str, dict[str, float | int | None]]] = {}
        for name, settings in run.systems.items():
            if task_only is not None and name != task_only:
                _add_gain(gains.setdefault(name, {}), "over_task_only", p[name], p[task_only])
            matched = settings.get(MATCHED)
            if matched in p:
                _add_gain(gains.setdefault(matched, {}), "over_swapped", p[matched], p[name])
        return {name: one for name, one in gains.items() if one}


def is_chinese(text: str) -> bool:
    """Whether a task is written in Chinese."""
    letters = [one for one in text if one.isalpha()]
    return sum("\u4e00" <= one <= "\u9fff" for one in letters) > _CHINESE * len(letters)


def _key(record: QuestionRecord) -> tuple[str, ...]:
    return tuple(str(part) for part in record.key)


def _written(llm: MeteredLLM, prompt: Prompt, purpose: str, max_tokens: int, **slots: Any) -> dict[str, Any]:
    """A text by a model; `cut`: it stopped for length.

    Raises:
        ReplyError: it wrote nothing.
        ModelError: it did not reply.
    """
    request = LLMRequest(
        messages=prompt.render(**slots), purpose=purpose, prompt=prompt.name, prompt_version=prompt.version,
        max_tokens=max_tokens,
    )  # fmt: skip
    reply = llm.complete(request)
    text = without_thoughts(reply.text)
    if not text:
        error = ReplyError(f"The model wrote nothing ({prompt.name}). Allow it more tokens, or take another.")
        error.calls = reply.calls
        raise error
    return {"text": text, "cut": reply.cut, "spent": asdict(llm.meter.spent_on(reply.calls))}


def _export(judging: Judging, question: Question, steps: Steps, file: Path) -> None:
    """Put a pair's frozen criteria into a file of the official form, once; not those that come from such a file."""
    if "criteria" in question.notes:
        return
    notes = question.notes

    def put() -> dict[str, Any]:
        frozen = {side.name: judging.criteria(side, question) for side in SIDES}
        record = {
            "id": notes["pair"],
            "domain": question.category,
            "language": "zh" if is_chinese(question.text) else "en",
            "taskid": notes["taskid"],
            "userid": notes["userid"],
            "task": question.text,
            **{side.weights_key: frozen[side.name]["weights"] for side in SIDES},
            **{side.criterions_key: frozen[side.name]["criterions"] for side in SIDES},
            "by": frozen[P.name]["by"],
        }
        append_line(file, record)
        return {}

    steps.once(("exported", str(notes["taskid"]), str(notes["userid"])), put)


def _weighted(part: Mapping[str, Any] | None, side: Side) -> Weighted | None:
    """The mean of the passes; None if there is none."""
    if not part or not part["passes"]:
        return None
    criteria = {
        name: [Criterion(text=one["criterion"], weight=one["weight"]) for one in some]
        for name, some in part["criterions"].items()
    }
    weights = {name: part["weights"][name] for name in side.dimensions}
    return mean_of_passes([weighted_score(_by_dimension(one["scores"]), criteria, weights) for one in part["passes"]])


def _unrated(records: Sequence[QuestionRecord]) -> dict[str, int]:
    """How many reports that were written have no P, no Q or, with fetching, no R, because the judge failed."""
    written = [record for record in records if record.answer is not None]
    unrated = {side.name: sum(not _part(one, side).get("passes") for one in written) for side in SIDES}
    checked = [one.measures["r"] for one in written if "r" in one.measures]
    return {**unrated, **({"r": sum(one["claims"] is None for one in checked)} if checked else {})}


def _part(record: QuestionRecord, side: Side) -> Mapping[str, Any]:
    return record.measures.get(side.name) or {}


def _by_dimension(scores: Iterable[Mapping[str, Any]]) -> dict[str, list[Scored]]:
    found: dict[str, list[Scored]] = {}
    for one in scores:
        found.setdefault(one["dimension"], []).append(Scored(text=one["criterion"], score=one["score"]))
    return found


def _figures(side: Side, found: Weighted | None) -> dict[str, float]:
    if found is None:
        return {}
    dimensions = {f"{side.name}-{SHORT[name]}": score / HIGHEST for name, score in found.dimensions.items()}
    return {side.name: found.total / HIGHEST, **dimensions}


def _factual(part: Mapping[str, Any] | None) -> dict[str, float]:
    """R and its parts; nothing if it was not measured. A page that was not to be had supports nothing."""
    if not part or part["claims"] is None:
        return {}
    cited = [one for one in part["claims"] if one["source"]]
    claims, supported = len(part["claims"]), sum(one["supported"] is True for one in cited)
    return {
        "r": reliability(claims=claims, cited=len(cited), supported=supported) / HIGHEST,
        "r-accuracy": factual_accuracy(cited=len(cited), supported=supported) / HIGHEST,
        "r-coverage": citation_coverage(claims=claims, cited=len(cited)) / HIGHEST,
    }


def _nothing_written(record: QuestionRecord) -> dict[str, float]:
    names = [name for side in SIDES for name in (side.name, *(f"{side.name}-{SHORT[one]}" for one in side.dimensions))]
    factual = ["r", "r-accuracy", "r-coverage", "pqr"] if record.measures.get("fetching") else []
    return dict.fromkeys([*names, *factual], 0.0)


def _add_gain(
    gains: dict[str, dict[str, float | int | None]],
    name: str,
    mine: Mapping[tuple[int, str], float],
    base: Mapping[tuple[int, str], float],
) -> None:
    both = [mine[key] - base[key] for key in mine if key in base]
    if both:
        gains[name] = _told(over_questions(both))


def _told(estimate: Estimate) -> dict[str, float | int | None]:
    def short(value: float | None) -> float | None:
        return None if value is None else round(value, 2)

    return {
        "mean": short(estimate.mean), "low": short(estimate.low), "high": short(estimate.high), "n": estimate.n,
    }  # fmt: skip


def _sum(records: Iterable[QuestionRecord], name: str) -> Spent:
    return spent_in(record.measures.get(name) for record in records)


def _criteria_by(records: Iterable[QuestionRecord]) -> dict[str, int]:
    """How many pairs were judged by whose criteria."""
    by_pair = {record.question.id: part["by"] for record in records if "by" in (part := _part(record, P))}
    makers = list(by_pair.values())
    return {maker: makers.count(maker) for maker in sorted(set(makers))}


def _sources(run: RunRecord, built: Iterable[Built]) -> dict[str, int]:
    """How many users' memories were built from what, swapped ones left out."""
    swapped = {name for name, settings in run.systems.items() if MATCHED in settings}
    found = {one.conversation: str(one.measures.get("source")) for one in built if one.system not in swapped}
    return {source: list(found.values()).count(source) for source in sorted(set(found.values()))}


def _remarks(sources: Mapping[str, int], criteria: Mapping[str, int], *, fetching: bool, judged: bool) -> list[str]:
    remarks = []
    if sources.get("persona"):
        remarks.append(
            f"The memories of {sources['persona']} users were built from their personas, told in messages, as their "
            "official chats were not given: this is easier than remembering chats."
        )
    if not judged:
        return [*remarks, "No report was written, so nothing was scored."]
    if not fetching:
        remarks.append("R (factual reliability) is left out, as no pages are fetched; so there is no overall score.")
    made = [maker for maker in criteria if maker != "official"]
    if made:
        remarks.append(
            f"Criteria were made by {', '.join(made)} and frozen in {CRITERIA_FILE}: only runs that are given this "
            "file can be compared with this one."
        )
    remarks.append(
        f"Differences below about {NOISE} of 10 points are noise. A good report that fits nobody can score like a "
        "personal one: look at what the matched persona gains over the swapped one."
    )
    return remarks
