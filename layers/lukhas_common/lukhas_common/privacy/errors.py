"""What can be wrong with an event, a statistic or a budget."""

from __future__ import annotations

from enum import StrEnum


class PrivacyReason(StrEnum):
    """Why something was refused; stable, for callers to act on."""

    EVENT_INVALID = "event_invalid"
    STATISTIC_INVALID = "statistic_invalid"
    DATASET_UNKNOWN = "dataset_unknown"
    BUDGET_EXHAUSTED = "privacy_budget_exhausted"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"


class PrivacyFault(Exception):
    """It cannot be answered.

    Attributes:
        reason: what kind of fault; ``detail`` says what to do, and repeats nothing of an event.
    """

    def __init__(self, reason: PrivacyReason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail = reason, detail


class BudgetWarning(UserWarning):
    """Little is left of a privacy budget."""
