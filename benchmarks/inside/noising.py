"""Privacy: the time that noise takes, what many answers cost, and a table and documents measured."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.inside.timing import answer, each, repeated, timed
from lukhas_common.privacy.anonymity.report import measure as measured
from lukhas_common.privacy.composition import compose
from lukhas_common.privacy.mechanisms import (
    Noise,
    add_gaussian_noise,
    add_laplace_noise,
    gaussian_noise,
    laplace_noise,
)
from lukhas_common.privacy.redaction import tagger, words
from lukhas_common.privacy.redaction.redactor import mask, redact

BATCH = 200
"""Draws that are timed together: one takes less than a clock can tell."""

QUASI = ("age", "education", "occupation", "relationship", "sex", "native-country")
TENTH = Fraction(1, 10)
MANY = {Fraction(number, 1_000_000): 1 for number in range(1000, 10_000)}
"""Nine thousand different answers."""


def _draws() -> dict[str, Callable[[], object]]:
    return {
        "Laplace, whole numbers, ε = 1, sensitivity 1": lambda: Noise(1, Fraction(1)).draw(BATCH),
        "Laplace, whole numbers, ε = 0.1, sensitivity 1,440": lambda: Noise(1440, TENTH).draw(BATCH),
        "Gaussian, whole numbers, ε = 0.1, δ = 1e-6, sensitivity 1": lambda: [
            Noise(1, TENTH, 1e-6).draw() for _ in range(BATCH)
        ],
        "Laplace, real numbers: laplace_noise": lambda: [laplace_noise(2.5) for _ in range(BATCH)],
        "Gaussian, real numbers: gaussian_noise": lambda: [gaussian_noise(2.5) for _ in range(BATCH)],
        "Laplace, a real value on a lattice: add_laplace_noise": lambda: [
            add_laplace_noise(71.3, 1.0, 0.5) for _ in range(BATCH)
        ],
        "Gaussian, a real value on a lattice: add_gaussian_noise": lambda: [
            add_gaussian_noise(71.3, 1.0, 0.5, 1e-6) for _ in range(BATCH)
        ],
    }


def _table(path: Path) -> list[dict[str, str | int]]:
    """Adult, its ages as numbers."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    return [{**row, "age": int(row["age"])} for row in rows]


def measure() -> dict[str, Any]:
    """``sys.argv[1]`` documents and batches; the texts and the folder of the data come in as JSON."""
    given = json.loads(sys.stdin.read())
    times = int(sys.argv[1])
    rows = _table(Path(given["adult"]))
    timed([lambda: measured(rows, QUASI, ["salary-class"])])
    texts = given["texts"][:times]
    started = time.process_time()
    redact("Ada")
    first = time.process_time() - started
    for text in texts[:50]:
        redact(text)
    spent = {TENTH: 100}
    return {
        "draws": {name: repeated(draw, max(5, times // 10)) for name, draw in _draws().items()},
        "batch": BATCH,
        "calibrating": timed([lambda: Noise(2, TENTH, 1e-6).variance, lambda: Noise(1440, TENTH, 1e-6).variance]),
        "composing": repeated(lambda: compose(spent, 1e-6), 10),
        "composing_many": timed([lambda: compose(MANY, 1e-6)]),
        "composed": compose(spent, 1e-6),
        "anonymity": timed([lambda: measured(rows, QUASI, ["salary-class"])] * 10),
        "report": measured(rows, QUASI, ["salary-class"]),
        "rows": len(rows),
        "redacting": each(redact, texts),
        "masking": each(mask, texts),
        "characters": sum(map(len, texts)),
        "first": first,
        "model": tagger.MODEL.stat().st_size,
        "names": words.LISTS.stat().st_size,
    }


if __name__ == "__main__":
    answer(measure)
