"""Makes one fold of several."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence

from lukhas_common.memory.folds import layout, zstandard
from lukhas_common.memory.folds.fold import Fold
from lukhas_common.memory.folds.records import Record
from lukhas_common.memory.folds.words import Words, words_of
from lukhas_common.memory.folds.writing import FRAME, FoldWriter, Written


def merge(
    folds: Sequence[Fold],
    keep: Callable[[Record], bool],
    dictionary: bytes | None = None,
    *,
    key: bytes | None = None,
    seal: layout.Seal | None = None,
    words: Words = words_of,
    frame: int = FRAME,
    level: int = zstandard.LEVEL,
) -> Written:
    """A fold of what is kept of these; of records with one id, that of the latest fold in the list counts.

    One frame of each fold is in memory at a time, and the compressed result. A record that is not kept is gone even
    where an earlier fold has another of its id. For the other arguments see ``FoldWriter``.

    Raises:
        FrameDamagedError: a frame cannot be read; what it holds would be lost with the fold.
        DictionaryMissingError: the dictionary of a fold was not supplied.
        FoldTooLargeError: all that does not go into one fold.
        ValueError: that is no dictionary, or no number of records.
    """
    writer = FoldWriter(key=key, dictionary=dictionary, seal=seal, words=words, frame=frame, level=level)
    for record in _latest(folds):
        if keep(record):
            writer.add(record)
    return writer.finish()


def _latest(folds: Sequence[Fold]) -> Iterator[Record]:
    """The records of all folds by id, each id once."""
    streams = [_numbered(fold, -number) for number, fold in enumerate(folds)]
    before = None
    for memory_id, _, record in heapq.merge(*streams, key=lambda one: one[:2]):
        if memory_id != before:
            yield record
        before = memory_id


def _numbered(fold: Fold, number: int) -> Iterator[tuple[str, int, Record]]:
    for record in fold.records():
        yield record["memory_id"], number, record
