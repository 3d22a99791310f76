"""Reads folds: one range read opens one, and one more reads any record."""

from __future__ import annotations

import copy
import hashlib
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from lukhas_common.crypto.sealing import SealError
from lukhas_common.memory.folds import layout
from lukhas_common.memory.folds.best import Best, Damaged
from lukhas_common.memory.folds.errors import FoldDamagedError, FrameDamagedError, IndexDamagedError
from lukhas_common.memory.folds.footer import Footer, read_footer
from lukhas_common.memory.folds.frame_index import MARK, FrameIndex, read_frame_index
from lukhas_common.memory.folds.frames import Dictionaries, FrameReader
from lukhas_common.memory.folds.index import Index, read_index
from lukhas_common.memory.folds.records import Record
from lukhas_common.memory.folds.words import Words, words_of

RangeReader = Callable[[int, int], bytes]
"""The bytes from an offset on, of a length, in one read; fewer where the fold ends. What it raises goes through."""


class Fold:
    """A fold that was opened. What was read is kept: the footer, the index, and the last frames.

    Attributes:
        footer: where everything is.
    """

    def __init__(self, reader: RangeReader, footer: Footer, frames: FrameReader, kept: int, words: Words) -> None:
        self._reader, self.footer, self._frames, self._most, self._words = reader, footer, frames, kept, words
        self._lasts = [one.last for one in footer.frames]
        self._kept: OrderedDict[int, list[Record]] = OrderedDict()
        self._index: FrameIndex | Index | None = None

    @classmethod
    def open(
        cls,
        reader: RangeReader,
        size: int,
        *,
        fold_id: str,
        footer: tuple[int, int] | None = None,
        unseal: layout.Unseal | None = None,
        dictionaries: Dictionaries | None = None,
        kept: int = 1,
        words: Words = words_of,
    ) -> Fold:
        """Open a fold with one range read, or with two where it is not known where its footer is.

        Args:
            size: of the fold in bytes.
            fold_id: by which it was stored; a fold under another id is not opened.
            footer: from ``Written.footer``.
            unseal: None for a fold that was not sealed.
            kept: frames, each of which a few megabytes, that are not read again for the next record in them.
            words: by which records are found, as they were when the fold was written.

        Raises:
            FoldDamagedError: its footer or trailer was altered, cut off, or sealed for another fold.
        """
        try:
            offset, ending = _ending(reader, size, footer)
            stored = ending[: -layout.TRAILER]
            length, digest = layout.read_trailer(ending[-layout.TRAILER :])
            if length != len(stored) or hashlib.sha256(stored).digest() != digest:
                raise ValueError("its footer is not what was stored")
            opened = stored if unseal is None else unseal(stored, layout.bound(fold_id, "footer"))
            found = read_footer(opened)
            if found.fold_id != fold_id or found.offsets[-1] + found.index != offset:
                raise ValueError("its footer is of another fold")
        except (SealError, ValueError) as error:
            raise FoldDamagedError(fold_id, str(error)) from None
        return cls(reader, found, FrameReader(fold_id, unseal, found.dictionary, dictionaries), kept, words)

    def record(self, memory_id: str) -> Record | None:
        """A record, with at most one range read; None if the fold has none of this id.

        Raises:
            FrameDamagedError: the frame that would have it cannot be read.
            DictionaryMissingError: its dictionary was not supplied.
        """
        number = bisect_left(self._lasts, memory_id)
        if number == len(self._lasts) or memory_id < self.footer.frames[number].first:
            return None
        records = self._frame(number)
        found = next((record for record in records if record["memory_id"] == memory_id), None)
        return copy.deepcopy(found) if self._most else found

    def frame(self, number: int) -> list[Record]:
        """The records of a frame, with one range read.

        Raises:
            FrameDamagedError: it cannot be read.
            DictionaryMissingError: its dictionary was not supplied.
        """
        return self._read(number)

    def records(self, damaged: Damaged | None = None) -> Iterator[Record]:
        """All records in the order of their ids, one frame in memory at a time.

        Args:
            damaged: without it, the first frame that cannot be read ends the iteration.

        Raises:
            FrameDamagedError: a frame cannot be read, and nobody is to be told.
            DictionaryMissingError: its dictionary was not supplied.
        """
        for number in range(len(self.footer.frames)):
            try:
                records = self._read(number)
            except FrameDamagedError as error:
                if damaged is None:
                    raise
                damaged(error)
                continue
            yield from records

    def search(self, words: Iterable[str], limit: int | None = None, damaged: Damaged | None = None) -> list[str]:
        """The ids of records with any of the words, the best first.

        Words are compared without regard to case, and not stemmed. ``words.words`` gives those of a text. The index
        is read once, with one range read; then the frames that promise the best records are, each once, unless it is
        kept: at most ``limit`` range reads, and never more than there are frames. See ``best.py``.

        Args:
            damaged: without it, a frame that cannot be read ends the search; with it, the records that it holds are
                left out, and none come in their place.

        Raises:
            IndexDamagedError: the index cannot be read; the records can.
            FrameDamagedError: a frame with such records cannot be read, and nobody is to be told.
            DictionaryMissingError: its dictionary was not supplied.
        """
        try:
            if self._index is None:
                self._index = self._read_index()
            found = [] if isinstance(self._index, FrameIndex) else self._index.search(words)[:limit]
        except (SealError, ValueError) as error:
            raise IndexDamagedError(self.footer.fold_id, str(error)) from None
        if isinstance(self._index, FrameIndex):
            firsts = (*self.footer.firsts, self.footer.records)
            return Best(self._index, firsts, self._frame, self._words).search(words, limit, damaged)
        ids = self._ids(found, damaged)
        return [ids[row] for row in found if row in ids]

    def verify(self) -> list[int]:
        """The numbers of damaged frames; reads every frame.

        Raises:
            DictionaryMissingError: its dictionary was not supplied.
        """
        found: list[int] = []
        for _ in self.records(lambda error: found.append(error.frame)):
            pass
        return found

    def _ids(self, rows: Iterable[int], damaged: Damaged | None) -> dict[int, str]:
        """The ids of records by their numbers, frame by frame."""
        ids: dict[int, str] = {}
        for number, wanted in groupby(sorted(rows), lambda row: bisect_right(self.footer.firsts, row) - 1):
            try:
                records = self._frame(number)
            except FrameDamagedError as error:
                if damaged is None:
                    raise
                damaged(error)
                continue
            ids |= {row: records[row - self.footer.firsts[number]]["memory_id"] for row in wanted}
        return ids

    def _read_index(self) -> FrameIndex | Index:
        offset, length = self.footer.offsets[-1], self.footer.index
        stored = self._reader(offset, length)
        if hashlib.sha256(stored).hexdigest() != self.footer.index_digest:
            raise ValueError("it is not what was stored")
        unseal = self._frames.unseal
        opened = stored if unseal is None else unseal(stored, layout.bound(self.footer.fold_id, "index"))
        if opened.startswith(MARK):
            return read_frame_index(opened, len(self.footer.frames))
        return read_index(opened, self.footer.records)

    def _frame(self, number: int) -> list[Record]:
        """A frame from those that are kept."""
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        records = self._read(number)
        if self._most:
            self._kept[number] = records
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return records

    def _read(self, number: int) -> list[Record]:
        entry = self.footer.frames[number]
        return self._frames.listed(self._reader(self.footer.offsets[number], entry.length), number, entry)


def _ending(reader: RangeReader, size: int, footer: tuple[int, int] | None) -> tuple[int, bytes]:
    """Where the footer begins, and all from there on."""
    if footer is None:
        length, _ = layout.read_trailer(reader(max(0, size - layout.TRAILER), layout.TRAILER))
        footer = size - layout.TRAILER - length, length + layout.TRAILER
    offset, length = footer
    if not (offset >= 0 and layout.TRAILER <= length <= layout.LONGEST_FOOTER * 2 and offset + length == size):
        raise ValueError("its footer is not where it should be")
    ending = reader(offset, length)
    if len(ending) != length:
        raise ValueError("its footer is cut off")
    return offset, ending
