"""Which words are in which records of a fold, in one block that is read with one range read: as folds were written
before their indexes told frames (``frame_index.py``).

The block holds four streams, each behind its stored length and its length (4 bytes each) and compressed by itself: how
many characters each word shares with the one before it in alphabetical order, and the rest of it; for each word the
bytes of its postings, and the postings, which are the numbers of records, counted from 0, as differences less one. The
ids of the records are in the frames alone: of random bits, a second copy would take more room than all the words.
A word that most records have costs next to nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lukhas_common.memory.folds import words as lexicon
from lukhas_common.memory.folds import zstandard
from lukhas_common.memory.folds.bits import Side, read_varints

LONGEST = 1 << 24
"""Bytes of one stream before it is compressed."""

_STREAMS = 4


@dataclass(frozen=True, slots=True)
class Index:
    """The block again, with the words looked up where they are.

    Attributes:
        records: how many the fold has.
    """

    records: int
    _vocabulary: Sequence[str]
    _ends: Sequence[int]
    _postings: bytes

    def rows(self, word: str) -> list[int]:
        """The numbers of the records with this word, which is in its normal form.

        Raises:
            ValueError: the postings are none.
        """
        at = bisect_left(self._vocabulary, word)
        if at == len(self._vocabulary) or self._vocabulary[at] != word:
            return []
        begin = self._ends[at - 1] if at else 0
        found = list(accumulate(read_varints(self._postings[begin : self._ends[at]]), lambda row, gap: row + gap + 1))
        if not found or found[-1] >= self.records:
            raise ValueError("postings of records that are not there")
        return found

    def search(self, words: Iterable[str]) -> list[int]:
        """The numbers of records that have any of the words, the best first, and of equals the newest.

        A record scores, for each of the words that it has, by how rare that is: ln(1 + (N - n + ½) / (n + ½)) where n
        of N records have it (Robertson and Spärck Jones 1976, as in BM25).
        """
        scores: dict[int, float] = {}
        for word in sorted({lexicon.normal(word) for word in words}):
            found = self.rows(word)
            rare = math.log(1 + (self.records - len(found) + 0.5) / (len(found) + 0.5))
            for row in found:
                scores[row] = scores.get(row, 0.0) + rare
        return sorted(scores, key=lambda row: (-scores[row], -row))


def read_index(block: bytes, records: int) -> Index:
    """The index of a fold with so many records.

    Raises:
        ValueError: it is none.
    """
    source = Side(block, 0)
    shared, rests, lengths, postings = [read_stream(source) for _ in range(_STREAMS)]
    if not source.used_up:
        raise ValueError("something follows it")
    vocabulary = _words(list(read_varints(shared)), rests.decode().split("\n"))
    ends = list(accumulate(read_varints(lengths)))
    if len(ends) != len(vocabulary) or (ends[-1] if ends else 0) != len(postings):
        raise ValueError("it has more words than postings, or fewer")
    return Index(records, vocabulary, ends, postings)


def _words(shared: Sequence[int], rests: Sequence[str]) -> list[str]:
    if not shared and list(rests) == [""]:
        return []
    vocabulary, word = [], ""
    for same, rest in zip(shared, rests, strict=True):
        if same > len(word) or same + len(rest) > lexicon.LONGEST:
            raise ValueError("its words are none")
        word = word[:same] + rest
        vocabulary.append(word)
    return vocabulary


def stream(data: bytes, level: int) -> bytes:
    """A stream of an index: its stored length and its length (4 bytes each), and what it compresses to."""
    stored = zstandard.compress(data, level=level)
    return len(stored).to_bytes(4, "big") + len(data).to_bytes(4, "big") + stored


def read_stream(source: Side) -> bytes:
    """The next stream.

    Raises:
        ValueError: it is none.
    """
    stored, length = int.from_bytes(source.take(4), "big"), int.from_bytes(source.take(4), "big")
    if length > LONGEST:
        raise ValueError("it is too long")
    data = zstandard.decompress(source.take(stored), length)
    if len(data) != length:
        raise ValueError("it is shorter than it says")
    return data
