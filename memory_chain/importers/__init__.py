"""Importers: chats and memories that were exported elsewhere, read into a memory.

source = Source("conversations.json")
plan = Plan(importer=choose(source), source=source, user_id="alice")
found = survey(manager, plan)  # what it holds; nothing is written
check(found, plan)
report = run(manager, plan)
"""

from __future__ import annotations

from memory_chain.importers.base import BadRecord, Imported, Importer, LeftOut, ReadOptions
from memory_chain.importers.detect import IMPORTERS, choose, importer_named, unread_notes
from memory_chain.importers.run import Plan, Report, Survey, check, run, survey
from memory_chain.importers.source import Source

__all__ = [
    "IMPORTERS",
    "BadRecord",
    "Imported",
    "Importer",
    "LeftOut",
    "Plan",
    "ReadOptions",
    "Report",
    "Source",
    "Survey",
    "check",
    "choose",
    "importer_named",
    "run",
    "survey",
    "unread_notes",
]
