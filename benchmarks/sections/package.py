"""The package of the function that searches memories: how large it is, and what its start takes."""

from __future__ import annotations

from pathlib import Path

from benchmarks import imports
from benchmarks.build import LAYERS
from benchmarks.cold import BARE_NAME
from benchmarks.process import BARE, Worker
from benchmarks.stack import Stack
from benchmarks.statistic import median, percentile
from benchmarks.text import Bar, bar, ms, table
from benchmarks.traffic_memory import SEARCH

LARGEST = 90e6
"""Bytes of the package, unzipped."""

LONGEST = 0.4
"""Seconds of CPU of a cold import with bytecode."""

PROFILED, LARGE, TOP = 5, 400_000, 12


def section(stack: Stack, folder: Path, rounds: int) -> tuple[str, list[Bar]]:
    """Weigh the layers, and start the function in ``rounds`` fresh processes."""
    base, plain = stack.build.compiled, stack.build.plain
    layers = [LAYERS[layer.name] for layer in stack.plan.functions[SEARCH].layers]
    sizes = {name: (_bytes(base / name), _bytes(plain / name)) for name in (*layers, SEARCH)}
    memory, everything = sizes[LAYERS["memory"]][0], sum(size for size, _ in sizes.values())
    starts, floor = _starts(stack, folder, rounds)
    cpu = median(starts) - floor
    bars = [
        bar(
            memory <= LARGEST,
            f"what searching adds, MemoryLayer, has at most {LARGEST / 1e6:.0f} MB unzipped: {memory / 1e6:.1f} MB",
        ),
        (
            True,
            f"{bar(everything <= LARGEST, '')[1]}all layers of the function together have at most "
            f"{LARGEST / 1e6:.0f} MB: {everything / 1e6:.1f} MB (reported, not enforced)",
        ),
        bar(cpu <= LONGEST, f"its cold import with bytecode takes at most {ms(LONGEST, 0)} ms of CPU: {ms(cpu)} ms"),
    ]
    return _text(stack, sizes, starts, floor, base / LAYERS["memory"] / "python"), bars


def _starts(stack: Stack, folder: Path, rounds: int) -> tuple[list[float], float]:
    """CPU seconds of each start, and the median of a bare handler's, in turn."""
    file = folder / "bare.py"
    file.write_text(BARE)
    bare, starts = [], []
    for number in range(rounds + 1):
        with Worker(stack.alone(file, compiled=True)) as one, Worker(stack.program(SEARCH)) as other:
            if number:  # the first fills the file cache
                bare.append(one.start.ready)
                starts.append(other.start.ready)
    return starts, median(bare)


def _text(stack: Stack, sizes: dict[str, tuple[int, int]], starts: list[float], floor: float, python: Path) -> str:
    rows = [[name, _mb(size), _mb(size - plain)] for name, (size, plain) in sizes.items()]
    sums = [sum(pair[at] for pair in sizes.values()) for at in (0, 1)]
    rows.append(["**in all**", f"**{_mb(sums[0])}**", _mb(sums[0] - sums[1])])
    parts = sorted(((path.name, _bytes(path)) for path in python.iterdir()), key=lambda part: -part[1])
    spent = imports.breakdown(stack, SEARCH, PROFILED).packages[:TOP]
    return "\n\n".join(
        [
            "### Size",
            "Unzipped, as Lambda counts it; its own limit is 250 MB.",
            table(["part of the package", "MB", "of it bytecode"], rows),
            table(["in MemoryLayer", "MB"], [[f"`{name}`", _mb(size)] for name, size in parts if size > LARGE]),
            "### Its cold import",
            f"CPU milliseconds of {len(starts)} fresh processes beyond the {BARE_NAME}'s {ms(floor)}, clients "
            f"included: median {ms(median(starts) - floor)}, 90th percentile {ms(percentile(starts, 90) - floor)}. The "
            "vectors are mapped when the first text is embedded (*Search*). Where it goes, in wall time under "
            "`-X importtime`:",
            table(
                ["package, its own modules", "ms", "modules"],
                [[one.name, f"{one.milliseconds:.1f}", str(one.modules)] for one in spent],
            ),
        ]
    )


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in (folder.rglob("*") if folder.is_dir() else [folder]) if file.is_file())


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f}"
