"""Retrieval ablation on LoCoMo, under the name of the published script: a thin door to `memory_chain.evaluation`.

    python locomo_experiment_retrieval_optimize_ablation_study.py --data locomo10.json --retrieval-only

Writes `retrieval_ablation.json` (recall by number of retrieved pieces) and `retrieval_records.jsonl` (one line a
question) to the output folder.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from memory_chain.errors import MemoryChainError
from memory_chain.evaluation import old_report as report
from memory_chain.evaluation.commands import run_locomo

STEPS = (1, 2, 3, 5, 10, 15, 20, 30, 50, 100)


def main() -> int:
    """Run the ablation; returns the exit code."""
    parser = argparse.ArgumentParser(description="Retrieval ablation on LoCoMo, by number of retrieved pieces.")
    parser.add_argument("--data", type=Path, required=True, help="path of locomo10.json")
    parser.add_argument("--output-dir", type=Path, default=Path("results"), help="where the results go")
    parser.add_argument("--number-of-retrieval-pieces", type=int, default=20, help="the deepest number looked at")
    parser.add_argument("--samples", help="places of the samples, from 0: 0,1,2 (default: all)")
    parser.add_argument("--retrieval-only", action="store_true", help="answer no questions (needs no model)")
    options = parser.parse_args()
    most = options.number_of_retrieval_pieces
    if most < 1:
        parser.error("--number-of-retrieval-pieces has to be at least 1")
    depths = tuple(sorted({*(step for step in STEPS if step < most), most}))
    try:
        run = run_locomo(options.data, retrieval_only=options.retrieval_only, samples=options.samples, depths=depths)
    except MemoryChainError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    options.output_dir.mkdir(parents=True, exist_ok=True)
    result = options.output_dir / "retrieval_ablation.json"
    result.write_text(json.dumps(report.summary(run), ensure_ascii=False, indent=2) + "\n", "utf-8")
    report.write_records(run, options.output_dir / "retrieval_records.jsonl")
    sys.stdout.write(f"{result}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
