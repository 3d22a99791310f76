"""What an audit of the ledger reads: the bucket of the log with all versions of its objects, and the table of entries.

All reads are strongly consistent; what cannot be read raises, and the audit ends without a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lukhas_common.ledger.entries import Entry

Progress = Callable[[str, int, int], None]
"""Told what is being read, how much was, and how much there is; 0 if nobody knows."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of an object.

    Attributes:
        is_deletion: whether it only says that the object was deleted.
    """

    path: str
    is_latest: bool = True
    is_deletion: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the table has it.

    Attributes:
        is_marked: whether the sequencer's inbox has it.
    """

    entry: Entry
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What is at the place of an entry, and is none."""

    stream: str
    seq: int


class LogArchive(Protocol):
    """The bucket of the log.

    ``notes`` answers every version of the checkpoint, the newest first, each with a name; None for a deletion.
    ``listing`` answers every version of every other object. ``read_all`` answers the latest versions of objects, in
    order; None for one that is not there.
    """

    def notes(self) -> Iterator[tuple[str, bytes | None]]: ...
    def listing(self) -> Iterator[Stored]: ...
    def read_all(self, paths: Sequence[str]) -> list[bytes | None]: ...


class EntryTable(Protocol):
    """The table of entries.

    ``scan`` answers all of them once, those of a stream one after the other in order, as far as it can; ``stream``
    those of one stream in order.
    """

    def scan(self) -> Iterator[Row | Unreadable]: ...
    def stream(self, name: str) -> Iterator[Row | Unreadable]: ...
