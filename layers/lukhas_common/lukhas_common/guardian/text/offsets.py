"""Where a rewritten text came from: spans of the new text as spans of the old one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Edit(NamedTuple):
    """Replaces ``start:end`` of a text by ``new``.

    ``mirrored`` says that the characters of ``new`` are those of the span from its last to its first; ``aligned`` that
    each stands for the one at its place. Otherwise all of ``new`` stands for the whole span.
    """

    start: int
    end: int
    new: str
    mirrored: bool = False
    aligned: bool = False


class Run(NamedTuple):
    """A stretch of the new text and its source. ``step``: 1 aligned, -1 mirrored, 0 as a whole."""

    source: int
    stop: int
    step: int


@dataclass(frozen=True, slots=True)
class Offsets:
    """A rewriting of a text, and of the text before that.

    Attributes:
        at: where each run begins in the new text, ascending.
        runs: their sources, ascending.
        length: of the new text.
        base: of the text that was rewritten; None where that is the original.
    """

    at: tuple[int, ...]
    runs: tuple[Run, ...]
    length: int
    base: Offsets | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the narrowest span of the original that all of ``start:end`` is known to lie in."""
        start = min(max(start, 0), self.length)
        end = min(max(end, start), self.length)
        if self.runs:
            number, final = bisect_right(self.at, start) - 1, bisect_right(self.at, max(start, end - 1)) - 1
            first = self._part(start, end, number)
            last = first if final == number else self._part(start, end, final)
            start, end = min(first[0], last[0]), max(first[1], last[1])
        return self.base.span(start, end) if self.base else (start, end)

    def _part(self, start: int, end: int, number: int) -> tuple[int, int]:
        source, stop, step = self.runs[number]
        begin = self.at[number]
        if step == 0:
            return source, stop
        low = max(start - begin, 0)
        high = max(low, min(end - begin, stop - source))
        return (source + low, source + high) if step > 0 else (stop - high, stop - low)


def whole(length: int) -> Offsets:
    """Return the offsets of a text that nothing was done to."""
    return Offsets((), (), length)


def rewrite(text: str, edits: Iterable[Edit], base: Offsets | None) -> tuple[str, Offsets]:
    """Apply edits, which must be ascending and must not overlap."""
    pieces: list[str] = []
    at: list[int] = []
    runs: list[Run] = []
    read = written = 0
    for start, end, new, mirrored, aligned in edits:
        if start > read:
            at.append(written)
            runs.append(Run(read, start, 1))
            pieces.append(text[read:start])
            written += start - read
        if new:
            at.append(written)
            runs.append(Run(start, end, -1 if mirrored else 1 if aligned else 0))
            pieces.append(new)
            written += len(new)
        read = end
    if read < len(text) or not runs:
        at.append(written)
        runs.append(Run(read, len(text), 1))
        pieces.append(text[read:])
        written += len(text) - read
    return "".join(pieces), Offsets(tuple(at), tuple(runs), written, base)
