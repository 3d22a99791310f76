"""The gate on in-memory ports."""

from __future__ import annotations

from lukhas_common.access.gate import Gate
from lukhas_common.consent.engine import ConsentEngine
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from lukhas_common.times import Clock
from tests.fakes import Audit
from tests.fakes import Clock as StandingClock


def memory_ledger(clock: Clock | None = None) -> Ledger:
    """A ledger without storage, which never waits for long."""
    clock = clock or StandingClock()
    keys = DataKeys(MemoryDataKeys(), LocalWrapper(bytes(32)), clock)
    return Ledger(MemoryEntries(), keys, clock, patience=0, sleep=lambda _: None)


def memory_gate(clock: Clock | None = None, audit: Audit | None = None) -> Gate:
    """A gate over it."""
    clock = clock or StandingClock()
    ledger = memory_ledger(clock)
    return Gate(ledger, ConsentEngine(ledger, clock=clock), audit or Audit(), clock)
