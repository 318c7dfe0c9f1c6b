"""Runs conversations through a memory and asks it the questions: only what is found, nothing is answered.

Everything goes through the public face: `add` session by session, then `search` and `retrieve`.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from memory_chain.errors import InvalidInputError
from memory_chain.evaluation.conditions import conditions
from memory_chain.evaluation.old_records import Answered, Conversation, Dataset, Measured, Question, RetrievalRun
from memory_chain.evaluation.old_scoring import share_found, shares_at
from memory_chain.memory_manager import MemoryManager
from memory_chain.types import Context

DEPTHS = (5, 10, 20)
BUDGETS = (500, 1000, 1500)
MOST_PROCESSES = 2

Told = Callable[[Measured], None]


def run_retrieval(
    dataset: Dataset,
    *,
    depths: Sequence[int] = DEPTHS,
    budgets: Sequence[int] = BUDGETS,
    home: Path | None = None,
    processes: int | None = None,
    on_measured: Told = lambda measured: None,
) -> RetrievalRun:
    """Measure how much of the evidence is found.

    Args:
        dataset: what to run; each conversation becomes one user.
        depths: how deep into the ranking of `search` to look.
        budgets: sizes of the contexts of `retrieve` in tokens; the largest is the one that is timed.
        home: where to keep the memories; by default a temporary folder that is removed.
        processes: how many conversations at once; by default 2, on one core 1.
        on_measured: told each conversation as soon as it is done.

    Raises:
        InvalidInputError: the home holds one of these conversations already, which would falsify the figures.
    """
    start = time.perf_counter()
    wanted = processes or min(MOST_PROCESSES, os.cpu_count() or 1)
    used = max(1, min(wanted, len(dataset.conversations)))
    with _home(home) as folder:
        measured = _all(dataset.conversations, folder, tuple(depths), tuple(budgets), used, on_measured)
    return RetrievalRun(
        dataset=dataset,
        depths=tuple(depths),
        budgets=tuple(budgets),
        measured=tuple(measured),
        seconds=time.perf_counter() - start,
        processes=used,
        conditions=conditions(),
    )


def measure(conversation: Conversation, home: Path, depths: Sequence[int], budgets: Sequence[int]) -> Measured:
    """Put one conversation into a memory and ask its questions."""
    with MemoryManager.open(home, consolidate="inline") as memory:
        if conversation.id in memory.users():
            raise InvalidInputError(
                f"{home} holds a memory of {conversation.id!r} already. Give an empty folder with --home."
            )
        start = time.perf_counter()
        for session in conversation.sessions:
            memory.add(session, user_id=conversation.id)
        ingest_seconds = time.perf_counter() - start
        answered = tuple(_asked(memory, conversation.id, one, depths, budgets) for one in conversation.questions)
    return Measured(
        conversation=conversation.id,
        messages=conversation.messages,
        ingest_seconds=ingest_seconds,
        answered=answered,
    )


def _all(
    conversations: Sequence[Conversation],
    home: Path,
    depths: tuple[int, ...],
    budgets: tuple[int, ...],
    processes: int,
    on_measured: Told,
) -> list[Measured]:
    measured = []
    if processes == 1:
        for conversation in conversations:
            measured.append(measure(conversation, home, depths, budgets))
            on_measured(measured[-1])
        return measured
    # Fresh interpreters: a forked one would inherit the threads and locks of whoever calls.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        tasks = [pool.submit(measure, conversation, home, depths, budgets) for conversation in conversations]
        for task in tasks:
            measured.append(task.result())
            on_measured(measured[-1])
    return measured


def _asked(
    memory: MemoryManager, user_id: str, question: Question, depths: Sequence[int], budgets: Sequence[int]
) -> Answered:
    start = time.perf_counter()
    found = memory.search(question.text, user_id=user_id, limit=max(depths))
    searched = time.perf_counter()
    largest = max(budgets)
    contexts = {largest: memory.retrieve(question.text, user_id=user_id, budget_tokens=largest)}
    retrieved = time.perf_counter()
    for budget in budgets:
        if budget != largest:
            contexts[budget] = memory.retrieve(question.text, user_id=user_id, budget_tokens=budget)
    texts = {one: memory.message(user_id, one).text for one in question.evidence}
    return Answered(
        conversation=user_id,
        question=question.id,
        category=question.category,
        recall=shares_at(question.evidence, [piece.id for piece in found], depths),
        context={size: share_found(question.evidence, _whole(contexts[size], texts)) for size in budgets},
        context_any={size: share_found(question.evidence, _cited(contexts[size])) for size in budgets},
        context_tokens={size: contexts[size].tokens for size in budgets},
        search_ms=1000 * (searched - start),
        retrieve_ms=1000 * (retrieved - searched),
    )


def _whole(context: Context, texts: dict[str, str]) -> Iterator[str]:
    """The messages that stand in the context word for word; an excerpt may lack the very words."""
    return (piece.id for piece in context if piece.kind == "message" and texts.get(piece.id) == piece.text)


def _cited(context: Context) -> Iterator[str]:
    return (source for piece in context for source in piece.sources)


@contextmanager
def _home(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="omem-eval-") as folder:
        yield Path(folder)
