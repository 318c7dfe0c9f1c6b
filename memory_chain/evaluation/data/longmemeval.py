"""Reads LongMemEval: long-term memory of chat assistants (Wu et al., arXiv 2410.10813), in the official format.

A conversation is one record: one question with its own haystack of sessions, put in order of their times. Sessions
are named by their place, `s1`, `s2`, …, since the official ids of evidence sessions contain the word `answer` and
some haystacks have a session twice; the conversation's notes map the names to the official ids. Messages are
`<session>:<n>`, n being the place of the turn in its session as published. The labels `has_answer` and
`answer_session_ids` stand in the question's evidence and notes, never in a message.

The full files are not at hand: this reader was tried on two original records, and no hash of them is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memory_chain.evaluation.data.files import Origin, Place, json_list, read_file, sums, unique, unknown_files
from memory_chain.evaluation.data.times import turn_times
from memory_chain.evaluation.records import Conversation, Dataset, Question
from memory_chain.types import Message, Role

ORIGIN = Origin(
    benchmark="LongMemEval",
    advice="Get longmemeval_oracle.json, longmemeval_s_cleaned.json or longmemeval_m_cleaned.json from the Hugging "
    "Face data set xiaowu0162/longmemeval-cleaned (MIT) and give its path with --data.",
)

CATEGORIES = (
    "multi-session",
    "temporal-reasoning",
    "knowledge-update",
    "single-session-user",
    "single-session-assistant",
    "single-session-preference",
)
"""The question types; a question that cannot be answered belongs to one of them too."""

ABSTENTION = "_abs"
"""The end of the id of a question that cannot be answered."""

_TIME = "%Y/%m/%d %H:%M"
_WEEKDAY = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    """A turn that has words; `place` is its place in the session as published."""

    place: int
    role: Role
    text: str
    answers: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Session:
    official: str
    start: datetime
    turns: tuple[_Turn, ...]


def read_longmemeval(path: str | Path) -> Dataset:
    """Read a file of records.

    A question's evidence are the turns marked `has_answer`; its notes: `abstention`; `evidence_sessions`;
    `user_evidence` (those of the marked turns that the user said: the reference scores retrieval only for questions
    that have some); `missing_sessions` (evidence sessions that the haystack lacks); `later_sessions` (sessions dated
    after the question; the reference reads them all the same).

    Raises:
        InvalidInputError: the file is missing or has another form, or a question type is unknown.
    """
    file = read_file(path, ORIGIN)
    seen: set[str] = set()
    return Dataset(
        name="longmemeval",
        files=sums([file]),
        known=file.known,
        conversations=tuple(_conversation(place, record, seen) for place, record in json_list(file)),
        notes={"unknown_files": unknown_files([file])},
    )


def _conversation(place: Place, record: Any, seen: set[str]) -> Conversation:
    name = unique(place, place.text(record, "question_id"), seen, "the question")
    at = place.at(name)
    sessions = _sessions(at, record)
    return Conversation(
        id=name,
        sessions=_messages(sessions),
        questions=(_question(at, record, name, sessions),),
        notes={"official_sessions": {one: session.official for one, session in sessions.items()}},
    )


def _sessions(place: Place, record: Any) -> dict[str, _Session]:
    """The sessions by name, in order of their times; those of the same minute stay in the file's order."""
    ids, dates = place.texts(record, "haystack_session_ids"), place.texts(record, "haystack_dates")
    haystack = place.list_of(record, "haystack_sessions")
    if not len(ids) == len(dates) == len(haystack):
        raise place.wrong(
            f"there are {len(ids)} haystack_session_ids, {len(dates)} haystack_dates and {len(haystack)} "
            "haystack_sessions; they have to be equally many"
        )
    found = [
        _Session(
            official=official,
            start=_time(place.at(f"session {number}"), date),
            turns=_turns(place.at(f"session {number}"), turns),
        )
        for number, (official, date, turns) in enumerate(zip(ids, dates, haystack, strict=True))
    ]
    ordered = sorted((one for one in found if one.turns), key=lambda one: one.start)
    return {f"s{number}": session for number, session in enumerate(ordered, start=1)}


def _turns(place: Place, given: Any) -> tuple[_Turn, ...]:
    turns = []
    for number, turn in enumerate(place.items(given)):
        at = place.at(f"turn {number}")
        text = at.text(turn, "content")
        role = Role(at.one_of(turn, "role", ("user", "assistant")))
        if text.strip():
            turns.append(_Turn(place=number, role=role, text=text, answers=bool(turn.get("has_answer"))))
    return tuple(turns)


def _time(place: Place, told: str) -> datetime:
    try:
        return datetime.strptime(" ".join(_WEEKDAY.sub(" ", told).split()), _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise place.wrong(f"the date is {told!r}; a time like '2023/05/30 (Tue) 23:40' is expected") from None


def _messages(sessions: Mapping[str, _Session]) -> tuple[tuple[Message, ...], ...]:
    made: list[tuple[Message, ...]] = []
    for name, session in sessions.items():
        times = turn_times(session.start, len(session.turns), after=made[-1][-1].created_at if made else None)
        made.append(
            tuple(
                Message(id=f"{name}:{turn.place}", text=turn.text, role=turn.role, session_id=name, created_at=moment)
                for turn, moment in zip(session.turns, times, strict=True)
            )
        )
    return tuple(made)


def _question(place: Place, record: Any, name: str, sessions: Mapping[str, _Session]) -> Question:
    asked = _time(place, place.text(record, "question_date"))
    official = place.texts(record, "answer_session_ids")
    marked = {
        f"{session}:{turn.place}": turn.role
        for session, content in sessions.items()
        for turn in content.turns
        if turn.answers
    }
    there = {session.official for session in sessions.values()}
    return Question(
        id=name,
        text=place.text(record, "question"),
        category=place.one_of(record, "question_type", CATEGORIES),
        evidence=tuple(marked),
        gold=(place.words(record, "answer"),),
        at=asked,
        notes={
            "abstention": name.endswith(ABSTENTION),
            "evidence_sessions": [one for one, session in sessions.items() if session.official in official],
            "user_evidence": [one for one, role in marked.items() if role is Role.USER],
            "missing_sessions": [one for one in official if one not in there],
            "later_sessions": [one for one, session in sessions.items() if session.start > asked],
        },
    )
