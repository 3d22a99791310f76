"""What one part reports, and its place in docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.build import ROOT
from benchmarks.text import Bar

PAGE = ROOT / "docs" / "performance.md"


def block(bars: Iterable[Bar], conditions: str, text: str) -> str:
    """The conditions of a part, its bars, and its tables."""
    lines = "\n".join(f"- {sentence}" for _, sentence in bars)
    return "\n\n".join(piece for piece in (conditions, lines, text) if piece)


def write(part: str, figures: str) -> None:
    """Put the figures of a part between its markers in docs/performance.md.

    Raises:
        ValueError: the markers are not there, once each and in order.
    """
    first, last = f"<!-- {part}:begin -->", f"<!-- {part}:end -->"
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"{PAGE} needs the lines {first} and {last}")
    PAGE.write_text(f"{before}{begin}\n{figures}\n{end}{after}", encoding="utf-8")
