"""An invented user for tests and pictures: two years of talk, model calls of which some failed, dead letters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from memory_chain import MemoryManager, Message
from memory_chain.types import ModelCall, QueueItem

USER = "maya"

SAID = """
2023-01-09 user: Hi! I'm Maya. I live in Lisbon and I work as a nurse at the children's hospital.
2023-01-09 assistant: Nice to meet you, Maya. How do you like Lisbon?
2023-01-09 user: I love Lisbon. I moved here from Porto last October.
2023-01-21 user: I'm allergic to shellfish, so please no prawns in the recipes.
2023-01-21 assistant: Noted. What about a mushroom risotto?
2023-01-21 user: I love risotto! I'm a vegetarian anyway.
2023-02-14 user: My sister Ana got engaged last Saturday. I'm so happy for her.
2023-02-14 assistant: Congratulations to Ana! When is the wedding?
2023-02-14 user: They plan the wedding for June. I have to find a dress.
2023-03-05 user: I adopted a cat yesterday. Her name is Saffron.
2023-03-05 assistant: How lovely. How old is Saffron?
2023-03-05 user: The shelter says two years. My cat hates the vacuum cleaner.
2023-04-11 user: I started climbing last week. My favourite hobby used to be chess.
2023-04-11 assistant: Indoors or on rock?
2023-04-11 user: Indoors for now. I'm afraid of heights, believe it or not.
2023-05-20 user: I tore my knee ligament last Friday. The doctor says no climbing for three months.
2023-05-20 assistant: I am sorry to hear that. Does it hurt much?
2023-05-20 user: My knee hurts at night. I take ibuprofen for it.
2023-06-18 user: Ana's wedding was on 10 June 2023. I danced in spite of my knee.
2023-06-18 assistant: That sounds wonderful.
2023-07-02 user: I hate loud restaurants. I prefer small places with a garden.
2023-08-15 user: We went to the Azores in July. I saw whales for the first time.
2023-08-15 assistant: Which kind?
2023-08-15 user: Sperm whales! It was the best day of the year.
2023-09-30 user: I started a pottery class yesterday. I love pottery.
2023-10-12 user: My budget for the course is 80 euros a month.
2023-11-03 user: I'm learning Italian. My goal is to spend a summer in Bologna.
2023-12-24 user: I gave my mother a bowl that I made in the pottery class.
2024-01-10 user: I no longer eat dairy. I feel much better without it.
2024-01-10 assistant: Good to know. Oat milk in the coffee, then?
2024-02-02 user: I moved to Bologna last week! I live in Bologna now.
2024-02-02 assistant: Your goal came early. Did Saffron travel well?
2024-02-02 user: Saffron slept all the way. I work as a nurse in a small clinic now.
2024-03-16 user: I ran my first ten kilometres on Sunday. My knee held.
2024-04-08 user: I don't like mornings, so let us plan things for the afternoon.
2024-05-19 user: I met Luca at the pottery studio two weeks ago. We are dating.
2024-06-01 user: Luca is a carpenter. He built me a shelf for the bowls.
2024-06-22 user: I have a flight to Porto on 12 July 2024 to see my sister.
2024-07-20 user: I became an aunt! Ana had a baby girl on 14 July 2024.
2024-08-03 user: I want to open a small pottery shop one day.
2024-08-03 assistant: With Luca's shelves?
2024-08-03 user: Exactly. I prefer stoneware to porcelain.
"""


def talk() -> list[Message]:
    """The messages, with ids `m1`, `m2`, …"""
    found = []
    for place, line in enumerate(SAID.strip().splitlines(), 1):
        head, _, text = line.partition(": ")
        day, role = head.split()
        at = datetime.fromisoformat(day).replace(hour=18, tzinfo=UTC) + timedelta(minutes=place % 30)
        found.append(
            Message(text=text, role=role, created_at=at, id=f"m{place}", session_id=day[:7], metadata={"app": "demo"})
        )
    return found


def fill(manager: MemoryManager) -> None:
    """Give a manager this user."""
    manager.add(talk(), user_id=USER)
    manager.flush(USER)
    with manager._using(USER) as chain:
        for call in calls():
            chain.store.record_call(call)


FAILED = (
    ("timeout", "No answer within 30 seconds."),
    ("invalid", "The reply is no JSON object of the right shape."),
    ("rate-limited", "The server answered 429: too many requests; tried again after 4 seconds."),
)


def calls() -> list[ModelCall]:
    """A ledger of two months."""
    made = []
    for day in range(56):
        at = datetime(2024, 6, 10, 9, tzinfo=UTC) + timedelta(days=day)
        for number in range((day * 7) % 5 + (day % 3 == 0)):
            bad = (day * 5 + number) % 13 == 0
            purpose = ("observe", "observe", "merge", "answer")[(day + number) % 4]
            made.append(
                ModelCall(
                    purpose=purpose,
                    model="qwen3-8b" if purpose != "answer" else "qwen3-32b",
                    at=at + timedelta(minutes=number),
                    outcome=FAILED[day % 3][0] if bad else "ok",
                    tokens_in=900 + day * 13 + number * 70,
                    tokens_out=0 if bad else 180 + number * 25,
                    latency_ms=800.0 + 40 * number,
                    detail=FAILED[day % 3][1] if bad else "",
                )
            )
    return made


def bury(manager: MemoryManager, message_ids: tuple[str, ...] = ("m36", "m40")) -> None:
    """Let some messages be dead letters."""
    with manager._using(USER) as chain:
        chain.store.enqueue(list(message_ids))
        chain.store.update_queue(
            [
                QueueItem(
                    message=manager.message(USER, message_id),
                    tries=3,
                    error="The reply of the model is no JSON object of the right shape: `attributes` is missing.",
                    raw='Sure! Here is what I found about the user:\n{"topics": ["pottery", "Luca"], "attitude": ',
                    dead=True,
                )
                for message_id in message_ids
            ]
        )
