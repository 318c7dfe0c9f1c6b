"""What is special about each compared memory, and how they are found by name."""

import importlib.util
import math
import pickle
import sys

import pytest
from systems_support import FakeMem0, conversation

from memory_chain.errors import ConfigurationError, InvalidInputError, ModelError
from memory_chain.evaluation.records import Conversation
from memory_chain.evaluation.systems import SYSTEMS, make_factory
from memory_chain.evaluation.systems.baselines import Bm25Turns, DenseTurns, FullContext, LastMessages, newest
from memory_chain.evaluation.systems.mem0 import Mem0
from memory_chain.evaluation.systems.omem import OMem
from memory_chain.evaluation.systems.published import Published
from memory_chain.evaluation.systems.similarity import EmbedderCosine, LexicalCosine, nearest
from memory_chain.testing import HashingEmbedder, ScriptedLLM
from memory_chain.types import Message, Role
from memory_chain.utils import estimate_tokens


def ids(found):
    return [piece.id for piece in found.pieces]


# -- by name --


def test_the_names():
    assert list(SYSTEMS) == [
        "omem",
        "none",
        "full",
        "last",
        "bm25",
        "dense",
        "published",
        "published-working",
        "published-episodic",
        "mem0",
    ]


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(InvalidInputError, match=r"no system 'zep'.*omem, none, full.*package\.module:factory"):
        make_factory("zep")


def test_an_unknown_part_is_told_with_the_known_ones():
    with pytest.raises(InvalidInputError, match=r"'bm25' takes no part depth\. It takes: b, free, k1\."):
        make_factory("bm25", depth=3)
    with pytest.raises(InvalidInputError, match="'none' takes no part free"):
        make_factory("none", free=3)
    with pytest.raises(InvalidInputError, match="'published-working' takes no part parts"):
        make_factory("published-working", parts=["persona"])
    with pytest.raises(InvalidInputError, match="'omem' takes no part user_name"):
        make_factory("omem", user_name="Ada")


def test_shared_parts_may_be_offered_to_all(tmp_path):
    for name in ("none", "bm25", "last"):
        make_factory(name, llm=ScriptedLLM(), embedder=HashingEmbedder())(conversation(), tmp_path)


def test_dense_without_an_embedder_can_be_skipped_with_a_reason():
    with pytest.raises(ConfigurationError, match="'dense' needs the part 'embedder', and none is configured"):
        make_factory("dense", embedder=None)
    with pytest.raises(ConfigurationError, match="no embedder is configured"):
        DenseTurns(None)


@pytest.mark.parametrize("name", [name for name in SYSTEMS if name != "dense"])
def test_factories_can_be_sent_to_other_processes(name):
    assert pickle.loads(pickle.dumps(make_factory(name))).func is make_factory(name).func


OWN = """
class Mine:
    name = "mine"
    def __init__(self, conversation, folder, loud): self.made = (conversation.id, folder, loud)

def make(conversation, folder, *, loud=False): return Mine(conversation, folder, loud)

text = "no function"
"""


def test_a_users_own_system(tmp_path, monkeypatch):
    (tmp_path / "my_memory.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    made = make_factory("my_memory:make", llm=ScriptedLLM(), loud=True)(conversation(), tmp_path)
    assert made.made == ("ada-ben", tmp_path, True)
    with pytest.raises(InvalidInputError, match=r"takes no part quiet\. It takes: loud"):
        make_factory("my_memory:make", quiet=True)
    with pytest.raises(InvalidInputError, match="is no function"):
        make_factory("my_memory:text")


@pytest.mark.parametrize("path", ["no_such_module_at_all:make", "json:no_such_name", ":x", "json:"])
def test_a_path_that_leads_nowhere(path):
    with pytest.raises(InvalidInputError, match="cannot be loaded"):
        make_factory(path)


# -- baselines --


def test_full_context_is_laid_out_by_day_with_speakers():
    system = FullContext()
    system.add(conversation().messages)
    lines = system.retrieve("?", budget_tokens=None).text.splitlines()
    assert lines[:2] == ["[Monday 8 May 2023]", "Ada: Hi Ben! I planted tomatoes on the balcony last week."]
    assert lines[5:7] == [
        "[Monday 12 June 2023]",
        "Ada: We paddled the red kayak across the lake yesterday. It was windy.",
    ]
    assert len(lines) == 11


def test_full_context_keeps_the_newest_and_tells_how_many_are_left_out():
    system = FullContext()
    system.add(conversation().messages)
    found = system.retrieve("?", budget_tokens=60)
    assert found.text.splitlines()[:2] == ["(Older messages left out: 7)", "[Monday 12 June 2023]"]
    assert found.text.splitlines()[2].startswith("Ben: … my shoes.")
    assert (found.sources, found.cited) == (("D3:2",), ("D3:1", "D3:2"))
    assert system.retrieve("?", budget_tokens=40).sources == ("D3:2",)
    assert "left out" not in system.retrieve("?", budget_tokens=300).text


def test_the_oldest_message_shown_may_lack_its_beginning():
    words = " ".join(f"word{place}" for place in range(500))
    found = newest([Message(id="a", text=words)], 100)
    assert found.text.endswith("word499")
    assert ": … word" in found.text
    assert (found.sources, found.cited) == ((), ("a",))
    assert 90 <= found.tokens <= 100
    assert newest([Message(id="a", text="x" * 10_000)], 100).text == ""


def test_a_message_without_a_speaker_is_shown_with_its_role():
    found = newest([Message(text="Hello.", role=Role.ASSISTANT)], None)
    assert found.text.endswith("assistant: Hello.")


def test_last_messages():
    system = LastMessages(2)
    system.add(conversation().messages)
    assert system.retrieve("?", budget_tokens=None).sources == ("D3:1", "D3:2")
    assert "left out" not in system.retrieve("?", budget_tokens=None).text
    assert system.rank("?", limit=5) == ["D3:2", "D3:1"]


def test_bm25_is_the_published_formula():
    system = Bm25Turns()
    system.add([Message(text="apple apple pear"), Message(text="pear plum"), Message(text="plum")])
    rarity = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = rarity * 2 * (1.2 + 1) / (2 + 1.2 * (1 - 0.75 + 0.75 * 3 / 2))
    assert system.scores("apple?") == pytest.approx([expected, 0, 0])
    assert system.scores("apple apple") == pytest.approx([2 * expected, 0, 0])
    assert system.scores("of the") == [0, 0, 0]


def test_bm25_ranks_by_score_and_shows_by_time():
    system = Bm25Turns(free=2)
    system.add(conversation().messages)
    assert system.rank("What did Waffle the puppy chew?", limit=2) == ["D2:2", "D3:1"]
    assert system.rank("What does Ben say about plants?", limit=1) == ["D1:2"]
    found = system.retrieve("Did Waffle chew my shoes, the puppy?", budget_tokens=None)
    assert found.sources == ("D2:2", "D3:1")
    assert found.pieces[1].score > found.pieces[0].score > 0


def test_dense_compares_every_turn():
    system = DenseTurns(HashingEmbedder(512))
    system.add(conversation().messages)
    assert system.rank("We paddled the red kayak across the lake", limit=1) == ["D2:1"]


def test_similarities():
    lexical = LexicalCosine({"tomato": 1, "red": 50}, 100)
    scores = lexical("red tomatoes", ["red tomato", "tomato", "red", "blue", ""])
    assert scores[0] == pytest.approx(1)
    assert scores[0] > scores[1] > scores[2] > scores[3] == scores[4] == 0
    dense = EmbedderCosine(HashingEmbedder())
    assert dense("red tomato", ["red tomato", ""]) == pytest.approx([1, 0])
    assert dense("red", []) == []
    assert nearest([0.5, 0, 0.7, 0.5, -1], 10) == [2, 0, 3]


# -- the published recipe --


def published(tmp_path, **parts):
    system = Published("u", tmp_path, **parts)
    for session in conversation().sessions:
        system.add(session)
    return system


def test_the_rarest_word_is_the_clue(tmp_path):
    system = published(tmp_path, parts={"episodic"})
    found = system.retrieve("Who is Waffle, the puppy?", budget_tokens=None)
    assert found.sources == ("D2:2",)  # puppy is said once, Waffle twice
    assert found.pieces[0].reasons == ("clue “puppi”",)
    assert found.text.splitlines()[0] == "What was said:"
    assert system.retrieve("Where is the zeppelin?", budget_tokens=None).text == ""
    system.close()


def test_persona_gives_attributes_and_facts(tmp_path):
    system = published(tmp_path, parts=["persona"])
    found = system.retrieve("Who is allergic to shellfish, and who adopted a puppy?", budget_tokens=None)
    assert {"attribute", "event"} == {piece.kind for piece in found.pieces}
    assert {"D1:3", "D2:2"} <= set(found.cited)
    assert found.sources == ()
    assert found.text.startswith("Who the user is:\n- ")
    assert "\nWhat happened:\n- " in found.text
    system.close()


def test_topics_give_their_messages(tmp_path):
    system = published(tmp_path, parts=["working"], topics=1)
    topics = {topic.label for topic in system._manager.topics("u")}
    label = sorted(topics)[0]
    found = system.retrieve(label, budget_tokens=None)
    assert found.sources
    assert found.pieces[0].reasons[0].startswith("topic “")
    system.close()


def test_more_parts_find_no_less_and_show_a_message_once(tmp_path):
    question = "What about the kayak, the lake and the allergy to shellfish?"
    sources = []
    for number, parts in enumerate((["working"], ["working", "episodic"], ["working", "episodic", "persona"])):
        system = published(tmp_path / str(number), parts=parts)
        found = system.retrieve(question, budget_tokens=None)
        assert len(set(ids(found))) == len(found.pieces)
        sources.append(set(found.sources))
        system.close()
    assert sources[0] <= sources[1] == sources[2]


def test_the_recipe_with_vectors(tmp_path):
    system = published(tmp_path, embedder=HashingEmbedder())
    assert "D2:2" in system.retrieve("Who adopted a puppy?", budget_tokens=None).cited
    assert system.name == "published"
    system.close()


@pytest.mark.parametrize("parts", [[], ["working", "sleeping"]])
def test_unknown_parts(tmp_path, parts):
    with pytest.raises(InvalidInputError, match="are not known"):
        Published("u", tmp_path, parts=parts)


# -- ours --


def test_omem_gives_whole_messages_and_what_else_it_knows(tmp_path):
    system = OMem("u", tmp_path, user_name="Ada")
    system.add(conversation().messages)
    found = system.retrieve("What is Ada allergic to?", budget_tokens=300)
    assert "D1:3" in found.sources
    assert {"message", "attribute"} <= {piece.kind for piece in found.pieces}
    assert all(piece.reasons for piece in found.pieces)
    assert system.rank("Who adopted a puppy?", limit=1) == ["D2:2"]
    assert "shellfish" in str(system.profile())
    assert "nurse" in str(system.profile("Ben"))
    system.close()


def test_omem_has_a_budget_of_its_own_when_none_is_named(tmp_path):
    system = OMem("u", tmp_path, budget_tokens=60)
    system.add(conversation().messages)
    assert 0 < system.retrieve("Who is Ada?", budget_tokens=None).tokens <= 60
    assert system.retrieve("Who is Ada?", budget_tokens=500).tokens > 60
    system.close()


def test_an_excerpt_is_no_source(tmp_path):
    system = OMem("u", tmp_path)
    long = " ".join(f"Sentence {place} about gardens." for place in range(100)) + " The kayak is green."
    system.add([Message(id="long", text=long)])
    found = system.retrieve("What colour is the kayak?", budget_tokens=400)
    assert "long" in found.cited
    assert "long" not in found.sources
    system.close()


@pytest.mark.parametrize("kind", [OMem, Published])
def test_a_folder_without_this_user_is_wanted(tmp_path, kind):
    system = kind("u", tmp_path)
    system.add(conversation().messages)
    system.close()
    with pytest.raises(InvalidInputError, match="holds a memory of 'u' already"):
        kind("u", tmp_path)


def test_omem_reads_what_a_model_left_waiting_before_the_first_question(tmp_path):
    llm = ScriptedLLM(lambda request: {"messages": []})
    system = OMem("u", tmp_path, llm=llm)
    system.add(conversation().messages[:3])
    assert llm.requests == []
    system.retrieve("Who is Ada?", budget_tokens=100)
    asked = len(llm.requests)
    assert asked > 0
    system.finish()
    assert len(llm.requests) == asked
    system.close()


def test_omem_manager_parts_are_stronger(tmp_path):
    system = OMem("u", tmp_path, manager_parts={"consolidate": "manual"})
    assert system.manager.consolidate == "manual"
    system.close()


# -- mem0 --


@pytest.fixture
def mem0(monkeypatch):
    fake = FakeMem0()
    monkeypatch.setitem(sys.modules, "mem0", fake)
    monkeypatch.setenv("MEM0_TELEMETRY", "False")
    return fake


def test_mem0_gets_names_and_dates_and_gives_message_ids(mem0, tmp_path):
    system = make_factory("mem0", config={"llm": {"provider": "ollama"}})(conversation(), tmp_path)
    system.add(conversation().messages)
    (memory,) = mem0.made
    assert memory.kept[1]["memory"].startswith("[8 MAY 2023] BEN: LOVELY!")
    assert memory.kept[1]["metadata"] == {"message_id": "D1:2", "said_at": "2023-05-08T13:56:05+00:00"}
    assert memory.config["llm"] == {"provider": "ollama"}
    assert memory.config["history_db_path"] == str(tmp_path / "history.db")
    assert memory.config["vector_store"] == {"provider": "qdrant", "config": {"path": str(tmp_path / "qdrant")}}
    assert system.rank("adopted a puppy", limit=3)[0] == "D2:2"
    found = system.retrieve("adopted a puppy", budget_tokens=None)
    assert "D2:2" in found.cited
    assert found.sources == ()
    system.close()
    system.close()
    assert memory.closed == 1


def test_mem0_without_a_model_keeps_messages_whole(mem0, tmp_path):
    system = Mem0("u", tmp_path, infer=False, top_k=1)
    system.add(conversation().messages)
    found = system.retrieve("adopted a puppy", budget_tokens=None)
    assert found.sources == found.cited == ("D2:2",)
    assert found.text.startswith("- [12 June 2023] Ben: I adopted a puppy")
    assert system.retrieve("adopted a puppy", budget_tokens=5).text == ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"provider": "chroma", "config": {"path": "/x"}}, {"provider": "chroma", "config": {"path": "/x"}}),
        (
            {"config": {"url": "http://q", "api_key": "k"}},
            {"provider": "qdrant", "config": {"url": "http://q", "api_key": "k"}},
        ),
        ({"config": {"path": "/y"}}, {"provider": "qdrant", "config": {"path": "/y"}}),
    ],
)
def test_mem0_keeps_a_vector_store_that_is_named(mem0, tmp_path, given, expected):
    Mem0("u", tmp_path, config={"vector_store": given})
    assert mem0.made[0].config["vector_store"] == expected


def test_an_error_of_mem0_becomes_ours(mem0, tmp_path):
    system = Mem0("u", tmp_path)
    mem0.made[0].add = None
    with pytest.raises(ModelError, match="mem0 could not take in message 'D1:1': TypeError"):
        system.add(conversation().messages)


def test_mem0_that_does_not_start(mem0, tmp_path):
    with pytest.raises(ConfigurationError, match="does not start with this configuration: wrong is no setting"):
        Mem0("u", tmp_path, config={"wrong": 1})


@pytest.mark.skipif(importlib.util.find_spec("mem0") is not None, reason="mem0 is installed")
def test_mem0_that_is_not_installed_names_its_extra(tmp_path, monkeypatch):
    monkeypatch.setenv("MEM0_TELEMETRY", "False")
    with pytest.raises(ConfigurationError, match=r"pip install 'o-mem\[mem0\]'"):
        make_factory("mem0")(Conversation(id="c", sessions=(), questions=()), tmp_path)


def test_importing_the_systems_loads_no_extra():
    assert "mem0" not in sys.modules or isinstance(sys.modules["mem0"], FakeMem0)


def test_the_budget_counts_as_everywhere():
    found = newest(conversation().messages, 120)
    assert found.tokens == estimate_tokens(found.text) <= 120
