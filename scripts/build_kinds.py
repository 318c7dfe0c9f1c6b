"""Which foods and drinks are of which kind, from WordNet (Debian's `wordnet-base`): a steak is meat.

    python scripts/build_kinds.py [/usr/share/wordnet] > memory_chain/data/kinds.txt

One line a kind: its name, then every single-word noun below it in the hierarchy. Deterministic.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOTS = {
    "meat": ("meat",),
    "fish": ("fish", "seafood", "shellfish"),
    "dairy": ("dairy_product",),
    "alcohol": ("alcohol",),
    "coffee": ("coffee",),
    "sweets": ("sweet", "candy", "cake", "cookie"),
    "nuts": ("edible_nut",),
}
FOOD = "13"
"""The lexicographer's file of food and drink."""


def main(folder: Path) -> None:
    """Print the kinds."""
    below: dict[str, list[str]] = {}
    lemmas: dict[str, list[str]] = {}
    for line in (folder / "data.noun").read_text().splitlines():
        if line.startswith("  "):
            continue
        fields = line.split("|")[0].split()
        offset, file, count = fields[0], fields[1], int(fields[3], 16)
        if file != FOOD:
            continue
        lemmas[offset] = [fields[4 + 2 * i].lower() for i in range(count)]
        for match in re.finditer(r"(@i?) (\d{8}) n", line.split("|")[0]):
            below.setdefault(match[2], []).append(offset)
    for kind, roots in ROOTS.items():
        found: set[str] = set()
        waiting = [offset for offset, names in lemmas.items() if names[0] in roots]
        while waiting:
            offset = waiting.pop()
            found.update(name for name in lemmas.get(offset, ()) if name.isalpha() and len(name) > 2)
            waiting += below.get(offset, [])
        print(kind, *sorted(found - {kind}))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wordnet"))
