"""A person's index, and where the item of each of its memories lies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lukhas_common.memory.search.blob import from_bytes, to_bytes
from lukhas_common.memory.search.documents import halved, memory_id
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.errors import IndexDamagedError
from lukhas_common.memory.search.index import Index

Place = tuple[str, int]
"""Slot and number."""

_ROW = 20
"""Bytes of a place: a slot has 16."""

_NEVER, _EVER = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Placed:
    """An index, and of each of its rows the slot, 16 bytes, and the number. It never changes."""

    index: Index
    slots: npt.NDArray[np.uint8]
    seqs: npt.NDArray[np.uint32]
    _seen: dict[tuple[bool, bool], Index] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, index: Index, places: Mapping[str, Place]) -> Placed:
        """With the places of all memories in an index."""
        known = [places[memory_id] for memory_id in index.memory_ids()]
        return cls(index, *_columns(b"".join(bytes.fromhex(slot) + seq.to_bytes(4, "big") for slot, seq in known)))

    @classmethod
    def empty(cls, embedder: Embedder) -> Placed:
        """Without a memory."""
        return cls.of(Index.build([], embedder), {})

    def to_bytes(self) -> bytes:
        """Both as one: the places first, in the order of the index."""
        rows = np.concatenate([self.slots, self.seqs.astype(">u4").view(np.uint8).reshape(-1, 4)], axis=1)
        return len(rows).to_bytes(4, "big") + rows.tobytes() + to_bytes(self.index)

    @classmethod
    def from_bytes(cls, data: bytes) -> Placed:
        """What ``to_bytes`` made.

        Raises:
            IndexDamagedError: it is none.
        """
        end = 4 + _ROW * int.from_bytes(data[:4], "big")
        index = from_bytes(data[end:])
        if end != 4 + _ROW * len(index):
            raise IndexDamagedError("it has more places than memories, or fewer")
        return cls(index, *_columns(data[4:end]))

    @cached_property
    def places(self) -> dict[str, Place]:
        """Where the item of each memory lies."""
        return {memory_id: self._place(row) for row, memory_id in enumerate(self.index.memory_ids())}

    def some(self, memory_ids: Collection[str]) -> dict[str, Place]:
        """Of those of these memories that are here, where their items lie."""
        return {memory_id: self._place(row) for memory_id, row in self.index.found(memory_ids).items()}

    def seen(self, *, superseded: bool, faded: bool) -> Index:
        """The index as a search sees it: without values of which a later one is here, and what is over or has decayed.

        Args:
            superseded: with such values; ``faded`` with what has decayed, and what is over, too.
        """
        key = (superseded, faded)
        if key not in self._seen:
            until = np.full(len(self.index), _EVER) if faded else self.index.table.valid_until
            until = until if superseded else np.where(self.outdated, _NEVER, until)
            self._seen[key] = replace(self.index, table=replace(self.index.table, valid_until=until))
        return self._seen[key]

    @cached_property
    def outdated(self) -> _Mask:
        """Of each row whether its key has a later value here."""
        found: _Mask = np.zeros(len(self.index), np.bool_)
        slots = halved(self.slots)[self._order]
        found[self._order[:-1]] = (slots[1:] == slots[:-1]).all(axis=1)
        return found

    def before(self, latest: Mapping[str, int]) -> list[str]:
        """The ids of values that are older than these: numbers, by slot."""
        slots = [bytes.fromhex(slot) for slot in latest]
        halves = np.array([int.from_bytes(slot[:8], "big") for slot in slots], np.uint64)
        starts, ends = (np.searchsorted(self._halves, halves, side).tolist() for side in ("left", "right"))
        return [
            memory_id(self.index.table.ids[row])
            for slot, seq, start, end in zip(slots, latest.values(), starts, ends, strict=True)
            for row in self._order[start:end].tolist()
            if self.seqs[row] < seq and self.slots[row].tobytes() == slot
        ]

    @cached_property
    def _order(self) -> npt.NDArray[np.intp]:
        """The rows by slot and number."""
        halves = halved(self.slots)
        return np.lexsort((self.seqs, halves[:, 1], halves[:, 0]))

    @cached_property
    def _halves(self) -> npt.NDArray[np.uint64]:
        """The first half of each slot, in rising order."""
        halves: npt.NDArray[np.uint64] = halved(self.slots)[self._order, 0]
        return halves

    def _place(self, row: int) -> Place:
        return self.slots[row].tobytes().hex(), int(self.seqs[row])


def superseded(places: Mapping[str, Place]) -> set[str]:
    """Those of these memories whose key has a later value among them."""
    latest: dict[str, int] = {}
    for slot, seq in places.values():
        latest[slot] = max(seq, latest.get(slot, seq))
    return {memory_id for memory_id, (slot, seq) in places.items() if seq < latest[slot]}


def _columns(packed: bytes) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    rows = np.frombuffer(packed, np.uint8).reshape(-1, _ROW)
    return np.ascontiguousarray(rows[:, :16]), np.ascontiguousarray(rows[:, 16:]).view(">u4")[:, 0].astype(np.uint32)
