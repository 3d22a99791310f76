"""What the classifier sees of a text: words, their pairs and pieces, and concepts, in pairs and order; all hashed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from typing import NamedTuple
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
    """Where a feature of these parts is counted."""
    return bucket(" ".join(parts))


_PIECE = crc32(b"c ")


class _Word(NamedTuple):
    """A word, the checksum of a pair that it begins, and the buckets of the word and of its parts.

    A checksum may be continued, so no name of a pair or of a part is built.
    """

    encoded: bytes
    begun: int
    buckets: tuple[int, ...]


@lru_cache(maxsize=20_000)
def _word(word: str) -> _Word:
    """Hash a word and its parts, its borders marked."""
    encoded = word.encode("utf-8", "replace")
    bordered = f"<{word[:_LONGEST_WORD]}>"
    spans = _spans(len(bordered))
    if bordered.isascii():
        whole = bordered.encode()
        found = [crc32(whole[start:end], _PIECE) & _MASK for start, end in spans]
    else:
        found = [bucket(f"c {bordered[start:end]}") for start, end in spans]
    return _Word(encoded, crc32(b"b " + encoded + b" "), (bucket(f"w {word}"), *found))


@cache
def _spans(length: int) -> tuple[tuple[int, int], ...]:
    """Where the parts of a word of this length start and end."""
    return tuple((start, start + size) for size in _SIZES for start in range(length - size + 1))


_START, _END = _word("^"), _word("$")


class Hashed:
    """The words of a text, hashed once for all parts of it."""

    __slots__ = ("_hashed", "_kept", "_pairs", "_words")

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._kept = max(map(len, words), default=0) <= _LONGEST_KEPT
        self._hashed = list(map(_word if self._kept else _word.__wrapped__, words))
        self._pairs = list(map(_pair, self._hashed, self._hashed[1:]))

    def features(self, marks: Sequence[Mark], first: int, end: int) -> Features:
        """The features of the words from ``first`` up to ``end``, given the concepts among them.

        The start ^ and the end $ of such a part count as words.
        """
        inside = self._hashed[first:end]
        between = [_START, *inside[:1], *inside[-1:], _END]
        found = {_pair(*between[:2]), _pair(*between[-2:])}
        found.update(self._pairs[first : max(first, end - 1)], *[word.buckets for word in inside])
        named = _named if self._kept else _named.__wrapped__
        near = _neighbours(self._words, marks, first, end, named)
        return Features(tuple(found), tuple(_concepts(marks) | near))


def features(words: Sequence[str], marks: Sequence[Mark]) -> Features:
    """The features of a text, given its words and the concepts in it."""
    return Hashed(words).features(marks, 0, len(words))


def _pair(one: _Word, other: _Word) -> int:
    """Where two neighbouring words are counted."""
    return crc32(other.encoded, one.begun) & _MASK


def _concepts(marks: Sequence[Mark]) -> set[int]:
    """The buckets of concepts: of each, of each two of a text, and of each two and three that follow closely."""
    found = set(_present(tuple(sorted({mark.concept for mark in marks}))))
    close = [following(marks, index) for index in range(len(marks))]
    for mark, seconds in zip(marks, close, strict=True):
        for second in seconds:
            after = marks[second].concept
            found.add(_named("p", mark.concept, after))
            found.update([_named("t", mark.concept, after, marks[last].concept) for last in close[second]])
    return found


@lru_cache(maxsize=250)
def _present(concepts: tuple[str, ...]) -> tuple[int, ...]:
    """The buckets of concepts that a text has, and of each two of them; parts and views of a text have the same."""
    return *(_named("q", one) for one in concepts), *(_named("a", *two) for two in combinations(concepts, 2))


def _neighbours(
    words: Sequence[str], marks: Sequence[Mark], first: int, end: int, named: Callable[..., int]
) -> set[int]:
    """The buckets of concepts and the words beside them."""
    found: set[int] = set()
    for concept, start, last in marks:
        if last + 1 < end:
            found.add(named("n", concept, words[last + 1]))
        if start > first:
            found.add(named("v", words[start - 1], concept))
    return found
