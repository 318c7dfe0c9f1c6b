"""The router: Add, Update or Ignore, and never too eager."""

from datetime import UTC, datetime, timedelta

import pytest

from memory_chain.episodic_memory import EpisodicMemory
from memory_chain.persona_memory import PersonaMemory
from memory_chain.schema import default_schema
from memory_chain.storage.base import Observed
from memory_chain.types import (
    Attitude,
    Decision,
    Interval,
    ObservedAttribute,
    ObservedEvent,
    Operation,
    Precision,
    Source,
    Trust,
)

START = datetime(2024, 1, 1, tzinfo=UTC)


def attribute(section, aspect, value, text=None, **more):
    return ObservedAttribute(section=section, aspect=aspect, value=value, text=text or f"The user: {value}.", **more)


def tell(*items):
    """A persona to which the items were told, one a day; and the changes."""
    persona = PersonaMemory(default_schema())
    changes = [
        persona.fold(
            Observed(
                source=Source(id=f"m{day}", said_at=START + timedelta(days=day)),
                seq=day,
                ordinal=0,
                item=item,
                writer="test",
            )
        )
        for day, item in enumerate(items)
    ]
    return persona, changes


def current(persona):
    return [item.value for item in persona.known_at()]


def test_a_single_valued_aspect_is_updated_and_the_old_value_kept_in_the_past():
    persona, changes = tell(attribute("home", "city", "Lisbon"), attribute("home", "city", "Porto"))
    assert current(persona) == ["Porto"]
    assert changes[1].operation is Operation.UPDATE
    old = persona.get(changes[1].previous_id)
    assert old.value == "Lisbon" and old.known_to == START + timedelta(days=1)
    assert old.superseded_by == changes[1].item_id
    assert [item.value for item in persona.known_at(START)] == ["Lisbon"]


def test_a_many_valued_aspect_gains_a_value():
    persona, changes = tell(attribute("possessions", "pet", "a cat"), attribute("possessions", "pet", "a dog"))
    assert current(persona) == ["a cat", "a dog"]
    assert changes[1].operation is Operation.ADD


def test_said_again_adds_a_source_and_nothing_else():
    persona, changes = tell(attribute("diet", "allergy", "shellfish"), attribute("diet", "allergy", "Shellfish"))
    assert len(persona) == 1
    assert changes[1].operation is Operation.IGNORE
    assert [source.id for source in persona.known_at()[0].sources] == ["m0", "m1"]


def test_an_end_closes_what_ended():
    persona, _ = tell(
        attribute("diet", "habit", "meat", "The user eats meat."),
        attribute("diet", "habit", "meat", "The user no longer eats meat.", ended=True),
    )
    (now,) = persona.known_at()
    assert now.ended
    assert [item.ended for item in persona.known_at(START)] == [False]


def test_an_end_of_a_kind_closes_what_is_of_that_kind():
    steak = attribute("interests", "like", "grilled steak", "The user loves grilled steak.", polarity=Attitude.POSITIVE)
    dog = attribute("possessions", "pet", "a dog named Steak")
    persona, changes = tell(steak, dog, attribute("diet", "habit", "eating meat", "No meat any more.", ended=True))
    assert current(persona) == ["a dog named Steak", "eating meat"]
    assert changes[2].operation is Operation.UPDATE


def test_an_end_of_something_else_closes_nothing():
    persona, changes = tell(
        attribute("habits", "vice", "smoking"), attribute("habits", "routine", "jogging", ended=True)
    )
    assert changes[1].operation is Operation.ADD
    assert len(persona.known_at()) == 2


def test_the_opposite_attitude_to_the_same_thing_is_an_update():
    persona, _ = tell(
        attribute("interests", "like", "coffee", "The user loves coffee.", polarity=Attitude.POSITIVE),
        attribute("interests", "dislike", "coffee", "The user can't stand coffee.", polarity=Attitude.NEGATIVE),
    )
    assert [item.polarity for item in persona.known_at()] == [Attitude.NEGATIVE]


@pytest.mark.parametrize("trust", [Trust.REPORTED, Trust.TOOL, Trust.INFERRED])
def test_less_trusted_text_never_closes_what_the_user_said(trust):
    persona, changes = tell(
        attribute("home", "city", "Lisbon"),
        attribute("home", "city", "Porto", trust=trust),
        attribute("home", "city", "Madrid", trust=trust, decision=Decision(operation=Operation.UPDATE, target=None)),
    )
    assert "Lisbon" in current(persona)
    assert changes[1].operation is Operation.ADD


def test_what_the_person_says_closes_all_that_is_less_or_equally_trusted():
    persona, _ = tell(
        attribute("home", "city", "Lisbon"),
        attribute("home", "city", "Porto", trust=Trust.REPORTED),
        attribute("home", "city", "Berlin"),
    )
    assert current(persona) == ["Berlin"]


def test_what_others_said_becomes_stated_when_the_person_says_it():
    persona, changes = tell(attribute("work", "job", "nurse", trust=Trust.REPORTED), attribute("work", "job", "nurse"))
    assert [item.trust for item in persona.known_at()] == [Trust.STATED]
    assert changes[1].operation is Operation.UPDATE


def test_a_writers_decision_is_followed_if_its_target_is_current():
    persona, _ = tell(attribute("interests", "like", "chess"))
    target = persona.known_at()[0].id
    persona.fold(
        Observed(
            source=Source(id="m9", said_at=START + timedelta(days=9)),
            seq=9,
            ordinal=0,
            item=attribute(
                "interests", "like", "speed chess", decision=Decision(operation=Operation.UPDATE, target=target)
            ),
            writer="model",
        )
    )
    assert current(persona) == ["speed chess"]


def test_a_decision_about_an_unknown_target_is_left_to_the_rules():
    persona, changes = tell(
        attribute("interests", "like", "chess"),
        attribute("interests", "like", "go", decision=Decision(operation=Operation.UPDATE, target="nonsense")),
    )
    assert current(persona) == ["chess", "go"]
    assert changes[1].operation is Operation.ADD


def event(text, day=None):
    when = None
    if day is not None:
        start = START + timedelta(days=day)
        when = Interval(start=start, end=start + timedelta(days=1), precision=Precision.DAY)
    return ObservedEvent(text=text, when=when)


def live(*items):
    episodes = EpisodicMemory()
    changes = [
        episodes.fold(
            Observed(
                source=Source(id=f"m{day}", said_at=START + timedelta(days=day)),
                seq=day,
                ordinal=0,
                item=item,
                writer="test",
            )
        )
        for day, item in enumerate(items)
    ]
    return episodes, [change.operation for change in changes]


def test_the_same_event_told_twice_is_one_event_with_two_sources():
    episodes, operations = live(event("The user ran a marathon.", 3), event("The user ran a marathon.", 3))
    assert operations == [Operation.ADD, Operation.IGNORE]
    assert len(episodes.known_at()[0].sources) == 2


def test_the_same_thing_on_another_day_is_another_event():
    _, operations = live(event("The user ran a marathon.", 3), event("The user ran a marathon.", 30))
    assert operations == [Operation.ADD, Operation.ADD]


def test_an_event_whose_time_becomes_known_is_updated():
    episodes, operations = live(event("The user adopted a puppy."), event("The user adopted a puppy.", 5))
    assert operations == [Operation.ADD, Operation.UPDATE]
    assert [item.when is not None for item in episodes.known_at()] == [True]
