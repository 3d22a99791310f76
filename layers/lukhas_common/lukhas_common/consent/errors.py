"""What can be wrong with a change of consent, or with a question about it."""

from __future__ import annotations

from enum import StrEnum

from lukhas_common.faults import Fault


class Reason(StrEnum):
    """Why something was refused; stable, for callers to act on."""

    CONSENT_REQUIRED = "consent_required"
    UNKNOWN_SCOPE = "unknown_scope"
    UNKNOWN_PURPOSE = "unknown_purpose"
    UNKNOWN_ROLE = "unknown_role"
    UNKNOWN_CATEGORY = "unknown_category"
    UNKNOWN_EVENT = "unknown_event"
    CATEGORY_NOT_IN_SCOPE = "category_not_in_scope"
    EXPLICIT_CONSENT_REQUIRED = "explicit_consent_required"
    EXPIRY_REQUIRED = "expiry_required"
    EXPIRY_IN_THE_PAST = "expiry_in_the_past"
    TOO_MANY_GRANTS = "too_many_grants"
    INVALID = "invalid"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    UNREADABLE = "unreadable"


class ConsentError(Fault[Reason]):
    """A change of consent, or a question about it, that cannot be taken as it is; ``detail`` names the field."""


class ExportAlteredError(Exception):
    """An export does not say what the ledger committed to."""
