"""Searching memories: what is found of judged questions, how alike the embedder finds sentences, and in what time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import measured, retrieval
from benchmarks.build import ROOT
from benchmarks.stack import Stack
from benchmarks.statistic import Timing, mean, mean_interval, percentile, spearman, spearman_interval
from benchmarks.text import TIMES, Bar, bar, ms, of, table

DATA = ROOT.parent / "shared" / "data"
FUNCTION = "SearchMemoryFunction"
BARS = {10_000: 2e-3, 100_000: 15e-3}
"""Seconds of CPU that the median search may take among so many memories: ranking alone, and the whole call."""

ALIKE = 0.68
WORDS, BOTH = "BM25 alone", "both and neighbours"
Judged = Mapping[str, Sequence[Sequence[float]]]


def section(stack: Stack, searches: int) -> tuple[str, list[Bar]]:
    """Every judged question once, and so many searches in an index of each size; nothing where the data is missing."""
    if not DATA.is_dir():
        return "The public sets are not beside this clone: nothing was measured.", []
    given = asked()
    found = measured.answer(stack, "searching", searches, json.dumps(given), function=FUNCTION)
    return text(found, len(given["turns"])), bars(found)


def asked() -> dict[str, Any]:
    """What the program of ``inside`` is given."""
    turns, questions = retrieval.conversations(DATA)
    return {
        "turns": [[turn.text, turn.session, turn.at] for turn in turns],
        "asked": [[one.set, one.text, one.answers] for one in questions],
        "pairs": {
            part: [[pair.score, pair.first, pair.second] for pair in retrieval.pairs(DATA, part)]
            for part in ("dev", "test")
        },
        "sizes": list(BARS),
    }


def bars(found: Mapping[str, Any]) -> list[Bar]:
    """The embedder on STS-B, more found than by words alone, and the time of a search."""
    alike = spearman(found["alike"]["test"])
    met = [bar(alike >= ALIKE, f"STS-B's test part: Spearman at least {ALIKE}: {alike:.3f}")]
    for name, judged in found["found"].items():
        gain, low, high = _gain(judged, BOTH)
        met.append(
            bar(
                low > 0,
                f"{name}: words, meaning and neighbours find more in the first ten than BM25 alone: "
                f"{gain * 100:+.1f} points ({low * 100:+.1f} to {high * 100:+.1f})",
            )
        )
    for part, name, what in (
        ("sizes", "search", "a search"),
        ("whole", "whole search", "the whole call of Searching.search"),
    ):
        for size, most in BARS.items():
            cpu = found[part][str(size)]["timings"][name]["cpu"]
            met.append(
                bar(
                    percentile(cpu, 50) <= most,
                    f"{what} among {size:,} memories takes at most {ms(most, 0)} ms of CPU: "
                    f"{ms(percentile(cpu, 50), 2)} (p99 {ms(percentile(cpu, 99), 2)})",
                )
            )
    return met


def text(found: Mapping[str, Any], turns: int) -> str:
    """The tables."""
    rows = []
    for name, judged in found["found"].items():
        for method, pairs in judged.items():
            recalls, ranks = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            low, high = mean_interval(recalls)
            gain = "–"
            if method != WORDS:
                more, least, most = _gain(judged, method)
                gain = f"{more * 100:+.1f} ({least * 100:+.1f} to {most * 100:+.1f})"
            cells = [name, method, str(len(pairs)), f"{mean(recalls):.3f} ({low:.3f} to {high:.3f})"]
            rows.append([*cells, f"{mean(ranks):.3f}", gain])
    alike = []
    for part, pairs in found["alike"].items():
        low, high = spearman_interval(pairs)
        alike.append([part, str(len(pairs)), f"{spearman(pairs):.3f} ({low:.3f} to {high:.3f})"])
    timed = [
        [f"{int(size):,}", name, str(len(timing["cpu"])), *of(Timing(**timing))]
        for part in ("sizes", "whole")
        for size, one in found[part].items()
        for name, timing in one["timings"].items()
    ]
    relations = " and ".join(f"{one['relations']:,}" for one in found["whole"].values())
    sizes = ", ".join(f"{int(size):,} memories {one['bytes'] / 1e6:.1f} MB" for size, one in found["sizes"].items())
    return "\n\n".join(
        [
            "### What is found",
            f"Conversations of {turns:,} turns made of public texts (benchmarks/retrieval.py). Recall: the share "
            "of a question's answers, of at most ten, in the first ten. Gain: in recall over BM25, in points, question "
            "by question. 95 % intervals by 1,000 bootstrap samples of the questions.",
            table(["set", "by", "questions", "recall@10", "mean reciprocal rank", "gain over BM25"], rows),
            "### How alike sentences are",
            "STS-B, the embedder by itself; 95 % intervals by 200 bootstrap samples.",
            table(["part", "pairs", "Spearman"], alike),
            "### What it takes",
            f"Blobs: {sizes}. Importing the modules takes {ms(found['imported'])} ms of CPU, numpy included; the first "
            f"text, with the vocabulary and the vectors mapped, {ms(found['model'])} ms.",
            table(["memories", "work", "times", *TIMES], timed),
            "The whole search is Searching.search on ports in memory, with key, index and graph held: manifest, what "
            "is fresh, ranking, ten items and those that may have come after them, opened, and what is known of the "
            f"concepts that the question names, out of {relations} relations. The machine is shared with other work, "
            "so processor caches are, too.",
        ]
    )


def _gain(judged: Judged, method: str) -> tuple[float, float, float]:
    """How much more recall than by words alone, and its interval."""
    gains = [one[0] - other[0] for one, other in zip(judged[method], judged[WORDS], strict=True)]
    return (mean(gains), *mean_interval(gains))
