"""Measure and print; ``--write`` puts the figures into docs/performance.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks import build, machine, report, stack
from benchmarks.sections import authorizer, cold, hostile, tokens, warm
from benchmarks.text import Bar
from benchmarks.traffic import Traffic

PARTS = ("cold", "warm", "authorizer", "tokens", "hostile")


def main() -> int:
    """Run what was asked for; fails where nothing can be measured or a bar is missed."""
    arguments = _arguments()
    load = machine.load_average()
    sections: list[str] = []
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        try:
            built = build.copied(folder / "build")
            with stack.started(built) as running, closing(Traffic(running)) as traffic:
                for measure in _parts(arguments, running, traffic, folder):
                    text, met = measure()
                    sections.append(text)
                    bars += met
                conditions = machine.conditions(running, " ".join(["python -m benchmarks", *sys.argv[1:]]), load)
        except build.NotBuilt as reason:
            print(reason, file=sys.stderr)
            return 2
    figures = "\n\n".join([report.head(bars, conditions), *sections])
    print(figures)
    if arguments.write:
        report.write(figures)
    return 0 if all(met for met, _ in bars) else 1


def _parts(
    arguments: argparse.Namespace, running: stack.Stack, traffic: Traffic, folder: Path
) -> list[Callable[[], tuple[str, list[Bar]]]]:
    """What was asked for, in the order of the report."""
    parts: dict[str, Callable[[], tuple[str, list[Bar]]]] = {
        "cold": lambda: cold.section(running, traffic, folder, arguments.rounds),
        "warm": lambda: warm.section(running, traffic, arguments.requests),
        "authorizer": lambda: authorizer.section(running, traffic, arguments.requests),
        "tokens": lambda: tokens.section(running, arguments.tokens),
        "hostile": lambda: hostile.section(running, arguments.tries),
    }
    return [parts[name] for name in PARTS if arguments.what in (name, "all")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=(*PARTS, "all"), default="all")
    parser.add_argument("--rounds", type=int, default=20, help="fresh processes of each kind (default 20)")
    parser.add_argument("--requests", type=int, default=400, help="warm requests of each kind (default 400)")
    parser.add_argument("--tokens", type=int, default=1000, help="tokens of each kind (default 1000)")
    parser.add_argument("--tries", type=int, default=200, help="times that each hostile token is sent (default 200)")
    parser.add_argument("--write", action="store_true", help="rewrite the figures in docs/performance.md")
    arguments = parser.parse_args()
    if arguments.write and arguments.what != "all":
        parser.error("--write needs all figures: leave out the name of a part")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
