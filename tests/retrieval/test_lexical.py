"""The default ranking: what a word is, and which turn comes first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_chain.retrieval.analysis import MAX_WORD
from memory_chain.retrieval.lexical import (
    AFTER,
    BEFORE,
    FEATURES,
    WEIGHTS,
    Ranked,
    Stats,
    Trait,
    Turn,
    analyze,
    index_fields,
    lookups,
    rescore,
    traits,
)
from memory_chain.retrieval.query import parse_query
from memory_chain.retrieval.wordtable import EMPTY, read_word_table, word_table
from memory_chain.utils import to_micros

MAY = to_micros(datetime(2023, 5, 8, tzinfo=UTC))
JULY = to_micros(datetime(2023, 7, 8, tzinfo=UTC))


def chain(*said: tuple[str, str], session: str = "s", at: int = MAY, first: int = 1) -> list[Turn]:
    """Turns of one session, one microsecond apart."""
    turns = []
    for place, (speaker, text) in enumerate(said):
        fields = index_fields(text)
        turns.append(
            Turn(
                seq=first + place,
                session=session,
                speaker=speaker,
                at=at + place,
                tokens=fields.tokens,
                traits=fields.traits,
            )
        )
    return turns


def ask(
    text: str, *sessions: Sequence[Turn], boosts: dict[int, float] | None = None, asker: str | None = None
) -> list[Ranked]:
    """Rank all turns, as a small store would."""
    turns = {turn.seq: turn for session in sessions for turn in session}
    query = parse_query(text, speakers={turn.speaker for turn in turns.values()}, asker=asker)
    counts = {term: sum(term in turn.tokens.split() for turn in turns.values()) for term in query.counted}
    stats = Stats(messages=len(turns), counts=counts)
    wanted = {term for one in lookups(query, stats) for term in one.terms}
    windows = [
        [turn.seq for turn in session[max(0, place - BEFORE) : place + AFTER + 1]]
        for session in sessions
        for place, turn in enumerate(session)
        if wanted & set(turn.tokens.split())
    ]
    return rescore(query, turns=turns, windows=windows, stats=stats, boosts=boosts)


def best(text: str, *sessions: Sequence[Turn], asker: str | None = None) -> int:
    return ask(text, *sessions, asker=asker)[0].seq


# -- what a word is --------------------------------------------------------------------------------------------


def test_latin_words_are_folded_and_stemmed() -> None:
    assert analyze("Cafés, HIKING and Caroline's dogs") == ["cafe", "hike", "carolin", "dog"]


def test_irregular_forms_meet_their_base() -> None:
    assert analyze("went bought children") == analyze("go buy child")


def test_composed_and_decomposed_accents_are_one_word() -> None:
    assert analyze("caf\u00e9") == analyze("cafe\u0301") == analyze("cafe")


def test_stop_words_stay_only_where_there_is_nothing_else() -> None:
    assert analyze("the dog and the cat") == ["dog", "cat"]
    assert analyze("to be or not to be") == ["to", "be", "or", "not", "to", "be"]


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("我昨天在北京吃了烤鸭", "烤鸭"),
        ("東京タワーに行きました", "東京タワー"),
        ("서울에서 친구를 만났어요", "서울"),
        ("ฉันรักแมวมาก", "แมว"),
        ("أحب القهوة في الصباح", "قهوة"),
        ("Я читаю интересную книгу", "книга"),
        ("मुझे हिन्दी फ़िल्में पसंद हैं", "हिन्दी"),
        ("אני אוהב שוקולד", "שוקולד"),
    ],
)
def test_all_scripts_are_found(said: str, asked: str) -> None:
    assert set(analyze(asked)) & set(analyze(said))
    other = chain(("user", "nothing of the kind"), ("user", said))
    assert best(asked, other) == 2


def test_kana_keep_their_voice_marks() -> None:
    assert analyze("ガキ") != analyze("カギ")


@given(st.text())
def test_terms_hold_nothing_that_an_index_could_misread(text: str) -> None:
    for term in analyze(text):
        assert term
        assert not any(mark in term for mark in " \"'*()\t\n\x00")
        assert term == "".join(c for c in term if not c.isascii() or c.isalnum())


def test_endless_words_are_cut() -> None:
    assert all(len(term) <= MAX_WORD for term in analyze("x" * 100_000))


def test_traits() -> None:
    assert traits("Where do you live?") & Trait.ONLY_ASKS
    assert traits("I moved here two years ago.") & Trait.TIME
    assert traits("I moved to Berlin.") & Trait.NAME
    assert not traits("I moved.") & Trait.ASKS


# -- which turn comes first ------------------------------------------------------------------------------------


def test_a_rare_word_beats_a_common_one() -> None:
    turns = chain(*[("user", "I like the garden a lot")] * 6, ("user", "The telescope arrived"), first=1)
    assert best("telescope in the garden", turns) == 7


def test_an_answer_is_found_by_the_question_before_it() -> None:
    talk = chain(
        ("user", "The weather is grey"),
        ("user", "Nothing new at work"),
        ("user", "Fine so far"),
        ("Ann", "Which instrument does your sister play?"),
        ("Bob", "The cello, since she was six."),
    )
    assert {one.seq for one in ask("What instrument does the sister of Bob play?", talk)[:2]} == {4, 5}
    assert best("What instrument does the sister of Bob play?", talk) == 5


def test_a_turn_of_another_session_is_no_neighbour() -> None:
    first = chain(("Ann", "Which instrument do you play?"), session="one")
    second = chain(("Bob", "Fine, thanks."), session="two", first=2)
    assert [one.seq for one in ask("instrument", first, second)] == [1]


def test_who_is_named_counts() -> None:
    talk = chain(("Ann", "I adopted a puppy"), session="one")
    other = chain(("Bob", "I adopted a puppy"), session="two", first=2)
    assert best("Which puppy did Bob adopt?", talk, other) == 2
    assert best("Which puppy did Ann adopt?", talk, other) == 1


def test_my_means_the_asker() -> None:
    talk = chain(("assistant", "My favourite tea is mint"), session="one")
    other = chain(("user", "My favourite tea is mint"), session="two", first=2)
    assert best("What is my favourite tea?", talk, other, asker="user") == 2


def test_the_month_named_counts() -> None:
    may = chain(("Ann", "We went camping"), session="one", at=MAY)
    july = chain(("Ann", "We went camping"), session="two", at=JULY, first=2)
    assert best("When did Ann go camping in July 2023?", may, july) == 2
    assert best("When did Ann go camping in May 2023?", may, july) == 1


def test_near_words_find_what_shares_no_word() -> None:
    talk = chain(("user", "The car is red"), ("user", "I saw my physician"), ("user", "Lunch was late"))
    assert 2 in [one.seq for one in ask("doctor", talk)]


def test_boosts_lift_a_turn() -> None:
    talk = chain(("user", "tea with milk"), *[("user", "fine")] * 8, ("user", "tea with milk and honey"))
    order = [one.seq for one in ask("tea", talk)]
    assert ask("tea", talk, boosts={order[-1]: 100.0})[0].seq == order[-1]


def test_scores_fall_and_reasons_are_told() -> None:
    ranked = ask("tea", chain(*[("user", f"tea number {n}") for n in range(80)]))
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert len({one.seq for one in ranked}) == len(ranked) == 50
    assert "its words" in ranked[0].reasons


@pytest.mark.parametrize("text", ["", "?", '" OR 1=1 --', "NEAR(a, b) AND *", "\x00\ud800", "🧑‍🚀"])
def test_hostile_and_empty_queries_find_nothing_and_raise_nothing(text: str) -> None:
    assert ask(text, chain(("user", "tea with milk"))) == []


def test_no_turns_no_answer() -> None:
    assert rescore(parse_query("tea"), turns={}, windows=[], stats=Stats(messages=0)) == []


# -- what the index is asked -----------------------------------------------------------------------------------


def test_lookups_leave_out_unknown_and_overly_common_terms() -> None:
    query = parse_query("the telescope garden unicorn")
    stats = Stats(messages=100_000, counts={"telescop": 3, "garden": 90_000})
    assert lookups(query, stats)[0].terms == ("telescop",)


def test_the_rarest_term_is_looked_up_however_common() -> None:
    assert lookups(parse_query("garden"), Stats(messages=10**6, counts={"garden": 10**6}))[0].terms == ("garden",)


# -- the shipped table -------------------------------------------------------------------------------------------


def test_the_word_table_is_there_and_sound() -> None:
    table = word_table()
    assert table.irregular["went"] == "go"
    assert table.nearest("no such stem", 5) == []
    assert EMPTY.nearest("dog", 5) == []


def test_a_foreign_file_is_no_word_table() -> None:
    with pytest.raises(ValueError, match="build_wordnet"):
        read_word_table(b"something else altogether")


def test_each_feature_has_its_weight() -> None:
    assert len(WEIGHTS) == len(FEATURES)
