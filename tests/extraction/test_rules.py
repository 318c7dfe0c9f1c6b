"""The rule writer: what it takes from a message, what it refuses, and how well, on the labelled dev half."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_chain.extraction.base import Known
from memory_chain.extraction.rules import RuleWriter
from memory_chain.extraction.rules.rewrite import stand_alone
from memory_chain.schema import ProfileSchema, Section
from memory_chain.types import USER, Attitude, Message, Observation, ObservedAttribute, Precision, Role, Trust

ROOT = Path(__file__).parents[2]
SAID_AT = datetime(2026, 3, 12, 10, tzinfo=UTC)  # a Thursday
POSITIVE, NEGATIVE, NEUTRAL = Attitude.POSITIVE, Attitude.NEGATIVE, Attitude.NEUTRAL

writer = RuleWriter()


def observe(text: str, *, role: Role = Role.USER, speaker: str | None = None) -> Observation:
    message = Message(text=text, role=role, speaker=speaker, created_at=SAID_AT)
    (observation,) = writer.observe([message], Known()).observations
    return observation


def taken(text: str) -> list[tuple[str, str, str]]:
    return [(one.section, one.aspect, one.value) for one in observe(text).attributes]


def only(text: str) -> ObservedAttribute:
    (attribute,) = observe(text).attributes
    return attribute


# -- what it takes ----------------------------------------------------------------------------------------------

SIMPLE = [
    ("I live in Lisbon.", "home", "city", "Lisbon", NEUTRAL, "The user lives in Lisbon."),
    ("i moved to Paris", "home", "city", "Paris", NEUTRAL, "The user moved to Paris."),
    ("My name is Priya", "identity", "name", "Priya", NEUTRAL, "The user's name is Priya."),
    ("I'm 34", "identity", "age", "34", NEUTRAL, "The user is 34."),
    ("I'm allergic to shellfish", "health", "allergy", "shellfish", NEGATIVE, "The user is allergic to shellfish."),
    ("I can't eat shellfish", "diet", "avoids", "shellfish", NEGATIVE, "The user can not eat shellfish."),
    ("I love hiking", "interests", "like", "hiking", POSITIVE, "The user loves hiking."),
    ("I like sushi.", "diet", "like", "sushi", POSITIVE, "The user likes sushi."),
    ("I hate crowds", "fears", "dislike", "crowds", NEGATIVE, "The user hates crowds."),
    ("I'm terrified of spiders", "fears", "fear", "spiders", NEGATIVE, "The user is terrified of spiders."),
    ("I'm a vegetarian", "diet", "regime", "vegetarian", NEUTRAL, "The user is a vegetarian."),
    ("I work as a nurse", "work", "job", "nurse", NEUTRAL, "The user works as a nurse."),
    ("I have asthma", "health", "condition", "asthma", NEGATIVE, "The user has asthma."),
    ("I take metformin", "health", "medicine", "metformin", NEUTRAL, "The user takes metformin."),
    ("I play the cello", "interests", "activity", "cello", POSITIVE, "The user plays the cello."),
    ("I drive a Volvo", "possessions", "vehicle", "Volvo", NEUTRAL, "The user drives a Volvo."),
    ("I'm Buddhist", "values", "religion", "Buddhist", NEUTRAL, "The user is Buddhist."),
    ("I'm an introvert", "personality", "trait", "introvert", NEUTRAL, "The user is an introvert."),
    ("I want to learn Italian", "goals", "goal", "learn Italian", POSITIVE, "The user wants to learn Italian."),
    ("I can't swim", "constraints", "limit", "swim", NEGATIVE, "The user can not swim."),
    ("I can't afford a car", "money", "budget", "car", NEGATIVE, "The user can not afford a car."),
]


@pytest.mark.parametrize(("text", "section", "aspect", "value", "polarity", "rewritten"), SIMPLE)
def test_the_simplest_statements(
    text: str, section: str, aspect: str, value: str, polarity: Attitude, rewritten: str
) -> None:
    found = only(text)
    assert (found.section, found.aspect, found.value) == (section, aspect, value)
    assert (found.polarity, found.text, found.ended) == (polarity, rewritten, False)
    assert (found.subject, found.trust) == (USER, Trust.STATED)


BY_SECTION = {
    "identity": ["I was born in Lagos", "I speak Tamil", "My pronouns are they/them", "It's my birthday on 3 May",
                 "I'm half Greek", "I grew up in Cork"],
    "personality": ["I'm quite shy around new people", "I tend to overthink everything", "I get bored easily",
                    "I'm terrible with names"],
    "family": ["I have two daughters", "My brother lives in Melbourne", "I'm getting married", "my son is autistic",
               "I'm an only child", "my husband is a firefighter"],
    "home": ["I rent a room in Hackney", "I live alone", "We live on a narrowboat", "I own a small flat"],
    "work": ["I run a small bakery", "I'm between jobs", "I've been made redundant", "I manage a team of nine",
             "My boss is a micromanager", "Retired postman here"],
    "education": ["I'm studying architecture at Delft", "I'm in my second year of law school",
                  "I never finished school",
                  "I have an MSc in physics"],
    "health": ["I was diagnosed with ADHD", "My knees are bad", "I broke my wrist", "I'm on blood thinners",
               "Deaf in my right ear", "penicillin gives me hives", "I wear hearing aids"],
    "diet": ["no pork for me", "I don't drink alcohol", "I always end up ordering the ramen", "Mushrooms: no.",
             "My favourite dish is lamb tagine", "We don't have alcohol in the house"],
    "interests": ["Running late for my pottery class", "Big Bowie fan", "I collect fountain pens",
                  "My hobbies are photography and chess", "Nothing beats a good crime novel"],
    "fears": ["Heights terrify me", "Opera bores me to tears", "I can't stand loud chewing",
              "Clowns. Even the nice ones."],
    "habits": ["I meditate daily", "I smoke", "I bite my nails", "I always read before bed"],
    "possessions": ["We have three cats", "My dog Rufus barks", "I bought a Fairphone", "I adopted a greyhound"],
    "values": ["I would never buy fast fashion", "Honesty matters a lot to me", "I vote Green",
               "I pray five times a day"],
    "money": ["I earn 32k a year", "We're on a tight budget", "My pension is 1,120 a month", "I owe my uncle 900 quid"],
    "schedule": ["I'm free on Friday afternoons", "I have therapy every Thursday at 4", "Fridays I'm off",
                 "Sundays are for church and family lunch"],
    "goals": ["My dream is to open a bookshop", "I'm saving up for a camper van", "I plan to move to Canada next year"],
    "constraints": ["I don't drive", "My landlord doesn't allow pets", "My visa expires in June",
                    "no lift in the house"],
    "communication": ["Please keep your answers brief", "Don't use emojis please", "Use metric units please",
                      "Text me, don't call", "I prefer bullet points to long answers", "Don't sugar-coat"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("section", "text"), [(section, text) for section, texts in BY_SECTION.items() for text in texts]
)
def test_each_section_knows_many_wordings(section: str, text: str) -> None:
    assert section in {one.section for one in observe(text).attributes}


def test_a_message_may_say_many_things() -> None:
    assert taken("I'm Tomasz, 42, from Gdansk but based in Dublin. I work as a welder and I hate Mondays.") == [
        ("identity", "name", "Tomasz"),
        ("identity", "age", "42"),
        ("identity", "origin", "Gdansk"),
        ("home", "city", "Dublin"),
        ("work", "job", "welder"),
        ("fears", "dislike", "Mondays"),
    ]


def test_a_list_becomes_several_values() -> None:
    assert [one.text for one in observe("I love opera, chess and wild swimming.").attributes] == [
        "The user likes opera.",
        "The user likes chess.",
        "The user likes wild swimming.",
    ]


def test_family_facts_name_the_relative() -> None:
    (fact,) = observe("My daughter Ines is allergic to peanuts.").attributes
    assert (fact.section, fact.text) == ("family", "The user's daughter Ines is allergic to peanuts.")


def test_a_relative_named_in_passing_is_remembered() -> None:
    texts = {one.text for one in observe("I went to Porto with my wife Chidinma yesterday.").attributes}
    assert "The user's wife is called Chidinma." in texts


def test_a_correction_takes_the_new_value() -> None:
    assert only("Actually I'm 34, not 33.").value == "34"


ENDS = [
    ("I stopped smoking", "smoking", "The user no longer smokes."),
    ("I stopped playing chess", "chess", "The user no longer plays chess."),
    ("I gave up coffee last year", "coffee", "The user no longer has coffee."),
    ("I don't eat meat any more", "meat", "The user no longer eats meat."),
    ("I used to play bass", "bass", "The user no longer plays bass."),
    ("I don't live in Leeds any more", "Leeds", "The user no longer lives in Leeds."),
    ("I quit my job", "job", "The user no longer has their job."),
    ("I sold my motorbike", "motorbike", "The user no longer has their motorbike."),
    ("I dropped out of nursing school", "nursing school", "The user no longer goes to nursing school."),
]


@pytest.mark.parametrize(("text", "value", "rewritten"), ENDS)
def test_an_end_has_the_words_of_what_ended(text: str, value: str, rewritten: str) -> None:
    found = only(text)
    assert (found.ended, found.value, found.text) == (True, value, rewritten)


def test_a_reversal_is_taken_at_its_new_end() -> None:
    found = only("Turns out I do like running.")
    assert (found.value, found.polarity) == ("running", POSITIVE)


def test_times_of_validity() -> None:
    since = only("I've been vegan since 2015")
    assert since.valid_from == datetime(2015, 1, 1, tzinfo=UTC)
    until = only("I'm on parole until 2028")
    assert until.valid_to is not None and until.valid_to.year >= 2028


# -- events -----------------------------------------------------------------------------------------------------


def test_an_event_has_the_time_it_is_told_to_have() -> None:
    observation = observe("I tore my knee ligament last Friday")
    (event,) = observation.events
    assert event.text == "The user tore their knee ligament last Friday."
    assert event.when is not None and event.when.start.date().isoformat() == "2026-03-06"
    assert event.when.precision is Precision.DAY
    assert [(one.section, one.aspect) for one in observation.attributes] == [("health", "injury")]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("We're getting the keys to the house next Friday.", "2026-03-20"),
        ("Mum's funeral was on the 3rd of March.", "2026-03-03"),
        ("Yesterday I took the kids to the museum.", "2026-03-11"),
        ("Our cat Miso died this morning.", "2026-03-12"),
    ],
)
def test_what_happened_and_what_is_planned(text: str, day: str) -> None:
    (event,) = observe(text).events
    assert event.when is not None
    assert event.when.start.date().isoformat() <= day <= event.when.end.date().isoformat()


def test_what_recurs_is_no_event() -> None:
    assert observe("I go climbing every Tuesday.").events == ()


# -- what it refuses ----------------------------------------------------------------------------------------------

NOTHING = {
    "question": ["What should I cook for a vegetarian?", "Is it normal that I hate my job?",
                 "Should I get a dog or a cat?"],
    "hypothesis": ["If I were a vegan, would I need B12?", "Suppose I have diabetes. What would I eat?",
                   "I wish I had a garden.", "I might buy a car.", "Let's say I live in Rome"],
    "quote": ['She said "I love jazz and I live in Rome".', "> I am a widow of 58",
              "According to the leaflet I am sick."],
    "others": ["My colleague Jane hates flying.", "My neighbour told me: I'm moving to Spain.",
               "He said he loves jazz.",
               "People say I should quit."],
    "irony": ["Oh great, I just LOVE waiting in line for hours.",
              "Yeah right, I'm totally a morning person."],
    "task": ["Translate this: I am a nurse and I live in Leeds.", "Write a story in which I am a pirate who hates rum.",
             "Rewrite in the third person: I love my two dogs."],
    "play": ["Pretend I'm a landlord in Ohio.", "Imagine I'm a teacher with 30 kids.", "In the game I am an elf."],
    "code": ["def foo(): return 'I love cats'", "```\nI live in Rome\n```", "$ git commit -m 'I hate this'"],
    "small talk": ["hi!", "Thanks, that's all for today.", "ok cool, gotta run", "I'm hungry.", "I'm so tired today."],
    "passing": ["I need help with my essay.", "I have a question about Python.", "I prefer the second option.",
                "I'd like a coffee.", "I can't find the file.", "My flight is delayed."],
    "other languages": ["Ich wohne in Berlin und liebe Katzen.", "J'habite à Lyon et je suis végétarien.",
                        "Vivo en Madrid y soy alérgico a los cacahuetes.",
                        "我住在北京，我喜欢猫。", "Я живу в Москве."],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in NOTHING.items() for text in texts])
def test_it_prefers_silence(kind: str, text: str) -> None:
    assert observe(text).attributes == ()


def test_only_the_user_teaches_attributes() -> None:
    said = "I live in Rome and I love cats."
    for role in (Role.ASSISTANT, Role.SYSTEM, Role.TOOL):
        observation = observe(said, role=role)
        assert observation.attributes == () and observation.events == ()
    assert observe(said, role=Role.ASSISTANT).topics


def test_recalled_context_is_not_learned_again() -> None:
    text = '<omem-memory note="remembered">\n- The user loves cats\nuser: I live in Rome\n</omem-memory>\nhi there'
    assert observe(text).attributes == ()


# -- subject, topics, attitude ------------------------------------------------------------------------------------


def test_another_speaker_is_the_subject_of_what_they_say() -> None:
    observation = observe("I moved to Oslo and my dog hates it.", speaker="Caroline")
    assert observation.subject == "Caroline"
    assert {one.subject for one in observation.attributes} == {"Caroline"}
    assert observation.attributes[0].text == "Caroline moved to Oslo."


def test_the_user_by_name() -> None:
    message = Message(text="I moved to Oslo.", speaker="Ann", created_at=SAID_AT)
    (observation,) = RuleWriter(user_name="Ann").observe([message], Known()).observations
    assert observation.subject == USER


def test_topics_are_the_main_phrases() -> None:
    assert observe("I love wild swimming").topics[0] == "wild swimming"
    assert "restaurant" in " ".join(observe("Can you find a restaurant near the harbour for tonight?").topics)
    assert "berlin" in observe("Ich wohne in Berlin").topics
    assert len(observe("a long talk about cats, dogs, horses, ponies, cows and the price of hay").topics) <= 3


def test_attitude_with_its_reason() -> None:
    likes = observe("I love wild swimming")
    assert (likes.attitude, likes.reason) == (POSITIVE, "The user loves wild swimming.")
    assert observe("I hate olives").attitude is NEGATIVE
    assert observe("I love tennis. I hate tennis.").attitude is Attitude.MIXED
    assert observe("What is the capital of France? Thanks, you are great!").attitude is NEUTRAL


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I live in Oslo and I love skiing", "skiing"),
        ("I'm allergic to shellfish and I love hiking", "hiking"),
        ("I love olives but I hate capers", "olives"),
    ],
)
def test_the_first_topic_is_what_the_attitude_is_about(text: str, topic: str) -> None:
    observation = observe(text)
    assert (observation.topics[0], observation.attitude) == (topic, POSITIVE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I usually only read crime novels", "The user usually only reads crime novels."),
        ("I kind of really like jazz", "The user kind of really likes jazz."),
        ("I think I am good at chess", "The user thinks they are good at chess."),
        ("Ana & I are flying to Porto", "Ana and the user are flying to Porto."),
        ("It rains and I love it", "It rains and the user loves it."),
    ],
)
def test_statements_stand_alone(text: str, told: str) -> None:
    assert stand_alone(text, "The user") == told


def test_a_pronoun_that_points_back_is_no_attitude_to_what_follows() -> None:
    observation = observe("I love it. We live in a small flat.")
    assert observation.topics and observation.attitude is NEUTRAL


@pytest.mark.parametrize("text", ["I'm 994.", "Note 94: I bought apples.", "I am 1200", "Update 61: I am at the shop."])
def test_what_is_no_age(text: str) -> None:
    assert "age" not in {one.aspect for one in observe(text).attributes}


def test_small_talk_makes_nothing() -> None:
    observation = observe("hi, thanks!")
    assert (observation.topics, observation.attributes, observation.events) == ((), (), ())
    assert observation.writer == "rules"


def test_further_rules_and_a_schema_of_ones_own() -> None:
    def shout(message: Message) -> list[ObservedAttribute]:
        return [ObservedAttribute(section="x", aspect="y", value="z", text=message.text.upper())]

    schema = ProfileSchema(sections=(Section(key="home", title="Home"),))
    own = RuleWriter(rules=[shout], schema=schema)
    message = Message(text="I live in Rome and I love cats.", created_at=SAID_AT)
    (observation,) = own.observe([message], Known()).observations
    assert [one.section for one in observation.attributes] == ["home", "x"]


# -- how well, how fast, how sturdy ---------------------------------------------------------------------------------


def test_the_dev_half_stays_above_its_bars() -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import score_extraction
    finally:
        sys.path.pop(0)
    score = score_extraction.score(score_extraction.read(ROOT / "tests/data/extraction_dev.jsonl"), writer)
    assert score.total.precision >= 0.93
    assert score.total.recall >= 0.80
    assert score.silence >= 0.99
    assert score.events.recall >= 0.90


WORDS = (
    "I my we me am is live in Rome love hate , . ; : ! ? - ( ) ' \" \n and but so because if when not n't don't "
    "no longer any more stopped used to my "
    "wife the kids last Friday every Tuesday at 5 3 years ago allergic to nuts Dr. 🎉 "
    "i'm 34 & $ % {} ``` > since 2015 İ ß ﬁ 我 \u200b \x00 please never a an the dog called Rex"
)
PIECES = st.sampled_from(WORDS.split(" "))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map(" ".join)))
def test_it_never_raises(text: str) -> None:
    observation = observe(text)
    for one in observation.attributes:
        assert one.value.strip() and one.text.strip()
    assert len(observation.topics) <= 3


@pytest.mark.parametrize("unit", ["I love cats and ", "i ", "my my ", "x: ", "a, b, ", "(", "A and I ", "last Friday "])
def test_long_texts_take_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        begun = time.process_time()
        observe(text)
        return time.process_time() - begun

    seconds(1_000)
    small, large = seconds(20_000), seconds(80_000)
    assert large < 12 * max(small, 0.02)
