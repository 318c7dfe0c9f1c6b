"""The profile schema: which sections a profile has, and which aspects hold one value at a time.

The default schema is `data/profile_schema.yaml`. Another one comes from a YAML file of the same shape or from
a pydantic model, whose fields are its sections.
"""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from memory_chain.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic import BaseModel

AspectKind = Literal["single", "many"]

_SECTION_KEYS = ("title", "standing", "aspects", "cues", "kind")
_WORD = re.compile(r"[a-z0-9'-]+")
_MANY_TYPES = (list, set, frozenset, tuple, dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One section of a profile.

    `standing` sections limit what anyone may suggest, so their attributes are candidates for every query.
    `aspects` tells for each known aspect whether it holds one value at a time; unknown ones follow `kind`.
    `cues` are lower-case stems of words by which a query touches the section ("restaurant" touches diet).
    """

    key: str
    title: str
    standing: bool = False
    kind: AspectKind = "many"
    aspects: Mapping[str, AspectKind] = field(default_factory=dict)
    cues: tuple[str, ...] = ()

    def is_single(self, aspect: str) -> bool:
        """Whether the aspect holds one value at a time."""
        return self.aspects.get(aspect, self.kind) == "single"


@dataclass(frozen=True, kw_only=True)
class ProfileSchema:
    """The sections of a profile, in the order in which they are shown."""

    sections: tuple[Section, ...]

    @cached_property
    def _by_key(self) -> dict[str, Section]:
        return {section.key: section for section in self.sections}

    @cached_property
    def _order(self) -> dict[str, int]:
        return {section.key: place for place, section in enumerate(self.sections)}

    @cached_property
    def _cues(self) -> dict[str, list[str]]:
        cues: dict[str, list[str]] = {}
        for section in self.sections:
            for cue in section.cues:
                cues.setdefault(cue, []).append(section.key)
        return cues

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all sections, in order."""
        return tuple(section.key for section in self.sections)

    @property
    def titles(self) -> dict[str, str]:
        """Section key to title."""
        return {section.key: section.title for section in self.sections}

    def section(self, key: str) -> Section | None:
        """The section of that key, if the schema has it."""
        return self._by_key.get(key)

    def is_single(self, section: str, aspect: str) -> bool:
        """Whether the aspect of the section holds one value at a time; unknown ones hold many."""
        found = self.section(section)
        return found is not None and found.is_single(aspect)

    def is_standing(self, section: str) -> bool:
        """Whether the section's attributes are candidates for every query."""
        found = self.section(section)
        return found is not None and found.standing

    def section_order(self, section: str) -> int:
        """The place of a section in a profile; unknown ones come last."""
        return self._order.get(section, len(self.sections))

    def touched(self, query: str) -> tuple[str, ...]:
        """The sections of life that a query touches by its words, the most touched first."""
        words = set(_WORD.findall(query.lower()))
        counts: dict[str, int] = {}
        for word in words:
            for form in (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ing")):
                if form in self._cues:
                    for key in self._cues[form]:
                        counts[key] = counts.get(key, 0) + 1
                    break
        return tuple(sorted(counts, key=lambda key: (-counts[key], self.section_order(key))))

    @classmethod
    def from_yaml(cls, path: str | Path) -> ProfileSchema:
        """Read a schema from a YAML file.

        Raises:
            ConfigurationError: the file cannot be read, or a key in it is wrong; the message names it.
        """
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"The profile schema {str(path)!r} cannot be read: {error}.") from error
        return _parse(text, str(path))

    @classmethod
    def from_pydantic(cls, model: type[BaseModel]) -> ProfileSchema:
        """A schema from a pydantic model: each field is a section.

        The description (else the name) becomes the title; a scalar or `Literal` holds one value at a time, a
        list, set or dict many. `json_schema_extra` may set `standing` and `cues`.

        Raises:
            ConfigurationError: the model has no fields, or `standing` or `cues` is of a wrong type.
        """
        sections = []
        for name, info in model.model_fields.items():
            extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
            body: dict[str, Any] = {
                "title": info.description or name.replace("_", " ").capitalize(),
                "kind": _kind_of(info.annotation),
                "standing": extra.get("standing", False),
                "cues": extra.get("cues", []),
            }
            sections.append(_section(name, body, model.__name__))
        if not sections:
            raise ConfigurationError(f"{model.__name__} has no fields, so it gives no schema. Add a field a section.")
        return cls(sections=tuple(sections))


def default_schema() -> ProfileSchema:
    """The schema that is used when none is given; read once."""
    return _default()


@lru_cache(maxsize=1)
def _default() -> ProfileSchema:
    path = files("memory_chain") / "data" / "profile_schema.yaml"
    return _parse(path.read_text("utf-8"), "the default profile schema")


def _parse(text: str, where: str) -> ProfileSchema:
    import yaml  # only here: reading a schema is the only need for it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        body = yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{where} is not valid YAML: {error}") from error
    if not isinstance(body, dict) or set(body) != {"sections"} or not isinstance(body["sections"], dict):
        keys = ", ".join(map(repr, body)) if isinstance(body, dict) else type(body).__name__
        raise ConfigurationError(f"{where} must have one key, 'sections', with a mapping below it; it has {keys}.")
    sections = tuple(_section(key, section, where) for key, section in body["sections"].items())
    if not sections:
        raise ConfigurationError(f"{where}: 'sections' is empty. Name at least one.")
    return ProfileSchema(sections=sections)


def _section(key: object, body: object, where: str) -> Section:
    if not isinstance(key, str) or not key.strip():
        raise ConfigurationError(f"{where}: the section {key!r} must be named by a text.")
    if not isinstance(body, dict):
        raise ConfigurationError(f"{where}: the section {key!r} must be a mapping with a title.")
    for name in body:
        if name not in _SECTION_KEYS:
            near = get_close_matches(str(name), _SECTION_KEYS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" Known keys: {', '.join(_SECTION_KEYS)}."
            raise ConfigurationError(f"{where}: the section {key!r} has an unknown key {name!r}.{hint}")
    title, standing, kind = body.get("title", key), body.get("standing", False), body.get("kind", "many")
    aspects, cues = body.get("aspects") or {}, body.get("cues") or []
    if not isinstance(title, str):
        raise ConfigurationError(f"{where}: 'title' of {key!r} must be a text, not {title!r}.")
    if not isinstance(standing, bool):
        raise ConfigurationError(f"{where}: 'standing' of {key!r} must be true or false, not {standing!r}.")
    if kind not in ("single", "many"):
        raise ConfigurationError(f"{where}: 'kind' of {key!r} must be 'single' or 'many', not {kind!r}.")
    if not isinstance(aspects, dict):
        raise ConfigurationError(f"{where}: 'aspects' of {key!r} must map names to 'single' or 'many'.")
    for aspect, value in aspects.items():
        if value not in ("single", "many"):
            raise ConfigurationError(
                f"{where}: aspect {aspect!r} of {key!r} must be 'single' or 'many', not {value!r}."
            )
    if isinstance(cues, str):
        cues = cues.split()
    if not isinstance(cues, list) or not all(isinstance(cue, str) for cue in cues):
        raise ConfigurationError(f"{where}: 'cues' of {key!r} must be words.")
    return Section(
        key=key,
        title=title,
        standing=standing,
        kind=kind,
        aspects={str(name): value for name, value in aspects.items()},
        cues=tuple(cue.lower() for cue in cues),
    )


def _kind_of(annotation: Any) -> AspectKind:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return "many" if any(_kind_of(part) == "many" for part in parts) else "single"
    return "many" if origin in _MANY_TYPES or annotation in _MANY_TYPES else "single"
