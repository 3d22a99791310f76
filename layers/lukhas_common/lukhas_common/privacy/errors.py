"""What can be wrong with an event, a statistic or a budget."""

from __future__ import annotations

from enum import StrEnum

from lukhas_common.faults import Fault


class PrivacyReason(StrEnum):
    """Why something was refused; stable, for callers to act on."""

    EVENT_INVALID = "event_invalid"
    STATISTIC_INVALID = "statistic_invalid"
    DATASET_UNKNOWN = "dataset_unknown"
    BUDGET_EXHAUSTED = "privacy_budget_exhausted"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"


class PrivacyFault(Fault[PrivacyReason]):
    """It cannot be answered."""


class BudgetWarning(UserWarning):
    """Little is left of a privacy budget."""
