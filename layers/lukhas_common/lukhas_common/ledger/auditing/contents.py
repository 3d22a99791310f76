"""Whether the content of entries is what their commitments say, as far as there are keys that open it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lukhas_common.ledger.auditing.findings import Fault, Finding, Findings, Part
from lukhas_common.ledger.auditing.ports import EntryTable, Row
from lukhas_common.ledger.entries import Entry, EntryAlteredError
from lukhas_common.ledger.erasure import KIND
from lukhas_common.ledger.ledger import Opened
from lukhas_common.ledger.ledger_audit import STRANGERS

_LAST = 1 << 64


@dataclass
class Contents:
    """Opens entries.

    Attributes:
        opens: as ``Ledger.open`` does.
        opened: how many entries were.
        erased: how many could not be opened, because their key was destroyed.
    """

    opens: Callable[[Entry], Opened]
    findings: Findings
    opened: int = 0
    erased: int = 0
    _destroyed: set[str] = field(default_factory=set)
    _unopened: dict[str, Entry] = field(default_factory=dict)

    def check(self, entry: Entry) -> None:
        """Open an entry."""
        try:
            opened = self.opens(entry)
        except EntryAlteredError as error:
            self._tell(Fault.ALTERED, entry, str(error).partition(": ")[2] or str(error))
            return
        self._note_erasure(opened)
        if opened.record is None:
            self.erased += 1
            if entry.key_id is not None and not (entry.subject or "").startswith(STRANGERS):
                self._unopened.setdefault(entry.key_id, entry)
        else:
            self.opened += 1

    def finish(self, table: EntryTable) -> None:
        """Check that the log tells of each key that is gone; it may have told so after that place was read."""
        if self._unopened.keys() - self._destroyed:
            for row in table.scan():
                if isinstance(row, Row) and row.entry.subject is None:
                    self._note_erasure(self._read(row.entry))
        for key_id, entry in self._unopened.items():
            if key_id not in self._destroyed:
                text = "no key opens it, and no erasure tells of its key"
                self._tell(Fault.MISSING, entry, text, Part.ERASURES)

    def _read(self, entry: Entry) -> Opened:
        try:
            return self.opens(entry)
        except EntryAlteredError:
            return Opened(entry, None)

    def _note_erasure(self, opened: Opened) -> None:
        if opened.entry.subject is None and opened.record is not None and opened.record.kind == KIND:
            self._destroyed.add(str(opened.body.get("key_id")))

    def _tell(self, fault: Fault, entry: Entry, text: str, part: int = Part.ENTRIES) -> None:
        index = entry.leaf_index
        finding = Finding(fault, text, leaf_index=index, stream=entry.stream, seq=entry.seq)
        self.findings.add(finding, part, _LAST if index is None else index)
