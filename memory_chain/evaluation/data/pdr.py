"""Reads Personalized Deep Research Bench: tasks x personas (Liang et al., arXiv 2509.25106), English and Chinese.

A conversation is one user, so that the memory is built once; its questions are the tasks paired with that user.
What is told to the memory are the user's chats and kept items, where the official contexts are given; otherwise the
persona, told by the user in one message a statement. `notes["source"]` of the conversation says which.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.data.files import (
    DataFile,
    Origin,
    Place,
    all_known,
    json_lines,
    json_records,
    read_file,
    sums,
    unknown_files,
)
from memory_chain.evaluation.data.times import in_order, session_day, turn_times
from memory_chain.evaluation.records import TURN_SECONDS, Conversation, Dataset, Question
from memory_chain.types import Message, Role

Language = Literal["en", "zh"]

ORIGIN = Origin(
    benchmark="Personalized Deep Research Bench",
    advice="Get tasks and personas of the language and the pairs (also contexts and criteria) from "
    "github.com/OPPO-PersonalAI/PersonalizedDeepResearchBench (Apache-2.0) and give the folder with --data.",
    known={
        "tasks_en.jsonl": ["304175e7d92b552710e31e3ae9fcf86c645cb72b31a973b0e6eb835a1a1a8d9f"],
        "tasks_zh.jsonl": ["6253e1e10974747907d7e26dff7bf69bd36f98761752da86ec927a44d2892d93"],
        "personas_en.jsonl": ["4fbd651033892bdaa48dcc5eca0372a4c4aa113672fe014ca75286d4c49bfee5"],
        "personas_zh.jsonl": ["7d1e3982d4ea3e22f87965db598bb7a32d107c07669a79d3031ea0554a472973"],
        "pairs250.jsonl": ["c34696fbf537c276eda4dc5ce85d113f7659949645d47495e89bad4724888483"],
    },
)
"""No hashes are known of the official contexts and criteria."""

DOMAINS = (
    "Education",
    "Career",
    "Health",
    "Travel",
    "Finance",
    "Creative",
    "Shopping",
    "Real Estate",
    "Law",
    "Parenting",
)

PERSONALIZATION = ("goal_alignment", "content_alignment", "presentation_fit", "actionability_practicality")
QUALITY = ("depth_insight", "logical_coherence", "clarity_readability")

PAIRS_FILE = "pairs250.jsonl"

_QUERY = {
    "en": ("User Task:\n", "User Persona:\n"),
    "zh": ("用户任务：\n", "用户画像：\n"),
}
_STATEMENT = {"en": ("{name}: {value} ({path})", ", "), "zh": ("{name}：{value}（{path}）", "，")}
_TURN = timedelta(seconds=TURN_SECONDS)


def read_pdr(
    folder: str | Path,
    *,
    language: Language = "en",
    criteria: str | Path | Sequence[str | Path] = (),
    contexts: str | Path | None = None,
    users: Collection[str] | None = None,
) -> Dataset:
    """Read tasks, personas, pairs and, if given, criteria and contexts.

    Args:
        folder: where `tasks_<language>.jsonl`, `personas_<language>.jsonl` and `pairs250.jsonl` lie.
        language: `en` or `zh`.
        criteria: a file of frozen criteria, or several (one record, a list, or JSON lines). Records of other pairs
            or another language are passed over.
        contexts: a file of official contexts (one record, a list, or JSON lines). Users whom it lacks tell their
            persona.
        users: the users wanted (`User1`, …); None takes all that have a pair.

    A question's notes: `taskid`, `userid`, `pair`, `task`, `persona` (the record) and, if given, `criteria` (the
    record). A conversation's notes: `source` (`contexts` or `persona`) and `persona`. The data set's notes:
    `language`, `personas` (by user, for swapping), `pairs_with_criteria`.

    Raises:
        InvalidInputError: a file is missing or has another form; a task, user or domain is unknown.
    """
    if language not in _QUERY:
        raise InvalidInputError(f"The language is {language!r}; give 'en' or 'zh'.")
    home = Path(folder)
    given = [criteria] if isinstance(criteria, str | Path) else list(criteria)
    tasks_file, personas_file, pairs_file = (
        read_file(home / name, ORIGIN) for name in (f"tasks_{language}.jsonl", f"personas_{language}.jsonl", PAIRS_FILE)
    )
    criteria_files = [read_file(path, ORIGIN) for path in given]
    context_file = read_file(contexts, ORIGIN) if contexts is not None else None
    personas = _personas(personas_file)
    questions = _questions(pairs_file, _tasks(tasks_file), personas, _criteria(criteria_files, language))
    sessions = _contexts(context_file) if context_file is not None else {}
    wanted = [user for user in personas if user in questions] if users is None else list(dict.fromkeys(users))
    for user in wanted:
        if user not in questions:
            raise InvalidInputError(f"There is no user {user!r} in {pairs_file.path}; there are {_few(questions)}.")
    files = [tasks_file, personas_file, pairs_file, *criteria_files, *([context_file] if context_file else [])]
    return Dataset(
        name="pdr",
        files=sums(files),
        known=all_known(files),
        conversations=tuple(
            Conversation(
                id=user,
                sessions=sessions.get(user) or persona_sessions(personas[user], language),
                questions=tuple(questions[user]),
                notes={"source": "contexts" if sessions.get(user) else "persona", "persona": personas[user]},
            )
            for user in wanted
        ),
        notes={
            "language": language,
            "personas": personas,
            "pairs_with_criteria": sum("criteria" in one.notes for user in wanted for one in questions[user]),
            "unknown_files": unknown_files(files),
        },
    )


def official_query(task: str, persona: Mapping[str, Any], language: Language = "en") -> str:
    """The official text of a task with the full persona."""
    before_task, before_persona = _QUERY[language]
    return f"{before_task}{task}\n\n{before_persona}{json.dumps(persona, ensure_ascii=False)}\n\n"


def persona_statements(persona: Mapping[str, Any], language: Language = "en") -> list[tuple[str, str]]:
    """A persona's leaves as (section, statement): `Occupation: nurse (Basic Attributes, Identity Characteristics)`."""
    pattern, comma = _STATEMENT[language]
    return [
        (path[0], pattern.format(name=path[-1], value=value, path=comma.join(path[:-1] or path)))
        for path, value in _leaves({key: value for key, value in persona.items() if key != "userid"}, ())
    ]


def persona_sessions(persona: Mapping[str, Any], language: Language = "en") -> tuple[tuple[Message, ...], ...]:
    """A persona as told by the user: one message a statement, one session a section, one section a day."""
    told = persona_statements(persona, language)
    sections = list(dict.fromkeys(section for section, _ in told))
    sessions, number = [], 0
    for day, section in enumerate(sections):
        texts = [text for one, text in told if one == section]
        sessions.append(
            tuple(
                Message(
                    id=f"persona:{number + place}",
                    text=text,
                    role=Role.USER,
                    session_id=f"persona-{day + 1}",
                    created_at=moment,
                )
                for place, (text, moment) in enumerate(
                    zip(texts, turn_times(session_day(day), len(texts)), strict=True)
                )
            )
        )
        number += len(texts)
    return tuple(sessions)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif isinstance(value, list):
        texts = [inner for one in value for _, inner in _leaves(one, path)]
        if texts:
            yield path, "; ".join(texts)
    elif value is not None and str(value).strip():
        yield path, str(value).strip()


def _tasks(file: DataFile) -> dict[int, str]:
    tasks: dict[int, str] = {}
    for place, row in json_lines(file):
        number = place.integer(row, "taskid")
        if number in tasks:
            raise place.wrong(f"the task {number} occurs twice")
        place.one_of(row, "domain", DOMAINS)
        tasks[number] = place.text(row, "task")
    return tasks


def _personas(file: DataFile) -> dict[str, Mapping[str, Any]]:
    personas: dict[str, Mapping[str, Any]] = {}
    for place, row in json_lines(file):
        user = place.text(row, "userid")
        if user in personas:
            raise place.wrong(f"the user {user!r} occurs twice")
        if not persona_statements(row):
            raise place.wrong("the persona is empty")
        personas[user] = row
    return personas


def _questions(
    file: DataFile,
    tasks: Mapping[int, str],
    personas: Mapping[str, Mapping[str, Any]],
    criteria: Mapping[tuple[int, str], Mapping[str, Any]],
) -> dict[str, list[Question]]:
    """By user, in the order of the pairs."""
    questions: dict[str, list[Question]] = {}
    seen: set[int] = set()
    for place, row in json_lines(file):
        pair, task, user = place.integer(row, "id"), place.integer(row, "taskid"), place.text(row, "userid")
        if pair in seen:
            raise place.wrong(f"the pair {pair} occurs twice")
        if task not in tasks:
            raise place.wrong(f"'taskid' is {task}, which the tasks do not have")
        if user not in personas:
            raise place.wrong(f"'userid' is {user!r}, which the personas do not have")
        seen.add(pair)
        frozen = criteria.get((task, user))
        questions.setdefault(user, []).append(
            Question(
                id=str(pair),
                text=tasks[task],
                category=place.one_of(row, "domain", DOMAINS),
                notes={
                    "pair": pair,
                    "taskid": task,
                    "userid": user,
                    "task": tasks[task],
                    "persona": personas[user],
                    **({"criteria": frozen} if frozen is not None else {}),
                },
            )
        )
    return questions


def _criteria(files: Sequence[DataFile], language: Language) -> dict[tuple[int, str], Mapping[str, Any]]:
    """By task and user; of several records of a pair the last one holds."""
    found: dict[tuple[int, str], Mapping[str, Any]] = {}
    for file in files:
        for place, row in json_records(file):
            key = place.integer(row, "taskid"), place.text(row, "userid")
            _check_criteria(place, row, "personalization_weights", "personalization_criterions", PERSONALIZATION)
            _check_criteria(place, row, "quality_weights", "quality_criterions", QUALITY)
            if row.get("language", language) == language:
                found[key] = row
    return found


def _check_criteria(place: Place, row: Any, weights: str, criterions: str, dimensions: Collection[str]) -> None:
    at = place.at(weights)
    for dimension in at.mapping(place.get(row, weights)):
        at.one_of({"dimension": dimension}, "dimension", dimensions)
        _check_weight(at, row[weights], dimension)
    at = place.at(criterions)
    for dimension, items in at.mapping(place.get(row, criterions)).items():
        at.one_of({"dimension": dimension}, "dimension", dimensions)
        for item in at.at(dimension).items(items):
            at.at(dimension).text(item, "criterion")
            _check_weight(at.at(dimension), item, "weight")


def _check_weight(place: Place, record: Any, key: str) -> None:
    weight = place.get(record, key)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1:
        raise place.wrong(f"{key!r} is {weight!r}; a weight from 0 to 1 is expected")


def _contexts(file: DataFile) -> dict[str, tuple[tuple[Message, ...], ...]]:
    """By user: chats and kept items, in order of their times."""
    found: dict[str, tuple[tuple[Message, ...], ...]] = {}
    for place, row in json_records(file):
        user = place.text(row, "userid")
        if user in found:
            raise place.wrong(f"the user {user!r} occurs twice")
        sessions = [*_chats(place.at(user), row), *_kept(place.at(user), row)]
        found[user] = tuple(sorted((one for one in sessions if one), key=lambda one: one[0].created_at))
    return found


def _chats(place: Place, row: Any) -> Iterator[tuple[Message, ...]]:
    """One session a chat; a round is a question and its answer."""
    seen: list[str] = []
    for number, chat in enumerate(place.list_of(row, "chat_data")):
        at = place.at(f"chat {number}")
        official = at.text(chat, "session_id")
        session_id = f"{official}#{seen.count(official) + 1}" if official in seen else official
        seen.append(official)
        rounds = sorted(at.list_of(chat, "messages"), key=lambda one: at.integer(one, "round"))
        said: list[tuple[str, Role, str, datetime]] = []
        for turn, message in enumerate(rounds, start=1):
            inside = at.at(f"message {turn}")
            moment = _iso(inside, inside.text(message, "update_time"))
            said.append((f"{turn}q", Role.USER, inside.text(message, "query_content"), moment))
            said.append((f"{turn}a", Role.ASSISTANT, inside.text(message, "answer_content"), moment + _TURN))
        said = [one for one in said if one[2].strip()]
        yield tuple(
            Message(id=f"{session_id}:{name}", text=text, role=role, session_id=session_id, created_at=moment)
            for (name, role, text, _), moment in zip(said, in_order([one[3] for one in said]), strict=True)
        )


def _kept(place: Place, row: Any) -> Iterator[tuple[Message, ...]]:
    """What the user kept (screenshots, posts, notes): documents, so messages of role `tool`, a session each.

    The key of their list is not known from the sample; it is the list whose items have a `summary`.
    """
    number = 0
    for key, items in row.items():
        if key == "chat_data" or not isinstance(items, list):
            continue
        for item in items:
            if not isinstance(item, dict) or "summary" not in item:
                continue
            at = place.at(f"kept item {number}")
            title, summary = str(item.get("title") or "").strip(), at.text(item, "summary").strip()
            text = "\n".join(part for part in (title, summary) if part)
            if text:
                yield (
                    Message(
                        id=f"kept:{number}",
                        text=text,
                        role=Role.TOOL,
                        session_id=f"kept-{number}",
                        created_at=_epoch(at, at.integer(item, "created_time")),
                    ),
                )
            number += 1


def _iso(place: Place, told: str) -> datetime:
    """A time; one without a zone is taken for UTC."""
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        raise place.wrong(f"'update_time' is {told!r}; a time like '2025-09-11T03:16:42' is expected") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _epoch(place: Place, milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    except (OverflowError, ValueError, OSError):
        raise place.wrong(f"'created_time' is {milliseconds}; milliseconds since 1970 are expected") from None


def _few(names: Collection[str]) -> str:
    return ", ".join(list(names)[:30])
