"""Scores of an answer's words against the gold answer, as each benchmark's own scorer defines them.

| function | published as | words |
| --- | --- | --- |
| `locomo_f1` | LoCoMo, `task_eval/evaluation.py` (Maharana et al., arXiv 2402.17753) | stems, with their number |
| `set_f1` | "F1" of mem0 and of evaluations derived from it | plain, as a set |
| `bleu_1` | BLEU-1 of the same | NLTK's tokens |
| `word_scores`, `outdated_recall` | PersonaBench, `scripts/evaluation/eval.py` (Tan et al., arXiv 2502.20616) | a set |
| `option_is_right` | PersonaMem, `inference_standalone_openai.py` (Jiang et al., arXiv 2504.14225) | a letter |

These are different metrics: no two of them can be compared. All lie between 0 and 1, and an empty answer scores 0.
`locomo_f1` and `bleu_1` need NLTK (extra `eval`) but none of its data files.
"""

from __future__ import annotations

import importlib
import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from memory_chain.errors import ConfigurationError, InvalidInputError

Answer: TypeAlias = str | int | float | Mapping[str, Any] | Sequence[Any]
"""An answer as benchmarks have them: a text, a number, an object, or a list of these."""

LOCOMO_CATEGORIES = ("1", "2", "3", "4", "5")

REFUSALS = ("no information available", "not mentioned")
"""What a right answer to an adversarial question of LoCoMo has to say, in any case of letters."""

FINAL_ANSWER = "<final_answer>"
"""After this, PersonaMem's prompt wants the option."""

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_COMBINING = "\u0300-\u036f"
# `\b` that takes an accent for a part of its letter, as that of the package `regex`, which LoCoMo uses, does.
_SMALL_WORD = re.compile(rf"(?<![\w{_COMBINING}])(?:an|a|the|and)(?![\w{_COMBINING}])")
_NOT_ALPHANUMERIC = re.compile(r"[^a-zA-Z0-9\s]")
_LETTER_IN_PARENTHESES = re.compile(r"\(([a-d])\)")
_LETTER = re.compile(r"\b([a-d])\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class WordScores:
    """How two sets of words agree; each figure is 0 to 1, and 0 if there is nothing to divide by.

    `precision` is the share of the answer's words that are in the gold, `recall` that of the gold's in the answer.
    """

    precision: float
    recall: float
    f1: float


# LoCoMo


def locomo_f1(answer: str, gold: str | int, category: str) -> float:
    """The token F1 of LoCoMo's own scorer, with the rule of the question's category.

    - 2, 4: F1 of the answer and the gold.
    - 3: the same, with the gold cut at its first `;` (further alternatives follow it).
    - 1: both are split at commas; for each part of the gold the best F1 over the answer's parts, and of these the
      mean. Every comma splits, also one within a part (`May 7, 2023`).
    - 5: 1 if the answer refuses (see `REFUSALS`), else 0; the gold is not looked at.

    Raises:
        InvalidInputError: there is no such category.
        ConfigurationError: NLTK is not installed.
    """
    wanted = str(gold)
    if category == "1":
        return _parts_f1(answer, wanted)
    if category in {"2", "4"}:
        return token_f1(answer, wanted)
    if category == "3":
        return token_f1(answer, wanted.split(";")[0])
    if category == "5":
        return float(any(refusal in answer.lower() for refusal in REFUSALS))
    raise InvalidInputError(
        f"LoCoMo has no category {category!r}. Give one of {', '.join(LOCOMO_CATEGORIES)} (as text)."
    )


def token_f1(answer: str, gold: str) -> float:
    """F1 of the stemmed words, each counted as often as it occurs in both; 0 if they share none.

    Raises:
        ConfigurationError: NLTK is not installed.
    """
    answered, wanted = _stems(answer), _stems(gold)
    shared = (Counter(answered) & Counter(wanted)).total()
    return 2 * shared / (len(answered) + len(wanted)) if shared else 0.0


def normalized(text: str) -> str:
    """Without commas, in lower case, without ASCII punctuation, without `a`, `an`, `the`, `and`, single spaces."""
    return " ".join(_SMALL_WORD.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def _parts_f1(answer: str, gold: str) -> float:
    answers, golds = answer.split(","), gold.split(",")
    return sum(max(token_f1(one, wanted) for one in answers) for wanted in golds) / len(golds)


def _stems(text: str) -> list[str]:
    stem = _stemmer()
    return [stem(word) for word in normalized(text).split()]


@cache
def _stemmer() -> Callable[[str], str]:
    """NLTK's Porter stemmer with its extensions, which is NLTK's default and not the original algorithm."""
    stem: Callable[[str], str] = _nltk("nltk.stem.porter").PorterStemmer().stem
    return cache(stem)


# mem0 and what is derived from it


def set_f1(answer: str, gold: str) -> float:
    """The F1 of mem0-derived evaluations: sets of lower-case words, `. , ! ?` taken for spaces, nothing else done."""
    return _agreement(_plain_words(answer), _plain_words(gold)).f1


def bleu_1(answer: str, gold: str) -> float:
    """BLEU-1 of mem0-derived evaluations: NLTK's `sentence_bleu` with weights (1, 0, 0, 0) and smoothing method 1.

    The share of the answer's tokens that occur in the gold (each at most as often as there), times
    exp(1 - |gold| / |answer|) if the answer is the shorter one.

    The tokens are those of NLTK's Treebank tokenizer on the lower-cased text as one line, without the splitting into
    sentences that needs the data file `punkt`: a full stop stays with its word unless it ends the text.

    Raises:
        ConfigurationError: NLTK is not installed.
    """
    answered, wanted = _treebank_tokens(answer), _treebank_tokens(gold)
    if not answered or not wanted:
        return 0.0
    bleu = _nltk("nltk.translate.bleu_score")
    smoothing = bleu.SmoothingFunction().method1
    return float(bleu.sentence_bleu([wanted], answered, weights=(1, 0, 0, 0), smoothing_function=smoothing))


def _plain_words(text: str) -> frozenset[str]:
    return frozenset(re.sub(r"[.,!?]", " ", text.lower()).split())


def _treebank_tokens(text: str) -> list[str]:
    return [str(token) for token in _nltk("nltk.tokenize").word_tokenize(text.lower(), preserve_line=True)]


# PersonaBench


def word_scores(answer: Answer, gold: Answer) -> WordScores:
    """Precision, recall and F1 of PersonaBench: the sets of words of the answer and of all parts of the gold.

    A number counts as its digits. (Upstream takes the gold of the question before if the gold is an int.)
    """
    return _agreement(answer_words(answer), answer_words(gold))


def outdated_recall(answer: Answer, outdated: Answer) -> float:
    """The share of the words of values that no longer hold which the answer has: lower is better.

    Raises:
        InvalidInputError: there are no such values, so that the question has to be left out.
    """
    if isinstance(outdated, str | Mapping | Sequence) and not outdated:
        raise InvalidInputError("A question without outdated values has no recall of them. Leave it out.")
    return word_scores(answer, outdated).recall


def answer_words(answer: Answer) -> frozenset[str]:
    """The lower-case words of an answer, from which all but ASCII letters, digits and white space is deleted.

    `AC/DC` is `acdc`, `Café` is `caf`; the object `{"Height": "5'6"}` has the words `height` and `56`.
    """
    if isinstance(answer, Mapping):
        return _all_words(part for pair in answer.items() for part in pair)
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        return _all_words(answer)
    return frozenset(_NOT_ALPHANUMERIC.sub("", str(answer)).lower().split())


def _all_words(parts: Iterable[Answer]) -> frozenset[str]:
    return frozenset(word for part in parts for word in answer_words(part))


# PersonaMem


def option_is_right(reply: str, gold: str) -> bool:
    """Whether PersonaMem's own script takes the reply for the right option.

    It does if exactly that option is named (see `named_options`) after the last `<final_answer>`, or in the whole
    reply: one in which a wrong letter stands bare after the tag, and only the right one in parentheses before, passes.

    Args:
        reply: what the model said.
        gold: the option's label, `(a)` or `a`.

    Raises:
        InvalidInputError: the label is none of a to d.
    """
    wanted = gold.lower().strip("() ")
    if wanted not in {"a", "b", "c", "d"}:
        raise InvalidInputError(f"The right option is {gold!r}; one of (a), (b), (c), (d) is expected.")
    return {wanted} in (named_options(_final(reply)), named_options(reply))


def chosen_option(reply: str) -> str | None:
    """The one option named after the last `<final_answer>`, else the one named in the whole reply; None: no single one.

    For telling what was answered; the published score is `option_is_right`.
    """
    for text in (_final(reply), reply):
        named = named_options(text)
        if len(named) == 1:
            return next(iter(named))
    return None


def named_options(text: str) -> frozenset[str]:
    """The letters a to d in parentheses; if there are none, those that stand alone as words. `A` is `a`.

    The article in "a walk" is such a word.
    """
    lowered = text.lower()
    return frozenset(_LETTER_IN_PARENTHESES.findall(lowered) or _LETTER.findall(lowered))


def _final(reply: str) -> str:
    return reply.rpartition(FINAL_ANSWER)[2]


# All


def _agreement(answered: frozenset[str], wanted: frozenset[str]) -> WordScores:
    shared = len(answered & wanted)
    if not shared:
        return WordScores(precision=0.0, recall=0.0, f1=0.0)
    return WordScores(
        precision=shared / len(answered), recall=shared / len(wanted), f1=2 * shared / (len(answered) + len(wanted))
    )


def _nltk(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigurationError(
            'This score needs NLTK, which is not installed. Run: pip install "o-mem[eval]"'
        ) from error
