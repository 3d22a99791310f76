"""The memory's ports in this process: for tests, and for use as a library without storage."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lukhas_common.memory.ports import Errand, Vector, Within
from lukhas_common.memory.stored import Stage, Stored, shard_of


@dataclass
class LocalMemories:
    """The MemoryStore port."""

    items: dict[str, dict[tuple[str, int], Stored]] = field(default_factory=dict)
    _waiting: dict[tuple[str, Stage], set[tuple[str, int]]] = field(default_factory=dict, repr=False)
    """Where items may be at a stage: at least those that are."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def put(self, stored: Stored) -> Stored:
        with self._lock:
            there = self.items.setdefault(stored.owner, {}).setdefault(stored.place, stored)
            self._note(there)
            return there

    def move(self, stored: Stored) -> bool:
        with self._lock:
            there = self.items.get(stored.owner, {}).get(stored.place)
            if there == stored:
                return True
            if there is None or there.revision != stored.revision - 1 or there.memory_id != stored.memory_id:
                return False
            self.items[stored.owner][stored.place] = stored
            self._note(stored)
            return True

    def remove(self, stored: Stored) -> bool:
        with self._lock:
            there = self.items.get(stored.owner, {}).get(stored.place)
            found = there is not None and (there.memory_id, there.revision) == (stored.memory_id, stored.revision)
            if found:
                del self.items[stored.owner][stored.place]
            return found

    def versions(self, owner: str, slot: str, limit: int, before: int | None = None) -> list[Stored]:
        found = [each for each in self._of(owner) if each.slot == slot and (before is None or each.seq < before)]
        return sorted(found, key=lambda each: -each.seq)[:limit]

    def get(self, owner: str, places: Sequence[tuple[str, int]]) -> list[Stored]:
        mine = self.items.get(owner, {})
        return [mine[place] for place in places if place in mine]

    def waiting(self, owner: str, stage: Stage, until: float) -> list[Stored]:
        with self._lock:
            mine, places = self.items.get(owner, {}), self._waiting.get((owner, stage), set())
            places.intersection_update([place for place in places if place in mine and mine[place].stage is stage])
            found = [mine[place] for place in places if mine[place].due <= until]
        return sorted(found, key=lambda each: (each.due, each.memory_id))

    def _note(self, stored: Stored) -> None:
        self._waiting.setdefault((stored.owner, stored.stage), set()).add(stored.place)

    def every(self, owner: str) -> Iterator[Stored]:
        return iter(self._of(owner))

    def survey(self, owner: str) -> Iterator[Stored]:
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

    def drop(self, name: str) -> None:
        self.objects.pop(name, None)

    def delete(self, name: str) -> bool:
        return self.objects.pop(name, None) is not None

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


@dataclass
class LocalVectors:
    """The VectorIndex port, by comparing all."""

    held: dict[str, dict[str, Vector]] = field(default_factory=dict)

    def put(self, space: str, vectors: Sequence[Vector]) -> None:
        if vectors:
            self.held.setdefault(space, {}).update({vector.memory_id: vector for vector in vectors})

    def delete(self, space: str, memory_ids: Sequence[str]) -> None:
        for memory_id in memory_ids:
            self.held.get(space, {}).pop(memory_id, None)

    def nearest(self, space: str, values: Sequence[float], limit: int, within: Within) -> list[tuple[str, float]]:
        found = [
            (vector.memory_id, sum(mine * asked for mine, asked in zip(vector.values, values, strict=True)))
            for vector in self.held.get(space, {}).values()
            if (within.kinds is None or vector.kind in within.kinds)
            and (within.since is None or vector.at >= within.since)
            and (within.until is None or vector.at < within.until)
        ]
        return sorted(found, key=lambda each: (-each[1], each[0]))[:limit]

    def ids(self, space: str) -> Iterator[str]:
        return iter(list(self.held.get(space, {})))

    def spaces(self, prefix: str) -> list[str]:
        return [space for space in self.held if space.startswith(prefix)]

    def drop(self, space: str) -> int:
        return len(self.held.pop(space, {}))
