"""Runs a benchmark: builds memories, asks them, asks models, and writes a line when a question is done.

Without a model conversations run side by side in processes; with one they run one after the other and their
questions side by side in threads. What fails is recorded as failed; what was interrupted is taken up again.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from memory_chain.errors import (
    ConfigurationError,
    InvalidInputError,
    MemoryChainError,
    ModelError,
    StorageError,
    StoreFullError,
)
from memory_chain.evaluation.benchmarks.base import BUDGETS, DEPTHS, Benchmark, InSteps
from memory_chain.evaluation.conditions import conditions
from memory_chain.evaluation.judging import judge
from memory_chain.evaluation.models import NOTHING, Meter, MeteredLLM, RunStoppedError, Spent
from memory_chain.evaluation.records import Conversation, Dataset, Question
from memory_chain.evaluation.runs import (
    Built,
    Found,
    QuestionRecord,
    RunFolder,
    RunRecord,
    as_read,
    storage_errors,
)
from memory_chain.evaluation.systems import SYSTEMS, make_factory
from memory_chain.evaluation.systems.base import Recalled, System
from memory_chain.evaluation.systems.omem import RESUMABLE, OMem
from memory_chain.evaluation.systems.published import Published
from memory_chain.llm.base import LLMRequest
from memory_chain.prompts import without_thoughts
from memory_chain.types import Message

_log = logging.getLogger(__name__)

MOST_PROCESSES = 2
LONGEST_ANSWER = 2_048
"""Tokens, thoughts of the model included."""

SHOWN = 400
"""Characters of a piece that are kept for reports."""

Told = Callable[[QuestionRecord | Built], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contestant:
    """A system under test: its name in reports, the system it is, and the parts it is made of.

    `unlimited`: it is asked for its context without a budget. `variant_of`: the contestant whose memory it looks into
    in another way; it is asked at the largest budget only, and its pieces are not kept. `settings` go to the record;
    they hold no secrets.
    """

    name: str
    system: str
    parts: Mapping[str, Any] = field(default_factory=dict)
    unlimited: bool = False
    variant_of: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What to run.

    Attributes:
        llm: answers the questions; None: only what is found is measured.
        judge_llm: judges the answers; None: the same model.
        seeds: one repetition a seed.
        concurrency: how many questions a model is asked at the same time.
        processes: how many conversations run at the same time without a model.
        keep_memories: do not remove the memories at the end.
        retry_failed: ask what failed in a run before once more; otherwise a failed question stays one.
        probe: tries the scorers on wrong answers before anything else; its result goes to the record.
    """

    benchmark: Benchmark
    dataset: Dataset
    contestants: Sequence[Contestant]
    folder: RunFolder
    llm: MeteredLLM | None = None
    judge_llm: MeteredLLM | None = None
    meter: Meter = field(default_factory=Meter)
    depths: tuple[int, ...] = DEPTHS
    budgets: tuple[int, ...] = BUDGETS
    seeds: tuple[int, ...] = (0,)
    concurrency: int = 4
    processes: int | None = None
    keep_memories: bool = False
    retry_failed: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    probe: Callable[[], Mapping[str, Mapping[str, float]]] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    """One memory: a contestant, a seed, a conversation and the questions that are still to be asked."""

    contestant: Contestant
    seed: int
    conversation: Conversation
    questions: tuple[Question, ...]
    home: Path
    built: bool = False
    """An interrupted run has told already how it was built."""


def run(plan: Plan, *, on_done: Told = lambda record: None) -> RunRecord:
    """Run what is not done yet; returns the run's record.

    A line is on disk before `on_done` is told of it. If the run is stopped, the questions that a model is answering
    at that moment are waited for and written, too.

    Raises:
        InvalidInputError: the folder holds another run, or another process runs there.
        ConfigurationError: a system cannot work as it is configured.
        RunStoppedError: the cost limit was reached, or the server refuses the key, the model or the account; the run
            can be resumed.
        StorageError: a line could not be written; what was written before is kept.
        MemoryChainError: a process of the run was ended from outside.
    """
    with plan.folder.locked():
        return _run(plan, on_done)


def _run(plan: Plan, on_done: Told) -> RunRecord:
    begun = time.perf_counter()
    record = _begin(plan)

    def so_far() -> RunRecord:
        seconds = round(record.seconds + time.perf_counter() - begun, 3)
        return replace(record, seconds=seconds, spent=dict(plan.meter.by_stage))

    done = {one.key for one in plan.folder.questions() if not (plan.retry_failed and one.error)}
    try:
        if plan.probe and not record.probe:
            record = replace(record, probe=plan.probe())
        for written in _results(plan, done):
            if isinstance(written, Built):  # what was spent is known also after a crash
                plan.folder.write_run(so_far())
            on_done(written)
    finally:
        plan.folder.write_run(so_far())
    record = replace(so_far(), ended_at=datetime.now(UTC))
    plan.folder.write_run(record)
    if not plan.keep_memories:
        shutil.rmtree(plan.folder.memories, ignore_errors=True)
    return record


def _begin(plan: Plan) -> RunRecord:
    models = {"answer": plan.llm.model} if plan.llm else {}
    if plan.llm:
        models["judge"] = (plan.judge_llm or plan.llm).model
    fresh = RunRecord(
        benchmark=plan.benchmark.name,
        files=plan.dataset.files,
        known=plan.dataset.known,
        systems={one.name: {"system": one.system, **one.settings} for one in plan.contestants},
        seeds=plan.seeds,
        depths=plan.depths,
        budgets=plan.budgets,
        settings=plan.settings,
        models=models,
        prompts={prompt.name: prompt.version for prompt in plan.benchmark.prompts} if plan.llm else {},
        conditions=conditions(),
        started_at=datetime.now(UTC),
        dataset_notes=plan.dataset.notes,
    )
    if plan.folder.exists():
        fresh = _resumed(plan.folder.read_run(), fresh, plan)
    plan.folder.write_run(fresh)
    return fresh


_SAME = ("benchmark", "files", "systems", "seeds", "depths", "budgets", "models", "prompts", "settings")


def _resumed(before: RunRecord, now: RunRecord, plan: Plan) -> RunRecord:
    asked_for = as_read(now)
    differing = [name for name in _SAME if getattr(before, name) != getattr(asked_for, name)]
    if differing:
        raise InvalidInputError(
            f"{plan.folder.path} holds a run with other {', '.join(differing)}. Give the same options to go on with "
            "it, or another --output-dir."
        )
    plan.folder.repair()
    plan.meter.resume_from(_spent_before(before, plan.folder.questions()))
    return replace(before, ended_at=None)


def _spent_before(before: RunRecord, records: Sequence[QuestionRecord]) -> dict[str, Spent]:
    """What was spent, by stage: as the run's record says, or as its questions say, where a crash came between."""
    told = {
        "answer": sum((record.answered_in for record in records), NOTHING),
        "judge": sum((one.spent for record in records for one in record.verdicts.values()), NOTHING),
    }
    later = {stage: spent for stage, spent in told.items() if spent.calls > before.spent.get(stage, NOTHING).calls}
    return {**before.spent, **later}


def _results(plan: Plan, done: set[tuple[str, int, str, int]]) -> Iterator[QuestionRecord | Built]:
    jobs = list(_jobs(plan, done))
    used = min(plan.processes or min(MOST_PROCESSES, os.cpu_count() or 1), len(jobs))
    if plan.llm is not None or used <= 1 or not _can_be_sent(plan, jobs):
        for job in jobs:
            yield from _work(plan, job, plan.folder.add)
        return
    # Fresh interpreters: a forked one would inherit the threads and locks of whoever calls.
    pool = ProcessPoolExecutor(
        used, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_the_run
    )  # fmt: skip
    try:
        tasks = [pool.submit(_offline, plan.benchmark, job, plan.depths, plan.budgets) for job in jobs]
        for task in as_completed(tasks):
            for written in task.result():
                plan.folder.add(written)
                yield written
    except BrokenProcessPool as error:
        raise MemoryChainError(
            "A process of the run was ended from outside, perhaps because memory ran out. What is done is kept: run "
            "with one process and the same --output-dir to go on."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_the_run() -> None:
    """A process of a run that was killed would wait for work for ever, and write where the next run builds."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, name="omem-eval-parent", daemon=True).start()


def _can_be_sent(plan: Plan, jobs: Sequence[_Job]) -> bool:
    """Whether other processes can do the work: some parts (an open model, a lock) live in one process only."""
    try:
        pickle.dumps((plan.benchmark, [job.contestant for job in jobs]))
    except Exception:  # each kind of object has its own way to refuse
        return False
    return True


def _jobs(plan: Plan, done: set[tuple[str, int, str, int]]) -> Iterator[_Job]:
    built = {(one.system, one.seed, one.conversation) for one in plan.folder.built()}
    for contestant in plan.contestants:
        for seed in plan.seeds:
            for place, conversation in enumerate(plan.dataset.conversations):
                left = tuple(
                    question
                    for question in conversation.questions
                    if (contestant.name, seed, question.id, _known(question, conversation)) not in done
                )
                if left:
                    memory = contestant.variant_of or contestant.name
                    home = plan.folder.memories / memory / str(seed) / f"{place:04d}"
                    yield _Job(
                        contestant=contestant, seed=seed, conversation=conversation, questions=left, home=home,
                        built=(contestant.name, seed, conversation.id) in built,
                    )  # fmt: skip


def _known(question: Question, conversation: Conversation) -> int:
    return conversation.size if question.after is None else question.after


def _offline(
    benchmark: Benchmark, job: _Job, depths: tuple[int, ...], budgets: tuple[int, ...]
) -> list[QuestionRecord | Built]:
    empty = Dataset(name="", files={}, known=False, conversations=())
    plan = Plan(
        benchmark=benchmark, dataset=empty, contestants=(), folder=RunFolder(job.home), depths=depths, budgets=budgets
    )
    return list(_work(plan, job, lambda written: None))


def _work(plan: Plan, job: _Job, keep: Told) -> Iterator[QuestionRecord | Built]:
    """Build one memory step by step, and ask at each step what is asked there. `keep` gets each line first."""
    steps: defaultdict[int, list[Question]] = defaultdict(list)
    for question in job.questions:
        steps[_known(question, job.conversation)].append(question)
    taken_up = _is_taken_up(job)
    with storage_errors(job.home):
        if not taken_up:
            shutil.rmtree(job.home, ignore_errors=True)
        job.home.mkdir(parents=True, exist_ok=True)
        (job.home / RESUMABLE).touch()
    make = make_factory(job.contestant.system, **job.contestant.parts)
    try:
        system = make(job.conversation, job.home)
    except (*_STOPPING, ConfigurationError):
        raise
    except Exception as error:
        for known in sorted(steps):
            yield from _failed(job, steps[known], known, error, keep)
        return
    try:
        yield from _stepwise(plan, job, system, steps, keep, told=taken_up and job.built)
    finally:
        _close(system)


def _is_taken_up(job: _Job) -> bool:
    """Whether the memory that an interrupted run has left is used again, because a model has read for it.

    One that knows more than a question may know is not, nor one that would take the same message in twice. What is
    built without a model is built again: that is quick, and its time can be told.
    """
    if job.contestant.variant_of and job.home.exists():
        return True
    known = SYSTEMS.get(job.contestant.system)
    same = known is not None and known.system in (OMem, Published) and job.contestant.parts.get("llm") is not None
    return same and len({_known(question, job.conversation) for question in job.conversation.questions}) == 1


def _close(system: System) -> None:
    try:
        system.close()
    except Exception:  # its questions are done
        name = getattr(system, "name", type(system).__name__)  # a user's own may be anything
        _log.warning("The system %s could not be closed.", name, exc_info=True)


def _failed(
    job: _Job, questions: Sequence[Question], known: int, error: Exception, keep: Told
) -> Iterator[QuestionRecord]:
    """The questions of a memory that could not be built."""
    for question in questions:
        record = _blank(job, question, known, error=f"the memory could not be built: {_reason(error)}")
        keep(record)
        yield record


def _stepwise(
    plan: Plan, job: _Job, system: System, steps: Mapping[int, Sequence[Question]], keep: Told, *, told: bool
) -> Iterator[QuestionRecord | Built]:
    """`told`: how it was built is recorded already."""
    messages = job.conversation.messages
    seconds, taken = 0.0, 0
    broken: Exception | None = None
    for known in sorted(steps):
        if broken is not None:
            yield from _failed(job, steps[known], known, broken, keep)
            continue
        begun = time.perf_counter()
        try:
            _fill(system, messages[taken:known])
            seconds += time.perf_counter() - begun
            measures = plan.benchmark.measure(system, job.conversation, known)
        except _STOPPING:
            raise
        except Exception as error:  # a memory that breaks has failed these questions; the others go on
            broken = error
            yield from _failed(job, steps[known], known, error, keep)
            continue
        taken = known
        if not told:
            built = Built(
                system=job.contestant.name, seed=job.seed, conversation=job.conversation.id, messages=known,
                seconds=round(seconds, 3), measures=measures,
            )  # fmt: skip
            keep(built)
            yield built
        yield from _asked(plan, job, system, steps[known], known, keep)


_STOPPING = (RunStoppedError, StoreFullError)
"""What stops a run instead of failing one question."""


def _fill(system: System, messages: Sequence[Message]) -> None:
    """Add messages session by session."""
    for _, session in groupby(messages, key=lambda message: message.session_id):
        system.add(list(session))
    finish = getattr(system, "finish", None)
    if finish is not None:
        finish()


def _asked(
    plan: Plan, job: _Job, system: System, questions: Sequence[Question], known: int, keep: Told
) -> Iterator[QuestionRecord]:
    alone = threading.Lock()  # a memory is asked one question at a time, so that its times mean something

    def one(question: Question) -> QuestionRecord:
        record = _one(plan, job, system, question, known, alone)
        keep(record)  # here, so that an answer that was paid for is not lost if the run is stopped
        return record

    if plan.llm is None:
        yield from map(one, questions)
        return
    # Also for one at a time: an interruption reaches the main thread, and what is being answered is finished.
    pool = ThreadPoolExecutor(plan.concurrency, thread_name_prefix="omem-eval")
    try:
        tasks = [pool.submit(one, question) for question in questions]
        for task in as_completed(tasks):
            yield task.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _one(
    plan: Plan, job: _Job, system: System, question: Question, known: int, alone: threading.Lock
) -> QuestionRecord:
    record = _blank(job, question, known)
    try:
        with alone:
            record, recalled = _looked_up(plan, job, system, record)
    except _STOPPING:
        raise
    except Exception as error:  # recorded as failed, never left out
        return replace(record, error=_reason(error))
    if plan.llm is None:
        return record
    try:
        return _answered(plan, record, recalled, plan.llm)
    except (RunStoppedError, StorageError):
        raise
    except Exception as error:
        return replace(record, error=_reason(error))


def _looked_up(plan: Plan, job: _Job, system: System, record: QuestionRecord) -> tuple[QuestionRecord, Recalled]:
    """The ranking, and a context for each budget; the largest is the one that a model sees."""
    question = record.question
    begun = time.perf_counter()
    ranked = system.rank(question.text, limit=max(*plan.depths, plan.benchmark.rank_limit)) if plan.depths else []
    rank_ms = 1000 * (time.perf_counter() - begun)
    contexts: dict[int, Found] = {}
    recalled = Recalled(text="")
    variant = bool(job.contestant.variant_of)
    for budget in sorted(plan.budgets)[-1 if variant else 0 :]:
        begun = time.perf_counter()
        recalled = system.retrieve(question.text, budget_tokens=None if job.contestant.unlimited else budget)
        ms = 1000 * (time.perf_counter() - begun)
        contexts[budget] = Found(
            tokens=recalled.tokens, ms=round(ms, 3), sources=recalled.sources, cited=recalled.cited
        )
    found = replace(
        record, ranked=tuple(ranked), rank_ms=round(rank_ms, 3), contexts=contexts,
        context_budget=max(plan.budgets, default=None),
        pieces=() if variant else tuple(replace(one, text=one.text[:SHOWN]) for one in recalled.pieces),
    )  # fmt: skip
    return found, recalled


def _answered(plan: Plan, record: QuestionRecord, recalled: Recalled, llm: MeteredLLM) -> QuestionRecord:
    if isinstance(plan.benchmark, InSteps):
        judge_llm, home = plan.judge_llm or llm, plan.folder.path
        return plan.benchmark.answer_in_steps(record, recalled, llm=llm, judge_llm=judge_llm, home=home)
    question = record.question
    asked = plan.benchmark.ask(question, recalled, seed=record.seed)
    if asked is None:
        return record
    request = LLMRequest(
        messages=asked.messages, purpose="answer", prompt=asked.prompt.name, prompt_version=asked.prompt.version,
        max_tokens=LONGEST_ANSWER,
    )  # fmt: skip
    try:
        reply = llm.complete(request)
    except ModelError as error:
        return replace(record, error=_reason(error), answered_in=llm.meter.spent_on(error.calls))
    answer = without_thoughts(reply.text)
    record = replace(record, answered_in=llm.meter.spent_on(reply.calls))
    if not answer:
        return replace(record, error=f"the reply holds no answer{' (it was cut)' if reply.cut else ''}")
    record = replace(record, answer=answer)
    verdicts = {
        prompt.name: judge(plan.judge_llm or llm, prompt, question=question.text, gold=question.gold, answer=answer)
        for prompt in plan.benchmark.judges(question)
    }
    return replace(record, verdicts=verdicts)


def _blank(job: _Job, question: Question, known: int, *, error: str = "") -> QuestionRecord:
    return QuestionRecord(
        system=job.contestant.name, seed=job.seed, conversation=job.conversation.id, question=question, known=known,
        error=error,
    )  # fmt: skip


def _reason(error: BaseException) -> str:
    told = str(error) if isinstance(error, MemoryChainError) else f"{type(error).__name__}: {error}"
    return told or type(error).__name__
