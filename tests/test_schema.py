"""Profile schemas: the default one, one's own in YAML, one's own as a pydantic model."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from memory_chain.errors import ConfigurationError
from memory_chain.schema import ProfileSchema, default_schema

KEYS = (
    "identity personality family home work education health diet interests habits possessions values fears money "
    "schedule goals constraints communication"
)
SECTIONS = KEYS.split()


def read(tmp_path: Path, text: str) -> ProfileSchema:
    path = tmp_path / "schema.yaml"
    path.write_text(text, "utf-8")
    return ProfileSchema.from_yaml(path)


def test_the_default_schema_has_all_sections_in_order() -> None:
    schema = default_schema()
    assert list(schema.keys) == SECTIONS
    assert schema.section_order("identity") == 0 and schema.section_order("nonsense") == len(SECTIONS)
    assert schema.titles["possessions"] == "Possessions, pets and tools"
    assert default_schema() is schema


def test_which_aspects_hold_one_value() -> None:
    schema = default_schema()
    assert schema.is_single("home", "city") and schema.is_single("identity", "age")
    assert not schema.is_single("work", "job")
    assert not schema.is_single("home", "detail") and not schema.is_single("nonsense", "city")


def test_which_sections_stand() -> None:
    schema = default_schema()
    assert schema.is_standing("diet") and not schema.is_standing("interests") and not schema.is_standing("nonsense")


def test_a_query_touches_sections_by_its_words() -> None:
    schema = default_schema()
    assert "diet" in schema.touched("Which restaurants are good for dinner?")
    assert schema.touched("qwertz") == ()


def test_a_schema_of_ones_own_in_yaml(tmp_path: Path) -> None:
    schema = read(
        tmp_path,
        "sections:\n  plants:\n    title: Plants\n    standing: true\n    kind: single\n    aspects: {wishes: many}\n"
        "    cues: plant Garden\n",
    )
    section = schema.section("plants")
    assert section is not None and section.cues == ("plant", "garden")
    assert schema.is_single("plants", "favourite") and not schema.is_single("plants", "wishes")
    assert schema.is_standing("plants")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "not valid YAML"),
        ("plants: {}", "one key, 'sections'"),
        ("[]", "one key, 'sections'"),
        ("sections: {}", "Name at least one"),
        ("sections: {plants: 3}", "must be a mapping"),
        ("sections: {3: {}}", "must be named by a text"),
        ("sections: {plants: {titel: x}}", "Did you mean 'title'?"),
        ("sections: {plants: {standing: maybe}}", "'standing' of 'plants' must be true or false"),
        ("sections: {plants: {kind: few}}", "'kind' of 'plants' must be"),
        ("sections: {plants: {aspects: [a]}}", "'aspects' of 'plants' must map"),
        ("sections: {plants: {aspects: {a: b}}}", "aspect 'a' of 'plants' must be"),
        ("sections: {plants: {cues: 3}}", "'cues' of 'plants' must be words"),
        ("sections: {plants: {title: 3}}", "'title' of 'plants' must be a text"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, text)
    assert told in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        ProfileSchema.from_yaml(tmp_path / "none.yaml")


class Guest(BaseModel):
    """A profile as a model."""

    diet: list[str] = Field(description="What they eat", json_schema_extra={"standing": True, "cues": ["food"]})
    room: Literal["single", "double"]
    nights: int | None = None
    tags: set[str] | None = None


def test_a_pydantic_model_is_a_schema() -> None:
    schema = ProfileSchema.from_pydantic(Guest)
    assert schema.titles == {"diet": "What they eat", "room": "Room", "nights": "Nights", "tags": "Tags"}
    assert schema.is_standing("diet") and schema.touched("food") == ("diet",)
    assert not schema.is_single("diet", "x") and not schema.is_single("tags", "x")
    assert schema.is_single("room", "x") and schema.is_single("nights", "x")


def test_a_model_without_fields_is_none() -> None:
    class Empty(BaseModel):
        """Nothing."""

    with pytest.raises(ConfigurationError, match="has no fields"):
        ProfileSchema.from_pydantic(Empty)
