"""Many people whose memories settle on ports in memory, which find things without looking at everybody's."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from benchmarks.memories import memories
from lukhas_common.ids import uuid7
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.logs import LoggedAudit
from lukhas_common.memory.compressing import Compressing
from lukhas_common.memory.concepts import RuleExtractor
from lukhas_common.memory.dispatching import Dispatcher, Tasks, send_to_all
from lukhas_common.memory.folded import Folds
from lukhas_common.memory.in_memory import LocalDeadLetters, LocalMemories, LocalObjects
from lukhas_common.memory.indexes import Indexes
from lukhas_common.memory.manifest import Manifests
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.ports import Errand
from lukhas_common.memory.remembering import Remembering
from lukhas_common.memory.search.static import shipped
from lukhas_common.memory.searching import Searching
from lukhas_common.memory.settling import Settling
from lukhas_common.memory.stored import Stage, shard_of
from lukhas_common.memory.vault import Vault, subject_of

EACH = 3
"""Working memories of a person."""


@dataclass
class Clock:
    """A clock to turn."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return round(self.now, 3)


@dataclass
class Sharded(LocalMemories):
    """Memories, found by shard without looking at all other people."""

    shards: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def due(self, stage: Stage, shard: int, until: float) -> Iterator[str]:
        for owner in self.shards[shard]:
            if any(each.stage is stage and each.due <= until for each in self.items[owner].values()):
                yield owner


@dataclass
class Foldered(LocalObjects):
    """Objects, found by their folder without looking at all others."""

    folders: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def put(self, name: str, data: bytes) -> None:
        self.folders[name.partition("/")[0]].add(name)
        super().put(name, data)

    def names(self, prefix: str) -> Iterator[tuple[str, float]]:
        found = sorted(self.folders[prefix.partition("/")[0]])
        return iter([(name, self.objects[name][1]) for name in found if name in self.objects])

    def owners(self) -> Iterator[str]:
        return iter(list(self.folders))


@dataclass
class Queue:
    """The messages of a queue."""

    bodies: list[str] = field(default_factory=list)

    def send(self, errands: Iterable[Errand], *, delay: float = 0) -> None:
        self.bodies += [json.dumps({"task": errand.task, "owner": errand.owner}) for errand in errands]


class Crowd:
    """Everybody, and what settles their memories."""

    def __init__(self, data: Path, clock: Clock, store: Sharded, objects: Foldered, ledger: Ledger) -> None:
        self.clock, self.store, self.objects, self.ledger = clock, store, objects, ledger
        self.queue, self.letters = Queue(), LocalDeadLetters()
        vault, manifests, audit = Vault(ledger.keys), Manifests(ledger), LoggedAudit()
        self.folds = Folds(objects, manifests, audit, clock)
        self.indexes = Indexes(objects, shipped(), RuleExtractor())
        self.remembering = Remembering(store, vault, self.folds, clock)
        self.searching = Searching(store, vault, manifests, self.indexes, self.remembering, clock)
        settling = Settling(store, vault, manifests, self.indexes, self.folds, self.letters, clock)
        compressing = Compressing(store, vault, manifests, objects, self.indexes, self.folds, clock)
        self.dispatcher = Dispatcher(store, self.queue, clock)
        known = {
            "settle_working": settling.settle_working,
            "settle_episodic": settling.settle_episodic,
            "compress": compressing.compress,
        }
        self.tasks = Tasks(known, audit)
        self._said, self._numbers = memories(data), count()

    def remember(self, owner: str, times: int, kind: MemoryType = MemoryType.WORKING) -> None:
        """Store so many memories out of public texts."""
        for _ in range(times):
            number = next(self._numbers)
            said = self._said[number % len(self._said)]
            key, session = f"{said['key']}/{number}", said["session"]
            self.remembering.remember(owner, key, said["value"], kind, session=session, concepts=(*said["concepts"],))

    def newcomers(self, times: int, each: int = EACH, kind: MemoryType = MemoryType.WORKING) -> list[str]:
        """People with some memories each."""
        people = [uuid7(self.clock()) for _ in range(times)]
        for owner in people:
            self.store.shards[shard_of(owner)].append(owner)
            self.remember(owner, each, kind)
        return people

    def send_to_compress(self) -> int:
        """Errands for everybody who has objects."""
        return send_to_all("compress", self.objects, self.queue)

    def forget_held(self, *people: str) -> None:
        """As processes that have seen nobody's index yet, nor the keys of these people."""
        for owner in people:
            self.ledger.keys.forget(subject_of(owner))
        self.indexes._held.clear()
        self.folds._held.clear()

    def leave(self, people: Iterable[str]) -> None:
        """Let them and all that is kept of them go, and what was to be done for them."""
        gone = set(people)
        for owner in gone:
            self.store.items.pop(owner, None)
            for name in self.objects.folders.pop(owner, ()):
                self.objects.objects.pop(name, None)
        for shard, owners in self.store.shards.items():
            self.store.shards[shard] = [owner for owner in owners if owner not in gone]
        self.queue.bodies = [body for body in self.queue.bodies if json.loads(body)["owner"] not in gone]
