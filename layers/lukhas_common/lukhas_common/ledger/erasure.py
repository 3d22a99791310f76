"""Erasing a person's content: the data key is destroyed, and the ledger says that it was."""

from __future__ import annotations

from dataclasses import dataclass

from lukhas_common import times
from lukhas_common.ids import uuid7
from lukhas_common.ledger.data_keys import CACHED_FOR, StoredKey
from lukhas_common.ledger.ledger import Draft, Ledger, Opened, Receipt
from lukhas_common.times import Clock

KIND = "erasure"
"""The kind of the entry that tells of an erasure. Its body is about nobody, so it is not sealed."""

_LOOK_BACK = 50


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of an erasure. Times are seconds since the epoch.

    Attributes:
        complete_at: when no process can hold the key any more.
        receipt: of the entry that tells of it; None where there was nothing to erase.
    """

    erased_at: float
    complete_at: float
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class Erasures:
    """Erasures, each of which is one write that destroys the key and notes that the ledger has to tell of it.

    A run that is killed after that write is finished by whoever comes next: the person who asks again, or the
    schedule.
    """

    ledger: Ledger
    clock: Clock

    def erase(self, subject: str, stream: str) -> Erased:
        """Destroy the data key of a subject, for good, and append an entry to this stream that says so.

        Raises:
            LedgerError: the key is destroyed, but the ledger could not say so yet; asking again finishes it.
        """
        now = self.clock()
        self.ledger.keys.forget(subject)
        stored = self.ledger.keys.store.erase(subject, uuid7(now), now)
        receipt = self.finish(subject, stream, stored)
        erased_at = stored.erased_at if stored.erased_at is not None else now
        return Erased(erased_at, erased_at + CACHED_FOR if receipt else now, receipt)

    def finish(self, subject: str, stream: str, stored: StoredKey | None = None) -> Receipt | None:
        """Append what an erasure still owes the ledger, if it owes anything; may be repeated."""
        stored = stored or self.ledger.keys.store.load(subject)
        if stored.unlogged is None or stored.erased_at is None:
            return None
        erasure_id, key_id = stored.unlogged
        body = {
            "erasure_id": erasure_id,
            "key_id": key_id,
            "erased_at": times.rfc3339(stored.erased_at),
            "complete_at": times.rfc3339(stored.erased_at + CACHED_FOR),
        }

        def compose(newest: Opened | None, now: float) -> Draft | Opened:
            return self._told(newest, stream, erasure_id) or Draft(KIND, body)

        receipt = self.ledger.append_to(stream, compose).receipt
        self.ledger.keys.store.logged(subject, erasure_id)
        return receipt

    def _told(self, newest: Opened | None, stream: str, erasure_id: str) -> Opened | None:
        """The entry that tells of this erasure already, if one of the last does."""
        if newest is None:
            return None
        for opened in self.ledger.read(stream, max(0, newest.entry.seq - _LOOK_BACK)):
            if opened.record is not None and opened.record.kind == KIND and opened.body.get("erasure_id") == erasure_id:
                return opened
        return None
