"""The figures as text: tables that read well on a terminal and are Markdown as they stand."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks import cold, warm
from benchmarks.build import ROOT
from benchmarks.cold import BARE_NAME, Cold
from benchmarks.imports import Breakdown, Share
from benchmarks.stack import Stack
from benchmarks.warm import Own, Warm

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"
TOP = 12


def bars_of_cold(stack: Stack, measured: Cold) -> list[tuple[bool, str]]:
    """Whether the bar of cold starts is met, and the sentence that says so."""
    ratio = measured.ratio(stack.authorizer)
    return [
        _bar(
            ratio <= cold.BAR,
            f"the authorizer's cold import with bytecode costs at most {cold.BAR} × the one without: {ratio:.2f} ×",
        )
    ]


def bars_of_warm(stack: Stack, measured: list[Warm]) -> list[tuple[bool, str]]:
    """Whether the bar of warm requests is met, and the sentence that says so."""
    calls = next(row.calls for row in measured if row.function == stack.authorizer)
    return [
        _bar(
            calls <= warm.BAR,
            f"the authorizer makes at most {warm.BAR} AWS round trips for an authorized request, the audit not "
            f"counted: {calls}",
        )
    ]


def cold_section(stack: Stack, measured: Cold, spent: dict[str, Breakdown]) -> str:
    """Cold starts, and where those of some functions go."""
    rows = []
    for name in stack.functions:
        compiled, plain = measured.of(name, True), measured.of(name, False)
        bare, bare_plain = measured.of(BARE_NAME, True), measured.of(BARE_NAME, False)
        imported, total = compiled.imported(bare), compiled.cold(bare)
        rows.append(
            [
                name.removesuffix("Function"),
                str(compiled.modules - bare.modules),
                _ms(imported),
                _ms(total - imported),
                f"{_ms(total)} / {_ms(compiled.cold(bare, 90))}",
                f"{_ms(plain.cold(bare_plain))} / {_ms(plain.cold(bare_plain, 90))}",
                f"{measured.ratio(name):.2f}",
                _ms(compiled.first()),
                _ms(plain.first()),
            ]
        )
    heads = ["function", "modules", "import", "clients", "cold import", "without bytecode", "ratio"]
    heads += ["first event", "first event without"]
    bare = measured.of(BARE_NAME, True)
    return "\n\n".join(
        [
            "### Cold starts",
            f"CPU milliseconds beyond the bare handler's {_ms(bare.floor)} ({bare.modules} modules); median, or median "
            f"/ 90th percentile, of {measured.rounds} fresh processes.",
            _table(heads, rows),
            *(_breakdown(name, breakdown) for name, breakdown in spent.items()),
        ]
    )


def warm_section(measured: list[Warm], own: Own) -> str:
    """Warm requests, and what of them is our own code."""
    rows = [
        [
            row.function.removesuffix("Function"),
            str(len(row.replies)),
            f"{row.per_second:.0f}",
            _ms(row.wall(50)),
            _ms(row.wall(99)),
            f"{row.cpu * 1e3:.2f}",
            f"{warm.HASHES[row.function] * own.argon2 / 1e3:.1f}" if row.function in warm.HASHES else "–",
            str(row.calls),
            row.usual_calls,
        ]
        for row in measured
    ]
    heads = ["function", "requests", "per second", "p50 ms", "p99 ms", "CPU ms", "of it Argon2id"]
    heads += ["AWS calls (most)", "usual calls"]
    parts = [
        ["`StrictAuth.dispatch` on memory, whole", f"{own.dispatch:.0f}"],
        ["of it: verifying the token (ES256)", f"{own.verify:.0f}"],
        ["of it: writing the audit line", f"{own.audit:.0f}"],
        ["Argon2id (m = 19456, t = 2, p = 1), one password", f"{own.argon2:.0f}"],
    ]
    return "\n\n".join(
        [
            "### Warm requests",
            "One process a function, one event at a time. Wall time includes the stand-in for AWS, a Python process on "
            "the same machine; CPU is our process alone, per request.",
            _table(heads, rows),
            "### Our own code, without AWS",
            _table(["what", "CPU µs, median"], parts),
        ]
    )


def head(bars: Iterable[tuple[bool, str]], conditions: Iterable[str]) -> str:
    """The bars, then the conditions."""
    lines = [f"- {line}" for line in conditions]
    return "\n".join([*(f"- {text}" for _, text in bars), "", *lines])


def write(figures: str) -> None:
    """Put the figures between the markers of docs/performance.md.

    Raises:
        ValueError: the markers are not there, once each and in order.
    """
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} needs the lines {BEGIN} and {END}")
    PAGE.write_text(f"{before}{begin}\n{figures}\n{end}{after}", encoding="utf-8")


def _bar(met: bool, text: str) -> tuple[bool, str]:
    return met, f"**{'met' if met else 'MISSED'}**: {text}"


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
    return _table([head, "ms", "modules"], rows)


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1e3:.1f}"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table with columns of even width, the first to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    left = [column == 0 or any(" " in row[column] for row in rows) for column in range(len(heads))]

    def line(cells: list[str]) -> str:
        padded = [
            cell.ljust(width) if is_left else cell.rjust(width)
            for cell, width, is_left in zip(cells, widths, left, strict=True)
        ]
        return f"| {' | '.join(padded)} |"

    rule = ["-" * width if is_left else "-" * (width - 1) + ":" for width, is_left in zip(widths, left, strict=True)]
    return "\n".join([line(heads), line(rule), *map(line, rows)])
