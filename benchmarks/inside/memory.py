"""The ledger on its in-memory ports, as a process holds it. Data keys are wrapped by a key of this process."""

from __future__ import annotations

from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from lukhas_common.times import Clock


def memory_ledger(clock: Clock) -> Ledger:
    """A new one."""
    return Ledger(MemoryEntries(), DataKeys(MemoryDataKeys(), LocalWrapper(bytes(32)), clock), clock)
