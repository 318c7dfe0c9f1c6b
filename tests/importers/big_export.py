"""How much memory a large import needs: makes a ChatGPT export and imports it, in a process of its own each time.

    python tests/importers/big_export.py --gigabytes 1 [--folder /tmp/big] [--understand]

Prints the peak of resident memory and the time of a dry run and of the import. By default the messages are stored and
left for `omem flush`; with --understand the rules read them as well, as `omem import` does, which takes much longer.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LIMIT_MB = 500
WORDS = "my sister and I went to the lake because she loves pasta and Italian food but not the rain".split()  # noqa: SIM905

IMPORT = """
import sys
from memory_chain import MemoryManager
from memory_chain.importers import Plan, Source, check, choose, run, survey
source = Source(sys.argv[1])
with MemoryManager.open(sys.argv[2], consolidate=sys.argv[3]) as memory:
    plan = Plan(importer=choose(source), source=source, user_id="me")
    found = survey(memory, plan)
    check(found, plan)
    if sys.argv[4] == "import":
        print(run(memory, plan))
    else:
        print(found.messages, "messages in", found.sessions, "sessions")
"""


def conversation(number: int, draw: random.Random) -> dict[str, Any]:
    """A conversation of 2 to 60 messages, with an edited one beside them."""
    begin = 1_600_000_000 + number * 3_000
    mapping: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None, "children": []}}
    parent = "root"
    for place in range(draw.randint(2, 60)):
        key = f"{number:08d}-{place:04d}-4000-8000-{number:012d}"
        text = " ".join(draw.choices(WORDS, k=draw.choice((8, 20, 60, 400, 900))))
        mapping[key] = {
            "id": key,
            "parent": parent,
            "children": [],
            "message": {
                "id": key,
                "author": {"role": "assistant" if place % 2 else "user", "name": None, "metadata": {}},
                "create_time": begin + place * 30.5,
                "update_time": None,
                "content": {"content_type": "text", "parts": [text]},
                "status": "finished_successfully",
                "weight": 1.0,
                "metadata": {"model_slug": "gpt-4", "request_id": key, "timestamp_": "absolute"},
                "recipient": "all",
            },
        }
        mapping[parent]["children"].append(key)
        parent = key
    return {
        "title": f"Conversation {number}",
        "create_time": float(begin),
        "update_time": float(begin + 2_000),
        "mapping": mapping,
        "current_node": parent,
        "conversation_id": f"c-{number}",
    }


def written(path: Path, size: int, seed: int = 7) -> Iterator[int]:
    """Write an export of at least this size; tells how many conversations it has so far."""
    draw = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        number = 0
        while file.tell() < size:
            file.write(("," if number else "") + json.dumps(conversation(number, draw)))
            number += 1
            yield number
        file.write("]")


def measured(path: Path, home: Path, what: str, consolidate: str) -> float:
    """Run in a process of its own; returns its peak of memory in MB."""
    began = time.perf_counter()
    code = f"{IMPORT}\nimport resource\nprint('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(home), consolidate, what],
        capture_output=True,
        text=True,
        check=True,
    )
    *told, last = done.stdout.strip().splitlines()
    peak = int(last.split()[1]) / (1024 if sys.platform != "darwin" else 1024**2)
    print(f"{what}: peak {peak:.0f} MB, {time.perf_counter() - began:.0f} s; {' '.join(told)}", flush=True)
    return peak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--understand", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        path = Path(folder) / "conversations.json"
        count = max(written(path, int(given.gigabytes * 1e9)))
        print(f"{path.stat().st_size / 1e6:,.0f} MB in {count} conversations", flush=True)
        consolidate = "inline" if given.understand else "manual"
        home = Path(folder) / "home"
        peaks = [measured(path, home, what, consolidate) for what in ("dry run", "import", "import")]
        size = sum(file.stat().st_size for file in home.rglob("*") if file.is_file())
        print(f"the memory has {size / 1e6:,.0f} MB; the largest peak is {max(peaks):.0f} MB (the bar is {LIMIT_MB})")
    return int(max(peaks) > LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main())
