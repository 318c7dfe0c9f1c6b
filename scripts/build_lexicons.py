"""Derives the rule writer's noun classes from WordNet (Debian: wordnet-base).

    python scripts/build_lexicons.py [/usr/share/wordnet] > memory_chain/data/wordnet_classes.txt

A word is taken into a class if its most frequent noun sense lies under one of the class's roots. The output
has one line a class: its name, a colon, and its words separated by commas. What the roots miss or take in
wrongly is put right by hand in `memory_chain/data/lexicon.txt`.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

# Class: roots as lemma#sense. A root begins a subtree of hyponyms.
ROOTS = {
    "occupation": (
        "worker#1 professional#1 skilled_worker#1 health_professional#1 educator#1 scientist#1 engineer#1 "
        "artist#1 performer#1 businessperson#1 employee#1 serviceman#1 craftsman#1 writer#1 creator#2 "
        "administrator#1 official#1 caregiver#1 clergyman#1 lawyer#1 musician#1 journalist#1 trainer#1 "
        "farmer#1 merchant#1 athlete#1 designer#4 librarian#1 consultant#1 investigator#1 photographer#1"
    ),
    "food": "food#1 food#2 foodstuff#2 edible_fruit#1 vegetable#1 nut#1 seafood#1 meat#1 herb#2 flavorer#1 beverage#1",
    "condition": "disease#1 illness#1 disorder#1 allergy#1 phobia#1 disability#1",
    "medicine": "medicine#2",
    "instrument": "musical_instrument#1",
    "sport": "sport#1 athletic_game#1 martial_art#1",
    "study": "discipline#1 science#2 humanistic_discipline#1",
    "animal": "domestic_animal#1",
}
POLITE = re.compile(r"^[a-z][a-z' -]+$")
LIMIT = {"occupation": 1800, "food": 1500, "condition": 900}


class Nouns:
    """WordNet's nouns: hyponyms by synset and the synsets of a lemma, the most frequent first."""

    def __init__(self, home: Path) -> None:
        self.lemmas: dict[str, list[str]] = {}
        self.hyponyms: defaultdict[str, list[str]] = defaultdict(list)
        self.senses: dict[str, list[str]] = {}
        for line in (home / "data.noun").read_text("latin-1").splitlines():
            if line.startswith("  "):
                continue
            parts = line.split("|")[0].split()
            offset, count = parts[0], int(parts[3], 16)
            self.lemmas[offset] = [parts[4 + 2 * i] for i in range(count)]
            at = 4 + 2 * count
            for i in range(int(parts[at])):
                sign, target = parts[at + 1 + 4 * i], parts[at + 2 + 4 * i]
                if sign in ("@", "@i"):
                    self.hyponyms[target].append(offset)
        for line in (home / "index.noun").read_text("latin-1").splitlines():
            if not line.startswith("  "):
                parts = line.split()
                self.senses[parts[0]] = parts[-int(parts[2]) :]

    def under(self, root: str) -> set[str]:
        """The synsets of a subtree; empty if the root's sense does not exist."""
        lemma, sense = root.split("#")
        senses = self.senses.get(lemma, [])
        if len(senses) < int(sense):
            print(f"no {root}", file=sys.stderr)
            return set()
        found, todo = set(), [senses[int(sense) - 1]]
        while todo:
            offset = todo.pop()
            if offset not in found:
                found.add(offset)
                todo.extend(self.hyponyms[offset])
        return found


def frequencies(home: Path) -> dict[str, int]:
    """How often a lemma was tagged in WordNet's corpora."""
    counts: defaultdict[str, int] = defaultdict(int)
    for line in (home / "cntlist.rev").read_text("latin-1").splitlines():
        key, _, count = line.split()
        counts[key.split("%")[0]] += int(count)
    return counts


def irregular_pasts(home: Path, common: set[str]) -> set[str]:
    """Past forms that do not end in -ed, of common verbs ("broke", "taught", "gone")."""
    found = set()
    for line in (home / "verb.exc").read_text("latin-1").splitlines():
        form, base = line.split()[:2]
        if base in common and form.isalpha() and not form.endswith(("ed", "ing", "s")):
            found.add(form)
    return found - {"ground"} | {"put", "read", "cut", "quit", "hit", "let", "set"}


def build(home: Path) -> dict[str, list[str]]:
    nouns, counts = Nouns(home), frequencies(home)
    verbs = {line.split()[0] for line in (home / "index.verb").read_text("latin-1").splitlines() if line[0] != " "}
    classes = {}
    for name, roots in ROOTS.items():
        synsets = set().union(*(nouns.under(root) for root in roots.split()))
        words = set()
        for offset in synsets:
            for lemma in nouns.lemmas[offset]:
                low = lemma.lower()
                word = low.replace("_", " ")
                first = nouns.senses.get(low, [""])[0]
                proper = lemma != low
                if (
                    first in synsets
                    and (not proper or name in ("language", "game", "art", "food", "animal", "condition"))
                    and POLITE.match(word)
                    and word.count(" ") <= 1
                    and 3 <= len(word) <= 24
                    and not (low in verbs and counts[low] > 60 and name != "sport")
                ):
                    words.add(word)
        ranked = sorted(words, key=lambda w: (-counts[w.replace(" ", "_")], w.count(" "), len(w), w))
        classes[name] = sorted(ranked[: LIMIT.get(name, 500)])
    common = sorted((v for v in verbs if v.isalpha() and len(v) > 1), key=lambda v: (-counts[v], v))[:3000]
    classes["verb"] = sorted(common)
    classes["past"] = sorted(irregular_pasts(home, set(common)))
    return classes


if __name__ == "__main__":
    for name, words in build(Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wordnet")).items():
        print(f"{name}:{','.join(words)}")
