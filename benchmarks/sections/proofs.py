"""Proofs from a large log."""

from __future__ import annotations

import json
from typing import Any

from benchmarks import measured
from benchmarks.stack import Stack
from benchmarks.statistic import Timing, percentile
from benchmarks.text import TIMES, Bar, bar, ms, of, table
from benchmarks.traffic_consent import SEQUENCER

READS_BAR = 30
"""Tiles read for one proof; the most of any."""

CPU_BAR = 0.005
"""CPU seconds of one proof; p99."""


def section(stack: Stack, leaves: int, times: int) -> tuple[str, list[Bar]]:
    """Prove ``times`` random places of each kind in a log of so many leaves."""
    found = measured.answer(stack, "proving", times, json.dumps(leaves), function=SEQUENCER)
    return _text(found, leaves, times), _bars(found, leaves)


def _bars(found: dict[str, Any], leaves: int) -> list[Bar]:
    reads = {kind: max(counts) for kind, counts in found["reads"].items()}
    slowest = {kind: percentile(timing["cpu"], 99) for kind, timing in found["proved"].items()}
    return [
        bar(
            max(reads.values()) <= READS_BAR,
            f"a proof of one of {leaves:,} leaves takes at most {READS_BAR} reads: "
            + ", ".join(f"{kind} {most}" for kind, most in reads.items()),
        ),
        bar(
            max(slowest.values()) < CPU_BAR,
            f"it takes less than {ms(CPU_BAR)} ms of CPU (p99), the reads not counted: "
            + ", ".join(f"{kind} {ms(seconds, 2)}" for kind, seconds in slowest.items()),
        ),
    ]


def _text(found: dict[str, Any], leaves: int, times: int) -> str:
    built = Timing(**found["built"])
    rows = []
    for kind in found["proved"]:
        for verb in ("proved", "verified"):
            timing = Timing(**found[verb][kind])
            counts = sorted(found["reads"][kind]) if verb == "proved" else []
            hashes = sorted(found["hashes"][kind])
            reads = f"{percentile(counts, 50)} / {counts[-1]}" if counts else "–"
            rows.append([f"{kind}, {verb}", reads, f"{percentile(hashes, 50)} / {hashes[-1]}", *of(timing)])
    return "\n\n".join(
        [
            "### Proofs",
            f"From the hash tiles of {leaves:,} leaves in memory, {times} places by chance (the same each time) of "
            "each kind; every proof is verified. Nothing is kept from one proof to the next. Reads and hashes: median "
            "/ most; milliseconds.",
            table(["what", "reads", "hashes", *TIMES], rows),
            f"Building these {found['tiles']:,} tiles, {found['bytes'] / 1e6:,.0f} MB, took {sum(built.cpu):.1f} s of "
            f"CPU ({leaves / sum(built.cpu):,.0f} leaves a second), and the process {found['memory'] / 1e6:,.0f} MB at "
            "most.",
        ]
    )
