"""The table of entries, held against the leaves of the log, and its streams against themselves.

Leaf indexes within a stream need not grow with ``seq``: the sequencer's inbox lags, by different times for different
entries. So nothing is concluded from their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from lukhas_common.ledger.auditing.chains import Chains, Truth
from lukhas_common.ledger.auditing.contents import Contents
from lukhas_common.ledger.auditing.findings import Fault, Finding, Findings, Part
from lukhas_common.ledger.auditing.leaves import Leaves
from lukhas_common.ledger.auditing.objects import UNKNOWN
from lukhas_common.ledger.auditing.ports import EntryTable, Progress, Row, Unreadable
from lukhas_common.ledger.entries import Entry
from lukhas_common.tlog.merkle import leaf_hash

_HELD = 10_000
"""Entries at most that are kept until it is known what became of their leaves."""


@dataclass
class EntriesAudit:
    """Reads the whole table once; again only where something is wrong.

    Attributes:
        size_now: answers the size of the log at this moment: it may grow meanwhile.
        contents: what opens entries, None if nobody should.
        oldest: time of the oldest pending entry.
        later: entries that were sequenced after the audit began, or are about to be published.
    """

    table: EntryTable
    leaves: Leaves
    size_now: Callable[[], int]
    contents: Contents | None
    findings: Findings
    progress: Progress
    entries: int = 0
    pending: int = 0
    oldest: float | None = None
    later: int = 0
    _size: int = 0
    _strays: list[Entry] = field(default_factory=list)
    _twice: set[int] = field(default_factory=set)

    def run(self) -> None:
        """Check every entry, every stream and every leaf."""
        self._size = self.leaves.size
        chains = Chains(self.table, self._truth, self.findings)
        for row in self.table.scan():
            self.entries += 1
            self.progress("entries", self.entries, 0)
            if isinstance(row, Row):
                self._check(row)
                if self.contents is not None:
                    self.contents.check(row.entry)
            chains.follow(row)
        self._settle_leaves()
        chains.finish()
        if self._twice:
            self._name_claimants()
        if self.contents is not None:
            self.contents.finish(self.table)

    def _check(self, row: Row) -> None:
        entry, index = row.entry, row.entry.leaf_index
        if index is None:
            self._check_pending(entry, row.is_marked)
            return
        if row.is_marked:
            self._tell(Fault.ALTERED, entry, "it is in the log, and in the sequencer's inbox as well")
        if 0 <= index < self.leaves.size:
            self._check_leaf(entry, index)
        elif index < 0 or not self._is_committed(index):
            self._keep_stray(entry)
        else:
            self.later += 1

    def _check_pending(self, entry: Entry, is_marked: bool) -> None:
        self.pending += 1
        at = _time_of(entry.entry_id)
        if at is None:
            self._tell(Fault.ALTERED, entry, "its id is no UUIDv7")
        elif self.oldest is None or at < self.oldest:
            self.oldest = at
        if not is_marked:
            self._tell(Fault.ALTERED, entry, "it is neither in the log nor in the sequencer's inbox")

    def _check_leaf(self, entry: Entry, index: int) -> None:
        if self.leaves.hash_at(index) not in (leaf_hash(entry.commitment), UNKNOWN):
            self._keep_stray(entry)
        elif not self.leaves.claim(index):
            self._twice.add(index)

    def _keep_stray(self, entry: Entry) -> None:
        """It may have another leaf, which is known in the end."""
        if len(self._strays) < _HELD:
            self._strays.append(entry)
        else:
            self._tell_stray(entry)

    def _tell_stray(self, entry: Entry) -> None:
        index = entry.leaf_index or 0
        if 0 <= index < self.leaves.size:
            self._tell(Fault.ALTERED, entry, f"the log has another commitment at leaf {index}")
        else:
            self._tell(Fault.EXTRA, entry, f"the log has no leaf {index}")

    def _is_committed(self, index: int) -> bool:
        if index >= self._size:
            self._size = self.size_now()
        return index < self._size

    def _settle_leaves(self) -> None:
        """Bring entries that are not what the log has at their index together with leaves that have no entry."""
        unclaimed = list(self.leaves.unclaimed(_HELD))
        at = {self.leaves.hash_at(index): index for index in unclaimed}
        told: set[int | None] = set()
        for entry in self._strays:
            own = at.get(leaf_hash(entry.commitment))
            told |= {entry.leaf_index, own}
            if own is None:
                self._tell_stray(entry)
            else:
                self._tell(Fault.REORDERED, entry, f"its leaf is {own}, not {entry.leaf_index}")
        for index in unclaimed:
            if index not in told:
                finding = Finding(Fault.MISSING, "no entry has it", leaf_index=index)
                self.findings.add(finding, Part.ENTRIES, index)

    def _name_claimants(self) -> None:
        claimants: dict[int, list[str]] = {}
        for row in self.table.scan():
            if isinstance(row, Row) and row.entry.leaf_index in self._twice:
                index = row.entry.leaf_index
                if self.leaves.hash_at(index) == leaf_hash(row.entry.commitment):
                    claimants.setdefault(index, []).append(f"{row.entry.stream} {row.entry.seq}")
        for index, names in claimants.items():
            finding = Finding(Fault.EXTRA, f"several entries have it: {', '.join(sorted(names))}", leaf_index=index)
            self.findings.add(finding, Part.ENTRIES, index)

    def _truth(self, row: Row | Unreadable) -> Truth:
        """What the log says about the commitment of an entry."""
        index = row.entry.leaf_index if isinstance(row, Row) else None
        if not isinstance(row, Row) or index is None or not 0 <= index < self.leaves.size:
            return Truth.UNKNOWN
        return Truth.GOOD if self.leaves.hash_at(index) == leaf_hash(row.entry.commitment) else Truth.BAD

    def _tell(self, fault: Fault, entry: Entry, text: str) -> None:
        index = entry.leaf_index
        finding = Finding(fault, text, leaf_index=index, stream=entry.stream, seq=entry.seq)
        self.findings.add(finding, Part.ENTRIES, self.leaves.size if index is None else index)


def _time_of(entry_id: str) -> float | None:
    """Seconds since the epoch in a UUIDv7."""
    try:
        value = UUID(entry_id)
    except ValueError:
        return None
    return (value.int >> 80) / 1000 if value.version == 7 else None
