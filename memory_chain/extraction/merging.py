"""The model's part of the persona merge: one call words all changed groups (arXiv 2511.13593, eq. 7).

Groups are made by rules (`persona_memory.group`); a model only names a group's aspect and sums it up. Without
a model, or until it has been asked, the newest statement speaks for its group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from memory_chain.extraction.llm import ask
from memory_chain.llm.base import LLM
from memory_chain.prompts import MERGE, MergedGroup, MergeEnvelope
from memory_chain.types import JSON, Aspect, ModelCall

MOST_GROUPS = 12
MOST_STATEMENTS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """How a model words a group: the aspect's name, and a sentence that sums it up."""

    name: str
    summary: str


class AspectMerger:
    """Words groups of attributes with a language model."""

    def __init__(self, llm: LLM) -> None:
        self._llm = llm

    def merge(self, aspects: Sequence[Aspect]) -> tuple[dict[int, Wording], list[ModelCall]]:
        """Word up to `MOST_GROUPS` groups in one call; groups that the reply leaves out keep the rules' wording.

        Returns the wordings by place in `aspects`, and the calls for the ledger.

        Raises:
            ModelError: the model did not do its work; `calls` has the ledger rows.
        """
        shown = aspects[:MOST_GROUPS]
        envelope, calls = ask(self._llm, MERGE, MergeEnvelope, MERGE.render(groups=_groups(shown)), reasks=1)
        wordings: dict[int, Wording] = {}
        for given in envelope.groups:
            try:
                merged = MergedGroup.model_validate(given)
            except ValidationError:
                continue
            place = _place(merged.group, len(shown))
            if place is not None:
                wordings[place] = Wording(name=merged.aspect, summary=merged.text)
        return wordings, calls


def _groups(aspects: Sequence[Aspect]) -> list[JSON]:
    return [
        {
            "group": f"G{number}",
            "section": aspect.section,
            "statements": [
                {"id": f"A{i}", "said": f"{attribute.last_said:%Y-%m-%d}", "text": attribute.text[:300]}
                for i, attribute in enumerate(aspect.attributes[:MOST_STATEMENTS], start=1)
            ],
        }
        for number, aspect in enumerate(aspects, start=1)
    ]


def _place(handle: str, groups: int) -> int | None:
    number = handle.strip().upper().removeprefix("G")
    return int(number) - 1 if number.isdecimal() and 1 <= int(number) <= groups else None
