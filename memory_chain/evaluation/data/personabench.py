"""Reads PersonaBench (v1): personal facts in chats, assistant logs and purchases (Tan et al., arXiv 2502.20616).

A conversation is one person with documents, a session is one segment (a chat, an assistant log or a purchase list),
named by its segment id; messages are `<segment id>:<n>`. The person is the user, and speaks under the own name; a
partner is another speaker of role `user`; a purchase list is a message of role `tool` for each thing bought.
Each segment belongs to one person in these files, also a chat, which two persons have had.

Evidence is told for each value of an answer: `notes["segments"]` maps it to the segments any one of which suffices.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.data.files import (
    DataFile,
    Origin,
    Place,
    all_known,
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
    benchmark="PersonaBench",
    advice="Get the folder eval_data/eval_data_v1/synthetic_data/community_0 from "
    "github.com/SalesforceAIResearch/personabench (non-commercial licence) and give it with --data.",
    known={
        "eval_info_all.json": ["08d8b8cf07f55d48ef17464f8729b2ab62afe6fa1739c27ad2b5c81f3b6c69b0"],
        "conversation_data_all.json": [
            "c2a036efe13e39e1e6f706a4e881795aa7902f59559177740159a2088c0ec355",
            "6654c8b8d83031b5460622943627daebb9f7e209f4bb4cef2dba57ebd0163202",
        ],
        "user_ai_interaction_data_all.json": [
            "19e7900bdc556a714de7a8c47e3d185e022d339626d1a531c4dea6754e9bd14f",
            "e8954ce48c94118e50472ee981e32384d57c06244c7f8a737503bb6a87077746",
        ],
        "purchase_history_data_all.json": [
            "29808998d0b0d20885a53385252297d755bd9529abfd27fbd657d8f3faf33da4",
            "979caec69ff7e7baad58bd515ba4e73f1cc3cb526674f5ddb1f4f6d22876d5d2",
        ],
        "qa_gt_context_all.json": [
            "0397c033a9842149d1243100486037b3d0bb5d4927dc4f41a21e21d5f3170209",
            "f2f83fe7a00583faaedbc8a46cba0950b927b86f219a537e0cb9a0aa46b3a65b",
        ],
    },
)
"""Hashes of community 0 at noise 0.0 and 0.5; other communities and levels can be read, but are not known."""

SUBJECTIVE = "Subjective"
"""The questions on personality, which upstream leaves out when it scores retrieval."""

CATEGORIES = ("Basic information", "Preference easy", "Preference hard", "Social", SUBJECTIVE)
"""The type, with the difficulty for preferences only, as upstream reports them."""

TYPES = ("Basic information", "Preference", "Social", SUBJECTIVE)
DIFFICULTIES = ("easy", "hard")

INFO_FILE = "eval_info_all.json"
CHATS_FILE = "conversation_data_all.json"
LOGS_FILE = "user_ai_interaction_data_all.json"
PURCHASES_FILE = "purchase_history_data_all.json"
EVIDENCE_FILE = "qa_gt_context_all.json"

_TIME = "%Y/%b/%d/%I:%M %p"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    role: Role
    speaker: str | None
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Segment:
    id: str
    kind: str
    start: datetime
    lines: tuple[_Line, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fact:
    """A row of `eval_info_all.json`."""

    person: str
    question: str
    gold: tuple[str, ...]
    type: str
    difficulty: str
    outdated: tuple[str, ...]

    @property
    def category(self) -> str:
        return f"{self.type} {self.difficulty}" if self.type == "Preference" else self.type


def read_personabench(folder: str | Path, *, noise: float = 0.0) -> Dataset:
    """Read one community at one level of noise (the share of documents that reveal nothing).

    Args:
        folder: a community (`community_0`), a folder that holds `community_0`, or the folder of one noise level.
        noise: 0.0 or 0.5 (upstream also has 0.3 and 0.7): which folder `noise_<n>` of the community is read. Not
            used if the folder given is one noise level.

    Only questions with evidence are given. A question's notes: `segments`, `outdated` (values that held before),
    `type`, `difficulty`, `person`. A conversation's notes: `kinds` (segment id to `chat`, `assistant` or `purchase`)
    and `facts`, the gold profile: every question about the person with its values, the outdated ones, its category
    and whether it has evidence.

    Raises:
        InvalidInputError: a file is missing or has another form, evidence names a segment that the person does not
            have, or a type or difficulty is unknown.
    """
    community, level = _folders(Path(folder), noise)
    info = read_file(community / INFO_FILE, ORIGIN)
    chats, logs, purchases, evidence = (
        read_file(level / name, ORIGIN) for name in (CHATS_FILE, LOGS_FILE, PURCHASES_FILE, EVIDENCE_FILE)
    )
    facts = _facts(info)
    documents = _documents(chats, logs, purchases)
    told = _evidence(evidence, facts, documents)
    files = [info, chats, logs, purchases, evidence]
    return Dataset(
        name="personabench",
        files=sums(files),
        known=all_known(files),
        conversations=tuple(_conversation(person, documents[person], facts, told) for person in documents),
        notes={
            "community": community.name,
            "noise": _told_noise(level, noise),
            "unknown_files": unknown_files(files),
        },
    )


def answer_parts(answer: Any) -> tuple[str, ...] | None:
    """An answer as texts: a number is written out, `{"Height": "5'6"}` becomes `Height: 5'6`; None if it is neither."""
    items = answer if isinstance(answer, list) else [answer]
    parts = [_part(item) for item in items]
    return tuple(part for part in parts if part is not None) if None not in parts and parts else None


def value_name(key: str) -> str:
    """The answer value that a key of the evidence means: `(('cat', 'Whiskers'),)` is `cat: Whiskers`."""
    if not key.startswith("(("):
        return key
    try:
        pairs = ast.literal_eval(key)
        return ", ".join(f"{name}: {value}" for name, value in pairs)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return key


def _folders(given: Path, noise: float) -> tuple[Path, Path]:
    """The community's folder and that of the noise level."""
    if (given / EVIDENCE_FILE).is_file():
        return given.parent, given
    for community in (given, given / "community_0"):
        if (community / INFO_FILE).is_file():
            level = community / f"noise_{noise:.1f}"
            if level.is_dir():
                return community, level
            there = ", ".join(sorted(one.name for one in community.glob("noise_*"))) or "none"
            raise InvalidInputError(
                f"{community} has no folder {level.name}; noise levels there: {there}. {ORIGIN.advice}"
            )
    raise InvalidInputError(f"There is no file {given / INFO_FILE}. {ORIGIN.advice}")


def _told_noise(level: Path, noise: float) -> float:
    try:
        return float(level.name.removeprefix("noise_"))
    except ValueError:
        return noise


def _part(item: Any) -> str | None:
    if isinstance(item, dict) and item:
        return ", ".join(f"{name}: {value}" for name, value in item.items())
    if isinstance(item, str | int | float) and not isinstance(item, bool):
        return str(item)
    return None


def _facts(file: DataFile) -> dict[str, _Fact]:
    facts: dict[str, _Fact] = {}
    seen: set[str] = set()
    for place, row in json_list(file):
        person = place.text(row, "Name")
        for number, qa in enumerate(place.list_of(place.get(row, "Eval_Info"), "qa")):
            at = place.at(f"{person}, question {number}")
            q_id = unique(at, at.text(qa, "q_id"), seen, "the question")
            gold = answer_parts(at.get(qa, "answer"))
            if gold is None:
                raise at.wrong("'answer' has to be a text, a number, or a list of texts or objects")
            outdated = () if at.get(qa, "outdated_value") is None else answer_parts(qa["outdated_value"])
            if outdated is None:
                raise at.wrong("'outdated_value' has to be null or a list of texts")
            facts[q_id] = _Fact(
                person=person,
                question=at.text(qa, "question"),
                gold=gold,
                type=at.one_of(qa, "type", TYPES),
                difficulty=at.one_of(qa, "difficulty", DIFFICULTIES),
                outdated=outdated,
            )
    return facts


def _documents(chats: DataFile, logs: DataFile, purchases: DataFile) -> dict[str, list[_Segment]]:
    """Each person's segments in order of time. Those of the same minute are put in order of their ids."""
    documents: dict[str, list[_Segment]] = {}
    seen: set[str] = set()
    for person, segment in (*_chats(chats, seen), *_logs(logs, seen), *_purchases(purchases, seen)):
        documents.setdefault(person, []).append(segment)
    for segments in documents.values():
        segments.sort(key=lambda one: (one.start, one.id))
    return documents


def _chats(file: DataFile, seen: set[str]) -> Iterator[tuple[str, _Segment]]:
    for place, row in json_list(file):
        person = place.text(row, "Name")
        for block in place.list_of(row, "Data"):
            partner = place.text(block, "Target_name")
            for number, segment in enumerate(place.list_of(block, "Conversations")):
                at = place.at(f"{person} with {partner}, conversation {number}")
                names = _names(person, partner)
                lines = tuple(
                    _Line(role=Role.USER, speaker=names[at.one_of(turn, "role", names)], text=at.text(turn, "content"))
                    for turn in at.list_of(segment, "conversation")
                )
                yield person, _segment(at, segment, "chat", lines, seen)


def _names(*full: str) -> dict[str, str]:
    """Whom a name in a chat means. One published chat has first names only."""
    first = [name.split()[0] for name in full if name.split()]
    short = {name.split()[0]: name for name in full if first.count(name.split()[0]) == 1}
    return short | {name: name for name in full}


def _logs(file: DataFile, seen: set[str]) -> Iterator[tuple[str, _Segment]]:
    for place, person, segment in _own(file):
        lines = tuple(
            _Line(
                role=(role := Role(place.one_of(turn, "role", ("user", "assistant")))),
                speaker=person if role is Role.USER else None,
                text=place.text(turn, "content"),
            )
            for turn in place.list_of(segment, "user_ai_interaction")
        )
        yield person, _segment(place, segment, "assistant", lines, seen)


def _purchases(file: DataFile, seen: set[str]) -> Iterator[tuple[str, _Segment]]:
    for place, person, segment in _own(file):
        lines = tuple(
            _Line(role=Role.TOOL, speaker=None, text=_purchase(place, item))
            for item in place.list_of(segment, "purchase_history")
        )
        yield person, _segment(place, segment, "purchase", lines, seen)


def _own(file: DataFile) -> Iterator[tuple[Place, str, Any]]:
    """The segments of a file in which each person has a plain list of them."""
    for place, row in json_list(file):
        person = place.text(row, "Name")
        for number, segment in enumerate(place.list_of(row, "Data")):
            yield place.at(f"{person}, segment {number}"), person, segment


def _purchase(place: Place, item: Any) -> str:
    """A thing bought, in one sentence for its name and what it is, one for its maker and one for its kind."""
    title, description = place.text(item, "title"), place.text(item, "description")
    brand, categories = place.text(item, "brand"), place.texts(item, "categories")
    return f"Purchased: {title}. {description} Brand: {brand}. Categories: {', '.join(categories)}."


def _segment(place: Place, segment: Any, kind: str, lines: tuple[_Line, ...], seen: set[str]) -> _Segment:
    kept = tuple(line for line in lines if line.text.strip())
    if not kept:
        raise place.wrong("the segment is empty")
    return _Segment(
        id=unique(place, place.text(segment, "segment_id"), seen, "the segment"),
        kind=kind,
        start=_time(place, segment),
        lines=kept,
    )


def _time(place: Place, segment: Any) -> datetime:
    told = place.text(segment, "time")
    try:
        return datetime.strptime(told, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise place.wrong(f"'time' is {told!r}; a time like '2024/Oct/14/09:14 AM' is expected") from None


def _evidence(
    file: DataFile, facts: Mapping[str, _Fact], documents: Mapping[str, Sequence[_Segment]]
) -> dict[str, dict[str, list[str]]]:
    """For each question with evidence: answer value to segment ids."""
    owned = {person: {segment.id for segment in segments} for person, segments in documents.items()}
    told: dict[str, dict[str, list[str]]] = {}
    for place, row in json_list(file):
        q_id = place.text(row, "q_id")
        if q_id in told:
            raise place.wrong(f"the question {q_id!r} occurs twice")
        if q_id not in facts:
            raise place.wrong(f"'q_id' is {q_id!r}, which {INFO_FILE} does not have")
        fact = facts[q_id]
        if place.text(row, "question") != fact.question:
            raise place.wrong(f"the question {q_id!r} has another text than in {INFO_FILE}")
        segments = {
            value_name(value): list(place.texts(row["segment_id"], value))
            for value in place.mapping(place.get(row, "segment_id"))
        }
        _check_owned(place, fact.person, segments, owned.get(fact.person, ()))
        told[q_id] = segments
    return told


def _check_owned(place: Place, person: str, segments: Mapping[str, Sequence[str]], owned: Collection[str]) -> None:
    if not segments or not all(segments.values()):
        raise place.wrong("'segment_id' names no segment")
    for value, ids in segments.items():
        for one in ids:
            if one not in owned:
                raise place.wrong(f"the evidence of {value!r} is segment {one!r}, which {person} does not have here")


def _conversation(
    person: str,
    segments: Sequence[_Segment],
    facts: Mapping[str, _Fact],
    told: Mapping[str, dict[str, list[str]]],
) -> Conversation:
    own = {q_id: fact for q_id, fact in facts.items() if fact.person == person}
    return Conversation(
        id=person,
        sessions=tuple(_sessions(segments)),
        questions=tuple(_question(q_id, fact, told[q_id]) for q_id, fact in own.items() if q_id in told),
        user_name=person,
        notes={
            "kinds": {segment.id: segment.kind for segment in segments},
            "facts": [
                {
                    "id": q_id,
                    "question": fact.question,
                    "values": list(fact.gold),
                    "outdated": list(fact.outdated),
                    "category": fact.category,
                    "evidence": q_id in told,
                }
                for q_id, fact in own.items()
            ],
        },
    )


def _sessions(segments: Sequence[_Segment]) -> Iterator[tuple[Message, ...]]:
    last: datetime | None = None
    for segment in segments:
        times = turn_times(segment.start, len(segment.lines), after=last)
        yield tuple(
            Message(
                id=f"{segment.id}:{number}",
                text=line.text,
                role=line.role,
                speaker=line.speaker,
                session_id=segment.id,
                created_at=moment,
            )
            for number, (line, moment) in enumerate(zip(segment.lines, times, strict=True))
        )
        last = times[-1]


def _question(q_id: str, fact: _Fact, segments: dict[str, list[str]]) -> Question:
    return Question(
        id=q_id,
        text=fact.question,
        category=fact.category,
        gold=fact.gold,
        notes={
            "segments": segments,
            "outdated": list(fact.outdated),
            "type": fact.type,
            "difficulty": fact.difficulty,
            "person": fact.person,
        },
    )
