#!/usr/bin/env python3
# Rebuilds layers/lukhas_common/lukhas_common/guardian/text/english.txt.gz.
#
# Source: the English rows of ../shared/data/guardian/train, the sets that the guardian's classifier is trained on
# (MIT, Apache-2.0 or CC0). Sets that mix languages without saying so are left out.
"""Build the table of English words and letter triples from the training sets.

    python scripts/build_english.py           # write
    python scripts/build_english.py --check   # compare with the shipped file

First line: a digit for each triple of the letters " a" to "z", 0 where it never occurs in English up to 9 where it is
most frequent. Second line: the words, most frequent first.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "layers/lukhas_common/lukhas_common/guardian/text/english.txt.gz"
TRAIN = ROOT.parent / "shared/data/guardian/train"
MIXED = {"deepset_injection", "purplellama_injection_ml", "catqa_chinese", "catqa_vietnamese"}
LETTERS = " abcdefghijklmnopqrstuvwxyz"
WORD = re.compile(r"(?<![\w@#&/.])[a-z]+(?:['’][a-z]+)?(?![\w@/])")
# Of the shorter letter groups, most are abbreviations.
SHORT = " a i of to in it is be as at so we he by or on do if me my up an go no us am oh hi ok hm ex vs pm tv uk dj id "


def rows(train: Path) -> Iterator[tuple[str, str]]:
    """Yield the set and the lower-case text of each English row."""
    for file in sorted(train.glob("*.jsonl")):
        if file.stem in MIXED:
            continue
        for line in file.read_text("utf-8").rstrip("\n").split("\n"):
            row = json.loads(line)
            if row.get("lang", "en") == "en":
                yield file.stem, row["text"].lower()


def words(train: Path) -> tuple[list[str], Counter[str]]:
    """Return the words, most frequent first, and how often each occurs.

    A word counts that several sets use, or one set often: that leaves out most slips, names and foreign words.
    """
    count: Counter[str] = Counter()
    sets: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, text in rows(train):
        for match in WORD.finditer(text):
            word = match[0].replace("’", "'")
            count[word] += 1
            sets[word][name] += 1
    kept = [
        word
        for word, times in count.items()
        if ((len(sets[word]) >= 2 and times >= 3) or times >= 12)
        and (len(word) > 2 or f" {word} " in SHORT)
        and not re.search(r"(.)\1\1", word)
    ]
    return sorted(kept, key=lambda word: (-count[word], word)), count


def triples(kept: list[str], count: Counter[str]) -> str:
    """Return a digit for each triple: the logarithm of how often it occurs, words being damped by a square root."""
    times: Counter[str] = Counter()
    for word in kept:
        padded = f" {word.replace(chr(39), '')} "
        for at in range(len(padded) - 2):
            times[padded[at : at + 3]] += math.sqrt(count[word])  # type: ignore[assignment]
    most = math.log(max(times.values()))
    found = ("".join(triple) for triple in product(LETTERS, repeat=3))
    return "".join(str(min(9, 1 + int(9 * math.log(times[t] + 1) / most))) if times[t] else "0" for t in found)


def build(train: Path = TRAIN) -> bytes:
    """Return the file's content, the same for the same rows."""
    kept, count = words(train)
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as file:
        file.write(f"{triples(kept, count)}\n{' '.join(kept)}\n".encode())
    return buffer.getvalue()


def main() -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    content = build()
    if parser.parse_args().check:
        same = gzip.decompress(OUTPUT.read_bytes()) == gzip.decompress(content)
        print("same" if same else "differs: run without --check")
        return 0 if same else 1
    OUTPUT.write_bytes(content)
    print(f"{len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
