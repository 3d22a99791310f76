"""Tables that read well on a terminal and are Markdown as they stand, and bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.statistic import Timing, percentile

Bar = tuple[bool, str]
"""Whether it is met, and the sentence that says so."""


def bar(met: bool, text: str) -> Bar:
    """One bar."""
    return met, f"**{'met' if met else 'MISSED'}**: {text}"


def ms(seconds: float | None, digits: int = 1) -> str:
    """Seconds as milliseconds."""
    return "–" if seconds is None else f"{seconds * 1e3:.{digits}f}"


def of(timing: Timing) -> list[str]:
    """The four cells of TIMES."""
    cells: list[Callable[[float], float]] = [
        lambda percent: percentile(timing.cpu, percent),
        lambda percent: percentile(timing.wall, percent),
    ]
    return [ms(at(percent), 3) for at in cells for percent in (50, 99)]


TIMES = ["CPU p50", "CPU p99", "wall p50", "wall p99"]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with columns of even width, words to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    left = [column == 0 or any(" " in row[column] for row in rows) for column in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if is_left else cell.rjust(width)
            for cell, width, is_left in zip(cells, widths, left, strict=True)
        ]
        return f"| {' | '.join(padded)} |"

    rule = ["-" * width if is_left else "-" * (width - 1) + ":" for width, is_left in zip(widths, left, strict=True)]
    return "\n".join([line(heads), line(rule), *map(line, rows)])
