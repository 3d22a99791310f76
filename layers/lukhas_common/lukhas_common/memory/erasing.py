"""Erasing all that is remembered of a person, and proving it.

The memory key is destroyed first: from then on nothing opens, wherever copies lie. Then every item and object that it
sealed is deleted, with every vector that lies elsewhere and is not sealed, and it is looked whether any is left, and
whether anything is still recalled or found. The ledger tells of both. A run that is cut off is finished by the errand
that was sent before it began, or by whoever asks again; what was stored after the erasure is under a new key and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from lukhas_common.ledger.data_keys import CACHED_FOR
from lukhas_common.ledger.erasure import Erased, Erasures
from lukhas_common.ledger.ledger import Draft, Ledger, Opened
from lukhas_common.memory.models import Memory
from lukhas_common.memory.ports import Errand, Errands, MemoryObjects, MemoryStore, VectorIndex
from lukhas_common.memory.probing import Probing
from lukhas_common.memory.stored import Stored
from lukhas_common.memory.vault import folder_of, space_of, subject_of

KIND = "memory.erased"
"""The kind of the entry that tells what was deleted. It is about nobody, so an erasure does not reach it."""

TASK = "erase"

_TRIES = 3
"""Times that it is looked: a run that holds the destroyed key may store something while all is deleted."""


class NotErasedError(Exception):
    """Something was still there after all of it was deleted: ask again."""


@dataclass(slots=True)
class Swept:
    """What a sweep did.

    Attributes:
        items, objects, vectors: how many it deleted. What two sweeps find is counted by the one that deleted it.
        ids: of the memories in the items.
        left: how many of each were there still when it was looked last.
    """

    items: int = 0
    objects: int = 0
    vectors: int = 0
    ids: set[str] = field(default_factory=set)
    left: dict[str, int] = field(default_factory=dict)

    @property
    def did_something(self) -> bool:
        return any((self.items, self.objects, self.vectors, *self.left.values()))


@dataclass(frozen=True, slots=True)
class MemoriesErased:
    """What became of an erasure.

    Attributes:
        items, objects, vectors: how many this call deleted.
        probe: what was still there, or still answered, afterwards.
        entry: of the ledger, which tells of it; its receipt is what the person keeps.
    """

    erased: Erased
    items: int
    objects: int
    vectors: int
    probe: dict[str, int]
    entry: Opened


@dataclass(frozen=True, slots=True)
class _Old:
    """What is under keys that were destroyed."""

    items: list[Stored]
    objects: list[str]
    spaces: list[str]

    def counted(self) -> dict[str, int]:
        return {"items": len(self.items), "objects": len(self.objects), "vectors": len(self.spaces)}


@dataclass(frozen=True, slots=True)
class MemoryErasure:
    """Erases one person's memories.

    Attributes:
        vectors: where vectors may lie that are in no object.
        probing: what asks for memories as the person would.
    """

    store: MemoryStore
    objects: MemoryObjects
    ledger: Ledger
    erasures: Erasures
    errands: Errands
    probing: Probing
    vectors: VectorIndex | None = None

    def erase(self, owner: str) -> MemoriesErased:
        """Erase all, for good.

        Raises:
            LedgerError, NotErasedError: it is not finished; asking again finishes it.
        """
        # What a process stores that still holds the old key is swept away when none can any more.
        self.errands.send([Errand(TASK, owner)], delay=CACHED_FOR)
        sample: Sequence[Memory] = ()
        with suppress(Exception):  # what cannot be read now is all the more to be erased
            sample = self.probing.sample(owner)
        erased = self.erasures.erase(subject_of(owner), subject_of(owner))
        swept = self._swept(owner)
        probe = {**swept.left, **self.probing.look(owner, sample, swept.ids)}
        entry = self._told(owner, swept, probe)
        _see_that_all_is_gone(swept, probe)
        return MemoriesErased(erased, swept.items, swept.objects, swept.vectors, probe, entry)

    def sweep(self, owner: str) -> Swept:
        """Finish erasures: delete what is under keys that are destroyed. The ledger tells of it if there was any.

        Raises:
            LedgerError, NotErasedError: it is not finished; sweep again.
        """
        swept = self._swept(owner)
        if swept.did_something:
            probe = {**swept.left, **self.probing.look(owner, (), swept.ids)}
            self._told(owner, swept, probe)
            _see_that_all_is_gone(swept, probe)
        return swept

    def _swept(self, owner: str) -> Swept:
        swept = Swept()
        old = self._old(owner)
        for _ in range(_TRIES):
            for stored in old.items:
                swept.items += self.store.remove(stored)
                swept.ids.add(stored.memory_id)
            for name in old.objects:
                swept.objects += self.objects.delete(name)
            for space in old.spaces:
                swept.vectors += 0 if self.vectors is None else self.vectors.drop(space)
            old = self._old(owner)
            swept.left = old.counted()
            if not any(swept.left.values()):
                break
        return swept

    def _old(self, owner: str) -> _Old:
        """What is under keys that were destroyed.

        All is listed before it is looked which key there is now. So whatever is listed was sealed under a key that was
        there, and if it is there no more, it was destroyed. The other way round, what somebody stores meanwhile under
        a new key would be taken for old.
        """
        items = list(self.store.every(owner))
        names = [name for name, _ in self.objects.names(folder_of(owner))]
        spaces = [] if self.vectors is None else list(self.vectors.spaces(space_of(owner)))
        current = self.ledger.keys.store.load(subject_of(owner)).key_id
        if current is None:
            return _Old(items, names, spaces)
        folder, space = folder_of(owner, current), space_of(owner, current)
        return _Old(
            [stored for stored in items if stored.key_id != current],
            [name for name in names if not name.startswith(folder)],
            [name for name in spaces if not name.startswith(space)],
        )

    def _told(self, owner: str, swept: Swept, probe: dict[str, int]) -> Opened:
        body = {"items": swept.items, "objects": swept.objects, "vectors": swept.vectors, "probe": probe}
        return self.ledger.append_to(subject_of(owner), lambda _newest, _now: Draft(KIND, body))


def _see_that_all_is_gone(swept: Swept, probe: dict[str, int]) -> None:
    left = sum(number for what, number in probe.items() if what != "asked")
    if left:
        raise NotErasedError(f"{left} things are still there: ask again")
