"""Reads LoCoMo: ten very long conversations of two people (Maharana et al., arXiv 2402.17753).

A turn's text is what was said and the caption of a shared picture, never `query` (the annotator's image search).
Both people are speakers of role `user` in one chain. Evidence ids are repaired where it is clear what was meant
(`D8:6; D9:17`, `D:11:26`, `D30:05`) and skipped where it is not. All questions of all five categories are given;
one without usable evidence has none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memory_chain.evaluation.data.files import (
    DataFile,
    Origin,
    Place,
    all_known,
    json_lines,
    json_list,
    read_file,
    sums,
    unique,
    unknown_files,
)
from memory_chain.evaluation.data.times import turn_times
from memory_chain.evaluation.records import Conversation, Dataset, Question
from memory_chain.types import Message, Role

ORIGIN = Origin(
    benchmark="LoCoMo",
    advice="LoCoMo is not part of O-Mem (its licence is non-commercial): get data/locomo10.json from "
    "github.com/snap-research/locomo and give its path with --data; the audit and the probe are in "
    "github.com/dial481/locomo-audit.",
    known={
        "locomo10.json": ["79fa87e90f04081343b8c8debecb80a9a6842b76a7aa537dc9fdf651ea698ff4"],
        "audit_errors.json": ["f298ef46263fada20688a1d672be37d4f488c6da3b19343eea55ae5c1b5fe55e"],
        "wrong_answer_probe.jsonl": ["ac73dbfd66f729ea53e8fba152986c976a420b060e786b0cf08ad38cecebb568"],
    },
)
"""`locomo10.json` of snap-research/locomo is the file that most published results use."""

ADVERSARIAL = "5"

CATEGORIES = {
    "1": "multi-hop",
    "2": "temporal",
    "3": "open domain",
    "4": "single-hop",
    ADVERSARIAL: "adversarial",
}
"""As the reference scorer uses the numbers; category 5 asks for what was never said."""

AUDIT_FILE = "audit_errors.json"

WRONG_CITATION = "WRONG_CITATION"
"""The error type of an audited question whose answer is right and whose evidence is wrong."""

AUDIT_TYPES = (
    "HALLUCINATION",
    "TEMPORAL_ERROR",
    "ATTRIBUTION_ERROR",
    "AMBIGUOUS",
    "INCOMPLETE",
    WRONG_CITATION,
)

STRATEGIES = ("specific", "vague")

_SESSION = re.compile(r"session_(\d+)")
_EVIDENCE = re.compile(r"D:?\s*(\d+):(\d+)")
_QUESTION_ID = re.compile(r"locomo_(\d+)_qa(\d+)")
_TIME = "%I:%M %p on %d %B, %Y"


@dataclass(frozen=True, kw_only=True, slots=True)
class WrongAnswer:
    """An answer of the probe: wrong on purpose, so that a scorer that accepts it errs.

    Attributes:
        question_id: `locomo_<sample>_qa<place>`, as `notes["question_id"]` of a question.
        category: 1 to 4.
        strategy: `specific` (a wrong name or date) or `vague` (on topic, without detail).
        gold: the right answer as LoCoMo has it.
        answer: the wrong one.
        votes: what the published judge said, in three votes.
    """

    question_id: str
    category: str
    strategy: str
    gold: str
    answer: str
    votes: tuple[bool, ...]


def read_locomo(
    path: str | Path, *, samples: Collection[int] | None = None, audit: str | Path | None = None
) -> Dataset:
    """Read the benchmark's file.

    Args:
        path: `locomo10.json`, or a file of the same form.
        samples: places of the samples wanted, from 0; None takes all.
        audit: the corrections of the labels; None takes `audit_errors.json` beside the file, if it is there.

    A question's notes: `question_id` (as in the audit and the probe); `adversarial_answer` in category 5;
    `audit` (the error type), `corrected_answer` (not for `WRONG_CITATION`, whose answer is right) and
    `corrected_evidence` where the audit found an error.

    Raises:
        InvalidInputError: a file is missing or has another form, the audit is of other questions, or there is no
            such sample.
    """
    file = read_file(path, ORIGIN)
    raw = list(json_list(file))
    beside = file.path.with_name(AUDIT_FILE)
    audit_file = read_file(audit or beside, ORIGIN) if audit is not None or beside.is_file() else None
    corrections = _corrections(audit_file, raw) if audit_file is not None else {}
    wanted = range(len(raw)) if samples is None else sorted(set(samples))
    for place in wanted:
        if not 0 <= place < len(raw):
            raise file.place.wrong(f"there is no sample {place}; it has samples 0 to {len(raw) - 1}")
    read = [file] if audit_file is None else [file, audit_file]
    seen: set[str] = set()
    return Dataset(
        name="locomo",
        files=sums(read),
        known=all_known(read),
        conversations=tuple(_conversation(*raw[place], place, corrections, seen) for place in wanted),
        notes={"audited": len(corrections), "unknown_files": unknown_files(read)},
    )


def read_probe(path: str | Path) -> list[WrongAnswer]:
    """Read the probe, `wrong_answer_probe.jsonl`: wrong answers on which a scorer is tried before it is trusted.

    Raises:
        InvalidInputError: the file is missing or has another form.
    """
    file = read_file(path, ORIGIN)
    seen: set[str] = set()
    return [_wrong_answer(place, row, seen) for place, row in json_lines(file)]


def evidence_ids(given: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """The ids that evidence strings mean: repaired, each once, without those that no turn has."""
    found = (f"D{int(session)}:{int(turn)}" for text in given for session, turn in _EVIDENCE.findall(text))
    return tuple(dict.fromkeys(one for one in found if one in known))


def turn_text(turn: Mapping[str, Any]) -> str:
    """What was said, with the caption of the picture that was shared."""
    caption = turn.get("blip_caption")
    return f"{turn['text']} and shared {caption}".strip() if caption else str(turn["text"])


def _conversation(
    place: Place, sample: Any, number: int, corrections: Mapping[str, Mapping[str, Any]], seen: set[str]
) -> Conversation:
    name = unique(place, place.text(sample, "sample_id"), seen, "the sample")
    inside = place.at(name)
    talk = inside.mapping(inside.get(sample, "conversation"))
    keys = sorted((key for key in talk if _SESSION.fullmatch(key)), key=lambda key: int(key.split("_")[1]))
    known: set[str] = set()
    sessions: list[tuple[Message, ...]] = []
    for key in keys:
        before = sessions[-1][-1].created_at if sessions else None
        session = _session(inside, key, talk, before, known)
        if session:
            sessions.append(session)
    rows = inside.list_of(sample, "qa")
    questions = tuple(
        _question(inside.at(f"question {row}"), rows[row], name, number, row, known, corrections)
        for row in range(len(rows))
    )
    speakers = [str(talk[key]) for key in ("speaker_a", "speaker_b") if key in talk]
    return Conversation(id=name, sessions=tuple(sessions), questions=questions, notes={"speakers": speakers})


def _session(
    place: Place, key: str, talk: Mapping[str, Any], before: datetime | None, known: set[str]
) -> tuple[Message, ...]:
    told = place.text(talk, f"{key}_date_time")
    try:
        start = datetime.strptime(told, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise place.wrong(f"{key}_date_time is {told!r}; a time like '1:56 pm on 8 May, 2023' is expected") from None
    turns = place.list_of(talk, key)
    return tuple(
        _message(place.at(f"{key}, turn {number}"), turn, key, moment, known)
        for number, (turn, moment) in enumerate(zip(turns, turn_times(start, len(turns), after=before), strict=True))
    )


def _message(place: Place, turn: Any, session_id: str, moment: datetime, known: set[str]) -> Message:
    place.text(turn, "text")
    return Message(
        id=unique(place, place.text(turn, "dia_id"), known, "the turn"),
        text=turn_text(turn),
        role=Role.USER,
        speaker=place.text(turn, "speaker"),
        session_id=session_id,
        created_at=moment,
    )


def _question(
    place: Place,
    row: Any,
    name: str,
    sample: int,
    number: int,
    known: Collection[str],
    corrections: Mapping[str, Mapping[str, Any]],
) -> Question:
    category = place.one_of(row, "category", CATEGORIES)
    question_id = f"locomo_{sample}_qa{number}"
    notes: dict[str, Any] = {"question_id": question_id}
    gold: tuple[str, ...] = ()
    if category == ADVERSARIAL:
        notes["adversarial_answer"] = place.words(row, "adversarial_answer")
        if "answer" in row:
            notes["stated_answer"] = place.words(row, "answer")
    else:
        gold = (place.words(row, "answer"),)
    correction = corrections.get(question_id)
    if correction is not None:
        notes |= _correction_notes(correction, known)
    return Question(
        id=f"{name}#{number}",
        text=place.text(row, "question"),
        category=category,
        evidence=evidence_ids(place.texts(row, "evidence"), known),
        gold=gold,
        notes=notes,
    )


def _correction_notes(correction: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The corrected answer is left out for wrong citations: there it is the old one with a remark on the evidence."""
    notes: dict[str, Any] = {
        "audit": correction["error_type"],
        "corrected_evidence": list(evidence_ids(correction["correct_evidence"], known)),
    }
    if correction["error_type"] != WRONG_CITATION:
        notes["corrected_answer"] = correction["correct_answer"]
    return notes


def _corrections(file: DataFile, samples: Sequence[tuple[Place, Any]]) -> dict[str, Mapping[str, Any]]:
    """The audit's rows by question id; rows of samples that are not there are passed over."""
    found: dict[str, Mapping[str, Any]] = {}
    for place, row in json_list(file):
        question_id = place.text(row, "question_id")
        parts = _QUESTION_ID.fullmatch(question_id)
        if parts is None:
            raise place.wrong(f"'question_id' is {question_id!r}; locomo_<sample>_qa<place> is expected")
        place.one_of(row, "error_type", AUDIT_TYPES)
        place.texts(row, "correct_evidence")
        corrected = {**row, "correct_answer": place.words(row, "correct_answer")}
        sample, number = int(parts[1]), int(parts[2])
        if sample < len(samples):
            _check_same_question(place, place.text(row, "question"), samples[sample], number)
            found[question_id] = corrected
    return found


def _check_same_question(place: Place, question: str, sample: tuple[Place, Any], number: int) -> None:
    where, content = sample
    rows = where.list_of(content, "qa")
    asked = where.text(rows[number], "question") if number < len(rows) else None
    if asked != question:
        raise place.wrong(
            f"the audit is about {question!r}, but there {where.file.path} asks {asked!r}; "
            "give the audit of this very file, or move it away"
        )


def _wrong_answer(place: Place, row: Any, seen: set[str]) -> WrongAnswer:
    question_id = place.text(row, "question_id")
    if _QUESTION_ID.fullmatch(question_id) is None:
        raise place.wrong(f"'question_id' is {question_id!r}; locomo_<sample>_qa<place> is expected")
    strategy = place.one_of(row, "strategy", STRATEGIES)
    unique(place, f"{question_id} ({strategy})", seen, "the answer")
    votes = place.list_of(row, "published_judge_votes")
    if not all(isinstance(vote, bool) for vote in votes):
        raise place.wrong("'published_judge_votes' has to hold true and false")
    return WrongAnswer(
        question_id=question_id,
        category=place.one_of(row, "category", CATEGORIES),
        strategy=strategy,
        gold=place.words(row, "golden_answer"),
        answer=place.words(row, "wrong_answer"),
        votes=tuple(votes),
    )
