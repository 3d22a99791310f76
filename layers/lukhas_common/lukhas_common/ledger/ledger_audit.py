"""The Audit port on the ledger: what happened is an entry that can be proven, and a line in the log."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lukhas_common import times
from lukhas_common.audit import Audit
from lukhas_common.ids import uuid7
from lukhas_common.ledger.entries import Entry
from lukhas_common.ledger.ledger import Ledger

if TYPE_CHECKING:
    from lukhas_common.audit import Detail

STRANGERS = "strangers/"
"""Subjects that are no person but a day: what is known of callers who did not say who they are."""


@dataclass
class LedgerAudit:
    """Every process has a stream of its own, so an event costs one write and no read, and nobody waits for others.

    What is known of a person is sealed under their data key. Who could not be recognised is known by an address at
    most, which is sealed under a key of the day; those keys are not kept for long.
    """

    ledger: Ledger
    log: Audit
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _stream: str = ""
    _tail: Entry | None = None
    _tail_is_known: bool = False

    def record(self, event: str, **details: Detail) -> None:
        said = {name: value for name, value in details.items() if value is not None}
        entry = self._append(event, said)
        self.log.record(event, **details, ledger_stream=entry.stream, ledger_seq=entry.seq)

    def alarm(self, event: str, error: Exception, **details: Detail) -> None:
        self.log.alarm(event, error, **details)
        said = {name: value for name, value in details.items() if value is not None}
        with suppress(Exception):  # the alarm has rung; that the ledger is out of reach may be what it says
            self._append(event, {**said, "error": type(error).__qualname__})

    def _append(self, event: str, said: dict[str, str | int]) -> Entry:
        with self._lock:
            if not self._stream:
                self._stream, self._tail_is_known = f"audit/{uuid7(self.ledger.clock())}", True
            tail = self._tail if self._tail_is_known else self.ledger.store.newest(self._stream)
            # Until this one is known to be stored, nobody knows what comes last.
            self._tail_is_known = False
            self._tail = self.ledger.extend(tail, self._stream, event, said, self._subject(said))
            self._tail_is_known = True
            return self._tail

    def _subject(self, said: dict[str, str | int]) -> str | None:
        if "user_id" in said:
            return str(said["user_id"])
        if "source_ip" in said:
            return STRANGERS + times.rfc3339(self.ledger.clock())[:10]
        return None
