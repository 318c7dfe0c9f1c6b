"""LoCoMo's reader, its run end to end on a tiny file, and the command."""

import copy
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from memory_chain.errors import ConfigurationError, InvalidInputError
from memory_chain.evaluation import old_report as report
from memory_chain.evaluation.commands import app, sample_places
from memory_chain.evaluation.old_locomo import CATEGORIES, evidence_ids, read_locomo, turn_text
from memory_chain.evaluation.retrieval import run_retrieval
from memory_chain.types import Role

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "locomo" / "locomo10.json"
SCRIPT = ROOT / "locomo_experiment_retrieval_optimize_ablation_study.py"


def turn(dia_id, speaker, text, **more):
    return {"dia_id": dia_id, "speaker": speaker, "text": text, **more}


def sample(name):
    return {
        "sample_id": name,
        "conversation": {
            "speaker_a": "Ada",
            "speaker_b": "Ben",
            "session_2": [
                turn("D2:1", "Ada", "My parrot escaped through the window yesterday."),
                turn("D2:2", "Ben", "Oh no, did the neighbours help?"),
            ],
            "session_2_date_time": "9:05 am on 12 June, 2023",
            "session_1": [
                turn("D1:1", "Ada", "I planted tomatoes on the balcony."),
                turn("D1:2", "Ben", "Look!", blip_caption="a photo of a lighthouse", query="secret search words"),
                turn("D1:3", "Ada", "What a view."),
            ],
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_3_date_time": "1:00 pm on 1 July, 2023",
        },
        "qa": [
            {"question": "What escaped through the window?", "answer": "parrot", "evidence": ["D2:1"], "category": 4},
            {
                "question": "What did Ada plant, and what escaped?",
                "answer": "…",
                "evidence": ["D1:1; D:2:01", "D", "D9:9"],
                "category": 1,
            },
            {"question": "Who is Zed?", "adversarial_answer": "nobody", "evidence": ["D1:1"], "category": 5},
            {"question": "Would Ada like gardening?", "answer": "yes", "evidence": [], "category": 3},
        ],
    }


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps([sample("conv-a"), sample("conv-b")]), "utf-8")
    return path


def test_turns_become_messages_of_two_speakers(tiny):
    conversation = read_locomo(tiny).conversations[0]
    assert [[message.id for message in session] for session in conversation.sessions] == [
        ["D1:1", "D1:2", "D1:3"],
        ["D2:1", "D2:2"],
    ]
    shared = conversation.sessions[0][1]
    assert shared.text == "Look! and shared a photo of a lighthouse"
    assert (shared.role, shared.speaker, shared.session_id) == (Role.USER, "Ben", "session_1")
    assert shared.created_at == datetime(2023, 5, 8, 13, 56, 5, tzinfo=UTC)
    assert conversation.messages == 5


def test_only_answerable_questions_with_evidence_are_asked(tiny):
    questions = read_locomo(tiny).conversations[0].questions
    assert [(one.id, one.category, one.evidence) for one in questions] == [
        ("conv-a#0", "4", ("D2:1",)),
        ("conv-a#1", "1", ("D1:1", "D2:1")),
    ]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["D8:6; D9:17"], ("D8:6", "D9:17")),
        (["D9:1 D4:4 D4:6"], ("D9:1", "D4:4", "D4:6")),
        (["D:11:26"], ("D11:26",)),
        (["D30:05"], ("D30:5",)),
        (["D"], ()),
        (["D10:19"], ()),
        (["D8:6", "D8:6"], ("D8:6",)),
    ],
)
def test_evidence_is_repaired_or_skipped(given, meant):
    known = {"D8:6", "D9:17", "D9:1", "D4:4", "D4:6", "D11:26", "D30:5"}
    assert evidence_ids(given, known) == meant


def test_the_image_search_words_are_never_read(tiny):
    assert "secret" not in repr(read_locomo(tiny))
    assert turn_text({"text": "Hi", "query": "secret"}) == "Hi"


def test_a_tiny_file_end_to_end(tiny, tmp_path):
    home = tmp_path / "home"
    run = run_retrieval(read_locomo(tiny), depths=(1, 5), budgets=(1, 400), home=home, processes=1)
    told = report.summary(run)
    assert told["recall"]["4"] == {"1": 100.0, "5": 100.0}
    assert told["recall"]["1"]["5"] == 100.0
    assert told["context_recall"]["overall"] == {"1": 0.0, "400": 100.0}
    assert told["context_recall_any"]["overall"] == {"1": 0.0, "400": 100.0}
    assert (told["questions"], told["questions_by_category"], told["messages"]) == (4, {"1": 2, "4": 2}, 10)
    assert list(told["samples"]) == ["conv-a", "conv-b"]
    assert told["ingest_messages_per_s"] > 0
    assert told["data"] == {"path": str(tiny), "sha256": run.dataset.sha256, "known": False}
    assert len(list(report.records(run))) == 4
    assert json.loads(next(iter(report.records(run))))["question"] == "conv-a#0"
    with pytest.raises(InvalidInputError, match=r"holds a memory of 'conv-a' already.*empty folder"):
        run_retrieval(read_locomo(tiny), home=home, processes=1)


def test_two_processes_give_the_same_figures(tiny):
    one, two = (report.summary(run_retrieval(read_locomo(tiny), processes=number)) for number in (1, 2))
    for name in ("recall", "context_recall", "context_recall_any", "questions"):
        assert one[name] == two[name]
    assert (one["processes"], two["processes"]) == (1, 2)


def test_chosen_samples(tiny):
    assert [one.id for one in read_locomo(tiny, samples=[1]).conversations] == ["conv-b"]
    assert [one.id for one in read_locomo(tiny, samples=[1, 0, 1]).conversations] == ["conv-a", "conv-b"]
    with pytest.raises(InvalidInputError, match=r"no sample 7 .* samples 0 to 1"):
        read_locomo(tiny, samples=[7])
    with pytest.raises(InvalidInputError, match="no sample -1"):
        read_locomo(tiny, samples=[-1])


@pytest.mark.parametrize("given", ["", "a", "1,,2", "1-3"])
def test_a_bad_list_of_samples(given):
    with pytest.raises(InvalidInputError, match=r"--samples is .*for example 0,1,2"):
        sample_places(given)


def test_a_missing_file(tmp_path):
    with pytest.raises(InvalidInputError, match=r"There is no file .*snap-research/locomo.*--data"):
        read_locomo(tmp_path / "nothing.json")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_locomo(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not json", "is no JSON"),
        (b"\xff\xfe\x00", "is no JSON"),
        (b"{}", "has to be a list of samples"),
        (b"[]", "has to be a list of samples"),
        (b"[1]", r"Sample 0 .*TypeError"),
        (b"[{}]", r"Sample 0 .*KeyError: 'sample_id'.*session_<n>_date_time"),
    ],
)
def test_another_form_is_told(tmp_path, content, message):
    path = tmp_path / "other.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=message):
        read_locomo(path)


def test_a_session_without_a_time_is_told(tmp_path):
    broken = copy.deepcopy(sample("conv-a"))
    broken["conversation"]["session_1_date_time"] = "yesterday"
    path = tmp_path / "broken.json"
    path.write_text(json.dumps([sample("conv-b"), broken]), "utf-8")
    with pytest.raises(InvalidInputError, match=r"Sample 1 .*yesterday"):
        read_locomo(path)


def test_the_command_prints_one_json_object(tiny, tmp_path):
    records = tmp_path / "deep" / "records.jsonl"
    arguments = ["locomo", "--data", str(tiny), "--retrieval-only", "--json", "--samples", "0", "--processes", "1"]
    result = CliRunner().invoke(app, [*arguments, "--records", str(records)])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert set(told["recall"]["overall"]) == {"5", "10", "20"}
    assert set(told["context_recall"]["overall"]) == {"500", "1000", "1500"}
    for name in ("search_ms", "retrieve_ms"):
        assert set(told[name]) == {"p50", "p95"}
    assert told["data"]["known"] is False
    assert "not the known locomo10.json" in " ".join(result.stderr.split())
    assert len(records.read_text("utf-8").splitlines()) == told["questions"] == 2


def test_the_command_prints_a_table(tiny):
    result = CliRunner().invoke(app, ["locomo", "--data", str(tiny), "--retrieval-only", "--processes", "1"])
    assert result.exit_code == 0, result.output
    for part in ("overall", "1 multi-hop", "4 single-hop", "conv-a", "R@10", "not the known file"):
        assert part in result.stdout


def test_answering_is_not_there_yet(tiny):
    result = CliRunner().invoke(app, ["locomo", "--data", str(tiny)])
    assert isinstance(result.exception, ConfigurationError)
    assert "evaluation suite" in str(result.exception) and "--retrieval-only" in str(result.exception)


def script(*arguments):
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=100, check=False)


def test_the_script_at_the_root_writes_the_ablation(tiny, tmp_path):
    out = tmp_path / "out"
    done = script(
        "--data", tiny, "--retrieval-only", "--output-dir", out, "--number-of-retrieval-pieces", 4, "--samples", "1"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads((out / "retrieval_ablation.json").read_text("utf-8"))
    assert list(told["recall"]["overall"]) == ["1", "2", "3", "4"]
    assert list(told["samples"]) == ["conv-b"]
    assert len((out / "retrieval_records.jsonl").read_text("utf-8").splitlines()) == 2


def test_the_script_tells_errors_without_a_traceback(tiny, tmp_path):
    done = script("--data", tmp_path / "nothing.json", "--retrieval-only")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "There is no file" in done.stderr
    done = script("--data", tiny)
    assert (done.returncode, "evaluation suite" in done.stderr) == (1, True)


@pytest.mark.skipif(not REAL.is_file(), reason="LoCoMo is not shipped (non-commercial licence): no ../shared/data here")
def test_the_first_sample_of_the_real_file():
    dataset = read_locomo(REAL)
    assert dataset.known
    assert sum(one.messages for one in dataset.conversations) == 5882
    questions = [question for one in dataset.conversations for question in one.questions]
    assert len(questions) == 1536
    by_category = {category: sum(one.category == category for one in questions) for category in CATEGORIES}
    assert by_category == {"1": 282, "2": 321, "3": 92, "4": 841}
    told = report.summary(run_retrieval(read_locomo(REAL, samples=[0]), processes=1))
    assert told["recall"]["overall"]["10"] >= 70  # the bar is on all ten samples; this tells a broken ranking
    assert told["context_recall"]["overall"]["1500"] >= 70
