"""Reads stored frames: from bytes that cannot be trusted to records."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from lukhas_common.crypto.sealing import SealError
from lukhas_common.memory.folds import layout, rows, zstandard
from lukhas_common.memory.folds.errors import DictionaryMissingError, FrameDamagedError
from lukhas_common.memory.folds.footer import Stored
from lukhas_common.memory.folds.records import Record

Dictionaries = Callable[[str], bytes]
"""A dictionary by its SHA-256 in hex; raises LookupError where there is none."""


@dataclass(slots=True)
class FrameReader:
    """Opens the frames of one fold.

    Attributes:
        dictionary: SHA-256 of the frames' dictionary in hex, None if they have none; it is fetched when first needed.
    """

    fold_id: str
    unseal: layout.Unseal | None
    dictionary: str | None
    dictionaries: Dictionaries | None
    _ready: Any = field(default=None, init=False)

    def listed(self, stored: bytes, number: int, entry: Stored) -> list[Record]:
        """The records of a frame that is just as the footer has it.

        Raises:
            FrameDamagedError: it is not.
            DictionaryMissingError: it cannot be told.
        """
        if len(stored) != entry.length or hashlib.sha256(stored).hexdigest() != entry.digest:
            raise FrameDamagedError(self.fold_id, number, "it is not what was stored")
        records = self.records(stored, number, entry.document)
        ids = [record["memory_id"] for record in records]
        if (len(ids), ids[0], ids[-1]) != (entry.records, entry.first, entry.last):
            raise FrameDamagedError(self.fold_id, number, "it holds other records than the footer says")
        return records

    def records(self, stored: bytes, number: int, document_size: int | None = None) -> list[Record]:
        """The records of a frame by what it says itself, and by the size of its document where that is known.

        Raises:
            FrameDamagedError: it was altered or cut off, or is another frame.
            DictionaryMissingError: it cannot be told.
        """
        ready = self._dictionary()
        try:
            header = layout.header(stored)
            payload = stored[layout.HEADER :]
            digest = hashlib.sha256(payload).digest()[: len(header.digest)]
            if document_size not in (None, header.document):
                raise ValueError("its document has another size than the footer says")
            if header.number != number or len(payload) != header.payload or digest != header.digest:
                raise ValueError("it is not what its header says")
            if self.unseal is not None:
                payload = self.unseal(payload, layout.bound(self.fold_id, "frame", number))
            end = 4 + int.from_bytes(payload[:4], "big")
            document = zstandard.decompress(payload[4:end], header.document, ready)
            records = rows.decode(document, payload[end:])
            ids = [record.get("memory_id") for record in records]
            if len(document) != header.document or end > len(payload) or not _ascending(ids):
                raise ValueError("its records are not as they were written")
        except (SealError, ValueError) as error:
            raise FrameDamagedError(self.fold_id, number, str(error)) from None
        return records

    def _dictionary(self) -> Any:
        if self.dictionary is None or self._ready is not None:
            return self._ready
        try:
            content = self.dictionaries(self.dictionary) if self.dictionaries is not None else b""
            if hashlib.sha256(content).hexdigest() != self.dictionary:
                raise DictionaryMissingError(self.dictionary)
            self._ready = zstandard.dictionary(content)
        except (LookupError, ValueError):
            raise DictionaryMissingError(self.dictionary) from None
        return self._ready


def _ascending(ids: list[Any]) -> bool:
    return all(isinstance(one, str) for one in ids) and all(one < two for one, two in pairwise(ids))
