"""The canonical form of a clause, on which the patterns work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Who(Enum):
    """Whom a clause is about."""

    SELF = "self"
    OWN = "own"
    """Somebody or something of the writer's: "my knee", "our daughter"."""
    OTHER = "other"
    THING = "thing"
    ORDER = "order"
    """Said to the reader: "keep answers short"."""
    FRAGMENT = "fragment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A clause in canonical form.

    `full` keeps every word, `core` begins with the subject and has no idle adverbs, `low` is `core` in lower
    case and of the same length, `lead` is what stood before the subject.
    """

    full: str
    core: str
    low: str
    lead: str = ""
    who: Who
    question: bool = False
    unreal: bool = False
    join: str = ""
    sentence: int = 0
    sentence_text: str = ""
    fragment: bool = False
    owner: str = ""
    """The relative or thing of the writer's that a clause about it is about ("my daughter")."""


class Subject(NamedTuple):
    """Whom a text is about: what stood before the subject, the text from the subject on, whether the subject was
    added, and the relative or thing of the writer's that it is about."""

    lead: str
    who: Who
    full: str
    added: bool = False
    owner: str = ""


FINITE = re.compile(
    r"\b(?:is|are|was|were|has|does|did|says?|said|thinks?|told|makes|gets|goes|went|wants|can|will|would|could)\b",
    re.I,
)
