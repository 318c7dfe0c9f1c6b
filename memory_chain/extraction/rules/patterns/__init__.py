"""The frames of all sections, one module a group of sections."""

from __future__ import annotations

from functools import lru_cache

from memory_chain.extraction.rules.frames import Frames
from memory_chain.extraction.rules.patterns import body, life, manner, person, things


@lru_cache(maxsize=1)
def default_frames() -> Frames:
    """The frames of the default schema, compiled once."""
    return Frames(
        [
            *manner.FRAMES, *person.IDENTITY, *person.FAMILY, *things.FEARS, *body.HEALTH, *body.DIET, *body.CONSTRAINTS,
            *person.HOME, *life.WORK, *life.EDUCATION, *life.MONEY, *life.GOALS, *things.VALUES, *things.POSSESSIONS,
            *things.INTERESTS, *life.SCHEDULE, *person.PERSONALITY, *things.HABITS,
        ]
    )  # fmt: skip
