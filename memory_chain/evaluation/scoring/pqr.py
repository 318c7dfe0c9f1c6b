"""The arithmetic of PQR, the scores of Personalized Deep Research Bench (Liang et al., arXiv 2509.25106).

A judge scores a report from 0 to 10 by criteria in dimensions. A dimension's score S_d is the weighted mean of the
criteria that were scored, P (personalization alignment) and Q (content quality) are sum of w_d S_d, R (factual
reliability) is worked out from claims, and the overall score is the mean of the three. Only scores given by the same
criteria and weights can be compared.

Follows the released calculator, which departs from the paper where a judge's reply is imperfect: see `weight_of`,
`dimension_score` and `weighted_score`. Asking the judge and reading its replies is done elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean

from memory_chain.errors import InvalidInputError

HIGHEST = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """What a report is scored by, and its weight within its dimension (there they sum to 1)."""

    text: str
    weight: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """A criterion as the judge wrote it, and its score, 0 to 10."""

    text: str
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighted:
    """P or Q of a report: `total` and the score of each dimension, 0 to 10."""

    total: float
    dimensions: Mapping[str, float]


def weight_of(text: str, criteria: Sequence[Criterion]) -> float:
    """The weight of a criterion that a judge repeated, more or less in the words it was given.

    It is that of the criterion with the same text; else with the same text in another case; else of the first one that
    contains the text or is contained in it (whatever the case); else the mean weight of the criteria. White space
    around the text does not matter. If two criteria have one text, the last one's weight holds.

    Raises:
        InvalidInputError: there are no criteria, or the text is blank.
    """
    weights = _weights(criteria)
    wanted = text.strip()
    if not wanted:
        raise InvalidInputError("A blank text is no criterion. Leave it out.")
    if wanted in weights:
        return weights[wanted]
    lowered = wanted.lower()
    for known, weight in weights.items():
        if known.lower() == lowered:
            return weight
    for known, weight in weights.items():
        if lowered in known.lower() or known.lower() in lowered:
            return weight
    return fmean(weights.values())


def dimension_score(scored: Sequence[Scored], criteria: Sequence[Criterion]) -> float:
    """S_d: sum of weight x score, divided by the weights that were actually scored; 0 if none was.

    So a criterion that the judge left out does not lower the score. One that was scored twice counts twice; a blank
    text is passed over.

    Raises:
        InvalidInputError: there are no criteria, or a score is not 0 to 10.
    """
    rows = [(weight_of(one.text, criteria), _checked(one)) for one in scored if one.text.strip()]
    weight = sum(weight for weight, _ in rows)
    return sum(weight * score for weight, score in rows) / weight if weight > 0 else 0.0


def weighted_score(
    scored: Mapping[str, Sequence[Scored]],
    criteria: Mapping[str, Sequence[Criterion]],
    weights: Mapping[str, float],
) -> Weighted:
    """P or Q of one pass of the judge: sum of w_d S_d.

    A dimension that has a weight but was not scored, or has no criteria, counts 0. One that was scored but has no
    weight is passed over. The sum is not divided by the weights of the dimensions, which have to sum to 1.

    Args:
        scored: by dimension, what the judge returned.
        criteria: by dimension, what it was given.
        weights: of the dimensions.

    Raises:
        InvalidInputError: there are no weights, or a score is not 0 to 10.
    """
    if not weights:
        raise InvalidInputError("There are no dimension weights, so nothing can be scored. Give those of the criteria.")
    dimensions = {
        name: dimension_score(scored.get(name, ()), criteria[name]) if criteria.get(name) else 0.0 for name in weights
    }
    return Weighted(total=sum(weights[name] * score for name, score in dimensions.items()), dimensions=dimensions)


def mean_of_passes(passes: Sequence[Weighted]) -> Weighted:
    """The mean over several passes of the judge, of the total and of each dimension.

    Raises:
        InvalidInputError: there are no passes, or they have different dimensions.
    """
    if not passes or any(one.dimensions.keys() != passes[0].dimensions.keys() for one in passes):
        raise InvalidInputError("Passes of one judge over the same dimensions are needed, at least one.")
    return Weighted(
        total=fmean(one.total for one in passes),
        dimensions={name: fmean(one.dimensions[name] for one in passes) for name in passes[0].dimensions},
    )


def mean_weights(samples: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Dimension weights from several samplings: the mean of each dimension that all samples have, scaled to sum 1.

    The released code then rounds to 0.01 and gives the rest to whatever dimension comes last in a set, which differs
    from run to run; this is left out.

    Raises:
        InvalidInputError: there are no samples, no dimension is in all of them, a weight is negative or no number, or
            all weights are 0.
    """
    names = [name for name in samples[0] if all(name in one for one in samples)] if samples else []
    means = {name: fmean(one[name] for one in samples) for name in names}
    total = sum(means.values())
    if any(not isfinite(one[name]) or one[name] < 0 for one in samples for name in names) or total <= 0:
        raise InvalidInputError("The samples have no dimension in common whose weights are above 0. Sample them again.")
    return {name: weight / total for name, weight in means.items()}


def factual_accuracy(*, cited: int, supported: int) -> float:
    """FA: 10 x the share of the cited claims that their source supports; 0 if none is cited.

    Raises:
        InvalidInputError: the counts do not fit together.
    """
    return HIGHEST * _share(supported, cited, "supported among the cited")


def citation_coverage(*, claims: int, cited: int) -> float:
    """CC: 10 x the share of all claims that are cited; 0 if there are no claims.

    Raises:
        InvalidInputError: the counts do not fit together.
    """
    return HIGHEST * _share(cited, claims, "cited among all")


def reliability(*, claims: int, cited: int, supported: int) -> float:
    """R: the mean of factual accuracy and citation coverage, 0 to 10.

    Args:
        claims: the report's verifiable claims, each once.
        cited: those with a source.
        supported: those of the cited ones that their source supports; unknown is not supported.

    Raises:
        InvalidInputError: the counts do not fit together.
    """
    return (factual_accuracy(cited=cited, supported=supported) + citation_coverage(claims=claims, cited=cited)) / 2


def overall(personalization: float, quality: float, factual: float) -> float:
    """(P + Q + R) / 3. Where R was not measured there is no overall score; tell P and Q by themselves."""
    return (personalization + quality + factual) / 3


def _weights(criteria: Sequence[Criterion]) -> dict[str, float]:
    if not criteria:
        raise InvalidInputError("A dimension without criteria cannot be scored. Give its criteria.")
    return {one.text: one.weight for one in criteria}


def _checked(one: Scored) -> float:
    if not 0 <= one.score <= HIGHEST:
        raise InvalidInputError(
            f"The score {one.score} of {one.text!r} is not 0 to 10. Refuse such a reply and ask again."
        )
    return one.score


def _share(part: int, whole: int, what: str) -> float:
    if not 0 <= part <= whole:
        raise InvalidInputError(f"{part} claims {what} {whole} is no share. Count the claims again.")
    return part / whole if whole else 0.0
