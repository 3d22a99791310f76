"""The best records of a fold for some words: which frames to read, and which of their records have the words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum

from lukhas_common.memory.folds import words as lexicon
from lukhas_common.memory.folds.errors import FrameDamagedError
from lukhas_common.memory.folds.frame_index import FrameIndex, rarity
from lukhas_common.memory.folds.records import Record

Damaged = Callable[[FrameDamagedError], None]
"""Told of each frame that is passed over."""


@dataclass(frozen=True, slots=True)
class _Hit:
    """A record with some of the words.

    Attributes:
        row: its number in the fold.
        score: by what the index counts its words for.
    """

    memory_id: str
    row: int
    said: frozenset[str]
    score: float


@dataclass(frozen=True, slots=True)
class Best:
    """Looks for records with the help of an index of frames.

    Attributes:
        index: of frames.
        firsts: the number of each frame's first record, and at the end how many records there are.
        read: reads a frame.
        words: by which records are found.
    """

    index: FrameIndex
    firsts: tuple[int, ...]
    read: Callable[[int], list[Record]]
    words: lexicon.Words

    def search(self, words: Iterable[str], limit: int | None, damaged: Damaged | None) -> list[str]:
        """The ids of the best records, the newest first of those that are as good.

        The most promising frames are read, ``limit`` of them at most: until no other can have a record that is better
        than the best ``limit``. How rare a word is, and so how much it counts for, is then told by the records that
        were read.

        Raises:
            FrameDamagedError: a frame cannot be read, and nobody is to be told.
        """
        wanted = frozenset(map(lexicon.normal, words))
        weights = self.index.weights(wanted)
        bounds = {number: fsum(counted.values()) for number, counted in weights.items()}
        hits: list[_Hit] = []
        read = records = 0
        for number in sorted(bounds, key=lambda number: (-bounds[number], -number)):
            last = (bounds[number], self.firsts[number + 1])
            if limit is not None and (read == limit or _settled(hits, limit, last)):
                break
            read += 1
            try:
                frame = self.read(number)
            except FrameDamagedError as error:
                if damaged is None:
                    raise
                damaged(error)
                continue
            records += len(frame)
            hits += self._hits(number, frame, wanted, weights[number])
        having = Counter(word for hit in hits for word in hit.said)
        counts = {word: rarity(records, many) for word, many in having.items()}
        hits.sort(key=lambda hit: (-fsum(counts[word] for word in sorted(hit.said)), -hit.row))
        return [hit.memory_id for hit in hits[:limit]]

    def _hits(
        self, number: int, frame: list[Record], wanted: frozenset[str], counted: Mapping[str, float]
    ) -> Iterator[_Hit]:
        for row, record in enumerate(frame, self.firsts[number]):
            said = wanted.intersection(map(lexicon.normal, self.words(record)))
            if said:
                yield _Hit(record["memory_id"], row, said, fsum(counted[word] for word in said))


def _settled(hits: list[_Hit], limit: int, best: tuple[float, int]) -> bool:
    """Whether nothing that scores at most so much, and is at most so new, is among the best any more."""
    if len(hits) < limit:
        return False
    ordered = sorted(((hit.score, hit.row) for hit in hits), reverse=True)
    return ordered[limit - 1] >= best
