"""Scores of rankings against values worked out by hand; the search over combinations against trying them all."""

from itertools import product
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.scoring.ranking import (
    CombinationScores,
    EvidenceScores,
    combinations_at,
    longmemeval_at,
    longmemeval_sessions_at,
    ndcg_at,
    ranked_groups,
    recall_at,
    session_recall,
    share_found,
    shares_at,
)

D2, D3, D4 = 1 / log2(3), 1 / 2, 1 / log2(5)
"""What ranks 2, 3, 4 gain; rank 1 gains 1."""
L3, L4, L5 = 1 / log2(3), 1 / 2, 1 / log2(5)
"""The same in LongMemEval, where rank 2 gains 1 too."""


def close(value):
    return pytest.approx(float(value), abs=1e-12)


def session_of(turn):
    return turn.split(":")[0]


# Recall


@pytest.mark.parametrize(
    ("evidence", "ranked", "depth", "expected"),
    [
        ("a", "a", 1, 1),
        ("a", "", 1, 0),
        ("a", "b", 5, 0),
        ("a", "ba", 1, 0),
        ("a", "ba", 2, 1),
        ("ab", "axb", 1, 1 / 2),
        ("ab", "axb", 2, 1 / 2),
        ("ab", "axb", 3, 1),
        ("ab", "axb", 100, 1),
        ("abc", "xac", 3, 2 / 3),
        ("abc", "cba", 3, 1),
        ("abc", "cba", 2, 2 / 3),
        ("abc", "aaa", 3, 1 / 3),  # found again is not found twice
        ("aab", "a", 1, 1 / 2),  # named twice is not wanted twice
        ("abcd", "xyza", 4, 1 / 4),
        ("abcd", "xyza", 3, 0),
        ("abcde", "edcba", 1, 1 / 5),
        ("é", "é", 1, 1),
        ("a", "A", 1, 0),
        ("ab", "ab", 1, 1 / 2),
    ],
)
def test_recall_at(evidence, ranked, depth, expected):
    assert recall_at(list(evidence), list(ranked), depth) == close(expected)


def test_share_found_takes_what_is_in_no_order():
    assert share_found(["a", "b", "c"], {"a", "c", "x"}) == close(2 / 3)
    assert share_found(["a", "a", "b"], iter("a")) == 1 / 2
    assert share_found(["a"], []) == 0


def test_shares_at_depths():
    assert shares_at(["a", "b"], ["x", "a", "y", "b", "z"], (1, 2, 4, 10)) == {1: 0, 2: 0.5, 4: 1, 10: 1}


@pytest.mark.parametrize("score", [recall_at, ndcg_at, longmemeval_at])
def test_what_cannot_be_scored(score):
    with pytest.raises(InvalidInputError, match="Leave it out"):
        score([], ["a"], 1)
    with pytest.raises(InvalidInputError, match="at least 1"):
        score(["a"], ["a"], 0)


def test_no_sessions_without_evidence():
    with pytest.raises(InvalidInputError, match="Leave it out"):
        session_recall([], ["D1"], session_of)
    with pytest.raises(InvalidInputError, match="Leave it out"):
        longmemeval_sessions_at([], ["s1:1"], 1, session_of)
    with pytest.raises(InvalidInputError, match="at least 1"):
        longmemeval_sessions_at(["s1:1"], [], 0, session_of)


@pytest.mark.parametrize(
    ("evidence", "sessions", "expected"),
    [
        (["D1:3"], ["D1"], 1),
        (["D1:3"], ["D2"], 0),
        (["D1:3"], [], 0),
        (["D1:3", "D1:5", "D1:9", "D2:1"], ["D1"], 3 / 4),
        (["D1:3", "D1:5", "D1:9", "D2:1"], ["D2"], 1 / 4),
        (["D1:3", "D1:5", "D1:9", "D2:1"], ["D2", "D1"], 1),
        (["D1:3", "D2:5", "D3:9"], ["D1", "D3", "D7"], 2 / 3),
        (["D1:3", "D11:5"], ["D1"], 1 / 2),
        (["D1:3", "D11:5"], ["D11", "D11"], 1 / 2),
        (["D1:3", "D1:3", "D2:1"], ["D1"], 1 / 2),
    ],
)
def test_session_recall(evidence, sessions, expected):
    assert session_recall(evidence, sessions, session_of) == close(expected)


def test_groups_stand_where_their_best_member_stands():
    assert ranked_groups(["s2:1", "s1:4", "s2:3", "s3:1", "s1:1"], session_of) == ["s2", "s1", "s3"]
    assert ranked_groups([], session_of) == []


# NDCG


@pytest.mark.parametrize(
    ("evidence", "ranked", "depth", "expected"),
    [
        ("a", "a", 1, 1),
        ("a", "a", 10, 1),
        ("a", "", 1, 0),
        ("a", "b", 1, 0),
        ("a", "ba", 1, 0),
        ("a", "ba", 2, D2),
        ("a", "bca", 3, D3),
        ("a", "bcda", 4, D4),
        ("a", "bcda", 3, 0),
        ("ab", "ab", 2, 1),
        ("ab", "ba", 2, 1),
        ("ab", "a", 2, 1 / (1 + D2)),
        ("ab", "a", 1, 1),  # the best that one place can hold
        ("ab", "xab", 3, (D2 + D3) / (1 + D2)),
        ("ab", "axb", 3, (1 + D3) / (1 + D2)),
        ("ab", "axb", 2, 1 / (1 + D2)),
        ("abc", "abc", 3, 1),
        ("abc", "xxa", 3, D3 / (1 + D2 + D3)),
        ("abc", "bxc", 2, 1 / (1 + D2)),
        ("abcd", "xabx", 4, (D2 + D3) / (1 + D2 + D3 + D4)),
        ("ab", "aab", 3, (1 + D3) / (1 + D2)),  # the second "a" only takes up a place
        ("aab", "ab", 2, 1),
        ("abcd", "abcd", 2, 1),
    ],
)
def test_ndcg_at(evidence, ranked, depth, expected):
    assert ndcg_at(list(evidence), list(ranked), depth) == close(expected)


# LongMemEval


@pytest.mark.parametrize(
    ("evidence", "ranked", "depth", "some", "all_", "ndcg"),
    [
        ("a", "a", 1, 1, 1, 1),
        ("a", "", 3, 0, 0, 0),
        ("a", "xyz", 3, 0, 0, 0),
        ("a", "xa", 1, 0, 0, 0),
        ("a", "xa", 2, 1, 1, 1),  # rank 2 is not discounted
        ("a", "xya", 3, 1, 1, L3),
        ("a", "xyza", 4, 1, 1, L4),
        ("a", "xyzwa", 5, 1, 1, L5),
        ("a", "xyzwa", 4, 0, 0, 0),
        ("ab", "a", 1, 1, 0, 1),
        ("ab", "ax", 2, 1, 0, 1 / 2),
        ("ab", "ab", 2, 1, 1, 1),
        ("ab", "xab", 3, 1, 1, (1 + L3) / 2),
        ("ab", "axb", 3, 1, 1, (1 + L3) / 2),
        ("ab", "xyab", 4, 1, 1, (L3 + L4) / 2),
        ("ab", "xyab", 3, 1, 0, L3 / 2),
        ("abc", "abc", 3, 1, 1, 1),
        ("abc", "cba", 3, 1, 1, 1),
        ("abc", "abx", 3, 1, 0, 2 / (2 + L3)),
        ("abc", "xabc", 4, 1, 1, (1 + L3 + L4) / (2 + L3)),
        ("abc", "abc", 10, 1, 1, 1),
        ("aab", "ab", 2, 1, 1, 1),
        ("ab", "aa", 2, 1, 0, 1 / 2),
    ],
)
def test_longmemeval(evidence, ranked, depth, some, all_, ndcg):
    assert longmemeval_at(list(evidence), list(ranked), depth) == EvidenceScores(
        recall_any=some, recall_all=all_, ndcg_any=close(ndcg)
    )


@pytest.mark.parametrize(
    ("evidence", "ranked", "depth", "some", "all_", "ndcg"),
    [
        (["p:1"], ["p:1"], 1, 1, 1, 1),
        (["p:1"], [], 1, 0, 0, 0),
        (["p:1"], ["x:1", "p:1"], 1, 0, 0, 0),
        (["p:1"], ["x:1", "p:1"], 2, 1, 1, 1),
        # x twice is one session, so that the third turn is still looked at
        (["p:1"], ["x:1", "x:2", "p:1"], 2, 1, 1, L3),
        (["p:1"], ["x:1", "x:2", "x:3", "p:1"], 2, 1, 1, L4),
        (["p:1"], ["x:1", "y:1", "p:1"], 2, 0, 0, 0),
        # a turn of the same session without the answer does not find it
        (["p:1"], ["p:2"], 1, 0, 0, 0),
        # ... and counts as another session: two are seen before p:1
        (["p:1"], ["p:2", "x:1", "p:1"], 2, 0, 0, 0),
        (["p:1"], ["p:2", "p:3", "p:1"], 2, 1, 1, L3),
        # two evidence turns of one session
        (["p:1", "p:3"], ["p:1"], 1, 1, 1, 1),
        (["p:1", "p:3"], ["p:1", "p:3", "x:1"], 2, 1, 1, 1),
        (["p:1", "p:3"], ["p:3", "x:1", "p:1"], 2, 1, 1, 1 / 2),
        # two sessions
        (["p:1", "q:1"], ["p:1", "x:1", "q:1"], 1, 1, 0, 1),
        (["p:1", "q:1"], ["p:1", "x:1", "q:1"], 2, 1, 0, 1 / 2),
        (["p:1", "q:1"], ["p:1", "x:1", "q:1"], 3, 1, 1, (1 + L3) / 2),
        (["p:1", "q:1"], ["p:1", "p:1", "q:1"], 2, 1, 1, (1 + L3) / 2),
        (["p:1", "q:1"], ["q:1", "p:1"], 50, 1, 1, 1),  # fewer sessions than asked for
        (["p:1", "q:1"], ["q:1"], 3, 1, 0, 1 / 2),
        (["p:1", "q:1", "q:5"], ["q:1", "q:5", "p:1"], 2, 1, 1, 1),
        (["p:1", "q:1", "q:5"], ["q:1", "x:1", "p:1"], 3, 1, 1, (1 + L3) / (2 + L3)),
    ],
)
def test_longmemeval_sessions_from_turns(evidence, ranked, depth, some, all_, ndcg):
    assert longmemeval_sessions_at(evidence, ranked, depth, session_of) == EvidenceScores(
        recall_any=some, recall_all=all_, ndcg_any=close(ndcg)
    )


# PersonaBench


@pytest.mark.parametrize(
    ("values", "ranked", "depth", "recall", "ndcg"),
    [
        (["a"], "a", 5, 1, 1),
        (["a"], "", 5, 0, 0),
        (["a"], "x", 5, 0, 0),
        (["a"], "xa", 1, 0, 0),
        (["a"], "xa", 2, 1, D2),
        (["ab"], "b", 5, 1, 1),  # any one suffices
        (["ab"], "ba", 5, 1, 1),
        (["ab"], "xab", 5, 1, D2),
        (["ab", "c"], "b", 5, 1 / 2, 1 / (1 + D2)),
        (["ab", "c"], "ab", 5, 1 / 2, 1 / (1 + D2)),  # both of the first value are no more than one
        (["ab", "c"], "bc", 5, 1, 1),
        (["ab", "c"], "abc", 5, 1, (1 + D3) / (1 + D2)),
        (["ab", "c"], "cab", 5, 1, 1),
        (["ab", "cd"], "xdxb", 5, 1, (D2 + D4) / (1 + D2)),
        (["ab", "cd"], "xdxb", 3, 1 / 2, D2 / (1 + D2)),
        (["a", "b", "c"], "abc", 2, 2 / 3, 1),  # the best that two places can hold
        (["a", "b", "c"], "c", 5, 1 / 3, 1 / (1 + D2 + D3)),
        # one segment for both values: the combination {a} is smaller
        (["a", "a"], "a", 5, 1, 1),
        (["ab", "a"], "a", 5, 1, 1),
        (["ab", "a"], "ba", 5, 1, 1),
        (["ab", "a"], "xa", 5, 1, max(D2, D2 / (1 + D2))),
        # {a}: nothing. {b, c}: both
        (["ab", "ac"], "bc", 5, 1, 1),
        # {a, b} finds b; {b, c} too; {a, c} and {a} nothing
        (["ab", "ac"], "b", 5, 1 / 2, 1 / (1 + D2)),
        # recall by {a} at rank 3; NDCG by {b, c} at 1 and 2
        (["ab", "ac"], "bca", 5, 1, 1),
        # {a, a}: recall 1 and NDCG D2; {b, c}: recall 1/2 and NDCG 1 / (1 + D2)
        (["ab", "ac"], "ba", 5, 1, max(D2, (1 + D2) / (1 + D2))),
    ],
)
def test_combinations(values, ranked, depth, recall, ndcg):
    segments = {str(number): list(ids) for number, ids in enumerate(values)}
    assert combinations_at(segments, list(ranked), depth) == CombinationScores(recall=close(recall), ndcg=close(ndcg))


def test_many_combinations_are_no_matter():
    segments = {f"v{value}": [f"{value}-{number}" for number in range(50)] for value in range(60)}  # 50^60
    scores = combinations_at(segments, [f"{value}-0" for value in range(30)], 100)
    assert scores.recall == 1 / 2
    assert scores.ndcg == close(
        sum(1 / log2(rank + 1) for rank in range(1, 31)) / sum(1 / log2(rank + 1) for rank in range(1, 61))
    )


def test_a_chain_of_shared_segments_is_no_matter():
    segments = {f"v{value}": [f"s{value}", f"s{value + 1}"] for value in range(200)}  # each shared with the next
    assert combinations_at(segments, ["s1"], 5).recall == 1 / 100  # s1, s3, s5, … s199 will do


@pytest.mark.parametrize("segments", [{}, {"Burger": []}, {"Burger": ["1"], "Pizza": []}])
def test_values_without_segments(segments):
    with pytest.raises(InvalidInputError, match="Leave it out"):
        combinations_at(segments, ["1"], 5)


def test_combinations_need_a_depth():
    with pytest.raises(InvalidInputError, match="at least 1"):
        combinations_at({"Burger": ["1"]}, ["1"], 0)


def tried_all(segments, ranked, depth):
    combinations = [set(picked) for picked in product(*segments.values())]
    return CombinationScores(
        recall=max(recall_at(one, ranked, depth) for one in combinations),
        ndcg=max(ndcg_at(one, ranked, depth) for one in combinations),
    )


IDS = "abcdefgh"


@given(
    st.lists(st.sets(st.sampled_from(IDS), min_size=1, max_size=4), min_size=1, max_size=6),
    st.permutations(IDS + "xyz"),
    st.integers(0, 11),
    st.integers(1, 12),
)
def test_combinations_as_if_all_were_tried(values, order, retrieved, depth):
    segments = {str(number): sorted(ids) for number, ids in enumerate(values)}
    ranked = list(order[:retrieved])
    expected = tried_all(segments, ranked, depth)
    assert combinations_at(segments, ranked, depth) == CombinationScores(
        recall=close(expected.recall), ndcg=close(expected.ndcg)
    )
