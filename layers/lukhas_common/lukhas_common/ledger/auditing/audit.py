"""Auditing the ledger: that nothing in the public log or the table of entries was altered, left out, put in or moved.

The tree is rebuilt from the bucket alone, and held against every tile and every checkpoint that was ever signed. The
lock and the table of entries are then held against it. The audit may run while the log grows.

What it cannot know: entries that were never sequenced and lie at the end of their stream leave no trace when they
are deleted; without opening contents, nothing shows that a whole stream was renamed; and a log that was cut back to
an earlier checkpoint everywhere at once is told from an old one only by who kept a later checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lukhas_common.ledger.auditing.checkpoints import CHECKPOINT, Heads, check_lock, read_heads
from lukhas_common.ledger.auditing.contents import Contents
from lukhas_common.ledger.auditing.entries import EntriesAudit
from lukhas_common.ledger.auditing.findings import Fault, Finding, Findings, Part
from lukhas_common.ledger.auditing.inventory import Inventory, check_beyond, take_inventory
from lukhas_common.ledger.auditing.leaves import Leaves
from lukhas_common.ledger.auditing.objects import Objects
from lukhas_common.ledger.auditing.ports import EntryTable, LogArchive, Progress
from lukhas_common.ledger.auditing.tree import TreeAudit
from lukhas_common.ledger.entries import Entry
from lukhas_common.ledger.ledger import Opened
from lukhas_common.ledger.log_ports import LogHead, LogState
from lukhas_common.tlog.checkpoint import Checkpoint, CheckpointError, verify_checkpoint
from lukhas_common.tlog.verifiers import Verifier

__all__ = ["Audited", "Fault", "Finding", "Report", "audit"]


@dataclass(frozen=True, slots=True)
class Audited:
    """What is audited.

    Attributes:
        state: the lock; None to audit the bucket alone.
        table: the entries; None to audit the log without them.
        opens: reads the content of entries, as ``Ledger.open`` does; None to leave it alone.
        known: notes of checkpoints that somebody kept: the log must still begin with what they say.
    """

    origin: str
    verifiers: Sequence[Verifier]
    archive: LogArchive
    state: LogState | None = None
    table: EntryTable | None = None
    opens: Callable[[Entry], Opened] | None = None
    known: Sequence[bytes] = ()


@dataclass
class Report:
    """What an audit found.

    Attributes:
        size: leaves of the log that was audited; ``root`` is the signed one in hex, None if there is none.
        checkpoints: that were published; ``objects`` are all others, in all versions.
        entries: in the table, None if it was not read; ``later`` were sequenced after the audit began.
        oldest_pending: seconds for which the oldest entry has waited to be sequenced.
        opened: entries whose content is what it should be; of ``erased``, nobody can tell.
        findings: the first of ``total``.
    """

    origin: str
    size: int = 0
    root: str | None = None
    checkpoints: int = 0
    objects: int = 0
    entries: int | None = None
    later: int = 0
    pending: int = 0
    oldest_pending: float | None = None
    opened: int = 0
    erased: int = 0
    total: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.total == 0

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        return {"clean": self.is_clean, **asdict(self)}


def audit(audited: Audited, now: float, *, limit: int = 100, progress: Progress = lambda *_: None) -> Report:
    """Audit a ledger.

    Args:
        now: seconds since the epoch.
        limit: findings that are kept; all are counted.

    Raises:
        CheckpointError: what somebody kept is no checkpoint of this log.
        Exception: whatever a port raised: there is no verdict then.
    """
    findings, report = Findings(limit), Report(audited.origin)
    kept = [verify_checkpoint(note, audited.origin, audited.verifiers) for note in audited.known]
    # The public checkpoint only ever follows the lock, and tiles follow the lock, too: so read them in this order.
    heads = read_heads(audited.archive, audited.origin, audited.verifiers, findings, progress)
    head = None if audited.state is None else _checked_lock(audited, audited.state, heads, now, findings)
    if heads.newest is None and heads.count and head is not None:
        heads.add(head, b"")
    newest = heads.newest
    for checkpoint in kept:
        _add_kept(heads, checkpoint, newest, findings)
    inventory = take_inventory(audited.archive.listing(), findings, progress)
    size = _size(heads, inventory)
    with Leaves() as leaves:
        root = None if newest is None else newest.root
        objects = Objects(audited.archive, inventory)
        TreeAudit(objects, size, root, heads.ascending(), leaves, findings, progress).run()
        leaves.finish()
        check_beyond(inventory, size, max(size, _size_now(audited) or inventory.bundled(size)), findings)
        if audited.table is not None:
            contents = None if audited.opens is None else Contents(audited.opens, findings)
            entries = EntriesAudit(audited.table, leaves, lambda: _size_now(audited) or 0, contents, findings, progress)
            entries.run()
            report.entries, report.later, report.pending = entries.entries, entries.later, entries.pending
            report.oldest_pending = None if entries.oldest is None else round(max(now - entries.oldest, 0), 3)
            report.opened, report.erased = (contents.opened, contents.erased) if contents else (0, 0)
    report.size, report.root = size, None if newest is None else newest.root.hex()
    report.checkpoints, report.objects = heads.count, inventory.count
    report.total, report.findings = findings.total, findings.first
    return report


def _checked_lock(audited: Audited, state: LogState, heads: Heads, now: float, findings: Findings) -> Checkpoint | None:
    """The checkpoint in the lock, if it is genuine; what is wrong with the lock is a finding."""
    head = _load(state)
    wrong = "it cannot be read" if head is _BROKEN else check_lock(head, heads, audited.origin, audited.verifiers, now)
    if wrong is not None:
        findings.add(Finding(Fault.MISSING if head is None else Fault.ALTERED, wrong), Part.LOCK)
        return None
    return None if head is None else Checkpoint(audited.origin, head.size, head.root)


def _size(heads: Heads, inventory: Inventory) -> int:
    """Of the log that is audited: what is published, and where nothing of that is genuine, all that is stored."""
    if heads.newest is not None:
        return heads.newest.size
    return inventory.bundled(0) if heads.count else 0


def _add_kept(heads: Heads, kept: Checkpoint, newest: Checkpoint | None, findings: Findings) -> None:
    size = 0 if newest is None else newest.size
    if kept.size > size:
        text = f"it had size {kept.size} when the checkpoint was kept: the log was cut back"
        findings.add(Finding(Fault.MISSING, text, path=CHECKPOINT, leaf_index=size), Part.CHECKPOINTS, 1)
    heads.keep(kept)


def _size_now(audited: Audited) -> int | None:
    """The size that the log is committed to, as far as the lock can be believed."""
    head = None if audited.state is None else _load(audited.state)
    if head is None:
        return None
    try:
        return verify_checkpoint(head.note, audited.origin, audited.verifiers).size
    except CheckpointError:
        return None


_BROKEN = LogHead(-1, b"", b"")


def _load(state: LogState) -> LogHead | None:
    try:
        return state.load()
    except (KeyError, ValueError, TypeError):
        return _BROKEN
