"""Measure and print; ``--write`` puts the figures of what was measured into docs/performance.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks import build, machine, report, stack
from benchmarks.sections import (
    actions,
    anomaly,
    authorizer,
    cold,
    consent,
    consolidation,
    cost,
    crypto,
    detector,
    folds,
    hostile,
    ledger,
    memory,
    package,
    privacy,
    proofs,
    redaction,
    revision,
    search,
    tokens,
    warm,
)
from benchmarks.text import Bar
from benchmarks.traffic import Traffic

PARTS = (
    "cold",
    "warm",
    "authorizer",
    "tokens",
    "hostile",
    "ledger",
    "consent",
    "cost",
    "proofs",
    "actions",
    "revision",
    "detector",
    "search",
    "folds",
    "consolidation",
    "memory",
    "anomaly",
    "package",
    "crypto",
    "privacy",
    "redaction",
)


def main() -> int:
    """Run what was asked for; fails where nothing can be measured or a bar is missed."""
    arguments = _arguments()
    load = machine.load_average()
    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        try:
            built = build.copied(folder / "build")
            with stack.started(built) as running, closing(Traffic(running)) as traffic:
                for part, measure in _parts(arguments, running, traffic, folder).items():
                    text, met = measure()
                    figures = report.block(met, machine.conditions(running, command, load), text)
                    print(f"## {part}\n\n{figures}\n", flush=True)
                    if arguments.write:
                        report.write(part, figures)
                    bars += met
        except build.NotBuilt as reason:
            print(reason, file=sys.stderr)
            return 2
    return 0 if all(met for met, _ in bars) else 1


def _parts(
    arguments: argparse.Namespace, running: stack.Stack, traffic: Traffic, folder: Path
) -> dict[str, Callable[[], tuple[str, list[Bar]]]]:
    """What was asked for, in the order of the report."""
    parts: dict[str, Callable[[], tuple[str, list[Bar]]]] = {
        "cold": lambda: cold.section(running, traffic, folder, arguments.rounds),
        "warm": lambda: warm.section(running, traffic, arguments.requests),
        "authorizer": lambda: authorizer.section(running, traffic, arguments.requests),
        "tokens": lambda: tokens.section(running, arguments.tokens),
        "hostile": lambda: hostile.section(running, arguments.tries),
        "ledger": lambda: ledger.section(running, arguments.times, arguments.entries),
        "consent": lambda: consent.section(running, arguments.times),
        "cost": lambda: cost.section(running),
        "proofs": lambda: proofs.section(running, arguments.leaves, arguments.times),
        "actions": lambda: actions.section(running),
        "revision": lambda: revision.section(running, arguments.responses),
        "detector": lambda: detector.section(running, arguments.stretches),
        "search": lambda: search.section(running, arguments.searches),
        "folds": lambda: folds.section(running, arguments.records),
        "consolidation": lambda: consolidation.section(running, arguments.people),
        "memory": lambda: memory.section(running, traffic, arguments.memories),
        "anomaly": lambda: anomaly.section(running, arguments.principals),
        "package": lambda: package.section(running, folder, arguments.rounds),
        "crypto": lambda: crypto.section(running, arguments.times),
        "privacy": lambda: privacy.section(running, folder, arguments.rounds, arguments.documents),
        "redaction": redaction.section,
    }
    return {name: parts[name] for name in PARTS if name in (arguments.parts or PARTS) and name not in arguments.skip}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", type=_part, metavar="part", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--skip", action="append", type=_part, default=[], help="leave out a part; may be repeated")
    parser.add_argument("--rounds", type=int, default=20, help="fresh processes of each kind (default 20)")
    parser.add_argument("--requests", type=int, default=400, help="warm requests of each kind (default 400)")
    parser.add_argument("--tokens", type=int, default=1000, help="tokens of each kind (default 1000)")
    parser.add_argument("--tries", type=int, default=200, help="times that each hostile token is sent (default 200)")
    parser.add_argument("--times", type=int, default=1000, help="appends, decisions and proofs (default 1000)")
    parser.add_argument("--entries", type=int, default=40_960, help="entries to sequence on memory (default 40960)")
    parser.add_argument("--responses", type=int, default=100, help="responses of each kind and set (default 100)")
    parser.add_argument("--stretches", type=int, default=100, help="texts of each set to time judging on (default 100)")
    parser.add_argument("--leaves", type=int, default=10_000_000, help="leaves to prove from (default 10 million)")
    parser.add_argument("--searches", type=int, default=400, help="searches in an index of each size (default 400)")
    parser.add_argument("--records", type=int, default=200, help="records to read from folds (default 200)")
    parser.add_argument("--people", type=int, default=100_000, help="people who take every step (default 100,000)")
    parser.add_argument("--memories", type=int, default=10_000, help="that a person has kept (default 10,000)")
    parser.add_argument("--documents", type=int, default=500, help="documents to redact (default 500)")
    parser.add_argument("--principals", type=int, default=1000, help="of the crowd with attacks (default 1000)")
    parser.add_argument("--write", action="store_true", help="rewrite these figures in docs/performance.md")
    return parser.parse_args()


def _part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"there are {', '.join(PARTS)}")
    return name


if __name__ == "__main__":
    sys.exit(main())
