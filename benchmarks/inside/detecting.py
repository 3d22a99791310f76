"""Judging texts that come in as JSON: the tiers of each set's texts, what hiding them costs, and the time taken."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.inside.timing import answer, timed
from lukhas_common.guardian.text import linear
from lukhas_common.guardian.text.judge import detector_version, judge
from tests.unit.guardian.encodings import ENCODINGS

LENGTH = 500
"""Characters of a text that is timed."""


def tiers(text: str) -> list[str]:
    """The harm tier and the injection tier."""
    found = judge(text)
    return [found.harm_tier.value, found.injection_tier.value]


def stretches(texts: list[str]) -> list[str]:
    """Texts of the length that is timed, cut out of all of these one after another."""
    joined = " ".join(texts)
    return [joined[start : start + LENGTH] for start in range(0, len(joined) - LENGTH, LENGTH)]


def measure() -> dict[str, Any]:
    """What is said of every text; ``sys.argv[1]`` stretches of each set are timed."""
    given = json.loads(sys.stdin.read())
    timings = {}
    for name, texts in given["timed"].items():
        cut = stretches(texts)[: int(sys.argv[1])]
        works: list[Callable[[], object]] = [partial(judge, text) for text in cut]
        timed(works[:20])
        timings[name] = timed(works)
    return {
        "version": detector_version(),
        "bytes": Path(linear.__file__).with_name("data").joinpath("detector.bin").stat().st_size,
        "tiers": {name: [tiers(text) for text in texts] for name, texts in given["judged"].items()},
        "encoded": {
            name: [tiers(encode(text)) for text in given["encoded"]] for name, encode in ENCODINGS.items()
        },
        "plain": [tiers(text) for text in given["encoded"]],
        "timings": timings,
    }  # fmt: skip


if __name__ == "__main__":
    answer(measure)
