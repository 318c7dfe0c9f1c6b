"""Scores of answers against values worked out by hand from the published definitions."""

import sys
from fractions import Fraction as F
from math import exp

import pytest

from memory_chain.errors import ConfigurationError, InvalidInputError
from memory_chain.evaluation.scoring import text
from memory_chain.evaluation.scoring.text import (
    WordScores,
    answer_words,
    bleu_1,
    chosen_option,
    locomo_f1,
    named_options,
    normalized,
    option_is_right,
    outdated_recall,
    set_f1,
    token_f1,
    word_scores,
)


def close(value):
    return pytest.approx(float(value), abs=1e-12)


@pytest.fixture
def nltk():
    return pytest.importorskip("nltk", reason="NLTK (extra `eval`) is not installed")


@pytest.fixture
def without_nltk(monkeypatch):
    for name in ("nltk", "nltk.stem.porter", "nltk.tokenize", "nltk.translate.bleu_score"):
        monkeypatch.setitem(sys.modules, name, None)
    text._stemmer.cache_clear()
    yield
    text._stemmer.cache_clear()


# LoCoMo


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ""),
        ("  The   Cat,  and a dog! ", "cat dog"),
        ("1,000 dollars", "1000 dollars"),
        ("AN apple", "apple"),
        ("Anna and Theo", "anna theo"),  # whole words only
        ("rock-and-roll", "rockandroll"),  # punctuation goes first, so the "and" is no word any more
        ("it's Sam's", "its sams"),
        ("don’t", "don’t"),  # a curly apostrophe is no ASCII punctuation
        ("Café – Zürich", "café – zürich"),
        ("the_end", "theend"),
        ("a, b", "b"),
        ("à la", "à la"),
        ("a\u0301 la", "a\u0301 la"),  # the same letter in two characters: no article either
        ("e\u0301 a", "e\u0301"),
    ],
)
def test_locomo_normalization(given, expected):
    assert normalized(given) == expected


@pytest.mark.parametrize(
    ("answer", "gold", "category", "expected"),
    [
        # 4 and 2: 2c / (p + g)
        ("7 May 2023", "7 May 2023", "2", 1),
        ("May 7, 2023", "7 May 2023", "2", 1),  # the order does not count
        ("May 2023", "7 May 2023", "2", F(4, 5)),  # c 2, p 2, g 3
        ("on the 8 May", "7 May 2023", "2", F(2, 6)),  # on 8 may | 7 may 2023
        ("2022", 2022, "2", 1),  # the gold is a number
        ("in 2022", 2022, "2", F(2, 3)),
        ("3", "3.0", "4", 0),  # 3 | 30
        ("1,000", "1000", "4", 1),
        ("", "pottery", "4", 0),
        ("pottery", "", "4", 0),
        ("", "", "4", 0),
        ("the", "pottery", "4", 0),  # nothing is left of the answer
        ("She was running", "run", "4", F(2, 4)),  # she wa run | run
        ("cities", "city", "4", 1),  # citi | citi
        ("hiking camps", "camping hikes", "4", 1),  # hike camp | camp hike
        ("happy", "happiness", "4", 1),  # happi | happi
        ("dog dog dog", "dog", "4", F(2, 4)),  # multiset: c 1, p 3, g 1
        ("dog dog cat", "dog dog", "4", F(4, 5)),  # c 2, p 3, g 2
        ("A dog and the cat", "dog cat", "4", 1),
        ("dog, cat", "cat; dog", "4", 1),  # commas and semicolons are only deleted here
        ("Café Müller", "cafe müller", "4", F(2, 4)),  # café is not cafe
        ("東京", "東京", "4", 1),
        ("東京", "東京 タワー", "4", F(2, 3)),
        # 3: the gold up to its first semicolon
        ("Likely no", "Likely no; she wants to be a counselor", "3", 1),
        ("yes", "Likely no; yes", "3", 0),
        ("likely", "Likely no; though; perhaps", "3", F(2, 3)),
        ("no; maybe", "no", "3", F(2, 3)),  # the answer is not cut
        ("yes, she would", "yes", "3", F(2, 4)),  # and not split at commas
        ("no", "; no", "3", 0),
        # 1: the mean over the gold's parts of the best of the answer's parts
        ("pottery, camping", "camping, pottery", "1", 1),
        ("pottery", "pottery, camping", "1", F(1, 2)),
        ("pottery, camping, swimming", "pottery", "1", 1),  # what is too much costs nothing
        ("pottery and camping", "pottery, camping", "1", F(2, 3)),  # one part of 2 words: 2/3 for each gold part
        ("red car, blue boat", "red boat, bus", "1", F(1, 4)),  # best for "red boat" 2/4, for "bus" 0
        ("May 7", "May 7, 2023", "1", F(1, 2)),  # the date's comma makes two parts: 1 and 0
        ("", "pottery, camping", "1", 0),
        ("pottery,", "pottery", "1", 1),  # the answer's second part is empty
        ("pottery", "pottery,", "1", F(1, 2)),  # so is the gold's, which nothing equals
        ("Sweden", "Sweden", "1", 1),
        ("2, 3", 2, "1", 1),
        ("swims, paints, the beach", "beach, swimming, painting, mountains", "1", F(3, 4)),
        # 5: refusing is right
        ("Not mentioned in the conversation", "self-care is important", "5", 1),
        ("No information available.", "", "5", 1),
        ("It is NOT MENTIONED anywhere", "", "5", 1),
        ("self-care is important", "self-care is important", "5", 0),
        ("I do not know", "", "5", 0),
        ("not  mentioned", "", "5", 0),  # two spaces
        ("", "", "5", 0),
    ],
)
def test_locomo_f1(nltk, answer, gold, category, expected):
    assert locomo_f1(answer, gold, category) == close(expected)


def test_category_five_needs_no_nltk(without_nltk):
    assert locomo_f1("not mentioned", "", "5") == 1


def test_a_category_that_locomo_does_not_have():
    with pytest.raises(InvalidInputError, match="no category '6'"):
        locomo_f1("a", "a", "6")


@pytest.mark.parametrize("score", [token_f1, bleu_1])
def test_without_nltk_the_extra_is_named(without_nltk, score):
    with pytest.raises(ConfigurationError, match=r'pip install "o-mem\[eval\]"'):
        score("pottery", "pottery")


# mem0 and what is derived from it


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("7 May 2023", "7 May 2023", 1),
        ("", "", 0),
        ("", "pottery", 0),
        ("pottery", "", 0),
        ("...", "pottery", 0),
        ("Pottery!", "pottery", 1),
        ("the dog", "dog", F(2, 3)),  # articles count
        ("dog dog dog", "dog", 1),  # a set
        ("dogs", "dog", 0),  # no stems
        ("dog,cat", "cat dog", 1),  # a comma is a space
        ("1,000", "1000", 0),  # {1, 000} | {1000}
        ("1,000", "1 000", 1),
        ("3.5", "3 5", 1),
        ("self-care", "self care", 0),  # a hyphen is not
        ("it's", "its", 0),
        ("yes; no", "yes no", F(2, 4)),  # {yes;, no}
        ("7 May 2023", "8 May 2023", F(4, 6)),
        ("CAFÉ", "café", 1),
        ("what? yes!", "yes", F(2, 3)),
        ("a b c d", "c d e", F(4, 7)),
        ("a\nb\tc", "a b c", 1),
    ],
)
def test_set_f1(answer, gold, expected):
    assert set_f1(answer, gold) == close(expected)


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("pottery", "pottery", 1),
        ("", "", 0),
        ("", "pottery", 0),
        ("pottery", "", 0),
        ("   ", "pottery", 0),
        ("camping", "pottery", 0),  # nothing in common: no warning, no smoothing
        ("Pottery", "POTTERY", 1),
        ("a b c d e", "a b c d e", 1),
        ("e d c b a", "a b c d e", 1),  # single words only
        ("a b", "a b c d", exp(1 - 4 / 2)),
        ("a b c d", "a b", F(1, 2)),  # too long: precision only
        ("a x", "a b", F(1, 2)),
        ("a a a a", "a a", F(1, 2)),  # each at most as often as in the gold
        ("a", "a b c", exp(1 - 3 / 1)),
        ("a x", "a b c", exp(1 - 3 / 2) / 2),
        ("May 7, 2023", "7 May 2023", F(3, 4)),  # the comma is a token
        ("yes.", "yes", F(1, 2)),  # so is the last full stop
        ("yes", "yes.", exp(1 - 2 / 1)),
        ("it rained. i left.", "it rained", F(1, 5)),  # it · rained. · i · left · .
        ("don't", "do not", F(1, 2)),  # do · n't
        ("$5", "5", F(1, 2)),  # $ · 5
        ("the dog", "the cat", F(1, 2)),  # articles count
        ("dogs", "dog", 0),  # no stems
        ("Café!", "café", F(1, 2)),
        ("self-care", "self care", 0),
    ],
)
def test_bleu_1(nltk, answer, gold, expected):
    assert bleu_1(answer, gold) == close(expected)


# PersonaBench


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", set()),
        ("Burger, Pizza", {"burger", "pizza"}),
        ("AC/DC", {"acdc"}),
        ("rock-and-roll", {"rockandroll"}),
        ("Café", {"caf"}),
        ("東京", set()),
        (39, {"39"}),
        (5.5, {"55"}),
        ("5'6\"", {"56"}),
        (["Nyama Choma", "Burger"], {"nyama", "choma", "burger"}),
        (("Nyama Choma", 3), {"nyama", "choma", "3"}),
        ([{"Height": "5'6\""}, {"Eye color": "Blue"}], {"height", "56", "eye", "color", "blue"}),
        ({"cat": "Whiskers"}, {"cat", "whiskers"}),
        ([{"age": 3}], {"age", "3"}),
        ([], set()),
        (["", "!"], set()),
        ("don't  Don’t", {"dont"}),
        ("one\ttwo\nthree", {"one", "two", "three"}),
        ("snake_case", {"snakecase"}),
        ("the The THE", {"the"}),
    ],
)
def test_the_words_of_an_answer(answer, words):
    assert answer_words(answer) == words


@pytest.mark.parametrize(
    ("answer", "gold", "precision", "recall", "f1"),
    [
        ("Burger", "Burger", 1, 1, 1),
        ("", "Burger", 0, 0, 0),
        ("Burger", "", 0, 0, 0),
        ("", "", 0, 0, 0),
        ("pizza", "Burger", 0, 0, 0),
        ("I enjoy burgers.", "Burger", 0, 0, 0),  # no stems
        ("I enjoy a burger", "Burger", F(1, 4), 1, F(2, 5)),
        ("burger", ["Burger", "Pizza"], 1, F(1, 2), F(2, 3)),
        ("Burger, sushi", ["Burger", "Pizza"], F(1, 2), F(1, 2), F(1, 2)),
        ("Nyama", ["Nyama Choma", "Burger"], 1, F(1, 3), F(1, 2)),
        ("39", 39, 1, 1, 1),
        ("I am 39", 39, F(1, 3), 1, F(1, 2)),
        ("thirty-nine", 39, 0, 0, 0),
        ("5'6\", blue eyes", [{"Height": "5'6\""}, {"Eye color": "Blue"}], F(2, 3), F(2, 5), F(1, 2)),
        ("Whiskers, a cat", [{"cat": "Whiskers"}], F(2, 3), 1, F(4, 5)),
        ("pizza pizza pizza", "pizza", 1, 1, 1),
        (["Pizza", "Burger"], ["Burger", "Pizza"], 1, 1, 1),
        ("Zürich", "Zurich", 0, 0, 0),  # zrich
        ("Zürich", "Zürich", 1, 1, 1),
        ("東京", "東京", 0, 0, 0),  # nothing is left of either
        ("the cat and the dog", "the dog", F(2, 4), 1, F(2, 3)),  # credit for common words
        ("1,000", 1000, 1, 1, 1),
    ],
)
def test_word_scores(answer, gold, precision, recall, f1):
    assert word_scores(answer, gold) == WordScores(precision=close(precision), recall=close(recall), f1=close(f1))


@pytest.mark.parametrize(
    ("answer", "outdated", "expected"),
    [
        ("Burger", ["Burger"], 1),
        ("Pizza", ["Burger"], 0),
        ("", ["Burger"], 0),
        ("now pizza, before burger", ["Burger"], 1),
        ("Nyama", ["Nyama Choma"], F(1, 2)),
        ("Software engineer", ["Data engineer", "Teacher"], F(1, 3)),
        ("engineer", "Data engineer", F(1, 2)),
        ("38", 38, 1),
        ("39", [38, 37], 0),
        ("a cat", [{"cat": "Tom"}], F(1, 2)),
    ],
)
def test_outdated_recall(answer, outdated, expected):
    assert outdated_recall(answer, outdated) == close(expected)


@pytest.mark.parametrize("nothing", [[], (), "", {}])
def test_without_outdated_values_the_question_is_left_out(nothing):
    with pytest.raises(InvalidInputError, match="Leave it out"):
        outdated_recall("Burger", nothing)


# PersonaMem


@pytest.mark.parametrize(
    ("reply", "gold", "right", "chosen"),
    [
        ("<final_answer>(a)", "(a)", True, "a"),
        ("<final_answer> (A) </final_answer>", "(a)", True, "a"),
        ("<final_answer>b", "(b)", True, "b"),
        ("<final_answer>(b)", "(a)", False, "b"),
        ("(c)", "(c)", True, "c"),
        ("c", "(c)", True, "c"),
        ("The answer is c.", "c", True, "c"),
        ("I have a dog", "(a)", True, "a"),  # the article is a letter by itself
        ("", "(a)", False, None),
        ("<final_answer>", "(a)", False, None),
        ("none of them", "(d)", False, None),
        ("(a) or (b)", "(a)", False, None),
        ("(a), yes, (a)", "(a)", True, "a"),
        ("(a) is worse. <final_answer>(b)", "(b)", True, "b"),
        ("(a) is worse. <final_answer>(b)", "(a)", False, "b"),
        ("<final_answer>(a) no, <final_answer>(b)", "(b)", True, "b"),  # the last tag
        ("(d) fits. <final_answer> as said", "(d)", True, "d"),  # the whole reply
        ("(a) fits. <final_answer> b", "(a)", True, "b"),  # in the whole, parentheses drive out the bare letter
        ("(a) fits. <final_answer> b", "(b)", True, "b"),
        ("<final_answer>(a) and (b)", "(a)", False, None),
        ("<final_answer>(e)", "(a)", False, None),
        ("<final_answer>a) this", "(a)", True, "a"),
        ("I would pick option (c) over a walk", "(c)", True, "c"),
        ("option_a", "(a)", False, None),  # no word by itself
        ("<FINAL_ANSWER>(a) not (b)", "(a)", False, None),  # the tag in capitals is none
        ("**(b)**", "(B)", True, "b"),
        ("答案是(d)。", "(d)", True, "d"),
        ("<final_answer>\n(b)\n</final_answer>\nBecause (a) is too general.", "(b)", False, None),
    ],
)
def test_options(reply, gold, right, chosen):
    assert option_is_right(reply, gold) is right
    assert chosen_option(reply) == chosen


def test_named_options():
    assert named_options("(A) b c") == {"a"}
    assert named_options("b, C") == {"b", "c"}


def test_the_right_option_has_to_be_one():
    with pytest.raises(InvalidInputError, match="expected"):
        option_is_right("(a)", "(e)")
