"""Derive the word table that the ranking uses from WordNet (Debian: `apt install wordnet-base`).

    python scripts/build_wordnet.py /usr/share/wordnet memory_chain/data

Writes `wordnet.bin` (irregular forms, and for each common word its nearest words with a similarity) and
`WORDNET-LICENSE.txt`. Needs numpy and scipy; the package itself needs neither. The result is deterministic.

How: every synset is a document made of its words, its gloss and the words of the synsets it points to.
Words that share documents are alike: positive pointwise mutual information, a singular value decomposition
to 300 dimensions, cosine. Only the lists of neighbours are shipped.
"""

from __future__ import annotations

import argparse
import math
import re
import struct
from collections import Counter
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import svds

from memory_chain.retrieval.analysis import STOP_WORDS, stem, words

FILES = ("noun", "verb", "adj", "adv")
DIMENSIONS = 300
NEIGHBOURS = 32
HEADS = 20_000
TARGETS = 12_000
FLOOR = 0.40
CLOSE = "@+&*>"  # hypernym, derived form, similar, entailment, cause: their words count 0.7
LOOSE = "#%!^$;-=m"  # holonym, part, antonym, see also, ...: the first three words count 0.3


def read_exceptions(folder: Path) -> dict[str, str]:
    """Irregular form to base form, for single words whose stems differ; verbs win over nouns."""
    found: dict[str, str] = {}
    for name in ("verb", "noun", "adj", "adv"):
        for line in (folder / f"{name}.exc").read_text("latin-1").splitlines():
            form, *bases = line.split()
            if not bases or "_" in form or "_" in bases[0] or not form.isalpha() or not bases[0].isalpha():
                continue
            if (
                form not in STOP_WORDS
                and bases[0] not in STOP_WORDS
                and stem(form, exceptions={}) != stem(bases[0], exceptions={})
            ):
                found.setdefault(form, bases[0])
    return found


def read_synsets(folder: Path) -> dict[str, tuple[list[str], str, list[tuple[str, str]]]]:
    """Synset key to (words, gloss, pointers as (symbol, key))."""
    synsets = {}
    for letter, name in zip("nvar", FILES, strict=True):
        for line in (folder / f"data.{name}").read_text("latin-1").splitlines():
            if line.startswith(" "):
                continue
            head, _, gloss = line.partition("|")
            parts = head.split()
            count = int(parts[3], 16)
            names = [re.sub(r"\(.*\)", "", parts[4 + 2 * i].lower()) for i in range(count)]
            at = 4 + 2 * count
            pointers = []
            for i in range(int(parts[at])):
                symbol, offset, part, _ = parts[at + 1 + 4 * i : at + 5 + 4 * i]
                pointers.append((symbol, ("a" if part == "s" else part) + offset))
            synsets[letter + parts[0]] = (names, gloss.strip(), pointers)
    return synsets


def documents(
    synsets: dict[str, tuple[list[str], str, list[tuple[str, str]]]], exceptions: dict[str, str]
) -> list[Counter[str]]:
    """A weighted bag of stems for each synset."""

    def stems(text: str) -> list[str]:
        return [stem(w, exceptions=exceptions) for w in words(text) if len(w) > 1 and w not in STOP_WORDS]

    bags = []
    for names, gloss, pointers in synsets.values():
        bag: Counter[str] = Counter()

        def put(text: str, weight: float, bag: Counter[str] = bag) -> None:
            for word in stems(text):
                bag[word] += weight  # type: ignore[assignment]

        for name in names:
            put(name.replace("_", " "), 1 if "_" in name else 2)
        definition, *examples = gloss.split(";")
        put(definition, 1)
        for example in examples:
            put(example, 0.7)
        for symbol, key in pointers:
            if symbol[0] in CLOSE:
                for name in synsets[key][0]:
                    put(name.replace("_", " "), 0.7)
            elif symbol[0] in LOOSE:
                for name in synsets[key][0][:3]:
                    put(name.replace("_", " "), 0.3)
        bags.append(bag)
    return bags


def vectors(bags: list[Counter[str]], vocabulary: list[str], counts: Counter[str]) -> np.ndarray:
    """A row of length 1 for each word of the vocabulary."""
    index = {word: i for i, word in enumerate(vocabulary)}
    rows, columns, values = [], [], []
    for number, bag in enumerate(bags):
        norm = math.sqrt(sum(bag.values())) or 1.0
        for word, weight in sorted(bag.items()):
            if word in index:
                rows.append(index[word])
                columns.append(number)
                tf = 1 + math.log(weight) if weight >= 1 else weight
                values.append(tf * math.log(len(bags) / counts[word]) / norm)
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(len(vocabulary), len(bags)))
    shared = (matrix @ matrix.T).tolil()
    shared.setdiag(0)
    together = shared.tocoo()
    sums = np.asarray(together.tocsr().sum(1)).ravel()
    context = sums**0.75 / (sums**0.75).sum()
    information = np.log(np.maximum(together.data / (sums[together.row] * context[together.col]), 1e-12))
    keep = information > 0
    positive = sparse.csr_matrix(
        (information[keep], (together.row[keep], together.col[keep])), shape=together.shape, dtype=np.float64
    )
    start = np.random.default_rng(0).normal(size=len(vocabulary))
    left, strength, _ = svds(positive, k=DIMENSIONS, v0=start)
    table = left * np.sqrt(strength)
    return table / (np.linalg.norm(table, axis=1, keepdims=True) + 1e-9)


def commonness(folder: Path, counts: Counter[str], exceptions: dict[str, str]) -> Counter[str]:
    """How common a stem is: in how many synsets it occurs, and how often it was tagged in running text."""
    common: Counter[str] = Counter(counts)
    for line in (folder / "cntlist.rev").read_text("latin-1").splitlines():
        key, _, count = line.split()
        word = key.partition("%")[0]
        if word.isalpha():
            common[stem(word, exceptions=exceptions)] += 5 * int(count)
    return common


def pack(exceptions: dict[str, str], heads: list[str], lists: list[list[tuple[int, int]]]) -> bytes:
    """Header, irregular forms, words, then for each head a row of NEIGHBOURS (number, similarity) pairs."""
    irregular = "\n".join(f"{form} {base}" for form, base in sorted(exceptions.items())).encode()
    names = "\n".join(heads).encode()
    numbers = bytearray()
    similarities = bytearray()
    for row in lists:
        padded = row + [(0, 0)] * (NEIGHBOURS - len(row))
        numbers += struct.pack(f"<{NEIGHBOURS}H", *(number for number, _ in padded))
        similarities += bytes(similarity for _, similarity in padded)
    header = struct.pack("<4sIIII", b"OMW1", len(irregular), len(names), len(heads), NEIGHBOURS)
    return header + irregular + names + bytes(numbers) + bytes(similarities)


def main() -> None:
    parser = argparse.ArgumentParser(description="Derive memory_chain/data/wordnet.bin from WordNet.")
    parser.add_argument("wordnet", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    exceptions = read_exceptions(options.wordnet)
    bags = documents(read_synsets(options.wordnet), exceptions)
    counts = Counter(word for bag in bags for word in bag)
    vocabulary = [word for word in sorted(counts) if counts[word] >= 4 and not word.isdigit()]
    table = vectors(bags, vocabulary, counts).astype(np.float32)
    common = commonness(options.wordnet, counts, exceptions)
    ranked = sorted(range(len(vocabulary)), key=lambda i: (-common[vocabulary[i]], vocabulary[i]))[:HEADS]
    heads = [vocabulary[i] for i in ranked]
    part = table[ranked]
    lists = []
    for row in range(len(heads)):
        similarity = part[:TARGETS] @ part[row]
        order = np.lexsort((np.arange(len(similarity)), -np.round(similarity, 3)))
        best = [(int(i), round(float(similarity[i]) * 255)) for i in order[: NEIGHBOURS + 1] if i != row]
        lists.append([(i, min(s, 255)) for i, s in best[:NEIGHBOURS] if s >= FLOOR * 255])
    options.target.mkdir(parents=True, exist_ok=True)
    packed = pack(exceptions, heads, lists)
    (options.target / "wordnet.bin").write_bytes(packed)
    licence = (options.wordnet / "data.noun").read_text("latin-1").splitlines()
    text = "\n".join(line[2:].partition(" ")[2].strip() for line in licence[:29])
    (options.target / "WORDNET-LICENSE.txt").write_text(text.strip() + "\n", "utf-8")
    print(f"{len(exceptions)} irregular forms, {len(heads)} words, {len(packed):,} bytes")


if __name__ == "__main__":
    main()
