"""Reads PersonaMem (v1): choosing the reply that fits an evolving profile (Jiang et al., arXiv 2504.14225).

A conversation is one shared context, a session is what a `system` turn opens, and a question is asked after the
first `after` messages: nothing later may be known. The labels `User: ` and `Assistant: ` before a turn's text are
taken off.

Which session a question refers to is told by `distance_to_ref_in_blocks`, which counts in two ways: questions
asked at the end of the context (`end_index` is its last turn) count the last session as 1, questions asked in the
middle of it as 0. This is nowhere documented; it was found on the data. `distance_to_ref_in_tokens` points at a turn
(tokens are scaled to characters), and the way that agrees with it is taken. On the published 32k files, the session
in which that turn lies is one of the two that the blocks allow for each of the 589 questions: the first way for 386
of the 388 questions at the end, the second for the other 2 and for all 201 in the middle.
"""

from __future__ import annotations

import ast
import json
import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory_chain.evaluation.data.files import (
    Origin,
    Place,
    all_known,
    csv_rows,
    json_lines,
    read_file,
    sums,
    unique,
    unknown_files,
)
from memory_chain.evaluation.data.times import session_day, turn_times
from memory_chain.evaluation.records import Conversation, Dataset, Question
from memory_chain.types import Message, Role

ORIGIN = Origin(
    benchmark="PersonaMem",
    advice="Get questions_32k.csv and shared_contexts_32k.jsonl from the Hugging Face data set bowen-upenn/PersonaMem "
    "(MIT) and give the folder with --data.",
    known={
        "questions_32k.csv": ["cccd34cf53e0bc4d9536c04cff5ca045156d9a4e227e83327112482840bbc93c"],
        "shared_contexts_32k.jsonl": ["217247ebfec9e8442fc53570c795ab69f21aad08745f7de78d9beab51b122d4a"],
    },
)

CATEGORIES = (
    "track_full_preference_evolution",
    "recall_user_shared_facts",
    "recalling_the_reasons_behind_previous_updates",
    "suggest_new_ideas",
    "generalizing_to_new_scenarios",
    "provide_preference_aligned_recommendations",
    "recalling_facts_mentioned_by_the_user",
)
"""The question types."""

LABELS = ("(a)", "(b)", "(c)", "(d)")

QUESTIONS_FILE = "questions_32k.csv"
CONTEXTS_FILE = "shared_contexts_32k.jsonl"

_COLUMNS = (
    "persona_id",
    "question_id",
    "question_type",
    "topic",
    "context_length_in_tokens",
    "distance_to_ref_in_blocks",
    "distance_to_ref_in_tokens",
    "user_question_or_message",
    "correct_answer",
    "all_options",
    "shared_context_id",
    "end_index_in_shared_context",
)
_PREFIX = {"user": re.compile(r"User:\s*"), "assistant": re.compile(r"Assistant:\s*")}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    role: str
    content: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Context:
    """A shared context: its turns, and with which turn each session begins."""

    id: str
    turns: tuple[_Turn, ...]
    starts: tuple[int, ...]


def read_personamem(
    folder: str | Path,
    *,
    questions: str | Path | None = None,
    contexts: str | Path | None = None,
    with_system: bool = True,
    system_role: Role = Role.SYSTEM,
) -> Dataset:
    """Read questions and contexts.

    Args:
        folder: where `questions_32k.csv` and `shared_contexts_32k.jsonl` lie.
        questions: another file of questions.
        contexts: another file of contexts.
        with_system: keep the system turns, which tell the persona; they are messages with the metadata
            `{"persona": True}`.
        system_role: their role. As `system` they are kept and found, but O-Mem learns nothing from them; as `tool`
            they are read as a document about the user.

    Messages are named by the place of their turn in the context, `t0`, `t1`, …, and sessions `s1`, `s2`, …, with or
    without system turns. A question's notes: `persona_id`, `topic`, `end_index` (turns known, system turns counted),
    `distance_to_ref_in_blocks`, `distance_to_ref_in_tokens`, `context_length_in_tokens`, `reference_session`.

    Raises:
        InvalidInputError: a file is missing or has another form, a question's context or category is unknown.
    """
    home = Path(folder)
    asked_file = read_file(questions or home / QUESTIONS_FILE, ORIGIN)
    told_file = read_file(contexts or home / CONTEXTS_FILE, ORIGIN)
    told: dict[str, _Context] = {}
    for place, line in json_lines(told_file):
        for name, turns in place.mapping(line).items():
            if name in told:
                raise place.wrong(f"the context {name} occurs twice")
            told[name] = _context(place, name, turns)
    asked: dict[str, list[Question]] = {name: [] for name in told}
    personas: dict[str, set[int]] = {name: set() for name in told}
    seen: set[str] = set()
    for place, row in csv_rows(asked_file, _COLUMNS):
        name = place.text(row, "shared_context_id")
        if name not in told:
            raise place.wrong(f"'shared_context_id' is {name!r}, which {told_file.path} does not have")
        asked[name].append(_question(place, row, told[name], seen, with_system=with_system))
        personas[name].add(place.integer(row, "persona_id"))
    files = [asked_file, told_file]
    return Dataset(
        name="personamem",
        files=sums(files),
        known=all_known(files),
        conversations=tuple(
            _conversation(told[name], asked[name], personas[name], system_role if with_system else None)
            for name in told
            if asked[name]
        ),
        notes={
            "with_system": with_system,
            "system_role": system_role.value if with_system else None,
            "unknown_files": unknown_files(files),
        },
    )


def parse_options(written: str) -> tuple[str, ...] | None:
    """The options of a list in JSON or as a Python literal; None if it is neither, or no list of texts."""
    try:
        parsed = json.loads(written)
    except ValueError:
        try:
            parsed = ast.literal_eval(written)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    if not isinstance(parsed, list) or not all(isinstance(one, str) for one in parsed):
        return None
    return tuple(parsed)


def _context(place: Place, name: str, given: Any) -> _Context:
    turns = []
    inside = place.at(f"context {name[:12]}…")
    for number, turn in enumerate(inside.items(given)):
        at = inside.at(f"turn {number}")
        role = at.one_of(turn, "role", ("system", "user", "assistant"))
        content = at.text(turn, "content")
        if not content.strip():
            raise at.wrong("'content' is empty")
        turns.append(_Turn(role=role, content=content))
    if not turns:
        raise inside.wrong("the context has no turns")
    opened = {0, *(number for number, turn in enumerate(turns) if turn.role == "system")}
    return _Context(id=name, turns=tuple(turns), starts=tuple(sorted(opened)))


def _conversation(
    context: _Context, questions: Sequence[Question], personas: Collection[int], system_role: Role | None
) -> Conversation:
    ends = (*context.starts[1:], len(context.turns))
    sessions = tuple(
        _session(context, session, range(start, end), system_role)
        for session, (start, end) in enumerate(zip(context.starts, ends, strict=True))
    )
    return Conversation(
        id=context.id,
        sessions=tuple(session for session in sessions if session),
        questions=tuple(questions),
        notes={"persona_ids": sorted(personas), "turns": len(context.turns)},
    )


def _session(context: _Context, number: int, places: range, system_role: Role | None) -> tuple[Message, ...]:
    times = turn_times(session_day(number), len(places))
    turns = ((place, context.turns[place], moment) for place, moment in zip(places, times, strict=True))
    return tuple(
        Message(
            id=f"t{place}",
            text=_text(turn),
            role=(system_role or Role.SYSTEM) if turn.role == "system" else Role(turn.role),
            session_id=session_name(number),
            created_at=moment,
            metadata={"persona": True} if turn.role == "system" else {},
        )
        for place, turn, moment in turns
        if turn.role != "system" or system_role is not None
    )


def session_name(number: int) -> str:
    """The session's id, for its place counted from 0."""
    return f"s{number + 1}"


def _text(turn: _Turn) -> str:
    prefix = _PREFIX.get(turn.role)
    match = prefix.match(turn.content) if prefix else None
    return (turn.content[match.end() :] if match else "") or turn.content


def _question(
    place: Place, row: Mapping[str, str], context: _Context, seen: set[str], *, with_system: bool
) -> Question:
    options = parse_options(place.text(row, "all_options"))
    if options is None or len(options) != len(LABELS):
        raise place.wrong("'all_options' is no list of four texts, neither in JSON nor as a Python literal")
    for label, option in zip(LABELS, options, strict=True):
        if not option.startswith(label):
            raise place.wrong(f"an option starts with {option[:12]!r} where {label} is expected")
    end = place.integer(row, "end_index_in_shared_context")
    if not 0 < end <= len(context.turns):
        raise place.wrong(f"'end_index_in_shared_context' is {end}, but the context has {len(context.turns)} turns")
    left_out = 0 if with_system else sum(turn.role == "system" for turn in context.turns[:end])
    blocks = place.integer(row, "distance_to_ref_in_blocks")
    tokens = place.integer(row, "distance_to_ref_in_tokens")
    length = place.integer(row, "context_length_in_tokens")
    if length <= 0:
        raise place.wrong(f"'context_length_in_tokens' is {length}")
    reference = reference_session(context.turns, context.starts, end=end, blocks=blocks, share=tokens / length)
    if reference is None:
        raise place.wrong(f"'distance_to_ref_in_blocks' is {blocks}, which is before the first session")
    return Question(
        id=unique(place, place.text(row, "question_id"), seen, "the question"),
        text=place.text(row, "user_question_or_message"),
        category=place.one_of(row, "question_type", CATEGORIES),
        gold=(place.one_of(row, "correct_answer", LABELS),),
        after=end - left_out,
        options=options,
        notes={
            "persona_id": place.integer(row, "persona_id"),
            "topic": place.text(row, "topic"),
            "end_index": end,
            "distance_to_ref_in_blocks": blocks,
            "distance_to_ref_in_tokens": tokens,
            "context_length_in_tokens": length,
            "reference_session": session_name(reference),
        },
    )


def reference_session(
    turns: Sequence[_Turn], starts: Sequence[int], *, end: int, blocks: int, share: float
) -> int | None:
    """The place of the session to which a question refers (the module's text tells how); None if there is none.

    Args:
        turns: the context.
        starts: with which turns its sessions begin.
        end: how many turns are known.
        blocks: the distance in sessions.
        share: the distance in tokens, as a share of the known context's length.
    """
    known = [start for start in starts if start < end]
    allowed = [place for place in (len(known) - blocks, len(known) - 1 - blocks) if 0 <= place < len(known)]
    if not allowed:
        return None
    pointed = bisect_right(known, _turn_at(turns, end, share)) - 1
    return min(allowed, key=lambda place: abs(place - pointed))


def _turn_at(turns: Sequence[_Turn], end: int, share: float) -> int:
    """The turn whose start lies nearest to so large a share of the known text before its end."""
    wanted = share * sum(len(turn.content) for turn in turns[:end])
    best, nearest, behind = end - 1, float("inf"), 0
    for place in range(end - 1, -1, -1):
        behind += len(turns[place].content)
        if abs(behind - wanted) < nearest:
            best, nearest = place, abs(behind - wanted)
    return best
