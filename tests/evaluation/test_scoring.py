"""Figures against values worked out by hand."""

import pytest

from memory_chain.evaluation.old_records import Answered
from memory_chain.evaluation.old_scoring import percent_by_category, percentiles, share_found, shares_at


def answered(category, recall):
    return Answered(
        conversation="c",
        question="q",
        category=category,
        recall=recall,
        context={},
        context_any={},
        context_tokens={},
        search_ms=1.0,
        retrieve_ms=2.0,
    )


def test_the_share_of_the_evidence_that_was_found():
    assert share_found(["a", "b", "c"], ["x", "a", "c", "a"]) == pytest.approx(2 / 3)
    assert share_found(["a"], []) == 0
    assert share_found(["a"], ["a"]) == 1


def test_evidence_named_twice_counts_once():
    assert share_found(["a", "a", "b"], ["a"]) == 0.5


def test_a_question_without_evidence_has_no_share():
    with pytest.raises(ValueError, match="leave it out"):
        share_found([], ["a"])


def test_shares_at_depths():
    ranked = ["x", "a", "y", "b", "z"]
    assert shares_at(["a", "b"], ranked, (1, 2, 4, 10)) == {1: 0, 2: 0.5, 4: 1, 10: 1}


def test_means_are_over_questions_not_over_categories():
    rows = [
        answered("1", {5: 1.0, 10: 1.0}),
        answered("4", {5: 0.0, 10: 0.5}),
        answered("4", {5: 0.5, 10: 1.0}),
        answered("4", {5: 0.0, 10: 0.0}),
    ]
    assert percent_by_category(rows, lambda one: one.recall) == {
        "overall": {"5": 37.5, "10": 62.5},
        "1": {"5": 100.0, "10": 100.0},
        "4": {"5": 16.67, "10": 50.0},
    }


def test_overall_comes_first():
    rows = [answered(category, {5: 1.0}) for category in "421"]
    assert list(percent_by_category(rows, lambda one: one.recall)) == ["overall", "1", "2", "4"]


def test_no_questions_have_no_means():
    assert percent_by_category([], lambda one: one.recall) == {"overall": {}}


def test_percentiles():
    assert percentiles([]) == {"p50": 0.0, "p95": 0.0}
    assert percentiles([3.0]) == {"p50": 3.0, "p95": 3.0}
    # 0 … 100: the 95th percentile of 101 evenly spaced values lies at 95.
    assert percentiles([float(number) for number in range(101)]) == {"p50": 50.0, "p95": 95.0}
