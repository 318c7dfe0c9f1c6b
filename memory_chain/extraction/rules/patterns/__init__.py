"""The frames of all sections, one module a section. Their order is their rank: of two readings the first stands."""

from __future__ import annotations

from functools import lru_cache

from memory_chain.extraction.rules.frames import Frames
from memory_chain.extraction.rules.patterns import (
    beliefs,
    constraints,
    diet,
    education,
    family,
    fears,
    goals,
    habits,
    health,
    home,
    identity,
    interests,
    manner,
    money,
    personality,
    possessions,
    schedule,
    work,
)

_RANKED = (
    manner, identity, family, fears, health, diet, constraints, home, work, education, money, goals, beliefs,
    possessions, interests, schedule, personality, habits,
)  # fmt: skip


@lru_cache(maxsize=1)
def default_frames() -> Frames:
    """The frames of the default schema."""
    return Frames(frame for module in _RANKED for frame in module.FRAMES)
