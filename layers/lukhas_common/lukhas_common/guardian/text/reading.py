"""One way to read a text, cut into windows and sentences that can be scored."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from lukhas_common.guardian.text import lexicon
from lukhas_common.guardian.text.features import Features, Hashed
from lukhas_common.guardian.text.lexicon import Mark

WINDOW = 100
"""Words that are judged together: a few harmful ones must not drown in a long harmless text."""

_FIRST = attrgetter("first")
_END_SIGNS = ".!?;…。！？।\"'”’)"
_SENTENCE_END = re.compile(r"[.!?;。！？।]{1,3}[\"'”’)]{0,2}(?=\s)|\n")


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text and the concepts in it."""

    text: str
    words: list[str]
    marks: list[Mark]
    _hashed: Hashed
    _places: list[tuple[int, int]] = field(default_factory=list)

    @property
    def places(self) -> list[tuple[int, int]]:
        """Where the words stand; looked for once somebody asks, as most texts hold nothing to show."""
        if not self._places:
            self._places.extend(lexicon.places(self.text))
        return self._places

    def features(self, first: int, end: int) -> Features:
        """Those of the tokens from ``first`` up to ``end``."""
        marks = self.marks
        if first or end < len(self.words):
            left, right = (bisect_left(marks, at, key=_FIRST) for at in (first, end))
            marks = [mark for mark in marks[left:right] if mark.last < end]
        return self._hashed.features(marks, first, end)

    def windows(self) -> Iterator[tuple[int, int]]:
        """Ranges of tokens, each overlapping the next by half; one range where the text is short."""
        count = len(self.words)
        if count <= WINDOW * 5 // 4:
            yield 0, count
            return
        for first in range(0, count - WINDOW // 2, WINDOW // 2):
            yield first, min(first + WINDOW, count)

    def sentences(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        """The sentences of a window, as ranges of tokens."""
        start = first
        places = self.places
        for match in _SENTENCE_END.finditer(self.text, places[first][0], places[end - 1][1]):
            at = bisect_left(places, (match.end(),), first, end)
            if at > start:
                yield start, at
                start = at
        if start < end:
            yield start, end

    def span(self, first: int, end: int) -> tuple[int, int]:
        """Where these tokens stand in the text."""
        return self.places[first][0], self.places[end - 1][1]

    def sentence_span(self, first: int, end: int) -> tuple[int, int]:
        """Where a sentence of these tokens stands in the text, with the signs that end it."""
        start, last = self.span(first, end)
        most = self.places[end][0] if end < len(self.words) else len(self.text)
        while last < most and self.text[last] in _END_SIGNS:
            last += 1
        return start, last


def reading(text: str, words: list[str] | None = None) -> Reading:
    """Read a text, given its words where they are at hand."""
    words = lexicon.words(text) if words is None else words
    return Reading(text, words, lexicon.shipped().marks(words), Hashed(words))
