"""Which words are in which frames of a fold, in one block that is read with one range read.

Of each word there is a digest of a few bits, four more than it takes to number the words: so of words that no frame
has, about one in twenty seems to be in some, and costs the read of a frame that does not have it after all. The words
themselves would take four times the room, and which records have each as much again; a record is found in its frame,
which has to be read for it anyway.

The block is a mark, the bits of a digest (1 byte), and two streams as in ``index.py``: the digests in order, as
differences less one; and for each digest the frames that have it, one bit each, the bits of eight frames after those of
the eight before.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lukhas_common.memory.folds import words as lexicon
from lukhas_common.memory.folds import zstandard
from lukhas_common.memory.folds.bits import Side, read_varints, varints
from lukhas_common.memory.folds.errors import FoldTooLargeError
from lukhas_common.memory.folds.index import LONGEST, read_stream, stream

MARK = b"\xff\xff\xff\xff"
"""No index of records begins so: it would be the length of a stream."""

_SPARE = 4
"""Bits of a digest beyond those that number the words."""

_MOST_BITS = 32


class FrameIndexWriter:
    """Takes the words of frames one by one."""

    def __init__(self) -> None:
        self._frames = 0
        self._held: dict[str, int] = {}

    def add(self, words: Iterable[str]) -> None:
        """The words of the next frame, in their normal form."""
        one = 1 << self._frames
        self._frames += 1
        for word in words:
            self._held[word] = self._held.get(word, 0) | one

    def block(self, level: int = zstandard.LEVEL) -> bytes:
        """The block, before it is sealed.

        Raises:
            FoldTooLargeError: a stream of it would be too long.
        """
        bits = min(len(self._held).bit_length() + _SPARE, _MOST_BITS)
        held: dict[int, int] = {}
        for word, frames in self._held.items():
            digest = _digest(word, bits)
            held[digest] = held.get(digest, 0) | frames
        digests, room = sorted(held), _room(self._frames)
        rows = [held[digest].to_bytes(room, "little") for digest in digests]
        streams = [
            varints(after - before - 1 for before, after in zip([-1, *digests], digests, strict=False)),
            b"".join(bytes(row[plane] for row in rows) for plane in range(room)),
        ]
        if max(map(len, streams)) > LONGEST:
            raise FoldTooLargeError("the index of so many words is too long")
        return MARK + bytes([bits]) + b"".join(stream(data, level) for data in streams)


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The block again.

    Attributes:
        frames: how many the fold has.
    """

    frames: int
    _bits: int
    _digests: Sequence[int]
    _planes: bytes

    def having(self, word: str) -> list[int]:
        """The numbers of the frames that seem to have this word, which is in its normal form."""
        digest = _digest(word, self._bits)
        at = bisect_left(self._digests, digest)
        if at == len(self._digests) or self._digests[at] != digest:
            return []
        mask = int.from_bytes(self._planes[at :: len(self._digests)], "little")
        return [number for number in range(self.frames) if mask >> number & 1]

    def weights(self, words: Iterable[str]) -> Mapping[int, Mapping[str, float]]:
        """Which of the words each frame seems to have, and what each counts for: the more, the fewer frames have it."""
        found: dict[int, dict[str, float]] = {}
        for word in sorted(set(words)):
            numbers = self.having(word)
            for number in numbers:
                found.setdefault(number, {})[word] = rarity(self.frames, len(numbers))
        return found


def rarity(of: int, having: int) -> float:
    """What a word counts for that so many have: ln(1 + (N - n + ½) / (n + ½)) (Robertson and Spärck Jones 1976)."""
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def read_frame_index(block: bytes, frames: int) -> FrameIndex:
    """The index of a fold with so many frames.

    Raises:
        ValueError: it is none.
    """
    source = Side(block, 0)
    if source.take(len(MARK)) != MARK:
        raise ValueError("it is no index of frames")
    bits = source.take(1)[0]
    differences, planes = read_stream(source), read_stream(source)
    if not source.used_up:
        raise ValueError("something follows it")
    digests = list(accumulate(read_varints(differences), lambda before, gap: before + gap + 1))
    if not bits <= _MOST_BITS or (digests and digests[-1] >> bits):
        raise ValueError("its digests are none")
    if len(planes) != len(digests) * _room(frames):
        raise ValueError("it is of another number of frames")
    return FrameIndex(frames, bits, digests, planes)


def _room(frames: int) -> int:
    """Bytes with a bit for each frame."""
    return -(-frames // 8)


def _digest(word: str, bits: int) -> int:
    """The first bits of a digest of a word. It is no secret: the block is sealed."""
    digest = hashlib.blake2b(lexicon.normal(word).encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> (_MOST_BITS - bits)
