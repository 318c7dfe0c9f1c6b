"""The benchmark: its text, its figures, its command."""

import json
import statistics
from collections import Counter
from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

from memory_chain.bench import bench_command, measure
from memory_chain.bench.measure import BenchOptions, folder_bytes, percentiles, rss_mb, run_bench
from memory_chain.bench.text import FACTS, SESSION_MESSAGES, SPAN, START, Generator
from memory_chain.types import Role

app = typer.Typer()
app.command()(bench_command)


def said(number, **options):
    return list(Generator(7).conversation(number, **options))


def test_the_same_seed_gives_the_same_text():
    assert said(100) == said(100)
    assert said(100) != list(Generator(8).conversation(100))


def test_the_text_is_like_a_real_conversation():
    messages = said(4000)
    lengths = [len(message.text) for message in messages]
    assert 105 < statistics.mean(lengths) < 140
    assert statistics.quantiles(lengths, n=10)[0] < 60 < 200 < statistics.quantiles(lengths, n=10)[-1]
    words = Counter(word for message in messages for word in message.text.lower().split())
    assert words["the"] > 1000
    assert sum(count == 1 for count in words.values()) > len(words) / 3  # as in any text, many words occur once


def test_a_tenth_of_the_messages_carries_a_fact_of_the_user():
    openings = tuple(fact.split("{")[0].split(".")[0][:8] for fact in FACTS)
    messages = said(4000)
    with_fact = [message for message in messages if any(opening in message.text for opening in openings)]
    assert 0.08 < len(with_fact) / len(messages) < 0.12
    assert {message.role for message in with_fact} == {Role.USER}


def test_sessions_have_twenty_messages_of_two_speakers_in_time_order():
    messages = said(200, users=3)
    sessions = Counter(message.session_id for message in messages)
    assert set(sessions.values()) == {SESSION_MESSAGES}
    assert Counter(message.role for message in messages) == {Role.USER: 100, Role.ASSISTANT: 100}
    assert [message.created_at for message in messages] == sorted({message.created_at for message in messages})
    assert {message.user_id for message in messages} == {"user-0", "user-1", "user-2"}
    assert all(len({m.user_id for m in messages if m.session_id == session}) == 1 for session in sessions)


def test_a_million_messages_still_lie_in_the_past():
    *_, last = said(1_000_000 // 100)
    assert last.created_at.year < 2025
    assert datetime(2025, 1, 1, tzinfo=UTC) > START + SPAN


def test_queries_are_made_of_what_was_said():
    generator = Generator(7)
    asked = {generator.question(["The xylophone rang."]) for _ in range(50)}
    assert any("xylophone" in question for question in asked)
    assert any("xylophone" not in question for question in asked)
    assert all(generator.question([]) for _ in range(10))


@pytest.mark.parametrize(
    ("messages", "marks"), [(1000, (10, 100, 1000)), (100, (1, 10, 100)), (150, (1, 15, 150)), (5, (1, 5))]
)
def test_marks(messages, marks):
    assert BenchOptions(messages=messages).marks == marks


def test_percentiles():
    assert percentiles([]) == {"p50": 0.0, "p95": 0.0}
    assert percentiles([2.0]) == {"p50": 2.0, "p95": 2.0}
    assert percentiles([float(number) for number in range(101)]) == {"p50": 50.0, "p95": 95.0}


def test_the_size_of_a_folder(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "a").write_bytes(b"12")
    (tmp_path / "deep" / "b").write_bytes(b"345")
    assert folder_bytes(tmp_path) == 5


def test_memory_of_the_process():
    assert rss_mb() is None or rss_mb() > 5


@pytest.fixture
def few_queries(monkeypatch):
    monkeypatch.setattr(measure, "QUERIES", 10)
    monkeypatch.setattr(measure, "PROFILES", 5)


@pytest.mark.usefixtures("few_queries")
@pytest.mark.parametrize("background", [False, True])
def test_a_small_run(tmp_path, background):
    told = run_bench(BenchOptions(messages=200, background=background), tmp_path)
    for name in ("add_ms", "search_ms", "retrieve_ms", "profile_ms"):
        assert list(told[name]) == ["2", "20", "200"]
        assert all(0 < figure["p50"] <= figure["p95"] for figure in told[name].values())
    assert list(told["understand_ms_per_message"]) == ["2", "20", "200"]
    assert set(told["add_ratio"]) == {"p50", "p95"}
    assert told["bytes_per_text_byte"] > 1
    assert told["counts"]["messages"] == 200
    assert told["counts"]["pending"] == 0
    assert told["counts"]["attributes"] > 5
    assert told["consolidate"] == ("background" if background else "manual")


@pytest.mark.usefixtures("few_queries")
def test_messages_are_spread_over_users(tmp_path):
    told = run_bench(BenchOptions(messages=200, users=4), tmp_path)
    assert told["users"] == 4
    assert told["counts"]["messages"] == 200
    assert len(list(tmp_path.glob("*.omem"))) == 4


@pytest.mark.usefixtures("few_queries")
def test_the_command_prints_one_json_object():
    result = CliRunner().invoke(app, ["--messages", "100", "--seed", "3", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["messages"], told["users"], told["seed"]) == (100, 1, 3)


@pytest.mark.usefixtures("few_queries")
def test_the_command_prints_a_table():
    result = CliRunner().invoke(app, ["--messages", "100"])
    assert result.exit_code == 0, result.output
    for part in ("add, durable", "retrieve", "profile", "files ÷ text"):
        assert part in result.stdout


def test_too_few_messages_are_refused():
    result = CliRunner().invoke(app, ["--messages", "10"])
    assert result.exit_code == 2
