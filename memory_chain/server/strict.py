"""Requests that are read strictly: what is meant must not be a guess.

FastAPI would take the last of two equal names, leave unknown parameters of an address unread, and ask for a JSON
object where the header says that the body is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Coroutine, Iterator
from typing import Any, NoReturn, get_args

from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from memory_chain.server.problems import WebError, WrongMediaError
from memory_chain.utils import clean_text

MOST_DIGITS = 400
"""Longer whole numbers are nobody's; Python would refuse them without saying why."""


class StrictRoute(APIRoute):
    """A route whose address and body are read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler behind the checks."""
        handle = super().get_route_handler()
        known = frozenset(_query_names(self.dependant))
        body_type = None if self.body_field is None else self.body_field.field_info.annotation

        async def strict(request: Request) -> Response:
            _check_query(request, known)
            if body_type is None:
                return await handle(request)
            _check_media(request)
            asked = _Parsed(request.scope, request.receive)
            body = await asked.body()
            asked.value = parsed(body) if body else None
            try:
                return await handle(asked)
            except RequestValidationError as error:
                raise RequestValidationError([_with_known(one, body_type) for one in error.errors()]) from None

        return strict


class BadJSONError(WebError):
    """The body is no JSON that can be taken."""

    status, title, kind = 400, "No JSON", "bad-json"


class _Parsed(Request):
    """A request whose body is read already: what FastAPI meets when it reads one, it tells without a reason."""

    value: Any = None

    async def json(self) -> Any:
        """The body."""
        return self.value


def parsed(body: bytes) -> Any:
    """A body of JSON. Lone surrogates, which only an escape can write, are replaced as in all that is stored.

    Raises:
        BadJSONError: it is no JSON in UTF-8, names something twice, or holds what nothing can be meant by.
    """
    try:
        found = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_once, parse_int=_whole, parse_constant=_no)
        return _clean(found) if b"\\ud" in body.lower() else found
    except UnicodeDecodeError:
        raise BadJSONError("The body is no UTF-8, in which JSON is written.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadJSONError(f"The body is no valid JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise BadJSONError("The body is nested too deeply. Send it flatter.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadJSONError(f"The body names {twice!r} twice in one object. Say it once.")
    return found


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise BadJSONError(f"The body holds a number of {len(text):,} digits. Send it as text.")
    return int(text)


def _no(name: str) -> NoReturn:
    raise BadJSONError(f"The body holds {name}, which is no JSON. Send null or text.")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(part) for part in value]
    if isinstance(value, dict):
        return {clean_text(name): _clean(part) for name, part in value.items()}
    return value


def _check_media(request: Request) -> None:
    if request.headers.get("content-length", "") in ("", "0") and "transfer-encoding" not in request.headers:
        return  # that a body is missing is told better by what is missing in it
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise WrongMediaError("The body has to be JSON; send it with `Content-Type: application/json`.")
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise WrongMediaError("Compressed bodies are not taken; send it without `Content-Encoding`.")


def _check_query(request: Request, known: frozenset[str]) -> None:
    seen = set()
    for name, _ in request.query_params.multi_items():
        problem = "is given twice" if name in seen else ("" if name in known else _unknown(known))
        if problem:
            raise RequestValidationError([{"type": "query", "loc": ("query", name), "msg": problem}])
        seen.add(name)


def _unknown(known: Collection[str]) -> str:
    offered = f"known here: {', '.join(sorted(known))}" if known else "none is known here"
    return f"is not known ({offered})"


def _with_known(found: dict[str, Any], body: Any) -> dict[str, Any]:
    """What pydantic finds; of an unknown field also which ones there are."""
    if found["type"] != "extra_forbidden":
        return found
    model = _model_in(body)
    for part in found["loc"][1:-1]:
        if model is not None and isinstance(part, str):  # a number is a place in a list
            field = model.model_fields.get(part)
            model = None if field is None else _model_in(field.annotation)
    return found if model is None else {**found, "msg": _unknown(model.model_fields)}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model of a field, also of one that may be missing or holds a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for model in map(_model_in, get_args(annotation)) if model is not None), None)


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (str(parameter.alias) for parameter in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _query_names(inner)
