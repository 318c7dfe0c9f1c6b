"""O-Mem's own export. `omem import` loads it whole, with all that was understood; here it is only looked through."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePath

from memory_chain.importers.base import BadRecord, Imported, Read, to_time
from memory_chain.importers.source import Source
from memory_chain.transfer import FORMAT
from memory_chain.types import DEFAULT_SESSION, Role

_FIRST = re.compile(rf'^\s*\{{.*"format"\s*:\s*"{FORMAT}"')


class OwnExport:
    """Recognises what `omem export` wrote."""

    name = "omem"
    title = "O-Mem export (omem export)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By its first line."""
        return 1.0 if _FIRST.match(head.split("\n", 1)[0]) else 0.0

    def read(self, source: Source) -> Iterator[Read]:
        """Its messages."""
        for entry in source.entries:
            for number, line in entry.lines():
                place = f"{entry.name}, line {number}"
                try:
                    record = json.loads(line or "")
                    if record.get("type") == "message":
                        yield _message(record, place)
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                    yield BadRecord(place=place, reason=f"it is no record of an export ({error!r})")


def _message(record: dict[str, object], place: str) -> Imported:
    return Imported(
        place=place,
        conversation="",
        text=str(record["text"]),
        at=to_time(record["created_at"]),
        role=Role(str(record.get("role", Role.USER))),
        key=str(record["id"]),
        session=str(record.get("session_id") or DEFAULT_SESSION),
    )
