"""Measure and print; ``--write`` puts the figures into docs/performance.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks import build, cold, imports, machine, report, stack, warm
from benchmarks.traffic import Traffic

PROFILED = 5
"""Fresh processes whose imports are profiled."""


def main() -> int:
    """Run what was asked for; fails where nothing can be measured or a bar is missed."""
    arguments = _arguments()
    load = machine.load_average()
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        try:
            built = build.copied(folder / "build")
            with stack.started(built) as running, closing(Traffic(running)) as traffic:
                sections, bars = _measured(arguments, running, traffic, folder)
                conditions = machine.conditions(running, " ".join(["python -m benchmarks", *sys.argv[1:]]), load)
        except build.NotBuilt as reason:
            print(reason, file=sys.stderr)
            return 2
    figures = "\n\n".join([report.head(bars, conditions), *sections])
    print(figures)
    if arguments.write:
        report.write(figures)
    return 0 if all(met for met, _ in bars) else 1


def _measured(
    arguments: argparse.Namespace, running: stack.Stack, traffic: Traffic, folder: Path
) -> tuple[list[str], list[tuple[bool, str]]]:
    """The sections of the report, and the bars."""
    sections: list[str] = []
    bars: list[tuple[bool, str]] = []
    if arguments.what in ("cold", "all"):
        starts = cold.measure(running, traffic, folder, arguments.rounds)
        profiled = dict.fromkeys((running.authorizer, starts.costliest))
        spent = {name: imports.breakdown(running, name, PROFILED) for name in profiled}
        sections.append(report.cold_section(running, starts, spent))
        bars += report.bars_of_cold(running, starts)
    if arguments.what in ("warm", "all"):
        requests = warm.measure(running, traffic, arguments.requests)
        sections.append(report.warm_section(requests, warm.measure_own(running)))
        bars += report.bars_of_warm(running, requests)
    return sections, bars


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("cold", "warm", "all"), default="all")
    parser.add_argument("--rounds", type=int, default=20, help="fresh processes of each kind (default 20)")
    parser.add_argument("--requests", type=int, default=400, help="warm requests to each function (default 400)")
    parser.add_argument("--write", action="store_true", help="rewrite the figures in docs/performance.md")
    arguments = parser.parse_args()
    if arguments.write and arguments.what != "all":
        parser.error("--write needs all figures: leave out the name of a part")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
