"""Derived state is a fold that can be rewound: the order of arrival leaves no trace."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from memory_chain.persona_memory import PersonaMemory, group, sum_up
from memory_chain.schema import default_schema
from memory_chain.storage.base import Observed
from memory_chain.types import Attitude, ObservedAttribute, Source

START = datetime(2024, 1, 1, tzinfo=UTC)

items = st.builds(
    ObservedAttribute,
    section=st.sampled_from(["home", "diet", "interests"]),
    aspect=st.sampled_from(["city", "like", "habit"]),
    value=st.sampled_from(["meat", "Lisbon", "Porto", "grilled meat", "chess"]),
    text=st.sampled_from(["The user: meat.", "The user: Lisbon.", "The user: Porto.", "The user: chess."]),
    polarity=st.sampled_from([Attitude.POSITIVE, Attitude.NEGATIVE, Attitude.NEUTRAL]),
    ended=st.booleans(),
)


def observed(hour, item):
    return Observed(
        source=Source(id=f"m{hour}", said_at=START + timedelta(hours=hour)),
        seq=hour,
        ordinal=0,
        item=item,
        writer="test",
    )


def fold(log):
    persona = PersonaMemory(default_schema())
    for one in sorted(log, key=lambda one: one.source.said_at):
        persona.fold(one)
    return persona


def state(persona):
    return sorted(persona, key=lambda item: item.id)


@settings(max_examples=150, deadline=None)
@given(st.lists(items, min_size=1, max_size=12), st.data())
def test_rewinding_and_playing_again_gives_the_same_state(told, data):
    log = [observed(hour, item) for hour, item in enumerate(told)]
    straight = fold(log)
    persona = fold(log)
    moment = START + timedelta(hours=data.draw(st.integers(0, len(log))))
    persona.rewind(moment)
    assert state(persona) == state(fold([one for one in log if one.source.said_at < moment]))
    for one in log:
        if one.source.said_at >= moment:
            persona.fold(one)
    assert state(persona) == state(straight)


@settings(max_examples=100, deadline=None)
@given(st.lists(items, min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_state(told, random):
    log = [observed(hour, item) for hour, item in enumerate(told)]
    arriving = log[:]
    random.shuffle(arriving)
    persona = PersonaMemory(default_schema())
    seen = []
    for one in arriving:
        seen.append(one)
        persona.rewind(one.source.said_at)
        for later in sorted(seen, key=lambda one: one.source.said_at):
            if later.source.said_at >= one.source.said_at:
                persona.fold(later)
    assert state(persona) == state(fold(log))


@settings(max_examples=60, deadline=None)
@given(st.lists(items, min_size=1, max_size=10))
def test_the_changes_told_bring_a_reloaded_memory_to_the_same_state(told):
    log = [observed(hour, item) for hour, item in enumerate(told)]
    persona = PersonaMemory(default_schema())
    rows = {}
    for one in log:
        persona.rewind(one.source.said_at)
        persona.fold(one)
        changed, removed = persona.take_changes()
        rows.update((item.id, item) for item in changed)
        for item_id in removed:
            rows.pop(item_id, None)
    assert sorted(rows.values(), key=lambda item: item.id) == state(persona)
    reloaded = PersonaMemory(default_schema(), rows.values())
    assert reloaded.aspects("user") == persona.aspects("user")


def attributes(*values, section="interests", aspect="like"):
    persona = PersonaMemory(default_schema())
    for hour, value in enumerate(values):
        item = ObservedAttribute(section=section, aspect=aspect, value=value, text=f"The user likes {value}.")
        persona.fold(observed(hour, item))
    return persona.known_at()


def test_near_attributes_form_an_aspect_and_single_ones_are_kept():
    aspects = group(attributes("trail running", "running in the mountains", "opera"))
    assert sorted(len(aspect.attributes) for aspect in aspects) == [1, 2]
    assert {value for aspect in aspects for value in aspect.values} == {
        "trail running",
        "running in the mountains",
        "opera",
    }


def test_attitudes_of_both_ends_are_mixed_unless_the_latest_agree():
    good, bad = Attitude.POSITIVE, Attitude.NEGATIVE
    assert sum_up([good]) is good
    assert sum_up([bad, good]) is Attitude.MIXED
    assert sum_up([bad, bad, bad, good]) is bad
