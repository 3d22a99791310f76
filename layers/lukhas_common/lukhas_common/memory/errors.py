"""What can be wrong with what a memory is asked, or with the memory itself."""

from __future__ import annotations

from enum import StrEnum


class MemoryReason(StrEnum):
    """Why something was refused; stable, for callers to act on."""

    MEMORY_INVALID = "memory_invalid"
    MEMORY_UNKNOWN = "memory_unknown"
    MEMORY_FADED = "memory_faded"
    MEMORY_BUSY = "memory_busy"
    MEMORY_DAMAGED = "memory_damaged"


class MemoryFault(Exception):
    """The memory cannot do what was asked.

    Attributes:
        reason: what kind of fault; ``detail`` says what to do, and repeats nothing that is remembered.
    """

    def __init__(self, reason: MemoryReason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail = reason, detail
