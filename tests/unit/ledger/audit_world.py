"""What the tests of the audit share: whole ledgers in memory, and ways to damage them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from lukhas_common.crypto.keys import Signer
from lukhas_common.ledger.auditing.audit import Audited, Finding, Report, audit
from lukhas_common.ledger.auditing.ports import Row, Stored, Unreadable
from lukhas_common.ledger.entries import Entry
from lukhas_common.ledger.log_ports import LogHead
from lukhas_common.ledger.memory_log import MemoryLogState
from lukhas_common.tlog.checkpoint import Checkpoint, sign_checkpoint
from lukhas_common.tlog.merkle import EMPTY_ROOT
from lukhas_common.tlog.notes import parse_note
from lukhas_common.tlog.tiles import parse_path
from tests.unit.ledger.fakes import Process
from tests.unit.ledger.sequencer_world import ED25519, ML_DSA_44, ORIGIN, VERIFIERS, World
from tests.unit.tlog.logs import Tiles

NOW = 1_800_000_000.0


@dataclass
class MemoryArchive:
    """The LogArchive port: versions of the checkpoint and of every object, the oldest first; None for a deletion."""

    versions: list[bytes | None] = field(default_factory=list)
    objects: dict[str, list[bytes | None]] = field(default_factory=dict)
    most_read: int = 0

    def notes(self) -> Iterator[tuple[str, bytes | None]]:
        for number in reversed(range(len(self.versions))):
            yield f"v{number}", self.versions[number]

    def listing(self) -> Iterator[Stored]:
        for path in sorted(self.objects):
            for version in reversed(self.objects[path]):
                yield Stored(path, version is self.objects[path][-1], version is None)

    def read_all(self, paths: Sequence[str]) -> list[bytes | None]:
        self.most_read = max(self.most_read, len(paths))
        return [self.objects[path][-1] if path in self.objects else None for path in paths]

    def put(self, path: str, data: bytes) -> None:
        """Replace an object, as in a bucket without versions."""
        self.objects[path] = [data]

    def __getitem__(self, path: str) -> bytes:
        data = self.objects[path][-1]
        assert data is not None
        return data


@dataclass
class MemoryTable:
    """The EntryTable port; ``shuffled`` has a scan answer entries in any order."""

    rows: dict[tuple[str, int], Row | Unreadable] = field(default_factory=dict)
    shuffled: bool = False
    scans: int = 0
    reads: list[str] = field(default_factory=list)

    def scan(self) -> Iterator[Row | Unreadable]:
        self.scans += 1
        order = sorted(self.rows)
        if self.shuffled:
            random.shuffle(order)
        return iter([self.rows[place] for place in order])

    def stream(self, name: str) -> Iterator[Row | Unreadable]:
        self.reads.append(name)
        return iter([self.rows[place] for place in sorted(self.rows) if place[0] == name])

    def put(self, entry: Entry, is_marked: bool | None = None) -> None:
        marked = entry.leaf_index is None if is_marked is None else is_marked
        self.rows[entry.stream, entry.seq] = Row(entry, marked)

    def __getitem__(self, place: tuple[str, int]) -> Entry:
        row = self.rows[place]
        assert isinstance(row, Row)
        return row.entry


@dataclass
class Kept:
    """A ledger with all its parts, to be damaged."""

    archive: MemoryArchive
    state: MemoryLogState
    table: MemoryTable
    process: Process
    now: float
    sizes: list[int]

    def copy(self) -> Kept:
        archive = MemoryArchive(
            [*self.archive.versions], {path: [*data] for path, data in self.archive.objects.items()}
        )
        table = MemoryTable(dict(self.table.rows))
        return Kept(archive, MemoryLogState(self.state.head), table, self.process, self.now, self.sizes)

    def audited(self, **changes: Any) -> Audited:
        whole: dict[str, Any] = {"state": self.state, "table": self.table, "opens": self.process.ledger.open}
        return Audited(ORIGIN, VERIFIERS, self.archive, **{**whole, **changes})

    def report(self, limit: int = 100, **changes: Any) -> Report:
        return audit(self.audited(**changes), self.now, limit=limit)

    def found(self, **changes: Any) -> list[Finding]:
        """What an audit finds."""
        return self.report(**changes).findings

    def bucket(self) -> list[Finding]:
        """What an audit of the bucket alone finds."""
        return self.report(state=None, table=None, opens=None).findings

    @property
    def size(self) -> int:
        return self.sizes[-1]

    def main(self, path: str) -> bool:
        """Whether this object is of the log as it is, and not only of an earlier size."""
        tile = parse_path(path)
        assert tile is not None
        return tile.index * 256 + tile.width == self.size >> 8 * (tile.level or 0) or tile.width == 256


@cache
def a_ledger(batches: tuple[int, ...] = (90, 10, 150, 6, 44, 212, 1, 87), pending: int = 5) -> Kept:
    """A ledger that the real code wrote: some streams, some people, an erasure, and entries to be sequenced."""
    process, world = Process(), World()
    world.entries = world.inbox = process.entries
    world.clock = process.clock
    streams, people = ["a", "consent/b", "audit/c", "d"], [None, "p", "q", "gone"]
    number = 0

    def append(count: int) -> None:
        nonlocal number
        for _ in range(count):
            process.clock.advance(0.002)
            stream = streams[number * 7 % 11 % 4]
            process.ledger.append(stream, "kind", {"n": number}, subject=people[number * 5 % 13 % 4])
            number += 1

    world.run()
    sizes = [0]
    for place, count in enumerate(batches):
        if place == 3:
            erase(process, "gone")
        append(count - (place == 3))
        world.run(4096)
        sizes.append(sizes[-1] + batches[place])
    append(pending)
    archive = MemoryArchive([*world.objects.notes], {path: [data] for path, data in world.objects.objects.items()})
    table = MemoryTable()
    for entries in process.entries.streams.values():
        for entry in entries:
            table.put(entry)
    assert world.state.head is not None
    return Kept(archive, MemoryLogState(world.state.head), table, process, process.clock(), sizes)


def a_small_ledger() -> Kept:
    """One whose log fits into one tile."""
    return a_ledger((30, 10, 7, 28), 5).copy()


def erase(process: Process, subject: str) -> None:
    from lukhas_common.ledger.erasure import Erasures

    Erasures(process.ledger, process.clock).erase(subject, "consent/b")


@cache
def a_log(*sizes: int) -> Kept:
    """A log without entries, of which these sizes were published."""
    tiles, leaves = Tiles(), [b"%032d" % number for number in range(sizes[-1])]
    head = LogHead(0, EMPTY_ROOT, note_of(0, EMPTY_ROOT))
    archive = MemoryArchive([head.note])
    for old, new in pairwise((0, *sizes)):
        growth = tiles.grown(old, leaves[old:new])
        if new > old:
            head = LogHead(new, growth.root, note_of(new, growth.root))
            archive.versions.append(head.note)
    archive.objects = {path: [data] for path, data in tiles.items()}
    return Kept(archive, MemoryLogState(head), MemoryTable(), Process(), NOW, [0, *sizes])


def note_of(size: int, root: bytes, signer: Signer = ED25519, other: Signer = ML_DSA_44, at: float = NOW) -> bytes:
    return sign_checkpoint(Checkpoint(ORIGIN, size, root), signer, other, at)


def flipped(data: bytes, place: int, bit: int = 1) -> bytes:
    return data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]


# ---------------------------------------------------------------- what findings are held against

ENTRY = 34
"""Bytes of an entry in a bundle."""

BOTH = [True, False]

few = settings(max_examples=25)


def head_of(note: bytes | None) -> LogHead:
    """The lock that has this checkpoint."""
    assert note is not None
    checkpoint = Checkpoint.parse(parse_note(note).text)
    return LogHead(checkpoint.size, checkpoint.root, note)


def findings_of(kept: Kept, whole: bool) -> list[Finding]:
    """What an audit finds of everything, or of the bucket alone."""
    return kept.found(opens=None) if whole else kept.bucket()


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def place(finding: Finding) -> tuple[str | None, int | None]:
    return finding.path, finding.leaf_index


def leaf_of(path: str, offset: int) -> int:
    """The leaf of which this byte of an object speaks, or the first of them."""
    tile = parse_path(path)
    assert tile is not None
    if tile.level is None:
        return tile.index * 256 + offset // ENTRY
    return (tile.index * 256 + offset // 32) << 8 * tile.level


def last_of(kept: Kept, stream: str) -> int:
    return max(seq for name, seq in kept.table.rows if name == stream)


def paths(kept: Kept, kind: Callable[[str], bool] = lambda _: True) -> st.SearchStrategy[str]:
    return st.sampled_from([path for path in sorted(kept.archive.objects) if kind(path)])
