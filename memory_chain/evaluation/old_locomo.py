"""Reads LoCoMo: ten very long conversations of two people (Maharana et al., arXiv 2402.17753).

A turn's text is what was said and the caption of a shared picture, never `query` (the annotator's image search).
Both people are speakers of role `user` in one chain. Evidence ids are repaired where it is clear what was meant
(`D8:6; D9:17`, `D:11:26`, `D30:05`) and skipped where it is not; questions without evidence are left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.old_records import Conversation, Dataset, Question
from memory_chain.types import Message, Role

KNOWN_SHA256 = "79fa87e90f04081343b8c8debecb80a9a6842b76a7aa537dc9fdf651ea698ff4"
"""`locomo10.json` of snap-research/locomo, the file that most published results use."""

CATEGORIES = {"1": "multi-hop", "2": "temporal", "3": "open domain", "4": "single-hop"}
"""The answerable ones; category 5 asks for what was never said."""

TURN_SECONDS = 5
"""Turns have no times of their own: each is so much later than the one before."""

_SESSION = re.compile(r"session_(\d+)")
_EVIDENCE = re.compile(r"D:?\s*(\d+):(\d+)")
_TIME = "%I:%M %p on %d %B, %Y"


def read_locomo(path: str | Path, *, samples: Collection[int] | None = None) -> Dataset:
    """Read the benchmark's file.

    Args:
        path: `locomo10.json`, or a file of the same form.
        samples: places of the samples wanted, from 0; None takes all.

    Raises:
        InvalidInputError: there is no such file, it has another form, or there is no such sample.
    """
    file = Path(path)
    content = _content(file)
    sha256 = hashlib.sha256(content).hexdigest()
    raw = _parsed(content, file)
    wanted = range(len(raw)) if samples is None else sorted(set(samples))
    for place in wanted:
        if not 0 <= place < len(raw):
            raise InvalidInputError(f"There is no sample {place} in {file}; it has samples 0 to {len(raw) - 1}.")
    return Dataset(
        name="locomo",
        path=file,
        sha256=sha256,
        known=sha256 == KNOWN_SHA256,
        conversations=tuple(_conversation(raw[place], place, file) for place in wanted),
    )


def evidence_ids(given: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """The ids that evidence strings mean: repaired, each once, without those that no turn has."""
    found = (f"D{int(session)}:{int(turn)}" for text in given for session, turn in _EVIDENCE.findall(text))
    return tuple(dict.fromkeys(one for one in found if one in known))


def turn_text(turn: Mapping[str, Any]) -> str:
    """What was said, with the caption of the picture that was shared."""
    caption = turn.get("blip_caption")
    return f"{turn['text']} and shared {caption}".strip() if caption else str(turn["text"])


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise InvalidInputError(
            f"There is no file {file}. LoCoMo is not part of O-Mem (its licence is non-commercial): "
            "get data/locomo10.json from github.com/snap-research/locomo and give its path with --data."
        ) from None
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}. Give the path of locomo10.json.") from error


def _parsed(content: bytes, file: Path) -> Sequence[Mapping[str, Any]]:
    try:
        raw = json.loads(content)
    except ValueError as error:
        raise InvalidInputError(f"{file} is no JSON ({error}). Give the path of locomo10.json.") from None
    if not isinstance(raw, list) or not raw:
        raise InvalidInputError(f"{file} is not in LoCoMo's form: it has to be a list of samples.")
    return raw


def _conversation(sample: Mapping[str, Any], place: int, file: Path) -> Conversation:
    try:
        name = str(sample["sample_id"])
        talk = sample["conversation"]
        keys = sorted((key for key in talk if _SESSION.fullmatch(key)), key=lambda key: int(key.split("_")[1]))
        sessions = tuple(_session(key, talk) for key in keys)
        known = {message.id for session in sessions for message in session}
        return Conversation(id=name, sessions=sessions, questions=tuple(_questions(name, sample["qa"], known)))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidInputError(
            f"Sample {place} of {file} is not in LoCoMo's form ({type(error).__name__}: {error}). It needs sample_id, "
            "conversation with session_<n> and session_<n>_date_time, and qa."
        ) from error


def _session(key: str, talk: Mapping[str, Any]) -> tuple[Message, ...]:
    start = datetime.strptime(talk[f"{key}_date_time"], _TIME).replace(tzinfo=UTC)
    return tuple(
        Message(
            id=str(turn["dia_id"]),
            text=turn_text(turn),
            role=Role.USER,
            speaker=str(turn["speaker"]),
            session_id=key,
            created_at=start + timedelta(seconds=TURN_SECONDS * place),
        )
        for place, turn in enumerate(talk[key])
    )


def _questions(name: str, rows: Sequence[Mapping[str, Any]], known: Collection[str]) -> Iterable[Question]:
    for place, row in enumerate(rows):
        category = str(row["category"])
        evidence = evidence_ids(row["evidence"], known)
        if category in CATEGORIES and evidence:
            yield Question(id=f"{name}#{place}", text=str(row["question"]), category=category, evidence=evidence)
