"""Erasing a person's content: the data key is destroyed, and the ledger says that it was."""

from __future__ import annotations

from dataclasses import dataclass

from lukhas_common import times
from lukhas_common.ids import uuid7
from lukhas_common.ledger.data_keys import CACHED_FOR, StoredKey
from lukhas_common.ledger.entries import LedgerBusyError
from lukhas_common.ledger.ledger import PAGE, Draft, Ledger, Opened, Receipt
from lukhas_common.times import Clock

KIND = "erasure"
"""The kind of the entry that tells of an erasure. Its body is about nobody, so it is not sealed."""

_SKEW = 300
"""Seconds by which the clocks of two processes differ at most."""

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of an erasure. Times are seconds since the epoch.

    Attributes:
        complete_at: when no process can hold the key any more.
        receipt: of the entry that tells of it; None where there was nothing left to erase.
    """

    erased_at: float
    complete_at: float
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class Erasures:
    """Erasures, each of which is one write that destroys the key and notes that the ledger has to tell of it.

    A run that is killed after that write is finished by whoever comes next: the person who asks again, or the
    schedule. All must name the same stream for a subject, or two streams may tell of one erasure.
    """

    ledger: Ledger
    clock: Clock

    def erase(self, subject: str, stream: str) -> Erased:
        """Destroy the data key of a subject, for good, and append an entry to this stream that says so.

        Raises:
            LedgerError: the key may be destroyed or not, or the ledger could not say so yet; asking again finishes it.
        """
        now = self.clock()
        erasure_id = uuid7(now)
        for _ in range(_TRIES):
            try:
                stored = self.ledger.keys.store.erase(subject, erasure_id, now)
            finally:
                self.ledger.keys.forget(subject)
            receipt = self.finish(subject, stream, stored)
            if stored.key_id is None:
                if stored.erased_at is None:
                    return Erased(now, now, None)
                return Erased(stored.erased_at, stored.erased_at + CACHED_FOR, receipt)
            # This key is younger than an erasure that was still to be logged, or than one by a clock ahead of ours.
            now = max(self.clock(), round((stored.erased_at or 0) + 0.001, 3))
        raise LedgerBusyError("others erase the same content all the time: try again")

    def finish(self, subject: str, stream: str, stored: StoredKey | None = None) -> Receipt | None:
        """Append what an erasure still owes the ledger, if it owes anything; may be repeated."""
        stored = stored or self.ledger.keys.store.load(subject)
        erasure_id, erased_at = stored.unlogged, stored.erased_at
        if erasure_id is None or erased_at is None:
            return None
        body = {
            "erasure_id": erasure_id,
            "key_id": stored.erased_key,
            "erased_at": times.rfc3339(erased_at),
            "complete_at": times.rfc3339(erased_at + CACHED_FOR),
        }

        def compose(newest: Opened | None, now: float) -> Draft | Opened:
            return self._told(newest, erasure_id, erased_at) or Draft(KIND, body)

        receipt = self.ledger.append_to(stream, compose).receipt
        self.ledger.keys.store.logged(subject, erasure_id)
        return receipt

    def _told(self, newest: Opened | None, erasure_id: str, erased_at: float) -> Opened | None:
        """The entry that tells of this erasure already, if one does; it cannot be older than the erasure."""
        oldest = uuid7(erased_at - _SKEW)
        end = 0 if newest is None else newest.entry.seq + 1
        while newest is not None and end > 0:
            start = max(0, end - PAGE)
            entries = self.ledger.store.read(newest.entry.stream, start, end - start)
            for entry in entries:
                if entry.subject is None:
                    opened = self.ledger.open(entry)
                    if opened.record and opened.record.kind == KIND and opened.body.get("erasure_id") == erasure_id:
                        return opened
            if not entries or entries[0].entry_id < oldest:
                return None
            end = start
        return None
