"""What the judge of the research benchmark has to answer, as types. Keys that nobody asked for are not looked at."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class DimensionWeight(_Reply):
    """How much one dimension counts."""

    dimension: Said
    weight: Share


class WeightsReply(_Reply):
    """How much each dimension counts for a task, thought over first."""

    analysis: str
    weights: list[DimensionWeight]


class CriterionReply(_Reply):
    """A criterion and its weight within its dimension."""

    criterion: Said
    explanation: str
    weight: Share


class CriteriaReply(_Reply):
    """The criteria of one dimension."""

    criteria: list[CriterionReply] = Field(min_length=1)


class ScoreReply(_Reply):
    """How far the report meets the criterion of this number, thought over first."""

    number: int
    analysis: str
    score: float = Field(ge=0, le=10)


class ScoresReply(_Reply):
    """The scores of all criteria."""

    scores: list[ScoreReply] = Field(min_length=1)


class ClaimReply(_Reply):
    """Something that can be verified, and the address given for it; empty if there is none."""

    claim: Said
    source: str


class ClaimsReply(_Reply):
    """The claims of a report; none if it makes none."""

    claims: list[ClaimReply]


class SupportReply(_Reply):
    """Whether a page supports the claim of this number."""

    number: int
    supported: bool


class SupportsReply(_Reply):
    """What a page supports."""

    claims: list[SupportReply] = Field(min_length=1)
