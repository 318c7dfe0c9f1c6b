"""A view as of a moment knows nothing of later: it is what a memory tells that only ever got what was said by then."""

from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_chain.memory import MemoryChain
from memory_chain.storage.in_memory import InMemoryStore
from memory_chain.storage.sqlite import SQLiteStore
from memory_chain.testing import HashingEmbedder
from memory_chain.types import Message

MAY = datetime(2024, 5, 1, 9, tzinfo=UTC)
LATER = MAY + timedelta(days=900)

SAID = [
    "I live in Lisbon.", "I live in Porto now.", "I moved to Rome last week.", "I love hiking.", "I hate hiking.",
    "I love hiking in the hills.", "I don't like hiking any more.", "I am allergic to nuts.", "I'm a vegetarian.",
    "I stopped being a vegetarian.", "I love grilled steak.", "My sister Ana is a nurse.", "I work as a teacher.",
    "I no longer work as a teacher.", "I am on antibiotics until Friday.", "I'm on a diet until the end of June.",
    "I have been on a diet since 5 May.", "I stopped my diet on 31 May.", "I went to the theatre yesterday.",
    "I went to the theatre last Monday.", "I am going to Madrid next month.", "I adopted a dog called Rex last Friday.",
    "My dog Rex is ill.", "The theatre was wonderful.", "What a dull day.", "Did you see the surveyor?", "Hi!",
]  # fmt: skip
ASKED = [
    "Where do I live?",
    "Does Bob like hiking?",
    "What did I do at the theatre in May?",
    "the surveyor and the dog",
]

turns = st.lists(
    st.tuples(
        st.sampled_from(SAID), st.sampled_from([None, None, "Ann", "Bob"]), st.integers(1, 9), st.sampled_from("xy")
    ),
    min_size=1,
    max_size=14,
)


def conversation(drawn):
    at = MAY
    for number, (text, speaker, days, session) in enumerate(drawn):
        at += timedelta(days=days, minutes=number)
        yield Message(id=f"m{number}", text=text, speaker=speaker, session_id=session, created_at=at)


@contextmanager
def memory(store, messages, *, clock):
    """A chain that has read and embedded these messages, on a clock that stands still."""
    with closing(store):
        chain = MemoryChain("alice", store=store, clock=lambda: clock, embedder=HashingEmbedder())
        chain.add(list(messages))
        chain.flush()
        yield chain


def told(chain, as_of):
    """Everything that the memory tells."""
    subjects = chain.subjects(as_of=as_of)
    return {
        "subjects": subjects,
        "profiles": [replace(chain.profile(subject=subject, as_of=as_of), as_of=None) for subject in (None, *subjects)],
        "events": chain.events(as_of=as_of),
        "topics": chain.topics(as_of=as_of),
        "history": chain.history(as_of=as_of),
        "search": [chain.search(query, as_of=as_of) for query in ASKED],
        "contexts": [
            chain.retrieve(query, as_of=as_of, session_id=session) for query in ASKED for session in (None, "x")
        ],
    }


def check(full, past, moment):
    """Each thing by itself, so that a failure says which."""
    then, now = told(full, moment), told(past, None)
    for name, expected in now.items():
        assert then[name] == expected, name


@settings(max_examples=20, deadline=None)
@given(drawn=turns, place=st.integers(0, 13), beside=st.booleans())
@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_view_as_of_a_moment_is_the_memory_of_that_moment(kind, drawn, place, beside):
    messages = list(conversation(drawn))
    moment = messages[min(place, len(messages) - 1)].created_at + timedelta(seconds=beside)
    early = [message for message in messages if message.created_at <= moment]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))

        def store(name):
            return InMemoryStore("alice") if kind == "memory" else SQLiteStore(folder / name, user_id="alice")

        full = stack.enter_context(memory(store("full.omem"), messages, clock=LATER))
        past = stack.enter_context(memory(store("past.omem"), early, clock=moment))
        check(full, past, moment)
