"""One way to read a text, cut into windows and sentences that can be scored."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from lukhas_common.guardian.text import lexicon
from lukhas_common.guardian.text.features import Features, features
from lukhas_common.guardian.text.lexicon import Mark, Token

WINDOW = 100
"""Words that are judged together: a few harmful ones must not drown in a long harmless text."""

_END_SIGNS = ".!?;…。！？।\"'”’)"
_SENTENCE_END = re.compile(r"[.!?;。！？।]{1,3}[\"'”’)]{0,2}(?=\s)|\n")


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text and the concepts in it."""

    text: str
    tokens: list[Token]
    words: list[str]
    marks: list[Mark]

    def features(self, first: int, end: int) -> Features:
        """Those of the tokens from ``first`` up to ``end``."""
        marks = self.marks
        if first or end < len(self.words):
            left = bisect_left(marks, first, key=lambda mark: mark.first)
            right = bisect_left(marks, end, key=lambda mark: mark.first)
            marks = [Mark(m.concept, m.first - first, m.last - first) for m in marks[left:right] if m.last < end]
        return features(self.words[first:end], marks)

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
        for match in _SENTENCE_END.finditer(self.text, self.tokens[first].start, self.tokens[end - 1].end):
            at = bisect_left(self.tokens, match.end(), first, end, key=lambda token: token.start)
            if at > start:
                yield start, at
                start = at
        if start < end:
            yield start, end

    def span(self, first: int, end: int) -> tuple[int, int]:
        """Where these tokens stand in the text."""
        return self.tokens[first].start, self.tokens[end - 1].end

    def sentence_span(self, first: int, end: int) -> tuple[int, int]:
        """Where a sentence of these tokens stands in the text, with the signs that end it."""
        start, last = self.span(first, end)
        most = self.tokens[end].start if end < len(self.tokens) else len(self.text)
        while last < most and self.text[last] in _END_SIGNS:
            last += 1
        return start, last


def reading(text: str) -> Reading:
    """Read a text."""
    tokens = lexicon.tokens(text)
    words = [token.word for token in tokens]
    return Reading(text, tokens, words, lexicon.shipped().marks(words))
