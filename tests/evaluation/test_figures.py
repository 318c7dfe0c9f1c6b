"""Figures of a run, worked out by hand on small records."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from memory_chain.evaluation.benchmarks.locomo import LoCoMo
from memory_chain.evaluation.figures import figures_of, in_percent, is_final, scored_records, told
from memory_chain.evaluation.judging import Verdict
from memory_chain.evaluation.models import Spent
from memory_chain.evaluation.records import Question
from memory_chain.evaluation.runs import Built, Found, QuestionRecord, RunRecord
from memory_chain.evaluation.scoring.statistics import Estimate

CALL = Spent(calls=1, tokens_in=100, tokens_out=20, ms=5.0, cost=0.5)


class Given:
    """A benchmark whose figures stand in the record."""

    name, title, categories = "given", "Given", {"a": "A", "b": "B", "c": "C"}
    counted, rank_limit, prompts = frozenset("ab"), 0, ()

    def scores(self, record):
        return dict(record.measures.get("scores", {}))

    def summary(self, run, records, built):
        return {"special": len(records)}


def figures_for(benchmark, run, records):
    return figures_of(benchmark, run, scored_records(benchmark, records))


def run_of(*, systems=("one",), seeds=(0,), budgets=(500, 1500), **more):
    return RunRecord(
        benchmark="given", files={"f": "sha"}, known=False, systems={name: {"system": name} for name in systems},
        seeds=seeds, depths=(5,), budgets=budgets, **more,
    )  # fmt: skip


def record(name, category="a", scores=None, *, system="one", seed=0, evidence=("m1",), notes=None, **more):
    return QuestionRecord(
        **{
            "system": system,
            "seed": seed,
            "conversation": "c1",
            "question": Question(id=name, text="?", category=category, evidence=evidence, notes=notes or {}),
            "known": 9,
            "contexts": {500: Found(tokens=100, ms=1.0), 1500: Found(tokens=300, ms=2.0)},
            "measures": {"scores": scores or {}},
        }
        | more
    )


def numbers(estimate):
    return [estimate.mean, estimate.low, estimate.high, estimate.n]


def test_means_and_intervals_by_category_and_overall():
    records = [
        record("1", "a", {"f1": 0.4}),
        record("2", "a", {"f1": 0.5}),
        record("3", "b", {"f1": 0.6}),
        record("4", "c", {"f1": 1.0}),
    ]
    found = figures_for(Given(), run_of(), records)["one"]["f1"]
    assert list(found) == ["overall", "all", "a", "b", "c"]
    # 0.4, 0.5, 0.6: sd 0.1, half = 1.959964 · 0.1 / √3 = 0.113159; category c is not counted
    assert numbers(found["overall"]) == pytest.approx([0.5, 0.386841, 0.613159, 3], abs=1e-6)
    assert found["all"].mean == pytest.approx(0.625) and found["all"].n == 4
    # 0.4, 0.5: sd 0.0707107, half = 1.959964 · 0.0707107 / √2 = 0.0979982
    assert numbers(found["a"]) == pytest.approx([0.45, 0.352002, 0.547998, 2], abs=1e-6)
    assert numbers(found["b"]) == [0.6, None, None, 1]  # one value tells no interval
    # 1 of 1, by Wilson: 1 / (1 + 3.841459) … 1
    assert numbers(found["c"]) == pytest.approx([1.0, 0.206549, 1.0, 1], abs=1e-6)


def test_shares_of_right_answers_have_wilson_s_interval():
    records = [record(str(number), "b", {"judge": float(number < 3)}) for number in range(4)]
    found = figures_for(Given(), run_of(), records)["one"]["judge"]["overall"]
    # (0.75 + 3.841459/8 ± 1.959964 √(0.1875/4 + 3.841459/64)) / (1 + 3.841459/4)
    assert numbers(found) == pytest.approx([0.75, 0.300642, 0.954413, 4], abs=1e-5)


def test_a_figure_counts_where_it_applies():
    records = [record("1", "a", {"f1": 1.0}), record("2", "a", {"recall@5": 0.5, "f1": 0.0}), record("3", "c")]
    found = figures_for(Given(), run_of(), records)["one"]
    assert (found["recall@5"]["overall"].mean, found["recall@5"]["overall"].n) == (0.5, 1)
    assert (found["f1"]["overall"].mean, found["f1"]["overall"].n) == (0.5, 2)
    assert "c" not in found["f1"]


def test_a_figure_of_uncounted_categories_has_no_overall():
    found = figures_for(Given(), run_of(), [record("1", "c", {"f1": 0.5})])["one"]["f1"]
    assert set(found) == {"all", "c"}


def test_over_seeds_it_is_the_mean_of_means_with_their_interval():
    scores = {0: (0.4, 0.6), 1: (0.5, 0.7), 2: (0.6, 0.8)}  # means 0.5, 0.6, 0.7
    records = [
        record(str(place), "a", {"f1": value}, seed=seed)
        for seed, values in scores.items()
        for place, value in enumerate(values)
    ]
    found = figures_for(Given(), run_of(seeds=(0, 1, 2)), records)["one"]["f1"]
    # sd 0.1, t(2) = 4.302653, half = 4.302653 · 0.1 / √3 = 0.248414
    assert numbers(found["overall"]) == pytest.approx([0.6, 0.351586, 0.848414, 3], abs=1e-6)
    two = figures_for(Given(), run_of(seeds=(0, 2)), records)["one"]["f1"]["a"]
    # sd 0.141421, t(1) = 12.706205, half = 12.706205 · 0.141421 / √2 = 1.270620: not cut
    assert numbers(two) == pytest.approx([0.6, -0.670620, 1.870620, 2], abs=1e-5)


def test_over_seeds_each_seed_counts_the_same_however_much_of_it_is_done():
    records = [record("1", "a", {"f1": 1.0}), record("2", "b", {"f1": 0.0}), record("1", "a", {"f1": 0.0}, seed=1)]
    found = figures_for(Given(), run_of(seeds=(0, 1)), records)["one"]["f1"]
    assert (found["overall"].mean, found["overall"].n) == (0.25, 2)
    assert (found["b"].mean, found["b"].n) == (0.0, 1)


def test_a_seed_that_has_not_begun_hides_no_figure():
    later = [record("1", "a", {"f1": 0.5, "bleu1": 1.0}, seed=1)]
    found = figures_for(Given(), run_of(seeds=(0, 1)), later)["one"]
    assert set(found) == {"f1", "bleu1"} and found["f1"]["overall"] == Estimate(mean=0.5, n=1)


def test_systems_are_told_apart_and_a_missing_one_has_no_figures():
    records = [record("1", "a", {"f1": 1.0}), record("1", "a", {"f1": 0.0}, system="two")]
    found = figures_for(Given(), run_of(systems=("one", "two", "none")), records)
    assert found["one"]["f1"]["a"].mean == 1 and found["two"]["f1"]["a"].mean == 0 and found["none"] == {}


def test_headline_figures_are_those_of_the_last_step():
    records = [
        record("1", "a", {"f1": 0.0}, notes={"step": 0.1}, known=1),
        record("1", "a", {"f1": 0.5}, notes={"step": 0.9}, known=8),
        record("1", "a", {"f1": 1.0}, notes={"step": 1.0}, known=9),
        record("2", "a", {"f1": 0.5}),  # not asked in steps
    ]
    assert [is_final(one) for one in records] == [False, False, True, True]
    found = figures_for(Given(), run_of(), records)["one"]["f1"]["overall"]
    assert (found.mean, found.n) == (0.75, 2)
    whole = told(Given(), run_of(), records, [])
    assert whole["questions"] == 4 and whole["questions_by_category"] == {"a": 2}


# -- failures ---------------------------------------------------------------------------------------------------------

NOT_FOUND = {"contexts": {}, "error": "no luck"}


def test_a_memory_that_failed_counts_zero_in_what_its_like_have():
    records = [
        record("1", "a", {"recall@5": 1.0, "f1": 0.8}),
        record("2", "a", {"f1": 0.0}, **NOT_FOUND),  # scored as a failed answer, but nothing is said of evidence
        record("3", "a", {"f1": 0.4}, evidence=()),
        record("4", "a", {"f1": 0.0}, evidence=(), **NOT_FOUND),
        record("5", "b", {"recall@5": 0.5}),
        record("6", "b", {"f1": 0.0}, **NOT_FOUND),
    ]
    found = figures_for(Given(), run_of(), records)["one"]
    assert (found["recall@5"]["a"].mean, found["recall@5"]["a"].n) == (0.5, 2)
    assert (found["f1"]["a"].mean, found["f1"]["a"].n) == (pytest.approx(0.3), 4)
    assert (found["recall@5"]["b"].mean, found["recall@5"]["b"].n) == (0.25, 2)
    assert "b" not in found["f1"]  # nobody asked a model there


def test_a_memory_that_always_failed_counts_zero_in_what_others_have():
    records = [
        record("1", "a", {"recall@5": 1.0, "f1": 0.8}, system="two"),
        record("1", "a", {"f1": 0.0}, **NOT_FOUND),
    ]
    found = figures_for(Given(), run_of(systems=("one", "two")), records)
    assert {name: groups["a"].mean for name, groups in found["one"].items()} == {"recall@5": 0.0, "f1": 0.0}
    alone = figures_for(Given(), run_of(), records[1:])["one"]
    assert set(alone) == {"f1"}


def test_an_answer_that_failed_keeps_what_was_found():
    records = [
        record("1", "a", {"recall@5": 1.0, "f1": 1.0}),
        record("2", "a", {"recall@5": 1.0, "f1": 0.0}, error="the model is away"),
    ]
    found = figures_for(Given(), run_of(), records)["one"]
    assert (found["recall@5"]["overall"].mean, found["f1"]["overall"].mean) == (1.0, 0.5)


# -- the whole --------------------------------------------------------------------------------------------------------


def verdicts(*rights):
    return {f"judge-{place}": Verdict(right=right, spent=CALL) for place, right in enumerate(rights)}


def test_the_whole_run_as_json():
    records = [
        record("1", "a", {"recall@5": 0.5}, ranked=("m1",), rank_ms=1.0, answered_in=CALL, verdicts=verdicts(True)),
        record("2", "c", {"recall@5": 1.0}, ranked=("m1",), rank_ms=3.0, answered_in=CALL, verdicts=verdicts(0, None)),
        record("3", "a", {"recall@5": 0.0}, rank_ms=99.0, error="away", answered_in=replace(CALL, failed=1)),
        record("4", "b", {}, **NOT_FOUND),
    ]  # fmt: skip
    records[1] = replace(records[1], contexts={500: Found(tokens=5, ms=50.0), 1500: Found(tokens=600, ms=4.0)})
    built = [
        Built(system="one", seed=0, conversation="c1", messages=30, seconds=2.0),
        Built(system="one", seed=0, conversation="c2", messages=10, seconds=0.5),
        Built(system="two", seed=0, conversation="c1", messages=7, seconds=9.0),
    ]
    run = run_of(
        seconds=12.34, spent={"answer": CALL}, models={"answer": "m"}, ended_at=datetime(2024, 1, 1, tzinfo=UTC),
        settings={"x": 1}, conditions={"commit": "c"},
    )  # fmt: skip
    whole = told(Given(), run, records, built)
    assert whole["questions"] == 4 and whole["questions_by_category"] == {"a": 2, "b": 1, "c": 1}
    assert whole["finished"] and whole["special"] == 4 and whole["seconds"] == 12.3
    assert whole["spent"]["answer"]["cost"] == 0.5 and whole["data"] == {"files": {"f": "sha"}, "known": False}
    assert whole["recall"] == {"overall": {"5": 25.0}, "all": {"5": 50.0}, "a": {"5": 25.0}, "c": {"5": 100.0}}
    assert whole["samples"] == {"c1": {"questions": 4, "messages": 30, "recall": {"5": 25.0}}}
    (system,) = whole["systems"].values()
    assert system["failed"] == 2 and system["unjudged"] == 1
    assert system["messages"] == 40 and system["ingest_messages_per_s"] == 16.0
    assert system["rank_ms"] == {"p50": 2.0, "p95": 2.9}  # of those that ranked: 1 and 3
    assert system["retrieve_ms"] == {"p50": 2.0, "p95": 3.8}  # of the largest context: 2, 4, 2
    assert system["context_tokens"] == 400.0  # 300, 600, 300
    assert system["answered_in"] == {
        "calls": 3,
        "failed": 1,
        "tokens_in": 300,
        "tokens_out": 60,
        "ms": 15.0,
        "cost": 1.5,
    }
    assert system["judged_in"]["calls"] == 3 and system["judged_in"]["cost"] == 1.5
    assert system["figures"]["recall@5"]["overall"] == {"mean": 25.0, "low": 0.0, "high": 74.0, "n": 2}
    assert json.loads(json.dumps(whole)) == whole


def test_a_run_of_which_nothing_is_done_is_told_all_the_same():
    whole = told(Given(), run_of(systems=("one", "two"), seeds=(0, 1)), [], [])
    assert whole["questions"] == 0 and not whole["finished"]
    assert whole["systems"]["two"]["figures"] == {} and whole["systems"]["two"]["failed"] == 0


def test_percent():
    assert in_percent(Estimate(mean=0.12345, n=3, sd=0.1, low=0.1, high=0.14999)) == {
        "mean": 12.35,
        "low": 10.0,
        "high": 15.0,
        "n": 3,
    }
    assert in_percent(Estimate(mean=1.0, n=1)) == {"mean": 100.0, "low": None, "high": None, "n": 1}


# -- LoCoMo: category 5 apart -----------------------------------------------------------------------------------------


def locomo(name, category, gold, answer, *, right=None, **more):
    judged = {} if right is None else {name: Verdict(right=right) for name in ("judge-strict", "judge-lenient")}
    question = Question(
        id=name, text="?", category=category, evidence=("m1",), gold=gold, notes={"adversarial_answer": "Oslo"}
    )
    return replace(
        record(name), question=question, answer=answer, verdicts=judged, ranked=("m1", "m2"), measures={}, **more
    )


def test_the_adversarial_category_of_locomo_is_told_apart():
    records = [
        locomo("1", "4", ("red kayak",), "red kayak", right=True),  # F1 1
        locomo("2", "1", ("tea",), "coffee", right=False),  # F1 0
        locomo("3", "4", ("red kayak",), "red boat", right=None),  # F1 0.5
        locomo("4", "5", (), "Not mentioned in the conversation"),
        locomo("5", "5", (), "Oslo"),
        locomo("6", "5", (), None, error="away"),
    ]
    run = run_of(budgets=(500, 1500))
    found = figures_for(LoCoMo(), run, records)["one"]
    assert (found["f1"]["overall"].mean, found["f1"]["overall"].n) == (pytest.approx(0.5), 3)
    assert (found["f1"]["5"].mean, found["f1"]["5"].n) == (pytest.approx(1 / 3), 3)
    assert (found["f1"]["all"].mean, found["f1"]["all"].n) == (pytest.approx(2.5 / 6), 6)
    assert set(found["recall@5"]) == {"overall", "all", "1", "4"}  # its evidence is no answer
    assert "5" not in found["judge-strict"] and found["judge-strict"]["overall"].mean == 0.5
