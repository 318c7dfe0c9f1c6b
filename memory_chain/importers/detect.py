"""Which importer reads an export: the list of them, and how one is chosen by content."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import PurePath

from memory_chain.errors import InvalidInputError, TransferError
from memory_chain.importers.base import Importer
from memory_chain.importers.chatgpt import ChatGPT
from memory_chain.importers.claude import Claude
from memory_chain.importers.discord import Discord
from memory_chain.importers.instagram import Instagram
from memory_chain.importers.letta import Letta
from memory_chain.importers.mem0 import Mem0
from memory_chain.importers.own import OwnExport
from memory_chain.importers.sharegpt import ShareGPT
from memory_chain.importers.slack import Slack
from memory_chain.importers.source import Source
from memory_chain.importers.table import CSV, JSONLines
from memory_chain.importers.telegram import Telegram
from memory_chain.importers.whatsapp import WhatsApp
from memory_chain.importers.zep import Zep

IMPORTERS: tuple[Importer, ...] = (
    OwnExport(),
    ChatGPT(),
    Claude(),
    WhatsApp(),
    Telegram(),
    Slack(),
    Discord(),
    Instagram(),
    ShareGPT(),
    Mem0(),
    Zep(),
    Letta(),
    JSONLines(),
    CSV(),
)
"""All importers; where two are equally sure, the first one reads."""

SURE_ENOUGH = 0.3
LOOKED_AT = 100
"""About so many files of a large folder or archive decide what it is."""

TOLD_UNREAD = 5
"""So many files that are not read are told by name."""


def importer_named(name: str) -> Importer:
    """The importer for a word.

    Raises:
        InvalidInputError: there is none.
    """
    found = next((one for one in IMPORTERS if one.name == name.casefold()), None)
    if found is not None:
        return found
    names = [one.name for one in IMPORTERS]
    near = difflib.get_close_matches(name.casefold(), names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InvalidInputError(f"There is no format {name!r}.{hint} Formats: {', '.join(names)}.")


def choose(source: Source, name: str | None = None) -> Importer:
    """The importer for an export, by content or as named; the source is left with the files that it reads.

    Raises:
        TransferError: no importer knows the export.
        InvalidInputError: there is no importer of this name.
    """
    if not source.entries:
        raise TransferError(f"{source.path} holds no file that could be an export (JSON, text or CSV).")
    heads = [(entry.path, entry.head()) for entry in source.entries[:: max(1, len(source.entries) // LOOKED_AT)]]
    if all(not head.strip("\ufeff \r\n\t\x00") for _, head in heads):
        raise TransferError(f"{source.path} is empty; there is nothing to import.")
    if name is None:
        importer, sure = _surest(heads)
        if sure < SURE_ENOUGH:
            raise TransferError(
                f"It cannot be told what {source.path} is. Name its format with --as: "
                f"{', '.join(one.name for one in IMPORTERS)}."
            )
    else:
        importer = importer_named(name)
    known = [entry for entry in source.entries if importer.recognises(entry.head(), entry.path) >= SURE_ENOUGH]
    source.restricted(known or source.entries)
    return importer


def unread_notes(source: Source) -> list[str]:
    """Which files of an export were passed over when its importer was chosen, for people."""
    others, rest = [], []
    for entry in source.unread[:LOOKED_AT]:
        importer, sure = _surest([(entry.path, entry.head())])
        if sure >= SURE_ENOUGH:
            others.append(f"{entry.name} ({importer.name})")
        else:
            rest.append(entry.name)
    notes = []
    if others:
        notes.append(f"Not read, being of other formats: {_listed(others)}. Import each of them by itself.")
    if rest:
        notes.append(f"Not read, being no messages: {_listed(rest)}.")
    if len(source.unread) > LOOKED_AT:
        notes.append(f"Not read, of formats that were not looked at: {len(source.unread) - LOOKED_AT} more files.")
    return notes


def _surest(heads: Sequence[tuple[PurePath, str]]) -> tuple[Importer, float]:
    """The importer that is surest of one of the files, and how sure it is."""
    return max(
        ((one, max(one.recognises(head, path) for path, head in heads)) for one in IMPORTERS),
        key=lambda found: found[1],
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - TOLD_UNREAD
    return ", ".join(names[:TOLD_UNREAD]) + (f" and {more} more" if more > 0 else "")
