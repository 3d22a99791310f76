"""Why the gate refuses: one reason per case, stable for clients and logs."""

from enum import StrEnum


class AccessReason(StrEnum):
    """A stable code; problems.py says which status each becomes."""

    ACCESS_DENIED = "access_denied"
    CONSENT_REQUIRED = "consent_required"
    ROLE_AMBIGUOUS = "role_ambiguous"


class AccessDeniedError(Exception):
    """The gate does not let the caller in; ``reason`` says why, ``detail`` what to do next."""

    def __init__(self, reason: AccessReason, detail: str) -> None:
        super().__init__(reason.value)
        self.reason, self.detail = reason, detail
