"""The sizes of the log that were signed, in order, and which of their roots the tree bears out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lukhas_common.ledger.auditing.checkpoints import CHECKPOINT
from lukhas_common.ledger.auditing.findings import Fault, Finding, Findings, Part


@dataclass
class Signed:
    """Sizes and roots that were signed.

    Attributes:
        heads: of all checkpoints, by size.
        good_size: the largest so far whose root the tree has.
    """

    heads: Iterator[tuple[int, bytes]]
    findings: Findings
    good_size: int = 0
    _next: tuple[int, bytes] | None = None
    _bad: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next = next(self.heads, None)

    def upto(self, size: int) -> Iterator[tuple[int, bytes]]:
        """Those up to this size that were not asked for yet."""
        while self._next is not None and self._next[0] <= size:
            yield self._next
            self._next = next(self.heads, None)

    def good(self, size: int) -> None:
        """The tree has the root of this size; the ones before that it has not were of another tree."""
        self._tell_forks()
        self.good_size = size

    def bad(self, size: int) -> None:
        """The tree has another root at this size."""
        if len(self._bad) < self.findings.limit:
            self._bad.append(size)

    def finish(self) -> None:
        """Nothing after the last good size has the root that was signed."""
        size = self._bad[0] if self._bad else 0
        if size <= self.good_size:
            self._tell_forks()
            return
        text = (
            f"its root of size {size} is not that of what is stored: of leaves {self.good_size} to {size - 1}, some "
            "were replaced together with all tiles above them, or this checkpoint is of another log"
        )
        finding = Finding(Fault.ALTERED, text, path=CHECKPOINT, leaf_index=self.good_size)
        self.findings.add(finding, Part.ROOTS, size)

    def _tell_forks(self) -> None:
        for size in self._bad:
            text = f"size {size} was signed with a root that the log never had: it was forked"
            self.findings.add(Finding(Fault.FORKED, text, path=CHECKPOINT), Part.ROOTS, size)
        self._bad.clear()
