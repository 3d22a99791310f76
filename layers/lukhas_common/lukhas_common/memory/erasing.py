"""Erasing all that is remembered of a person, and proving it.

The memory key is destroyed first: from then on nothing opens, wherever copies lie. Then every item and object that it
sealed is deleted, with every vector that lies elsewhere and is not sealed, and it is looked whether any is left. The
ledger tells of both. A run that is cut off is finished by the errand that was sent before it began, or by whoever asks
again; what was stored after the erasure is under a new key and stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from lukhas_common.ledger.data_keys import CACHED_FOR
from lukhas_common.ledger.erasure import Erased, Erasures
from lukhas_common.ledger.ledger import Draft, Ledger, Opened
from lukhas_common.memory.ports import Errand, Errands, MemoryObjects, MemoryStore, VectorIndex
from lukhas_common.memory.stored import Stored
from lukhas_common.memory.vault import folder_of, space_of, subject_of

KIND = "memory.erased"
"""The kind of the entry that tells what was deleted. It is about nobody, so an erasure does not reach it."""

TASK = "erase"


class NotErasedError(Exception):
    """Something was still there after all of it was deleted: ask again."""


@dataclass(frozen=True, slots=True)
class MemoriesErased:
    """What became of an erasure.

    Attributes:
        items, objects, vectors: how many were deleted.
        entry: of the ledger, which tells of it; its receipt is what the person keeps.
    """

    erased: Erased
    items: int
    objects: int
    vectors: int
    entry: Opened


@dataclass(frozen=True, slots=True)
class MemoryErasure:
    """Erases one person's memories.

    Attributes:
        vectors: where vectors may lie that are in no object.
    """

    store: MemoryStore
    objects: MemoryObjects
    ledger: Ledger
    erasures: Erasures
    errands: Errands
    vectors: VectorIndex | None = None

    def erase(self, owner: str) -> MemoriesErased:
        """Erase all, for good.

        Raises:
            LedgerError, NotErasedError: it is not finished; asking again finishes it.
        """
        # What a process stores that still holds the old key is swept away when none can any more.
        self.errands.send([Errand(TASK, owner)], delay=CACHED_FOR)
        erased = self.erasures.erase(subject_of(owner), subject_of(owner))
        items, objects, vectors = self.sweep(owner)
        probe = {"items": 0, "objects": 0, "vectors": 0}
        body = {"items": items, "objects": objects, "vectors": vectors, "probe": probe}
        entry = self.ledger.append_to(subject_of(owner), lambda _newest, _now: Draft(KIND, body))
        return MemoriesErased(erased, items, objects, vectors, entry)

    def sweep(self, owner: str) -> tuple[int, int, int]:
        """Delete what was sealed under memory keys that are destroyed, and look whether any is left.

        Returns:
            How many items, objects and vectors were deleted.

        Raises:
            NotErasedError: something is.
        """
        current = self.ledger.keys.store.load(subject_of(owner)).key_id
        items, objects = self._items(owner, current), self._objects(owner, current)
        for stored in items:
            self.store.remove(stored)
        for name in objects:
            self.objects.delete(name)
        vectors = sum(self.vectors.drop(space) for space in self._spaces(owner, current)) if self.vectors else 0
        left = [*self._items(owner, current), *self._objects(owner, current), *self._spaces(owner, current)]
        if left:
            raise NotErasedError(f"{len(left)} things are still there: ask again")
        return len(items), len(objects), vectors

    def _items(self, owner: str, current: str | None) -> list[Stored]:
        return [stored for stored in self.store.every(owner) if stored.key_id != current]

    def _objects(self, owner: str, current: str | None) -> list[str]:
        kept = folder_of(owner, current) if current else None
        return [name for name, _ in self.objects.names(folder_of(owner)) if not (kept and name.startswith(kept))]

    def _spaces(self, owner: str, current: str | None) -> list[str]:
        if self.vectors is None:
            return []
        kept = space_of(owner, current) if current else None
        return [name for name in self.vectors.spaces(space_of(owner)) if not (kept and name.startswith(kept))]
