"""The loop of a run, through the real client, against a stub model that is wrong, malformed or away by dice."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures_data import locomo_audit, locomo_sample, write_locomo
from stub_model import MALFORMED, UNCLEAR, StubModel, prompt_of

from memory_chain.errors import ConfigurationError, InvalidInputError, StorageError, StoreFullError
from memory_chain.evaluation.benchmarks.locomo import LoCoMo
from memory_chain.evaluation.data.locomo import read_locomo
from memory_chain.evaluation.figures import figures_of, scored_records, told
from memory_chain.evaluation.models import CostLimitError, Meter, MeteredLLM, Prices
from memory_chain.evaluation.running import Contestant, Plan, run
from memory_chain.evaluation.runs import Built, QuestionRecord, RunFolder
from memory_chain.evaluation.systems.baselines import Bm25Turns
from memory_chain.testing import ScriptedLLM

QUESTIONS = 12
"""Of the tiny set: two conversations with six questions."""
TWO = (Contestant(name="bm25", system="bm25"), Contestant(name="last", system="last", parts={"count": 2}))
DICE = {"seed": 5, "wrong": 0.2, "malformed": 0.2, "failing": 0.2, "down": 0.05}


@pytest.fixture
def dataset(tmp_path):
    return read_locomo(write_locomo(tmp_path / "data", audit=locomo_audit()))


@pytest.fixture
def dice():
    with StubModel(**DICE) as stub:
        yield stub


@pytest.fixture
def good():
    with StubModel() as stub:
        yield stub


def plan_of(folder, dataset, stub=None, *, prices=None, max_cost=None, contestants=TWO, **more):
    meter = Meter(prices=prices or Prices(), max_cost=max_cost)
    llm = MeteredLLM(stub.client(), meter) if stub else None
    return Plan(
        benchmark=LoCoMo(), dataset=dataset, contestants=contestants, folder=RunFolder(folder), llm=llm, meter=meter,
        **{"processes": 1, **more},
    )  # fmt: skip


def story(folder):
    """What a run found and was told, without its times; the order of threads does not matter."""
    records = RunFolder(folder).questions()
    plain = [
        (
            one.key,
            one.ranked,
            {budget: (found.tokens, found.sources) for budget, found in one.contexts.items()},
            one.answer,
            {name: verdict.right for name, verdict in one.verdicts.items()},
            re.sub(r":\d+/", ":0/", one.error),  # each stub has a port of its own
        )
        for one in records
    ]
    return sorted(plain, key=lambda item: item[0])


def figures(folder):
    kept = RunFolder(folder)
    return figures_of(LoCoMo(), kept.read_run(), scored_records(LoCoMo(), kept.questions()))


def whole(folder):
    kept = RunFolder(folder)
    return told(LoCoMo(), kept.read_run(), kept.questions(), kept.built())


class Stop:
    """Interrupts a run after so many questions, as Ctrl-C would."""

    def __init__(self, after):
        self.left = after

    def __call__(self, record):
        if isinstance(record, QuestionRecord):
            self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


# -- end to end -------------------------------------------------------------------------------------------------------


def test_a_run_asks_each_system_each_question_in_each_seed(tmp_path, dataset, good):
    seen = []
    record = run(plan_of(tmp_path / "run", dataset, good, seeds=(0, 1)), on_done=seen.append)
    records = RunFolder(tmp_path / "run").questions()
    assert len(records) == 2 * 2 * QUESTIONS
    assert Counter(one.key for one in records).most_common(1)[0][1] == 1
    assert {(one.system, one.seed) for one in records} == {("bm25", 0), ("bm25", 1), ("last", 0), ("last", 1)}
    assert not any(one.error for one in records)
    assert len([one for one in seen if isinstance(one, QuestionRecord)]) == len(records)
    assert len([one for one in seen if isinstance(one, Built)]) == 2 * 2 * 2 == len(RunFolder(tmp_path / "run").built())
    # 8 of 12 questions are judged by two judges
    assert good.asked == {"locomo-answer": 48, "judge-strict": 32, "judge-lenient": 32}
    assert record.ended_at is not None and record.seconds > 0
    assert record.models == {"answer": "stub", "judge": "stub"}
    assert record.prompts == {"locomo-answer": "1", "judge-strict": "1", "judge-lenient": "1"}
    assert record.spent["answer"].calls == 48 and record.spent["judge"].calls == 64
    assert record == RunFolder(tmp_path / "run").read_run()
    assert not (tmp_path / "run" / "memories").exists()


def test_what_a_model_says_is_in_the_record(tmp_path, dataset, good):
    run(plan_of(tmp_path / "run", dataset, good, contestants=TWO[:1]))
    found = {one.question.id: one for one in RunFolder(tmp_path / "run").questions()}
    escaped = found["conv-a#0"]
    assert escaped.answer == "My parrot escaped through the window yesterday."
    assert {name: verdict.right for name, verdict in escaped.verdicts.items()} == {
        "judge-strict": True,
        "judge-lenient": True,
    }
    assert escaped.ranked[0] == "D2:1" and "D2:1" in escaped.contexts[1500].sources
    assert escaped.context_budget == 1500 and escaped.pieces
    assert escaped.answered_in.calls == 1 and escaped.answered_in.tokens_in == 100
    assert escaped.verdicts["judge-strict"].spent.tokens_out == 20
    assert found["conv-a#2"].verdicts == {}  # no judge for the adversarial category


def test_without_a_model_nothing_is_answered(tmp_path, dataset):
    record = run(plan_of(tmp_path / "run", dataset))
    records = RunFolder(tmp_path / "run").questions()
    assert len(records) == 2 * QUESTIONS and all(one.answer is None and not one.error for one in records)
    assert record.models == {} and record.prompts == {} and record.spent == {}
    assert "f1" not in figures(tmp_path / "run")["bm25"]


def test_another_model_judges(tmp_path, dataset, good):
    with StubModel(wrong=1.0) as contrary:
        plan = plan_of(tmp_path / "run", dataset, good, contestants=TWO[:1])
        run(replace(plan, judge_llm=MeteredLLM(contrary.client("judge"), plan.meter)))
        assert set(contrary.asked) == {"judge-strict", "judge-lenient"}
    assert set(good.asked) == {"locomo-answer"}
    kept = RunFolder(tmp_path / "run")
    assert kept.read_run().models == {"answer": "stub", "judge": "judge"}
    escaped = next(one for one in kept.questions() if one.question.id == "conv-a#0")
    assert escaped.verdicts["judge-strict"].right is False


# -- what goes wrong --------------------------------------------------------------------------------------------------


def test_failed_questions_stay_and_score_zero(tmp_path, dataset):
    with StubModel(seed=1, down=0.4) as stub:
        run(plan_of(tmp_path / "run", dataset, stub, contestants=TWO[:1]))
    records = RunFolder(tmp_path / "run").questions()
    failed = [one for one in records if one.error]
    assert len(records) == QUESTIONS and 0 < len(failed) < QUESTIONS
    assert all(one.answer is None and one.verdicts == {} and one.answered_in.failed == 3 for one in failed)
    assert all("127.0.0.1" in one.error for one in failed)  # tells which server
    for one in failed:
        scores = LoCoMo().scores(one)
        assert scores["f1"] == 0 and scores.get("judge-strict", 0) == 0
    system = whole(tmp_path / "run")["systems"]["bm25"]
    assert system["failed"] == len(failed)
    assert system["figures"]["f1"]["all"]["n"] == QUESTIONS
    assert system["figures"]["judge-strict"]["overall"]["n"] == 8  # also those that were never judged
    assert system["figures"]["recall@5"]["overall"]["n"] == 6  # those with evidence: it was found all the same


def test_a_failure_that_passes_is_no_failure(tmp_path):
    dataset = read_locomo(write_locomo(tmp_path / "data", samples=[locomo_sample("conv-a")]))
    with StubModel(failing=1.0) as stub:
        record = run(plan_of(tmp_path / "run", dataset, stub, contestants=TWO[:1]))
        assert set(Counter(stub.bodies).values()) == {2}
    assert not any(one.error for one in RunFolder(tmp_path / "run").questions())
    assert record.spent["answer"].calls == QUESTIONS and record.spent["answer"].failed == QUESTIONS / 2


@pytest.mark.parametrize(
    ("malformed", "error"),
    [
        ("refusal", "refused"),
        ("empty", "empty"),
        ("think-only", "holds no answer"),
        ("filtered", "filter"),
    ],
)
def test_a_model_that_does_not_answer_fails_its_question(tmp_path, dataset, malformed, error):
    with StubModel(malformed=1.0, malformations=[malformed]) as stub:
        run(plan_of(tmp_path / "run", dataset, stub, contestants=TWO[:1]))
        assert set(stub.asked) == {"locomo-answer"}  # there is nothing to judge
    records = RunFolder(tmp_path / "run").questions()
    assert len(records) == QUESTIONS
    assert all(error in one.error and one.answer is None for one in records)
    assert all(one.answered_in.calls == 1 and one.answered_in.tokens_in == 100 for one in records)
    assert figures(tmp_path / "run")["bm25"]["f1"]["overall"].mean == 0


def test_thoughts_are_no_answer(tmp_path, dataset):
    with StubModel(malformed=1.0, malformations=["think"]) as stub:
        run(plan_of(tmp_path / "run", dataset, stub, contestants=TWO[:1]))
    records = RunFolder(tmp_path / "run").questions()
    assert not any(one.error or "think" in one.answer for one in records)
    assert all(verdict.right is not None for one in records for verdict in one.verdicts.values())


def test_a_judge_that_says_neither_is_asked_once_more_and_counts_as_no(tmp_path, dataset):
    def vague(body):
        return UNCLEAR if prompt_of(body).startswith("judge") else None

    with StubModel(answer=vague) as stub:
        run(plan_of(tmp_path / "run", dataset, stub, contestants=TWO[:1]))
        assert stub.asked == {"locomo-answer": 12, "judge-strict": 16, "judge-lenient": 16}
    for one in RunFolder(tmp_path / "run").questions():
        for verdict in one.verdicts.values():
            assert verdict.right is None and verdict.raw == UNCLEAR and "neither" in verdict.error
            assert verdict.spent.calls == 2
    system = whole(tmp_path / "run")["systems"]["bm25"]
    assert system["figures"]["judge-lenient"]["overall"] == {"mean": 0.0, "low": 0.0, "high": 32.44, "n": 8}
    assert system["unjudged"] == 16 and system["failed"] == 0


class Broken(Bm25Turns):
    """Fails where it is told to, if the conversation is conv-a."""

    def __init__(self, conversation, where):
        super().__init__()
        self.where = where if conversation.id == "conv-a" else ""
        self.fail("open")

    def fail(self, where):
        if self.where == where:
            raise RuntimeError(f"no luck in {where}")
        if self.where == f"{where}-storage":
            raise StorageError(f"no luck in {where}")
        if self.where == f"{where}-full":
            raise StoreFullError("full")
        if self.where == f"{where}-setting":
            raise ConfigurationError("a setting is missing")
        if self.where == f"{where}-silent":
            raise InvalidInputError("")

    def add(self, messages):
        self.fail("add")
        super().add(messages)

    def rank(self, question, *, limit):
        self.fail("rank")
        return super().rank(question, limit=limit)

    def retrieve(self, question, *, budget_tokens):
        self.fail("retrieve")
        return super().retrieve(question, budget_tokens=budget_tokens)

    def close(self):
        self.fail("close")


def broken(conversation, home, where=""):
    return Broken(conversation, where)


def of_broken(where, name="own"):
    return Contestant(name=name, system=f"{__name__}:broken", parts={"where": where})


@pytest.mark.parametrize("where", ["open", "add", "rank", "retrieve", "add-storage", "retrieve-storage", "add-silent"])
@pytest.mark.parametrize("processes", [1, 2])
def test_a_memory_that_breaks_fails_its_questions_only(tmp_path, where, processes):
    dataset = read_locomo(write_locomo(tmp_path / "data"))
    if processes == 2 and where not in ("add", "retrieve"):
        pytest.skip("two are enough in processes, which take long to begin")
    plan = plan_of(tmp_path / "run", dataset, contestants=[of_broken(where), TWO[0]], processes=processes)
    assert run(plan).ended_at is not None
    records = RunFolder(tmp_path / "run").questions()
    failed = [one for one in records if one.error]
    assert len(records) == 2 * QUESTIONS and len(failed) == QUESTIONS / 2
    assert {(one.system, one.conversation) for one in failed} == {("own", "conv-a")}
    assert all("no luck" in one.error or where == "add-silent" for one in failed)
    assert all(("could not be built" in one.error) == (where.split("-")[0] in ("open", "add")) for one in failed)
    found = figures(tmp_path / "run")
    assert found["own"].keys() == found["bm25"].keys()  # no figures of answers, which nobody asked for
    for name, groups in found["own"].items():
        assert {group: one.n for group, one in groups.items()} == {
            group: one.n for group, one in found["bm25"][name].items()
        }
        assert groups["overall"].mean == pytest.approx(found["bm25"][name]["overall"].mean / 2)
    samples = whole(tmp_path / "run")["samples"]
    assert samples["conv-a"]["recall"] == {"5": 0.0, "10": 0.0, "20": 0.0}


def test_a_memory_that_always_breaks_scores_zero_in_what_others_score_in(tmp_path, good):
    dataset = read_locomo(write_locomo(tmp_path / "data", samples=[locomo_sample("conv-a")]))
    run(plan_of(tmp_path / "run", dataset, good, contestants=[of_broken("add"), TWO[0]]))
    found = figures(tmp_path / "run")
    assert found["own"].keys() == found["bm25"].keys() >= {"recall@5", "context@1500", "f1", "judge-strict"}
    assert all(one["overall"].mean == 0 for one in found["own"].values())
    assert all(found["own"][name]["overall"].n == found["bm25"][name]["overall"].n for name in found["own"])


def test_a_memory_that_cannot_be_closed_has_done_its_work(tmp_path, dataset, caplog):
    run(plan_of(tmp_path / "run", dataset, contestants=[of_broken("close")]))
    assert len(RunFolder(tmp_path / "run").questions()) == QUESTIONS
    assert "could not be closed" in caplog.text


@pytest.mark.parametrize(("where", "error"), [("open-setting", ConfigurationError), ("add-full", StoreFullError)])
def test_a_wrong_setting_or_a_full_disk_stop_the_run(tmp_path, dataset, where, error):
    with pytest.raises(error):
        run(plan_of(tmp_path / "run", dataset, contestants=[TWO[0], of_broken(where)]))
    kept = RunFolder(tmp_path / "run")
    assert len(kept.questions()) == QUESTIONS and kept.read_run().ended_at is None


def test_everything_at_once(tmp_path, dataset, dice):
    record = run(plan_of(tmp_path / "run", dataset, dice, seeds=(0, 1)))
    kept = RunFolder(tmp_path / "run")
    records = kept.questions()
    assert len(records) == 4 * QUESTIONS
    assert any(one.error for one in records) and not all(one.error for one in records)
    assert all(bool(one.error) == (one.answer is None) for one in records)
    assert record.spent["answer"].calls + record.spent["judge"].calls == len(dice.requests)
    answered = sum((one.answered_in.calls for one in records), 0)
    judged = sum(verdict.spent.calls for one in records for verdict in one.verdicts.values())
    assert (answered, judged) == (record.spent["answer"].calls, record.spent["judge"].calls)
    assert {fault for fault in dice.served if fault not in ("good", "429", "500", "reset")} <= set(MALFORMED)


# -- the same figures, however it is run ------------------------------------------------------------------------------


def test_concurrency_does_not_change_the_figures(tmp_path, dataset):
    for concurrency in (1, 4):
        with StubModel(**DICE) as stub:
            run(plan_of(tmp_path / str(concurrency), dataset, stub, concurrency=concurrency, seeds=(0, 1)))
    assert story(tmp_path / "1") == story(tmp_path / "4")
    assert figures(tmp_path / "1") == figures(tmp_path / "4")


def test_processes_do_not_change_the_figures(tmp_path, dataset):
    contestants = [*TWO, Contestant(name="omem", system="omem")]
    for processes in (1, 2):
        run(plan_of(tmp_path / str(processes), dataset, contestants=contestants, processes=processes))
    assert story(tmp_path / "1") == story(tmp_path / "2")
    assert figures(tmp_path / "1") == figures(tmp_path / "2")
    assert len(RunFolder(tmp_path / "2").built()) == 6


def test_parts_that_cannot_be_sent_to_processes_stay_in_one(tmp_path, dataset):
    own = Contestant(name="own", system=f"{__name__}:locked", parts={"lock": threading.Lock()})
    run(plan_of(tmp_path / "run", dataset, contestants=[own], processes=2))
    assert len(RunFolder(tmp_path / "run").questions()) == QUESTIONS


def locked(conversation, home, lock):
    with lock:
        return Bm25Turns()


def test_a_process_that_is_killed_is_told_and_what_is_done_is_kept(tmp_path, dataset):
    fatal = Contestant(name="own", system=f"{__name__}:fatal")
    with pytest.raises(Exception, match="ended from outside"):
        run(plan_of(tmp_path / "run", dataset, contestants=[fatal], processes=2))
    assert RunFolder(tmp_path / "run").read_run().ended_at is None


def fatal(conversation, home):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_stored_run_is_scored_again_without_a_model(tmp_path, dataset, dice):
    first, kept = [], RunFolder(tmp_path / "run")
    record = run(plan_of(tmp_path / "run", dataset, dice, seeds=(0, 1)), on_done=first.append)
    dice.stop()
    now = [one for one in first if isinstance(one, QuestionRecord)]
    built = [one for one in first if isinstance(one, Built)]
    assert sorted(now, key=lambda one: one.key) == sorted(kept.questions(), key=lambda one: one.key)
    assert figures_of(LoCoMo(), record, scored_records(LoCoMo(), now)) == figures(tmp_path / "run")
    before = json.dumps(told(LoCoMo(), record, now, built), sort_keys=True, default=str)
    assert before == json.dumps(whole(tmp_path / "run"), sort_keys=True, default=str)


# -- interrupted ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("after", [1, 7, 13, 24, 40])
def test_an_interrupted_run_is_taken_up_and_asks_nothing_twice(tmp_path, dataset, concurrency, after):
    with StubModel(**DICE) as stub:
        run(plan_of(tmp_path / "whole", dataset, stub, seeds=(0, 1)))
        asked_once = stub.bodies
    with StubModel(**DICE) as stub:
        options = {"seeds": (0, 1), "concurrency": concurrency}
        with pytest.raises(KeyboardInterrupt):
            run(plan_of(tmp_path / "run", dataset, stub, **options), on_done=Stop(after))
        kept = RunFolder(tmp_path / "run")
        stopped = kept.read_run()
        assert stopped.ended_at is None
        assert after <= len(kept.questions()) < 4 * QUESTIONS
        assert sum(one.calls for one in stopped.spent.values()) == len(stub.requests)
        again = run(plan_of(tmp_path / "run", dataset, stub, **options))
        assert stub.bodies == asked_once
        assert sum(one.calls for one in again.spent.values()) == len(stub.requests)
    assert again.ended_at is not None and again.seconds > stopped.seconds
    assert again.started_at == stopped.started_at
    assert story(tmp_path / "run") == story(tmp_path / "whole")
    assert figures(tmp_path / "run") == figures(tmp_path / "whole")


def child(folder, data, url, concurrency):
    """One run in a process of its own, for tests that kill it."""
    from memory_chain.llm.openai_compatible import OpenAICompatibleLLM

    plan = plan_of(Path(folder), read_locomo(data), concurrency=concurrency)
    llm = OpenAICompatibleLLM("stub", base_url=url, sleep=lambda seconds: None)
    run(replace(plan, llm=MeteredLLM(llm, plan.meter)))


@pytest.mark.parametrize(
    ("way", "concurrency"), [(signal.SIGKILL, 1), (signal.SIGKILL, 3), (signal.SIGINT, 1), (signal.SIGINT, 3)]
)
def test_a_killed_run_is_taken_up(tmp_path, dataset, way, concurrency):
    (data,) = (path for path in dataset.files if path.endswith("locomo10.json"))
    with StubModel(**DICE) as stub:
        run(plan_of(tmp_path / "whole", dataset, stub))
        asked_once = stub.bodies
    with StubModel(**DICE, delay_seconds=0.03) as stub:
        code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_running; "
        code += f"test_running.child({str(tmp_path / 'run')!r}, {data!r}, {stub.base_url!r}, {concurrency})"
        process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
        lines = tmp_path / "run" / "questions.jsonl"
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            if lines.exists() and lines.read_bytes().count(b"\n") >= 8:
                break
            time.sleep(0.005)
        process.send_signal(way)
        _, said = process.communicate(timeout=60)
        assert process.returncode == -way, said.decode()
        kept = RunFolder(tmp_path / "run")
        assert 8 <= len(kept.questions()) < 2 * QUESTIONS
        assert kept.read_run().ended_at is None
        time.sleep(0.2)  # what the killed process had asked is answered and counted
        again = run(plan_of(tmp_path / "run", dataset, stub))
        twice = sum((stub.bodies - asked_once).values())
        if way == signal.SIGINT:
            assert twice == 0  # what was being answered was finished
        else:
            assert twice <= 15 * concurrency  # what was being answered: an answer, two judges, their tries
        calls = sum(one.calls for one in again.spent.values())
        assert sum(asked_once.values()) <= calls <= len(stub.requests)  # what was spent before is not forgotten
    assert story(tmp_path / "run") == story(tmp_path / "whole")


def test_a_torn_last_line_is_asked_again(tmp_path, dataset, good):
    run(plan_of(tmp_path / "run", dataset, good, contestants=TWO[:1]))
    complete = story(tmp_path / "run")
    lines = tmp_path / "run" / "questions.jsonl"
    lines.write_bytes(lines.read_bytes()[:-30])
    built = tmp_path / "run" / "built.jsonl"
    built.write_bytes(built.read_bytes()[:-5])
    assert len(RunFolder(tmp_path / "run").questions()) == QUESTIONS - 1
    asked = len(good.requests)
    run(plan_of(tmp_path / "run", dataset, good, contestants=TWO[:1]))
    assert 1 <= len(good.requests) - asked <= 3
    assert story(tmp_path / "run") == complete
    assert lines.read_bytes().count(b"\n") == QUESTIONS and len(RunFolder(tmp_path / "run").built()) == 2


def test_a_finished_run_that_is_given_again_asks_nothing(tmp_path, dataset, dice):
    plan = plan_of(tmp_path / "run", dataset, dice)
    run(plan)
    asked, seen = len(dice.requests), []
    again = run(plan_of(tmp_path / "run", dataset, dice), on_done=seen.append)
    assert len(dice.requests) == asked and seen == []
    assert again.spent == plan.meter.by_stage


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seeds": (0, 1)}, "seeds"),
        ({"depths": (5,)}, "depths"),
        ({"budgets": (100,)}, "budgets"),
        ({"contestants": TWO[:1]}, "systems"),
        ({"settings": {"sizes": (1, 2)}}, "settings"),
        ({"stub": None}, "models, prompts"),
    ],
)
def test_a_run_with_other_options_is_refused(tmp_path, dataset, good, change, named):
    run(plan_of(tmp_path / "run", dataset, good))
    before = {path: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    other = {"stub": good, **change}
    with pytest.raises(InvalidInputError, match=f"other {named}\\..*--output-dir"):
        run(plan_of(tmp_path / "run", dataset, other.pop("stub"), **other))
    assert {path: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_a_run_with_other_data_is_refused(tmp_path, dataset, good):
    run(plan_of(tmp_path / "run", dataset, good))
    fresh = read_locomo(write_locomo(tmp_path / "data", samples=[locomo_sample("conv-c")], audit=locomo_audit()))
    with pytest.raises(InvalidInputError, match="other files"):
        run(plan_of(tmp_path / "run", fresh, good))


def test_settings_are_the_same_after_reading(tmp_path, dataset):
    settings = {"sizes": (1, 2), "by number": {1: "one"}, "folder": Path("x")}
    contestants = [Contestant(name="bm25", system="bm25", settings={"batch": (1,)})]
    for _ in range(2):
        run(plan_of(tmp_path / "run", dataset, settings=settings, contestants=contestants))


def test_our_own_memory_is_built_again_after_an_interruption(tmp_path, dataset):
    contestants = [Contestant(name="omem", system="omem")]
    run(plan_of(tmp_path / "whole", dataset, contestants=contestants))
    with pytest.raises(KeyboardInterrupt):
        run(plan_of(tmp_path / "run", dataset, contestants=contestants), on_done=Stop(3))
    run(plan_of(tmp_path / "run", dataset, contestants=contestants))
    assert story(tmp_path / "run") == story(tmp_path / "whole")
    assert len(RunFolder(tmp_path / "run").built()) == 2


def test_what_a_model_has_read_is_not_read_again(tmp_path, dataset, good):
    plan = plan_of(tmp_path / "run", dataset, good)
    own = [Contestant(name="omem", system="omem", parts={"llm": plan.llm})]
    with pytest.raises(KeyboardInterrupt):
        run(replace(plan, contestants=own, concurrency=1), on_done=Stop(2))
    read = good.asked["extract"]
    (first,) = RunFolder(tmp_path / "run").built()
    assert read and plan.meter.by_stage["build"].calls >= read
    plan = plan_of(tmp_path / "run", dataset, good)
    own = [Contestant(name="omem", system="omem", parts={"llm": plan.llm})]
    run(replace(plan, contestants=own, concurrency=1))
    assert good.asked["extract"] == 2 * read  # the other conversation, not this one again
    built = {one.conversation: one for one in RunFolder(tmp_path / "run").built()}
    assert built["conv-a"] == first and set(built) == {"conv-a", "conv-b"}
    assert len(RunFolder(tmp_path / "run").questions()) == QUESTIONS


def test_memories_are_kept_if_asked_for(tmp_path, dataset):
    contestants = [Contestant(name="omem", system="omem")]
    run(plan_of(tmp_path / "run", dataset, contestants=contestants, keep_memories=True))
    assert len(list((tmp_path / "run" / "memories" / "omem" / "0").iterdir())) == 2


# -- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_limit_of_cost_stops_a_run_that_can_be_taken_up(tmp_path, dataset, concurrency):
    prices = Prices(tokens_in=1_000_000 / 100, tokens_out=0)  # a call costs 1
    with StubModel() as stub:
        run(plan_of(tmp_path / "whole", dataset, stub))
    with StubModel() as stub:
        options = {"prices": prices, "concurrency": concurrency}
        with pytest.raises(CostLimitError, match="--max-cost"):
            run(plan_of(tmp_path / "run", dataset, stub, max_cost=10, **options))
        assert 10 <= len(stub.requests) < 10 + concurrency
        kept = RunFolder(tmp_path / "run")
        done = len(kept.questions())
        assert 0 < done < 2 * QUESTIONS and kept.read_run().ended_at is None
        with pytest.raises(CostLimitError):  # what was spent is not forgotten
            run(plan_of(tmp_path / "run", dataset, stub, max_cost=10, **options))
        assert len(stub.requests) < 10 + concurrency and len(kept.questions()) == done
        record = run(plan_of(tmp_path / "run", dataset, stub, max_cost=1000, **options))
        assert sum(one.cost for one in record.spent.values()) == pytest.approx(len(stub.requests))
    assert story(tmp_path / "run") == story(tmp_path / "whole")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a file that is always full")
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_full_disk_is_told_and_what_was_done_is_kept(tmp_path, dataset, dice, concurrency):
    lines = tmp_path / "run" / "questions.jsonl"
    seen = []

    def fill(record):
        seen.append(record)
        if len(seen) == 5:
            (tmp_path / "kept.jsonl").hardlink_to(lines)
            (tmp_path / "full").symlink_to("/dev/full")
            (tmp_path / "full").replace(lines)  # at once: other threads write beside

    with pytest.raises(StoreFullError, match=r"full.*free some space"):
        run(plan_of(tmp_path / "run", dataset, dice, concurrency=concurrency), on_done=fill)
    lines.unlink()
    (tmp_path / "kept.jsonl").rename(lines)
    done = len(RunFolder(tmp_path / "run").questions())
    assert 4 <= done < 2 * QUESTIONS
    run(plan_of(tmp_path / "run", dataset, dice, concurrency=concurrency))
    with StubModel(**DICE) as stub:
        run(plan_of(tmp_path / "whole", dataset, stub))
    assert story(tmp_path / "run") == story(tmp_path / "whole")


def test_what_failed_is_asked_again_only_if_that_is_wanted(tmp_path, dataset):
    with StubModel(down=1.0) as stub:
        run(plan_of(tmp_path / "run", dataset, stub))
    assert all(one.error for one in RunFolder(tmp_path / "run").questions())
    with StubModel() as stub:
        run(plan_of(tmp_path / "run", dataset, stub))
        assert not stub.asked
        run(plan_of(tmp_path / "run", dataset, stub, retry_failed=True))
        assert stub.asked
    assert not [one.error for one in RunFolder(tmp_path / "run").questions() if one.error]


# -- scaling ----------------------------------------------------------------------------------------------------------


def stepwise(dataset):
    """Each question asked after two messages and at the end."""
    conversations = []
    for conversation in dataset.conversations:
        questions = [
            replace(question, after=after, notes={**question.notes, "step": step})
            for question in conversation.questions
            for after, step in ((2, 0.4), (conversation.size, 1.0))
        ]
        conversations.append(replace(conversation, questions=tuple(questions)))
    return replace(dataset, conversations=tuple(conversations))


def test_a_memory_is_asked_at_each_step_what_it_knows_then(tmp_path, dataset):
    contestants = [*TWO, Contestant(name="omem", system="omem")]
    run(plan_of(tmp_path / "run", stepwise(dataset), contestants=contestants))
    kept = RunFolder(tmp_path / "run")
    records = kept.questions()
    assert Counter(one.known for one in records) == {2: 3 * QUESTIONS, 5: 3 * QUESTIONS}
    early = {"D1:1", "D1:2"}
    assert all({*one.ranked, *one.contexts[1500].sources} <= early for one in records if one.known == 2)
    assert {one.messages for one in kept.built()} == {2, 5}
    run(plan_of(tmp_path / "plain", dataset, contestants=contestants))
    assert figures(tmp_path / "run") == figures(tmp_path / "plain")  # headlines are those of the last step
    system = whole(tmp_path / "run")["systems"]["bm25"]
    assert system["figures"]["recall@5"]["overall"]["n"] == 6 and system["messages"] == 10


def test_an_interrupted_scaling_run_knows_no_more_than_it_should(tmp_path, dataset, good):
    scaled = stepwise(dataset)
    contestants = [Contestant(name="omem", system="omem"), TWO[0]]
    run(plan_of(tmp_path / "whole", scaled, contestants=contestants))
    for after in (2, 8):
        folder = tmp_path / str(after)
        with pytest.raises(KeyboardInterrupt):
            run(plan_of(folder, scaled, contestants=contestants), on_done=Stop(after))
        run(plan_of(folder, scaled, contestants=contestants))
        assert story(folder) == story(tmp_path / "whole")
    # one early question is asked again, of a memory that is there and knows everything
    run(plan_of(tmp_path / "again", scaled, contestants=contestants, keep_memories=True))
    lines = tmp_path / "again" / "questions.jsonl"
    kept = [line for line in lines.read_text("utf-8").splitlines() if '"conv-a#0"' not in line or '"known":5' in line]
    lines.write_text("\n".join(kept) + "\n", "utf-8")
    run(plan_of(tmp_path / "again", scaled, contestants=contestants))
    assert story(tmp_path / "again") == story(tmp_path / "whole")


def test_a_memory_that_breaks_at_a_step_fails_what_comes_later(tmp_path, dataset):
    own = Contestant(name="own", system=f"{__name__}:late")
    run(plan_of(tmp_path / "run", stepwise(dataset), contestants=[own]))
    records = RunFolder(tmp_path / "run").questions()
    assert {one.known for one in records if one.error} == {5}
    assert {one.known for one in records if not one.error} == {2}


class Late(Bm25Turns):
    """Takes the first session only."""

    def add(self, messages):
        if self._messages:
            raise RuntimeError("no more")
        super().add(messages)


def late(conversation, home):
    return Late()


def test_a_language_model_of_one_s_own(tmp_path, dataset):
    """Not every model is behind HTTP: what its error says is the reason."""

    class Mute(ScriptedLLM):
        def complete(self, request):
            raise ValueError("mute")

    plan = plan_of(tmp_path / "run", dataset, contestants=TWO[:1])
    run(replace(plan, llm=MeteredLLM(Mute([]), plan.meter)))
    assert {one.error for one in RunFolder(tmp_path / "run").questions()} == {"ValueError: mute"}
