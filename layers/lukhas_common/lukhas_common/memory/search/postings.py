"""Sparse tables: for each of many keys the rows that have it, and how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_MOST = int(np.iinfo(np.uint16).max)
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Postings:
    """Keys in rising order; the rows of key ``i`` are ``rows[starts[i] : starts[i + 1]]``, in rising order.

    Attributes:
        counts: beside ``rows``; 65,535 stands for more.
    """

    keys: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.uint32]
    rows: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.uint16]

    def find(self, key: int) -> slice:
        """Where the key's rows are; empty for a key that is not here."""
        at = int(np.searchsorted(self.keys, np.uint64(key)))
        if at == len(self.keys) or int(self.keys[at]) != key:
            return slice(0, 0)
        return slice(int(self.starts[at]), int(self.starts[at + 1]))

    def moved(self, place: Integers) -> Postings:
        """With row ``i`` at ``place[i]``, and without those whose place is negative."""
        rows = place[self.rows]
        kept = rows >= 0
        return compressed(self._repeated()[kept], rows[kept], self.counts[kept])

    def joined(self, place: Integers, other: Postings, other_place: Integers) -> Postings:
        """Both, each moved to its places."""
        rows = np.concatenate([place[self.rows], other_place[other.rows]])
        kept = rows >= 0
        keys = np.concatenate([self._repeated(), other._repeated()])
        counts = np.concatenate([self.counts, other.counts])
        return compressed(keys[kept], rows[kept], counts[kept])

    def _repeated(self) -> npt.NDArray[np.uint64]:
        return np.repeat(self.keys, (self.starts[1:] - self.starts[:-1]).astype(np.intp))


def counted(keys: npt.NDArray[np.uint64], rows: npt.NDArray[np.uint32]) -> Postings:
    """Of a key and a row for each occurrence, in any order."""
    names, codes = np.unique(keys, return_inverse=True)
    pairs, counts = np.unique(codes.astype(np.int64) << 32 | rows, return_counts=True)
    return _of_pairs(names, pairs, counts)


def compressed(keys: npt.NDArray[np.uint64], rows: npt.NDArray[np.int64], counts: npt.NDArray[np.uint16]) -> Postings:
    """Of a key, a row and a count for each pair that occurs, in any order, each once."""
    names, codes = np.unique(keys, return_inverse=True)
    pairs = codes.astype(np.int64) << 32 | rows
    order = np.argsort(pairs)
    return _of_pairs(names, pairs[order], counts[order])


def _of_pairs(names: npt.NDArray[np.uint64], pairs: Integers, counts: npt.NDArray[np.integer]) -> Postings:
    starts = np.searchsorted(pairs, np.arange(len(names) + 1, dtype=np.int64) << 32)
    return Postings(
        names,
        starts.astype(np.uint32),
        (pairs & 0xFFFFFFFF).astype(np.uint32),
        np.minimum(counts, _MOST).astype(np.uint16),
    )


@dataclass(frozen=True, slots=True)
class Bags:
    """For each row its tokens in rising order, ``ids[starts[row] : starts[row + 1]]``, and how often each."""

    starts: npt.NDArray[np.uint32]
    ids: npt.NDArray[np.uint16]
    counts: npt.NDArray[np.uint16]

    def taken(self, rows: npt.NDArray[np.intp]) -> Bags:
        """The bags of these rows, in this order."""
        starts = self.starts.astype(np.int64)
        lengths = (starts[1:] - starts[:-1])[rows]
        ends = np.cumsum(lengths)
        # Of each place in the new arrays, the place in the old ones.
        source = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(starts[:-1][rows] - (ends - lengths), lengths)
        return Bags(np.concatenate([[0], ends]).astype(np.uint32), self.ids[source], self.counts[source])

    def joined(self, other: Bags) -> Bags:
        """These rows, then the other's."""
        return Bags(
            np.concatenate([self.starts, other.starts[1:] + self.starts[-1]]).astype(np.uint32),
            np.concatenate([self.ids, other.ids]),
            np.concatenate([self.counts, other.counts]),
        )


def bags(ids: npt.NDArray[np.uint16], lengths: Integers) -> Bags:
    """Of the tokens of all rows, one after another, and how many each row has."""
    rows = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    pairs, counts = np.unique(rows << 16 | ids, return_counts=True)
    starts = np.searchsorted(pairs, np.arange(len(lengths) + 1, dtype=np.int64) << 16)
    return Bags(
        starts.astype(np.uint32),
        (pairs & 0xFFFF).astype(np.uint16),
        np.minimum(counts, _MOST).astype(np.uint16),
    )
