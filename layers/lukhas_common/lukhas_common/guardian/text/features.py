"""What the classifier sees of a text: words, their pairs and pieces, and concepts, in pairs and order; all hashed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
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


@lru_cache(maxsize=20_000)
def _word(word: str) -> tuple[int, ...]:
    return (bucket(f"w {word}"), *{bucket(f"c {piece}") for piece in pieces(word)})


def pieces(word: str) -> Iterator[str]:
    """The parts of a word, its borders marked."""
    bordered = f"<{word[:_LONGEST_WORD]}>"
    for size in _SIZES:
        for at in range(len(bordered) - size + 1):
            yield bordered[at : at + size]


def features(words: Sequence[str], marks: Sequence[Mark]) -> Features:
    """The features of a text, given its words and the concepts in it, which count from the first of these words."""
    found = {_bucket(name) for name in pairs(words)}
    for word in set(words):
        found.update(_word(word))
    about = {_bucket(name) for name in concepts(marks)}
    about.update([_bucket(name) for name in neighbours(words, marks)])
    return Features(frozenset(found), frozenset(about))


def pairs(words: Sequence[str]) -> Iterator[str]:
    """Names of the features of neighbouring words; the text's start and end count as words."""
    before = "^"
    for word in words:
        yield f"b {before} {word}"
        before = word
    yield f"b {before} $"


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
