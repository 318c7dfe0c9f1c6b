"""What a question asks for."""

from __future__ import annotations

import pytest

from memory_chain.retrieval.query import MAX_TERMS, Kind, parse_query


def test_a_named_speaker_is_no_term() -> None:
    query = parse_query("What did Caroline paint?", speakers=["Caroline", "Melanie"])
    assert query.speakers == {"Caroline"}
    assert query.terms == ("paint",)


def test_a_first_name_names_its_speaker_but_a_part_of_a_word_does_not() -> None:
    assert parse_query("Where does Ann live?", speakers=["Ann Lee"]).speakers == {"Ann Lee"}
    assert parse_query("What was the annual plan?", speakers=["Ann"]).speakers == frozenset()


def test_i_is_the_asker() -> None:
    assert parse_query("What is my dog called?", asker="user").speakers == {"user"}
    assert parse_query("What is a dog called?", asker="user").speakers == frozenset()


def test_a_query_of_only_a_name_still_has_terms() -> None:
    assert parse_query("Caroline?", speakers=["Caroline"]).terms


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("When did she move?", Kind.WHEN),
        ("Which city did he visit?", Kind.WHERE),
        ("Who came along?", Kind.WHO),
        ("How many cats are there?", Kind.COUNT),
        ("What instruments does she play?", Kind.LIST),
        ("the garden", Kind.NONE),
    ],
)
def test_kind(text: str, kind: Kind) -> None:
    assert parse_query(text).kind == kind


def test_dates_become_hints_and_no_terms() -> None:
    query = parse_query("What happened at the race on 7 May, 2023?")
    assert query.time.months == {5}
    assert query.time.years == {2023}
    assert query.time.days == {(5, 7)}
    assert "race" in query.terms
    assert not {"7", "may", "2023"} & set(query.terms)


def test_may_is_a_month_only_where_it_reads_like_one() -> None:
    assert parse_query("what may she like?").time.months == frozenset()
    assert parse_query("where was he in may 2023?").time.months == {5}


def test_words_that_only_build_a_question_weigh_less() -> None:
    query = parse_query("What kind of cheese?")
    weights = dict(zip(query.terms, query.weights, strict=True))
    assert weights["kind"] < weights["chees"] == 1.0


def test_near_words_come_with_a_falling_similarity() -> None:
    near = parse_query("a doctor").expansions["doctor"]
    assert "physician" in [word for word, _ in near]
    assert [like for _, like in near] == sorted((like for _, like in near), reverse=True)
    assert all(0 < like <= 1 for _, like in near)


@pytest.mark.parametrize("text", ["", "   ", "?!", "\x00", "\ud800", '" OR 1=1 --', "NEAR(a b)*", "🧑‍🚀"])
def test_any_text_is_a_query(text: str) -> None:
    parse_query(text, speakers=["", "A"], asker="user")


def test_a_pasted_page_is_cut() -> None:
    assert len(parse_query(" ".join(f"word{n}" for n in range(10_000))).terms) == MAX_TERMS
