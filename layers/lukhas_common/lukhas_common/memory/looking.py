"""Looking at one candidate after the other, and at their items: no more of either than is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from lukhas_common.memory.asking import Asked
from lukhas_common.memory.placed import Place, Placed
from lukhas_common.memory.ports import MemoryStore
from lukhas_common.memory.search.hits import Hit
from lukhas_common.memory.stored import Stored

WIDER = 8
"""Where too many hits turn out to be gone, eight times as many are ranked, and so on."""

FEW, MOST = 2, 50
"""The first batches are as large as what is asked for, the others as large as one read of items with what follows."""

_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may be found, and where the items lie: ``beside`` those of what is in no index yet."""

    asked: Asked
    placed: Placed
    beside: dict[str, Place]

    def best(self, limit: int) -> Iterator[list[Hit]]:
        """The best hits, then more of them from the first on, until there are no more."""
        most = limit
        while True:
            hits = self.asked.best(most)
            yield hits
            if len(hits) < most:
                return
            most *= WIDER

    def places(self, memory_ids: Sequence[str]) -> dict[str, Place]:
        """Where their items lie."""
        stored = self.placed.some([memory_id for memory_id in memory_ids if memory_id not in self.beside])
        return {memory_id: self.beside.get(memory_id) or stored[memory_id] for memory_id in memory_ids}

    def let_through(self, memory_ids: Sequence[str]) -> dict[str, Place]:
        """Where the items lie of those of these memories that the stored index has, and the filters let through."""
        return self.placed.some([*self.asked.let_through(memory_ids)])


@dataclass(frozen=True, slots=True)
class Items:
    """Items of one person, each read once."""

    store: MemoryStore
    owner: str
    _read: dict[Place, Stored | None] = field(default_factory=dict)

    def read(self, places: Iterable[Place]) -> None:
        """Read the items at these places, and those that came after them."""
        wanted = sorted({each for slot, seq in places for each in ((slot, seq), (slot, seq + 1))} - self._read.keys())
        if wanted:
            self._read.update(dict.fromkeys(wanted))
            self._read.update({stored.place: stored for stored in self.store.get(self.owner, wanted)})

    def at(self, place: Place) -> Stored | None:
        """The item at a place that was read."""
        return self._read[place]

    def after(self, place: Place) -> Stored | None:
        """The item that came after it."""
        return self._read[place[0], place[1] + 1]


def batches(listed: Sequence[_One], size: int) -> Iterator[Sequence[_One]]:
    """In parts: the first ones of this size, then larger ones."""
    first = FEW * size
    yield from (listed[at : at + size] for at in range(0, min(first, len(listed)), size))
    larger = max(size, MOST)
    yield from (listed[at : at + larger] for at in range(first, len(listed), larger))
