"""The report as a whole, and its place in docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.build import ROOT
from benchmarks.text import Bar

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"


def head(bars: Iterable[Bar], conditions: Iterable[str]) -> str:
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
