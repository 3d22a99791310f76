"""What the classifier sees of a text: words, their pairs and pieces, and concepts, in pairs and order; all hashed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from zlib import crc32

from lukhas_common.guardian.text.lexicon import MARKS_AHEAD, REACH, Mark

BITS = 17
"""Features fall into 2 to this power buckets."""

_MASK = (1 << BITS) - 1
_LONGEST_WORD = 24
_SIZES = (3, 4, 5)


@dataclass(frozen=True, slots=True)
class Features:
    """The buckets that a text falls into: by its words, and by its concepts."""

    words: frozenset[int]
    concepts: frozenset[int]


def bucket(name: str) -> int:
    """Where a feature of this name is counted."""
    return crc32(name.encode("utf-8", "replace")) & _MASK


_bucket = lru_cache(maxsize=50_000)(bucket)
_PIECE = crc32(b"c ")


@lru_cache(maxsize=20_000)
def _word(word: str) -> tuple[int, ...]:
    """The buckets of a word and of its parts, its borders marked. A checksum may be continued: no name is built."""
    bordered = f"<{word[:_LONGEST_WORD]}>"
    spans = _spans(len(bordered))
    if bordered.isascii():
        whole = bordered.encode()
        found = {crc32(whole[start:end], _PIECE) & _MASK for start, end in spans}
    else:
        found = {bucket(f"c {bordered[start:end]}") for start, end in spans}
    return bucket(f"w {word}"), *found


@cache
def _spans(length: int) -> tuple[tuple[int, int], ...]:
    """Where the parts of a word of this length start and end."""
    return tuple((start, start + size) for size in _SIZES for start in range(length - size + 1))


def features(words: Sequence[str], marks: Sequence[Mark]) -> Features:
    """The features of a text, given its words and the concepts in it, which count from the first of these words."""
    found: set[int] = set()
    for word in set(words):
        found.update(_word(word))
    found.update(_pairs(words))
    about = {_bucket(name) for name in concepts(marks)}
    about.update([_bucket(name) for name in neighbours(words, marks)])
    return Features(frozenset(found), frozenset(about))


def _pairs(words: Sequence[str]) -> list[int]:
    """The buckets of neighbouring words, ``b one other``; the text's start ^ and end $ count as words."""
    encoded = [b"^", *[word.encode("utf-8", "replace") for word in words], b"$"]
    return [crc32(b"b " + one + b" " + other) & _MASK for one, other in pairwise(encoded)]


def concepts(marks: Sequence[Mark]) -> Iterator[str]:
    """Names of the features of concepts: each, each two of a text, and each two and three that follow closely."""
    present = sorted({mark.concept for mark in marks})
    for index, one in enumerate(present):
        yield f"q {one}"
        for other in present[index + 1 :]:
            yield f"a {one} {other}"
    for index, mark in enumerate(marks):
        for second, after in _close(marks, index):
            yield f"p {mark.concept} {after.concept}"
            for _, last in _close(marks, second):
                yield f"t {mark.concept} {after.concept} {last.concept}"


def neighbours(words: Sequence[str], marks: Sequence[Mark]) -> Iterator[str]:
    """Names of the features of concepts and the words beside them."""
    for mark in marks:
        if mark.last + 1 < len(words):
            yield f"n {mark.concept} {words[mark.last + 1]}"
        if mark.first:
            yield f"v {words[mark.first - 1]} {mark.concept}"


def _close(marks: Sequence[Mark], index: int) -> Iterator[tuple[int, Mark]]:
    """The marks that follow a mark within reach."""
    mark = marks[index]
    for at in range(index + 1, min(index + 1 + MARKS_AHEAD, len(marks))):
        if marks[at].first - mark.last > REACH:
            return
        if marks[at].first > mark.last:
            yield at, marks[at]
