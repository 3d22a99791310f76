"""What an audit of the ledger finds, and in which order it tells it."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong at a place."""

    ALTERED = "altered"
    MISSING = "missing"
    REORDERED = "reordered"
    EXTRA = "extra"
    UNSIGNED = "unsigned"
    FORKED = "forked"


class Part:
    """Of what a finding speaks; those of the first part are told first."""

    CHECKPOINTS, TREE, ROOTS, BEYOND, LOCK, ENTRIES, ERASURES = range(7)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was signed or appended.

    Attributes:
        path: of the object in the bucket.
        leaf_index: of the leaf, or of the first one where several are meant.
        stream: with ``seq``, of the entry.
    """

    fault: Fault
    text: str
    path: str | None = None
    leaf_index: int | None = None
    stream: str | None = None
    seq: int | None = None

    @property
    def place(self) -> str:
        """Where it is, in words."""
        entry = None if self.stream is None else f"{self.stream} {self.seq}"
        leaf = None if self.leaf_index is None else f"leaf {self.leaf_index}"
        return ", ".join(each for each in (entry, self.path, leaf) if each) or "the lock"

    def __str__(self) -> str:
        return f"{self.fault}: {self.place}: {self.text}"


@dataclass
class Findings:
    """The first findings, in order, and how many there are; each entry and each place counts once.

    Attributes:
        limit: how many are kept.
    """

    limit: int = 100
    total: int = 0
    _kept: list[tuple[tuple[int, ...], int, Finding]] = field(default_factory=list)

    def add(self, finding: Finding, *order: int) -> None:
        """Keep a finding.

        Args:
            order: the part, and then where it is within the part.
        """
        if any(_is_same(kept, finding) for _order, _number, kept in self._kept):
            return
        self.total += 1
        insort(self._kept, (order, self.total, finding))
        del self._kept[self.limit :]

    @property
    def first(self) -> list[Finding]:
        return [finding for _order, _number, finding in self._kept]


def _is_same(one: Finding, other: Finding) -> bool:
    """Whether the second says no more than the first."""
    if one.stream is not None or other.stream is not None:
        return (one.stream, one.seq) == (other.stream, other.seq)
    return (one.fault, one.path, one.leaf_index, one.text) == (other.fault, other.path, other.leaf_index, other.text)
