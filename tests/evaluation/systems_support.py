"""A tiny conversation of two people, and a stand-in for the mem0 package."""

from datetime import UTC, datetime, timedelta

from memory_chain.evaluation.records import TURN_SECONDS, Conversation
from memory_chain.types import Message, Role

SAID = (
    (
        datetime(2023, 5, 8, 13, 56, tzinfo=UTC),
        ("Ada", "Hi Ben! I planted tomatoes on the balcony last week."),
        ("Ben", "Lovely! I work as a nurse, so I rarely have time for plants."),
        ("Ada", "I'm allergic to shellfish, so we should skip the harbour restaurant."),
        ("Ben", "No problem, we can cook pasta at my place."),
    ),
    (
        datetime(2023, 6, 12, 9, 5, tzinfo=UTC),
        ("Ada", "We paddled the red kayak across the lake yesterday.\nIt was   windy."),
        ("Ben", "I adopted a puppy from the shelter on Saturday, his name is Waffle."),
        ("Ada", "Congratulations! My sister Eva loves dogs."),
    ),
    (
        datetime(2023, 6, 12, 19, 30, tzinfo=UTC),
        ("Ben", "Waffle chewed my shoes. I moved to Lisbon in March, and everything is new to him."),
        ("Ada", "I love hiking, but I hate the rain. 山が好きです。"),
    ),
)


def conversation():
    """Nine messages in three sessions, two of them on one day."""
    sessions = []
    for number, (start, *turns) in enumerate(SAID, start=1):
        sessions.append(
            tuple(
                Message(
                    id=f"D{number}:{place + 1}",
                    text=text,
                    role=Role.USER,
                    speaker=speaker,
                    session_id=f"session_{number}",
                    created_at=start + timedelta(seconds=TURN_SECONDS * place),
                )
                for place, (speaker, text) in enumerate(turns)
            )
        )
    return Conversation(id="ada-ben", sessions=tuple(sessions), questions=())


class FakeMem0:
    """The module `mem0`, with the signatures of mem0ai 2.2; it keeps what it is given and finds shared words."""

    def __init__(self):
        self.made = []
        fake = self

        class Memory:
            def __init__(self, config):
                self.config, self.kept, self.closed = config, [], 0
                fake.made.append(self)

            @classmethod
            def from_config(cls, config_dict):
                if "wrong" in config_dict:
                    raise ValueError("wrong is no setting")
                return cls(config_dict)

            def add(self, messages, *, user_id=None, agent_id=None, run_id=None, metadata=None, infer=True):
                (message,) = messages
                memory = message["content"] if not infer else message["content"].upper()
                self.kept.append({"memory": memory, "metadata": metadata, "user_id": user_id})
                return {"results": [{"id": str(len(self.kept)), "memory": memory, "event": "ADD"}]}

            def search(self, query, *, top_k=20, filters=None, threshold=0.1, rerank=False, **kwargs):
                if kwargs:
                    raise ValueError("Top-level entity parameters are not supported in search().")
                asked = set(query.lower().strip("?").split())
                scored = []
                for number, one in enumerate(self.kept):
                    shared = asked & set(one["memory"].lower().strip(".").split())
                    if shared and one["user_id"] == filters["user_id"]:
                        metadata = one["metadata"]
                        scored.append((-len(shared), number, {"memory": one["memory"], "metadata": metadata}))
                scored.sort(key=lambda item: item[:2])
                return {"results": [{"id": str(n), "score": -s / 10, **found} for s, n, found in scored[:top_k]]}

            def close(self):
                self.closed += 1

        self.Memory = Memory
