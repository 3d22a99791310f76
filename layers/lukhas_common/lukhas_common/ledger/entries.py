"""Entries of the ledger as they are stored, and the port of their store.

A stream is a chain: each entry's hash is SHA-256(hash of the one before ‖ its own commitment). The commitment is
HMAC-SHA-256(random salt, canonical record), so it binds everything that the record says and tells nothing of it.
The record itself, with its salt, is sealed under the data key of the person it is about: who destroys that key
leaves a chain that still verifies, and nothing that can be guessed from it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

GENESIS = bytes(32)
"""What the first entry of a stream has for the hash of the one before it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of one stream, as it is stored.

    Attributes:
        seq: its place in the stream, from 0, without gaps.
        entry_id: a UUIDv7; entries are sequenced about in this order.
        previous: hash of the entry before it, 32 bytes.
        commitment: 32 bytes; the leaf of the public log.
        subject: whose data key seals the content, None where it holds nothing about a person.
        key_id: which of the subject's data keys.
        content: salt (32 bytes) ‖ canonical record; sealed where there is a subject.
        leaf_index: its place in the public log, None until it is sequenced.
    """

    stream: str
    seq: int
    entry_id: str
    previous: bytes
    commitment: bytes
    content: bytes
    subject: str | None = None
    key_id: str | None = None
    leaf_index: int | None = None

    @property
    def hash(self) -> bytes:
        return chain_hash(self.previous, self.commitment)


def chain_hash(previous: bytes, commitment: bytes) -> bytes:
    """The hash of an entry, 32 bytes."""
    return hashlib.sha256(previous + commitment).digest()


class EntryStore(Protocol):
    """Keeps entries. Reads are strongly consistent; each write is atomic on its one item.

    ``put`` stores the entry if its place (stream, seq) is free, and answers what is stored there then: this entry,
    now or already, or another's. If it raises OutcomeUnknownError, the entry is stored or not, or will be yet; putting
    the same entry again is harmless. ``newest`` answers the last entry of a stream. ``read`` answers entries in
    order, from ``start`` on, ``limit`` at most; fewer only where the stream ends. Nothing is ever altered but
    ``leaf_index``.
    """

    def put(self, entry: Entry) -> Entry: ...
    def get(self, stream: str, seq: int) -> Entry | None: ...
    def newest(self, stream: str) -> Entry | None: ...
    def read(self, stream: str, start: int, limit: int) -> list[Entry]: ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry as the public log knows it."""

    stream: str
    seq: int
    commitment: bytes


class Inbox(Protocol):
    """The entries that are not in the public log yet.

    ``pending`` answers the oldest of them, ``limit`` at most, each read back strongly consistently: an entry that has
    a leaf index is never among them, but one that was stored a moment ago may be missing. ``settle`` writes the leaf
    index of each and takes it out of the inbox; it may be repeated, and raises LeafConflictError where an entry is
    missing, has another commitment, or was given another index before.
    """

    def pending(self, limit: int) -> list[Leaf]: ...
    def settle(self, leaves: list[tuple[Leaf, int]]) -> None: ...


class LedgerError(Exception):
    """The ledger could not do what was asked."""


class OutcomeUnknownError(LedgerError):
    """No answer came, or none that says whether the entry was stored."""


class LedgerBusyError(LedgerError):
    """Others wrote to the stream all the time, or nobody could say whether the entry was stored. Nothing else
    was tried after that; whoever asks again may find that it was."""


class LeafConflictError(LedgerError):
    """An entry and the public log contradict each other. Nothing may be repaired by itself: look first."""


class EntryAlteredError(LedgerError):
    """An entry does not hold what its commitment says."""
