"""Addresses of pages, and the moment that a page shows. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from memory_chain.errors import InvalidInputError
from memory_chain.server.inspector import PREFIX

TOLD = ("told", "item")
"""Parameters that say what the last form did; they are left out when an address is kept."""

_SAFE = re.compile(rf"{PREFIX}(?:/[A-Za-z0-9_/-]*)?(?:\?[\x21-\x5b\x5d-\x7e]*)?(?:#[A-Za-z0-9_-]*)?")


def to(page: str = "", /, **given: object) -> str:
    """The address of a page; parameters that are None or empty are left out."""
    asked = {name: str(value) for name, value in given.items() if value is not None and value != ""}
    path = f"{PREFIX}/{page}"
    return f"{path}?{urlencode(asked, errors='replace')}" if asked else path


def with_told(back: str, **told: str) -> str:
    """The address of a page to return to, told what was done."""
    parts = urlsplit(back)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in TOLD]
    return f"{parts.path}?{urlencode([*kept, *told.items()])}"


def place_of(given: str | None) -> int:
    """Where a list is gone on with; 0 for what is no number."""
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 9 else 0


def safe_back(given: str | None, otherwise: str) -> str:
    """An address that a form wants to return to, if it is one of ours."""
    return given if given and _SAFE.fullmatch(given) else otherwise


@dataclass(frozen=True, kw_only=True, slots=True)
class AsOf:
    """The day whose evening a page shows the memory at."""

    day: date

    @property
    def moment(self) -> datetime:
        """The last moment of that day, UTC."""
        return self.end - timedelta(microseconds=1)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.day, time(), UTC) + timedelta(days=1)


def as_of(given: str | None) -> AsOf | None:
    """The day of an address, `2024-05-31`.

    Raises:
        InvalidInputError: it is none.
    """
    if not given or not given.strip():
        return None
    day = a_day(given.strip())
    if day is None:
        raise InvalidInputError(f"{given[:40]!r} is no day. Give one like 2024-05-31, between 1900 and 2200.")
    return AsOf(day=day)


def a_day(given: str) -> date | None:
    """A day like `2024-05-31`; None if it is none, or far away."""
    try:
        found = date.fromisoformat(given) if len(given) == 10 else None
    except ValueError:
        return None
    return found if found is not None and 1900 <= found.year <= 2200 else None
