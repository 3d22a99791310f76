"""What the sequencer needs from outside: the lock, the public log and the staging area. All reads are strongly
consistent, and each write takes effect as a whole or not at all, perhaps only after its caller gave up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lukhas_common.ledger.entries import LedgerError
from lukhas_common.tlog.tree import TileReader


class Fork(StrEnum):
    """How the parts of a log contradict each other."""

    LOCK_MISSING = "lock_missing"
    LOCK_ALTERED = "lock_altered"
    CHECKPOINT_MISSING = "checkpoint_missing"
    CHECKPOINT_UNREADABLE = "checkpoint_unreadable"
    CHECKPOINT_AHEAD = "checkpoint_ahead"
    CHECKPOINT_DIFFERS = "checkpoint_differs"
    TILES_DIFFER = "tiles_differ"
    BUNDLE_MISSING = "bundle_missing"
    BUNDLE_ALTERED = "bundle_altered"
    OBJECT_DIFFERS = "object_differs"


class LogForkError(LedgerError):
    """The lock, the public log and the staging area contradict each other. Nothing may be repaired by itself."""

    def __init__(self, reason: Fork, text: str) -> None:
        super().__init__(f"{text}: stop sequencing and look first")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class LogHead:
    """What the log was committed to: size, root (32 bytes) and the signed note of its checkpoint."""

    size: int
    root: bytes
    note: bytes


class LogState(Protocol):
    """The lock: one item that holds the head of the log. Writing it is what commits entries to the log.

    ``swap`` stores ``new`` if the size and root that are stored are those of ``old``, or if nothing is stored where
    ``old`` is None. It answers whether ``new`` is what is stored, note included, now or already. If it raises, ``new``
    is stored or not, or will be yet.
    """

    def load(self) -> LogHead | None: ...
    def swap(self, old: LogHead | None, new: LogHead) -> bool: ...


class LogObjects(TileReader, Protocol):
    """The public log: tiles, bundles of entries, and the checkpoint.

    ``put_new`` stores data where there is none; where the same data is, nothing happens, and other data raises
    LogForkError. ``checkpoint`` answers the published note and a tag of this version of it. ``put_checkpoint``
    replaces the version of this tag, or publishes the first one where the tag is None; it answers False, and changes
    nothing, where another version is published. If a write raises, it took effect or not, or will yet.
    """

    def put_new(self, path: str, data: bytes) -> None: ...
    def checkpoint(self) -> tuple[bytes, str] | None: ...
    def put_checkpoint(self, note: bytes, etag: str | None) -> bool: ...


class Staging(Protocol):
    """The staging area, which nobody else reads.

    ``put`` may replace what has the same name. ``delete`` may be repeated. If a write raises, it took effect or not,
    or will yet.
    """

    def put(self, name: str, data: bytes) -> None: ...
    def get(self, name: str) -> bytes | None: ...
    def delete(self, name: str) -> None: ...
    def names(self) -> list[str]: ...
