"""Whether every stream is a whole chain from its first entry on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from lukhas_common.ledger.auditing.findings import Fault, Finding, Findings, Part
from lukhas_common.ledger.auditing.ports import EntryTable, Row, Unreadable
from lukhas_common.ledger.entries import GENESIS, Entry, chain_hash

_LAST = 1 << 64


class Truth(Enum):
    """Whether the commitment of an entry is the one that was sequenced."""

    GOOD, BAD, UNKNOWN = range(3)


@dataclass
class Chains:
    """Follows streams while the table is read.

    A scan answers the entries of a stream one after the other, but nobody promises it. So a stream that seems broken
    is read again, in order, and only then is anything concluded.

    Attributes:
        truth: of an entry's commitment, as the log has it.
    """

    table: EntryTable
    truth: Callable[[Row | Unreadable], Truth]
    findings: Findings
    streams: int = 0
    _stream: str | None = None
    _next: int = 0
    _hash: bytes = GENESIS
    _doubtful: set[str] = field(default_factory=set)

    def follow(self, row: Row | Unreadable) -> None:
        """Take one more entry of the scan."""
        stream, seq = _place(row)
        if stream != self._stream:
            self._stream, self._next, self._hash = stream, 0, GENESIS
            self.streams += 1
        if isinstance(row, Unreadable) or seq != self._next or row.entry.previous != self._hash:
            self._doubtful.add(stream)
        if isinstance(row, Row):
            self._next, self._hash = seq + 1, row.entry.hash

    def finish(self) -> None:
        """Read the streams again that seem broken, and name what is."""
        for stream in sorted(self._doubtful):
            self._check(list(self.table.stream(stream)))

    def _check(self, rows: list[Row | Unreadable]) -> None:
        expected, wanted = 0, GENESIS
        known = True
        for place, row in enumerate(rows):
            stream, seq = _place(row)
            if seq != expected:
                self._tell_gap(stream, expected, seq, rows[place - 1 : place + 1] or [row])
                known = False
            expected = seq + 1
            if isinstance(row, Unreadable):
                self._tell(Fault.ALTERED, stream, seq, None, "it is no entry")
                known = False
                continue
            entry, previous = row.entry, row.entry.previous
            if known and previous != wanted:
                wrong = self._wrong(rows, place)
                if wrong is entry:
                    previous = wanted  # which it must have had, or what follows would be named as well
                    self._tell(Fault.ALTERED, stream, seq, entry.leaf_index, "it is not chained to the entry before")
                elif wrong is not None:
                    text = "its hash is not what the next entry has"
                    self._tell(Fault.ALTERED, stream, wrong.seq, wrong.leaf_index, text)
            wanted, known = chain_hash(previous, entry.commitment), True

    def _wrong(self, rows: list[Row | Unreadable], place: int) -> Entry | None:
        """Which of two neighbours that contradict each other was altered; None if the first is known to be."""
        row, before = rows[place], rows[place - 1]
        if not isinstance(row, Row) or not isinstance(before, Row):
            return None
        if place == 0 or self.truth(before) is Truth.GOOD:
            return row.entry
        if self.truth(before) is Truth.BAD:
            return None
        after = rows[place + 1] if place + 1 < len(rows) else None
        is_borne_out = isinstance(after, Row) and after.entry.previous == row.entry.hash
        return before.entry if is_borne_out else row.entry

    def _tell_gap(self, stream: str, first: int, end: int, beside: list[Row | Unreadable]) -> None:
        text = "missing" if end == first + 1 else f"missing, and all up to {end - 1}"
        known = [row.entry.leaf_index for row in beside if isinstance(row, Row) and row.entry.leaf_index is not None]
        finding = Finding(Fault.MISSING, text, stream=stream, seq=first)
        self.findings.add(finding, Part.ENTRIES, min(known, default=_LAST))

    def _tell(self, fault: Fault, stream: str, seq: int, leaf: int | None, text: str) -> None:
        finding = Finding(fault, text, leaf_index=leaf, stream=stream, seq=seq)
        self.findings.add(finding, Part.ENTRIES, _LAST if leaf is None else leaf)


def _place(row: Row | Unreadable) -> tuple[str, int]:
    return (row.entry.stream, row.entry.seq) if isinstance(row, Row) else (row.stream, row.seq)
