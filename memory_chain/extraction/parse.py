"""The strict reader of a model's JSON: what validates is taken, everything else is refused. Pure.

It looks for the balanced JSON object that validates: it tries every `{`, through fences, prose and thoughts.
It never repairs: a mended reply is a guess about what was said, and a cut one has lost its end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn, TypeVar, cast

from pydantic import BaseModel, ValidationError

from memory_chain.errors import ReplyError
from memory_chain.prompts import without_thoughts

Model = TypeVar("Model", bound=BaseModel)
Span = tuple[int, int]

MOST_CHARACTERS = 4_000_000
"""Longer replies are refused unread."""

DEEPEST = 40
"""Objects and lists nested deeper than this are refused; no answer of ours needs more than seven."""

KEPT_RAW = 20_000
"""How many characters of a refused reply an error keeps."""

_EFFORT = 8
"""All tries together may look at this many times the reply's length."""

_EFFORT_A_TRY = 200

_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
_START = re.compile(r"\{(?=\s*[\"}])")
_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*+\"|[{}\[\]\"]", re.DOTALL)


def read_reply(text: str, model: type[Model], *, cut: bool = False) -> Model:
    """The one object in a reply that validates against a model.

    NUL and lone surrogates are stripped. Refused: a reply that was cut, an object with the same key twice,
    NaN and infinities, endless nesting, and two different objects that both validate.

    Args:
        text: the reply.
        model: what it has to be.
        cut: the reply stopped for length.

    Raises:
        ReplyError: there is no such object. The message can be shown back to the model; `raw` keeps the reply.
    """
    if cut:
        _refuse("The reply was cut off for length, so its end is missing.", text, outcome="cut")
    if len(text) > MOST_CHARACTERS:
        _refuse(f"The reply has {len(text):,} characters; nothing that long was asked for.", text)
    text = strip_unprintable(text)
    if not text.strip():
        _refuse("The reply is empty.", text, outcome="empty")
    spoken = _after_thoughts(text)
    if not spoken.strip():
        _refuse("The reply has thoughts only and no answer after them.", text)
    return cast("Model", _Reader(spoken, model).read(text))


def _after_thoughts(text: str) -> str:
    """The reply after its thoughts. A reply that begins with its answer has none, whatever its strings say."""
    return text if text.lstrip().startswith(("{", "```")) else without_thoughts(text)


def strip_unprintable(text: str) -> str:
    """The text without NUL and lone surrogates, which no store can carry."""
    return _UNPRINTABLE.sub("", text) if _UNPRINTABLE.search(text) else text


def describe_errors(error: ValidationError, *, most: int = 5) -> str:
    """What is wrong, in a line: `observations.0.message: Input should be a valid integer; …`."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(map(str, one['loc'])) or 'the object'}: {one['msg']}" for one in found[:most]]
    if len(found) > most:
        lines.append(f"and {len(found) - most} more")
    return "; ".join(lines)[:1000]


class _RefusedError(Exception):
    """Why one candidate was not taken."""


class _Reader:
    """Reads one reply; remembers what was wrong with the largest candidate that did not validate."""

    def __init__(self, text: str, model: type[BaseModel]) -> None:
        self._text = text
        self._model = model
        self._effort = _EFFORT * len(text) + 100_000
        self._passed = 0
        self._complaint = ""
        self._complaint_size = -1

    def read(self, raw: str) -> Any:
        found: list[BaseModel] = []
        for start, end in self._objects():
            try:
                taken = self._validated(start, end)
            except _RefusedError as refused:
                self._complain(str(refused), end - start)
                continue
            self._passed = end
            if taken not in found:
                found.append(taken)
        if not found:
            _refuse(self._complaint or "There is no complete JSON object in the reply.", raw)
        if len(found) > 1:
            several = f"The reply has {len(found)} different JSON objects of the asked form. Give exactly one."
            _refuse(several, raw, outcome="ambiguous")
        return found[0]

    def _objects(self) -> Iterator[Span]:
        """Balanced objects, from left to right; inside one that validated nothing is looked for."""
        while match := _START.search(self._text, self._passed):
            start = match.start()
            self._passed = start + 1
            end = self._balance(start)
            if end is not None:
                yield start, end

    def _balance(self, start: int) -> int | None:
        """Where the object that starts here ends; None if it does not, or is nested too deeply."""
        closers: list[str] = []
        for token in _TOKEN.finditer(self._text, start):
            character = token[0]
            if character in "{[":
                closers.append("}" if character == "{" else "]")
                if len(closers) > DEEPEST:
                    self._spend(token.end() - start)
                    self._complain("The JSON is nested too deeply.", 0)
                    return None
            elif character in "}]":
                if closers.pop() != character:
                    self._spend(token.end() - start)
                    self._complain(f"A bracket at character {token.start()} does not fit the one it closes.", 0)
                    return None
                if not closers:
                    self._spend(token.end() - start)
                    return token.end()
            elif character == '"':  # a string that never ends
                break
        self._spend(len(self._text) - start)
        self._complain("The JSON object does not end.", 0)
        return None

    def _validated(self, start: int, end: int) -> BaseModel:
        self._spend(end - start + _EFFORT_A_TRY)
        try:
            content = json.loads(
                self._text[start:end],
                object_pairs_hook=_pairs,
                parse_constant=_no_constant,
                parse_float=_finite,
            )
        except json.JSONDecodeError as error:
            raise _RefusedError(f"Not valid JSON: {error.msg} at character {error.pos} of the object.") from None
        except ValueError as error:  # also an integer of thousands of digits
            raise _RefusedError(f"Not valid JSON: {error}.") from None
        try:
            return self._model.model_validate(content)
        except ValidationError as error:
            raise _RefusedError(f"The JSON object does not have the asked form: {describe_errors(error)}.") from None

    def _complain(self, complaint: str, size: int) -> None:
        if size > self._complaint_size:
            self._complaint, self._complaint_size = complaint, size

    def _spend(self, characters: int) -> None:
        self._effort -= characters
        if self._effort < 0:
            _refuse("The reply is a tangle of brackets without a JSON object of the asked form.", self._text)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        key = strip_unprintable(key)
        if key in content:
            raise ValueError(f"the key {key[:60]!r} stands twice in one object")
        content[key] = _cleaned(value)
    return content


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return strip_unprintable(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number


def _refuse(message: str, raw: str, *, outcome: str = "invalid") -> NoReturn:
    raise ReplyError(message, raw=strip_unprintable(raw[:KEPT_RAW]), outcome=outcome)
