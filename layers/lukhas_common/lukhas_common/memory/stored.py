"""Memories as they are stored: one item each, which says by itself how far it has come.

A memory goes through stages, each of which is one conditional write on its item: nothing is ever in two places or in
none. What it says is sealed under the person's memory key; what is left in the clear are times, kinds and keyed
hashes.

    working ──15 min──► fresh ──6 h──► indexed ──7 days──► folded
                          (deleted by the person, at any stage: forgotten, then gone)
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import StrEnum

from lukhas_common.memory.models import FOR_EVER, MemoryType, Retention

SHARDS = 16
"""Parts into which people are spread, so that finding who is due is spread, too."""


class Stage(StrEnum):
    """How far a memory has come."""

    WORKING = "working"
    """Due when it becomes an episode."""
    FRESH = "fresh"
    """Not in the stored index yet; searches look at it by itself. Due at once."""
    INDEXED = "indexed"
    """In the stored index; due when it is to be folded."""
    FOLDED = "folded"
    """Its content is in a fold, which the item names. Due when its time is over, if it has one."""
    EXPIRED = "expired"
    """Its time is over: without content. It stays, so that the value before it does not hold again."""
    FORGOTTEN = "forgotten"
    """Deleted by the person: without content, for index and folds to be told. Due at once."""
    SET_ASIDE = "set-aside"
    """It could not be read. Nothing is done to it until somebody looked and redrives it."""

    REQUEST = "request"
    """No memory, but the note that a request with an idempotency key was made; due when it is forgotten."""


GONE = frozenset({Stage.FORGOTTEN, Stage.EXPIRED, Stage.SET_ASIDE, Stage.REQUEST})
"""Stages of what nobody is told of."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One memory as it is stored.

    Attributes:
        owner: the person.
        slot: a keyed hash of the key, 32 hex digits.
        seq: its number among the values of the slot, from 0, without gaps but for deleted ones.
        due: when the next step is to be taken, seconds since the epoch; infinite where there is none.
        key_id: the memory key that sealed the content.
        content: sealed; None once it is in a fold or forgotten.
        fold: name of the fold that holds it, None where none does.
        once: a keyed hash of a request that was sent with an idempotency key; empty where it was sent without.
        revision: counts the writes to this item; each but the first is made on condition of the one before.
    """

    owner: str
    slot: str
    seq: int
    memory_id: str
    memory_type: MemoryType
    stage: Stage
    due: float
    valid_from: float
    key_id: str
    content: bytes | None
    retention: Retention = FOR_EVER
    fold: str | None = None
    once: str = ""
    revision: int = 0

    @property
    def place(self) -> tuple[str, int]:
        return self.slot, self.seq

    @property
    def bound(self) -> bytes:
        """What the sealed content is bound to: it opens at its own place only."""
        return f"lukhas memory v1\0{self.owner}\0{self.slot}\0{self.seq}\0{self.memory_id}".encode()


def shard_of(owner: str) -> int:
    """The part in which a person is looked for."""
    return zlib.crc32(owner.encode()) % SHARDS
