"""Reads the frames of a fold whose footer is damaged."""

from __future__ import annotations

from collections.abc import Iterator

from lukhas_common.memory.folds import layout
from lukhas_common.memory.folds.best import Damaged
from lukhas_common.memory.folds.errors import DictionaryMissingError, FrameDamagedError
from lukhas_common.memory.folds.fold import RangeReader
from lukhas_common.memory.folds.frames import Dictionaries, FrameReader
from lukhas_common.memory.folds.records import Record

_STEP = 1 << 16


def recover(
    reader: RangeReader,
    size: int,
    *,
    fold_id: str,
    unseal: layout.Unseal | None = None,
    dictionary: str | None = None,
    dictionaries: Dictionaries | None = None,
    damaged: Damaged | None = None,
) -> Iterator[Record]:
    """The records of every frame that is whole, found by the frames' own headers; two range reads a frame.

    Nothing but the footer says how many frames there were, so it cannot be told whether the last ones are missing.
    The order of frames that were not sealed is not proven.

    Args:
        dictionary: SHA-256 of the dictionary, which only the damaged footer names.
        damaged: told of each frame that is found and cannot be read.

    Raises:
        DictionaryMissingError: the dictionary was not supplied.
    """
    frames, at = FrameReader(fold_id, unseal, dictionary, dictionaries), 0
    seen: set[int] = set()
    while (found := _next(reader, at, size)) is not None:
        at, header = found
        length = layout.HEADER + header.payload
        try:
            if header.number in seen:
                raise FrameDamagedError(fold_id, header.number, "it was there before")
            records = frames.records(reader(at, length), header.number)
        except DictionaryMissingError:
            raise
        except FrameDamagedError as error:
            if damaged is not None:
                damaged(error)
            at += 1
            continue
        seen.add(header.number)
        yield from records
        at += length


def _next(reader: RangeReader, at: int, size: int) -> tuple[int, layout.Header] | None:
    """The next place where a frame seems to begin: here, as a rule."""
    length = layout.HEADER
    while size - at >= layout.HEADER:
        data = reader(at, min(length, size - at))
        begin = data.find(layout.FRAME_MAGIC)
        while 0 <= begin <= len(data) - layout.HEADER:
            try:
                return at + begin, layout.header(data[begin:])
            except ValueError:
                begin = data.find(layout.FRAME_MAGIC, begin + 1)
        if len(data) < layout.HEADER:
            break
        at += len(data) - layout.HEADER + 1
        length = _STEP
    return None
