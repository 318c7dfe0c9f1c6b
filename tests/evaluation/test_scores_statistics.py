"""Means, intervals and percentiles against values worked out by hand or printed in tables."""

from fractions import Fraction as F
from math import sqrt

import pytest

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.scoring.statistics import (
    Estimate,
    grouped,
    grouped_figures,
    mean,
    over_questions,
    over_runs,
    percentile,
    percentiles,
    t_quantile,
    wilson_interval,
)

Z = 1.959963984540054


def close(value, within=1e-9):
    return pytest.approx(float(value), abs=within)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1], 1), ([1, 2], F(3, 2)), ([0, 0, 1], F(1, 3)), ([0.5, 0.25], F(3, 8)), ([-1, 1], 0), (iter([2, 4]), 3)],
)
def test_mean(values, expected):
    assert mean(values) == close(expected)


# Wilson, by p + z²/2n ± z √(p(1-p)/n + z²/4n²), all over 1 + z²/n


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 1, 0, Z**2 / (1 + Z**2)),  # p = 0: 0 … z² / (n + z²)
        (1, 1, 1 / (1 + Z**2), 1),  # p = 1: n / (n + z²) … 1
        (0, 10, 0, Z**2 / (10 + Z**2)),
        (10, 10, 10 / (10 + Z**2), 1),
        (0, 1000, 0, Z**2 / (1000 + Z**2)),
        # p = 1/2: 1/2 ± z / (2 √(n + z²))
        (1, 2, 0.5 - Z / (2 * sqrt(2 + Z**2)), 0.5 + Z / (2 * sqrt(2 + Z**2))),
        (5, 10, 0.5 - Z / (2 * sqrt(10 + Z**2)), 0.5 + Z / (2 * sqrt(10 + Z**2))),
        (48, 96, 0.5 - Z / (2 * sqrt(96 + Z**2)), 0.5 + Z / (2 * sqrt(96 + Z**2))),
        # printed: Newcombe 1998, Table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(successes, n, low, high):
    assert wilson_interval(successes, n) == (close(low, 5e-5), close(high, 5e-5))


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (2, 1), (-1, 3)])
def test_no_share(successes, n):
    with pytest.raises(InvalidInputError, match="no share"):
        wilson_interval(successes, n)


# Student's t, 97.5 %: any printed table


@pytest.mark.parametrize(
    ("degrees", "t"),
    [
        (1, 12.706),
        (2, 4.303),
        (3, 3.182),
        (4, 2.776),
        (5, 2.571),
        (6, 2.447),
        (7, 2.365),
        (8, 2.306),
        (9, 2.262),
        (10, 2.228),
        (12, 2.179),
        (15, 2.131),
        (20, 2.086),
        (25, 2.060),
        (30, 2.042),
        (40, 2.021),
        (60, 2.000),
        (120, 1.980),
    ],
)
def test_t(degrees, t):
    assert t_quantile(degrees) == close(t, 5e-4)


def test_t_of_two_runs_is_exact():
    assert t_quantile(2) == close(0.95 * sqrt(2 / (1 - 0.95**2)))  # t = p √(2 / (1 - p²)) for 2 degrees
    with pytest.raises(InvalidInputError, match="two runs"):
        t_quantile(0)


@pytest.mark.parametrize(
    ("values", "average", "sd", "half"),
    [
        ([1, 3], 2, sqrt(2), 12.7062),  # t √2 / √2
        ([0.4, 0.6], 0.5, sqrt(0.02), 1.27062),
        ([1, 2, 3], 2, 1, 4.30265 / sqrt(3)),
        ([5, 5, 5], 5, 0, 0),
        ([0, 0, 0, 4], 1, 2, 3.18245),  # sd² = (1 + 1 + 1 + 9) / 3
        ([1, 2, 3, 4, 5], 3, sqrt(2.5), 2.77645 * sqrt(0.5)),
    ],
)
def test_over_runs(values, average, sd, half):
    got = over_runs(values)
    assert (got.mean, got.sd, got.n) == (close(average), close(sd), len(values))
    assert (got.low, got.high) == (close(average - half, 1e-4), close(average + half, 1e-4))


def test_one_run_has_no_interval():
    assert over_runs([0.7]) == Estimate(mean=0.7, n=1)


# Over questions


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([0.25, 0.75], 0.5 - Z / 4, 0.5 + Z / 4),  # sd² = 1/8, over n 1/16: cut below
        ([0.5] * 9, 0.5, 0.5),
        ([0.2, 0.4, 0.6, 0.8], 0.5 - Z * sqrt(1 / 60), 0.5 + Z * sqrt(1 / 60)),  # sd² = 0.2 / 3
        ([1, 2, 3], 2 - Z / sqrt(3), 2 + Z / sqrt(3)),  # no shares
        ([-1, 1, 3], 1 - Z * 2 / sqrt(3), 1 + Z * 2 / sqrt(3)),
        ([0.0, 0.9], 0, 1),  # would be 0.45 ± 0.88
        ([0, 1], 0.5 - Z / (2 * sqrt(2 + Z**2)), 0.5 + Z / (2 * sqrt(2 + Z**2))),  # Wilson
        ([1.0] * 10, 10 / (10 + Z**2), 1),
        ([True, False], 0.5 - Z / (2 * sqrt(2 + Z**2)), 0.5 + Z / (2 * sqrt(2 + Z**2))),
        ([0], 0, Z**2 / (1 + Z**2)),
    ],
)
def test_over_questions(values, low, high):
    got = over_questions(values)
    assert got.n == len(values)
    assert (got.low, got.high) == (close(low), close(high))


def test_one_question_with_part_of_a_point_has_no_interval():
    assert over_questions([0.5]) == Estimate(mean=0.5, n=1)


@pytest.mark.parametrize("summary", [mean, over_questions, over_runs, grouped])
def test_nothing_has_no_mean(summary):
    with pytest.raises(InvalidInputError, match="no values"):
        summary([])


# Percentiles


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([3], 0, 3),
        ([3], 50, 3),
        ([3], 95, 3),
        ([3], 100, 3),
        ([1, 2], 50, F(3, 2)),
        ([2, 1], 95, F(39, 20)),
        ([1, 2], 100, 2),
        ([1, 2, 3], 50, 2),
        ([3, 1, 2], 50, 2),
        ([1, 2, 3], 95, F(29, 10)),  # place 1.9
        ([1, 2, 3, 4], 50, F(5, 2)),
        ([1, 2, 3, 4], 25, F(7, 4)),
        ([1, 2, 3, 4, 5], 95, F(24, 5)),
        ([10, 0], 95, F(19, 2)),
        ([0, 0, 0, 100], 95, 85),  # place 2.85
        ([0, 0, 0, 100], 50, 0),
        (list(range(101)), 95, 95),
        (list(range(21)), 95, 19),
        ([-1, 1], 50, 0),
        ([5, 5, 5], 95, 5),
    ],
)
def test_percentile(values, percent, expected):
    assert percentile(values, percent) == close(expected)


def test_percentiles():
    assert percentiles([]) == {"p50": 0.0, "p95": 0.0}
    assert percentiles([3.0]) == {"p50": 3.0, "p95": 3.0}
    assert percentiles([float(number) for number in range(101)]) == {"p50": 50.0, "p95": 95.0}
    assert percentiles([1.00049, 1.00049]) == {"p50": 1.0, "p95": 1.0}


def test_no_percentile():
    with pytest.raises(InvalidInputError, match="0 to 100"):
        percentile([1], 101)
    with pytest.raises(InvalidInputError, match="no values"):
        percentile([], 50)


# By category


def test_every_question_counts_the_same_in_micro_and_every_category_in_macro():
    got = grouped([("4", 0.0), ("1", 1.0), ("4", 0.5), ("4", 0.0)])
    assert list(got.groups) == ["1", "4"]
    assert [group.n for group in got.groups.values()] == [1, 3]
    assert got.groups["4"].mean == close(F(1, 6))
    assert (got.micro.mean, got.micro.n) == (close(F(3, 8)), 4)
    assert got.macro == close(F(7, 12))


def test_figures_that_a_question_does_not_have():
    rows = [("1", {"f1": 1.0, "recall": 0.5}), ("1", {"f1": 0.0}), ("5", {"f1": 0.25}), ("5", {})]
    got = grouped_figures(rows)
    assert list(got) == ["f1", "recall"]
    assert (got["f1"].micro.mean, got["f1"].micro.n, got["f1"].macro) == (close(F(5, 12)), 3, close(F(3, 8)))
    assert list(got["recall"].groups) == ["1"]
    assert got["recall"].micro == Estimate(mean=0.5, n=1)
    assert grouped_figures([]) == {}
