"""The ablation study on LoCoMo, under the name of the published script: a thin door to `memory_chain.evaluation`.

    python locomo_experiment_retrieval_optimize_ablation_study.py --data locomo10.json
    python locomo_experiment_retrieval_optimize_ablation_study.py --data locomo10.json --model gpt-4o-mini

Without a model: how much of the evidence is found by our memory, by it with every channel and every ranking feature
off in turn, by the published recipe step by step (free, and at equal budgets), and by plain baselines. With a model
also the answers, and our memory with messages understood by the model in batches of 1, 5, 10 and 20.

Writes to the output folder: the run (`run.json`, `questions.jsonl`; an interrupted one is gone on with),
`retrieval_ablation.json` (the figures, with recall by number of retrieved pieces) and `report.html`, `report.md`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
from pathlib import Path

from memory_chain.errors import MemoryChainError
from memory_chain.evaluation import ablation
from memory_chain.evaluation.benchmarks.locomo import LoCoMo, answerable
from memory_chain.evaluation.commands import evaluate, sample_places
from memory_chain.evaluation.data.locomo import read_locomo
from memory_chain.evaluation.options import RunOptions
from memory_chain.evaluation.report import write_report
from memory_chain.evaluation.running import Contestant

STEPS = (1, 2, 3, 5, 10, 15, 20, 30, 50, 100)


def main() -> int:
    """Run the study; returns the exit code."""
    options = _options()
    most = options.number_of_retrieval_pieces
    depths = tuple(sorted({*(step for step in STEPS if step < most), most}))
    run = RunOptions(
        systems=options.systems, model=options.model, judge_model=options.judge_model,
        retrieval_only=options.model is None, output_dir=options.output_dir, runs=options.runs, seed=options.seed,
        budgets=options.budgets, depths=",".join(map(str, depths)), ablate=True, concurrency=options.concurrency,
        processes=options.processes, max_cost=options.max_cost, price_in=options.price_in,
        price_out=options.price_out, config=options.config, as_json=True,
    )  # fmt: skip
    told = io.StringIO()
    try:
        dataset = read_locomo(options.data, samples=sample_places(options.samples))
        with contextlib.redirect_stdout(told):
            evaluate(
                LoCoMo(depths=depths),
                dataset if options.model else answerable(dataset),
                run,
                compose=lambda asked, llm: [
                    *asked,
                    *ablation.published_stages(),
                    *(ablation.by_batch(llm) if llm else ()),
                    *_thresholded(options.drop_threshold),
                ],
            )
        result = options.output_dir / "retrieval_ablation.json"
        result.write_text(told.getvalue(), "utf-8")
        written = write_report([options.output_dir], options.output_dir)
    except MemoryChainError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"Interrupted. What is done is kept: give --output-dir {options.output_dir} to go on.\n")
        return 130
    sys.stdout.write("".join(f"{path}\n" for path in (result, *written)))
    return 0


def _thresholded(threshold: float) -> list[Contestant]:
    if not threshold:
        return []
    name = f"omem, drop below {threshold:g}"
    return [Contestant(name=name, system="omem", parts={"drop_threshold": threshold})]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Ablation study on LoCoMo.")
    parser.add_argument("--data", type=Path, required=True, help="path of locomo10.json")
    parser.add_argument("--output-dir", type=Path, default=Path("results"), help="where the results go")
    parser.add_argument("--samples", help="places of the samples, from 0: 0,1,2 (default: all)")
    parser.add_argument("--number-of-retrieval-pieces", type=int, default=20, help="the deepest rank looked at")
    parser.add_argument(
        "--drop-threshold", type=float, default=0.0,
        help="0 to 1: also our memory without messages less likely than this, relative to the best one",
    )  # fmt: skip
    parser.add_argument("--systems", default="omem,bm25,last,none", help="memories to compare, by commas")
    parser.add_argument("--model", help="model that answers and judges (default: none, retrieval only)")
    parser.add_argument("--judge-model", help="model that judges (default: the one that answers)")
    parser.add_argument("--retrieval-only", action="store_true", help="ask no model, even if one is named")
    parser.add_argument("--budgets", default="500,1000,1500", help="sizes of contexts in tokens, by commas")
    parser.add_argument("--runs", type=int, default=1, help="repetitions, each with its own seed")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--concurrency", type=int, default=4, help="questions put to a model at the same time")
    parser.add_argument("--processes", type=int, help="without a model: conversations at the same time")
    parser.add_argument("--max-cost", type=float, help="stop when so much is spent; needs prices")
    parser.add_argument("--price-in", type=float, default=0.0, help="price of a million tokens read")
    parser.add_argument("--price-out", type=float, default=0.0, help="price of a million tokens written")
    parser.add_argument("--config", type=Path, help="settings: server and key of the model")
    options = parser.parse_args()
    if options.number_of_retrieval_pieces < 1:
        parser.error("--number-of-retrieval-pieces has to be at least 1")
    if not 0 <= options.drop_threshold <= 1:
        parser.error("--drop-threshold has to be 0 to 1")
    if options.retrieval_only:
        options.model = None
    return options


if __name__ == "__main__":
    sys.exit(main())
