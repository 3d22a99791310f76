"""Cold starts, and where those of some functions go."""

from __future__ import annotations

from pathlib import Path

from benchmarks import cold, imports
from benchmarks.cold import BARE_NAME, CLIENT_NAME, Cold
from benchmarks.imports import Breakdown, Share
from benchmarks.stack import Stack
from benchmarks.text import Bar, bar, ms, table
from benchmarks.traffic import Traffic

BYTECODE_BAR = 0.45
"""The authorizer's cold import with bytecode, as a part of the one without."""

CLIENT_BAR = 1.43
"""Its cold import in units of ``import boto3`` with one client, which is measured in turn with it: what commit
17668f1 takes by this measure, on whatever machine."""

IMPORT_BAR = 0.1771
"""Its cold import in CPU seconds, as that commit reported it. On another machine, or when this one is slow, it says
nothing, so it does not fail the command."""

PROFILED = 5
"""Fresh processes whose imports are profiled."""

TOP = 12


def section(stack: Stack, traffic: Traffic, folder: Path, rounds: int) -> tuple[str, list[Bar]]:
    """Measure in fresh processes, ``rounds`` of each kind."""
    measured = cold.measure(stack, traffic, folder, rounds)
    profiled = dict.fromkeys((stack.authorizer, measured.costliest))
    spent = {name: imports.breakdown(stack, name, PROFILED) for name in profiled}
    return _text(stack, measured, spent), _bars(stack, measured)


def _bars(stack: Stack, measured: Cold) -> list[Bar]:
    ratio, cost = measured.ratio(stack.authorizer), measured.cold(stack.authorizer)
    bare, client = measured.of(BARE_NAME, True).floor, measured.cold(CLIENT_NAME)
    _, absolute = bar(
        cost <= IMPORT_BAR,
        f"it costs at most {ms(IMPORT_BAR)} ms of CPU beyond the bare handler, on the machine that this bar is from: "
        f"{ms(cost)} ms, {cost / bare:.1f} × the bare handler itself",
    )
    return [
        bar(
            ratio <= BYTECODE_BAR,
            f"the authorizer's cold import with bytecode costs at most {BYTECODE_BAR} × the one without: {ratio:.2f} ×",
        ),
        bar(
            cost / client <= CLIENT_BAR,
            f"it costs at most {CLIENT_BAR} × `import boto3` with one DynamoDB client, on any machine: "
            f"{cost / client:.2f} × (that takes {ms(client)} ms)",
        ),
        (True, f"{absolute} (reported, not enforced)"),
    ]


def _text(stack: Stack, measured: Cold, spent: dict[str, Breakdown]) -> str:
    bare, bare_plain = measured.of(BARE_NAME, True), measured.of(BARE_NAME, False)
    rows = []
    for name in (*stack.functions, CLIENT_NAME):
        compiled, plain = measured.of(name, True), measured.of(name, False)
        imported, total = compiled.imported(bare), compiled.cold(bare)
        rows.append(
            [
                name.removesuffix("Function"),
                str(compiled.modules - bare.modules),
                ms(imported),
                ms(total - imported),
                f"{ms(total)} / {ms(compiled.cold(bare, 90))}",
                f"{ms(plain.cold(bare_plain))} / {ms(plain.cold(bare_plain, 90))}",
                f"{measured.ratio(name):.2f}",
                ms(compiled.first()),
                ms(plain.first()),
            ]
        )
    heads = ["function", "modules", "import", "clients", "cold import", "without bytecode", "ratio"]
    heads += ["first event", "first event without"]
    return "\n\n".join(
        [
            "### Cold starts",
            f"CPU milliseconds beyond the bare handler's {ms(bare.floor)} ({bare.modules} modules); median, or median "
            f"/ 90th percentile, of {measured.rounds} fresh processes.",
            table(heads, rows),
            *(_breakdown(name, breakdown) for name, breakdown in spent.items()),
        ]
    )


def _breakdown(name: str, spent: Breakdown) -> str:
    return "\n\n".join(
        [
            f"### Where the import of {name.removesuffix('Function')} goes",
            "Milliseconds of wall time under `-X importtime`, which itself costs some; with bytecode.",
            _shares("package, its own modules", spent.packages),
            _shares("first step out of our code, with all behind it", spent.asked_for),
        ]
    )


def _shares(head: str, shares: list[Share]) -> str:
    rows = [[share.name, f"{share.milliseconds:.1f}", str(share.modules)] for share in shares[:TOP]]
    return table([head, "ms", "modules"], rows)
