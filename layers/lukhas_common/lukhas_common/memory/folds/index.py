"""Which words are in which records of a fold, in one block that is read with one range read.

The block holds six streams, each behind its stored length and its length (4 bytes each) and compressed by itself: the
memory ids as a column, and the bytes beside it; how many characters each word shares with the one before it in
alphabetical order, and the rest of it; for each word the bytes of its postings, and the postings, which are the numbers
of records, counted from 0, as differences less one.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lukhas_common.memory.folds import columns, zstandard
from lukhas_common.memory.folds import words as lexicon
from lukhas_common.memory.folds.bits import Side, in_common, read_varints, varints
from lukhas_common.memory.folds.errors import FoldTooLargeError

LONGEST = 1 << 24
"""Bytes of one stream before it is compressed."""

_STREAMS = 6


class IndexWriter:
    """Takes the ids and words of records one by one, in the order of the ids."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._postings: dict[str, bytearray] = {}
        self._last: dict[str, int] = {}

    def add(self, memory_id: str, words: Iterable[str]) -> None:
        """The next record."""
        row = len(self._ids)
        self._ids.append(memory_id)
        for word in {found for word in words if (found := lexicon.normal(word))}:
            self._postings.setdefault(word, bytearray()).extend(varints([row - self._last.get(word, -1) - 1]))
            self._last[word] = row

    def block(self, level: int = zstandard.LEVEL) -> bytes:
        """The block, before it is sealed.

        Raises:
            FoldTooLargeError: a stream of it would be too long.
        """
        vocabulary = sorted(self._postings)
        shared = [in_common(one, two) for one, two in zip(["", *vocabulary], vocabulary, strict=False)]
        rests = [word[same:] for word, same in zip(vocabulary, shared, strict=True)]
        column, side = columns.encode(self._ids) if self._ids else ([], b"")
        streams = [
            columns.dumps([len(self._ids), column]).encode(),
            side,
            varints(shared),
            "\n".join(rests).encode(),
            varints(len(self._postings[word]) for word in vocabulary),
            b"".join(self._postings[word] for word in vocabulary),
        ]
        if max(map(len, streams)) > LONGEST:
            raise FoldTooLargeError("the index of so many records is too long")
        return b"".join(_stream(stream, level) for stream in streams)


@dataclass(frozen=True, slots=True)
class Index:
    """The block again, with the words looked up where they are.

    Attributes:
        ids: of all records, in order.
    """

    ids: Sequence[str]
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
        if not found or found[-1] >= len(self.ids):
            raise ValueError("postings of records that are not there")
        return found

    def search(self, words: Iterable[str]) -> list[str]:
        """The ids of records that have any of the words, the best first, and of equals the newest.

        A record scores, for each of the words that it has, by how rare that is: ln(1 + (N - n + ½) / (n + ½)) where n
        of N records have it (Robertson and Spärck Jones 1976, as in BM25).
        """
        scores: dict[int, float] = {}
        for word in sorted({lexicon.normal(word) for word in words}):
            found = self.rows(word)
            rare = math.log(1 + (len(self.ids) - len(found) + 0.5) / (len(found) + 0.5))
            for row in found:
                scores[row] = scores.get(row, 0.0) + rare
        return [self.ids[row] for row in sorted(scores, key=lambda row: (-scores[row], -row))]


def read_index(block: bytes, records: int) -> Index:
    """The index of a fold with so many records.

    Raises:
        ValueError: it is none, or one of other records.
    """
    source = Side(block, 0)
    try:
        ids_stream, beside, shared, rests, lengths, postings = [_read(source) for _ in range(_STREAMS)]
        count, column = json.loads(ids_stream)
        if count != records or not source.used_up:
            raise ValueError("it is of another fold")
        side = Side(beside, LONGEST)
        ids = columns.decode(column, count, side) if count else []
        if not side.used_up:
            raise ValueError("more bytes than ids")
    except (TypeError, IndexError, OverflowError, RecursionError):
        raise ValueError("it has not what an index has") from None
    if not all(isinstance(memory_id, str) for memory_id in ids):
        raise ValueError("its ids are none")
    vocabulary = _words(list(read_varints(shared)), rests.decode().split("\n"))
    ends = list(accumulate(read_varints(lengths)))
    if len(ends) != len(vocabulary) or (ends[-1] if ends else 0) != len(postings):
        raise ValueError("it has more words than postings, or fewer")
    return Index(ids, vocabulary, ends, postings)


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


def _stream(data: bytes, level: int) -> bytes:
    stored = zstandard.compress(data, level=level)
    return len(stored).to_bytes(4, "big") + len(data).to_bytes(4, "big") + stored


def _read(source: Side) -> bytes:
    stored, length = int.from_bytes(source.take(4), "big"), int.from_bytes(source.take(4), "big")
    if length > LONGEST:
        raise ValueError("it is too long")
    data = zstandard.decompress(source.take(stored), length)
    if len(data) != length:
        raise ValueError("it is shorter than it says")
    return data
