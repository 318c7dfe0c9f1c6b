"""mem0: what `get_all` and the REST interface return: memories of users.

Schema: https://docs.mem0.ai/api-reference/memory/v1-get-memories and …/get-memory (`id`, `memory`, `user_id`,
`metadata`, `created_at`, `updated_at`, `input`), in a list or under `results`
(https://docs.mem0.ai/cookbooks/essentials/exporting-memories). A memory is a statement that mem0 concluded, not what
somebody said: it is taken with the trust of a tool. Exports after a schema of one's own
(https://docs.mem0.ai/api-reference/memory/create-memory-export) have no fixed shape: read them as JSON Lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from memory_chain.importers.base import BadRecord, Imported, Read, to_time
from memory_chain.importers.jsonstream import first_sign
from memory_chain.importers.records import Record, read_each
from memory_chain.importers.source import Source
from memory_chain.types import Role

_MEMORY = re.compile(r'(?<!\\)"memory"\s*:\s*"')
_STAMPS = re.compile(r'(?<!\\)"(user_id|hash|created_at|updated_at|agent_id|run_id)"\s*:')


class Mem0:
    """Reads mem0's memories."""

    name = "mem0"
    title = "mem0 memories (JSON of get_all)"

    def recognises(self, head: str, path: PurePath) -> float:
        """By `memory` beside a user or a time."""
        return 0.8 if _MEMORY.search(head) and _STAMPS.search(head) and first_sign(head) in ("[", "{") else 0.0

    def read(self, source: Source) -> Iterator[Read]:
        """Each memory as a statement of a tool."""

        def read(record: Record) -> Iterator[Read]:
            yield _memory(record.value, record.place, source)

        return read_each(source, "memory", read, inside=("results", "memories"))


def _memory(given: Any, place: str, source: Source) -> Read:
    text = given.get("memory") if isinstance(given, dict) else None
    if not isinstance(text, str) or not text.strip():
        return BadRecord(place=place, reason="it has no text in `memory`")
    try:
        at = to_time(given.get("updated_at") or given.get("created_at"), source.options.timezone)
    except ValueError as error:
        return BadRecord(place=place, reason=str(error))
    return Imported(
        place=place,
        conversation="mem0",
        text=text,
        at=at,
        role=Role.TOOL,
        key=str(given["id"]) if given.get("id") else None,
        session=f"mem0 {given.get('run_id') or 'memories'}",
        owner=str(given["user_id"]) if given.get("user_id") else None,
        metadata={"categories": given.get("categories"), "mem0": given.get("metadata")},
    )
