"""How the report says numbers, and what the figures mean. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from memory_chain.evaluation.figures import ALL, OVERALL
from memory_chain.evaluation.report.comparing import CORRECTED, is_clear
from memory_chain.evaluation.report.document import Cell
from memory_chain.evaluation.scoring.statistics import Estimate

NONE = Cell(text="–")
MINUS = "−"

_LEVELS = ("turn", "session")
_MEANINGS = {
    "accuracy": "share of questions whose chosen option is right",
    "pqr": "the report as a whole: P, Q and R together",
    "p": "how well the report is personalised, by weighted criteria",
    "q": "how good the report is, by weighted criteria",
    "r": "how far the report's sources bear it out",
    "chosen": "share of answers that name exactly one option",
    "outdated": "share of the words of former values that the answer still has",
    "f1": "words that the answer shares with the right one (token F1, the benchmark's own rules)",
    "bleu1": "single words that the answer shares with the right one (BLEU-1)",
    "set-f1": "F1 over the set of words, as evaluations derived from mem0's compute it: not the official F1",
    "judge-strict": "share of answers that a strict judge accepts",
    "judge-lenient": "share of answers that a lenient judge accepts",
    "judge-abstention": "share of unanswerable questions where a judge finds that the answer says so",
}
_MEANINGS_AT = {
    "recall": "share of the evidence among the first k of the ranking",
    "ndcg": "how high the evidence stands among the first k of the ranking (NDCG)",
    "context": "share of the evidence that stands word for word in a context of at most k tokens",
    "cited": "share of the evidence on which anything in a context of at most k tokens rests",
    "reference": "share of questions whose reference session has messages in a context of at most k tokens",
    "reference-cited": "share of questions where anything in a context of at most k tokens rests on that session",
    "reference-recall": "share of questions whose reference session has messages among the first k of the ranking",
    **{f"{level}-recall-any": f"share of questions with any right {level} among the first k" for level in _LEVELS},
    **{f"{level}-recall-all": f"share of questions with all right {level}s among the first k" for level in _LEVELS},
    **{f"{level}-ndcg": f"how high the right {level}s stand among the first k (NDCG)" for level in _LEVELS},
}


def meanings(figures: Iterable[str]) -> dict[str, str]:
    """What figures mean, in half a sentence each; `@k` for all depths of a kind. Those not known here are left out."""
    kinds = dict.fromkeys(
        (kind, bool(depth)) for kind, _, depth in (name.removesuffix(CORRECTED).partition("@") for name in figures)
    )
    known = {
        (f"{kind}@k" if has_depth else kind): (_MEANINGS_AT if has_depth else _MEANINGS).get(kind, "")
        for kind, has_depth in kinds
    }
    return {name: meaning for name, meaning in known.items() if meaning}


def percent(share: float) -> str:
    """A share (0 to 1) in percent, with one decimal."""
    return f"{100 * share:.1f}".replace("-", MINUS)


def signed(share: float) -> str:
    """A difference of shares in points, with its sign."""
    said = f"{100 * share:+.1f}"
    return "0.0" if said in ("+0.0", "-0.0") else said.replace("-", MINUS)


def estimate_cell(estimate: Estimate | None, *, strong: bool = False) -> Cell:
    """A mean in percent, its interval below it."""
    if estimate is None:
        return NONE
    return Cell(text=percent(estimate.mean), small=_interval(estimate, percent), strong=strong)


def difference_cell(estimate: Estimate | None) -> Cell:
    """A difference in points, its interval below it; it stands out if the interval leaves out zero."""
    if estimate is None:
        return NONE
    return Cell(text=signed(estimate.mean), small=_interval(estimate, signed), strong=is_clear(estimate))


def group_title(group: str, categories: Mapping[str, str]) -> str:
    """A category as it is called in tables."""
    if group in (OVERALL, ALL):
        return group
    name = categories.get(group, "")
    return group if not name or name == group else f"{group} {name}"


def number(value: float, digits: int = 0) -> str:
    """A number with separators of thousands."""
    return f"{value:,.{digits}f}".replace("-", MINUS)


def milliseconds(value: float) -> str:
    """Milliseconds, with as many decimals as make sense."""
    return number(value, 0 if value >= 100 else 1 if value >= 1 else 2)


def seconds(value: float) -> str:
    """A time that people can read."""
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def shortened(text: str, longest: int) -> str:
    """A text, cut at `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def as_words(value: Any) -> str:
    """Any setting as text."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(as_words(one) for one in value) or "none"
    return json.dumps(value, ensure_ascii=False, default=str)


def listed(names: Iterable[object]) -> str:
    """Names with commas."""
    return ", ".join(str(name) for name in names)


def counted(many: int, one: str) -> str:
    """`1 question`, `2 questions`."""
    return f"{many:,} {one}" + ("" if many == 1 else "s")


def _interval(estimate: Estimate, said: Any) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{said(estimate.low)} to {said(estimate.high)}"
