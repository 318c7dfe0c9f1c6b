"""The command line of the evaluation suite, and the published script at the root, on tiny data without a model."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_data import write_locomo
from rich.console import Console
from typer.testing import CliRunner

from memory_chain.errors import ConfigurationError, InvalidInputError
from memory_chain.evaluation import tables
from memory_chain.evaluation.benchmarks.longmemeval import LongMemEval
from memory_chain.evaluation.commands import app, sample_places
from memory_chain.evaluation.options import RunOptions, numbers

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "locomo" / "locomo10.json"
SCRIPT = ROOT / "locomo_experiment_retrieval_optimize_ablation_study.py"


@pytest.fixture
def tiny(tmp_path):
    return write_locomo(tmp_path / "data")


def invoke(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def run(tiny, folder, *more):
    return invoke("locomo", "--data", tiny, "--retrieval-only", "--processes", 1, "--output-dir", folder, *more)


def test_one_json_object(tiny, tmp_path):
    result = run(tiny, tmp_path / "run", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert set(told["recall"]["overall"]) == {"5", "10", "20"}
    assert set(told["context_recall"]["overall"]) == {"500", "1000", "1500"}
    assert set(told["context_recall_any"]["overall"]) == {"500", "1000", "1500"}
    assert told["finished"] and told["systems"]["omem"]["failed"] == 0
    assert set(told["systems"]["omem"]["retrieve_ms"]) == {"p50", "p95"}
    assert not told["data"]["known"]
    assert "not the published data files" in " ".join(result.stderr.split())


def test_a_table_with_every_system_and_category(tiny, tmp_path):
    result = run(tiny, tmp_path / "run", "--systems", "omem,bm25,none")
    assert result.exit_code == 0, result.output
    for part in ("omem", "bm25", "none", "overall", "1 multi-hop", "messages added", "kept in"):
        assert part in " ".join(result.stdout.split())


def test_a_stored_run_is_scored_again_alike(tiny, tmp_path):
    first = json.loads(run(tiny, tmp_path / "run", "--json").stdout)
    again = json.loads(invoke("score", tmp_path / "run", "--json").stdout)
    assert again["systems"] == first["systems"]


def test_a_finished_run_asks_nothing_again(tiny, tmp_path):
    run(tiny, tmp_path / "run", "--json")
    before = (tmp_path / "run" / "questions.jsonl").read_bytes()
    assert run(tiny, tmp_path / "run", "--json").exit_code == 0
    assert (tmp_path / "run" / "questions.jsonl").read_bytes() == before


def test_other_options_are_another_run(tiny, tmp_path):
    run(tiny, tmp_path / "run")
    result = run(tiny, tmp_path / "run", "--budgets", "300")
    assert isinstance(result.exception, InvalidInputError)
    assert "budgets" in str(result.exception) and "another --output-dir" in str(result.exception)


def test_scaling_asks_after_each_tenth(tiny, tmp_path):
    told = json.loads(run(tiny, tmp_path / "run", "--scaling", "--json").stdout)
    lines = [json.loads(line) for line in (tmp_path / "run" / "questions.jsonl").read_text("utf-8").splitlines()]
    steps = {line["question"]["notes"]["step"] for line in lines}
    assert steps == {0.2, 0.5, 0.6, 0.9, 1.0}  # ten steps of five messages
    assert told["systems"]["omem"]["figures"]["recall@5"]["overall"]["n"] < len(lines)


def test_ablation_leaves_one_part_off_at_a_time(tiny, tmp_path):
    told = json.loads(run(tiny, tmp_path / "run", "--ablate", "--json").stdout)
    names = list(told["systems"])
    assert names[0] == "omem"
    assert {"omem −persona", "omem −standing", "omem −topics", "omem −clues", "omem −rank:speaker"} < set(names)
    assert told["systems"]["omem −persona"]["settings"]["without"] == "persona"
    assert not [name for name, system in told["systems"].items() if system["failed"]]


def test_a_dry_run_spends_nothing(tiny, tmp_path):
    result = invoke("locomo", "--data", tiny, "--dry-run", "--output-dir", tmp_path / "run", "--retrieval-only")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["total"]["calls"] == 0
    assert not (tmp_path / "run").exists()


def test_a_system_that_cannot_work_is_skipped_with_its_reason(tiny, tmp_path):
    result = run(tiny, tmp_path / "run", "--systems", "omem,dense", "--json")
    assert list(json.loads(result.stdout)["systems"]) == ["omem"]
    assert "dense is skipped" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("--systems", "nobody"), InvalidInputError, "no system 'nobody'"),
        (("--budgets", "0"), InvalidInputError, "--budgets"),
        (("--depths", "x"), InvalidInputError, "--depths"),
        (("--samples", "9"), InvalidInputError, "no sample 9"),
        (("--understand", "magic"), InvalidInputError, "rules or model"),
        (("--understand", "model"), ConfigurationError, "needs a model"),
        (("--max-cost", "1"), InvalidInputError, "--price-in"),
    ],
)
def test_wrong_options_say_what_to_do(tiny, tmp_path, arguments, kind, message):
    result = run(tiny, tmp_path / "run", *arguments)
    assert isinstance(result.exception, kind), result.output
    assert message in str(result.exception)


def test_answering_needs_a_model(tiny, tmp_path):
    result = invoke("locomo", "--data", tiny, "--output-dir", tmp_path / "run")
    assert isinstance(result.exception, ConfigurationError)
    assert "--model" in str(result.exception) and "--retrieval-only" in str(result.exception)


def test_a_folder_without_a_run(tmp_path):
    result = invoke("score", tmp_path)
    assert isinstance(result.exception, InvalidInputError) and "no run" in str(result.exception)


def test_the_systems_are_told():
    assert "bm25" in invoke("systems").stdout


@pytest.mark.parametrize("given", ["", "a", "1,,2", "1-3"])
def test_a_bad_list_of_samples(given):
    with pytest.raises(InvalidInputError, match=r"--samples is .*for example 0,1,2"):
        sample_places(given)


def test_numbers_are_sorted_and_each_once():
    assert numbers("20,5,5", "--depths") == (5, 20)
    assert RunOptions(systems="a, b,a,").names == ["a", "b"]
    assert RunOptions(runs=3, seed=7).seeds == (7, 8, 9)


def script(*arguments):
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=100, check=False)


def test_the_script_at_the_root_writes_the_ablation(tiny, tmp_path):
    out = tmp_path / "out"
    done = script(
        "--data", tiny, "--output-dir", out, "--number-of-retrieval-pieces", 4, "--drop-threshold", 0.5,
        "--processes", 1,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads((out / "retrieval_ablation.json").read_text("utf-8"))
    assert list(told["recall"]["overall"]) == ["1", "2", "3", "4"]
    assert {"omem", "omem −text", "working (free)", "working + episodic", "omem, drop below 0.5"} < set(told["systems"])
    assert (out / "report.html").is_file() and (out / "report.md").is_file()


def test_the_script_tells_errors_without_a_traceback(tmp_path):
    done = script("--data", tmp_path / "nothing.json", "--output-dir", tmp_path / "out")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "There is no file" in done.stderr


@pytest.mark.skipif(not REAL.is_file(), reason="LoCoMo is not shipped (non-commercial licence): no ../shared/data here")
def test_the_first_sample_of_the_real_file(tmp_path):
    told = json.loads(run(REAL, tmp_path / "run", "--samples", 0, "--json").stdout)
    assert told["data"]["known"]
    assert told["recall"]["overall"]["10"] >= 70  # the bar is on all ten samples; this tells a broken ranking
    assert told["context_recall"]["overall"]["1500"] >= 70


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_figure_is_cut_on_a_terminal(width):
    estimate = {"mean": 100.0, "low": 0.0, "high": 100.0, "n": 1}
    kinds = [f"{unit}-recall-{kind}" for unit in ("turn", "session") for kind in ("any", "all")]
    sizes = [f"{kind}@{k}" for k in (1, 3, 5, 10) for kind in kinds]
    names = [*sizes, "accuracy", "judge-lenient"]
    system = {
        "figures": {name: {"overall": estimate, "knowledge-update": estimate} for name in names},
        "messages": 1, "ingest_messages_per_s": 1.0, "retrieve_ms": {"p50": 1.0, "p95": 1.0}, "context_tokens": 1.0,
        "failed": 0,
    }  # fmt: skip
    result = {
        "systems": {"persona-swapped": system}, "spent": {}, "probe": {}, "questions": 1, "seconds": 1.0, "run": "run",
        "finished": True,
    }  # fmt: skip
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(tables.table(LongMemEval(), result, width=width))
    shown = console.export_text()
    assert "…" not in shown and "persona-swapped" in shown and "knowledge-update" in shown
    assert shown.index("accuracy") < shown.index("any@5") and "any@1 " not in shown
