"""Reports of hand-made runs: what they say, that nothing in them runs or is fetched, and that they are stable."""

import builtins
import re
import threading
import warnings
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from report_support import PROMPT, find, question, record, run_record, usual_records, usual_run, write_run

from memory_chain.errors import InvalidInputError, StorageError
from memory_chain.evaluation.figures import STEP
from memory_chain.evaluation.report import write_report
from memory_chain.evaluation.report.style import DARK, LIGHT, SERIES
from memory_chain.evaluation.report.writing import NO_PLOTS
from memory_chain.evaluation.runs import Built, RunFolder
from memory_chain.evaluation.systems.base import Shown

pytest.importorskip("matplotlib", reason="plots need matplotlib (extra `eval`)")


def texts(folders, target):
    page, text = write_report(folders, target, find=find)
    return page.read_text("utf-8"), text.read_text("utf-8")


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    home = tmp_path_factory.mktemp("report")
    return texts([usual_run(home / "first")], home / "out")


class Parsed(HTMLParser):
    """The elements of a page; `open` must be empty at the end."""

    VOID = frozenset({"meta", "br", "use", "path", "rect"})

    def __init__(self, page):
        super().__init__()
        self.elements, self.open, self.said = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.said.append(data)


def row_of(markdown, caption, first):
    """The cells of a row of the table with this caption."""
    table = markdown.split(f"**{caption}**", 1)[1]
    line = next(line for line in table.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


# What it says


def test_headline_has_means_and_intervals(usual):
    caption = "Every memory: percent, with 95 % intervals"
    # 3 of 4 right: Wilson 30.1 to 95.4; omem's context holds 1, 1, 1 and 1/2 of the evidence
    assert row_of(usual[1], caption, "omem")[:3] == ["omem", "4", "**75.0** (30.1 to 95.4)"]
    assert row_of(usual[1], caption, "bm25")[:3] == ["bm25", "4 (1 failed)", "25.0 (4.6 to 69.9)"]
    assert "**87.5** (63.0 to 100.0)" in row_of(usual[1], caption, "omem")


def test_baseline_differences_are_paired(usual):
    # f1 differs by 0, 1, 1, 0: mean 50, sd 57.7, half width 1.96 * 57.7 / 2 = 56.6
    assert row_of(usual[1], "omem less each baseline", "bm25")[1] == "+50.0 (−6.6 to +106.6)"


def test_a_broken_memory_counts_zero_in_means_and_differences(tmp_path):
    records = [record(name, question(place), answer=None) for name in ("omem", "bm25") for place in range(4)]
    records[-1] = replace(records[-1], ranked=(), contexts={}, pieces=(), error="could not be built")
    run = run_record(models={}, prompts={}, spent={}, probe={})
    _, text = texts([write_run(tmp_path / "run", run=run, records=records)], tmp_path / "out")
    # bm25 finds 50, 50, 50, 0; the differences are 0, 0, 0, 50
    assert "37.5 (13.0 to 62.0)" in row_of(text, "recall: percent, with 95 % intervals", "bm25")
    assert "+12.5 (−12.0 to +37.0)" in row_of(text, "omem less each baseline", "bm25")


def test_categories_and_uncounted_ones(tmp_path):
    trick = record("omem", question(9, category="5"), answer="no")
    _, text = texts([write_run(tmp_path / "run", records=[*usual_records(), trick])], tmp_path / "out")
    row = row_of(text, "f1 by category: percent, with 95 % intervals", "omem")
    assert [cell.split(" ")[0] for cell in row] == ["omem", "75.0", "66.7", "100.0", "0.0", "60.0"]
    assert "told by category: 5 trick" in text


def test_every_part_is_there_and_in_the_contents(usual):
    page = Parsed(usual[0])
    assert page.open == []
    titles = ["Results", "Against the baselines", "By category", "Evidence found", "Original and corrected labels"]
    titles += ["Score against tokens", "Score against latency", "Cost by stage", "Judge probe", "Beside the scores"]
    titles += ["Failures", "The worst questions", "Prompts", "Conditions"]
    for title in titles:
        assert f"### {title}\n" in usual[1]
        assert page.said.count(title) == 2  # in the contents, and above the part
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for tag, attributes in page.elements if tag in ("a", "use") and "href" in attributes]
    assert links and all(link.removeprefix("#") in ids for link in links)


def test_costs_probe_prompts_conditions(usual):
    page, text = usual
    assert row_of(text, "All that was spent, by stage", "answer") == [
        "answer",
        "7",
        "1",
        "12,345",
        "67",
        "1.5 s",
        "0.2500",
    ]
    assert row_of(text, "Wrong answers accepted, percent", "judge-lenient")[1] == "62.5"
    assert "Answer &lt;briefly&gt; &amp; well." in page
    assert "    Answer <briefly> & well." in text
    for fact in (
        "c0ffee",
        "ab" * 32,
        "toy.json",
        "model-x",
        "model-y",
        "<dt>understand</dt><dd>rules</dd>",
        "toy-answer, version 1",
    ):
        assert fact in page
    assert "/home/somebody" not in page + text
    assert row_of(text, "grid", "omem")[1] == "0.5"
    assert row_of(text, "deep", "omem, 0.5")[1] == "7"
    assert "No pages were fetched." in text


def test_failures_and_unclear_verdicts_have_reasons(usual):
    text = usual[1]
    assert row_of(text, "Failed questions; each scores zero", "bm25")[1:] == ["1", "the server was down", "q3"]
    unclear = row_of(text, "Answers without a verdict; each counts as not accepted", "omem")
    assert unclear[1:4] == ["judge-strict", "1", "the judge said neither yes nor no"]


def test_worst_questions_show_what_was_retrieved_and_missed(usual):
    text = usual[1].split("### The worst questions", 1)[1].split("### Prompts", 1)[0]
    first = text.split("**Question 3? (f1 0.0)**", 1)[1].split("**Question", 1)[0]
    assert "- **right answer**: yes" in first and "- **answer**: no" in first
    assert row_of(first, "Evidence", "m1")[1:] == ["in the context", "1", "I like tea."]
    assert row_of(first, "Evidence", "m2")[1:3] == ["**missed**", "not in 2"]
    assert row_of(first, "What was retrieved, and why", "1")[1:] == [
        "message (evidence)", "1.5", "says tea", "I like tea. (m1)",
    ]  # fmt: skip


def test_ten_worst_without_failed_ones_others_success_first(tmp_path):
    records = [record("omem", question(place), answer="no") for place in range(14)]
    records += [record("bm25", question(place), answer="yes" if place == 12 else "no") for place in range(14)]
    records[0] = replace(records[0], answer=None, error="broken")
    _, text = texts([write_run(tmp_path / "run", records=records)], tmp_path / "out")
    worst = text.split("### The worst questions", 1)[1]
    assert re.findall(r"\*\*Question (\d+)\? \(f1", worst) == ["12", "1", "10", "11", "13", "2", "3", "4", "5", "6"]


def test_ablation(tmp_path):
    systems = {"omem": {"system": "omem"}, "omem −facts": {"system": "omem", "without": "facts"}}
    systems["omem −clues"] = {"system": "omem", "without": "clues"}
    records = [record("omem", question(place)) for place in range(4)]
    records += [record("omem −facts", question(place), answer="yes" if place else "no") for place in range(4)]
    records += [record("omem −clues", question(place)) for place in range(4)]
    page, text = texts(
        [write_run(tmp_path / "run", run=run_record(systems=systems), records=records)], tmp_path / "out"
    )
    assert row_of(text, "omem without a part, less omem", "facts")[1] == "−25.0 (−74.0 to +24.0)"
    assert row_of(text, "omem without a part, less omem", "clues")[1] == "0.0 (0.0 to 0.0)"
    assert "f1 without each part; 1 part without effect left out" in page
    assert "No part makes a difference to context@1000" in page
    assert "| omem −facts | 4 |" not in text  # variants stand in no table of memories
    assert "### Against the baselines" not in text


def test_scaling(tmp_path):
    records = [
        record(system, question(place, notes={STEP: step / 10}), known=step, answer="yes" if place < step else "no")
        for system in ("omem", "bm25")
        for step in range(1, 11)
        for place in range(10)
    ]
    page, text = texts([write_run(tmp_path / "run", records=records)], tmp_path / "out")
    row = row_of(text, "f1 as the memory grows, percent", "omem")
    assert row == ["omem", *(f"{10 * step}.0" for step in range(1, 11))]
    assert "percent of the messages seen" in page
    assert row_of(text, "Every memory: percent, with 95 % intervals", "omem")[1:3] == [
        "10",
        "**100.0** (72.2 to 100.0)",
    ]


def test_several_runs_become_one_table_and_other_benchmarks_sections(tmp_path):
    first = usual_run(tmp_path / "a" / "run")
    second = usual_run(tmp_path / "b" / "run", systems={"omem": {"system": "omem"}})
    other = usual_run(tmp_path / "other", benchmark="game", known=False, ended_at=None, conditions={"clean": False})
    page, text = texts([first, second, other, first], tmp_path / "out")
    assert re.findall("^## (.*)$", text, re.MULTILINE) == ["Toy", "Game"]
    toy, game = text.split("## Game")
    caption = "Every memory: percent, with 95 % intervals"
    assert row_of(toy, caption, "omem (run #1)")[1] == "4"
    assert "omem (run" in toy and "| bm25 |" in toy
    for said in ("not finished", "not use the published data files", "not committed"):
        assert said in game and said not in toy
    assert Parsed(page).open == []


def test_other_questions_and_other_data_are_warned_of(tmp_path):
    first = usual_run(tmp_path / "a")
    second = write_run(
        tmp_path / "b", run=run_record(files={"toy.json": "cd" * 32}), records=[record("omem", question(0))]
    )
    _, text = texts([first, second], tmp_path / "out")
    assert "not all asked the same questions" in text
    assert "used different data files" in text


def test_several_seeds(tmp_path):
    records = [record("omem", question(0), seed=seed, answer=("yes", "no")[seed]) for seed in (0, 1)]
    run = run_record(systems=("omem",), seeds=(0, 1))
    _, text = texts([write_run(tmp_path / "run", run=run, records=records)], tmp_path / "out")
    assert "had the same questions been run again" in text
    assert "50.0 (−585.3 to 685.3)" in text


# Hostile input

HOSTILE = '<script>alert(1)</script> <img src=x onerror="y"> &amp; | `a` **b** [c](http://evil.example) \x00\x1b\u202e'


def hostile_run(path):
    name = '<b onclick="x">$\\frac$ 記憶_</b>'
    asked = question(0, text=HOSTILE, category='"><i>')
    asked = replace(asked, gold=(HOSTILE,), evidence=("<m>",), options=(HOSTILE,))
    pieces = (Shown(kind="<k>", id="<m>", text=HOSTILE + "\n# no title", score=float("nan"), reasons=(HOSTILE,)),)
    records = [
        record(name, asked, answer=HOSTILE, pieces=pieces),
        record(name, question(1), answer=None, error=HOSTILE),
        record("_private", question(1), answer="yes"),
    ]
    run = run_record(
        systems={name: {"system": name, "key": HOSTILE}, "_private": {}},
        models={"answer": HOSTILE},
        conditions={"commit": HOSTILE},
        settings={HOSTILE: HOSTILE},
        probe={HOSTILE: {HOSTILE: 0.5}},
    )
    return write_run(path, run=run, records=records)


def test_hostile_texts_stay_texts(tmp_path):
    page, text = texts([hostile_run(tmp_path / "<u>run")], tmp_path / "out")
    parsed = Parsed(page)
    assert parsed.open == []
    tags = {tag for tag, _ in parsed.elements}
    assert not tags & {"script", "img", "b", "i", "u", "iframe", "link", "object", "base", "form"}
    assert not any(name.startswith("on") for _, attributes in parsed.elements for name in attributes)
    assert "\x00" not in page + text and "\x1b" not in page + text
    assert "alert(1)" in "".join(parsed.said)
    assert "<script" not in text.replace("\\<script", "")
    assert "http:" not in text  # no renderer makes a link of it


def test_each_row_of_markdown_has_its_tables_width(tmp_path, usual):
    for text in (usual[1], texts([hostile_run(tmp_path / "run")], tmp_path / "out")[1]):
        for block in re.split(r"\n\n", text):
            lines = [line for line in block.splitlines() if line.startswith("|")]
            assert len({len(re.split(r"(?<!\\)\|", line)) for line in lines}) <= 1


# The page


def test_nothing_is_fetched_and_nothing_runs(usual):
    page = usual[0]
    assert not re.search(r"https?:|//[a-z]", page)
    assert "<script" not in page and "@import" not in page and "<link" not in page
    assert re.findall(r"url\((.)", page).count("#") == len(re.findall(r"url\(", page))
    assert "default-src 'none'" in page


def test_plots_are_text_in_the_pages_colours(usual):
    drawn = re.findall(r"<svg.*?</svg>", usual[0], re.DOTALL)
    assert len(drawn) >= 6
    for svg in drawn:
        assert "<text" in svg and 'role="img" aria-label="' in svg and "var(--" in svg
        assert not re.search(r"#[0-9a-f]{6}\b", svg)
        assert " width=" not in svg[: svg.index(">")]
    assert any(">omem</text>" in svg for svg in drawn)


def test_both_schemes_have_all_variables_used(usual):
    page = usual[0]
    light, dark = re.findall(r":root\{([^}]*)\}", page)
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", page))
    assert used <= set(re.findall(r"--([a-z0-9-]+):", light)) == set(re.findall(r"--([a-z0-9-]+):", dark))
    assert "prefers-color-scheme:dark" in page and "@media print" in page and "width=device-width" in page


def luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(palette):
    for ground in ("page", "card", "band"):
        for ink in ("ink", "soft", "accent"):
            assert contrast(palette[ink], palette[ground]) >= 4.5, (ink, ground)
    assert contrast(palette["alert"], palette["alert-card"]) >= 4.5
    for place in range(1, SERIES + 1):
        assert contrast(palette[f"series-{place}"], palette["card"]) >= 3


def test_tables_can_be_scrolled_by_keyboard(usual):
    scrolled = [attributes for tag, attributes in Parsed(usual[0]).elements if attributes.get("class") == "scroll"]
    assert scrolled and all(
        one["tabindex"] == "0" and one["aria-label"] and one["role"] == "region" for one in scrolled
    )
    assert usual[0].count("<table") == len(scrolled)


def test_same_runs_give_same_bytes_and_leave_no_trace(tmp_path):
    import matplotlib

    run = usual_run(tmp_path / "run")
    before = dict(matplotlib.rcParams), list(warnings.filters)
    first = texts([run], tmp_path / "one")
    assert (dict(matplotlib.rcParams), list(warnings.filters)) == before
    assert texts([run], tmp_path / "two") == first
    found = []
    thread = threading.Thread(target=lambda: found.append(texts([run], tmp_path / "three")))
    thread.start()
    thread.join()
    assert found == [first]


def test_without_matplotlib_there_are_tables_and_advice(tmp_path, monkeypatch):
    imported = builtins.__import__

    def refuse(name, *rest):
        if name.startswith("matplotlib") or name.endswith("report.plots"):
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    page, text = texts([usual_run(tmp_path / "run")], tmp_path / "out")
    assert "<svg" not in page
    assert "matplotlib is not installed" in page and 'pip install "o-mem[eval]"' in NO_PLOTS
    assert "matplotlib is not installed" in text
    assert "f1, best first" in page and "f1: percent, with 95 % intervals" in page


# Odd runs


def test_run_without_model_or_questions(tmp_path):
    empty = run_record(models={}, prompts={}, spent={}, probe={}, ended_at=None)
    page, text = texts([write_run(tmp_path / "run", run=empty)], tmp_path / "out")
    assert "No question of this benchmark has been scored yet." in text
    assert "No model was asked" in text
    assert Parsed(page).open == []


def test_retrieval_only(tmp_path):
    records = [record(name, question(place), answer=None) for name in ("omem", "bm25") for place in range(3)]
    run = run_record(models={}, prompts={}, spent={}, probe={})
    _, text = texts([write_run(tmp_path / "run", run=run, records=records)], tmp_path / "out")
    assert "The 3 questions with the lowest context@1000 of omem" in text
    assert "- **answer**: no model was asked" in text
    assert "f1" not in text.replace("f1+", "")


def test_memory_without_rank_or_context(tmp_path):
    bare = replace(record("none", question(0)), ranked=(), contexts={}, context_budget=None, pieces=())
    records = [record("omem", question(0)), bare]
    run = run_record(systems=("omem", "none"))
    _, text = texts([write_run(tmp_path / "run", run=run, records=records)], tmp_path / "out")
    assert row_of(text, "Times in milliseconds, largest context", "none")[1:] == ["–"] * 4 + ["0", "–"]


def test_old_prompt_versions_are_told(tmp_path):
    page, _ = texts([usual_run(tmp_path / "run", prompts={PROMPT.name: "0", "gone": "4"})], tmp_path / "out")
    assert "Used was version 0; this is the text of version 1." in page
    assert "gone, version 4: this package no longer has its text." in page


def test_no_or_unknown_runs(tmp_path):
    with pytest.raises(InvalidInputError, match="No run is given"):
        write_report([], tmp_path / "out")
    with pytest.raises(InvalidInputError, match=r"no run\.json"):
        write_report([tmp_path / "missing"], tmp_path / "out")
    with pytest.raises(InvalidInputError, match="toy"):
        write_report([usual_run(tmp_path / "run")], tmp_path / "out")  # the real registry has no such benchmark
    assert not (tmp_path / "out").exists()


def test_target_that_cannot_be_written(tmp_path):
    run = usual_run(tmp_path / "run")
    (tmp_path / "file").write_text("here")
    with pytest.raises(StorageError, match="--output"):
        write_report([run], tmp_path / "file", find=find)


def test_measures_of_growing_memories():
    from memory_chain.evaluation.report.costs import scaling
    from memory_chain.evaluation.report.gathering import Entry, OneRun, Study

    one = OneRun(label="run", record=run_record(), questions=(), summary={})
    built = [
        Built(
            system="omem",
            seed=0,
            conversation=name,
            messages=size * step,
            seconds=1,
            measures={"profile": {"held": step}},
        )
        for name, size in (("a", 10), ("b", 30))
        for step in (2, 1)
    ]
    entry = Entry(label="omem", name="omem", run=one, settings={}, figures={}, scored=(), built=built)
    section = scaling(Study(benchmark=find("toy"), runs=(one,), entries=(entry,)), "b1")
    (chart,) = section.blocks[-1].charts
    assert chart.title == "profile held as the memory grows"
    assert chart.drawing.series[0].points == ((20, 1), (40, 2))


def test_real_benchmark_is_found_by_name(tmp_path):
    run = write_run(tmp_path / "run", run=run_record(benchmark="locomo", prompts={}), records=[])
    page, _ = write_report([run], tmp_path / "out")
    assert "LoCoMo" in page.read_text("utf-8")
    assert RunFolder(run).exists()
