"""What a memory has to beat: nothing, everything, the last messages, and single turns ranked by words or vectors."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Sequence

from memory_chain.embedding.base import Embedder
from memory_chain.errors import ConfigurationError
from memory_chain.evaluation.systems.base import Recalled
from memory_chain.evaluation.systems.page import Page, ending, message_entry
from memory_chain.evaluation.systems.similarity import EmbedderCosine, nearest
from memory_chain.retrieval.analysis import analyze
from memory_chain.types import Message

K1 = 1.2
"""How soon a word that occurs again stops to matter (BM25)."""

B = 0.75
"""How much a long turn has to be better (BM25)."""

FREE_TURNS = 20
"""How many turns a ranking of turns shows if there is no budget."""


class NoMemory:
    """Remembers nothing: what a model can answer from the question alone (`System`)."""

    name = "none"

    def add(self, messages: Sequence[Message]) -> None:
        """Forget them."""

    def retrieve(self, question: str, *, budget_tokens: int | None) -> Recalled:
        """Nothing."""
        return Recalled(text="")

    def rank(self, question: str, *, limit: int) -> list[str]:
        """Nothing."""
        return []

    def close(self) -> None:
        """Nothing is held."""


class FullContext:
    """Every message, whatever is asked (`System`).

    If a budget cuts, the newest messages are kept; the first line tells how many are left out, and the oldest one
    shown may lack its beginning.
    """

    name = "full"

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._made: dict[int | None, Recalled] = {}

    def add(self, messages: Sequence[Message]) -> None:
        """Keep them."""
        self._messages.extend(messages)
        self._made.clear()

    def retrieve(self, question: str, *, budget_tokens: int | None) -> Recalled:
        """All messages, or the newest that fit."""
        if budget_tokens not in self._made:
            self._made[budget_tokens] = newest(self._messages, budget_tokens)
        return self._made[budget_tokens]

    def rank(self, question: str, *, limit: int) -> list[str]:
        """Nothing: it takes all and prefers none."""
        return []

    def close(self) -> None:
        """Let the messages go."""
        self._messages, self._made = [], {}


class LastMessages:
    """The last messages, whatever is asked (`System`).

    Args:
        count: how many at most; fewer if the budget does not hold them.
    """

    name = "last"

    def __init__(self, count: int = 20) -> None:
        self._count = count
        self._messages: list[Message] = []

    def add(self, messages: Sequence[Message]) -> None:
        """Keep them."""
        self._messages.extend(messages)

    def retrieve(self, question: str, *, budget_tokens: int | None) -> Recalled:
        """The last messages that fit."""
        return newest(self._messages, budget_tokens, most=self._count)

    def rank(self, question: str, *, limit: int) -> list[str]:
        """The last messages, the newest first."""
        return [message.id for message in reversed(self._messages[-self._count :])][:limit]

    def close(self) -> None:
        """Let the messages go."""
        self._messages = []


class RankedTurns(ABC):
    """Single turns, ranked one by one without what stands around them (`System`).

    A turn is read as it is written down, with the name of its speaker ("Ada: I planted tomatoes").
    The best are shown in order of time: as many as the budget holds, without a budget `free` of them.
    """

    name: str

    def __init__(self, *, free: int = FREE_TURNS) -> None:
        self._free = free
        self._messages: list[Message] = []

    @abstractmethod
    def scores(self, question: str) -> list[float]:
        """How well each message fits, in the order in which they came; 0 or less: not at all."""

    def add(self, messages: Sequence[Message]) -> None:
        """Keep them."""
        self._messages.extend(messages)

    def retrieve(self, question: str, *, budget_tokens: int | None) -> Recalled:
        """The best turns that fit; one that is too long gives way to the next."""
        scores = self.scores(question)
        page = Page(budget_tokens)
        limit = self._free if budget_tokens is None else len(scores)
        for rank, place in enumerate(nearest(scores, limit), start=1):
            page.offer(
                message_entry(self._messages[place], number=place, score=scores[place], reasons=(f"turn {rank}",))
            )
        return page.recalled()

    def rank(self, question: str, *, limit: int) -> list[str]:
        """The ids of the turns that fit, the best first; of equal ones the earlier first."""
        return [self._messages[place].id for place in nearest(self.scores(question), limit)]

    def close(self) -> None:
        """Let the messages go."""
        self._messages = []


class Bm25Turns(RankedTurns):
    """Plain BM25 over the stems of single turns, stop words left out (Robertson and Zaragoza 2009)."""

    name = "bm25"

    def __init__(self, *, free: int = FREE_TURNS, k1: float = K1, b: float = B) -> None:
        super().__init__(free=free)
        self._k1, self._b = k1, b
        self._lengths: list[int] = []
        self._holding: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def add(self, messages: Sequence[Message]) -> None:
        """Index them."""
        for place, message in enumerate(messages, start=len(self._lengths)):
            stems = analyze(turn(message))
            self._lengths.append(len(stems))
            for stem, often in Counter(stems).items():
                self._holding[stem].append((place, often))
        super().add(messages)

    def scores(self, question: str) -> list[float]:
        """BM25 of each message; a word that the question repeats counts as often."""
        scores = [0.0] * len(self._lengths)
        mean = sum(self._lengths) / max(1, len(self._lengths)) or 1.0
        for stem, asked in Counter(analyze(question)).items():
            holding = self._holding.get(stem, [])
            rarity = math.log(1 + (len(scores) - len(holding) + 0.5) / (len(holding) + 0.5))
            for place, often in holding:
                weight = self._k1 * (1 - self._b + self._b * self._lengths[place] / mean)
                scores[place] += asked * rarity * often * (self._k1 + 1) / (often + weight)
        return scores


class DenseTurns(RankedTurns):
    """Single turns by the cosine of an embedder's vectors; every turn is compared.

    Raises:
        ConfigurationError: there is no embedder.
    """

    name = "dense"

    def __init__(self, embedder: Embedder | None, *, free: int = FREE_TURNS) -> None:
        super().__init__(free=free)
        if embedder is None:
            raise ConfigurationError(
                "The system 'dense' compares vectors, and no embedder is configured. Set `embedder` "
                "(OMEM_EMBEDDER, for example model2vec:<folder>), or leave this system out."
            )
        self._cosine = EmbedderCosine(embedder)

    def add(self, messages: Sequence[Message]) -> None:
        """Embed them.

        Raises:
            ModelError: the embedder did not do its work.
        """
        self._cosine.learn([turn(message) for message in messages])
        super().add(messages)

    def scores(self, question: str) -> list[float]:
        """The cosine of each message."""
        return self._cosine(question, [turn(message) for message in self._messages])


def turn(message: Message) -> str:
    """A message with its speaker's name, if it has one."""
    return f"{message.speaker}: {message.text}" if message.speaker else message.text


def newest(messages: Sequence[Message], budget_tokens: int | None, *, most: int | None = None) -> Recalled:
    """The newest messages that fit, without a gap, and a first line that tells how many are left out.

    Args:
        messages: in order of time.
        budget_tokens: what the text may cost; None: no limit.
        most: how many at most; what is left out by this alone is not told.
    """
    wanted = messages if most is None else messages[max(0, len(messages) - most) :]
    entries = [message_entry(message, number=number) for number, message in enumerate(wanted)]
    page = Page(budget_tokens)
    if all(page.offer(entry) for entry in reversed(entries)):
        return page.recalled()
    page = Page(budget_tokens, note=_left_out(len(entries)))
    kept = 0
    for entry in reversed(entries):
        if not page.offer(entry):
            cut = ending(entry, page.room(entry))
            kept += cut is not None and page.offer(cut)
            break
        kept += 1
    return page.recalled(note=_left_out(len(entries) - kept))


def _left_out(count: int) -> str:
    return f"(Older messages left out: {count})"
