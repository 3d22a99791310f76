"""The memory's ports in this process, which count what AWS would: calls, and units of DynamoDB by its rules."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.inside.crowd import Clock, Crowd, Foldered, Sharded
from benchmarks.inside.sizes import Scale, weighed, weight
from lukhas_common.aws.memories import DynamoMemories
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper, StoredKey
from lukhas_common.ledger.entries import Entry
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from lukhas_common.memory.stored import Stage, Stored

BY_TIME = ("owner", "place", "lane", "due")
"""What the index of people holds of an item."""


@dataclass
class Tally:
    """What was done.

    Attributes:
        calls: by service and action, as botocore names them.
        writes: write units, with those of both indexes; ``reads`` read units, an eventually consistent one half of one.
        sent: bytes that were put to S3; ``fetched`` bytes that were read from there.
        entries: the ledger's, as they weigh.
    """

    calls: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    reads: float = 0.0
    sent: int = 0
    fetched: int = 0
    entries: list[dict[str, int]] = field(default_factory=list)

    def read(self, call: str, sizes: Sequence[int], *, each: bool = False) -> None:
        """A consistent read: of a query the sum counts, of single items each by itself."""
        self.calls[call] += 1
        counted = [max(1, size) for size in sizes] if each else [max(1, sum(sizes))]
        self.reads += sum(math.ceil(size / 4096) for size in counted)


ASIDE = [0.0]
"""CPU seconds that went into weighing, which nobody else does."""


def aside(work: Callable[..., Any]) -> Callable[..., Any]:
    """Let the CPU of a function, which calls no other such one, be told apart."""

    def measured(*given: Any) -> Any:
        before = process_time()
        try:
            return work(*given)
        finally:
            ASIDE[0] += process_time() - before

    return measured


@lru_cache(maxsize=100_000)
def item_of(stored: Stored) -> dict[str, int]:
    """Bytes of an item, and of what the two indexes hold of it: 0 where it is in neither."""
    scale = Scale()
    DynamoMemories(scale, "table").put(stored)
    (item,) = scale.items
    waits = "step" in item
    found = weight({name: item[name] for name in BY_TIME if name in item})
    return {"item": weight(item), "by stage": weight(item) if waits else 0, "by time": found if waits else 0}


@aside
def sizes_of(found: Iterable[Stored]) -> list[int]:
    """Bytes of items."""
    return [item_of(one)["item"] for one in found]


entry_of = aside(weighed)


def _units(size: int) -> int:
    return math.ceil(size / 1024)


@aside
def written(before: Stored | None, after: Stored | None) -> int:
    """Write units of putting, replacing or deleting an item: an index has an item deleted and put where its key
    changes."""
    none = {"item": 0, "by stage": 0, "by time": 0}
    old, new = (none if stored is None else item_of(stored) for stored in (before, after))
    units = _units(max(old["item"], new["item"]))
    stayed = before and after and (before.stage, before.due) == (after.stage, after.due)
    for index in ("by stage", "by time"):
        if not stayed:
            units += _units(old[index]) + _units(new[index])
        elif index == "by stage":
            units += _units(max(old[index], new[index]))
    return units


@dataclass
class CountedStore(Sharded):
    """Memories."""

    tally: Tally = field(default_factory=Tally)

    def put(self, stored: Stored) -> Stored:
        self.tally.calls["dynamodb.PutItem"] += 1
        self.tally.writes += written(None, stored)
        return super().put(stored)

    def move(self, stored: Stored) -> bool:
        self.tally.calls["dynamodb.PutItem"] += 1
        self.tally.writes += written(self.items[stored.owner].get(stored.place), stored)
        return super().move(stored)

    def remove(self, stored: Stored) -> bool:
        self.tally.calls["dynamodb.DeleteItem"] += 1
        self.tally.writes += written(stored, None)
        return super().remove(stored)

    def versions(self, owner: str, slot: str, limit: int, before: int | None = None) -> list[Stored]:
        return self._queried(super().versions(owner, slot, limit, before))

    def waiting(self, owner: str, stage: Stage, until: float) -> list[Stored]:
        return self._queried(super().waiting(owner, stage, until))

    def every(self, owner: str) -> Iterator[Stored]:
        return iter(self._queried(list(super().every(owner))))

    def survey(self, owner: str) -> Iterator[Stored]:
        before = self.tally.reads
        found = self._queried(list(super().survey(owner)))
        self.tally.reads = before + (self.tally.reads - before) / 2
        return iter(found)

    def get(self, owner: str, places: Sequence[tuple[str, int]]) -> list[Stored]:
        found = super().get(owner, places)
        missing = [0] * (len(places) - len(found))
        self.tally.read("dynamodb.BatchGetItem", [*sizes_of(found), *missing], each=True)
        return found

    def _queried(self, found: list[Stored]) -> list[Stored]:
        sizes = sizes_of(found)
        self.tally.read("dynamodb.Query", sizes)
        self.tally.calls["dynamodb.Query"] += sum(sizes) // 1_048_576  # further pages
        return found


@dataclass
class CountedObjects(Foldered):
    """Objects."""

    tally: Tally = field(default_factory=Tally)

    def put(self, name: str, data: bytes) -> None:
        self.tally.calls["s3.PutObject"] += 1
        self.tally.sent += len(data)
        super().put(name, data)

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        data = super().read(name, start, length)
        self.tally.calls["s3.GetObject"] += 1
        self.tally.fetched += len(data)
        return data

    def names(self, prefix: str) -> Iterator[tuple[str, float]]:
        self.tally.calls["s3.ListObjectVersions"] += 1
        return super().names(prefix)

    def drop(self, name: str) -> None:
        self.tally.calls["s3.DeleteObject"] += 1
        super().drop(name)

    def delete(self, name: str) -> bool:
        self.tally.calls["s3.ListObjectVersions"] += 1
        return super().delete(name)


@dataclass
class CountedEntries(MemoryEntries):
    """The ledger's entries."""

    tally: Tally = field(default_factory=Tally)

    def put(self, entry: Entry) -> Entry:
        self.tally.calls["dynamodb.PutItem"] += 1
        self.tally.entries.append(entry_of(entry))
        return super().put(entry)

    def newest(self, stream: str) -> Entry | None:
        return self._read("dynamodb.Query", super().newest(stream))

    def get(self, stream: str, seq: int) -> Entry | None:
        return self._read("dynamodb.GetItem", super().get(stream, seq))

    def _read(self, call: str, entry: Entry | None) -> Entry | None:
        self.tally.read(call, [entry_of(entry)["item"]] if entry else [])
        return entry


@dataclass
class CountedKeys(MemoryDataKeys):
    """Wrapped data keys, of less than a KB."""

    tally: Tally = field(default_factory=Tally)

    def load(self, subject: str) -> StoredKey:
        self.tally.read("dynamodb.GetItem", [1])
        return super().load(subject)

    def add(self, subject: str, key_id: str, wrapped: bytes) -> StoredKey:
        self.tally.calls["dynamodb.UpdateItem"] += 1
        self.tally.writes += 1
        return super().add(subject, key_id, wrapped)


class CountedWrapper:
    """A key service."""

    def __init__(self, tally: Tally) -> None:
        self._tally, self._keys = tally, LocalWrapper(bytes(32))

    def wrap(self, subject: str, key_id: str) -> tuple[bytes, bytes]:
        self._tally.calls["kms.GenerateDataKey"] += 1
        return self._keys.wrap(subject, key_id)

    def unwrap(self, subject: str, key_id: str, wrapped: bytes) -> bytes:
        self._tally.calls["kms.Decrypt"] += 1
        return self._keys.unwrap(subject, key_id, wrapped)


def counted(data: Path, clock: Clock, tally: Tally) -> Crowd:
    """Whoever is remembered here, on ports that count."""
    keys = DataKeys(CountedKeys(tally=tally), CountedWrapper(tally), clock, clock)
    store, objects = CountedStore(tally=tally), CountedObjects(clock, tally=tally)
    return Crowd(data, clock, store, objects, Ledger(CountedEntries(tally=tally), keys, clock))


def taken(tally: Tally) -> dict[str, Any]:
    """As it is answered; what has been counted starts anew."""
    said = {name: getattr(tally, name) for name in ("writes", "reads", "sent", "fetched")}
    said |= {"calls": dict(tally.calls), "entries": list(tally.entries)}
    tally.calls, tally.entries = Counter(), []
    tally.writes = tally.reads = tally.sent = tally.fetched = 0
    return said
