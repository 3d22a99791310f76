"""Writes folds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lukhas_common.memory.folds import layout, rows, zstandard
from lukhas_common.memory.folds.errors import FoldTooLargeError, RecordError
from lukhas_common.memory.folds.footer import Footer, Stored
from lukhas_common.memory.folds.frame_index import FrameIndexWriter
from lukhas_common.memory.folds.records import Naming, Record, checked, ordered
from lukhas_common.memory.folds.words import Words, normal, words_of

FRAME = 512
"""Records of a frame. Fewer are read in less time, and compress a little worse."""


@dataclass(frozen=True, slots=True)
class Written:
    """A fold that is ready to be stored, and what is worth keeping where it is listed.

    Attributes:
        fold_id: names it; the same records under the same key give the same.
        footer: offset and length to open it with.
        digest: SHA-256 of the data in hex, which sealing makes different each time.
        raw: bytes of the records as JSON, one a line.
        index: bytes of the index, which are in the data.
    """

    fold_id: str
    data: bytes
    footer: tuple[int, int]
    digest: str
    records: int
    frames: int
    first: str | None
    last: str | None
    raw: int
    index: int


class FoldWriter:
    """Takes records in the order of their ids, and keeps no more of them than one frame and what they compress to.

    Args:
        key: see ``fold_id``.
        dictionary: from ``train_dictionary``; it has to be kept as long as the fold.
        seal: called with each part of the fold when all records are there, as parts are bound to the fold's id.
        words: by which records are found.
        frame: records of a frame; a frame has fewer where they have more than 4 MiB of JSON.
        level: of Zstandard, 1 to 22.

    Raises:
        ValueError: that is no dictionary, or no number of records.
    """

    def __init__(
        self,
        *,
        key: bytes | None = None,
        dictionary: bytes | None = None,
        seal: layout.Seal | None = None,
        words: Words = words_of,
        frame: int = FRAME,
        level: int = zstandard.LEVEL,
    ) -> None:
        if not 1 <= frame <= rows.MOST:
            raise ValueError(f"a frame has 1 to {rows.MOST} records")
        self._seal, self._words, self._frame, self._level = seal, words, frame, level
        self._ready = None if dictionary is None else zstandard.dictionary(dictionary)
        self._dictionary = None if dictionary is None else hashlib.sha256(dictionary).hexdigest()
        self._naming, self._index = Naming(key), FrameIndexWriter()
        self._open: list[Record] = []
        self._said: set[str] = set()
        self._size = self._raw = 0
        self._last = ""
        self._closed: list[_Closed] = []

    def add(self, record: Mapping[str, Any]) -> None:
        """The next record.

        Raises:
            RecordError: it cannot be folded, or its id is not behind that of the one before.
            FoldTooLargeError: there are too many.
        """
        memory_id, copy, size = checked(record)
        if memory_id <= self._last:
            raise RecordError("records are folded in the order of their memory_ids, each once")
        if len(self._open) == self._frame or self._size + size > rows.LARGEST:
            self._close()
        self._naming.add(copy)
        self._said.update(map(normal, self._words(copy)))
        self._open.append(copy)
        self._last, self._size, self._raw = memory_id, self._size + size, self._raw + size + 1

    def finish(self) -> Written:
        """The fold; nothing can be added any more.

        Raises:
            FoldTooLargeError: the index would be too long.
        """
        if self._open:
            self._close()
        fold_id = self._naming.name()
        parts, listed = [], []
        for number, one in enumerate(self._closed):
            payload = self._sealed(one.payload, layout.bound(fold_id, "frame", number))
            stored = layout.frame(number, payload, one.document)
            digest = hashlib.sha256(stored).hexdigest()
            listed.append(Stored(len(stored), one.document, one.records, one.first, one.last, digest))
            parts.append(stored)
        index = self._sealed(self._index.block(self._level), layout.bound(fold_id, "index"))
        parts.append(index)
        whole, index_digest = hashlib.sha256(b"".join(parts)).hexdigest(), hashlib.sha256(index).hexdigest()
        footer = Footer(fold_id, self._dictionary, tuple(listed), len(index), index_digest, whole)
        stored_footer = self._sealed(footer.compressed(), layout.bound(fold_id, "footer"))
        ending = stored_footer + layout.trailer(stored_footer)
        data = b"".join([*parts, ending])
        return Written(
            fold_id,
            data,
            (len(data) - len(ending), len(ending)),
            hashlib.sha256(data).hexdigest(),
            footer.records,
            len(listed),
            listed[0].first if listed else None,
            listed[-1].last if listed else None,
            self._raw,
            len(index),
        )

    def _close(self) -> None:
        if len(self._closed) == layout.MOST_FRAMES:
            raise FoldTooLargeError("there are too many records for one fold")
        document, side = rows.encode(self._open)
        compressed = zstandard.compress(document, self._ready, self._level)
        payload = len(compressed).to_bytes(4, "big") + compressed + side
        ids = self._open[0]["memory_id"], self._open[-1]["memory_id"]
        self._closed.append(_Closed(payload, len(document), len(self._open), *ids))
        self._index.add(self._said)
        self._open, self._said, self._size = [], set(), 0

    def _sealed(self, data: bytes, bound: bytes) -> bytes:
        return data if self._seal is None else self._seal(data, bound)


@dataclass(frozen=True, slots=True)
class _Closed:
    """A frame that waits for the fold's id, to be sealed."""

    payload: bytes
    document: int
    records: int
    first: str
    last: str


def write(
    records: Iterable[Mapping[str, Any]],
    *,
    key: bytes | None = None,
    dictionary: bytes | None = None,
    seal: layout.Seal | None = None,
    words: Words = words_of,
    frame: int = FRAME,
    level: int = zstandard.LEVEL,
) -> Written:
    """A fold of these records, in whatever order they come; for the arguments see ``FoldWriter``.

    Raises:
        RecordError: one cannot be folded, or two have the same id.
        FoldTooLargeError: there are too many.
        ValueError: that is no dictionary, or no number of records.
    """
    writer = FoldWriter(key=key, dictionary=dictionary, seal=seal, words=words, frame=frame, level=level)
    for record in ordered(records):
        writer.add(record)
    return writer.finish()
