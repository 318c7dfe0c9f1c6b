"""A small life, told over seven weeks, and what O-Mem makes of it.

python example_usage.py          the tour: needs no key, no model, no server
python example_usage.py simple   the fifteen lines of the README
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from memory_chain import MemoryManager, Settings

MARTA = "marta"

# (week, weekday from Monday = 0, hour, who, what)
STORY = [
    (0, 0, 9, "user", "Hi! I'm Marta, I'm 34 and I just moved from Berlin to Lisbon."),
    (0, 0, 9, "assistant", "Welcome to Lisbon, Marta! How do you like it so far?"),
    (0, 0, 9, "user", "I love it. We live in a small flat in Alfama, on the fourth floor without a lift."),
    (0, 1, 19, "user", "My daughter Ana is six. She starts school next Monday."),
    (0, 3, 20, "user", "I'm allergic to shellfish, which is a real pity in Portugal."),
    (0, 3, 20, "assistant", "A pity indeed! There is plenty of good food without it."),
    (0, 5, 11, "user", "We had friends over last night. I love grilled steak, and I finally have a balcony for it!"),
    (1, 0, 13, "user", "I work as a graphic designer at Studio Norte."),
    (1, 2, 8, "user", "I go running along the river every morning before work."),
    (1, 4, 18, "user", "Ana is afraid of dogs, so we stay away from the big park."),
    (1, 6, 21, "user", "I can't stand crowded places. The market today was too much for me."),
    (2, 1, 10, "user", "I tore a ligament in my knee last Friday."),
    (2, 1, 10, "assistant", "Oh no! What does the doctor say?"),
    (2, 1, 10, "user", "No running for three months."),
    (2, 3, 22, "user", "I started learning Portuguese, two evenings a week."),
    (2, 5, 17, "user", "Ana and I baked bread today. She is so proud of it!"),
    (3, 0, 18, "user", "Guess what: I got a new job! I start at Casa Verde next month."),
    (3, 0, 18, "assistant", "Congratulations! What will you do there?"),
    (3, 0, 18, "user", "I will be their art director."),
    (3, 2, 20, "user", "We are saving for a house, so no expensive restaurants this year."),
    (3, 4, 12, "user", "My mother is visiting us next weekend."),
    (4, 1, 23, "user", "I watched a film about factory farming tonight. I can't stop thinking about it."),
    (4, 2, 12, "user", "I stopped eating meat."),
    (4, 2, 12, "assistant", "Because of the film?"),
    (4, 2, 12, "user", "Yes. I'm vegetarian now, and Ana finds it very funny."),
    (4, 5, 10, "user", "We heard a fado singer yesterday. I could listen to fado for hours!"),
    (5, 0, 20, "user", "Today was my first day at Casa Verde. I like my new colleagues."),
    (5, 3, 19, "user", "Ana and I are flying to Porto in two weeks."),
    (6, 1, 8, "user", "Do you think it will rain tomorrow?"),
    (6, 1, 8, "user", "My colleague Rui says everybody should get a dog, haha."),
]

SHOWN_TURNS = (0, 2, 3, 4, 6, 11, 19, 22, 24, 27, 28, 29)
"""The turns whose understanding is printed; the rest is understood all the same."""

QUESTION = "What could we do this weekend?"


def main() -> None:
    """Tell the story to a fresh memory and look at it from all sides."""
    console = Console(highlight=False, markup=False, emoji=False)
    settings = Settings.load()
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as home,
        MemoryManager.from_settings(settings, home=home, consolidate="inline") as memory,
    ):
        ids = tell(memory, first_monday())
        memory.flush(MARTA)
        told = time.perf_counter() - began
        title(console, "1  A life is told", f"{len(STORY)} messages in seven weeks, understood in {told:.1f} s")
        show_understanding(console, memory, ids)
        title(console, "2  Who is she?", "memory.profile(user)")
        show_profile(console, memory)
        title(console, "3  People change", "memory.profile(user, as_of=…), memory.history(user)")
        show_reversal(console, memory, first_monday())
        title(console, "4  No word in common", "memory.retrieve(question, user_id=user)")
        show_retrieval(console, memory)
        title(console, "5  The answer", "memory.answer(question, user_id=user)")
        show_answer(console, memory, settings)
        title(console, "6  What it cost", "memory.costs(user)")
        show_costs(console, memory)


def first_monday() -> datetime:
    """The Monday seven weeks before this week's: the story ends a few days ago."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday(), weeks=7)


def tell(memory: MemoryManager, monday: datetime) -> list[str]:
    """Add the story, message by message, as a chatbot would; returns the messages' ids."""
    ids: list[str] = []
    for place, (week, weekday, hour, role, text) in enumerate(STORY):
        said_at = monday + timedelta(weeks=week, days=weekday, hours=hour, minutes=place)
        receipt = memory.add(text, user_id=MARTA, role=role, created_at=said_at, session_id=f"{said_at:%Y-%m-%d}")
        ids.extend(receipt.ids)
    return ids


def title(console: Console, text: str, call: str) -> None:
    """A heading with the call that it shows."""
    console.print()
    console.print(Text.assemble((text, "bold cyan"), "   ", (call, "dim")))


def row(console: Console, label: str, text: str, note: str = "", style: str = "") -> None:
    """A line with a label before it and small print behind it; what is long goes on below its own beginning."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, width=11)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, "cyan"), Text.assemble((text, style), ("  " + note if note else "", "dim")))
    console.print(grid)


def show_understanding(console: Console, memory: MemoryManager, ids: list[str]) -> None:
    """What some of the messages changed."""
    signs = {"add": "+", "update": "~", "ignore": "="}
    for place in SHOWN_TURNS:
        message = memory.message(MARTA, ids[place])
        row(console, f"{message.created_at:%a %d %b}", f"“{message.text}”")
        changes = [change for change in memory.history(MARTA) if change.source_id == message.id]
        for change in changes:
            item = memory.item(MARTA, change.item_id)
            row(console, "", f"{signs[change.operation]} {item.text}", getattr(item, "section", "event"), "green")
        if not changes:
            row(console, "", "nothing to learn", style="dim")


def show_profile(console: Console, memory: MemoryManager) -> None:
    """The profile, section by section."""
    console.print(str(memory.profile(MARTA)))


def show_reversal(console: Console, memory: MemoryManager, monday: datetime) -> None:
    """What was known about her meals before and after she changed her mind, and why it changed."""
    before = monday + timedelta(weeks=4)
    for label, as_of in ((f"on {before:%d %b}", before), ("now", None)):
        for aspect in memory.profile(MARTA, as_of=as_of):
            for attribute in aspect.attributes if aspect.section == "diet" else ():
                row(console, label, attribute.text)
                label = ""
    for change in memory.history(MARTA):
        item = memory.item(MARTA, change.item_id)
        if change.at > before and getattr(item, "section", "") == "diet" and change.operation != "ignore":
            replaced = f"{memory.item(MARTA, change.previous_id).text} → " if change.previous_id else ""
            said = memory.message(MARTA, change.source_id)
            row(console, f"{change.at:%a %d %b}", f"{replaced}{item.text}", f"{change.reason}: “{said.text}”", "green")


def show_retrieval(console: Console, memory: MemoryManager) -> None:
    """The pieces that fit a small budget, each with its reasons."""
    context = memory.retrieve(QUESTION, user_id=MARTA, budget_tokens=200)
    console.print(f"“{QUESTION}”", style="bold")
    for piece in context:
        row(console, piece.kind, piece.text, "; ".join(piece.reasons))
    left = f"; {len(context.left_out)} pieces of less worth were left out" if context.left_out else ""
    row(console, "", f"{context.tokens} of {context.budget_tokens} tokens{left}", style="dim")


def show_answer(console: Console, memory: MemoryManager, settings: Settings) -> None:
    """The model's answer, if there is a model."""
    if settings.llm_model:
        console.print(str(memory.answer(QUESTION, user_id=MARTA)))
    else:
        console.print("No language model is configured; everything above was done without one.")
        console.print("For answers: cp config.yaml.example config.yaml, and set llm_model in it.", style="dim")


def show_costs(console: Console, memory: MemoryManager) -> None:
    """Calls and tokens."""
    costs = memory.costs(MARTA)
    console.print(f"{costs.calls} model calls, {costs.tokens_in + costs.tokens_out:,} tokens.")


def simple() -> None:
    """The example of the README."""
    with tempfile.TemporaryDirectory() as home, MemoryManager.open(home) as memory:
        memory.add("I tore my knee ligament last Friday.", user_id="alice")
        memory.add("I love grilled steak, but I'm allergic to shellfish.", user_id="alice")
        memory.add("My daughter Ana is afraid of dogs.", user_id="alice")
        memory.add("I stopped eating meat.", user_id="alice")

        print(memory.profile("alice"))
        print()
        print(memory.retrieve("What could we do this weekend?", user_id="alice"))


if __name__ == "__main__":
    simple() if sys.argv[1:] == ["simple"] else main()
