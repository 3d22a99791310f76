"""What the classifier sees of a text: words, their pairs and pieces, and concepts, in pairs and order; all hashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations, pairwise
from zlib import crc32

from lukhas_common.guardian.text.lexicon import Mark, following

BITS = 17
"""Features fall into 2 to this power buckets."""

_MASK = (1 << BITS) - 1
_LONGEST_WORD = 24
_SIZES = (3, 4, 5)
_LONGEST_KEPT = 40
"""Longer words are hashed each time, so that what is kept stays small."""


@dataclass(frozen=True, slots=True)
class Features:
    """The buckets that a text falls into, each once: by its words, and by its concepts."""

    words: tuple[int, ...]
    concepts: tuple[int, ...]


def bucket(name: str) -> int:
    """Where a feature of this name is counted."""
    return crc32(name.encode("utf-8", "replace")) & _MASK


@lru_cache(maxsize=50_000)
def _named(*parts: str) -> int:
    """Where a feature of these parts, which are concepts, is counted: there are not many."""
    return bucket(" ".join(parts))


_PIECE = crc32(b"c ")


@lru_cache(maxsize=20_000)
def _word(word: str) -> tuple[int, ...]:
    """The buckets of a word and of its parts, its borders marked. A checksum may be continued: no name is built."""
    bordered = f"<{word[:_LONGEST_WORD]}>"
    spans = _spans(len(bordered))
    if bordered.isascii():
        whole = bordered.encode()
        found = [crc32(whole[start:end], _PIECE) & _MASK for start, end in spans]
    else:
        found = [bucket(f"c {bordered[start:end]}") for start, end in spans]
    return bucket(f"w {word}"), *found


@cache
def _spans(length: int) -> tuple[tuple[int, int], ...]:
    """Where the parts of a word of this length start and end."""
    return tuple((start, start + size) for size in _SIZES for start in range(length - size + 1))


class Hashed:
    """The words of a text, hashed once for all parts of it."""

    __slots__ = ("_pairs", "_pieces", "_words")

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        kept = max(map(len, words), default=0) <= _LONGEST_KEPT
        self._pieces = list(map(_word if kept else _word.__wrapped__, words))
        self._pairs = [bucket(f"b {one} {other}") for one, other in pairwise(words)]

    def features(self, marks: Sequence[Mark], first: int, end: int) -> Features:
        """The features of the words from ``first`` up to ``end``, given the concepts among them.

        The start ^ and the end $ of such a part count as words.
        """
        inside = self._words[first:end]
        between = ["^", *inside[:1], *inside[-1:], "$"]
        found = {bucket(f"b {between[0]} {between[1]}"), bucket(f"b {between[-2]} {between[-1]}")}
        found.update(self._pairs[first : max(first, end - 1)], *self._pieces[first:end])
        near = _neighbours(self._words, marks, first, end)
        return Features(tuple(found), tuple(_concepts(marks) | near))


def features(words: Sequence[str], marks: Sequence[Mark]) -> Features:
    """The features of a text, given its words and the concepts in it."""
    return Hashed(words).features(marks, 0, len(words))


def _concepts(marks: Sequence[Mark]) -> set[int]:
    """The buckets of concepts: of each, of each two of a text, and of each two and three that follow closely."""
    concepts = [mark.concept for mark in marks]
    found = set(_present(tuple(sorted(set(concepts)))))
    close = [following(marks, index) for index in range(len(marks))]
    for one, seconds in zip(concepts, close, strict=True):
        for second in seconds:
            other = concepts[second]
            found.add(_named("p", one, other))
            found.update([_named("t", one, other, concepts[third]) for third in close[second]])
    return found


@lru_cache(maxsize=250)
def _present(concepts: tuple[str, ...]) -> tuple[int, ...]:
    """The buckets of concepts that a text has, and of each two of them; parts and views of a text have the same."""
    return *(_named("q", one) for one in concepts), *(_named("a", *two) for two in combinations(concepts, 2))


def _neighbours(words: Sequence[str], marks: Sequence[Mark], first: int, end: int) -> set[int]:
    """The buckets of concepts and the words beside them."""
    found: set[int] = set()
    for concept, start, last in marks:
        if last + 1 < end:
            found.add(bucket(f"n {concept} {words[last + 1]}"))
        if start > first:
            found.add(bucket(f"v {words[start - 1]} {concept}"))
    return found
