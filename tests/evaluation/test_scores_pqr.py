"""The arithmetic of PDR-Bench against values worked out by hand from its definitions."""

from fractions import Fraction as F

import pytest

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.scoring.pqr import (
    Criterion,
    Scored,
    Weighted,
    citation_coverage,
    dimension_score,
    factual_accuracy,
    mean_of_passes,
    mean_weights,
    overall,
    reliability,
    weight_of,
    weighted_score,
)

CRITERIA = (
    Criterion(text="Fits the budget", weight=0.5),
    Criterion(text="Names local shops", weight=0.3),
    Criterion(text="Uses plain words (no jargon)", weight=0.2),
)


def close(value):
    return pytest.approx(float(value), abs=1e-12)


def scored(*pairs):
    return [Scored(text=text, score=score) for text, score in pairs]


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("Fits the budget", 0.5),
        ("  Fits the budget\n", 0.5),
        ("fits the BUDGET", 0.5),
        ("budget", 0.5),  # it contains the text
        ("1. Names local shops", 0.3),  # it is contained in the text
        ("NAMES LOCAL", 0.3),
        ("plain words", 0.2),
        ("Uses plain words", 0.2),
        ("Fits  the budget", F(1, 3)),  # two spaces: another text
        ("Fit for a budget", F(1, 3)),
        ("Something else", F(1, 3)),
        ("预算", F(1, 3)),
        ("Fits the budget, names local shops", 0.5),  # contains one, in this case
        ("Names local shops; fits the budget", 0.5),  # contains two: the first that was given
        ("s", 0.5),  # all contain it
    ],
)
def test_matching_of_criteria(text, weight):
    assert weight_of(text, CRITERIA) == close(weight)


def test_an_exact_match_comes_before_a_case_insensitive_one_and_this_before_a_part():
    criteria = [
        Criterion(text="Cost and time", weight=0.4),
        Criterion(text="COST", weight=0.3),
        Criterion(text="Cost", weight=0.2),
        Criterion(text="Time", weight=0.1),
    ]
    assert weight_of("Cost", criteria) == 0.2
    assert weight_of("cost", criteria) == 0.3
    assert weight_of("time", criteria) == 0.1
    assert weight_of("cos", criteria) == 0.4


def test_of_two_criteria_with_one_text_the_last_holds():
    assert weight_of("a", [Criterion(text="a", weight=0.9), Criterion(text="a", weight=0.1)]) == 0.1


def test_what_cannot_be_matched():
    with pytest.raises(InvalidInputError, match="blank"):
        weight_of("  ", CRITERIA)
    with pytest.raises(InvalidInputError, match="Give its criteria"):
        weight_of("a", [])


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], 0),
        ([("Fits the budget", 8), ("Names local shops", 6), ("Uses plain words (no jargon)", 10)], F(78, 10)),
        ([("Fits the budget", 8), ("Names local shops", 6)], F(58, 8)),  # 5.8 / 0.8
        ([("Names local shops", 6)], 6),  # what is missing does not lower it
        ([("Names local shops", 0)], 0),
        ([("Fits the budget", 0.5), ("Names local shops", 0.5), ("plain words", 0.5)], F(1, 2)),
        ([("Fits the budget", 0.5), ("Names local shops", 9.5)], F(31, 8)),  # (0.25 + 2.85) / 0.8
        ([("fits the budget", 4), ("LOCAL SHOPS", 9)], F(47, 8)),
        ([("Fits the budget", 6), ("Something else", 3)], F(24, 5)),  # (3 + 1) / (1/2 + 1/3)
        ([("Something else", 3), ("And more", 6)], F(9, 2)),
        ([("Fits the budget", 10), ("Fits the budget", 4)], 7),  # scored twice
        ([("Fits the budget", 10), ("Fits the budget", 4), ("Names local shops", 0)], F(70, 13)),
        ([("", 3), ("Fits the budget", 7)], 7),
        ([("  ", 3)], 0),
        ([("Fits the budget", 10), ("Names local shops", 10), ("Uses plain words (no jargon)", 10)], 10),
    ],
)
def test_a_dimension(pairs, expected):
    assert dimension_score(scored(*pairs), CRITERIA) == close(expected)


def test_weights_that_do_not_sum_to_one():
    criteria = [Criterion(text="a", weight=2), Criterion(text="b", weight=1)]
    assert dimension_score(scored(("a", 3), ("b", 9)), criteria) == close(5)
    assert dimension_score(scored(("a", 3)), [Criterion(text="a", weight=0)]) == 0


@pytest.mark.parametrize("score", [-1, 10.5, 100, float("nan"), float("inf")])
def test_a_score_off_the_scale(score):
    with pytest.raises(InvalidInputError, match="not 0 to 10"):
        dimension_score(scored(("Fits the budget", score)), CRITERIA)


ONE = {"goal": [Criterion(text="g", weight=1)], "content": [Criterion(text="c", weight=1)]}
WEIGHTS = {"goal": 0.75, "content": 0.25}


@pytest.mark.parametrize(
    ("given", "weights", "total", "dimensions"),
    [
        ({"goal": 8, "content": 4}, WEIGHTS, 7, {"goal": 8, "content": 4}),
        ({"content": 4, "goal": 8}, WEIGHTS, 7, {"goal": 8, "content": 4}),
        ({"goal": 8}, WEIGHTS, 6, {"goal": 8, "content": 0}),  # not scored: 0, and its weight stays
        ({}, WEIGHTS, 0, {"goal": 0, "content": 0}),
        ({"goal": 8, "content": 4, "style": 10}, WEIGHTS, 7, {"goal": 8, "content": 4}),
        ({"goal": 8, "content": 4}, {"goal": 1}, 8, {"goal": 8}),
        ({"goal": 8, "style": 10}, {"goal": 0.5, "style": 0.5}, 4, {"goal": 8, "style": 0}),  # no criteria for style
        ({"goal": 0.5, "content": 0.5}, WEIGHTS, F(1, 2), {"goal": 0.5, "content": 0.5}),
        ({"goal": 8, "content": 4}, {"goal": 0.5, "content": 0.25}, 5, {"goal": 8, "content": 4}),  # as it stands
        ({"goal": 10, "content": 10}, WEIGHTS, 10, {"goal": 10, "content": 10}),
    ],
)
def test_p_and_q(given, weights, total, dimensions):
    replies = {name: scored((name[0], score)) for name, score in given.items()}
    assert weighted_score(replies, ONE, weights) == Weighted(total=close(total), dimensions=dimensions)


def test_a_whole_report():
    criteria = {
        "goal_alignment": [Criterion(text="needs", weight=0.6), Criterion(text="unstated needs", weight=0.4)],
        "content_alignment": [Criterion(text="depth", weight=1)],
        "presentation_fit": [Criterion(text="format", weight=0.5), Criterion(text="language", weight=0.5)],
        "actionability_practicality": [Criterion(text="feasible", weight=0.7), Criterion(text="useful", weight=0.3)],
    }
    weights = {
        "goal_alignment": 0.33,
        "content_alignment": 0.18,
        "presentation_fit": 0.09,
        "actionability_practicality": 0.4,
    }
    replies = {
        "goal_alignment": scored(("needs", 5), ("unstated needs", 2.5)),  # 3 + 1 = 4
        "content_alignment": scored(("Depth of the content", 6)),  # 6
        "presentation_fit": scored(("format", 9)),  # 9
        "actionability_practicality": scored(("feasible", 3), ("useful", 1)),  # 2.1 + 0.3 = 2.4
    }
    got = weighted_score(replies, criteria, weights)
    assert got.dimensions == {
        "goal_alignment": close(4),
        "content_alignment": close(6),
        "presentation_fit": close(9),
        "actionability_practicality": close(2.4),
    }
    assert got.total == close(1.32 + 1.08 + 0.81 + 0.96)


def test_without_dimension_weights():
    with pytest.raises(InvalidInputError, match="dimension weights"):
        weighted_score({}, ONE, {})


def test_passes_are_averaged():
    passes = [
        Weighted(total=7, dimensions={"goal": 8, "content": 4}),
        Weighted(total=6, dimensions={"goal": 8, "content": 0}),
        Weighted(total=2, dimensions={"goal": 1, "content": 5}),
    ]
    assert mean_of_passes(passes) == Weighted(total=close(5), dimensions={"goal": close(F(17, 3)), "content": close(3)})
    assert mean_of_passes(passes[:1]) == passes[0]


@pytest.mark.parametrize(
    "passes", [[], [Weighted(total=1, dimensions={"goal": 1}), Weighted(total=1, dimensions={"content": 1})]]
)
def test_passes_that_cannot_be_averaged(passes):
    with pytest.raises(InvalidInputError, match="Passes"):
        mean_of_passes(passes)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([{"goal": 0.75, "content": 0.25}], {"goal": 0.75, "content": 0.25}),
        ([{"goal": 0.75, "content": 0.25}, {"goal": 0.25, "content": 0.75}], {"goal": 0.5, "content": 0.5}),
        ([{"goal": 3, "content": 1}], {"goal": 0.75, "content": 0.25}),  # scaled
        # "style" is not in all samples: what is left, 0.5 and 0.3, is scaled
        (
            [{"goal": 0.4, "content": 0.4, "style": 0.2}, {"goal": 0.6, "content": 0.2}],
            {"goal": F(5, 8), "content": F(3, 8)},
        ),
        ([{"goal": 1, "content": 0}], {"goal": 1, "content": 0}),
        (
            [{"a": 0.33, "b": 0.67}, {"a": 0.34, "b": 0.66}, {"a": 0.34, "b": 0.66}],
            {"a": F(101, 300), "b": F(199, 300)},
        ),
    ],
)
def test_sampled_weights(samples, expected):
    assert mean_weights(samples) == {name: close(weight) for name, weight in expected.items()}


@pytest.mark.parametrize(
    "samples", [[], [{}], [{"a": 1}, {"b": 1}], [{"a": 0}], [{"a": 2, "b": -1}], [{"a": float("nan")}]]
)
def test_sampled_weights_that_cannot_be_used(samples):
    with pytest.raises(InvalidInputError, match="Sample them again"):
        mean_weights(samples)


@pytest.mark.parametrize(
    ("claims", "cited", "supported", "accuracy", "coverage", "factual"),
    [
        (0, 0, 0, 0, 0, 0),
        (10, 0, 0, 0, 0, 0),
        (10, 5, 0, 0, 5, F(5, 2)),
        (10, 5, 4, 8, 5, F(13, 2)),
        (10, 10, 10, 10, 10, 10),
        (3, 2, 1, 5, F(20, 3), F(35, 6)),
        (3, 1, 1, 10, F(10, 3), F(20, 3)),
        (1, 1, 0, 0, 10, 5),
    ],
)
def test_reliability(claims, cited, supported, accuracy, coverage, factual):
    assert factual_accuracy(cited=cited, supported=supported) == close(accuracy)
    assert citation_coverage(claims=claims, cited=cited) == close(coverage)
    assert reliability(claims=claims, cited=cited, supported=supported) == close(factual)


@pytest.mark.parametrize(("claims", "cited", "supported"), [(1, 2, 1), (2, 1, 2), (2, 1, -1)])
def test_counts_that_do_not_fit(claims, cited, supported):
    with pytest.raises(InvalidInputError, match="no share"):
        reliability(claims=claims, cited=cited, supported=supported)


@pytest.mark.parametrize(
    ("p", "q", "r", "expected"),
    [(6, 7, 8, 7), (0, 0, 0, 0), (10, 10, 10, 10), (4.5, 6, 0, F(7, 2)), (1, 0, 0, F(1, 3))],
)
def test_overall(p, q, r, expected):
    assert overall(p, q, r) == close(expected)
