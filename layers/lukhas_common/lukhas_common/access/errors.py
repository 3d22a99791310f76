"""Why the gate refuses: one reason per case, stable for clients and logs."""

from enum import StrEnum

from lukhas_common.faults import Fault


class AccessReason(StrEnum):
    """A stable code; problems.py says which status each becomes."""

    ACCESS_DENIED = "access_denied"
    CONSENT_REQUIRED = "consent_required"
    ROLE_AMBIGUOUS = "role_ambiguous"


class AccessDeniedError(Fault[AccessReason]):
    """The gate does not let the caller in."""
