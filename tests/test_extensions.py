"""Open to others: rules, memory types, writers, embedders, schemas; by argument and by entry point."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import BaseModel, Field

from memory_chain import MemoryManager, ProfileSchema
from memory_chain.errors import ConfigurationError, ModelError, ProviderDownError
from memory_chain.extraction.base import Understood
from memory_chain.testing import HashingEmbedder, InMemoryHome, ScriptedLLM
from memory_chain.types import Observation, ObservedAttribute, Piece

MAY = datetime(2024, 5, 1, tzinfo=UTC)


def shoe_size(message):
    """A rule: "shoe size 43"."""
    words = message.text.split()
    for before, size in pairwise(words):
        if before == "size" and size.rstrip(".").isdecimal():
            yield ObservedAttribute(
                section="possessions", aspect="shoe size", value=size.rstrip("."), text=f"The user has shoe size {size}"
            )


class Moods:
    """A memory type: how somebody felt, and when."""

    name = "mood"

    def observe(self, message, observation):
        if "feel" in message.text:
            yield {"mood": message.text.rsplit(" ", 1)[-1].rstrip(".")}

    def offer(self, query, records):
        for message, record in records:
            yield Piece(
                kind=self.name,
                id=message.id,
                text=f"On {message.created_at:%d %B} the user felt {record['mood']}.",
                score=1.0,
                reasons=("a mood",),
                sources=(message.id,),
                at=message.created_at,
            )


def opened(**parts):
    return MemoryManager.open(InMemoryHome(), consolidate="inline", **parts)


def test_a_rule_by_argument():
    with opened(rules=[shoe_size]) as memory:
        memory.add("By the way, shoe size 43.", user_id="a")
        assert "shoe size 43" in str(memory.profile("a"))


def test_a_memory_type_is_kept_offered_and_forgotten():
    with opened(memory_types=[Moods()]) as memory:
        memory.add("Today I feel wonderful.", user_id="a", created_at=MAY)
        context = memory.retrieve("How was I?", user_id="a")
        assert "On 01 May the user felt wonderful." in str(context)
        assert "felt" not in str(memory.retrieve("How was I?", user_id="a", as_of=MAY - timedelta(days=1)))
        memory.forget("a", memory.messages("a")[0].id)
        assert "felt" not in str(memory.retrieve("How was I?", user_id="a"))


class Traits:
    """A memory type that keeps the sentences of what was understood."""

    name = "trait"

    def observe(self, message, observation):
        yield from ({"text": attribute.text} for attribute in observation.attributes)

    def offer(self, query, records):
        for message, record in records:
            yield Piece(kind=self.name, text=record["text"], score=1.0, reasons=("kept",), sources=(message.id,))


def test_a_memory_type_keeps_nothing_of_a_forgotten_attribute():
    with opened(memory_types=[Traits()]) as memory:
        memory.add("I love hiking. I work as a nurse.", user_id="a", created_at=MAY)
        (hiking,) = (found for found in memory.profile("a").attributes if "hiking" in found.text)
        memory.forget("a", hiking.id)
        for again in (False, True):
            if again:
                memory.rebuild("a")
            kept = [piece.text for piece in memory.retrieve("Who?", user_id="a") if piece.kind == "trait"]
            assert len(kept) == 1 and "nurse" in kept[0]


@pytest.mark.parametrize(
    ("group", "part", "shown"),
    [("memory_chain.rules", shoe_size, "shoe size 43"), ("memory_chain.memory_types", Moods, "felt size")],
)
def test_parts_by_entry_point(monkeypatch, group, part, shown):
    class Point:
        name = "mine"

        def load(self):
            return part

    monkeypatch.setattr(
        "memory_chain.plugins.entry_points", lambda group=group, wanted=group: [Point()] if group == wanted else []
    )
    with opened() as memory:
        memory.add("I feel shoe size 43 or size", user_id="a")
        assert shown in str(memory.retrieve("How was I?", user_id="a"))


class ShoutingWriter:
    """A writer of one's own."""

    name = "shouting"
    immediate = False

    def observe(self, messages, known):
        return Understood(
            observations=[
                Observation(
                    message_id=message.id,
                    writer=self.name,
                    attributes=(
                        ObservedAttribute(
                            section="interests", aspect="like", value=message.text, text=message.text.upper()
                        ),
                    ),
                )
                for message in messages
            ]
        )


def test_a_writer_of_ones_own_and_a_rebuild_with_it():
    home = InMemoryHome()
    with MemoryManager.open(home, consolidate="manual") as memory:
        memory.add("chess", user_id="a")
        memory.flush("a")
        assert memory.status("a").needs_rebuild == ()
    with MemoryManager.open(home, consolidate="manual", writer=ShoutingWriter()) as memory:
        (reason,) = memory.status("a").needs_rebuild
        assert "1 messages were read by 'rules', not by 'shouting'" in reason
        memory.rebuild("a")
        assert "CHESS" in str(memory.profile("a")) and memory.status("a").needs_rebuild == ()


class Meanings:
    """An embedder that knows two meanings."""

    name = "meanings/2"
    dim = 2

    def embed(self, texts, *, kind):
        return [[1.0, 0.0] if {"physician", "doctor"} & set(text.lower().split()) else [0.0, 1.0] for text in texts]


def test_an_embedder_adds_a_channel():
    with opened(embedder=Meanings()) as memory:
        memory.add(["My physician is kind", "The weather is fine"], user_id="a")
        (best, *_) = memory.search("doctor", user_id="a")
        assert best.text == "My physician is kind" and any("near in meaning" in reason for reason in best.reasons)
        assert memory.calls("a")[0].purpose == "embed-document"


def test_an_embedder_that_fails_breaks_nothing():
    class Broken(Meanings):
        def embed(self, texts, *, kind):
            raise ProviderDownError("the embedder is down")

    with opened(embedder=Broken()) as memory:
        memory.add("My physician is kind", user_id="a")
        assert memory.search("physician", user_id="a")
        assert memory.costs("a").failed >= 1


def test_another_embedder_never_mixes_vectors():
    home = InMemoryHome()
    with MemoryManager.open(home, consolidate="inline", embedder=HashingEmbedder()) as memory:
        memory.add("one", user_id="a")
    with MemoryManager.open(home, consolidate="inline", embedder=Meanings()) as memory:
        memory.add("two doctor", user_id="a")
        store = memory._chains["a"].chain.store
        assert len(store.vectors("meanings/2")[0]) == 2, "the old message was embedded anew"


class Pet(BaseModel):
    species: str = Field(description="What animal it is")
    tricks: list[str] = Field(default=[], description="What it can do")


def test_a_profile_schema_of_ones_own():
    schema = ProfileSchema.from_pydantic(Pet)
    assert schema.titles == {"species": "What animal it is", "tricks": "What it can do"}
    assert schema.is_single("species", "anything") and not schema.is_single("tricks", "anything")

    def rule(message):
        yield ObservedAttribute(
            section="species", aspect="species", value=message.text, text=f"It is a {message.text}."
        )

    with opened(schema=schema, rules=[rule]) as memory:
        memory.add("cat", user_id="a", created_at=MAY)
        memory.add("dog", user_id="a", created_at=MAY + timedelta(days=1))
        assert "What animal it is:\n  - It is a dog." in str(memory.profile("a"))


def test_unknown_providers_and_embedders_are_told(tmp_path):
    with pytest.raises(ConfigurationError, match=r"`llm_provider` names 'nobody'.*Known: openai"):
        MemoryManager.from_config(home=tmp_path, llm_model="x", llm_provider="nobody")
    with pytest.raises(ConfigurationError, match="`embedder` names 'nothing'"):
        MemoryManager.from_config(home=tmp_path, embedder="nothing:x")


def test_a_key_alone_starts_no_model(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.chdir(tmp_path)
    with MemoryManager.from_config(home=tmp_path) as memory:
        memory.add("I love tea.", user_id="a")
        with pytest.raises(ConfigurationError, match="llm_model"):
            memory.answer("What do I love?", user_id="a")


def test_a_model_error_of_an_answer_is_in_the_ledger():
    with opened(llm=ScriptedLLM([ProviderDownError("503")])) as memory:
        memory.add("hello", user_id="a")
        with pytest.raises(ModelError):
            memory.answer("Who?", user_id="a")
        assert memory.costs("a").by_purpose["answer"].failed == 1
