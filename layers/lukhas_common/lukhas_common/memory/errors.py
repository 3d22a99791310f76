"""What can be wrong with what a memory is asked, or with the memory itself."""

from __future__ import annotations

from enum import StrEnum

from lukhas_common.faults import Fault


class MemoryReason(StrEnum):
    """Why something was refused; stable, for callers to act on."""

    MEMORY_INVALID = "memory_invalid"
    MEMORY_UNKNOWN = "memory_unknown"
    MEMORY_FADED = "memory_faded"
    MEMORY_BUSY = "memory_busy"
    MEMORY_DAMAGED = "memory_damaged"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"


class MemoryFault(Fault[MemoryReason]):
    """The memory cannot do what was asked."""
