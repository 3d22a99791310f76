"""What can be wrong with what the Consciousness API is asked."""

from __future__ import annotations

from enum import StrEnum

from lukhas_common.faults import Fault


class ConsciousnessReason(StrEnum):
    """Why something was refused; stable, for callers to act on."""

    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    BASELINE_MISMATCH = "baseline_mismatch"
    SERIES_BUSY = "series_busy"
    TOO_MANY_SERIES = "too_many_series"
    SUBSYSTEM_RESERVED = "subsystem_reserved"
    TOO_MANY_SUBSYSTEMS = "too_many_subsystems"


class ConsciousnessError(Fault[ConsciousnessReason]):
    """It cannot be done."""


def key_reused() -> ConsciousnessError:
    """What is said to another request under an Idempotency-Key that was used."""
    return ConsciousnessError(
        ConsciousnessReason.IDEMPOTENCY_KEY_REUSED,
        "This Idempotency-Key was used with another request: take a new one.",
    )
