"""Means with their 95 % intervals, percentiles, and figures by category.

Two kinds of spread are told apart. `over_questions`: had other questions been asked, the mean would lie in this
interval (the questions taken as a sample). `over_runs`: had the same questions been run again.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin, sqrt, tan

from memory_chain.errors import InvalidInputError

CONFIDENCE = 0.95

_Z = statistics.NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
_HALVINGS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A mean of `n` values, in their unit.

    Attributes:
        mean: their mean.
        n: how many there are.
        sd: the standard deviation, with n - 1; None for a single value.
        low, high: the 95 % interval of the mean; None where a single value tells none.
    """

    mean: float
    n: int
    sd: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouped:
    """One figure by category.

    Attributes:
        groups: category to its estimate, in order of the names.
        micro: over all questions, each counting the same.
        macro: the mean of the categories' means, each category counting the same.
    """

    groups: Mapping[str, Estimate]
    micro: Estimate
    macro: float


def mean(values: Iterable[float]) -> float:
    """The arithmetic mean.

    Raises:
        InvalidInputError: there are no values.
    """
    return statistics.fmean(_some(values))


def over_questions(values: Iterable[float]) -> Estimate:
    """The mean over questions, with its interval.

    If all values are 0 or 1 (right or wrong), the interval is Wilson's (1927); else the normal one,
    mean ± 1.96 sd / √n, cut to 0 … 1 if all values lie there.

    Raises:
        InvalidInputError: there are no values.
    """
    given = _some(values)
    average, sd = statistics.fmean(given), _sd(given)
    if all(value in {0, 1} for value in given):
        low, high = wilson_interval(round(sum(given)), len(given))
        return Estimate(mean=average, n=len(given), sd=sd, low=low, high=high)
    estimate = _around(average, sd, len(given), _Z)
    return _cut(estimate) if all(0 <= value <= 1 for value in given) else estimate


def over_runs(values: Iterable[float]) -> Estimate:
    """The mean over repeated runs (one value a run), with Student's t interval: mean ± t sd / √n, n - 1 degrees.

    Not cut: two runs that differ may give an interval that leaves the scale, which tells how little two runs say.

    Raises:
        InvalidInputError: there are no values.
    """
    given = _some(values)
    t = t_quantile(len(given) - 1) if len(given) > 1 else 0.0
    return _around(statistics.fmean(given), _sd(given), len(given), t)


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): with z = 1.96 and p = successes / n, it is
    (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n). It stays within 0 … 1 and has a width also at p = 0 and 1.

    Raises:
        InvalidInputError: n is below 1, or there are more successes than n, or fewer than none.
    """
    if n < 1 or not 0 <= successes <= n:
        raise InvalidInputError(f"{successes} successes of {n} are no share. Give n >= 1 and 0 <= successes <= n.")
    share, square = successes / n, _Z * _Z
    center = share + square / (2 * n)
    half = _Z * sqrt(share * (1 - share) / n + square / (4 * n * n))
    scale = 1 + square / n
    low = 0.0 if successes == 0 else (center - half) / scale
    high = 1.0 if successes == n else (center + half) / scale
    return low, high


def t_quantile(degrees: int) -> float:
    """The value that Student's t with so many degrees of freedom exceeds, up or down, in 5 % of all cases.

    Found by halving in the exact sum for whole degrees (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).

    Raises:
        InvalidInputError: there is no degree of freedom.
    """
    if degrees < 1:
        raise InvalidInputError("An interval over runs needs at least two runs.")
    low, high = 0.0, pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_within(middle, degrees) < CONFIDENCE else (low, middle)
    return tan(low) * sqrt(degrees)


def percentile(values: Sequence[float], percent: float) -> float:
    """A percentile (0 to 100) by linear interpolation: that of rank 1 + (n - 1) percent / 100 among the sorted values.

    Raises:
        InvalidInputError: there are no values, or `percent` is not 0 to 100.
    """
    ordered = sorted(_some(values))
    if not 0 <= percent <= 100:
        raise InvalidInputError(f"There is no percentile {percent}. Give 0 to 100.")
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The median and the 95th percentile, rounded to 0.001: `{"p50": …, "p95": …}`; both 0 if there are no values."""
    return {f"p{percent}": round(percentile(values, percent), 3) if values else 0.0 for percent in (50, 95)}


def grouped(rows: Iterable[tuple[str, float]]) -> Grouped:
    """One figure by category, from pairs of category and value.

    Raises:
        InvalidInputError: there are no pairs.
    """
    values: dict[str, list[float]] = {}
    for category, value in rows:
        values.setdefault(category, []).append(value)
    groups = {category: over_questions(values[category]) for category in sorted(values)}
    return Grouped(
        groups=groups,
        micro=over_questions(value for one in values.values() for value in one),
        macro=mean(group.mean for group in groups.values()),
    )


def grouped_figures(rows: Iterable[tuple[str, Mapping[str, float]]]) -> dict[str, Grouped]:
    """Every figure by category, from pairs of category and figures by name.

    A figure that a question does not have is left out of its means, so that `n` may differ from figure to figure.
    """
    pairs: dict[str, list[tuple[str, float]]] = {}
    for category, figures in rows:
        for name, value in figures.items():
            pairs.setdefault(name, []).append((category, value))
    return {name: grouped(pairs[name]) for name in pairs}


def _some(values: Iterable[float]) -> list[float]:
    given = list(values)
    if not given:
        raise InvalidInputError("There are no values to take the mean or a percentile of.")
    return given


def _sd(values: Sequence[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None


def _around(average: float, sd: float | None, n: int, quantile: float) -> Estimate:
    if sd is None:
        return Estimate(mean=average, n=n)
    half = quantile * sd / sqrt(n)
    return Estimate(mean=average, n=n, sd=sd, low=average - half, high=average + half)


def _cut(estimate: Estimate) -> Estimate:
    if estimate.low is None or estimate.high is None:
        return estimate
    return Estimate(
        mean=estimate.mean, n=estimate.n, sd=estimate.sd, low=max(0.0, estimate.low), high=min(1.0, estimate.high)
    )


def _t_within(angle: float, degrees: int) -> float:
    """The probability that |t| is at most tan(angle) √degrees."""
    odd = degrees % 2
    term = cos(angle) if odd else 1.0
    total = 0.0
    for step in range(1 + odd, degrees, 2):
        total += term
        term *= cos(angle) ** 2 * step / (step + 1)
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
