"""The memory's ports in this process: for tests, and for use as a library without storage."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lukhas_common.memory.ports import Errand
from lukhas_common.memory.stored import Stage, Stored, shard_of


@dataclass
class LocalMemories:
    """The MemoryStore port."""

    items: dict[str, dict[tuple[str, int], Stored]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def put(self, stored: Stored) -> Stored:
        with self._lock:
            return self.items.setdefault(stored.owner, {}).setdefault(stored.place, stored)

    def move(self, stored: Stored) -> bool:
        with self._lock:
            there = self.items.get(stored.owner, {}).get(stored.place)
            if there == stored:
                return True
            if there is None or there.revision != stored.revision - 1 or there.memory_id != stored.memory_id:
                return False
            self.items[stored.owner][stored.place] = stored
            return True

    def remove(self, stored: Stored) -> None:
        with self._lock:
            there = self.items.get(stored.owner, {}).get(stored.place)
            if there is not None and (there.memory_id, there.revision) == (stored.memory_id, stored.revision):
                del self.items[stored.owner][stored.place]

    def versions(self, owner: str, slot: str, limit: int, before: int | None = None) -> list[Stored]:
        found = [each for each in self._of(owner) if each.slot == slot and (before is None or each.seq < before)]
        return sorted(found, key=lambda each: -each.seq)[:limit]

    def get(self, owner: str, places: Sequence[tuple[str, int]]) -> list[Stored]:
        mine = self.items.get(owner, {})
        return [mine[place] for place in places if place in mine]

    def waiting(self, owner: str, stage: Stage, until: float) -> list[Stored]:
        found = [each for each in self._of(owner) if each.stage is stage and each.due <= until]
        return sorted(found, key=lambda each: (each.due, each.memory_id))

    def every(self, owner: str) -> Iterator[Stored]:
        return iter(self._of(owner))

    def timeline(self, owner: str, after: str, until: str, limit: int) -> list[Stored]:
        found = [each for each in self._of(owner) if after < each.memory_id <= until]
        return sorted(found, key=lambda each: each.memory_id)[:limit]

    def due(self, stage: Stage, shard: int, until: float) -> Iterator[str]:
        for owner in list(self.items):
            if shard_of(owner) == shard and self.waiting(owner, stage, until):
                yield owner

    def _of(self, owner: str) -> list[Stored]:
        with self._lock:
            return list(self.items.get(owner, {}).values())


@dataclass
class LocalObjects:
    """The MemoryObjects port.

    Attributes:
        reads: counts the round trips that were made to read.
    """

    clock: Callable[[], float] = time.time
    objects: dict[str, tuple[bytes, float]] = field(default_factory=dict)
    reads: int = 0

    def put(self, name: str, data: bytes) -> None:
        self.objects.setdefault(name, (data, self.clock()))

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        self.reads += 1
        data = self.objects[name][0]
        return data[start:] if length is None else data[start : start + length]

    def delete(self, name: str) -> None:
        self.objects.pop(name, None)

    def names(self, prefix: str) -> Iterator[tuple[str, float]]:
        return iter([(name, at) for name, (_, at) in sorted(self.objects.items()) if name.startswith(prefix)])


@dataclass
class LocalErrands:
    """The Errands port: a list that the caller works through."""

    waiting: list[Errand] = field(default_factory=list)

    def send(self, errands: Iterable[Errand], *, delay: float = 0) -> None:
        self.waiting += errands


@dataclass
class LocalDeadLetters:
    """The DeadLetters port."""

    letters: list[tuple[Stored, str]] = field(default_factory=list)

    def send(self, stored: Stored, reason: str) -> None:
        self.letters.append((stored, reason))
