"""What the tests of the sequencer share: a log in memory, faults at each call, and what must be true of any log."""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import SingleKey
from lukhas_common.ids import uuid7
from lukhas_common.ledger.entries import Entry, Inbox
from lukhas_common.ledger.log_ports import LogHead, LogObjects, LogState, Staging
from lukhas_common.ledger.memory import MemoryEntries
from lukhas_common.ledger.memory_log import MemoryLogObjects, MemoryLogState, MemoryStaging
from lukhas_common.ledger.sequencer import Sequencer, Summary
from lukhas_common.tlog.checkpoint import Checkpoint, Kind, Verifier, verify_checkpoint
from lukhas_common.tlog.merkle import EMPTY_ROOT, verify_consistency
from lukhas_common.tlog.proofs import consistency_proof
from lukhas_common.tlog.tiles import encode_bundle, parse_path
from lukhas_common.tlog.tree import read_bundle
from tests.fakes import Audit, Clock
from tests.unit.tlog.logs import mth

ORIGIN = "example.org/ledger"
ED25519 = LocalSigner("Ed25519", bytes(32))
ML_DSA_44 = LocalSigner("ML-DSA-44", bytes(32))
VERIFIERS = [
    Verifier(ORIGIN, ED25519.public_key),
    Verifier(ORIGIN, ML_DSA_44.public_key, Kind.ML_DSA_44_COSIGNATURE),
]
_PORTS = ("inbox", "state", "objects", "staging", "audit")


class WatchedState(MemoryLogState):
    """Remembers every head that the log was committed to."""

    def __init__(self) -> None:
        super().__init__()
        self.committed: list[LogHead] = []

    def swap(self, old: LogHead | None, new: LogHead) -> bool:
        before = self.head
        swapped = super().swap(old, new)
        if self.head is not before and self.head is not None:
            self.committed.append(self.head)
        return swapped


class WatchedObjects(MemoryLogObjects):
    """Remembers every checkpoint that was public."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[bytes] = []

    def put_checkpoint(self, note: bytes, etag: str | None) -> bool:
        published = super().put_checkpoint(note, etag)
        if published:
            self.notes.append(note)
        return published


class Fault(BaseException):
    """A call that failed, or the process that made it: the sequencer must not tell the two apart."""


@dataclass
class Faults:
    """Ports of one process, of which one call fails.

    Attributes:
        at: which call of which kind fails, the first being 1.
        took_effect: whether it took effect nevertheless; of several entries to settle, ``half`` is the first half.
    """

    at: tuple[str, int] | None = None
    took_effect: bool | str = False
    calls: Counter[str] = field(default_factory=Counter)

    def around(self, name: str, port: Any) -> Any:
        return _Watched(name, port, self)

    def call(self, kind: str, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        self.calls[kind] += 1
        if self.at != (kind, self.calls[kind]):
            return method(*arguments, **named)
        if self.took_effect == "half":
            method(arguments[0][: (len(arguments[0]) + 1) // 2])
        elif self.took_effect:
            method(*arguments, **named)
        raise Fault(kind)


@dataclass
class _Watched:
    name: str
    port: Any
    faults: Faults

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            kind = f"{self.name}.{method}"
            if method in ("put_new", "read"):
                kind += ".entries" if arguments[0].startswith("tile/entries/") else ".hashes"
            return self.faults.call(kind, getattr(self.port, method), *arguments, **named)

        return call


class World:
    """A log with its entries."""

    def __init__(self) -> None:
        self.entries = MemoryEntries()
        self.state, self.objects, self.staging = WatchedState(), WatchedObjects(), MemoryStaging()
        self.audit, self.clock = Audit(), Clock()
        self.inbox: Any = self.entries

    def append(self, count: int = 1, stream: str = "s") -> None:
        """Append entries with made-up contents."""
        for _ in range(count):
            self.clock.advance(1)
            seq = len(self.entries.read(stream, 0, 1_000_000))
            commitment = hashlib.sha256(f"{stream} {seq}".encode()).digest()
            self.entries.put(Entry(stream, seq, uuid7(self.clock()), bytes(32), commitment, b"content"))

    def sequencer(self, faults: Faults | None = None) -> Sequencer:
        ports = {name: getattr(self, name) for name in _PORTS}
        if faults is not None:
            ports = {name: faults.around(name, port) for name, port in ports.items()}
        return Sequencer(ORIGIN, **ports, ed25519=SingleKey(ED25519), ml_dsa_44=SingleKey(ML_DSA_44), clock=self.clock)

    def run(self, limit: int = 100, faults: Faults | None = None) -> Summary:
        return self.sequencer(faults).run(limit, self.clock() + 60)

    def copy(self) -> World:
        """The same log, to be continued in another way."""
        twin = World()
        for name in ("head", "committed"):
            setattr(twin.state, name, copy.copy(getattr(self.state, name)))
        for name in ("objects", "published", "notes"):
            setattr(twin.objects, name, copy.copy(getattr(self.objects, name)))
        twin.entries.streams = {stream: list(entries) for stream, entries in self.entries.streams.items()}
        twin.staging.bundles = dict(self.staging.bundles)
        twin.clock.now = self.clock.now
        twin.audit.events = list(self.audit.events)
        return twin

    def leaves(self) -> list[bytes]:
        """The leaves of the log, from its bundles."""
        size = self.state.head.size if self.state.head else 0
        return log_leaves(self.objects, size)

    def check(self, *, all_sequenced: bool = True) -> None:
        """Hold the log against everything that must be true after a run that came to its end."""
        assert self.state.head is not None
        assert self.objects.published is not None
        assert self.objects.published[0] == self.state.head.note
        leaves = self.leaves()
        check_leaves(leaves, [entry for stream in self.entries.streams.values() for entry in stream], all_sequenced)
        check_tiles(self.objects.objects, leaves)
        check_heads(self.objects, self.state.committed, leaves)
        committed = {head.note for head in self.state.committed}
        assert set(self.objects.notes) <= committed, "only what the log was committed to is ever public"
        sizes = [verified(note).size for note in self.objects.notes]
        assert sizes == sorted(set(sizes)), "what is public only grows"
        told = {(details["size"], details["count"]) for event, details in self.audit.events if event.endswith("ced")}
        starts = [0, *(head.size for head in self.state.committed)]
        assert {
            (head.size, head.size - start) for start, head in zip(starts, self.state.committed, strict=False)
        } == told


def log_leaves(objects: LogObjects, size: int) -> list[bytes]:
    """The leaves of a log, from its bundles."""
    found: list[bytes] = []
    for index in range(-(-size // 256)):
        found += read_bundle(objects, index, min(256, size - 256 * index))
    return found


def check_leaves(leaves: Sequence[bytes], entries: Sequence[Entry], all_sequenced: bool) -> None:
    """Every entry is in the log exactly once, at its index, and nothing else is."""
    sequenced = [entry for entry in entries if entry.leaf_index is not None]
    assert sorted(entry.leaf_index or 0 for entry in sequenced) == list(range(len(leaves)))
    assert all(leaves[entry.leaf_index or 0] == entry.commitment for entry in sequenced)
    if all_sequenced:
        assert len(sequenced) == len(entries)


@lru_cache(1 << 12)
def tile_of(level: int | None, part: tuple[bytes, ...], width: int) -> bytes:
    """The bundle of these leaves, or the tile above them."""
    if level is None:
        return encode_bundle(part)
    span = 256**level
    assert len(part) == width * span
    return b"".join([mth(part[each * span : (each + 1) * span]) for each in range(width)])


@lru_cache(1 << 12)
def root_of(leaves: tuple[bytes, ...]) -> bytes:
    return mth(leaves)


@lru_cache(1 << 12)
def verified(note: bytes) -> Checkpoint:
    return verify_checkpoint(note, ORIGIN, VERIFIERS)


def check_tiles(objects: dict[str, bytes], leaves: Sequence[bytes]) -> None:
    """Every tile that was ever put is one of this log."""
    for path, data in objects.items():
        tile = parse_path(path)
        assert tile is not None
        span = 256 ** (tile.level or 0)
        first = tile.index * 256 * span
        assert data == tile_of(tile.level, tuple(leaves[first : first + tile.width * span]), tile.width)


def check_heads(objects: LogObjects, heads: Sequence[LogHead], leaves: Sequence[bytes]) -> None:
    """Every head that the log ever had is a beginning of it, and is signed."""
    size, root = len(leaves), root_of(tuple(leaves))
    for head in heads:
        checkpoint = verified(head.note)
        assert (checkpoint.size, checkpoint.root) == (head.size, head.root)
        if head.size == 0:
            assert head.root == EMPTY_ROOT
        else:
            proof = consistency_proof(objects, head.size, size)
            verify_consistency(head.size, size, proof, head.root, root)


def ports_of(world: World) -> tuple[Inbox, LogState, LogObjects, Staging]:
    """The ports, typed: they must satisfy the protocols."""
    return world.entries, world.state, world.objects, world.staging
