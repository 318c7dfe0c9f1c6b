"""From a text to the attributes that it reveals."""

from __future__ import annotations

from memory_chain.extraction.rules.clauses import Clause, read_clauses
from memory_chain.extraction.rules.frames import Found
from memory_chain.extraction.rules.normalise import normalise
from memory_chain.extraction.rules.patterns import default_frames
from memory_chain.extraction.rules.sentences import split_sentences
from memory_chain.extraction.rules.stance import is_meant, without_payload


def meant_clauses(own: str) -> list[Clause]:
    """The clauses of a text of the speaker's own words; none if the whole is play, fiction, irony or a task."""
    if not is_meant(own):
        return []
    return read_clauses(split_sentences(normalise(without_payload(own))))


def find_attributes(clauses: list[Clause], name: str) -> list[Found]:
    """What the clauses say about the person called `name`, each thing once."""
    frames = default_frames()
    found: dict[tuple[str, str, str, bool], Found] = {}
    for clause in clauses:
        for one in frames.find(clause, name):
            found.setdefault((one.section, one.aspect, one.value.lower(), one.ended), one)
    return list(found.values())
