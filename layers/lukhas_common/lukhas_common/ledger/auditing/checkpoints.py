"""All checkpoints that were ever published, and the lock: who signed them, and whether they only grew."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lukhas_common.ledger.auditing.findings import Fault, Finding, Findings, Part
from lukhas_common.ledger.auditing.ports import LogArchive, Progress
from lukhas_common.ledger.log_ports import LogHead
from lukhas_common.tlog.checkpoint import Checkpoint, CheckpointError, verify_checkpoint
from lukhas_common.tlog.merkle import HASH_SIZE
from lukhas_common.tlog.notes import NoteError, parse_note
from lukhas_common.tlog.verifiers import Kind, Verifier

CHECKPOINT = "checkpoint"

LATE = 900
"""Seconds after which what the log was committed to should be public; the sequencer runs every minute."""


@dataclass
class Heads:
    """The genuine checkpoints, 40 bytes each.

    Attributes:
        newest: the largest of them.
        note: of the newest.
        count: of all versions, genuine or not.
    """

    newest: Checkpoint | None = None
    note: bytes = b""
    count: int = 0
    _sizes: array[int] = field(default_factory=lambda: array("Q"))
    _roots: bytearray = field(default_factory=bytearray)

    def add(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Keep a genuine checkpoint of the log."""
        self.keep(checkpoint)
        if self.newest is None or checkpoint.size > self.newest.size:
            self.newest, self.note = checkpoint, note

    def keep(self, checkpoint: Checkpoint) -> None:
        """Keep a genuine checkpoint, wherever it is from."""
        self._sizes.append(checkpoint.size)
        self._roots += checkpoint.root

    def ascending(self) -> Iterator[tuple[int, bytes]]:
        """Size and root of each, by size."""
        sizes = self._sizes
        descends = all(sizes[place] > sizes[place + 1] for place in range(len(sizes) - 1))
        order = range(len(sizes) - 1, -1, -1) if descends else sorted(range(len(sizes)), key=sizes.__getitem__)
        for place in order:
            yield sizes[place], bytes(self._roots[place * HASH_SIZE : (place + 1) * HASH_SIZE])


def read_heads(
    archive: LogArchive, origin: str, verifiers: Sequence[Verifier], findings: Findings, progress: Progress
) -> Heads:
    """Read and verify every version of the checkpoint."""
    heads, newer = Heads(), None
    for number, (version, note) in enumerate(archive.notes()):
        heads.count += 1
        progress("checkpoints", number + 1, 0)
        if note is None:
            _tell(findings, number, Fault.MISSING, f"deletion {version}: it was deleted")
            continue
        try:
            checkpoint = verify_checkpoint(note, origin, verifiers)
        except CheckpointError as error:
            _tell(findings, number, Fault.UNSIGNED, f"version {version}: {error}")
            continue
        if newer is not None and newer.size <= checkpoint.size:
            fault, text = _not_grown(checkpoint, newer)
            _tell(findings, number, fault, f"version {version}: {text}")
        heads.add(checkpoint, note)
        newer = checkpoint
    return heads


def check_lock(
    head: LogHead | None, heads: Heads, origin: str, verifiers: Sequence[Verifier], now: float
) -> str | None:
    """Hold the lock against what is published; answers what is wrong with it."""
    published = heads.newest
    if head is None:
        return None if published is None else f"there is none, but size {published.size} is published"
    try:
        committed = verify_checkpoint(head.note, origin, verifiers)
    except CheckpointError as error:
        return f"its checkpoint is not one of the log: {error}"
    if (committed.size, committed.root) != (head.size, head.root):
        return f"its size and root are not those of its checkpoint of size {committed.size}"
    size = -1 if published is None else published.size
    if head.size < size:
        return f"it has size {head.size}, but size {size} is published"
    if head.size == size:
        return None if head.note == heads.note else f"its checkpoint of size {size} is not the published one"
    signed = _signed_at(head.note, verifiers)
    if signed is not None and signed < now - LATE:
        published_is = "nothing is" if published is None else f"only size {size} is"
        return (
            f"the log was committed to size {head.size} {now - signed:.0f} s ago, but {published_is} published: "
            "run the sequencer, and if that does not help, what was published was taken back"
        )
    return None


def _tell(findings: Findings, number: int, fault: Fault, text: str) -> None:
    findings.add(Finding(fault, text, path=CHECKPOINT), Part.CHECKPOINTS, -number)


def _not_grown(checkpoint: Checkpoint, newer: Checkpoint) -> tuple[Fault, str]:
    if checkpoint.size > newer.size:
        return Fault.REORDERED, f"size {newer.size} was published after size {checkpoint.size}"
    if checkpoint.root != newer.root:
        return Fault.FORKED, f"two checkpoints of size {checkpoint.size} were signed, with different roots"
    return Fault.REORDERED, f"size {checkpoint.size} was published twice"


def _signed_at(note: bytes, verifiers: Sequence[Verifier]) -> int | None:
    """The time in a signature that has one."""
    try:
        lines = parse_note(note).signatures
    except NoteError:
        return None
    timed = {(each.name, each.key_id) for each in verifiers if each.kind is Kind.ML_DSA_44_COSIGNATURE}
    times = [int.from_bytes(line.signature[:8], "big") for line in lines if (line.name, line.key_id) in timed]
    return max(times, default=None)
