"""Judges a research report: weights and criteria made once a pair and kept, scores by criterion, claims by their pages.

Frozen criteria are what makes two scores comparable: they are made by the first report that needs them, and every
system, setting and repetition of the run is judged by the same. What the official files give is used as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Protocol

from memory_chain.errors import InvalidInputError, ModelError, ProviderDownError, ReplyError
from memory_chain.evaluation.data.pdr import PERSONALIZATION, QUALITY
from memory_chain.evaluation.models import MeteredLLM, Spent
from memory_chain.evaluation.pdr_asking import ask_for
from memory_chain.evaluation.pdr_replies import ClaimsReply, CriteriaReply, ScoresReply, SupportsReply, WeightsReply
from memory_chain.evaluation.pdr_steps import Key, Steps
from memory_chain.evaluation.prompts import (
    PDR_CLAIMS,
    PDR_CRITERIA_P,
    PDR_CRITERIA_Q,
    PDR_SCORES_P,
    PDR_SCORES_Q,
    PDR_SUPPORT,
    PDR_WEIGHTS_P,
    PDR_WEIGHTS_Q,
)
from memory_chain.evaluation.records import Question
from memory_chain.evaluation.scoring.pqr import mean_weights
from memory_chain.prompts import Prompt

JUDGE_TOKENS = 8_192
"""The longest reply of a judge, its thoughts included."""

LONGEST_PAGE = 60_000
"""Characters of a fetched page that a judge sees."""

SUM_WITHIN = 0.05
"""How far weights may be from the sum 1; they are scaled then."""

SAMPLED = 1.0
"""The temperature of what is asked several times for its mean."""

OFFICIAL = "official"


class Fetch(Protocol):
    """Fetches pages that reports cite. What may be reached is its affair: the addresses come from a model."""

    def __call__(self, url: str) -> str:
        """The text of a page; whatever it raises means that the page is not to be had."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """P or Q: its dimensions with their meaning, the keys of its parts in an official record, its prompts.

    `personal`: the judge knows the persona, and criteria belong to a pair; otherwise to a task.
    """

    name: str
    dimensions: Mapping[str, str]
    weights_key: str
    criterions_key: str
    weigh: Prompt
    criteria: Prompt
    score: Prompt
    personal: bool

    def scope(self, question: Question) -> Key:
        """For whom criteria are frozen."""
        task = str(question.notes["taskid"])
        return (self.name, task, str(question.notes["userid"])) if self.personal else (self.name, task)

    def shown(self, question: Question) -> dict[str, Any]:
        """What the judge is told of the pair."""
        persona = {key: value for key, value in question.notes["persona"].items() if key != "userid"}
        return {"task": question.text, **({"persona": persona} if self.personal else {})}


P = Side(
    name="p",
    dimensions=dict(
        zip(
            PERSONALIZATION,
            (
                "does the report find what this user needs for this task, also what the user did not say",
                "do choice and depth of the content fit the user's interests, knowledge and preferences",
                "do language, structure and form fit how the user takes things in",
                "can this user, with these means and circumstances, decide and act by it",
            ),
            strict=True,
        )
    ),
    weights_key="personalization_weights",
    criterions_key="personalization_criterions",
    weigh=PDR_WEIGHTS_P,
    criteria=PDR_CRITERIA_P,
    score=PDR_SCORES_P,
    personal=True,
)

Q = Side(
    name="q",
    dimensions=dict(
        zip(
            QUALITY,
            (
                "does the report go into causes, relations and consequences, and does it find something",
                "does one thing follow from the other, without gaps and contradictions",
                "is it clear, well arranged and easy to read",
            ),
            strict=True,
        )
    ),
    weights_key="quality_weights",
    criterions_key="quality_criterions",
    weigh=PDR_WEIGHTS_Q,
    criteria=PDR_CRITERIA_Q,
    score=PDR_SCORES_Q,
    personal=False,
)

SIDES = (P, Q)


@dataclass(frozen=True, kw_only=True, slots=True)
class Judging:
    """Who judges how: the model, the steps of the run, how often weights are sampled and reports scored."""

    llm: MeteredLLM
    steps: Steps
    samples: int
    passes: int
    max_tokens: int = JUDGE_TOKENS

    def criteria(self, side: Side, question: Question) -> Mapping[str, Any]:
        """The frozen weights and criteria: `weights`, `criterions` (by dimension), `by` (`official` or a model).

        Raises:
            InvalidInputError: the official record lacks a part.
            ReplyError: the model's criteria cannot be used.
            ModelError: the model did not reply.
        """
        given = question.notes.get("criteria")
        if given is not None:
            return official(given, side)
        return self.steps.once(("criteria", *side.scope(question)), lambda: self._made(side, question))

    def score(self, side: Side, question: Question, report: str, key: Key) -> dict[str, Any]:
        """P or Q of a report: `weights`, `criterions`, `by`, `passes` (raw reply, scores, spent) and `faults`.

        A pass that cannot be used is told in `faults` and left out.
        """
        try:
            frozen = self.criteria(side, question)
        except (ModelError, InvalidInputError) as error:
            return {"passes": [], "faults": [_fault("no criteria", error)]}
        passes, faults = [], []
        for number in range(self.passes):
            try:
                passes.append(
                    self.steps.once(
                        ("score", side.name, *key, str(number)),
                        lambda: self._scored(side, question, report, frozen["criterions"]),
                    )
                )
            except ModelError as error:
                faults.append(_fault(f"pass {number + 1}", error, self.llm))
        return {
            "weights": frozen["weights"],
            "criterions": {
                dimension: [{"criterion": one["criterion"], "weight": one["weight"]} for one in some]
                for dimension, some in frozen["criterions"].items()
            },
            "by": frozen["by"],
            "passes": passes,
            "faults": faults,
        }

    def check(self, report: str, fetch: Fetch, key: Key) -> dict[str, Any]:
        """R of a report: `claims` (each with `source`, `supported` (None: not known), `why`), `spent` and `faults`."""
        try:
            found = self.steps.once(("claims", *key), lambda: self._claims(report))
        except ModelError as error:
            return {"claims": None, "spent": [], "faults": [_fault("claims", error, self.llm)]}
        claims, spent, faults = [dict(one) for one in found["claims"]], [found["spent"]], []
        for source in dict.fromkeys(one["source"] for one in claims if one["source"]):
            citing = [one for one in claims if one["source"] == source]
            try:
                told = self.steps.once(("page", *key, source), partial(self._page, source, citing, fetch))
            except ModelError as error:
                faults.append(_fault(source, error, self.llm))
                told = {"supported": [None] * len(citing), "why": "the judge gave no verdict", "spent": None}
            for one, supported in zip(citing, told["supported"], strict=True):
                one |= {"supported": supported, "why": told["why"]}
            spent += [told["spent"]] if told["spent"] else []
        return {"claims": claims, "raw": found["raw"], "spent": spent, "faults": faults}

    def _made(self, side: Side, question: Question) -> dict[str, Any]:
        scope, shown = side.scope(question), side.shown(question)
        samples = list(self._samples(side, scope, shown))
        made = {
            name: self.steps.once(("dimension", *scope, name), partial(self._dimension, side, shown, name))
            for name in side.dimensions
        }
        return {
            "weights": mean_weights(samples),
            "criterions": {name: one["criteria"] for name, one in made.items()},
            "by": self.llm.model,
            "samples": samples,
        }

    def _samples(self, side: Side, scope: Key, shown: Mapping[str, Any]) -> Iterable[Mapping[str, float]]:
        """The samplings that can be used, at least one. What the provider cannot serve now is not passed over."""
        refused: ModelError | None = None
        used = 0
        for number in range(self.samples):
            try:
                sample = self.steps.once(("weights", *scope, str(number)), lambda: self._weights(side, shown))
            except ProviderDownError:
                raise
            except ModelError as error:
                refused = error
                continue
            used += 1
            yield sample["weights"]
        if refused is not None and not used:
            raise refused

    def _weights(self, side: Side, shown: Mapping[str, Any]) -> dict[str, Any]:
        def take(reply: WeightsReply, last: bool) -> dict[str, float]:
            names = [one.dimension for one in reply.weights]
            if sorted(names) != sorted(side.dimensions):
                raise ReplyError(f"Weigh each of these dimensions once: {', '.join(side.dimensions)}.")
            return scaled({one.dimension: one.weight for one in reply.weights})

        dimensions = [{"dimension": name, "meaning": meaning} for name, meaning in side.dimensions.items()]
        heard = ask_for(
            self.llm, side.weigh, take, max_tokens=self.max_tokens, temperature=SAMPLED, dimensions=dimensions, **shown
        )
        return {"weights": heard.value, "raw": heard.raw, "spent": asdict(heard.spent)}

    def _dimension(self, side: Side, shown: Mapping[str, Any], name: str) -> dict[str, Any]:
        def take(reply: CriteriaReply, last: bool) -> list[dict[str, Any]]:
            titles = [one.criterion.casefold() for one in reply.criteria]
            if len(set(titles)) < len(titles):
                raise ReplyError("Two criteria have the same title.")
            weights = scaled({str(place): one.weight for place, one in enumerate(reply.criteria)})
            return [
                {"criterion": one.criterion, "explanation": one.explanation, "weight": weights[str(place)]}
                for place, one in enumerate(reply.criteria)
            ]

        dimension = {"dimension": name, "meaning": side.dimensions[name]}
        heard = ask_for(self.llm, side.criteria, take, max_tokens=self.max_tokens, dimension=dimension, **shown)
        return {"criteria": heard.value, "raw": heard.raw, "spent": asdict(heard.spent)}

    def _scored(
        self, side: Side, question: Question, report: str, criterions: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> dict[str, Any]:
        numbered = {
            number: (dimension, one)
            for number, (dimension, one) in enumerate(
                ((name, one) for name, some in criterions.items() for one in some), start=1
            )
        }
        asked = [
            {"number": number, "dimension": dimension, "criterion": one["criterion"],
             "explanation": one.get("explanation") or ""}
            for number, (dimension, one) in numbered.items()
        ]  # fmt: skip
        heard = ask_for(
            self.llm, side.score, _take_scores(numbered), max_tokens=self.max_tokens,
            temperature=SAMPLED if self.passes > 1 else 0.0, criteria=asked, report=report, **side.shown(question),
        )  # fmt: skip
        return {
            "scores": heard.value,
            "missing": len(numbered) - len(heard.value),
            "raw": heard.raw,
            "spent": asdict(heard.spent),
        }

    def _claims(self, report: str) -> dict[str, Any]:
        def take(reply: ClaimsReply, last: bool) -> list[dict[str, Any]]:
            return distinct((one.claim, one.source) for one in reply.claims)

        heard = ask_for(self.llm, PDR_CLAIMS, take, max_tokens=self.max_tokens, report=report)
        return {"claims": heard.value, "raw": heard.raw, "spent": asdict(heard.spent)}

    def _page(self, source: str, citing: Sequence[Mapping[str, Any]], fetch: Fetch) -> dict[str, Any]:
        try:
            page = fetch(source)
        except Exception as error:  # somebody else's code and the network: the claims are not known to be supported
            why = f"not fetched: {type(error).__name__}: {error}"
            return {"supported": [None] * len(citing), "why": why, "spent": None}
        if not page.strip():
            return {"supported": [None] * len(citing), "why": "the page is empty", "spent": None}

        def take(reply: SupportsReply, last: bool) -> list[bool]:
            told = {one.number: one.supported for one in reply.claims}
            if len(told) < len(reply.claims) or told.keys() != set(range(1, len(citing) + 1)):
                raise ReplyError(f"Tell of each of the claims 1 to {len(citing)} once whether it is supported.")
            return [told[number] for number in sorted(told)]

        claims = [{"number": number, "claim": one["claim"]} for number, one in enumerate(citing, start=1)]
        heard = ask_for(
            self.llm, PDR_SUPPORT, take, max_tokens=self.max_tokens, claims=claims, page=page[:LONGEST_PAGE]
        )
        why = "read in part" if len(page) > LONGEST_PAGE else "read"
        return {"supported": heard.value, "why": why, "raw": heard.raw, "spent": asdict(heard.spent)}


def official(record: Mapping[str, Any], side: Side) -> dict[str, Any]:
    """Weights and criteria of an official record.

    Raises:
        InvalidInputError: a dimension lacks its weight or its criteria.
    """
    weights, criterions = record.get(side.weights_key) or {}, record.get(side.criterions_key) or {}
    lacking = [name for name in side.dimensions if name not in weights or not criterions.get(name)]
    if lacking:
        raise InvalidInputError(
            f"The criteria of task {record.get('taskid')} for {record.get('userid')} lack {', '.join(lacking)}. "
            "Complete the record, or leave it out to have criteria made."
        )
    return {
        "weights": {name: weights[name] for name in side.dimensions},
        "criterions": {name: criterions[name] for name in side.dimensions},
        "by": str(record.get("by") or OFFICIAL),
    }


def scaled(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights that sum to 1 exactly.

    Raises:
        ReplyError: they are too far from it.
    """
    total = sum(weights.values())
    if abs(total - 1) > SUM_WITHIN:
        raise ReplyError(f"The weights sum to {total:.2f}, not to 1.")
    return {name: weight / total for name, weight in weights.items()}


def distinct(claims: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Each claim once, with a source if it has one anywhere. Only an address (http…) is a source."""
    found: dict[str, dict[str, Any]] = {}
    for claim, source in claims:
        address = source.strip().strip("<>[]()").strip()
        address = address if address.lower().startswith(("http://", "https://")) else ""
        one = found.setdefault(" ".join(claim.casefold().split()).rstrip(".。"), {"claim": claim, "source": ""})
        one["source"] = one["source"] or address
    return [{**one, "supported": None, "why": "" if one["source"] else "no source"} for one in found.values()]


def spent_in(parts: Iterable[Mapping[str, Any] | None]) -> Spent:
    """The sum of what stored steps took."""
    return sum((Spent(**part) for part in parts if part), Spent())


def _take_scores(
    numbered: Mapping[int, tuple[str, Mapping[str, Any]]],
) -> Callable[[ScoresReply, bool], list[dict[str, Any]]]:
    """Every criterion once. In the last try some may be missing, as in the released calculator, but no dimension."""

    def take(reply: ScoresReply, last: bool) -> list[dict[str, Any]]:
        found = {one.number: one for one in reply.scores}
        unknown = sorted(found.keys() - numbered.keys())
        if unknown or len(found) < len(reply.scores):
            raise ReplyError(f"Score each of the criteria 1 to {len(numbered)} once, and no others.")
        missing = sorted(numbered.keys() - found.keys())
        unscored = {name for name, _ in numbered.values()} - {numbered[number][0] for number in found}
        if missing and (not last or unscored):
            raise ReplyError(f"The scores of these criteria are missing: {', '.join(map(str, missing))}.")
        return [
            {
                "dimension": numbered[number][0],
                "criterion": numbered[number][1]["criterion"],
                "score": found[number].score,
                "analysis": found[number].analysis,
            }
            for number in sorted(found)
        ]

    return take


def _fault(what: str, error: Exception, llm: MeteredLLM | None = None) -> dict[str, Any]:
    calls = getattr(error, "calls", ())
    return {
        "what": what,
        "error": str(error),
        "raw": getattr(error, "raw", ""),
        "spent": asdict(llm.meter.spent_on(calls)) if llm and calls else None,
    }
